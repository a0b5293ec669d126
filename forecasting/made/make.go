// Package made makes one queue's forecast from everything it is made from. [Make] is a pure
// function of [Inputs]: on one build and architecture it gives the same bytes again.
//
// # Vocabulary
//
//   - origin: the first day that the inputs do not know; a forecast runs [Days] days from there.
//   - cold start: a queue with too little history takes the shape of its siblings, and of its own
//     days as they come in, with a wide band.
package made

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/agner-platform/agner/forecasting/backtest"
	"github.com/agner-platform/agner/forecasting/calendar"
	"github.com/agner-platform/agner/forecasting/handle"
	"github.com/agner-platform/agner/forecasting/model"
	"github.com/agner-platform/agner/forecasting/patience"
	"github.com/agner-platform/agner/forecasting/series"
	"github.com/agner-platform/agner/forecasting/spread"
	"github.com/agner-platform/agner/internal/interval"
)

// Inputs are all that one queue's forecast is made from.
type Inputs struct {
	Queue   string `json:"queue"`
	First   string `json:"first"` // date of the first day of the series
	Minutes int    `json:"minutes"`
	Horizon int    `json:"horizon"` // days to forecast

	// Calls by day and slot; −1 where nothing is known, −2 where closed.
	Calls []float64 `json:"calls"`

	Handled  []float64             `json:"handled"` // of the last weeks, whole days up to the origin
	Seconds  []float64             `json:"seconds"`
	Patience [24]patience.Exposure `json:"patience"` // by local hour
	Country  string                `json:"country"`  // empty: none
	Inferred bool                  `json:"country_inferred"`
	Days     []calendar.Day        `json:"days"`            // of the set-up and of planners
	Shut     []string              `json:"shut"`            // dates of the horizon on which the queue is closed
	Opening  [7][]bool             `json:"opening"`         // by weekday; empty: as the history has it
	Choice   *backtest.Choice      `json:"choice"`          // nil: too little history
	Alike    []float64             `json:"alike,omitempty"` // weekday·slots + slot of sibling queues, mean calls, for a cold start
	Siblings int                   `json:"siblings"`        // how many queues that is
}

// Series puts the inputs' calls back on the grid.
func (in *Inputs) Series() (*series.Series, error) {
	first, err := interval.ReadDate(in.First)
	if err != nil {
		return nil, err
	}
	slots := MinutesOfDay / max(1, in.Minutes)
	s, err := series.New(first, len(in.Calls)/slots, in.Minutes)
	if err != nil {
		return nil, err
	}
	for k, v := range in.Calls {
		switch {
		case v >= 0:
			s.Set(k/slots, k%slots, v)
		case v == unknown:
			s.Mark(k/slots, k%slots, series.Missing)
		}
	}
	return s, nil
}

// MinutesOfDay is the length of the wall clock's day.
const MinutesOfDay = 24 * 60

const (
	unknown = -1
	closed  = -2
)

// CallsOf is the reverse of Series.
func CallsOf(s *series.Series) []float64 {
	out := make([]float64, 0, s.Days*s.Slots)
	for d := range s.Days {
		v, st := s.Row(d)
		for i := range v {
			switch st[i] {
			case series.Observed:
				out = append(out, v[i])
			case series.Missing:
				out = append(out, unknown)
			default:
				out = append(out, closed)
			}
		}
	}
	return out
}

// Calendar is the calendar of the inputs.
func (in *Inputs) Calendar() (*calendar.Calendar, error) {
	first, err := interval.ReadDate(in.First)
	if err != nil {
		return nil, err
	}
	var base *calendar.Calendar
	if in.Country != "" {
		last := first.AddDays(len(in.Calls)*in.Minutes/MinutesOfDay + in.Horizon)
		if base, err = calendar.Country(in.Country, first.Year-1, last.Year+1); err != nil {
			return nil, err
		}
	}
	if base == nil && len(in.Days) == 0 {
		return nil, nil
	}
	return calendar.New(base, in.Days), nil
}

