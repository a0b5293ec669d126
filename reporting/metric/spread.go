package metric

import (
	"math"
	"slices"
)

// Gini returns how unevenly the values are spread: 0 when all are equal, (n−1)/n when one has everything.
//
//	G = Σ_i (2i − n − 1)·x_i / (n · Σx), x ascending, i from 1
//
// Values must not be negative. NaN for no values or when all are zero. Source: Sen, On Economic Inequality (1973), p. 31.
func Gini(values []float64) float64 {
	x := slices.Clone(values)
	slices.Sort(x)
	var weighted, total float64
	for i, v := range x {
		weighted += float64(2*(i+1)-len(x)-1) * v
		total += v
	}
	if total == 0 {
		return math.NaN()
	}
	return weighted / (float64(len(x)) * total)
}

// Variation returns the coefficient of variation, the population standard deviation per mean; NaN for no values or a
// mean of zero.
func Variation(values []float64) float64 {
	n := float64(len(values))
	var total float64
	for _, v := range values {
		total += v
	}
	mean := total / n
	if n == 0 || mean == 0 {
		return math.NaN()
	}
	var square float64
	for _, v := range values {
		square += (v - mean) * (v - mean)
	}
	return math.Sqrt(square/n) / mean
}
