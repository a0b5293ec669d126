package lines

import (
	"context"
	"errors"
)

// ErrNoNumber is what a [Numbers] returns for a number that it has not (any more): it
// was withheld, or erased.
var ErrNoNumber = errors.New("there is no number of this customer")

// Numbers keeps the numbers behind pseudonyms where they can be erased and outlive the
// switch.
type Numbers interface {
	// Keep makes sure that the number of a party outlives this process.
	Keep(ctx context.Context, party string) error
	// Number returns it: ErrNoNumber if there is none, another error if that cannot be
	// said now.
	Number(ctx context.Context, party string) (string, error)
}
