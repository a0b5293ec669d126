package exchange

import (
	"context"
	"net/netip"
	"sync"
	"testing"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/telephony/acd"
	"github.com/agner-platform/agner/telephony/acd/setup"
	"github.com/agner-platform/agner/telephony/exchange/lines"
	"github.com/agner-platform/agner/telephony/media"
	"github.com/agner-platform/agner/telephony/sipua"
	"github.com/agner-platform/agner/telephony/trunk"
)

// directory keeps numbers, until they are erased.
type directory struct {
	mu      sync.Mutex
	numbers map[string]string // protected by mu
	kept    []string          // protected by mu
}

func (d *directory) Keep(_ context.Context, party string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.kept = append(d.kept, party)
	return nil
}

func (d *directory) Number(_ context.Context, party string) (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if n := d.numbers[party]; n != "" {
		return n, nil
	}
	return "", lines.ErrNoNumber
}

func (d *directory) erase() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.numbers = nil
}

// backer is a switch whose queue calls back, by a trunk that leads to the customer.
func backer(t *testing.T, customer *phone, state *acd.State, change func(*Setup)) (*Exchange, *book, *directory) {
	t.Helper()
	s := testSetup("a1")
	s.Trunks = []Trunk{{Name: "outside", Prefixes: []string{"127.0.0.2"}, Host: customer.ua().Addr("udp"), Limits: &trunk.Limits{Countries: []string{"372"}, PerMinute: 9, Concurrent: 9}}}
	s.Queues = []Queue{{ID: "q1", Name: "Support"}}
	q := &s.ACD.Queues[0]
	q.Keys = map[string]acd.Action{"2": {Do: setup.ToCallback}}
	q.Callback = acd.Callbacks{Attempts: 1, RetryUs: interval.Second}
	if change != nil {
		change(&s)
	}
	b := &book{more: make(chan struct{}, 1)}
	numbers := &directory{numbers: map[string]string{"pseudonym": "+37255501234"}}
	sip := sipua.Default()
	sip.UDP, sip.Realm = "127.0.0.1:0", realm
	x, err := Start(Config{
		Node: "switch", SIP: sip, Media: media.Config{Host: netip.MustParseAddr("127.0.0.1")}, Sink: b, Voice: voice{}, Setup: s, State: state,
		Party: func(string) string { return "pseudonym" }, Numbers: numbers,
	})
	if err != nil {
		t.Fatal(err)
	}
	return x, b, numbers
}

// asks lets a customer wait and press the key for a callback.
func asks(t *testing.T, x *Exchange, facts *book, customer *phone) {
	t.Helper()
	customer.dial(x, "c1", "601", "")
	take(t, customer.line, "the answer")
	customer.hears(1700)
	customer.key('2')
	facts.await(t, "callback.requested", kind(event.KindCallbackRequested))
	customer.hears(2100) // the promise
	take(t, customer.gone, "the goodbye")
}

func available(t *testing.T, x *Exchange) {
	t.Helper()
	if err := x.SetState(t.Context(), "a1", event.Available, "", ""); err != nil {
		t.Fatal(err)
	}
}

// resulted waits for the end of a promise.
func resulted(t *testing.T, facts *book, want string) {
	t.Helper()
	e := facts.await(t, "callback.resulted", kind(event.KindCallbackResulted))
	if p := e.Payload.(*event.CallbackResulted); p.Result != want {
		t.Errorf("callback resulted in %q, want %q", p.Result, want)
	}
}

// TestCallback: the customer hangs up, and is called back when an agent is free, under
// the same interaction.
func TestCallback(t *testing.T) {
	desk, customer := newPhone(t, "127.0.0.1", 1000), newPhone(t, "127.0.0.2", 400)
	x, facts, numbers := backer(t, customer, nil, nil)
	t.Cleanup(func() { x.Close() })
	register(t, x, desk, "7a1")
	asks(t, x, facts, customer)
	requested := facts.await(t, "callback.requested", kind(event.KindCallbackRequested))
	available(t, x)
	take(t, desk.line, "the agent's call")
	take(t, customer.line, "the callback")
	customer.hears(1000)
	desk.hears(400)
	resulted(t, facts, "reached")
	left := facts.await(t, "the wait ends", func(e *event.Event) bool {
		p, ok := e.Payload.(*event.QueueLeft)
		return ok && p.Exit == event.Answered
	})
	if left.Interaction != requested.Interaction || left.Channel != event.Callback {
		t.Errorf("left %+v, requested in %s", left, requested.Interaction)
	}
	if l, err := x.Live(t.Context()); err != nil || l.Agents[0].Caller != "+37255501234" || l.Agents[0].Contact.Channel != "callback" {
		t.Errorf("live %+v, %v", l.Agents[0], err)
	}
	if len(numbers.kept) != 1 {
		t.Errorf("numbers kept for a restart: %v", numbers.kept)
	}
	if err := x.Control(t.Context(), "a1", "hangup", ""); err != nil {
		t.Fatal(err)
	}
	take(t, customer.gone, "the end of the callback")
	facts.await(t, "wrap-up", state("a1", event.WrapUp))
	facts.balance(t)
}

