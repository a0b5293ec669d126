package plan

import (
	"fmt"
	"strings"

	"github.com/agner-platform/agner/internal/interval"
)

// Grid is how a report's range is cut: buckets are the rows' intervals, segments the stretches that SQL adds up by.
// Segments lie inside buckets; they are shorter only where targets change within a bucket.
type Grid struct {
	Buckets  []interval.Bucket
	Segments []interval.Bucket
	BucketOf []int         // by segment
	Index    map[int64]int // of a segment by its start
}

// Grid cuts the plan's range into buckets of a size and segments of a finer one.
func (p *Plan) Grid(size, fine interval.Size) (*Grid, error) {
	buckets, err := interval.Buckets(p.Zone, p.Span.From, p.Span.To, size, p.WeekStart)
	if err != nil {
		return nil, &ParamError{"interval", size.String(), err.Error()}
	}
	g := &Grid{Buckets: buckets, Segments: buckets}
	if fine != size {
		if g.Segments, err = interval.Buckets(p.Zone, p.Span.From, p.Span.To, fine, p.WeekStart); err != nil {
			return nil, &ParamError{"interval", fine.String(), err.Error()}
		}
	}
	g.BucketOf = make([]int, len(g.Segments))
	g.Index = make(map[int64]int, len(g.Segments))
	at := interval.NewGrid(buckets)
	for i, s := range g.Segments {
		g.BucketOf[i], _ = at.Index(s.Start)
		g.Index[s.Start] = i
	}
	return g, nil
}

// Unit is the longest step that meets every edge between two segments: SQL adds up by it, which costs one division a
// row, before it joins the few slots that are left with the segments. The range's own ends do not count: they may cut the
// first and the last segment at any instant.
func (g *Grid) Unit() int64 {
	var unit int64
	for _, s := range g.Segments[:len(g.Segments)-1] {
		unit = gcd(unit, s.End-g.Segments[0].End)
	}
	if unit == 0 { // one edge or none: the longer side is one slot
		for _, s := range g.Segments[:min(2, len(g.Segments))] {
			unit = max(unit, s.Us())
		}
	}
	return max(unit, 1)
}

// base is where slot 0 begins: at the first segment's start, or before it where the range cuts into a slot.
func (g *Grid) base() int64 {
	first, unit := g.Segments[0], g.Unit()
	return first.End - (first.Us()+unit-1)/unit*unit
}

// Even reports whether every segment is one slot.
func (g *Grid) Even() bool {
	unit, end := g.Unit(), g.Segments[len(g.Segments)-1].End
	return int64(len(g.Segments)) == (end-g.base()+unit-1)/unit
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// SlotSQL is the slot of an instant: whole units since the base.
func (g *Grid) SlotSQL(column string) string {
	return fmt.Sprintf("(epoch_us(%s) - %d) // %d", column, g.base(), g.Unit())
}

// SlotOf is SlotSQL for an expression in µs.
func (g *Grid) SlotOf(us string) string {
	return fmt.Sprintf("(%s - %d) // %d", us, g.base(), g.Unit())
}

// EdgeSQL is where a slot begins in µs, before the range is cut out.
func (g *Grid) EdgeSQL(slot string) string {
	return fmt.Sprintf("%s * %d + %d", slot, g.Unit(), g.base())
}

// StartSQL is the start of a slot within the range in µs.
func (g *Grid) StartSQL(slot string) string {
	return fmt.Sprintf("greatest(%s, %d)", g.EdgeSQL(slot), g.Segments[0].Start)
}

// Table is the segments' starts as a relation of one column seg, written as runs of equal steps: a year of quarter
// hours is three runs.
func (g *Grid) Table() string {
	var runs []string
	for i := 0; i < len(g.Segments); {
		step := g.Segments[i].Us()
		j := i + 1
		for j < len(g.Segments) && g.Segments[j].Us() == step {
			j++
		}
		runs = append(runs, fmt.Sprintf("SELECT unnest(range(%d, %d, %d)) AS seg", g.Segments[i].Start, g.Segments[j-1].End, step))
		i = j
	}
	return strings.Join(runs, " UNION ALL ")
}
