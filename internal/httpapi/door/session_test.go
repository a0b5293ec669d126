package door

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/agner-platform/agner/internal/httpapi"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// people knows one session, one token, and a secret whose look-up fails.
type people struct{}

var errDisk = errors.New("disk is gone")

func (people) Session(_ context.Context, secret string) (*httpapi.Identity, error) {
	switch secret {
	case "good-session":
		return &httpapi.Identity{User: "mari", CSRF: "csrf-of-mari"}, nil
	case "uncsrfed":
		return &httpapi.Identity{User: "odd"}, nil
	case "trouble":
		return nil, errDisk
	}
	return nil, ErrNoSession
}

func (people) Token(_ context.Context, secret string) (*httpapi.Identity, error) {
	if secret == "agner_good" {
		return &httpapi.Identity{User: "robot", Token: "t1"}, nil
	}
	return nil, ErrNoToken
}

func TestAuthenticate(t *testing.T) {
	auth := SessionAuth{people{}, people{}}
	f := func(name, method string, headers map[string]string, user string, kind *httpapi.Kind) {
		t.Helper()
		r := httptest.NewRequest(method, "/", nil)
		for k, v := range headers {
			r.Header.Set(k, v)
		}
		id, err := auth.Authenticate(r)
		got := ""
		if id != nil {
			got = id.User
		}
		if got != user || kind == nil && err != nil || kind != nil && !httpapi.IsKind(err, kind) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	type h = map[string]string
	f("nobody", "GET", h{}, "", nil)
	f("session", "GET", h{"Cookie": "agner_session=good-session"}, "mari", nil)
	f("stale session", "GET", h{"Cookie": "agner_session=old"}, "", nil)
	f("empty cookie", "GET", h{"Cookie": "agner_session="}, "", nil)
	f("garbage cookie", "GET", h{"Cookie": "agner_session=\x01\"'; DROP TABLE"}, "", nil)
	f("huge cookie", "GET", h{"Cookie": "agner_session=" + strings.Repeat("a", 5000)}, "", nil)
	f("two cookies", "GET", h{"Cookie": "agner_session=good-session; agner_session=good-session"}, "", nil)
	f("change without csrf", "POST", h{"Cookie": "agner_session=good-session"}, "", httpapi.BadCSRF)
	f("change with wrong csrf", "DELETE", h{"Cookie": "agner_session=good-session", CSRFHeader: "csrf-of-other"}, "", httpapi.BadCSRF)
	f("change with csrf", "PATCH", h{"Cookie": "agner_session=good-session", CSRFHeader: "csrf-of-mari"}, "mari", nil)
	f("session without csrf value", "POST", h{"Cookie": "agner_session=uncsrfed"}, "", httpapi.BadCSRF)
	f("token", "POST", h{"Authorization": "Bearer agner_good"}, "robot", nil)
	f("token in lower case", "GET", h{"Authorization": "bearer agner_good"}, "robot", nil)
	f("unknown token", "GET", h{"Authorization": "Bearer agner_bad"}, "", httpapi.BadToken)
	f("foreign token", "GET", h{"Authorization": "Bearer ghp_good"}, "", httpapi.BadToken)
	f("no token", "GET", h{"Authorization": "Bearer"}, "", httpapi.BadToken)
	f("basic", "GET", h{"Authorization": "Basic YWdlbnQ6eA=="}, "", httpapi.BadToken)
	f("wrong token beside a session", "GET", h{"Authorization": "Bearer agner_bad", "Cookie": "agner_session=good-session"}, "", httpapi.BadToken)
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Cookie", "agner_session=trouble")
	if _, err := auth.Authenticate(r); !errors.Is(err, errDisk) {
		t.Errorf("trouble: %v", err)
	}
	r = httptest.NewRequest("GET", "/", nil)
	r.Header["Authorization"] = []string{"Bearer agner_good", "Bearer agner_bad"}
	if _, err := auth.Authenticate(r); !httpapi.IsKind(err, httpapi.BadToken) {
		t.Errorf("two Authorization headers: %v", err)
	}
}

func TestSameOrigin(t *testing.T) {
	h := SameOrigin(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }))
	f := func(name, method string, headers map[string]string, status int) {
		t.Helper()
		r := httptest.NewRequest(method, "http://agner.example/api/v1/auth/login", nil)
		for k, v := range headers {
			r.Header.Set(k, v)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != status {
			t.Errorf("%s: %d, want %d", name, w.Code, status)
		}
	}
	type m = map[string]string
	f("no browser", "POST", m{}, 204)
	f("own page", "POST", m{"Origin": "http://agner.example", "Sec-Fetch-Site": "same-origin"}, 204)
	f("other site", "POST", m{"Sec-Fetch-Site": "cross-site"}, 403)
	f("sub-domain", "POST", m{"Sec-Fetch-Site": "same-site"}, 403)
	f("old browser, other site", "POST", m{"Origin": "http://evil.example"}, 403)
	f("null origin", "POST", m{"Origin": "null"}, 403)
	f("reading", "GET", m{"Sec-Fetch-Site": "cross-site"}, 204)
	f("token", "POST", m{"Sec-Fetch-Site": "cross-site", "Authorization": "Bearer agner_x"}, 204)
}

func TestSessionCookie(t *testing.T) {
	w := httptest.NewRecorder()
	SetSession(w, httptest.NewRequest("GET", "/", nil), "secret", 3600e9)
	if got := w.Header().Get("Set-Cookie"); got != "agner_session=secret; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax" {
		t.Error(got)
	}
	w = httptest.NewRecorder()
	SetSession(w, httptest.NewRequest("GET", "https://agner.example/", nil), "secret", 3600e9)
	if got := w.Header().Get("Set-Cookie"); !strings.Contains(got, "; Secure") {
		t.Errorf("over TLS: %s", got)
	}
	w = httptest.NewRecorder()
	ClearSession(w, httptest.NewRequest("GET", "/", nil))
	if got := w.Header().Get("Set-Cookie"); !strings.Contains(got, "Max-Age=0") {
		t.Error(got)
	}
}

func TestSecurityHeaders(t *testing.T) {
	w := httptest.NewRecorder()
	SecurityHeaders(http.NotFoundHandler()).ServeHTTP(w, httptest.NewRequest("GET", "/api/v1/x", nil))
	csp := w.Header().Get("Content-Security-Policy")
	for _, forbidden := range []string{"unsafe", "http:", "https:", "*"} {
		if strings.Contains(csp, forbidden) {
			t.Errorf("the content policy holds %q: %s", forbidden, csp)
		}
	}
	for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Cache-Control": "no-store"} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	if w.Header().Get("Strict-Transport-Security") != "" {
		t.Error("HSTS without TLS would lock people out of http://localhost")
	}
}

func TestStripIdentity(t *testing.T) {
	h := http.Header{"X-Agner-Assertion": {"a"}, "x-agner-assertion": {"b"}, "X_agner_assertion": {"c"}, "X-AGNER-USER": {"d"},
		"X-Agnes": {"keep"}, "Accept": {"keep"}}
	stripIdentity(h)
	if len(h) != 2 || h["X-Agnes"] == nil || h["Accept"] == nil {
		t.Errorf("left: %v", h)
	}
}
