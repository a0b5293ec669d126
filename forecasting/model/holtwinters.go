package model

import (
	"fmt"
	"math"

	"github.com/agner-platform/agner/forecasting/learn"
	"github.com/agner-platform/agner/forecasting/series"
)

// HoltWinters is double-seasonal exponential smoothing without trend, after
// J. W. Taylor (2003), "Short-term electricity demand forecasting using double
// seasonal exponential smoothing", Journal of the Operational Research Society
// 54(8), 799–805, on the √ scale with an autoregressive level error:
//
//	x[d,i] = level + daily[i] + weekly[w,i] + φ·e
//
// It is updated once a day rather than once a slot: α, δ and ω are chosen to
// forecast whole days ahead, not the next half hour, which is what makes the
// textbook form fail beyond a day.
type HoltWinters struct{}

// Name returns "holt-winters".
func (HoltWinters) Name() string { return "holt-winters" }

const (
	hwDays = 250 // history run through
	hwSkip = 14  // days to settle before errors count
)

var (
	hwAlpha = []float64{0.02, 0.1, 0.3}
	hwDelta = []float64{0.02, 0.1, 0.3}
	hwOmega = []float64{0.05, 0.1, 0.2, 0.35}
)

// smoother is the state of one run.
type smoother struct {
	h                   *History
	level               float64
	daily               []float64
	weekly              [7][]float64
	alpha, delta, omega float64

	phi, last, at float64 // AR(1) of the day's mean error
	errs, places  []float64
	loss, scored  float64
	s2            float64 // variance within a day: without it the square makes forecasts low
}

// Fit needs two weeks with observed days.
func (HoltWinters) Fit(h *History) (Model, error) {
	var days []int
	for d := max(0, h.Days-hwDays*7/5); d < h.Days; d++ {
		if h.days[d].seen > 0 && !h.days[d].special() {
			days = append(days, d)
		}
	}
	if len(days) < hwSkip {
		return nil, fmt.Errorf("holt-winters: %d plain days: %w", len(days), ErrShort)
	}
	var best *smoother
	for _, a := range hwAlpha {
		for _, d := range hwDelta {
			for _, o := range hwOmega {
				s := &smoother{h: h, alpha: a, delta: d, omega: o}
				s.run(days)
				if best == nil || s.loss < best.loss {
					best = s
				}
			}
		}
	}
	best.s2 /= math.Max(1, best.scored)
	best.phi = learn.LagOne(best.errs, best.places)
	n := len(best.errs) - 1
	best.last, best.at = best.errs[n], best.places[n]
	return dayFunc(best.day), nil
}

// run smooths through the days and adds up the squared day-ahead errors.
func (s *smoother) run(days []int) {
	h := s.h
	s.daily = make([]float64, h.Slots)
	for wd := range s.weekly {
		s.weekly[wd] = make([]float64, h.Slots)
	}
	s.start(days)
	e := make([]float64, h.Slots)
	for k, d := range days {
		mean := s.errorsOf(d, e)
		if k >= hwSkip {
			for i, st := 0, h.states(d); i < len(e); i++ {
				if st[i] == series.Observed {
					s.loss += e[i] * e[i]
					s.scored++
					s.s2 += (e[i] - mean) * (e[i] - mean)
				}
			}
		}
		s.errs = append(s.errs, mean)
		s.places = append(s.places, float64(h.days[d].place))
		s.learn(d, e, mean)
	}
}

func (h *History) states(day int) []series.State {
	_, st := h.Row(day)
	return st
}

// start sets level and seasons to the means of the first two weeks.
func (s *smoother) start(days []int) {
	h := s.h
	n := min(len(days), hwSkip)
	count, total, seen := make([]float64, h.Slots), 0.0, 0.0
	for _, d := range days[:n] {
		v, st := h.Row(d)
		for i := range v {
			if st[i] == series.Observed {
				x := math.Sqrt(v[i] + 0.25)
				s.daily[i] += x
				count[i]++
				total += x
				seen++
			}
		}
	}
	s.level = total / math.Max(1, seen)
	for i := range s.daily {
		if count[i] > 0 {
			s.daily[i] = s.daily[i]/count[i] - s.level
		}
	}
	s.startWeekly(days[:n])
}

func (s *smoother) startWeekly(days []int) {
	var count [7][]float64
	for _, d := range days {
		wd := s.h.days[d].like
		if count[wd] == nil {
			count[wd] = make([]float64, s.h.Slots)
		}
		v, st := s.h.Row(d)
		for i := range v {
			if st[i] == series.Observed {
				x := math.Sqrt(v[i]+0.25) - s.level - s.daily[i]
				count[wd][i]++
				s.weekly[wd][i] += (x - s.weekly[wd][i]) / count[wd][i]
			}
		}
	}
}

// errorsOf fills in a day's errors by slot and returns their mean.
func (s *smoother) errorsOf(d int, e []float64) float64 {
	v, st := s.h.Row(d)
	w := s.weekly[s.h.days[d].like]
	sum, n := 0.0, 0.0
	for i := range v {
		e[i] = 0
		if st[i] == series.Observed {
			e[i] = math.Sqrt(v[i]+0.25) - s.level - s.daily[i] - w[i]
			sum += e[i]
			n++
		}
	}
	return sum / math.Max(1, n)
}

func (s *smoother) learn(d int, e []float64, mean float64) {
	st := s.h.states(d)
	w := s.weekly[s.h.days[d].like]
	s.level += s.alpha * mean
	for i := range e {
		if st[i] == series.Observed {
			s.daily[i] += s.delta * (e[i] - mean)
			w[i] += s.omega * (e[i] - s.alpha*mean - s.delta*(e[i]-mean))
		}
	}
}

// day forecasts a day's counts.
func (s *smoother) day(target int) []float64 {
	in := &s.h.days[target]
	wd := in.like
	carry := math.Pow(s.phi, math.Max(0, float64(in.place)-s.at)) * s.last
	out := make([]float64, s.h.Slots)
	for i, open := range in.open {
		if open {
			x := math.Max(0, s.level+s.daily[i]+s.weekly[wd][i]+carry)
			out[i] = math.Max(0, x*x-0.25+s.s2)
		}
	}
	return s.h.scale(target, out)
}
