package importer

import (
	"context"
	"encoding/json"

	"github.com/agner-platform/agner/internal/db"
)

// load reads the jobs of earlier runs. One that was running when the platform
// ended is shown as failed: its file can simply be imported again.
func (s *Service) load(ctx context.Context) error {
	rows, err := s.opt.Store.Imports(ctx, maxKept)
	if err != nil {
		return err
	}
	for i := range rows {
		row := rows[len(rows)-1-i] // oldest first
		r := &running{done: make(chan struct{})}
		close(r.done)
		if err := json.Unmarshal(row.Report, &r.Job); err != nil || r.ID == "" {
			continue // a line of another release; the journal still has what was imported
		}
		s.jobs = append(s.jobs, r)
	}
	return nil
}

// keep stores a job that is over.
func (s *Service) keep(j Job) error {
	text, err := json.Marshal(j)
	if err != nil {
		return err
	}
	return s.opt.Store.AddImport(context.Background(), db.Import{
		ID: j.ID, File: j.File, Format: j.Format, State: string(j.State), StartedAt: db.Stamp(j.Started.UnixMicro()), Report: text,
	})
}
