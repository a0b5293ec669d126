package db

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/agner-platform/agner/internal/db/engine"
)

//go:embed migrations/*.sql
var migrations embed.FS

// FileName is the database file in DIR/db.
const FileName = "agner.db"

// Store is one opened database. It is safe for concurrent use; Close it once.
type Store struct {
	dir   string
	path  string
	write *sql.DB // one connection: the single writer of this process
	read  *sql.DB // query_only
	now   func() time.Time
}

// Open opens (creating and migrating as needed) the database under dir/db.
// Of several processes that open at once, one migrates and the others wait.
func Open(ctx context.Context, dir string) (*Store, error) {
	folder := filepath.Join(dir, "db")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("create database folder: %w", err)
	}
	s := &Store{dir: dir, path: filepath.Join(folder, FileName), now: time.Now}
	var err error
	if s.write, s.read, err = engine.Open(s.path); err != nil {
		return nil, err
	}
	sub, err := fs.Sub(migrations, "migrations")
	if err == nil {
		err = engine.Migrate(ctx, s.write, s.path, sub)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", s.path, engine.Translate(err)), s.Close())
	}
	return s, nil
}

// Close checkpoints and closes the file.
func (s *Store) Close() error {
	return errors.Join(s.read.Close(), s.write.Close())
}

// Dir is the data directory given to Open.
func (s *Store) Dir() string { return s.dir }

// Path is the database file.
func (s *Store) Path() string { return s.path }

// Querier reads: a [Tx] inside a change, or the read pool outside.
type Querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Reader is the read pool, for sub-packages. It cannot write.
func (s *Store) Reader() Querier { return s.read }

// Tx is one change: a transaction that already holds the write lock, the time
// of the change and who makes it.
type Tx struct {
	*sql.Tx
	At    Stamp
	Actor Actor
}

// Write runs f in one transaction and commits if it returns nil. f must use the
// Tx only: another Write inside it would wait for itself.
func (s *Store) Write(ctx context.Context, f func(*Tx) error) (err error) {
	raw, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", engine.Translate(err))
	}
	tx := &Tx{Tx: raw, At: StampOf(s.now()), Actor: actorOf(ctx)}
	if err := f(tx); err != nil {
		if rb := raw.Rollback(); rb != nil && !errors.Is(rb, sql.ErrTxDone) {
			err = errors.Join(err, fmt.Errorf("roll back: %w", rb))
		}
		return engine.Translate(err)
	}
	if err := raw.Commit(); err != nil {
		return fmt.Errorf("commit: %w", engine.Translate(err))
	}
	return nil
}

// next draws from a gapless counter; its row is the lock that orders concurrent changes.
func (tx *Tx) next(ctx context.Context, counter string) (int64, error) {
	var n int64
	err := tx.QueryRowContext(ctx, `UPDATE counters SET value = value + 1 WHERE name = $1 RETURNING value`, counter).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("draw from counter %s: %w", counter, err)
	}
	return n, nil
}

// one turns the engine's "no rows" into ErrNotFound.
func one(err error, what, id string) error {
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("%s %q: %w", what, id, ErrNotFound)
	}
	return engine.Translate(err)
}
