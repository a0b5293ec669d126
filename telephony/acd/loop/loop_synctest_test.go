package loop

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/agner-platform/agner/internal/doctor"
	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/telephony/acd"
	"github.com/agner-platform/agner/telephony/acd/setup"
)

// world records what a Loop does, in order.
type world struct {
	mu     sync.Mutex // protects what follows
	log    []string
	facts  []event.Event
	fail   error
	gate   chan struct{} // Commit waits for it, if set
	onRing func(acd.Ring)
}

func (w *world) Publish(facts []event.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range facts {
		w.log = append(w.log, string(facts[i].Kind))
		w.facts = append(w.facts, facts[i])
	}
}

func (w *world) Commit(_ context.Context, facts []event.Event) error {
	if w.gate != nil {
		<-w.gate
	}
	if w.fail != nil {
		return w.fail
	}
	w.Publish(facts)
	return nil
}

func (w *world) Execute(commands []acd.Command) {
	for _, c := range commands {
		w.mu.Lock()
		w.log = append(w.log, fmt.Sprintf("%T", c))
		w.mu.Unlock()
		if r, ok := c.(acd.Ring); ok && w.onRing != nil {
			w.onRing(r)
		}
	}
}

func (w *world) snapshot() (log []string, facts []event.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.log), slices.Clone(w.facts)
}

func setUp() acd.Configure {
	return acd.Configure{Config: acd.Config{
		Version: 1,
		Queues: []acd.QueueConfig{{
			ID: "sales", RingUs: 20 * interval.Second, WrapUpUs: 30 * interval.Second, Keys: map[string]acd.Action{"1": {Do: setup.ToCallback}},
		}},
		Agents: []acd.AgentConfig{
			{ID: "ann", Queues: []acd.Membership{{Queue: "sales"}}},
			{ID: "bob", Queues: []acd.Membership{{Queue: "sales"}}},
		},
	}}
}

func start(t *testing.T, w *world, s *acd.State) *Loop {
	t.Helper()
	c := Default()
	c.Sink, c.Executor, c.State = w, w, s
	l, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func post(t *testing.T, l *Loop, in acd.Input) acd.Result {
	t.Helper()
	r, err := l.Post(t.Context(), in)
	if err != nil {
		t.Fatalf("%+v: %v", in, err)
	}
	return r
}

// TestTimers: nobody posts anything, yet the phone stops ringing and wrap-up ends.
func TestTimers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{}
		l := start(t, w, nil)
		defer l.Close()
		post(t, l, setUp())
		post(t, l, acd.SignIn{Agent: "ann"})
		w.onRing = func(r acd.Ring) {
			if r.Agent == "bob" {
				_ = l.Send(context.Background(), acd.Answer{Offer: r.Offer})
			}
		}
		joined := time.Now()
		r := post(t, l, acd.Join{Queue: "sales", Interaction: "c1"})
		visit := r.Commands[0].(acd.Wait).Visit
		time.Sleep(5 * time.Second)
		post(t, l, acd.SignIn{Agent: "bob"})
		time.Sleep(15*time.Second - time.Microsecond)
		synctest.Wait()
		if log, _ := w.snapshot(); slices.Contains(log, "offer.missed") {
			t.Fatal("the offer was missed too early")
		}
		time.Sleep(time.Microsecond)
		synctest.Wait()
		_, facts := w.snapshot()
		last := facts[len(facts)-2] // left, then bob's state
		if p, ok := last.Payload.(*event.QueueLeft); !ok || p.Exit != event.Answered || p.WaitUs != 20*interval.Second || last.Agent != "bob" {
			t.Fatalf("%v after joining: %+v %+v", time.Since(joined), last, last.Payload)
		}
		post(t, l, acd.Finish{Visit: visit, By: event.Customer})
		time.Sleep(30 * time.Second)
		synctest.Wait()
		log, _ := w.snapshot()
		if !slices.Contains(log, "visit.handled") {
			t.Errorf("wrap-up has not ended: %v", log)
		}
	})
}

