package staffing_test

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/agner-platform/agner/forecasting/erlang"
	"github.com/agner-platform/agner/forecasting/staffing"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func options() staffing.Options {
	return staffing.Options{
		Period: 1800, Patience: 90, Target: erlang.Target{ServiceLevel: 0.8, Within: 20, Definition: erlang.Offered},
	}
}

func require(t testing.TB, list []staffing.Interval, o staffing.Options) []staffing.Row {
	t.Helper()
	rows, err := staffing.Require(list, o)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// One interval alone is not lagged and certain, so Erlang A decides: 500 calls in
// 30 minutes, 300 s, patience 90 s, 80/20 need 80 agents (numbers.md, section 3,
// "traps": an approximate Erlang A asks for 91).
func TestKnownRequirement(t *testing.T) {
	o := options()
	o.Target.Definition = erlang.Default
	row := require(t, []staffing.Interval{{Start: "09:00", Calls: 500, AHT: 300}}, o)[0]
	if row.Agents != 80 || row.Problem != "" {
		t.Errorf("agents = %d (%s), want 80", row.Agents, row.Problem)
	}
	if math.Abs(row.Erlangs-500*300.0/1800) > 1e-9 {
		t.Errorf("erlangs = %g", row.Erlangs)
	}
}

func TestWaterfallSteps(t *testing.T) {
	list := []staffing.Interval{
		{Start: "09:00", Calls: 100, AHT: 300}, {Start: "09:30", Calls: 200, AHT: 300, After: true}, {Start: "10:00", Calls: 200, AHT: 300, After: true},
	}
	o := options()
	o.C = 0.04
	o.Target.MaxOccupancy = 0.8
	o.Shrinkage = 0.3
	rows := require(t, list, o)
	w := rows[1].Waterfall
	// AHT is a sixth of the interval: 5/6 of 200 and 1/6 of 100 calls.
	lagged := require(t, []staffing.Interval{{Calls: 200*5.0/6 + 100/6.0, AHT: 300}}, options())[0]
	if w.Lag >= w.ErlangC || w.Lag != lagged.Waterfall.ErlangC {
		t.Errorf("rising load: lag %d, want %d, below Erlang C %d", w.Lag, lagged.Waterfall.ErlangC, w.ErlangC)
	}
	if w.Patience > w.Lag || w.Uncertainty <= w.Patience || w.Occupancy < w.Uncertainty {
		t.Errorf("waterfall out of order: %+v", *w)
	}
	if *rows[1].Occupancy > 0.8+1e-9 {
		t.Errorf("occupancy %g above the cap", *rows[1].Occupancy)
	}
	if want := math.Ceil(float64(w.Occupancy)/0.7 - 1e-9); rows[1].Scheduled != want || w.Rounding != want {
		t.Errorf("scheduled %g, want %g", rows[1].Scheduled, want)
	}
	if w2 := rows[2].Waterfall; w2.Lag != w2.ErlangC {
		t.Errorf("level load: lag %d, want Erlang C %d", w2.Lag, w2.ErlangC)
	}
	if first := rows[0].Waterfall; first.Lag != first.ErlangC {
		t.Errorf("first interval: lag %d, want Erlang C %d", first.Lag, first.ErlangC)
	}
}

// The expected service level must be that of many draws of the gamma rate.
func TestExpectedServiceLevel(t *testing.T) {
	o := options()
	o.C, o.NoLag = 0.0625, true
	row := require(t, []staffing.Interval{{Calls: 300, AHT: 240}}, o)[0]
	// Trapezoids over the gamma density, 4,000 steps to five times the mean.
	const steps = 4000
	shape := 1 / o.C
	lg, _ := math.Lgamma(shape)
	num, den := 0.0, 0.0
	for k := 1; k < steps; k++ {
		g := 5 * float64(k) / steps
		density := math.Exp(shape*math.Log(shape) + (shape-1)*math.Log(g) - shape*g - lg)
		q, err := erlang.NewA(erlang.Load{Rate: g * 300 / 1800, AHT: 240}, o.Patience, float64(row.Agents))
		if err != nil {
			t.Fatal(err)
		}
		num += density * g * q.ServiceLevel(erlang.Offered, 20, 0)
		den += density * g
	}
	if want := num / den; math.Abs(*row.SL-want) > 0.002 {
		t.Errorf("expected sl %.4f, integral says %.4f", *row.SL, want)
	}
}

// n meets the target and n−1 does not, for every model and uncertainty.
func TestMinimal(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		o := options()
		o.NoLag = true
		o.C = rapid.SampledFrom([]float64{0, 0.01, 0.09}).Draw(rt, "c")
		o.Model = rapid.SampledFrom([]staffing.Model{staffing.ErlangA, staffing.ErlangC}).Draw(rt, "model")
		in := staffing.Interval{Calls: rapid.Float64Range(1, 600).Draw(rt, "calls"), AHT: rapid.Float64Range(20, 900).Draw(rt, "aht")}
		row := require(t, []staffing.Interval{in}, o)[0]
		if row.Problem != "" || row.SL == nil || *row.SL < 0.8-1e-12 {
			rt.Fatalf("%+v", row)
		}
		if row.Agents == 0 {
			return
		}
		// One less: ask with a target just above what one less would give.
		fewer := o
		fewer.Target.ServiceLevel = math.Min(0.999, *row.SL+1e-6)
		if more := require(t, []staffing.Interval{in}, fewer)[0]; more.Agents <= row.Agents {
			rt.Fatalf("%d agents give %g, yet %d meet more", row.Agents, *row.SL, more.Agents)
		}
	})
}

