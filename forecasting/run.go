package forecasting

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/agner-platform/agner/forecasting/backtest"
	"github.com/agner-platform/agner/forecasting/calendar"
	"github.com/agner-platform/agner/forecasting/clean"
	"github.com/agner-platform/agner/forecasting/made"
	"github.com/agner-platform/agner/forecasting/model"
	"github.com/agner-platform/agner/forecasting/source"
	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/db/outlook"
	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/internal/lake"
)

// Ask says what to forecast.
type Ask struct {
	Queues []string // ids; empty: every queue with voice calls in the last thirteen weeks
	Choose bool     // make the choice of methods anew even where it is fresh
	Origin string   // the first day to forecast; empty: today, or the day after the last data
}

// Progress is how far a run is.
type Progress struct {
	State   string   `json:"state"` // none, running, done, failed
	Done    int      `json:"done"`  // queues
	Total   int      `json:"total"`
	Chosen  int      `json:"chosen"` // choices of methods made
	Elapsed float64  `json:"elapsed_s"`
	Run     string   `json:"run,omitempty"`
	Failed  []string `json:"failed"` // queues without a forecast, with the reason
	Error   string   `json:"error,omitempty"`
}

const (
	historyDays = 430 // a year and what surrounds it, so that feasts have been seen once
	recentDays  = 91  // queues without a call for so long are not forecast
	choiceAge   = 7   // days after which methods are chosen anew
	handleDays  = 56  // of handle times
	chunk       = 32  // queues read at a time
	liveDays    = 7   // data older than this are a history, not a running centre
	inputsKept  = 90 * 24 * time.Hour
)

// Start begins a run in the background.
func (s *Service) Start(ctx context.Context, ask Ask) error {
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.progress.State == "running" {
		stop()
		return ErrRunning
	}
	s.progress, s.cancel = Progress{State: "running", Failed: []string{}}, stop
	s.wait.Go(func() {
		defer stop()
		defer context.AfterFunc(s.ctx, stop)()
		began := time.Now()
		run, err := s.run(ctx, ask)
		s.note(func(p *Progress) {
			p.State, p.Run, p.Elapsed = "done", run.ID, time.Since(began).Seconds()
			if err != nil {
				p.State, p.Error = "failed", err.Error()
			}
		})
	})
	return nil
}

// Progress is how far the last run is.
func (s *Service) Progress() Progress {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.progress
	p.Failed = append([]string{}, p.Failed...)
	return p
}

// Cancel stops the run; nothing of it is published.
func (s *Service) Cancel() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cancel != nil {
		s.cancel()
	}
}

func (s *Service) note(f func(*Progress)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(&s.progress)
}

// run makes, stores and announces a snapshot.
func (s *Service) run(ctx context.Context, ask Ask) (outlook.Run, error) {
	began := time.Now()
	all, err := s.places(ctx)
	if err != nil {
		return outlook.Run{}, err
	}
	queues, origin, err := s.scope(ctx, all, ask)
	if err != nil {
		return outlook.Run{}, err
	}
	s.note(func(p *Progress) { p.Total = len(queues) })
	choices, err := s.store.Choices(ctx)
	if err != nil {
		return outlook.Run{}, err
	}
	days, err := outlook.Events(s.cfg.Store).List(ctx)
	if err != nil {
		return outlook.Run{}, err
	}
	var list []outlook.Forecast
	inputs := map[string]string{}
	var alike [][]float64
	for part := range slices.Chunk(queues, chunk) {
		raw, err := s.read(ctx, part, origin)
		if err != nil {
			return outlook.Run{}, err
		}
		for _, q := range part {
			in, err := s.inputs(ctx, q, raw[q.id], days, alike)
			if err == nil {
				err = s.choose(ctx, in, choices[q.id], ask.Choose)
			}
			var f *made.Forecast
			if err == nil {
				f, err = made.Make(ctx, in)
			}
			if ctx.Err() != nil {
				return outlook.Run{}, ctx.Err()
			}
			s.note(func(p *Progress) {
				p.Done++
				if err != nil {
					p.Failed = append(p.Failed, q.name+": "+err.Error())
				}
			})
			if err != nil {
				continue
			}
			one, packed, err := made.Pack(in, f)
			if err != nil {
				return outlook.Run{}, err
			}
			list, inputs[one.Inputs] = append(list, one), packed
			alike = append(alike, made.ShapeOf(in))
		}
	}
	if len(list) == 0 {
		return outlook.Run{}, fmt.Errorf("%w: %v", ErrNoData, s.Progress().Failed)
	}
	return s.publish(ctx, outlook.Run{Origin: origin.String(), Days: made.Days, Minutes: made.Minutes, Seconds: time.Since(began).Seconds(), Build: build()}, list, inputs)
}

