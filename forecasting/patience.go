package forecasting

import (
	"cmp"
	"context"
	"slices"

	"github.com/agner-platform/agner/forecasting/calendar"
	"github.com/agner-platform/agner/forecasting/made"
	"github.com/agner-platform/agner/forecasting/patience"
	"github.com/agner-platform/agner/forecasting/source"
	"github.com/agner-platform/agner/internal/db/outlook"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/internal/lake"
)

// Patience is how long a queue's callers wait before they hang up.
type Patience struct {
	Queue  string          `json:"queue"`
	From   string          `json:"from"`
	To     string          `json:"to"` // not included
	Left   float64         `json:"hangups"`
	Mean   float64         `json:"mean_s"` // 1/θ; 0 where nobody hung up
	Median *float64        `json:"median_s"`
	Hours  []float64       `json:"by_hour_s"`
	Curve  patience.Curve  `json:"curve"`
	Bumps  []patience.Bump `json:"bumps"`
}

// bumpsUntil is how far into a wait announcements are looked for.
const bumpsUntil = 600

// Patience measures a queue over the last weeks of its data.
func (s *Service) Patience(ctx context.Context, queue string, weeks int) (*Patience, error) {
	all, err := s.places(ctx)
	if err != nil {
		return nil, err
	}
	p := s.place(all, queue)
	out := &Patience{Queue: queue, Curve: patience.Curve{}, Bumps: []patience.Bump{}}
	var list []patience.Count
	var to interval.Date
	err = s.cfg.Lake.View(ctx, func(ctx context.Context, r *lake.Reader) error {
		_, last, ok, err := source.Extent(ctx, r)
		if err != nil {
			return err
		}
		if !ok {
			return ErrNoData
		}
		to = interval.DateOf(p.zone, last).AddDays(1)
		from := to.AddDays(-7 * weeks)
		out.From, out.To = from.String(), to.String()
		list, err = source.Waits(ctx, r, queue, from.Start(p.zone), to.Start(p.zone))
		return err
	})
	if err != nil {
		return nil, err
	}
	raw, err := s.rawOf(ctx, []place{p}, source.Span{First: to.AddDays(-7 * weeks), Days: 7 * weeks, Minutes: made.Minutes})
	if err != nil {
		return nil, err
	}
	var whole patience.Exposure
	for _, e := range raw[queue].Hours {
		whole.Left += e.Left
		whole.Seconds += e.Seconds
	}
	out.Left, out.Mean, out.Hours = whole.Left, whole.Mean(), made.Round(patience.ByHour(raw[queue].Hours[:], made.DefaultPatience), 10)
	if c := patience.Fit(list); len(c) > 0 {
		out.Curve = c
		if m, ok := c.Quantile(0.5); ok {
			out.Median = &m
		}
	}
	if b := patience.Bumps(list, bumpsUntil); b != nil {
		out.Bumps = b
	}
	return out, nil
}

// SpecialDay is a day that differs, with who says so.
type SpecialDay struct {
	ID      string `json:"id"` // of an event; empty for what the set-up or a country has
	Version int64  `json:"version"`
	Site    string `json:"site_id"`
	Date    string `json:"date"`
	Name    string `json:"name"`
	Kind    string `json:"kind"`
	Like    int    `json:"like"`
	Note    string `json:"note"`
	Source  string `json:"source"` // event, site, or the country's code
}

// Holidays lists the special days that forecasts know: planners' events, the sites' holidays,
// and those of the countries that the last forecasts went by, a year back and ahead.
func (s *Service) Holidays(ctx context.Context) ([]SpecialDay, error) {
	events, err := outlook.Events(s.cfg.Store).List(ctx)
	if err != nil {
		return nil, err
	}
	var out []SpecialDay
	for _, e := range events {
		out = append(out, SpecialDay{e.ID, e.Version, e.SiteID, e.Date, e.Name, e.Kind, e.Like, e.Note, "event"})
	}
	sites, err := s.cfg.Store.Sites().List(ctx)
	if err != nil {
		return nil, err
	}
	for _, site := range sites {
		for _, h := range site.Holidays {
			kind := string(calendar.Holiday)
			if len(h.Windows) > 0 {
				kind = string(calendar.Half)
			}
			out = append(out, SpecialDay{Site: site.ID, Date: h.Date, Name: h.Name, Kind: kind, Source: "site"})
		}
	}
	countries, err := s.countries(ctx)
	if err != nil {
		return nil, err
	}
	today := interval.DateOf(s.cfg.Zone, s.cfg.Now().UnixMicro())
	for _, code := range countries {
		c, err := calendar.Country(code, today.Year-1, today.Year+1)
		if err != nil {
			return nil, err
		}
		for _, d := range c.Days() {
			if -400 < today.DaysUntil(d.Date) && today.DaysUntil(d.Date) < 400 {
				out = append(out, SpecialDay{Date: d.Date.String(), Name: d.Name, Kind: string(d.Kind), Source: code})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b SpecialDay) int { return cmp.Compare(a.Date, b.Date) })
	return out, nil
}

// countries are those whose holidays the last forecasts knew.
func (s *Service) countries(ctx context.Context) ([]string, error) {
	queues, err := s.store.Queues(ctx)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, q := range queues {
		_, f, err := s.load(ctx, q, "")
		if err != nil {
			return nil, err
		}
		if f.Country != "" && !slices.Contains(out, f.Country) {
			out = append(out, f.Country)
		}
	}
	return out, nil
}
