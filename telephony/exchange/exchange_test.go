package exchange

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/telephony/acd"
	"github.com/agner-platform/agner/telephony/call"
	"github.com/agner-platform/agner/telephony/media"
	"github.com/agner-platform/agner/telephony/media/desc"
	"github.com/agner-platform/agner/telephony/media/g711"
	"github.com/agner-platform/agner/telephony/media/tone"
	"github.com/agner-platform/agner/telephony/sipua"
	"github.com/agner-platform/agner/telephony/sipua/registrar"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a step may take on a busy machine before the test gives up.
const patience = 30 * time.Second

const realm = "agner"

// voice speaks in tones, so that tests hear what is played.
type voice struct{}

func (voice) Say(context.Context, string, string) ([]int16, error) { return sine(2100, 400), nil }
func (voice) File(string) ([]int16, error)                         { return sine(2100, 400), nil }
func (voice) Music() media.Source {
	return media.Endless{From: &tone.Sine{Hz: 1700, Level: 8000}}
}

func sine(hz float64, ms int) []int16 {
	out := make([]int16, 8*ms)
	(&tone.Sine{Hz: hz, Level: 8000}).Read(out)
	return out
}

// book keeps the facts and lets tests wait for one.
type book struct {
	mu    sync.Mutex
	facts []event.Event // protected by mu
	more  chan struct{}
}

func (b *book) Publish(facts []event.Event) {
	b.mu.Lock()
	b.facts = append(b.facts, facts...)
	b.mu.Unlock()
	select {
	case b.more <- struct{}{}:
	default:
	}
}

func (b *book) Commit(_ context.Context, facts []event.Event) error {
	b.Publish(facts)
	return nil
}

// await waits for a fact and returns it.
func (b *book) await(t *testing.T, what string, good func(*event.Event) bool) event.Event {
	t.Helper()
	deadline := time.After(patience)
	for {
		b.mu.Lock()
		i := slices.IndexFunc(b.facts, func(e event.Event) bool { return good(&e) })
		var e event.Event
		if i >= 0 {
			e = b.facts[i]
		}
		b.mu.Unlock()
		if i >= 0 {
			return e
		}
		select {
		case <-b.more:
		case <-deadline:
			t.Fatalf("%s does not come; facts: %v", what, b.kinds())
		}
	}
}

func (b *book) kinds() []event.Kind {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []event.Kind
	for _, e := range b.facts {
		out = append(out, e.Kind)
	}
	return out
}

func kind(k event.Kind) func(*event.Event) bool {
	return func(e *event.Event) bool { return e.Kind == k }
}

// state waits for an agent's state.
func state(agent string, st event.State) func(*event.Event) bool {
	return func(e *event.Event) bool {
		p, ok := e.Payload.(*event.AgentStateChanged)
		return ok && e.Agent == agent && p.To == st
	}
}

// phone is a SIP phone with one line that speaks in a tone; decline refuses calls.
type phone struct {
	t       *testing.T
	hz      float64
	leg     *media.Leg
	decline int
	mu      sync.Mutex
	agent   *sipua.UA // protected by mu
	heard   []int16   // protected by mu
	line    chan string
	gone    chan string
	more    chan struct{}
}

