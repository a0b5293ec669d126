package backtest

import (
	"math"

	"github.com/agner-platform/agner/forecasting/series"
	"github.com/agner-platform/agner/forecasting/spread"
)

// minEvidence is the number of evidence days below which a method is not judged.
const minEvidence = 5

// mse is the mean squared error of a method over days, NaN without enough of them.
func (r *run) mse(l, m int, p past) float64 {
	sum, n, seen := 0.0, 0.0, 0
	for _, d := range p.days {
		f := r.forecasts[l][m][d]
		if f == nil {
			continue
		}
		seen++
		v, st := r.s.Row(d)
		for i := range v {
			if st[i] == series.Observed && p.usable(d, i) {
				sum += (f[i] - v[i]) * (f[i] - v[i])
				n++
			}
		}
	}
	if seen < minEvidence || n == 0 {
		return math.NaN()
	}
	return sum / n
}

// errors collects the errors of forecasts on evidence days.
func (r *run) errors(forecast func(day int) []float64, p past) []spread.Error {
	var out []spread.Error
	for _, d := range p.days {
		f := forecast(d)
		if f == nil {
			continue
		}
		e := spread.Error{Day: d}
		v, st := r.s.Row(d)
		for i := range v {
			if st[i] == series.Observed && p.usable(d, i) {
				e.Forecast = append(e.Forecast, f[i])
				e.Actual = append(e.Actual, v[i])
			}
		}
		if len(e.Actual) > 0 {
			out = append(out, e)
		}
	}
	return out
}

// scale is the denominator of MASE: the mean absolute difference of a slot to the
// last observed same weekday, before the first target.
func (r *run) scale() float64 {
	sum, n := 0.0, 0.0
	for d := 7; d < r.from; d++ {
		v, st := r.s.Row(d)
		for i := range v {
			if st[i] != series.Observed {
				continue
			}
			if w, ok := r.s.At(d-7, i); ok == series.Observed {
				sum += math.Abs(v[i] - w)
				n++
			}
		}
	}
	if n == 0 {
		return math.NaN()
	}
	return sum / n
}

// levels of the pinball loss.
var levels = []float64{0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95}

// tally adds up one method's scores at one lead.
type tally struct {
	abs, err, sum, pinball float64
	in80, in90, n, days    int
}

// add scores one day.
func (t *tally) add(f, v []float64, st []series.State, s spread.Spread) {
	q := make([]float64, len(levels))
	t.days++
	for i := range v {
		if st[i] != series.Observed {
			continue
		}
		y := v[i]
		t.abs += math.Abs(f[i] - y)
		t.err += f[i] - y
		t.sum += y
		t.n++
		for k, p := range levels {
			q[k] = s.Quantile(f[i], p)
			t.pinball += 2 * math.Max(p*(y-q[k]), (p-1)*(y-q[k])) / float64(len(levels))
		}
		if q[1] <= y && y <= q[5] {
			t.in80++
		}
		if q[0] <= y && y <= q[6] {
			t.in90++
		}
	}
}

// share returns a/b, nil where it is not defined.
func share(a, b float64) *float64 {
	if b == 0 || math.IsNaN(b) || math.IsNaN(a) {
		return nil
	}
	v := a / b
	return &v
}

// result closes the books.
func (t *tally) result(scale float64) Result {
	n := float64(t.n)
	out := Result{
		WAPE: share(t.abs, t.sum), Bias: share(t.err, t.sum), Cover80: share(float64(t.in80), n), Cover90: share(float64(t.in90), n),
		Pinball: share(t.pinball, t.sum), N: t.n, Days: t.days,
	}
	if n > 0 {
		out.MASE = share(t.abs/n, scale)
	}
	return out
}
