// Package handle forecasts the mean handle time of a queue by weekday and slot.
//
// The forecast of a slot is the volume-weighted mean of the last eight same weekdays,
// shrunk to the same slot of all days, and that to the mean of all: with n handled
// contacts a mean has weight n/(n + 30). Handle times are seconds of talk, hold and
// wrap-up of contacts that were handled.
package handle

import "time"

const (
	weeks = 8  // of history
	prior = 30 // contacts for which the wider mean counts
)

// History is what was handled, by day and slot: day·Slots + slot.
type History struct {
	Slots   int
	First   time.Weekday // of day 0
	Count   []float64
	Seconds []float64
}

// Means are mean handle times in seconds by weekday and slot.
type Means struct {
	All    float64
	Slots  int
	byWeek [7][]float64
}

// Learn averages a history; without a single contact every mean is the one given.
func Learn(h History, without float64) Means {
	m := Means{All: without, Slots: h.Slots}
	days := len(h.Count) / max(1, h.Slots)
	from := max(0, days-7*weeks)
	type sum struct{ n, s float64 }
	var all sum
	bySlot := make([]sum, h.Slots)
	var byDay [7][]sum
	for wd := range byDay {
		byDay[wd] = make([]sum, h.Slots)
	}
	for d := from; d < days; d++ {
		wd := (int(h.First) + d) % 7
		for i := range h.Slots {
			n, s := h.Count[d*h.Slots+i], h.Seconds[d*h.Slots+i]
			all = sum{all.n + n, all.s + s}
			bySlot[i] = sum{bySlot[i].n + n, bySlot[i].s + s}
			byDay[wd][i] = sum{byDay[wd][i].n + n, byDay[wd][i].s + s}
		}
	}
	if all.n > 0 && all.s > 0 {
		m.All = all.s / all.n
	}
	for wd := range byDay {
		m.byWeek[wd] = make([]float64, h.Slots)
		for i := range h.Slots {
			slot := (bySlot[i].s + prior*m.All) / (bySlot[i].n + prior)
			m.byWeek[wd][i] = (byDay[wd][i].s + prior*slot) / (byDay[wd][i].n + prior)
		}
	}
	return m
}

// Day returns the means of a weekday's slots.
func (m Means) Day(wd time.Weekday) []float64 { return m.byWeek[wd] }
