package staffing

import (
	"errors"
	"fmt"
	"math"

	"github.com/agner-platform/agner/forecasting/erlang"
	"gonum.org/v1/gonum/mat"
)

// Model is the queue behind the requirement.
type Model string

// The models.
const (
	ErlangA Model = "erlang-a"
	ErlangC Model = "erlang-c"
)

// Rounding is how people become whole.
type Rounding string

// The rounding modes.
const (
	Up      Rounding = "up"
	Nearest Rounding = "nearest"
	Carry   Rounding = "carry"
	None    Rounding = "none"
)

// ErrOptions is matched by the error for an option outside its domain.
var ErrOptions = errors.New("option out of range")

// Options are what the planner decides.
type Options struct {
	Period    float64       // length of an interval, seconds
	Target    erlang.Target // service level; its MaxOccupancy is the cap
	Model     Model         // empty means ErlangA
	Patience  float64       // mean patience, seconds (ErlangA)
	NoLag     bool          // staff for the calls of the interval itself
	C         float64       // squared coefficient of variation of the forecast rate
	Shrinkage float64       // share of paid time, 0 ≤ s < 1
	Rounding  Rounding      // empty means Up
}

// Interval is one row of a forecast.
type Interval struct {
	Start string
	Calls float64
	AHT   float64 // seconds
	After bool    // the interval before it in the list ends where it begins

	Patience float64        // mean patience of this interval, seconds; 0: that of the options
	Target   *erlang.Target // of this interval; nil: that of the options
}

// of returns the options as they hold for one interval.
func (o Options) of(in Interval) Options {
	if in.Patience > 0 {
		o.Patience = in.Patience
	}
	if in.Target != nil {
		o.Target = *in.Target
	}
	return o
}

// Waterfall is the requirement step by step, each step on top of the ones before.
type Waterfall struct {
	ErlangC     int     `json:"erlang_c"`
	Lag         int     `json:"lag"`
	Patience    int     `json:"patience"`
	Uncertainty int     `json:"uncertainty"`
	Occupancy   int     `json:"occupancy"`
	Shrinkage   float64 `json:"shrinkage"`
	Rounding    float64 `json:"rounding"`
}

// Row is the requirement of one interval.
type Row struct {
	Start     string     `json:"start"`
	Calls     float64    `json:"calls"`
	AHT       float64    `json:"aht_s"`
	Erlangs   float64    `json:"erlangs"`   // at the point forecast, without lag
	Agents    int        `json:"agents"`    // on the phones
	Scheduled float64    `json:"scheduled"` // with shrinkage, rounded
	SL        *float64   `json:"sl"`        // expected, nil without calls
	ASA       *float64   `json:"asa_s"`
	Occupancy *float64   `json:"occupancy"`
	Abandon   *float64   `json:"abandon_rate"`
	Gain      *float64   `json:"sl_gain_of_one_more"`
	Waterfall *Waterfall `json:"waterfall,omitempty"`
	Problem   string     `json:"problem,omitempty"`
}

// validate checks the options and fills in defaults.
func (o *Options) validate() error {
	if o.Model == "" {
		o.Model = ErlangA
	}
	if o.Rounding == "" {
		o.Rounding = Up
	}
	for _, c := range []struct {
		ok    bool
		name  string
		value any
		want  string
	}{
		{o.Period > 0 && o.Period <= 86400, "period", o.Period, "above 0 and at most a day, in seconds"},
		{o.Model == ErlangA || o.Model == ErlangC, "model", o.Model, "erlang-a or erlang-c"},
		{o.Model == ErlangC || o.Patience > 0, "patience", o.Patience, "above 0 seconds for Erlang A"},
		{o.C >= 0 && o.C <= 4, "c", o.C, "0 to 4 (a coefficient of variation of 2)"},
		{o.Shrinkage >= 0 && o.Shrinkage < 1, "shrinkage", o.Shrinkage, "at least 0 and below 1"},
		{o.Rounding == Up || o.Rounding == Nearest || o.Rounding == Carry || o.Rounding == None, "rounding", o.Rounding, "up, nearest, carry or none"},
		{o.Target.ServiceLevel > 0 && o.Target.ServiceLevel < 1, "target", o.Target.ServiceLevel, "above 0 and below 1"},
	} {
		if !c.ok {
			return fmt.Errorf("%s = %v: %w: must be %s", c.name, c.value, ErrOptions, c.want)
		}
	}
	return nil
}

// Require computes the requirement of every interval. Intervals that cannot be
// staffed carry a problem; only options out of range are an error.
func Require(list []Interval, o Options) ([]Row, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	rows := make([]Row, len(list))
	carry, n := 0.0, nodes(o.C)
	for i, in := range list {
		rows[i] = Row{Start: in.Start, Calls: in.Calls, AHT: in.AHT}
		if err := o.of(in).row(&rows[i], lagged(list, i, o), n); err != nil {
			rows[i] = Row{Start: in.Start, Calls: number(in.Calls), AHT: number(in.AHT), Problem: err.Error()}
			continue
		}
		carry = o.finish(&rows[i], carry)
	}
	return rows, nil
}

