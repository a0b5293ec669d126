package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
)

// memoryAudit is an Auditor that keeps its entries, or fails.
type memoryAudit struct {
	entries []AuditEntry
	err     error
}

func (m *memoryAudit) Audit(_ context.Context, e AuditEntry) error {
	m.entries = append(m.entries, e)
	return m.err
}

// asUser authenticates by the header Test-User, whose value names roles.
func asUser(known map[string]*Identity) func(*http.Request) (*Identity, error) {
	return func(r *http.Request) (*Identity, error) {
		name := r.Header.Get("Test-User")
		if name == "broken" {
			return nil, BadToken.New("")
		}
		return known[name], nil
	}
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func do(t *testing.T, h http.Handler, method, target, user string, body io.Reader) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, target, body)
	if user != "" {
		r.Header.Set("Test-User", user)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// codeOf gives the status and the problem code of an answer.
func codeOf(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	if w.Code < 400 {
		return ""
	}
	var doc problemDocument
	if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil {
		t.Fatalf("status %d without a problem document: %v: %s", w.Code, err, w.Body)
	}
	if doc.Status != w.Code || doc.Type != "/problems/"+doc.Code || doc.RequestID == "" {
		t.Errorf("inconsistent problem document: %+v, status %d", doc, w.Code)
	}
	return doc.Code
}

func ok(w http.ResponseWriter, _ *http.Request) error { return WriteJSON(w, 200, "ok") }

func TestPolicyDecides(t *testing.T) {
	rt := NewRouter(Options{Logger: quiet(), Auditor: &memoryAudit{}, Authenticate: asUser(map[string]*Identity{
		"viewer": {User: "viewer", Roles: []string{RoleViewer}},
		"admin":  {User: "admin", Roles: []string{RoleAdmin}, Grants: []string{GrantRecordings}},
		"fresh":  {User: "fresh", Roles: []string{RoleAdmin}, MustChangePassword: true},
	})})
	rt.HandleFunc("GET", "/public", Policy{Public: true}, ok)
	rt.HandleFunc("GET", "/any", Policy{}, ok)
	rt.HandleFunc("GET", "/admin", Policy{Roles: []string{RoleAdmin}}, ok)
	rt.HandleFunc("GET", "/hear", Policy{Grant: GrantRecordings}, ok)
	rt.HandleFunc("GET", "/pass", Policy{BeforePasswordChange: true}, ok)
	rt.HandleFunc("GET", "/row/{id}", Policy{}, ok)
	f := func(user, path string, status int, code string) {
		t.Helper()
		w := do(t, rt, "GET", path, user, nil)
		if got := codeOf(t, w); w.Code != status || got != code {
			t.Errorf("%s as %q: %d %q, want %d %q", path, user, w.Code, got, status, code)
		}
	}
	f("", "/public", 200, "")
	f("broken", "/public", 200, "") // a broken token must not spoil the sign-in page
	f("", "/any", 401, "auth.required")
	f("broken", "/any", 401, "auth.invalid_token")
	f("viewer", "/any", 200, "")
	f("viewer", "/admin", 403, "auth.forbidden")
	f("admin", "/admin", 200, "")
	f("viewer", "/hear", 403, "auth.forbidden")
	f("admin", "/hear", 200, "")
	f("fresh", "/admin", 403, "auth.password_change_required")
	f("fresh", "/pass", 200, "")
	f("fresh", "/public", 200, "")
	f("admin", "/nothing", 404, "request.not_found")
	f("", "/row/a%2Fb", 401, "auth.required")
	f("admin", "/row/a%2Fb", 200, "")
	f("admin", "/row/a/b", 404, "request.not_found")
	if w := do(t, rt, "POST", "/any", "admin", nil); w.Code != 405 || codeOf(t, w) != "request.method_not_allowed" {
		t.Errorf("POST to a GET route: %d", w.Code)
	}
}

func TestRouteWithoutPolicyIsRefusedAndFound(t *testing.T) {
	rt := NewRouter(Options{Logger: quiet(), Authenticate: asUser(map[string]*Identity{"admin": {User: "admin", Roles: AllRoles()}})})
	rt.HandleFunc("GET", "/good", Policy{}, ok)
	served := false
	rt.mux.Get("/bare", func(http.ResponseWriter, *http.Request) { served = true })
	w := do(t, rt, "GET", "/bare", "admin", nil)
	if w.Code != 403 || codeOf(t, w) != "auth.no_policy" || served {
		t.Errorf("bare route answered %d, served %v", w.Code, served)
	}
	bare, err := rt.Unguarded()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"GET /bare"}, bare); diff != "" {
		t.Error(diff)
	}
}

