package httpapi

import (
	"context"
	"slices"
)

// The roles a user can hold.
const (
	RoleAdmin      = "admin"
	RolePlanner    = "planner"
	RoleManager    = "manager"
	RoleSupervisor = "supervisor"
	RoleQuality    = "quality"
	RoleAgent      = "agent"
	RoleViewer     = "viewer"
)

// GrantRecordings is the separate permission to hear recordings and read transcripts; no role implies it.
const GrantRecordings = "recordings"

// AllRoles lists every role, the most powerful first.
func AllRoles() []string {
	return []string{RoleAdmin, RolePlanner, RoleManager, RoleSupervisor, RoleQuality, RoleAgent, RoleViewer}
}

// Scopes bound what an identity may see. An empty list leaves that dimension unbounded.
type Scopes struct {
	Sites  []string `json:"sites,omitempty"`
	Queues []string `json:"queues,omitempty"`
	Teams  []string `json:"teams,omitempty"`
}

// Site, Queue and Team report whether the id lies inside the scope of its own dimension.
func (s Scopes) Site(id string) bool { return within(s.Sites, id) }

// Queue reports whether the queue lies inside the scope.
func (s Scopes) Queue(id string) bool { return within(s.Queues, id) }

// Team reports whether the team lies inside the scope.
func (s Scopes) Team(id string) bool { return within(s.Teams, id) }

// Unbounded reports whether the scopes exclude nothing.
func (s Scopes) Unbounded() bool { return len(s.Sites)+len(s.Queues)+len(s.Teams) == 0 }

// Within reports whether s excludes everything that outer excludes, so that nobody hands out more than they hold.
func (s Scopes) Within(outer Scopes) bool {
	return subset(s.Sites, outer.Sites) && subset(s.Queues, outer.Queues) && subset(s.Teams, outer.Teams)
}

func within(list []string, id string) bool { return len(list) == 0 || slices.Contains(list, id) }

func subset(inner, outer []string) bool {
	if len(outer) == 0 {
		return true
	}
	if len(inner) == 0 {
		return false
	}
	return !slices.ContainsFunc(inner, func(id string) bool { return !slices.Contains(outer, id) })
}

// Identity says who makes a request. Treat it as read-only: it is shared by everything that serves the request.
type Identity struct {
	User      string   `json:"user"`
	Name      string   `json:"name,omitempty"`
	Agent     string   `json:"agent,omitempty"`
	Roles     []string `json:"roles,omitempty"`
	Grants    []string `json:"grants,omitempty"`
	Scopes    Scopes   `json:"scopes"`
	RequestID string   `json:"request_id,omitempty"`

	// The rest stays at the public door and is never asserted to another role.

	CSRF               string `json:"-"` // what X-CSRF-Token must hold; empty for API tokens
	Session            string `json:"-"` // hash of the session token; empty for API tokens
	Token              string `json:"-"` // id of the API token; empty for sessions
	MustChangePassword bool   `json:"-"`
}

// Has reports whether the identity holds one of the roles.
func (id *Identity) Has(roles ...string) bool {
	return id != nil && slices.ContainsFunc(roles, func(r string) bool { return slices.Contains(id.Roles, r) })
}

// Granted reports whether the identity holds the grant.
func (id *Identity) Granted(grant string) bool { return id != nil && slices.Contains(id.Grants, grant) }

type contextKey int

const (
	identityKey contextKey = iota
	requestIDKey
	loggerKey
	noteKey
)

// WithIdentity returns a context that carries id.
func WithIdentity(ctx context.Context, id *Identity) context.Context {
	return context.WithValue(ctx, identityKey, id)
}

// IdentityFrom gives the caller's identity, or nil where nobody signed in (public routes only).
func IdentityFrom(ctx context.Context) *Identity {
	id, _ := ctx.Value(identityKey).(*Identity)
	return id
}

// WithRequestID returns a context that carries the request id.
func WithRequestID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestIDKey, id)
}

// RequestID gives the id under which the request is logged, in this and in every other role.
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey).(string)
	return id
}
