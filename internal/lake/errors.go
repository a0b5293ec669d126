package lake

import (
	"errors"

	"github.com/agner-platform/agner/internal/lake/store"
)

var (
	// ErrNewerFormat is returned by Open for a lake that a newer build has written.
	ErrNewerFormat = store.ErrNewerFormat
	// ErrLocked is returned by Open while another process has the lake open.
	ErrLocked = store.ErrLocked
	// ErrClosed is returned after Close.
	ErrClosed = store.ErrClosed
	// ErrReset is matched by errors of Apply after which the lake went back to its
	// last commit: feed it again from behind Applied.
	ErrReset = errors.New("lake went back to its last commit")
	// ErrGap is returned for records that skip seqs without saying so.
	ErrGap = errors.New("records are missing before this one")
)