// number is v, or 0 where v is not a number: JSON has none.
func number(v float64) float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return 0
	}
	return v
}

// lagged is the mean calls of the interval shifted back by its AHT.
func lagged(list []Interval, i int, o Options) float64 {
	back := list[i].AHT / o.Period
	calls, share := 0.0, 0.0
	// The shifted interval covers (1 − back) of this one, then those before it.
	for k, from := i, 0.0; ; k-- {
		part := math.Min(back+1, from+1) - math.Max(back, from)
		if part > 0 {
			calls += part * list[k].Calls
			share += part
		}
		from++
		if from >= back+1 || k == 0 || !list[k].After {
			break
		}
	}
	if share < 1 { // the shop was not open that long: its own rate, not none
		calls += (1 - share) * list[i].Calls
	}
	return calls
}

// row fills in the requirement up to the occupancy cap.
func (o Options) row(r *Row, lagged float64, n []node) error {
	if math.IsNaN(r.Calls) || math.IsNaN(r.AHT) {
		return errors.New("calls or aht_s is not a number that can be believed")
	}
	if !(r.Calls >= 0) || math.IsInf(r.Calls, 0) || r.Calls > 0 && !(r.AHT > 0 && !math.IsInf(r.AHT, 0)) {
		return fmt.Errorf("calls = %g, aht_s = %g: calls must be at least 0 and the handle time above 0", r.Calls, r.AHT)
	}
	if r.Calls == 0 {
		r.Waterfall = &Waterfall{}
		return nil
	}
	point, err := erlang.NewLoad(r.Calls, o.Period, r.AHT)
	if err != nil {
		return err
	}
	r.Erlangs = point.Erlangs()
	load := point
	if !o.NoLag {
		if load, err = erlang.NewLoad(lagged, o.Period, r.AHT); err != nil {
			return err
		}
	}
	w := &Waterfall{}
	bare := o.Target
	bare.MaxOccupancy = 0
	if w.ErlangC, err = erlang.RequiredC(point, bare); err != nil {
		return err
	}
	if w.Lag, err = erlang.RequiredC(load, bare); err != nil {
		return err
	}
	w.Patience = w.Lag
	if o.Model == ErlangA {
		if w.Patience, err = erlang.RequiredA(load, o.Patience, bare); err != nil {
			return err
		}
	}
	q := queue{o: o, load: load, nodes: n, known: map[int]float64{}}
	if w.Uncertainty, err = q.required(w.Patience); err != nil {
		return err
	}
	if w.Occupancy, err = q.cap(w.Uncertainty); err != nil {
		return err
	}
	r.Agents, r.Waterfall = w.Occupancy, w
	return q.describe(r)
}

// finish adds shrinkage and rounding; carry is the fraction the intervals before
// left over.
func (o Options) finish(r *Row, carry float64) float64 {
	need := float64(r.Agents) / (1 - o.Shrinkage)
	r.Waterfall.Shrinkage = need
	switch o.Rounding {
	case Up:
		r.Scheduled = float64(erlang.CeilAgents(need))
	case Nearest:
		r.Scheduled = math.Round(need)
	case Carry:
		r.Scheduled = math.Max(0, math.Round(need+carry))
		carry += need - r.Scheduled
	case None:
		r.Scheduled = need
	}
	r.Waterfall.Rounding = r.Scheduled
	return carry
}

// points is how many rates stand for a gamma distribution; with 7 the expected
// service level of a 25 % uncertain rate is right to 0.1 points.
const points = 7

// node is a rate factor with its probability.
type node struct{ factor, weight float64 }

// nodes returns the Gauss quadrature of a gamma distribution with mean 1 and
// variance c (generalised Gauss–Laguerre): factors are the eigenvalues of the
// Jacobi matrix, weights the squared first components of its eigenvectors.
//
// Source: G. H. Golub and J. H. Welsch (1969), "Calculation of Gauss quadrature
// rules", Mathematics of Computation 23(106), 221–230.
func nodes(c float64) []node {
	if c < 1e-9 {
		return []node{{1, 1}}
	}
	shape := 1 / c
	j := mat.NewSymDense(points, nil)
	for k := range points {
		j.SetSym(k, k, 2*float64(k)+shape)
		if k > 0 {
			j.SetSym(k-1, k, math.Sqrt(float64(k)*(float64(k)+shape-1)))
		}
	}
	var e mat.EigenSym
	if !e.Factorize(j, true) {
		return []node{{1, 1}}
	}
	var v mat.Dense
	e.VectorsTo(&v)
	out := make([]node, points)
	for k, x := range e.Values(nil) {
		w := v.At(0, k)
		out[k] = node{x / shape, w * w}
	}
	return out
}
