package routing

import (
	"cmp"
	"fmt"
	"slices"
)

// Strategy is how an agent is chosen among those who could take a caller. The
// empty strategy is LongestIdle.
type Strategy string

// Strategies.
const (
	LongestIdle   Strategy = "longest_idle"   // who has been idle longest
	Sequential    Strategy = "sequential"     // always from the top of the list
	Circular      Strategy = "circular"       // the next in the list after the last one rung
	FewestCalls   Strategy = "fewest_calls"   // who has taken fewest calls since sign-in
	LeastOccupied Strategy = "least_occupied" // who has been busy for the smallest share of the time since sign-in
	Simultaneous  Strategy = "simultaneous"   // everybody rings, the first to answer takes the call
	Random        Strategy = "random"         // anybody
	Skilled       Strategy = "skilled"        // who is best at what the caller needs
	Advised       Strategy = "advised"        // longest idle, with the forecast's reserve and pairing
)

// Strategies lists every strategy.
var Strategies = []Strategy{LongestIdle, Sequential, Circular, FewestCalls, LeastOccupied, Simultaneous, Random, Skilled, Advised}

// Check returns an error for an unknown strategy.
func (s Strategy) Check() error {
	if s == "" || slices.Contains(Strategies, s) {
		return nil
	}
	return fmt.Errorf("%w %q: must be one of %v", ErrStrategy, string(s), Strategies)
}

// Candidate is an agent who could take the caller, as a strategy sees it.
type Candidate struct {
	Agent     string
	Tier      int
	Order     int64  // place in the queue's list
	AfterLast bool   // behind the agent rung last, in the list's order
	IdleSince int64  // end of the last work
	Calls     int64  // taken since sign-in
	BusyUs    int64  // reserved, talking, holding or wrapping up since sign-in
	SignedUs  int64  // since sign-in
	Fit       int64  // Expr.Fit for this caller
	Draw      uint64 // Draw for this offer and agent
	Price     float64
}

// Better reports whether a is to be rung before b. A lower tier always is; then
// the strategy decides, then who has been idle longer, then the list's order.
func (s Strategy) Better(a, b *Candidate) bool {
	if c := cmp.Compare(a.Tier, b.Tier); c != 0 {
		return c < 0
	}
	if c := s.compare(a, b); c != 0 {
		return c < 0
	}
	return cmp.Or(cmp.Compare(a.IdleSince, b.IdleSince), cmp.Compare(a.Order, b.Order), cmp.Compare(a.Agent, b.Agent)) < 0
}

func (s Strategy) compare(a, b *Candidate) int {
	switch s {
	case Sequential, Simultaneous:
		return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.Agent, b.Agent))
	case Circular:
		if a.AfterLast != b.AfterLast {
			if a.AfterLast {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.Agent, b.Agent))
	case FewestCalls:
		return cmp.Compare(a.Calls, b.Calls)
	case LeastOccupied:
		return cmp.Compare(a.occupancy(), b.occupancy())
	case Random:
		return cmp.Compare(a.Draw, b.Draw)
	case Skilled:
		return cmp.Compare(b.Fit, a.Fit)
	case Advised:
		return cmp.Compare(a.Price, b.Price)
	}
	return 0
}

// occupancy is the share of the time since sign-in spent on calls, 0 at sign-in.
func (c *Candidate) occupancy() float64 {
	if c.SignedUs <= 0 {
		return 0
	}
	return float64(c.BusyUs) / float64(c.SignedUs)
}

// Draw is a random number that belongs to one decision and one agent: a hash of
// seed, counter and id (SplitMix64 over FNV-1a), the same in a replay.
func Draw(seed, counter uint64, id string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(id) {
		h = (h ^ uint64(id[i])) * 1099511628211
	}
	return Mix(seed ^ Mix(counter^h))
}

// Mix is the output function of SplitMix64 (Steele, Lea, Flood 2014, doi
// 10.1145/2714064.2660195, figure 17): a bijection that scatters every bit.
func Mix(z uint64) uint64 {
	z += 0x9e3779b97f4a7c15
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb
	return z ^ (z >> 31)
}
