package rules

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/agner-platform/agner/wfm/rules/axis"
)

// newAxis makes the axis of a problem.
func newAxis(p *Problem) (*axis.Axis, error) {
	sites := map[string]string{}
	for _, s := range p.Sites {
		sites[s.ID] = s.Zone
	}
	a, err := axis.New(p.Zone, p.From, p.Days, p.Slot, sites)
	var bad *axis.Bad
	if errors.As(err, &bad) {
		return nil, badField(bad.Field, bad.Value, bad.Reason)
	}
	return a, err
}

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
