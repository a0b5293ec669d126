package acd

import (
	"fmt"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/acd/internal/book"
	"github.com/agner-platform/agner/telephony/routing"
)

// serve rings for everybody who can be served, in three steps: callers leave queues
// that lost their agents, then what became free meets what became open.
func (s *State) serve() {
	for len(s.emptied)+len(s.freed)+len(s.opened) > 0 || s.rematch {
		for i := 0; i < len(s.emptied); i++ {
			s.checkLeave(s.emptied[i])
			s.retier(s.emptied[i])
		}
		s.emptied = s.emptied[:0]
		if s.rematch {
			s.rematch = false
			s.matchAll()
			continue
		}
		for i := 0; i < len(s.freed); i++ {
			s.feed(s.freed[i])
		}
		s.freed = s.freed[:0]
		for i := 0; i < len(s.opened); i++ {
			s.seek(s.opened[i])
		}
		s.opened = s.opened[:0]
	}
}

// retier looks at a line anew whose tiers may open otherwise, now that somebody
// signed in or out.
func (s *State) retier(q *book.Queue) {
	if q.Tiers.StepUs <= 0 {
		return
	}
	for _, v := range q.Line {
		s.b.ArmOpen(v)
		s.opened = append(s.opened, v)
	}
}

// matchAll looks at every waiting visit, the most urgent first.
func (s *State) matchAll() {
	s.freed, s.opened = s.freed[:0], s.opened[:0]
	var all []*book.Visit
	for _, q := range s.b.QueueList {
		s.emptied = append(s.emptied, q)
		all = append(all, q.Line...)
	}
	next := make([]int, 0, len(all))
	for i, v := range all {
		if i == 0 || all[i-1].Queue != v.Queue {
			next = append(next, i)
		}
	}
	// Merge the lines: within a queue its order stands, between queues the score.
	for len(next) > 0 {
		best := 0
		for k := range next {
			if s.urgent(all[next[k]], all[next[best]]) {
				best = k
			}
		}
		v := all[next[best]]
		s.b.ArmOpen(v) // whose tier opens when may have changed with the agents
		s.seek(v)
		if next[best]++; next[best] == len(all) || all[next[best]].Queue != v.Queue {
			next = append(next[:best], next[best+1:]...)
		}
	}
	s.emptied = s.emptied[:0]
}

// urgent compares visits of different queues.
func (s *State) urgent(v, w *book.Visit) bool {
	a := routing.Order{AgeUs: v.Queue.AgeUs}.Score(v.Place, v.Queue.Weight, s.b.Now)
	b := routing.Order{AgeUs: w.Queue.AgeUs}.Score(w.Place, w.Queue.Weight, s.b.Now)
	switch {
	case a != b:
		return a > b
	case v.Place.At != w.Place.At:
		return v.Place.At < w.Place.At
	}
	return v.Place.Seq < w.Place.Seq
}

// open reports whether the visit may be offered to (another) agent.
func (s *State) open(v *book.Visit) bool {
	if v.Phase != book.Waiting || v.NotBefore > s.b.Now || s.b.Visits[v.ID] != v || s.expired(v) {
		return false
	}
	if len(v.Offers) == 0 {
		return true
	}
	q := v.Queue
	return q.Strategy == routing.Simultaneous && (q.RingMax == 0 || len(v.Offers) < q.RingMax)
}

// candidate describes an agent to the strategy.
func (s *State) candidate(q *book.Queue, m *book.Member, t *book.Terms) routing.Candidate {
	a := m.Agent
	c := routing.Candidate{
		Agent: a.ID, Tier: m.Tier, Order: m.Order, IdleSince: a.IdleAt, Calls: a.Calls, BusyUs: a.BusyUs, SignedUs: s.b.Now - a.SignedAt,
		AfterLast: m.Order > q.Last.Order || m.Order == q.Last.Order && a.ID > q.Last.Agent,
	}
	switch q.Strategy {
	case routing.Random:
		c.Draw = routing.Draw(s.b.Seed, s.b.Minted, a.ID)
	case routing.Skilled:
		c.Fit = t.Fit(a)
	}
	return c
}

// expired reports whether a callback's window has closed. While a phone rang or was
// dialled at that moment, it is let end that way.
func (s *State) expired(v *book.Visit) bool {
	return v.Callback != nil && v.Callback.UntilAt != 0 && v.Callback.UntilAt <= s.b.Now
}

// seek rings the best agent for a visit, or all of them.
func (s *State) seek(v *book.Visit) {
	if s.b.Visits[v.ID] == v && v.Phase == book.Waiting && len(v.Offers) == 0 && s.expired(v) {
		s.breakPromise(v, "expired", event.TimedOut)
		return
	}
	for s.open(v) {
		t := v.Terms(s.b.Now)
		d := s.decision(v.Queue)
		for _, m := range v.Queue.Members {
			if m.Agent.Free(s.b.Now) && t.Suit(m) {
				d.consider(s.candidate(v.Queue, m, &t), v, m)
			}
		}
		if d.best == nil {
			d.heldBack(v)
			return
		}
		d.applied(v)
		s.ring(v, d.best, d.rule)
	}
}

func rule(st routing.Strategy) string {
	if st == "" {
		return string(routing.LongestIdle)
	}
	return string(st)
}