// publish stores a run and tells the journal.
func (s *Service) publish(ctx context.Context, run outlook.Run, list []outlook.Forecast, inputs map[string]string) (outlook.Run, error) {
	run, err := s.store.Publish(ctx, run, list, inputs)
	if err != nil {
		return run, err
	}
	if err := s.store.DropInputs(ctx, db.StampOf(s.cfg.Now().Add(-inputsKept))); err != nil {
		return run, err
	}
	s.advice.drop()
	if s.cfg.Publish == nil {
		return run, nil
	}
	first, err := interval.ReadDate(run.Origin)
	if err != nil {
		return run, err
	}
	return run, s.cfg.Publish(ctx, event.New(int64(run.MadeAt), &event.ForecastPublished{
		Snapshot: run.ID, FromAt: first.Start(s.cfg.Zone), ToAt: first.AddDays(run.Days).Start(s.cfg.Zone), Streams: int64(len(list)),
	}))
}

// scope settles which queues are forecast and from which day.
func (s *Service) scope(ctx context.Context, all map[string]place, ask Ask) (list []place, origin interval.Date, err error) {
	err = s.cfg.Lake.View(ctx, func(ctx context.Context, r *lake.Reader) error {
		_, last, ok, err := source.Extent(ctx, r)
		if err != nil {
			return err
		}
		if !ok {
			return ErrNoData
		}
		if origin, err = s.origin(last, ask.Origin); err != nil {
			return err
		}
		ids, err := source.Queues(ctx, r, origin.AddDays(-recentDays).Start(s.cfg.Zone))
		if err != nil {
			return err
		}
		for _, id := range ids {
			if len(ask.Queues) == 0 || slices.Contains(ask.Queues, id) {
				list = append(list, s.place(all, id))
			}
		}
		for _, id := range ask.Queues { // a new queue has no calls yet: its siblings speak for it
			if p, ok := all[id]; ok && !slices.Contains(ids, id) {
				list = append(list, p)
			} else if !ok && !slices.Contains(ids, id) {
				return &db.FieldError{Field: "queues", Value: id, Reason: "is no queue"}
			}
		}
		if len(list) == 0 {
			return ErrNoData
		}
		return nil
	})
	return list, origin, err
}

// origin is the first day to forecast: today in a running centre, the day after the data
// where these are a history.
func (s *Service) origin(last int64, asked string) (interval.Date, error) {
	today, natural := interval.DateOf(s.cfg.Zone, s.cfg.Now().UnixMicro()), interval.DateOf(s.cfg.Zone, last).AddDays(1)
	if natural.DaysUntil(today) < liveDays {
		natural = today
	}
	if asked == "" {
		return natural, nil
	}
	d, err := interval.ReadDate(asked)
	if err != nil {
		return d, &db.FieldError{Field: "origin", Value: asked, Reason: "want a date"}
	}
	if natural.Before(d) {
		return d, &db.FieldError{Field: "origin", Value: asked, Reason: fmt.Sprintf("the data reach to %s: nothing is known between", natural)}
	}
	return d, nil
}

// read fetches the histories of some queues.
func (s *Service) read(ctx context.Context, list []place, origin interval.Date) (map[string]*source.Raw, error) {
	return s.rawOf(ctx, list, source.Span{First: origin.AddDays(-historyDays), Days: historyDays, Minutes: made.Minutes})
}

// rawOf reads some queues' calls of a span.
func (s *Service) rawOf(ctx context.Context, list []place, span source.Span) (map[string]*source.Raw, error) {
	queues := make([]source.Queue, len(list))
	for i, p := range list {
		queues[i] = source.Queue{ID: p.id, Zone: p.zone, Open: p.open(made.Minutes)}
	}
	var raw map[string]*source.Raw
	err := s.cfg.Lake.View(ctx, func(ctx context.Context, r *lake.Reader) (err error) {
		raw, err = source.Read(ctx, r, span, queues)
		return err
	})
	return raw, err
}

// inputs gathers all that a queue's forecast is made from, the choice left out.
func (s *Service) inputs(_ context.Context, p place, raw *source.Raw, events []outlook.Event, alike [][]float64) (*made.Inputs, error) {
	ser, err := raw.Series(source.Queue{ID: p.id, Zone: p.zone, Open: p.open(made.Minutes)})
	if err != nil {
		return nil, err
	}
	in := &made.Inputs{
		Queue: p.id, First: ser.First.String(), Minutes: made.Minutes, Horizon: made.Days, Calls: made.CallsOf(ser), Patience: raw.Hours,
		Opening: p.hours(made.Minutes), Country: p.country,
	}
	from := max(0, raw.Days-handleDays) * raw.Slots()
	in.Handled, in.Seconds = slices.Clone(raw.Handled[from:]), made.Round(raw.Seconds[from:], 10)
	if in.Days, in.Shut, err = p.special(events, ser.Date(ser.Days)); err != nil {
		return nil, err
	}
	switch {
	case in.Country == "NONE":
		in.Country = ""
	case in.Country == "":
		if g, ok := clean.GuessCountry(ser); ok {
			in.Country, in.Inferred = g.Code, true
		}
	}
	if _, _, young := made.Age(ser); young && len(alike) > 0 {
		in.Alike, in.Siblings = made.MeanOf(alike), len(alike)
	}
	return in, nil
}

