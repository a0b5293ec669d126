package model

// Calendar columns of the daily regressions. Groups of days of the month are wide
// enough that half a year holds several of each.
const (
	colMonth   = 8 // day-of-month groups
	colDummies = colMonth + 9
)

// monthGroup places a day of the month: the days around the first, when bills and
// pay come, are finer.
func monthGroup(dom int) int {
	switch {
	case dom <= 1:
		return 0
	case dom <= 3:
		return 1
	case dom <= 6:
		return 2
	case dom <= 10:
		return 3
	case dom <= 15:
		return 4
	case dom <= 20:
		return 5
	case dom <= 26:
		return 6
	}
	return 7
}

// dummies returns the calendar columns of a day: month groups, first and last
// working day, holiday, half day, eve, day after, bridge, event, second working day after.
func (h *History) dummies(day int) []float64 {
	x := make([]float64, colDummies)
	in := &h.days[day]
	x[monthGroup(in.dom)] = 1
	for i, on := range []bool{
		in.first, in.last, in.mark.Off(), in.mark.Kind == "half", in.mark.Eve && in.mark.Kind == "", in.mark.After || in.afterGap,
		in.mark.Bridge, in.mark.Kind == "event", in.second,
	} {
		if on {
			x[colMonth+i] = 1
		}
	}
	return x
}

// weekdays returns one column per weekday followed.
func (h *History) weekdays(day int) []float64 {
	x := make([]float64, 7)
	x[h.days[day].like] = 1
	return x
}
