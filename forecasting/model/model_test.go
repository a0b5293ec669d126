package model_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/agner-platform/agner/forecasting/calendar"
	"github.com/agner-platform/agner/forecasting/model"
	"github.com/agner-platform/agner/forecasting/series"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var monday = interval.Date{Year: 2026, Month: 1, Day: 5}

func all() []model.Method { return slices.Concat(model.Members(), model.Baselines()) }

// rate is a known world: a shape by slot, a level by weekday.
func rate(d, i int) float64 {
	return (40 + 20*math.Sin(float64(i-16)/20*math.Pi)) * (1.3 - 0.1*float64(d%7))
}

func world(t testing.TB, weeks int, value func(d, i int) float64) *series.Series {
	t.Helper()
	s, err := series.New(monday, 7*weeks, 30)
	if err != nil {
		t.Fatal(err)
	}
	for d := range s.Days {
		if d%7 >= 5 {
			continue
		}
		for i := 16; i < 36; i++ {
			s.Set(d, i, value(d, i))
		}
	}
	return s
}

func fit(t testing.TB, m model.Method, h *model.History) model.Model {
	t.Helper()
	f, err := m.Fit(h)
	if err != nil {
		t.Fatalf("%s: %v", m.Name(), err)
	}
	return f
}

// Without noise every method must find the known rate, at any lead.
func TestKnownWorld(t *testing.T) {
	s := world(t, 26, rate)
	h := model.NewHistory(s, nil, s.Days)
	for _, m := range all() {
		f := fit(t, m, h)
		for _, target := range []int{s.Days, s.Days + 3, s.Days + 14} {
			got := f.Day(target)
			for i := range got {
				want := 0.0
				if target%7 < 5 && i >= 16 && i < 36 {
					want = rate(target, i)
				}
				// 2 %: months of different composition and the ¼ of the root scale.
				if math.Abs(got[i]-want) > 0.02*want+0.3 {
					t.Errorf("%s day +%d %s: %.2f, want %.2f", m.Name(), target-s.Days, s.Clock(i), got[i], want)
					break
				}
			}
		}
	}
}

// A calendar effect learned once must be seen in the members at its next
// occurrence, and not in the baselines.
func TestHolidayIsLearned(t *testing.T) {
	var days []calendar.Day
	off := map[int]bool{}
	for _, d := range []int{30, 72, 107, 7 * 26} {
		off[d] = true
		days = append(days, calendar.Day{Date: monday.AddDays(d), Name: "feast", Kind: calendar.Holiday})
	}
	s := world(t, 26, func(d, i int) float64 {
		if off[d] {
			return math.Round(rate(d, i) * 0.3)
		}
		return math.Round(rate(d, i))
	})
	h := model.NewHistory(s, calendar.New(nil, days), s.Days)
	for _, m := range model.Members() {
		got, usual := 0.0, 0.0
		for i, v := range fit(t, m, h).Day(s.Days) {
			got += v
			if i >= 16 && i < 36 {
				usual += rate(s.Days, i)
			}
		}
		if r := got / usual; r < 0.2 || r > 0.6 {
			t.Errorf("%s: holiday at %.2f of usual, want about 0.3", m.Name(), r)
		}
	}
}

// Whatever the history, forecasts are finite and not negative.
func TestNeverNaN(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		weeks := rapid.IntRange(1, 14).Draw(rt, "weeks")
		kind := rapid.SampledFrom([]string{"zero", "one", "gaps", "wild", "once"}).Draw(rt, "kind")
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1))
		s := world(t, weeks, func(d, i int) float64 {
			switch kind {
			case "zero":
				return 0
			case "wild":
				return math.Floor(math.Exp(rng.Float64() * 18))
			case "once":
				if d == 1 && i == 20 {
					return 1e9
				}
				return 0
			}
			return 1
		})
		if kind == "gaps" {
			for d := range s.Days {
				for i := 16; i < 36; i++ {
					if _, st := s.At(d, i); st == series.Observed && rng.Float64() < 0.8 {
						s.Mark(d, i, series.Missing)
					}
				}
			}
		}
		h := model.NewHistory(s, nil, s.Days)
		for _, m := range all() {
			f, err := m.Fit(h)
			if err != nil {
				if !errors.Is(err, model.ErrShort) {
					rt.Fatalf("%s: %v", m.Name(), err)
				}
				continue
			}
			for _, lead := range []int{0, 5, 30, 300} {
				for i, v := range f.Day(s.Days + lead) {
					if math.IsNaN(v) || math.IsInf(v, 0) || v < 0 {
						rt.Fatalf("%s %s +%d slot %d: %g", kind, m.Name(), lead, i, v)
					}
				}
			}
		}
	})
}

