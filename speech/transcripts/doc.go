// Package transcripts takes calls in words: it stores what was said where it can be
// erased, publishes the facts, and keeps the search index at the journals' heels.
//
// A call comes whole ([Service.Add]); its numbers are masked already, and masked
// once more here, because nobody may bypass that. The texts are stored before the
// facts are published, so that whoever follows the facts finds them.
package transcripts

import (
	"errors"
	"fmt"
)

// ErrInput is a transcript that cannot be true.
var ErrInput = errors.New("transcript refused")

// FieldError names the field and value that were refused.
type FieldError struct{ Field, Value, Reason string }

// Error says what is wrong.
func (e *FieldError) Error() string { return fmt.Sprintf("%s = %q: %s", e.Field, e.Value, e.Reason) }

// Is makes every FieldError an ErrInput.
func (e *FieldError) Is(target error) bool { return target == ErrInput }

func wrong(field string, value any, reason string) error {
	return &FieldError{field, fmt.Sprint(value), reason}
}
