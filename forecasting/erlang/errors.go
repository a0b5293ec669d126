package erlang

import (
	"errors"
	"fmt"
	"math"
)

// ErrUnreachable is matched by errors of inverses whose target no number of
// agents up to the limit reaches.
var ErrUnreachable = errors.New("target cannot be reached")

// ErrUnstable is matched by the error of Erlang C where the agents cannot keep
// up (n ≤ R): every caller would wait for ever.
var ErrUnstable = errors.New("agents do not exceed the offered load, so the queue grows without limit")

// DomainError says which argument lies outside its domain.
type DomainError struct {
	Name  string
	Value float64
	Want  string
}

// Error names the argument, its value and its domain.
func (e *DomainError) Error() string {
	return fmt.Sprintf("%s = %g: must be %s", e.Name, e.Value, e.Want)
}

// finite refuses NaN, infinities and values below lo.
func finite(name string, v, lo float64) error {
	if math.IsNaN(v) || math.IsInf(v, 0) || v < lo {
		return &DomainError{name, v, fmt.Sprintf("a number of at least %g", lo)}
	}
	return nil
}

// share refuses anything outside [0, 1].
func share(name string, v float64) error {
	if !(v >= 0 && v <= 1) {
		return &DomainError{name, v, "from 0 to 1"}
	}
	return nil
}

// first returns the first error that is not nil.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
