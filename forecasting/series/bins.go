package series

import (
	"time"

	"github.com/agner-platform/agner/internal/interval"
)

// bins sums rows into slots and finds out what is open.
type bins struct {
	s     *Series
	rows  []row
	first int // day of the first row
	step  int // minutes between rows
	zone  *time.Location
	notes *Notes

	count []int  // usable rows of a slot
	seen  []bool // any row at all
}

func (b *bins) fill() {
	s := b.s
	b.count, b.seen = make([]int, len(s.value)), make([]bool, len(s.value))
	for _, r := range b.rows {
		i := (r.minute - b.first*minutesOfDay) / s.Minutes
		b.seen[i] = true
		if r.ok {
			s.value[i] += r.value
			b.count[i]++
		}
	}
	need := s.Minutes / b.step
	if b.zerosOmitted() {
		b.notes.add("the file has no zero rows, so absent rows between a day's first and last are taken as zero", 0)
		b.fillZeros(need)
	}
	for wd := range 7 {
		b.weekday(time.Weekday(wd), need)
	}
	if b.zone != nil {
		b.closeGaps()
	}
}

// closeGaps closes the missing slots that the zone's clock jumped over.
func (b *bins) closeGaps() {
	for i, st := range b.s.state {
		if st != Missing {
			continue
		}
		m := i % b.s.Slots * b.s.Minutes
		w := interval.Wall{Date: b.s.Date(i / b.s.Slots), Hour: m / 60, Minute: m % 60}
		if _, fold := interval.LocalTime(b.zone, w); fold == interval.Missing {
			b.s.state[i] = Closed
		}
	}
}

// smallMean is the mean below which a Poisson count is zero often enough (5 %) for
// zero rows to be expected.
const smallMean = 3

// zerosOmitted reports whether the file leaves out rows without calls: it has no
// zero row although its small values make zeros likely, and rows are absent
// between the first and last of a day.
func (b *bins) zerosOmitted() bool {
	small, absent := 0, 0
	for i, r := range b.rows {
		if !r.ok || r.value == 0 {
			return false
		}
		if r.value < smallMean {
			small++
		}
		if i > 0 && r.minute/minutesOfDay == b.rows[i-1].minute/minutesOfDay {
			absent += (r.minute-b.rows[i-1].minute)/b.step - 1
		}
	}
	return 20*small > len(b.rows) && 100*absent > len(b.rows)
}

func (b *bins) fillZeros(need int) {
	s := b.s
	for d := range s.Days {
		lo, hi := -1, -1
		for i := range s.Slots {
			if b.seen[d*s.Slots+i] {
				if lo < 0 {
					lo = i
				}
				hi = i
			}
		}
		if lo < 0 {
			continue
		}
		for i := lo; i <= hi; i++ {
			b.count[d*s.Slots+i], b.seen[d*s.Slots+i] = need, true
		}
	}
}

// weekday settles the states of one weekday's slots.
func (b *bins) weekday(wd time.Weekday, need int) {
	s := b.s
	var days []int
	for d := range s.Days {
		if s.Weekday(d) == wd {
			days = append(days, d)
		}
	}
	opens := make([]bool, len(days)*s.Slots)
	for k := range days {
		near := days[max(0, k-openWeeks):min(len(days), k+openWeeks+1)]
		b.openSlots(near, need, opens[k*s.Slots:(k+1)*s.Slots])
	}
	for k, d := range days {
		b.settle(d, need, opens[k*s.Slots:(k+1)*s.Slots])
	}
}

// quietLack is how many calls a slot must lack before its zeros mean that it is
// closed: under Poisson that happens to a quiet slot with probability 6e-6.
const quietLack = 12

// openSlots marks the slots in which at least a third of the days with data have
// all their rows. A slot that is never anything but zero is closed where the
// weekday's mean would lead to expect calls. Weekdays with data on fewer than half
// of the dates are closed.
func (b *bins) openSlots(near []int, need int, open []bool) {
	s := b.s
	whole, sum, present := make([]int, s.Slots), make([]float64, s.Slots), 0
	calls, listed := 0.0, 0.0
	for _, d := range near {
		any := false
		for i := range s.Slots {
			j := d*s.Slots + i
			any = any || b.seen[j]
			if b.count[j] >= need || b.fullyListed(j, need) {
				whole[i]++
				listed++
				calls += s.value[j]
			}
			sum[i] += s.value[j]
		}
		if any {
			present++
		}
	}
	if 2*present < len(near) || present == 0 {
		return
	}
	for i := range open {
		quiet := sum[i] == 0 && calls/listed*float64(whole[i]) >= quietLack
		open[i] = 3*whole[i] >= present && whole[i] > 0 && !quiet
	}
}

// fullyListed reports whether a slot's rows are all in the file, though some of
// their values are refused.
func (b *bins) fullyListed(i, need int) bool { return b.count[i] < need && need == 1 && b.seen[i] }

// settle gives each slot of a day its state.
func (b *bins) settle(d, need int, open []bool) {
	s := b.s
	for i := range s.Slots {
		j := d*s.Slots + i
		switch {
		case open[i] && b.count[j] >= need:
			s.state[j] = Observed
			continue
		case open[i]:
			s.state[j] = Missing
			if b.count[j] > 0 {
				b.notes.add("slots with some of their rows absent, taken as missing", 0)
			}
		case b.count[j] > 0 && b.count[j] < need && s.value[j] > 0:
			b.notes.add("slots outside the usual hours with some of their rows absent, left out", 0)
		case s.value[j] > 0:
			b.notes.add("slots with calls outside the usual opening hours, left out", 0)
		}
		s.value[j] = 0
	}
}
