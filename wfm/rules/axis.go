package rules

import (
	"fmt"
	"strings"
	"time"

	"github.com/agner-platform/agner/internal/interval"
)

// Axis counts minutes of elapsed time from the first midnight of the horizon, so
// that nights on which clocks change are as long as they are.
type Axis struct {
	zone  *time.Location
	zones map[string]*time.Location // by site
	first interval.Date
	start int64 // µs
	days  []int // first minute of each day, and of the day after the last
	Slot  int   // minutes
	Slots int   // of the horizon
}

const minute = int64(time.Minute / time.Microsecond)

// newAxis makes the axis of a problem.
func newAxis(p *Problem) (*Axis, error) {
	a := &Axis{zones: map[string]*time.Location{}, Slot: p.Slot}
	var err error
	if a.zone, err = interval.LoadZone(p.Zone); err != nil {
		return nil, badField("zone", p.Zone, "is no time zone")
	}
	if a.first, err = interval.ReadDate(p.From); err != nil {
		return nil, badField("from", p.From, "is no date")
	}
	for i, s := range p.Sites {
		if a.zones[s.ID], err = interval.LoadZone(s.Zone); err != nil {
			return nil, badField(fmt.Sprintf("sites[%d].zone", i), s.Zone, "is no time zone")
		}
	}
	a.start = a.first.Start(a.zone)
	for d := range p.Days + 1 {
		a.days = append(a.days, int((a.first.AddDays(d).Start(a.zone)-a.start)/minute))
	}
	a.Slots = a.days[p.Days] / p.Slot
	if a.days[p.Days]%p.Slot != 0 {
		return nil, badField("slot_minutes", p.Slot, "does not divide the horizon")
	}
	return a, nil
}

// zoneOf is the zone of a site.
func (a *Axis) zoneOf(site string) *time.Location {
	if z := a.zones[site]; z != nil {
		return z
	}
	return a.zone
}

// Days is the number of days.
func (a *Axis) Days() int { return len(a.days) - 1 }

// DayStart is the first minute of day d in the problem's zone.
func (a *Axis) DayStart(d int) int { return a.days[d] }

// Date is the local date of day d.
func (a *Axis) Date(d int) interval.Date { return a.first.AddDays(d) }

// Weekday is that of day d.
func (a *Axis) Weekday(d int) time.Weekday { return a.Date(d).Weekday() }

// At is the minute of a wall clock, given in minutes after midnight, on day d at a site.
func (a *Axis) At(site string, d, clock int) int {
	date := a.Date(d).AddDays(clock / 1440)
	us, _ := interval.LocalTime(a.zoneOf(site), interval.Wall{Date: date, Hour: clock % 1440 / 60, Minute: clock % 60})
	return int((us - a.start) / minute)
}

// Time is the instant of a minute, in the zone of a site.
func (a *Axis) Time(site string, m int) time.Time {
	return interval.ToTime(a.zoneOf(site), a.start+int64(m)*minute)
}

// Minute is the minute of an instant.
func (a *Axis) Minute(t time.Time) int { return int((t.UnixMicro() - a.start) / minute) }

// DayOf is the day a minute falls on at a site, which may lie outside the horizon.
func (a *Axis) DayOf(site string, m int) int {
	return a.first.DaysUntil(interval.DateOf(a.zoneOf(site), a.start+int64(m)*minute))
}

// Clock is the wall clock at a site, in minutes after the midnight of day d.
func (a *Axis) Clock(site string, d, m int) int {
	w := interval.WallOf(a.zoneOf(site), a.start+int64(m)*minute)
	return 1440*a.Date(d).DaysUntil(w.Date) + 60*w.Hour + w.Minute
}

// Label is a minute in words: "Fri 2026-04-03 14:00".
func (a *Axis) Label(m int) string { return a.Time("", m).Format("Mon 2006-01-02 15:04") }

// clock reads "HH:MM", up to 24:00.
func clock(text string) (int, bool) {
	h, m, ok := strings.Cut(text, ":")
	if !ok || len(h) != 2 || len(m) != 2 {
		return 0, false
	}
	var hour, min int
	if _, err := fmt.Sscanf(h+" "+m, "%d %d", &hour, &min); err != nil || hour < 0 || hour > 24 || min < 0 || min > 59 || hour == 24 && min > 0 {
		return 0, false
	}
	return hour*60 + min, true
}

// Clock reads "HH:MM" that was checked before.
func Clock(text string) int {
	m, _ := clock(text)
	return m
}

var weekdayNames = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// weekdayName is the short name.
func weekdayName(d time.Weekday) string { return weekdayNames[d] }

// onWeekday tells whether a list of weekdays, empty for all, has d.
func onWeekday(list []string, d time.Weekday) bool {
	if len(list) == 0 {
		return true
	}
	for _, w := range list {
		if w == weekdayNames[d] {
			return true
		}
	}
	return false
}

// Weekend tells whether a day is a Saturday or Sunday.
func Weekend(d time.Weekday) bool { return d == time.Saturday || d == time.Sunday }
