package erlang

import "gonum.org/v1/gonum/integrate/quad"

// legendreNodes and legendreWeights are the 12-point Gauss–Legendre rule on
// [−1, 1]: exact for polynomials up to degree 23.
var legendreNodes, legendreWeights = legendre()

func legendre() (x, w [12]float64) {
	quad.Legendre{}.FixedLocations(x[:], w[:], -1, 1)
	return x, w
}
