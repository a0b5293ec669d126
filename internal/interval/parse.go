package interval

import (
	"fmt"
	"strings"
	"time"
)

// minYear and maxYear bound what people may ask for; a century around the data
// catches typing errors and keeps every sum far from overflow.
const (
	minYear = 1900
	maxYear = 2199
)

// Range is [From, To) in UTC µs.
type Range struct{ From, To int64 }

// Us returns the range's length.
func (r Range) Us() int64 { return r.To - r.From }

// Contains reports whether the instant is in the range.
func (r Range) Contains(us int64) bool { return us >= r.From && us < r.To }

// ParseDate reads a local date and returns its first instant.
func ParseDate(loc *time.Location, s string) (int64, error) {
	d, err := ReadDate(strings.TrimSpace(s))
	if err != nil {
		return 0, err
	}
	if d.Year < minYear || d.Year > maxYear {
		return 0, fmt.Errorf("date %q: %w: the year must be from %d to %d", s, ErrTime, minYear, maxYear)
	}
	return d.Start(loc), nil
}

// ParseTime reads a local date (its first instant) or an RFC 3339 time.
func ParseTime(loc *time.Location, s string) (int64, error) {
	if s = strings.TrimSpace(s); len(s) <= len(time.DateOnly) {
		return ParseDate(loc, s)
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return 0, fmt.Errorf("time %q: %w: use YYYY-MM-DD or RFC 3339 (2026-05-04T09:30:00+03:00)", s, ErrTime)
	}
	if y := t.Year(); y < minYear || y > maxYear {
		return 0, fmt.Errorf("time %q: %w: the year must be from %d to %d", s, ErrTime, minYear, maxYear)
	}
	return t.UnixMicro(), nil
}

// ParseRange reads the two ends of a range, each a local date or an RFC 3339
// time; from is inclusive, to exclusive. The range must not be empty.
func ParseRange(loc *time.Location, from, to string) (Range, error) {
	f, err := ParseTime(loc, from)
	if err != nil {
		return Range{}, fmt.Errorf("from: %w", err)
	}
	t, err := ParseTime(loc, to)
	if err != nil {
		return Range{}, fmt.Errorf("to: %w", err)
	}
	if t <= f {
		return Range{}, fmt.Errorf("from %q to %q: %w", from, to, ErrRange)
	}
	return Range{f, t}, nil
}

// ParseWeekday reads an English weekday in full or by three letters, any case.
func ParseWeekday(s string) (time.Weekday, error) {
	for d := time.Sunday; d <= time.Saturday; d++ {
		if name := d.String(); strings.EqualFold(s, name) || strings.EqualFold(s, name[:3]) {
			return d, nil
		}
	}
	return 0, fmt.Errorf("weekday %q: %w", s, ErrTime)
}
