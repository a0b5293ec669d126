package forecasting

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/agner-platform/agner/forecasting/backtest"
	"github.com/agner-platform/agner/forecasting/made"
	"github.com/agner-platform/agner/forecasting/override"
	"github.com/agner-platform/agner/forecasting/source"
	"github.com/agner-platform/agner/forecasting/spread"
	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/db/outlook"
	"github.com/agner-platform/agner/internal/interval"
)

// Range is the stretch of dates somebody looks at, both included.
type Range struct{ From, To string }

// longestView is how many days one view may hold.
const longestView = 100

// dates reads a range; without it, the first whole week after the origin, which begins on the site's first weekday.
func (r Range) dates(origin string, first time.Weekday) (from, to interval.Date, err error) {
	if from, err = interval.ReadDate(origin); err != nil {
		return from, to, err
	}
	for from.Weekday() != first {
		from = from.AddDays(1)
	}
	if r.From != "" {
		if from, err = interval.ReadDate(r.From); err != nil {
			return from, to, &db.FieldError{Field: "from", Value: r.From, Reason: "want a date"}
		}
	}
	to = from.AddDays(6)
	if r.To != "" {
		if to, err = interval.ReadDate(r.To); err != nil {
			return from, to, &db.FieldError{Field: "to", Value: r.To, Reason: "want a date"}
		}
	}
	if n := from.DaysUntil(to); n < 0 || n >= longestView {
		return from, to, &db.FieldError{Field: "to", Value: to.String(), Reason: fmt.Sprintf("want 1 to %d days from %s on", longestView, from)}
	}
	return from, to, nil
}

// Slot is one interval of a view. Figures that are not known are null.
type Slot struct {
	Start     string   `json:"start"` // local, with offset
	Date      string   `json:"date"`
	Clock     string   `json:"clock"`
	Calls     *float64 `json:"calls"`     // the forecast with overrides
	Published *float64 `json:"published"` // without them
	Low80     *float64 `json:"low80"`
	High80    *float64 `json:"high80"`
	Low95     *float64 `json:"low95"`
	High95    *float64 `json:"high95"`
	AHT       *float64 `json:"aht_s"`
	Actual    *float64 `json:"actual"`

	at       int64
	patience float64
	minute   int
}

// DayView is one day of a view.
type DayView struct {
	Date      string             `json:"date"`
	Lead      int                `json:"lead"` // 0: before the origin
	Kind      string             `json:"kind"`
	Name      string             `json:"name"`
	Calls     float64            `json:"calls"`
	Published float64            `json:"published"`
	Low80     float64            `json:"low80"`
	High80    float64            `json:"high80"`
	Low95     float64            `json:"low95"`
	High95    float64            `json:"high95"`
	Actual    *float64           `json:"actual"`
	C         float64            `json:"c"` // Var of a slot = μ + c·μ²
	Why       backtest.Why       `json:"why"`
	Members   map[string]float64 `json:"members"`
}

// View is a queue's forecast with what came.
type View struct {
	Queue     string                `json:"queue"`
	Name      string                `json:"name"`
	Site      string                `json:"site"`
	Zone      string                `json:"zone"`
	Run       outlook.Run           `json:"run"`
	Minutes   int                   `json:"minutes"`
	From      string                `json:"from"`
	To        string                `json:"to"`
	Country   string                `json:"country"`
	Inferred  bool                  `json:"country_inferred"`
	Cold      string                `json:"cold_start"`
	History   int                   `json:"history_days"`
	Patience  float64               `json:"patience_s"` // mean, over the day
	Hangups   float64               `json:"hangups"`
	Blend     []backtest.LeadChoice `json:"blend"`
	Days      []DayView             `json:"days"`
	Slots     []Slot                `json:"slots"`
	Overrides []outlook.Override    `json:"overrides"`

	forecast *made.Forecast
	place    place
	now      int64
}

// load reads a queue's last forecast, or that of one run.
func (s *Service) load(ctx context.Context, queue, run string) (outlook.Run, *made.Forecast, error) {
	var r outlook.Run
	var row outlook.Forecast
	var err error
	if run == "" {
		r, row, err = s.store.Latest(ctx, queue)
	} else if r, err = s.store.Run(ctx, run); err == nil {
		row, err = s.store.Forecast(ctx, r.ID, queue)
	}
	if errors.Is(err, db.ErrNotFound) {
		return r, nil, ErrNone
	}
	if err != nil {
		return r, nil, err
	}
	f := &made.Forecast{}
	if err := json.Unmarshal(row.Body, f); err != nil {
		return r, nil, fmt.Errorf("forecast %s of queue %s: %w", r.ID, queue, err)
	}
	return r, f, nil
}

