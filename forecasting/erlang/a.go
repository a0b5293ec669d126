package erlang

import (
	"fmt"
	"math"
)

// maxTerms bounds the series of Erlang A; only an overloaded queue with nearly
// endless patience needs more, and its callers wait for hours.
const maxTerms = 50_000_000

// A is an Erlang A queue (Palm, M/M/n+M): callers wait and hang up after an
// exponential patience. It is valid for every load, overload included.
type A struct {
	Load
	Patience float64 // mean patience 1/θ, seconds
	Agents   float64

	pWait  float64 // P(W > 0)
	logAt0 float64 // log of the virtual wait's density at 0+, per second
	pLost  float64 // P(abandon)
}

// NewA returns the Erlang A queue of n agents. With x = nμ/θ and y = λ/θ,
//
//	A = 1 + Σ_{j≥1} Π_{k≤j} y/(x+k)
//	P(W>0) = A·B / (1 + (A−1)·B),  B = B(n, R)
//	P(abandon) = θ·E[Q]/λ
//
// Domain: λ ≥ 0, AHT > 0, 0 < patience < ∞ seconds, n ≥ 0 (fractions allowed).
// Outside it a *DomainError. Source: Mandelbaum and Zeltyn (2007), section 4.
func NewA(l Load, patience, n float64) (A, error) {
	if err := first(l.check(), positive("patience_s", patience), servers(n)); err != nil {
		return A{}, err
	}
	q := A{Load: l, Patience: patience, Agents: n, logAt0: math.Inf(-1)}
	if l.Rate == 0 {
		return q, nil
	}
	x, y := n*patience/l.AHT, l.Rate*patience
	logA, meanPos, err := tailSeries(x, y)
	if err != nil {
		return A{}, fmt.Errorf("patience_s = %g, agents = %g: %w", patience, n, err)
	}
	// free/A is the weight of "an agent is free" against "all busy".
	free := math.Exp(math.Log(inverseB(n, l.Erlangs())-1) - logA)
	q.pWait = 1 / (1 + free)
	q.pLost = q.pWait * meanPos / y // θ·E[Q]/λ, E[Q] = P(W>0)·E[waiting | all busy]
	if n == 0 {
		q.pLost = 1
	}
	// The density at 0+ is λ·π_{n−1} = nμ·π_n and π_n = P(W>0)/A.
	q.logAt0 = math.Log(n/l.AHT) + math.Log(q.pWait) - logA
	return q, nil
}

// tailSeries sums a_0 = 1, a_j = a_{j−1}·y/(x+j). It returns log Σ a_j and
// Σ j·a_j / Σ a_j. Terms grow while j < y−x, so both sums are rescaled.
func tailSeries(x, y float64) (logSum, mean float64, err error) {
	const big = 1e250
	term, sum, weighted, scale := 1.0, 1.0, 0.0, 0.0
	for j := 1.0; ; j++ {
		ratio := y / (x + j)
		term *= ratio
		sum += term
		weighted += j * term
		if ratio < 1 && j*term < 1e-18*(weighted+1e-300) {
			break
		}
		if sum > big {
			term, sum, weighted, scale = term/big, sum/big, weighted/big, scale+math.Log(big)
		}
		if j > maxTerms {
			return 0, 0, &DomainError{"patience", y, "shorter: the overloaded queue would hold more callers than can be summed"}
		}
	}
	return math.Log(sum) + scale, weighted / sum, nil
}

// PWait returns P(W > 0), the share of callers who find all agents busy.
func (q A) PWait() float64 { return q.pWait }

// PAbandon returns the share of callers who hang up waiting.
func (q A) PAbandon() float64 { return q.pLost }

// MeanWait returns the mean wait of all callers, served or not, in seconds:
// E[W] = P(abandon)/θ.
func (q A) MeanWait() float64 { return q.pLost * q.Patience }

// MeanQueue returns the mean number of callers waiting, λ·E[W].
func (q A) MeanQueue() float64 { return q.Rate * q.MeanWait() }

// Occupancy returns λ·(1−P(abandon))/(nμ), 0 without agents.
func (q A) Occupancy() float64 {
	if q.Agents == 0 {
		return 0
	}
	return q.Erlangs() * (1 - q.pLost) / q.Agents
}

// ServedWithin returns the share of callers answered within t seconds,
//
//	P(W=0) + ∫₀^t e^{−θv} f(v) dv,  f(v) = λ·π_{n−1}·exp(λ(1−e^{−θv})/θ − nμv),
//
// f being the density of the wait of a caller with endless patience.
func (q A) ServedWithin(t float64) float64 {
	return 1 - q.pWait + q.integrate(0, math.Max(t, 0), func(v float64) float64 { return -v / q.Patience })
}

