package sim

import (
	"slices"

	"github.com/agner-platform/agner/internal/event"
)

// Result is what a plan led to.
type Result struct {
	Queues map[string]*Figures
	Agents map[string]*Work
	// Slots are the same figures by queue and slot of arrival, if the plan asked.
	Slots map[string][]Figures
	Facts int64

	plan *Plan
}

// Figures are the counts of one queue under arrival credit; see the house's metric
// definitions.
type Figures struct {
	Offered, Answered, AnsweredInTime, Abandoned, ShortAbandoned, Neutral, Other int64
	WaitUs, LongestUs                                                            int64
	AnsweredWaitUs, TalkUs, WrapUs                                               int64
	Handled                                                                      int64
}

// ServiceLevel is answered in time / (offered − short abandons − neutral exits), or
// NaN if nothing counts.
func (f *Figures) ServiceLevel() float64 {
	return float64(f.AnsweredInTime) / float64(f.Offered-f.ShortAbandoned-f.Neutral)
}

// AbandonRate is abandoned / offered.
func (f *Figures) AbandonRate() float64 { return float64(f.Abandoned) / float64(f.Offered) }

// ASAUs is the mean wait of those answered, in µs.
func (f *Figures) ASAUs() float64 { return float64(f.AnsweredWaitUs) / float64(f.Answered) }

// Work is how an agent spent its time.
type Work struct {
	SignedUs, BusyUs, AvailableUs int64
	Calls                         int64
}

// Occupancy is handling / (handling + available).
func (w *Work) Occupancy() float64 { return float64(w.BusyUs) / float64(w.BusyUs+w.AvailableUs) }

func newResult(p *Plan) *Result {
	r := &Result{Queues: map[string]*Figures{}, Agents: map[string]*Work{}, Slots: map[string][]Figures{}, plan: p}
	for i := range p.Config.Queues {
		id := p.Config.Queues[i].ID
		r.Queues[id] = &Figures{}
		if p.SlotUs > 0 {
			r.Slots[id] = make([]Figures, (p.To-p.From+p.SlotUs-1)/p.SlotUs)
		}
	}
	for i := range p.Config.Agents {
		r.Agents[p.Config.Agents[i].ID] = &Work{}
	}
	return r
}

// neutral exits that came within the threshold do not count for or against.
var neutral = []event.Exit{event.Overflowed, event.TimedOut, event.KeyExit, event.Voicemail, event.ToCallback}

func (r *Result) observe(e *event.Event) {
	r.Facts++
	switch p := e.Payload.(type) {
	case *event.QueueJoined:
		r.Queues[e.Queue].Offered++
		if f := r.slot(e.Queue, e.At); f != nil {
			f.Offered++
		}
	case *event.QueueLeft:
		r.left(r.Queues[e.Queue], p)
		if f := r.slot(e.Queue, p.JoinedAt); f != nil {
			r.left(f, p)
		}
	case *event.VisitHandled:
		f := r.Queues[e.Queue]
		f.Handled++
		f.TalkUs += p.TalkUs + p.HoldUs
		f.WrapUs += p.WrapUpUs
		r.Agents[e.Agent].Calls++
	case *event.AgentStateChanged:
		r.state(r.Agents[e.Agent], p)
	}
	if r.plan.Fact != nil {
		r.plan.Fact(e)
	}
}

// slot returns the figures of the slot of an arrival, nil if none are asked for.
func (r *Result) slot(queue string, joined int64) *Figures {
	i := int64(-1)
	if r.plan.SlotUs > 0 {
		i = (joined - r.plan.From) / r.plan.SlotUs
	}
	if i < 0 || i >= int64(len(r.Slots[queue])) {
		return nil
	}
	return &r.Slots[queue][i]
}

func (r *Result) left(f *Figures, p *event.QueueLeft) {
	f.WaitUs += p.WaitUs
	f.LongestUs = max(f.LongestUs, p.WaitUs)
	switch {
	case p.Exit == event.Answered:
		f.Answered++
		f.AnsweredWaitUs += p.WaitUs
		if p.WaitUs <= r.plan.WithinUs {
			f.AnsweredInTime++
		}
	case p.Exit == event.Abandoned:
		f.Abandoned++
		if p.WaitUs <= r.plan.ShortUs {
			f.ShortAbandoned++
		}
	case p.Exit == event.Withdrawn, p.WaitUs <= r.plan.WithinUs && slices.Contains(neutral, p.Exit):
		f.Neutral++
	default:
		f.Other++
	}
}

func (r *Result) state(w *Work, p *event.AgentStateChanged) {
	switch p.From {
	case event.Offline:
		return
	case event.Available:
		w.AvailableUs += p.SpentUs
	case event.Reserved, event.Talking, event.OnHold, event.WrapUp:
		w.BusyUs += p.SpentUs
	}
	w.SignedUs += p.SpentUs
}

// finish counts those who still wait at the end as a miss.
func (r *Result) finish(w *World) {
	for _, q := range w.State.Queues() {
		r.Queues[q.ID].Other += int64(len(q.Line))
	}
}
