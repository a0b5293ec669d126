package model

import (
	"fmt"
	"math"

	"github.com/agner-platform/agner/forecasting/learn"
	"github.com/agner-platform/agner/forecasting/series"
)

// Profile forecasts the day's total and splits it by the weekday's profile: log
// totals follow a ridge regression on weekday and calendar with AR(1) errors, the
// shares are the mean of the last eight same weekdays. It is how many planners
// work, and the steadiest method where slots hold few calls.
type Profile struct{}

const (
	profileDays  = 250 // history of the regression: a working year
	profileWeeks = 8
	profileRidge = 1 // pseudo observations of "no effect" per calendar dummy
)

// Name returns "profile".
func (Profile) Name() string { return "profile" }

// Fit needs ten observed days.
func (Profile) Fit(h *History) (Model, error) {
	var x [][]float64
	var y, at []float64
	for d := max(0, h.Days-profileDays*7/5); d < h.Days; d++ {
		u := &h.Usual.Days[d]
		if h.days[d].seen == 0 || !u.Known {
			continue
		}
		t := h.fullTotal(d)
		place := float64(h.days[d].place)
		if n := len(at); n > 0 && place <= at[n-1] {
			place = at[n-1] + 0.5
		}
		x = append(x, append(h.weekdays(d), h.dummies(d)...))
		y = append(y, math.Log(t+1))
		at = append(at, place)
	}
	if len(y) < svdMinDays {
		return nil, fmt.Errorf("profile: %d observed days: %w", len(y), ErrShort)
	}
	ridge := make([]float64, 7+colDummies)
	for i := range ridge {
		ridge[i] = profileRidge
		if i < 7 {
			ridge[i] = 0
		}
	}
	fit := learn.FitAR(x, y, at, ridge)
	return dayFunc(func(target int) []float64 {
		row := append(h.weekdays(target), h.dummies(target)...)
		total := math.Exp(math.Min(fit.Predict(row, float64(h.days[target].place)), 40)) - 1
		return h.split(target, math.Max(0, total))
	}), nil
}

// fullTotal is the sum of a day with its missing slots filled at the day's level.
func (h *History) fullTotal(d int) float64 {
	v, st := h.Row(d)
	usual := h.Usual.Row(d)
	seen, base, all := 0.0, 0.0, 0.0
	for i := range v {
		if st[i] == series.Closed {
			continue
		}
		all += usual[i]
		if st[i] == series.Observed {
			seen += v[i]
			base += usual[i]
		}
	}
	if base <= 0 {
		return seen
	}
	return seen * all / base
}

// split spreads a total over the slots of a day.
func (h *History) split(target int, total float64) []float64 {
	days := h.recent(target, target, profileWeeks)
	if len(days) == 0 {
		days = sameWeekday(h.Series, target, profileWeeks)
	}
	v := h.slotMeans(target, days, mean)
	s := sum(v)
	for i := range v {
		if s > 0 {
			v[i] *= total / s
		}
	}
	return v
}
