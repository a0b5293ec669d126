package model

import (
	"fmt"
	"math"
)

// Harmonic is dynamic harmonic regression: the day's shape is a sum of cosines of
// the time of day, and the coefficient of each follows the weekday with AR(1)
// errors, the first (the day's size) the calendar as well. Unlike [CalSVD] the
// shapes are given, not learned, so it works from two weeks of history; what the
// cosines cannot draw is added as the weekday's mean residual.
type Harmonic struct{}

const harmonicTerms = 9 // cosines, the constant included: shapes of two hours in a day of 16

// Name returns "harmonic".
func (Harmonic) Name() string { return "harmonic" }

// Fit needs ten observed days of an opening pattern with two or more slots.
func (Harmonic) Fit(h *History) (Model, error) {
	out := svdModel{h: h, groups: map[string]*svdGroup{}}
	for key, days := range h.patterns(svdWindow) {
		g := h.newGroup(days)
		if len(days) < svdMinDays || len(g.slots) < 2 { // a single slot has no shape
			continue
		}
		x := g.matrix(h)
		g.v = cosines(len(g.slots), harmonicTerms)
		g.project(x)
		g.rest = g.residuals(h, x)
		g.neighbours(h, x)
		g.regress(h)
		out.groups[key] = g
	}
	if len(out.groups) == 0 {
		return nil, fmt.Errorf("harmonic: fewer than %d days alike: %w", svdMinDays, ErrShort)
	}
	return out, nil
}

// cosines returns the first k vectors of the orthonormal cosine basis (DCT-II) of
// n points; unlike sines and cosines of a full turn it does not force the day's
// end to meet its beginning.
func cosines(n, k int) [][]float64 {
	out := make([][]float64, min(n, k))
	for f := range out {
		out[f] = make([]float64, n)
		c := math.Sqrt(2 / float64(n))
		if f == 0 {
			c = math.Sqrt(1 / float64(n))
		}
		for i := range out[f] {
			out[f][i] = c * math.Cos(math.Pi*float64(f)*(float64(i)+0.5)/float64(n))
		}
	}
	return out
}

// residuals returns what the basis misses, by weekday, and sets s2 to the mean
// square of what is left after that.
func (g *svdGroup) residuals(h *History, x [][]float64) *[7][]float64 {
	var out [7][]float64
	var n [7]float64
	for wd := range out {
		out[wd] = make([]float64, len(g.slots))
	}
	rest := make([]float64, len(g.slots))
	for pass := range 2 {
		total := 0.0
		for r, d := range g.days {
			wd := h.days[d].like
			copy(rest, x[r])
			for f := range g.v {
				for c := range rest {
					rest[c] -= g.scores[f][r] * g.v[f][c]
				}
			}
			for c := range rest {
				if pass == 0 {
					out[wd][c] += rest[c]
				} else {
					e := rest[c] - out[wd][c]
					total += e * e
				}
			}
			if pass == 0 {
				n[wd]++
			}
		}
		if pass == 1 {
			g.s2 = total / float64(len(x)*len(g.slots))
			break
		}
		for wd := range out {
			for c := range out[wd] {
				out[wd][c] /= math.Max(1, n[wd])
			}
		}
	}
	return &out
}
