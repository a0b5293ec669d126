package feed

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/interval"
)

// Second is one second in µs.
const Second int64 = 1_000_000

// Bounds of instants that are taken from records.
const (
	minAt = 1                                // 1970: earlier stamps are zero values or garbage
	maxAt = int64(7_258_118_400) * 1_000_000 // 2200-01-01
)

// ahead is how far clocks may be wrong: a stamp further in the future is garbage,
// and one such row would stretch every report to its year.
const ahead = 24 * 3600 * Second

// Check rejects an instant before 1970 or more than a day ahead of now.
func (c *Clock) Check(us int64) error {
	switch {
	case us < minAt:
		return Rejectf("time is before 1970")
	case us >= maxAt || us > c.Now().UnixMicro()+ahead:
		return Rejectf("time is more than a day in the future")
	}
	return nil
}

// Stamp is a time read from a record: an instant, or a wall clock reading.
type Stamp struct {
	us        int64 // UTC µs, or µs of local time since 1970
	local     bool
	Precision event.Precision
}

// Clock turns local stamps of one file into instants. An ambiguous reading is
// the earlier instant, unless the file's order says that it is the later: the
// earlier one would be before the stamp read last. A reading that no clock
// showed is shifted by the gap. Both are reported as warnings.
type Clock struct {
	// Last is the instant of the newest leading stamp; it is part of a checkpoint.
	Last int64
	Now  func() time.Time // the system's clock

	loc  *time.Location
	warn func(reason string)
	hour int64 // local hour in cache, since 1970
	off  int64 // its offset
}

// NewClock returns a clock of the zone; loc may be nil for formats without local
// stamps. warn is told of ambiguous and missing readings.
func NewClock(loc *time.Location, warn func(reason string)) *Clock {
	return &Clock{Now: time.Now, loc: loc, warn: warn, hour: math.MinInt64}
}

// Zone returns the clock's zone, nil if it has none.
func (c *Clock) Zone() *time.Location { return c.loc }

// SetZone makes the clock read local stamps in another zone.
func (c *Clock) SetZone(loc *time.Location) { c.loc, c.hour = loc, math.MinInt64 }

// slack is how far a leading stamp may lie before the one read last without
// counting as a clock that was set back: rows of one second are not sorted.
const slack = 5 * 60 * Second

// Lead resolves the stamp by which a file's records are ordered.
func (c *Clock) Lead(s Stamp) (int64, error) {
	us, err := c.resolve(s, c.Last-slack)
	if err == nil {
		c.Last = max(c.Last, us)
	}
	return us, err
}

// After resolves another stamp of a record, which is not before the instant base.
func (c *Clock) After(s Stamp, base int64) (int64, error) { return c.resolve(s, base-slack) }

func (c *Clock) resolve(s Stamp, notBefore int64) (int64, error) {
	if !s.local {
		return s.us, c.Check(s.us)
	}
	if c.loc == nil {
		return 0, Rejectf("local time without a zone")
	}
	hour := floorDiv(s.us, 3600*Second)
	if hour == c.hour {
		return s.us - c.off, c.Check(s.us - c.off)
	}
	first, last, fold := wall(s.us).Both(c.loc)
	switch fold {
	case interval.Missing:
		c.warn("local time does not exist (clocks went forward): shifted by the gap")
		first = last
	case interval.Ambiguous:
		c.warn("local time occurs twice (clocks went back): the order of the file decides, else the earlier")
		if first < notBefore && last >= notBefore {
			first = last
		}
	default:
		c.remember(hour)
	}
	return first, c.Check(first)
}

// remember caches the offset of a local hour that is unique from end to end.
func (c *Clock) remember(hour int64) {
	start := hour * 3600 * Second
	a, fa := wall(start).In(c.loc, interval.Compatible)
	b, fb := wall(start+3600*Second-1).In(c.loc, interval.Compatible)
	if fa == interval.Unique && fb == interval.Unique && start-a == start+3600*Second-1-b {
		c.hour, c.off = hour, start-a
	}
}