func TestSensitiveRouteIsAuditedFirst(t *testing.T) {
	audit := &memoryAudit{}
	rt := NewRouter(Options{Logger: quiet(), Auditor: audit, Authenticate: asUser(map[string]*Identity{
		"quality": {User: "u1", Roles: []string{RoleQuality}}, "viewer": {User: "u2", Roles: []string{RoleViewer}}})})
	served := 0
	rt.HandleFunc("GET", "/calls/{id}", Policy{Action: "calls.read", Roles: []string{RoleQuality}, Sensitive: true},
		func(w http.ResponseWriter, r *http.Request) error {
			served++
			if len(audit.entries) != served {
				t.Error("the handler ran before the audit was written")
			}
			return ok(w, r)
		})
	w := do(t, rt, "GET", "/calls/3725551234?number=%2B3725551234&queue=7", "quality", nil)
	if w.Code != 200 {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	want := []AuditEntry{{User: "u1", Action: "calls.read", Method: "GET", Path: "/calls/********34", Query: "number=***&queue=7",
		RequestID: w.Header().Get("X-Request-Id"), Remote: "192.0.2.1"}}
	if diff := cmp.Diff(want, audit.entries); diff != "" {
		t.Error(diff)
	}
	if w := do(t, rt, "GET", "/calls/1", "viewer", nil); w.Code != 403 || len(audit.entries) != 1 {
		t.Errorf("a refused caller got %d and %d audit lines", w.Code, len(audit.entries))
	}
	audit.err = errors.New("disk is full")
	w = do(t, rt, "GET", "/calls/1", "quality", nil)
	if w.Code != 503 || codeOf(t, w) != "audit.unavailable" || served != 1 {
		t.Errorf("without audit: %d, served %d times", w.Code, served)
	}
	if strings.Contains(w.Body.String(), "disk is full") {
		t.Error("the cause was shown to the caller")
	}
}

func TestSensitiveRouteNeedsAnAuditor(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	NewRouter(Options{}).HandleFunc("GET", "/x", Policy{Sensitive: true}, ok)
}

func TestScopesFollowTheRoleThatAdmits(t *testing.T) {
	id := &Identity{User: "u", Roles: []string{RoleViewer, RoleSupervisor}, Holdings: []Holding{
		{Role: RoleViewer},
		{Role: RoleSupervisor, Scopes: Scopes{Teams: []string{"t1"}}},
		{Role: RoleQuality, Scopes: Scopes{Teams: []string{"t2"}}},
	}}
	rt := NewRouter(Options{Logger: quiet(), Authenticate: func(*http.Request) (*Identity, error) { return id, nil }})
	var got Scopes
	see := func(w http.ResponseWriter, r *http.Request) error {
		got = IdentityFrom(r.Context()).Scopes
		return ok(w, r)
	}
	rt.HandleFunc("GET", "/all", Policy{}, see)
	rt.HandleFunc("GET", "/supervise", Policy{Roles: []string{RoleSupervisor}}, see)
	rt.HandleFunc("GET", "/both", Policy{Roles: []string{RoleSupervisor, RoleQuality}}, see)
	for path, want := range map[string]Scopes{
		"/all": {}, "/supervise": {Teams: []string{"t1"}}, "/both": {Teams: []string{"t1", "t2"}},
	} {
		do(t, rt, "GET", path, "", nil)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", path, diff)
		}
	}
}

