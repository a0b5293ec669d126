package metric

import "gonum.org/v1/gonum/mathext"

// binomialTail returns P(X ≥ k) for X ~ Bin(n, p) = I_p(k, n−k+1), the regularised incomplete beta function
// (NIST Handbook of Mathematical Functions, 8.17.5), for 0 ≤ k ≤ n.
func binomialTail(k, n int64, p float64) float64 {
	switch {
	case k <= 0 || p >= 1:
		return 1
	case p <= 0:
		return 0
	}
	return mathext.RegIncBeta(float64(k), float64(n-k+1), p)
}

// poissonBounds returns the exact two-sided 95 % bounds of a Poisson mean after counting k: quantiles of gamma
// distributions with shape k and k+1 (Garwood, Biometrika 28 (1936) 437).
func poissonBounds(k int64) (lo, hi float64) {
	if k > 0 {
		lo = mathext.GammaIncRegInv(float64(k), 0.025)
	}
	return lo, mathext.GammaIncRegInv(float64(k+1), 0.975)
}
