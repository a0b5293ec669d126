package erlang

import "math"

// B returns the Erlang B blocking probability: the share of calls that find all
// n servers busy and are lost.
//
//	B(0) = 1,  B(k) = R·B(k−1) / (k + R·B(k−1))
//
// Domain: n ≥ 0 servers (fractions allowed, see below), R ≥ 0 erlangs. Outside
// it a *DomainError. B(n, 0) is 0 for n > 0 and 1 for n = 0.
//
// For a fractional n the recursion starts from the integral of Jagerman (1974),
//
//	1/B(f, R) = ∫₀^∞ e^{−s} (1 + s/R)^f ds,  0 ≤ f < 1.
func B(n, erlangs float64) (float64, error) {
	if err := first(servers(n), finite("erlangs", erlangs, 0)); err != nil {
		return 0, err
	}
	return 1 / inverseB(n, erlangs), nil
}

// servers checks a number of agents.
func servers(n float64) error {
	if err := finite("agents", n, 0); err != nil {
		return err
	}
	if n > MaxAgents {
		return &DomainError{"agents", n, "at most 2097152"}
	}
	return nil
}

// inverseB returns 1/B(n, R), which grows without cancellation:
// I(k) = 1 + k/R·I(k−1). It is +Inf where B underflows and for R = 0 < n.
func inverseB(n, r float64) float64 {
	whole, frac := math.Modf(n)
	if r == 0 {
		if n == 0 {
			return 1
		}
		return math.Inf(1)
	}
	inv := 1.0
	if frac > 0 {
		inv = inverseBFraction(frac, r)
	}
	for k := 1.0; k <= whole; k++ {
		inv = 1 + (k+frac)/r*inv
		if math.IsInf(inv, 1) {
			return inv
		}
	}
	return inv
}

// inverseBFraction is Jagerman's integral for 0 < f < 1, by the double
// exponential rule s = e^{π/2·sinh u}: the integrand has a branch point just
// left of 0 when R is small, where Gauss rules converge slowly.
func inverseBFraction(f, r float64) float64 {
	const h, edge = 1.0 / 32, 4.0
	sum := 0.0
	for u := -edge; u <= edge; u += h {
		s := math.Exp(math.Pi / 2 * math.Sinh(u))
		w := s * math.Pi / 2 * math.Cosh(u)
		if v := w * math.Exp(-s+f*math.Log1p(s/r)); !math.IsNaN(v) {
			sum += v
		}
	}
	return sum * h
}

// LinesFor returns the smallest number of lines whose Erlang B blocking is at
// most maxBlocking. Domain: R ≥ 0, 0 < maxBlocking ≤ 1.
func LinesFor(erlangs, maxBlocking float64) (int, error) {
	if err := first(finite("erlangs", erlangs, 0), share("max_blocking", maxBlocking), positive("max_blocking", maxBlocking)); err != nil {
		return 0, err
	}
	inv, want := 1.0, 1/maxBlocking
	n := 0
	for ; inv < want*(1-1e-12); n++ {
		if n >= MaxAgents {
			return 0, ErrUnreachable
		}
		inv = 1 + float64(n+1)/erlangs*inv
	}
	return n, nil
}
