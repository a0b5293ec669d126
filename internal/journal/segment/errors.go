package segment

import (
	"errors"
	"fmt"
)

var (
	// ErrCorrupt is matched by every *CorruptError.
	ErrCorrupt = errors.New("journal is corrupt")
	// ErrVersion is returned for a segment in a format newer than this build.
	ErrVersion = errors.New("journal format is newer than this build")
	// ErrPruned is matched by every *PrunedError.
	ErrPruned = errors.New("events have been pruned")
	// ErrBadNode is returned for a node name that cannot be a folder and vector key.
	ErrBadNode = errors.New("bad node name")
)

// CorruptError says where a journal is damaged.
type CorruptError struct {
	Segment string // file name
	Offset  int64  // byte offset of the damaged frame
	Seq     uint64 // the seq expected there
	Reason  string // what is wrong
}

// Error names segment, offset, seq and reason.
func (e *CorruptError) Error() string {
	return fmt.Sprintf("journal segment %s is corrupt at byte %d (seq %d): %s", e.Segment, e.Offset, e.Seq, e.Reason)
}

// Is makes errors.Is(err, ErrCorrupt) true.
func (e *CorruptError) Is(target error) bool { return target == ErrCorrupt }

// PrunedError says that a reader asked for events that retention removed.
type PrunedError struct {
	Node  string
	Asked uint64 // the seq asked for
	First uint64 // the oldest seq that is still there
}

// Error names what was asked for and what is left.
func (e *PrunedError) Error() string {
	return fmt.Sprintf("journal %s: seq %d has been pruned, the oldest is %d", e.Node, e.Asked, e.First)
}

// Is makes errors.Is(err, ErrPruned) true.
func (e *PrunedError) Is(target error) bool { return target == ErrPruned }
