package loop

import (
	"context"
	"fmt"
	"strings"
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
	in    chan question
	stop  context.CancelFunc
	done  <-chan struct{} // closed by stop
	wg    sync.WaitGroup

	// Owned by the worker.
	state    *acd.State
	now      int64
	clonedAt time.Time
	cache    map[place]sim.Estimate
}

// question is an Estimate command, or a caller who would join.
type question struct {
	visit string
	join  acd.Join
	reply chan sim.Estimate // of a join
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
	x := &Estimator{loop: l, model: model, how: how, in: make(chan question, estimateBacklog), stop: cancel, done: ctx.Done(), cache: map[place]sim.Estimate{}}
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
	case x.in <- question{visit: c.Visit}:
		return true
	default:
		return false
	}
}

// Predict estimates the wait of a caller who would join now: what entry conditions
// and the offer of a callback go by (Join.PredictedUs). It returns false if nothing
// can be said before the context ends.
func (x *Estimator) Predict(ctx context.Context, j acd.Join) (sim.Estimate, bool) {
	q := question{join: j, reply: make(chan sim.Estimate, 1)}
	select {
	case x.in <- q:
	case <-x.done:
		return sim.Estimate{}, false
	case <-ctx.Done():
		return sim.Estimate{}, false
	}
	select {
	case e := <-q.reply:
		return e, e.Runs > 0 && e.Sure()
	case <-x.done:
		return sim.Estimate{}, false
	case <-ctx.Done():
		return sim.Estimate{}, false
	}
}

func (x *Estimator) work(ctx context.Context) {
	for {
		select {
		case q := <-x.in:
			if q.reply != nil {
				q.reply <- x.predict(ctx, q.join)
			} else {
				x.answer(ctx, q.visit)
			}
		case <-ctx.Done():
			return
		}
	}
}

func (x *Estimator) answer(ctx context.Context, visit string) {
	known := func(s *acd.State) bool { _, ok := s.Visit(visit); return ok }
	if !x.refresh(ctx, known) {
		return
	}
	v, ok := x.state.Visit(visit)
	if !ok {
		return // it has left meanwhile
	}
	e := x.cached(place{v.Queue, v.Position, strings.Join(v.Skills, "\x00")}, func() (sim.Estimate, error) {
		return sim.EstimateVisit(x.state, x.now, visit, x.model(), x.how)
	})
	if !e.Sure() || e.Runs == 0 {
		return // nobody at work, as far as can be seen: rather say nothing
	}
	// A refusal means that the caller has gone or been answered.
	_ = x.loop.Send(ctx, acd.Estimated{Visit: visit, LowUs: e.LowUs, HighUs: e.HighUs})
}

// predict returns the zero Estimate if nothing can be said.
func (x *Estimator) predict(ctx context.Context, j acd.Join) sim.Estimate {
	if !x.refresh(ctx, func(*acd.State) bool { return true }) {
		return sim.Estimate{}
	}
	key := fmt.Sprintf("%d %d %s", j.Priority, j.HeadStartUs, strings.Join(j.Skills, "\x00"))
	return x.cached(place{j.Queue, -1, key}, func() (sim.Estimate, error) {
		return sim.EstimateJoin(x.state, x.now, j, x.model(), x.how)
	})
}

// cached returns the estimate of a place, made at most once from one copy.
func (x *Estimator) cached(p place, make func() (sim.Estimate, error)) sim.Estimate {
	e, ok := x.cache[p]
	if !ok {
		var err error
		if e, err = make(); err != nil {
			return sim.Estimate{} // it has left, or the queue is gone: there is nothing to say
		}
		x.cache[p] = e
	}
	return e
}

// refresh makes sure that the copy is young and good enough.
func (x *Estimator) refresh(ctx context.Context, good func(*acd.State) bool) bool {
	if x.state != nil && time.Since(x.clonedAt) < estimateAge && good(x.state) {
		return true
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
