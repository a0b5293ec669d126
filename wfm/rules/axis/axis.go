// Package axis counts minutes of elapsed time from the first local midnight of a
// horizon, so that nights on which clocks change are as long as they are, and maps
// them to wall clocks of sites and back.
package axis

import (
	"strconv"
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

// Bad names what of the horizon is wrong.
type Bad struct{ Field, Value, Reason string }

// Error implements error.
func (b *Bad) Error() string { return b.Field + " = " + b.Value + ": " + b.Reason }

// New makes an axis of days from a local date on, with slots in minutes; sites gives
// the zones of places that have their own. Its errors are of type *Bad.
func New(zone, from string, days, slot int, sites map[string]string) (*Axis, error) {
	a := &Axis{zones: map[string]*time.Location{}, Slot: slot}
	var err error
	if a.zone, err = interval.LoadZone(zone); err != nil {
		return nil, &Bad{"zone", zone, "is no time zone"}
	}
	if a.first, err = interval.ReadDate(from); err != nil {
		return nil, &Bad{"from", from, "is no date"}
	}
	for id, z := range sites {
		if a.zones[id], err = interval.LoadZone(z); err != nil {
			return nil, &Bad{"sites." + id + ".zone", z, "is no time zone"}
		}
	}
	a.start = a.first.Start(a.zone)
	for d := range days + 1 {
		a.days = append(a.days, int((a.first.AddDays(d).Start(a.zone)-a.start)/minute))
	}
	a.Slots = a.days[days] / slot
	if a.days[days]%slot != 0 {
		return nil, &Bad{"slot_minutes", strconv.Itoa(slot), "does not divide the horizon"}
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

// Table maps, per day, slots after a site's midnight (two days of them) to slots of the axis.
func (a *Axis) Table(site string) [][]int {
	out := make([][]int, a.Days())
	for d := range out {
		for at := 0; at < 2*1440; at += a.Slot {
			out[d] = append(out[d], a.At(site, d, at)/a.Slot)
		}
	}
	return out
}
