package model

import "math"

// Weights chooses a blend from evidence: the mean squared errors that the members
// made at one lead, and the yardstick's (median of the last four weekdays) on the
// same days. Members without evidence (NaN) or worse than the yardstick are
// dropped, the others weigh 1/MSE; where none is left the best of all carries the
// blend alone. The weights add up to 1; without any evidence all are equal.
//
// Source: J. M. Bates and C. W. J. Granger (1969), "The combination of forecasts",
// Operational Research Quarterly 20(4), 451–468: weights by inverse error
// variance, correlations left out because they cannot be estimated from weeks.
func Weights(mse []float64, yardstick float64) []float64 {
	w := make([]float64, len(mse))
	best, total := -1, 0.0
	for i, m := range mse {
		if math.IsNaN(m) {
			continue
		}
		if best < 0 || m < mse[best] {
			best = i
		}
		if m <= yardstick || math.IsNaN(yardstick) {
			w[i] = 1 / math.Max(m, 1e-12)
			total += w[i]
		}
	}
	switch {
	case best < 0:
		for i := range w {
			w[i] = 1 / float64(len(w))
		}
		return w
	case total == 0:
		w[best], total = 1, 1
	}
	for i := range w {
		w[i] /= total
	}
	return w
}

// Combine returns the weighted mean of members' forecasts; a nil forecast passes
// its weight on to the others, and nil comes back where all are nil.
func Combine(forecasts [][]float64, weights []float64) []float64 {
	var out []float64
	total := 0.0
	for i, f := range forecasts {
		if f == nil || weights[i] == 0 {
			continue
		}
		if out == nil {
			out = make([]float64, len(f))
		}
		for j, v := range f {
			out[j] += weights[i] * v
		}
		total += weights[i]
	}
	if out == nil {
		for _, f := range forecasts {
			if f != nil {
				return f
			}
		}
		return nil
	}
	for j := range out {
		out[j] /= total
	}
	return out
}
