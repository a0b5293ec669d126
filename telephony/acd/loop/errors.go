package loop

import "errors"

// ErrClosed is returned for inputs posted after Close.
var ErrClosed = errors.New("the distributor is closed")
