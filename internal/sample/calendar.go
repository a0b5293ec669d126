package sample

import (
	"math"
	"time"

	"github.com/agner-platform/agner/internal/interval"
)

// Holiday is a day on which the centre is closed or opens for four hours.
type Holiday struct {
	Date   interval.Date
	Name   string
	Closed bool
}

// windows returns the opening hours of the holiday.
func (h Holiday) windows() []string {
	if h.Closed {
		return nil
	}
	return []string{"10:00-14:00"}
}

// holidays are the fixed ones; no three months in a row are without.
var holidays = []struct {
	month  time.Month
	day    int
	name   string
	closed bool
}{
	{time.January, 1, "New Year's Day", true},
	{time.January, 6, "Epiphany", false},
	{time.February, 24, "Republic Day", true},
	{time.March, 14, "Mother Tongue Day", false},
	{time.May, 1, "May Day", true},
	{time.June, 23, "Midsummer Eve", false},
	{time.June, 24, "Midsummer Day", true},
	{time.August, 20, "Restoration Day", true},
	{time.September, 22, "Resistance Day", false},
	{time.October, 19, "Founders' Day", false},
	{time.November, 2, "All Souls' Day", false},
	{time.December, 24, "Christmas Eve", true},
	{time.December, 25, "Christmas Day", true},
	{time.December, 26, "Second Christmas Day", true},
	{time.December, 31, "New Year's Eve", false},
}

// Story is what happened in the sample centre, for those who look for it in reports.
type Story struct {
	First, Until             interval.Date
	Holidays                 []Holiday
	CampaignFrom, CampaignTo interval.Date // a sales campaign, one day past its end
	Outage                   interval.Date // the service failed from 10:00 to 14:00
	Message                  interval.Date // first day of the better second announcement
}

// StoryOf returns the story of a history.
func StoryOf(o Options) Story {
	first := o.first()
	days := first.DaysUntil(o.Until)
	s := Story{First: first, Until: o.Until, Message: first.AddDays(days * 3 / 5)}
	s.CampaignFrom = first.AddDays(days * 7 / 10).WeekStart(time.Monday)
	s.CampaignTo = s.CampaignFrom.AddDays(14)
	s.Outage = first.AddDays(days * 4 / 5).WeekStart(time.Tuesday)
	for y := first.Year; y <= o.Until.Year; y++ {
		list := []Holiday{{easter(y).AddDays(-2), "Good Friday", true}, {easter(y).AddDays(1), "Easter Monday", false}}
		for _, h := range holidays {
			list = append(list, Holiday{interval.Date{Year: y, Month: h.month, Day: h.day}, h.name, h.closed})
		}
		for _, h := range list {
			if !h.Date.Before(first) && h.Date.Before(o.Until) {
				s.Holidays = append(s.Holidays, h)
			}
		}
	}
	return s
}

// easter returns Easter Sunday by the anonymous Gregorian algorithm (Meeus,
// Astronomical Algorithms, 2nd ed., chapter 8).
func easter(y int) interval.Date {
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

// calendar knows expected and actual volume of each day.
type calendar struct {
	story  Story
	hours  []*interval.Hours // by line
	off    map[interval.Date]Holiday
	days   int
	scale  float64
	before map[interval.Date]bool // days right after a holiday: they catch up
}

func newCalendar(o Options) (*calendar, error) {
	c := &calendar{story: StoryOf(o), off: map[interval.Date]Holiday{}, before: map[interval.Date]bool{}, scale: o.Scale}
	c.days = c.story.First.DaysUntil(c.story.Until)
	except := map[string][]string{}
	for _, h := range c.story.Holidays {
		c.off[h.Date] = h
		c.before[h.Date.AddDays(1)] = true
		except[h.Date.String()] = h.windows()
	}
	for _, l := range lines {
		h, err := interval.ParseHours(l.hours, except)
		if err != nil {
			return nil, err
		}
		c.hours = append(c.hours, h)
	}
	return c, nil
}

// weekday is the volume of each day of the week against a mean weekday.
var weekday = [7]float64{0, 1.18, 1.04, 0.98, 0.94, 0.90, 0.42}

// planned returns the calls the planner expected on a day in a line.
func (c *calendar) planned(l int, d interval.Date) float64 {
	through := float64(c.story.First.DaysUntil(d)) / 365
	season := 1 + 0.08*math.Cos(2*math.Pi*(float64(d.Month)-1)/12) + 0.03*math.Cos(4*math.Pi*(float64(d.Month)-2)/12)
	v := lines[l].perDay * c.scale * weekday[d.Weekday()] * season * (1 + 0.08*through)
	if h, ok := c.off[d]; ok {
		if h.Closed {
			return 0
		}
		v *= 0.45
	} else if c.before[d] {
		v *= 1.22
	}
	if l == 2 && d.Day <= 7 { // invoices go out
		v *= 1.3
	}
	if l == 0 && !d.Before(c.story.CampaignFrom) && d.Before(c.story.CampaignTo) {
		v *= 1.25
	}
	return v
}

// actual returns the factor between what the planner expected and what came, at a
// local hour, without the noise of the day.
func (c *calendar) actual(l int, d interval.Date, hour float64) float64 {
	v := 1.0
	if l == 0 && !d.Before(c.story.CampaignFrom) && d.Before(c.story.CampaignTo) {
		v *= 1.3 // the campaign did better than planned
	}
	if d == c.story.Outage && hour >= 10 && hour < 14 && (l == 1 || l == 4) {
		v *= 3.2
	}
	return v
}

// profile is the shape of a day: two humps at the line's peaks over a floor.
func profile(l int, hour float64) float64 {
	hump := func(at, width float64) float64 { return math.Exp(-(hour - at) * (hour - at) / (2 * width * width)) }
	return 0.25 + hump(lines[l].peaks[0], 1.8) + 0.75*hump(lines[l].peaks[1], 2.2)
}

// slot is half an hour of a day in a line.
type slot struct {
	start   int64
	hour    float64 // local
	planned float64 // calls
}

// slots spreads a day's planned calls over the line's open half hours.
func (c *calendar) slots(zone *time.Location, l int, d interval.Date) []slot {
	spans := c.hours[l].Spans(zone, interval.Range{From: d.Start(zone), To: d.AddDays(1).Start(zone)})
	var out []slot
	sum := 0.0
	for _, s := range spans {
		for at := s.From; at < s.To; at += 30 * interval.Minute {
			hour := float64(interval.SlotOf(zone, at, interval.Half).Minute) / 60
			out = append(out, slot{at, hour, profile(l, hour)})
			sum += profile(l, hour)
		}
	}
	total := c.planned(l, d)
	for i := range out {
		out[i].planned *= total / sum
	}
	return out
}
