package backtest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/agner-platform/agner/forecasting/backtest"
)

// shape says how an odd file is written.
type shape struct {
	sep, nl, layout string
	comma, bom      bool
	minutes         int
	open            [2]int // hours
	days            int
	value           func(rng *rand.Rand) float64
}

func (s shape) file(t *testing.T) string {
	t.Helper()
	rng := rand.New(rand.NewPCG(5, 6))
	var b strings.Builder
	if s.bom {
		b.WriteString("\ufeff")
	}
	b.WriteString("start" + s.sep + "calls" + s.nl)
	for d := range s.days {
		day := time.Date(2026, 1, 5+d, 0, 0, 0, 0, time.UTC)
		for m := s.open[0] * 60; m < s.open[1]*60; m += s.minutes {
			v := fmt.Sprint(s.value(rng))
			if s.comma {
				v = strings.Replace(fmt.Sprintf("%.2f", s.value(rng)), ".", ",", 1)
			}
			b.WriteString(day.Add(time.Duration(m)*time.Minute).Format(s.layout) + s.sep + v + s.nl)
		}
	}
	path := filepath.Join(t.TempDir(), "odd.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestOddFiles: files as spreadsheets and exports write them are read, or refused with what is wrong; never NaN, never a
// silent zero.
func TestOddFiles(t *testing.T) {
	plain := shape{sep: ",", nl: "\n", layout: "2006-01-02T15:04", minutes: 30, open: [2]int{9, 17}, days: 77, value: func(r *rand.Rand) float64 { return float64(15 + r.IntN(11)) }}
	with := func(f func(*shape)) shape { s := plain; f(&s); return s }
	always := func(v float64) func(*rand.Rand) float64 { return func(*rand.Rand) float64 { return v } }
	for name, c := range map[string]struct {
		shape shape
		q     backtest.Request
		want  string // of the error; empty: a score between 2 % and 60 %
		note  string
		zero  bool // nothing to score by
	}{
		"plain":       {shape: plain},
		"crlf":        {shape: with(func(s *shape) { s.nl = "\r\n" })},
		"bom":         {shape: with(func(s *shape) { s.bom, s.nl = true, "\r\n" })},
		"semicolons":  {shape: with(func(s *shape) { s.sep = ";" })},
		"tabs":        {shape: with(func(s *shape) { s.sep = "\t" })},
		"european":    {shape: with(func(s *shape) { s.sep, s.comma, s.layout = ";", true, "02.01.2006 15:04" })},
		"minutes":     {shape: with(func(s *shape) { s.minutes = 1; s.value = func(r *rand.Rand) float64 { return float64(r.IntN(3)) } })},
		"24/7":        {shape: with(func(s *shape) { s.open = [2]int{0, 24} })},
		"clock jumps": {shape: with(func(s *shape) { s.open, s.days = [2]int{0, 24}, 98 }), q: backtest.Request{Zone: "Europe/Tallinn", From: "2026-03-28", To: "2026-03-31"}},
		"daily":       {shape: with(func(s *shape) { s.minutes, s.open, s.layout = 1440, [2]int{0, 24}, "2006-01-02" }), q: backtest.Request{Interval: "1d"}},
		"all zero":    {shape: with(func(s *shape) { s.value = always(0) }), zero: true},
		"one week":    {shape: with(func(s *shape) { s.days = 7 })},
		"negative":    {shape: with(func(s *shape) { s.value = always(-5) }), want: "negative values"},
		"absurd":      {shape: with(func(s *shape) { s.value = always(1e12) }), want: "absurd values"},
		"some negative": {shape: with(func(s *shape) {
			s.value = func(r *rand.Rand) float64 {
				if r.IntN(20) == 0 {
					return -1
				}
				return float64(15 + r.IntN(11))
			}
		}), note: "negative values"},
	} {
		t.Run(name, func(t *testing.T) {
			c.q.Path, c.q.Leads = c.shape.file(t), []string{"1d"}
			if c.q.From == "" && c.shape.days > 7 {
				c.q.From = time.Date(2026, 1, 5+c.shape.days-4, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
			}
			r, err := backtest.File(context.Background(), c.q)
			if c.want != "" {
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Fatalf("error %v, want %q", err, c.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if _, err := json.Marshal(r); err != nil {
				t.Fatal(err) // JSON has no NaN
			}
			auto := r.Results[0]
			switch {
			case c.zero && (auto.WAPE != nil || len(r.Warnings) == 0):
				t.Errorf("a score without calls: %+v, warnings %v", auto, r.Warnings)
			case !c.zero && (auto.WAPE == nil || *auto.WAPE < 0.02 || *auto.WAPE > 0.6):
				t.Errorf("%s: %+v", auto.Method, auto)
			}
			if c.note != "" && !strings.Contains(fmt.Sprint(r.Notes), c.note) {
				t.Errorf("notes %v, want one about %s", r.Notes, c.note)
			}
		})
	}
}