// Forecast is what is published of one queue.
type Forecast struct {
	Queue    string                `json:"queue"`
	Origin   string                `json:"origin"`
	Minutes  int                   `json:"minutes"`
	Country  string                `json:"country,omitempty"`
	Inferred bool                  `json:"country_inferred,omitempty"`
	Cold     string                `json:"cold_start,omitempty"` // how a queue with too little history was forecast
	Notes    []string              `json:"notes,omitempty"`
	Leads    []backtest.LeadChoice `json:"leads"`
	Days     []Day                 `json:"days"`
	Patience []float64             `json:"patience_s"` // mean patience by local hour
	Hangups  float64               `json:"hangups"`    // it was measured from
	History  int                   `json:"history_days"`
}

// Day is one day of a forecast. Slots outside From … From+len(Mean) are closed.
type Day struct {
	Date    string             `json:"date"`
	Lead    int                `json:"lead"`
	From    int                `json:"from"` // first slot of Mean
	Mean    []float64          `json:"mean"` // expected calls
	AHT     []float64          `json:"aht_s"`
	Why     backtest.Why       `json:"why"`
	Kind    string             `json:"kind,omitempty"` // holiday, half, event, eve, after, bridge
	Members map[string]float64 `json:"members,omitempty"`
}

const (
	// Days is how far forecasts reach.
	Days = 56
	// Minutes is the length of a slot.
	Minutes = 15
	// defaultAHT is taken where nobody has handled a contact yet.
	defaultAHT = 300
	// DefaultPatience is taken where nobody has hung up yet: half of callers wait longer than three and a half minutes.
	DefaultPatience = 300
)

// ErrNothing is matched by the error for a queue without any history to go by.
var ErrNothing = errors.New("no history and no sibling queue to go by")

// Make makes a forecast. It depends on its inputs only.
func Make(_ context.Context, in *Inputs) (*Forecast, error) {
	s, err := in.Series()
	if err != nil {
		return nil, err
	}
	cal, err := in.Calendar()
	if err != nil {
		return nil, err
	}
	f := &Forecast{Queue: in.Queue, Origin: s.Date(s.Days).String(), Minutes: in.Minutes, Country: in.Country, Inferred: in.Inferred, History: s.Days}
	for _, e := range in.Patience {
		f.Hangups += e.Left
	}
	f.Patience = Round(patience.ByHour(in.Patience[:], DefaultPatience), 10)
	means := handle.Learn(handle.History{
		Slots: s.Slots, First: s.Weekday(s.Days - len(in.Handled)/s.Slots), Count: in.Handled, Seconds: in.Seconds,
	}, defaultAHT)
	h := model.NewHistory(s, cal, s.Days)
	days, err := in.days(f, h)
	if err != nil {
		return nil, fmt.Errorf("queue %s: %w", in.Queue, err)
	}
	for k, d := range days {
		day := s.Days + k
		mean := in.shut(d.Date, s.Weekday(day), d.Mean)
		out := Day{Date: d.Date, Lead: d.Lead, Why: d.Why, Kind: kind(h, day), Members: totals(d.Members)}
		lo, hi := openSpan(mean)
		out.From = lo
		out.Mean = Round(mean[lo:hi], 10000)
		out.AHT = Round(means.Day(h.Like(day))[lo:hi], 10)
		out.Why = backtest.Why{Level: Tidy(d.Why.Level), Weekday: Tidy(d.Why.Weekday), Calendar: Tidy(d.Why.Calendar), Blend: Tidy(Sum(mean)), Name: d.Why.Name}
		f.Days = append(f.Days, out)
	}
	return f, nil
}

// days forecasts by the choice, or from what siblings do where there is too little history.
func (in *Inputs) days(f *Forecast, h *model.History) ([]backtest.Day, error) {
	if in.Choice != nil {
		f.Leads = in.Choice.Leads
		days, err := in.Choice.Forecast(h, in.Horizon)
		if err == nil {
			return days, nil
		}
		if !errors.Is(err, model.ErrShort) {
			return nil, err
		}
	}
	return in.cold(f, h)
}

const (
	coldC     = 0.04 // spread of a cold start: a 20 % day
	coldDays  = 7    // days of its own for which a sibling's level counts
	shapeDays = 20   // days of its own after which its own shape counts half
)

