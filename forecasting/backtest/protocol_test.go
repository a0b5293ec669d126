package backtest_test

import (
	"math"
	"testing"

	"github.com/agner-platform/agner/forecasting/backtest"
	"github.com/agner-platform/agner/forecasting/calendar"
	"github.com/agner-platform/agner/forecasting/model"
	"github.com/agner-platform/agner/forecasting/series"
	"github.com/agner-platform/agner/internal/interval"
)

// bank is the protocol of numbers.md, section 4: 168 five-minute slots summed to
// 28 half hours, the 58 observed days from 2003-08-04 to 2003-10-24, origins 1, 5
// and 10 grid days before – on a Monday–Friday grid 1, 7 and 14 calendar days,
// since nothing is known of weekends.
func bank(t testing.TB) backtest.Request {
	return backtest.Request{Path: data(t, "bank_calls_5min_2003.csv.gz"), From: "2003-08-04", To: "2003-10-24", Country: "US"}
}

func TestBankProtocol(t *testing.T) {
	r := run(t, bank(t))
	if r.Targets != 58 || r.Results[0].N != 58*28 {
		t.Fatalf("%d targets, %d slots, want 58 and 1624", r.Targets, r.Results[0].N)
	}
	if math.Abs(*r.Scale-89.01) > 0.005 {
		t.Errorf("MASE scale %.3f, want 89.01", *r.Scale)
	}
	if math.Abs(*r.Floor-0.0229) > 0.00005 {
		t.Errorf("Poisson floor %.4f, want 0.0229", *r.Floor)
	}
	// Measured figures of numbers.md for the baselines: equality shows that the
	// protocol is the same.
	for method, want := range map[string][3]float64{
		"naive": {8.72, 8.72, 8.60}, "mean8": {6.80, 6.80, 6.68}, "median4": {6.36, 6.36, 6.18},
	} {
		for l, lead := range []string{"1d", "7d", "14d"} {
			if got := 100 * *score(t, r, lead, method).WAPE; math.Abs(got-want[l]) > 0.005 {
				t.Errorf("%s at %s: wape %.3f %%, want %.2f", method, lead, got, want[l])
			}
		}
	}
	for l, lead := range []string{"1d", "7d", "14d"} {
		x := score(t, r, lead, "auto")
		wape, mase, pinball := [3]float64{0.047, 0.050, 0.050}[l], [3]float64{0.62, 0.65, 0.65}[l], [3]float64{0.030, 0.034, 0.034}[l]
		if *x.WAPE > wape || *x.MASE > mase || *x.Pinball > pinball {
			t.Errorf("%s: wape %.4f mase %.3f pinball %.4f, want at most %g %g %g", lead, *x.WAPE, *x.MASE, *x.Pinball, wape, mase, pinball)
		}
		if *x.Cover80 < 0.78 || *x.Cover80 > 0.82 || *x.Cover90 < 0.88 || *x.Cover90 > 0.92 {
			t.Errorf("%s: coverage %.3f and %.3f, want 0.78–0.82 and 0.88–0.92", lead, *x.Cover80, *x.Cover90)
		}
		t.Logf("%s wape %.2f %% mase %.3f cover %.1f/%.1f pinball %.2f %%", lead, 100**x.WAPE, *x.MASE, 100**x.Cover80, 100**x.Cover90, 100**x.Pinball)
	}
}

// TestInferredCountry: the calendar is found from the history alone, and the
// result is that of naming it.
func TestInferredCountry(t *testing.T) {
	q := bank(t)
	q.Leads = []string{"1d"}
	named := run(t, q)
	q.Country = ""
	inferred := run(t, q)
	if inferred.Country != "US" || *inferred.Results[0].WAPE != *named.Results[0].WAPE {
		t.Errorf("country %q, wape %g, want US and %g", inferred.Country, *inferred.Results[0].WAPE, *named.Results[0].WAPE)
	}
	q.Country = "none"
	if without := run(t, q); without.Country != "" || *without.Results[0].WAPE <= *named.Results[0].WAPE {
		t.Errorf("without a calendar: country %q, wape %g, want worse than %g", without.Country, *without.Results[0].WAPE, *named.Results[0].WAPE)
	}
}

