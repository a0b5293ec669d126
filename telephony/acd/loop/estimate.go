package loop

import (
	"context"
	"sync"
	"time"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/acd"
	"github.com/agner-platform/agner/telephony/acd/sim"
)

// estimateAge is how long an estimate is used again for the same queue and position:
// long enough that a hundred callers cost one simulation a second, short enough that
// nobody hears the difference.
const estimateAge = time.Second

// estimateBacklog is how many Estimate commands may wait. Beyond, they are dropped:
// the caller hears the next announcement instead.
const estimateBacklog = 256

// Estimator answers Estimate commands off the owner's goroutine: it clones the state
// once a second at most, plays futures on the copy and posts Estimated.
type Estimator struct {
	loop  *Loop
	model func() *sim.Model
	how   sim.Estimation
	in    chan acd.Estimate
	stop  context.CancelFunc
	wg    sync.WaitGroup

	// Owned by the worker.
	state    *acd.State
	now      int64
	clonedAt time.Time
	cache    map[place]sim.Estimate
}

// place is what callers with the same estimate have in common.
type place struct {
	queue    string
	position int64
	skills   string
}

// NewEstimator starts an estimator; model returns what is assumed at this moment
// (see Recent.Model).
func NewEstimator(l *Loop, model func() *sim.Model, how sim.Estimation) *Estimator {
	ctx, cancel := context.WithCancel(context.Background())
	x := &Estimator{loop: l, model: model, how: how, in: make(chan acd.Estimate, estimateBacklog), stop: cancel, cache: map[place]sim.Estimate{}}
	x.wg.Go(func() { x.work(ctx) })
	return x
}

// Close stops the estimator and waits for it.
func (x *Estimator) Close() {
	x.stop()
	x.wg.Wait()
}

// Submit takes a command; it reports false if there are too many already. It never
// blocks, so an Executor may call it.
func (x *Estimator) Submit(c acd.Estimate) bool {
	select {
	case x.in <- c:
		return true
	default:
		return false
	}
}

func (x *Estimator) work(ctx context.Context) {
	for {
		select {
		case c := <-x.in:
			x.answer(ctx, c)
		case <-ctx.Done():
			return
		}
	}
}

func (x *Estimator) answer(ctx context.Context, c acd.Estimate) {
	if !x.refresh(ctx, c.Visit) {
		return
	}
	v, ok := x.state.Visit(c.Visit)
	if !ok {
		return // it has left meanwhile
	}
	key := place{v.Queue, v.Position, ""}
	for _, s := range v.Skills {
		key.skills += s + "\x00"
	}
	e, ok := x.cache[key]
	if !ok {
		var err error
		if e, err = sim.EstimateVisit(x.state, x.now, c.Visit, x.model(), x.how); err != nil {
			return // only if it has left: there is nobody to tell
		}
		x.cache[key] = e
	}
	if !e.Sure() {
		return // nobody at work, as far as can be seen: rather say nothing
	}
	// A refusal means that the caller has gone or been answered.
	_ = x.loop.Send(ctx, acd.Estimated{Visit: c.Visit, LowUs: e.LowUs, HighUs: e.HighUs})
}

// refresh makes sure that the copy is young and knows the visit.
func (x *Estimator) refresh(ctx context.Context, visit string) bool {
	if x.state != nil && time.Since(x.clonedAt) < estimateAge {
		if _, ok := x.state.Visit(visit); ok {
			return true
		}
	}
	err := x.loop.Ask(ctx, func(s *acd.State, now int64) { x.state, x.now = s.Clone(), now })
	x.clonedAt = time.Now()
	clear(x.cache)
	return err == nil
}

// Recent is sim.Recent behind a lock, for facts that pass by on their way to the Sink.
type Recent struct {
	mu sync.Mutex // protects r
	r  *sim.Recent
}

// NewRecent keeps so many observations a queue.
func NewRecent(keep int) *Recent { return &Recent{r: sim.NewRecent(keep)} }

// Observe takes in facts.
func (r *Recent) Observe(facts []event.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range facts {
		r.r.Observe(&facts[i])
	}
}

// Model returns what was learnt.
func (r *Recent) Model(queues []string, fallback sim.QueueModel) *sim.Model {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.r.Model(queues, fallback)
}
