package sandbox_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/agner-platform/agner/internal/lake"
	"github.com/agner-platform/agner/internal/lake/project"
	"github.com/agner-platform/agner/internal/lake/sandbox"
)

// TestMain lets the test binary be its own child, as the real one is.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "sql-child" {
		os.Exit(sandbox.Child(context.Background(), os.Stdin, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

var t0 = time.Date(2026, 3, 29, 0, 30, 0, 0, time.UTC)

// mirrored is a small centre whose facts are in Parquet: two queues, two agents, three days.
func mirrored(t testing.TB) string {
	t.Helper()
	root := filepath.Join(t.TempDir(), "parquet")
	l, err := lake.Open(context.Background(), lake.Config{
		Dir: t.TempDir(), Parquet: root, Threads: 1, Now: func() time.Time { return t0.Add(96 * time.Hour) },
	})
	if err != nil {
		t.Fatal(err)
	}
	var rows lake.Rows
	dim := func(table, id, row string) {
		rows.Dims = append(rows.Dims, project.Dim{Table: table, ID: id, At: t0.UnixMicro(), Version: 1, Row: row, Node: "web", Seq: uint64(len(rows.Dims) + 1)})
	}
	dim("sites", "s1", `{"name":"Tallinn","zone":"Europe/Tallinn","week_start":1}`)
	dim("queues", "q1", `{"name":"Private","site_id":"s1"}`)
	dim("queues", "q2", `{"name":"Business","site_id":"s1"}`)
	dim("agents", "a1", `{"name":"Mari","extension":"101"}`)
	dim("agents", "a2", `{"name":"Jaan","extension":"102"}`)
	dim("agent_terms", "a1/x", `{"agent_id":"a1","team_id":"t1","wage_cents":1500,"valid_from":"2020-01-01T00:00:00Z"}`)
	for i := range 300 {
		at := t0.Add(time.Duration(i) * 13 * time.Minute).UnixMicro()
		n := i%2 + 1
		v := lake.Visit{
			Visit: fmt.Sprint("v", i), Interaction: fmt.Sprint("i", i), Site: "s1", Queue: fmt.Sprint("q", n), Channel: "voice", Agent: fmt.Sprint("a", n),
			JoinedAt: at, AnsweredAt: at + 5e6, LeftAt: at + 5e6, Exit: "answered", WaitUs: project.Some(5_000_000), TalkUs: project.Some(60_000_000), Node: "n", Seq: uint64(i + 1),
		}
		rows.Visits = append(rows.Visits, v)
		rows.Calls = append(rows.Calls, project.Call{Interaction: v.Interaction, Leg: v.Visit, Site: "s1", OfferedAt: at, EndedAt: at + 7e7, TalkUs: 6e7})
		rows.AgentSpans = append(rows.AgentSpans, lake.AgentSpan{Agent: v.Agent, Site: "s1", State: "talking", FromAt: at, ToAt: at + 6e7})
	}
	if err := l.Load(context.Background(), &rows); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Mirror(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return root
}

func box(t testing.TB, root string, limits sandbox.Limits) *sandbox.Sandbox {
	t.Helper()
	bin, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return sandbox.New(sandbox.Config{Root: root, Command: []string{bin, "sql-child"}, Limits: limits})
}

func one(t *testing.T, s *sandbox.Sandbox, scope sandbox.Scope, query string) string {
	t.Helper()
	r, err := s.Run(t.Context(), query, scope, 0)
	if err != nil {
		t.Errorf("%s: %v", query, err)
		return ""
	}
	var out []string
	for i := range r.Columns[0].Null {
		var cells []string
		for _, c := range r.Columns {
			switch {
			case c.Null[i]:
				cells = append(cells, "null")
			case c.Kind == sandbox.Text:
				cells = append(cells, c.Texts[i])
			case c.Kind == sandbox.Real:
				cells = append(cells, fmt.Sprint(c.Reals[i]))
			case c.Kind == sandbox.Truth:
				cells = append(cells, fmt.Sprint(c.Truths[i]))
			case c.Kind == sandbox.Time:
				cells = append(cells, time.UnixMicro(c.Ints[i]).UTC().Format(time.RFC3339))
			default:
				cells = append(cells, fmt.Sprint(c.Ints[i]))
			}
		}
		out = append(out, strings.Join(cells, " "))
	}
	return strings.Join(out, "; ")
}

// Ordinary questions are answered, with the types that answers have.
func TestQuestions(t *testing.T) {
	s := box(t, mirrored(t), sandbox.Limits{})
	for query, want := range map[string]string{
		`SELECT count(*), sum(wait_us) FROM visits`:                                                                                                      "300 1500000000",
		`SELECT q.name, count(*) AS n FROM visits v JOIN dim_queues q ON q.id = v.queue GROUP BY 1 ORDER BY 1;`:                                          "Business 150; Private 150",
		`WITH x AS (SELECT queue, wait_us / 1e6 AS s FROM visits) SELECT avg(s) FROM x WHERE queue = 'q1'`:                                               "5",
		`WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT sum(i) FROM n`:                                             "15",
		`FROM visits SELECT min(joined_at), max(joined_at)::DATE`:                                                                                        "2026-03-29T00:30:00Z 2026-03-31T00:00:00Z",
		`SELECT v.queue, w.queue FROM visits v JOIN visits w USING (visit) ORDER BY v.joined_at LIMIT 1`:                                                 "q1 q1",
		`SELECT i FROM range(3) r(i) ORDER BY i DESC`:                                                                                                    "2; 1; 0",
		`SELECT name, zone, valid_to FROM dim_sites`:                                                                                                     "Tallinn Europe/Tallinn null",
		`SELECT team FROM dim_agents ORDER BY id, valid_from DESC LIMIT 1`:                                                                               "t1",
		`SELECT count(*) FROM offers`:                                                                                                                    "0", // nothing of it is in the mirror
		`SELECT true, 1.25::DECIMAL(9,2), [1, 2], {'a': 1}, 'x'::ENUM('x', 'y'), TIME '01:02:03', 2::HUGEINT, 1e30::HUGEINT`:                             `true 1.25 [1,2] {"a":1} x 01:02:03 2 1e+30`,
		`SELECT column_name FROM (DESCRIBE visits) WHERE column_name = 'queue'`:                                                                          "queue",
		`SELECT count(*) FILTER (wait_us < 6000000) / count(*) FROM visits -- a comment at the end`:                                                      "1",
		`SELECT joined_at::TIMESTAMP_S, joined_at::TIMESTAMP_MS, joined_at::TIMESTAMP_NS, joined_at::TIMESTAMPTZ FROM visits ORDER BY joined_at LIMIT 1`: strings.Repeat(" 2026-03-29T00:30:00Z", 4)[1:],
	} {
		if got := one(t, s, sandbox.Scope{}, query); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
}

// A caller sees its own rows, however it asks.
func TestScope(t *testing.T) {
	s := box(t, mirrored(t), sandbox.Limits{})
	mine := sandbox.Scope{Queues: []string{"q1"}, Agents: []string{"a1"}, Sites: []string{"s1"}}
	for query, want := range map[string]string{
		`SELECT count(*), min(queue), max(queue) FROM visits`:                    "150 q1 q1",
		`SELECT count(*) FROM calls`:                                             "150",
		`SELECT DISTINCT agent FROM agent_spans`:                                 "a1",
		`SELECT name FROM dim_queues`:                                            "Private",
		`SELECT name FROM dim_agents WHERE valid_to IS NULL`:                     "Mari",
		`SELECT count(*) FROM visits WHERE queue = 'q2' OR true OR queue = 'q1'`: "150",
		`SELECT name FROM dim_sites`:                                             "Tallinn",
	} {
		if got := one(t, s, mine, query); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	other := sandbox.Scope{Queues: []string{"q1"}, Agents: []string{}, Sites: []string{}}
	if got := one(t, s, other, `SELECT count(*), count(agent), (SELECT count(*) FROM agent_spans), (SELECT count(*) FROM dim_sites) FROM visits`); got != "150 0 0 0" {
		t.Errorf("without agents: %s", got)
	}
	nobody := sandbox.Scope{Queues: []string{}, Agents: []string{}, Sites: []string{}}
	if got := one(t, s, nobody, `SELECT (SELECT count(*) FROM visits), (SELECT count(*) FROM calls), (SELECT count(*) FROM dim_queues)`); got != "0 0 0" {
		t.Errorf("nobody sees %s", got)
	}
	if r, err := s.Run(t.Context(), `SELECT * FROM dim_agents`, sandbox.Scope{}, 0); err != nil || strings.Contains(fmt.Sprint(r.Columns), "wage") {
		t.Errorf("wages can be seen: %v", err)
	}
}

// hostile are the queries of people who want more than their rows.
func hostile(root string) map[string][]string {
	visits := filepath.Join(root, "visits", "day=2026-03-29", "visits.parquet")
	return map[string][]string{
		sandbox.Forbidden: {
			`SELECT * FROM '/etc/passwd'`, `FROM read_csv('/etc/passwd')`, `SELECT * FROM read_text('/etc/passwd')`, `SELECT * FROM read_blob('/proc/self/environ')`,
			`SELECT * FROM glob('/*')`, `SELECT * FROM read_parquet('` + visits + `')`, `SELECT * FROM '` + visits + `'`, `SELECT * FROM parquet_metadata('` + visits + `')`,
			`WITH "` + visits + `" AS (SELECT 1) SELECT * FROM "` + visits + `"`, `SELECT * FROM sniff_csv('/etc/passwd')`, `SELECT * FROM read_json('/etc/hosts')`,
			`COPY (SELECT 1) TO '/tmp/agner-sandbox.csv'`, `COPY visits FROM '/etc/passwd'`, `EXPORT DATABASE '/tmp/x'`,
			`ATTACH '/tmp/x.db'`, `ATTACH ':memory:' AS m`, `DETACH memory`, `INSTALL httpfs`, `LOAD httpfs`, `SET memory_limit = '100GB'`, `RESET lock_configuration`,
			`PRAGMA database_list`, `CREATE TABLE x (i INTEGER)`, `INSERT INTO visits SELECT * FROM visits`, `DELETE FROM visits`, `DROP VIEW visits`, `CALL pragma_version()`,
			`CREATE MACRO f() AS 1`, `PREPARE p AS SELECT 1`, `EXPLAIN ANALYZE SELECT 1`, `VACUUM`, `CHECKPOINT`, `USE src`, `BEGIN`,
			`SELECT 1; SELECT 2`, `SELECT 1; COPY (SELECT 1) TO '/tmp/agner-sandbox.csv'; SELECT 2`, `SELECT 1) AS a; DROP VIEW visits; SELECT * FROM (SELECT 1`,
			`SELECT * FROM src.visits`, `SELECT * FROM main.visits`, `SELECT * FROM memory.src.visits`, `SELECT * FROM dims_log`, `SELECT * FROM dims`, `SELECT * FROM events`,
			`SELECT (SELECT max(path) FROM duckdb_databases())`, `SELECT * FROM duckdb_settings()`, `SELECT * FROM duckdb_views()`, `SELECT * FROM information_schema.tables`,
			`SELECT * FROM sqlite_master`, `SELECT * FROM pg_catalog.pg_class`, `SHOW TABLES`, `SHOW ALL TABLES`, `SELECT * FROM query('SELECT 1')`, `SELECT * FROM query_table('src.visits')`,
			`SELECT getenv('HOME')`, `SELECT current_setting('allowed_paths')`, `SELECT * FROM visits WHERE queue IN (SELECT content FROM read_text('/etc/passwd'))`,
			`SELECT 1 UNION ALL SELECT i FROM read_csv('/etc/passwd')`, `SELECT * FROM visits LIMIT (SELECT count(*) FROM glob('/*'))`, `SELECT ?`, `SELECT $1`,
			`SELECT * FROM 'https://example.org/x.parquet'`, `SELECT * FROM read_csv('http://127.0.0.1:1/x')`, `SELECT * FROM test_all_types()`,
		},
		sandbox.Failed: {
			``, `;`, `SELEC 1`, `SELECT nonsense FROM visits`, `SELECT 1/`, `SELECT * FROM (SELECT 1`, `SELECT 'unended`, `SELECT 1 /* unended`,
			`SELECT CAST('x' AS INTEGER)`, `SELECT error('mine')`,
		},
	}
}

func TestHostile(t *testing.T) {
	root := mirrored(t)
	s := box(t, root, sandbox.Limits{})
	for why, queries := range hostile(root) {
		for _, q := range queries {
			_, err := s.Run(t.Context(), q, sandbox.Scope{}, 0)
			refusal, ok := errors.AsType[*sandbox.Refusal](err)
			if !ok || refusal.Why != why && !(why == sandbox.Forbidden && refusal.Why == sandbox.Failed && strings.Contains(refusal.Text, "syntax")) {
				t.Errorf("%s: %v, want a refusal %q", q, err, why)
				continue
			}
			if strings.Contains(refusal.Text, root) && !strings.Contains(q, root) {
				t.Errorf("%s: the answer names our folder: %s", q, refusal.Text)
			}
		}
	}
	if _, err := os.Stat("/tmp/agner-sandbox.csv"); err == nil {
		t.Error("a file was written")
	}
	if got := one(t, s, sandbox.Scope{}, `SELECT count(*) FROM visits`); got != "300" {
		t.Errorf("afterwards there are %s visits", got)
	}
}

// Bombs go off in the child and nowhere else.
func TestBombs(t *testing.T) {
	s := box(t, mirrored(t), sandbox.Limits{Memory: 128 << 20, Timeout: 5 * time.Second, Rows: 1000})
	for _, c := range []struct {
		query string
		why   []string
	}{
		{`SELECT repeat('x', 100000000000)`, []string{sandbox.OutOfRoom, sandbox.Failed, sandbox.OutOfTime}},
		{`SELECT repeat(repeat('x', 100000), 100000)`, []string{sandbox.OutOfRoom, sandbox.Failed, sandbox.OutOfTime}},
		{`SELECT i, repeat('x', 10000000) FROM range(900) r(i)`, []string{sandbox.OutOfRoom, sandbox.TooLarge, sandbox.OutOfTime}},
		{`SELECT list(i) FROM range(10000000000) r(i)`, []string{sandbox.OutOfRoom, sandbox.OutOfTime}},
		{`SELECT max(a.i * b.i) FROM range(1000000) a(i), range(1000000000) b(i)`, []string{sandbox.OutOfTime}},
		{`WITH RECURSIVE t AS (SELECT 1 AS i UNION ALL SELECT i FROM t) SELECT count(*) FROM t`, []string{sandbox.OutOfTime, sandbox.OutOfRoom}},
		{`SELECT * FROM range(1000000) a(i)`, []string{sandbox.TooLarge}},
		{`SELECT ` + strings.Repeat(`(`, 20000) + `1` + strings.Repeat(`)`, 20000), []string{sandbox.Failed, sandbox.OutOfRoom}},
		{`SELECT 1` + strings.Repeat(` `, 70000), []string{sandbox.Forbidden}},
	} {
		_, err := s.Run(t.Context(), c.query, sandbox.Scope{}, 0)
		refusal, ok := errors.AsType[*sandbox.Refusal](err)
		if !ok || !strings.Contains(strings.Join(c.why, " "), refusal.Why) {
			t.Errorf("%.70s: %v (%v), want one of %v", c.query, err, refusal, c.why)
		}
	}
	if got := one(t, s, sandbox.Scope{}, `SELECT 1`); got != "1" {
		t.Errorf("afterwards: %s", got)
	}
}

// Whoever goes away takes the query along.
func TestCancel(t *testing.T) {
	s := box(t, mirrored(t), sandbox.Limits{})
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(300*time.Millisecond, cancel)
	if _, err := s.Run(ctx, `SELECT max(a.i * b.i) FROM range(1000000) a(i), range(1000000000) b(i)`, sandbox.Scope{}, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want cancelled", err)
	}
}

// The row limit refuses; it never cuts.
func TestRows(t *testing.T) {
	s := box(t, mirrored(t), sandbox.Limits{Rows: 10})
	if got := one(t, s, sandbox.Scope{}, `SELECT count(*) FROM (FROM range(10))`); got != "10" {
		t.Error(got)
	}
	r, err := s.Run(t.Context(), `FROM range(10)`, sandbox.Scope{}, 0)
	if err != nil || len(r.Columns[0].Ints) != 10 {
		t.Errorf("%v, %v", r, err)
	}
	_, err = s.Run(t.Context(), `FROM range(11)`, sandbox.Scope{}, 0)
	if refusal, ok := errors.AsType[*sandbox.Refusal](err); !ok || refusal.Why != sandbox.TooLarge {
		t.Errorf("11 rows: %v", err)
	}
	if r, err = s.Run(t.Context(), `FROM range(11)`, sandbox.Scope{}, 11); err != nil || len(r.Columns[0].Ints) != 11 {
		t.Errorf("11 rows asked for: %v", err)
	}
}

func BenchmarkChild(b *testing.B) {
	s := box(b, mirrored(b), sandbox.Limits{})
	for b.Loop() {
		if _, err := s.Run(b.Context(), `SELECT count(*) FROM visits`, sandbox.Scope{}, 0); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRows is an answer of 100,000 rows and six columns, from the question to columns in the parent.
func BenchmarkRows(b *testing.B) {
	s := box(b, mirrored(b), sandbox.Limits{})
	const query = `SELECT i, i * 0.5 AS x, 'queue ' || i % 40 AS queue, TIMESTAMP '2026-03-29' + INTERVAL 1 SECOND * i AS at, i % 7 AS n, i % 2 = 0 AS even FROM range(100000) r(i)`
	for b.Loop() {
		if _, err := s.Run(b.Context(), query, sandbox.Scope{}, 0); err != nil {
			b.Fatal(err)
		}
	}
}
