package backtest

import (
	"fmt"
	"math"

	"github.com/agner-platform/agner/forecasting/clean"
	"github.com/agner-platform/agner/forecasting/model"
	"github.com/agner-platform/agner/forecasting/series"
	"github.com/agner-platform/agner/forecasting/spread"
)

// Role says what a method is for.
type Role string

// The roles.
const (
	Auto     Role = "auto"
	Member   Role = "member"
	Baseline Role = "baseline"
)

// Result is the score of one method at one lead. Shares are parts of 1; nil means
// not defined.
type Result struct {
	Lead    string   `json:"lead"`
	Method  string   `json:"method"`
	Role    Role     `json:"role"`
	WAPE    *float64 `json:"wape"`
	MASE    *float64 `json:"mase"`
	Bias    *float64 `json:"bias"`
	Cover80 *float64 `json:"cover80"`
	Cover90 *float64 `json:"cover90"`
	Pinball *float64 `json:"pinball"`
	N       int      `json:"n"`
	Days    int      `json:"days"`
	Weight  *float64 `json:"weight,omitempty"` // mean weight of a member in the automatic choice
	C       *float64 `json:"c,omitempty"`      // spread of the latest errors: Var = μ + c·μ²
	Skill   *float64 `json:"skill,omitempty"`  // 1 − wape / wape of the last baseline
}

// Report is the outcome of a whole backtest.
type Report struct {
	From     string       `json:"from"`
	To       string       `json:"to"`
	Targets  int          `json:"targets"`  // days scored
	Scale    *float64     `json:"scale"`    // of MASE
	Floor    *float64     `json:"floor"`    // wape of a forecaster who knows the Poisson rate
	Results  []Result     `json:"results"`  // by lead: auto, members, baselines
	Marks    []clean.Mark `json:"-"`        // what cleaning found in the whole series
	Cleaned  []string     `json:"cleaned"`  // the same in words
	Warnings []string     `json:"warnings"` // what makes the result weak
}

// report scores everything.
func (r *run) report() *Report {
	out := &Report{From: r.s.Date(r.from).String(), To: r.s.Date(r.to - 1).String(), Cleaned: []string{}, Warnings: []string{}}
	targets := r.observed(r.from, r.to)
	out.Targets = len(targets)
	scale := r.scale()
	out.Scale = share(scale, 1)
	out.Floor = r.floor(targets)
	for l := range r.o.Leads {
		out.Results = append(out.Results, r.lead(l, targets, scale)...)
	}
	h := model.NewHistory(r.s, r.o.Calendar, r.s.Days)
	out.Marks = h.Marks
	for _, m := range h.Marks {
		out.Cleaned = append(out.Cleaned, m.Describe(r.s))
	}
	out.warn(r)
	return out
}

// lead scores all methods at one lead, the automatic choice first.
func (r *run) lead(l int, targets []int, scale float64) []Result {
	name := fmt.Sprintf("%dd", r.o.Leads[l])
	autos := map[int][]float64{}
	used := make([]float64, r.members)
	// Evidence days need the automatic forecast too: its own errors, made with the
	// weights of that time, shape its spread.
	for _, d := range r.observed(r.first, r.to) {
		f, w := r.auto(l, d)
		autos[d] = f
		for m := range used {
			if d >= r.from {
				used[m] += w[m] / float64(len(targets))
			}
		}
	}
	list := []Result{r.method(l, targets, scale, func(d int) []float64 { return autos[d] })}
	list[0].Method, list[0].Role = "auto", Auto
	for m, method := range r.methods {
		res := r.method(l, targets, scale, func(d int) []float64 { return r.forecasts[l][m][d] })
		res.Method, res.Role = method.Name(), Member
		if m >= r.members {
			res.Role = Baseline
		} else {
			res.Weight = &used[m]
		}
		list = append(list, res)
	}
	yard := list[len(list)-1].WAPE
	for i := range list {
		list[i].Lead = name
		if yard != nil && list[i].WAPE != nil && *yard > 0 {
			s := 1 - *list[i].WAPE / *yard
			list[i].Skill = &s
		}
	}
	return list
}

// method scores one source of forecasts.
func (r *run) method(l int, targets []int, scale float64, forecast func(int) []float64) Result {
	var t tally
	for _, d := range targets {
		f := forecast(d)
		if f == nil {
			continue
		}
		known := r.evidence(d - r.o.Leads[l] + 1)
		v, st := r.s.Row(d)
		t.add(f, v, st, spread.Learn(r.errors(forecast, known)))
	}
	res := t.result(scale)
	if last := spread.Learn(r.errors(forecast, r.evidence(r.to))); t.days > 0 {
		res.C = &last.C
	}
	return res
}

// floor is the WAPE of knowing each slot's true rate: E|N−μ|/μ of a Poisson count,
// by the normal approximation √(2μ/π), with the actual counts for the rates.
func (r *run) floor(targets []int) *float64 {
	abs, sum := 0.0, 0.0
	for _, d := range targets {
		v, st := r.s.Row(d)
		for i := range v {
			if st[i] == series.Observed {
				abs += math.Sqrt(2 * v[i] / math.Pi)
				sum += v[i]
			}
		}
	}
	return share(abs, sum)
}

// weeksForTrust is the history before the first target below which results are
// called weak.
const weeksForTrust = 8

func (out *Report) warn(r *run) {
	say := func(format string, a ...any) { out.Warnings = append(out.Warnings, fmt.Sprintf(format, a...)) }
	if have := r.from / 7; have < weeksForTrust {
		say("only %d weeks of history before %s: the choice of methods and the intervals rest on little evidence", have, out.From)
	}
	if out.Floor == nil {
		say("no calls at all between %s and %s: shares of them are not defined", out.From, out.To)
	}
	lost := 0
	for _, m := range out.Marks {
		if m.Takes() {
			lost++
		}
	}
	if lost > 0 {
		say("%d stretches of the history are marked as not being demand and left out of learning (they are still scored)", lost)
	}
}
