// Package patience measures how long callers wait before they hang up, from visits of
// which most never did: they were answered first.
//
// # Vocabulary
//
//   - [Count]: callers whose wait ended within one second: by a hang-up, or otherwise.
//     Every exit but a hang-up is censoring: it says only that patience was longer.
//   - survival S(t): the share of callers still willing to wait after t seconds, by
//     Kaplan and Meier, with Greenwood's variance.
//   - θ: hang-ups per second of waiting; 1/θ is the mean patience that Erlang A takes.
//
// The mean wait of those who hung up is no measure of patience: they are the impatient,
// cut off by service. Technion 1999: 67 s, where the median patience is 311 s.
package patience

import (
	"math"
	"slices"
)

// Count is how many waits ended in a second, by hanging up or by anything else.
type Count struct {
	Second int
	Left   float64
	Other  float64
}

// Point is the survival curve after a second in which somebody hung up.
type Point struct {
	Second   int     `json:"second"`
	Survival float64 `json:"survival"`
	SE       float64 `json:"se"` // standard error, Greenwood
	AtRisk   float64 `json:"at_risk"`
}

// Curve is the survival of patience.
type Curve []Point

// Fit estimates the survival curve: S(t) = Π_{s ≤ t} (1 − d_s/n_s), d_s the hang-ups in
// second s and n_s those who waited at least s. Counts may come in any order; seconds
// below 0 do not count.
//
// Source: E. L. Kaplan and P. Meier (1958), "Nonparametric estimation from incomplete
// observations", JASA 53, 457–481; variance of M. Greenwood (1926).
func Fit(list []Count) Curve {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b Count) int { return a.Second - b.Second })
	risk := 0.0
	for _, c := range list {
		if c.Second >= 0 {
			risk += c.Left + c.Other
		}
	}
	var out Curve
	s, green := 1.0, 0.0
	for i := 0; i < len(list); {
		second, left, gone := list[i].Second, 0.0, 0.0
		for ; i < len(list) && list[i].Second == second; i++ {
			left += list[i].Left
			gone += list[i].Left + list[i].Other
		}
		if second < 0 {
			continue
		}
		if left > 0 {
			s *= 1 - left/risk
			if risk > left {
				green += left / (risk * (risk - left))
			}
			out = append(out, Point{second, s, s * math.Sqrt(green), risk})
		}
		risk -= gone
	}
	return out
}

// At returns S(t).
func (c Curve) At(t float64) float64 {
	s := 1.0
	for _, p := range c {
		if float64(p.Second) > t {
			break
		}
		s = p.Survival
	}
	return s
}

// Quantile returns the smallest second by which a share p of callers has lost patience,
// and false where fewer ever did under observation.
func (c Curve) Quantile(p float64) (float64, bool) {
	for _, q := range c {
		if q.Survival <= 1-p {
			return float64(q.Second), true
		}
	}
	return 0, false
}

// Bump is a stretch of waiting in which callers hang up more often than around it: an
// announcement that tells them something, a change of music.
type Bump struct {
	From   int     `json:"from_s"`
	To     int     `json:"to_s"`
	Hazard float64 `json:"hazard"` // hang-ups per second of waiting
	Usual  float64 `json:"usual"`  // of the ten seconds on either side
}

// binSeconds is the width in which hazards are compared.
const binSeconds = 5

// Bumps finds stretches of five seconds whose hazard is above 1.25 times that of the ten
// seconds on either side and more than four standard deviations of a Poisson count.
func Bumps(list []Count, until int) []Bump {
	n := until / binSeconds
	left, time := make([]float64, n), make([]float64, n)
	for _, c := range list {
		for b := range n {
			from := b * binSeconds
			if c.Second >= from {
				time[b] += (c.Left + c.Other) * math.Min(binSeconds, float64(c.Second-from))
			}
		}
		if b := c.Second / binSeconds; c.Second >= 0 && b < n {
			left[b] += c.Left
		}
	}
	var out []Bump
	for b := range n {
		around, span := 0.0, 0.0
		for k := max(0, b-2); k < min(n, b+3); k++ {
			if k != b {
				around, span = around+left[k], span+time[k]
			}
		}
		if span == 0 || time[b] == 0 {
			continue
		}
		usual := around / span
		want := usual * time[b]
		if left[b] > 1.25*want && left[b]-want > 4*math.Sqrt(want+1) {
			out = append(out, Bump{b * binSeconds, (b + 1) * binSeconds, left[b] / time[b], usual})
		}
	}
	return out
}

// Exposure is hang-ups and the seconds waited.
type Exposure struct {
	Left    float64 `json:"left"`
	Seconds float64 `json:"seconds"`
}

// Mean is the mean patience 1/θ = seconds waited per hang-up, the maximum likelihood
// estimate under an exponential; 0 where nobody hung up.
func (e Exposure) Mean() float64 {
	if e.Left <= 0 {
		return 0
	}
	return e.Seconds / e.Left
}

// prior is how many hang-ups the whole queue's estimate weighs in that of an hour.
const prior = 20

// ByHour returns the mean patience of each part of a day, shrunk towards that of the whole:
// θ_h = (left_h + prior) / (seconds_h + prior·mean). Without any hang-up every part has the
// value given for that case.
func ByHour(list []Exposure, without float64) []float64 {
	var all Exposure
	for _, e := range list {
		all.Left += e.Left
		all.Seconds += e.Seconds
	}
	out := make([]float64, len(list))
	mean := all.Mean()
	for h, e := range list {
		out[h] = without
		if mean > 0 {
			out[h] = (e.Seconds + prior*mean) / (e.Left + prior)
		}
	}
	return out
}