func TestTechnionYear(t *testing.T) {
	r := run(t, backtest.Request{
		Path: data(t, "technion_arrivals_6min_1999.csv.gz"), Missing: "imputed", From: "1999-09-03", To: "1999-12-31", Country: "IL",
		Leads: []string{"1d", "1w"},
	})
	for lead, limit := range map[string]float64{"1d": 0.21, "7d": 0.22} {
		x := score(t, r, lead, "auto")
		t.Logf("%s wape %.2f %% bias %+.2f %%", lead, 100**x.WAPE, 100**x.Bias)
		if *x.WAPE > limit {
			t.Errorf("%s: wape %.4f, want at most %g", lead, *x.WAPE, limit)
		}
	}
}

// TestIntraday updates the blend of the day before at 10:00 and 12:00 and scores
// the rest of the day.
func TestIntraday(t *testing.T) {
	s, _, err := series.ReadFile(data(t, "bank_calls_5min_2003.csv.gz"), series.Options{Time: "start", Value: "calls", Minutes: 30})
	if err != nil {
		t.Fatal(err)
	}
	c, err := calendar.Country("US", 2003, 2003)
	if err != nil {
		t.Fatal(err)
	}
	hours := []int{9, 10, 11, 12, 14, 16}
	none, updated, sum := make([]float64, len(hours)), make([]float64, len(hours)), make([]float64, len(hours))
	for d := s.Days - 82; d < s.Days; d++ { // 2003-08-04 to 2003-10-24
		if _, n, _ := s.Total(d); n == 0 {
			continue
		}
		h := model.NewHistory(s, c, d)
		base := average(t, h, d)
		r, err := model.NewReforecast(h)
		if err != nil {
			t.Fatal(err)
		}
		v, _ := s.Row(d)
		for k, hour := range hours {
			after := r.Update(d, base, v, 2*hour)
			for i := 2 * hour; i < s.Slots; i++ {
				none[k] += math.Abs(base[i] - v[i])
				updated[k] += math.Abs(after[i] - v[i])
				sum[k] += v[i]
			}
		}
	}
	for k, hour := range hours {
		before, after := none[k]/sum[k], updated[k]/sum[k]
		t.Logf("%d:00 rest of day %.2f %%, updated %.2f %%", hour, 100*before, 100*after)
		if after > before {
			t.Errorf("%d:00: the update makes it worse: %.4f after %.4f", hour, after, before)
		}
		if (hour == 10 || hour == 12) && after > 0.042 {
			t.Errorf("%d:00: rest-of-day wape %.4f, want at most 0.042", hour, after)
		}
	}
}

// average is the equal blend of the members.
func average(t *testing.T, h *model.History, day int) []float64 {
	t.Helper()
	var list [][]float64
	var w []float64
	for _, m := range []model.Method{model.CalSVD{}, model.Harmonic{}, model.Profile{}, model.HoltWinters{}} {
		fit, err := m.Fit(h)
		if err != nil {
			t.Fatal(err)
		}
		list, w = append(list, fit.Day(day)), append(w, 1)
	}
	return model.Combine(list, w)
}

