package erlang

import (
	"math"
)

// Varying is an M(t)/M/s(t) queue: a rate that changes through a cycle (a day)
// under staffing that changes from period to period. It answers how well a
// stationary staffing rule does when the load moves.
type Varying struct {
	Rate   func(t float64) float64 // λ(t), calls per second, cyclic
	AHT    float64                 // seconds
	Period float64                 // length of a staffing period, seconds
	Count  int                     // periods in a cycle
}

// Rule is a stationary way to staff a period of a varying load.
type Rule string

// Staffing rules, by the rate each one feeds into Erlang C. The lag is the mean
// handle time: the load on the agents trails the arrivals by about that much
// (L. Green, P. Kolesar and J. Soares (2001), "Improving the SIPP approach for
// staffing service systems that have cyclic demands").
const (
	SIPPAvg Rule = "SIPP Avg" // mean rate of the period
	LagAvg  Rule = "Lag Avg"  // mean rate of the period shifted back by the lag
	LagMax  Rule = "Lag Max"  // largest rate of the period shifted back by the lag
)

// Staff returns the agents of each period by the rule, the fewest with which
// Erlang C gives P(W>0) ≤ maxPWait.
func (v Varying) Staff(rule Rule, maxPWait float64) ([]int, error) {
	if err := first(positive("aht_s", v.AHT), positive("period_s", v.Period), positive("p_wait", maxPWait), share("p_wait", maxPWait)); err != nil {
		return nil, err
	}
	plan := make([]int, v.Count)
	for i := range plan {
		from := float64(i) * v.Period
		if rule != SIPPAvg {
			from -= v.AHT
		}
		n, err := smallest(1, 0, func(n int) (bool, error) {
			q, err := NewC(Load{v.rateOver(from, rule == LagMax), v.AHT}, float64(n))
			return err == nil && q.PWait() <= maxPWait, nil
		})
		if err != nil {
			return nil, err
		}
		plan[i] = n
	}
	return plan, nil
}

// rateOver is the mean (Simpson's rule) or the largest rate of a period that
// begins at from.
func (v Varying) rateOver(from float64, largest bool) float64 {
	const steps = 64
	sum, top := 0.0, 0.0
	for k := 0; k <= steps; k++ {
		r := v.Rate(from + v.Period*float64(k)/steps)
		top = math.Max(top, r)
		switch {
		case k == 0 || k == steps:
			sum += r
		case k%2 == 1:
			sum += 4 * r
		default:
			sum += 2 * r
		}
	}
	if largest {
		return top
	}
	return sum / (3 * steps)
}

// Delay is how likely a caller of one period finds all agents busy.
type Delay struct {
	Mean  float64 // share of the period's callers
	Worst float64 // at the worst instant of the period
}

// PWait returns the delay in each period of the staffing plan, once the cycle
// repeats itself. The forward equations
// of the number of callers are integrated by the classical Runge–Kutta rule with
// a step well inside its stable range.
func (v Varying) PWait(plan []int) []Delay {
	top, fastest := 0, 0.0
	for i, s := range plan {
		top = max(top, s)
		fastest = math.Max(fastest, v.rateOver(float64(i)*v.Period, true))
	}
	states := 4*top + 4*int(fastest*v.AHT) + 100 // the mass beyond is below 1e-12 in every plan that is stable on average
	p := make([]float64, states)
	p[0] = 1
	steps := math.Ceil(v.Period * 2 * (fastest + float64(top)/v.AHT))
	delays := make([]Delay, len(plan))
	for range 6 { // cycles: the start is forgotten after one or two
		for i, s := range plan {
			delays[i], p = v.through(p, s, float64(i)*v.Period, steps)
		}
	}
	return delays
}

// through integrates one period under s agents and returns the delay in it and
// the distribution at its end.
func (v Varying) through(p []float64, s int, from, steps float64) (Delay, []float64) {
	h := v.Period / steps
	delayed, arrived, worst := 0.0, 0.0, 0.0
	for k := 0.0; k < steps; k++ {
		t := from + k*h
		rate := v.Rate(t)
		busy := 0.0
		for _, x := range p[min(s, len(p)):] {
			busy += x
		}
		worst = math.Max(worst, busy)
		delayed += rate * busy
		arrived += rate
		p = v.step(p, s, t, h)
	}
	if arrived == 0 {
		return Delay{Worst: worst}, p
	}
	return Delay{Mean: delayed / arrived, Worst: worst}, p
}

// step advances the distribution by h.
func (v Varying) step(p []float64, s int, t, h float64) []float64 {
	k1 := v.slope(p, s, v.Rate(t))
	k2 := v.slope(axpy(p, h/2, k1), s, v.Rate(t+h/2))
	k3 := v.slope(axpy(p, h/2, k2), s, v.Rate(t+h/2))
	k4 := v.slope(axpy(p, h, k3), s, v.Rate(t+h))
	next := make([]float64, len(p))
	for j := range p {
		next[j] = p[j] + h/6*(k1[j]+2*k2[j]+2*k3[j]+k4[j])
	}
	return next
}

// slope is dp/dt of the birth–death chain; arrivals to the last state are lost.
func (v Varying) slope(p []float64, s int, rate float64) []float64 {
	d := make([]float64, len(p))
	for j := range p[:len(p)-1] {
		flow := rate*p[j] - float64(min(j+1, s))/v.AHT*p[j+1]
		d[j] -= flow
		d[j+1] += flow
	}
	return d
}

// axpy returns p + a·d.
func axpy(p []float64, a float64, d []float64) []float64 {
	out := make([]float64, len(p))
	for j := range p {
		out[j] = p[j] + a*d[j]
	}
	return out
}

// Reference is the published-style test case of numbers.md: λ(t) = 12·(1 +
// 0.8·sin(2π(t−6)/24)) calls an hour, handle time 30 minutes, half-hour periods.
func Reference() Varying {
	return Varying{
		Rate: func(t float64) float64 {
			return 12 * (1 + 0.8*math.Sin(2*math.Pi*(t/3600-6)/24)) / 3600
		},
		AHT: 1800, Period: 1800, Count: 48,
	}
}
