package api

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/goccy/go-yaml"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/httpapi"
	"github.com/agner-platform/agner/internal/lake"
	"github.com/agner-platform/agner/internal/lake/project"
	"github.com/agner-platform/agner/internal/lake/sandbox"
	"github.com/agner-platform/agner/reporting/adhoc"
	"github.com/agner-platform/agner/reporting/plan"
)

// TestMain lets the test binary be the sandbox's child, as the real one is.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "sql-child" {
		os.Exit(sandbox.Child(context.Background(), os.Stdin, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

type world struct {
	router *httpapi.Router
	who    *httpapi.Identity
}

// begin makes a centre of two queues in two sites; a1 of team t1 answers q1, a2 without a team q2.
func begin(t *testing.T) *world {
	t.Helper()
	noon := time.Date(2026, 3, 29, 12, 0, 0, 0, time.UTC)
	now := func() time.Time { return noon.Add(time.Hour) }
	root, ctx := filepath.Join(t.TempDir(), "parquet"), context.Background()
	l, err := lake.Open(ctx, lake.Config{Dir: t.TempDir(), Parquet: root, Threads: 1, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	var rows lake.Rows
	dim := func(table, id, row string) {
		row = `{"id":"` + id + `",` + row[1:]
		rows.Dims = append(rows.Dims, project.Dim{Table: table, ID: id, At: 1, Version: 1, Row: row, Node: "web", Seq: uint64(len(rows.Dims) + 1)})
	}
	dim("sites", "s1", `{"name":"Tallinn","zone":"Europe/Tallinn","week_start":1}`)
	dim("sites", "s2", `{"name":"Tartu","zone":"Europe/Tallinn","week_start":1}`)
	dim("queues", "q1", `{"name":"Private","site_id":"s1"}`)
	dim("queues", "q2", `{"name":"Business","site_id":"s2"}`)
	dim("teams", "t1", `{"name":"North","site_id":"s1"}`)
	dim("agents", "a1", `{"name":"Mari"}`)
	dim("agents", "a2", `{"name":"Jaan"}`)
	dim("agent_terms", "a1/x", `{"agent_id":"a1","team_id":"t1","valid_from":"2020-01-01T00:00:00Z"}`)
	for i := range 40 {
		at, n := noon.Add(-time.Duration(i)*time.Minute).UnixMicro(), []string{"1", "2"}[i%2]
		rows.Visits = append(rows.Visits, lake.Visit{
			Visit: "v" + string(rune('a'+i)), Interaction: "i" + string(rune('a'+i)), Site: "s" + n, Queue: "q" + n, Agent: "a" + n, JoinedAt: at, LeftAt: at + 4e6,
			AnsweredAt: at + 4e6, Exit: "answered", WaitUs: project.Some(4_000_000), Node: "n", Seq: uint64(i + 1),
		})
	}
	if err := l.Load(ctx, &rows); err != nil {
		t.Fatal(err)
	}
	bin, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	mirror := func(ctx context.Context) error { _, err := l.Mirror(ctx); return err }
	box := sandbox.New(sandbox.Config{
		Root: root, Command: []string{bin, "sql-child"}, Refresh: mirror, Applied: func() string { return "ahead" }, Now: now,
	})
	cfg := plan.Config{Lake: l, Zone: time.UTC, Now: now, Settings: func(context.Context) (db.Values, error) { return db.Values{}, nil }}
	w := &world{who: &httpapi.Identity{User: "u1", Roles: []string{httpapi.RoleAdmin}}}
	w.router = httpapi.NewRouter(httpapi.Options{Logger: slog.New(slog.DiscardHandler), Authenticate: func(*http.Request) (*httpapi.Identity, error) { return w.who, nil }})
	New(adhoc.New(cfg, box)).Mount(w.router)
	return w
}

func (w *world) ask(t *testing.T, sql, accept string) *httptest.ResponseRecorder {
	t.Helper()
	body, err := json.Marshal(map[string]any{"sql": sql})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(t.Context(), "POST", Prefix+"/sql", strings.NewReader(string(body)))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", accept)
	rec := httptest.NewRecorder()
	w.router.ServeHTTP(rec, r)
	return rec
}

func TestForms(t *testing.T) {
	w := begin(t)
	const sql = `SELECT queue, count(*) AS n, min(joined_at) AS first, avg(wait_us) / 1e6 AS wait_s FROM visits GROUP BY 1 ORDER BY 1`
	got := w.ask(t, sql, "")
	const row = `{"queue":"q1","n":20,"first":"2026-03-29T11:22:00Z","wait_s":4}`
	if got.Code != 200 || !strings.Contains(got.Body.String(), row) || got.Header().Get("Agner-As-Of") != "2026-03-29T13:00:00Z" {
		t.Errorf("%d %s %v, want %s in it", got.Code, got.Body, got.Header(), row)
	}
	if got = w.ask(t, sql, httpapi.MediaCSV); !strings.Contains(got.Body.String(), "q2,20,2026-03-29T11:21:00Z,4") {
		t.Errorf("CSV: %s", got.Body)
	}
	got = w.ask(t, sql, httpapi.MediaArrow)
	stream, err := ipc.NewReader(got.Body)
	if err != nil || !stream.Next() || stream.RecordBatch().NumRows() != 2 || stream.Schema().NumFields() != 4 {
		t.Fatalf("Arrow: %v", err)
	}
	stream.Release()
}

// The identity bounds the rows as it bounds reports.
func TestScope(t *testing.T) {
	w := begin(t)
	const sql = `SELECT count(*) AS n, count(agent) AS named, count(DISTINCT queue) AS queues, (SELECT string_agg(name, '+' ORDER BY name) FROM dim_sites) AS sites FROM visits`
	for _, c := range []struct {
		scopes httpapi.Scopes
		want   string
	}{
		{httpapi.Scopes{}, `{"n":40,"named":40,"queues":2,"sites":"Tallinn+Tartu"}`},
		{httpapi.Scopes{Queues: []string{"q1"}}, `{"n":20,"named":20,"queues":1,"sites":"Tallinn"}`},
		{httpapi.Scopes{Queues: []string{"q2"}}, `{"n":20,"named":20,"queues":1,"sites":"Tartu"}`}, // a2 is in no team and answers q2
		{httpapi.Scopes{Teams: []string{"t1"}}, `{"n":40,"named":20,"queues":2,"sites":"Tallinn+Tartu"}`},
		{httpapi.Scopes{Sites: []string{"s1"}, Teams: []string{"t1"}}, `{"n":20,"named":20,"queues":1,"sites":"Tallinn"}`},
		{httpapi.Scopes{Queues: []string{"elsewhere"}}, `{"n":0,"named":0,"queues":0,"sites":null}`},
	} {
		w.who.Scopes = c.scopes
		if got := w.ask(t, sql, ""); !strings.Contains(got.Body.String(), c.want) {
			t.Errorf("%+v: %s, want %s", c.scopes, got.Body, c.want)
		}
	}
	w.who = nil
	if got := w.ask(t, sql, ""); got.Code != 401 {
		t.Errorf("nobody gets %d %s", got.Code, got.Body)
	}
	for _, role := range []string{httpapi.RoleViewer, httpapi.RoleAgent} {
		w.who = &httpapi.Identity{User: "u2", Roles: []string{role}}
		if got := w.ask(t, sql, ""); got.Code != 403 {
			t.Errorf("%s gets %d", role, got.Code)
		}
	}
}

func TestProblems(t *testing.T) {
	w := begin(t)
	for sql, want := range map[string]string{
		`FROM '/etc/passwd'`:                          "400 sql.forbidden there is no table /etc/passwd",
		`SELECT 1; SELECT 2`:                          "400 sql.f",
		`SELECT nonsense FROM visits`:                 "400 sql.failed nonsense",
		`FROM range(200000)`:                          "422 sql.too_large 100000",
		`SELECT list(i) FROM range(1e9::BIGINT) r(i)`: "422 sql.out_of_memory MB",
		``: "400 sql.failed empty",
	} {
		var p struct {
			Code, Detail string
			Status       int
		}
		got := w.ask(t, sql, "")
		if err := json.Unmarshal(got.Body.Bytes(), &p); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		words := strings.SplitN(want, " ", 3)
		if got.Code != p.Status || words[0] != got.Result().Status[:3] || !strings.HasPrefix(p.Code, words[1]) || len(words) > 2 && !strings.Contains(p.Detail, words[2]) {
			t.Errorf("%s: %d %+v, want %s", sql, got.Code, p, want)
		}
	}
	for _, body := range []string{`{"sql":"SELECT 1","max_rows":-1}`, `{"query":"SELECT 1"}`, `[]`} {
		r := httptest.NewRequestWithContext(t.Context(), "POST", Prefix+"/sql", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		rec := httptest.NewRecorder()
		w.router.ServeHTTP(rec, r)
		if rec.Code < 400 || rec.Code > 422 {
			t.Errorf("%s: %d %s", body, rec.Code, rec.Body)
		}
	}
}

// The contract names the routes that there are, each with a policy, and the catalogue every table with its columns.
func TestContract(t *testing.T) {
	w := begin(t)
	text, err := os.ReadFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var contract struct {
		Paths map[string]map[string]any `yaml:"paths"`
	}
	if err := yaml.Unmarshal(text, &contract); err != nil {
		t.Fatal(err)
	}
	for path, ops := range contract.Paths {
		for method := range ops {
			if p, ok := w.router.PolicyOf(strings.ToUpper(method), Prefix+path); !ok || p.Public || len(p.Roles) == 0 {
				t.Errorf("%s %s: policy %+v, %v", method, path, p, ok)
			}
		}
	}
	rec := httptest.NewRecorder()
	w.router.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), "GET", Prefix+"/sql/catalogue", nil))
	var c struct{ Tables []sandbox.Table }
	if err := json.Unmarshal(rec.Body.Bytes(), &c); err != nil || len(c.Tables) < 15 {
		t.Fatalf("%d tables, %v", len(c.Tables), err)
	}
	for _, table := range c.Tables {
		var names []string
		for _, col := range table.Columns {
			names = append(names, `"`+col.Name+`"`)
		}
		if got := w.ask(t, `SELECT `+strings.Join(names, ", ")+` FROM `+table.Name, ""); got.Code != 200 {
			t.Errorf("%s: %d %s", table.Name, got.Code, got.Body)
		}
		if slices.Contains(names, `"wage_cents"`) {
			t.Errorf("%s tells wages", table.Name)
		}
	}
}
