package week

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/agner-platform/agner/wfm/format"
	"github.com/agner-platform/agner/wfm/search"
)

func instance(t testing.TB, name string) *format.Week {
	t.Helper()
	root := os.Getenv("AGNER_TESTDATA")
	if root == "" {
		root = filepath.Join("..", "..", "..", "..", "shared", "data")
	}
	f, err := os.Open(filepath.Join(root, "scheduling", "callcentre_week", name+".json"))
	if err != nil {
		t.Skip("no public instances: set AGNER_TESTDATA")
	}
	defer f.Close()
	in, err := format.ReadWeek(f)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func solve(t testing.TB, in *format.Week, work float64) *format.WeekSolution {
	t.Helper()
	start := time.Now()
	clock := search.NewClock(context.Background(), search.Options{Work: work, Progress: func(p search.Progress) {
		t.Logf("%s %8.2fs %-10s cost %6d bound %.1f", in.Name, p.Elapsed.Seconds(), p.Phase, p.Cost, p.Bound)
	}})
	sol, err := Solve(context.Background(), clock, in, 1)
	if err != nil {
		t.Fatal(err)
	}
	s := in.ScoreSolution(sol)
	if len(s.Violations) > 0 || s.Cost != sol.Cost {
		t.Errorf("%s: solver says %d, scorer %d, %v", in.Name, sol.Cost, s.Cost, s.Violations[:min(3, len(s.Violations))])
	}
	t.Logf("%s: cost %d bound %.1f %s, wall %v, work %.2f", in.Name, sol.Cost, sol.Bound, sol.Stopped, time.Since(start), clock.Spent())
	return sol
}

// TestInstances runs both public weeks with AGNER_WORK nominal core seconds each.
func TestInstances(t *testing.T) {
	work, err := strconv.ParseFloat(os.Getenv("AGNER_WORK"), 64)
	if err != nil {
		t.Skip("long: set AGNER_WORK=12")
	}
	for _, name := range []string{"cc_200", "cc_2000"} {
		solve(t, instance(t, name), work)
	}
}

// Whatever was moved, cover and cost are those of a full count, and every week is
// legal.
func TestMovesKeepCount(t *testing.T) {
	in := small()
	k := newDesk(in, search.Rand(1, 2))
	if err := k.build(); err != nil {
		t.Fatal(err)
	}
	k.aim = make([]float64, k.total)
	k.follow(20)
	for i := range 3000 {
		k.move(30)
		k.trade(30)
		k.reseat(&k.agents[i%len(k.agents)], 10)
		if i%100 != 0 {
			continue
		}
		s := in.ScoreSolution(&format.WeekSolution{Agents: k.solution()})
		if s.Cost != k.cost || len(s.Violations) > 0 {
			t.Fatalf("after %d rounds the desk says %d, the scorer %+v", i, k.cost, s)
		}
	}
}

func small() *format.Week {
	in := &format.Week{Name: "small", Rules: format.WeekRules{MaxStartSpread: 4, MinRest: 10}, Weights: format.WeekWeights{Over: 1, Under: 4}}
	for d := range 7 {
		row := make([]int, 24)
		for t := 6; t < 22; t++ {
			row[t] = 3 + (t*5+d*3)%7
		}
		in.Demand = append(in.Demand, row)
	}
	in.Contracts = []format.Contract{
		{Name: "F", Agents: 12, DaysPerWeek: 5, Span: 9, FirstStart: 5, LastStart: 14, StartStep: 1,
			Breaks: []format.Break{{Earliest: 1, Latest: 4, Length: 1}, {Earliest: 3, Latest: 6, Length: 1}}},
		{Name: "P", Agents: 6, DaysPerWeek: 4, Span: 12, FirstStart: 5, LastStart: 11, StartStep: 2,
			Breaks: []format.Break{{Earliest: 2, Latest: 7, Length: 1}}},
	}
	return in
}

// Both programmes bound what either method finds, and both rosters are legal.
func TestSmallWeek(t *testing.T) {
	with := solve(t, small(), 0.8)
	t.Setenv("AGNER_HIGHS", filepath.Join(t.TempDir(), "absent.wasm"))
	without := solve(t, small(), 0.8)
	if max(with.Bound, without.Bound) > float64(min(with.Cost, without.Cost)) || min(with.Bound, without.Bound) <= 0 {
		t.Errorf("bounds %g and %g, costs %d and %d", with.Bound, without.Bound, with.Cost, without.Cost)
	}
}
