// Package api is the HTTP face of telephony/recording, for the switch role: list,
// play with range requests, legal hold, erase. Its contract is openapi.yaml.
//
// Sound needs the grant for recordings on top of a role, and an audit line before
// the first byte ([Audit] writes it as the fact access.granted); what lies outside
// of the caller's sites and queues is not there.
package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/httpapi"
	"github.com/agner-platform/agner/telephony/recording"
)

// Prefix is where the routes begin.
const Prefix = "/api/v1/recordings"

// API are the handlers.
type API struct{ store *recording.Store }

// New makes the handlers.
func New(store *recording.Store) *API { return &API{store} }

var (
	readers = []string{httpapi.RoleAdmin, httpapi.RoleManager, httpapi.RoleSupervisor, httpapi.RoleQuality}
	keepers = []string{httpapi.RoleAdmin, httpapi.RoleManager}
)

// Mount adds the routes; the router needs an auditor.
func (a *API) Mount(rt *httpapi.Router) {
	for _, r := range []struct {
		method, path string
		policy       httpapi.Policy
		handle       func(http.ResponseWriter, *http.Request) error
	}{
		{http.MethodGet, "", httpapi.Policy{Action: "recordings.list", Roles: readers}, a.list},
		{http.MethodGet, "/{id}", httpapi.Policy{Action: "recordings.read", Roles: readers}, a.read},
		{http.MethodGet, "/{id}/audio", httpapi.Policy{
			Action: "recordings.play", Roles: readers, Grant: httpapi.GrantRecordings, Sensitive: true, Timeout: httpapi.Unlimited,
		}, a.play},
		{http.MethodPut, "/{id}/hold", httpapi.Policy{Action: "recordings.hold", Roles: keepers, Sensitive: true}, a.hold},
		{http.MethodDelete, "/{id}", httpapi.Policy{Action: "recordings.erase", Roles: keepers, Grant: httpapi.GrantRecordings, Sensitive: true}, a.erase},
	} {
		rt.HandleFunc(r.method, Prefix+r.path, r.policy, func(w http.ResponseWriter, q *http.Request) error { return problem(r.handle(w, q)) })
	}
}

// problem turns the room's errors into problem documents.
func problem(err error) error {
	switch {
	case errors.Is(err, recording.ErrNone):
		return httpapi.NotFound.New("no such recording")
	case errors.Is(err, recording.ErrErased):
		return httpapi.NotFound.New("this recording was erased")
	case errors.Is(err, recording.ErrPending):
		return httpapi.Conflict.New("this recording waits for its redaction; nobody hears it before")
	case errors.Is(err, recording.ErrHeld):
		return httpapi.Conflict.New("this recording is under legal hold")
	case errors.Is(err, recording.ErrState):
		return httpapi.Conflict.New("this recording is not finished")
	}
	return err
}

// seen reports whether the caller may see a recording.
func seen(ctx context.Context, m recording.Meta) bool {
	id := httpapi.IdentityFrom(ctx)
	return id != nil && id.Scopes.Site(m.Site) && id.Scopes.Queue(m.Queue)
}

// find returns the recording of a request.
func (a *API) find(r *http.Request) (recording.Meta, error) {
	m, err := a.store.Meta(chi.URLParam(r, "id"))
	if err == nil && !seen(r.Context(), m) {
		return recording.Meta{}, recording.ErrNone
	}
	return m, err
}

const (
	maxList  = 1000
	longList = 62 * 24 * time.Hour // two months of folders are read at most
)

func (a *API) list(w http.ResponseWriter, r *http.Request) error {
	q := httpapi.NewQuery(r)
	from, to := q.Text("from", ""), q.Text("to", "")
	queue, agent, party, interaction := q.Text("queue", ""), q.Text("agent", ""), q.Text("party", ""), q.Text("interaction", "")
	kind := q.Enum("kind", "", recording.Conversation, recording.Message)
	limit := q.Int("limit", 100, 1, maxList)
	if err := q.Err(); err != nil {
		return err
	}
	since, err := instant("from", from, time.Now().Add(-24*time.Hour))
	if err != nil {
		return err
	}
	until, err := instant("to", to, time.Now().Add(time.Minute))
	if err != nil {
		return err
	}
	if until.Before(since) || until.Sub(since) > longList {
		return httpapi.BadParameter.Field("to", to, "must be after from, by 62 days at most")
	}
	list, err := a.store.List(since, until, func(m recording.Meta) bool {
		return seen(r.Context(), m) && (queue == "" || m.Queue == queue) && (agent == "" || m.Agent == agent) && (party == "" || m.Party == party) &&
			(interaction == "" || m.Interaction == interaction) && (kind == "" || m.Kind == kind)
	})
	if err != nil {
		return err
	}
	more := len(list) > limit
	if more { // the newest are wanted first
		list = list[len(list)-limit:]
	}
	return httpapi.WriteJSON(w, http.StatusOK, map[string]any{"recordings": list, "more": more})
}

func instant(field, text string, otherwise time.Time) (time.Time, error) {
	if text == "" {
		return otherwise, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, httpapi.BadParameter.Field(field, text, "must be an RFC 3339 time")
	}
	return t, nil
}

func (a *API) read(w http.ResponseWriter, r *http.Request) error {
	m, err := a.find(r)
	if err != nil {
		return err
	}
	return httpapi.WriteJSON(w, http.StatusOK, m)
}

func (a *API) play(w http.ResponseWriter, r *http.Request) error {
	m, err := a.find(r)
	if err != nil {
		return err
	}
	audio, err := a.store.Audio(m.ID)
	if err != nil {
		return err
	}
	defer audio.Close()
	w.Header().Set("Content-Type", "audio/wav")
	w.Header().Set("Cache-Control", "private, no-store") // a cache would outlive an erasure
	w.Header().Set("Content-Disposition", fmt.Sprintf("inline; filename=%q", m.ID+".wav"))
	if m.Finished {
		w.Header().Set("ETag", `"`+m.SHA256+`"`)
	}
	http.ServeContent(w, r, "", time.Time{}, audio)
	return nil
}

func (a *API) hold(w http.ResponseWriter, r *http.Request) error {
	var body struct {
		Hold *bool `json:"hold"`
	}
	if err := httpapi.ReadJSON(r, &body); err != nil {
		return err
	}
	if body.Hold == nil {
		return httpapi.InvalidField.Field("hold", nil, "must be given")
	}
	m, err := a.find(r)
	if err == nil {
		err = a.store.Hold(m.ID, *body.Hold, httpapi.IdentityFrom(r.Context()).User)
	}
	if err != nil {
		return err
	}
	return a.read(w, r)
}

func (a *API) erase(w http.ResponseWriter, r *http.Request) error {
	m, err := a.find(r)
	if err == nil {
		err = a.store.Erase(m.ID, "request")
	}
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// audit publishes accesses as facts.
type audit struct{ publish func([]event.Event) error }

// Audit returns an auditor for a role without a database: it publishes each access
// as access.granted, and an access that cannot be published does not happen.
func Audit(publish func([]event.Event) error) httpapi.Auditor { return audit{publish} }

// Audit implements httpapi.Auditor.
func (a audit) Audit(_ context.Context, e httpapi.AuditEntry) error {
	return a.publish([]event.Event{event.New(time.Now().UnixMicro(), &event.AccessGranted{What: e.Action + " " + e.Path, By: e.User})})
}
