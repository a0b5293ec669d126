// Package value holds the small types that set-up rows are made of, and the
// checks that put them in their normal form: instants, ids, names, windows of
// the week.
//
// Checks change what they are given only in ways nobody can mind (blanks around
// a name, the order of weekdays) and refuse the rest with a [FieldError] that
// names the field and the value.
package value

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// ErrInvalid is what every [FieldError] is.
var ErrInvalid = errors.New("invalid")

// FieldError names a field whose value a change may not have.
type FieldError struct {
	Field  string
	Value  any
	Reason string
}

// Wrong makes a FieldError.
func Wrong(field string, value any, reason string) *FieldError {
	return &FieldError{Field: field, Value: value, Reason: reason}
}

// Error says the field, the value and the reason.
func (e *FieldError) Error() string {
	return fmt.Sprintf("%s %q: %s", e.Field, fmt.Sprint(e.Value), e.Reason)
}

// Is makes every FieldError an ErrInvalid.
func (e *FieldError) Is(target error) bool { return target == ErrInvalid }

// Stamp is an instant in µs since 1970 UTC. In JSON it is RFC 3339 in UTC.
// Zero is "not set" – for ValidFrom "since ever" – and null in JSON.
type Stamp int64

// Always is the ValidFrom of a dated row that holds since ever.
const Always Stamp = 0

// StampOf converts a time, cutting to µs.
func StampOf(t time.Time) Stamp { return Stamp(t.UnixMicro()) }

// Time converts back, in UTC.
func (s Stamp) Time() time.Time { return time.UnixMicro(int64(s)).UTC() }

// MarshalJSON writes RFC 3339 or null.
func (s Stamp) MarshalJSON() ([]byte, error) {
	if s == 0 {
		return []byte("null"), nil
	}
	return json.Marshal(s.Time().Format("2006-01-02T15:04:05.999999Z07:00"))
}

// UnmarshalJSON reads RFC 3339, null, or whole µs.
func (s *Stamp) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*s = 0
		return nil
	}
	if n, err := strconv.ParseInt(string(b), 10, 64); err == nil {
		*s = Stamp(n)
		return nil
	}
	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		return fmt.Errorf("time %s: want RFC 3339", b)
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return fmt.Errorf("time %q: want RFC 3339: %w", text, err)
	}
	*s = StampOf(t)
	return nil
}

// idEncoding is base32hex in lower case: ids sort and read the same everywhere.
var idEncoding = base32.NewEncoding("0123456789abcdefghijklmnopqrstuv").WithPadding(base32.NoPadding)

// NewID draws an opaque id of 104 random bits with a prefix that tells people what it names.
func NewID(prefix string) string {
	var b [13]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the program rather than return weak bytes
	return prefix + "_" + idEncoding.EncodeToString(b[:])
}
