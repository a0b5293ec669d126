// Package engine is all that knows the database is SQLite: how to open, migrate,
// check, copy and scrub a file, and what its result codes mean. PostgreSQL would
// be a second package like this one.
package engine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"syscall"
	"time"

	"github.com/pressly/goose/v3"
)

const (
	busyTimeout = 10 * time.Second // longest foreign write: an erasure's VACUUM; shorter would fail log-ins meanwhile
	readers     = 4                // concurrent reads of one process; more only queue for the same two cores
)

// Open opens the file, creating it private to this user. write is one
// connection, whose transactions take the write lock at their beginning; read is
// a pool that cannot write.
func Open(path string) (write, read *sql.DB, err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) // created here so that the mode is ours, not the umask's
	if err != nil {
		return nil, nil, fmt.Errorf("create database file: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, nil, fmt.Errorf("create database file: %w", err)
	}
	if write, err = sql.Open("sqlite", dsn(path)); err != nil {
		return nil, nil, fmt.Errorf("open %s: %w", path, err)
	}
	write.SetMaxOpenConns(1)
	if read, err = sql.Open("sqlite", dsn(path, "query_only(1)")); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("open %s: %w", path, err), write.Close())
	}
	read.SetMaxOpenConns(readers)
	return write, read, nil
}

// dsn spells the connection settings. secure_delete overwrites freed cells so that an erasure leaves no trace in free pages;
// temp_store keeps sorter spills, which hold row contents, off the disk.
func dsn(path string, extra ...string) string {
	v := url.Values{"_txlock": {"immediate"}, "_pragma": append([]string{
		fmt.Sprintf("busy_timeout(%d)", busyTimeout.Milliseconds()),
		"foreign_keys(1)", "journal_mode(WAL)", "secure_delete(1)", "synchronous(FULL)", "temp_store(2)",
	}, extra...)}
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: v.Encode()}).String()
}

// Migrate brings the schema up to the newest of the migrations. Of several
// processes one migrates and the others wait.
func Migrate(ctx context.Context, db *sql.DB, path string, migrations fs.FS) (err error) {
	unlock, err := lockFile(ctx, path+".migrate")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	p, err := goose.NewProvider(goose.DialectSQLite3, db, migrations, goose.WithDisableGlobalRegistry(true),
		goose.WithAllowOutofOrder(true)) // areas number their steps apart: one of a lower number may come later
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
