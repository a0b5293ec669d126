package sim

import (
	"github.com/agner-platform/agner/internal/event"
)

// Recent learns a Model from facts as they happen: the latest handling and wrap-up
// times of each queue as they were, patience as an exponential.
//
// Mean patience is all waiting divided by the number who gave up, the maximum
// likelihood estimate for exponential patience when every other exit censors it
// (Brown et al. 2005, JASA 100(469), section 6.2), over the latest waits.
type Recent struct {
	keep   int
	queues map[string]*recentQueue
}

// recentQueue holds rings of the latest observations.
type recentQueue struct {
	talk, wrap ring
	waits      ring
	gaveUp     ring // 1 beside a wait that ended in giving up
}

// ring keeps the latest values.
type ring struct {
	values []int64
	next   int
}

func (r *ring) add(v int64, keep int) {
	if len(r.values) < keep {
		r.values = append(r.values, v)
		return
	}
	r.values[r.next] = v
	r.next = (r.next + 1) % keep
}

// NewRecent keeps so many observations a queue; a few hundred follow the hour of
// the day and still have a tail.
func NewRecent(keep int) *Recent {
	return &Recent{keep: max(keep, 1), queues: map[string]*recentQueue{}}
}

// Observe takes in a fact.
func (r *Recent) Observe(e *event.Event) {
	switch p := e.Payload.(type) {
	case *event.VisitHandled:
		q := r.queue(e.Queue)
		q.talk.add(p.TalkUs+p.HoldUs, r.keep)
		q.wrap.add(p.WrapUpUs, r.keep)
	case *event.QueueLeft:
		q := r.queue(e.Queue)
		q.waits.add(p.WaitUs, r.keep)
		gave := int64(0)
		if p.Exit == event.Abandoned {
			gave = 1
		}
		q.gaveUp.add(gave, r.keep)
	}
}

func (r *Recent) queue(id string) *recentQueue {
	q := r.queues[id]
	if q == nil {
		q = &recentQueue{}
		r.queues[id] = q
	}
	return q
}

// fewest is how many conversations a queue must have had before they are believed.
const fewest = 20

// Model returns what was learnt. Queues with too few conversations use those of all
// queues together; with none at all, fallback.
func (r *Recent) Model(queues []string, fallback QueueModel) *Model {
	all := &recentQueue{}
	for _, q := range r.queues {
		all.talk.values = append(all.talk.values, q.talk.values...)
		all.wrap.values = append(all.wrap.values, q.wrap.values...)
		all.waits.values = append(all.waits.values, q.waits.values...)
		all.gaveUp.values = append(all.gaveUp.values, q.gaveUp.values...)
	}
	m := &Model{Queues: map[string]QueueModel{}}
	for _, id := range queues {
		q := r.queues[id]
		if q == nil || len(q.talk.values) < fewest {
			q = all
		}
		m.Queues[id] = q.model(fallback)
	}
	return m
}

func (q *recentQueue) model(fallback QueueModel) QueueModel {
	if len(q.talk.values) == 0 {
		return fallback
	}
	m := QueueModel{Handle: sample(q.talk.values), Wrap: sample(q.wrap.values), Rates: fallback.Rates}
	waited, gaveUp := int64(0), int64(0)
	for i, w := range q.waits.values {
		waited += w
		gaveUp += q.gaveUp.values[i]
	}
	if gaveUp > 0 && waited > 0 {
		m.Patience = Exp(float64(waited) / float64(gaveUp))
	}
	return m
}

// sample makes a distribution of observations that are known to exist.
func sample(values []int64) Sample {
	s, err := NewSample(values)
	if err != nil {
		panic("sim: " + err.Error())
	}
	return s
}
