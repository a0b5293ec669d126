package media

import "errors"

// ErrPorts is returned when no port of the range is free.
var ErrPorts = errors.New("no free RTP port")

// ErrClosed is returned after Close.
var ErrClosed = errors.New("media relay is closed")
