// Package judge holds published forecasts and overrides against what came.
package judge

import (
	"math"

	"github.com/agner-platform/agner/forecasting/alarm"
	"github.com/agner-platform/agner/forecasting/backtest"
	"github.com/agner-platform/agner/forecasting/made"
	"github.com/agner-platform/agner/forecasting/override"
	"github.com/agner-platform/agner/internal/db/outlook"
)

// Score is how published forecasts of one lead did. Figures without a base are null.
type Score struct {
	Lead     int      `json:"lead"`
	Days     int      `json:"days"`
	Slots    int      `json:"slots"`
	WAPE     *float64 `json:"wape"`
	Bias     *float64 `json:"bias"`
	Cover80  *float64 `json:"cover80"`
	Cover95  *float64 `json:"cover95"`
	Floor    *float64 `json:"floor"`         // of luck alone: Σ mean |Poisson − μ| / Σμ
	DayWAPE  *float64 `json:"day_wape"`      // of the days' totals
	Override *float64 `json:"override_wape"` // with the overrides laid over, on the same slots
}

// Scored is one override beside what it replaced.
type Scored struct {
	outlook.Override
	Published *float64 `json:"published"` // calls of its span as published; null while the day is not over
	Overruled *float64 `json:"overruled"`
	Actual    *float64 `json:"actual"`
	Better    *bool    `json:"better"`
}

// DayScore is one day at lead 1.
type DayScore struct {
	Date     string  `json:"date"`
	Forecast float64 `json:"forecast"`
	Actual   float64 `json:"actual"`
	Low80    float64 `json:"low80"`
	High80   float64 `json:"high80"`
}

// Accuracy is how a queue's forecasts did.
type Accuracy struct {
	Queue     string                `json:"queue"`
	Name      string                `json:"name"`
	Since     string                `json:"since"`
	Published []Score               `json:"published"`
	Evidence  []backtest.LeadChoice `json:"evidence"` // rolling origin, made with the choice of methods
	Days      []DayScore            `json:"days"`
	Bias      alarm.Bias            `json:"bias"`
	BiasSince string                `json:"bias_since"`
	Overrides []Scored              `json:"overrides"`
}

// scoredLeads are the leads shown.
var scoredLeads = []int{1, 7, 14, 28}

// tally sums one lead's errors.
type tally struct {
	days, slots                 int
	miss, drift, came, luck     float64
	in80, in95                  float64
	dayMiss, overMiss, overCame float64
	overruled                   bool
}

// Judge holds forecasts against what came.
type Judge struct {
	out       *Accuracy
	minutes   int
	overrides []outlook.Override
	tallies   map[int]*tally
	came      map[string]map[int]float64 // by date and slot
	published map[string]made.Day        // the shortest lead of each date, for overrides
}

// New judges into out by what came, by date and slot, with a queue's overrides in order of making.
func New(out *Accuracy, minutes int, came map[string]map[int]float64, overrides []outlook.Override) *Judge {
	return &Judge{out: out, minutes: minutes, came: came, overrides: overrides, tallies: map[int]*tally{}, published: map[string]made.Day{}}
}

// Add scores one published forecast on the dates that are known.
func (j *Judge) Add(f *made.Forecast) {
	for _, day := range f.Days {
		came, ok := j.came[day.Date]
		if !ok || len(day.Mean) == 0 {
			continue
		}
		if had, ok := j.published[day.Date]; !ok || day.Lead < had.Lead {
			j.published[day.Date] = day
		}
		for _, lead := range scoredLeads {
			if day.Lead == lead {
				j.day(f, day, came)
			}
		}
	}
}

func (j *Judge) day(f *made.Forecast, day made.Day, came map[int]float64) {
	t := j.tallies[day.Lead]
	if t == nil {
		t = &tally{}
		j.tallies[day.Lead] = t
	}
	sp := f.Lead(day.Lead).Spread
	over, _ := override.Apply(day, j.overrides, j.minutes)
	total, total2 := 0.0, 0.0
	t.days++
	for i, mu := range day.Mean {
		y := came[i+day.From] // no call in an open slot of a known day is a zero
		t.slots++
		t.miss += math.Abs(mu - y)
		t.drift += mu - y
		t.came += y
		t.luck += math.Sqrt(2 * mu / math.Pi)
		t.overMiss += math.Abs(over[i] - y)
		t.overruled = t.overruled || over[i] != mu
		t.in80 += inside(sp.Quantile(mu, 0.1), y, sp.Quantile(mu, 0.9))
		t.in95 += inside(sp.Quantile(mu, 0.025), y, sp.Quantile(mu, 0.975))
		total, total2 = total+mu, total2+y
	}
	t.dayMiss += math.Abs(total - total2)
	if day.Lead == 1 {
		g := override.Band(sp, day.Mean)
		j.out.Days = append(j.out.Days, DayScore{day.Date, made.Tidy(total), total2, made.Tidy(g.Quantile(0.1)), made.Tidy(g.Quantile(0.9))})
	}
}

func inside(lo, y, hi float64) float64 {
	if lo <= y && y <= hi {
		return 1
	}
	return 0
}

// Close turns tallies into scores and watches for bias.
func (j *Judge) Close() {
	for _, lead := range scoredLeads {
		t := j.tallies[lead]
		if t == nil {
			continue
		}
		s := Score{Lead: lead, Days: t.days, Slots: t.slots, WAPE: share(t.miss, t.came), Bias: share(t.drift, t.came), Floor: share(t.luck, t.came),
			Cover80: share(t.in80, float64(t.slots)), Cover95: share(t.in95, float64(t.slots)), DayWAPE: share(t.dayMiss, t.came)}
		if t.overruled {
			s.Override = share(t.overMiss, t.came)
		}
		j.out.Published = append(j.out.Published, s)
	}
	var errs []float64
	spread := 0.0
	for _, d := range j.out.Days {
		if d.Forecast > 0 {
			errs = append(errs, (d.Forecast-d.Actual)/d.Forecast)
			spread += (d.High80 - d.Low80) / (2 * 1.2816) / d.Forecast
		}
	}
	if len(errs) > 0 {
		j.out.Bias = alarm.Watch(errs, spread/float64(len(errs)))
		if i := j.out.Bias.Since; i >= 0 {
			j.out.BiasSince = j.out.Days[i].Date
		}
	}
	for _, o := range j.overrides {
		j.out.Overrides = append(j.out.Overrides, j.score(o))
	}
}

// score puts an override beside what it replaced, once its day is over.
func (j *Judge) score(o outlook.Override) Scored {
	s := Scored{Override: o}
	day, ok := j.published[o.Date]
	came, known := j.came[o.Date]
	if !ok || !known || o.Measure != "calls" {
		return s
	}
	lo, hi := override.Span(o, day.From, len(day.Mean), j.minutes)
	with, _ := override.Apply(day, []outlook.Override{o}, j.minutes)
	before, after, actual := made.Sum(day.Mean[lo:hi]), made.Sum(with[lo:hi]), 0.0
	for i := lo; i < hi; i++ {
		actual += came[i+day.From]
	}
	better := math.Abs(after-actual) < math.Abs(before-actual)
	s.Published, s.Overruled, s.Actual, s.Better = &before, &after, &actual, &better
	return s
}

// share is a part of a base; nil without one.
func share(a, b float64) *float64 {
	if b <= 0 {
		return nil
	}
	x := a / b
	return &x
}
