package intraday

import (
	"math"
	"testing"

	"github.com/agner-platform/agner/forecasting/erlang"
)

// level is a day that does not change: 40 calls a quarter hour of 240 s, patience 180 s.
func level(slots int, staff float64) Future {
	f := Future{From: 1_777_870_800_000_000, Minutes: 15, Patience: 180, Within: 20, Short: 0, Runs: 60, Seed: 1}
	for range slots {
		f.Calls, f.AHT, f.Staff = append(f.Calls, 40), append(f.AHT, 240), append(f.Staff, staff)
	}
	return f
}

func project(t *testing.T, f Future) []Projected {
	t.Helper()
	p, err := Project(f)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// In the steady state the distributor gives what Erlang A says, within five standard errors and a point.
// (Handle times are lognormal, Erlang's exponential: with patience that hardly matters.)
func TestAgreesWithErlangA(t *testing.T) {
	load, err := erlang.NewLoad(40, 900, 240)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []float64{10, 12, 14} {
		q, err := erlang.NewA(load, 180, n)
		if err != nil {
			t.Fatal(err)
		}
		want := q.ServiceLevel(erlang.Offered, 20, 0)
		sl, se := 0.0, 0.0
		p := project(t, level(24, n))
		for _, x := range p[8:] {
			sl += *x.SL / 16
			se += *x.SE / 16
		}
		if math.Abs(sl-want) > 5*se/4+0.02 {
			t.Errorf("%g agents: %.3f ± %.3f, Erlang A says %.3f", n, sl, se, want)
		}
	}
}

// A bad hour is felt after it: the line is carried over. One stationary formula an interval would not show it.
func TestCarriesOver(t *testing.T) {
	calm, rough := level(12, 14), level(12, 14)
	calm.Patience, rough.Patience = 1200, 1200
	for i := 2; i < 6; i++ {
		rough.Staff[i] = 7
	}
	a, b := project(t, calm), project(t, rough)
	if *b[6].SL > *a[6].SL-0.2 {
		t.Errorf("after the bad hour %.2f, without it %.2f", *b[6].SL, *a[6].SL)
	}
	if math.Abs(*b[11].SL-*a[11].SL) > 0.1 {
		t.Errorf("an hour and a half later %.2f and %.2f", *b[11].SL, *a[11].SL)
	}
	waiting := level(4, 14)
	waiting.Waiting, waiting.Busy = 30, 14
	if p := project(t, waiting); *p[0].SL > *project(t, level(4, 14))[0].SL-0.2 {
		t.Errorf("with thirty in line now: %.2f", *p[0].SL)
	}
}

// More people never make it worse under the same draws, and an uncertain day is worse than a certain one.
func TestOrder(t *testing.T) {
	last := -1.0
	for _, n := range []float64{8, 10, 12, 14} {
		sl := *mean(level(8, n), project(t, level(8, n)), 0, 8)
		if sl < last {
			t.Errorf("%g agents: %.3f after %.3f", n, sl, last)
		}
		last = sl
	}
	wild := level(8, 13)
	wild.C = 0.04
	if a, b := *mean(wild, project(t, wild), 0, 8), *mean(level(8, 13), project(t, level(8, 13)), 0, 8); a >= b {
		t.Errorf("uncertain %.3f, certain %.3f", a, b)
	}
}

// What cannot be is refused; no calls and nobody there are no error and no zero.
func TestEdges(t *testing.T) {
	if _, err := Project(Future{}); err == nil {
		t.Error("an empty future")
	}
	quiet := level(2, 3)
	quiet.Calls = []float64{0, 0}
	if p := project(t, quiet); p[0].SL != nil || p[1].Abandon != nil {
		t.Errorf("without calls: %+v", p)
	}
	if p := project(t, level(2, 0)); *p[0].SL > 0.01 || *p[0].Abandon < 0.5 {
		t.Errorf("nobody there: %+v", p[0])
	}
}

// BenchmarkHundredReplications is the target of numbers.md: a day of 40,000 calls and 200 agents, a hundred times.
func BenchmarkHundredReplications(b *testing.B) {
	f := Future{From: 1_777_870_800_000_000, Minutes: 15, Patience: 300, Within: 20, Runs: 100, Seed: 1}
	for range 48 {
		f.Calls, f.AHT, f.Staff = append(f.Calls, 40000.0/48), append(f.AHT, 190), append(f.Staff, 200)
	}
	for b.Loop() {
		if _, err := Project(f); err != nil {
			b.Fatal(err)
		}
	}
}
