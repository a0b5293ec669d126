package clean

import (
	"math"
	"slices"

	"github.com/agner-platform/agner/forecasting/calendar"
	"github.com/agner-platform/agner/forecasting/series"
)

// neighbours is how many days a median is taken of: four each way where possible.
const neighbours = 8

// Usual is what each day of a history would be if it were like its neighbours.
type Usual struct {
	Days  []Day
	slots int
	value []float64
}

// Day is one day beside its neighbours.
type Day struct {
	Special bool    // by the calendar, or the first day after an unexpected hole
	Working bool    // special, but a working day: only after or between days off
	Event   bool    // special because people are made to call
	Rho     float64 // log ratio of the observed sum to the usual sum
	Raw     float64 // sum of the observed slots
	Usual   float64 // usual sum of the same slots
	Known   bool    // the day has observed slots and neighbours
}

// Row returns the usual values of a day's slots, 0 without neighbours.
func (u *Usual) Row(day int) []float64 { return u.value[day*u.slots : (day+1)*u.slots] }

// Compare computes the usual day beside every day of the series.
func Compare(s *series.Series, c *calendar.Calendar) *Usual {
	u := &Usual{Days: make([]Day, s.Days), slots: s.Slots, value: make([]float64, s.Days*s.Slots)}
	var like [7][]int // observed plain days by the weekday they follow
	place := make([]int, s.Days)
	follows := make([]int, s.Days)
	hole := false
	for d := range s.Days {
		m := c.Mark(s.Date(d))
		_, n, open := s.Total(d)
		u.Days[d].Special = m.Special() || hole && n > 0
		u.Days[d].Working = u.Days[d].Special && m.Kind == "" && !m.Eve
		u.Days[d].Event = m.Kind == calendar.Event
		if open > 0 {
			hole = n == 0
		}
		follows[d] = int(m.Like)
		place[d] = len(like[m.Like])
		if n > 0 && !u.Days[d].Special {
			like[m.Like] = append(like[m.Like], d)
		}
	}
	var near [neighbours]int
	for d := range s.Days {
		if len(like[follows[d]]) == 0 { // no such weekday here, so nothing to be like
			wd := int(s.Weekday(d))
			follows[d] = wd
			place[d] = before(like[wd], d)
		}
	}
	for d := range s.Days {
		u.day(s, d, around(like[follows[d]], place[d], d, near[:0]))
	}
	return u
}

// before returns how many entries of an ascending list are smaller.
func before(list []int, day int) int {
	n, _ := slices.BinarySearch(list, day)
	return n
}

// around picks the nearest entries of list about position at, leaving out day.
func around(list []int, at, day int, near []int) []int {
	past, after := list[:at], list[at:]
	if len(after) > 0 && after[0] == day {
		after = after[1:]
	}
	b := min(len(past), max(neighbours/2, neighbours-len(after)))
	a := min(len(after), neighbours-b)
	near = append(near, past[len(past)-b:]...)
	return append(near, after[:a]...)
}

func (u *Usual) day(s *series.Series, d int, near []int) {
	v, st := s.Row(d)
	row, day := u.Row(d), &u.Days[d]
	var buf [neighbours]float64
	seen := 0
	for i := range row {
		if st[i] == series.Closed {
			continue
		}
		all := buf[:0]
		for _, n := range near {
			if x, ok := s.At(n, i); ok == series.Observed {
				all = append(all, x)
			}
		}
		row[i] = median(all)
		if st[i] == series.Observed && len(all) > 0 {
			day.Raw += v[i]
			day.Usual += row[i]
			seen++
		}
	}
	day.Known = seen > 0
	day.Rho = math.Log((day.Raw + 1) / (day.Usual + 1))
}

// median returns the middle of the values, 0 of none; it sorts them in place.
func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	slices.Sort(v)
	m := len(v) / 2
	if len(v)%2 == 1 {
		return v[m]
	}
	return (v[m-1] + v[m]) / 2
}

// spread returns 1.4826 × the median absolute value: the standard deviation of
// clean normal data around zero.
func spread(v []float64) float64 {
	a := make([]float64, len(v))
	for i, x := range v {
		a[i] = math.Abs(x)
	}
	return 1.4826 * median(a)
}
