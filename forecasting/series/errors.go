package series

import "errors"

// ErrStep is matched by the error for an interval that does not divide the day,
// or is finer than the file.
var ErrStep = errors.New("interval does not fit")

// ErrColumn is matched by the error for a column that is not in the header.
var ErrColumn = errors.New("column is missing")

// ErrEmpty is matched by the error for a file without a single usable row.
var ErrEmpty = errors.New("no usable rows")

// ErrDuplicate is matched by the error for a file that has many times more than
// once: several series mixed, as a rule.
var ErrDuplicate = errors.New("times occur more than once")