// TestOrder: commands come after their facts, and the command of a promise waits
// for the disk.
func TestOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{gate: make(chan struct{})}
		l := start(t, w, nil)
		defer l.Close()
		post(t, l, setUp())
		visit := post(t, l, acd.Join{Queue: "sales", Interaction: "c1"}).Commands[0].(acd.Wait).Visit
		post(t, l, acd.SignIn{Agent: "ann"})
		synctest.Wait()
		log, _ := w.snapshot()
		if i, k := slices.Index(log, "offer.made"), slices.Index(log, "acd.Ring"); i < 0 || k < i {
			t.Errorf("the ring command must follow its fact: %v", log)
		}
		post(t, l, acd.Key{Visit: visit, Key: "1"})
		post(t, l, acd.SetSkills{Agent: "bob"}) // decisions go on
		synctest.Wait()
		if log, _ := w.snapshot(); slices.Contains(log, "callback.requested") || slices.Contains(log, "acd.Cancel") {
			t.Errorf("something was told before the promise was durable: %v", log)
		}
		close(w.gate)
		synctest.Wait()
		log, _ = w.snapshot()
		if i, k, n := slices.Index(log, "callback.requested"), slices.Index(log, "acd.Cancel"), slices.Index(log, "agent.skills_changed"); i < 0 || k < i || n < k {
			t.Errorf("wrong order: %v", log)
		}
	})
}

// TestPromiseNotDurable: a promise that could not be stored is not acted upon.
func TestPromiseNotDurable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{fail: errors.New("disk full")}
		var failed error
		c := Default()
		c.Sink, c.Executor, c.Failed = w, w, func(_ []event.Event, err error) { failed = err }
		l, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		post(t, l, setUp())
		post(t, l, acd.SignIn{Agent: "ann"})
		synctest.Wait()
		before, _ := w.snapshot()
		post(t, l, acd.ScheduleCallback{Queue: "sales", Interaction: "c1", ForAt: time.Now().Add(time.Hour).UnixMicro()})
		l.Close()
		after, _ := w.snapshot()
		if failed == nil || len(after) != len(before) {
			t.Errorf("failed = %v, published %v", failed, after[len(before):])
		}
	})
}

// TestRecovery: the process dies with calls on it; snapshot and journal bring the
// state back, and what was lost is closed.
func TestRecovery(t *testing.T) {
	for _, c := range []struct {
		name     string
		snapshot bool
	}{{"journal only", false}, {"snapshot and tail", true}} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { testRecovery(t, c.snapshot) })
		})
	}
}

