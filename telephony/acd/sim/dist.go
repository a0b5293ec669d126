package sim

import (
	"fmt"
	"math"
	"slices"
	"sort"

	"github.com/agner-platform/agner/telephony/routing"
)

// Dist is a distribution of a duration in microseconds.
type Dist interface {
	// Quantile returns the duration that a share u in [0, 1) stays below.
	Quantile(u float64) int64
	// CDF returns the share that is at most us.
	CDF(us int64) float64
}

// Never is longer than any simulation: a caller who does not give up.
const Never = int64(1) << 60

// Fixed is always the same.
type Fixed int64

// Quantile returns the fixed duration.
func (d Fixed) Quantile(float64) int64 { return int64(d) }

// CDF is 0 below the duration and 1 from it on.
func (d Fixed) CDF(us int64) float64 {
	if us < int64(d) {
		return 0
	}
	return 1
}

// Exp is the exponential distribution with the given mean in µs, F(t) = 1 − e^(−t/mean).
type Exp float64

// Quantile returns −mean·ln(1−u).
func (d Exp) Quantile(u float64) int64 { return clamp(-float64(d) * math.Log1p(-u)) }

// CDF returns F(us).
func (d Exp) CDF(us int64) float64 { return -math.Expm1(-float64(max(us, 0)) / float64(d)) }

// LogNormal is the log-normal distribution by the mean and standard deviation of
// the duration itself, in µs; both must be above 0. Handling times are close to it
// (Brown et al. 2005, JASA 100(469), section 5.2, doi 10.1198/016214504000001808).
type LogNormal struct{ Mean, SD float64 }

// params returns the mean and deviation of the logarithm.
func (d LogNormal) params() (mu, sigma float64) {
	s2 := math.Log1p(d.SD * d.SD / (d.Mean * d.Mean))
	return math.Log(d.Mean) - s2/2, math.Sqrt(s2)
}

// Quantile returns exp(µ + σ·Φ⁻¹(u)).
func (d LogNormal) Quantile(u float64) int64 {
	mu, sigma := d.params()
	return clamp(math.Exp(mu + sigma*math.Sqrt2*math.Erfinv(2*u-1)))
}

// CDF returns Φ((ln us − µ)/σ), 0 for us ≤ 0.
func (d LogNormal) CDF(us int64) float64 {
	if us <= 0 {
		return 0
	}
	mu, sigma := d.params()
	return math.Erfc(-(math.Log(float64(us))-mu)/(sigma*math.Sqrt2)) / 2
}

// Sample is the distribution of observed durations: the observations themselves up
// to their 95 % quantile, an exponential tail above it whose mean is that of the
// observed excesses. Without the tail a conversation longer than all observed would
// seem to end this instant (peaks over threshold; Embrechts, Klüppelberg, Mikosch
// 1997, Modelling Extremal Events, section 6.5, with shape 0). With fewer than 20
// observations there is no tail to speak of.
type Sample struct {
	values []int64 // ascending
	from   int64   // where the tail begins
	excess float64 // its mean; 0: no tail
}

// Body of a Sample, the fewest observations that show a tail.
const (
	bodyShare  = 0.95
	fewestTail = 20
)

// NewSample takes observations; it needs at least one.
func NewSample(observed []int64) (Sample, error) {
	if len(observed) == 0 {
		return Sample{}, fmt.Errorf("sample of durations: must not be empty")
	}
	d := Sample{values: slices.Clone(observed)}
	slices.Sort(d.values)
	if len(observed) < fewestTail {
		return d, nil
	}
	first := int(bodyShare * float64(len(d.values)))
	d.from = d.values[first-1]
	for _, v := range d.values[first:] {
		d.excess += float64(v-d.from) / float64(len(d.values)-first)
	}
	return d, nil
}

// Quantile returns the observation at u, or a duration of the tail.
func (d Sample) Quantile(u float64) int64 {
	if d.excess > 0 && u >= bodyShare {
		return d.from + clamp(-d.excess*math.Log((1-u)/(1-bodyShare)))
	}
	return d.values[min(int(u*float64(len(d.values))), len(d.values)-1)]
}

// CDF returns the share of durations that are at most us.
func (d Sample) CDF(us int64) float64 {
	if d.excess > 0 && us >= d.from {
		return 1 - (1-bodyShare)*math.Exp(-float64(us-d.from)/d.excess)
	}
	return float64(sort.Search(len(d.values), func(i int) bool { return d.values[i] > us })) / float64(len(d.values))
}

// Residual draws how much longer something lasts that has lasted elapsed already:
// a quantile of the distribution beyond it. Where nothing lies beyond (a sample's
// end), it is about to end.
func Residual(d Dist, elapsed int64, u float64) int64 {
	f := d.CDF(elapsed)
	if f >= 1 {
		return 0
	}
	return max(d.Quantile(f+u*(1-f))-elapsed, 0)
}

func clamp(x float64) int64 {
	if !(x < float64(Never)) {
		return Never
	}
	return int64(max(x, 0))
}

// uniform is draw k of call n of a stream: in (0, 1), a function of its arguments.
func uniform(seed, stream, n uint64, k draw) float64 {
	z := routing.Mix(seed ^ routing.Mix(stream<<40^n<<4^uint64(k)))
	return (float64(z>>11) + 0.5) / (1 << 53)
}

// draw names what a random number is for.
type draw uint64

const (
	drawGap draw = iota
	drawPatience
	drawHandle
	drawWrap
	drawAnswer // and one more for each attempt
)
