package search

import (
	"context"
	"math/rand/v2"
	"time"
)

// Options steer any solver.
type Options struct {
	Seed     uint64
	Time     time.Duration  // wall-clock limit; 0 is none
	Work     float64        // nominal core seconds; 0 derives it from Time
	Progress func(Progress) // called on the solver's goroutine; may be nil
}

// Progress is a solver's state on its way.
type Progress struct {
	Phase   string
	Cost    int     // best so far
	Bound   float64 // no solution can cost less
	Elapsed time.Duration
}

// Gap is the share of the cost that may be too much.
func (p Progress) Gap() float64 { return Gap(p.Cost, p.Bound) }

// Gap is (cost − bound) / cost, 0 when the cost is 0 or the bound reaches it.
func Gap(cost int, bound float64) float64 {
	if cost <= 0 || bound >= float64(cost) {
		return 0
	}
	return (float64(cost) - bound) / float64(cost)
}

// workShare is the part of a wall-clock limit that is planned as work, so that an
// undisturbed machine always finishes the work and results are reproducible.
const workShare = 0.85

// defaultWork is planned when neither time nor work is limited.
const defaultWork = 60

// Clock says how much of the budget is used.
type Clock struct {
	ctx     context.Context // the clock is the run, and dies with it
	opt     Options
	started time.Time
	budget  float64
	spent   float64
	pace    float64 // largest share seen
	late    bool    // the wall clock, not the work, decided something
	Bound   float64 // best bound known, for progress reports
}

// NewClock starts a clock.
func NewClock(ctx context.Context, opt Options) *Clock {
	budget := opt.Work
	if budget <= 0 {
		budget = workShare * opt.Time.Seconds()
	}
	if budget <= 0 {
		budget = defaultWork
	}
	return &Clock{ctx: ctx, opt: opt, started: time.Now(), budget: budget}
}

// Spend adds work in nominal core seconds.
func (c *Clock) Spend(seconds float64) { c.spent += seconds }

// Budget is the whole work planned, in nominal core seconds.
func (c *Clock) Budget() float64 { return c.budget }

// Spent is the work done.
func (c *Clock) Spent() float64 { return c.spent }

// Share is the used part of the budget, from 0 to 1, and never falls.
func (c *Clock) Share() float64 {
	share := c.spent / c.budget
	if c.opt.Time > 0 {
		if wall := time.Since(c.started).Seconds() / c.opt.Time.Seconds(); wall > share {
			share, c.late = wall, true
		}
	}
	c.pace = min(max(c.pace, share), 1)
	return c.pace
}

// Done tells whether to stop.
func (c *Clock) Done() bool { return c.ctx.Err() != nil || c.Share() >= 1 }

// Cancelled tells whether somebody stopped the search.
func (c *Clock) Cancelled() bool { return c.ctx.Err() != nil }

// Deterministic tells whether the result depends on seed and work only.
func (c *Clock) Deterministic() bool { return !c.late && c.ctx.Err() == nil }

// Elapsed is the wall-clock time since the start.
func (c *Clock) Elapsed() time.Duration { return time.Since(c.started) }

// Report tells the world about a solution.
func (c *Clock) Report(phase string, cost int) {
	if c.opt.Progress != nil {
		c.opt.Progress(Progress{Phase: phase, Cost: cost, Bound: c.Bound, Elapsed: c.Elapsed()})
	}
}

// Raise notes a bound; weaker ones than known are ignored.
func (c *Clock) Raise(bound float64) { c.Bound = max(c.Bound, bound) }

// Stopped says why a search ended: proven, cancelled, time or work.
func (c *Clock) Stopped(proven bool) string {
	switch {
	case proven:
		return "proven"
	case c.ctx.Err() != nil:
		return "cancelled"
	case c.late:
		return "time"
	default:
		return "work"
	}
}

// Rand returns the random numbers of a seed; stream separates independent uses.
func Rand(seed, stream uint64) *rand.Rand {
	return rand.New(rand.NewPCG(seed, stream)) // a search, not a secret
}
