package metric

import (
	"math"
	"slices"
)

// WaitCell is the visits of one second of wait: those with Second−1 < wait ≤ Second.
type WaitCell struct {
	Second    int64
	N         int64 // left in this second, whichever way
	Abandoned int64 // of these by hanging up
	WaitUs    int64 // their waits added up
}

// SortCells puts cells in order of wait, as the functions below need them.
func SortCells(cells []WaitCell) {
	slices.SortFunc(cells, func(a, b WaitCell) int { return int(a.Second - b.Second) })
}

// Point is the survival curve at one time: the share of callers who would still be waiting if nobody were served.
type Point struct {
	TS     int64   `json:"t_s"`
	S      float64 `json:"s"`
	Lo     float64 `json:"lo"`
	Hi     float64 `json:"hi"`
	AtRisk int64   `json:"at_risk"` // waiting just before T
	Events int64   `json:"abandoned"`
}

const z95 = 1.959963984540054 // two-sided 95 % point of the normal distribution

// KaplanMeier estimates S(t) = Π_{t_i ≤ t} (1 − d_i/n_i) at each second in which a visit left, with 95 % bands from
// Greenwood's variance on the log(−log) scale, which keeps them inside 0 and 1:
//
//	σ² = Σ d_i / (n_i (n_i − d_i)),  band = S^exp(±1.96 · σ / |ln S|)
//
// Cells must be in order of wait. Callers who leave in the same second as an abandon are taken to be at risk for it.
// Sources: Kaplan & Meier, JASA 53 (1958) 457; Kalbfleisch & Prentice, Statistical Analysis of Failure Time Data, §1.4.
func KaplanMeier(cells []WaitCell) []Point {
	var atRisk int64
	for _, c := range cells {
		atRisk += c.N
	}
	points := make([]Point, 0, len(cells))
	s, variance := 1.0, 0.0
	for _, c := range cells {
		d, n := float64(c.Abandoned), float64(atRisk)
		s *= 1 - d/n
		if d < n {
			variance += d / (n * (n - d))
		} else {
			s = 0 // exactly, and the band closes
		}
		lo, hi := band(s, variance)
		points = append(points, Point{c.Second, s, lo, hi, atRisk, c.Abandoned})
		atRisk -= c.N
	}
	return points
}

func band(s, variance float64) (lo, hi float64) {
	if s <= 0 || s >= 1 {
		return s, s
	}
	w := z95 * math.Sqrt(variance) / math.Abs(math.Log(s))
	return math.Pow(s, math.Exp(w)), math.Pow(s, math.Exp(-w))
}

// MedianPatience returns the first time at which at most half of the callers would still be waiting; NaN if the curve
// never gets there, because then too few were seen to lose patience.
func MedianPatience(points []Point) float64 {
	for _, p := range points {
		if p.S <= 0.5 {
			return float64(p.TS)
		}
	}
	return math.NaN()
}

// Theta returns the mean patience in seconds under a constant hazard θ, 1/θ = total time in queue / abandons (the
// maximum-likelihood estimate for exponential patience with censoring); NaN without an abandon.
func Theta(cells []WaitCell) float64 {
	var abandoned, wait int64
	for _, c := range cells {
		abandoned += c.Abandoned
		wait += c.WaitUs
	}
	if abandoned == 0 {
		return math.NaN()
	}
	return float64(wait) * 1e-6 / float64(abandoned)
}

// Bin is the abandonment hazard over one stretch of wait.
type Bin struct {
	FromS     int64   `json:"from_s"`
	ToS       int64   `json:"to_s"`
	H         float64 `json:"h"` // abandons per second of waiting
	Lo        float64 `json:"lo"`
	Hi        float64 `json:"hi"`
	Abandoned int64   `json:"abandoned"`
	ExposureS float64 `json:"exposure_s"` // time that callers spent waiting in the stretch
	Bump      bool    `json:"bump"`       // stands out from its neighbours: look for an announcement there
}

// Hazard estimates the hazard as constant within each stretch between neighbouring edges (seconds, ascending):
// h = abandons in (a, b] / time waited in (a, b]. Cells must be in order of wait. Stretches in which nobody waited are
// left out. Bands are exact Poisson ones (Garwood, Biometrika 28 (1936) 437).
func Hazard(cells []WaitCell, edges []int64) []Bin {
	var left int64
	for _, c := range cells {
		left += c.N
	}
	var bins []Bin
	i := 0
	for ; i < len(cells) && len(edges) > 0 && cells[i].Second <= edges[0]; i++ {
		left -= cells[i].N
	}
	for e := 1; e < len(edges) && left > 0; e++ {
		b := Bin{FromS: edges[e-1], ToS: edges[e]}
		for ; i < len(cells) && cells[i].Second <= b.ToS; i++ {
			b.Abandoned += cells[i].Abandoned
			b.ExposureS += float64(cells[i].WaitUs)*1e-6 - float64(b.FromS*cells[i].N)
			left -= cells[i].N
		}
		b.ExposureS += float64(left * (b.ToS - b.FromS))
		if b.ExposureS <= 0 {
			continue
		}
		b.H = float64(b.Abandoned) / b.ExposureS
		lo, hi := poissonBounds(b.Abandoned)
		b.Lo, b.Hi = lo/b.ExposureS, hi/b.ExposureS
		bins = append(bins, b)
	}
	markBumps(bins)
	return bins
}

const (
	bumpLevel     = 0.01 // chance of any false bump in the whole curve, shared out over the stretches (Bonferroni)
	bumpReach     = 2    // neighbours on each side
	bumpMinEvents = 10   // fewer abandons say nothing
)

// markBumps marks the stretches whose hazard is above both neighbours and significantly above the pooled rate of two
// neighbours on each side. Given the total of two Poisson counts, the one is binomial with the share of exposure
// (Przyborowski & Wilenski, Biometrika 31 (1940) 313).
func markBumps(bins []Bin) {
	for i := range bins {
		b := &bins[i]
		if b.Abandoned < bumpMinEvents || i+1 == len(bins) || bins[i+1].H >= b.H || (i > 0 && bins[i-1].H >= b.H) {
			continue
		}
		var events int64
		var exposure float64
		for j := max(0, i-bumpReach); j <= min(len(bins)-1, i+bumpReach); j++ {
			if j != i {
				events += bins[j].Abandoned
				exposure += bins[j].ExposureS
			}
		}
		share := b.ExposureS / (b.ExposureS + exposure)
		b.Bump = binomialTail(b.Abandoned, b.Abandoned+events, share) < bumpLevel/float64(len(bins))
	}
}

// Fill returns the curve with a point at every whole second up to limit, so that it can be read at any of them, and the
// points beyond as they are.
func Fill(points []Point, limit int64) []Point {
	out := make([]Point, 0, len(points)+int(limit))
	last := Point{S: 1, Lo: 1, Hi: 1}
	if len(points) == 0 {
		return out
	}
	i := 0
	for t := int64(0); t <= min(limit, points[len(points)-1].TS); t++ {
		last.TS, last.Events = t, 0
		if points[i].TS == t {
			last = points[i]
			i++
		} else {
			last.AtRisk = points[i].AtRisk
		}
		out = append(out, last)
	}
	return append(out, points[i:]...)
}
