package db

import (
	"errors"
	"fmt"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

var (
	// ErrNotFound says that no row has this id.
	ErrNotFound = errors.New("not found")
	// ErrConflict says that the row was changed by somebody else since it was read.
	ErrConflict = errors.New("changed by somebody else")
	// ErrExists says that another row already has this natural key.
	ErrExists = errors.New("already exists")
	// ErrReference says that a row refers to one that does not exist.
	ErrReference = errors.New("refers to a row that does not exist")
	// ErrInvalid is what every [FieldError] is.
	ErrInvalid = errors.New("invalid")
	// ErrLastAdmin refuses a change after which nobody could administer the instance.
	ErrLastAdmin = errors.New("this would leave no administrator")
	// ErrBusy says that another process held the write lock for longer than the busy timeout.
	ErrBusy = errors.New("database is busy")
	// ErrFull says that the disk is full; nothing of the change was kept.
	ErrFull = errors.New("disk is full")
	// ErrCorrupt says that the file is not a sound database.
	ErrCorrupt = errors.New("database file is damaged")
	// ErrNewer says that a later release has migrated this database.
	ErrNewer = errors.New("database was written by a newer release")
	// ErrTampered is what every [TamperError] is.
	ErrTampered = errors.New("audit chain is broken")
)

// FieldError names a field whose value a change may not have.
type FieldError struct {
	Field  string
	Value  any
	Reason string
}

// Error says the field, the value and the reason.
func (e *FieldError) Error() string {
	return fmt.Sprintf("%s %q: %s", e.Field, fmt.Sprint(e.Value), e.Reason)
}

// Is makes every FieldError an ErrInvalid.
func (e *FieldError) Is(target error) bool { return target == ErrInvalid }

// TamperError names the first audit line that does not fit the chain.
type TamperError struct {
	Seq    int64
	Reason string
}

// Error says which line is wrong and how.
func (e *TamperError) Error() string {
	return fmt.Sprintf("audit line %d: %s", e.Seq, e.Reason)
}

// Is makes every TamperError an ErrTampered.
func (e *TamperError) Is(target error) bool { return target == ErrTampered }

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

// translate gives an engine error the sentinel callers test for, and keeps the engine's text.
func translate(err error) error {
	var se *sqlite.Error
	if !errors.As(err, &se) {
		return err
	}
	if s := sentinelOf(se.Code()); s != nil {
		return fmt.Errorf("%w: %w", s, err)
	}
	return err
}
