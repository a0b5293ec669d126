package forecasting

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/agner-platform/agner/forecasting/made"
	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/db/outlook"
	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/internal/lake"
)

// Errors that callers tell apart.
var (
	ErrRunning = errors.New("a forecast is being made already")
	ErrNoData  = errors.New("there is no history to forecast from")
	ErrNone    = errors.New("there is no forecast of this queue yet")
)

// Config is what the room works with.
type Config struct {
	Store   *db.Store
	Lake    *lake.Lake
	Publish func(context.Context, ...event.Event) error // to the journal; may be nil
	Zone    *time.Location                              // of queues whose site has none
	Now     func() time.Time                            // the clock; time.Now without
	Log     *slog.Logger
}

// Service is the room.
type Service struct {
	cfg   Config
	store *outlook.Store
	stop  context.CancelFunc
	ctx   context.Context // ends with Close
	wait  sync.WaitGroup

	mu       sync.Mutex // guards progress and cancel
	progress Progress
	cancel   context.CancelFunc
	closed   bool

	advice adviceBox
}

// New opens the room.
func New(cfg Config) *Service {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	s := &Service{cfg: cfg, store: outlook.New(cfg.Store), progress: Progress{State: "none"}}
	s.ctx, s.stop = context.WithCancel(context.Background())
	return s
}

// Outlook is the part of the database that holds forecasts.
func (s *Service) Outlook() *outlook.Store { return s.store }

// Database is the set-up database.
func (s *Service) Database() *db.Store { return s.cfg.Store }

// Close cancels what runs and waits for it.
func (s *Service) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.stop()
	s.wait.Wait()
}

// build names the program a forecast was made with: byte-equal rebuilding is promised on the same one only.
func build() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	version := info.Main.Version
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			version = s.Value
		case "GOARCH":
			version += " " + s.Value
		}
	}
	return version + " " + info.GoVersion
}

// place is a queue with where it stands.
type place struct {
	id, name string
	site     string
	zone     *time.Location
	week     time.Weekday // its first day
	opening  []db.Window  // own or the site's; empty: not said
	holidays []db.Holiday
	country  string // of the rule: "", "NONE" or a code
	voice    bool
}

// places looks up queues of the set-up; one that only the lake knows stands in the room's zone.
func (s *Service) places(ctx context.Context) (map[string]place, error) {
	sites, err := s.cfg.Store.Sites().List(ctx)
	if err != nil {
		return nil, err
	}
	queues, err := s.cfg.Store.Queues().List(ctx)
	if err != nil {
		return nil, err
	}
	rules, err := outlook.Rules(s.cfg.Store).List(ctx)
	if err != nil {
		return nil, err
	}
	country := map[string]string{}
	for _, r := range rules {
		country[r.QueueID] = r.Country
	}
	by := map[string]db.Site{}
	for _, site := range sites {
		by[site.ID] = site
	}
	out := map[string]place{}
	for _, q := range queues {
		p := place{id: q.ID, name: q.Name, site: q.SiteID, zone: s.cfg.Zone, week: time.Monday, opening: q.Opening, country: country[q.ID], voice: q.Channel == "voice"}
		if site, ok := by[q.SiteID]; ok {
			if z, err := interval.LoadZone(site.Zone); err == nil {
				p.zone = z
			}
			if len(p.opening) == 0 {
				p.opening = site.Opening
			}
			p.holidays, p.week = site.Holidays, time.Weekday(site.WeekStart%7)
		}
		out[q.ID] = p
	}
	return out, nil
}

// place finds one queue, by id.
func (s *Service) place(all map[string]place, id string) place {
	if p, ok := all[id]; ok {
		return p
	}
	return place{id: id, name: id, zone: s.cfg.Zone, week: time.Monday, voice: true}
}

// hours returns which slots of each weekday are open by the set-up; all nil where nobody has said.
func (p place) hours(minutes int) (out [7][]bool) {
	if len(p.opening) == 0 {
		return out
	}
	for wd := range out {
		out[wd] = make([]bool, made.MinutesOfDay/minutes)
	}
	for i := range p.opening {
		w := p.opening[i]
		w.Weekdays = append([]int(nil), w.Weekdays...) // Span sorts them in place
		from, to, err := w.Span("opening")
		if err != nil {
			continue // the set-up refuses such rows
		}
		for _, iso := range w.Weekdays {
			for slot := from / minutes; slot*minutes < to; slot++ {
				out[iso%7][slot] = true
			}
		}
	}
	return out
}

// open is hours for a history: a holiday keeps its own windows.
func (p place) open(minutes int) func(interval.Date) []bool {
	hours := p.hours(minutes)
	if hours[0] == nil {
		return nil
	}
	days := map[string]db.Holiday{}
	for _, h := range p.holidays {
		days[h.Date] = h
	}
	return func(d interval.Date) []bool {
		h, ok := days[d.String()]
		if !ok {
			return hours[d.Weekday()]
		}
		row := make([]bool, made.MinutesOfDay/minutes)
		for i := range h.Windows {
			w := db.Window{Weekdays: []int{1}, From: h.Windows[i].From, To: h.Windows[i].To}
			from, to, err := w.Span("holidays")
			if err != nil {
				continue
			}
			for slot := from / minutes; slot*minutes < to; slot++ {
				row[slot] = true
			}
		}
		return row
	}
}
