package plan

import (
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/agner-platform/agner/internal/interval"
	"pgregory.net/rapid"
)

// Zones with changes of an hour on different days, of half an hour (Lord Howe), and offsets of 45 minutes (Kathmandu).
var zones = []string{"UTC", "Asia/Jerusalem", "Europe/Tallinn", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"}

var runPattern = regexp.MustCompile(`range\((-?\d+), (-?\d+), (-?\d+)\)`)

// starts evaluates the relation that SQL would unnest.
func starts(t *rapid.T, table string) []int64 {
	var out []int64
	for _, m := range runPattern.FindAllStringSubmatch(table, -1) {
		var n [3]int64
		for i := range n {
			v, err := strconv.ParseInt(m[i+1], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			n[i] = v
		}
		for v := n[0]; v < n[1]; v += n[2] {
			out = append(out, v)
		}
	}
	return out
}

// What SQL does – slot by division, slot joined to the last segment that starts no later – finds the same interval as
// package interval, for every size in every zone.
func TestSlotsFindTheirInterval(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		loc, err := interval.LoadZone(rapid.SampledFrom(zones).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		from := time.Date(2025, 1, 1, 0, 0, 0, 0, loc).AddDate(0, 0, rapid.IntRange(0, 364).Draw(t, "day"))
		p := &Plan{Zone: loc, WeekStart: time.Monday, Span: interval.Range{From: from.UnixMicro(), To: from.AddDate(0, 0, rapid.IntRange(1, 40).Draw(t, "days")).UnixMicro()}}
		if rapid.Bool().Draw(t, "odd") { // a range that begins and ends at any instant
			p.Span.From += rapid.Int64Range(1, 11*3600*1_000_000).Draw(t, "later")
			p.Span.To -= rapid.Int64Range(1, 11*3600*1_000_000).Draw(t, "earlier")
		}
		size := rapid.SampledFrom(interval.Sizes).Draw(t, "size")
		fine := rapid.SampledFrom(interval.Sizes).Filter(func(s interval.Size) bool { return s <= size }).Draw(t, "fine")
		g, err := p.Grid(size, fine)
		if err != nil {
			t.Fatal(err)
		}
		table := starts(t, g.Table())
		for i, s := range g.Segments {
			if i >= len(table) || table[i] != s.Start {
				t.Fatalf("segment %d starts at %d, the relation has %v", i, s.Start, table)
			}
		}
		if least := int64(15 * 60 * 1_000_000); g.Unit() < least && p.Span.To-p.Span.From > 2*least {
			t.Fatalf("slots of %d µs: as many rows would be added up twice", g.Unit())
		}
		grid := interval.NewGrid(g.Buckets)
		for range 50 {
			at := rapid.Int64Range(p.Span.From, p.Span.To-1).Draw(t, "at")
			slot := max((at-g.base())/g.Unit()*g.Unit()+g.base(), g.Segments[0].Start)
			i, exact := slices.BinarySearch(table, slot)
			if !exact {
				i--
			}
			if g.Even() && table[i] != slot {
				t.Fatalf("the grid says that slots are segments, but slot %d lies in segment %d", slot, table[i])
			}
			want, ok := grid.Index(at)
			if got := g.BucketOf[g.Index[table[i]]]; !ok || got != want {
				t.Fatalf("%s falls into %s, want %s", interval.Format(loc, at), g.Buckets[got].Label, g.Buckets[want].Label)
			}
		}
	})
}

func TestLiteralsCannotBreakOut(t *testing.T) {
	for in, want := range map[string]string{"q1": "'q1'", "'; DROP TABLE visits; --": "'''; DROP TABLE visits; --'", "": "''"} {
		if got := Literal(in); got != want {
			t.Errorf("%q becomes %s, want %s", in, got, want)
		}
	}
	if got := Literals(nil); got != "NULL" {
		t.Errorf("no texts become %s: IN () would be an error and must match nothing", got)
	}
}
