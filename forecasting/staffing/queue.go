package staffing

import (
	"fmt"
	"math"

	"github.com/agner-platform/agner/forecasting/erlang"
)

// queue is one interval under every rate it may meet.
type queue struct {
	o     Options
	rates []erlang.Load
}

// figures are what n agents give, weighted by calls.
type figures struct{ sl, asa, occupancy, abandon float64 }

// with evaluates n agents.
func (q queue) with(n int) (figures, error) {
	var f figures
	total, busy := 0.0, 0.0
	for _, l := range q.rates {
		one, err := q.at(l, n)
		if err != nil {
			return f, err
		}
		total += l.Rate
		f.sl += l.Rate * one.sl
		f.asa += l.Rate * one.asa
		f.abandon += l.Rate * one.abandon
		busy += one.occupancy
	}
	f.sl, f.asa, f.abandon = f.sl/total, f.asa/total, f.abandon/total
	f.occupancy = busy / float64(len(q.rates))
	return f, nil
}

// at evaluates n agents at one rate. An Erlang C queue that cannot keep up serves
// nobody in time.
func (q queue) at(l erlang.Load, n int) (figures, error) {
	t := q.o.Target
	if q.o.Model == ErlangC {
		if float64(n) <= l.Erlangs() {
			return figures{occupancy: 1, asa: math.Inf(1)}, nil
		}
		c, err := erlang.NewC(l, float64(n))
		if err != nil {
			return figures{}, err
		}
		return figures{sl: c.ServiceLevel(t.Within), asa: c.ASA(), occupancy: c.Occupancy()}, nil
	}
	a, err := erlang.NewA(l, q.o.Patience, float64(n))
	if err != nil {
		return figures{}, err
	}
	return figures{
		sl: a.ServiceLevel(t.Definition, t.Within, t.ShortAbandon), asa: a.ASA(), occupancy: a.Occupancy(), abandon: a.PAbandon(),
	}, nil
}

// required is the smallest n whose expected service level meets the target, found
// from a guess by doubling steps and bisection.
func (q queue) required(guess int) (int, error) {
	if len(q.rates) == 1 {
		return guess, nil
	}
	meets := func(n int) (bool, error) {
		f, err := q.with(n)
		return f.sl >= q.o.Target.ServiceLevel, err
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
func (q queue) cap(l erlang.Load, n int) (int, error) {
	limit := q.o.Target.MaxOccupancy
	if limit <= 0 || limit >= 1 || l.Rate == 0 {
		return n, nil
	}
	// Nobody hanging up is the busiest case: this many always suffice.
	enough := max(n, erlang.CeilAgents(l.Erlangs()/limit)+1)
	for lo := n; lo < enough; {
		mid := (lo + enough) / 2
		f, err := queue{o: q.o, rates: []erlang.Load{l}}.with(mid)
		if err != nil {
			return 0, err
		}
		if f.occupancy <= limit+1e-9 {
			enough = mid
		} else {
			lo = mid + 1
		}
	}
	return enough, nil
}

// describe fills in what the agents give.
func (q queue) describe(r *Row) error {
	if len(q.rates) == 0 || q.rates[0].Rate == 0 && len(q.rates) == 1 {
		return nil
	}
	f, err := q.with(r.Agents)
	if err != nil {
		return err
	}
	more, err := q.with(r.Agents + 1)
	if err != nil {
		return err
	}
	r.SL, r.ASA, r.Occupancy, r.Abandon = finite(f.sl), finite(f.asa), finite(f.occupancy), finite(f.abandon)
	r.Gain = finite(more.sl - f.sl)
	return nil
}

// finite returns nil for what is not a number to print.
func finite(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}
