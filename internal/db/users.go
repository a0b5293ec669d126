package db

import (
	"context"
	"fmt"
	"strings"

	"github.com/agner-platform/agner/internal/db/engine"
	"github.com/agner-platform/agner/internal/db/value"
)

// User may sign in. The password hash is kept apart (package account).
type User struct {
	Head
	Login   string `json:"login" db:"login,fixed"`
	Name    string `json:"name" db:"name"`
	AgentID string `json:"agent_id" db:"agent_id,null"`
	Locale  string `json:"locale" db:"locale"`
	Theme   string `json:"theme" db:"theme"`
}

var (
	// Locales are the languages of the interface; empty follows the browser.
	Locales = []string{"", "en", "zh-Hans", "zh-Hant", "et"}
	// Roles are what a grant can give. RoleMedia opens recordings and transcripts and comes with no other role.
	Roles  = []string{RoleAdmin, "planner", "manager", "supervisor", "quality", "agent", "viewer", RoleMedia}
	themes = []string{"", "light", "dark"}
	scopes = []string{ScopeAll, "site", "queue", "team"}
)

// Names that code refers to.
const (
	RoleAdmin = "admin"
	RoleMedia = "media"
	ScopeAll  = "all"
)

// Check normalises and validates the user; logins are lower case and without blanks.
func (u *User) Check() error {
	u.Login = strings.ToLower(u.Login)
	if err := value.Name("login", &u.Login); err != nil {
		return err
	}
	if strings.ContainsAny(u.Login, " \u00a0/:") {
		return value.Wrong("login", u.Login, "must not contain blanks, '/' or ':'")
	}
	if u.Name == "" {
		u.Name = u.Login
	}
	if err := value.Name("name", &u.Name); err != nil {
		return err
	}
	if err := value.OneOf("locale", u.Locale, Locales); err != nil {
		return err
	}
	return value.OneOf("theme", u.Theme, themes)
}

func (u *User) guardTx(ctx context.Context, tx *Tx, old *User) error {
	if u.RetiredAt == 0 || old.RetiredAt != 0 {
		return nil
	}
	return someAdmin(ctx, tx, u.ID)
}

// Grant gives a user a role within a scope: everything, or one site, queue or team.
type Grant struct {
	Head
	UserID  string `json:"user_id" db:"user_id,fixed"`
	Role    string `json:"role" db:"role"`
	Scope   string `json:"scope" db:"scope"`
	ScopeID string `json:"scope_id" db:"scope_id"`
}

// Check normalises and validates the grant.
func (g *Grant) Check() error {
	if g.UserID == "" {
		return value.Wrong("user_id", "", "must not be empty")
	}
	if err := value.OneOf("role", g.Role, Roles); err != nil {
		return err
	}
	if g.Scope == "" {
		g.Scope = ScopeAll
	}
	if err := value.OneOf("scope", g.Scope, scopes); err != nil {
		return err
	}
	if (g.Scope == ScopeAll) != (g.ScopeID == "") {
		return value.Wrong("scope_id", g.ScopeID, "must name what a scope other than all is of, and nothing for all")
	}
	if g.Role == RoleAdmin && g.Scope != ScopeAll {
		return value.Wrong("scope", g.Scope, "an admin's scope is all")
	}
	return nil
}

func (g *Grant) checkTx(ctx context.Context, tx *Tx) error {
	if g.Scope == ScopeAll {
		return nil
	}
	return exists(ctx, tx, g.Scope+"s", g.ScopeID)
}

func (g *Grant) guardTx(ctx context.Context, tx *Tx, old *Grant) error {
	if old.Role != RoleAdmin || old.RetiredAt != 0 || (g.Role == RoleAdmin && g.RetiredAt == 0) {
		return nil
	}
	return someAdmin(ctx, tx, "")
}

// someAdmin refuses a change by which the last administrator would lock everybody out. but is a user whose
// own retirement is only harmful if the user is an admin.
func someAdmin(ctx context.Context, tx *Tx, but string) error {
	var left, own int64
	err := tx.QueryRowContext(ctx, `SELECT
			COALESCE(SUM(CASE WHEN u.retired_at = 0 THEN 1 ELSE 0 END), 0),
			COALESCE(SUM(CASE WHEN u.id = $1 THEN 1 ELSE 0 END), 0)
		FROM grants g JOIN users u ON u.id = g.user_id
		WHERE g.role = 'admin' AND g.retired_at = 0`, but).Scan(&left, &own)
	if err != nil {
		return fmt.Errorf("count administrators: %w", err)
	}
	if left == 0 && (but == "" || own > 0) {
		return ErrLastAdmin
	}
	return nil
}

// CountUsers says how many users there are, so that a first start can tell.
func (s *Store) CountUsers(ctx context.Context) (int64, error) {
	var n int64
	if err := s.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM users`).Scan(&n); err != nil {
		return 0, fmt.Errorf("count users: %w", engine.Translate(err))
	}
	return n, nil
}