// View shows a queue's forecast of some dates; run names a snapshot, the last without. What
// came is there as far as the lake knows, also before the origin.
func (s *Service) View(ctx context.Context, queue, run string, when Range) (*View, error) {
	r, f, err := s.load(ctx, queue, run)
	if err != nil {
		return nil, err
	}
	all, err := s.places(ctx)
	if err != nil {
		return nil, err
	}
	p := s.place(all, queue)
	from, to, err := when.dates(f.Origin, p.week)
	if err != nil {
		return nil, err
	}
	v := &View{
		Queue: queue, Name: p.name, Site: p.site, Zone: p.zone.String(), Run: r, Minutes: f.Minutes, From: from.String(), To: to.String(),
		Country: f.Country, Inferred: f.Inferred, Cold: f.Cold, History: f.History, Hangups: f.Hangups, Blend: f.Leads, forecast: f, place: p, now: s.cfg.Now().UnixMicro(),
		Days: []DayView{}, Slots: []Slot{},
	}
	for _, x := range f.Patience {
		v.Patience += x / float64(len(f.Patience))
	}
	if v.Overrides, err = s.overrides(ctx, queue, from.String(), to.String()); err != nil {
		return nil, err
	}
	raw, err := s.actual(ctx, p, from, from.DaysUntil(to)+1)
	if err != nil {
		return nil, err
	}
	for d := range raw.Days {
		v.addDay(from.AddDays(d), raw, d)
	}
	return v, nil
}

// overrides lists a queue's overrides of a range of dates.
func (s *Service) overrides(ctx context.Context, queue, from, to string) ([]outlook.Override, error) {
	list, err := outlook.Overrides(s.cfg.Store).List(ctx, db.Where("queue_id", queue))
	out := []outlook.Override{}
	for _, o := range list {
		if from <= o.Date && o.Date <= to {
			out = append(out, o)
		}
	}
	return out, err
}

// actual reads what came.
func (s *Service) actual(ctx context.Context, p place, from interval.Date, days int) (*source.Raw, error) {
	raw, err := s.rawOf(ctx, []place{p}, source.Span{First: from, Days: days, Minutes: made.Minutes})
	if err != nil {
		return nil, err
	}
	return raw[p.id], nil
}

func (v *View) addDay(date interval.Date, raw *source.Raw, d int) {
	day, ok := v.forecast.Day(date.String())
	slots := made.MinutesOfDay / v.Minutes
	came := raw.Calls[d*slots : (d+1)*slots]
	out := DayView{Date: date.String(), Lead: day.Lead, Kind: day.Kind, Name: day.Why.Name, Why: day.Why, Members: day.Members}
	if out.Members == nil {
		out.Members = map[string]float64{}
	}
	if raw.Any[d] && date.AddDays(1).Start(v.place.zone) <= v.now {
		total := made.Sum(came)
		out.Actual = &total
	}
	lead := v.forecast.Lead(max(1, day.Lead))
	mean, aht := override.Apply(day, v.Overrides, v.Minutes)
	if ok {
		out.C = lead.Spread.C
		out.Calls, out.Published = made.Tidy(made.Sum(mean)), made.Tidy(made.Sum(day.Mean))
		g := override.Band(lead.Spread, mean)
		out.Low80, out.High80, out.Low95, out.High95 = made.Tidy(g.Quantile(0.1)), made.Tidy(g.Quantile(0.9)), made.Tidy(g.Quantile(0.025)), made.Tidy(g.Quantile(0.975))
	}
	v.Days = append(v.Days, out)
	lo, hi := shown(day.From, len(mean), came)
	for i := lo; i < hi; i++ {
		v.addSlot(date, i, day, mean, aht, lead.Spread, raw.Any[d], came[i])
	}
}

func (v *View) addSlot(date interval.Date, i int, day made.Day, mean, aht []float64, sp spread.Spread, known bool, came float64) {
	minute := i * v.Minutes
	at, fold := interval.LocalTime(v.place.zone, interval.Wall{Date: date, Hour: minute / 60, Minute: minute % 60})
	if fold == interval.Missing {
		return
	}
	s := Slot{Start: interval.Format(v.place.zone, at), Date: date.String(), Clock: fmt.Sprintf("%02d:%02d", minute/60, minute%60), at: at, minute: minute}
	if h := v.forecast.Patience; len(h) == 24 {
		s.patience = h[minute/60]
	}
	if known && at+int64(v.Minutes)*60e6 <= v.now {
		s.Actual = &came
	}
	if k := i - day.From; k >= 0 && k < len(mean) {
		mu := mean[k]
		s.Calls, s.Published, s.AHT = &mean[k], &day.Mean[k], &aht[k]
		s.Low80, s.High80 = band(sp, mu, 0.1), band(sp, mu, 0.9)
		s.Low95, s.High95 = band(sp, mu, 0.025), band(sp, mu, 0.975)
	}
	v.Slots = append(v.Slots, s)
}

// shown is the stretch of slots that has a forecast or calls.
func shown(from, n int, came []float64) (lo, hi int) {
	lo, hi = len(came), 0
	if n > 0 {
		lo, hi = from, from+n
	}
	for i, c := range came {
		if c > 0 {
			lo, hi = min(lo, i), max(hi, i+1)
		}
	}
	return lo, hi
}

// band is a quantile of a slot, to two decimals.
func band(sp spread.Spread, mu, p float64) *float64 {
	q := math.Round(sp.Quantile(mu, p)*100) / 100
	return &q
}
