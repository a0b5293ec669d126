package model

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// Reforecast updates a day's forecast with what the day has brought so far.
//
// The factor scores b of [CalSVD] are the day's unknowns. Their prior is the
// forecast of the day before, b̂, with the variance v of its errors; the slots seen
// are x = V·b + noise of variance σ² (Poisson is ¼ on this scale):
//
//	minimise  Σ_seen (x_i − V_i·b)²/σ²  +  Σ_k (b_k − b̂_k)²/v_k
//
// Early slots move the scores little, for the prior is strong; there is no jump as
// with the usual ratio of actual to forecast, which chases noise. The rest of the
// day of any forecast – a blend's, say – is multiplied by how much the update moves
// the factor model's own.
//
// Source: Shen and Huang (2008), section 4, with variances for the penalty instead
// of a tuned one.
type Reforecast struct{ svd svdModel }

// NewReforecast prepares updates of the days after a history. It fails with
// ErrShort as CalSVD does.
func NewReforecast(h *History) (*Reforecast, error) {
	m, err := CalSVD{}.Fit(h)
	if err != nil {
		return nil, err
	}
	return &Reforecast{svd: m.(svdModel)}, nil
}

// maxMove bounds how far an update may move a slot, as a factor: more is an outage
// or an alarm, not a forecast.
const maxMove = 4

// Update returns the forecast of a day after the slots before now are known: seen
// slots keep their forecast, later ones move. seen holds the counts by slot; NaN
// marks a slot that is missing.
func (r *Reforecast) Update(target int, forecast, seen []float64, now int) []float64 {
	out := append([]float64(nil), forecast...)
	h := r.svd.h
	g := r.svd.groups[h.patternKey(target)]
	if g == nil {
		return out
	}
	prior := g.predictScores(h, target)
	before := g.counts(prior, h.Slots)
	after := g.counts(g.posterior(h, target, prior, seen, now), h.Slots)
	for i := now; i < len(out); i++ {
		if before[i] > 0 {
			out[i] *= math.Min(maxMove, math.Max(1.0/maxMove, after[i]/before[i]))
		}
	}
	return out
}

// posterior solves the penalised least squares of the scores.
func (g *svdGroup) posterior(h *History, target int, prior, seen []float64, now int) []float64 {
	k := len(prior)
	at := float64(h.days[target].place)
	a := mat.NewSymDense(k, nil)
	b := make([]float64, k)
	for f := range k {
		// In units of the noise variance, so that nothing overflows on tiny s2.
		w := g.noise() / math.Max(g.fits[f].variance(at), 1e-9)
		a.SetSym(f, f, w)
	}
	for c, i := range g.slots {
		if i >= now || math.IsNaN(seen[i]) {
			continue
		}
		e := math.Sqrt(seen[i] + 0.25)
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
	move := solve(a, b)
	for f := range move {
		move[f] += prior[f]
	}
	return move
}

// noise is the variance of a slot around its factors: what the factors leave, and
// never less than Poisson's.
func (g *svdGroup) noise() float64 { return math.Max(0.25, g.s2) }
