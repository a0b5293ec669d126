package sipua

import "errors"

// ErrNoLeg is returned for a leg that is not there (any more).
var ErrNoLeg = errors.New("no such leg")

// ErrGone is returned when the far end was faster: cancelled or hung up.
var ErrGone = errors.New("far end has gone")

// ErrState is returned for what a leg cannot do now.
var ErrState = errors.New("not possible in this state of the leg")

// ErrFull is returned when there are as many legs as there may be.
var ErrFull = errors.New("too many legs")

// ErrClosed is returned after Close.
var ErrClosed = errors.New("user agent is closed")

// ErrConfig is matched by errors about the configuration.
var ErrConfig = errors.New("invalid SIP configuration")

// ErrTarget is returned for a target that is no SIP address.
var ErrTarget = errors.New("invalid target")
