package value

import (
	"slices"
	"strings"
	"time"
)

// Holiday is a date on which the opening hours differ. No windows means closed.
type Holiday struct {
	Date    string `json:"date"` // YYYY-MM-DD, local
	Name    string `json:"name"`
	Windows []Hour `json:"windows"`
}

// Hour is one span of local clock time of a holiday.
type Hour struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// Holidays checks a list of holidays, gives each its windows and sorts them by date.
func Holidays(list []Holiday) error {
	seen := map[string]bool{}
	for i := range list {
		h := &list[i]
		t, err := time.Parse(time.DateOnly, h.Date)
		if err != nil {
			return Wrong("holidays.date", h.Date, "want YYYY-MM-DD")
		}
		if seen[h.Date] {
			return Wrong("holidays.date", h.Date, "is listed twice")
		}
		seen[h.Date] = true
		if err := Text("holidays.name", &h.Name); err != nil {
			return err
		}
		day := int(t.Weekday()+6)%7 + 1
		if h.Windows == nil {
			h.Windows = []Hour{}
		}
		ws := make([]Window, len(h.Windows))
		for j, w := range h.Windows {
			ws[j] = Window{Weekdays: []int{day}, From: w.From, To: w.To}
		}
		if err := Windows("holidays.windows", ws); err != nil {
			return err
		}
	}
	slices.SortFunc(list, func(a, b Holiday) int { return strings.Compare(a.Date, b.Date) })
	return nil
}

// Zone refuses what is no IANA time zone, and "Local", whose meaning depends on the machine.
func Zone(field, zone string) error {
	if zone == "" || zone == "Local" {
		return Wrong(field, zone, "want an IANA time zone such as Europe/Tallinn")
	}
	if _, err := time.LoadLocation(zone); err != nil {
		return Wrong(field, zone, "is no known time zone")
	}
	return nil
}
