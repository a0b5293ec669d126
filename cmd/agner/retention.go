//go:build cgo

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/agner-platform/agner/internal/db"
)

// mirrorEvery is how often the Parquet mirror is brought up to date, and
// retention applied after it.
const mirrorEvery = time.Hour

// keep brings the mirror up to date and applies retention until ctx ends. Only a
// running platform does this: a single command must not wait for it.
func (a *analytics) keep(ctx context.Context) {
	tick := time.NewTicker(mirrorEvery)
	defer tick.Stop()
	for {
		if _, err := a.lake.Mirror(ctx); err != nil && ctx.Err() == nil {
			a.inst.log.Error("the Parquet mirror is not up to date; it is tried again in an hour", "error", err)
		}
		if err := a.retain(ctx, time.Now()); err != nil && ctx.Err() == nil {
			a.inst.log.Error("retention was not applied; it is tried again in an hour", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// retain removes what the configuration keeps no longer; 0 days keep for ever.
func (a *analytics) retain(ctx context.Context, now time.Time) error {
	keep := a.inst.cfg.Retention
	marks, err := a.marks(now)
	if err != nil {
		return err
	}
	if keep.JournalDays > 0 {
		if err := a.pruneJournal(ctx, marks.before(now, keep.JournalDays)); err != nil {
			return err
		}
	}
	if keep.PersonalDays > 0 {
		n, err := a.vault.Purge(ctx, db.Stamp(now.AddDate(0, 0, -keep.PersonalDays).UnixMicro()))
		if err != nil {
			return err
		}
		if n > 0 {
			a.inst.log.Info("callers not seen for long were removed", "callers", n)
		}
	}
	return nil
}

// pruneJournal removes sealed segments below seq, but nothing that is not in a
// verified Parquet file.
func (a *analytics) pruneJournal(ctx context.Context, seq uint64) error {
	vector, err := a.lake.VerifiedVector()
	if err != nil {
		return err
	}
	verified := vector[analyticsNode]
	before := min(seq, verified+1)
	if before == 0 {
		return nil
	}
	n, err := a.journal.Prune(ctx, before, verified)
	if err == nil && n > 0 {
		a.inst.log.Info("journal segments that are in the mirror were removed", "segments", n, "before", before)
	}
	return err
}

// dayMarks say how far the journal was on each day: an imported event's own time
// says nothing about when it was written.
type dayMarks map[string]uint64

// marks reads the marks, adds today's, and saves them.
func (a *analytics) marks(now time.Time) (dayMarks, error) {
	file := filepath.Join(a.inst.paths.Imports(), "journal-days.json")
	m := dayMarks{}
	text, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read journal marks: %w", err)
	}
	if err == nil && json.Unmarshal(text, &m) != nil {
		m = dayMarks{} // retention begins anew; nothing is removed too early
	}
	today := now.UTC().Format(time.DateOnly)
	if _, known := m[today]; known {
		return m, nil
	}
	m[today] = a.journal.Durable()
	if text, err = json.Marshal(m); err != nil {
		return nil, err
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return nil, fmt.Errorf("save journal marks: %w", err)
	}
	return m, nil
}

// before returns the first seq that was written within the last days days.
func (m dayMarks) before(now time.Time, days int) uint64 {
	cutoff := now.UTC().AddDate(0, 0, -days).Format(time.DateOnly)
	best := uint64(0)
	for day, seq := range m {
		if day <= cutoff {
			best = max(best, seq+1)
		}
	}
	return best
}
