package engine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// Backup writes a consistent copy of the live database to path, which must not
// exist. Writers go on meanwhile. The copy appears under its name only when it
// is whole and on disk.
func Backup(ctx context.Context, db *sql.DB, path string) error {
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("backup to %s: %w", path, os.ErrExist)
	}
	part := path + ".part"
	if err := os.Remove(part); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("backup to %s: %w", path, err)
	}
	if _, err := db.ExecContext(ctx, `VACUUM INTO $1`, part); err != nil {
		return errors.Join(fmt.Errorf("backup to %s: %w", path, Translate(err)), removeIfThere(part))
	}
	if err := settle(part, path); err != nil {
		return errors.Join(fmt.Errorf("backup to %s: %w", path, err), removeIfThere(part))
	}
	return nil
}

// settle makes the finished copy private, durable and visible, in this order.
func settle(part, path string) error {
	f, err := os.OpenFile(part, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Chmod(0o600), f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(part, path); err != nil {
		return err
	}
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func removeIfThere(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// VerifyFile checks that the file at path is a sound database, for restore and
// doctor. It changes nothing.
func VerifyFile(ctx context.Context, path string) error {
	if _, err := os.Stat(path); err != nil {
		return err
	}
	file, err := sql.Open("sqlite", dsn(path, "query_only(1)"))
	if err != nil {
		return fmt.Errorf("verify %s: %w", path, err)
	}
	defer file.Close()
	return Verify(ctx, file, path)
}

// Querier reads from an opened database.
type Querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Verify checks an opened database: every page, every reference.
func Verify(ctx context.Context, q Querier, path string) error {
	var verdict string
	if err := q.QueryRowContext(ctx, `PRAGMA integrity_check(1)`).Scan(&verdict); err != nil {
		return fmt.Errorf("verify %s: %w", path, Translate(err))
	}
	if verdict != "ok" {
		return fmt.Errorf("verify %s: %w: %s", path, ErrCorrupt, verdict)
	}
	var table, parent string
	var row, fk sql.NullInt64
	err := q.QueryRowContext(ctx, `PRAGMA foreign_key_check`).Scan(&table, &row, &parent, &fk)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return fmt.Errorf("verify %s: %w", path, Translate(err))
	default:
		return fmt.Errorf("verify %s: %w: %s refers to a missing row of %s", path, ErrCorrupt, table, parent)
	}
}

const (
	compactTries = 600                    // with compactPause a minute: readers are short, a report of the lake never reads here
	compactPause = 100 * time.Millisecond // one try of the checkpoint
)

// Compact rewrites the file without free pages and empties the write-ahead log,
// so that what was deleted is nowhere on disk. It waits for readers, also those
// of other processes, for a minute or until ctx ends, then fails with ErrBusy.
func Compact(ctx context.Context, db *sql.DB) (err error) {
	c, err := db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("compact: %w", Translate(err))
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	if _, err := c.ExecContext(ctx, `VACUUM`); err != nil {
		return fmt.Errorf("vacuum: %w", Translate(err))
	}
	// The engine's own waiting cannot be cancelled, so it is cut into short tries.
	if err := waitAtMost(ctx, c, compactPause); err != nil {
		return err
	}
	err = truncateLog(ctx, c)
	return errors.Join(err, waitAtMost(context.WithoutCancel(ctx), c, busyTimeout))
}

func waitAtMost(ctx context.Context, c *sql.Conn, d time.Duration) error {
	if _, err := c.ExecContext(ctx, fmt.Sprintf(`PRAGMA busy_timeout = %d`, d.Milliseconds())); err != nil {
		return fmt.Errorf("set busy timeout: %w", Translate(err))
	}
	return nil
}

func truncateLog(ctx context.Context, c *sql.Conn) error {
	for range compactTries {
		var busy, pages, moved int64
		if err := c.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &pages, &moved); err != nil {
			if ctx.Err() != nil {
				break
			}
			return fmt.Errorf("empty write-ahead log: %w", Translate(err))
		}
		if busy == 0 {
			return nil
		}
	}
	return fmt.Errorf("empty write-ahead log: a reader holds it: %w", errors.Join(ErrBusy, ctx.Err()))
}
