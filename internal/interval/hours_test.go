package interval

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func hours(t testing.TB) *Hours {
	t.Helper()
	h, err := ParseHours(map[string][]string{
		"mon-thu": {"13:00-17:30", "09:00-12:00"}, // in any order
		"fri":     {"09:00-12:00", "22:00-03:30"}, // over midnight
		"sun":     {"00:00-24:00"},
	}, map[string][]string{
		"2026-12-24": {"09:00-11:00"},
		"2026-12-25": {},
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestSpans(t *testing.T) {
	loc := zone(t, "Europe/Tallinn")
	show := func(rs []Range) []string {
		out := []string{}
		for _, r := range rs {
			out = append(out, Format(loc, r.From)[:16]+" "+Format(loc, r.To)[11:16])
		}
		return out
	}
	for _, tt := range []struct {
		name, from, to string
		want           []string
		minutes        int64
	}{
		{"several windows a day", "2026-05-04", "2026-05-05", []string{"2026-05-04T09:00 12:00", "2026-05-04T13:00 17:30"}, 450},
		{"over midnight", "2026-05-08", "2026-05-10", []string{"2026-05-08T09:00 12:00", "2026-05-08T22:00 03:30"}, 510},
		{"the night before reaches in", "2026-05-09", "2026-05-10", []string{"2026-05-09T00:00 03:30"}, 210},
		{"a whole Sunday of 23 hours", "2026-03-29", "2026-03-30", []string{"2026-03-29T00:00 00:00"}, 23 * 60},
		{"a whole Sunday of 25 hours", "2026-10-25", "2026-10-26", []string{"2026-10-25T00:00 00:00"}, 25 * 60},
		{"exceptions", "2026-12-24", "2026-12-27", []string{"2026-12-24T09:00 11:00"}, 120},
		{"a closed day", "2026-05-09T06:00:00+03:00", "2026-05-10", []string{}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := ParseRange(loc, tt.from, tt.to)
			if err != nil {
				t.Fatal(err)
			}
			h := hours(t)
			if d := cmp.Diff(tt.want, show(h.Spans(loc, r))); d != "" {
				t.Error(d)
			}
			if got := h.OpenUs(loc, r); got != tt.minutes*Minute {
				t.Errorf("open %d minutes, want %d", got/Minute, tt.minutes)
			}
		})
	}
	if got := hours(t).Spans(loc, Range{5, 5}); got != nil {
		t.Errorf("empty range: %v", got)
	}
}

// TestSpansOverChange has a night shop whose closing time is skipped in March and
// shown twice in October.
func TestSpansOverChange(t *testing.T) {
	loc := zone(t, "Europe/Tallinn")
	h, err := ParseHours(map[string][]string{"sat": {"22:00-03:30"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ from, open, close string }{ // UTC
		{"2026-03-28", "2026-03-28 20:00", "2026-03-29 01:00"}, // 03:30 is skipped: closes at 04:00, when 03:00 would have been
		{"2026-10-24", "2026-10-24 19:00", "2026-10-25 01:30"}, // closes at the second 03:30
		{"2026-05-09", "2026-05-09 19:00", "2026-05-10 00:30"},
	} {
		from, err := ParseDate(loc, tt.from)
		if err != nil {
			t.Fatal(err)
		}
		want := []Range{{utc(t, tt.open), utc(t, tt.close)}}
		if d := cmp.Diff(want, h.Spans(loc, Range{from, from + 48*HourUs})); d != "" {
			t.Errorf("%s: %s", tt.from, d)
		}
	}
}

func TestNextOpen(t *testing.T) {
	loc := zone(t, "Europe/Tallinn")
	h := hours(t)
	for _, tt := range []struct{ at, open, close string }{
		{"2026-05-04T08:00:00+03:00", "2026-05-04T09:00:00+03:00", "2026-05-04T08:00:00+03:00"},
		{"2026-05-04T10:00:00+03:00", "2026-05-04T10:00:00+03:00", "2026-05-04T12:00:00+03:00"},
		{"2026-05-04T12:00:00+03:00", "2026-05-04T13:00:00+03:00", "2026-05-04T12:00:00+03:00"},
		{"2026-05-09T04:00:00+03:00", "2026-05-10T00:00:00+03:00", "2026-05-09T04:00:00+03:00"},
		{"2026-12-24T12:00:00+02:00", "2026-12-27T00:00:00+02:00", "2026-12-24T12:00:00+02:00"},
		{"2026-12-27T12:00:00+02:00", "2026-12-27T12:00:00+02:00", "2026-12-28T00:00:00+02:00"},
	} {
		at, err := ParseTime(loc, tt.at)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := h.NextOpen(loc, at)
		if !ok || Format(loc, got) != tt.open {
			t.Errorf("%s: opens %s, %v; want %s", tt.at, Format(loc, got), ok, tt.open)
		}
		if h.Open(loc, at) != (got == at) {
			t.Errorf("%s: Open and NextOpen disagree", tt.at)
		}
		if got, ok := h.NextClose(loc, at); !ok || Format(loc, got) != tt.close {
			t.Errorf("%s: closes %s, %v; want %s", tt.at, Format(loc, got), ok, tt.close)
		}
	}
	if _, ok := (&Hours{}).NextOpen(loc, 0); ok {
		t.Error("hours without windows open")
	}
	if _, ok := Always().NextClose(loc, 0); ok {
		t.Error("hours that never close do")
	}
}

func TestParseHoursRefuses(t *testing.T) {
	for _, bad := range []struct{ week, except map[string][]string }{
		{week: map[string][]string{"noday": {}}},
		{week: map[string][]string{"mon-noday": {}}},
		{week: map[string][]string{"mon": {"09:00"}}},
		{week: map[string][]string{"mon": {"9:00-17:00"}}},
		{week: map[string][]string{"mon": {"09:00-24:01"}}},
		{week: map[string][]string{"mon": {"24:00-09:00"}}},
		{week: map[string][]string{"mon": {"09:60-10:00"}}},
		{week: map[string][]string{"mon": {"09:00-12:00", "11:00-13:00"}}},
		{week: map[string][]string{"mon": {"09:00-12:00"}, "sun-tue": {"11:00-13:00"}}},
		{except: map[string][]string{"2026-02-30": {}}},
		{except: map[string][]string{"2026-02-28": {"x-y"}}},
	} {
		if _, err := ParseHours(bad.week, bad.except); !errors.Is(err, ErrHours) && !errors.Is(err, ErrTime) {
			t.Errorf("%v %v: %v", bad.week, bad.except, err)
		}
	}
}

func TestWindowText(t *testing.T) {
	for _, s := range []string{"09:00-17:30", "22:00-06:00", "00:00-24:00", "12:00-12:00"} {
		b, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var w Window
		if err := json.Unmarshal(b, &w); err != nil {
			t.Fatal(err)
		}
		if back, err := json.Marshal(w); err != nil || string(back) != string(b) {
			t.Errorf("%s became %s, %v", b, back, err)
		}
	}
	if d, err := ParseWeekday("TUE"); err != nil || d != time.Tuesday {
		t.Errorf("%v, %v", d, err)
	}
}