func newPhone(t *testing.T, host string, hz float64) *phone {
	t.Helper()
	p := &phone{t: t, hz: hz, line: make(chan string, 9), gone: make(chan string, 9), more: make(chan struct{}, 1)}
	relay, err := media.New(media.Config{Host: netip.MustParseAddr(host)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { relay.Close() })
	if p.leg, err = relay.Open(nil); err != nil {
		t.Fatal(err)
	}
	p.leg.Tap(func(c g711.Codec, payload []byte) {
		p.mu.Lock()
		p.heard = c.Decode(p.heard, payload)
		p.mu.Unlock()
		select {
		case p.more <- struct{}{}:
		default:
		}
	})
	cfg := sipua.Default()
	cfg.UDP = host + ":0"
	cfg.Trunks = []sipua.Trunk{{Name: "switch", Prefixes: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.agent, err = sipua.Listen(cfg, p); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.ua().Close() })
	return p
}

func (p *phone) ua() *sipua.UA {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.agent
}

func (p *phone) mine() *desc.Media {
	return &desc.Media{Addr: p.leg.Addr(), Codecs: []g711.Codec{g711.ALaw}, Direction: desc.SendRecv, Events: 101}
}

// SIPEvent answers calls, or refuses them.
func (p *phone) SIPEvent(e sipua.Event) {
	switch e := e.(type) {
	case sipua.Invited:
		if p.decline != 0 {
			if err := p.ua().Reject(e.Leg, p.decline); err != nil {
				p.t.Error(err)
			}
			return
		}
		remote, err := desc.Parse(e.SDP)
		if err != nil {
			p.t.Errorf("offer: %v", err)
			return
		}
		text, agreed, err := p.mine().Answer(remote)
		if err != nil {
			p.t.Errorf("answer: %v", err)
			return
		}
		p.up(remote, agreed, e.Leg)
		if err := p.ua().Answer(e.Leg, text); err != nil {
			p.t.Error(err)
		}
	case sipua.Answered:
		remote, err := desc.Parse(e.SDP)
		if err != nil {
			p.t.Errorf("answer: %v", err)
			return
		}
		agreed := p.mine()
		agreed.Events = remote.Events
		p.up(remote, agreed, e.Leg)
	case sipua.Ended:
		p.gone <- e.Cause
	case sipua.Failed:
		p.gone <- e.Cause
	}
}

func (p *phone) up(remote, agreed *desc.Media, line string) {
	if err := p.leg.Connect(remote, agreed); err != nil {
		p.t.Error(err)
	}
	p.talk()
	p.line <- line
}

func (p *phone) talk() {
	p.leg.Play(media.Endless{From: &tone.Sine{Hz: p.hz, Level: 8000}}, nil)
}

// Reoffer has nothing to change.
func (p *phone) Reoffer(string, []byte) []byte { return p.mine().Offer() }

// dial calls a number of the switch, as a user if one is given.
func (p *phone) dial(x *Exchange, leg, number, user string) {
	p.t.Helper()
	to := call.Target{URI: "sip:" + number + "@" + x.Addr("udp"), From: "+37255501234"}
	if user != "" {
		to.From, to.User, to.Secret = user, user, "secret"
	}
	if err := p.ua().Invite(leg, to, p.mine().Offer()); err != nil {
		p.t.Fatal(err)
	}
}

// hears waits until a tone is heard.
func (p *phone) hears(hz float64) {
	p.t.Helper()
	deadline := time.After(patience)
	for {
		p.mu.Lock()
		n := len(p.heard)
		ok := n >= 800 && tone.Hears(p.heard[n-800:], hz)
		p.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-p.more:
		case <-deadline:
			p.t.Fatalf("the %.0f Hz phone does not hear %.0f Hz", p.hz, hz)
		}
	}
}

// heardNow reports whether a tone is in the last tenth of a second.
func (p *phone) heardNow(hz float64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.heard)
	return n >= 800 && tone.Hears(p.heard[n-800:], hz)
}

func (p *phone) key(k byte) {
	p.t.Helper()
	sent := make(chan string, 1)
	p.leg.SendKey(k, 80, func() { p.talk(); sent <- "" })
	take(p.t, sent, "the end of the key")
}

func take(t *testing.T, c <-chan string, what string) string {
	t.Helper()
	select {
	case s := <-c:
		return s
	case <-time.After(patience):
		t.Fatalf("%s does not come", what)
		return ""
	}
}

