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

// Unit is the longest step that meets every segment's start when counted from the first: SQL adds up by it, which costs
// one division a row, before it joins the few slots that are left with the segments.
func (g *Grid) Unit() int64 {
	var unit int64
	for _, s := range g.Segments {
		unit = gcd(unit, s.End-g.Segments[0].Start)
	}
	return max(unit, 1)
}

// Even reports whether every segment is one unit long.
func (g *Grid) Even() bool {
	return int64(len(g.Segments))*g.Unit() == g.Segments[len(g.Segments)-1].End-g.Segments[0].Start
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// SlotSQL is the slot of an instant: whole units since the first segment's start.
func (g *Grid) SlotSQL(column string) string {
	return fmt.Sprintf("(epoch_us(%s) - %d) // %d", column, g.Segments[0].Start, g.Unit())
}

// StartSQL is the start of a slot in µs.
func (g *Grid) StartSQL(slot string) string {
	return fmt.Sprintf("%s * %d + %d", slot, g.Unit(), g.Segments[0].Start)
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
