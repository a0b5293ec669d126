package b2bua

import (
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/call"
	"github.com/agner-platform/agner/telephony/ivr"
	"github.com/agner-platform/agner/telephony/media"
	"github.com/agner-platform/agner/telephony/media/desc"
	"github.com/agner-platform/agner/telephony/media/g711"
	"github.com/agner-platform/agner/telephony/media/tone"
	"github.com/agner-platform/agner/telephony/sipua"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 30 * time.Second

var loopback = netip.MustParseAddr("127.0.0.1")

func config() sipua.Config {
	cfg := sipua.Default()
	cfg.UDP = "127.0.0.1:0"
	cfg.Trunks = []sipua.Trunk{{Name: "loop", Prefixes: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}}
	return cfg
}

func newRelay(t testing.TB) *media.Relay {
	t.Helper()
	r, err := media.New(media.Config{Host: loopback})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// phone is a SIP phone with one line: it answers every call and speaks in a tone.
type phone struct {
	t     testing.TB
	leg   *media.Leg
	hz    float64
	gone  chan string
	up    chan string
	codec g711.Codec

	mu    sync.Mutex
	agent *sipua.UA // protected by mu
	heard []int16   // protected by mu
	line  string    // leg id, protected by mu
	more  chan struct{}
}

func newPhone(t testing.TB, hz float64, codec g711.Codec) *phone {
	t.Helper()
	p := &phone{t: t, hz: hz, codec: codec, gone: make(chan string, 9), up: make(chan string, 9), more: make(chan struct{}, 1)}
	var err error
	if p.leg, err = newRelay(t).Open(nil); err != nil {
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
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.agent, err = sipua.Listen(config(), p); err != nil {
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

func (p *phone) mine(dir desc.Direction) *desc.Media {
	return &desc.Media{Addr: p.leg.Addr(), Codecs: []g711.Codec{p.codec}, Direction: dir}
}

func (p *phone) talk() {
	p.leg.Play(media.Endless{From: &tone.Sine{Hz: p.hz, Level: 8000}}, nil)
}

// SIPEvent answers calls and connects audio.
func (p *phone) SIPEvent(e sipua.Event) {
	switch e := e.(type) {
	case sipua.Invited:
		remote, err := desc.Parse(e.SDP)
		if err != nil {
			p.t.Errorf("offer: %v", err)
			return
		}
		text, agreed, err := p.mine(desc.SendRecv).Answer(remote)
		if err != nil {
			p.t.Errorf("answer: %v", err)
			return
		}
		p.connect(remote, agreed, e.Leg)
		if err := p.ua().Progress(e.Leg, 180, nil); err != nil {
			p.t.Error(err)
		}
		if err := p.ua().Answer(e.Leg, text); err != nil {
			p.t.Error(err)
		}
	case sipua.Answered:
		remote, err := desc.Parse(e.SDP)
		if err != nil {
			p.t.Errorf("answer: %v", err)
			return
		}
		agreed := p.mine(desc.SendRecv)
		agreed.Events = remote.Events
		p.connect(remote, agreed, e.Leg)
	case sipua.Referred:
		p.up <- "refer " + e.To
	case sipua.Ended:
		p.gone <- e.Cause
	case sipua.Failed:
		p.gone <- e.Cause
	}
}

func (p *phone) connect(remote, agreed *desc.Media, line string) {
	if err := p.leg.Connect(remote, agreed); err != nil {
		p.t.Error(err)
	}
	p.mu.Lock()
	p.line = line
	p.mu.Unlock()
	p.talk()
	p.up <- line
}

// Reoffer has nothing to change.
func (p *phone) Reoffer(string, []byte) []byte { return p.mine(desc.SendRecv).Offer() }

// dial calls the switch.
func (p *phone) dial(s *Switch, number string) {
	p.t.Helper()
	m := p.mine(desc.SendRecv)
	m.Events = 101
	if err := p.ua().Invite("call", call.Target{URI: "sip:" + number + "@" + s.UA().Addr("udp"), From: "+37255501234"}, m.Offer()); err != nil {
		p.t.Fatal(err)
	}
}

// dials calls a number as another line.
func (p *phone) dials(s *Switch, line, number string, headers map[string]string) {
	p.t.Helper()
	m := p.mine(desc.SendRecv)
	m.Events = 101
	if err := p.ua().Invite(line, call.Target{URI: "sip:" + number + "@" + s.UA().Addr("udp"), From: "7001", Headers: headers}, m.Offer()); err != nil {
		p.t.Fatal(err)
	}
}

// target is where the phone can be called.
func (p *phone) target() call.Target { return call.Target{URI: "sip:p@" + p.ua().Addr("udp")} }

// hearsAll waits until all tones are heard and the others are not.
func (p *phone) hearsAll(hz []float64, not ...float64) {
	p.t.Helper()
	p.until(func(got []int16) bool {
		return !slices.ContainsFunc(hz, func(o float64) bool { return !tone.Hears(got, o) }) && !slices.ContainsFunc(not, func(o float64) bool { return tone.Goertzel(got, o) > 600 })
	}, hz)
}

// hears waits until a tone is heard and the others are not.
func (p *phone) hears(hz float64, not ...float64) {
	p.t.Helper()
	p.until(func(got []int16) bool {
		return tone.Hears(got, hz) && !slices.ContainsFunc(not, func(o float64) bool { return tone.Hears(got, o) })
	}, []float64{hz})
}

// until waits until the last tenth of a second is as wanted.
func (p *phone) until(ok func([]int16) bool, hz []float64) {
	p.t.Helper()
	deadline := time.After(patience)
	const n = 800
	for {
		p.mu.Lock()
		if len(p.heard) > 20*n {
			p.heard = slices.Clone(p.heard[len(p.heard)-n:])
		}
		got := []int16(nil)
		if len(p.heard) >= n {
			got = slices.Clone(p.heard[len(p.heard)-n:])
		}
		p.mu.Unlock()
		if got != nil && ok(got) {
			return
		}
		select {
		case <-p.more:
		case <-deadline:
			p.t.Fatalf("the %.0f Hz phone does not hear %v Hz (%d samples)", p.hz, hz, len(got))
		}
	}
}

func wait(t testing.TB, c <-chan string, what string) string {
	t.Helper()
	select {
	case s := <-c:
		return s
	case <-time.After(patience):
		t.Fatalf("%s does not come", what)
		return ""
	}
}

// book collects facts and checks them at the end.
type book struct {
	mu    sync.Mutex
	facts []event.Event // protected by mu
	ended chan string
}

func (b *book) take(facts []event.Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.facts = append(b.facts, facts...)
	for _, e := range facts {
		if e.Kind == event.KindCallEnded {
			b.ended <- e.Leg
		}
	}
}

func (b *book) balance(t *testing.T, legs int) {
	t.Helper()
	for range legs {
		wait(t, b.ended, "call.ended")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	count := map[event.Kind]int{}
	for _, e := range b.facts {
		count[e.Kind]++
		if err := e.Validate(); err != nil {
			t.Error(err)
		}
		if e.Party != "" && e.Party != "pseudonym" {
			t.Errorf("party %q", e.Party)
		}
		if p, ok := e.Payload.(*event.CallEnded); ok && (p.Quality == nil || p.Quality.Packets == 0 || p.Quality.MOS < 3) {
			t.Errorf("quality of %s: %+v", e.Leg, p.Quality)
		}
	}
	if count[event.KindCallOffered] != legs || count[event.KindCallAnswered] != legs || count[event.KindCallEnded] != legs {
		t.Errorf("facts %v, want %d of each", count, legs)
	}
}

func startSwitch(t *testing.T, h Hooks) (*Switch, *book) {
	t.Helper()
	b := &book{ended: make(chan string, 20)}
	h.Facts = b.take
	h.Party = func(string) string { return "pseudonym" }
	music := func() media.Source { return media.Endless{From: &tone.Sine{Hz: 1700, Level: 8000}} }
	s, err := Start(config(), newRelay(t), music, h)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s, b
}

// joinAgent dials an agent for a caller and joins both at the answer.
func joinAgent(c *Call, caller string, agent *phone) {
	c.Dial(call.Dial{Leg: "agent-" + caller, Side: event.AgentSide, Agent: "a1"}, call.Target{URI: "sip:7001@" + agent.ua().Addr("udp")})
}

func joinAnswered(c *Call, facts []event.Event, caller string) {
	for _, e := range facts {
		if e.Kind == event.KindCallAnswered && e.Leg == "agent-"+caller {
			c.Post(call.Join{A: caller, B: e.Leg})
		}
	}
}

// TestCallThroughTheSwitch places a call between two phones through SIP stack,
// call machine and relay; who hears whom is checked by tones.
func TestCallThroughTheSwitch(t *testing.T) {
	customer, agent := newPhone(t, 400, g711.ALaw), newPhone(t, 1000, g711.MuLaw)
	keys := make(chan string, 9)
	var mu sync.Mutex
	caller := ""
	s, book := startSwitch(t, Hooks{
		Arrived: func(c *Call, e sipua.Invited) {
			mu.Lock()
			caller = e.Leg
			mu.Unlock()
			c.Post(call.Answer{Leg: e.Leg})
			joinAgent(c, e.Leg, agent)
		},
		Changed: func(c *Call, facts []event.Event) {
			mu.Lock()
			defer mu.Unlock()
			joinAnswered(c, facts, caller)
		},
		Key: func(_ *Call, _, key string) { keys <- key },
	})
	customer.dial(s, "600")
	wait(t, customer.up, "the answer")
	line := wait(t, agent.up, "the agent's call")
	customer.hears(1000, 400)
	agent.hears(400, 1000)

	sent := make(chan struct{})
	customer.leg.SendKey('5', 80, func() { customer.talk(); close(sent) })
	if got := wait(t, keys, "the key"); got != "5" {
		t.Errorf("key %q", got)
	}
	<-sent

	if err := agent.ua().Modify(line, agent.mine(desc.SendOnly).Offer()); err != nil { // hold key
		t.Fatal(err)
	}
	customer.hears(1700, 1000)
	if err := agent.ua().Modify(line, agent.mine(desc.SendRecv).Offer()); err != nil {
		// the answer to the first offer may still be on its way
		retry(t, func() error { return agent.ua().Modify(line, agent.mine(desc.SendRecv).Offer()) })
	}
	customer.hears(1000, 1700)

	if err := customer.ua().Bye("call", ""); err != nil {
		t.Fatal(err)
	}
	if got := wait(t, agent.gone, "the agent's BYE"); got != call.CausePeerLeft {
		t.Errorf("the agent's call ended with %q", got)
	}
	book.balance(t, 2)
}

func retry(t *testing.T, f func() error) {
	t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for f() != nil {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal(f())
		}
	}
}

const flow = `
name: loop
start: menu
nodes:
  menu:
    kind: menu
    prompt: menu.wav
    choices: {1: sales, 2: bye}
    no_match: bye
  sales: {kind: enqueue, queue: sales}
  bye: {kind: hangup}
`

// caller joins a menu's machine to a call: the part the switch role will play.
type caller struct {
	mu    sync.Mutex
	leg   string
	m     *ivr.Machine
	book  *book
	agent *phone
}

func (r *caller) step(c *Call, in ivr.Input) {
	r.mu.Lock()
	out := r.m.Step(in, time.Now().UnixMicro())
	r.mu.Unlock()
	r.act(c, out)
}

func (r *caller) act(c *Call, out ivr.Out) {
	r.book.take(out.Facts)
	for _, a := range out.Actions {
		switch a.(type) {
		case ivr.PlayPrompts:
			prompt := make([]int16, 40*media.Samples)
			(&tone.Sine{Hz: 2300, Level: 8000}).Read(prompt)
			c.Play(r.leg, &media.Samples16{Data: prompt, Loop: true}, nil)
		case ivr.StopPlaying:
			c.Stop(r.leg)
		case ivr.JoinQueue:
			joinAgent(c, r.leg, r.agent)
		case ivr.Disconnect:
			c.Post(call.HangUp{Leg: r.leg})
		}
	}
}

// TestMenuToAgent: a caller hears the menu, presses a key into the prompt and
// speaks with an agent.
func TestMenuToAgent(t *testing.T) {
	f, err := ivr.Parse([]byte(flow), ivr.Known{})
	if err != nil {
		t.Fatal(err)
	}
	customer, agent := newPhone(t, 400, g711.ALaw), newPhone(t, 1000, g711.ALaw)
	r := &caller{agent: agent}
	var s *Switch
	s, r.book = startSwitch(t, Hooks{
		Arrived: func(c *Call, e sipua.Invited) {
			c.Post(call.Answer{Leg: e.Leg})
			r.mu.Lock()
			r.leg = e.Leg
			m, out := f.Start(ivr.Call{Interaction: c.Interaction, Leg: e.Leg, Number: e.To}, time.Now().UnixMicro())
			r.m = m
			r.mu.Unlock()
			r.act(c, out)
		},
		Key: func(c *Call, _, key string) { r.step(c, ivr.Key{Key: key}) },
		Changed: func(c *Call, facts []event.Event) {
			r.mu.Lock()
			leg := r.leg
			r.mu.Unlock()
			joinAnswered(c, facts, leg)
		},
	})
	customer.dial(s, "600")
	wait(t, customer.up, "the answer")
	customer.hears(2300)
	customer.leg.SendKey('1', 80, customer.talk)
	wait(t, agent.up, "the agent's call")
	customer.hears(1000, 2300)
	agent.hears(400)
	line := func() string { agent.mu.Lock(); defer agent.mu.Unlock(); return agent.line }()
	if err := agent.ua().Bye(line, ""); err != nil {
		t.Fatal(err)
	}
	wait(t, customer.gone, "the customer's BYE")
	r.book.balance(t, 2)
	r.book.mu.Lock()
	defer r.book.mu.Unlock()
	var steps []string
	for _, e := range r.book.facts {
		if p, ok := e.Payload.(*event.IVRStepTaken); ok {
			steps = append(steps, p.Node+":"+p.Input)
		}
	}
	if !slices.Equal(steps, []string{"menu:1", "sales:"}) {
		t.Errorf("steps %v", steps)
	}
}

// TestNoCodec: a caller without a codec of ours is refused with 488.
func TestNoCodec(t *testing.T) {
	customer := newPhone(t, 400, g711.ALaw)
	s, b := startSwitch(t, Hooks{})
	sdp := "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 18\r\n"
	if err := customer.ua().Invite("call", call.Target{URI: "sip:1@" + s.UA().Addr("udp")}, []byte(sdp)); err != nil {
		t.Fatal(err)
	}
	if got := wait(t, customer.gone, "the refusal"); got != "no_codec" {
		t.Errorf("refused with %q", got)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.facts) != 0 {
		t.Errorf("facts %v", b.facts)
	}
}
