package lp

import (
	"math"
	"slices"
)

// patience is after how many steps without a better bound the step is halved.
const patience = 8

// Ascent improves the prices of a Lagrangian bound by subgradient steps with Polyak's
// rule (step = scale · (target − L) / |slope|²) and halving (Held, Wolfe and Crowder
// 1974). Slope is minus the gradient and is set by the function that [Ascent.Run] calls.
type Ascent struct {
	Prices, Slope [][]float64
	Top           []float64 // highest useful price per row
	Target        float64   // cost of the best solution known
	Most          int       // steps
	Done          func() bool
}

// Run returns the best bound; every value of eval is one.
func (a *Ascent) Run(eval func() float64) float64 {
	best, scale, idle := math.Inf(-1), 0.5, 0
	var kept [][]float64
	for range a.Most {
		v := eval()
		if v > best {
			best, idle, kept = v, 0, clone(a.Prices)
		} else if idle++; idle >= patience {
			scale, idle = scale/2, 0
			for l := range kept {
				copy(a.Prices[l], kept[l])
			}
			v = eval()
		}
		norm := 0.0
		for _, row := range a.Slope {
			for _, s := range row {
				norm += s * s
			}
		}
		if norm == 0 || scale < 1e-3 || a.Done() {
			break
		}
		step := scale * max(a.Target-v, 0) / norm
		for l, row := range a.Prices {
			for t := range row {
				row[t] = min(row[t]-step*a.Slope[l][t], a.Top[l])
			}
		}
	}
	return best
}

func clone(rows [][]float64) [][]float64 {
	out := make([][]float64, len(rows))
	for i := range rows {
		out[i] = slices.Clone(rows[i])
	}
	return out
}
