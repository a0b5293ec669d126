package loop

import (
	"errors"
	"fmt"
	"io"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/acd"
)

// Recover rebuilds the state: from a snapshot (empty: from nothing) and the facts
// that follow it, which next hands out until io.EOF. A fact that does not fit stops
// the recovery and is named: a gap must be seen, not guessed over.
func Recover(snapshot []byte, next func() (*event.Event, error)) (*acd.State, error) {
	s := acd.New()
	if len(snapshot) > 0 {
		var err error
		if s, err = acd.Restore(snapshot); err != nil {
			return nil, err
		}
	}
	for {
		e, err := next()
		if errors.Is(err, io.EOF) {
			return s, nil
		}
		if err != nil {
			return nil, fmt.Errorf("recover: %w", err)
		}
		if err := s.Evolve(e); err != nil {
			return nil, fmt.Errorf("recover: %s/%d: %w", e.Node, e.Seq, err)
		}
	}
}
