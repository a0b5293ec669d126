package office

import (
	"context"
	"errors"
	"time"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/wfm/extra"
	"github.com/agner-platform/agner/wfm/roster/named"
	"github.com/agner-platform/agner/wfm/rules"
	"github.com/agner-platform/agner/wfm/search"
)

// Longest and shortest run of the solver.
const (
	shortestRun = time.Second
	longestRun  = 20 * time.Minute
)

// Progress is how far a run is.
type Progress struct {
	State   string  `json:"state"` // running, done, failed, none
	Phase   string  `json:"phase"`
	Cost    int     `json:"cost"`
	Bound   float64 `json:"bound"`
	Gap     float64 `json:"gap"`
	Elapsed float64 `json:"elapsed_s"`
	Limit   float64 `json:"limit_s"`
	Error   string  `json:"error,omitempty"`
}

// run is a solver at work.
type run struct {
	stop     context.CancelFunc
	progress Progress
}

// Solve starts a search on the draft's problem and returns at once; its result becomes
// the draft unless somebody changed the schedule meanwhile.
func (s *Service) Solve(ctx context.Context, id string, version int64, limit time.Duration, seed uint64) error {
	row, err := s.plan.Get(ctx, id)
	if err != nil {
		return err
	}
	if row.Version != version {
		return db.ErrConflict
	}
	p, err := Problem(row.Problem)
	if err != nil {
		return err
	}
	limit = min(max(limit, shortestRun), longestRun)
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.mu.Lock()
	if r := s.runs[id]; r != nil && r.progress.State == "running" {
		s.mu.Unlock()
		stop()
		return ErrRunning
	}
	r := &run{stop: stop, progress: Progress{State: "running", Limit: limit.Seconds()}}
	s.runs[id] = r
	s.mu.Unlock()
	s.wait.Go(func() {
		defer stop()
		s.search(background, r, id, version, p, search.Options{Seed: seed, Time: limit})
	})
	return nil
}

func (s *Service) search(ctx context.Context, r *run, id string, version int64, p *rules.Problem, opt search.Options) {
	opt.Progress = func(x search.Progress) {
		s.note(r, func(q *Progress) {
			q.Phase, q.Cost, q.Bound, q.Gap, q.Elapsed = x.Phase, x.Cost, x.Bound, x.Gap(), x.Elapsed.Seconds()
		})
	}
	plan, err := named.Solve(ctx, search.NewClock(ctx, opt), p, opt.Seed)
	if err == nil {
		err = s.keepExtra(context.WithoutCancel(ctx), id, p, plan)
	}
	if err == nil {
		_, err = s.Save(context.WithoutCancel(ctx), id, version, nil, plan, "solved")
	}
	s.note(r, func(q *Progress) {
		q.State = "done"
		if err != nil {
			q.State, q.Error = "failed", err.Error()
			if errors.Is(err, db.ErrConflict) {
				q.Error = "somebody changed the schedule while it was searched; the result was dropped"
			}
			return
		}
		q.Cost, q.Bound, q.Gap, q.Elapsed = int(plan.Cost), plan.Bound, plan.Gap, plan.Seconds
	})
}

// keepExtra puts hours that were taken on or given up in the draft into its successor, and the leave of single hours
// that was granted since.
func (s *Service) keepExtra(ctx context.Context, id string, p *rules.Problem, now *rules.Schedule) error {
	row, err := s.plan.Get(ctx, id)
	if err != nil {
		return err
	}
	was, err := Plan(row.Draft)
	if err != nil {
		return err
	}
	extra.Keep(p, was, now)
	return s.leaveHours(ctx, p, now)
}

func (s *Service) note(r *run, f func(*Progress)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(&r.progress)
}

// Progress is how far the schedule's last run is.
func (s *Service) Progress(id string) Progress {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.runs[id]; r != nil {
		return r.progress
	}
	return Progress{State: "none"}
}

// Cancel stops a run, which keeps its best.
func (s *Service) Cancel(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.runs[id]; r != nil {
		r.stop()
	}
}
