package made_test

import (
	"context"
	"encoding/json"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/agner-platform/agner/forecasting/backtest"
	"github.com/agner-platform/agner/forecasting/made"
	"github.com/agner-platform/agner/forecasting/model"
)

// inputs are some days of a queue open from 8 to 20 on workdays, busier on Mondays; −1 and −2 as stored.
func inputs(days int, seed uint64) *made.Inputs {
	in := &made.Inputs{Queue: "q", First: "2025-03-03", Minutes: 15, Horizon: 14} // a Monday
	rng := rand.New(rand.NewPCG(seed, 2))
	for d := range days {
		level := 1 + 0.15*rng.NormFloat64()
		for i := range 96 {
			if d%7 >= 5 || i < 32 || i >= 80 {
				in.Calls = append(in.Calls, -2)
				continue
			}
			mean := level * (10 + 6*math.Sin(float64(i-32)/48*math.Pi))
			if d%7 == 0 {
				mean *= 1.4
			}
			in.Calls = append(in.Calls, math.Max(0, math.Round(mean+math.Sqrt(math.Max(mean, 0))*rng.NormFloat64())))
		}
	}
	return in
}

func chosen(t testing.TB, days int) *made.Inputs {
	t.Helper()
	in := inputs(days, 9)
	s, err := in.Series()
	if err != nil {
		t.Fatal(err)
	}
	if in.Choice, err = backtest.Choose(context.Background(), s, nil); err != nil {
		t.Fatal(err)
	}
	return in
}

// TestPure: stored and read again, inputs give the same bytes; other inputs give others.
func TestPure(t *testing.T) {
	in := chosen(t, 100)
	f, err := made.Make(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	one, packed, err := made.Pack(in, f)
	if err != nil {
		t.Fatal(err)
	}
	again, err := made.Unpack(one.Inputs, packed)
	if err != nil {
		t.Fatal(err)
	}
	g, err := made.Make(t.Context(), again)
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(g)
	if err != nil {
		t.Fatal(err)
	}
	if made.Digest(body) != one.Digest || string(body) != string(one.Body) {
		t.Error("the stored inputs make another forecast")
	}
	if _, err := made.Unpack("0123", packed); err == nil {
		t.Error("inputs under a wrong digest are taken")
	}
}

// TestShut: holidays of the set-up and closed hours are nobody's forecast; special days are named.
func TestShut(t *testing.T) {
	in := chosen(t, 100)
	s, err := in.Series()
	if err != nil {
		t.Fatal(err)
	}
	in.Shut = []string{s.Date(s.Days + 3).String()}
	for wd := range in.Opening {
		in.Opening[wd] = make([]bool, 96)
		for i := 40; i < 60 && wd > 0 && wd < 6; i++ {
			in.Opening[wd][i] = true
		}
	}
	f, err := made.Make(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range f.Days {
		if d.Date == in.Shut[0] && len(d.Mean) > 0 {
			t.Errorf("%s is closed, yet %d slots", d.Date, len(d.Mean))
		}
		if len(d.Mean) > 0 && (d.From < 40 || d.From+len(d.Mean) > 60) {
			t.Errorf("%s: slots %d to %d", d.Date, d.From, d.From+len(d.Mean))
		}
		for i, mu := range d.Mean {
			if math.IsNaN(mu) || mu < 0 || d.AHT[i] <= 0 {
				t.Errorf("%s slot %d: %g calls of %g s", d.Date, i, mu, d.AHT[i])
			}
		}
	}
}

// TestPoor: next to nothing, nothing and zeros give a flagged forecast or an error that says so.
func TestPoor(t *testing.T) {
	short := inputs(3, 1)
	f, err := made.Make(t.Context(), short)
	if err != nil || f.Cold != "own" || f.Days[0].Lead != 1 {
		t.Errorf("three days: %+v, %v", f, err)
	}
	zero := inputs(20, 1)
	for i, v := range zero.Calls {
		if v > 0 {
			zero.Calls[i] = 0
		}
	}
	if f, err := made.Make(t.Context(), zero); err == nil {
		t.Errorf("nobody ever called: %+v", f.Days[0])
	}
}

// BenchmarkRefresh is one queue's refresh of two weeks by quarter hours with a stored choice (target: 1,000 queues in 60 CPU-s).
func BenchmarkRefresh(b *testing.B) {
	in := chosen(b, 430)
	for b.Loop() {
		if _, err := made.Make(context.Background(), in); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkIntradayThousand moves the rest of a day of 1,000 queues (target: below 1 s).
func BenchmarkIntradayThousand(b *testing.B) {
	in := inputs(430, 9)
	s, err := in.Series()
	if err != nil {
		b.Fatal(err)
	}
	h := model.NewHistory(s, nil, s.Days)
	re, err := model.NewReforecast(h)
	if err != nil {
		b.Fatal(err)
	}
	target := s.Days
	for !h.OpenSlots(target)[40] {
		target++
	}
	forecast, seen := make([]float64, 96), make([]float64, 96)
	for i := 32; i < 80; i++ {
		forecast[i], seen[i] = 12, 15
	}
	for b.Loop() {
		for range 1000 {
			re.Update(target, forecast, seen, 56)
		}
	}
}