const menu = `
name: main
start: hello
nodes:
  hello: {kind: menu, prompt: Press one., choices: {1: help}, no_input: help, no_match: help, timeout: 20s}
  help: {kind: set, priority: 3, attributes: {topic: help}, next: support}
  support: {kind: enqueue, queue: Support}
`

func testSetup(agents ...string) Setup {
	s := Setup{
		Version: 1, Names: map[string]string{"Support": "q1"}, Flows: []Flow{{Name: "main", Text: menu}},
		Numbers: []Number{{Number: "600", Flow: "main"}, {Number: "601", Queue: "Support"}},
		Trunks:  []Trunk{{Name: "outside", Prefixes: []string{"127.0.0.2"}}},
		ACD: acd.Config{Version: 1, Queues: []acd.QueueConfig{{
			ID: "q1", RingUs: 20 * interval.Second, WrapUpUs: interval.Minute, MissedUs: interval.Second, DeclinedUs: interval.Minute,
			Announce: acd.Announcements{},
		}}},
	}
	for _, a := range agents {
		user := "7" + a
		s.Phones = append(s.Phones, Phone{User: user, Agent: a, MD5: registrar.HA1("MD5", user, realm, "secret"), SHA256: registrar.HA1("SHA-256", user, realm, "secret")})
		s.ACD.Agents = append(s.ACD.Agents, acd.AgentConfig{ID: a, Queues: []acd.Membership{{Queue: "q1"}}})
	}
	return s
}

func start(t *testing.T, s Setup) (*Exchange, *book) {
	t.Helper()
	b := &book{more: make(chan struct{}, 1)}
	sip := sipua.Default()
	sip.UDP, sip.Realm = "127.0.0.1:0", realm
	x, err := Start(Config{
		Node: "switch", SIP: sip, Media: media.Config{Host: netip.MustParseAddr("127.0.0.1")}, Sink: b, Voice: voice{}, Setup: s,
		Party: func(string) string { return "pseudonym" },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	})
	return x, b
}

// register makes a phone reachable as a user.
func register(t *testing.T, x *Exchange, p *phone, user string) {
	t.Helper()
	addr := p.ua().Addr("udp")
	b := registrar.Binding{Contact: "sip:" + user + "@" + addr, Source: addr, Network: "udp", CallID: "r-" + user, CSeq: 1}
	if _, err := x.sw.UA().Bindings().Register(user, b, time.Hour, time.Now()); err != nil {
		t.Fatal(err)
	}
}

// balance checks the books: every visit and offer has one end, every call too, and
// every fact is valid.
func (b *book) balance(t *testing.T) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	count := map[event.Kind]int{}
	for i := range b.facts {
		count[b.facts[i].Kind]++
		if err := b.facts[i].Validate(); err != nil {
			t.Errorf("%s: %v", b.facts[i].Kind, err)
		}
	}
	ends := count[event.KindOfferAccepted] + count[event.KindOfferDeclined] + count[event.KindOfferMissed] + count[event.KindOfferWithdrawn]
	if count[event.KindQueueJoined] != count[event.KindQueueLeft] || count[event.KindOfferMade] != ends || count[event.KindCallOffered] != count[event.KindCallEnded] {
		t.Errorf("books do not balance: %v", count)
	}
}