// AbandonedWithin returns the share of callers who hang up within t seconds of
// waiting: P(W>0) − P(W>t) − P(0 < W ≤ t, served).
func (q A) AbandonedWithin(t float64) float64 {
	t = math.Max(t, 0)
	served := q.integrate(0, t, func(v float64) float64 { return -v / q.Patience })
	return clamp(q.pWait - q.PWaitOver(t) - served)
}

// PWaitOver returns P(W > t), served or not: e^{−θt}·P(V > t), V the wait of a
// caller with endless patience.
func (q A) PWaitOver(t float64) float64 {
	if t <= 0 {
		return q.pWait
	}
	if q.Agents == 0 {
		if q.Rate == 0 {
			return 0
		}
		return math.Exp(-t / q.Patience) // nobody serves: the caller's patience alone
	}
	shift := t / q.Patience
	return q.integrate(t, math.Inf(1), func(float64) float64 { return -shift })
}

// ASA returns the mean wait of answered callers in seconds, 0 when nobody is.
func (q A) ASA() float64 {
	if q.pLost >= 1 || q.pWait == 0 {
		return 0
	}
	w := q.integrate(0, math.Inf(1), func(v float64) float64 { return math.Log(v) - v/q.Patience })
	return w / (1 - q.pLost)
}

// ServiceLevel returns the share the given definition asks for: t is the answer
// threshold, short the longest wait that still counts as a short abandon
// (used by [Default] only), both in seconds.
func (q A) ServiceLevel(d Definition, t, short float64) float64 {
	served := q.ServedWithin(t)
	switch d {
	case Offered:
		return served
	case AbandonCredit:
		return clamp(served + q.AbandonedWithin(t))
	case LessAbandonsInT:
		return ratio(served, 1-q.AbandonedWithin(t))
	case Answered:
		return ratio(served, 1-q.pLost)
	default:
		return ratio(served, 1-q.AbandonedWithin(short))
	}
}

// logDensity is log f(v).
func (q A) logDensity(v float64) float64 {
	return q.logAt0 - q.Rate*q.Patience*math.Expm1(-v/q.Patience) - q.Agents*v/q.AHT
}

// integrate returns ∫_a^b f(v)·e^{g(v)} dv by Gauss–Legendre panels no wider
// than the density's own scale, so that each panel is nearly polynomial.
func (q A) integrate(a, b float64, g func(float64) float64) float64 {
	if b <= a || math.IsInf(q.logAt0, -1) {
		return 0
	}
	b = math.Min(b, q.horizon(a))
	// log f is concave with curvature at most λθ and slope at most |λ−nμ| at 0,
	// nμ far out: these set the width.
	steep := math.Sqrt(q.Rate/q.Patience) + math.Abs(q.Rate-q.Agents/q.AHT) + 1/q.Patience
	panels := math.Min(math.Max(math.Ceil((b-a)*steep/2), 1), 20_000)
	width, sum := (b-a)/panels, 0.0
	for i := 0.0; i < panels; i++ {
		mid := a + (i+0.5)*width
		for k, node := range legendreNodes {
			v := mid + node*width/2
			sum += legendreWeights[k] * math.Exp(q.logDensity(v)+g(v))
		}
	}
	return notBelowZero(sum * width / 2)
}

// horizon returns a wait beyond which the density no longer counts (e^{−50} of
// what it is at its largest after t).
func (q A) horizon(t float64) float64 {
	peak := t
	if over := q.Rate * q.AHT / q.Agents; over > 1 {
		peak = math.Max(t, q.Patience*math.Log(over)) // where log f is largest
	}
	top, step := q.logDensity(peak), 1/(math.Sqrt(q.Rate/q.Patience)+math.Abs(q.Rate-q.Agents/q.AHT))
	v := peak + step
	for q.logDensity(v) > top-50 {
		step *= 1.5
		v += step
	}
	return v
}

// clamp keeps rounding noise out of a probability.
func clamp(p float64) float64 { return math.Min(math.Max(p, 0), 1) }

// notBelowZero keeps an integral from going below zero; means may exceed 1.
func notBelowZero(v float64) float64 { return math.Max(v, 0) }

// ratio is a/b as a share, 0 where b is 0: a level nobody could reach is not met.
func ratio(a, b float64) float64 {
	if b <= 0 {
		return 0
	}
	return clamp(a / b)
}
