package role

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/httpapi"
	"github.com/agner-platform/agner/internal/httpapi/sse"
	"github.com/agner-platform/agner/internal/i18n"
	"github.com/agner-platform/agner/web"
	"github.com/agner-platform/agner/web/api/rest/resttest"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("database/sql.(*DB).connectionOpener"))
}

var key = ed25519.NewKeyFromSeed([]byte("0123456789abcdef0123456789abcdef"))

// instance is role web in front of a made-up role analytics.
type instance struct {
	t        *testing.T
	store    *db.Store
	handler  *Handler
	url      string
	password string
	hub      sse.Hub
	uploaded int64
	log      lockedBuffer
}

// lockedBuffer is written by connections while the test reads it.
type lockedBuffer struct {
	mu  sync.Mutex // protects buf
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// analytics is the other role: it says who asked, as its own verifier sees it.
func (in *instance) analytics() http.Handler {
	pub, _ := key.Public().(ed25519.PublicKey)
	verifier, err := httpapi.NewVerifier(pub, "analytics")
	if err != nil {
		in.t.Fatal(err)
	}
	rt := httpapi.NewRouter(httpapi.Options{Logger: slog.New(slog.DiscardHandler), Authenticate: verifier.Authenticate, TrustID: true})
	who := func(w http.ResponseWriter, r *http.Request) error {
		id := httpapi.IdentityFrom(r.Context())
		return httpapi.WriteJSON(w, 200, map[string]any{"user": id.User, "name": id.Name, "roles": id.Roles, "scopes": id.Scopes, "path": r.URL.Path})
	}
	for _, path := range []string{"/meta", "/definitions", "/reports/*", "/calls", "/calls/{id}", "/live"} {
		rt.HandleFunc("GET", prefix+path, httpapi.Policy{}, who)
	}
	rt.Handle("GET", prefix+"/live/stream", httpapi.Policy{Timeout: httpapi.Unlimited}, &in.hub)
	rt.HandleFunc("POST", prefix+"/imports", httpapi.Policy{MaxBody: httpapi.Unlimited, Timeout: httpapi.Unlimited},
		func(w http.ResponseWriter, r *http.Request) error {
			n, err := io.Copy(io.Discard, r.Body)
			in.uploaded = n
			if err != nil {
				return err
			}
			return httpapi.WriteJSON(w, 201, map[string]string{"id": "i1"})
		})
	return rt
}

func begin(t *testing.T) *instance {
	t.Helper()
	dir := t.TempDir()
	store, err := db.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	in := &instance{t: t, store: store}
	login, password, made, err := FirstAdmin(t.Context(), store)
	if err != nil || !made || login != "admin" {
		t.Fatalf("first administrator %q, %v, %v", login, made, err)
	}
	in.password = password
	socket := filepath.Join(dir, "a.sock")
	ln, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	role := &httptest.Server{Listener: ln, Config: &http.Server{Handler: in.analytics()}}
	role.Start()
	files, index, err := web.Pages()
	if err != nil {
		t.Fatal(err)
	}
	in.handler, err = NewHandler(Deps{Store: store, Key: key, Sockets: map[string]string{"analytics": socket}, Pages: files, Index: index,
		Logger: slog.New(slog.NewJSONHandler(&in.log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(in.handler)
	in.url = front.URL
	t.Cleanup(func() {
		in.hub.Close()
		front.Close()
		in.handler.Close()
		role.Close()
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return in
}

// browser is a client with cookies and CSRF value.
type browser struct {
	in     *instance
	client *http.Client
	csrf   string
}

func (in *instance) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		in.t.Fatal(err)
	}
	transport := &http.Transport{}
	in.t.Cleanup(transport.CloseIdleConnections)
	return &browser{in: in, client: &http.Client{Jar: jar, Transport: transport}}
}

func (b *browser) request(method, path string, body io.Reader) *http.Request {
	b.in.t.Helper()
	r, err := http.NewRequestWithContext(b.in.t.Context(), method, b.in.url+path, body)
	if err != nil {
		b.in.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if b.csrf != "" {
		r.Header.Set("X-CSRF-Token", b.csrf)
	}
	return r
}

func (b *browser) send(r *http.Request) (*http.Response, string) {
	b.in.t.Helper()
	resp, err := b.client.Do(r)
	if err != nil {
		b.in.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.in.t.Fatal(err)
	}
	return resp, string(text)
}

func (b *browser) want(method, path, body string, status int, part string) string {
	b.in.t.Helper()
	resp, text := b.send(b.request(method, path, strings.NewReader(body)))
	if resp.StatusCode != status || !strings.Contains(text, part) {
		b.in.t.Errorf("%s %s: %d %s, want %d with %q", method, path, resp.StatusCode, text, status, part)
	}
	return text
}

func (b *browser) refreshCSRF() {
	b.in.t.Helper()
	var me struct{ CSRF string }
	if err := json.Unmarshal([]byte(b.want("GET", "/api/v1/auth/me", "", 200, "csrf")), &me); err != nil {
		b.in.t.Fatal(err)
	}
	b.csrf = me.CSRF
}

const settledPassword = "correct horse battery"

// admin signs in and changes the one-time password.
func (in *instance) admin() *browser {
	in.t.Helper()
	b := in.browser()
	b.want("POST", "/api/v1/auth/login", `{"user":"admin","password":"`+in.password+`"}`, 204, "")
	b.refreshCSRF()
	b.want("GET", "/api/v1/meta", "", 403, "auth.password_change_required")
	b.want("POST", "/api/v1/auth/password", `{"old":"`+in.password+`","new":"`+settledPassword+`"}`, 204, "")
	b.refreshCSRF()
	return b
}

// user makes a user with a role and signs in.
func (in *instance) user(admin *browser, login, grant string) *browser {
	in.t.Helper()
	var made struct{ ID, Password string }
	read := func(text string) {
		if err := json.Unmarshal([]byte(text), &made); err != nil {
			in.t.Fatal(err)
		}
	}
	read(admin.want("POST", "/api/v1/setup/users", `{"login":"`+login+`"}`, 201, "id"))
	admin.want("POST", "/api/v1/setup/roles", `{"user_id":"`+made.ID+`",`+grant+`}`, 201, "id")
	read(admin.want("POST", "/api/v1/setup/users/"+made.ID+"/password", "", 200, "password"))
	b := in.browser()
	b.want("POST", "/api/v1/auth/login", `{"user":"`+login+`","password":"`+made.Password+`"}`, 204, "")
	b.refreshCSRF()
	b.want("POST", "/api/v1/auth/password", `{"old":"`+made.Password+`","new":"`+settledPassword+`"}`, 204, "")
	b.refreshCSRF()
	return b
}

func TestEveryRouteHasAPolicy(t *testing.T) {
	in := begin(t)
	if bare, err := in.handler.Router().Unguarded(); err != nil || len(bare) > 0 {
		t.Errorf("routes without policy: %v, %v", bare, err)
	}
	var public []string
	for _, route := range resttest.Routes(t, in.handler.Router()) {
		method, path, _ := strings.Cut(route, " ")
		p, _ := in.handler.Router().PolicyOf(method, path)
		if p.Action == "" {
			t.Errorf("%s has no action for the audit", route)
		}
		if p.Public || p.Loopback {
			public = append(public, route)
		}
	}
	// Whoever adds to this list answers for it.
	want := []string{"GET /*", "GET /api/v1/calendar/{secret}", "GET /healthz", "GET /metrics", "GET /metrics/analytics", "GET /readyz", "HEAD /*", "POST /api/v1/auth/login"}
	if diff := cmp.Diff(want, public); diff != "" {
		t.Error(diff)
	}
}

func TestFirstAdminIsMadeOnce(t *testing.T) {
	in := begin(t)
	if _, password, made, err := FirstAdmin(t.Context(), in.store); made || password != "" || err != nil {
		t.Errorf("made again: %v, %v", made, err)
	}
}

func TestIdentityReachesAnalytics(t *testing.T) {
	in := begin(t)
	admin := in.admin()
	admin.want("GET", "/api/v1/meta", "", 200, `"name":"Administrator"`)
	site, err := in.store.EnsureSite(t.Context(), "Tallinn", "Europe/Tallinn")
	if err != nil {
		t.Fatal(err)
	}
	queue, err := in.store.EnsureQueue(t.Context(), "Sales", site.ID)
	if err != nil {
		t.Fatal(err)
	}
	viewer := in.user(admin, "mari", `"role":"viewer","scope":"site","scope_id":"`+site.ID+`"`)
	viewer.want("GET", "/api/v1/reports/service-level?by=queue", "", 200, `"queues":["`+queue.ID+`"]`)
	viewer.want("GET", "/api/v1/reports/agents", "", 403, "auth.forbidden")
	viewer.want("GET", "/api/v1/calls", "", 403, "auth.forbidden")
	viewer.want("GET", "/api/v1/setup/users", "", 403, "auth.forbidden")
	in.browser().want("GET", "/api/v1/meta", "", 401, "auth.required")
}

func TestSmuggledIdentityIsNothing(t *testing.T) {
	in := begin(t)
	signer, err := httpapi.NewSigner(key)
	if err != nil {
		t.Fatal(err)
	}
	genuine, err := signer.Sign("analytics", &httpapi.Identity{User: "intruder", Roles: []string{"admin"}})
	if err != nil {
		t.Fatal(err)
	}
	smuggle := func(b *browser) string {
		r := b.request("GET", "/api/v1/meta", nil)
		for _, name := range []string{"X-Agner-Assertion", "x-agner-assertion", "X_Agner_Assertion", "X-Agner-User"} {
			r.Header[name] = []string{genuine}
		}
		r.Header.Set("Connection", "close, X-Agner-Assertion")
		_, text := b.send(r)
		return text
	}
	if text := smuggle(in.browser()); !strings.Contains(text, "auth.required") {
		t.Errorf("without session: %s", text)
	}
	if text := smuggle(in.admin()); strings.Contains(text, "intruder") || !strings.Contains(text, "Administrator") {
		t.Errorf("with a session: %s", text)
	}
}

func TestNoAuditNoAccess(t *testing.T) {
	in := begin(t)
	admin := in.admin()
	admin.want("GET", "/api/v1/calls?number=%2B3725551234&queue=q1", "", 200, "/calls")
	lines, err := in.store.AuditLines(t.Context(), db.AuditFilter{Object: "route", Limit: 1})
	if err != nil || len(lines) != 1 {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	if l := lines[0]; l.Action != "calls.search" || l.ObjectID != "/api/v1/calls" || string(l.Detail) != `{"method":"GET","query":"number=***\u0026queue=q1"}` || l.RequestID == "" {
		t.Errorf("audit line %+v: %s", l, l.Detail)
	}
	err = in.store.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.ExecContext(t.Context(), `ALTER TABLE audit RENAME TO audit_gone`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	admin.want("GET", "/api/v1/calls", "", 503, "audit.unavailable")
	admin.want("GET", "/api/v1/calls/i1", "", 503, "audit.unavailable")
	admin.want("GET", "/api/v1/meta", "", 200, "Administrator")
	// The connection is the same, so the first request's line has been written by now.
	if log := in.log.String(); strings.Contains(log, "5551234") || !strings.Contains(log, "number=***&queue=q1") {
		t.Error("the access log holds the number, or not the request")
	}
}

func TestLiveStreamThroughTheDoor(t *testing.T) {
	in := begin(t)
	admin := in.admin()
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	resp, err := admin.client.Do(admin.request("GET", "/api/v1/live/stream", nil).WithContext(ctx))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	in.hub.Publish(sse.Event{ID: "n:1", Name: "snapshot", Data: []byte(`{"waiting":3}`)})
	for lines.Scan() {
		if lines.Text() == `data: {"waiting":3}` {
			return
		}
	}
	t.Errorf("the event did not come: %v", lines.Err())
}

// endless gives n bytes without holding them.
type endless struct{ left int }

func (e *endless) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n := min(len(p), e.left)
	e.left -= n
	return n, nil
}

func TestUploadsMayBeLargeOthersMayNot(t *testing.T) {
	in := begin(t)
	admin := in.admin()
	const size = 20 << 20
	r := admin.request("POST", "/api/v1/imports", &endless{size})
	resp, text := admin.send(r)
	if resp.StatusCode != 201 || in.uploaded != size {
		t.Errorf("%d %s, %d bytes", resp.StatusCode, text, in.uploaded)
	}
	resp, text = admin.send(admin.request("POST", "/api/v1/setup/skills", &endless{size}))
	if resp.StatusCode < 400 {
		t.Errorf("a set-up row of 20 MB: %d %s", resp.StatusCode, text)
	}
	admin.csrf = ""
	admin.want("POST", "/api/v1/imports", "x", 403, "auth.csrf")
}

func TestPagesAndOperations(t *testing.T) {
	in := begin(t)
	b := in.browser()
	b.want("GET", "/", "", 200, "<!doctype html>")
	b.want("GET", "/setup/queues", "", 200, "<!doctype html>")
	b.want("GET", "/healthz", "", 200, "ok")
	b.want("GET", "/readyz", "", 200, `"analytics":true`)
	b.want("GET", "/metrics", "", 200, "agner_http_request_seconds_bucket")
	b.want("GET", "/api/v1/nothing", "", 404, "request.not_found")
	b.want("GET", "/api/../../etc/passwd", "", 404, "request.not_found")
	b.want("POST", "/anything", "", 405, "request.method_not_allowed")
	resp, _ := b.send(b.request("GET", "/", nil))
	if !strings.Contains(resp.Header.Get("Content-Security-Policy"), "default-src 'self'") {
		t.Errorf("headers %v", resp.Header)
	}
}

func TestAnInstanceWithoutAnalyticsSaysSo(t *testing.T) {
	in := begin(t)
	files, index, err := web.Pages()
	if err != nil {
		t.Fatal(err)
	}
	h, err := NewHandler(Deps{Store: in.store, Key: key, Pages: files, Index: index,
		Sockets: map[string]string{"speech": filepath.Join(t.TempDir(), "no.sock")}, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(h)
	defer front.Close()
	in.url = front.URL
	in.admin().want("GET", "/api/v1/definitions", "", 503, `"role":"analytics"`)
	in.browser().want("GET", "/readyz", "", 503, `"speech":false`)
}

func TestBehindAProxy(t *testing.T) {
	in := begin(t)
	files, index, err := web.Pages()
	if err != nil {
		t.Fatal(err)
	}
	h, err := NewHandler(Deps{Store: in.store, Key: key, Pages: files, Index: index, Logger: slog.New(slog.DiscardHandler),
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, LoginsPerMinute: 1})
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(h)
	defer front.Close()
	in.url = front.URL
	b := in.browser()
	r := b.request("POST", "/api/v1/auth/login", strings.NewReader(`{"user":"admin","password":"`+in.password+`"}`))
	r.Header.Set("X-Forwarded-For", "192.0.2.55")
	r.Header.Set("X-Forwarded-Proto", "https")
	resp, text := b.send(r)
	if cookie := resp.Header.Get("Set-Cookie"); resp.StatusCode != 204 || !strings.Contains(cookie, "; Secure") {
		t.Errorf("%d %s, cookie %q", resp.StatusCode, text, cookie)
	}
	lines, err := in.store.AuditLines(t.Context(), db.AuditFilter{Object: "users", Limit: 1})
	if err != nil || len(lines) != 1 || lines[0].Address != "192.0.2.55" {
		t.Errorf("audit %+v, %v", lines, err)
	}
	stranger := in.browser()
	r = stranger.request("GET", "/metrics", nil)
	r.Header.Set("X-Forwarded-For", "127.0.0.1") // what a proxy forwards is not this machine's own
	if resp, _ := stranger.send(r); resp.StatusCode != 401 {
		t.Errorf("metrics through a proxy: %d", resp.StatusCode)
	}
}

func TestEveryProblemIsTranslated(t *testing.T) {
	for _, k := range httpapi.Kinds() {
		if !i18n.Has("problem." + k.Code) {
			t.Errorf("no text problem.%s", k.Code)
		}
	}
}

func TestBadDeps(t *testing.T) {
	in := begin(t)
	files, index, err := web.Pages()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewHandler(Deps{Store: in.store, Pages: files, Index: index}); !errors.Is(err, httpapi.ErrKey) {
		t.Errorf("without key: %v", err)
	}
	if _, err := NewHandler(Deps{Store: in.store, Key: key, Pages: files, Index: "none.html"}); err == nil {
		t.Error("without index: no error")
	}
}

func TestProxiedRoutesNameKnownRoles(t *testing.T) {
	for _, p := range proxied() {
		for _, role := range p.policy.Roles {
			if !slices.Contains(httpapi.AllRoles(), role) {
				t.Errorf("%s: role %q", p.path, role)
			}
		}
		if p.method != "GET" && !p.policy.Sensitive {
			t.Errorf("%s %s changes something without an audit line", p.method, p.path)
		}
	}
}