// TestCallbackAfterRestart: a promise outlives the switch.
func TestCallbackAfterRestart(t *testing.T) {
	desk, customer := newPhone(t, "127.0.0.1", 1000), newPhone(t, "127.0.0.2", 400)
	x, facts, _ := backer(t, customer, nil, nil)
	asks(t, x, facts, customer)
	saved := make(chan *acd.State, 1)
	if err := x.Snapshot(t.Context(), func(s *acd.State) { saved <- s }); err != nil {
		t.Fatal(err)
	}
	st, err := acd.Restore((<-saved).Snapshot())
	if err != nil {
		t.Fatal(err)
	}
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	again, facts, _ := backer(t, customer, st, nil)
	t.Cleanup(func() { again.Close() })
	register(t, again, desk, "7a1")
	available(t, again)
	take(t, desk.line, "the agent's call")
	take(t, customer.line, "the callback")
	desk.hears(400)
	resulted(t, facts, "reached")
}

// TestCallbackWantsAKey: an answering machine is no customer.
func TestCallbackWantsAKey(t *testing.T) {
	desk, customer := newPhone(t, "127.0.0.1", 1000), newPhone(t, "127.0.0.2", 400)
	x, facts, _ := backer(t, customer, nil, func(s *Setup) { s.Queues[0].Confirm = true })
	t.Cleanup(func() { x.Close() })
	register(t, x, desk, "7a1")
	asks(t, x, facts, customer)
	available(t, x)
	take(t, desk.line, "the agent's call")
	take(t, customer.line, "the callback")
	customer.hears(2100) // the question
	desk.hears(425)      // still rings
	customer.key('1')
	customer.hears(1000)
	resulted(t, facts, "reached")
}

// TestCallbackFails tells the agent, who is free again then, and ends the promise after
// its last attempt.
func TestCallbackFails(t *testing.T) {
	desk, customer := newPhone(t, "127.0.0.1", 1000), newPhone(t, "127.0.0.2", 400)
	x, facts, _ := backer(t, customer, nil, nil)
	t.Cleanup(func() { x.Close() })
	register(t, x, desk, "7a1")
	asks(t, x, facts, customer)
	customer.decline = 486
	available(t, x)
	take(t, desk.line, "the agent's call")
	desk.hears(2100)
	take(t, desk.gone, "the end of the agent's call")
	resulted(t, facts, "busy")
	facts.await(t, "available again", func(e *event.Event) bool {
		p, ok := e.Payload.(*event.AgentStateChanged)
		return ok && p.To == event.Available && p.Reason == "callback_busy"
	})
}

// TestCallbackOfAnErasedNumber ends the promise, and nobody is rung for it.
func TestCallbackOfAnErasedNumber(t *testing.T) {
	desk, customer := newPhone(t, "127.0.0.1", 1000), newPhone(t, "127.0.0.2", 400)
	x, facts, numbers := backer(t, customer, nil, nil)
	t.Cleanup(func() { x.Close() })
	register(t, x, desk, "7a1")
	asks(t, x, facts, customer)
	numbers.erase()
	available(t, x)
	resulted(t, facts, "cancelled")
	select {
	case <-desk.line:
		t.Error("an agent was rung for a number that is no more")
	default:
	}
}

// TestCallbackAtOnce: an agent becomes free before the customer has hung up.
func TestCallbackAtOnce(t *testing.T) {
	desk, customer := newPhone(t, "127.0.0.1", 1000), newPhone(t, "127.0.0.2", 400)
	x, facts, _ := backer(t, customer, nil, nil)
	t.Cleanup(func() { x.Close() })
	register(t, x, desk, "7a1")
	x.cfg.Voice = slow{}
	x.studio.Voice = slow{}
	customer.dial(x, "c1", "601", "")
	take(t, customer.line, "the answer")
	customer.hears(1700)
	customer.key('2')
	facts.await(t, "callback.requested", kind(event.KindCallbackRequested))
	available(t, x)
	take(t, desk.line, "the agent's call")
	customer.hears(1000)
	desk.hears(400)
	resulted(t, facts, "reached")
	if err := x.Control(t.Context(), "a1", "hangup", ""); err != nil {
		t.Fatal(err)
	}
	take(t, customer.gone, "the end")
}

// slow speaks for a minute.
type slow struct{ voice }

func (slow) Say(context.Context, string, string) ([]int16, error) { return sine(2100, 60_000), nil }
