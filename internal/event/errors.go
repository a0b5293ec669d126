package event

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrInvalid is matched by every error that Validate returns.
var ErrInvalid = errors.New("invalid event")

// ErrUnknownKind is returned for a kind this build has no payload for.
var ErrUnknownKind = errors.New("unknown event kind")

// ErrNewerSchema is returned for a record written in a schema newer than this
// build knows; it must not be read as if it were older.
var ErrNewerSchema = errors.New("event schema is newer than this build")

// FieldError says what is wrong with one field of an event.
type FieldError struct {
	Field string // JSON name of the field, payload fields after "payload."
	Value any    // the refused value
	Why   string // what would be right
}

// Error names the field, the value and what would be right.
func (e *FieldError) Error() string {
	return fmt.Sprintf("%s = %q: %s", e.Field, fmt.Sprint(e.Value), e.Why)
}

// InvalidError lists everything wrong with one event.
type InvalidError struct {
	Kind   Kind
	Fields []*FieldError
}

// Error joins the field errors behind the kind.
func (e *InvalidError) Error() string {
	parts := make([]string, len(e.Fields))
	for i, f := range e.Fields {
		parts[i] = f.Error()
	}
	return fmt.Sprintf("invalid event %s: %s", e.Kind, strings.Join(parts, "; "))
}

// Unwrap makes errors.Is(err, ErrInvalid) true.
func (e *InvalidError) Unwrap() error { return ErrInvalid }

// problems collects field errors while an event is checked.
type problems struct{ list []*FieldError }

func (p *problems) add(field string, value any, why string) {
	p.list = append(p.list, &FieldError{field, value, why})
}

// required refuses an empty string.
func (p *problems) required(field, value string) {
	if value == "" {
		p.add(field, value, "must not be empty")
	}
}

// notNegative refuses a negative number (durations, counts, positions).
func (p *problems) notNegative(field string, v int64) {
	if v < 0 {
		p.add(field, v, "must not be negative")
	}
}

// within refuses a number outside [lo, hi] or NaN.
func (p *problems) within(field string, v, lo, hi float64) {
	if !(v >= lo && v <= hi) {
		p.add(field, v, fmt.Sprintf("must be from %g to %g", lo, hi))
	}
}

// oneOf refuses a value that is not listed.
func oneOf[T ~string](p *problems, field string, v T, list []T) {
	if !slices.Contains(list, v) {
		p.add(field, v, fmt.Sprintf("must be one of %v", list))
	}
}

// emptyOrOneOf refuses a value that is neither empty nor listed.
func emptyOrOneOf[T ~string](p *problems, field string, v T, list []T) {
	if v != "" {
		oneOf(p, field, v, list)
	}
}
