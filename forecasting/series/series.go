package series

import (
	"fmt"
	"slices"
	"time"

	"github.com/agner-platform/agner/internal/interval"
)

// State says what is known about one slot.
type State uint8

// The states of a slot.
const (
	Closed State = iota
	Missing
	Observed
)

// String returns "closed", "missing" or "observed".
func (s State) String() string {
	return [...]string{"closed", "missing", "observed"}[s]
}

// minutesOfDay is the length of the wall clock's day.
const minutesOfDay = 24 * 60

// MaxDays bounds a series: a century. Beyond it a date is a typing mistake.
const MaxDays = 36525

// Series is one history on the (date, slot) grid. Slots never set are closed.
type Series struct {
	First   interval.Date // date of day 0
	Minutes int           // length of a slot
	Slots   int           // slots of a day
	Days    int

	value []float64
	state []State
}

// New returns a series of closed slots. Domain: minutes divides a day (5, 15, 30,
// 60, 1440, …), 0 < days ≤ MaxDays; outside it an error matching [ErrStep] or one
// that names the number of days.
func New(first interval.Date, days, minutes int) (*Series, error) {
	if minutes <= 0 || minutesOfDay%minutes != 0 {
		return nil, fmt.Errorf("interval of %d minutes: %w: it must divide a day", minutes, ErrStep)
	}
	if days <= 0 || days > MaxDays {
		return nil, fmt.Errorf("series of %d days from %s: must have 1 to %d days", days, first, MaxDays)
	}
	slots := minutesOfDay / minutes
	return &Series{
		First: first, Minutes: minutes, Slots: slots, Days: days,
		value: make([]float64, days*slots), state: make([]State, days*slots),
	}, nil
}

// Date returns the date of a day; days outside the series have dates too.
func (s *Series) Date(day int) interval.Date { return s.First.AddDays(day) }

// Index returns the day of a date, which may lie outside the series.
func (s *Series) Index(d interval.Date) int { return s.First.DaysUntil(d) }

// Weekday returns the weekday of a day, inside the series or not.
func (s *Series) Weekday(day int) time.Weekday {
	return time.Weekday(((int(s.First.Weekday())+day)%7 + 7) % 7)
}

// At returns the value and state of a slot; the value is 0 unless Observed.
func (s *Series) At(day, slot int) (float64, State) {
	i := day*s.Slots + slot
	return s.value[i], s.state[i]
}

// Set makes a slot observed.
func (s *Series) Set(day, slot int, v float64) {
	i := day*s.Slots + slot
	s.value[i], s.state[i] = v, Observed
}

// Mark gives a slot a state without a value.
func (s *Series) Mark(day, slot int, st State) {
	i := day*s.Slots + slot
	s.value[i], s.state[i] = 0, st
}

// Row returns the values and states of a day, shared with the series.
func (s *Series) Row(day int) ([]float64, []State) {
	i, j := day*s.Slots, (day+1)*s.Slots
	return s.value[i:j:j], s.state[i:j:j]
}

// Total returns the sum of a day's observed slots, how many of them there are, and
// how many are open.
func (s *Series) Total(day int) (sum float64, observed, open int) {
	v, st := s.Row(day)
	for i := range v {
		switch st[i] {
		case Observed:
			sum += v[i]
			observed++
			open++
		case Missing:
			open++
		}
	}
	return sum, observed, open
}

// Cut returns the first days of the series as a view: it shares memory with s, and
// neither may be changed afterwards.
func (s *Series) Cut(days int) *Series {
	c := *s
	c.Days = max(0, min(days, s.Days))
	n := c.Days * c.Slots
	c.value, c.state = s.value[:n:n], s.state[:n:n]
	return &c
}

// Clone returns an independent copy.
func (s *Series) Clone() *Series {
	c := *s
	c.value, c.state = slices.Clone(s.value), slices.Clone(s.state)
	return &c
}

// Clock returns the wall clock of a slot's start as "09:30".
func (s *Series) Clock(slot int) string {
	m := slot * s.Minutes
	return fmt.Sprintf("%02d:%02d", m/60, m%60)
}

// openWeeks is how far around a day opening hours are looked for: short enough to
// follow a change of hours, long enough to survive a run of holidays.
const openWeeks = 8

// Open returns which slots of a day are open. Inside the series these are the
// slots not closed; outside it what is usual for the weekday at the near end.
func (s *Series) Open(day int) []bool {
	if day >= 0 && day < s.Days {
		_, st := s.Row(day)
		open := make([]bool, s.Slots)
		for i := range st {
			open[i] = st[i] != Closed
		}
		return open
	}
	return s.usual(day)
}

// anyOpen is the opening of the latest day that has any: the best guess for a
// weekday nobody has seen. A wrong zero would be silent, a wrong guess is not.
func (s *Series) anyOpen() []bool {
	for d := s.Days - 1; d >= 0; d-- {
		open := s.Open(d)
		if slices.Contains(open, true) {
			return open
		}
	}
	return make([]bool, s.Slots)
}

// usual counts the nearest days of the same weekday.
func (s *Series) usual(day int) []bool {
	step := -7
	if day < 0 {
		step = 7
	}
	for day < 0 || day >= s.Days {
		next := day + step
		if (step < 0 && next < 0) || (step > 0 && next >= s.Days) {
			return s.anyOpen() // less than a week of history: the weekday is not in it
		}
		day = next
	}
	count, n := make([]int, s.Slots), 0
	for d := day; d >= 0 && d < s.Days && n < openWeeks; d += step {
		_, st := s.Row(d)
		n++
		for i := range st {
			if st[i] != Closed {
				count[i]++
			}
		}
	}
	open := make([]bool, s.Slots)
	for i := range open {
		open[i] = 2*count[i] >= n && n > 0
	}
	return open
}
