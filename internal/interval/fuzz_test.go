package interval

import (
	"testing"
	"time"
)

func FuzzParseTime(f *testing.F) {
	for _, s := range []string{"2026-05-04", "2026-05-04T09:30:00+03:00", "2026-05-04T09:30:00.123456Z", "1900-01-01", "x", "2026-02-30"} {
		f.Add(s)
	}
	loc := zone(f, "Australia/Lord_Howe")
	f.Fuzz(func(t *testing.T, s string) {
		us, err := ParseTime(loc, s)
		if err != nil {
			return
		}
		if y := ToTime(time.UTC, us).Year(); y < minYear-1 || y > maxYear {
			t.Fatalf("%q gives the year %d", s, y)
		}
		if back, err := ParseTime(loc, Format(loc, us)); err != nil || back != us {
			t.Fatalf("%q: %s reads as %d, %v", s, Format(loc, us), back, err)
		}
	})
}

func FuzzReadDate(f *testing.F) {
	f.Add("2026-05-04")
	f.Add("0000-01-01")
	f.Fuzz(func(t *testing.T, s string) {
		if d, err := ReadDate(s); err == nil && d.String() != s {
			t.Fatalf("%q became %q", s, d)
		}
	})
}

func FuzzParseWindow(f *testing.F) {
	f.Add("09:00-17:00")
	f.Add("22:00-06:00")
	f.Add("00:00-24:00")
	f.Fuzz(func(t *testing.T, s string) {
		w, err := ParseWindow(s)
		if err != nil {
			return
		}
		if w.From < 0 || w.From >= 24*60 || w.To <= w.From || w.To > 48*60 {
			t.Fatalf("%q gives %+v", s, w)
		}
		if back, err := ParseWindow(w.String()); err != nil || back != w {
			t.Fatalf("%q: %q reads as %+v, %v", s, w, back, err)
		}
	})
}
