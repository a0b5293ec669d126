package spread

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"
)

// GammaPoisson is the distribution of a slot's count: Poisson around a rate that is
// itself uncertain by a gamma factor,
//
//	mean μ,  variance μ + c·μ²
//
// c is the squared coefficient of variation of the factor; with c = 0 it is plain
// Poisson. Domain: μ ≥ 0, c ≥ 0.
//
// Source: G. Jongbloed and G. Koole (2001), "Managing uncertainty in call centres
// using Poisson mixtures", Applied Stochastic Models in Business and Industry
// 17(4), 307–318.
type GammaPoisson struct{ Mu, C float64 }

// exactBelow is the mean under which probabilities are added up exactly; above it
// the Wilson–Hilferty cube root of a gamma with the same mean and variance is
// closer than 0.002 in probability.
const exactBelow = 25

// Variance returns μ + c·μ².
func (g GammaPoisson) Variance() float64 { return g.Mu + g.C*g.Mu*g.Mu }

// CDF returns P(N ≤ x); for large means a smooth version with the half-unit
// correction.
func (g GammaPoisson) CDF(x float64) float64 {
	switch {
	case x < 0:
		return 0
	case g.Mu <= 0:
		return 1
	case g.Mu >= exactBelow:
		return distuv.UnitNormal.CDF(g.normal(x + 0.5))
	case g.C < 1e-9:
		return 1 - mathext.GammaIncReg(math.Floor(x)+1, g.Mu)
	}
	r := 1 / g.C
	return mathext.RegIncBeta(r, math.Floor(x)+1, r/(r+g.Mu))
}

// Mid returns P(N < x) + P(N = x)/2, which is uniform on average even for small
// counts: the probability integral transform used to calibrate.
func (g GammaPoisson) Mid(x float64) float64 {
	if g.Mu >= exactBelow {
		return distuv.UnitNormal.CDF(g.normal(x))
	}
	return (g.CDF(x) + g.CDF(math.Ceil(x)-1)) / 2
}

// normal is the standard score of x after Wilson and Hilferty (1931).
func (g GammaPoisson) normal(x float64) float64 {
	k := g.Mu * g.Mu / g.Variance()
	return (math.Cbrt(math.Max(x, 0)/g.Mu) - 1 + 1/(9*k)) * 3 * math.Sqrt(k)
}

// Quantile returns the smallest count x with P(N ≤ x) ≥ p; for large means a real
// number. Domain: 0 < p < 1, clipped.
func (g GammaPoisson) Quantile(p float64) float64 {
	p = math.Min(math.Max(p, 1e-9), 1-1e-9)
	switch {
	case g.Mu <= 0:
		return 0
	case g.Mu >= exactBelow:
		k := g.Mu * g.Mu / g.Variance()
		z := distuv.UnitNormal.Quantile(p)
		x := 1 - 1/(9*k) + z/(3*math.Sqrt(k))
		return math.Max(0, g.Mu*x*x*x)
	}
	// Add up the probabilities: P(N=0), then the ratio of neighbours.
	r := math.Inf(1)
	term := math.Exp(-g.Mu)
	if g.C >= 1e-9 {
		r = 1 / g.C
		term = math.Pow(r/(r+g.Mu), r)
	}
	sum, x := term, 0.0
	for sum < p && x < 1e6 {
		ratio := g.Mu / (x + 1)
		if g.C >= 1e-9 {
			ratio = (x + r) / (x + 1) * g.Mu / (r + g.Mu)
		}
		term *= ratio
		sum += term
		x++
	}
	return x
}

// Spread is how far actual counts fall from forecasts at one lead, learned from
// rolling-origin errors (in-sample errors are a tenth of it).
type Spread struct {
	C    float64 `json:"c"`     // of a slot, day factor included
	Day  float64 `json:"c_day"` // of the factor that all slots of a day share
	Days int     `json:"days"`  // days it was learned from

	// Table holds the nominal level whose central interval has covered 0, 5, …,
	// 100 % of past counts; empty where that is not known.
	Table []float64 `json:"table,omitempty"`
}

// tableSteps divides the covered share in Spread.Table.
const tableSteps = 20

const (
	halfLife = 7      // days after which an error counts half
	minDays  = 5      // days below which errors say too little
	maxLevel = 0.9999 // of a calibrated interval
)

// defaultC is taken where nothing is known: a 10 % day.
const defaultC = 0.01

