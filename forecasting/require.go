package forecasting

import (
	"context"
	"math"
	"slices"

	"github.com/agner-platform/agner/forecasting/erlang"
	"github.com/agner-platform/agner/forecasting/made"
	"github.com/agner-platform/agner/forecasting/staffing"
	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/db/outlook"
	"github.com/agner-platform/agner/internal/interval"
)

// What is what a planner tries: nil and empty fields stay as they are set up.
type What struct {
	Share        *float64 // target: share answered
	Within       *float64 // seconds
	Shrinkage    *float64
	MaxOccupancy *float64
	Patience     *float64 // seconds; nil: as measured by hour
	Volume       *float64 // factor on the calls
	AHT          *float64 // factor on the handle times
	Model        string
	Rounding     string
	Uncertainty  *float64 // factor on the spread; 0 staffs for the point forecast
}

// Terms are what a requirement was made with.
type Terms struct {
	Share        float64 `json:"share"`
	Within       float64 `json:"within_s"`
	Short        float64 `json:"short_s"`
	Model        string  `json:"model"`
	Patience     float64 `json:"patience_s"` // 0: as measured by hour
	Shrinkage    float64 `json:"shrinkage"`
	MaxOccupancy float64 `json:"max_occupancy"`
	Rounding     string  `json:"rounding"`
	AgentHour    float64 `json:"agent_hour"` // cost of a paid hour, 0: not known
	Currency     string  `json:"currency"`
	RuleVersion  int64   `json:"rule_version"` // of the stored rule, 0: none
	RuleID       string  `json:"rule_id"`
}

// Need is one interval of a requirement.
type Need struct {
	staffing.Row
	Date     string  `json:"date"`
	Clock    string  `json:"clock"`
	Low      int     `json:"agents_low"`  // for the calls at the lower end of the 80 % band, known for certain
	High     int     `json:"agents_high"` // and at the upper end
	Lag      float64 `json:"-"`
	Patience float64 `json:"patience_s"`
}

// Sums are a requirement's figures over its range, weighted by calls.
type Sums struct {
	Calls     float64  `json:"calls"`
	Agents    float64  `json:"agent_hours"`     // on the phones
	Scheduled float64  `json:"scheduled_hours"` // with shrinkage
	SL        *float64 `json:"sl"`
	ASA       *float64 `json:"asa_s"`
	Occupancy *float64 `json:"occupancy"`
	Abandon   *float64 `json:"abandon_rate"`
	Abandoned float64  `json:"abandoned"`
	Cost      float64  `json:"cost"` // 0 where an hour's cost is not known
	Peak      int      `json:"peak_agents"`
}

// Requirement is a queue's staff by interval.
type Requirement struct {
	View  *View  `json:"-"`
	Queue string `json:"queue"`
	Name  string `json:"name"`
	Zone  string `json:"zone"`
	Run   string `json:"run"`
	From  string `json:"from"`
	To    string `json:"to"`
	Terms Terms  `json:"terms"`
	Sums  Sums   `json:"sums"`
	Rows  []Need `json:"rows"`
}

// Require turns a queue's forecast with its overrides into staff.
func (s *Service) Require(ctx context.Context, queue, run string, when Range, what What) (*Requirement, error) {
	v, err := s.View(ctx, queue, run, when)
	if err != nil {
		return nil, err
	}
	return s.require(ctx, v, what)
}

func (s *Service) require(ctx context.Context, v *View, what What) (*Requirement, error) {
	terms, targets, err := s.terms(ctx, v.Queue, what)
	if err != nil {
		return nil, err
	}
	out := &Requirement{View: v, Queue: v.Queue, Name: v.Name, Zone: v.Zone, Run: v.Run.ID, From: v.From, To: v.To, Terms: terms, Rows: []Need{}}
	for _, day := range v.Days {
		rows, err := v.needs(day, terms, targets, what)
		if err != nil {
			return nil, err
		}
		out.Rows = append(out.Rows, rows...)
	}
	out.Sums = sumsOf(out.Rows, terms, v.Minutes)
	return out, nil
}

// terms settles what holds for a queue: what is tried, else its rule, its target, the settings.
func (s *Service) terms(ctx context.Context, queue string, what What) (Terms, []db.TargetOverride, error) {
	set, err := s.cfg.Store.Values(ctx)
	if err != nil {
		return Terms{}, nil, err
	}
	t := Terms{
		Share: set.Share, Within: set.Within.Seconds(), Short: set.Short.Seconds(), Model: string(staffing.ErlangA), Rounding: string(staffing.Up),
		MaxOccupancy: 0.9, AgentHour: set.AgentHour * math.Max(1, set.WageFactor), Currency: set.Currency,
	}
	targets, err := s.cfg.Store.Targets().AsOf(ctx, db.StampOf(s.cfg.Now()), db.Where("queue_id", queue))
	if err != nil {
		return t, nil, err
	}
	var special []db.TargetOverride
	for _, x := range targets {
		if x.Share <= 0 || x.Within <= 0 {
			continue
		}
		t.Share, t.Within, t.Short, special = x.Share, float64(x.Within)/1e6, float64(x.Short)/1e6, x.Overrides
	}
	rules, err := outlook.Rules(s.cfg.Store).List(ctx, db.Where("queue_id", queue))
	if err != nil {
		return t, nil, err
	}
	for _, r := range rules {
		t.Model, t.Patience, t.Shrinkage, t.MaxOccupancy, t.Rounding = r.Model, r.Patience, r.Shrinkage, r.MaxOccupancy, r.Rounding
		t.RuleID, t.RuleVersion = r.ID, r.Version
	}
	if what.Share != nil || what.Within != nil {
		special = nil
	}
	for to, from := range map[*float64]*float64{&t.Share: what.Share, &t.Within: what.Within, &t.Shrinkage: what.Shrinkage, &t.MaxOccupancy: what.MaxOccupancy, &t.Patience: what.Patience} {
		if from != nil {
			*to = *from
		}
	}
	if what.Model != "" {
		t.Model = what.Model
	}
	if what.Rounding != "" {
		t.Rounding = what.Rounding
	}
	if t.Share >= 1 { // a target of everybody cannot be reached by any number of people
		t.Share = 0.999
	}
	return t, special, nil
}

