package erlang

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// GuessC returns the square-root staffing R + β·√R with the β of Halfin and Whitt
// (1981) for P(W>0) = pWait: [1 + β·Φ(β)/φ(β)]⁻¹ = pWait. It is a first guess for
// a search, never an answer. Domain: 0 < pWait < 1.
func GuessC(l Load, pWait float64) (float64, error) {
	if err := first(l.check(), positive("p_wait", pWait), share("p_wait", pWait)); err != nil {
		return 0, err
	}
	f := func(b float64) float64 {
		return 1/(1+b*distuv.UnitNormal.CDF(b)/distuv.UnitNormal.Prob(b)) - pWait
	}
	b := bisect(f, 1e-9, 10)
	return l.Erlangs() + b*math.Sqrt(l.Erlangs()), nil
}

// GuessA returns a first guess for RequiredA: the β of Garnett, Mandelbaum and
// Reiman (2002),
//
//	P(W>0) ≈ [1 + √(θ/μ)·h(β·√(μ/θ))/h(−β)]⁻¹,  h = φ/(1−Φ),
//
// for the share of callers the target lets wait.
func GuessA(l Load, patience float64, t Target) int {
	r := l.Erlangs()
	if r == 0 || t.ServiceLevel == 0 {
		return int(r)
	}
	hazard := func(x float64) float64 {
		if x > 30 {
			return x // φ/(1−Φ) → x
		}
		return distuv.UnitNormal.Prob(x) / distuv.UnitNormal.Survival(x)
	}
	g := math.Sqrt(l.AHT / patience) // √(θ/μ)
	f := func(b float64) float64 { return 1/(1+g*hazard(b/g)/hazard(-b)) - (1 - t.ServiceLevel) }
	return max(0, int(r+bisect(f, -8, 8)*math.Sqrt(r)))
}

// bisect returns a zero of the decreasing f in [lo, hi], or the nearer end.
func bisect(f func(float64) float64, lo, hi float64) float64 {
	for range 60 {
		mid := (lo + hi) / 2
		if f(mid) > 0 {
			lo = mid
		} else {
			hi = mid
		}
	}
	return (lo + hi) / 2
}
