package sim

import (
	"fmt"
	"slices"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/telephony/acd"
)

// Model is what an estimate assumes about the next hours, by queue. Recent handling
// and waiting feed it; where there is a forecast and a schedule, Rates and Staff do.
type Model struct {
	Queues map[string]QueueModel
	// Staff are the shifts still to come or to end.
	Staff []Shift
	// Answer is how long agents let the phone ring; nil: at once.
	Answer Dist
}

// QueueModel is what is assumed about one queue's callers.
type QueueModel struct {
	Handle   Dist
	Patience Dist // nil: they never give up
	Wrap     Dist // nil: the queue's full wrap-up
	Rates    []Rate
}

// Estimation says how a wait is estimated.
type Estimation struct {
	Runs      int     // futures played
	Low, High float64 // quantiles announced as the range
	HorizonUs int64   // no wait is followed further
	Seed      uint64
}

// DefaultEstimation plays 60 futures, enough for the 5 % and 95 % quantiles to
// have three futures beyond them, and follows a wait for two hours.
func DefaultEstimation() Estimation {
	return Estimation{Runs: 60, Low: 0.05, High: 0.95, HorizonUs: 2 * interval.HourUs, Seed: 1}
}

// Estimate is how long a visit will wait from now on.
type Estimate struct {
	LowUs, MidUs, HighUs int64 // quantiles, MidUs the median
	Runs                 int
	Unserved             int // futures in which the horizon was reached
}

// Sure reports whether nearly every future ended in an answer. A range that reaches
// the horizon is nothing to announce.
func (e Estimate) Sure() bool { return e.Unserved*20 <= e.Runs }

// EstimateVisit plays what the distributor itself would do from here, with other
// futures for everything that is random, until the visit is answered: given that
// its caller does not give up. The state is cloned, not changed.
func EstimateVisit(s *acd.State, now int64, visit string, m *Model, e Estimation) (Estimate, error) {
	if _, ok := s.Visit(visit); !ok {
		return Estimate{}, fmt.Errorf("estimate: %w visit %q", acd.ErrUnknown, visit)
	}
	return m.estimate(s, now, e, func(*World) string { return visit })
}

// EstimateJoin is the estimate for a caller who would join now.
func EstimateJoin(s *acd.State, now int64, j acd.Join, m *Model, e Estimation) (Estimate, error) {
	if _, ok := s.Queue(j.Queue); !ok {
		return Estimate{}, fmt.Errorf("estimate: %w queue %q", acd.ErrUnknown, j.Queue)
	}
	j.Interaction, j.PredictedUs = "estimate", 0
	return m.estimate(s, now, e, func(w *World) string {
		k := w.caller(m, j, drawsFor(e.Seed, j.Interaction))
		k.PatienceUs = Never
		_ = w.Call(k)
		return k.visit
	})
}

func (m *Model) estimate(s *acd.State, now int64, e Estimation, target func(*World) string) (Estimate, error) {
	if e.Runs < 1 || !(e.Low >= 0 && e.Low <= e.High && e.High <= 1) || e.HorizonUs <= 0 {
		return Estimate{}, fmt.Errorf("estimate: %+v: needs runs, quantiles in order and a horizon", e)
	}
	waits := make([]int64, e.Runs)
	out := Estimate{Runs: e.Runs}
	for i := range waits {
		f := e
		f.Seed = e.Seed + uint64(i)*0x9e3779b97f4a7c15
		waits[i] = m.future(s.Clone(), now, f, target)
		if waits[i] >= e.HorizonUs {
			out.Unserved++
		}
	}
	slices.Sort(waits)
	at := func(q float64) int64 { return waits[min(int(q*float64(len(waits))), len(waits)-1)] }
	out.LowUs, out.MidUs, out.HighUs = at(e.Low), at(0.5), at(e.High)
	return out, nil
}

// future plays one and returns the target's wait from now.
func (m *Model) future(s *acd.State, now int64, e Estimation, target func(*World) string) int64 {
	w := NewWorld(s, now)
	for _, v := range s.Visits() {
		w.adopt(m, v, drawsFor(e.Seed, v.Interaction))
	}
	visit := target(w)
	if k := w.byVisit(visit); k != nil {
		k.stays = true
	}
	m.arrive(w, now, e)
	for _, sh := range m.Staff {
		if sh.From > now {
			w.At(sh.From, acd.SignIn{Agent: sh.Agent})
		}
		w.At(sh.To, acd.SignOut{Agent: sh.Agent})
	}
	answered, end := int64(-1), now+e.HorizonUs
	w.Fact = func(f *event.Event) {
		if p, ok := f.Payload.(*event.QueueLeft); ok && f.Visit == visit {
			answered = f.At
			if p.Exit != event.Answered {
				answered = end // nobody serves it here
			}
		}
	}
	switch v, ok := s.Visit(visit); {
	case !ok:
		answered = end // refused
	case v.AnsweredAt != 0:
		answered = now
	default:
		w.RunWhile(end, func() bool { return answered < 0 && w.Now() < end })
	}
	if answered < 0 {
		return e.HorizonUs
	}
	return answered - now
}

