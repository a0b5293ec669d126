package reporting

import "errors"

// ErrNotFound says that there is no such call, or none that the caller may see.
var ErrNotFound = errors.New("no such call")
