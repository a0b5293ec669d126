package interval

import (
	"fmt"
	"sort"
	"time"
)

// MaxBuckets bounds what Buckets returns: 28 years of quarter hours.
const MaxBuckets = 1 << 20

// Bucket is one interval of a report: [Start, End) in UTC µs.
type Bucket struct {
	Start int64
	End   int64
	// Label is the local start of the whole interval: "2026-05-04 09:30" below a
	// day, "2026-05-04" for a day or week, "total" for the total.
	Label string
	// Clipped is set where the range cuts a piece off the interval.
	Clipped bool
}

// Contains reports whether the instant is in the bucket.
func (b Bucket) Contains(us int64) bool { return us >= b.Start && us < b.End }

// Us returns the bucket's length.
func (b Bucket) Us() int64 { return b.End - b.Start }

// Buckets cuts [from, to) into intervals of the size by the wall clock of the
// zone; weekStart matters for weeks only. The first and last are clipped to the
// range. It fails on a reversed range and above MaxBuckets; from = to gives none.
func Buckets(loc *time.Location, from, to int64, size Size, weekStart time.Weekday) ([]Bucket, error) {
	switch {
	case to < from:
		return nil, fmt.Errorf("from %s to %s: %w", Format(loc, from), Format(loc, to), ErrRange)
	case to == from:
		return nil, nil
	case size == Total:
		return []Bucket{{Start: from, End: to, Label: "total"}}, nil
	case size == Day || size == Week:
		return dates(loc, from, to, size, weekStart)
	case size.Us() == 0:
		return nil, fmt.Errorf("interval %v: %w", size, ErrSize)
	}
	return slots(loc, from, to, size.Us())
}

// dates cuts by local days or weeks.
func dates(loc *time.Location, from, to int64, size Size, weekStart time.Weekday) ([]Bucket, error) {
	day, step := DateOf(loc, from), 1
	if size == Week {
		day, step = day.WeekStart(weekStart), 7
	}
	for day.Start(loc) > from { // a fold over midnight can show yesterday's date again
		day = day.AddDays(-step)
	}
	if n := (to - from) / (24 * HourUs) / int64(step); n >= MaxBuckets {
		return nil, fmt.Errorf("%d intervals: %w: at most %d", n, ErrTooMany, MaxBuckets)
	}
	var out []Bucket
	for start := day.Start(loc); start < to; {
		next := day.AddDays(step)
		end := next.Start(loc)
		if end > from && end > start { // a date can be missing
			out = append(out, clip(Bucket{Start: start, End: end, Label: day.String()}, from, to))
		}
		day, start = next, end
	}
	return out, nil
}

// slots cuts at multiples of step on the wall clock and at changes of zone.
func slots(loc *time.Location, from, to, step int64) ([]Bucket, error) {
	n := (to-from)/step + 2
	if n > MaxBuckets {
		return nil, fmt.Errorf("%d intervals: %w: at most %d", n, ErrTooMany, MaxBuckets)
	}
	out := make([]Bucket, 0, n)
	seg := stretchAt(loc, from)
	for t := from; t < to; {
		if t >= seg.end {
			seg = stretchAt(loc, t)
		}
		start := floor(t+seg.offset, step) - seg.offset
		b := Bucket{Start: max(start, seg.start), End: min(start+step, seg.end)}
		b.Label = label(loc, b.Start, seg)
		b = clip(b, from, to)
		out = append(out, b)
		t = b.End
	}
	return out, nil
}

// stretchAt is segmentAt with neighbours of the same offset joined.
func stretchAt(loc *time.Location, us int64) segment {
	seg := segmentAt(loc, us)
	for seg.end != farFuture {
		next := seg.next(loc)
		if next.offset != seg.offset {
			break
		}
		seg.end = next.end
	}
	for seg.start != farPast {
		prev := segmentAt(loc, seg.start-1)
		if prev.offset != seg.offset {
			break
		}
		seg.start = prev.start
	}
	return seg
}

// label formats the local start of an interval, with its offset if the wall clock
// shows that reading more than once.
func label(loc *time.Location, us int64, seg segment) string {
	local := us + seg.offset
	b := appendMinute(make([]byte, 0, 24), local)
	if us-seg.start > reach && seg.end-us > reach {
		return string(b)
	}
	if _, fold := resolve(loc, local, Compatible); fold == Ambiguous {
		b = appendOffset(b, seg.offset)
	}
	return string(b)
}

func clip(b Bucket, from, to int64) Bucket {
	if b.Start < from {
		b.Start, b.Clipped = from, true
	}
	if b.End > to {
		b.End, b.Clipped = to, true
	}
	return b
}

// Grid finds the bucket of an instant. It is immutable.
type Grid struct {
	buckets []Bucket
	origin  int64
	step    int64
}

// NewGrid prepares buckets as Buckets returns them: in order and without gaps.
func NewGrid(buckets []Bucket) *Grid {
	g := &Grid{buckets: buckets, step: 1}
	if n := len(buckets); n > 0 {
		g.origin = buckets[0].Start
		g.step = max(1, (buckets[n-1].End-g.origin)/int64(n))
	}
	return g
}

// Buckets returns the buckets the grid was made of.
func (g *Grid) Buckets() []Bucket { return g.buckets }

// Index returns the index of the bucket that holds the instant, or false outside
// the range. Even grids take one or two comparisons, others a binary search.
func (g *Grid) Index(us int64) (int, bool) {
	n := len(g.buckets)
	if n == 0 || us < g.origin || us >= g.buckets[n-1].End {
		return 0, false
	}
	guess := int(min((us-g.origin)/g.step, int64(n-1)))
	for i := max(0, guess-1); i < min(n, guess+2); i++ {
		if g.buckets[i].Contains(us) {
			return i, true
		}
	}
	return sort.Search(n, func(i int) bool { return g.buckets[i].End > us }), true
}
