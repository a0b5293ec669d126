package interval

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := LoadZone(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// utc reads "2026-03-27 00:00" as UTC: the tables below were written by hand
// from the published changes of each zone, in UTC.
func utc(t testing.TB, s string) int64 {
	t.Helper()
	v, err := time.Parse("2006-01-02 15:04", s)
	if err != nil {
		t.Fatal(err)
	}
	return v.UnixMicro()
}

// TestDaysOfChange holds the hand-made table: each day on which clocks
// change, its first and last instant in UTC, and the labels around the change.
func TestDaysOfChange(t *testing.T) {
	tests := []struct {
		zone, date string
		from, to   string // UTC
		hours      int
		around     string // half-hour labels around the change, from the last regular one on
	}{
		// Israel: 2 April 1999 02:00→03:00, 3 September 1999 02:00→01:00 (law of 1999).
		{"Asia/Jerusalem", "1999-04-02", "1999-04-01 22:00", "1999-04-02 21:00", 23, "01:30 03:00 03:30"},
		{"Asia/Jerusalem", "1999-09-03", "1999-09-02 21:00", "1999-09-03 22:00", 25, "00:30 01:00+03:00 01:30+03:00 01:00+02:00 01:30+02:00 02:00"},
		// Israel since 2013: Friday before the last Sunday of March, last Sunday of October.
		{"Asia/Jerusalem", "2026-03-27", "2026-03-26 22:00", "2026-03-27 21:00", 23, "01:30 03:00 03:30"},
		{"Asia/Jerusalem", "2026-10-25", "2026-10-24 21:00", "2026-10-25 22:00", 25, "00:30 01:00+03:00 01:30+03:00 01:00+02:00 01:30+02:00 02:00"},
		// Estonia: 28 March 1999 03:00→04:00; 31 October 1999 back, for good until 2002.
		{"Europe/Tallinn", "1999-03-28", "1999-03-27 22:00", "1999-03-28 21:00", 23, "02:30 04:00 04:30"},
		{"Europe/Tallinn", "1999-10-31", "1999-10-30 21:00", "1999-10-31 22:00", 25, "02:30 03:00+03:00 03:30+03:00 03:00+02:00 03:30+02:00 04:00"},
		{"Europe/Tallinn", "2026-03-29", "2026-03-28 22:00", "2026-03-29 21:00", 23, "02:30 04:00 04:30"},
		{"Europe/Tallinn", "2026-10-25", "2026-10-24 21:00", "2026-10-25 22:00", 25, "02:30 03:00+03:00 03:30+03:00 03:00+02:00 03:30+02:00 04:00"},
		// United States: first Sunday of April and last of October until 2006, second of March and first of November since.
		{"America/New_York", "1999-04-04", "1999-04-04 05:00", "1999-04-05 04:00", 23, "01:30 03:00 03:30"},
		{"America/New_York", "1999-10-31", "1999-10-31 04:00", "1999-11-01 05:00", 25, "00:30 01:00-04:00 01:30-04:00 01:00-05:00 01:30-05:00 02:00"},
		{"America/New_York", "2026-03-08", "2026-03-08 05:00", "2026-03-09 04:00", 23, "01:30 03:00 03:30"},
		{"America/New_York", "2026-11-01", "2026-11-01 04:00", "2026-11-02 05:00", 25, "00:30 01:00-04:00 01:30-04:00 01:00-05:00 01:30-05:00 02:00"},
		// Nepal has no summer time; +05:45 puts midnight at 18:15 UTC.
		{"Asia/Kathmandu", "1999-04-02", "1999-04-01 18:15", "1999-04-02 18:15", 24, "01:30 02:00 02:30"},
		{"Asia/Kathmandu", "2026-03-29", "2026-03-28 18:15", "2026-03-29 18:15", 24, "02:30 03:00 03:30"},
		{"Asia/Kathmandu", "2026-10-25", "2026-10-24 18:15", "2026-10-25 18:15", 24, "02:30 03:00 03:30"},
	}
	for _, tt := range tests {
		t.Run(tt.zone+"/"+tt.date, func(t *testing.T) {
			loc := zone(t, tt.zone)
			d, err := ReadDate(tt.date)
			if err != nil {
				t.Fatal(err)
			}
			from, to := utc(t, tt.from), utc(t, tt.to)
			if got, end := d.Start(loc), d.AddDays(1).Start(loc); got != from || end != to {
				t.Fatalf("day is [%s, %s), want [%s, %s)", Format(time.UTC, got), Format(time.UTC, end), tt.from, tt.to)
			}
			checkDay(t, loc, tt.date, Range{from, to}, tt.hours)
			if labels := halfHours(t, loc, Range{from, to}); !strings.Contains(labels+" ", " "+tt.around+" ") {
				t.Errorf("labels %s\nlack %s", labels, tt.around)
			}
		})
	}
}

// checkDay expects hours × 4, 2 and 1 whole buckets, and one day bucket.
func checkDay(t *testing.T, loc *time.Location, date string, r Range, hours int) {
	t.Helper()
	for size, n := range map[Size]int{Quarter: 4 * hours, Half: 2 * hours, Hour: hours, Day: 1} {
		got, err := Buckets(loc, r.From, r.To, size, time.Monday)
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != n {
			t.Errorf("%v: %d intervals, want %d", size, len(got), n)
		}
		for _, b := range got {
			if us := size.Us(); b.Clipped || us > 0 && b.Us() != us {
				t.Errorf("%v: %+v is not whole", size, b)
			}
			if !strings.HasPrefix(b.Label, date) {
				t.Errorf("%v: label %q, want the date %s", size, b.Label, date)
			}
		}
	}
}

// halfHours returns the labels of a range without their dates, space before each.
func halfHours(t *testing.T, loc *time.Location, r Range) string {
	t.Helper()
	got, err := Buckets(loc, r.From, r.To, Half, time.Monday)
	if err != nil {
		t.Fatal(err)
	}
	var sb strings.Builder
	for _, b := range got {
		sb.WriteString(b.Label[10:])
	}
	return sb.String()
}

// show prints buckets as "label minutes", with "!" for clipped ones.
func show(bs []Bucket) []string {
	out := make([]string, len(bs))
	for i, b := range bs {
		out[i] = fmt.Sprintf("%s %d", b.Label, b.Us()/Minute)
		if b.Clipped {
			out[i] += "!"
		}
	}
	return out
}

func TestOddZones(t *testing.T) {
	tests := []struct {
		name, zone, from, to string // UTC
		size                 Size
		want                 []string
	}{
		{
			"half-hour spring cuts the hour it begins in", "Australia/Lord_Howe", "2026-10-03 14:30", "2026-10-03 17:00", Hour,
			[]string{"2026-10-04 01:00 60", "2026-10-04 02:30 30", "2026-10-04 03:00 60"},
		},
		{
			"half-hour autumn repeats half an hour", "Australia/Lord_Howe", "2026-04-04 14:00", "2026-04-04 16:30", Hour,
			[]string{"2026-04-05 01:00 60", "2026-04-05 01:30+10:30 30", "2026-04-05 02:00 60"},
		},
		{
			"half-hour autumn by halves", "Australia/Lord_Howe", "2026-04-04 14:00", "2026-04-04 16:00", Half,
			[]string{"2026-04-05 01:00 30", "2026-04-05 01:30+11:00 30", "2026-04-05 01:30+10:30 30", "2026-04-05 02:00 30"},
		},
		{
			"no midnight in Sao Paulo", "America/Sao_Paulo", "2018-11-03 03:00", "2018-11-06 02:00", Day,
			[]string{"2018-11-03 1440", "2018-11-04 1380", "2018-11-05 1440"},
		},
		{
			"no midnight in Sao Paulo by hours", "America/Sao_Paulo", "2018-11-04 02:00", "2018-11-04 04:00", Hour,
			[]string{"2018-11-03 23:00 60", "2018-11-04 01:00 60"},
		},
		{
			"no midnight in Beirut", "Asia/Beirut", "2026-03-27 22:00", "2026-03-29 21:00", Day,
			[]string{"2026-03-28 1440", "2026-03-29 1380"},
		},
		{
			"two midnights in Havana", "America/Havana", "2026-10-31 04:00", "2026-11-03 05:00", Day,
			[]string{"2026-10-31 1440", "2026-11-01 1500", "2026-11-02 1440"},
		},
		{
			"Samoa has no 30 December 2011", "Pacific/Apia", "2011-12-28 10:00", "2012-01-01 10:00", Day,
			[]string{"2011-12-28 1440", "2011-12-29 1440", "2011-12-31 1440", "2012-01-01 1440"},
		},
		{
			"Samoa's short week", "Pacific/Apia", "2011-12-26 10:00", "2012-01-08 10:00", Week,
			[]string{"2011-12-26 8640", "2012-01-02 10080"},
		},
		{
			"Nepal's quarter hour of 1986", "Asia/Kathmandu", "1985-12-31 18:00", "1985-12-31 19:30", Half,
			[]string{"1985-12-31 23:30 30", "1986-01-01 00:15 15", "1986-01-01 00:30 30", "1986-01-01 01:00 15!"},
		},
		{
			"a minute past midnight in St John's", "America/St_Johns", "2008-11-01 02:30", "2008-11-03 03:30", Day,
			[]string{"2008-11-01 1440", "2008-11-02 1500"},
		},
		{
			"St John's cuts at the change", "America/St_Johns", "2008-11-02 02:00", "2008-11-02 04:00", Half,
			[]string{"2008-11-01 23:30-02:30 30", "2008-11-02 00:00-02:30 1", "2008-11-01 23:01-03:30 29", "2008-11-01 23:30-03:30 30", "2008-11-02 00:00-03:30 30"},
		},
		{
			"the range clips", "Europe/Tallinn", "2026-05-04 06:40", "2026-05-04 07:10", Half,
			[]string{"2026-05-04 09:30 20!", "2026-05-04 10:00 10!"},
		},
		{
			"the range clips days", "Europe/Tallinn", "2026-05-04 06:40", "2026-05-04 21:10", Day,
			[]string{"2026-05-04 860!", "2026-05-05 10!"},
		},
		{
			"a week from Monday", "Europe/Tallinn", "2026-05-06 21:00", "2026-05-17 21:00", Week,
			[]string{"2026-05-04 5760!", "2026-05-11 10080"},
		},
		{"total", "Europe/Tallinn", "2026-05-04 06:40", "2026-05-04 21:10", Total, []string{"total 870"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Buckets(zone(t, tt.zone), utc(t, tt.from), utc(t, tt.to), tt.size, time.Monday)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, show(got)); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestWeekStart(t *testing.T) {
	loc := zone(t, "America/New_York")
	from, to := utc(t, "2026-03-05 05:00"), utc(t, "2026-03-15 04:00") // Thursday to Saturday night
	for start, want := range map[time.Weekday][]string{
		time.Sunday:   {"2026-03-01 4320!", "2026-03-08 10020"}, // the week of the change has 167 hours
		time.Monday:   {"2026-03-02 5700!", "2026-03-09 8640!"},
		time.Saturday: {"2026-02-28 2880!", "2026-03-07 10020", "2026-03-14 1440!"},
	} {
		got, err := Buckets(loc, from, to, Week, start)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, show(got)); d != "" {
			t.Errorf("%v: %s", start, d)
		}
	}
}

func TestBucketsRefuse(t *testing.T) {
	tests := []struct {
		from, to int64
		size     Size
		want     error
	}{
		{10, 9, Hour, ErrRange},
		{0, 1000 * 366 * 24 * HourUs, Quarter, ErrTooMany},
		{0, 4000 * 366 * 24 * HourUs, Day, ErrTooMany},
		{0, 10, Size(99), ErrSize},
	}
	for _, tt := range tests {
		if _, err := Buckets(time.UTC, tt.from, tt.to, tt.size, time.Monday); !errors.Is(err, tt.want) {
			t.Errorf("[%d, %d) %v: %v, want %v", tt.from, tt.to, tt.size, err, tt.want)
		}
	}
	if got, err := Buckets(time.UTC, 5, 5, Hour, time.Monday); err != nil || got != nil {
		t.Errorf("empty range: %v, %v", got, err)
	}
}

func TestGrid(t *testing.T) {
	loc := zone(t, "Australia/Lord_Howe")
	bs, err := Buckets(loc, utc(t, "2026-01-01 00:00"), utc(t, "2027-01-01 00:00"), Hour, time.Monday)
	if err != nil {
		t.Fatal(err)
	}
	g := NewGrid(bs)
	for i, b := range bs {
		for _, us := range []int64{b.Start, b.Start + b.Us()/2, b.End - 1} {
			if got, ok := g.Index(us); !ok || got != i {
				t.Fatalf("%s is in %d, %v; want %d", Format(loc, us), got, ok, i)
			}
		}
	}
	for _, us := range []int64{bs[0].Start - 1, bs[len(bs)-1].End} {
		if _, ok := g.Index(us); ok {
			t.Errorf("%s is in the grid", Format(loc, us))
		}
	}
	if _, ok := NewGrid(nil).Index(0); ok {
		t.Error("an empty grid holds an instant")
	}
}

func TestSize(t *testing.T) {
	for _, s := range Sizes {
		got, err := ParseSize(s.String())
		if err != nil || got != s {
			t.Errorf("ParseSize(%q) = %v, %v", s, got, err)
		}
	}
	if got, err := ParseSize("1h"); err != nil || got != Hour {
		t.Errorf("1h: %v, %v", got, err)
	}
	if _, err := ParseSize("45m"); !errors.Is(err, ErrSize) || !strings.Contains(err.Error(), "45m") {
		t.Errorf("45m: %v", err)
	}
	if n := Quarter.PerDay() + Half.PerDay() + Hour.PerDay() + Day.PerDay(); n != 96+48+24+1 {
		t.Errorf("slots a day: %d", n)
	}
	if Size(42).String() != "Size(42)" {
		t.Error(Size(42))
	}
}
