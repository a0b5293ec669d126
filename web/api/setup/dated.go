package setup

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/httpapi"
	"github.com/agner-platform/agner/web/api/rest"
)

// datedArea is one kind of effective-dated row: T as stored, P as the contract lets callers put it.
type datedArea[T, P any] struct {
	path        string // below Prefix
	action      string
	repo        db.Dated[T]
	read, write []string
	owner       string   // key column that the path's id fills; empty: none
	keys        []string // key columns that a removal names in its query
	// allowed refuses a caller who may not reach the owner, or the row's own references.
	allowed func(*http.Request) error
	within  func(*httpapi.Identity, *T) bool
	// initial is what the fields hold that a caller leaves out; nil: nothing.
	initial func(context.Context) (T, error)
}

func (a *API) mountDated(rt *httpapi.Router) {
	mountDated(rt, datedArea[db.QueueTarget, TargetPut]{path: "/setup/queues/{id}/targets", action: "setup.targets", repo: a.store.Targets(),
		read: everyone, write: planning, owner: "queue_id", allowed: a.mayReachQueue, within: anywhere[db.QueueTarget], initial: a.usualTarget})
	mountDated(rt, datedArea[db.AgentTerms, TermsPut]{path: "/setup/agents/{id}/terms", action: "setup.terms", repo: a.store.Terms(),
		read: planning, write: managing, owner: "agent_id", allowed: a.mayReachAgent,
		within: func(id *httpapi.Identity, t *db.AgentTerms) bool { return id.Scopes.Team(t.TeamID) }})
	mountDated(rt, datedArea[db.AgentSkill, SkillLevelPut]{path: "/setup/agents/{id}/skills", action: "setup.skill_levels", repo: a.store.SkillLevels(),
		read: staff, write: leading, owner: "agent_id", keys: []string{"skill_id"}, allowed: a.mayReachAgent, within: anywhere[db.AgentSkill]})
	mountDated(rt, datedArea[db.StreamRule, StreamRulePut]{path: "/setup/stream-rules", action: "setup.stream_rules", repo: a.store.StreamRules(),
		read: planning, write: planning, keys: []string{"queue_id", "number", "reason"}, allowed: func(*http.Request) error { return nil },
		within: func(id *httpapi.Identity, v *db.StreamRule) bool { return id.Scopes.Queue(v.QueueID) }})
}

// usualTarget is the target of a queue that has none of its own: what a caller
// leaves out of a new one stays as it was.
func (a *API) usualTarget(ctx context.Context) (db.QueueTarget, error) {
	v, err := a.store.Values(ctx)
	if err != nil {
		return db.QueueTarget{}, err
	}
	return db.QueueTarget{Share: v.Share, Within: v.Within.Microseconds(), Short: v.Short.Microseconds()}, nil
}

func mountDated[T, P any](rt *httpapi.Router, a datedArea[T, P]) {
	read := httpapi.Policy{Action: a.action + ".read", Roles: a.read}
	write := httpapi.Policy{Action: a.action + ".write", Roles: a.write}
	rt.Handle("GET", Prefix+a.path, read, rest.Handler(a.list))
	rt.Handle("PUT", Prefix+a.path, write, rest.Handler(a.put))
	rt.Handle("DELETE", Prefix+a.path, write, rest.Handler(a.remove))
}

func (a *API) mayReachQueue(r *http.Request) error {
	q, err := a.store.Queues().Get(r.Context(), pathID(r))
	if err != nil {
		return err
	}
	if !queueInScope(httpapi.IdentityFrom(r.Context()), &q) {
		return httpapi.OutOfScope.New("")
	}
	return nil
}

func (a *API) mayReachAgent(r *http.Request) error {
	agent, err := a.store.Agents().Get(r.Context(), pathID(r))
	if err != nil {
		return err
	}
	visible, err := a.agentsInScope(r.Context(), httpapi.IdentityFrom(r.Context()))
	if err != nil {
		return err
	}
	if !visible(&agent) {
		return httpapi.OutOfScope.New("")
	}
	return nil
}

func (a *datedArea[T, P]) list(w http.ResponseWriter, r *http.Request) error {
	if err := httpapi.NewQuery(r).Err(); err != nil {
		return err
	}
	if err := a.allowed(r); err != nil {
		return err
	}
	var filters []db.Filter
	if a.owner != "" {
		filters = append(filters, db.Where(a.owner, pathID(r)))
	}
	rows, err := a.repo.History(r.Context(), filters...)
	if err != nil {
		return err
	}
	id, seen := httpapi.IdentityFrom(r.Context()), []T{}
	for i := range rows {
		if a.within(id, &rows[i]) {
			seen = append(seen, rows[i])
		}
	}
	return httpapi.WriteJSON(w, http.StatusOK, page[T]{Rows: seen})
}

func (a *datedArea[T, P]) put(w http.ResponseWriter, r *http.Request) error {
	var in P
	if err := httpapi.ReadJSON(r, &in); err != nil {
		return err
	}
	var row T
	if a.initial != nil {
		var err error
		if row, err = a.initial(r.Context()); err != nil {
			return err
		}
	}
	if err := rest.Merge(&row, in); err != nil {
		return err
	}
	if err := a.own(r, &row); err != nil {
		return err
	}
	row, err := a.repo.Put(actor(r), row)
	if err != nil {
		return err
	}
	return httpapi.WriteJSON(w, http.StatusOK, row)
}

// own fills in the owner that the path names and refuses what the caller may not reach.
func (a *datedArea[T, P]) own(r *http.Request, row *T) error {
	if err := a.allowed(r); err != nil {
		return err
	}
	if a.owner != "" {
		if err := rest.Merge(row, map[string]string{a.owner: pathID(r)}); err != nil {
			return err
		}
	}
	if !a.within(httpapi.IdentityFrom(r.Context()), row) {
		return httpapi.OutOfScope.New("")
	}
	return nil
}

func (a *datedArea[T, P]) remove(w http.ResponseWriter, r *http.Request) error {
	version, err := httpapi.IfMatch(r)
	if err != nil {
		return err
	}
	q := httpapi.NewQuery(r)
	key := map[string]any{"version": version}
	from := q.Text("valid_from", "")
	for _, k := range a.keys {
		key[k] = q.Text(k, "")
	}
	if err := q.Err(); err != nil {
		return err
	}
	if key["valid_from"], err = validFrom(from); err != nil {
		return err
	}
	var row T
	if err := rest.Merge(&row, key); err != nil {
		return err
	}
	if err := a.own(r, &row); err != nil {
		return err
	}
	if err := a.repo.Remove(actor(r), row); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// validFrom reads the instant from which a row holds; "always" is since ever.
func validFrom(text string) (db.Stamp, error) {
	if text == "always" {
		return db.Always, nil
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return 0, httpapi.BadParameter.Field("valid_from", text, "want RFC 3339, or always").Because(errors.Unwrap(err))
	}
	return db.StampOf(t), nil
}
