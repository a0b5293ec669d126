// Package account decides who may come in: passwords, sessions, API tokens and
// the rights that come with them.
//
// Secrets are stored only as hashes: passwords with argon2id, session and token
// secrets – which are random – with SHA-256. A secret is shown once, when made.
//
// [Accounts.Authenticate] takes the same time for an unknown login as for a
// wrong password, and hashes at most [parallel] passwords at once, so that a
// flood of log-ins cannot take all memory. Limiting attempts per address is the
// HTTP edge's part.
//
// Changing a password, retiring a user or ending a session takes effect with
// the next request: nothing is cached here.
package account

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/agner-platform/agner/internal/db"
)

var (
	// ErrDenied says that login and password do not fit, without saying which.
	ErrDenied = errors.New("login or password is wrong")
	// ErrNoSession says that a session or token is unknown, ended or expired.
	ErrNoSession = errors.New("not signed in")
	// ErrHasUsers says that the first administrator exists already.
	ErrHasUsers = errors.New("there are users already")
)

// Times of a session.
const (
	SessionIdle = 12 * time.Hour     // longer than a shift with its break; after that the desk is somebody else's
	SessionMax  = 7 * 24 * time.Hour // a stolen cookie dies within the week even if used all the time
	seenEvery   = time.Minute        // how often use is written down: a write per request would queue behind each other
)

// Accounts answers who somebody is. Safe for concurrent use.
type Accounts struct {
	s       *db.Store
	hashing chan struct{}
	now     func() time.Time
}

// New gives the accounts of a store.
func New(s *db.Store) *Accounts {
	return &Accounts{s: s, hashing: make(chan struct{}, parallel), now: time.Now}
}

// Identity is who makes a request and what they may do.
type Identity struct {
	User       db.User
	Grants     []db.Grant
	CSRF       string // of a session; empty for a token
	TokenID    string // of a token; empty for a session
	MustChange bool   // the password is a one-time one
}

// Has says whether some grant gives the role, whatever its scope.
func (i Identity) Has(role string) bool {
	for _, g := range i.Grants {
		if g.Role == role {
			return true
		}
	}
	return false
}

// newSecret draws 256 bits; hashSecret is how they are stored. The secret is random, so a plain hash cannot be guessed back.
func newSecret() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func hashSecret(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// identity loads a user in use with the grants in force.
func (a *Accounts) identity(ctx context.Context, userID string) (Identity, error) {
	u, err := a.s.Users().Get(ctx, userID)
	if err != nil {
		return Identity{}, err
	}
	if u.RetiredAt != 0 {
		return Identity{}, ErrNoSession
	}
	grants, err := a.s.Grants().List(ctx, db.Where("user_id", userID))
	if err != nil {
		return Identity{}, err
	}
	var must int64
	err = a.s.Reader().QueryRowContext(ctx, `SELECT must_change FROM credentials WHERE user_id = $1`, userID).Scan(&must)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return Identity{}, fmt.Errorf("read credentials: %w", err)
	}
	return Identity{User: u, Grants: grants, MustChange: must != 0}, nil
}

// FirstAdmin makes the user "admin" with a one-time password if there is no user
// at all, and returns that password; otherwise ErrHasUsers.
func (a *Accounts) FirstAdmin(ctx context.Context) (login, password string, err error) {
	if n, err := a.s.CountUsers(ctx); err != nil {
		return "", "", err
	} else if n > 0 {
		return "", "", ErrHasUsers // before hashing, which is slow on purpose
	}
	password = newSecret()[:16]
	hash, err := a.hash(ctx, password)
	if err != nil {
		return "", "", err
	}
	u := db.User{Login: "admin", Name: "Administrator"}
	err = a.s.Write(ctx, func(tx *db.Tx) error {
		var n int64
		if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM users`).Scan(&n); err != nil {
			return fmt.Errorf("count users: %w", err)
		}
		if n > 0 {
			return ErrHasUsers
		}
		if err := a.s.Users().CreateIn(ctx, tx, &u); err != nil {
			return err
		}
		if err := storeHash(ctx, tx, u.ID, hash, true); err != nil {
			return err
		}
		return a.s.Grants().CreateIn(ctx, tx, &db.Grant{UserID: u.ID, Role: db.RoleAdmin})
	})
	if err != nil {
		return "", "", fmt.Errorf("make the first administrator: %w", err)
	}
	return u.Login, password, nil
}
