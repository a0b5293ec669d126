package speech

import (
	"context"
	"crypto/ed25519"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"syscall"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/agner-platform/agner/cmd/agner/node"
	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/httpapi"
	"github.com/agner-platform/agner/speech/live"
	"github.com/agner-platform/agner/speech/pipeline"
)

// politeness is how much the role and its recognisers leave to others: a call's packets
// come first, and pages second.
const politeness = 5

func calm(log *slog.Logger) {
	if err := syscall.Setpriority(syscall.PRIO_PROCESS, 0, politeness); err != nil {
		log.Warn("speech runs at the priority of the others", "error", err)
	}
}

// serve answers on the role's socket.
func (r *role) serve(ctx context.Context, c *pipeline.Coordinator, pools *pipeline.Pools, room *live.Room) error {
	key, err := r.inst.SigningKey()
	if err != nil {
		return err
	}
	verifier, err := httpapi.NewVerifier(key.Public().(ed25519.PublicKey), Node)
	if err != nil {
		return err
	}
	rt := httpapi.NewRouter(httpapi.Options{Authenticate: verifier.Authenticate, Auditor: r, Logger: r.inst.Log, TrustID: true})
	mount(rt, c, pools)
	mountLive(rt, room, watchers)
	socket, err := r.inst.Paths.RoleSocket(Node)
	if err != nil {
		return err
	}
	ln, err := node.ListenUnix(ctx, socket)
	if err != nil {
		return err
	}
	return httpapi.Serve(ctx, ln, rt, r.inst.Log)
}

// Audit implements httpapi.Auditor: without a fact on the disk there is no access.
func (r *role) Audit(ctx context.Context, e httpapi.AuditEntry) error {
	fact := event.New(time.Now().UnixMicro(), &event.AccessGranted{What: e.Action + " " + e.Path, By: e.User})
	fact.Source = Node
	_, err := r.journal.Append(ctx, fact)
	return err
}

// longList bounds how many jobs a page gets.
const longList = 500

var watchers = []string{httpapi.RoleAdmin, httpapi.RoleManager, httpapi.RoleSupervisor, httpapi.RoleQuality}

// mount adds the routes of the jobs.
func mount(rt *httpapi.Router, c *pipeline.Coordinator, pools *pipeline.Pools) {
	rt.HandleFunc(http.MethodGet, "/healthz", httpapi.Policy{Action: "health", Public: true}, func(w http.ResponseWriter, _ *http.Request) error {
		return httpapi.WriteJSON(w, http.StatusOK, map[string]any{"status": "ok", "jobs": len(c.Jobs()), "deaths": pools.Deaths()})
	})
	rt.HandleFunc(http.MethodGet, "/api/v1/speech/jobs", httpapi.Policy{Action: "speech.jobs", Roles: watchers}, func(w http.ResponseWriter, r *http.Request) error {
		s := httpapi.IdentityFrom(r.Context()).Scopes
		list := slices.DeleteFunc(c.Jobs(), func(j pipeline.Job) bool { return !s.Queue(j.Queue) })
		return httpapi.WriteJSON(w, http.StatusOK, map[string]any{"jobs": views(list[:min(len(list), longList)]), "total": len(list), "deaths": pools.Deaths()})
	})
	first := httpapi.Policy{Action: "speech.first", Roles: watchers[:3], Sensitive: true}
	rt.HandleFunc(http.MethodPost, "/api/v1/speech/jobs/{id}/first", first, func(w http.ResponseWriter, r *http.Request) error {
		id, s := chi.URLParam(r, "id"), httpapi.IdentityFrom(r.Context()).Scopes
		if !slices.ContainsFunc(c.Jobs(), func(j pipeline.Job) bool { return j.ID == id && s.Queue(j.Queue) }) {
			return httpapi.NotFound.New("no such job")
		}
		if found, err := c.First(id); err != nil || !found {
			return errors.Join(err, httpapi.NotFound.New("no such job"))
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	})
}

func views(list []pipeline.Job) []jobView {
	out := make([]jobView, len(list))
	for i, j := range list {
		out[i] = jobView{j.ID, j.Interaction, j.Queue, j.Seconds, j.Since, "waiting", j.First, j.Progress, j.Tries, j.Problem}
		switch {
		case j.Running:
			out[i].State = "running"
		case j.Tries > 0:
			out[i].State = "retry"
		}
	}
	return out
}