// cold forecasts a queue with too little history: the level is its own mean day shrunk to
// nothing it does not know (its siblings' where it has no day at all), the shape that of its
// siblings by weekday and slot, mixed with its own as days come in.
func (in *Inputs) cold(f *Forecast, h *model.History) ([]backtest.Day, error) {
	own, ownDays := make([]float64, h.Slots), 0.0
	for d := range h.Days {
		v, st := h.Row(d)
		if t, seen, _ := h.Total(d); seen == 0 || t == 0 {
			continue
		}
		ownDays++
		for i := range v {
			if st[i] == series.Observed {
				own[i] += v[i]
			}
		}
	}
	alike := Sum(in.Alike)
	if ownDays == 0 && alike == 0 {
		return nil, ErrNothing
	}
	f.Cold = "own"
	if alike > 0 {
		f.Cold = "siblings"
	}
	f.Leads = []backtest.LeadChoice{{Lead: in.Horizon, Weights: map[string]float64{}, Spread: spread.Spread{C: coldC, Day: coldC / 2}}}
	level := alike / 7
	if ownDays > 0 {
		level = (Sum(own) + coldDays*level*boolTo1(alike > 0)) / (ownDays + coldDays*boolTo1(alike > 0))
	}
	trust := 1.0
	if alike > 0 {
		trust = ownDays / (ownDays + shapeDays)
	}
	var out []backtest.Day
	for k := range in.Horizon {
		day := h.Days + k
		wd := int(h.Like(day))
		mean := make([]float64, h.Slots)
		for i := range mean {
			if ownDays > 0 {
				mean[i] = trust * own[i] / ownDays
			}
			if alike > 0 {
				mean[i] += (1 - trust) * level * in.Alike[wd*h.Slots+i] / (alike / 7)
			}
		}
		out = append(out, backtest.Day{Date: h.Date(day).String(), Lead: k + 1, Mean: mean, C: coldC,
			Why: backtest.Why{Level: level, Weekday: Sum(mean), Calendar: Sum(mean), Blend: Sum(mean)}})
	}
	return out, nil
}

func boolTo1(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// shut closes a day's slots that the set-up says are closed.
func (in *Inputs) shut(date string, wd time.Weekday, mean []float64) []float64 {
	out := slices.Clone(mean)
	off := slices.Contains(in.Shut, date)
	open := in.Opening[wd]
	for i := range out {
		if off || len(open) > 0 && !open[i] {
			out[i] = 0
		}
	}
	return out
}

// openSpan is the stretch of slots that is not closed.
func openSpan(mean []float64) (lo, hi int) {
	lo, hi = len(mean), 0
	for i, v := range mean {
		if v > 0 {
			lo, hi = min(lo, i), i+1
		}
	}
	if hi == 0 {
		return 0, 0
	}
	return lo, hi
}

// kind says what the calendar says of a day.
func kind(h *model.History, day int) string {
	m := h.Mark(day)
	switch {
	case m.Kind != "":
		return string(m.Kind)
	case m.Eve:
		return "eve"
	case m.Bridge:
		return "bridge"
	case m.After:
		return "after"
	}
	return ""
}

func totals(members map[string][]float64) map[string]float64 {
	out := map[string]float64{}
	for name, v := range members {
		out[name] = Tidy(Sum(v))
	}
	return out
}

// Sum adds values up.
func Sum(v []float64) float64 {
	t := 0.0
	for _, x := range v {
		t += x
	}
	return t
}

// Tidy keeps two decimals of a day's total.
func Tidy(v float64) float64 { return math.Round(v*100) / 100 }

// Round keeps what matters, so that stored forecasts stay small.
func Round(v []float64, per float64) []float64 {
	out := make([]float64, len(v))
	for i, x := range v {
		out[i] = math.Round(x*per) / per
	}
	return out
}

// Lead is the choice that holds at a lead: that of the next longer one.
func (f *Forecast) Lead(days int) backtest.LeadChoice {
	for _, l := range f.Leads {
		if days <= l.Lead {
			return l
		}
	}
	if len(f.Leads) == 0 {
		return backtest.LeadChoice{Spread: spread.Spread{C: coldC, Day: coldC / 2}}
	}
	return f.Leads[len(f.Leads)-1]
}

// Day returns a date's part of the forecast.
func (f *Forecast) Day(date string) (Day, bool) {
	for _, d := range f.Days {
		if d.Date == date {
			return d, true
		}
	}
	return Day{}, false
}