// arrive schedules the callers still to come.
func (m *Model) arrive(w *World, now int64, e Estimation) {
	i := 0
	for _, q := range w.State.Queues() {
		qm, ok := m.Queues[q.ID]
		if !ok || len(qm.Rates) == 0 || qm.Handle == nil {
			continue
		}
		i++
		var rates []Rate
		for _, r := range qm.Rates {
			if r.To <= now {
				continue
			}
			if r.From < now { // the rest of it
				r.Calls *= float64(r.To-now) / float64(r.To-r.From)
				r.From = now
			}
			rates = append(rates, r)
		}
		s := Stream{Queue: q.ID, Rates: rates, Handle: qm.Handle, Patience: qm.Patience, Wrap: qm.Wrap}
		a := &arrivals{plan: &Plan{Seed: e.Seed, Answer: m.Answer}, stream: &s, index: 1000 + i, world: w}
		a.next()
	}
}

// draws are the random numbers of one person in one future.
type draws func(k draw) float64

func drawsFor(seed uint64, interaction string) draws {
	h := uint64(14695981039346656037)
	for i := range len(interaction) {
		h = (h ^ uint64(interaction[i])) * 1099511628211
	}
	return func(k draw) float64 { return uniform(seed, 1<<20, h>>20, k) }
}

// caller makes a caller of a queue.
func (w *World) caller(m *Model, j acd.Join, u draws) *Caller {
	q := m.Queues[j.Queue]
	k := &Caller{Join: j, PatienceUs: Never, WrapUs: -1, Answer: func(int) int64 {
		if m.Answer == nil {
			return 0
		}
		return m.Answer.Quantile(u(drawAnswer))
	}}
	if q.Handle != nil {
		k.HandleUs = q.Handle.Quantile(u(drawHandle))
	}
	if q.Patience != nil {
		k.PatienceUs = q.Patience.Quantile(u(drawPatience))
	}
	if q.Wrap != nil {
		k.WrapUs = q.Wrap.Quantile(u(drawWrap))
	}
	return k
}

// adopt gives a visit that is there already a person with a rest of patience or of
// conversation.
func (w *World) adopt(m *Model, v acd.VisitView, u draws) {
	q := m.Queues[v.Queue]
	k := w.caller(m, acd.Join{Queue: v.Queue, Interaction: v.Interaction}, u)
	k.visit = v.ID
	w.callers[v.Interaction] = k
	switch v.Stage {
	case acd.StageTalking, acd.StageHolding:
		if q.Handle != nil {
			k.HandleUs = Residual(q.Handle, w.now-v.AnsweredAt, u(drawHandle))
		}
		w.At(w.now+k.HandleUs, acd.Finish{Visit: v.ID, By: event.Customer})
		w.wrapsUp(k, v.ID, v.Agent)
	case acd.StageWrapUp:
		if q.Wrap != nil {
			k.HandleUs, k.WrapUs = 0, Residual(q.Wrap, w.now-v.SinceAt, u(drawWrap))
			w.wrapsUp(k, v.ID, v.Agent)
		}
	case acd.StageDialing:
		w.At(w.now+10*interval.Second, acd.CallbackResult{Visit: v.ID, Result: "reached"})
	default:
		w.adoptWaiting(q, k, v, u)
	}
}

func (w *World) adoptWaiting(q QueueModel, k *Caller, v acd.VisitView, u draws) {
	for _, o := range v.Offers {
		w.At(w.now+k.Answer(1), acd.Answer{Offer: o.ID})
	}
	if q.Patience != nil && v.Ref == "" {
		rest := Residual(q.Patience, w.now-v.JoinedAt, u(drawPatience))
		w.Do(w.now+rest, func() { w.givesUp(k) })
	}
}

func (w *World) byVisit(visit string) *Caller {
	v, ok := w.State.Visit(visit)
	if !ok {
		return nil
	}
	return w.callers[v.Interaction]
}
