package auth

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/db/account"
	"github.com/agner-platform/agner/internal/httpapi"
	"github.com/agner-platform/agner/internal/httpapi/door"
	"github.com/agner-platform/agner/web/api/rest/resttest"
)

// world is an instance with its first administrator, served.
type world struct {
	store    *db.Store
	url      string
	password string
}

func begin(t *testing.T) *world {
	t.Helper()
	store, err := db.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	_, password, err := account.New(store).FirstAdmin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	rt := router(store)
	srv := httptest.NewServer(rt)
	t.Cleanup(func() {
		srv.Close()
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return &world{store, srv.URL + Prefix, password}
}

func router(store *db.Store) *httpapi.Router {
	accounts := NewAccounts(store)
	rt := httpapi.NewRouter(httpapi.Options{Logger: slog.New(slog.DiscardHandler), Wrap: door.SameOrigin,
		Authenticate: door.SessionAuth{Sessions: accounts, Tokens: accounts}.Authenticate})
	New(store, 0).Mount(rt)
	rt.HandleFunc("GET", Prefix+"/other", httpapi.Policy{}, func(w http.ResponseWriter, _ *http.Request) error {
		return httpapi.WriteJSON(w, 200, "ok")
	})
	return rt
}

// browser keeps cookies and the CSRF value.
type browser struct {
	t      *testing.T
	w      *world
	client *http.Client
	csrf   string
	bearer string
}

func (w *world) browser(t *testing.T) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t: t, w: w, client: &http.Client{Jar: jar}}
}

// do sends a request and gives the status, the problem code, and the body.
func (b *browser) do(method, path, body string) (int, string, []byte) {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.w.url+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if b.csrf != "" {
		r.Header.Set(door.CSRFHeader, b.csrf)
	}
	if b.bearer != "" {
		r.Header.Set("Authorization", "Bearer "+b.bearer)
	}
	resp, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	var problem struct{ Code string }
	if resp.StatusCode >= 400 {
		if err := json.Unmarshal(text, &problem); err != nil {
			b.t.Fatalf("%s %s: %d without a problem: %s", method, path, resp.StatusCode, text)
		}
	}
	return resp.StatusCode, problem.Code, text
}

func (b *browser) want(method, path, body string, status int, code string) []byte {
	b.t.Helper()
	got, gotCode, text := b.do(method, path, body)
	if got != status || gotCode != code {
		b.t.Errorf("%s %s: %d %q, want %d %q: %s", method, path, got, gotCode, status, code, text)
	}
	return text
}

func (b *browser) signIn(user, password string) {
	b.t.Helper()
	body, _ := json.Marshal(Login{User: user, Password: password})
	b.want("POST", "/auth/login", string(body), 204, "")
	b.csrf = b.me().Csrf
}

func (b *browser) me() (me Me) {
	b.t.Helper()
	if err := json.Unmarshal(b.want("GET", "/auth/me", "", 200, ""), &me); err != nil {
		b.t.Fatal(err)
	}
	return me
}

const newPassword = "correct horse battery"

// settled signs the administrator in and changes the one-time password.
func (w *world) settled(t *testing.T) *browser {
	t.Helper()
	b := w.browser(t)
	b.signIn("admin", w.password)
	b.want("POST", "/auth/password", `{"old":"`+w.password+`","new":"`+newPassword+`"}`, 204, "")
	b.csrf = b.me().Csrf
	return b
}

func TestFirstSignInMustChangeThePassword(t *testing.T) {
	w := begin(t)
	b := w.browser(t)
	b.want("GET", "/auth/me", "", 401, "auth.required")
	b.signIn("admin", w.password)
	if me := b.me(); !me.MustChangePassword || me.Login != "admin" || !cmp.Equal(me.Roles, []string{"admin"}) || me.Csrf == "" {
		t.Errorf("me: %+v", me)
	}
	b.want("GET", "/other", "", 403, "auth.password_change_required")
	b.want("GET", "/auth/tokens", "", 403, "auth.password_change_required")
	b.want("POST", "/auth/password", `{"old":"wrong","new":"`+newPassword+`"}`, 403, "auth.wrong_password")
	b.want("POST", "/auth/password", `{"old":"`+w.password+`","new":"short"}`, 422, "request.invalid_field")
	b.want("POST", "/auth/password", `{"old":"`+w.password+`","new":"`+w.password+`"}`, 422, "request.invalid_field")
	other := w.browser(t)
	other.signIn("admin", w.password)
	b.want("POST", "/auth/password", `{"old":"`+w.password+`","new":"`+newPassword+`"}`, 204, "")
	other.want("GET", "/auth/me", "", 401, "auth.required")
	if me := b.me(); me.MustChangePassword {
		t.Error("the password still has to be changed")
	}
	b.want("GET", "/other", "", 200, "")
	w.browser(t).want("POST", "/auth/login", `{"user":"admin","password":"`+w.password+`"}`, 401, "auth.invalid_login")
}