// TestFromDialToWrapUp is the spine: call, menu, queue, agent, conversation, wrap-up.
func TestFromDialToWrapUp(t *testing.T) {
	x, facts := start(t, testSetup("a1"))
	desk, customer := newPhone(t, "127.0.0.1", 1000), newPhone(t, "127.0.0.2", 400)
	register(t, x, desk, "7a1")

	desk.dial(x, "code", "*11", "7a1")
	facts.await(t, "agent available", state("a1", event.Available))
	take(t, desk.line, "the answer to *11")
	take(t, desk.gone, "the end of *11")

	customer.dial(x, "c1", "600", "")
	take(t, customer.line, "the answer")
	customer.hears(2100) // the menu
	customer.key('1')
	joined := facts.await(t, "queue.joined", kind(event.KindQueueJoined))
	if p := joined.Payload.(*event.QueueJoined); joined.Queue != "q1" || p.Priority != 3 || joined.Party != "pseudonym" {
		t.Errorf("joined %+v %+v", joined, p)
	}
	take(t, desk.line, "the agent's call")
	customer.hears(1000)
	desk.hears(400)

	live, err := x.Live(t.Context())
	if err != nil || len(live.Agents) != 1 || live.Agents[0].Contact == nil || live.Agents[0].Contact.Stage != "talking" ||
		live.Agents[0].Caller != "+37255501234" || live.Agents[0].Attributes["topic"] != "help" || !live.Agents[0].Registered {
		t.Errorf("live: %+v %v", live, err)
	}
	if err := x.Control(t.Context(), "a1", "hold", ""); err != nil {
		t.Error(err)
	}
	customer.hears(1700)
	facts.await(t, "agent in hold", state("a1", event.OnHold))
	if err := x.Control(t.Context(), "a1", "resume", ""); err != nil {
		t.Error(err)
	}
	customer.hears(1000)

	if err := customer.ua().Bye("c1", ""); err != nil {
		t.Fatal(err)
	}
	take(t, desk.gone, "the agent's BYE")
	facts.await(t, "wrap-up", state("a1", event.WrapUp))
	if err := x.Post(t.Context(), acd.WrapUpDone{Agent: "a1"}); err != nil {
		t.Error(err)
	}
	handled := facts.await(t, "visit.handled", kind(event.KindVisitHandled))
	if p := handled.Payload.(*event.VisitHandled); p.HoldUs == 0 || p.TalkUs == 0 {
		t.Errorf("handled %+v", p)
	}
	facts.await(t, "two ends of calls after the code's", func() func(*event.Event) bool {
		ends := 0
		seen := map[string]bool{}
		return func(e *event.Event) bool {
			if e.Kind == event.KindCallEnded && !seen[e.Leg] {
				seen[e.Leg] = true
				ends++
			}
			return ends == 3
		}
	}())
	facts.balance(t)
	if err := x.Control(t.Context(), "a1", "hangup", ""); !errors.Is(err, ErrNoCall) {
		t.Errorf("hang up without a call: %v", err)
	}
}

// TestCallerGivesUp leaves the queue, and the agent's phone stops.
func TestCallerGivesUp(t *testing.T) {
	x, facts := start(t, testSetup("a1"))
	customer := newPhone(t, "127.0.0.2", 400)
	customer.dial(x, "c1", "601", "")
	take(t, customer.line, "the answer")
	customer.hears(1700) // music: nobody is there
	if err := customer.ua().Bye("c1", ""); err != nil {
		t.Fatal(err)
	}
	left := facts.await(t, "queue.left", kind(event.KindQueueLeft))
	if p := left.Payload.(*event.QueueLeft); p.Exit != event.Abandoned {
		t.Errorf("left by %q", p.Exit)
	}
	facts.await(t, "the end of the call", kind(event.KindCallEnded))
	facts.balance(t)
}

// TestRefusedAndUnreachablePhones go on to the next agent at once.
func TestRefusedAndUnreachablePhones(t *testing.T) {
	x, facts := start(t, testSetup("a1", "a2", "a3"))
	busy, good, customer := newPhone(t, "127.0.0.1", 1000), newPhone(t, "127.0.0.1", 1200), newPhone(t, "127.0.0.2", 400)
	busy.decline = 486
	register(t, x, busy, "7a1") // a2 has no phone at all
	register(t, x, good, "7a3")
	for _, a := range []string{"a1", "a2", "a3"} {
		if err := x.SetState(t.Context(), a, event.Available, "", ""); err != nil {
			t.Fatal(err)
		}
	}
	customer.dial(x, "c1", "601", "")
	take(t, customer.line, "the answer")
	take(t, good.line, "the third agent's call")
	customer.hears(1200)
	facts.await(t, "offer.declined", func(e *event.Event) bool { return e.Kind == event.KindOfferDeclined && e.Agent == "a1" })
	if err := x.Control(t.Context(), "a3", "hangup", ""); err != nil {
		t.Error(err)
	}
	take(t, customer.gone, "the customer's BYE")
	facts.await(t, "wrap-up", state("a3", event.WrapUp))
}

