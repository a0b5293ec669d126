package db

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

const (
	busyTimeout = 10 * time.Second // longest foreign write: an erasure's VACUUM; shorter would fail log-ins meanwhile
	readers     = 4                // concurrent reads of one process; more only queue for the same two cores
	fileName    = "agner.db"
)

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
	s := &Store{dir: dir, path: filepath.Join(folder, fileName), now: time.Now}
	if err := s.connect(); err != nil {
		return nil, err
	}
	if err := s.migrate(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", s.path, translate(err)), s.Close())
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

// dsn spells the connection settings. secure_delete overwrites freed cells so that an erasure leaves no trace in free pages;
// temp_store keeps sorter spills, which hold row contents, off the disk.
func dsn(path string, extra ...string) string {
	v := url.Values{"_txlock": {"immediate"}, "_pragma": append([]string{
		fmt.Sprintf("busy_timeout(%d)", busyTimeout.Milliseconds()),
		"foreign_keys(1)", "journal_mode(WAL)", "secure_delete(1)", "synchronous(FULL)", "temp_store(2)",
	}, extra...)}
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: v.Encode()}).String()
}

func (s *Store) connect() error {
	f, err := os.OpenFile(s.path, os.O_RDWR|os.O_CREATE, 0o600) // created here so that the mode is ours, not the umask's
	if err != nil {
		return fmt.Errorf("create database file: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("create database file: %w", err)
	}
	if s.write, err = sql.Open("sqlite", dsn(s.path)); err != nil {
		return fmt.Errorf("open %s: %w", s.path, err)
	}
	s.write.SetMaxOpenConns(1)
	if s.read, err = sql.Open("sqlite", dsn(s.path, "query_only(1)")); err != nil {
		return errors.Join(fmt.Errorf("open %s: %w", s.path, err), s.write.Close())
	}
	s.read.SetMaxOpenConns(readers)
	return nil
}

func (s *Store) migrate(ctx context.Context) (err error) {
	unlock, err := lockFile(ctx, s.path+".migrate")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, s.write, sub, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	have, want, err := p.GetVersions(ctx)
	if err != nil {
		return err
	}
	if have > want {
		return fmt.Errorf("%w: schema %d, this release knows %d", ErrNewer, have, want)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate from schema %d to %d: %w", have, want, err)
	}
	return nil
}

// lockFile takes an exclusive flock, waiting for the holder; the lock dies with the process, so a crash never blocks the next start.
func lockFile(ctx context.Context, path string) (func() error, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open migration lock: %w", err)
	}
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return f.Close, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), f.Close())
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(fmt.Errorf("lock %s: %w", path, ctx.Err()), f.Close())
		case <-time.After(20 * time.Millisecond): // poll: a blocking flock could not be cancelled
		}
	}
}

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
		return fmt.Errorf("begin: %w", translate(err))
	}
	tx := &Tx{Tx: raw, At: StampOf(s.now()), Actor: actorOf(ctx)}
	if err := f(tx); err != nil {
		if rb := raw.Rollback(); rb != nil && !errors.Is(rb, sql.ErrTxDone) {
			err = errors.Join(err, fmt.Errorf("roll back: %w", rb))
		}
		return translate(err)
	}
	if err := raw.Commit(); err != nil {
		return fmt.Errorf("commit: %w", translate(err))
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
	return translate(err)
}
