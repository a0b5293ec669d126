package setup

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/httpapi"
)

// world is an instance whose callers are made up by the test.
type world struct {
	t     *testing.T
	store *db.Store
	rt    *httpapi.Router
	who   map[string]*httpapi.Identity
}

// resets counts the passwords given.
type resets struct{ users []string }

func (r *resets) ResetPassword(_ context.Context, user string) (string, error) {
	r.users = append(r.users, user)
	return fmt.Sprintf("one-time-%d", len(r.users)), nil
}

type storeAudit struct{ store *db.Store }

func (a storeAudit) Audit(ctx context.Context, e httpapi.AuditEntry) error {
	return a.store.Audit(db.As(ctx, db.Actor{Name: e.User}), db.Entry{Action: e.Action, Object: "route", ObjectID: e.Path})
}

func begin(t *testing.T) *world {
	t.Helper()
	store, err := db.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	w := &world{t: t, store: store, who: map[string]*httpapi.Identity{}}
	for _, role := range httpapi.AllRoles() {
		w.who[role] = &httpapi.Identity{User: "u_" + role, Roles: []string{role}}
	}
	w.rt = httpapi.NewRouter(httpapi.Options{Logger: slog.New(slog.DiscardHandler), Auditor: storeAudit{store},
		Authenticate: func(r *http.Request) (*httpapi.Identity, error) { return w.who[r.Header.Get("As")], nil }})
	New(store, &resets{}, []byte("key"), fakeSwitch{}).Mount(w.rt)
	return w
}

// caller sends requests as somebody, with an If-Match if set.
type caller struct {
	w     *world
	user  string
	match string
}

func (w *world) as(user string) caller { return caller{w: w, user: user} }

func (c caller) at(version int) caller {
	c.match = httpapi.ETag(int64(version))
	return c
}

// want sends a request and checks the status and the problem's code.
func (c caller) want(method, path, body string, status int, code string) []byte {
	c.w.t.Helper()
	rec := c.send(method, path, body)
	var problem struct{ Code string }
	if rec.Code >= 400 {
		if err := json.Unmarshal(rec.Body.Bytes(), &problem); err != nil {
			c.w.t.Fatalf("%s %s: %d without a problem: %s", method, path, rec.Code, rec.Body)
		}
	}
	if rec.Code != status || problem.Code != code {
		c.w.t.Errorf("%s %s as %s: %d %q, want %d %q: %s", method, path, c.user, rec.Code, problem.Code, status, code, rec.Body)
	}
	return rec.Body.Bytes()
}

