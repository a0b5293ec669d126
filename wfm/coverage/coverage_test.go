package coverage

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/agner-platform/agner/wfm/rules"
)

// world is a day with lines and one agent of each set of skills.
func world(t interface{ Fatal(...any) }, needs []int, steep float64) *rules.Problem {
	p := &rules.Problem{
		Format: rules.Format, Name: "w", Zone: "UTC", From: "2026-05-04", Days: 1, Slot: 60, Prices: rules.Prices{Under: 10, Over: 1, Steep: steep},
		Contracts: []rules.Contract{{Name: "c", Kind: rules.Fixed, Shifts: []rules.ShiftKind{{Name: "s", From: "00:00", Lengths: []int{60}}}}},
	}
	names := []string{"x", "y", "z"}[:len(needs)]
	for i, n := range needs {
		l := rules.Line{ID: names[i], Skill: names[i], Need: make([]int, 24), Weight: 1 + float64(i)/2}
		l.Need[0] = n
		p.Lines = append(p.Lines, l)
	}
	for set := 1; set < 1<<len(needs); set++ {
		a := rules.Agent{ID: string(rune('0' + set)), Contracts: []string{"c"}}
		for i := range needs {
			if set>>i&1 == 1 {
				a.Skills = append(a.Skills, names[i])
			}
		}
		p.Agents = append(p.Agents, a)
	}
	if err := p.Check(); err != nil {
		t.Fatal(err)
	}
	return p
}

// brute serves everybody in every possible way and keeps the cheapest.
func brute(p *rules.Problem, c *Cover, n []int) float64 {
	best := math.Inf(1)
	served := make([]int, len(p.Lines))
	var try func(set, left int)
	try = func(set, left int) {
		if set == len(c.sets) {
			best = min(best, lineCost(p, served, n))
			return
		}
		if left == 0 {
			next := set + 1
			if next < len(c.sets) {
				try(next, n[next])
			} else {
				try(next, 0)
			}
			return
		}
		try(set, 0) // the rest of the set is spare
		for l := range p.Lines {
			if c.sets[set]>>l&1 == 1 {
				served[l]++
				try(set, left-1)
				served[l]--
			}
		}
	}
	try(0, n[0])
	return best
}

// lineCost is the price by definition: each line's missing people, the first tenth cheaper.
func lineCost(p *rules.Problem, served, n []int) float64 {
	cost, used, all := 0.0, 0, 0
	for _, k := range n {
		all += k
	}
	for l := range p.Lines {
		need := p.Lines[l].Need[0]
		use := min(served[l], need)
		used += use
		missing, part := need-use, (need+9)/10
		cost += p.Prices.Under * p.Lines[l].Weight * (float64(min(missing, part)) + p.Prices.Steep*float64(max(0, missing-part)))
	}
	return cost + float64(all-used)*p.Prices.Over
}

// TestFlowIsOptimal: the price by Hall's theorem is that of the best of all ways to serve.
func TestFlowIsOptimal(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		needs := rapid.SliceOfN(rapid.IntRange(0, 4), 1, 3).Draw(r, "needs")
		p := world(r, needs, rapid.SampledFrom([]float64{1, 2, 3}).Draw(r, "steep"))
		c := New(p)
		n := make([]int, len(c.sets))
		for i := range n {
			n[i] = rapid.IntRange(0, 2).Draw(r, "n")
			c.Put(i, 0, 1, int32(n[i]))
		}
		c.Settle()
		want := brute(p, c, n)
		if math.Abs(c.Cost()-want) > 1e-9 {
			r.Fatalf("cost %g, best of all ways %g", c.Cost(), want)
		}
		under, over := c.Split()
		if math.Abs(under+over-want) > 1e-9 {
			r.Fatalf("parts %g + %g, whole %g", under, over, want)
		}
		for i := range c.sets { // the gain is the difference it announces
			before, gain := c.Cost(), c.Gain(i)[0]
			c.Put(i, 0, 1, 1)
			c.Settle()
			if math.Abs(c.Cost()-before-gain) > 1e-9 {
				r.Fatalf("gain %g, cost rose by %g", gain, c.Cost()-before)
			}
			c.Put(i, 0, 1, -1)
			c.Settle()
		}
	})
}

// TestConvex: missing one of ten costs the plain price, the second the steep one.
func TestConvex(t *testing.T) {
	p := world(t, []int{10}, 2)
	c := New(p)
	c.Put(0, 0, 1, 8)
	c.Settle()
	if c.Cost() != 30 {
		t.Errorf("two of ten missing cost %g, want 10 + 20", c.Cost())
	}
	lines, spare := c.Lines()
	if lines[0].Served[0] != 8 || lines[0].Able[0] != 8 || spare[0] != 0 {
		t.Errorf("lines %+v, spare %v", lines[0], spare[0])
	}
}
