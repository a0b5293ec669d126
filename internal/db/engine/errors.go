package engine

import (
	"errors"
	"fmt"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

var (
	// ErrExists says that another row already has this natural key.
	ErrExists = errors.New("already exists")
	// ErrReference says that a row refers to one that does not exist.
	ErrReference = errors.New("refers to a row that does not exist")
	// ErrBusy says that another process held the write lock for longer than the busy timeout.
	ErrBusy = errors.New("database is busy")
	// ErrFull says that the disk is full; nothing of the change was kept.
	ErrFull = errors.New("disk is full")
	// ErrCorrupt says that the file is not a sound database.
	ErrCorrupt = errors.New("database file is damaged")
	// ErrNewer says that a later release has migrated this database.
	ErrNewer = errors.New("database was written by a newer release")
)

// sentinelOf maps the engine's result codes to this package's errors; the low byte is the primary code.
func sentinelOf(code int) error {
	switch code {
	case lib.SQLITE_CONSTRAINT_UNIQUE, lib.SQLITE_CONSTRAINT_PRIMARYKEY:
		return ErrExists
	case lib.SQLITE_CONSTRAINT_FOREIGNKEY:
		return ErrReference
	}
	switch code & 0xff {
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED:
		return ErrBusy
	case lib.SQLITE_FULL:
		return ErrFull
	case lib.SQLITE_CORRUPT, lib.SQLITE_NOTADB:
		return ErrCorrupt
	}
	return nil
}

// Translate gives an engine error the sentinel callers test for, and keeps the engine's text.
func Translate(err error) error {
	var se *sqlite.Error
	if !errors.As(err, &se) {
		return err
	}
	if s := sentinelOf(se.Code()); s != nil {
		return fmt.Errorf("%w: %w", s, err)
	}
	return err
}