func (c caller) send(method, path, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(c.w.t.Context(), method, Prefix+path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("As", c.user)
	if c.match != "" {
		r.Header.Set("If-Match", c.match)
	}
	rec := httptest.NewRecorder()
	c.w.rt.ServeHTTP(rec, r)
	return rec
}

func (w *world) site(name string) string {
	w.t.Helper()
	return id(w.t, w.as("admin").want("POST", "/setup/sites", `{"name":"`+name+`","zone":"Europe/Tallinn"}`, 201, ""))
}

func (w *world) queue(name, site string) string {
	w.t.Helper()
	return id(w.t, w.as("admin").want("POST", "/setup/queues", `{"name":"`+name+`","site_id":"`+site+`"}`, 201, ""))
}

func TestLifeOfARow(t *testing.T) {
	w := begin(t)
	admin := w.as("admin")
	q := "/setup/queues/" + w.queue("Sales", w.site("Tallinn"))
	rec := admin.send("GET", q, "")
	if rec.Code != 200 || rec.Header().Get("ETag") != `"1"` {
		t.Fatalf("%d, ETag %s", rec.Code, rec.Header().Get("ETag"))
	}
	admin.want("PATCH", q, `{"name":"Sales 2"}`, 428, "request.precondition_required")
	admin.at(1).want("PATCH", q, `{"name":"Sales 2"}`, 200, "")
	admin.at(1).want("PATCH", q, `{"name":"Sales 3"}`, 412, "request.stale")
	admin.at(2).want("PATCH", q, `{"natural_name":"x"}`, 422, "request.unknown_field") // how foreign records know it is fixed
	var row Queue
	if err := json.Unmarshal(admin.want("GET", q, "", 200, ""), &row); err != nil {
		t.Fatal(err)
	}
	if row.Name != "Sales 2" || row.NaturalName != "Sales" || row.Version != 2 {
		t.Errorf("row %+v", row)
	}
	admin.want("DELETE", q, "", 428, "request.precondition_required")
	admin.at(2).want("DELETE", q, "", 204, "")
	f := func(query string, n int) {
		t.Helper()
		var list QueueList
		if err := json.Unmarshal(admin.want("GET", "/setup/queues"+query, "", 200, ""), &list); err != nil || len(list.Rows) != n {
			t.Errorf("%s: %d rows, %v", query, len(list.Rows), err)
		}
	}
	f("", 0)
	f("?retired=true", 1)
	admin.at(3).want("POST", q+"/restore", "", 200, "")
	f("", 1)
	f("?site_id=other", 0)
	lines, err := w.store.AuditLines(t.Context(), db.AuditFilter{Object: "queues"})
	if err != nil {
		t.Fatal(err)
	}
	var did []string
	for _, l := range lines {
		did = append(did, l.Actor+" "+l.Action)
	}
	if diff := cmp.Diff([]string{"u_admin restore", "u_admin retire", "u_admin update", "u_admin create"}, did); diff != "" {
		t.Error(diff)
	}
}

func TestBadValuesAreNamed(t *testing.T) {
	w := begin(t)
	site := w.site("Tallinn")
	f := func(path, body string, status int, code, field string) {
		t.Helper()
		var p struct{ Params struct{ Field string } }
		if err := json.Unmarshal(w.as("admin").want("POST", path, body, status, code), &p); err != nil || p.Params.Field != field {
			t.Errorf("%s: field %q, want %q (%v)", body, p.Params.Field, field, err)
		}
	}
	f("/setup/sites", `{"name":"X","zone":"Mars/Olympus"}`, 422, "request.invalid_field", "zone")
	f("/setup/sites", `{"zone":"Europe/Tallinn"}`, 422, "request.invalid_field", "name")
	f("/setup/sites", `{"name":"X","zone":"UTC","week_start":8}`, 422, "request.invalid_field", "week_start")
	f("/setup/sites", `{"name":"X","zone":"UTC","opening":[{"weekdays":[1],"from":"9:00","to":"17:00"}]}`, 422, "request.invalid_field", "opening.from")
	f("/setup/sites", `{"name":"X","zone":"UTC","opening":"always"}`, 422, "request.invalid_field", "opening")
	f("/setup/sites", `{"name":"X","zone":"UTC","id":"mine"}`, 422, "request.unknown_field", "id")
	f("/setup/sites", `{"name":"`+strings.Repeat("x", 300)+`","zone":"UTC"}`, 422, "request.invalid_field", "name")
	f("/setup/sites", `{"name":"a\u0000b","zone":"UTC"}`, 422, "request.invalid_field", "name")
	f("/setup/sites", `{"name":"Tallinn","zone":"UTC"}`, 409, "setup.exists", "")
	f("/setup/queues", `{"name":"X","site_id":"nowhere"}`, 422, "setup.reference", "")
	f("/setup/queues", `{"name":"X","site_id":"`+site+`","channel":"pigeon"}`, 422, "request.invalid_field", "channel")
	f("/setup/users", `{"login":"two words"}`, 422, "request.invalid_field", "login")
	f("/setup/roles", `{"user_id":"nobody","role":"god"}`, 422, "request.invalid_field", "role")
	admin := w.as("admin")
	admin.want("POST", "/setup/sites", `{"name":"`+strings.Repeat("x", 2<<20)+`"}`, 413, "request.too_large")
	admin.want("GET", "/setup/sites/none", "", 404, "request.not_found")
	admin.want("GET", "/setup/sites?colour=red", "", 400, "request.invalid_parameter")
	admin.want("GET", "/setup/sites?limit=0", "", 400, "request.invalid_parameter")
	admin.want("GET", "/setup/sites?cursor=AAAA", "", 400, "request.invalid_cursor")
	admin.want("GET", "/setup/planets", "", 404, "request.not_found")
	admin.want("GET", "/setup/sites/..%2f..%2fusers", "", 404, "request.not_found")
}

func TestRolesDecide(t *testing.T) {
	w := begin(t)
	f := func(method, path, allowed string) {
		t.Helper()
		for _, role := range httpapi.AllRoles() {
			rec := w.as(role).send(method, path, "{}")
			if may := strings.Contains(" "+allowed+" ", " "+role+" "); may == (rec.Code == 403) {
				t.Errorf("%s %s as %s: %d", method, path, role, rec.Code)
			}
		}
		if rec := w.as("nobody").send(method, path, "{}"); rec.Code != 401 {
			t.Errorf("%s %s without identity: %d", method, path, rec.Code)
		}
	}
	const all = "admin planner manager supervisor quality agent viewer"
	f("GET", "/setup/queues", all)
	f("POST", "/setup/queues", "admin manager")
	f("POST", "/setup/sites", "admin")
	f("POST", "/setup/skills", "admin manager planner")
	f("GET", "/setup/agents", "admin manager planner supervisor quality")
	f("GET", "/setup/agents/x/terms", "admin manager planner")
	f("GET", "/setup/users", "admin")
	f("POST", "/setup/users/x/password", "admin")
	f("GET", "/setup/roles", "admin")
	f("GET", "/audit", "admin")
	f("PATCH", "/setup/settings/sl.within", "admin manager")
}

func TestScopesHold(t *testing.T) {
	w := begin(t)
	a, b := w.site("A"), w.site("B")
	qa, qb := w.queue("qa", a), w.queue("qb", b)
	w.who["local"] = &httpapi.Identity{User: "local", Roles: []string{"manager"}, Scopes: httpapi.Scopes{Sites: []string{a}, Queues: []string{qa}}}
	local := w.as("local")
	var list QueueList
	if err := json.Unmarshal(local.want("GET", "/setup/queues", "", 200, ""), &list); err != nil {
		t.Fatal(err)
	}
	if len(list.Rows) != 1 || list.Rows[0].Id != qa {
		t.Errorf("sees %+v", list.Rows)
	}
	local.want("GET", "/setup/queues/"+qb, "", 403, "auth.out_of_scope")
	local.at(1).want("PATCH", "/setup/queues/"+qb, `{"name":"mine"}`, 403, "auth.out_of_scope")
	local.at(1).want("DELETE", "/setup/queues/"+qb, "", 403, "auth.out_of_scope")
	local.at(1).want("PATCH", "/setup/queues/"+qa, `{"site_id":"`+b+`"}`, 403, "auth.out_of_scope")
	local.at(1).want("PATCH", "/setup/queues/"+qa, `{"name":"renamed"}`, 200, "")
	local.want("POST", "/setup/queues", `{"name":"new","site_id":"`+b+`"}`, 403, "auth.out_of_scope")
	local.want("POST", "/setup/groups", `{"name":"new","site_id":"`+b+`"}`, 403, "auth.out_of_scope")
	local.want("GET", "/setup/sites/"+b, "", 403, "auth.out_of_scope")
	local.want("GET", "/setup/queues/"+qb+"/targets", "", 403, "auth.out_of_scope")
	local.want("PUT", "/setup/queues/"+qb+"/targets", `{"share":0.8,"within_us":20000000}`, 403, "auth.out_of_scope")
	local.want("PUT", "/setup/queues/"+qa+"/targets", `{"share":0.8,"within_us":20000000}`, 200, "")
	local.want("PUT", "/setup/stream-rules", `{"queue_id":"`+qb+`","stream_id":"x"}`, 403, "auth.out_of_scope")
}

func TestAgentsFollowTheirTeam(t *testing.T) {
	w := begin(t)
	admin := w.as("admin")
	team := func(name string) string {
		return id(t, admin.want("POST", "/setup/teams", `{"name":"`+name+`"}`, 201, ""))
	}
	north, south := team("North"), team("South")
	agent := func(name, team string) string {
		a := id(t, admin.want("POST", "/setup/agents", `{"name":"`+name+`"}`, 201, ""))
		admin.want("PUT", "/setup/agents/"+a+"/terms", `{"team_id":"`+team+`","contract":"full","weekly_minutes":2400,"wage_cents":1500}`, 200, "")
		return a
	}
	mari, jaan := agent("Mari", north), agent("Jaan", south)
	w.who["lead"] = &httpapi.Identity{User: "lead", Roles: []string{"supervisor"}, Scopes: httpapi.Scopes{Teams: []string{north}}}
	lead := w.as("lead")
	var list AgentList
	if err := json.Unmarshal(lead.want("GET", "/setup/agents", "", 200, ""), &list); err != nil {
		t.Fatal(err)
	}
	if len(list.Rows) != 1 || list.Rows[0].Id != mari {
		t.Errorf("sees %+v", list.Rows)
	}
	lead.want("GET", "/setup/agents/"+jaan, "", 403, "auth.out_of_scope")
	skill := id(t, admin.want("POST", "/setup/skills", `{"name":"Estonian"}`, 201, ""))
	lead.want("PUT", "/setup/agents/"+mari+"/skills", `{"skill_id":"`+skill+`","level":2}`, 200, "")
	lead.want("PUT", "/setup/agents/"+jaan+"/skills", `{"skill_id":"`+skill+`","level":2}`, 403, "auth.out_of_scope")
	lead.want("GET", "/setup/agents/"+mari+"/terms", "", 403, "auth.forbidden") // wages
}

func TestDatedRows(t *testing.T) {
	w := begin(t)
	admin := w.as("admin")
	targets := "/setup/queues/" + w.queue("Sales", w.site("Tallinn")) + "/targets"
	admin.want("PUT", targets, `{"share":0.8,"within_us":20000000,"short_us":10000000}`, 200, "")
	admin.want("PUT", targets, `{"share":0.9,"within_us":10000000}`, 409, "setup.exists")
	admin.want("PUT", targets, `{"version":7,"share":0.9,"within_us":10000000}`, 412, "request.stale")
	admin.want("PUT", targets, `{"version":1,"share":0.9,"within_us":10000000}`, 200, "")
	admin.want("PUT", targets, `{"valid_from":"2026-06-01T00:00:00+03:00","share":0.95,"within_us":5000000,
		"overrides":[{"weekdays":[6,7],"from":"10:00","to":"14:00","share":0.7,"within_us":160000000}]}`, 200, "")
	admin.want("PUT", targets, `{"share":1.5,"within_us":1}`, 422, "request.invalid_field")
	admin.want("PUT", targets, `{"queue_id":"other","share":1,"within_us":1}`, 422, "request.unknown_field")
	admin.want("PUT", targets, `{"valid_from":"yesterday","share":1,"within_us":1}`, 422, "request.invalid_field")
	var list TargetList
	if err := json.Unmarshal(admin.want("GET", targets, "", 200, ""), &list); err != nil {
		t.Fatal(err)
	}
	if len(list.Rows) != 2 || list.Rows[0].Share != 0.9 || list.Rows[1].ValidFrom == nil || len(list.Rows[1].Overrides) != 1 {
		t.Errorf("rows %+v", list.Rows)
	}
	admin.at(1).want("DELETE", targets, "", 400, "request.invalid_parameter")
	admin.at(9).want("DELETE", targets+"?valid_from=always", "", 412, "request.stale")
	admin.at(2).want("DELETE", targets+"?valid_from=always", "", 204, "")
	admin.at(1).want("DELETE", targets+"?valid_from=2026-05-31T21:00:00Z", "", 204, "")
	admin.want("PUT", "/setup/queues/none/targets", `{"share":1,"within_us":1}`, 404, "request.not_found")
}

func TestStreamRules(t *testing.T) {
	w := begin(t)
	planner := w.as("planner")
	stream := id(t, planner.want("POST", "/setup/streams", `{"name":"Mail","channel":"email"}`, 201, ""))
	planner.want("PUT", "/setup/stream-rules", `{"reason":"complaint","stream_id":"`+stream+`"}`, 200, "")
	planner.want("PUT", "/setup/stream-rules", `{"stream_id":"`+stream+`"}`, 422, "request.invalid_field")
	var list StreamRuleList
	if err := json.Unmarshal(planner.want("GET", "/setup/stream-rules", "", 200, ""), &list); err != nil || len(list.Rows) != 1 {
		t.Errorf("rows %+v, %v", list.Rows, err)
	}
	planner.at(1).want("DELETE", "/setup/stream-rules?reason=complaint&valid_from=always", "", 204, "")
}

func TestListsPage(t *testing.T) {
	w := begin(t)
	admin := w.as("admin")
	for _, name := range []string{"e", "a", "d", "c", "b"} {
		admin.want("POST", "/setup/skills", `{"name":"`+name+`"}`, 201, "")
	}
	var names []string
	next := ""
	for range 5 {
		var list SkillList
		if err := json.Unmarshal(admin.want("GET", "/setup/skills?limit=2&cursor="+next, "", 200, ""), &list); err != nil {
			t.Fatal(err)
		}
		for _, row := range list.Rows {
			names = append(names, row.Name)
		}
		if list.Next == nil {
			break
		}
		next = *list.Next
		admin.want("GET", "/setup/teams?cursor="+next, "", 400, "request.invalid_cursor")
	}
	if diff := cmp.Diff([]string{"a", "b", "c", "d", "e"}, names); diff != "" {
		t.Error(diff)
	}
}

func TestSettings(t *testing.T) {
	w := begin(t)
	admin := w.as("admin")
	admin.want("PATCH", "/setup/settings/sl.within", `{"value":30}`, 428, "request.precondition_required")
	admin.at(0).want("PATCH", "/setup/settings/sl.within", `{"value":30}`, 200, "")
	admin.at(0).want("PATCH", "/setup/settings/sl.within", `{"value":40}`, 412, "request.stale")
	admin.at(1).want("PATCH", "/setup/settings/sl.within", `{"value":"soon"}`, 422, "request.invalid_field")
	admin.at(1).want("PATCH", "/setup/settings/sl.within", `{}`, 422, "request.invalid_field")
	admin.at(0).want("PATCH", "/setup/settings/none", `{"value":1}`, 404, "request.not_found")
	var s Setting
	if err := json.Unmarshal(w.as("viewer").want("GET", "/setup/settings/sl.within", "", 200, ""), &s); err != nil || s.Value != 30.0 || s.Version != 1 {
		t.Errorf("setting %+v, %v", s, err)
	}
	w.as("viewer").want("GET", "/setup/settings/cost.revenue_month", "", 403, "auth.forbidden")
	if text := w.as("viewer").want("GET", "/setup/settings", "", 200, ""); strings.Contains(string(text), "cost.revenue_month") {
		t.Error("a viewer sees the revenue")
	}
	if text := w.as("planner").want("GET", "/setup/settings", "", 200, ""); !strings.Contains(string(text), "cost.revenue_month") {
		t.Error("a planner does not see the revenue")
	}
}

func TestAuditReadsAndPages(t *testing.T) {
	w := begin(t)
	admin := w.as("admin")
	user := id(t, admin.want("POST", "/setup/users", `{"login":"mari"}`, 201, ""))
	w.who["mari"] = &httpapi.Identity{User: user, Roles: []string{"admin"}}
	for i := range 5 {
		w.as("mari").want("POST", "/setup/skills", fmt.Sprintf(`{"name":"s%d"}`, i), 201, "")
	}
	read := func(query string) (list AuditList) {
		t.Helper()
		if err := json.Unmarshal(admin.want("GET", "/audit"+query, "", 200, ""), &list); err != nil {
			t.Fatal(err)
		}
		return list
	}
	first := read("?user=mari&object=skills&limit=3")
	if len(first.Rows) != 3 || first.Next == nil || first.Rows[0].User != "mari" || first.Rows[0].UserId != user {
		t.Fatalf("first page %+v", first)
	}
	second := read("?user=mari&object=skills&limit=3&cursor=" + *first.Next)
	if len(second.Rows) != 2 || second.Next != nil || second.Rows[0].Id >= first.Rows[2].Id {
		t.Errorf("second page %+v", second)
	}
	if !json.Valid([]byte(first.Rows[0].Detail)) {
		t.Errorf("detail %q", first.Rows[0].Detail)
	}
	if seen := read("?user=u_admin&limit=1"); seen.Rows[0].Action != "audit.read" {
		t.Errorf("reading the audit was not audited: %+v", seen.Rows[0])
	}
	admin.want("GET", "/audit?user=jaan&cursor="+*first.Next, "", 400, "request.invalid_cursor")
	admin.want("GET", "/audit?from=yesterday", "", 400, "request.invalid_parameter")
}

func TestLastAdminStays(t *testing.T) {
	w := begin(t)
	admin := w.as("admin")
	user := id(t, admin.want("POST", "/setup/users", `{"login":"mari"}`, 201, ""))
	grant := id(t, admin.want("POST", "/setup/roles", `{"user_id":"`+user+`","role":"admin"}`, 201, ""))
	admin.at(1).want("DELETE", "/setup/roles/"+grant, "", 409, "setup.last_admin")
	admin.at(1).want("PATCH", "/setup/roles/"+grant, `{"role":"viewer"}`, 409, "setup.last_admin")
	admin.at(1).want("DELETE", "/setup/users/"+user, "", 409, "setup.last_admin")
	text := admin.want("POST", "/setup/users/"+user+"/password", "", 200, "")
	if !strings.Contains(string(text), "one-time-1") {
		t.Errorf("password answer %s", text)
	}
	admin.want("POST", "/setup/users/none/password", "", 404, "request.not_found")
}

// A new target leaves T, S and the share as the settings have them unless it names others.
func TestANewTargetKeepsWhatItDoesNotName(t *testing.T) {
	w := begin(t)
	body := string(w.as("admin").want("PUT", "/setup/queues/"+w.queue("Sales", w.site("Tallinn"))+"/targets", `{"share":0.9}`, 200, ""))
	for _, want := range []string{`"share":0.9`, `"within_us":20000000`, `"short_us":10000000`} {
		if !strings.Contains(body, want) {
			t.Errorf("the target lacks %s: %s", want, body)
		}
	}
}
