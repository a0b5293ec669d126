package acd

import (
	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/acd/internal/book"
	"github.com/agner-platform/agner/telephony/routing"
)

// The advised strategy is longest idle with three changes, each stated by a
// forecast.applied when it alters a decision:
//
//   - a caller gets the agent who is least needed elsewhere: the price of an agent is
//     what one more like it would win for the other queues it serves;
//   - the last idle agents of a scarce queue (its reserve) are kept from callers of
//     less scarce ones, for at most HoldUs of a caller's wait;
//   - an agent who becomes free takes, at equal priority, the caller whose queue has
//     most to win and who can still be answered in time.
//
// Without fresh advice it is longest idle, and the offers' rule says so.

// advised returns the advice that a queue's routing follows now, or nil.
func (s *State) advised(q *book.Queue) routing.Advice {
	if q.Strategy != routing.Advised || !routing.Fresh(s.b.Advice, s.b.Now) {
		return nil
	}
	return s.b.Advice
}

// reserved reports whether advice holds the agent back from the visit, and wakes the
// visit when that ends.
func (s *State) reserved(v *book.Visit, a *book.Agent) bool {
	until := s.reservedUntil(v, a)
	if until > s.b.Now {
		s.b.Wake(v, until)
		return true
	}
	return false
}

// reservedUntil is when the visit may have the agent, 0 for now.
func (s *State) reservedUntil(v *book.Visit, a *book.Agent) int64 {
	advice := s.advised(v.Queue)
	if advice == nil {
		return 0
	}
	own, _ := advice.Queue(v.Queue.ID)
	until := int64(0)
	for _, m := range a.Members {
		q, ok := advice.Queue(m.Queue.ID)
		if !ok || !m.Active || m.Queue == v.Queue || q.Reserve <= 0 || q.Value <= own.Value {
			continue
		}
		if end := v.JoinedAt + q.HoldUs; end > s.b.Now && s.idle(m.Queue) <= q.Reserve {
			until = max(until, end)
		}
	}
	return until
}

// idle counts a queue's agents who may be rung.
func (s *State) idle(q *book.Queue) int {
	n := 0
	for _, m := range q.Members {
		if m.Active && m.Agent.Free(s.b.Now) {
			n++
		}
	}
	return n
}

// unreserve looks again at those who were held back when an agent stays idle: the
// others' reserve may have become more than is needed.
func (s *State) unreserve() {
	if s.rematch || !routing.Fresh(s.b.Advice, s.b.Now) {
		return
	}
	for _, q := range s.b.QueueList {
		if q.Strategy != routing.Advised {
			continue
		}
		for _, v := range q.Line {
			if v.Held {
				s.opened = append(s.opened, v)
			}
		}
	}
}

// decision chooses an agent for a visit.
type decision struct {
	s             *State
	advice        routing.Advice
	strategy      routing.Strategy
	rule          string
	best, plain   *book.Agent // by the strategy, and as longest idle would
	chosen, usual routing.Candidate
	held          *book.Agent
}

func (s *State) decision(q *book.Queue) decision {
	d := decision{s: s, advice: s.advised(q), strategy: q.Strategy, rule: rule(q.Strategy)}
	if q.Strategy == routing.Advised && d.advice == nil {
		d.strategy, d.rule = routing.LongestIdle, rule(routing.LongestIdle)
	}
	return d
}

func (d *decision) consider(c routing.Candidate, v *book.Visit, m *book.Member) {
	if d.advice != nil {
		if d.plain == nil || routing.LongestIdle.Better(&c, &d.usual) {
			d.plain, d.usual = m.Agent, c
		}
		if d.s.reserved(v, m.Agent) {
			d.held = m.Agent
			return
		}
		c.Price = price(d.advice, m)
	}
	if d.best == nil || d.strategy.Better(&c, &d.chosen) {
		d.best, d.chosen = m.Agent, c
	}
}

// price is what the agent is worth to its other queues.
func price(advice routing.Advice, in *book.Member) float64 {
	sum := 0.0
	for _, m := range in.Agent.Members {
		if q, ok := advice.Queue(m.Queue.ID); ok && m.Active && m != in {
			sum += q.Value
		}
	}
	return sum
}

// applied states that advice chose another agent than longest idle would have.
func (d *decision) applied(v *book.Visit) {
	if d.advice != nil && d.plain != d.best {
		d.s.forecastApplied(v, d.best, "agent")
	}
}

// heldBack states once that a visit waits beside an idle agent, and why.
func (d *decision) heldBack(v *book.Visit) {
	if d.held != nil {
		d.s.holdBack(v, d.held)
	}
}

func (s *State) holdBack(v *book.Visit, a *book.Agent) {
	if !v.Held {
		s.forecastApplied(v, a, book.HeldBack)
	}
}

func (s *State) forecastApplied(v *book.Visit, a *book.Agent, what string) {
	advice := s.b.Advice
	e := s.visitFact(v, &event.ForecastApplied{Snapshot: advice.Snapshot(), Decision: what, AgeUs: s.b.Now - advice.MadeAt()})
	e.Agent = a.ID
	s.emit(e)
}

// pairing chooses a visit for an agent.
type pairing struct {
	s           *State
	agent       *book.Agent
	best, plain *book.Visit
	skipped     []*book.Visit // for the sake of a reserve
}

func (s *State) pairing(a *book.Agent) pairing { return pairing{s: s, agent: a} }

func (p *pairing) consider(v *book.Visit) {
	if p.plain == nil || p.s.before(v, p.plain) {
		p.plain = v
	}
	if p.best == nil || p.s.pairs(v, p.best) {
		p.best = v
	}
}

// pairs reports whether the agent should take v rather than w.
func (s *State) pairs(v, w *book.Visit) bool {
	av, aw := s.advised(v.Queue), s.advised(w.Queue)
	sameClass := v.Place.Priority+v.Queue.Weight == w.Place.Priority+w.Queue.Weight && len(v.Offers) == len(w.Offers)
	if av == nil || aw == nil || !sameClass {
		return s.before(v, w)
	}
	if a, b := s.toWin(av, v), s.toWin(aw, w); a != b {
		return a > b
	}
	return s.before(v, w)
}

// toWin is what answering the visit now wins: its queue's value while it can still
// be answered in time, nothing beyond.
func (s *State) toWin(a routing.Advice, v *book.Visit) float64 {
	q, ok := a.Queue(v.Queue.ID)
	if !ok || s.b.Now-v.JoinedAt > q.WithinUs {
		return 0
	}
	return q.Value
}

func (p *pairing) heldBack() {
	for _, v := range p.skipped {
		p.s.holdBack(v, p.agent)
	}
}

func (p *pairing) applied() {
	if p.plain != p.best {
		p.s.forecastApplied(p.best, p.agent, "caller")
	}
}

// rule names what chose the visit.
func (p *pairing) rule(v *book.Visit) string {
	d := p.s.decision(v.Queue)
	return d.rule
}
