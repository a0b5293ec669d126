package routing

import "cmp"

// MaxPriority bounds priorities and weights, so that no product overflows.
const MaxPriority = 1_000_000

// Place is a caller's claim to a position.
type Place struct {
	Priority int64  // higher goes first
	At       int64  // when it came, less its head start
	Seq      uint64 // order of joining, the last tie-break
}

// Order compares callers of one queue.
type Order struct {
	// AgeUs is how much waiting one point of priority is worth; 0 means that no
	// waiting makes up for a lower priority.
	AgeUs int64
}

// Ahead reports whether a goes before b. It does not depend on the present time:
// two callers age alike.
func (o Order) Ahead(a, b Place) bool {
	if o.AgeUs > 0 {
		// Both waits grow by the same amount, so comparing virtual arrival times suffices.
		return cmp.Or(cmp.Compare(a.At-a.Priority*o.AgeUs, b.At-b.Priority*o.AgeUs), cmp.Compare(a.Seq, b.Seq)) < 0
	}
	return cmp.Or(cmp.Compare(b.Priority, a.Priority), cmp.Compare(a.At, b.At), cmp.Compare(a.Seq, b.Seq)) < 0
}

// Overtake is the smallest priority from which a caller at p goes before one at q.
func (o Order) Overtake(p, q Place) int64 {
	if o.AgeUs <= 0 {
		return q.Priority + 1
	}
	behind := p.At - (q.At - q.Priority*o.AgeUs)
	to := behind / o.AgeUs
	for ; o.AgeUs*to <= behind; to++ {
	}
	return to
}

// Score is a caller's urgency among callers of other queues at the instant now:
// priority plus the queue's weight, plus a point for every AgeUs waited.
func (o Order) Score(p Place, weight, now int64) float64 {
	score := float64(p.Priority + weight)
	if o.AgeUs > 0 {
		score += float64(now-p.At) / float64(o.AgeUs)
	}
	return score
}

// Stage is what a caller needs once it has waited for AfterUs.
type Stage struct {
	AfterUs int64 `json:"after_us"`
	Need    Expr  `json:"need"`
}

// Stages is a requirement that relaxes while the caller waits, in order of AfterUs.
type Stages []Stage

// At returns what is needed after waitedUs, and the wait at which that changes next
// (0: never).
func (s Stages) At(waitedUs int64) (need *Expr, next int64) {
	for i := range s {
		if s[i].AfterUs > waitedUs {
			return need, s[i].AfterUs
		}
		need = &s[i].Need
	}
	return need, 0
}

// Tiers says when higher tiers open. With StepUs 0 every tier is open and lower
// ones are only preferred.
type Tiers struct {
	StepUs int64 `json:"step_us,omitempty"`
}

// Open returns the highest open tier for a caller who waited for waitedUs, and the
// wait at which the next one opens (0: never). The lowest tier that has somebody
// signed in is always open: nobody waits for an empty tier.
func (t Tiers) Open(waitedUs int64, lowestStaffed int) (tier int, next int64) {
	if t.StepUs <= 0 {
		return int(^uint(0) >> 1), 0
	}
	tier = max(int(max(waitedUs, 0)/t.StepUs)+1, lowestStaffed)
	return tier, int64(tier) * t.StepUs
}
