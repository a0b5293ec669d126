package model

import (
	"math"

	"github.com/agner-platform/agner/forecasting/learn"
	"gonum.org/v1/gonum/mat"
)

// Reforecast updates a day's forecast with what the day has brought so far.
//
// The factor scores b of [CalSVD] and of [Harmonic] are the day's unknowns. Their prior is the
// forecast of the day before, b̂, with the variance v of its errors; the slots seen
// are x = V·b + noise of variance σ² (Poisson is ¼ on this scale):
//
//	minimise  Σ_seen (x_i − V_i·b)²/σ²  +  Σ_k (b_k − b̂_k)²/v_k
//
// Early slots move the scores little, for the prior is strong; there is no jump as
// with the usual ratio of actual to forecast, which chases noise. The rest of the
// day of any forecast – a blend's, say – is multiplied by how much the update moves
// the factor models' own, on average.
//
// Source: Shen and Huang (2008), section 4, with variances for the penalty instead
// of a tuned one.
type Reforecast struct{ models []svdModel }

// NewReforecast prepares updates of the days after a history. It fails with
// ErrShort as CalSVD does.
func NewReforecast(h *History) (*Reforecast, error) {
	r := &Reforecast{}
	for _, m := range []Method{CalSVD{}, Harmonic{}} {
		fit, err := m.Fit(h)
		if err != nil {
			if len(r.models) > 0 {
				break // one slot a day: nothing to update within it
			}
			return nil, err
		}
		r.models = append(r.models, fit.(svdModel))
	}
	return r, nil
}

// maxMove bounds how far an update may move a slot, as a factor: more is an outage
// or an alarm, not a forecast.
const maxMove = 4

// Update returns the forecast of a day after the slots before now are known: seen
// slots keep their forecast, later ones move. seen holds the counts by slot; NaN
// marks a slot that is missing.
func (r *Reforecast) Update(target int, forecast, seen []float64, now int) []float64 {
	out := append([]float64(nil), forecast...)
	move := make([]float64, len(out))
	n := 0.0
	for _, m := range r.models {
		g := m.groups[m.h.patternKey(target)]
		if g == nil {
			continue
		}
		n++
		prior := g.predictScores(m.h, target)
		before := g.counts(m.h, target, prior)
		after := g.counts(m.h, target, g.posterior(m.h, target, prior, seen, now))
		for i := now; i < len(out); i++ {
			move[i] += factorOf(after[i], before[i])
		}
	}
	for i := now; i < len(out) && n > 0; i++ {
		out[i] *= move[i] / n
	}
	return out
}

// factorOf is how much an update moves a slot, within bounds.
func factorOf(after, before float64) float64 {
	if before <= 0 {
		return 1
	}
	return math.Min(maxMove, math.Max(1.0/maxMove, after/before))
}

// posterior solves the penalised least squares of the scores.
func (g *svdGroup) posterior(h *History, target int, prior, seen []float64, now int) []float64 {
	k := len(prior)
	at := float64(h.days[target].place)
	a := mat.NewSymDense(k, nil)
	b := make([]float64, k)
	for f := range k {
		// In units of the noise variance, so that nothing overflows on tiny s2.
		w := g.noise() / math.Max(g.fits[f].Variance(at), 1e-9)
		a.SetSym(f, f, w)
	}
	offset := g.offset(h, target)
	for c, i := range g.slots {
		if i >= now || math.IsNaN(seen[i]) {
			continue
		}
		e := math.Sqrt(seen[i]+0.25) - offset[c]
		for f := range k {
			e -= prior[f] * g.v[f][c]
		}
		for f := range k {
			b[f] += g.v[f][c] * e
			for j := f; j < k; j++ {
				a.SetSym(f, j, a.At(f, j)+g.v[f][c]*g.v[j][c])
			}
		}
	}
	move := learn.Solve(a, b)
	for f := range move {
		move[f] += prior[f]
	}
	return move
}

// noise is the variance of a slot around its factors: what the factors leave, and
// never less than Poisson's. Where neighbouring slots err together (correlation ρ)
// they tell less than they seem to, by the factor (1+ρ)/(1−ρ) of an AR(1) mean.
func (g *svdGroup) noise() float64 {
	return math.Max(0.25, g.s2) * (1 + g.rho) / (1 - g.rho)
}
