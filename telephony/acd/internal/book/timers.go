package book

import (
	"cmp"
	"strconv"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/routing"
)

// Deadline returns the instant at which a Tick is due, or false.
func (s *Book) Deadline() (int64, bool) {
	for len(s.timers) > 0 {
		if t := s.timers[0]; s.dueAt(t) == t.At {
			return t.At, true
		}
		s.timers.pop()
	}
	return 0, false
}

// PopDue takes the next deadline that has passed.
func (s *Book) PopDue() (Timer, bool) {
	at, ok := s.Deadline()
	if !ok || at > s.Now {
		return Timer{}, false
	}
	t := s.timers[0]
	s.timers.pop()
	return t, true
}

// ID mints an id that no other epoch of any node gives out. The fact that uses it
// counts it.
func (s *Book) ID(kind string) string {
	b := make([]byte, 0, 48)
	b = append(append(b, s.Node...), '-')
	b = strconv.AppendInt(b, s.Epoch, 36)
	b = append(append(b, '-'), kind...)
	return string(strconv.AppendUint(b, s.Minted+1, 36))
}

// TimerKind is what falls due.
type TimerKind uint8

// Kinds of timers.
const (
	OfferTimer TimerKind = iota
	WrapTimer
	ReadyTimer
	VisitTimer // relaxation, end of a pause between attempts
	TimeoutTimer
	AnnounceTimer
	PromiseTimer // a callback falls due or expires
	AdviceTimer  // advice grows too old
)

// Timer is a deadline of something.
type Timer struct {
	At   int64
	Kind TimerKind
	ID   string
}

func (t Timer) compare(u Timer) int {
	return cmp.Or(cmp.Compare(t.At, u.At), cmp.Compare(t.Kind, u.Kind), cmp.Compare(t.ID, u.ID))
}

// timers is a binary heap. An entry counts only while its object still has that
// deadline (dueAt), so nothing is ever removed from the middle.
type timers []Timer

func (h *timers) push(t Timer) {
	q := append(*h, t)
	i := len(q) - 1
	for i > 0 {
		up := (i - 1) / 2
		if q[up].compare(t) <= 0 {
			break
		}
		q[i] = q[up]
		i = up
	}
	q[i] = t
	*h = q
}

func (h *timers) pop() {
	q := *h
	n := len(q) - 1
	t := q[n]
	q[n] = Timer{}
	q = q[:n]
	*h = q
	if n == 0 {
		return
	}
	i := 0
	for {
		down := 2*i + 1
		if down >= n {
			break
		}
		if down+1 < n && q[down+1].compare(q[down]) < 0 {
			down++
		}
		if t.compare(q[down]) <= 0 {
			break
		}
		q[i] = q[down]
		i = down
	}
	q[i] = t
}

// dueAt returns the present deadline of a timer's object, 0 if there is none.
func (s *Book) dueAt(t Timer) int64 {
	switch t.Kind {
	case OfferTimer:
		if o := s.Offers[t.ID]; o != nil {
			return o.Until
		}
	case WrapTimer:
		if a := s.Agents[t.ID]; a != nil && a.State == event.WrapUp {
			return a.WrapAt
		}
	case ReadyTimer:
		if a := s.Agents[t.ID]; a != nil && a.State == event.Available {
			return a.ReadyAt
		}
	case AdviceTimer:
		if s.Advice != nil {
			return s.Advice.MadeAt() + routing.AdviceMaxAge + 1
		}
	case PromiseTimer:
		if c := s.Callbacks[t.ID]; c != nil {
			return c.dueAt()
		}
	default:
		if v := s.Visits[t.ID]; v != nil && v.Phase == Waiting {
			return v.dueAt(t.Kind)
		}
	}
	return 0
}

func (v *Visit) dueAt(k TimerKind) int64 {
	switch k {
	case VisitTimer:
		return v.NextOpen
	case TimeoutTimer:
		return v.TimeoutAt
	}
	return v.AnnounceAt
}

// dueAt is when the promise falls due, then when it expires.
func (c *Callback) dueAt() int64 {
	if c.Visit == nil {
		return c.ForAt
	}
	return c.UntilAt
}

// Set schedules a timer; at 0 means none.
func (s *Book) Set(kind TimerKind, at int64, id string) {
	if at > 0 {
		s.timers.push(Timer{at, kind, id})
	}
}

// Advise replaces the advice.
func (s *Book) Advise(a routing.Advice) {
	s.Advice = a
	if routing.Fresh(a, s.Now) {
		s.Set(AdviceTimer, a.MadeAt()+routing.AdviceMaxAge+1, "")
	}
}

// Wake looks at a waiting visit again at an instant, if nothing does so sooner.
func (s *Book) Wake(v *Visit, at int64) {
	if at > s.Now && (v.NextOpen == 0 || at < v.NextOpen) {
		v.NextOpen = at
		s.Set(VisitTimer, at, v.ID)
	}
}

// arm computes a waiting visit's deadlines anew from configuration and facts.
func (s *Book) arm(v *Visit) {
	c := &v.Queue.QueueConfig
	v.TimeoutAt, v.AnnounceAt = 0, 0
	if c.MaxWaitUs > 0 && v.Callback == nil {
		v.TimeoutAt = v.JoinedAt + c.MaxWaitUs
	}
	if c.Announce.FirstUs > 0 && v.Callback == nil {
		v.AnnounceAt = v.JoinedAt + c.Announce.FirstUs
		if late := s.Now - v.AnnounceAt; late >= 0 {
			v.AnnounceAt = 0
			if c.Announce.EveryUs > 0 {
				v.AnnounceAt = s.Now - late%c.Announce.EveryUs + c.Announce.EveryUs
			}
		}
	}
	s.Set(TimeoutTimer, v.TimeoutAt, v.ID)
	s.Set(AnnounceTimer, v.AnnounceAt, v.ID)
	s.ArmOpen(v)
}

// ArmOpen sets when the visit's requirement relaxes next, or its pause ends.
func (s *Book) ArmOpen(v *Visit) {
	v.NextOpen = 0
	if v.NotBefore > s.Now {
		v.NextOpen = v.NotBefore
	} else {
		waited := s.Now - v.JoinedAt
		_, need := v.Queue.Need.At(waited)
		_, tier := v.Queue.Tiers.Open(waited, v.Queue.LowestTier())
		if tier > 0 && int(tier/v.Queue.Tiers.StepUs) >= v.Queue.highestTier() {
			tier = 0 // everybody's tier is open
		}
		own := int64(0)
		if v.Queue.OwnUs > waited && !v.Own.Empty() {
			own = v.Queue.OwnUs
		}
		for _, w := range [...]int64{need, tier, own} {
			if w > 0 && (v.NextOpen == 0 || v.JoinedAt+w < v.NextOpen) {
				v.NextOpen = v.JoinedAt + w
			}
		}
	}
	s.Set(VisitTimer, v.NextOpen, v.ID)
}
