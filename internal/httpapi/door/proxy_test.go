package door

import (
	"bufio"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agner-platform/agner/internal/httpapi"
	"github.com/agner-platform/agner/internal/httpapi/sse"
)

var key = ed25519.NewKeyFromSeed([]byte("0123456789abcdef0123456789abcdef"))

// serveRole runs h as role analytics on a Unix socket.
func serveRole(t *testing.T, h http.Handler) (socket string) {
	t.Helper()
	socket = filepath.Join(t.TempDir(), "a.sock")
	ln, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	srv := &httptest.Server{Listener: ln, Config: &http.Server{Handler: h}}
	srv.Start()
	t.Cleanup(srv.Close)
	return socket
}

// publicDoor serves a proxy to the socket as the user of the header User.
func publicDoor(t *testing.T, socket string) *httptest.Server {
	t.Helper()
	signer, err := httpapi.NewSigner(key)
	if err != nil {
		t.Fatal(err)
	}
	p := NewProxy("analytics", socket, signer)
	rt := httpapi.NewRouter(httpapi.Options{
		Logger: quiet(),
		Wrap:   func(h http.Handler) http.Handler { return StripIdentity(Compress(h)) },
		Authenticate: func(r *http.Request) (*httpapi.Identity, error) {
			return &httpapi.Identity{User: r.Header.Get("User"), Roles: []string{httpapi.RoleViewer}, CSRF: "c"}, nil
		},
	})
	rt.Handle("GET", "/api/v1/live/stream", httpapi.Policy{Timeout: httpapi.Unlimited}, p)
	rt.Handle("GET", "/api/v1/*", httpapi.Policy{}, p)
	rt.Handle("POST", "/api/v1/*", httpapi.Policy{MaxBody: 1000}, p)
	srv := httptest.NewServer(rt)
	t.Cleanup(func() {
		srv.Close()
		p.Close()
	})
	return srv
}

func send(t *testing.T, r *http.Request) (*http.Response, string) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DisableCompression: true}}
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

func request(t *testing.T, method, url string, body io.Reader) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("User", "mari")
	return r
}

func TestProxyAssertsWhoCallsAndNothingElse(t *testing.T) {
	pub, _ := key.Public().(ed25519.PublicKey)
	verifier, err := httpapi.NewVerifier(pub, "analytics")
	if err != nil {
		t.Fatal(err)
	}
	role := httpapi.NewRouter(httpapi.Options{Logger: quiet(), Authenticate: verifier.Authenticate, TrustID: true})
	role.HandleFunc("GET", "/api/v1/meta", httpapi.Policy{}, func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Set-Cookie", "agner_session=planted")
		return httpapi.WriteJSON(w, 200, map[string]any{
			"user": httpapi.IdentityFrom(r.Context()).User, "id": httpapi.RequestID(r.Context()), "query": r.URL.RawQuery,
			"headers": r.Header,
		})
	})
	front := publicDoor(t, serveRole(t, role))
	r := request(t, "GET", front.URL+"/api/v1/meta?a=1;b=2&c=%2F", nil)
	r.Header.Set("Cookie", "agner_session=secret")
	r.Header.Set("Authorization", "Bearer agner_secret")
	r.Header.Set("Connection", "X-Agner-Assertion, X-Request-Id") // asks the proxy to drop what it adds
	r.Header["X-Agner-Assertion"] = []string{"forged"}
	r.Header["X-Agner-User"] = []string{"admin"}
	r.Header.Set("X-Forwarded-For", "127.0.0.1")
	r.Header.Set("X-Request-Id", "forged-by-caller")
	resp, body := send(t, r)
	var got struct {
		User, ID, Query string
		Headers         http.Header
	}
	if err := json.Unmarshal([]byte(body), &got); err != nil || resp.StatusCode != 200 {
		t.Fatalf("%d %s: %v", resp.StatusCode, body, err)
	}
	if got.User != "mari" || got.ID != resp.Header.Get("X-Request-Id") || got.ID == "forged-by-caller" || got.ID == "" {
		t.Errorf("user %q, request id %q and %q", got.User, got.ID, resp.Header.Get("X-Request-Id"))
	}
	if got.Query != "c=%2F" { // what two parsers read differently is taken out
		t.Errorf("query %q", got.Query)
	}
	for _, name := range []string{"Cookie", "Authorization", "X-Agner-User"} {
		if v := got.Headers.Get(name); v != "" {
			t.Errorf("%s: %q reached the role", name, v)
		}
	}
	if diff := cmp.Diff([]string{"127.0.0.1"}, got.Headers["X-Forwarded-For"]); diff != "" {
		t.Error(diff)
	}
	if resp.Header.Get("Set-Cookie") != "" {
		t.Error("a role set a cookie at the public door")
	}
}

