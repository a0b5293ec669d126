package db

import (
	"errors"
	"fmt"

	"github.com/agner-platform/agner/internal/db/engine"
	"github.com/agner-platform/agner/internal/db/value"
)

var (
	// ErrNotFound says that no row has this id.
	ErrNotFound = errors.New("not found")
	// ErrConflict says that the row was changed by somebody else since it was read.
	ErrConflict = errors.New("changed by somebody else")
	// ErrExists says that another row already has this natural key.
	ErrExists = engine.ErrExists
	// ErrReference says that a row refers to one that does not exist.
	ErrReference = engine.ErrReference
	// ErrInvalid is what every [FieldError] is.
	ErrInvalid = value.ErrInvalid
	// ErrLastAdmin refuses a change after which nobody could administer the instance.
	ErrLastAdmin = errors.New("this would leave no administrator")
	// ErrBusy says that another process held the write lock for longer than the busy timeout.
	ErrBusy = engine.ErrBusy
	// ErrFull says that the disk is full; nothing of the change was kept.
	ErrFull = engine.ErrFull
	// ErrCorrupt says that the file is not a sound database.
	ErrCorrupt = engine.ErrCorrupt
	// ErrNewer says that a later release has migrated this database.
	ErrNewer = engine.ErrNewer
	// ErrTampered is what every [TamperError] is.
	ErrTampered = errors.New("audit chain is broken")
)

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
