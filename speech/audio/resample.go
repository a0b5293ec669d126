package audio

import "math"

// Design of the interpolation filter: a sinc cut at 92 % of the lower Nyquist
// frequency under a Kaiser window (β 8: about 80 dB of stop band), 16 zero
// crossings each side. Speech recognisers do not hear the rest.
const (
	crossings  = 16
	rollOff    = 0.92
	kaiserBeta = 8.0
	maxPhases  = 4096 // odd ratios are rounded to this many phases, an error below 0.03 samples
)

// Resampler changes the rate of one channel, block by block.
type Resampler struct {
	from, to int
	taps     int         // samples of input one output looks at
	phases   [][]float32 // filter per fractional position
	hist     []float32   // input not yet passed
	pos      int64       // next output's number
	base     int64       // input index of hist[0]
	same     bool
}

// NewResampler returns a resampler from one rate to another, both in Hz and
// positive.
func NewResampler(from, to int) *Resampler {
	g := gcd(from, to)
	r := &Resampler{from: from / g, to: to / g, same: from == to}
	if r.same {
		return r
	}
	cut := rollOff * min(1, float64(to)/float64(from))
	half := int(math.Ceil(crossings / cut))
	r.taps = 2 * half
	n := min(r.to, maxPhases)
	r.phases = make([][]float32, n)
	for p := range r.phases {
		r.phases[p] = kernel(float64(p)/float64(n), half, cut)
	}
	r.hist = make([]float32, half-1, 4*half) // silence before the first sample
	r.base = -int64(half - 1)
	return r
}

// kernel returns the filter for an output that lies frac of a sample after the
// input at index half-1.
func kernel(frac float64, half int, cut float64) []float32 {
	k := make([]float32, 2*half)
	sum := 0.0
	for i := range k {
		x := float64(i-half+1) - frac
		w := 0.0
		if a := x / float64(half); a > -1 && a < 1 {
			w = bessel0(kaiserBeta*math.Sqrt(1-a*a)) / bessel0(kaiserBeta)
		}
		v := cut * w
		if x != 0 {
			v = math.Sin(math.Pi*cut*x) / (math.Pi * x) * w
		}
		k[i] = float32(v)
		sum += v
	}
	for i := range k {
		k[i] /= float32(sum) // a constant stays a constant
	}
	return k
}

// bessel0 is the modified Bessel function I₀(x) by its power series
// Σ ((x/2)^k / k!)², for x of 0 to 20 good to double precision.
func bessel0(x float64) float64 {
	sum, term := 1.0, 1.0
	for k := 1.0; k < 60; k++ {
		term *= x / 2 / k
		sum += term * term
	}
	return sum
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// Process returns the output that became certain with this input.
func (r *Resampler) Process(in []float32) []float32 {
	if r.same {
		return in
	}
	r.hist = append(r.hist, in...)
	out := make([]float32, 0, len(in)*r.to/r.from+2)
	n := int64(len(r.phases))
	for {
		num := r.pos * int64(r.from)
		whole, rest := num/int64(r.to), num%int64(r.to)
		at := whole - int64(r.taps/2-1) - r.base
		if at+int64(r.taps) > int64(len(r.hist)) {
			break
		}
		out = append(out, dot(r.phases[rest*n/int64(r.to)], r.hist[at:]))
		r.pos++
	}
	r.drop()
	return out
}

func dot(k, x []float32) float32 {
	var sum float32
	for i, v := range k {
		sum += v * x[i]
	}
	return sum
}

// drop forgets input no later output looks at.
func (r *Resampler) drop() {
	next := r.pos*int64(r.from)/int64(r.to) - int64(r.taps/2-1) - r.base
	next = min(next, int64(len(r.hist)))
	if next > 0 {
		r.hist = append(r.hist[:0], r.hist[next:]...)
		r.base += next
	}
}

// Flush returns the output that still waited for later input, as if silence
// followed. The total is ⌈samples · to / from⌉.
func (r *Resampler) Flush() []float32 {
	if r.same {
		return nil
	}
	total := r.base + int64(len(r.hist))
	want := (total*int64(r.to)+int64(r.from)-1)/int64(r.from) - r.pos
	out := r.Process(make([]float32, r.taps))
	return out[:max(0, min(want, int64(len(out))))]
}
