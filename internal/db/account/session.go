package account

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/agner-platform/agner/internal/db"
)

// Begin opens a session and returns its secret, for the cookie, and its CSRF token.
func (a *Accounts) Begin(ctx context.Context, userID, address string) (secret, csrf string, err error) {
	secret, csrf = newSecret(), newSecret()
	err = a.s.Write(ctx, func(tx *db.Tx) error {
		now := db.StampOf(a.now())
		if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE expires_at <= $1 OR seen_at <= $2`,
			int64(now), int64(now)-SessionIdle.Microseconds()); err != nil {
			return fmt.Errorf("drop old sessions: %w", err)
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO sessions (hash, user_id, csrf, address, created_at, seen_at, expires_at)
			VALUES ($1, $2, $3, $4, $5, $5, $6)`,
			hashSecret(secret), userID, csrf, address, int64(now), int64(now)+SessionMax.Microseconds())
		if err != nil {
			return fmt.Errorf("begin session: %w", err)
		}
		return nil
	})
	return secret, csrf, err
}

// Session returns who holds this session secret, else ErrNoSession.
func (a *Accounts) Session(ctx context.Context, secret string) (Identity, error) {
	var user, csrf string
	var seen, expires db.Stamp
	hash := hashSecret(secret)
	err := a.s.Reader().QueryRowContext(ctx, `SELECT user_id, csrf, seen_at, expires_at FROM sessions WHERE hash = $1`, hash).
		Scan(&user, &csrf, &seen, &expires)
	now := db.StampOf(a.now())
	idle := time.Duration(now-seen) * time.Microsecond
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return Identity{}, ErrNoSession
	case err != nil:
		return Identity{}, fmt.Errorf("read session: %w", err)
	case now >= expires || idle >= SessionIdle:
		return Identity{}, ErrNoSession
	}
	id, err := a.identity(ctx, user)
	if err != nil {
		return Identity{}, err
	}
	id.CSRF = csrf
	if idle >= seenEvery {
		err = a.touch(ctx, `UPDATE sessions SET seen_at = $1 WHERE hash = $2`, now, hash)
	}
	return id, err
}

func (a *Accounts) touch(ctx context.Context, query string, now db.Stamp, key string) error {
	return a.s.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.ExecContext(ctx, query, int64(now), key); err != nil {
			return fmt.Errorf("note use: %w", err)
		}
		return nil
	})
}

// End ends one session. Ending an unknown one is no error: it is what was wanted.
func (a *Accounts) End(ctx context.Context, secret string) error {
	return a.s.Write(ctx, func(tx *db.Tx) error {
		var user string
		err := tx.QueryRowContext(ctx, `DELETE FROM sessions WHERE hash = $1 RETURNING user_id`, hashSecret(secret)).Scan(&user)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("end session: %w", err)
		}
		return tx.Audit(ctx, db.Entry{Action: "logout", Object: "users", ObjectID: user})
	})
}

