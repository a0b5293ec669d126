package interval

import (
	"encoding/json"
	"errors"
	"testing"
	"time"
)

func TestWallIn(t *testing.T) {
	w := func(s string) Wall {
		v, err := time.Parse(time.DateTime, s)
		if err != nil {
			t.Fatal(err)
		}
		return wallOfLocal(v.UnixMicro())
	}
	tests := []struct {
		zone, wall                 string
		fold                       Fold
		compatible, earlier, later string // UTC
	}{
		{"Europe/Tallinn", "2026-05-04 09:30:00", Unique, "2026-05-04 06:30", "2026-05-04 06:30", "2026-05-04 06:30"},
		{"Europe/Tallinn", "2026-03-29 02:59:00", Unique, "2026-03-29 00:59", "2026-03-29 00:59", "2026-03-29 00:59"},
		{"Europe/Tallinn", "2026-03-29 03:00:00", Missing, "2026-03-29 01:00", "2026-03-29 00:00", "2026-03-29 01:00"},
		{"Europe/Tallinn", "2026-03-29 03:30:00", Missing, "2026-03-29 01:30", "2026-03-29 00:30", "2026-03-29 01:30"},
		{"Europe/Tallinn", "2026-03-29 04:00:00", Unique, "2026-03-29 01:00", "2026-03-29 01:00", "2026-03-29 01:00"},
		{"Europe/Tallinn", "2026-10-25 02:59:00", Unique, "2026-10-24 23:59", "2026-10-24 23:59", "2026-10-24 23:59"},
		{"Europe/Tallinn", "2026-10-25 03:00:00", Ambiguous, "2026-10-25 00:00", "2026-10-25 00:00", "2026-10-25 01:00"},
		{"Europe/Tallinn", "2026-10-25 03:59:00", Ambiguous, "2026-10-25 00:59", "2026-10-25 00:59", "2026-10-25 01:59"},
		{"Europe/Tallinn", "2026-10-25 04:00:00", Unique, "2026-10-25 02:00", "2026-10-25 02:00", "2026-10-25 02:00"},
		{"America/New_York", "2026-03-08 02:30:00", Missing, "2026-03-08 07:30", "2026-03-08 06:30", "2026-03-08 07:30"},
		{"America/New_York", "2026-11-01 01:30:00", Ambiguous, "2026-11-01 05:30", "2026-11-01 05:30", "2026-11-01 06:30"},
		{"Asia/Jerusalem", "1999-09-03 01:30:00", Ambiguous, "1999-09-02 22:30", "1999-09-02 22:30", "1999-09-02 23:30"},
		{"Australia/Lord_Howe", "2026-10-04 02:15:00", Missing, "2026-10-03 15:45", "2026-10-03 15:15", "2026-10-03 15:45"},
		{"Australia/Lord_Howe", "2026-04-05 01:45:00", Ambiguous, "2026-04-04 14:45", "2026-04-04 14:45", "2026-04-04 15:15"},
		{"America/Sao_Paulo", "2018-11-04 00:00:00", Missing, "2018-11-04 03:00", "2018-11-04 02:00", "2018-11-04 03:00"},
		{"Pacific/Apia", "2011-12-30 12:00:00", Missing, "2011-12-30 22:00", "2011-12-29 22:00", "2011-12-30 22:00"},
		{"UTC", "2026-03-29 03:30:00", Unique, "2026-03-29 03:30", "2026-03-29 03:30", "2026-03-29 03:30"},
	}
	for _, tt := range tests {
		loc := zone(t, tt.zone)
		for rule, want := range map[Rule]string{Compatible: tt.compatible, Earlier: tt.earlier, Later: tt.later} {
			got, fold := w(tt.wall).In(loc, rule)
			if got != utc(t, want) || fold != tt.fold {
				t.Errorf("%s %s rule %d: %s %v, want %s %v", tt.zone, tt.wall, rule, Format(time.UTC, got), fold, want, tt.fold)
			}
		}
		first, last, fold := w(tt.wall).Both(loc)
		if first != utc(t, tt.earlier) || last != utc(t, tt.later) || fold != tt.fold {
			t.Errorf("%s %s: Both gives %d, %d, %v", tt.zone, tt.wall, first, last, fold)
		}
	}
}

func TestWallString(t *testing.T) {
	loc := zone(t, "Asia/Kathmandu")
	us := utc(t, "2026-05-04 06:30") + 7*Second + 12
	if got := WallOf(loc, us).String(); got != "2026-05-04 12:15:07.000012" {
		t.Error(got)
	}
	if got, fold := LocalTime(loc, WallOf(loc, us)); got != us || fold != Unique {
		t.Errorf("%d, %v", got, fold)
	}
	for f, want := range map[Fold]string{Unique: "unique", Ambiguous: "ambiguous", Missing: "missing", 7: "Fold(7)"} {
		if f.String() != want {
			t.Errorf("%q, want %q", f, want)
		}
	}
}

