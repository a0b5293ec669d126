package forecasting

import (
	"context"
	"fmt"
	"math"

	"github.com/agner-platform/agner/forecasting/made"
	"github.com/agner-platform/agner/forecasting/model"
	"github.com/agner-platform/agner/forecasting/override"
	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/db/outlook"
)

// Step is one part of an explanation: the interval's calls with everything up to it.
type Step struct {
	What  string  `json:"what"` // level, weekday, calendar, recent, override
	Calls float64 `json:"calls"`
	Name  string  `json:"name"` // of the special day, or who overrode
}

// Explanation explains one interval.
type Explanation struct {
	Queue     string             `json:"queue"`
	Date      string             `json:"date"`
	Clock     string             `json:"clock"`
	Lead      int                `json:"lead"`
	Steps     []Step             `json:"steps"`
	Members   map[string]float64 `json:"members"` // what each method says of the day
	Weights   map[string]float64 `json:"weights"`
	C         float64            `json:"c"`
	Luck      float64            `json:"luck"`  // share of the 80 % band that chance alone would need
	Alike     []Past             `json:"alike"` // the last plain days of the weekday it follows, this interval
	Marks     []string           `json:"marks"` // what the cleaning left out of the recent weeks
	Overrides []outlook.Override `json:"overrides"`
}

// Past is the same interval of an earlier day.
type Past struct {
	Date  string  `json:"date"`
	Calls float64 `json:"calls"`
}

// Why takes an interval apart. Level is a mean open day of the last eight weeks in the shape
// of the day; weekday the mean of the weekday it follows, calendar times the effect of what
// the calendar says, recent the blend of methods, override what planners made of it.
func (s *Service) Why(ctx context.Context, queue, run, date, at string) (*Explanation, error) {
	v, err := s.View(ctx, queue, run, Range{date, date})
	if err != nil {
		return nil, err
	}
	day, ok := v.forecast.Day(date)
	if !ok {
		return nil, &db.FieldError{Field: "date", Value: date, Reason: fmt.Sprintf("the forecast runs %d days from %s", len(v.forecast.Days), v.forecast.Origin)}
	}
	slot := override.Clock(at)/v.Minutes - day.From
	if slot < 0 || slot >= len(day.Mean) || len(at) != 5 {
		return nil, &db.FieldError{Field: "at", Value: at, Reason: "the queue is closed then; want a time such as 09:30 within its hours"}
	}
	lead := v.forecast.Lead(day.Lead)
	w := &Explanation{Queue: queue, Date: date, Clock: fmt.Sprintf("%02d:%02d", (slot+day.From)*v.Minutes/60, (slot+day.From)*v.Minutes%60), Lead: day.Lead,
		Members: day.Members, Weights: lead.Weights, C: lead.Spread.C, Alike: []Past{}, Marks: []string{}, Overrides: []outlook.Override{}}
	if w.Members == nil {
		w.Members = map[string]float64{}
	}
	total, part := made.Sum(day.Mean), day.Mean[slot]
	scale := 0.0
	if total > 0 {
		scale = part / total
	}
	w.Steps = []Step{
		{"level", made.Tidy(day.Why.Level * scale), ""}, {"weekday", made.Tidy(day.Why.Weekday * scale), ""},
		{"calendar", made.Tidy(day.Why.Calendar * scale), day.Why.Name}, {"recent", made.Tidy(part), ""},
	}
	w.override(v, day, slot)
	if sp := lead.Spread; part > 0 {
		w.Luck = math.Sqrt(part) / math.Sqrt(part+sp.C*part*part)
	}
	return w, s.past(ctx, w, queue, v, day, slot)
}

// override adds a step for each override that touches the interval.
func (w *Explanation) override(v *View, day made.Day, slot int) {
	for i, o := range v.Overrides {
		lo, hi := override.Span(o, day.From, len(day.Mean), v.Minutes)
		if o.Date != day.Date || slot < lo || slot >= hi {
			continue
		}
		mean, _ := override.Apply(day, v.Overrides[:i+1], v.Minutes)
		w.Steps = append(w.Steps, Step{"override", made.Tidy(mean[slot]), o.By})
		w.Overrides = append(w.Overrides, o)
	}
}

// alikeDays is how many earlier days an explanation shows.
const alikeDays = 8

// past looks into the stored inputs for the same interval of earlier days, and for what was left out.
func (s *Service) past(ctx context.Context, w *Explanation, queue string, v *View, day made.Day, slot int) error {
	row, err := s.store.Forecast(ctx, v.Run.ID, queue)
	if err != nil {
		return err
	}
	packed, err := s.store.Inputs(ctx, row.Inputs)
	if err != nil {
		return nil // an old forecast whose inputs are gone: the rest of the explanation stands
	}
	in, err := made.Unpack(row.Inputs, packed)
	if err != nil {
		return err
	}
	ser, err := in.Series()
	if err != nil {
		return err
	}
	cal, err := in.Calendar()
	if err != nil {
		return err
	}
	h := model.NewHistory(ser, cal, ser.Days)
	like := h.Like(ser.Days + day.Lead - 1)
	for d := h.Days - 1; d >= 0 && len(w.Alike) < alikeDays; d-- {
		if t, n, _ := h.Raw.Total(d); h.Like(d) == like && n > 0 && t > 0 && !h.Mark(d).Special() {
			x, _ := h.Raw.At(d, slot+day.From)
			w.Alike = append(w.Alike, Past{h.Date(d).String(), x})
		}
	}
	for _, m := range h.Marks {
		if m.Takes() && m.Day >= h.Days-7*alikeDays {
			w.Marks = append(w.Marks, m.Describe(h.Raw))
		}
	}
	return nil
}
