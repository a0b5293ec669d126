package handle_test

import (
	"math"
	"testing"
	"time"

	"github.com/agner-platform/agner/forecasting/handle"
)

// Mondays take 400 s, all other days 200 s, 100 contacts a slot: eight Mondays outweigh the prior.
func TestWeekday(t *testing.T) {
	h := handle.History{Slots: 2, First: time.Monday}
	for d := range 56 {
		for range h.Slots {
			aht := 200.0
			if d%7 == 0 {
				aht = 400
			}
			h.Count, h.Seconds = append(h.Count, 100), append(h.Seconds, 100*aht)
		}
	}
	m := handle.Learn(h, 300)
	if got := m.Day(time.Monday)[0]; math.Abs(got-400) > 10 {
		t.Errorf("Monday %g", got)
	}
	if got := m.Day(time.Friday)[1]; math.Abs(got-200) > 5 {
		t.Errorf("Friday %g", got)
	}
	if want := (400 + 6*200) / 7.0; math.Abs(m.All-want) > 1e-9 {
		t.Errorf("all %g, want %g", m.All, want)
	}
}

// A single contact of an hour hardly moves anything; nothing at all gives what was asked for.
func TestShrinks(t *testing.T) {
	h := handle.History{Slots: 1, First: time.Sunday, Count: []float64{0, 1000, 1}, Seconds: []float64{0, 200000, 3600}}
	if got := handle.Learn(h, 300).Day(time.Tuesday)[0]; got > 330 || got < 200 {
		t.Errorf("one long contact makes %g", got)
	}
	empty := handle.Learn(handle.History{Slots: 4}, 300)
	if v := empty.Day(time.Monday)[3]; v != 300 {
		t.Errorf("without any contact %g", v)
	}
}
