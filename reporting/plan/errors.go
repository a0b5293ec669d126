package plan

import "fmt"

// ParamError says which parameter cannot be used and why.
type ParamError struct {
	Field  string
	Value  string
	Reason string
}

// Error names field, value and reason.
func (e *ParamError) Error() string { return fmt.Sprintf("%s %q: %s", e.Field, e.Value, e.Reason) }

// Bad makes a ParamError.
func Bad(field, value, reason string) *ParamError { return &ParamError{field, value, reason} }
