package named

import (
	"context"
	"errors"
	"math"

	"github.com/agner-platform/agner/wfm/coverage"
	"github.com/agner-platform/agner/wfm/offphone"
	"github.com/agner-platform/agner/wfm/roster/highs"
	"github.com/agner-platform/agner/wfm/rules"
	"github.com/agner-platform/agner/wfm/search"
)

// ErrNobody tells that no person has a possible week.
var ErrNobody = errors.New("nobody can be planned: no week of anybody keeps all rules (agner schedule explain says which)")

// Solve plans a problem. It can be stopped at any time and keeps the best so far.
func Solve(ctx context.Context, clock *search.Clock, p *rules.Problem, seed uint64) (*rules.Schedule, error) {
	k := newDesk(p, search.Rand(seed, 0))
	out := &rules.Schedule{Format: rules.Format, Problem: p.Name, Seed: seed}
	prices := k.programme(ctx, clock, out)
	unit := k.unit()
	if k.aim != nil {
		k.pull = unit * 0.1
	}
	k.construct(clock)
	if k.empty() == len(k.people)*k.weeks {
		return nil, ErrNobody
	}
	best := kept{}
	k.keep(&best)
	clock.Report("construct", int(math.Round(best.cost)))
	clock.Raise(out.Bound)
	k.anneal(clock, &best, unit)
	k.restore(&best)
	out.Shifts = k.shifts()
	idle := k.unseated()
	k.vacate()
	k.prove(clock, out, prices, best)
	k.finish(clock, out, idle)
	return out, nil
}

// unit is the price of one missing agent for one slot.
func (k *desk) unit() float64 { return max(k.p.Prices.Under, k.p.Prices.Over) * float64(k.p.Slot) / 60 }

// largest is the number of entries up to which the programme is worth its time.
const largest = 30_000

// programme solves the aggregate programme where the module is there.
func (k *desk) programme(ctx context.Context, clock *search.Clock, out *rules.Schedule) [][]float64 {
	out.Method = "prices, named weeks, neighbourhood search"
	out.Bound = math.Inf(-1)
	if !highs.Available() {
		return nil
	}
	g := newProgramme(k)
	if len(g.m.Index) > largest {
		return nil // prices prove nearly the same in a fraction of the time
	}
	bound, prices, err := g.solve(ctx, clock)
	if err != nil {
		out.Notes = append(out.Notes, err.Error())
		return nil
	}
	out.Method = "aggregate programme (HiGHS), named weeks, neighbourhood search"
	out.Bound = bound
	return prices
}

// vacate empties the desk, so that cover holds only who is there from before.
func (k *desk) vacate() {
	for _, who := range k.people {
		for w := range who.weeks {
			k.place(who, &who.weeks[w], -1)
			who.weeks[w] = week{}
		}
	}
}

// prove raises the bound by prices per person.
func (k *desk) prove(clock *search.Clock, out *rules.Schedule, prices [][]float64, best kept) {
	if best.empty > 0 { // who has no week costs nothing, which no relaxation knows
		out.Bound = 0
		return
	}
	out.Bound = max(out.Bound, newLagrange(k, prices).climb(clock, best.cost, subgradientSteps), 0)
}

// finish places off-phone work, judges and fills in the header.
func (k *desk) finish(clock *search.Clock, out *rules.Schedule, empty []string) {
	for _, what := range offphone.Place(k.p, out) {
		out.Notes = append(out.Notes, "no place for "+what)
	}
	rep, cover := coverage.Judge(k.p, out)
	out.Cost = math.Round(rep.Costs.Total()*100) / 100
	out.Bound = math.Round(min(out.Bound, out.Cost)*100) / 100
	if out.Cost > 0 {
		out.Gap = max(0, (out.Cost-out.Bound)/out.Cost)
	}
	for _, name := range empty {
		out.Notes = append(out.Notes, name+" could not be planned: no week keeps all rules (agner schedule explain says which)")
	}
	for _, g := range coverage.Short(k.p, cover, 5) {
		out.Notes = append(out.Notes, g.Text)
	}
	out.Seconds = math.Round(clock.Elapsed().Seconds()*10) / 10
	out.Stopped = clock.Stopped(out.Cost <= out.Bound)
	out.Deterministic = clock.Deterministic()
}