// special are the days of the site and of planners that concern a queue, and the coming dates on which it is closed.
func (p place) special(events []outlook.Event, origin interval.Date) (days []calendar.Day, shut []string, err error) {
	for _, h := range p.holidays {
		date, err := interval.ReadDate(h.Date)
		if err != nil {
			return nil, nil, err
		}
		kind := calendar.Holiday
		if len(h.Windows) > 0 {
			kind = calendar.Half
		} else if !date.Before(origin) {
			shut = append(shut, h.Date)
		}
		days = append(days, calendar.Day{Date: date, Name: h.Name, Kind: kind})
	}
	for _, e := range events {
		if e.SiteID != "" && e.SiteID != p.site {
			continue
		}
		date, err := interval.ReadDate(e.Date)
		if err != nil {
			return nil, nil, err
		}
		d := calendar.Day{Date: date, Name: e.Name, Kind: calendar.Kind(e.Kind)}
		if e.Like > 0 {
			wd := time.Weekday(e.Like % 7)
			d.Like = &wd
		}
		days = append(days, d)
	}
	return days, shut, nil
}

// choose takes the stored choice while it is fresh, or makes and stores a new one.
func (s *Service) choose(ctx context.Context, in *made.Inputs, stored outlook.Choice, anew bool) error {
	ser, err := in.Series()
	if err != nil {
		return err
	}
	if days, _, _ := made.Age(ser); days < 2*7 {
		return nil // a cold start: nothing to choose by
	}
	if !anew && stored.Body != nil {
		made, err := interval.ReadDate(stored.Origin)
		if n := made.DaysUntil(ser.Date(ser.Days)); err == nil && n >= 0 && n < choiceAge {
			in.Choice = &backtest.Choice{}
			return json.Unmarshal(stored.Body, in.Choice)
		}
	}
	cal, err := in.Calendar()
	if err != nil {
		return err
	}
	c, err := backtest.Choose(ctx, ser, cal)
	if errors.Is(err, backtest.ErrNoTargets) || errors.Is(err, model.ErrShort) {
		return nil
	}
	if err != nil {
		return err
	}
	in.Choice = c
	s.note(func(p *Progress) { p.Chosen++ })
	body, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return s.store.PutChoice(ctx, outlook.Choice{Queue: in.Queue, Origin: c.Origin, Body: body})
}

// Verified is the result of making a published forecast again.
type Verified struct {
	Queue  string `json:"queue"`
	Same   bool   `json:"same"`
	Digest string `json:"digest"`
	Again  string `json:"again"`
	Error  string `json:"error,omitempty"`
}

// Verify makes every forecast of a run again from its stored inputs and compares the bytes.
func (s *Service) Verify(ctx context.Context, id string) (outlook.Run, []Verified, error) {
	run, err := s.store.Run(ctx, id)
	if err != nil {
		return run, nil, err
	}
	queues, err := s.store.Queues(ctx)
	if err != nil {
		return run, nil, err
	}
	out := []Verified{}
	for _, q := range queues {
		f, err := s.store.Forecast(ctx, run.ID, q)
		if errors.Is(err, db.ErrNotFound) {
			continue
		}
		if err != nil {
			return run, nil, err
		}
		out = append(out, s.again(ctx, f))
	}
	slices.SortFunc(out, func(a, b Verified) int { return cmp.Compare(a.Queue, b.Queue) })
	return run, out, ctx.Err()
}

func (s *Service) again(ctx context.Context, f outlook.Forecast) Verified {
	v := Verified{Queue: f.Queue, Digest: f.Digest}
	packed, err := s.store.Inputs(ctx, f.Inputs)
	if err == nil {
		var in *made.Inputs
		if in, err = made.Unpack(f.Inputs, packed); err == nil {
			var again *made.Forecast
			if again, err = made.Make(ctx, in); err == nil {
				var body []byte
				if body, err = json.Marshal(again); err == nil {
					v.Again = made.Digest(body)
				}
			}
		}
	}
	if err != nil {
		v.Error = err.Error()
	}
	v.Same = v.Again == v.Digest
	return v
}
