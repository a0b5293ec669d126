package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/agner-platform/agner/internal/db"
	stored "github.com/agner-platform/agner/internal/db/quality"
	"github.com/agner-platform/agner/internal/httpapi"
	"github.com/agner-platform/agner/speech/quality"
	"github.com/agner-platform/agner/speech/search"
	"github.com/agner-platform/agner/speech/transcripts"
)

// Prefix is where the routes begin.
const Prefix = "/api/v1"

// ErrNoSound is a recording that is not there or was erased.
var ErrNoSound = errors.New("no recording")

// ErrSealed is a recording that nobody hears before numbers in it are silenced.
var ErrSealed = errors.New("the recording waits for its redaction")

// Sound opens recordings as WAV, the customer left and the agent right.
type Sound interface {
	Open(id string) (io.ReadSeekCloser, error)
}

// Deps are what the handlers work with.
type Deps struct {
	Transcripts *transcripts.Service
	Index       *search.Index
	Sound       Sound
	Quality     *stored.Store
	Journal     transcripts.Journal
}

// API are the handlers.
type API struct{ d Deps }

// New makes the handlers.
func New(d Deps) *API { return &API{d} }

var (
	readers  = []string{httpapi.RoleAdmin, httpapi.RoleManager, httpapi.RoleSupervisor, httpapi.RoleQuality}
	scorers  = []string{httpapi.RoleAdmin, httpapi.RoleManager, httpapi.RoleQuality}
	affected = append([]string{httpapi.RoleAgent}, readers...) // agents see reviews of their own
)

const (
	maxCall    = 32 << 20 // bytes: 20,000 turns
	maxReview  = 1 << 20
	searchTime = time.Minute
)

// Mount adds the routes; the router needs an auditor.
func (a *API) Mount(rt *httpapi.Router) {
	heard := func(action string, roles []string) httpapi.Policy {
		return httpapi.Policy{Action: action, Roles: roles, Grant: httpapi.GrantRecordings, Sensitive: true, Timeout: searchTime}
	}
	add := heard("transcripts.add", []string{httpapi.RoleAdmin})
	add.MaxBody = maxCall
	play := heard("transcripts.play", readers)
	play.Timeout = httpapi.Unlimited
	review := heard("reviews.write", scorers)
	review.MaxBody = maxReview
	for _, r := range []struct {
		method, path string
		policy       httpapi.Policy
		handle       func(http.ResponseWriter, *http.Request) error
	}{
		{http.MethodGet, "/transcripts", heard("transcripts.search", readers), a.search},
		{http.MethodPost, "/transcripts", add, a.add},
		{http.MethodGet, "/transcripts/{interaction}", heard("transcripts.read", readers), a.read},
		{http.MethodGet, "/transcripts/{interaction}/audio", play, a.audio},
		{http.MethodGet, "/transcripts/{interaction}/peaks", heard("transcripts.peaks", readers), a.peaks},
		{http.MethodGet, "/transcripts/{interaction}/proposal", heard("transcripts.proposal", readers), a.proposal},
		{http.MethodPost, "/transcripts/{interaction}/reviews", review, a.review},
		{http.MethodGet, "/reviews", httpapi.Policy{Action: "reviews.read", Roles: affected}, a.reviews},
		{http.MethodPut, "/reviews/{id}", httpapi.Policy{Action: "reviews.change", Roles: affected, Sensitive: true}, a.changeReview},
		{http.MethodGet, "/scorecards", httpapi.Policy{Action: "scorecards.read", Roles: affected}, a.cards},
		{http.MethodPost, "/scorecards", httpapi.Policy{Action: "scorecards.write", Roles: scorers, Sensitive: true}, a.addCard},
		{http.MethodPut, "/scorecards/{id}", httpapi.Policy{Action: "scorecards.write", Roles: scorers, Sensitive: true}, a.changeCard},
		{http.MethodDelete, "/scorecards/{id}", httpapi.Policy{Action: "scorecards.write", Roles: scorers, Sensitive: true}, a.retireCard},
	} {
		rt.HandleFunc(r.method, Prefix+r.path, r.policy, func(w http.ResponseWriter, q *http.Request) error { return problem(r.handle(w, q)) })
	}
}

// problem turns the rooms' errors into problem documents.
func problem(err error) error {
	var field *transcripts.FieldError
	var column *db.FieldError
	switch {
	case errors.As(err, &field):
		return httpapi.InvalidField.Field(field.Field, field.Value, field.Reason)
	case errors.As(err, &column):
		return httpapi.InvalidField.Field(column.Field, column.Value, column.Reason)
	case errors.Is(err, search.ErrQuery):
		return httpapi.BadParameter.Field("q", "", err.Error())
	case errors.Is(err, search.ErrNone):
		return httpapi.NotFound.New("no transcript of this call")
	case errors.Is(err, ErrSealed):
		return httpapi.Conflict.New("this recording waits for its redaction; nobody hears it before")
	case errors.Is(err, ErrNoSound):
		return httpapi.NotFound.New("no recording of this call")
	case errors.Is(err, db.ErrNotFound):
		return httpapi.NotFound.New("")
	case errors.Is(err, db.ErrConflict):
		return httpapi.Stale.New("")
	case errors.Is(err, quality.ErrCard):
		return httpapi.InvalidField.Field("card", "", err.Error())
	case errors.Is(err, quality.ErrAnswer):
		return httpapi.InvalidField.Field("answers", "", err.Error())
	}
	return err
}

// actor is the request's context with its caller as the actor of changes.
func actor(r *http.Request) context.Context {
	id := httpapi.IdentityFrom(r.Context())
	return db.As(r.Context(), db.Actor{Name: id.User, Address: httpapi.RemoteHost(r), RequestID: httpapi.RequestID(r.Context())})
}

func param(r *http.Request, name string) string {
	v := chi.URLParam(r, name)
	if plain, err := url.PathUnescape(v); err == nil {
		return plain
	}
	return v
}

// call returns the turns of the request's call, if its caller may see it.
func (a *API) call(r *http.Request) ([]search.Turn, error) {
	turns, err := a.d.Index.Call(r.Context(), param(r, "interaction"))
	if err != nil {
		return nil, err
	}
	s := httpapi.IdentityFrom(r.Context()).Scopes
	if !s.Site(turns[0].Site) || !s.Queue(turns[0].Queue) {
		return nil, search.ErrNone
	}
	return turns, nil
}