// TestHolidays is the Technion year's days of rest and their eves from September
// on, each kind of which has happened before that year. The plain mean of the last
// weeks is wrong there by two to four times the calls.
func TestHolidays(t *testing.T) {
	s, _, err := series.ReadFile(data(t, "technion_arrivals_6min_1999.csv.gz"),
		series.Options{Time: "start", Value: "calls", Minutes: 30, Missing: "imputed"})
	if err != nil {
		t.Fatal(err)
	}
	c, err := calendar.Country("IL", 1999, 1999)
	if err != nil {
		t.Fatal(err)
	}
	abs, without, sum := 0.0, 0.0, 0.0
	for d := 245; d < s.Days; d++ {
		if m := c.Mark(s.Date(d)); m.Kind != calendar.Holiday && !m.Eve {
			continue
		}
		h := model.NewHistory(s, c, d)
		f := average(t, h, d)
		plain, err := model.Mean{N: 8}.Fit(h)
		if err != nil {
			t.Fatal(err)
		}
		p := plain.Day(d)
		v, st := s.Row(d)
		a, b := 0.0, 0.0
		for i := range v {
			if st[i] == series.Observed {
				a += math.Abs(f[i] - v[i])
				b += v[i]
				without += math.Abs(p[i] - v[i])
			}
		}
		t.Logf("%s %v: wape %.0f %% of %.0f calls", s.Date(d), c.Mark(s.Date(d)).Name, 100*a/b, b)
		abs, sum = abs+a, sum+b
	}
	t.Logf("holidays and eves %.1f %%, mean of the last 8 weeks %.1f %%", 100*abs/sum, 100*without/sum)
	if abs > 0.5*sum {
		t.Errorf("holidays and eves: wape %.3f, want at most 0.5", abs/sum)
	}
}

// corrupt spoils 2 % of the days before the first target: freak days, a tenth of a
// day, zeros for three hours, a slot times ten. It is the same every time.
func corrupt(s *series.Series, before int) *series.Series {
	c := s.Clone()
	kind := 0
	for d := 13; d < before; d += 50 {
		for _, n, _ := s.Total(d); n == 0; _, n, _ = s.Total(d) {
			d++
		}
		v, st := s.Row(d)
		for i := range v {
			if st[i] != series.Observed {
				continue
			}
			switch kind % 4 {
			case 0:
				c.Set(d, i, 8*v[i])
			case 1:
				c.Set(d, i, math.Floor(v[i]/10))
			case 2:
				if i >= 20 && i < 26 {
					c.Set(d, i, 0)
				}
			case 3:
				if i == 24 {
					c.Set(d, i, 10*v[i])
				}
			}
		}
		kind++
	}
	return c
}

// TestCorruption spoils 2 % of the days and asks how much worse the forecasts of
// the same, clean targets get: at most 0.3 points.
func TestCorruption(t *testing.T) {
	for name, q := range map[string]backtest.Request{
		"bank": bank(t),
		"technion": {
			Path: data(t, "technion_arrivals_6min_1999.csv.gz"), Missing: "imputed", From: "1999-11-01", To: "1999-12-31", Country: "IL",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, _, err := series.ReadFile(q.Path, series.Options{Time: "start", Value: "calls", Minutes: 30, Missing: q.Missing})
			if err != nil {
				t.Fatal(err)
			}
			c, err := calendar.Country(q.Country, s.First.Year, s.First.Year)
			if err != nil {
				t.Fatal(err)
			}
			o := backtest.Options{Calendar: c, Leads: []int{1, 7}}
			o.From, o.To = date(t, q.From), date(t, q.To)
			clean, err := backtest.Run(t.Context(), s, o)
			if err != nil {
				t.Fatal(err)
			}
			spoilt, err := backtest.Run(t.Context(), corrupt(s, s.Index(o.From)), o)
			if err != nil {
				t.Fatal(err)
			}
			for i, x := range clean.Results {
				if x.Method != "auto" && x.Method != "mean8" {
					continue
				}
				worse := *spoilt.Results[i].WAPE - *x.WAPE
				t.Logf("%s %s: %.2f %%, spoilt %+.2f points", x.Lead, x.Method, 100**x.WAPE, 100*worse)
				if x.Method == "auto" && worse > 0.003 {
					t.Errorf("%s: 2 %% spoilt days cost %.2f points, want at most 0.3", x.Lead, 100*worse)
				}
			}
		})
	}
}

func date(t testing.TB, s string) (d interval.Date) {
	t.Helper()
	if err := d.UnmarshalText([]byte(s)); err != nil {
		t.Fatal(err)
	}
	return d
}
