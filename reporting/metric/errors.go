package metric

import "errors"

// ErrBooks says that offered is not the sum of all exits and those still waiting.
var ErrBooks = errors.New("the books do not balance")
