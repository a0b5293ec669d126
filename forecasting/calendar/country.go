package calendar

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/agner-platform/agner/internal/interval"
	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/at"
	"github.com/rickar/cal/v2/au"
	"github.com/rickar/cal/v2/be"
	"github.com/rickar/cal/v2/bg"
	"github.com/rickar/cal/v2/br"
	"github.com/rickar/cal/v2/ca"
	"github.com/rickar/cal/v2/ch"
	"github.com/rickar/cal/v2/cz"
	"github.com/rickar/cal/v2/de"
	"github.com/rickar/cal/v2/dk"
	"github.com/rickar/cal/v2/es"
	"github.com/rickar/cal/v2/fr"
	"github.com/rickar/cal/v2/gb"
	"github.com/rickar/cal/v2/gr"
	"github.com/rickar/cal/v2/hr"
	"github.com/rickar/cal/v2/ie"
	"github.com/rickar/cal/v2/it"
	"github.com/rickar/cal/v2/jp"
	"github.com/rickar/cal/v2/lt"
	"github.com/rickar/cal/v2/lv"
	"github.com/rickar/cal/v2/nl"
	"github.com/rickar/cal/v2/no"
	"github.com/rickar/cal/v2/nz"
	"github.com/rickar/cal/v2/pl"
	"github.com/rickar/cal/v2/ro"
	"github.com/rickar/cal/v2/se"
	"github.com/rickar/cal/v2/si"
	"github.com/rickar/cal/v2/sk"
	"github.com/rickar/cal/v2/ua"
	"github.com/rickar/cal/v2/us"
	"github.com/rickar/cal/v2/za"
)

// ErrCountry is matched by the error for a country without rules.
var ErrCountry = errors.New("no holiday rules for the country")

var rules = map[string][]*cal.Holiday{
	"AT": at.Holidays, "AU": au.HolidaysNSW, "BE": be.Holidays, "BG": bg.Holidays, "BR": br.Holidays, "CA": ca.Holidays,
	"CH": ch.Holidays, "CZ": cz.Holidays, "DE": de.Holidays, "DK": dk.Holidays, "ES": es.Holidays, "FR": fr.Holidays,
	"GB": gb.Holidays, "GR": gr.Holidays, "HR": hr.Holidays, "IE": ie.Holidays, "IT": it.Holidays, "JP": jp.Holidays,
	"LT": lt.Holidays, "LV": lv.Holidays, "NL": nl.Holidays, "NO": no.Holidays, "NZ": nz.Holidays, "PL": pl.Holidays,
	"RO": ro.Holidays, "SE": se.Holidays, "SI": si.Holidays, "SK": sk.Holidays, "UA": ua.Holidays, "US": us.Holidays,
	"ZA": za.Holidays,
}

// own are the countries computed here.
var own = map[string]func(year int) []Day{"IL": israel, "EE": estonia}

var (
	friday, saturday, sunday = time.Friday, time.Saturday, time.Sunday

	western = custom{rest: []time.Weekday{time.Saturday, time.Sunday}, holiday: &sunday}
	hebrew  = custom{rest: []time.Weekday{time.Friday, time.Saturday}, holiday: &saturday, eve: &friday}
)

// Countries returns the ISO 3166 codes with rules.
func Countries() []string {
	return slices.Sorted(slices.Values(append(slices.Collect(maps.Keys(rules)), slices.Collect(maps.Keys(own))...)))
}

// Country returns the public holidays of a country (ISO 3166 code, any case) from
// one year to another, both included.
func Country(code string, from, to int) (*Calendar, error) {
	code = strings.ToUpper(code)
	var days []Day
	for y := from; y <= to; y++ {
		switch {
		case own[code] != nil:
			days = append(days, own[code](y)...)
		case rules[code] != nil:
			days = append(days, observed(rules[code], y)...)
		default:
			return nil, fmt.Errorf("country %q: %w: known are %s", code, ErrCountry, strings.Join(Countries(), ", "))
		}
	}
	c := New(nil, days)
	if code == "IL" {
		c.custom = hebrew
	}
	return c, nil
}

// observed returns a year's holidays on the days they are kept; a holiday moved
// from a weekend counts on both days.
func observed(list []*cal.Holiday, year int) []Day {
	var days []Day
	for _, h := range list {
		actual, kept := h.Calc(year)
		if actual.IsZero() {
			continue
		}
		days = append(days, Day{Date: dateOf(actual), Name: h.Name, Kind: Holiday})
		if !kept.Equal(actual) {
			days = append(days, Day{Date: dateOf(kept), Name: h.Name, Kind: Holiday})
		}
	}
	return days
}

func dateOf(t time.Time) interval.Date {
	return interval.Date{Year: t.Year(), Month: t.Month(), Day: t.Day()}
}

// estonia follows the Public Holidays and Days of Importance Act, section 2.
func estonia(year int) []Day {
	e := easterSunday(year)
	fixed := func(m time.Month, d int, name string) Day {
		return Day{Date: interval.Date{Year: year, Month: m, Day: d}, Name: name, Kind: Holiday}
	}
	return []Day{
		fixed(time.January, 1, "uusaasta"), fixed(time.February, 24, "iseseisvuspäev"),
		{Date: e.AddDays(-2), Name: "suur reede", Kind: Holiday}, {Date: e, Name: "ülestõusmispühade 1. püha", Kind: Holiday},
		fixed(time.May, 1, "kevadpüha"), {Date: e.AddDays(49), Name: "nelipühade 1. püha", Kind: Holiday},
		fixed(time.June, 23, "võidupüha"), fixed(time.June, 24, "jaanipäev"), fixed(time.August, 20, "taasiseseisvumispäev"),
		fixed(time.December, 24, "jõululaupäev"), fixed(time.December, 25, "esimene jõulupüha"), fixed(time.December, 26, "teine jõulupüha"),
	}
}

// easterSunday is the anonymous Gregorian algorithm (J. Meeus, "Astronomical
// Algorithms", chapter 8).
func easterSunday(y int) interval.Date {
	a, b, c := y%19, y/100, y%100
	d, e := b/4, b%4
	f := (b + 8) / 25
	g := (b - f + 1) / 3
	h := (19*a + b - d - g + 15) % 30
	i, k := c/4, c%4
	l := (32 + 2*e + 2*i - h - k) % 7
	m := (a + 11*h + 22*l) / 451
	n := h + l - 7*m + 114
	return interval.Date{Year: y, Month: time.Month(n / 31), Day: n%31 + 1}
}
