package lp

import (
	"math"
	"testing"
)

// TestAscent: min x + y with x + y ≥ 4, 0 ≤ x, y ≤ 3, y at twice the price, has the value 5
// (x = 3, y = 1); so has its Lagrangian dual at price 2.
func TestAscent(t *testing.T) {
	prices, slope := [][]float64{{0}}, [][]float64{{0}}
	a := Ascent{Prices: prices, Slope: slope, Top: []float64{10}, Target: 5, Most: 500, Done: func() bool { return false }}
	got := a.Run(func() float64 {
		v := prices[0][0]
		total, have := 4*v, 0.0
		for _, cost := range []float64{1, 2} {
			if cost < v {
				total += 3 * (cost - v)
				have += 3
			}
		}
		slope[0][0] = have - 4
		return total
	})
	if math.Abs(got-5) > 0.05 || got > 5+1e-9 {
		t.Errorf("bound %g, want 5", got)
	}
}
