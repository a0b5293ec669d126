// Package setup is the REST area in which an administrator arranges the instance – sites, queues with their targets,
// teams, agents with their terms and skills, codes, users, roles, settings, phones, trunks, numbers, menus and how queues
// are routed – and reads the audit. openapi.yaml beside it is the contract; api.gen.go is made from it. What a menu, a
// phone's password or a condition on skills must look like is the switch's to say: see [Telephony].
//
// # Guarantees
//
//   - A change names the version it was made from (If-Match); without it 428, with an old one 412.
//   - An unusable value is answered with 422 and its field and value in params; a field that is unknown or fixed is
//     refused by name rather than ignored.
//   - Rows outside the caller's sites, queues and teams are neither listed nor changed, and no change moves a row out of
//     the caller's reach or into it.
//   - Every change is in the audit in the same transaction (package db); passwords are not, not even as digests.
//   - What inbound numbers lead to cannot be retired.
package setup

//go:generate oapi-codegen -config oapi.yaml -o api.gen.go openapi.yaml

import (
	"context"
	"net/http"
	"time"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/httpapi"
)

// Prefix is where the area is served.
const Prefix = "/api/v1"

// Passwords gives a user a one-time password and ends the user's sessions.
type Passwords interface {
	ResetPassword(ctx context.Context, userID string) (string, error)
}

// API serves the area.
type API struct {
	store     *db.Store
	passwords Passwords
	switching Telephony
	cursors   httpapi.Cursors
}

// New makes the area over an open store. The key signs paging cursors. Without telephony (nil) menus and phones cannot be
// changed.
func New(store *db.Store, passwords Passwords, key []byte, t Telephony) *API {
	return &API{store: store, passwords: passwords, switching: t, cursors: httpapi.NewCursors(key)}
}

// Who may read and change what. Names of queues and teams are needed by everyone who reads reports; wages are not.
var (
	everyone  = []string{httpapi.RoleAdmin, httpapi.RoleManager, httpapi.RolePlanner, httpapi.RoleSupervisor, httpapi.RoleQuality, httpapi.RoleViewer, httpapi.RoleAgent}
	staff     = []string{httpapi.RoleAdmin, httpapi.RoleManager, httpapi.RolePlanner, httpapi.RoleSupervisor, httpapi.RoleQuality}
	planning  = []string{httpapi.RoleAdmin, httpapi.RoleManager, httpapi.RolePlanner}
	leading   = []string{httpapi.RoleAdmin, httpapi.RoleManager, httpapi.RolePlanner, httpapi.RoleSupervisor}
	managing  = []string{httpapi.RoleAdmin, httpapi.RoleManager}
	adminOnly = []string{httpapi.RoleAdmin}
)

// Mount adds every route of the area.
func (a *API) Mount(rt *httpapi.Router) {
	s := a.store
	mount(rt, a, area[db.Site, SiteCreate, SiteChange]{name: "sites", repo: s.Sites(), read: everyone, write: adminOnly,
		scope: func(id *httpapi.Identity, v *db.Site) bool { return id.Scopes.Site(v.ID) }})
	mount(rt, a, area[db.Group, GroupCreate, GroupChange]{name: "groups", repo: s.Groups(), read: everyone, write: managing, filters: []string{"site_id"},
		scope: func(id *httpapi.Identity, v *db.Group) bool { return siteOrNone(id, v.SiteID) }})
	mount(rt, a, area[db.Stream, StreamCreate, StreamChange]{name: "streams", repo: s.Streams(), read: everyone, write: planning, filters: []string{"channel"},
		scope: anywhere[db.Stream]})
	mount(rt, a, area[db.Queue, QueueCreate, QueueChange]{name: "queues", repo: s.Queues(), read: everyone, write: managing,
		filters: []string{"site_id", "group_id", "stream_id", "channel"}, scope: queueInScope,
		free: func(ctx context.Context, q *db.Queue) error { return a.unused(ctx, "queue_id", q.ID) }})
	mount(rt, a, area[db.Team, TeamCreate, TeamChange]{name: "teams", repo: s.Teams(), read: everyone, write: managing, filters: []string{"site_id"},
		scope: func(id *httpapi.Identity, v *db.Team) bool { return siteOrNone(id, v.SiteID) && id.Scopes.Team(v.ID) }})
	mount(rt, a, area[db.Agent, AgentCreate, AgentChange]{name: "agents", repo: s.Agents(), read: staff, write: managing,
		scope: anywhere[db.Agent], visible: a.agentsInScope})
	mount(rt, a, area[db.Skill, SkillCreate, SkillChange]{name: "skills", repo: s.Skills(), read: everyone, write: planning, scope: anywhere[db.Skill]})
	mount(rt, a, area[db.Activity, ActivityCreate, ActivityChange]{name: "activities", repo: s.Activities(), read: everyone, write: planning, scope: anywhere[db.Activity]})
	mount(rt, a, area[db.Code, CodeCreate, CodeChange]{name: "codes", repo: s.Codes(), read: everyone, write: managing, filters: []string{"queue_id"},
		scope: func(id *httpapi.Identity, v *db.Code) bool { return v.QueueID == "" || id.Scopes.Queue(v.QueueID) }})
	mount(rt, a, area[db.User, UserCreate, UserChange]{name: "users", repo: s.Users(), read: adminOnly, write: adminOnly, scope: anywhere[db.User]})
	mount(rt, a, area[db.Grant, RoleCreate, RoleChange]{name: "roles", repo: s.Grants(), read: adminOnly, write: adminOnly,
		filters: []string{"user_id", "role"}, scope: anywhere[db.Grant]})
	a.mountTelephony(rt)
	a.mountDated(rt)
	a.mountSettings(rt)
	a.mountAudit(rt)
	rt.HandleFunc("POST", Prefix+"/setup/users/{id}/password",
		httpapi.Policy{Action: "setup.users.reset_password", Roles: adminOnly, Sensitive: true}, a.resetPassword)
}

func anywhere[T any](*httpapi.Identity, *T) bool { return true }

// siteOrNone lets what belongs to no site be seen by all, and changed only by those whose sites are not limited.
func siteOrNone(id *httpapi.Identity, site string) bool { return site == "" || id.Scopes.Site(site) }

func queueInScope(id *httpapi.Identity, v *db.Queue) bool {
	return id.Scopes.Site(v.SiteID) && id.Scopes.Queue(v.ID)
}

// agentsInScope keeps the agents whose team of today the caller may see.
func (a *API) agentsInScope(ctx context.Context, id *httpapi.Identity) (func(*db.Agent) bool, error) {
	if len(id.Scopes.Teams) == 0 {
		return func(*db.Agent) bool { return true }, nil
	}
	terms, err := a.store.Terms().AsOf(ctx, db.StampOf(time.Now()))
	if err != nil {
		return nil, err
	}
	team := make(map[string]string, len(terms))
	for _, t := range terms {
		team[t.AgentID] = t.TeamID
	}
	return func(v *db.Agent) bool { return id.Scopes.Team(team[v.ID]) }, nil
}

func (a *API) resetPassword(w http.ResponseWriter, r *http.Request) error {
	user, err := a.store.Users().Get(r.Context(), pathID(r))
	if err != nil {
		return notFound(err)
	}
	password, err := a.passwords.ResetPassword(actor(r), user.ID)
	if err != nil {
		return notFound(err)
	}
	return httpapi.WriteJSON(w, http.StatusOK, OneTimePassword{Password: password})
}
