package journal

import (
	"errors"

	"github.com/agner-platform/agner/internal/journal/segment"
)

var (
	// ErrClosed is returned after Close.
	ErrClosed = errors.New("journal is closed")
	// ErrFailed is returned for good after a failed fsync or another write error
	// that leaves the state of the disk unknown. Only opening anew helps.
	ErrFailed = errors.New("journal has failed and takes no more events")
	// ErrDiskFull is returned while the disk has no room. Nothing acknowledged is
	// lost and the journal takes events again when there is room.
	ErrDiskFull = errors.New("disk is full")
	// ErrOverflow is returned by AppendAsync for events that found no room in the
	// ring; they are counted and a log.gap event will say so.
	ErrOverflow = errors.New("journal ring is full, events dropped")
	// ErrTooLarge is returned for an event or batch over its size limit.
	ErrTooLarge = errors.New("event is too large for the journal")
	// ErrLocked is returned when another process (or this one) writes this journal.
	ErrLocked = errors.New("journal is locked by another writer")
	// ErrRetention is returned by Prune for events that are not in a verified mirror yet.
	ErrRetention = errors.New("events are not verified elsewhere yet")
	// ErrBadVector is returned by ParseVector.
	ErrBadVector = errors.New("bad vector")

	// ErrCorrupt is matched by every *CorruptError.
	ErrCorrupt = segment.ErrCorrupt
	// ErrVersion is returned for a segment in a format newer than this build.
	ErrVersion = segment.ErrVersion
	// ErrPruned is matched by every *PrunedError.
	ErrPruned = segment.ErrPruned
	// ErrBadNode is returned for a node name that cannot be a folder and vector key.
	ErrBadNode = segment.ErrBadNode
)

type (
	// CorruptError says where a journal is damaged: segment, offset, seq, reason.
	CorruptError = segment.CorruptError
	// PrunedError says that a reader asked for events that retention removed.
	PrunedError = segment.PrunedError
	// Gap is damage that a reader with OnGap stepped over.
	Gap = segment.Gap
	// Problem is damage found by Open or Verify.
	Problem = segment.Problem
	// TornTail is what a crash left behind the last durable group.
	TornTail = segment.TornTail
)
