package interval

import (
	"fmt"
	"math"
	"time"
	_ "time/tzdata" // the embedded rules, used where the machine has none
)

// LoadZone returns the location of an IANA name such as "Europe/Tallinn". The
// machine's own zone ("", "Local") is refused: reports may not depend on it.
func LoadZone(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, fmt.Errorf("zone %q: %w: give a name such as Europe/Tallinn", name, ErrZone)
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("zone %q: %w", name, ErrZone)
	}
	return loc, nil
}

// FromTime returns the instant of t in µs.
func FromTime(t time.Time) int64 { return t.UnixMicro() }

// ToTime returns the instant as a time.Time in the zone.
func ToTime(loc *time.Location, us int64) time.Time { return time.UnixMicro(us).In(loc) }

// Offset returns how far local time is ahead of UTC at the instant, in µs.
func Offset(loc *time.Location, us int64) int64 {
	_, off := time.UnixMicro(us).In(loc).Zone()
	return int64(off) * Second
}

// segment is a stretch of UTC time with one offset: local = UTC + offset.
type segment struct{ start, end, offset int64 }

// farPast and farFuture stand for the open ends of a zone's first and last
// segment; far enough from the limits of int64 to add offsets to.
const (
	farPast   = math.MinInt64 / 4
	farFuture = math.MaxInt64 / 4
)

// segmentAt returns the segment that holds the instant. Neighbours may have the
// same offset: a zone can change its name only, and rules for the far future
// begin anew each year.
func segmentAt(loc *time.Location, us int64) segment {
	t := time.UnixMicro(us).In(loc)
	_, off := t.Zone()
	s := segment{farPast, farFuture, int64(off) * Second}
	start, end := t.ZoneBounds()
	if !start.IsZero() {
		s.start = start.UnixMicro()
	}
	if !end.IsZero() {
		s.end = end.UnixMicro()
	}
	if s.end <= us { // the standard library ends rule-based years after 365 days: 31 December of a leap year falls out
		s.end = time.Date(t.UTC().Year()+1, time.January, 1, 0, 0, 0, 0, time.UTC).UnixMicro()
	}
	return s
}

// next returns the segment after s; s.end must not be farFuture.
func (s segment) next(loc *time.Location) segment { return segmentAt(loc, s.end) }

// floor returns the largest multiple of step that is not above v.
func floor(v, step int64) int64 {
	q := v / step
	if v%step < 0 {
		q--
	}
	return q * step
}
