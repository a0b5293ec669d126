package intraday

import (
	"context"
	"math"

	"github.com/agner-platform/agner/forecasting"
)

// PlayedSlot is one interval of a day whose requirement was played.
type PlayedSlot struct {
	Start  string   `json:"start"`
	Clock  string   `json:"clock"`
	Calls  float64  `json:"calls"`
	Agents int      `json:"agents"`
	By     *float64 `json:"sl_by_formula"`
	Projected
}

// Played is a day's requirement played on the real distributor, beside what the formula said.
type Played struct {
	Queue   string       `json:"queue"`
	Date    string       `json:"date"`
	Runs    int          `json:"runs"`
	Target  float64      `json:"target"`
	SL      *float64     `json:"sl"` // of the day, weighted by calls
	Formula *float64     `json:"sl_by_formula"`
	Slots   []PlayedSlot `json:"slots"`
}

// Play plays one day of a queue with the agents that the requirement asks for: sampled days of
// the forecast's own spread, patience and handle times, lines carried over from interval to
// interval. It says how far the stationary formulas are to be trusted.
func (s *Service) Play(ctx context.Context, queue, run, date string, what forecasting.What) (*Played, error) {
	v, err := s.room.View(ctx, queue, run, forecasting.Range{From: date, To: date})
	if err != nil {
		return nil, err
	}
	req, err := s.room.Reckon(ctx, v, what)
	if err != nil {
		return nil, err
	}
	out := &Played{Queue: queue, Date: date, Runs: runs, Target: req.Terms.Share, Slots: []PlayedSlot{}}
	slots := forecastOf(v)
	if len(slots) == 0 || len(req.Rows) != len(slots) {
		return out, nil
	}
	_, day := v.Spread()
	f := Future{From: slots[0].At(), Minutes: v.Minutes, Within: req.Terms.Within, Short: math.Min(req.Terms.Short, req.Terms.Within), C: day, Runs: runs, Seed: seed}
	weight, formula, calls := 0.0, 0.0, 0.0
	for i, r := range req.Rows {
		f.Calls, f.AHT, f.Staff = append(f.Calls, r.Calls), append(f.AHT, math.Max(1, r.AHT)), append(f.Staff, float64(r.Agents))
		f.Patience += r.Calls * r.Patience
		weight += r.Calls
		if r.SL != nil {
			formula, calls = formula+*r.SL*r.Calls, calls+r.Calls
		}
		out.Slots = append(out.Slots, PlayedSlot{Start: slots[i].Start, Clock: r.Clock, Calls: r.Calls, Agents: r.Agents, By: r.SL})
	}
	if weight <= 0 {
		return out, nil
	}
	f.Patience /= weight
	p, err := Project(f)
	if err != nil {
		return nil, err
	}
	for i := range p {
		out.Slots[i].Projected = p[i]
	}
	out.SL, out.Formula = mean(f, p, 0, len(p)), ratio(formula, calls)
	return out, nil
}