// wall gives µs of local time since 1970 as a reading.
func wall(local int64) interval.Wall {
	day := floorDiv(local, 86400*Second)
	rest := local - day*86400*Second
	return interval.Wall{
		Date:   interval.Date{Year: 1970, Month: 1, Day: 1}.AddDays(int(day)),
		Second: int(rest / Second), Micro: int(rest % Second),
	}
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// ParseStamp reads "YYYY-MM-DD hh:mm:ss[.uuuuuu][zone]" (T or space between; zone
// Z, +hh:mm or +hhmm; seconds may be missing). Without a zone it is local.
func ParseStamp(s string) (Stamp, error) {
	bad := Rejectf("time is not YYYY-MM-DD hh:mm:ss")
	if len(s) < 16 || s[4] != '-' || s[7] != '-' || (s[10] != ' ' && s[10] != 'T') || s[13] != ':' {
		return Stamp{}, bad
	}
	y, ok1 := digits(s[0:4])
	mo, ok2 := digits(s[5:7])
	d, ok3 := digits(s[8:10])
	h, ok4 := digits(s[11:13])
	mi, ok5 := digits(s[14:16])
	if !(ok1 && ok2 && ok3 && ok4 && ok5) {
		return Stamp{}, bad
	}
	st := Stamp{local: true, Precision: event.Minute}
	rest, sec := s[16:], int64(0)
	if len(rest) >= 3 && rest[0] == ':' {
		var ok bool
		if sec, ok = digits(rest[1:3]); !ok {
			return Stamp{}, bad
		}
		st.Precision, rest = event.Second, rest[3:]
	}
	us, err := civil([6]int64{y, mo, d, h, mi, sec})
	if err != nil {
		return Stamp{}, err
	}
	st.us = us
	if !st.tail(rest) {
		return Stamp{}, bad
	}
	return st, nil
}

// tail reads fraction and zone.
func (s *Stamp) tail(rest string) bool {
	if strings.HasPrefix(rest, ".") {
		n := 1
		for n < len(rest) && rest[n] >= '0' && rest[n] <= '9' {
			n++
		}
		if n == 1 || n > 10 {
			return false
		}
		frac, _ := strconv.ParseInt((rest[1:n] + "000000")[:6], 10, 64) // digits only
		s.us += frac
		s.Precision, rest = event.Microsecond, rest[n:]
		if n <= 4 {
			s.Precision = event.Millisecond
		}
	}
	if rest == "" {
		return true
	}
	off, ok := zoneOffset(strings.TrimPrefix(rest, " "))
	s.us -= off
	s.local = false
	return ok
}

// zoneOffset reads Z, +hh, +hhmm and +hh:mm.
func zoneOffset(z string) (int64, bool) {
	if z == "Z" || z == "UTC" || z == "GMT" {
		return 0, true
	}
	if len(z) < 3 || (z[0] != '+' && z[0] != '-') {
		return 0, false
	}
	hm := strings.Replace(z[1:], ":", "", 1)
	if len(hm) == 2 {
		hm += "00"
	}
	v, ok := digits(hm)
	if !ok || len(hm) != 4 || v%100 > 59 || v/100 > 15 {
		return 0, false
	}
	off := (v/100*3600 + v%100*60) * Second
	if z[0] == '-' {
		off = -off
	}
	return off, true
}

// civil returns µs since 1970 of {year, month, day, hour, minute, second}, by the
// day count of the proleptic Gregorian calendar.
func civil(f [6]int64) (int64, error) {
	if f[1] < 1 || f[1] > 12 || f[2] < 1 || f[2] > daysIn(f[0], f[1]) || f[3] > 23 || f[4] > 59 || f[5] > 60 {
		return 0, Rejectf("no such date or time of day")
	}
	y, m := f[0], f[1]
	if m <= 2 { // count years from March, so that the leap day is the last
		y, m = y-1, m+12
	}
	days := 365*y + y/4 - y/100 + y/400 + (153*(m-3)+2)/5 + f[2] - 1 - 719468
	return ((days*24+f[3])*60+f[4])*60*Second + f[5]*Second, nil
}

func daysIn(y, m int64) int64 {
	switch m {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if y%4 == 0 && (y%100 != 0 || y%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// digits reads a short unsigned decimal number and nothing else.
func digits(s string) (int64, bool) {
	v := int64(0)
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		v = v*10 + int64(s[i]-'0')
	}
	return v, len(s) > 0 && len(s) <= 18
}

// ParseEpoch reads a count of units of unitUs µs since 1970, with an optional
// fraction. Where a decimal point is given, the precision is that of the digits.
func ParseEpoch(s string, unitUs int64) (Stamp, error) {
	whole, frac, dotted := strings.Cut(s, ".")
	neg := strings.HasPrefix(whole, "-")
	v, ok := digits(strings.TrimPrefix(whole, "-"))
	if !ok || v > math.MaxInt64/unitUs {
		return Stamp{}, Rejectf("time is not a number of seconds since 1970")
	}
	st := Stamp{us: v * unitUs, Precision: precisionOf(unitUs)}
	if dotted {
		f, ok := digits(frac)
		if !ok || unitUs != Second {
			return Stamp{}, Rejectf("time is not a number of seconds since 1970")
		}
		if len(frac) <= 6 {
			for range 6 - len(frac) {
				f *= 10
			}
		} else {
			f, _ = digits(frac[:6])
		}
		st.us, st.Precision = st.us+f, event.Microsecond
	}
	if neg {
		st.us = -st.us
	}
	return st, nil
}

func precisionOf(unitUs int64) event.Precision {
	switch {
	case unitUs >= Second:
		return event.Second
	case unitUs >= 1000:
		return event.Millisecond
	}
	return event.Microsecond
}

// ParseSeconds reads a duration in units of unitUs µs with an optional fraction
// and returns µs. Empty is 0. A negative one is rejected.
func ParseSeconds(s string, unitUs int64) (int64, error) {
	if s == "" {
		return 0, nil
	}
	if v, ok := digits(s); ok {
		if v > maxAt/unitUs {
			return 0, Rejectf("duration is longer than two centuries")
		}
		return v * unitUs, nil
	}
	f, err := strconv.ParseFloat(s, 64)
	switch {
	case err != nil || math.IsNaN(f):
		return 0, Rejectf("duration is not a number")
	case f < 0:
		return 0, Rejectf("duration is negative")
	case f*float64(unitUs) > float64(maxAt):
		return 0, Rejectf("duration is longer than two centuries")
	}
	return int64(math.Round(f * float64(unitUs))), nil
}
