package forecasting

import (
	"context"

	"github.com/agner-platform/agner/forecasting/made"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/internal/lake"
)

// Now is the room's clock.
func (s *Service) Now() int64 { return s.cfg.Now().UnixMicro() }

// Today is the date at a queue's site.
func (s *Service) Today(ctx context.Context, queue string) (interval.Date, error) {
	all, err := s.places(ctx)
	if err != nil {
		return interval.Date{}, err
	}
	return interval.DateOf(s.place(all, queue).zone, s.Now()), nil
}

// Inputs returns what a queue's forecast of a run was made from.
func (s *Service) Inputs(ctx context.Context, run, queue string) (*made.Inputs, error) {
	row, err := s.store.Forecast(ctx, run, queue)
	if err != nil {
		return nil, err
	}
	packed, err := s.store.Inputs(ctx, row.Inputs)
	if err != nil {
		return nil, err
	}
	return made.Unpack(row.Inputs, packed)
}

// At is the instant at which the slot begins (UTC µs).
func (s Slot) At() int64 { return s.at }

// Patience is the mean patience in the slot, seconds.
func (s Slot) Patience() float64 { return s.patience }

// Index is the slot's place in its day.
func (v *View) Index(s Slot) int { return s.minute / v.Minutes }

// Spread is the forecast's spread at a lead of one day.
func (v *View) Spread() (c, day float64) {
	l := v.forecast.Lead(1)
	return l.Spread.C, l.Spread.Day
}

// Reckon is Require for a view whose slots somebody has moved.
func (s *Service) Reckon(ctx context.Context, v *View, what What) (*Requirement, error) {
	return s.require(ctx, v, what)
}

// Line is what waits and works in a queue at the moment.
type Line struct {
	Waiting int
	Busy    float64 // agents in a conversation or its wrap-up
	Present float64 // agents on the phone; one who serves k queues counts 1/k in each
}

// Line reads what waits and works in a queue now, as far as the lake follows the switch.
func (s *Service) Line(ctx context.Context, queue string) (Line, error) {
	staff, err := s.staffed(ctx)
	if err != nil {
		return Line{}, err
	}
	out := Line{Present: staff[queue]}
	err = s.cfg.Lake.View(ctx, func(ctx context.Context, r *lake.Reader) error {
		return r.QueryRow(ctx, `SELECT count(*) FILTER (answered_at IS NULL AND left_at IS NULL), count(*) FILTER (answered_at IS NOT NULL AND handled_at IS NULL)
			FROM visits_open WHERE queue = ? AND channel = 'voice' AND joined_at >= make_timestamp(CAST(? AS BIGINT))`, queue, s.Now()-6*3600*1e6).Scan(&out.Waiting, &out.Busy)
	})
	return out, err
}
