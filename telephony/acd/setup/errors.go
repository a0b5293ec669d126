package setup

import "errors"

// ErrConfig is returned for a configuration that makes no sense; the old one stays.
var ErrConfig = errors.New("bad configuration")
