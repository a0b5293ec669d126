package model

// MeanDay returns the mean total of the observed days of the last weeks, holes
// filled at each day's level; 0 without any.
func (h *History) MeanDay(weeks int) float64 {
	total, n := 0.0, 0.0
	for d := max(0, h.Days-7*weeks); d < h.Days; d++ {
		if h.days[d].seen > 0 {
			total += h.fullTotal(d)
			n++
		}
	}
	if n == 0 {
		return 0
	}
	return total / n
}

// UsualTotal returns the total of a plain day of the weekday that a day follows:
// the mean of its last eight.
func (h *History) UsualTotal(day int) float64 {
	days := h.recent(day, day, profileWeeks)
	if len(days) == 0 {
		days = sameWeekday(h.Series, day, profileWeeks)
	}
	if len(days) == 0 {
		return 0
	}
	return sum(h.slotMeans(day, days, mean))
}
