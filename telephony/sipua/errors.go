package sipua

import "errors"

// ErrNoLeg is returned for a leg that is not there (any more).
var ErrNoLeg = errors.New("no such leg")

// ErrGone is returned when the far end was faster: cancelled or hung up.
var ErrGone = errors.New("far end has gone")

// ErrState is returned for what a leg cannot do now.
var ErrState = errors.New("not possible in this state of the leg")

// ErrClosed is returned after Close.
var ErrClosed = errors.New("user agent is closed")

// ErrConfig is matched by errors about the configuration.
var ErrConfig = errors.New("invalid SIP configuration")

// ErrTarget is returned for a target that is no SIP address.
var ErrTarget = errors.New("invalid target")

// statusCause names a refusal as facts do.
func statusCause(status int) string {
	switch status {
	case 486, 600:
		return "busy"
	case 408, 480:
		return "no_answer"
	case 603:
		return "declined"
	case 404, 410, 484, 604:
		return "unknown_number"
	case 487:
		return "cancelled"
	case 401, 403, 407:
		return "forbidden"
	case 488, 606:
		return "no_codec"
	}
	return "failed"
}
