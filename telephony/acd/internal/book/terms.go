package book

import "github.com/agner-platform/agner/telephony/routing"

// Terms is what a visit asks of agents at an instant.
type Terms struct {
	tier int
	need *routing.Expr
	own  *routing.Expr
}

// Terms returns what the visit asks for now: it relaxes with the wait.
func (v *Visit) Terms(now int64) Terms {
	waited := now - v.JoinedAt
	var t Terms
	t.tier, _ = v.Queue.Tiers.Open(waited, v.Queue.LowestTier())
	t.need, _ = v.Queue.Need.At(waited)
	if v.Queue.OwnUs == 0 || waited < v.Queue.OwnUs {
		t.own = &v.Own
	}
	return t
}

// Suit reports whether the member may take the visit, idle or not.
func (t *Terms) Suit(m *Member) bool {
	return m.Active && m.Tier <= t.tier && (t.need == nil || t.need.Match(m.Agent.Skills)) && (t.own == nil || t.own.Match(m.Agent.Skills))
}

// Fit is how good the agent is at what is asked.
func (t *Terms) Fit(a *Agent) int64 {
	fit := int64(0)
	if t.need != nil {
		fit = t.need.Fit(a.Skills)
	}
	if t.own != nil {
		fit += t.own.Fit(a.Skills)
	}
	return fit
}

// PositionFor is the position a caller with this place would get.
func (s *Book) PositionFor(q *Queue, p routing.Place) int64 {
	p.Seq = s.Joins + 1
	order := routing.Order{AgeUs: q.AgeUs}
	i := len(q.Line)
	for i > 0 && order.Ahead(p, q.Line[i-1].Place) {
		i--
	}
	return int64(i + 1)
}
