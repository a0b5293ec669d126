package auth

import (
	"context"
	"crypto/rand"
	"errors"
	"maps"
	"slices"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/db/account"
	"github.com/agner-platform/agner/internal/httpapi"
	"github.com/agner-platform/agner/internal/httpapi/door"
)

// Accounts gives package door the identities behind session and token secrets.
type Accounts struct {
	store    *db.Store
	accounts *account.Accounts
}

// NewAccounts reads identities from an open store.
func NewAccounts(store *db.Store) *Accounts {
	return &Accounts{store: store, accounts: account.New(store)}
}

// Session implements door.Sessions.
func (a *Accounts) Session(ctx context.Context, secret string) (*httpapi.Identity, error) {
	found, err := a.accounts.Session(ctx, secret)
	if errors.Is(err, account.ErrNoSession) {
		return nil, door.ErrNoSession
	}
	if err != nil {
		return nil, err
	}
	return a.identity(ctx, found)
}

// Token implements door.Tokens.
func (a *Accounts) Token(ctx context.Context, secret string) (*httpapi.Identity, error) {
	found, err := a.accounts.Bearer(ctx, secret)
	if errors.Is(err, account.ErrNoSession) {
		return nil, door.ErrNoToken
	}
	if err != nil {
		return nil, err
	}
	return a.identity(ctx, found)
}

// ResetPassword gives a user a one-time password and ends the user's sessions.
func (a *Accounts) ResetPassword(ctx context.Context, userID string) (string, error) {
	password := rand.Text()[:16] // 80 bits
	if err := a.accounts.SetPassword(ctx, userID, password, true); err != nil {
		return "", err
	}
	return password, nil
}

func (a *Accounts) identity(ctx context.Context, found account.Identity) (*httpapi.Identity, error) {
	id := &httpapi.Identity{
		User: found.User.ID, Name: found.User.Name, Agent: found.User.AgentID,
		CSRF: found.CSRF, Token: found.TokenID, MustChangePassword: found.MustChange,
	}
	places, err := a.placesFor(ctx, found.Grants)
	if err != nil {
		return nil, err
	}
	byRole := map[string][]db.Grant{}
	for _, g := range found.Grants {
		byRole[g.Role] = append(byRole[g.Role], g)
	}
	for _, role := range httpapi.AllRoles() {
		if grants := byRole[role]; len(grants) > 0 {
			id.Roles = append(id.Roles, role)
			id.Holdings = append(id.Holdings, httpapi.Holding{Role: role, Scopes: places.scopes(grants)})
		}
	}
	if len(byRole[db.RoleMedia]) > 0 {
		id.Grants = []string{httpapi.GrantRecordings}
	}
	for i, h := range id.Holdings {
		if i == 0 {
			id.Scopes = h.Scopes
			continue
		}
		id.Scopes = id.Scopes.Union(h.Scopes)
	}
	return id, nil
}

// nowhere is the id that nothing has: a list with it alone admits nothing, whereas an empty list does not limit.
const nowhere = "none"

// places is where queues and teams are, to spell out what a grant reaches.
type places struct {
	queues []db.Queue
	teams  []db.Team
}

// placesFor reads the places if some grant is limited; most users' are not.
func (a *Accounts) placesFor(ctx context.Context, grants []db.Grant) (p places, err error) {
	limited := false
	for _, g := range grants {
		limited = limited || g.Scope != db.ScopeAll
	}
	if !limited {
		return p, nil
	}
	if p.queues, err = a.store.Queues().List(ctx, db.WithRetired()); err != nil {
		return p, err
	}
	p.teams, err = a.store.Teams().List(ctx, db.WithRetired())
	return p, err
}

// scopes spells out what the grants of one role reach together. A site reaches its queues and teams; a queue reaches
// itself and the teams of its site; a team reaches itself and the queues of its site. Retired ones count: history has
// them.
func (p places) scopes(grants []db.Grant) httpapi.Scopes {
	sites, queues, teams := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, g := range grants {
		switch g.Scope {
		case "site":
			sites[g.ScopeID] = true
			p.queuesOf(g.ScopeID, queues)
			p.teamsOf(g.ScopeID, teams)
		case "queue":
			queues[g.ScopeID] = true
			site := p.siteOfQueue(g.ScopeID)
			sites[site] = true
			p.teamsOf(site, teams)
		case "team":
			teams[g.ScopeID] = true
			site := p.siteOfTeam(g.ScopeID)
			sites[site] = true
			p.queuesOf(site, queues)
		default:
			return httpapi.Scopes{}
		}
	}
	return httpapi.Scopes{Sites: sorted(sites), Queues: sorted(queues), Teams: sorted(teams)}
}

func (p places) queuesOf(site string, into map[string]bool) {
	for _, q := range p.queues {
		if q.SiteID == site {
			into[q.ID] = true
		}
	}
}

func (p places) teamsOf(site string, into map[string]bool) {
	for _, t := range p.teams {
		if t.SiteID == site && site != "" {
			into[t.ID] = true
		}
	}
}

func (p places) siteOfQueue(id string) string {
	for _, q := range p.queues {
		if q.ID == id {
			return q.SiteID
		}
	}
	return ""
}

func (p places) siteOfTeam(id string) string {
	for _, t := range p.teams {
		if t.ID == id {
			return t.SiteID
		}
	}
	return ""
}

// sorted lists what is in the set, so that equal reach is spelled equally; an empty set admits nothing.
func sorted(set map[string]bool) []string {
	delete(set, "")
	if len(set) == 0 {
		return []string{nowhere}
	}
	return slices.Sorted(maps.Keys(set))
}
