package calendar_test

import (
	"strings"
	"testing"
	"time"

	"github.com/agner-platform/agner/forecasting/calendar"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/google/go-cmp/cmp"
)

func date(t *testing.T, s string) interval.Date {
	t.Helper()
	d, err := interval.ReadDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// Dates as kept in those years (Israel's official holiday lists).
func TestIsraelKnownDates(t *testing.T) {
	cases := map[int]map[string]string{
		1999: {
			"Purim": "1999-03-02", "Passover": "1999-04-01", "Passover, seventh day": "1999-04-07", "Independence Day": "1999-04-21",
			"Shavuot": "1999-05-21", "Tisha B'Av": "1999-07-22", "Rosh Hashanah": "1999-09-11", "Yom Kippur": "1999-09-20",
			"Sukkot": "1999-09-25", "Simchat Torah": "1999-10-02",
		},
		2024: { // a leap year; Independence Day moved to Tuesday
			"Purim": "2024-03-24", "Passover": "2024-04-23", "Independence Day": "2024-05-14", "Shavuot": "2024-06-12",
			"Tisha B'Av": "2024-08-13", "Rosh Hashanah": "2024-10-03", "Yom Kippur": "2024-10-12",
		},
		2025: {"Passover": "2025-04-13", "Independence Day": "2025-05-01", "Tisha B'Av": "2025-08-03", "Rosh Hashanah": "2025-09-23"},
	}
	for year, want := range cases {
		c, err := calendar.Country("il", year, year)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for _, d := range c.Days() {
			if _, ok := want[d.Name]; ok {
				got[d.Name] = d.Date.String()
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%d (-want +got):\n%s", year, diff)
		}
	}
}

func TestMarks(t *testing.T) {
	us, err := calendar.Country("US", 2003, 2003)
	if err != nil {
		t.Fatal(err)
	}
	il, err := calendar.Country("IL", 1999, 1999)
	if err != nil {
		t.Fatal(err)
	}
	ee, err := calendar.Country("EE", 2026, 2026)
	if err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		c    *calendar.Calendar
		date string
		want calendar.Mark
	}{
		{us, "2003-05-26", calendar.Mark{Kind: calendar.Holiday, Name: "Memorial Day", Like: time.Sunday}},
		{us, "2003-05-27", calendar.Mark{Name: "Memorial Day", After: true, Like: time.Tuesday}},
		{us, "2003-07-07", calendar.Mark{Name: "Independence Day", After: true, Like: time.Monday}}, // over the weekend
		{us, "2003-11-28", calendar.Mark{Name: "Thanksgiving Day", After: true, Bridge: true, Like: time.Friday}},
		{us, "2003-08-05", calendar.Mark{Like: time.Tuesday}},
		{il, "1999-09-19", calendar.Mark{Name: "Yom Kippur", Eve: true, Bridge: true, Like: time.Friday}},
		{il, "1999-09-20", calendar.Mark{Kind: calendar.Holiday, Name: "Yom Kippur", Like: time.Saturday}},
		{il, "1999-09-27", calendar.Mark{Kind: calendar.Half, Name: "Sukkot week", Like: time.Monday}},
		{ee, "2026-04-03", calendar.Mark{Kind: calendar.Holiday, Name: "suur reede", Like: time.Sunday}},
		{nil, "2026-04-03", calendar.Mark{Like: time.Friday}},
	}
	for _, c := range cases {
		if diff := cmp.Diff(c.want, c.c.Mark(date(t, c.date))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.date, diff)
		}
	}
}

func TestReadList(t *testing.T) {
	days, err := calendar.ReadList(strings.NewReader("date,name,kind,like\n2026-05-04,Billing run,event,\n2026-06-22, Midsummer ,,sunday\n"))
	if err != nil {
		t.Fatal(err)
	}
	sunday := time.Sunday
	want := []calendar.Day{
		{Date: date(t, "2026-05-04"), Name: "Billing run", Kind: calendar.Event},
		{Date: date(t, "2026-06-22"), Name: "Midsummer", Kind: calendar.Holiday, Like: &sunday},
	}
	if diff := cmp.Diff(want, days); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for text, part := range map[string]string{
		"day,name\n2026-05-04,x\n":             `column "date" is missing`,
		"date,name,kind\n2026-05-04,x,feast\n": `line 2: kind "feast"`,
		"date\n2026-02-30\n":                   "line 2: ",
		"date,like\n2026-02-20,someday\n":      "like: ",
	} {
		if _, err := calendar.ReadList(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("ReadList(%q) = %v, want an error with %q", text, err, part)
		}
	}
}

func TestEveryCountryHasRules(t *testing.T) {
	for _, code := range calendar.Countries() {
		c, err := calendar.Country(code, 2026, 2026)
		if err != nil {
			t.Fatal(err)
		}
		if len(c.Days()) < 5 {
			t.Errorf("%s has only %d special days", code, len(c.Days()))
		}
	}
	if _, err := calendar.Country("XX", 2026, 2026); err == nil || !strings.Contains(err.Error(), "known are AT") {
		t.Errorf("unknown country: %v", err)
	}
}
