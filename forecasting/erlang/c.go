package erlang

import (
	"fmt"
	"math"
)

// C is an Erlang C queue (M/M/n): callers wait as long as it takes.
type C struct {
	Load
	Agents float64

	wait float64 // P(W > 0)
}

// NewC returns the Erlang C queue of n agents.
//
//	P(W>0) = n·B / (n − R·(1−B)),  B = B(n, R)
//
// Domain: n > R (else an error matching ErrUnstable), λ ≥ 0, AHT > 0.
func NewC(l Load, n float64) (C, error) {
	if err := first(l.check(), servers(n)); err != nil {
		return C{}, err
	}
	r := l.Erlangs()
	if n <= r && r > 0 {
		return C{}, fmt.Errorf("agents = %g, offered load = %g erlangs: %w", n, r, ErrUnstable)
	}
	q := C{Load: l, Agents: n}
	if r > 0 {
		// Divided through by B, so that a B that underflows gives 0, not NaN.
		q.wait = n / ((n-r)*inverseB(n, r) + r)
	}
	return q, nil
}

// PWait returns P(W > 0), the share of callers who wait at all.
func (q C) PWait() float64 { return q.wait }

// PWaitOver returns P(W > t) = P(W>0)·e^{−(n−R)·t/AHT}, t in seconds ≥ 0.
func (q C) PWaitOver(t float64) float64 {
	return q.wait * math.Exp(-(q.Agents-q.Erlangs())*math.Max(t, 0)/q.AHT)
}

// ServiceLevel returns P(W ≤ t).
func (q C) ServiceLevel(t float64) float64 { return 1 - q.PWaitOver(t) }

// ASA returns the mean wait of all callers in seconds: P(W>0)·AHT/(n−R).
func (q C) ASA() float64 {
	if q.wait == 0 {
		return 0
	}
	return q.wait * q.AHT / (q.Agents - q.Erlangs())
}

// Occupancy returns R/n, 0 without agents.
func (q C) Occupancy() float64 {
	if q.Agents == 0 {
		return 0
	}
	return q.Erlangs() / q.Agents
}

// MeanQueue returns the mean number of callers waiting, λ·ASA.
func (q C) MeanQueue() float64 { return q.Rate * q.ASA() }
