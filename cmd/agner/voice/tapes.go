package voice

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/agner-platform/agner/cmd/agner/node"
	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/httpapi"
	"github.com/agner-platform/agner/telephony/recording"
)

// TapeSocket is where the speech role gets recordings to hear and says what is to be
// silenced in them. Only the owner of the data directory can open it, and the public
// door does not know its paths: nobody listens to an original through it.
const TapeSocket = "tape"

// serveTapes answers on that socket until the context ends.
func (s *sw) serveTapes(ctx context.Context) error {
	path, err := s.inst.Paths.RoleSocket(TapeSocket)
	if err != nil {
		return err
	}
	ln, err := node.ListenUnix(ctx, path)
	if err != nil {
		return err
	}
	job := &httpapi.Identity{User: "speech", Name: "speech", Roles: []string{httpapi.RoleAdmin}, Grants: []string{httpapi.GrantRecordings}}
	rt := httpapi.NewRouter(httpapi.Options{
		Authenticate: func(*http.Request) (*httpapi.Identity, error) { return job, nil }, Auditor: auditor{s}, Logger: s.inst.Log,
	})
	mountTapes(rt, s.recordings)
	policy := httpapi.Policy{Action: "tapes.live", Roles: []string{httpapi.RoleAdmin}, Sensitive: true, Timeout: httpapi.Unlimited}
	rt.HandleFunc(http.MethodGet, "/api/v1/tapes/live", policy, s.tap.serve)
	return httpapi.Serve(ctx, ln, rt, s.inst.Log)
}

// mountTapes adds the routes.
func mountTapes(rt *httpapi.Router, store *recording.Store) {
	policy := httpapi.Policy{Action: "tapes.read", Roles: []string{httpapi.RoleAdmin}}
	id := func(r *http.Request) string { return chi.URLParam(r, "id") }
	rt.HandleFunc(http.MethodGet, "/api/v1/tapes/{id}", policy, func(w http.ResponseWriter, r *http.Request) error {
		m, err := store.Meta(id(r))
		if err != nil {
			return tapeProblem(err)
		}
		return httpapi.WriteJSON(w, http.StatusOK, m)
	})
	policy.Action, policy.Sensitive, policy.Timeout = "tapes.hear", true, httpapi.Unlimited
	rt.HandleFunc(http.MethodGet, "/api/v1/tapes/{id}/original", policy, func(w http.ResponseWriter, r *http.Request) error {
		m, err := store.Meta(id(r))
		if err == nil && !m.Finished {
			err = recording.ErrState
		}
		if err != nil {
			return tapeProblem(err)
		}
		a, err := store.Original(m.ID)
		if err != nil {
			return tapeProblem(err)
		}
		defer a.Close()
		w.Header().Set("Content-Type", "audio/wav")
		http.ServeContent(w, r, "", time.Time{}, a)
		return nil
	})
	policy.Action = "tapes.redact"
	policy.MaxBody = 8 << 20
	rt.HandleFunc(http.MethodPost, "/api/v1/tapes/{id}/redact", policy, func(w http.ResponseWriter, r *http.Request) error {
		var in struct {
			Spans []event.Span `json:"spans"`
		}
		if err := httpapi.ReadJSON(r, &in); err != nil {
			return err
		}
		if _, err := store.Redact(id(r), in.Spans); err != nil {
			return tapeProblem(err)
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	})
}

func tapeProblem(err error) error {
	switch {
	case errors.Is(err, recording.ErrNone), errors.Is(err, recording.ErrErased):
		return httpapi.NotFound.New(err.Error())
	case errors.Is(err, recording.ErrHeld), errors.Is(err, recording.ErrState):
		return httpapi.Conflict.New(err.Error())
	}
	return err
}
