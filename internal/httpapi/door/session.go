package door

import (
	"context"
	"crypto/subtle"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/agner-platform/agner/internal/httpapi"
)

const (
	// SessionCookie holds the session's secret in the browser.
	SessionCookie = "agner_session"
	// CSRFHeader must repeat, on everything that changes something, the csrf value of GET /auth/me.
	CSRFHeader = "X-CSRF-Token"
	// tokenPrefix begins every API token, so that scanners find leaked ones.
	tokenPrefix = "agner_"

	secretMax = 128 // bytes; ours have 43, plus a prefix
)

// Sessions says who holds a session secret, with the session's CSRF value; ErrNoSession for unknown, ended and expired
// ones. Only hashes of secrets are stored.
type Sessions interface {
	Session(ctx context.Context, secret string) (*httpapi.Identity, error)
}

// Tokens says who holds the secret of an API token; ErrNoToken for unknown, revoked and expired ones.
type Tokens interface {
	Token(ctx context.Context, secret string) (*httpapi.Identity, error)
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
	secret := SessionSecret(r)
	if secret == "" {
		return nil, nil
	}
	id, err := a.Sessions.Session(r.Context(), secret)
	if errors.Is(err, ErrNoSession) {
		return nil, nil // a stale cookie is nobody, not an error: the page shows the sign-in form
	}
	if err != nil {
		return nil, err
	}
	given := r.Header.Get(CSRFHeader)
	if !safeMethod(r.Method) && (id.CSRF == "" || subtle.ConstantTimeCompare([]byte(given), []byte(id.CSRF)) != 1) {
		return nil, httpapi.BadCSRF.New("")
	}
	return id, nil
}

// SessionSecret gives the secret of the request's session cookie, or "". Two such cookies are none: one of them was
// planted from another path or host.
func SessionSecret(r *http.Request) string {
	cookies := r.CookiesNamed(SessionCookie)
	if len(cookies) != 1 || len(cookies[0].Value) > secretMax {
		return ""
	}
	return cookies[0].Value
}

func (a SessionAuth) bearer(r *http.Request, values []string) (*httpapi.Identity, error) {
	scheme, token, _ := strings.Cut(values[0], " ")
	token = strings.TrimSpace(token)
	if len(values) != 1 || !strings.EqualFold(scheme, "Bearer") || !strings.HasPrefix(token, tokenPrefix) || len(token) > secretMax {
		return nil, httpapi.BadToken.New("")
	}
	id, err := a.Tokens.Token(r.Context(), token)
	if errors.Is(err, ErrNoToken) {
		return nil, httpapi.BadToken.New("")
	}
	return id, err
}

func safeMethod(m string) bool {
	return m == http.MethodGet || m == http.MethodHead || m == http.MethodOptions
}

// SameOrigin refuses what another site's page sends to change something, also where there is no session yet: signing
// someone in as somebody else. Callers without a browser send neither Origin nor Sec-Fetch-Site and pass, and so do API
// tokens, which no browser adds by itself.
func SameOrigin(next http.Handler) http.Handler {
	check := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "" {
			if err := check.Check(r); err != nil {
				httpapi.WriteError(w, r, httpapi.CrossOrigin.New("").Because(err))
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// SetSession gives the browser its session cookie. Secure follows the connection (Behind), because the
// default is loopback without TLS.
func SetSession(w http.ResponseWriter, r *http.Request, token string, life time.Duration) {
	http.SetCookie(w, &http.Cookie{
		Name: SessionCookie, Value: token, Path: "/", MaxAge: int(life.Seconds()),
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: secure(r),
	})
}

// ClearSession takes the session cookie away.
func ClearSession(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, &http.Cookie{
		Name: SessionCookie, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: secure(r),
	})
}
