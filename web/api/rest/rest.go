// Package rest is what the REST areas of role web share: the caller as the database's actor, the database's errors as
// problem documents, and changes read from JSON onto stored rows.
package rest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/httpapi"
)

// The problems of stored rows.
var (
	Exists    = httpapi.Define("setup.exists", http.StatusConflict, "Something of this name exists already")
	Reference = httpapi.Define("setup.reference", http.StatusUnprocessableEntity, "A reference names something that does not exist")
	LastAdmin = httpapi.Define("setup.last_admin", http.StatusConflict, "Somebody must remain administrator")
	Busy      = httpapi.Define("setup.busy", http.StatusServiceUnavailable, "The database is busy; try again")
	DiskFull  = httpapi.Define("setup.disk_full", http.StatusInsufficientStorage, "The disk is full; nothing was changed")
)

// Actor gives the request's context with its caller as the actor of changes.
func Actor(r *http.Request) context.Context {
	a := db.Actor{Address: httpapi.RemoteHost(r), RequestID: httpapi.RequestID(r.Context())}
	if id := httpapi.IdentityFrom(r.Context()); id != nil {
		a.Name = id.User
	}
	return db.As(r.Context(), a)
}

// Error gives an error of the database as the problem it is for the caller; others pass.
func Error(err error) error {
	var field *db.FieldError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &field):
		return httpapi.InvalidField.Field(field.Field, field.Value, field.Reason).Because(err)
	case errors.Is(err, db.ErrNotFound):
		return httpapi.NotFound.New("").Because(err)
	case errors.Is(err, db.ErrConflict):
		return httpapi.Stale.New("").Because(err)
	case errors.Is(err, db.ErrExists):
		return Exists.New("").Because(err)
	case errors.Is(err, db.ErrReference):
		return Reference.New("").Because(err)
	case errors.Is(err, db.ErrLastAdmin):
		return LastAdmin.New("").Because(err)
	case errors.Is(err, db.ErrBusy):
		return Busy.New("").Because(err)
	case errors.Is(err, db.ErrFull):
		return DiskFull.New("").Because(err)
	}
	return err
}

// Handler turns a handler that answers with the database's errors into one that answers with problems.
func Handler(h func(http.ResponseWriter, *http.Request) error) http.Handler {
	return httpapi.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error { return Error(h(w, r)) })
}

// Merge lays the fields of change that are present over row; both spell their fields alike in JSON.
func Merge(row, change any) error {
	text, err := json.Marshal(change)
	if err != nil {
		return fmt.Errorf("encode change: %w", err)
	}
	if err := json.Unmarshal(text, row); err != nil {
		return httpapi.BadRequest.New("").Because(err)
	}
	return nil
}
