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

// Site reports whether the site lies inside the scope.
func (s Scopes) Site(id string) bool { return within(s.Sites, id) }

// Queue reports whether the queue lies inside the scope.
func (s Scopes) Queue(id string) bool { return within(s.Queues, id) }

// Team reports whether the team lies inside the scope.
func (s Scopes) Team(id string) bool { return within(s.Teams, id) }

// Unbounded reports whether the scopes exclude nothing.
func (s Scopes) Unbounded() bool { return len(s.Sites)+len(s.Queues)+len(s.Teams) == 0 }

func within(list []string, id string) bool { return len(list) == 0 || slices.Contains(list, id) }

// Union gives scopes that exclude only what both exclude.
func (s Scopes) Union(o Scopes) Scopes {
	return Scopes{Sites: union(s.Sites, o.Sites), Queues: union(s.Queues, o.Queues), Teams: union(s.Teams, o.Teams)}
}

func union(a, b []string) []string {
	if len(a) == 0 || len(b) == 0 {
		return nil // one of them does not limit
	}
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}

// Holding is one role and where it is held. A viewer of everything who supervises one team must not supervise everything.
type Holding struct {
	Role   string `json:"role"`
	Scopes Scopes `json:"scopes"`
}

// Identity says who makes a request. Treat it as read-only: it is shared by everything that serves the request.
type Identity struct {
	User   string   `json:"user"`
	Name   string   `json:"name,omitempty"`
	Agent  string   `json:"agent,omitempty"`
	Roles  []string `json:"roles,omitempty"`
	Grants []string `json:"grants,omitempty"`
	// Scopes are, within a handler, those of the roles that its policy admits.
	Scopes    Scopes    `json:"scopes"`
	Holdings  []Holding `json:"holdings,omitempty"` // empty: every role is held within Scopes
	RequestID string    `json:"request_id,omitempty"`

	// The rest stays at the public door and is never asserted to another role.

	CSRF               string `json:"-"` // what X-CSRF-Token must hold; empty for API tokens
	Token              string `json:"-"` // id of the API token; empty for sessions
	MustChangePassword bool   `json:"-"`
}

// Has reports whether the identity holds one of the roles.
func (id *Identity) Has(roles ...string) bool {
	return id != nil && slices.ContainsFunc(roles, func(r string) bool { return slices.Contains(id.Roles, r) })
}

// Granted reports whether the identity holds the grant.
func (id *Identity) Granted(grant string) bool { return id != nil && slices.Contains(id.Grants, grant) }

// narrowed gives the identity with the scopes in which it holds one of the roles; all its roles if none is named.
func (id *Identity) narrowed(roles []string) *Identity {
	if len(id.Holdings) == 0 {
		return id
	}
	out, first := *id, true
	for _, h := range id.Holdings {
		if len(roles) > 0 && !slices.Contains(roles, h.Role) {
			continue
		}
		if first {
			out.Scopes, first = h.Scopes, false
			continue
		}
		out.Scopes = out.Scopes.Union(h.Scopes)
	}
	return &out
}

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
