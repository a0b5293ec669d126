package week

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/agner-platform/agner/wfm/format"
	"github.com/agner-platform/agner/wfm/lp"
	"github.com/agner-platform/agner/wfm/roster/highs"
	"github.com/agner-platform/agner/wfm/search"
)

// Solve rosters a week until the clock says stop or the roster is proven best.
func Solve(ctx context.Context, clock *search.Clock, in *format.Week, seed uint64) (*format.WeekSolution, error) {
	for _, c := range in.Contracts {
		if len(c.Breaks) > maxBreaks {
			return nil, fmt.Errorf("%w: contract %q has %d breaks, at most %d are planned", format.ErrInstance, c.Name, len(c.Breaks), maxBreaks)
		}
	}
	if len(in.Demand) > maxDays {
		return nil, fmt.Errorf("%w: demand has %d days, at most %d are planned", format.ErrInstance, len(in.Demand), maxDays)
	}
	k := newDesk(in, search.Rand(seed, 7))
	bound := k.supply()
	clock.Raise(bound)
	if err := k.build(); err != nil {
		return nil, err
	}
	var best kept
	k.keep(&best)
	clock.Report("build", best.cost)
	out := &format.WeekSolution{}
	c := cooling{warm * float64(k.under), cool * float64(k.under), 0, 1, bound}
	if value, ok := k.relax(ctx, clock, &out.Header); ok {
		c.bound = max(c.bound, math.Ceil(value-1e-4))
		clock.Raise(c.bound)
		c.from, c.begin = tepid*float64(k.under), clock.Share()
	}
	k.keepBetter(&best)
	clock.Report("round", best.cost)
	k.anneal(clock, c, &best)
	k.restore(&best)
	clock.Report("anneal", best.cost)
	out.Agents = k.solution()
	out.Format, out.Instance, out.Cost, out.Bound, out.Gap = format.CallcentreWeek, in.Name, best.cost, c.bound, search.Gap(best.cost, c.bound)
	out.Seed, out.Seconds, out.Stopped = seed, clock.Elapsed().Seconds(), clock.Stopped(float64(best.cost) <= c.bound)
	out.Deterministic = clock.Deterministic()
	return out, nil
}

// tepid is the first temperature after rounding, of the price of a missing agent.
const tepid = 0.25

func (k *desk) keepBetter(b *kept) {
	if k.cost < b.cost {
		k.keep(b)
	}
}

// relax solves a programme over groups of agents, by HiGHS when its module is there,
// else by columns; seats everybody by it and returns the bound.
func (k *desk) relax(ctx context.Context, clock *search.Clock, head *format.Header) (bound float64, ok bool) {
	g := k.aggregate()
	res, err := solveHighs(ctx, clock, &g.model)
	if err == nil {
		head.Method = "aggregate programme (HiGHS), rounding, annealing"
		k.aim = make([]float64, k.total)
		for t := range k.aim {
			if g.under[t] >= 0 {
				k.aim[t] = float64(k.want[t]) - res.Value[g.under[t]] + res.Value[g.over[t]]
			}
		}
		k.clearAll()
		k.round(g, res.Value)
		return res.Objective, true
	}
	if !errors.Is(err, highs.ErrAbsent) {
		head.Notes = append(head.Notes, err.Error())
	}
	head.Method = "construction, annealing"
	if clock.Done() {
		return 0, false
	}
	head.Method = "column generation, dealing, annealing"
	p := newColumns(k, clock)
	k.aim, bound = p.run()
	k.deal(p)
	return bound, true
}

// entryWork is the nominal time HiGHS needs per entry of the programme.
const entryWork = 3.5e-4

func solveHighs(ctx context.Context, clock *search.Clock, m *lp.Model) (*lp.Result, error) {
	s, err := highs.Open(ctx)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	if err := s.Choose("solver", "ipm"); err != nil {
		return nil, err
	}
	if err := s.Choose("run_crossover", "off"); err != nil {
		return nil, err
	}
	if err := s.Pass(m); err != nil {
		return nil, err
	}
	clock.Spend(entryWork * float64(len(m.Index)))
	return s.Solve()
}
