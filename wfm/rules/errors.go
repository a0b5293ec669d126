package rules

import (
	"errors"
	"fmt"
)

// ErrProblem tells that a problem or schedule file is malformed.
var ErrProblem = errors.New("the problem cannot be read")

// FieldError names the field and the value that are wrong.
type FieldError struct {
	Field  string
	Value  any
	Reason string
}

// Error implements error.
func (e *FieldError) Error() string { return fmt.Sprintf("%s = %v: %s", e.Field, e.Value, e.Reason) }

// Unwrap makes it an ErrProblem.
func (e *FieldError) Unwrap() error { return ErrProblem }

func badField(field string, value any, reason string) error {
	return &FieldError{field, value, reason}
}