func (t Terms) target() erlang.Target {
	return erlang.Target{ServiceLevel: t.Share, Within: t.Within, ShortAbandon: math.Min(t.Short, t.Within), MaxOccupancy: t.MaxOccupancy}
}

func (t Terms) options(minutes int) staffing.Options {
	o := staffing.Options{Period: float64(minutes) * 60, Target: t.target(), Model: staffing.Model(t.Model), Shrinkage: t.Shrinkage, Rounding: staffing.Rounding(t.Rounding)}
	if o.Model == staffing.ErlangA {
		o.Patience = t.Patience
		if o.Patience <= 0 {
			o.Patience = made.DefaultPatience
		}
	}
	return o
}

// needs is the requirement of one day.
func (v *View) needs(day DayView, t Terms, special []db.TargetOverride, what What) ([]Need, error) {
	o := t.options(v.Minutes)
	o.C = day.C * factor(what.Uncertainty) * factor(what.Uncertainty)
	var list []staffing.Interval
	var slots []*Slot
	var last int64
	for i := range v.Slots {
		x := &v.Slots[i]
		if x.Date != day.Date || x.Calls == nil {
			continue
		}
		in := staffing.Interval{Start: x.Start, Calls: *x.Calls * factor(what.Volume), AHT: *x.AHT * factor(what.AHT), After: last != 0 && x.at-last == int64(v.Minutes)*60e6}
		if t.Patience <= 0 {
			in.Patience = x.patience
		}
		if share, within, ok := targetAt(special, x.Date, x.minute); ok {
			goal := t.target()
			goal.ServiceLevel, goal.Within = math.Min(share, 0.999), within
			in.Target = &goal
		}
		last = x.at
		list, slots = append(list, in), append(slots, x)
	}
	rows, err := staffing.Require(list, o)
	if err != nil {
		return nil, err
	}
	low, err := v.ends(list, slots, o, what, func(s *Slot) float64 { return *s.Low80 })
	if err != nil {
		return nil, err
	}
	high, err := v.ends(list, slots, o, what, func(s *Slot) float64 { return *s.High80 })
	if err != nil {
		return nil, err
	}
	out := make([]Need, len(rows))
	for i, r := range rows {
		out[i] = Need{Row: r, Date: slots[i].Date, Clock: slots[i].Clock, Low: low[i].Agents, High: high[i].Agents, Patience: list[i].Patience}
		if out[i].Patience == 0 {
			out[i].Patience = o.Patience
		}
	}
	return out, nil
}

// ends is the requirement if the calls were an end of the band, known for certain.
func (v *View) ends(list []staffing.Interval, slots []*Slot, o staffing.Options, what What, end func(*Slot) float64) ([]staffing.Row, error) {
	list = slices.Clone(list)
	for i := range list {
		list[i].Calls = end(slots[i]) * factor(what.Volume)
	}
	o.C = 0
	return staffing.Require(list, o)
}

func factor(f *float64) float64 {
	if f == nil {
		return 1
	}
	return *f
}

// targetAt finds a target that holds for a part of the week only.
func targetAt(list []db.TargetOverride, date string, minute int) (share, within float64, ok bool) {
	d, err := interval.ReadDate(date)
	if err != nil {
		return 0, 0, false
	}
	iso := interval.ISO(d.Weekday())
	for i := range list {
		w := list[i].Window
		w.Weekdays = slices.Clone(w.Weekdays)
		from, to, err := w.Span("overrides")
		if err == nil && slices.Contains(w.Weekdays, iso) && from <= minute && minute < to {
			return list[i].Share, float64(list[i].Within) / 1e6, true
		}
	}
	return 0, 0, false
}

// sumsOf adds intervals up: rates by calls, occupancy by agents.
func sumsOf(rows []Need, t Terms, minutes int) Sums {
	var s Sums
	hours := float64(minutes) / 60
	var sl, asa, ab, busy, answered, staff, counted float64
	for _, r := range rows {
		s.Calls += r.Calls
		s.Agents += float64(r.Agents) * hours
		s.Scheduled += r.Scheduled * hours
		s.Peak = max(s.Peak, r.Agents)
		if r.SL == nil {
			continue
		}
		counted += r.Calls
		sl += *r.SL * r.Calls
		if r.Abandon != nil {
			ab += *r.Abandon * r.Calls
		}
		if r.ASA != nil {
			asa += *r.ASA * r.Calls
			answered += r.Calls
		}
		if r.Occupancy != nil {
			busy += *r.Occupancy * float64(r.Agents)
			staff += float64(r.Agents)
		}
	}
	s.Abandoned, s.Cost = ab, s.Scheduled*t.AgentHour
	s.SL, s.Abandon, s.ASA, s.Occupancy = share(sl, counted), share(ab, counted), share(asa, answered), share(busy, staff)
	return s
}

func share(a, b float64) *float64 {
	if b <= 0 {
		return nil
	}
	x := a / b
	return &x
}
