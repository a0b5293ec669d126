package interval

import (
	"fmt"
	"time"
)

// Slot is a position in the week by wall clock: what a heat map has a cell for.
type Slot struct {
	Weekday int // ISO: 1 is Monday, 7 is Sunday
	Minute  int // minutes from midnight on the wall clock, a multiple of the size
}

// SlotOf returns the slot of the instant. A size of a day or longer has one slot
// a weekday.
func SlotOf(loc *time.Location, us int64, size Size) Slot {
	t := time.UnixMicro(us).In(loc)
	s := Slot{Weekday: ISO(t.Weekday())}
	if step := int(size.Us() / Minute); step > 0 {
		s.Minute = (t.Hour()*60 + t.Minute()) / step * step
	}
	return s
}

// Key returns the time of day of the slot, "09:30".
func (s Slot) Key() string { return fmt.Sprintf("%02d:%02d", s.Minute/60, s.Minute%60) }

// Index numbers the slots of a week from 0, Monday first.
func (s Slot) Index(size Size) int {
	n := size.PerDay()
	return (s.Weekday-1)*n + s.Minute*n/(24*60)
}

// ISO returns 1 for Monday to 7 for Sunday.
func ISO(d time.Weekday) int { return (int(d)+6)%7 + 1 }

// FromISO is the reverse of ISO.
func FromISO(n int) time.Weekday { return time.Weekday(n % 7) }
