package staffing

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/agner-platform/agner/wfm/format"
	"github.com/agner-platform/agner/wfm/search"
)

// ErrCancelled tells that a search was stopped before there was any roster.
var ErrCancelled = errors.New("stopped before a first roster was found")

const (
	wholeDays  = 62  // longest horizon that one programme takes whole
	wholeCells = 700 // days × shift types that it takes
	rootRounds = 400 // calls for new rows at the root; reached by no known instance of that size
	diveRounds = 6   // between two fixings of the first dive
	nearRounds = 4   // in neighbourhoods
	nearCalls  = 30  // calls for new rows before a dive there
	smallest   = 4   // employees of the first neighbourhoods
)

// solver is one run.
type solver struct {
	m     *model
	p     *planner
	clock *search.Clock
	rng   *rand.Rand
	now   *roster
	bound float64
	told  int // cost reported last
}

// Solve rosters an instance until the clock says stop or the roster is proven best.
func Solve(clock *search.Clock, in *format.Staffing, seed uint64) (*format.StaffingSolution, error) {
	m := newModel(in)
	s := &solver{m: m, p: newPlanner(m), clock: clock, rng: search.Rand(seed, 5), bound: math.Inf(-1), told: math.MaxInt}
	var err error
	if s.now, err = construct(m, s.p, s.rng); err != nil {
		return nil, err
	}
	clock.Spend(s.p.Work)
	s.bound = s.trivial()
	clock.Raise(s.bound)
	clock.Report("construct", s.now.cost)
	if m.days <= wholeDays && m.days*m.types <= wholeCells && !clock.Done() {
		s.root()
	}
	s.improve()
	out := &format.StaffingSolution{Rosters: s.now.solution()}
	out.Header = format.Header{
		Format: format.CurtoisQu, Instance: in.Name, Cost: s.now.cost, Bound: s.bound, Gap: search.Gap(s.now.cost, s.bound),
		Method: "column generation, dives and neighbourhoods", Seed: seed, Seconds: clock.Elapsed().Seconds(),
		Stopped: clock.Stopped(s.proven()), Deterministic: clock.Deterministic(),
	}
	return out, nil
}

// trivial is the bound that counts only shifts: what all contracts together cannot
// work is missing somewhere, what they must work beyond all wishes is too much.
// Requests cost nothing at best.
func (s *solver) trivial() float64 {
	m := s.m
	wanted, most, least := 0, 0, 0
	under, over := math.MaxInt, math.MaxInt
	for i, need := range m.need {
		wanted += need
		under, over = min(under, m.under[i]), min(over, m.over[i])
	}
	shortest, longest := slices.Min(m.length), slices.Max(m.length)
	for _, p := range m.staff {
		most += min(p.maxUnits/shortest, m.days)
		least += (p.minUnits + longest - 1) / longest
	}
	return float64(max(under*max(0, wanted-most), over*max(0, least-wanted)))
}

func (s *solver) proven() bool { return float64(s.now.cost) <= s.bound+0.5 }

// root solves the programme over everybody, which gives the bound, and dives.
func (s *solver) root() {
	g := newMaster(s.now, s.p, s.clock, neighbourhood{everybody(len(s.m.staff)), 0, s.m.days})
	for i, e := range g.free {
		g.add(i, s.now.rows[e])
	}
	g.generate(rootRounds)
	if bound := math.Ceil(g.bound + float64(s.m.constant) - 1e-3); bound > s.bound {
		s.bound = bound
		s.clock.Raise(bound)
		s.clock.Report("bound", s.now.cost)
	}
	if g.dive(diveRounds, func() float64 { return 0 }) {
		s.accept(g, "dive")
	}
}

func everybody(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// accept takes a dive's result when it is no worse.
func (s *solver) accept(g *master, phase string) bool {
	next := s.now.clone()
	g.apply(next)
	if next.cost > s.now.cost {
		return false
	}
	better := next.cost < s.now.cost
	s.now = next
	if better && next.cost < s.told {
		s.told = next.cost
		s.clock.Report(phase, next.cost)
	}
	return better
}

// improve dives in neighbourhoods of a few employees and days. Neighbourhoods grow
// while nothing is found. When even large ones find nothing, half of the staff is
// planned anew, for better or worse, and the search goes on from there; the best
// roster is kept.
func (s *solver) improve() {
	best := s.now
	size, misses := smallest, 0
	for !s.clock.Done() && !s.proven() {
		if s.attempt(size) {
			misses = 0
			continue
		}
		if misses++; misses < 4+2*len(s.m.staff)/size {
			continue
		}
		misses = 0
		if size += 2; size <= max(smallest, len(s.m.staff)/2) {
			continue
		}
		size = smallest
		if s.now.cost <= best.cost {
			best = s.now
		}
		s.now = best.clone()
		s.kick()
	}
	if best.cost < s.now.cost {
		s.now = best
	}
}

// attempt dives in one neighbourhood and tells whether the roster got better.
func (s *solver) attempt(size int) bool {
	g := newMaster(s.now, s.p, s.clock, s.choose(size))
	for i, e := range g.free {
		g.add(i, s.now.rows[e][g.from:g.to])
	}
	g.generate(nearCalls)
	return g.lp.Objective() < s.present(g)-0.5 && g.dive(nearRounds, s.rng.Float64) && s.accept(g, "neighbourhood")
}

// kick plans half of the staff anew.
func (s *solver) kick() {
	g := newMaster(s.now, s.p, s.clock, s.choose(max(2, len(s.m.staff)/2)))
	g.generate(nearCalls)
	if g.dive(diveRounds, s.rng.Float64) {
		g.apply(s.now)
	}
}

// present is what the present rows cost in g's programme.
func (s *solver) present(g *master) float64 {
	cost := 0.0
	have := make([]float64, len(g.need))
	for i, e := range g.free {
		w := s.now.rows[e][g.from:g.to]
		cost += float64(g.requests(i, w))
		for d, k := range w {
			if k != off {
				have[d*s.m.types+int(k)]++
			}
		}
	}
	base := g.from * s.m.types
	for c, h := range have {
		cost += float64(s.m.under[base+c])*max(0, g.need[c]-h) + float64(s.m.over[base+c])*max(0, h-g.need[c])
	}
	return cost
}

// choose picks employees and a window of days.
func (s *solver) choose(size int) neighbourhood {
	free := s.rng.Perm(len(s.m.staff))[:min(size, len(s.m.staff))]
	if s.m.days <= wholeDays {
		return neighbourhood{free, 0, s.m.days}
	}
	length := 14 + 7*s.rng.IntN(3)
	from := s.rng.IntN(s.m.days - length + 1)
	return neighbourhood{free, from, from + length}
}

// Check tells, without a search, whether every employee has a row at all.
func Check(ctx context.Context, in *format.Staffing) error {
	m := newModel(in)
	if _, err := construct(m, newPlanner(m), search.Rand(0, 0)); err != nil {
		return err
	}
	return ctx.Err()
}
