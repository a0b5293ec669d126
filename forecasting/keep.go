package forecasting

import (
	"context"
	"errors"
	"time"

	"github.com/agner-platform/agner/forecasting/source"
	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/internal/lake"
)

const (
	settle = time.Minute     // how often the data are looked at; an import in progress moves them every time
	quiet  = 2 * time.Minute // of data that did not move before the first forecast is made
)

// Keep makes forecasts in the background until ctx ends: the first once the lake has data
// that have come to rest, then a new one each day and whenever the data reach further than the
// last one knew. Methods are chosen anew once a week, within the run.
func (s *Service) Keep(ctx context.Context) {
	tick := time.NewTicker(settle)
	defer tick.Stop()
	var seen, knew int64 // visits before the origin: now, and at the last run of this process
	var since time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.ctx.Done():
			return
		case <-tick.C:
		}
		origin, n, err := s.settled(ctx)
		if err != nil || n == 0 {
			continue // nothing there yet, or the lake is being rebuilt or paused, and says so itself
		}
		if n != seen {
			seen, since = n, s.cfg.Now()
			continue
		}
		if s.cfg.Now().Sub(since) < quiet {
			continue
		}
		due, err := s.due(ctx, origin)
		if err == nil && (due || knew > 0 && knew != n) {
			err = s.Start(db.As(ctx, db.Actor{Name: "forecasting"}), Ask{})
			knew = n
		}
		if err != nil && !errors.Is(err, ErrRunning) {
			s.cfg.Log.Warn("forecasts are not refreshed", "error", err)
		}
	}
}

// settled is the day a forecast made now would begin, and how many visits the lake has from before it.
func (s *Service) settled(ctx context.Context) (origin interval.Date, n int64, err error) {
	err = s.cfg.Lake.View(ctx, func(ctx context.Context, r *lake.Reader) error {
		_, last, ok, err := source.Extent(ctx, r)
		if err != nil || !ok {
			return err
		}
		if origin, err = s.origin(last, ""); err != nil {
			return err
		}
		n, err = source.Visits(ctx, r, origin.Start(s.cfg.Zone))
		return err
	})
	return origin, n, err
}

// due reports whether there is no run yet, or one made now would know more days than the last. A run that failed is
// tried again after an hour.
func (s *Service) due(ctx context.Context, origin interval.Date) (bool, error) {
	if p := s.Progress(); p.State == "failed" && s.cfg.Now().Minute() != 0 {
		return false, nil
	}
	run, err := s.store.Run(ctx, "")
	if errors.Is(err, db.ErrNotFound) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	made, err := interval.ReadDate(run.Origin)
	return made.Before(origin), err
}
