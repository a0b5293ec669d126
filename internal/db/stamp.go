package db

import (
	"context"
	"time"

	"github.com/agner-platform/agner/internal/db/value"
)

// The value types of rows, under the name of the package that callers know.
type (
	// Stamp is an instant in µs since 1970 UTC; in JSON RFC 3339, or null for 0.
	Stamp = value.Stamp
	// Window is one span of local clock time on one or more weekdays.
	Window = value.Window
	// Holiday is a date on which the opening hours differ.
	Holiday = value.Holiday
	// Hour is one span of local clock time of a holiday.
	Hour = value.Hour
	// FieldError names a field whose value a change may not have.
	FieldError = value.FieldError
)

// Always is the ValidFrom of a dated row that holds since ever.
const Always = value.Always

// StampOf converts a time, cutting to µs.
func StampOf(t time.Time) Stamp { return value.StampOf(t) }

// NewID draws an opaque id with a prefix that tells people what it names.
func NewID(prefix string) string { return value.NewID(prefix) }

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
