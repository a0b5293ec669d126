package db

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

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

// Actor is who makes a change: a user's id or the name of a command.
type Actor struct {
	Name      string
	Address   string
	RequestID string
}

type actorKey struct{}

// As returns a context whose changes are recorded as made by a.
func As(ctx context.Context, a Actor) context.Context {
	return context.WithValue(ctx, actorKey{}, a)
}

func actorOf(ctx context.Context) Actor {
	a, ok := ctx.Value(actorKey{}).(Actor)
	if !ok || a.Name == "" {
		a.Name = "system"
	}
	return a
}

var idEncoding = base32.NewEncoding("0123456789abcdefghijklmnopqrstuv").WithPadding(base32.NoPadding)

// NewID draws an opaque id of 104 random bits with a prefix that tells people what it names.
func NewID(prefix string) string {
	var b [13]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the program rather than return weak bytes
	return prefix + "_" + idEncoding.EncodeToString(b[:])
}