// EndAll ends every session of a user.
func (a *Accounts) EndAll(ctx context.Context, userID string) error {
	return a.s.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE user_id = $1`, userID); err != nil {
			return fmt.Errorf("end sessions: %w", err)
		}
		return tx.Audit(ctx, db.Entry{Action: "end_sessions", Object: "users", ObjectID: userID})
	})
}

// TokenPrefix begins every API token, so that scanners for leaked secrets can know one.
const TokenPrefix = "agner_"

// Token is an API token as its owner sees it; its secret is not kept.
type Token struct {
	ID        string   `json:"id"`
	UserID    string   `json:"user_id"`
	Name      string   `json:"name"`
	CreatedAt db.Stamp `json:"created_at"`
	UsedAt    db.Stamp `json:"used_at"`
	ExpiresAt db.Stamp `json:"expires_at"` // null: never
}

// CreateToken makes a token that acts with its user's rights, and returns the
// secret, once. A zero expires never expires.
func (a *Accounts) CreateToken(ctx context.Context, userID, name string, expires time.Time) (string, Token, error) {
	name = strings.TrimSpace(name)
	if name == "" || len(name) > 100 {
		return "", Token{}, &db.FieldError{Field: "name", Value: name, Reason: "must have 1 to 100 bytes"}
	}
	t := Token{ID: db.NewID("tok"), UserID: userID, Name: name, CreatedAt: db.StampOf(a.now())}
	if !expires.IsZero() {
		t.ExpiresAt = db.StampOf(expires)
		if t.ExpiresAt <= t.CreatedAt {
			return "", Token{}, &db.FieldError{Field: "expires_at", Value: expires.UTC().Format(time.RFC3339), Reason: "is past"}
		}
	}
	secret := TokenPrefix + newSecret()
	err := a.s.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO tokens (id, hash, user_id, name, created_at, used_at, expires_at) VALUES ($1, $2, $3, $4, $5, 0, $6)`,
			t.ID, hashSecret(secret), t.UserID, t.Name, int64(t.CreatedAt), int64(t.ExpiresAt))
		if err != nil {
			return fmt.Errorf("create token: %w", err)
		}
		return tx.Audit(ctx, db.Entry{Action: "create", Object: "tokens", ObjectID: t.ID, Detail: t})
	})
	if err != nil {
		return "", Token{}, err
	}
	return secret, t, nil
}

// Tokens lists a user's tokens, oldest first.
func (a *Accounts) Tokens(ctx context.Context, userID string) ([]Token, error) {
	rows, err := a.s.Reader().QueryContext(ctx, `SELECT id, user_id, name, created_at, used_at, expires_at FROM tokens
		WHERE user_id = $1 ORDER BY created_at, id`, userID)
	if err != nil {
		return nil, fmt.Errorf("read tokens: %w", err)
	}
	defer rows.Close()
	out := []Token{}
	for rows.Next() {
		var t Token
		if err := rows.Scan(&t.ID, &t.UserID, &t.Name, &t.CreatedAt, &t.UsedAt, &t.ExpiresAt); err != nil {
			return nil, fmt.Errorf("read tokens: %w", err)
		}
		out = append(out, t)
	}
	return out, rows.Err()
}

// RevokeToken deletes a user's token.
func (a *Accounts) RevokeToken(ctx context.Context, userID, id string) error {
	return a.s.Write(ctx, func(tx *db.Tx) error {
		res, err := tx.ExecContext(ctx, `DELETE FROM tokens WHERE id = $1 AND user_id = $2`, id, userID)
		if err != nil {
			return fmt.Errorf("revoke token: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return fmt.Errorf("token %q: %w", id, db.ErrNotFound)
		}
		return tx.Audit(ctx, db.Entry{Action: "revoke", Object: "tokens", ObjectID: id})
	})
}

// Bearer returns who holds this token secret, else ErrNoSession.
func (a *Accounts) Bearer(ctx context.Context, secret string) (Identity, error) {
	if !strings.HasPrefix(secret, TokenPrefix) {
		return Identity{}, ErrNoSession
	}
	var id, user string
	var used, expires db.Stamp
	err := a.s.Reader().QueryRowContext(ctx, `SELECT id, user_id, used_at, expires_at FROM tokens WHERE hash = $1`, hashSecret(secret)).
		Scan(&id, &user, &used, &expires)
	now := db.StampOf(a.now())
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return Identity{}, ErrNoSession
	case err != nil:
		return Identity{}, fmt.Errorf("read token: %w", err)
	case expires != 0 && now >= expires:
		return Identity{}, ErrNoSession
	}
	who, err := a.identity(ctx, user)
	if err != nil {
		return Identity{}, err
	}
	who.TokenID = id
	if time.Duration(now-used)*time.Microsecond >= seenEvery {
		err = a.touch(ctx, `UPDATE tokens SET used_at = $1 WHERE id = $2`, now, id)
	}
	return who, err
}
