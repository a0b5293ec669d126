package backtest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/agner-platform/agner/forecasting/backtest"
	"github.com/agner-platform/agner/forecasting/model"
	"github.com/agner-platform/agner/forecasting/series"
	"github.com/google/go-cmp/cmp"
)

func noisy(t testing.TB, seed uint64, weeks int) *series.Series {
	t.Helper()
	path := ""
	rng := rand.New(rand.NewPCG(seed, 4))
	if tt, ok := t.(*testing.T); ok {
		path = write(tt, weeks, func(d, m int) string { return fmt.Sprint(20 + 10*(d%7) + rng.IntN(20)) })
	}
	s, _, err := series.ReadFile(path, series.Options{Time: "start", Value: "calls", Minutes: 60})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A stored choice gives the same forecast, and its parts hang together.
func TestChoiceRebuilds(t *testing.T) {
	s := noisy(t, 3, 16)
	c, err := backtest.Choose(context.Background(), s, nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	stored := &backtest.Choice{}
	if err := json.Unmarshal(b, stored); err != nil {
		t.Fatal(err)
	}
	h := model.NewHistory(s, nil, s.Days)
	first, err := c.Forecast(h, 14)
	if err != nil {
		t.Fatal(err)
	}
	again, err := stored.Forecast(model.NewHistory(s, nil, s.Days), 14)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, again); diff != "" {
		t.Errorf("the stored choice forecasts something else:\n%s", diff)
	}
	for _, d := range first {
		sum := 0.0
		for i, mu := range d.Mean {
			sum += mu
			if !(d.Low80[i] <= mu && mu <= d.High80[i]) {
				t.Errorf("%s slot %d: %g outside %g to %g", d.Date, i, mu, d.Low80[i], d.High80[i])
			}
		}
		if math.Abs(sum-d.Why.Blend) > 1e-6 || math.Abs(d.Why.Weekday/sum-1) > 0.1 {
			t.Errorf("%s: total %.1f, why %+v", d.Date, sum, d.Why)
		}
	}
}

// BenchmarkChoice is the weekly choice of one queue (target: at most 2 CPU-s) on
// the bank series, and BenchmarkRefresh a refresh of two weeks with it.
func BenchmarkChoice(b *testing.B) {
	s, _, err := series.ReadFile(data(b, "bank_calls_5min_2003.csv.gz"), series.Options{Time: "start", Value: "calls", Minutes: 15})
	if err != nil {
		b.Fatal(err)
	}
	var c *backtest.Choice
	b.Run("choose", func(b *testing.B) {
		for b.Loop() {
			if c, err = backtest.Choose(context.Background(), s, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("refresh", func(b *testing.B) {
		for b.Loop() {
			if _, err := c.Forecast(model.NewHistory(s, nil, s.Days), 14); err != nil {
				b.Fatal(err)
			}
		}
	})
}
