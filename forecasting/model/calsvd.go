package model

import (
	"fmt"
	"math"

	"github.com/agner-platform/agner/forecasting/learn"
	"github.com/agner-platform/agner/forecasting/series"
	"gonum.org/v1/gonum/mat"
)

// CalSVD forecasts day profiles as a few factors whose scores follow the calendar.
//
// The last W observed days of one opening pattern form a matrix x[d,j] = √(N+¼),
// which makes Poisson noise even. Its singular vectors are profiles; each day is a
// few scores on them:
//
//	X = U·S·V',  B = X·V_K,  K = 4
//
// The first score (the day's size) is a weekday intercept plus calendar dummies
// plus an AR(1) residual; the others (its shape) are a weekday mean plus AR(1).
// A forecast goes back by N = max(x,0)² − ¼ + s², s² being the mean squared
// residual of the reconstruction: without it the square makes forecasts low.
//
// Source: H. Shen and J. Z. Huang (2008), "Interday forecasting and intraday
// updating of call center arrivals", Manufacturing & Service Operations Management
// 10(3), 391–410; the calendar regression on the first factor is ours.
type CalSVD struct {
	Window  int // W, 0 means 150
	Factors int // K, 0 means 4
}

const (
	svdWindow  = 150
	svdFactors = 4
	svdMinDays = 10
	svdRidge   = 0.1 // pseudo observations of "no effect" per calendar dummy
)

// Name returns "cal-svd".
func (CalSVD) Name() string { return "cal-svd" }

// svdModel is one factor model per opening pattern.
type svdModel struct {
	h      *History
	groups map[string]*svdGroup
}

// svdGroup is the factor model of the days with one opening pattern.
type svdGroup struct {
	slots  []int // the open slots
	days   []int
	v      [][]float64 // K profiles
	scores [][]float64 // by factor, then day
	fits   []learn.AR
	s2     float64       // mean squared residual of a slot
	rest   *[7][]float64 // what the profiles miss by weekday and open slot; nil: nothing
	rho    float64       // correlation of neighbouring slots' residuals, 0 to maxRho
}

// Fit needs ten observed days of an opening pattern; patterns with fewer are left
// to the weighted mean of their weekday.
func (m CalSVD) Fit(h *History) (Model, error) {
	if m.Window == 0 {
		m.Window = svdWindow
	}
	if m.Factors == 0 {
		m.Factors = svdFactors
	}
	out := svdModel{h: h, groups: map[string]*svdGroup{}}
	for key, days := range h.patterns(m.Window) {
		if len(days) < svdMinDays {
			continue
		}
		g := h.newGroup(days)
		if !g.factor(h, m.Factors) {
			continue
		}
		g.regress(h)
		out.groups[key] = g
	}
	if len(out.groups) == 0 {
		return nil, fmt.Errorf("cal-svd: fewer than %d days alike: %w", svdMinDays, ErrShort)
	}
	return out, nil
}

// patternKey names the opening hours of the weekday a day follows.
func (h *History) patternKey(day int) string {
	open := h.days[day].open
	b := make([]byte, len(open))
	for i, o := range open {
		if o {
			b[i] = 1
		}
	}
	return string(b)
}

// patterns groups the last days with at least half of their slots observed.
func (h *History) patterns(window int) map[string][]int {
	out := map[string][]int{}
	for d := h.Days - 1; d >= 0; d-- {
		_, seen, open := h.Total(d)
		if open == 0 || 2*seen < open {
			continue
		}
		if key := h.patternKey(d); len(out[key]) < window {
			out[key] = append(out[key], d)
		}
	}
	for _, days := range out {
		for i, j := 0, len(days)-1; i < j; i, j = i+1, j-1 {
			days[i], days[j] = days[j], days[i]
		}
	}
	return out
}

func (h *History) newGroup(days []int) *svdGroup {
	g := &svdGroup{days: days}
	for i, o := range h.days[days[len(days)-1]].open {
		if o {
			g.slots = append(g.slots, i)
		}
	}
	return g
}

// matrix returns √(N+¼) by day and open slot; holes are filled from the day's
// usual values at the day's level.
func (g *svdGroup) matrix(h *History) [][]float64 {
	x := make([][]float64, len(g.days))
	for r, d := range g.days {
		x[r] = make([]float64, len(g.slots))
		level := math.Exp(h.Usual.Days[d].Rho)
		usual := h.Usual.Row(d)
		for c, i := range g.slots {
			v, st := h.At(d, i)
			if st != series.Observed {
				v = usual[i] * level
			}
			x[r][c] = math.Sqrt(v + 0.25)
		}
	}
	return x
}

