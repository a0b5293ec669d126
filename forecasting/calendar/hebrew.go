package calendar

import (
	"time"

	"github.com/agner-platform/agner/internal/interval"
)

// Hebrew months, counted from Nisan.
const (
	nisan  = 1
	iyar   = 2
	sivan  = 3
	av     = 5
	tishri = 7
	adar   = 12
)

// hebrewEpoch is 1 Tishri of year 1 in days of the proleptic Gregorian calendar
// with 0001-01-01 = 1 (Reingold and Dershowitz, chapter 8).
const hebrewEpoch = -1373427

func hebrewLeap(y int) bool { return (7*y+1)%19 < 7 }

// elapsed returns the days from the epoch to the new year of y, with the
// postponements that follow from the molad.
func elapsed(y int) int {
	months := (235*y - 234) / 19
	parts := 12084 + 13753*months
	days := 29*months + parts/25920
	if 3*(days+1)%7 < 3 {
		days++
	}
	return days
}

// newYear returns the fixed day of 1 Tishri of y.
func newYear(y int) int {
	before, this, next := elapsed(y-1), elapsed(y), elapsed(y+1)
	correction := 0
	switch {
	case next-this == 356:
		correction = 2
	case this-before == 382:
		correction = 1
	}
	return hebrewEpoch + this + correction
}

// monthDays returns the length of a month of year y.
func monthDays(y, month int) int {
	length := newYear(y+1) - newYear(y)
	switch {
	case month == 2 || month == 4 || month == 6 || month == 10 || month == 13,
		month == adar && !hebrewLeap(y),
		month == 8 && length%10 != 5, // Marheshvan is long in complete years only
		month == 9 && length%10 == 3: // Kislev is short in deficient years only
		return 29
	}
	return 30
}

// hebrewDate returns the Gregorian date of a day of the Hebrew calendar.
func hebrewDate(y, month, day int) interval.Date {
	last := adar
	if hebrewLeap(y) {
		last++
	}
	n := newYear(y) + day - 1
	for m := tishri; m != month; {
		n += monthDays(y, m)
		if m++; m > last {
			m = nisan
		}
	}
	return interval.Date{Year: 1, Month: time.January, Day: 1}.AddDays(n - 1)
}

// israel returns the feasts of a Gregorian year: days of rest as holidays, days on
// which banks and offices close early or run low as half days.
func israel(year int) []Day {
	var out []Day
	add := func(d interval.Date, name string, k Kind) { out = append(out, Day{Date: d, Name: name, Kind: k}) }
	span := func(y, month, from, to int, name string) {
		for d := from; d <= to; d++ {
			add(hebrewDate(y, month, d), name, Half)
		}
	}
	spring, autumn := year+3760, year+3761 // the Hebrew years of this year's spring and autumn
	last := adar
	if hebrewLeap(spring) {
		last++
	}
	add(hebrewDate(spring, last, 14), "Purim", Half)
	add(hebrewDate(spring, nisan, 15), "Passover", Holiday)
	span(spring, nisan, 16, 20, "Passover week")
	add(hebrewDate(spring, nisan, 21), "Passover, seventh day", Holiday)
	independence := independenceDay(spring)
	add(independence.AddDays(-1), "Memorial Day", Half)
	add(independence, "Independence Day", Holiday)
	add(hebrewDate(spring, sivan, 6), "Shavuot", Holiday)
	fast := hebrewDate(spring, av, 9)
	if fast.Weekday() == time.Saturday {
		fast = fast.AddDays(1)
	}
	add(fast, "Tisha B'Av", Half)
	add(hebrewDate(autumn, tishri, 1), "Rosh Hashanah", Holiday)
	add(hebrewDate(autumn, tishri, 2), "Rosh Hashanah, second day", Holiday)
	add(hebrewDate(autumn, tishri, 10), "Yom Kippur", Holiday)
	add(hebrewDate(autumn, tishri, 15), "Sukkot", Holiday)
	span(autumn, tishri, 16, 21, "Sukkot week")
	add(hebrewDate(autumn, tishri, 22), "Simchat Torah", Holiday)
	return out
}

// independenceDay is 5 Iyar, moved away from the Sabbath by law: Friday and
// Saturday back to Thursday; since 5764 (2004) Monday on to Tuesday.
func independenceDay(y int) interval.Date {
	d := hebrewDate(y, iyar, 5)
	switch d.Weekday() {
	case time.Friday:
		return d.AddDays(-1)
	case time.Saturday:
		return d.AddDays(-2)
	case time.Monday:
		if y >= 5764 {
			return d.AddDays(1)
		}
	}
	return d
}
