package model

import (
	"fmt"
	"slices"

	"github.com/agner-platform/agner/forecasting/series"
)

// SeasonalNaive repeats the last observed day of the same weekday.
type SeasonalNaive struct{}

// Name returns "naive".
func (SeasonalNaive) Name() string { return "naive" }

// Fit needs one observed day.
func (SeasonalNaive) Fit(h *History) (Model, error) { return plain(h, 1, mean) }

// Mean is the mean of the last N same weekdays, slot by slot: the default of
// commercial planning tools.
type Mean struct{ N int }

// Name returns "mean8" for N = 8.
func (m Mean) Name() string { return fmt.Sprintf("mean%d", m.N) }

// Fit needs one observed day.
func (m Mean) Fit(h *History) (Model, error) { return plain(h, m.N, mean) }

// Median is the median of the last N same weekdays, slot by slot.
type Median struct{ N int }

// Name returns "median4" for N = 4.
func (m Median) Name() string { return fmt.Sprintf("median%d", m.N) }

// Fit needs one observed day.
func (m Median) Fit(h *History) (Model, error) { return plain(h, m.N, median) }

// plain looks at the raw data of plain weekdays.
func plain(h *History, n int, f func([]float64) float64) (Model, error) {
	if !anyObserved(h.Raw) {
		return nil, fmt.Errorf("no observed day: %w", ErrShort)
	}
	return dayFunc(func(target int) []float64 {
		days := sameWeekday(h.Raw, target, n)
		out := make([]float64, h.Slots)
		known := make([]bool, h.Slots)
		for i, open := range h.OpenSlots(target) {
			var vals []float64
			for _, d := range days {
				if v, st := h.Raw.At(d, i); st == series.Observed {
					vals = append(vals, v)
				}
			}
			if open && len(vals) > 0 {
				out[i], known[i] = f(vals), true
			}
		}
		fillGaps(out, h.OpenSlots(target), known)
		return out
	}), nil
}

func anyObserved(s *series.Series) bool {
	for d := range s.Days {
		if _, n, _ := s.Total(d); n > 0 {
			return true
		}
	}
	return false
}

// sameWeekday returns up to n observed days before target of its weekday, or of
// any weekday where its own has none yet.
func sameWeekday(s *series.Series, target, n int) []int {
	var out, any []int
	for d := min(target, s.Days) - 1; d >= 0 && len(out) < n; d-- {
		if _, seen, _ := s.Total(d); seen == 0 {
			continue
		}
		if (target-d)%7 == 0 {
			out = append(out, d)
		} else if len(any) < n {
			any = append(any, d)
		}
	}
	if out == nil {
		return any
	}
	return out
}

func mean(v []float64) float64 {
	sum := 0.0
	for _, x := range v {
		sum += x
	}
	return sum / float64(len(v))
}

func median(v []float64) float64 {
	s := sorted(v)
	m := len(s) / 2
	if len(s)%2 == 1 {
		return s[m]
	}
	return (s[m-1] + s[m]) / 2
}

func sorted(v []float64) []float64 {
	s := slices.Clone(v)
	slices.Sort(s)
	return s
}