// factor decomposes the matrix.
func (g *svdGroup) factor(h *History, k int) bool {
	x := g.matrix(h)
	n, p := len(x), len(g.slots)
	m := mat.NewDense(n, p, nil)
	for r := range x {
		m.SetRow(r, x[r])
	}
	k = min(k, p, max(1, n/10))
	var svd mat.SVD
	if !svd.Factorize(m, mat.SVDThin) {
		return false
	}
	var v mat.Dense
	svd.VTo(&v)
	rest := 0.0
	for _, s := range svd.Values(nil)[k:] {
		rest += s * s
	}
	g.s2 = rest / float64(n*p)
	g.v = make([][]float64, k)
	for f := range k {
		g.v[f] = mat.Col(nil, f, &v)
		if sum(g.v[f]) < 0 {
			for i := range g.v[f] {
				g.v[f][i] = -g.v[f][i]
			}
		}
	}
	g.project(x)
	g.neighbours(h, x)
	return true
}

// project computes each day's scores on the profiles.
func (g *svdGroup) project(x [][]float64) {
	g.scores = make([][]float64, len(g.v))
	for f := range g.v {
		g.scores[f] = make([]float64, len(x))
		for r := range x {
			g.scores[f][r] = learn.Dot(x[r], g.v[f])
		}
	}
}

// maxRho bounds the correlation of neighbouring slots that is believed.
const maxRho = 0.8

// neighbours measures how neighbouring slots err together.
func (g *svdGroup) neighbours(h *History, x [][]float64) {
	num, den := 0.0, 0.0
	for r, d := range g.days {
		before, offset := 0.0, g.offset(h, d)
		for c := range g.slots {
			e := x[r][c] - offset[c]
			for f := range g.v {
				e -= g.scores[f][r] * g.v[f][c]
			}
			num += e * before
			den += e * e
			before = e
		}
	}
	if den > 0 {
		g.rho = math.Min(maxRho, math.Max(0, num/den))
	}
}

// regress fits each score's course through the days.
func (g *svdGroup) regress(h *History) {
	at := make([]float64, len(g.days))
	size := make([][]float64, len(g.days))
	shape := make([][]float64, len(g.days))
	for r, d := range g.days {
		at[r] = float64(h.days[d].place)
		if r > 0 && at[r] <= at[r-1] {
			at[r] = at[r-1] + 0.5 // holidays do not advance the working days
		}
		shape[r] = h.weekdays(d)
		size[r] = append(h.weekdays(d), h.dummies(d)...)
	}
	ridge := make([]float64, 7+colDummies)
	for i := 7; i < len(ridge); i++ {
		ridge[i] = svdRidge
	}
	g.fits = make([]learn.AR, len(g.v))
	for f := range g.v {
		if f == 0 {
			g.fits[f] = learn.FitAR(size, g.scores[f], at, ridge)
		} else {
			g.fits[f] = learn.FitAR(shape, g.scores[f], at, make([]float64, 7))
		}
	}
}

// predictScores returns the expected factor scores of a day.
func (g *svdGroup) predictScores(h *History, target int) []float64 {
	at := float64(h.days[target].place)
	out := make([]float64, len(g.fits))
	for f, fit := range g.fits {
		x := h.weekdays(target)
		if f == 0 {
			x = append(x, h.dummies(target)...)
		}
		out[f] = fit.Predict(x, at)
	}
	return out
}

// counts turns scores into expected counts.
func (g *svdGroup) counts(h *History, target int, scores []float64) []float64 {
	out := make([]float64, h.Slots)
	offset := g.offset(h, target)
	for c, i := range g.slots {
		x := offset[c]
		for f, b := range scores {
			x += b * g.v[f][c]
		}
		x = math.Max(x, 0)
		out[i] = math.Max(0, x*x-0.25+g.s2)
	}
	return out
}

// offset is what the profiles miss of a day's weekday.
func (g *svdGroup) offset(h *History, day int) []float64 {
	if g.rest == nil {
		return make([]float64, len(g.slots))
	}
	return g.rest[h.days[day].like]
}

// Day returns the expected counts of a day.
func (m svdModel) Day(target int) []float64 {
	g := m.groups[m.h.patternKey(target)]
	if g == nil {
		return m.h.scale(target, m.h.ewma(target, ewmaAlpha))
	}
	return g.counts(m.h, target, g.predictScores(m.h, target))
}

func sum(v []float64) float64 {
	s := 0.0
	for _, x := range v {
		s += x
	}
	return s
}
