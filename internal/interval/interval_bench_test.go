package interval

import (
	"testing"
	"time"
)

func year(b *testing.B, loc *time.Location) (from, to int64) {
	return Date{2026, time.January, 1}.Start(loc), Date{2027, time.January, 1}.Start(loc)
}

func BenchmarkBucketsYearOfQuarters(b *testing.B) {
	loc := zone(b, "Europe/Tallinn")
	from, to := year(b, loc)
	for b.Loop() {
		if _, err := Buckets(loc, from, to, Quarter, time.Monday); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkGridIndex(b *testing.B) {
	loc := zone(b, "Europe/Tallinn")
	from, to := year(b, loc)
	bs, err := Buckets(loc, from, to, Half, time.Monday)
	if err != nil {
		b.Fatal(err)
	}
	g := NewGrid(bs)
	for us := from; b.Loop(); {
		if _, ok := g.Index(us); !ok {
			b.Fatal(us)
		}
		if us += 12345678901; us >= to {
			us = from
		}
	}
}

func BenchmarkLocalTime(b *testing.B) {
	loc := zone(b, "Europe/Tallinn")
	w := Wall{Date: Date{2026, time.May, 4}, Hour: 9, Minute: 30}
	for b.Loop() {
		LocalTime(loc, w)
	}
}

func BenchmarkSpansYear(b *testing.B) {
	loc := zone(b, "Europe/Tallinn")
	from, to := year(b, loc)
	h := hours(b)
	for b.Loop() {
		h.Spans(loc, Range{from, to})
	}
}
