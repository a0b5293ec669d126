package spread_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/agner-platform/agner/forecasting/spread"
)

// Quantile and CDF agree, and the moments are μ and μ + cμ².
func TestGammaPoisson(t *testing.T) {
	for _, g := range []spread.GammaPoisson{{3, 0}, {3, 0.2}, {20, 0.05}, {200, 0.01}, {5000, 0.002}} {
		for _, p := range []float64{0.05, 0.5, 0.9, 0.99} {
			x := g.Quantile(p)
			if lo, hi := g.CDF(x-1.5), g.CDF(x); lo > p+1e-9 || hi < p-1e-9 {
				t.Errorf("%+v: CDF around quantile %g = %g: %g, %g", g, p, x, lo, hi)
			}
		}
		rng := rand.NewPCG(5, 6)
		sum, sq := 0.0, 0.0
		const n = 20000
		for range n {
			v := spread.Spread{C: g.C}.Sample([]float64{g.Mu}, rng)[0]
			sum += v
			sq += v * v
		}
		mean := sum / n
		variance := sq/n - mean*mean
		if sd := math.Sqrt(g.Variance() / n); math.Abs(mean-g.Mu) > 5*sd || math.Abs(variance/g.Variance()-1) > 0.1 {
			t.Errorf("%+v: sampled mean %.3f, variance %.3f, want %.3f and %.3f", g, mean, variance, g.Mu, g.Variance())
		}
	}
}

// Errors drawn from a known spread give it back, with its day factor, and
// intervals that cover what they say.
func TestLearn(t *testing.T) {
	truth := spread.Spread{C: 0.02, Day: 0.012}
	rng := rand.NewPCG(7, 8)
	mu := make([]float64, 28)
	for i := range mu {
		mu[i] = 80 + 10*float64(i)
	}
	var past []spread.Error
	for d := range 400 {
		past = append(past, spread.Error{Forecast: mu, Actual: truth.Sample(mu, rng), Day: d / 50}) // eight days' worth of weights
	}
	s := spread.Learn(past)
	if math.Abs(s.C/truth.C-1) > 0.2 || math.Abs(s.Day/truth.Day-1) > 0.3 {
		t.Errorf("c = %.4f, day %.4f, want %.4f and %.4f", s.C, s.Day, truth.C, truth.Day)
	}
	in, n := 0.0, 0.0
	for range 400 {
		for i, y := range truth.Sample(mu, rng) {
			if s.Quantile(mu[i], 0.1) <= y && y <= s.Quantile(mu[i], 0.9) {
				in++
			}
			n++
		}
	}
	if in/n < 0.78 || in/n > 0.82 {
		t.Errorf("80 %% interval covers %.3f", in/n)
	}
	if short := spread.Learn(past[:2]); short.C <= 0 || short.Quantile(100, 0.9) <= 100 {
		t.Errorf("two days of errors: %+v", short)
	}
}
