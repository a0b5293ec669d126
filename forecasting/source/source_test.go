package source

import (
	"testing"
	"time"

	"github.com/agner-platform/agner/forecasting/series"
	"github.com/agner-platform/agner/internal/interval"
)

func raw(days int) *Raw {
	s := Span{First: interval.Date{Year: 2026, Month: time.March, Day: 2}, Days: days, Minutes: 15} // a Monday
	return &Raw{Span: s, Weekday: time.Monday, Calls: make([]float64, days*96), Handled: make([]float64, days*96), Seconds: make([]float64, days*96), Any: make([]bool, days)}
}

// Weekdays 09:00 to 17:00 with a lunch nobody calls in, one lost day, one empty Tuesday of this queue alone.
func TestInferredHours(t *testing.T) {
	zone, err := interval.LoadZone("Europe/Tallinn")
	if err != nil {
		t.Fatal(err)
	}
	w := raw(70)
	for d := range w.Days {
		w.Any[d] = d != 30
		if d%7 >= 5 || d == 30 || d == 36 {
			continue
		}
		for i := 36; i < 68; i++ {
			if i < 48 || i >= 52 {
				w.Calls[d*96+i] = 5
			}
		}
	}
	s, err := w.Series(Queue{ID: "q", Zone: zone})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		day, slot int
		want      series.State
	}{
		{0, 36, series.Observed}, {0, 35, series.Closed}, {0, 68, series.Closed}, {0, 49, series.Closed}, {5, 40, series.Closed},
		{30, 40, series.Missing}, {36, 40, series.Observed},
	} {
		if _, got := s.At(c.day, c.slot); got != c.want {
			t.Errorf("day %d slot %d is %s, want %s", c.day, c.slot, got, c.want)
		}
	}
}

// The night the clock goes forward has closed slots, the one it goes back counts each passage half.
func TestClockChange(t *testing.T) {
	zone, err := interval.LoadZone("Europe/Tallinn")
	if err != nil {
		t.Fatal(err)
	}
	always := func(interval.Date) []bool {
		open := make([]bool, 96)
		for i := range open {
			open[i] = true
		}
		return open
	}
	w := raw(240)
	for d := range w.Days {
		start, end := w.First.AddDays(d).Start(zone), w.First.AddDays(d+1).Start(zone)
		for at := start; at < end; at += 15 * 60e6 {
			w.add(zone, at, bin{calls: 4})
		}
		w.Any[d] = true
	}
	s, err := w.Series(Queue{ID: "q", Zone: zone, Open: always})
	if err != nil {
		t.Fatal(err)
	}
	spring, autumn := s.Index(interval.Date{Year: 2026, Month: time.March, Day: 29}), s.Index(interval.Date{Year: 2026, Month: time.October, Day: 25})
	if _, st := s.At(spring, 13); st != series.Closed {
		t.Errorf("03:15 does not exist that night, yet it is %s", st)
	}
	if v, st := s.At(autumn, 13); st != series.Observed || v != 4 {
		t.Errorf("03:15 twice: %g %s, want the mean 4", v, st)
	}
	if total, _, _ := s.Total(spring); total != 92*4 {
		t.Errorf("spring night's day: %g", total)
	}
}