// feed finds the most urgent visit for an agent who became free: of each queue the
// first that suits, callers whom nobody rings yet before those of a queue where all
// phones ring.
func (s *State) feed(a *book.Agent) {
	if !a.Free(s.b.Now) {
		return
	}
	d := s.pairing(a)
	for _, m := range a.Members {
		if v := s.first(m, &d); v != nil {
			d.consider(v)
		}
	}
	d.heldBack()
	if d.best == nil {
		s.unreserve()
		return
	}
	d.applied()
	s.ring(d.best, a, d.rule(d.best))
}

func (s *State) before(v, w *book.Visit) bool {
	if (len(v.Offers) == 0) != (len(w.Offers) == 0) {
		return len(v.Offers) == 0
	}
	return s.urgent(v, w)
}

// first returns the first visit of a queue's line that the member may take.
func (s *State) first(m *book.Member, p *pairing) *book.Visit {
	var ringing *book.Visit
	for _, v := range m.Queue.Line {
		if !s.open(v) || len(v.Offers) > 0 && ringing != nil {
			continue
		}
		if t := v.Terms(s.b.Now); !t.Suit(m) {
			continue
		}
		if s.reserved(v, m.Agent) {
			p.skipped = append(p.skipped, v)
			continue
		}
		if len(v.Offers) == 0 {
			return v
		}
		ringing = v
	}
	return ringing
}

// ring offers a visit to an agent.
func (s *State) ring(v *book.Visit, a *book.Agent, rule string) {
	e := s.visitFact(v, &event.OfferMade{Attempt: v.Attempts + 1, Rule: rule})
	e.Offer, e.Agent = s.b.ID("o"), a.ID
	s.emit(e)
	s.become(a, change{to: event.Reserved, visit: v})
	s.command(Ring{Offer: e.Offer, Visit: v.ID, Interaction: v.Interaction, Queue: v.Queue.ID, Agent: a.ID, Channel: v.Channel})
}

func (s *State) applyOffer(in Input) error {
	switch in := in.(type) {
	case Answer:
		o := s.b.Offers[in.Offer]
		if o == nil {
			s.command(Release(in))
			return fmt.Errorf("%w offer %q", ErrUnknown, in.Offer)
		}
		s.answer(o)
	case Decline:
		o := s.b.Offers[in.Offer]
		if o == nil {
			return fmt.Errorf("%w offer %q", ErrUnknown, in.Offer)
		}
		s.emit(s.offerFact(o, &event.OfferDeclined{RingUs: s.b.Now - o.MadeAt}))
		s.settle(o.Agent, change{reason: "declined", visit: o.Visit})
		s.opened = append(s.opened, o.Visit)
	case Fail:
		o := s.b.Offers[in.Offer]
		if o == nil {
			return fmt.Errorf("%w offer %q", ErrUnknown, in.Offer)
		}
		s.miss(o, in.Cause)
	}
	return nil
}

// miss ends an offer that was not answered.
func (s *State) miss(o *book.Offer, cause string) {
	e := s.offerFact(o, &event.OfferMissed{RingUs: s.b.Now - o.MadeAt})
	e.Cause = cause
	s.emit(e)
	s.command(Cancel{Offer: o.ID, Agent: o.Agent.ID, Reason: "missed"})
	s.settle(o.Agent, change{reason: "missed", visit: o.Visit})
	s.opened = append(s.opened, o.Visit)
}

// withdrawAll takes back a visit's offers.
func (s *State) withdrawAll(v *book.Visit, reason string) {
	for len(v.Offers) > 0 {
		o := v.Offers[0]
		s.emit(s.offerFact(o, &event.OfferWithdrawn{RingUs: s.b.Now - o.MadeAt, Reason: reason}))
		s.command(Cancel{Offer: o.ID, Agent: o.Agent.ID, Reason: reason})
		s.settle(o.Agent, change{reason: reason, visit: v})
	}
}

// answer joins caller and agent, or has the customer of a callback dialled.
func (s *State) answer(o *book.Offer) {
	v, a := o.Visit, o.Agent
	s.emit(s.offerFact(o, &event.OfferAccepted{RingUs: s.b.Now - o.MadeAt}))
	if c := v.Callback; c != nil {
		s.withdrawAll(v, "answered_elsewhere")
		e := s.visitFact(v, &event.CallbackAttempted{Ref: c.Ref, Attempt: c.Attempts + 1})
		e.Agent = a.ID
		s.emit(e)
		s.command(Dial{Ref: c.Ref, Visit: v.ID, Interaction: v.Interaction, Party: v.Party, Agent: a.ID})
		return
	}
	s.converse(v, a)
	s.command(Connect{Offer: o.ID, Visit: v.ID, Interaction: v.Interaction, Agent: a.ID})
	s.withdrawAll(v, "answered_elsewhere")
}

// converse ends the wait and begins the conversation.
func (s *State) converse(v *book.Visit, a *book.Agent) {
	e := s.visitFact(v, &event.QueueLeft{Exit: event.Answered, JoinedAt: v.JoinedAt, WaitUs: s.b.Now - v.JoinedAt, Position: v.Position()})
	e.Agent = a.ID
	s.emit(e)
	s.become(a, change{to: event.Talking, visit: v})
}
