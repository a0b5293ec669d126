package interval

import (
	"fmt"
	"time"
)

// Date is a day of the calendar, without a zone. The zero Date is no date.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// DateOf returns the local date at the instant.
func DateOf(loc *time.Location, us int64) Date {
	y, m, d := time.UnixMicro(us).In(loc).Date()
	return Date{y, m, d}
}

// ReadDate reads "2026-05-04" and refuses dates that are not in the calendar.
func ReadDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, fmt.Errorf("date %q: %w: use YYYY-MM-DD", s, ErrTime)
	}
	y, m, d := t.Date()
	return Date{y, m, d}, nil
}

// String returns the date as "2026-05-04".
func (d Date) String() string { return string(d.append(nil)) }

// MarshalText gives the form of String.
func (d Date) MarshalText() ([]byte, error) { return d.append(nil), nil }

// UnmarshalText reads the form of String.
func (d *Date) UnmarshalText(b []byte) error {
	v, err := ReadDate(string(b))
	*d = v
	return err
}

// noon is used for calendar arithmetic in UTC, where every day has 24 hours.
func (d Date) noon() time.Time { return time.Date(d.Year, d.Month, d.Day, 12, 0, 0, 0, time.UTC) }

// AddDays returns the date n days later (earlier for n < 0).
func (d Date) AddDays(n int) Date {
	y, m, day := d.noon().AddDate(0, 0, n).Date()
	return Date{y, m, day}
}

// AddMonths returns the date n months later; a day the month lacks becomes its last.
func (d Date) AddMonths(n int) Date {
	y, m, _ := time.Date(d.Year, d.Month+time.Month(n), 1, 12, 0, 0, 0, time.UTC).Date()
	last := time.Date(y, m+1, 0, 12, 0, 0, 0, time.UTC).Day()
	return Date{y, m, min(d.Day, last)}
}

// Before reports whether d is earlier than e.
func (d Date) Before(e Date) bool { return d.key() < e.key() }

// DaysUntil returns the number of days from d to e, negative if e is earlier.
func (d Date) DaysUntil(e Date) int { return int(e.noon().Sub(d.noon()).Hours() / 24) }

// Weekday returns the day of the week.
func (d Date) Weekday() time.Weekday { return d.noon().Weekday() }

// WeekStart returns the first day of the week that d is in.
func (d Date) WeekStart(first time.Weekday) Date {
	return d.AddDays(-int((d.Weekday() - first + 7) % 7))
}

// IsZero reports whether d is no date.
func (d Date) IsZero() bool { return d == Date{} }

// Exists reports whether the date has any time in the zone: Pacific/Apia had no
// 30 December 2011.
func (d Date) Exists(loc *time.Location) bool { return d.Start(loc) < d.AddDays(1).Start(loc) }

// Start returns the first instant whose local date is d or later: local midnight,
// the first of two midnights, or the end of the gap that swallowed it.
func (d Date) Start(loc *time.Location) int64 {
	local := Wall{Date: d}.local()
	at, fold := resolve(loc, local, Earlier)
	if fold == Missing {
		at, _, _ = gap(loc, local)
	}
	return at
}

func (d Date) key() int { return (d.Year*16+int(d.Month))*32 + d.Day }

func (d Date) append(b []byte) []byte {
	if d.Year < 0 || d.Year > 9999 {
		return fmt.Appendf(b, "%d-%02d-%02d", d.Year, d.Month, d.Day)
	}
	b = append2(append2(b, d.Year/100), d.Year%100)
	b = append2(append(b, '-'), int(d.Month))
	return append2(append(b, '-'), d.Day)
}

// append2 appends v from 0 to 99 in two digits.
func append2(b []byte, v int) []byte { return append(b, byte('0'+v/10), byte('0'+v%10)) }