func TestBodyLimit(t *testing.T) {
	rt := NewRouter(Options{Logger: quiet()})
	read := func(w http.ResponseWriter, r *http.Request) error {
		n, err := io.Copy(io.Discard, r.Body)
		if err != nil {
			return err
		}
		return WriteJSON(w, 200, n)
	}
	rt.HandleFunc("POST", "/small", Policy{Public: true, MaxBody: 100}, read)
	rt.HandleFunc("POST", "/default", Policy{Public: true}, read)
	rt.HandleFunc("POST", "/upload", Policy{Public: true, MaxBody: Unlimited, Timeout: Unlimited}, read)
	f := func(path string, size, status int) {
		t.Helper()
		w := do(t, rt, "POST", path, "", bytes.NewReader(make([]byte, size)))
		if w.Code != status {
			t.Errorf("%s with %d bytes: %d, want %d", path, size, w.Code, status)
		}
		if status == 413 && codeOf(t, w) != "request.too_large" {
			t.Errorf("%s: %s", path, w.Body)
		}
	}
	f("/small", 100, 200)
	f("/small", 101, 413)
	f("/default", defaultMaxBody, 200)
	f("/default", defaultMaxBody+1, 413)
	f("/upload", 3*defaultMaxBody, 200)
}

func TestTimeoutReachesTheHandlerAsAProblem(t *testing.T) {
	rt := NewRouter(Options{Logger: quiet()})
	rt.HandleFunc("GET", "/slow", Policy{Public: true, Timeout: time.Millisecond}, func(_ http.ResponseWriter, r *http.Request) error {
		<-r.Context().Done()
		return r.Context().Err()
	})
	if w := do(t, rt, "GET", "/slow", "", nil); w.Code != 503 || codeOf(t, w) != "server.timeout" {
		t.Errorf("status %d: %s", w.Code, w.Body)
	}
}

func TestPanicIsAProblemAndIsLogged(t *testing.T) {
	var log bytes.Buffer
	rt := NewRouter(Options{Logger: slog.New(slog.NewJSONHandler(&log, nil))})
	rt.HandleFunc("GET", "/before", Policy{Public: true}, func(http.ResponseWriter, *http.Request) error { panic("secret detail") })
	rt.HandleFunc("GET", "/amid", Policy{Public: true}, func(w http.ResponseWriter, _ *http.Request) error {
		_, _ = io.WriteString(w, "half")
		panic("secret detail")
	})
	w := do(t, rt, "GET", "/before", "", nil)
	if w.Code != 500 || codeOf(t, w) != "server.internal" || strings.Contains(w.Body.String(), "secret") {
		t.Errorf("status %d: %s", w.Code, w.Body)
	}
	if !strings.Contains(log.String(), "secret detail") || !strings.Contains(log.String(), "router_test.go") {
		t.Errorf("the log lacks the panic or its stack: %s", log.String())
	}
	srv := httptest.NewServer(rt)
	defer srv.Close()
	resp, err := http.Get(srv.URL + "/amid")
	if err == nil {
		_, err = io.ReadAll(resp.Body)
		_ = resp.Body.Close()
	}
	if err == nil {
		t.Error("half an answer looked whole")
	}
}

func TestAccessLogKeepsSecretsOut(t *testing.T) {
	var log bytes.Buffer
	rt := NewRouter(Options{Logger: slog.New(slog.NewJSONHandler(&log, nil)), Authenticate: asUser(map[string]*Identity{"a": {User: "user-1"}})})
	rt.HandleFunc("GET", "/calls/{id}", Policy{}, ok)
	r := httptest.NewRequest("GET", "/calls/37255512345?number=555%2012%2034&token=agner_abc&from=2026-01-02", nil)
	r.Header.Set("Test-User", "a")
	r.Header.Set("Cookie", "agner_session=cookie-secret")
	r.Header.Set("Authorization", "Bearer agner_bearer-secret")
	r.Header.Set("X-Request-Id", "chosen-by-caller")
	rt.ServeHTTP(httptest.NewRecorder(), r)
	line := log.String()
	for _, secret := range []string{"37255512345", "555 12 34", "agner_abc", "cookie-secret", "bearer-secret", "chosen-by-caller"} {
		if strings.Contains(line, secret) {
			t.Errorf("the log holds %q: %s", secret, line)
		}
	}
	for _, want := range []string{`"user":"user-1"`, `"route":"/calls/{id}"`, `"status":200`, "from=2026-01-02", `"request_id":"`} {
		if !strings.Contains(line, want) {
			t.Errorf("the log lacks %s: %s", want, line)
		}
	}
}

