package door

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/agner-platform/agner/internal/httpapi"
)

const (
	// SessionCookie holds the session token in the browser.
	SessionCookie = "agner_session"
	// CSRFHeader must repeat, on everything that changes something, the csrf value of GET /auth/me.
	CSRFHeader = "X-CSRF-Token"
	// TokenPrefix begins every API token, so that scanners find leaked ones.
	TokenPrefix = "agner_"

	secretBytes = 32
)

// Sessions looks up a session by the hash of its token; unknown, ended and expired ones are ErrNoSession.
type Sessions interface {
	Session(ctx context.Context, hash string) (*httpapi.Identity, error)
}

// Tokens looks up an API token by its hash; unknown, revoked and expired ones are ErrNoToken.
type Tokens interface {
	Token(ctx context.Context, hash string) (*httpapi.Identity, error)
}

// NewSecret makes a session token (no prefix) or an API token (TokenPrefix) and the hash under which to store it.
func NewSecret(prefix string) (secret, hash string) {
	b := make([]byte, secretBytes)
	_, _ = rand.Read(b) // never fails (crypto/rand documents it)
	secret = prefix + base64.RawURLEncoding.EncodeToString(b)
	return secret, HashSecret(secret)
}

// HashSecret gives the hash under which a token is stored. The tokens are 256 random bits, so a fast hash is enough.
func HashSecret(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// CSRFOf derives what X-CSRF-Token must hold from the session token, which no script can read: nothing to store.
func CSRFOf(session string) string {
	mac := hmac.New(sha256.New, []byte(session))
	mac.Write([]byte("agner csrf"))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// SessionAuth authenticates at the public door: a Bearer token if there is an Authorization header, else the cookie.
type SessionAuth struct {
	Sessions Sessions
	Tokens   Tokens
}

// Authenticate is for Options.Authenticate of the public door.
func (a SessionAuth) Authenticate(r *http.Request) (*httpapi.Identity, error) {
	if values := r.Header.Values("Authorization"); len(values) > 0 {
		return a.bearer(r, values)
	}
	if err := checkOrigin(r); err != nil {
		return nil, err
	}
	cookie, err := r.Cookie(SessionCookie)
	if err != nil || cookie.Value == "" || len(cookie.Value) > 128 {
		return nil, nil
	}
	found, err := a.Sessions.Session(r.Context(), HashSecret(cookie.Value))
	if errors.Is(err, ErrNoSession) {
		return nil, nil // a stale cookie is nobody, not an error: the page shows the sign-in form
	}
	if err != nil {
		return nil, err
	}
	id := *found
	id.Session, id.CSRF = HashSecret(cookie.Value), CSRFOf(cookie.Value)
	if !safeMethod(r.Method) && subtle.ConstantTimeCompare([]byte(r.Header.Get(CSRFHeader)), []byte(id.CSRF)) != 1 {
		return nil, httpapi.BadCSRF.New("")
	}
	return &id, nil
}

func (a SessionAuth) bearer(r *http.Request, values []string) (*httpapi.Identity, error) {
	scheme, token, _ := strings.Cut(values[0], " ")
	token = strings.TrimSpace(token)
	if len(values) != 1 || !strings.EqualFold(scheme, "Bearer") || !strings.HasPrefix(token, TokenPrefix) || len(token) > 128 {
		return nil, httpapi.BadToken.New("")
	}
	id, err := a.Tokens.Token(r.Context(), HashSecret(token))
	if errors.Is(err, ErrNoToken) {
		return nil, httpapi.BadToken.New("")
	}
	return id, err
}

func safeMethod(m string) bool {
	return m == http.MethodGet || m == http.MethodHead || m == http.MethodOptions
}

// checkOrigin refuses what another site's page sends, also where there is no session yet (signing someone in as
// somebody else). Callers without a browser send neither header and pass.
func checkOrigin(r *http.Request) error {
	if err := http.NewCrossOriginProtection().Check(r); err != nil {
		return httpapi.CrossOrigin.New("").Because(err)
	}
	return nil
}

// SetSession gives the browser its session cookie. Secure follows the connection, because the default is loopback
// without TLS.
func SetSession(w http.ResponseWriter, r *http.Request, token string, life time.Duration) {
	http.SetCookie(w, &http.Cookie{
		Name: SessionCookie, Value: token, Path: "/", MaxAge: int(life.Seconds()),
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: r.TLS != nil,
	})
}

// ClearSession takes the session cookie away.
func ClearSession(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, &http.Cookie{
		Name: SessionCookie, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: r.TLS != nil,
	})
}
