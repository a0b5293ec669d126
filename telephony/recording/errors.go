package recording

import "errors"

// ErrNone is returned for a recording that is not there.
var ErrNone = errors.New("no such recording")

// ErrErased is returned for a recording whose key was destroyed.
var ErrErased = errors.New("recording was erased")

// ErrHeld is returned for what legal hold forbids.
var ErrHeld = errors.New("recording is under legal hold")

// ErrPending is returned for a recording that nobody may hear before it was redacted.
var ErrPending = errors.New("recording waits for its redaction")

// ErrState is returned for what a recording cannot do now.
var ErrState = errors.New("not possible in this state of the recording")

// ErrConfig is matched by errors about the configuration.
var ErrConfig = errors.New("invalid recording configuration")