func testRecovery(t *testing.T, useSnapshot bool) {
	w := &world{}
	l := start(t, w, nil)
	post(t, l, setUp())
	post(t, l, acd.SignIn{Agent: "ann"})
	var snapshot []byte
	skip := 0
	if useSnapshot {
		err := l.Snapshot(t.Context(), func(s *acd.State) {
			_, facts := w.snapshot()
			snapshot, skip = s.Snapshot(), len(facts)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	post(t, l, acd.Join{Queue: "sales", Interaction: "c1"})
	c2 := post(t, l, acd.Join{Queue: "sales", Interaction: "c2"}).Commands[0].(acd.Wait).Visit
	time.Sleep(3 * time.Second)
	post(t, l, acd.Key{Visit: c2, Key: "1"})
	post(t, l, acd.Join{Queue: "sales", Interaction: "c3"})
	var want []byte
	if err := l.Ask(t.Context(), func(s *acd.State, _ int64) { want = s.Snapshot() }); err != nil {
		t.Fatal(err)
	}
	l.Close() // nothing is closed in order: for the State this is the end
	if useSnapshot && (skip == 0 || len(snapshot) == 0) {
		t.Fatal("no snapshot was taken")
	}

	_, facts := w.snapshot()
	tail := facts[skip:]
	s, err := Recover(snapshot, func() (*event.Event, error) {
		if len(tail) == 0 {
			return nil, io.EOF
		}
		e := tail[0]
		tail = tail[1:]
		return &e, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	before, err := acd.Restore(want)
	if err != nil {
		t.Fatal(err)
	}
	if !s.Equal(before) {
		t.Fatalf("recovered:\n%s\nwant:\n%s", s.Snapshot(), want)
	}

	time.Sleep(time.Minute)
	l = start(t, w, s)
	synctest.Wait()
	l.Close()
	inv := doctor.NewInvariants()
	_, facts = w.snapshot()
	exits := map[string]event.Exit{}
	for i := range facts {
		inv.Observe(&facts[i])
		if p, ok := facts[i].Payload.(*event.QueueLeft); ok {
			exits[facts[i].Interaction] = p.Exit
		}
	}
	if exits["c1"] != event.Lost || exits["c2"] != event.ToCallback || exits["c3"] != event.Lost {
		t.Errorf("exits: %v", exits)
	}
	if last := facts[len(facts)-1]; last.Kind != event.KindAgentStateChanged || last.Interaction != "c2" {
		t.Errorf("the promise to c2 was not taken up: %+v", last)
	}
	if r := inv.Result(); len(r.Breaches) > 0 || !r.Books.Balanced() {
		t.Errorf("%+v", r)
	}
}

func TestRecoverNamesWhatDoesNotFit(t *testing.T) {
	e := event.New(1, &event.QueueLeft{Exit: event.Lost})
	e.Node, e.Seq, e.Visit = "n", 7, "v"
	if _, err := Recover(nil, func() (*event.Event, error) { return &e, nil }); !errors.Is(err, acd.ErrFact) {
		t.Errorf("Recover = %v", err)
	}
	if _, err := Recover([]byte(`{"format":99}`), nil); !errors.Is(err, acd.ErrFact) {
		t.Errorf("Recover of a newer snapshot = %v", err)
	}
	broken := errors.New("disk")
	if _, err := Recover(nil, func() (*event.Event, error) { return nil, broken }); !errors.Is(err, broken) {
		t.Errorf("Recover = %v", err)
	}
}

// TestClose: inputs taken are decided, later ones refused; nothing is left running.
func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{}
		l := start(t, w, nil)
		for range 100 {
			if err := l.Send(t.Context(), acd.Tick{}); err != nil {
				t.Fatal(err)
			}
		}
		if err := l.Send(t.Context(), setUp()); err != nil {
			t.Fatal(err)
		}
		l.Close()
		l.Close()
		if log, _ := w.snapshot(); !slices.Contains(log, "config.changed") {
			t.Errorf("an input taken before Close was lost: %v", log)
		}
		if _, err := l.Post(t.Context(), acd.Tick{}); !errors.Is(err, ErrClosed) {
			t.Errorf("Post after Close = %v", err)
		}
		if err := l.Ask(t.Context(), nil); !errors.Is(err, ErrClosed) {
			t.Errorf("Ask after Close = %v", err)
		}
	})
}

// TestRefusal: the poster learns why, others are not disturbed.
func TestRefusal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := start(t, &world{}, nil)
		defer l.Close()
		if _, err := l.Post(t.Context(), acd.Join{Queue: "nowhere", Interaction: "c"}); !errors.Is(err, acd.ErrUnknown) {
			t.Errorf("Post = %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		full := &Loop{in: make(chan request), stop: make(chan struct{})}
		if err := full.Send(ctx, acd.Tick{}); !errors.Is(err, context.Canceled) {
			t.Errorf("Send with a full queue = %v", err)
		}
	})
}

func TestConfigMistakes(t *testing.T) {
	w := &world{}
	for name, c := range map[string]Config{
		"node": {Inputs: 1, Sink: w, Executor: w}, "inputs": {Node: "n", Sink: w, Executor: w},
		"sink": {Node: "n", Inputs: 1, Executor: w}, "executor": {Node: "n", Inputs: 1, Sink: w},
	} {
		if _, err := New(c); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// TestClock: a wall clock that jumps moves the base, never backwards.
func TestClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		offset := time.Duration(0)
		c := newClock(0)
		c.wall = func() time.Time { return time.Now().Add(offset) }
		base := c.now()
		time.Sleep(time.Second)
		if got := c.now() - base; got != interval.Second || c.check() != 0 {
			t.Fatalf("now moved by %d µs in a second", got)
		}
		offset = 900 * time.Millisecond
		if step := c.check(); step != 0 {
			t.Errorf("a drift of 0.9 s was taken for a step: %d", step)
		}
		offset = 5 * time.Second
		if step := c.check(); step != 5*interval.Second {
			t.Errorf("step = %d", step)
		}
		high := c.now()
		if high-base != 6*interval.Second {
			t.Errorf("now = base + %d", high-base)
		}
		offset = 0
		if step := c.check(); step != -5*interval.Second {
			t.Errorf("step back = %d", step)
		}
		time.Sleep(time.Second)
		if c.now() != high {
			t.Errorf("now went from %d to %d", high, c.now())
		}
		time.Sleep(5 * time.Second)
		if c.now() != high+interval.Second {
			t.Errorf("now = high + %d", c.now()-high)
		}
	})
}
