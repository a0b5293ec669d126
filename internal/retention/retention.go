// Package retention removes what an instance keeps no longer: journal segments
// whose facts are in a verified Parquet file, and callers not seen for long.
//
// # Vocabulary
//
//   - A mark says how far the journal was on a day. An imported event's own time
//     says nothing about when it was written, so age is counted by marks.
//
// # Guarantees
//
//   - Nothing goes from the journal that is not in the verified mirror, and nothing
//     of a day for which there is no mark: what is not known stays.
//   - Callers under legal hold stay (internal/db/personal).
package retention

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"time"
)

// Journal is what retention needs of a node's journal.
type Journal interface {
	Durable() uint64
	Prune(ctx context.Context, before, verified uint64) (removed int, err error)
}

// Keeper applies retention to one node. Days of 0 keep for ever.
type Keeper struct {
	JournalDays  int
	PersonalDays int
	Marks        string // file of the marks
	Journal      Journal
	// Verified is the last event of the journal that is in a verified mirror.
	Verified func() (uint64, error)
	// Purge removes callers not seen since an instant and says how many went.
	Purge func(ctx context.Context, before time.Time) (int64, error)
	Log   *slog.Logger
}

// Apply removes what is too old at the given time and sets the day's mark.
func (k *Keeper) Apply(ctx context.Context, now time.Time) error {
	marks, err := k.mark(now)
	if err != nil {
		return err
	}
	if k.JournalDays > 0 {
		if err := k.prune(ctx, marks.before(now, k.JournalDays)); err != nil {
			return err
		}
	}
	if k.PersonalDays > 0 {
		n, err := k.Purge(ctx, now.AddDate(0, 0, -k.PersonalDays))
		if err != nil {
			return err
		}
		if n > 0 {
			k.Log.Info("callers not seen for long were removed", "callers", n)
		}
	}
	return nil
}

// prune removes sealed segments below seq, but nothing that is not verified.
func (k *Keeper) prune(ctx context.Context, seq uint64) error {
	verified, err := k.Verified()
	if err != nil {
		return err
	}
	before := min(seq, verified+1)
	if before == 0 {
		return nil
	}
	n, err := k.Journal.Prune(ctx, before, verified)
	if err == nil && n > 0 {
		k.Log.Info("journal segments that are in the mirror were removed", "segments", n, "before", before)
	}
	return err
}

// marks is the last seq by day (UTC).
type marks map[string]uint64

// mark reads the marks, adds today's, and saves them.
func (k *Keeper) mark(now time.Time) (marks, error) {
	m := marks{}
	text, err := os.ReadFile(k.Marks)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read journal marks: %w", err)
	}
	if err == nil && json.Unmarshal(text, &m) != nil {
		m = marks{} // counting begins anew; nothing is removed too early
	}
	today := now.UTC().Format(time.DateOnly)
	if _, known := m[today]; known {
		return m, nil
	}
	m[today] = k.Journal.Durable()
	if text, err = json.Marshal(m); err != nil {
		return nil, err
	}
	if err := os.WriteFile(k.Marks, text, 0o600); err != nil {
		return nil, fmt.Errorf("save journal marks: %w", err)
	}
	return m, nil
}

// before returns the first seq that was written within the last days days, 0 if
// that is not known.
func (m marks) before(now time.Time, days int) uint64 {
	cutoff := now.UTC().AddDate(0, 0, -days).Format(time.DateOnly)
	best := uint64(0)
	for day, seq := range m {
		if day <= cutoff {
			best = max(best, seq+1)
		}
	}
	return best
}
