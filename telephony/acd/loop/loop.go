package loop

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/acd"
)

// Sink takes facts.
type Sink interface {
	// Publish takes facts that need not be durable yet. It does not keep the slice.
	Publish(facts []event.Event)
	// Commit takes facts and returns once they are durable.
	Commit(ctx context.Context, facts []event.Event) error
}

// Executor carries out commands. Answers are posted to the Loop; Execute may do so
// itself, for it runs outside the owner's goroutine.
type Executor interface {
	Execute(commands []acd.Command)
}

// Config says how a Loop runs.
type Config struct {
	Node    string // names the epoch's ids and facts
	Version string
	// Inputs is how many inputs may wait; posting blocks beyond.
	Inputs int
	// State is what to go on from, nil for a new one: see Recover.
	State    *acd.State
	Sink     Sink
	Executor Executor
	// Failed is told of facts that could not be made durable; their commands are not
	// carried out. State and journal have parted then: stop and recover. nil: nobody.
	Failed func(facts []event.Event, err error)
}

// Default returns a configuration that lacks Sink and Executor.
func Default() Config {
	return Config{Node: "switch", Inputs: 1024} // inputs: a second of a storm of 1,000 calls/s
}

// Validate names what is missing.
func (c *Config) Validate() error {
	switch {
	case c.Node == "":
		return fmt.Errorf("loop: node = %q: must not be empty", c.Node)
	case c.Inputs < 1:
		return fmt.Errorf("loop: inputs = %d: must be at least 1", c.Inputs)
	case c.Sink == nil:
		return errors.New("loop: sink must not be empty")
	case c.Executor == nil:
		return errors.New("loop: executor must not be empty")
	}
	return nil
}

// Loop owns a State.
type Loop struct {
	config Config
	clock  clock
	in     chan request
	stop   chan struct{} // closed by Close
	done   chan struct{} // closed when the owner has ended
	out    outbox
	wg     sync.WaitGroup
	once   sync.Once
}

// request is an input or a question, with a place for the answer.
type request struct {
	in    acd.Input
	ask   func(s *acd.State, now int64)
	reply chan acd.Result
}

// New starts the distributor: it closes what a crash lost and takes inputs.
func New(c Config) (*Loop, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	l := &Loop{config: c, in: make(chan request, c.Inputs), stop: make(chan struct{}), done: make(chan struct{})}
	s := c.State
	if s == nil {
		s = acd.New()
	}
	l.clock = newClock(s.Now())
	l.out.init(&l.config)
	l.wg.Go(l.out.run)
	l.wg.Go(func() { l.own(s) })
	return l, nil
}

// Close takes no more inputs, finishes those taken, publishes their facts and waits.
// Calls in progress stay as they are: a later Start closes them.
func (l *Loop) Close() {
	l.once.Do(func() { close(l.stop) })
	l.wg.Wait()
}

// Post gives an input and waits for what it led to. The facts are copies; they may
// not be published yet. The error is the input's refusal, ErrClosed or the context's.
func (l *Loop) Post(ctx context.Context, in acd.Input) (acd.Result, error) {
	r := request{in: in, reply: make(chan acd.Result, 1)}
	if err := l.send(ctx, r); err != nil {
		return acd.Result{}, err
	}
	select {
	case res := <-r.reply:
		return res, res.Err
	case <-l.done:
	}
	select { // it may have been the last one taken
	case res := <-r.reply:
		return res, res.Err
	default:
		return acd.Result{}, ErrClosed
	}
}

// Send gives an input and does not wait for the outcome; a refusal is lost, as it
// should be where races are ordinary (an answer that crosses a hang-up).
func (l *Loop) Send(ctx context.Context, in acd.Input) error { return l.send(ctx, request{in: in}) }

// Ask lets f look at the state in the owner's goroutine; f must be quick and keep
// nothing. It is how pages read, and how an estimate gets its Clone.
func (l *Loop) Ask(ctx context.Context, f func(s *acd.State, now int64)) error {
	done := make(chan acd.Result, 1)
	if err := l.send(ctx, request{ask: f, reply: done}); err != nil {
		return err
	}
	select {
	case <-done:
		return nil
	case <-l.done:
	}
	select {
	case <-done:
		return nil
	default:
		return ErrClosed
	}
}

// Snapshot hands take a copy of the state at the moment when the Sink has got exactly
// the facts that led to it: take notes the Sink's position, then has the copy written
// to the disk elsewhere, for take delays the facts behind it. It runs in the
// goroutine that calls the Sink, after Snapshot has returned or before.
func (l *Loop) Snapshot(ctx context.Context, take func(s *acd.State)) error {
	return l.Ask(ctx, func(s *acd.State, _ int64) {
		c := s.Clone() // a millisecond; the bytes would take ten
		l.out.put(batch{then: func() { take(c) }})
	})
}

func (l *Loop) send(ctx context.Context, r request) error {
	select {
	case <-l.stop:
		return ErrClosed
	default:
	}
	select {
	case l.in <- r:
		return nil
	case <-l.stop:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

// own is the owner's goroutine.
func (l *Loop) own(s *acd.State) {
	defer close(l.done)
	defer l.out.close()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	l.decide(s, request{in: acd.Start{Node: l.config.Node, Version: l.config.Version}})
	for {
		l.arm(s, timer)
		select {
		case r := <-l.in:
			l.handle(s, r)
		case <-timer.C:
			l.decide(s, request{in: acd.Tick{}})
		case <-l.stop:
			l.drain(s)
			return
		}
	}
}

// drain handles what was posted before Close.
func (l *Loop) drain(s *acd.State) {
	for {
		select {
		case r := <-l.in:
			l.handle(s, r)
		default:
			return
		}
	}
}

// idle is how long the timer is set when nothing is due; a tick then does no harm.
const idle = time.Hour

// arm sets the one timer to the state's next deadline.
func (l *Loop) arm(s *acd.State, timer *time.Timer) {
	wait := idle
	if at, ok := s.Deadline(); ok {
		wait = min(max(time.Duration(at-l.clock.now())*time.Microsecond, 0), idle)
	}
	timer.Reset(wait)
}

func (l *Loop) handle(s *acd.State, r request) {
	if r.ask != nil {
		r.ask(s, l.clock.now())
		r.reply <- acd.Result{}
		return
	}
	l.decide(s, r)
}

// decide has the state decide, and passes facts and commands on.
func (l *Loop) decide(s *acd.State, r request) {
	if step := l.clock.check(); step != 0 {
		e := event.New(l.clock.now(), &event.NodeClockStepped{StepUs: step})
		e.Node, e.Source = l.config.Node, "switch"
		l.out.put(batch{facts: []event.Event{e}})
	}
	res := s.Decide(r.in, l.clock.now())
	b := batch{facts: append([]event.Event(nil), res.Facts...), commands: append([]acd.Command(nil), res.Commands...)}
	if len(b.facts)+len(b.commands) > 0 {
		l.out.put(b)
	}
	if r.reply != nil {
		r.reply <- acd.Result{Facts: b.facts, Commands: b.commands, Err: res.Err}
	}
}
