package account

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"github.com/agner-platform/agner/internal/db"
)

// argon2id with 19 MiB, two passes, one lane: the OWASP password storage cheat sheet's first choice (2024).
const (
	memoryKiB = 19 * 1024
	passes    = 2
	lanes     = 1
	saltLen   = 16
	keyLen    = 32
	parallel  = 4 // hashes at once: 76 MiB at most

	minPassword = 10  // characters (NIST SP 800-63B asks for 8; this is a console of many people's data)
	maxPassword = 256 // bytes: more only costs hashing time
)

// CheckPassword refuses a password that is too short, too long or the login itself.
func CheckPassword(login, password string) error {
	bad := func(reason string) error { return &db.FieldError{Field: "password", Value: "…", Reason: reason} }
	switch {
	case !utf8.ValidString(password):
		return bad("is not UTF-8")
	case utf8.RuneCountInString(password) < minPassword:
		return bad(fmt.Sprintf("must have at least %d characters", minPassword))
	case len(password) > maxPassword:
		return bad(fmt.Sprintf("must have at most %d bytes", maxPassword))
	case strings.EqualFold(password, login):
		return bad("must not be the login")
	case strings.Count(password, password[:1]) == len(password):
		return bad("must not be one character repeated")
	}
	return nil
}

// hash derives the stored form, in the PHC string format.
func (a *Accounts) hash(ctx context.Context, password string) (string, error) {
	var salt [saltLen]byte
	_, _ = rand.Read(salt[:]) // never fails
	key, err := a.derive(ctx, password, salt[:], params{memoryKiB, passes, lanes})
	if err != nil {
		return "", err
	}
	enc := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, memoryKiB, passes, lanes,
		enc.EncodeToString(salt[:]), enc.EncodeToString(key)), nil
}

type params struct {
	memory, passes uint32
	lanes          uint8
}

func (a *Accounts) derive(ctx context.Context, password string, salt []byte, p params) ([]byte, error) {
	select {
	case a.hashing <- struct{}{}:
		defer func() { <-a.hashing }()
		return argon2.IDKey([]byte(password), salt, p.passes, p.memory, p.lanes, keyLen), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// matches checks a password against a stored hash, with the parameters the hash itself names.
func (a *Accounts) matches(ctx context.Context, hash, password string) (bool, error) {
	part := strings.Split(hash, "$")
	if len(part) != 6 || part[1] != "argon2id" {
		return false, errors.New("stored password hash has an unknown form")
	}
	var p params
	var version int
	if _, err := fmt.Sscanf(part[2]+" "+part[3], "v=%d m=%d,t=%d,p=%d", &version, &p.memory, &p.passes, &p.lanes); err != nil || version != argon2.Version {
		return false, fmt.Errorf("stored password hash has parameters %q %q", part[2], part[3])
	}
	salt, err := base64.RawStdEncoding.DecodeString(part[4])
	if err != nil {
		return false, fmt.Errorf("stored password hash: %w", err)
	}
	want, err := base64.RawStdEncoding.DecodeString(part[5])
	if err != nil {
		return false, fmt.Errorf("stored password hash: %w", err)
	}
	got, err := a.derive(ctx, password, salt, p)
	return err == nil && subtle.ConstantTimeCompare(got, want) == 1, err
}

// decoy is hashed against when the login is unknown, so that both answers take as long. It fits no password.
var decoy = fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, memoryKiB, passes, lanes,
	strings.Repeat("A", 22), strings.Repeat("A", 43))

// Authenticate returns the user whose login and password these are, else ErrDenied. Both outcomes are audited.
func (a *Accounts) Authenticate(ctx context.Context, login, password string) (db.User, error) {
	var id, hash string
	err := a.s.Reader().QueryRowContext(ctx, `SELECT u.id, c.hash FROM users u JOIN credentials c ON c.user_id = u.id
		WHERE u.login = $1 AND u.retired_at = 0`, strings.ToLower(strings.TrimSpace(login))).Scan(&id, &hash)
	if errors.Is(err, sql.ErrNoRows) {
		hash, err = decoy, nil
	}
	if err != nil {
		return db.User{}, fmt.Errorf("read credentials: %w", err)
	}
	if len(password) > maxPassword {
		password = ""
	}
	ok, err := a.matches(ctx, hash, password)
	if err != nil {
		return db.User{}, err
	}
	if !ok || id == "" {
		// The login typed is not recorded: people type passwords into the wrong field.
		if err := a.s.Audit(ctx, db.Entry{Action: "login_failed", Object: "users", ObjectID: id}); err != nil {
			return db.User{}, err
		}
		return db.User{}, ErrDenied
	}
	if err := a.s.Audit(ctx, db.Entry{Action: "login", Object: "users", ObjectID: id}); err != nil {
		return db.User{}, err
	}
	return a.s.Users().Get(ctx, id)
}

// SetPassword gives a user a new password and ends all their sessions. With
// mustChange it is a one-time password.
func (a *Accounts) SetPassword(ctx context.Context, userID, password string, mustChange bool) error {
	u, err := a.s.Users().Get(ctx, userID)
	if err != nil {
		return err
	}
	if err := CheckPassword(u.Login, password); err != nil {
		return err
	}
	hash, err := a.hash(ctx, password)
	if err != nil {
		return err
	}
	return a.s.Write(ctx, func(tx *db.Tx) error {
		if err := storeHash(ctx, tx, userID, hash, mustChange); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE user_id = $1`, userID); err != nil {
			return fmt.Errorf("end sessions: %w", err)
		}
		return tx.Audit(ctx, db.Entry{Action: "set_password", Object: "users", ObjectID: userID})
	})
}

// ChangePassword is SetPassword by the user, who must know the old one (else ErrDenied) and choose another.
func (a *Accounts) ChangePassword(ctx context.Context, userID, old, password string) error {
	u, err := a.s.Users().Get(ctx, userID)
	if err != nil {
		return err
	}
	if _, err := a.Authenticate(ctx, u.Login, old); err != nil {
		return err
	}
	if old == password {
		return &db.FieldError{Field: "password", Value: "…", Reason: "must differ from the old one"}
	}
	return a.SetPassword(ctx, userID, password, false)
}

func storeHash(ctx context.Context, tx *db.Tx, userID, hash string, mustChange bool) error {
	must := int64(0)
	if mustChange {
		must = 1
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO credentials (user_id, hash, must_change, updated_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (user_id) DO UPDATE SET hash = excluded.hash, must_change = excluded.must_change, updated_at = excluded.updated_at`,
		userID, hash, must, int64(tx.At))
	if err != nil {
		return fmt.Errorf("store credentials: %w", err)
	}
	return nil
}