func TestDate(t *testing.T) {
	d := Date{2026, time.January, 31}
	for _, tt := range []struct{ got, want any }{
		{d.AddDays(1), Date{2026, time.February, 1}},
		{d.AddMonths(1), Date{2026, time.February, 28}},
		{d.AddMonths(-2), Date{2025, time.November, 30}},
		{d.AddMonths(25), Date{2028, time.February, 29}},
		{d.Weekday(), time.Saturday},
		{d.WeekStart(time.Sunday), Date{2026, time.January, 25}},
		{d.DaysUntil(Date{2026, time.March, 1}), 29},
		{d.Before(d.AddDays(1)), true},
		{d.Before(d), false},
		{Date{2025, time.December, 31}.Before(Date{2026, time.January, 1}), true},
		{Date{}.IsZero(), true},
		{Date{-5, 1, 2}.String(), "-5-01-02"},
		{Date{2011, 12, 30}.Exists(zone(t, "Pacific/Apia")), false},
		{Date{2018, 11, 4}.Exists(zone(t, "America/Sao_Paulo")), true},
	} {
		if tt.got != tt.want {
			t.Errorf("got %v, want %v", tt.got, tt.want)
		}
	}
	b, err := json.Marshal(map[Date]Date{d: d})
	if err != nil || string(b) != `{"2026-01-31":"2026-01-31"}` {
		t.Errorf("%s, %v", b, err)
	}
	var back map[Date]Date
	if err := json.Unmarshal(b, &back); err != nil || back[d] != d {
		t.Errorf("%v, %v", back, err)
	}
	for _, s := range []string{"", "2026-02-29", "2026-1-1", "01.02.2026", "2026-13-01", "2026-01-01 "} {
		if _, err := ReadDate(s); !errors.Is(err, ErrTime) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestParseRange(t *testing.T) {
	loc := zone(t, "Europe/Tallinn")
	r, err := ParseRange(loc, "2026-03-29", "2026-03-30")
	if err != nil || r.Us() != 23*HourUs || !r.Contains(r.From) || r.Contains(r.To) {
		t.Errorf("%v, %v", r, err)
	}
	r, err = ParseRange(loc, "2026-05-04T09:30:00+03:00", "2026-05-04T06:45:00.5Z")
	if err != nil || r.Us() != 15*Minute+500*Millisecond {
		t.Errorf("%v, %v", r, err)
	}
	for _, bad := range []struct {
		from, to string
		want     error
	}{
		{"2026-05-04", "2026-05-04", ErrRange},
		{"2026-05-04", "2026-05-03", ErrRange},
		{"yesterday", "2026-05-04", ErrTime},
		{"2026-05-04", "tomorrow evening", ErrTime},
		{"0026-05-04", "2026-05-04", ErrTime},
		{"2026-05-04", "9999-01-01", ErrTime},
		{"2026-05-04", "2300-01-01T00:00:00Z", ErrTime},
		{"2026-05-04T09:30:00", "2026-05-05", ErrTime},
	} {
		if _, err := ParseRange(loc, bad.from, bad.to); !errors.Is(err, bad.want) {
			t.Errorf("%s to %s: %v, want %v", bad.from, bad.to, err, bad.want)
		}
	}
}

func TestZone(t *testing.T) {
	for _, bad := range []string{"", "Local", "Mars/Olympus", "../etc/passwd"} {
		if _, err := LoadZone(bad); !errors.Is(err, ErrZone) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if FromTime(ToTime(time.UTC, 123456789)) != 123456789 {
		t.Error("instants do not survive time.Time")
	}
}

func TestFormat(t *testing.T) {
	loc := zone(t, "Asia/Kathmandu")
	us := utc(t, "2026-05-04 06:30")
	for _, tt := range [][2]string{
		{Format(loc, us), "2026-05-04T12:15:00+05:45"},
		{Format(loc, us+1), "2026-05-04T12:15:00.000001+05:45"},
		{FormatDate(loc, us), "2026-05-04"},
		{FormatMinute(loc, us), "2026-05-04 12:15"},
		{FormatSecond(loc, us), "2026-05-04 12:15:00"},
		{FormatMinute(zone(t, "America/New_York"), utc(t, "2026-11-01 06:30")), "2026-11-01 01:30-05:00"},
		{string(appendOffset(nil, -(2*3600+36*60+32)*Second)), "-02:36:32"},
	} {
		if tt[0] != tt[1] {
			t.Errorf("%q, want %q", tt[0], tt[1])
		}
	}
}

func TestSlotOf(t *testing.T) {
	loc := zone(t, "Europe/Tallinn")
	sunday := utc(t, "2026-10-25 00:40") // 03:40 the first time
	for _, tt := range []struct {
		us   int64
		size Size
		want Slot
		key  string
	}{
		{sunday, Half, Slot{7, 210}, "03:30"},
		{sunday + HourUs, Half, Slot{7, 210}, "03:30"}, // and the second
		{sunday, Quarter, Slot{7, 210}, "03:30"},
		{sunday, Hour, Slot{7, 180}, "03:00"},
		{sunday, Day, Slot{7, 0}, "00:00"},
		{utc(t, "2026-10-25 22:00"), Half, Slot{1, 0}, "00:00"},
	} {
		got := SlotOf(loc, tt.us, tt.size)
		if got != tt.want || got.Key() != tt.key {
			t.Errorf("%v %s, want %v %s", got, got.Key(), tt.want, tt.key)
		}
	}
	if n := (Slot{7, 23*60 + 30}).Index(Half); n != 7*48-1 {
		t.Errorf("last slot of the week is %d", n)
	}
	for d := time.Sunday; d <= time.Saturday; d++ {
		if FromISO(ISO(d)) != d {
			t.Errorf("%v: ISO %d", d, ISO(d))
		}
	}
}