// TestTransferToAQueue keeps the caller and frees the agent.
func TestTransferToAQueue(t *testing.T) {
	s := testSetup("a1", "a2")
	s.Names["Sales"] = "q2"
	s.ACD.Queues = append(s.ACD.Queues, acd.QueueConfig{ID: "q2", RingUs: 20 * interval.Second})
	s.ACD.Agents[1].Queues = []acd.Membership{{Queue: "q2"}}
	x, facts := start(t, s)
	first, second, customer := newPhone(t, "127.0.0.1", 1000), newPhone(t, "127.0.0.1", 1200), newPhone(t, "127.0.0.2", 400)
	register(t, x, first, "7a1")
	register(t, x, second, "7a2")
	for _, a := range []string{"a1", "a2"} {
		if err := x.SetState(t.Context(), a, event.Available, "", ""); err != nil {
			t.Fatal(err)
		}
	}
	customer.dial(x, "c1", "601", "")
	take(t, first.line, "the first agent's call")
	customer.hears(1000)
	if err := x.Control(t.Context(), "a1", "transfer", "nowhere"); err == nil {
		t.Error("a transfer to nowhere was taken")
	}
	if err := x.Control(t.Context(), "a1", "transfer", "Sales"); err != nil {
		t.Fatal(err)
	}
	take(t, second.line, "the second agent's call")
	customer.hears(1200)
	facts.await(t, "wrap-up of the first", state("a1", event.WrapUp))
	second.ua().Bye("", "") //nolint:errcheck // the line's name is not known; the customer ends it
	if err := customer.ua().Bye("c1", ""); err != nil {
		t.Fatal(err)
	}
	take(t, second.gone, "the second agent's BYE")
	facts.await(t, "available again", state("a2", event.Available))
}

// TestUnknownNumbersAndStrangers are refused.
func TestUnknownNumbersAndStrangers(t *testing.T) {
	x, _ := start(t, testSetup("a1"))
	customer, stranger := newPhone(t, "127.0.0.2", 400), newPhone(t, "127.0.0.3", 500)
	customer.dial(x, "c1", "999", "")
	take(t, customer.gone, "the refusal")
	stranger.dial(x, "s1", "600", "") // no trunk, no password
	take(t, stranger.gone, "the refusal of a stranger")
}

func TestSetupThatCannotBeUsed(t *testing.T) {
	f := func(change func(*Setup)) {
		t.Helper()
		s := testSetup("a1")
		change(&s)
		if err := s.Check(); err == nil {
			t.Error("taken")
		}
	}
	f(func(s *Setup) { s.Numbers[0].Flow = "gone" })
	f(func(s *Setup) { s.Numbers[1].Queue = "gone" })
	f(func(s *Setup) { s.Numbers[1].Flow = "main" })
	f(func(s *Setup) { s.Numbers[0].Number = "" })
	f(func(s *Setup) { s.Flows[0].Text = "name: [" })
	f(func(s *Setup) { s.Flows[0].Text = menu + "  more: {kind: enqueue, queue: gone}\n" })
	f(func(s *Setup) { s.Phones = append(s.Phones, s.Phones[0]) })
	f(func(s *Setup) { s.Trunks[0].Prefixes = []string{"not an address"} })
	f(func(s *Setup) { s.ACD.Agents[0].Queues[0].Queue = "gone" })
	s := testSetup("a1")
	if err := s.Check(); err != nil {
		t.Errorf("a good one: %v", err)
	}
}
