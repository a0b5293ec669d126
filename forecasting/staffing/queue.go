package staffing

import (
	"fmt"
	"math"

	"github.com/agner-platform/agner/forecasting/erlang"
)

// queue is one interval under every rate it may meet.
type queue struct {
	o     Options
	load  erlang.Load
	nodes []node
	known map[int]float64 // service levels evaluated so far
}

// figures are what n agents give, weighted by calls.
type figures struct{ sl, asa, occupancy, abandon float64 }

// expected returns the service level of n agents, weighted by calls.
func (q queue) expected(n int) (float64, error) {
	if sl, ok := q.known[n]; ok {
		return sl, nil
	}
	sl, total := 0.0, 0.0
	for _, x := range q.nodes {
		one, err := q.level(erlang.Load{Rate: q.load.Rate * x.factor, AHT: q.load.AHT}, n)
		if err != nil {
			return 0, err
		}
		sl += x.weight * x.factor * one
		total += x.weight * x.factor
	}
	q.known[n] = sl / total
	return sl / total, nil
}

// level is the service level of n agents at one rate. An Erlang C queue that cannot
// keep up serves nobody in time.
func (q queue) level(l erlang.Load, n int) (float64, error) {
	t := q.o.Target
	if q.o.Model == ErlangA {
		a, err := erlang.NewA(l, q.o.Patience, float64(n))
		return a.ServiceLevel(t.Definition, t.Within, t.ShortAbandon), err
	}
	if float64(n) <= l.Erlangs() {
		return 0, nil
	}
	c, err := erlang.NewC(l, float64(n))
	return c.ServiceLevel(t.Within), err
}

// with evaluates n agents, weighted by calls.
func (q queue) with(n int) (figures, error) {
	var f figures
	var err error
	total := 0.0
	for _, x := range q.nodes {
		one, err := q.at(erlang.Load{Rate: q.load.Rate * x.factor, AHT: q.load.AHT}, n)
		if err != nil {
			return f, err
		}
		calls := x.weight * x.factor
		total += calls
		f.asa += calls * one.asa
		f.abandon += calls * one.abandon
		f.occupancy += x.weight * one.occupancy
	}
	f.asa, f.abandon = f.asa/total, f.abandon/total
	f.sl, err = q.expected(n)
	return f, err
}

// at evaluates n agents at one rate, the service level left out.
func (q queue) at(l erlang.Load, n int) (figures, error) {
	if q.o.Model == ErlangA {
		a, err := erlang.NewA(l, q.o.Patience, float64(n))
		if err != nil {
			return figures{}, err
		}
		return figures{asa: a.ASA(), occupancy: a.Occupancy(), abandon: a.PAbandon()}, nil
	}
	if float64(n) <= l.Erlangs() {
		return figures{occupancy: 1, asa: math.Inf(1)}, nil
	}
	c, err := erlang.NewC(l, float64(n))
	return figures{asa: c.ASA(), occupancy: c.Occupancy()}, err
}

// required is the smallest n whose expected service level meets the target, found
// from a guess by doubling steps and bisection.
func (q queue) required(guess int) (int, error) {
	if len(q.nodes) == 1 {
		return guess, nil
	}
	meets := func(n int) (bool, error) {
		sl, err := q.expected(n)
		return sl >= q.o.Target.ServiceLevel, err
	}
	return smallest(guess, meets)
}

// smallest returns the smallest n ≥ 0 that satisfies a monotone condition.
func smallest(guess int, ok func(int) (bool, error)) (int, error) {
	lo, hi := -1, guess // ok fails at lo, holds at hi
	for step := 1; ; step *= 2 {
		good, err := ok(hi)
		if err != nil {
			return 0, err
		}
		if good {
			break
		}
		if hi > erlang.MaxAgents {
			return 0, fmt.Errorf("%d agents: %w", hi, erlang.ErrUnreachable)
		}
		lo = hi
		hi += step
	}
	if lo < 0 { // the guess holds: look below it, close by first
		for step := 1; hi-step >= 0; step *= 2 {
			good, err := ok(hi - step)
			if err != nil {
				return 0, err
			}
			if !good {
				lo = hi - step
				break
			}
			hi -= step
		}
	}
	for hi-lo > 1 {
		mid := (lo + hi) / 2
		good, err := ok(mid)
		if err != nil {
			return 0, err
		}
		if good {
			hi = mid
		} else {
			lo = mid
		}
	}
	return hi, nil
}

// cap raises n until agents are busy no more than allowed.
func (q queue) cap(n int) (int, error) {
	l := q.load
	limit := q.o.Target.MaxOccupancy
	if limit <= 0 || limit >= 1 || l.Rate == 0 {
		return n, nil
	}
	// Nobody hanging up is the busiest case: this many always suffice.
	enough := max(n, erlang.CeilAgents(l.Erlangs()/limit)+1)
	for lo := n; lo < enough; {
		mid := (lo + enough) / 2
		busy, err := q.occupancy(l, mid)
		if err != nil {
			return 0, err
		}
		if busy <= limit+1e-9 {
			enough = mid
		} else {
			lo = mid + 1
		}
	}
	return enough, nil
}

// occupancy is how busy n agents are at one rate.
func (q queue) occupancy(l erlang.Load, n int) (float64, error) {
	if q.o.Model == ErlangC {
		return math.Min(1, l.Erlangs()/math.Max(1, float64(n))), nil
	}
	a, err := erlang.NewA(l, q.o.Patience, float64(n))
	return a.Occupancy(), err
}

// describe fills in what the agents give.
func (q queue) describe(r *Row) error {
	if q.load.Rate == 0 {
		return nil
	}
	f, err := q.with(r.Agents)
	if err != nil {
		return err
	}
	more, err := q.expected(r.Agents + 1)
	if err != nil {
		return err
	}
	r.SL, r.ASA, r.Occupancy, r.Abandon = finite(f.sl), finite(f.asa), finite(f.occupancy), finite(f.abandon)
	r.Gain = finite(more - f.sl)
	return nil
}

// finite returns nil for what is not a number to print.
func finite(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}
