package shiftdesign

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/agner-platform/agner/wfm/format"
	"github.com/agner-platform/agner/wfm/search"
)

func open(t *testing.T, name string) *os.File {
	t.Helper()
	root := os.Getenv("AGNER_TESTDATA")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "data")
	}
	f, err := os.Open(filepath.Join(root, "scheduling", name))
	if err != nil {
		t.Skip("no public instances: set AGNER_TESTDATA")
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// Proven minima of the five curves: chomp_instances.json, min_total_hours.
func TestPublicCurvesReachTheProvenMinimum(t *testing.T) {
	minima := map[string]int{"on_demand_old": 433, "la": 592, "call_center": 945, "london_on_demand_two": 1410, "online_store_prod_failure": 640}
	curves, err := format.ReadCurves("chomp", open(t, "chomp/chomp_instances.json"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range curves.List {
		c := &curves.List[i]
		start := time.Now()
		clock := search.NewClock(context.Background(), search.Options{Work: 20})
		plan := Cover(clock, c)
		one := &format.Curves{List: []format.Curve{*c}}
		s := one.ScoreSolution(&format.CurvesSolution{Curves: []format.CurveShifts{plan}})
		if len(s.Violations) > 0 || s.Cost != plan.TotalHours {
			t.Errorf("%s: %+v", c.Name, s)
		}
		if s.Cost != minima[c.Name] || plan.Bound > s.Cost {
			t.Errorf("%s: %d hours, the minimum is %d, bound %d", c.Name, s.Cost, minima[c.Name], plan.Bound)
		}
		t.Logf("%s: %d hours, bound %d, %v, work %.2f", c.Name, s.Cost, plan.Bound, time.Since(start), clock.Spent())
	}
}

// Any curve is covered, the bound holds, and on a line the bound is reached.
func TestAnyCurveIsCovered(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		wrap := rapid.Bool().Draw(t, "wrap")
		least := rapid.IntRange(1, 6).Draw(t, "min")
		c := format.Curve{Name: "x", MinLength: least, MaxLength: least + rapid.IntRange(0, 4).Draw(t, "more"), Wrap: &wrap}
		for range rapid.IntRange(1, 2).Draw(t, "days") {
			c.Demand = append(c.Demand, rapid.SliceOfN(rapid.IntRange(0, 6), 12, 12).Draw(t, "day"))
		}
		plan := Cover(search.NewClock(context.Background(), search.Options{Work: 1}), &c)
		one := &format.Curves{List: []format.Curve{c}}
		s := one.ScoreSolution(&format.CurvesSolution{Curves: []format.CurveShifts{plan}})
		if len(s.Violations) > 0 || s.Cost != plan.TotalHours || s.Cost < plan.Bound {
			t.Fatalf("%+v, bound %d", s, plan.Bound)
		}
		if !wrap && s.Cost != plan.Bound {
			t.Fatalf("on a line %d hours, bound %d", s.Cost, plan.Bound)
		}
	})
}

func TestPublicRotasAreSolved(t *testing.T) {
	for _, name := range []string{"e-30-s-9", "e-80-s-1", "e-100-s-2"} {
		o, err := format.ReadRota(name, open(t, "rotating_workforce/rws-instance-"+name+".dzn"))
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		clock := search.NewClock(context.Background(), search.Options{Work: 30})
		weeks, broken := Rotate(clock, o, 1)
		s := o.ScoreSolution(&format.RotaSolution{Weeks: weeks})
		if broken != len(s.Violations) || broken > 0 || s.Cost != 0 {
			t.Errorf("%s: %d broken by the solver's count, the scorer has %v", name, broken, s.Violations)
		}
		t.Logf("%s: %v, work %.2f", name, time.Since(start), clock.Spent())
	}
}

// The running count and the full count agree after many swaps.
func TestSwapsKeepCount(t *testing.T) {
	o := &format.Rota{Name: "x", Employees: 9}
	for d := range 7 {
		o.Requirements[d] = [3]int{2, 2, 1}
	}
	r := newRota(o, search.Rand(3, 4))
	now := r.total()
	for i := range 20000 {
		if now += r.try(2); i%500 == 0 && now != r.total() {
			t.Fatalf("after %d swaps the count is %d, recounted %d", i, now, r.total())
		}
	}
}