func TestRounding(t *testing.T) {
	var list []staffing.Interval
	for range 10 {
		list = append(list, staffing.Interval{Calls: 40, AHT: 200})
	}
	sum := func(r staffing.Rounding) (total, exact float64) {
		o := options()
		o.Shrinkage, o.Rounding = 0.3, r
		for _, row := range require(t, list, o) {
			total += row.Scheduled
			exact += row.Waterfall.Shrinkage
		}
		return total, exact
	}
	up, exact := sum(staffing.Up)
	carry, _ := sum(staffing.Carry)
	if up < exact || math.Abs(carry-exact) > 0.5+1e-9 {
		t.Errorf("up %g, carry %g, exact %g", up, carry, exact)
	}
}

func TestBadRows(t *testing.T) {
	list := []staffing.Interval{
		{Start: "a", Calls: 0, AHT: 200}, {Start: "b", Calls: 10, AHT: 0}, {Start: "c", Calls: math.NaN(), AHT: 200}, {Start: "d", Calls: -3, AHT: 200},
		{Start: "e", Calls: 1e6, AHT: 300}, {Start: "f", Calls: 0.001, AHT: 300},
	}
	rows := require(t, list, options())
	for i, want := range []bool{false, true, true, true, false, false} {
		if (rows[i].Problem != "") != want {
			t.Errorf("row %s: problem %q", rows[i].Start, rows[i].Problem)
		}
	}
	if rows[0].SL != nil || rows[0].Agents != 0 {
		t.Errorf("no calls: %+v, want nobody and no service level", rows[0])
	}
	if r := rows[4]; float64(r.Agents) < 1e6*300/1800*0.7 {
		t.Errorf("a million calls: %d agents", r.Agents)
	}
	if _, err := json.Marshal(rows); err != nil {
		t.Error(err)
	}
	o := options()
	o.Shrinkage = 1
	if _, err := staffing.Require(list, o); !errors.Is(err, staffing.ErrOptions) || !strings.Contains(err.Error(), "shrinkage = 1") {
		t.Errorf("shrinkage 1: %v", err)
	}
}

func TestReadIntervals(t *testing.T) {
	list, period, err := staffing.ReadIntervals(strings.NewReader("start,calls,aht_s\n2026-05-04T09:00,10,200\n2026-05-04T09:30,x,200\n2026-05-05T09:00,10,200\n"),
		staffing.Columns{Start: "start", Calls: "calls", AHT: "aht_s"})
	if err != nil {
		t.Fatal(err)
	}
	if period != 1800 || !list[1].After || list[2].After || !math.IsNaN(list[1].Calls) {
		t.Errorf("period %g, %+v", period, list)
	}
	_, _, err = staffing.ReadIntervals(strings.NewReader("start,n\n"), staffing.Columns{Start: "start", Calls: "calls", AHT: "aht_s"})
	if !errors.Is(err, staffing.ErrColumn) || !strings.Contains(err.Error(), `"calls"`) {
		t.Errorf("wrong column: %v", err)
	}
	if diff := cmp.Diff("09:00", list[0].Start[11:]); diff != "" {
		t.Error(diff)
	}
}

// BenchmarkThousandQueues is the refresh of 1,000 queues for one day of 26 half
// hours (target of numbers.md: below 5 s).
func BenchmarkThousandQueues(b *testing.B) {
	var list []staffing.Interval
	for i := range 26 {
		list = append(list, staffing.Interval{Calls: 20 + 5*float64(i%9), AHT: 240, After: i > 0})
	}
	o := options()
	o.C = 0.01
	for b.Loop() {
		for range 1000 {
			if _, err := staffing.Require(list, o); err != nil {
				b.Fatal(err)
			}
		}
	}
}