// Error is one past day: what was forecast and what came, over the same slots.
type Error struct {
	Day              int
	Forecast, Actual []float64
}

// Learn fits c by moments and keeps the probabilities of what came, so that
// intervals can be calibrated. past is in order of time; a day's weight halves
// every [halfLife] days before the last, for a method gets better as its history
// grows and worse as the business changes.
func Learn(past []Error) Spread {
	s := Spread{C: defaultC, Day: defaultC / 2, Days: len(past)}
	if len(past) < minDays {
		return s
	}
	var num, den, dayNum, dayDen, slotPart float64
	weight := make([]float64, len(past))
	for k, e := range past {
		mu, y, mu2, sq := 0.0, 0.0, 0.0, 0.0
		for i, f := range e.Forecast {
			d := e.Actual[i] - f
			sq += d*d - f
			mu2 += f * f
			mu += f
			y += e.Actual[i]
		}
		w := math.Exp2(float64(e.Day-past[len(past)-1].Day) / halfLife)
		weight[k] = w
		num += w * sq
		den += w * mu2
		dayNum += w * ((y-mu)*(y-mu) - mu)
		dayDen += w * mu * mu
		slotPart += w * mu2
	}
	if den > 0 {
		s.C = math.Max(0, num/den)
	}
	// Var of a day: μ + c_day·μ² + (c − c_day)·Σμ_i².
	if dayDen > slotPart {
		s.Day = math.Min(s.C, math.Max(0, (dayNum-s.C*slotPart)/(dayDen-slotPart)))
	}
	s.calibrate(past, weight)
	return s
}

// calibrate records how far into the tails past counts fell.
func (s *Spread) calibrate(past []Error, weight []float64) {
	var inside []weighted // |2u−1| of past counts, u their mid probability
	total := 0.0
	for k, e := range past {
		for i, f := range e.Forecast {
			u := GammaPoisson{f, s.C}.Mid(e.Actual[i])
			inside = append(inside, weighted{math.Abs(2*u - 1), weight[k]})
			total += weight[k]
		}
	}
	slices.SortFunc(inside, func(a, b weighted) int { return cmp.Compare(a.value, b.value) })
	trust := float64(s.Days) / float64(s.Days+priorDays)
	s.Table = make([]float64, tableSteps+1)
	k, sum := 0, 0.0
	for step := range s.Table {
		a := float64(step) / tableSteps
		for k < len(inside)-1 && sum+inside[k].weight < a*total {
			sum += inside[k].weight
			k++
		}
		s.Table[step] = math.Min(maxLevel, trust*inside[k].value+(1-trust)*a)
	}
	s.Table[0] = 0
}

// weighted is a value with its weight.
type weighted struct{ value, weight float64 }

// priorDays is how many days of perfectly spread counts the calibration starts
// from.
const priorDays = 2

// Level returns the nominal level whose central interval has covered the share a
// of past counts.
func (s Spread) Level(a float64) float64 {
	if len(s.Table) != tableSteps+1 {
		return a
	}
	x := math.Min(math.Max(a, 0), 1) * tableSteps
	// Levels such as 0.8 are steps of the table up to binary noise.
	if near := math.Round(x); math.Abs(x-near) < 1e-9 {
		return s.Table[int(near)]
	}
	k := int(x)
	return s.Table[k] + (x-float64(k))*(s.Table[k+1]-s.Table[k])
}

// Quantile returns the calibrated quantile p of a slot with mean μ.
func (s Spread) Quantile(mu, p float64) float64 {
	a := s.Level(math.Abs(2*p - 1))
	if p < 0.5 {
		a = -a
	}
	return GammaPoisson{mu, s.C}.Quantile((1 + a) / 2)
}

// Sample draws one day's counts: one gamma factor shared by all slots, one of each
// slot, Poisson on top. The same source gives the same day.
func (s Spread) Sample(mu []float64, src rand.Source) []float64 {
	day := factor(s.Day, src)
	out := make([]float64, len(mu))
	for i, m := range mu {
		if rate := m * day * factor(math.Max(0, s.C-s.Day)/(1+s.Day), src); rate > 0 {
			out[i] = distuv.Poisson{Lambda: rate, Src: src}.Rand()
		}
	}
	return out
}

// factor draws a gamma factor with mean 1 and variance c.
func factor(c float64, src rand.Source) float64 {
	if c < 1e-9 {
		return 1
	}
	return distuv.Gamma{Alpha: 1 / c, Beta: 1 / c, Src: src}.Rand()
}
