package interval

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// zones has one of each oddity: none, hour and half-hour changes, odd offsets,
// midnights skipped or doubled, a lost day, changes every year and long ago.
var zones = []string{
	"UTC", "Europe/Tallinn", "Asia/Jerusalem", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe",
	"America/Sao_Paulo", "Asia/Beirut", "Pacific/Apia", "America/Havana", "America/St_Johns", "Africa/Casablanca",
	"Pacific/Kwajalein", "Africa/Monrovia", "Antarctica/Troll", "America/Scoresbysund",
}

func drawZone(t *rapid.T) *time.Location {
	loc, err := LoadZone(rapid.SampledFrom(zones).Draw(t, "zone"))
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// drawTime prefers the neighbourhood of a change of zone.
func drawTime(t *rapid.T, loc *time.Location) int64 {
	us := rapid.Int64Range(-2_000_000_000, 4_000_000_000).Draw(t, "s") * Second
	if seg := segmentAt(loc, us); rapid.Bool().Draw(t, "near a change") && seg.end != farFuture {
		us = seg.end
	}
	return us + rapid.Int64Range(-30*HourUs, 30*HourUs).Draw(t, "µs")
}

func TestBucketsTile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		loc := drawZone(t)
		from := drawTime(t, loc)
		to := from + rapid.Int64Range(1, 80*HourUs).Draw(t, "length")
		size := rapid.SampledFrom(Sizes).Draw(t, "size")
		bs, err := Buckets(loc, from, to, size, time.Weekday(rapid.IntRange(0, 6).Draw(t, "first")))
		if err != nil {
			t.Fatal(err)
		}
		labels := map[string]bool{}
		at := from
		for _, b := range bs {
			if b.Start != at || b.End <= b.Start {
				t.Fatalf("%+v does not follow on %s", b, Format(loc, at))
			}
			if labels[b.Label] {
				t.Fatalf("label %q comes twice", b.Label)
			}
			labels[b.Label], at = true, b.End
		}
		if at != to {
			t.Fatalf("ends at %s, not %s", Format(loc, at), Format(loc, to))
		}
		probe := rapid.Int64Range(from, to-1).Draw(t, "probe")
		in := 0
		for i, b := range bs {
			if b.Contains(probe) {
				in++
				if got, ok := NewGrid(bs).Index(probe); !ok || got != i {
					t.Fatalf("grid says %d, %v; want %d", got, ok, i)
				}
			}
		}
		if in != 1 {
			t.Fatalf("%s is in %d buckets", Format(loc, probe), in)
		}
	})
}

// A bucket below a day has one offset, is at most its size long and lies in one slot.
func TestBucketsKeepSlots(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		loc := drawZone(t)
		from := drawTime(t, loc)
		size := rapid.SampledFrom([]Size{Quarter, Half, Hour}).Draw(t, "size")
		bs, err := Buckets(loc, from, from+6*HourUs, size, time.Monday)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range bs {
			if b.Us() > size.Us() || Offset(loc, b.Start) != Offset(loc, b.End-1) {
				t.Fatalf("%+v is too long or has two offsets", b)
			}
			if SlotOf(loc, b.Start, size) != SlotOf(loc, b.End-1, size) {
				t.Fatalf("%+v is in two slots", b)
			}
		}
	})
}

// Reading a wall clock finds the instant it was shown at, among at most two.
func TestWallRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		loc := drawZone(t)
		us := drawTime(t, loc)
		first, last, fold := WallOf(loc, us).Both(loc)
		switch {
		case fold == Missing:
			t.Fatalf("%s was shown but is missing", WallOf(loc, us))
		case us != first && us != last:
			t.Fatalf("%s gives %s and %s", Format(loc, us), Format(loc, first), Format(loc, last))
		case (first == last) != (fold == Unique):
			t.Fatalf("%v with %d and %d", fold, first, last)
		}
	})
}

// A date begins at the first instant of its own or, if it is missing, a later date.
func TestDateStart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		loc := drawZone(t)
		d := DateOf(loc, drawTime(t, loc)).AddDays(rapid.IntRange(-1, 1).Draw(t, "days"))
		start := d.Start(loc)
		if DateOf(loc, start).Before(d) {
			t.Fatalf("%s begins at %s", d, Format(loc, start))
		}
		if prev := DateOf(loc, start-1); !prev.Before(d) {
			t.Fatalf("%s begins at %s, but %s before was on it", d, Format(loc, start), Format(loc, start-1))
		}
	})
}

// Spans are ordered, apart, within the range, and agree with Open.
func TestSpansProperty(t *testing.T) {
	h, err := ParseHours(map[string][]string{ // Friday night runs into Saturday, other nights overlap the next morning
		"mon-fri": {"00:00-00:30", "02:15-03:15", "09:00-17:00", "23:30-01:45"}, "sun": {"00:00-24:00"},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		loc := drawZone(t)
		from := drawTime(t, loc)
		r := Range{from, from + rapid.Int64Range(1, 60*HourUs).Draw(t, "length")}
		last := r.From - 1
		for _, s := range h.Spans(loc, r) {
			if s.From <= last || s.To <= s.From || s.To > r.To {
				t.Fatalf("span %v after %d in %v", s, last, r)
			}
			last = s.To
			if !h.Open(loc, s.From) || !h.Open(loc, s.To-1) || s.To < r.To && h.Open(loc, s.To) {
				t.Fatalf("Open disagrees with %s to %s", Format(loc, s.From), Format(loc, s.To))
			}
		}
	})
}
