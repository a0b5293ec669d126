package model

import "fmt"

// EWMA is the exponentially weighted mean of same weekdays on cleaned data, times
// the calendar's effect: weight (1−α)^k for the k-th last. α = 0.3 halves a week's
// weight after two weeks, which follows seasons without chasing single weeks.
type EWMA struct{}

const (
	ewmaAlpha = 0.3
	ewmaWeeks = 12 // (1−α)^12 = 1 %
)

// Name returns "ewma".
func (EWMA) Name() string { return "ewma" }

// Fit needs one observed day.
func (EWMA) Fit(h *History) (Model, error) {
	if !anyObserved(h.Series) {
		return nil, fmt.Errorf("ewma: no observed day: %w", ErrShort)
	}
	return dayFunc(func(target int) []float64 {
		return h.scale(target, h.ewma(target, ewmaAlpha))
	}), nil
}

// ewma is the weighted mean of the plain days that target's weekday follows.
func (h *History) ewma(target int, alpha float64) []float64 {
	days := h.recent(target, target, ewmaWeeks)
	if len(days) == 0 {
		days = sameWeekday(h.Series, target, ewmaWeeks)
	}
	return h.slotMeans(target, days, func(v []float64) float64 {
		sum, weight, w := 0.0, 0.0, 1.0
		for _, x := range v {
			sum += w * x
			weight += w
			w *= 1 - alpha
		}
		return sum / weight
	})
}
