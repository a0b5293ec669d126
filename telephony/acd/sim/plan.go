package sim

import (
	"fmt"
	"math"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/acd"
)

// Plan is one stretch of a call centre's life.
type Plan struct {
	From, To int64 // arrivals; what is in progress at To is played to its end
	Config   acd.Config
	Streams  []Stream
	Staff    []Shift
	Seed     uint64
	// Answer is how long agents let the phone ring; nil: they answer at once. Miss
	// is the share of offers nobody answers.
	Answer Dist
	Miss   float64
	// WithinUs is the answer threshold of the figures, ShortUs what counts as a
	// short abandon.
	WithinUs, ShortUs int64
	// SlotUs asks for figures by slot of arrival as well; 0: none.
	SlotUs int64
	// Fact is told every fact; nil: nobody.
	Fact func(*event.Event)
	// Prepare may change the state before the first arrival, e.g. post advice.
	Prepare func(w *World)
}

// Stream is one kind of caller.
type Stream struct {
	Queue    string
	Rates    []Rate
	Handle   Dist
	Patience Dist // nil: they never give up
	Wrap     Dist // nil: the queue's full wrap-up
	Skills   []string
	Priority int64
}

// Rate is how many callers are expected in a stretch of time.
type Rate struct {
	From, To int64
	Calls    float64
}

// Shift is an agent's time at work, with pauses.
type Shift struct {
	Agent    string
	From, To int64
	Pauses   []Pause
}

// Pause is time away from the phone.
type Pause struct {
	From, To int64
	State    event.State
}

// Validate reports what makes no sense, naming field and value.
func (p *Plan) Validate() error {
	if err := p.Config.Validate(); err != nil {
		return err
	}
	if p.To <= p.From {
		return fmt.Errorf("plan: to = %d: must be after from", p.To)
	}
	if !(p.Miss >= 0 && p.Miss < 1) {
		return fmt.Errorf("plan: miss = %g: must be from 0 to below 1", p.Miss)
	}
	for i := range p.Streams {
		s := &p.Streams[i]
		if s.Handle == nil {
			return fmt.Errorf("plan: streams[%d].handle: must not be empty", i)
		}
		for j, r := range s.Rates {
			if r.To <= r.From || !(r.Calls >= 0) || math.IsInf(r.Calls, 0) {
				return fmt.Errorf("plan: streams[%d].rates[%d] = %+v: needs a stretch of time and a number of calls", i, j, r)
			}
		}
	}
	for i, s := range p.Staff {
		if s.To <= s.From {
			return fmt.Errorf("plan: staff[%d] = %s: to must be after from", i, s.Agent)
		}
	}
	return nil
}

// Run plays the plan.
func Run(p Plan) (Result, error) {
	if err := p.Validate(); err != nil {
		return Result{}, err
	}
	r := newResult(&p)
	w := NewWorld(acd.New(), p.From)
	w.Fact = r.observe
	if err := w.Post(acd.Start{Node: "sim"}); err != nil {
		return Result{}, err
	}
	if err := w.Post(acd.Configure{Config: p.Config}); err != nil {
		return Result{}, err
	}
	if p.Prepare != nil {
		p.Prepare(w)
	}
	p.staff(w)
	for i := range p.Streams {
		a := &arrivals{plan: &p, stream: &p.Streams[i], index: i, world: w}
		a.next()
	}
	w.RunUntil(p.To)
	w.RunUntil(p.To + tail)
	r.finish(w)
	return *r, nil
}

// tail is how long after the last arrival the simulation goes on: longer than any
// sensible wait and conversation together.
const tail = 12 * 3_600_000_000

// staff schedules shifts and pauses.
func (p *Plan) staff(w *World) {
	for _, s := range p.Staff {
		w.At(s.From, acd.SignIn{Agent: s.Agent})
		for _, b := range s.Pauses {
			w.At(b.From, acd.SetState{Agent: s.Agent, State: b.State})
			w.At(b.To, acd.SetState{Agent: s.Agent, State: event.Available})
		}
		w.At(s.To, acd.SignOut{Agent: s.Agent})
	}
}

// arrivals makes one stream's callers, one after the other: a Poisson process whose
// rate is constant within each Rate, by inversion of its cumulative intensity
// (Çinlar 1975, Introduction to Stochastic Processes, section 4.7).
type arrivals struct {
	plan   *Plan
	stream *Stream
	world  *World
	index  int
	n      uint64
	rate   int     // in which Rate
	used   float64 // expected calls of it passed
}

func (a *arrivals) next() {
	need := -math.Log(uniform(a.plan.Seed, uint64(a.index), a.n, drawGap))
	for ; a.rate < len(a.stream.Rates); a.rate++ {
		r := &a.stream.Rates[a.rate]
		if a.used+need < r.Calls {
			a.used += need
			at := r.From + int64(a.used/r.Calls*float64(r.To-r.From))
			a.world.Do(at, a.arrive)
			return
		}
		need -= r.Calls - a.used
		a.used = 0
	}
}

func (a *arrivals) arrive() {
	n := a.n
	a.n++
	a.next()
	u := func(k draw) float64 { return uniform(a.plan.Seed, uint64(a.index), n, k) }
	s := a.stream
	c := &Caller{
		Join:       acd.Join{Queue: s.Queue, Interaction: Name(a.index, n), Skills: s.Skills, Priority: s.Priority},
		PatienceUs: Never, HandleUs: s.Handle.Quantile(u(drawHandle)), WrapUs: -1,
		Answer: func(attempt int) int64 {
			return a.plan.answers(u(drawAnswer+draw(2*(attempt%5))), u(drawAnswer+1+draw(2*(attempt%5))))
		},
	}
	if s.Patience != nil {
		c.PatienceUs = s.Patience.Quantile(u(drawPatience))
	}
	if s.Wrap != nil {
		c.WrapUs = s.Wrap.Quantile(u(drawWrap))
	}
	// A refusal is a fact (queue.blocked), not an error.
	_ = a.world.Call(c)
}

// answers draws how long an agent's phone rings; Never: nobody answers.
func (p *Plan) answers(missed, delay float64) int64 {
	if missed < p.Miss {
		return Never
	}
	if p.Answer == nil {
		return 0
	}
	return p.Answer.Quantile(delay)
}
