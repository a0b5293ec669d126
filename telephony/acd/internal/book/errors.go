package book

import "errors"

// ErrFact is returned by Evolve and Restore for what contradicts the state: a
// damaged or incomplete journal.
var ErrFact = errors.New("fact does not fit the state")
