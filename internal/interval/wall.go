package interval

import (
	"fmt"
	"time"
)

// Wall is what a wall clock with a calendar shows.
type Wall struct {
	Date   Date
	Hour   int
	Minute int
	Second int
	Micro  int
}

// Fold says how many instants a wall clock reading names.
type Fold int

// Results of reading a wall clock.
const (
	Unique    Fold = iota // exactly one instant
	Ambiguous             // several: clocks went back over it
	Missing               // none: clocks went forward over it
)

// String returns "unique", "ambiguous" or "missing".
func (f Fold) String() string {
	switch f {
	case Unique:
		return "unique"
	case Ambiguous:
		return "ambiguous"
	case Missing:
		return "missing"
	}
	return fmt.Sprintf("Fold(%d)", int(f))
}

// Rule chooses an instant for a wall clock reading that is not Unique.
type Rule int

// Rules. Compatible is what RFC 5545 asks for: the first of an ambiguous pair, and
// for a missing reading the offset before the gap, so that 02:30 becomes 03:30.
const (
	Compatible Rule = iota
	Earlier         // the earlier instant; for a missing reading the offset after the gap
	Later           // the later instant; for a missing reading the offset before the gap
)

// WallOf returns what the wall clock shows at the instant.
func WallOf(loc *time.Location, us int64) Wall {
	return wallOfLocal(us + Offset(loc, us))
}

// wallOfLocal splits µs of local time since 1970.
func wallOfLocal(local int64) Wall {
	t := time.UnixMicro(local).UTC()
	y, m, d := t.Date()
	h, mi, s := t.Clock()
	return Wall{Date{y, m, d}, h, mi, s, t.Nanosecond() / 1000}
}

// local returns µs of local time since 1970, as if the reading were UTC.
func (w Wall) local() int64 {
	return time.Date(w.Date.Year, w.Date.Month, w.Date.Day, w.Hour, w.Minute, w.Second, w.Micro*1000, time.UTC).UnixMicro()
}

// String returns the reading as "2026-05-04 09:30:00", with micros if there are any.
func (w Wall) String() string {
	s := fmt.Sprintf("%s %02d:%02d:%02d", w.Date, w.Hour, w.Minute, w.Second)
	if w.Micro != 0 {
		s += fmt.Sprintf(".%06d", w.Micro)
	}
	return s
}

// LocalTime is Wall.In for readers of logs: the instant of a reading by the
// Compatible rule, and whether there was a choice.
func LocalTime(loc *time.Location, w Wall) (int64, Fold) { return w.In(loc, Compatible) }

// In returns the instant (UTC µs) that the reading names in the zone, and whether
// it named one at all. Fields outside their range carry over, as in time.Date.
func (w Wall) In(loc *time.Location, rule Rule) (int64, Fold) {
	return resolve(loc, w.local(), rule)
}

// Both returns the first and last instant of an ambiguous reading, which are equal
// if it is Unique; for a missing one, the instants by the Earlier and Later rules.
func (w Wall) Both(loc *time.Location) (first, last int64, fold Fold) {
	first, fold = w.In(loc, Earlier)
	last, _ = w.In(loc, Later)
	return first, last, fold
}

// reach bounds how far a zone change can be from the local time it affects:
// offsets lie within ±16 h and the largest jump was a day.
const reach = 42 * HourUs

// resolve finds the instants t with t + offset(t) = local.
func resolve(loc *time.Location, local int64, rule Rule) (int64, Fold) {
	seg := segmentAt(loc, local-Offset(loc, local))
	if t := local - seg.offset; t-reach >= seg.start && t+reach < seg.end {
		return t, Unique // no zone change near by
	}
	first, last, n := int64(0), int64(0), 0
	for seg = segmentAt(loc, local-reach); ; seg = seg.next(loc) {
		if t := local - seg.offset; t >= seg.start && t < seg.end {
			if n++; n == 1 {
				first = t
			}
			last = t
		}
		if seg.end > local+reach {
			break
		}
	}
	switch {
	case n == 0:
		return resolveMissing(loc, local, rule), Missing
	case n == 1:
		return first, Unique
	case rule == Later:
		return last, Ambiguous
	}
	return first, Ambiguous
}

// resolveMissing gives the instant of a local time that no clock showed.
func resolveMissing(loc *time.Location, local int64, rule Rule) int64 {
	_, before, after := gap(loc, local)
	if rule == Earlier {
		return local - after
	}
	return local - before
}

// gap finds the change of zone that jumped over the local time: its instant and
// the offsets around it.
func gap(loc *time.Location, local int64) (at, before, after int64) {
	for seg := segmentAt(loc, local-reach); ; {
		next := seg.next(loc)
		if seg.end+seg.offset <= local && local < seg.end+next.offset {
			return seg.end, seg.offset, next.offset
		}
		seg = next
	}
}
