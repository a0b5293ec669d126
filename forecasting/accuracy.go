package forecasting

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/agner-platform/agner/forecasting/judge"
	"github.com/agner-platform/agner/forecasting/made"
	"github.com/agner-platform/agner/forecasting/override"
	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/db/outlook"
	"github.com/agner-platform/agner/internal/interval"
)

// Accuracy scores a queue's published forecasts of the last weeks by lead, and its overrides.
func (s *Service) Accuracy(ctx context.Context, queue string, weeks int) (*judge.Accuracy, error) {
	if weeks == 0 {
		weeks = 8
	}
	if weeks < 1 || weeks > 52 {
		return nil, &db.FieldError{Field: "weeks", Value: fmt.Sprint(weeks), Reason: "want 1 to 52"}
	}
	_, f, err := s.load(ctx, queue, "")
	if err != nil {
		return nil, err
	}
	all, err := s.places(ctx)
	if err != nil {
		return nil, err
	}
	p := s.place(all, queue)
	last, err := interval.ReadDate(f.Origin)
	if err != nil {
		return nil, err
	}
	if today := interval.DateOf(p.zone, s.cfg.Now().UnixMicro()); last.Before(today) {
		last = today
	}
	first := last.AddDays(-7 * weeks)
	v, err := s.View(ctx, queue, "", Range{first.String(), last.AddDays(-1).String()}.clamp())
	if err != nil {
		return nil, err
	}
	out := &judge.Accuracy{Queue: queue, Name: p.name, Since: first.String(), Evidence: f.Leads, Published: []judge.Score{}, Days: []judge.DayScore{}, Overrides: []judge.Scored{}}
	j := judge.New(out, v.Minutes, v.came(), v.Overrides)
	err = s.store.History(ctx, queue, first.AddDays(-28).String(), func(_ outlook.Run, row outlook.Forecast) error {
		old := &made.Forecast{}
		if err := json.Unmarshal(row.Body, old); err != nil {
			return err
		}
		j.Add(old)
		return nil
	})
	if err != nil {
		return nil, err
	}
	j.Close()
	return out, nil
}

// came is what is known to have come, by date and slot.
func (v *View) came() map[string]map[int]float64 {
	out := map[string]map[int]float64{}
	for _, s := range v.Slots {
		if s.Actual != nil {
			if out[s.Date] == nil {
				out[s.Date] = map[int]float64{}
			}
			out[s.Date][s.minute/v.Minutes] = *s.Actual
		}
	}
	return out
}

// clamp keeps a range within what one view may hold.
func (r Range) clamp() Range {
	from, err1 := interval.ReadDate(r.From)
	to, err2 := interval.ReadDate(r.To)
	if err1 == nil && err2 == nil && from.DaysUntil(to) >= longestView {
		r.From = to.AddDays(1 - longestView).String()
	}
	return r
}

// Brief is a queue in a list.
type Brief struct {
	Queue    string   `json:"queue"`
	Name     string   `json:"name"`
	Site     string   `json:"site"`
	Run      string   `json:"run"`
	Origin   string   `json:"origin"`
	MadeAt   db.Stamp `json:"made_at"`
	Week     float64  `json:"week_calls"` // of the next whole week
	Low80    float64  `json:"week_low80"`
	High80   float64  `json:"week_high80"`
	WAPE     *float64 `json:"wape"` // evidence at one week
	Yard     *float64 `json:"yardstick_wape"`
	Cold     string   `json:"cold_start"`
	WeekFrom string   `json:"week_from"`
}

// Briefs lists the queues that have a forecast, busiest next week first is the caller's to sort.
func (s *Service) Briefs(ctx context.Context) ([]Brief, error) {
	all, err := s.places(ctx)
	if err != nil {
		return nil, err
	}
	ids, err := s.store.Queues(ctx)
	if err != nil {
		return nil, err
	}
	out := []Brief{}
	for _, id := range ids {
		run, f, err := s.load(ctx, id, "")
		if err != nil {
			return nil, err
		}
		p := s.place(all, id)
		b := Brief{Queue: id, Name: p.name, Site: p.site, Run: run.ID, Origin: run.Origin, MadeAt: run.MadeAt, Cold: f.Cold}
		from, to, err := Range{}.dates(f.Origin, p.week)
		if err != nil {
			return nil, err
		}
		b.WeekFrom = from.String()
		var slots []float64
		for _, d := range f.Days {
			if from.String() <= d.Date && d.Date <= to.String() {
				b.Week += made.Sum(d.Mean)
				slots = append(slots, made.Sum(d.Mean))
			}
		}
		l := f.Lead(7)
		g := override.Band(l.Spread, slots) // days err together as slots do: the cautious reading
		b.Week, b.Low80, b.High80, b.WAPE, b.Yard = made.Tidy(b.Week), made.Tidy(g.Quantile(0.1)), made.Tidy(g.Quantile(0.9)), l.Score.WAPE, l.Score.Yardstick
		out = append(out, b)
	}
	return out, nil
}
