package backtest

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/agner-platform/agner/forecasting/calendar"
	"github.com/agner-platform/agner/forecasting/clean"
	"github.com/agner-platform/agner/forecasting/model"
	"github.com/agner-platform/agner/forecasting/series"
	"github.com/agner-platform/agner/internal/interval"
)

// ErrNoTargets is matched by the error for a period without a single observed day.
var ErrNoTargets = errors.New("no observed day to forecast")

const (
	// EvidenceWeeks is how far back evidence for weights and spread reaches.
	EvidenceWeeks = 8
	// refitDays is how often costly methods are fitted anew; in between they are
	// carried along.
	refitDays = 7
)

// Options describe a backtest.
type Options struct {
	Calendar  *calendar.Calendar // may be nil
	Leads     []int              // days
	From, To  interval.Date      // first and last target
	Members   []model.Method     // nil: model.Members()
	Baselines []model.Method     // nil: model.Baselines(); the last is the yardstick
	Progress  func(done, total int)
}

// run is the state of a backtest: forecasts[lead][method][day].
type run struct {
	s       *series.Series
	o       Options
	methods []model.Method // members, then baselines
	members int
	from    int // first target
	to      int // after the last target
	first   int // first day of evidence

	forecasts [][]map[int][]float64
	broken    []map[int][]clean.Mark // by origin, then day: what was known not to be demand
	models    []model.Model          // the last fit of each method
	fitted    []int                  // and its origin
}

// Run backtests every method and the automatic choice on a series.
func Run(ctx context.Context, s *series.Series, o Options) (*Report, error) {
	r, err := newRun(s, o)
	if err != nil {
		return nil, err
	}
	first, last := r.first-slices.Max(o.Leads)+1, r.to-slices.Min(o.Leads)
	for origin := max(1, first); origin <= last; origin++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		r.origin(origin)
		if o.Progress != nil {
			o.Progress(origin-first+1, last-first+1)
		}
	}
	return r.report(), nil
}

func newRun(s *series.Series, o Options) (*run, error) {
	if len(o.Leads) == 0 || slices.Min(o.Leads) < 1 || slices.Max(o.Leads) > model.Horizon/2 {
		return nil, fmt.Errorf("leads %v: need 1 to %d days each", o.Leads, model.Horizon/2)
	}
	if o.Members == nil {
		o.Members = model.Members()
	}
	if o.Baselines == nil {
		o.Baselines = model.Baselines()
	}
	r := &run{
		s: s, o: o, methods: slices.Concat(o.Members, o.Baselines), members: len(o.Members),
		from: max(1, s.Index(o.From)), to: min(s.Days, s.Index(o.To)+1),
	}
	r.first = max(1, r.from-7*EvidenceWeeks-slices.Max(o.Leads))
	if len(r.observed(r.from, r.to)) == 0 {
		return nil, fmt.Errorf("%s to %s: %w: the data run from %s to %s", o.From, o.To, ErrNoTargets, s.First, s.Date(s.Days-1))
	}
	r.broken = make([]map[int][]clean.Mark, s.Days+1)
	r.models, r.fitted = make([]model.Model, len(r.methods)), make([]int, len(r.methods))
	r.forecasts = make([][]map[int][]float64, len(o.Leads))
	for l := range r.forecasts {
		r.forecasts[l] = make([]map[int][]float64, len(r.methods))
		for m := range r.methods {
			r.forecasts[l][m] = map[int][]float64{}
		}
	}

	return r, nil
}

// origin makes all forecasts whose first unknown day is the given one.
func (r *run) origin(day int) {
	var targets []int
	for _, lead := range r.o.Leads {
		d := day + lead - 1
		t := -1
		if d >= r.first && d < r.to {
			if _, n, _ := r.s.Total(d); n > 0 {
				t = d
			}
		}
		targets = append(targets, t)
	}
	if slices.Max(targets) < 0 {
		return
	}
	h := model.NewHistory(r.s, r.o.Calendar, day)
	r.broken[day] = brokenDays(h.Marks, day-7*EvidenceWeeks)
	for m := range r.methods {
		fit := r.fit(m, h)
		if fit == nil {
			continue
		}
		for l, t := range targets {
			if t >= 0 {
				r.forecasts[l][m][t] = fit.Day(t)
			}
		}
	}
}

// brokenDays sorts the marks since a day by day. Spikes stay evidence: callers make
// them, and intervals have to allow for them; freak days and outages do not.
func brokenDays(marks []clean.Mark, since int) map[int][]clean.Mark {
	out := map[int][]clean.Mark{}
	for _, m := range marks {
		if m.Takes() && m.Reason != clean.Spike && m.Day >= since {
			out[m.Day] = append(out[m.Day], m)
		}
	}
	return out
}

// fit fits a method, or carries its last fit along. Nil: it needs more history.
func (r *run) fit(m int, h *model.History) model.Model {
	if u, ok := r.models[m].(model.Updater); ok && h.Days-r.fitted[m] < refitDays {
		if next, err := u.Update(h); err == nil {
			r.models[m] = next
			return next
		}
	}
	fit, err := r.methods[m].Fit(h)
	if err != nil {
		return nil // too little history: the method has no forecast here
	}
	r.models[m], r.fitted[m] = fit, h.Days
	return fit
}

// evidence returns the observed days of the weeks before an origin, latest last.
func (r *run) evidence(origin int) past {
	origin = max(0, min(origin, r.s.Days))
	return past{days: r.observed(max(r.first, origin-7*EvidenceWeeks), origin), broken: r.broken[origin]}
}

// past is evidence: days, and which of their slots were known not to be demand.
type past struct {
	days   []int
	broken map[int][]clean.Mark
}

// usable reports whether a slot counts as evidence.
func (p past) usable(day, slot int) bool {
	for _, m := range p.broken[day] {
		if m.From <= slot && slot < m.To {
			return false
		}
	}
	return true
}

// observed returns the days of a range that have data.
func (r *run) observed(from, to int) []int {
	var days []int
	for d := from; d < to; d++ {
		if _, n, _ := r.s.Total(d); n > 0 {
			days = append(days, d)
		}
	}
	return days
}

// weights returns the blend for a target at a lead.
func (r *run) weights(l, target int) []float64 {
	known := r.evidence(target - r.o.Leads[l] + 1)
	mse := make([]float64, r.members)
	for m := range mse {
		mse[m] = r.mse(l, m, known)
	}
	return model.Weights(mse, r.mse(l, len(r.methods)-1, known))
}

// auto returns the automatic forecast of a target.
func (r *run) auto(l, target int) ([]float64, []float64) {
	w := r.weights(l, target)
	list := make([][]float64, r.members)
	for m := range list {
		list[m] = r.forecasts[l][m][target]
	}
	f := model.Combine(list, w)
	if f == nil { // too little history for any member
		f = r.forecasts[l][len(r.methods)-1][target]
	}
	return f, w
}
