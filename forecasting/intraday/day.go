package intraday

import (
	"context"
	"errors"
	"math"
	"sync"

	"github.com/agner-platform/agner/forecasting"
	"github.com/agner-platform/agner/forecasting/model"
)

// Planned is the staff that a published schedule has for a queue, by slot.
type Planned struct {
	Agents []float64 // on the phone; one who serves k queues counts 1/k in each
	Pauses []float64 // of them away on a break that could slide
}

// Schedule reads the published schedule of a queue: n slots of step µs from an instant on;
// nil where there is none.
type Schedule func(ctx context.Context, queue string, from, step int64, n int) (*Planned, error)

// Service is the room.
type Service struct {
	room     *forecasting.Service
	schedule Schedule

	mu   sync.Mutex // guards fits
	fits map[string]*fit
}

// fit is what a reforecast needs of a forecast's inputs; it is costly and the same all day.
type fit struct {
	run string
	h   *model.History
	re  *model.Reforecast
}

// New opens the room; schedule may be nil.
func New(room *forecasting.Service, schedule Schedule) *Service {
	return &Service{room: room, schedule: schedule, fits: map[string]*fit{}}
}

// Slot is one interval of the day. What is not known is null.
type Slot struct {
	Start      string   `json:"start"`
	Clock      string   `json:"clock"`
	Forecast   *float64 `json:"forecast"`
	Actual     *float64 `json:"actual"`
	Reforecast *float64 `json:"reforecast"`
	AHT        *float64 `json:"aht_s"` // as reforecast
	Required   *int     `json:"required"`
	Scheduled  *float64 `json:"scheduled"`
	Used       *float64 `json:"staff"` // what the projection was played with
	Projected
	Target float64 `json:"target"`
	Alert  bool    `json:"alert"`
}

// Remedy is something that would lift the intervals in trouble, with what it leads to.
type Remedy struct {
	Kind   string   `json:"kind"` // agents, break_slide, callback
	Agents int      `json:"agents"`
	From   string   `json:"from"`
	To     string   `json:"to"`
	SL     *float64 `json:"sl"` // of the stretch with the remedy
	Before *float64 `json:"before"`
	Enough bool     `json:"enough"`
}

// Day is the running day of a queue.
type Day struct {
	Queue    string   `json:"queue"`
	Name     string   `json:"name"`
	Zone     string   `json:"zone"`
	Date     string   `json:"date"`
	Now      string   `json:"now"` // clock of the first slot that is not over
	Run      string   `json:"run"`
	Staff    string   `json:"staff_from"` // schedule, present, required
	Waiting  int      `json:"waiting"`
	Present  float64  `json:"present"`
	Calls    float64  `json:"calls"` // of the day: what came and what is still expected
	Expected float64  `json:"expected"`
	Runs     int      `json:"runs"`
	Slots    []Slot   `json:"slots"`
	Remedies []Remedy `json:"remedies"`
}

const (
	runs   = 60  // futures: the error of a slot's service level is some points
	seed   = 815 // of every projection, so that two differ by what was changed only
	noise  = 3.0 // standard errors by which an interval must miss: a day has dozens of them
	margin = 0.03
)

// Day shows the running day of a queue.
func (s *Service) Day(ctx context.Context, queue string) (*Day, error) {
	today, err := s.room.Today(ctx, queue)
	if err != nil {
		return nil, err
	}
	date := today.String()
	v, err := s.room.View(ctx, queue, "", forecasting.Range{From: date, To: date})
	if err != nil {
		return nil, err
	}
	d := &Day{Queue: queue, Name: v.Name, Zone: v.Zone, Date: date, Run: v.Run.ID, Runs: runs, Slots: []Slot{}, Remedies: []Remedy{}}
	slots := forecastOf(v)
	if len(slots) == 0 {
		return d, nil
	}
	now := s.room.Now()
	next := 0 // the first slot that is not over
	for next < len(slots) && slots[next].At()+int64(v.Minutes)*60e6 <= now {
		next++
	}
	for _, x := range slots {
		d.Slots = append(d.Slots, Slot{Start: x.Start, Clock: x.Clock, Forecast: x.Calls, Actual: x.Actual})
		d.Expected += *x.Calls
	}
	if next < len(slots) {
		d.Now = slots[next].Clock
	}
	calls, err := s.reforecast(ctx, v, slots, next)
	if err != nil {
		return nil, err
	}
	for i := range slots {
		if i >= next {
			d.Slots[i].Reforecast = &calls[i]
			d.Calls += calls[i]
		} else if a := slots[i].Actual; a != nil {
			d.Calls += *a
		}
	}
	return d, s.project(ctx, d, v, slots, calls, next)
}

// forecastOf are the slots of a day that have a forecast.
func forecastOf(v *forecasting.View) []forecasting.Slot {
	var out []forecasting.Slot
	for _, x := range v.Slots {
		if x.Calls != nil {
			out = append(out, x)
		}
	}
	return out
}

// reforecast moves the rest of the day by what came.
func (s *Service) reforecast(ctx context.Context, v *forecasting.View, slots []forecasting.Slot, next int) ([]float64, error) {
	calls := make([]float64, len(slots))
	for i, x := range slots {
		calls[i] = *x.Calls
	}
	f, err := s.fit(ctx, v)
	if err != nil || f == nil || next == 0 {
		return calls, err
	}
	day := f.h.Days + f.h.Date(f.h.Days).DaysUntil(dateOf(v.From))
	full, seen := make([]float64, f.h.Slots), make([]float64, f.h.Slots)
	for i := range seen {
		seen[i] = math.NaN()
	}
	for i, x := range slots {
		full[v.Index(x)] = calls[i]
		if x.Actual != nil && i < next {
			seen[v.Index(x)] = *x.Actual
		}
	}
	end := f.h.Slots
	if next < len(slots) {
		end = v.Index(slots[next])
	}
	moved := f.re.Update(day, full, seen, end)
	for i, x := range slots {
		calls[i] = moved[v.Index(x)]
	}
	return calls, nil
}

// fit makes or finds what the reforecast needs; nil where there is too little history or the inputs are gone.
func (s *Service) fit(ctx context.Context, v *forecasting.View) (*fit, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.fits[v.Queue]; f != nil && f.run == v.Run.ID {
		return f, nil
	}
	in, err := s.room.Inputs(ctx, v.Run.ID, v.Queue)
	if err != nil {
		return nil, nil // old inputs are dropped: the forecast stands as it is
	}
	ser, err := in.Series()
	if err != nil {
		return nil, err
	}
	cal, err := in.Calendar()
	if err != nil {
		return nil, err
	}
	h := model.NewHistory(ser, cal, ser.Days)
	re, err := model.NewReforecast(h)
	if errors.Is(err, model.ErrShort) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	s.fits[v.Queue] = &fit{v.Run.ID, h, re}
	return s.fits[v.Queue], nil
}