func TestProxySaysThatARoleIsDown(t *testing.T) {
	front := publicDoor(t, filepath.Join(t.TempDir(), "absent.sock"))
	resp, body := send(t, request(t, "GET", front.URL+"/api/v1/meta", nil))
	var doc struct {
		Code   string
		Params map[string]string
	}
	if err := json.Unmarshal([]byte(body), &doc); err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != 503 || doc.Code != "role.unavailable" || doc.Params["role"] != "analytics" || resp.Header.Get("Retry-After") == "" {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
	if strings.Contains(body, "absent.sock") {
		t.Error("the path of the socket was shown")
	}
}

func TestProxyWhenTheRoleDiesAmid(t *testing.T) {
	front := publicDoor(t, serveRole(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		c, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_ = c.Close()
	})))
	resp, body := send(t, request(t, "POST", front.URL+"/api/v1/x", strings.NewReader("x")))
	if resp.StatusCode != 503 || !strings.Contains(body, "role.unavailable") {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
}

func TestProxyBoundsBodies(t *testing.T) {
	front := publicDoor(t, serveRole(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) })))
	resp, body := send(t, request(t, "POST", front.URL+"/api/v1/x", io.MultiReader(strings.NewReader(strings.Repeat("x", 5000)))))
	if resp.StatusCode != 413 || !strings.Contains(body, "request.too_large") {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
}

func TestProxyStreamsEvents(t *testing.T) {
	var hub sse.Hub
	lastIDs := make(chan string, 2)
	front := publicDoor(t, serveRole(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		lastIDs <- r.Header.Get("Last-Event-ID")
		hub.ServeHTTP(w, r)
	})))
	hub.Publish(sse.Event{ID: "n:1", Data: []byte("1")})
	ctx, cancel := context.WithCancel(t.Context())
	r := request(t, "GET", front.URL+"/api/v1/live/stream", nil).WithContext(ctx)
	r.Header.Set("Last-Event-ID", "n:0")
	r.Header.Set("Accept-Encoding", "gzip, zstd")
	transport := &http.Transport{}
	resp, err := (&http.Client{Transport: transport}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if got := <-lastIDs; got != "n:0" {
		t.Errorf("Last-Event-ID %q", got)
	}
	lines := bufio.NewScanner(resp.Body)
	until := func(want string) {
		t.Helper()
		for lines.Scan() {
			if lines.Text() == want {
				return
			}
		}
		t.Fatalf("%q did not come: %v", want, lines.Err())
	}
	until("data: 1")
	hub.Publish(sse.Event{ID: "n:2", Data: []byte("2")}) // must come through while the answer is open
	until("data: 2")
	cancel()
	_ = resp.Body.Close()
	transport.CloseIdleConnections()
	hub.Close()
}

func TestProxyNeedsAnIdentity(t *testing.T) {
	signer, err := httpapi.NewSigner(key)
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	NewProxy("analytics", "nowhere", signer).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if w.Code != 401 {
		t.Errorf("status %d", w.Code)
	}
}