func TestRequestIDIsTrustedOnlyBehindTheDoor(t *testing.T) {
	for given, kept := range map[string]bool{"ABCDEFGH1234": true, "short": false, "with space and more": false, strings.Repeat("x", 65): false} {
		rt := NewRouter(Options{Logger: quiet(), TrustID: true})
		rt.HandleFunc("GET", "/", Policy{Public: true}, ok)
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("X-Request-Id", given)
		w := httptest.NewRecorder()
		rt.ServeHTTP(w, r)
		if got := w.Header().Get("X-Request-Id"); (got == given) != kept || got == "" {
			t.Errorf("given %q, got %q", given, got)
		}
	}
}

func TestLoopbackPolicy(t *testing.T) {
	rt := NewRouter(Options{Logger: quiet()})
	rt.HandleFunc("GET", "/metrics", Policy{Loopback: true, Roles: []string{RoleAdmin}}, ok)
	f := func(remote, forwarded string, status int) {
		t.Helper()
		r := httptest.NewRequest("GET", "/metrics", nil)
		r.RemoteAddr = remote
		if forwarded != "" {
			r.Header.Set("X-Forwarded-For", forwarded)
		}
		w := httptest.NewRecorder()
		rt.ServeHTTP(w, r)
		if w.Code != status {
			t.Errorf("from %q (%q): %d, want %d", remote, forwarded, w.Code, status)
		}
	}
	f("127.0.0.1:9", "", 200)
	f("[::1]:9", "", 200)
	f("@", "", 200)
	f("192.0.2.7:9", "", 401)
	f("127.0.0.1:9", "192.0.2.7", 401)
}

func TestMetricsKeepSeriesBounded(t *testing.T) {
	reg := prometheus.NewRegistry()
	m, err := NewMetrics(reg, "test")
	if err != nil {
		t.Fatal(err)
	}
	rt := NewRouter(Options{Logger: quiet(), Metrics: m})
	rt.HandleFunc("GET", "/rows/{id}", Policy{Public: true}, ok)
	for _, path := range []string{"/rows/1", "/rows/2", "/no/1", "/no/2", "/no/3"} {
		do(t, rt, "GET", path, "", nil)
	}
	do(t, rt, "INVENTED", "/no/1", "", nil)
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var series []string
	for _, s := range families[0].GetMetric() {
		var labels []string
		for _, l := range s.GetLabel() {
			labels = append(labels, l.GetValue())
		}
		series = append(series, strings.Join(labels, " "))
	}
	slices.Sort(series)
	if diff := cmp.Diff([]string{"GET test /rows/{id} 200", "any test none 404", "any test none 405"}, series); diff != "" {
		t.Error(diff)
	}
	if _, err := NewMetrics(reg, "test"); err == nil {
		t.Error("registered twice without an error")
	}
}

func TestKindsAreComplete(t *testing.T) {
	for _, k := range Kinds() {
		if k.Title == "" || k.Status < 400 || k.Status > 599 {
			t.Errorf("%s: status %d, title %q", k.Code, k.Status, k.Title)
		}
	}
	for _, bad := range []string{"nodot", "Upper.case", ".x", "x.", "request.malformed"} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("code %q was accepted", bad)
				}
			}()
			Define(bad, 400, "x")
		}()
	}
}

func TestServeStopsStreamsAndReturns(t *testing.T) {
	ln := listen(t)
	ctx, stop := context.WithCancel(t.Context())
	rt := NewRouter(Options{Logger: quiet()})
	begun, ended := make(chan struct{}), make(chan struct{})
	rt.HandleFunc("GET", "/stream", Policy{Public: true, Timeout: Unlimited}, func(w http.ResponseWriter, r *http.Request) error {
		w.WriteHeader(200)
		_ = http.NewResponseController(w).Flush()
		close(begun)
		<-r.Context().Done()
		close(ended)
		return nil
	})
	done := make(chan error, 1)
	go func() { done <- Serve(ctx, ln, rt, quiet()) }()
	resp, err := http.Get("http://" + ln.Addr().String() + "/stream")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	<-begun
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	<-ended
}