func TestUnknownAndKnownUsersGetTheSameAnswer(t *testing.T) {
	w := begin(t)
	strip := func(text []byte) map[string]any {
		var doc map[string]any
		if err := json.Unmarshal(text, &doc); err != nil {
			t.Fatal(err)
		}
		delete(doc, "request_id")
		return doc
	}
	b := w.browser(t)
	known := strip(b.want("POST", "/auth/login", `{"user":"admin","password":"guess"}`, 401, "auth.invalid_login"))
	unknown := strip(b.want("POST", "/auth/login", `{"user":"nobody","password":"guess"}`, 401, "auth.invalid_login"))
	if diff := cmp.Diff(known, unknown); diff != "" {
		t.Error(diff)
	}
	for range 6 {
		b.do("POST", "/auth/login", `{"user":"nobody","password":"guess"}`)
		b.do("POST", "/auth/login", `{"user":"admin","password":"guess"}`)
	}
	b.want("POST", "/auth/login", `{"user":"nobody","password":"guess"}`, 429, "auth.too_many_attempts")
	b.want("POST", "/auth/login", `{"user":"admin","password":"`+w.password+`"}`, 429, "auth.too_many_attempts")
}

func TestHostileSignIns(t *testing.T) {
	w := begin(t)
	b := w.browser(t)
	b.want("POST", "/auth/login", `{"user":"admin"`, 400, "request.malformed")
	b.want("POST", "/auth/login", `{"user":"admin","password":"x","role":"admin"}`, 422, "request.unknown_field")
	b.want("POST", "/auth/login", `{"user":["admin"],"password":"x"}`, 422, "request.invalid_field")
	b.want("POST", "/auth/login", `{"user":"a","password":"`+strings.Repeat("x", credentialsMax)+`"}`, 413, "request.too_large")
	b.want("POST", "/auth/login", `{"user":"' OR 1=1 --","password":"\u0000"}`, 401, "auth.invalid_login")
	b.want("GET", "/auth/login", "", 405, "request.method_not_allowed")
	r, err := http.NewRequestWithContext(t.Context(), "POST", w.url+"/auth/login", strings.NewReader(`{"user":"admin","password":"`+w.password+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	resp, err := b.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != 403 {
		t.Errorf("another site signed somebody in: %d", resp.StatusCode)
	}
}

func TestCSRFAndLogout(t *testing.T) {
	b := begin(t).settled(t)
	csrf := b.csrf
	for _, bad := range []string{"", "x", csrf + "x", csrf[:len(csrf)-1]} {
		b.csrf = bad
		b.want("PATCH", "/auth/me", `{"locale":"et"}`, 403, "auth.csrf")
	}
	b.csrf = csrf
	b.want("PATCH", "/auth/me", `{"locale":"et","theme":"dark"}`, 200, "")
	b.want("PATCH", "/auth/me", `{"locale":"klingon"}`, 422, "request.invalid_field")
	if me := b.me(); me.Locale != "et" || me.Theme != "dark" {
		t.Errorf("me: %+v", me)
	}
	b.want("POST", "/auth/logout", "", 204, "")
	b.want("GET", "/auth/me", "", 401, "auth.required")
}

func TestTokens(t *testing.T) {
	w := begin(t)
	b := w.settled(t)
	b.want("POST", "/auth/tokens", `{"name":""}`, 422, "request.invalid_field")
	b.want("POST", "/auth/tokens", `{"name":"x","days":0}`, 422, "request.invalid_field")
	var made NewToken
	if err := json.Unmarshal(b.want("POST", "/auth/tokens", `{"name":"grafana","days":30}`, 201, ""), &made); err != nil {
		t.Fatal(err)
	}
	if made.ExpiresAt == nil || !strings.HasPrefix(made.Token, "agner_") {
		t.Errorf("made %+v", made)
	}
	robot := w.browser(t)
	robot.bearer = made.Token
	if me := robot.me(); me.Login != "admin" || me.Csrf != "" {
		t.Errorf("robot: %+v", me)
	}
	robot.want("POST", "/auth/tokens", `{"name":"child"}`, 403, "auth.session_required")
	robot.want("DELETE", "/auth/tokens/"+made.Id, "", 403, "auth.session_required")
	robot.want("POST", "/auth/password", `{"old":"a","new":"b"}`, 403, "auth.session_required")
	list := b.want("GET", "/auth/tokens", "", 200, "")
	if strings.Contains(string(list), made.Token) || !strings.Contains(string(list), made.Id) {
		t.Errorf("list: %s", list)
	}
	b.want("DELETE", "/auth/tokens/"+made.Id, "", 204, "")
	b.want("DELETE", "/auth/tokens/"+made.Id, "", 404, "request.not_found")
	robot.want("GET", "/auth/me", "", 401, "auth.invalid_token")
}

func TestContract(t *testing.T) {
	rt := httpapi.NewRouter(httpapi.Options{})
	New(nil, 0).Mount(rt)
	resttest.Contract(t, rt, Prefix, "openapi.yaml")
}

func TestScopesOfGrants(t *testing.T) {
	store := begin(t).store
	ctx := context.Background()
	site := func(name string) string {
		s, err := store.EnsureSite(ctx, name, "Europe/Tallinn")
		if err != nil {
			t.Fatal(err)
		}
		return s.ID
	}
	a, b := site("A"), site("B")
	queue := func(name, site string) string {
		q, err := store.EnsureQueue(ctx, name, site)
		if err != nil {
			t.Fatal(err)
		}
		return q.ID
	}
	qa, qb1, qb2 := queue("qa", a), queue("qb1", b), queue("qb2", b)
	team, err := store.EnsureTeam(ctx, "tb", b)
	if err != nil {
		t.Fatal(err)
	}
	scopes := func(grants ...db.Grant) httpapi.Scopes {
		id, err := NewAccounts(store).identity(ctx, account.Identity{Grants: grants})
		if err != nil {
			t.Fatal(err)
		}
		return id.Scopes
	}
	f := func(name string, s httpapi.Scopes, queues map[string]bool, seesTeam bool) {
		t.Helper()
		for q, want := range queues {
			siteOf := b
			if q == qa {
				siteOf = a
			}
			if got := s.Queue(q) && s.Site(siteOf); got != want {
				t.Errorf("%s: queue %s: %v", name, q, got)
			}
		}
		if s.Team(team.ID) != seesTeam {
			t.Errorf("%s: team: %v", name, !seesTeam)
		}
	}
	viewer := func(scope, id string) db.Grant { return db.Grant{Role: "viewer", Scope: scope, ScopeID: id} }
	f("all", scopes(viewer("all", "")), map[string]bool{qa: true, qb1: true, qb2: true}, true)
	f("site", scopes(viewer("site", a)), map[string]bool{qa: true, qb1: false, qb2: false}, false)
	f("queue", scopes(viewer("queue", qb1)), map[string]bool{qa: false, qb1: true, qb2: false}, true)
	f("site and queue elsewhere", scopes(viewer("site", a), viewer("queue", qb1)), map[string]bool{qa: true, qb1: true, qb2: false}, true)
	f("team", scopes(viewer("team", team.ID)), map[string]bool{qa: false, qb1: true, qb2: true}, true)
	f("one of nothing", scopes(viewer("queue", "gone")), map[string]bool{qa: false, qb1: false, qb2: false}, false)
	two := scopes(viewer("site", a), db.Grant{Role: "supervisor", Scope: "all"})
	f("another role everywhere", two, map[string]bool{qa: true, qb1: true}, true)
}
