package lp

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// covering builds min Σ cost·x + 50·short − …: rows ≥ b written with surplus and
// shortage columns.
func covering(b []float64, cols [][]int, costs []float64) (*Problem, int) {
	p := New(b)
	basis := make([]int, len(b))
	for i := range b {
		basis[i] = p.Unit(50, i, 1)
		p.Unit(0, i, -1)
	}
	first := p.Columns()
	for j, rows := range cols {
		var idx []int32
		var vals []float64
		for _, r := range rows {
			idx, vals = append(idx, int32(r)), append(vals, 1)
		}
		p.Add(costs[j], idx, vals)
	}
	p.Start(basis)
	return p, first
}

// Three rows of demand 1, pairs cost 1 each: half of each pair, 1.5 in all – the
// fractional cover of a triangle.
func TestTriangle(t *testing.T) {
	p, first := covering([]float64{1, 1, 1}, [][]int{{0, 1}, {1, 2}, {0, 2}}, []float64{1, 1, 1})
	if !p.Solve(100) || math.Abs(p.Objective()-1.5) > 1e-9 {
		t.Fatalf("value %v, want 1.5", p.Objective())
	}
	for j := range 3 {
		if math.Abs(p.Value(first+j)-0.5) > 10*Shift {
			t.Errorf("column %d is %v, want 0.5", j, p.Value(first+j))
		}
	}
	p.Add(1.2, []int32{0, 1, 2}, []float64{1, 1, 1})
	if !p.Solve(100) || math.Abs(p.Objective()-1.2) > 1e-9 {
		t.Errorf("with a column over all rows %v, want 1.2", p.Objective())
	}
	p.SetCost(p.Columns()-1, 9)
	if !p.Solve(100) || math.Abs(p.Objective()-1.5) > 1e-9 {
		t.Errorf("with that column dear %v, want 1.5", p.Objective())
	}
}

// At the optimum no column is cheaper than its rows' prices (dual feasible), every
// row is met (primal feasible), and both values agree: that is a proof of it.
func TestOptimaProveThemselves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.IntRange(1, 30).Draw(t, "rows")
		b := make([]float64, rows)
		for i := range b {
			b[i] = float64(rapid.IntRange(0, 9).Draw(t, "b"))
		}
		var cols [][]int
		var costs []float64
		for range rapid.IntRange(1, 60).Draw(t, "columns") {
			from := rapid.IntRange(0, rows-1).Draw(t, "from")
			var list []int
			for r := from; r < min(rows, from+rapid.IntRange(1, 8).Draw(t, "length")); r++ {
				list = append(list, r)
			}
			cols, costs = append(cols, list), append(costs, float64(rapid.IntRange(1, 20).Draw(t, "cost")))
		}
		p, first := covering(b, cols, costs)
		if !p.Solve(10_000) {
			t.Fatal("not solved")
		}
		value := 0.0
		met := make([]float64, rows)
		for j, list := range cols {
			x, priced := p.Value(first+j), 0.0
			value += costs[j] * x
			for _, r := range list {
				met[r] += x
				priced += p.Dual(r)
			}
			if priced > costs[j]+1e-6 || x < -1e-9 {
				t.Fatalf("column %d: x %v, prices %v, cost %v", j, x, priced, costs[j])
			}
		}
		for i := range b {
			short := max(0, b[i]-met[i])
			value += 50 * short
			if y := p.Dual(i); y < -1e-6 || y > 50+1e-6 {
				t.Fatalf("row %d has price %v", i, y)
			}
		}
		if math.Abs(value-p.Objective()) > 0.05 {
			t.Fatalf("columns cost %v, prices say %v", value, p.Objective())
		}
	})
}

func TestPackAddsUp(t *testing.T) {
	m := &Model{}
	r0, r1 := m.Row(0, 1), m.Row(0, 1)
	c0, c1 := m.Column(1, 0, 1), m.Column(2, 0, 1)
	m.Put(r0, c0, 2)
	m.Put(r1, c0, 1)
	m.Put(r0, c0, 3)
	m.Put(r0, -1, 7)
	m.Put(r1, c1, 4)
	m.Pack()
	if len(m.Value) != 3 || m.Value[0] != 5 || m.Index[0] != 0 || m.Value[1] != 1 || m.Start[1] != 2 || m.Value[2] != 4 || m.Index[2] != 1 {
		t.Errorf("%v %v %v", m.Start, m.Index, m.Value)
	}
}
