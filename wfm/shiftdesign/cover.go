package shiftdesign

import (
	"cmp"
	"math"
	"slices"

	"github.com/agner-platform/agner/wfm/format"
	"github.com/agner-platform/agner/wfm/lp"
	"github.com/agner-platform/agner/wfm/search"
)

// shortage is the price of an uncovered hour in the programme; any shift is cheaper.
const shortage = 1e4

// banned is the price of a shift that was fixed and may not be used again.
const banned = 1e5

// pivotWork is the nominal time of one simplex pivot per row and row.
const pivotWork = 1.2e-9

type shift struct{ from, length int }

// cover is one curve on its way.
type cover struct {
	clock    *search.Clock
	want     []int
	shifts   []shift
	crossing []int // shifts across the cut
	count    []int // fixed so far
	best     []int
	hours    int // of best
	bound    int
}

// Cover plans one curve: shifts with counts, total hours and the bound.
func Cover(clock *search.Clock, c *format.Curve) format.CurveShifts {
	s := newCover(clock, c)
	s.fix(0)
	out := format.CurveShifts{Name: c.Name, TotalHours: s.hours, Bound: s.bound, Shifts: []format.CurveShift{}}
	perDay := len(c.Demand[0])
	for j, n := range s.best {
		if n > 0 {
			out.Shifts = append(out.Shifts, format.CurveShift{
				Day: s.shifts[j].from / perDay, Start: s.shifts[j].from % perDay, Length: s.shifts[j].length, Count: n,
			})
		}
	}
	return out
}

func newCover(clock *search.Clock, c *format.Curve) *cover {
	s := &cover{clock: clock, want: c.Hours(), hours: math.MaxInt}
	cut, T := 0, len(s.want)
	if c.Wraps() {
		// The cut lies before hour `cut`: where fewest people are needed on both sides.
		cut = slices.IndexFunc(s.want, func(v int) bool { return v == slices.Min(s.want) })
	}
	for from := range T {
		for length := c.MinLength; length <= min(c.MaxLength, T); length++ {
			across := (from+T-cut)%T+length > T
			if across && !c.Wraps() {
				continue
			}
			if across {
				s.crossing = append(s.crossing, len(s.shifts))
			}
			s.shifts = append(s.shifts, shift{from, length})
		}
	}
	s.count = make([]int, len(s.shifts))
	return s
}

// fix solves the programme with the first n crossing shifts fixed and goes deeper
// where the rest is fractional.
func (s *cover) fix(n int) {
	value, x := s.relax(n)
	if n == 0 {
		s.bound = int(math.Ceil(value - 0.01))
		s.keep(0, roundUp(x), 0) // something to fall back on
	}
	fixed := 0
	for _, j := range s.crossing[:n] {
		fixed += s.count[j] * s.shifts[j].length
	}
	if value+float64(fixed) > float64(s.hours)-0.99 {
		return // cannot be better than what is known
	}
	if s.whole(x) {
		s.keep(n, x, fixed)
		return
	}
	if n == len(s.crossing) {
		return // rounding noise only; a line has whole corners
	}
	j := s.crossing[n]
	for _, v := range nearest(x[j], slices.Max(s.want)) {
		if s.hours == s.bound || s.clock.Done() {
			break
		}
		s.count[j] = v
		s.fix(n + 1)
	}
	s.count[j] = 0
}

// nearest lists the whole numbers from 0 to top by their distance from v.
func nearest(v float64, top int) []int {
	out := make([]int, top+1)
	for i := range out {
		out[i] = i
	}
	slices.SortStableFunc(out, func(a, b int) int { return cmp.Compare(math.Abs(float64(a)-v), math.Abs(float64(b)-v)) })
	return out
}

// tolerance is what the simplex's shift of the right-hand side may add up to.
const tolerance = 0.05

func (s *cover) whole(x []float64) bool {
	for _, v := range x {
		if math.Abs(v-math.Round(v)) > tolerance {
			return false
		}
	}
	return true
}

// roundUp makes a plan of any fractional one.
func roundUp(x []float64) []float64 {
	out := make([]float64, len(x))
	for j, v := range x {
		out[j] = math.Ceil(v - tolerance)
	}
	return out
}

// keep remembers x rounded, with the n fixed shifts, if it covers and is better.
func (s *cover) keep(n int, x []float64, hours int) {
	plan := make([]int, len(x))
	have := make([]int, len(s.want))
	for _, j := range s.crossing[:n] {
		plan[j] = s.count[j]
	}
	for j, v := range x {
		more := int(math.Round(v))
		plan[j] += more
		hours += more * s.shifts[j].length
		for t := range s.shifts[j].length {
			have[(s.shifts[j].from+t)%len(have)] += plan[j]
		}
	}
	for t, v := range have {
		if v < s.want[t] {
			return
		}
	}
	if hours < s.hours {
		s.hours, s.best = hours, plan
		s.clock.Raise(float64(s.bound))
		s.clock.Report("cover", hours)
	}
}

// relax solves the linear programme beside n fixed shifts and returns its value and
// the counts of the shifts that are free.
func (s *cover) relax(n int) (value float64, x []float64) {
	T := len(s.want)
	b := make([]float64, T)
	for t, v := range s.want {
		b[t] = float64(v)
	}
	for _, j := range s.crossing[:n] {
		for t := range s.shifts[j].length {
			b[(s.shifts[j].from+t)%T] -= float64(s.count[j])
		}
	}
	for t := range b {
		b[t] = max(b[t], 0)
	}
	p := lp.New(b)
	basis := make([]int, T)
	for t := range T {
		basis[t] = p.Unit(shortage, t, 1)
		p.Unit(0, t, -1)
	}
	first := p.Columns()
	for _, sh := range s.shifts {
		rows, vals := make([]int32, sh.length), make([]float64, sh.length)
		for t := range sh.length {
			rows[t], vals[t] = int32((sh.from+t)%T), 1
		}
		p.Add(float64(sh.length), rows, vals)
	}
	for _, j := range s.crossing[:n] {
		p.SetCost(first+j, banned)
	}
	p.Start(basis)
	p.Solve(50 * T)
	s.clock.Spend(pivotWork * float64(p.Pivots*T*T))
	x = make([]float64, len(s.shifts))
	for j := range x {
		x[j] = p.Value(first + j)
	}
	return p.Objective(), x
}