// Methods see nothing after the origin.
func TestNoLookAhead(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	noisy := func(d, i int) float64 { return math.Round(rate(d, i) * (0.8 + 0.4*rng.Float64())) }
	s := world(t, 30, noisy)
	changed := s.Clone()
	const origin = 7 * 22
	for d := origin; d < s.Days; d++ {
		for i := 16; i < 36 && d%7 < 5; i++ {
			changed.Set(d, i, 999)
		}
	}
	a, b := model.NewHistory(s, nil, origin), model.NewHistory(changed, nil, origin)
	for _, m := range all() {
		if diff := cmp.Diff(fit(t, m, a).Day(origin+4), fit(t, m, b).Day(origin+4)); diff != "" {
			t.Errorf("%s looks ahead:\n%s", m.Name(), diff)
		}
	}
}

func TestWeights(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		mse  []float64
		yard float64
		want []float64
	}{
		{[]float64{1, 2, 4}, 3, []float64{2.0 / 3, 1.0 / 3, 0}}, // the third is worse than the yardstick
		{[]float64{5, 4, nan}, 3, []float64{0, 1, 0}},           // none beats it: the best alone
		{[]float64{nan, nan}, nan, []float64{0.5, 0.5}},         // no evidence
		{[]float64{0, 1}, 1, []float64{1, 0}},
	} {
		got := model.Weights(c.mse, c.yard)
		for i := range got {
			if math.Abs(got[i]-c.want[i]) > 1e-9 {
				t.Errorf("Weights(%v, %g) = %v, want %v", c.mse, c.yard, got, c.want)
				break
			}
		}
	}
	got := model.Combine([][]float64{nil, {2, 4}, {4, 8}}, []float64{0.5, 0.25, 0.25})
	if diff := cmp.Diff([]float64{3, 6}, got); diff != "" {
		t.Errorf("a missing member passes its weight on:\n%s", diff)
	}
}

// An update follows a day that runs high and leaves an ordinary one alone.
func TestReforecast(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	s := world(t, 26, func(d, i int) float64 {
		level := 1 + 0.15*math.Sin(float64(d)*1.7)
		return math.Round(rate(d, i)*level + math.Sqrt(rate(d, i))*0.5*rng.NormFloat64())
	})
	h := model.NewHistory(s, nil, s.Days)
	r, err := model.NewReforecast(h)
	if err != nil {
		t.Fatal(err)
	}
	base := fit(t, model.CalSVD{}, h).Day(s.Days)
	seen := slices.Clone(base)
	if diff := cmp.Diff(base, r.Update(s.Days, base, seen, 16)); diff != "" {
		t.Errorf("nothing seen, yet it moves:\n%s", diff)
	}
	for i := range seen {
		seen[i] *= 1.2
	}
	got := r.Update(s.Days, base, seen, 26)
	if got[20] != base[20] {
		t.Error("a slot already seen has moved")
	}
	if f := got[30] / base[30]; f < 1.1 || f > 1.25 {
		t.Errorf("ten slots at 1.2: the rest moves by %.3f", f)
	}
	seen[20] = math.NaN()
	for _, v := range r.Update(s.Days, base, seen, 26) {
		if math.IsNaN(v) {
			t.Fatal("a missing slot spoils the update")
		}
	}
}
