package acd

import (
	"errors"

	"github.com/agner-platform/agner/telephony/acd/internal/book"
	"github.com/agner-platform/agner/telephony/acd/setup"
)

// ErrConfig is returned for a configuration that makes no sense; the old one stays.
var ErrConfig = setup.ErrConfig

// ErrUnknown is returned for an input about a visit, agent, queue or callback that
// is not there (any more). Races make it common; it harms nothing.
var ErrUnknown = errors.New("unknown")

// ErrState is returned for an input that its subject's state does not allow.
var ErrState = errors.New("not possible now")

// ErrFact is returned by Evolve and Restore for what contradicts the state: a
// damaged or incomplete journal.
var ErrFact = book.ErrFact
