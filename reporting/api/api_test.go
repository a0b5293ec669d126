package api

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/xuri/excelize/v2"

	"github.com/google/go-cmp/cmp"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/httpapi"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/internal/lake"
	"github.com/agner-platform/agner/internal/lake/project"
	"github.com/agner-platform/agner/reporting"
)

const (
	zone = "Asia/Jerusalem"
	sec  = int64(1_000_000)
)

// world is a role with a small centre behind it and somebody who calls.
type world struct {
	api    *API
	router *httpapi.Router
	who    *httpapi.Identity
	ctx    context.Context
}

func begin(t *testing.T) *world {
	t.Helper()
	loc, err := interval.LoadZone(zone)
	if err != nil {
		t.Fatal(err)
	}
	noon := time.Date(1999, 10, 5, 12, 0, 0, 0, loc)
	l, err := lake.Open(context.Background(), lake.Config{Dir: t.TempDir(), Threads: 1, Now: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	fill(t, l, noon.UnixMicro())
	service := reporting.New(reporting.Config{
		Lake: l, Zone: loc, Now: func() time.Time { return noon }, Party: func(number string) string { return "p" + number },
		Settings: func(context.Context) (db.Values, error) {
			return db.Values{Within: 20 * time.Second, Short: 10 * time.Second, Share: .8, FCRDays: 7, AgentHour: 30, WageFactor: 1, Currency: "EUR", RevenueMonth: 1e6}, nil
		},
	})
	w := &world{
		api: New(service, []byte("key"), nil), ctx: t.Context(),
		who: &httpapi.Identity{User: "u1", Agent: "a1", Roles: []string{httpapi.RoleAdmin}},
	}
	w.router = httpapi.NewRouter(httpapi.Options{Logger: slog.New(slog.DiscardHandler), Authenticate: func(*http.Request) (*httpapi.Identity, error) { return w.who, nil }})
	w.api.Mount(w.router)
	return w
}

// fill makes two queues of one site: q1 with an answered, an abandoned and a waiting call, q2 with one answered.
func fill(t *testing.T, l *lake.Lake, noon int64) {
	t.Helper()
	var rows lake.Rows
	dim := func(table, id string, row any) {
		text, err := json.Marshal(row)
		if err != nil {
			t.Fatal(err)
		}
		rows.Dims = append(rows.Dims, project.Dim{Table: table, ID: id, At: 1, Version: 1, Row: string(text), Node: "web", Seq: uint64(len(rows.Dims) + 1)})
	}
	head := func(id string) db.Head { return db.Head{ID: id, Version: 1} }
	dim("sites", "s1", db.Site{Head: head("s1"), Name: "Haifa", Zone: zone, WeekStart: 7})
	dim("queue_groups", "g1", db.Group{Head: head("g1"), Name: "Bank", SiteID: "s1"})
	dim("queues", "q1", db.Queue{Head: head("q1"), Name: "Private", SiteID: "s1", GroupID: "g1"})
	dim("queues", "q2", db.Queue{Head: head("q2"), Name: "Stock", SiteID: "s1"})
	dim("teams", "t1", db.Team{Head: head("t1"), Name: "North"})
	dim("agents", "a1", db.Agent{Head: head("a1"), Name: "Mari"})
	dim("codes", "c1", db.Code{Head: head("c1"), Code: "loan", Label: "Loans"})
	rows.Codes = []project.Code{{Interaction: "mine", Visit: "v1", Code: "c1", At: noon}}
	rows.AgentSpans = []lake.AgentSpan{{Agent: "a1", Site: "s1", State: "available", FromAt: noon - 3600*sec, ToAt: noon - 1800*sec}}
	rows.IVRVisits = []project.IVRVisit{{Interaction: "menu", Site: "s1", Flow: "main", EnteredAt: noon - 60*sec, LeftAt: noon, SpentUs: 60 * sec, Outcome: "hung_up", LastNode: "top"}}
	if err := l.Load(context.Background(), &rows); err != nil {
		t.Fatal(err)
	}
	s := &script{node: "switch"}
	s.call("v1", "mine", "q1", "a1", noon-7200*sec, 12*sec)
	s.call("v2", "other", "q2", "a1", noon-7100*sec, 0)
	s.add(noon-600*sec, "gone", "v3", "q1", "", &event.QueueJoined{Priority: 1, Position: 1})
	s.add(noon-540*sec, "gone", "v3", "q1", "", &event.QueueLeft{Exit: event.Abandoned, JoinedAt: noon - 600*sec, WaitUs: 60 * sec, Position: 1})
	s.add(noon-30*sec, "here", "v4", "q1", "", &event.QueueJoined{Priority: 1, Position: 1})
	if err := l.ApplyEvents(context.Background(), s.events); err != nil {
		t.Fatal(err)
	}
}

// script makes events of one node.
type script struct {
	node   string
	events []event.Event
}

func (s *script) add(at int64, interaction, visit, queue, agent string, p event.Payload) {
	e := event.New(at, p)
	e.Node, e.Seq, e.Interaction, e.Visit, e.Queue, e.Agent, e.Site = s.node, uint64(len(s.events)+1), interaction, visit, queue, agent, "s1"
	e.Party = "p" + interaction
	s.events = append(s.events, e)
}

func (s *script) call(visit, interaction, queue, agent string, at, wait int64) {
	s.add(at, interaction, visit, queue, "", &event.QueueJoined{Priority: 1, Position: 1})
	s.add(at+wait, interaction, visit, queue, agent, &event.QueueLeft{Exit: event.Answered, JoinedAt: at, WaitUs: wait})
	s.add(at+wait+100*sec, interaction, visit, queue, agent, &event.VisitHandled{JoinedAt: at, AnsweredAt: at + wait, TalkUs: 100 * sec})
}

func (w *world) get(t *testing.T, target, accept string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(w.ctx, "GET", Prefix+target, nil)
	if accept != "" {
		r.Header.Set("Accept", accept)
	}
	rec := httptest.NewRecorder()
	w.router.ServeHTTP(rec, r)
	return rec
}

func (w *world) json(t *testing.T, target string, status int) any {
	t.Helper()
	rec := w.get(t, target, "")
	if rec.Code != status {
		t.Errorf("%s: status %d, want %d: %s", target, rec.Code, status, rec.Body)
	}
	var v any
	if err := json.Unmarshal(rec.Body.Bytes(), &v); err != nil {
		t.Errorf("%s: %v: %.200s", target, err, rec.Body)
	}
	return v
}

func TestFormsOfAReport(t *testing.T) {
	w := begin(t)
	for _, path := range []string{
		"/reports/service-level", "/reports/heatmap", "/reports/abandonment", "/reports/before-after?at=1999-10-05", "/reports/ivr",
		"/reports/agents", "/reports/distribution", "/reports/kpi", "/calls", "/definitions",
	} {
		sep := "?"
		if strings.Contains(path, "?") {
			sep = "&"
		}
		if rows, err := csv.NewReader(w.get(t, path, "text/csv").Body).ReadAll(); err != nil || len(rows) < 2 {
			t.Errorf("%s as CSV: %d rows (%v)", path, len(rows), err)
		}
		rec := w.get(t, path+sep+"format=xlsx", "")
		if book, err := excelize.OpenReader(rec.Body); err != nil {
			t.Errorf("%s as workbook: %v", path, err)
		} else if rows, err := book.GetRows("report"); err != nil || len(rows) < 2 {
			t.Errorf("%s as workbook: %d rows (%v)", path, len(rows), err)
		}
		if d := rec.Header().Get("Content-Disposition"); !strings.HasSuffix(d, `.xlsx"`) {
			t.Errorf("%s as workbook: disposition %q", path, d)
		}
		stream, err := ipc.NewReader(w.get(t, path, httpapi.MediaArrow).Body)
		if err != nil || !stream.Next() || stream.RecordBatch().NumRows() == 0 {
			t.Errorf("%s as Arrow: %v", path, err)
		}
		if rec := w.get(t, path, "text/plain"); rec.Code != http.StatusOK || strings.HasPrefix(rec.Body.String(), "{") || rec.Body.Len() < 20 {
			t.Errorf("%s as text: status %d, %.60q", path, rec.Code, rec.Body)
		}
		if got := w.get(t, path, "image/png").Code; got != http.StatusNotAcceptable {
			t.Errorf("%s as a picture: status %d", path, got)
		}
	}
}

// The key figures as CSV are plain numbers, for programs; as text they are for people.
func TestKeyFiguresAsNumbers(t *testing.T) {
	w := begin(t)
	rows, err := csv.NewReader(w.get(t, "/reports/kpi", "text/csv").Body).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]string{}
	for _, r := range rows[1:] {
		values[r[0]] = r[2] + " " + r[4]
	}
	for name, want := range map[string]string{"offered": "4 count", "abandon_rate": "0.25 share", "asa_s": "6 seconds", "csat": " share"} {
		if values[name] != want {
			t.Errorf("%s: %q, want %q", name, values[name], want)
		}
	}
	text := w.get(t, "/reports/kpi", "text/plain").Body.String()
	for _, want := range []string{"25.00 %", "were anonymous", "reasons of contact", "Loans"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in %s", want, text)
		}
	}
}

// A map of groups or sites counts a contact once in its slot.
func TestHeatmapCounts(t *testing.T) {
	w := begin(t)
	for by, want := range map[string]string{"queue": "visits", "group": "contacts", "site": "contacts"} {
		report := w.json(t, "/reports/heatmap?by="+by, 200).(map[string]any)
		if got := report["params"].(map[string]any)["counts"]; got != want {
			t.Errorf("by %s: counts %v, want %s", by, got, want)
		}
	}
}

func TestScopesOfTheIdentity(t *testing.T) {
	w := begin(t)
	w.who.Scopes.Queues = []string{"q2"}
	report := w.json(t, "/reports/service-level", 200).(map[string]any)
	if total := report["totals"].(map[string]any)["offered"]; total != 1.0 {
		t.Errorf("a caller bound to q2 is told of %v calls", total)
	}
	w.json(t, "/calls/mine", 404)
	w.json(t, "/calls/other", 200)
	live := w.json(t, "/live", 200).(map[string]any)
	if queues := live["queues"].([]any); len(queues) != 1 || live["totals"].(map[string]any)["waiting"] != 0.0 {
		t.Errorf("live shows %v", live)
	}
	w.who.Roles = []string{httpapi.RoleAgent}
	w.json(t, "/reports/service-level", 403)
	w.json(t, "/meta", 200)
	w.who = nil
	w.json(t, "/meta", 401)
}

// The first rows of a report are those of the whole report; beside them stands what the whole one would say.
func TestFirstRowsOfAReport(t *testing.T) {
	w := begin(t)
	whole := w.json(t, "/reports/service-level", 200).(map[string]any)
	all := whole["rows"].([]any)
	head := w.json(t, "/reports/service-level?limit=1&show=q2", 200).(map[string]any)
	if len(all) < 2 {
		t.Fatalf("%d rows prove nothing", len(all))
	}
	if diff := cmp.Diff(all[:1], head["rows"]); diff != "" {
		t.Errorf("the first row differs (-whole +head):\n%s", diff)
	}
	if diff := cmp.Diff(w.json(t, "/reports/heatmap", 200).(map[string]any)["rows"], head["heat"]); diff != "" {
		t.Errorf("the heat map differs (-its own +head's):\n%s", diff)
	}
	if day := w.json(t, "/reports/service-level?limit=1&interval=1d", 200).(map[string]any); day["heat"] != nil {
		t.Errorf("days have the heat map %v", day["heat"])
	}
	if diff := cmp.Diff(whole["totals"], head["totals"]); diff != "" {
		t.Errorf("totals differ (-whole +head):\n%s", diff)
	}
	summary, course := head["summary"].(map[string]any), head["course"].(map[string]any)
	var judged, missed, shown float64
	for _, r := range all {
		row := r.(map[string]any)
		if row["met"] != nil {
			judged++
		}
		if row["met"] == false {
			missed++
		}
		if row["queue_id"] == "q2" {
			shown++
		}
	}
	if summary["rows"] != float64(len(all)) || summary["judged"] != judged || summary["missed"] != missed {
		t.Errorf("summary %v of %d rows, %v judged, %v missed", summary, len(all), judged, missed)
	}
	if rows := course["rows"].([]any); course["key"] != "q2" || float64(len(rows)) != shown || shown == 0 {
		t.Errorf("the course of %v has %d rows, want %v of q2", course["key"], len(rows), shown)
	}
	most := w.json(t, "/reports/service-level?limit=1&show=nobody", 200).(map[string]any)
	if first := most["summary"].(map[string]any)["keys"].([]any)[0].(map[string]any)["id"]; most["course"].(map[string]any)["key"] != first {
		t.Errorf("an unknown key shows %v, want %v, which was offered most", most["course"].(map[string]any)["key"], first)
	}
}

func TestProblemsNameFieldAndValue(t *testing.T) {
	w := begin(t)
	for query, field := range map[string]string{
		"/reports/service-level?from=yesterday":      "from",
		"/reports/service-level?interval=7m":         "interval",
		"/reports/service-level?queue=nobody":        "queue",
		"/reports/service-level?within=soon":         "within",
		"/reports/abandonment?bins=0":                "bins",
		"/reports/abandonment?part=nothing":          "part",
		"/reports/before-after":                      "at",
		"/reports/before-after?at=1999-10-05&days=0": "days",
		"/calls?exit=escaped":                        "exit",
		"/calls?limit=100000":                        "limit",
		"/reports/service-level?limit=-1":            "limit",
	} {
		problem := w.json(t, query, 400).(map[string]any)
		params := problem["params"].(map[string]any)
		if _, hasValue := params["value"]; params["field"] != field || !hasValue {
			t.Errorf("%s gives %v", query, problem)
		}
	}
}

func TestCallsPageByPage(t *testing.T) {
	w := begin(t)
	var seen []string
	target := "/calls?limit=1"
	for range 5 {
		page := w.json(t, target, 200).(map[string]any)
		for _, r := range page["rows"].([]any) {
			seen = append(seen, r.(map[string]any)["visit"].(string))
		}
		next, _ := page["next"].(string)
		if next == "" {
			break
		}
		target = "/calls?limit=1&cursor=" + next
		w.json(t, "/calls?limit=1&exit=answered&cursor="+next, 400) // a cursor of another list
	}
	if got := strings.Join(seen, " "); got != "v4 v3 v2 v1" {
		t.Errorf("pages showed %s, want newest first and each once", got)
	}
	if rows := w.json(t, "/calls?number=mine&min_wait=5s", 200).(map[string]any)["rows"].([]any); len(rows) != 1 {
		t.Errorf("searching by number found %v", rows)
	}
}

// An agent reads the own calls, whatever the scopes say, and nobody else's.
func TestOwnCalls(t *testing.T) {
	w := begin(t)
	f := func(agent string, rows int) {
		t.Helper()
		w.who = &httpapi.Identity{User: "u2", Agent: agent, Roles: []string{httpapi.RoleAgent}, Scopes: httpapi.Scopes{Queues: []string{"q2"}}}
		got, _ := w.json(t, "/my/calls", 200).(map[string]any)
		list, _ := got["rows"].([]any)
		if len(list) != rows {
			t.Errorf("%s: %v", agent, got)
		}
		for _, row := range list {
			if r, _ := row.(map[string]any); r["agent_id"] != agent {
				t.Errorf("%s sees %v", agent, r)
			}
		}
	}
	f("a1", 2)
	f("a2", 0)
	w.who.Agent = ""
	w.json(t, "/my/calls", 403)
	w.json(t, "/calls", 403)
}

func TestTimelineOfACall(t *testing.T) {
	w := begin(t)
	c := w.json(t, "/calls/mine", 200).(map[string]any)
	var kinds []string
	for _, e := range c["events"].([]any) {
		kinds = append(kinds, e.(map[string]any)["kind"].(string))
	}
	if got := strings.Join(kinds, " "); got != "queue.joined queue.left visit.handled" {
		t.Errorf("timeline %s", got)
	}
}

func TestLiveStream(t *testing.T) {
	w := begin(t)
	server := httptest.NewServer(w.router)
	defer server.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "GET", server.URL+Prefix+"/live/stream", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	lines := bufio.NewReader(res.Body)
	if _, err := lines.ReadString('\n'); err != nil { // the stream is open once its first line is here
		t.Fatal(err)
	}
	w.api.Publish(ctx)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		data, ok := strings.CutPrefix(line, "data: ")
		if !ok {
			continue
		}
		var live reporting.Live
		if err := json.Unmarshal([]byte(strings.ReplaceAll(data, "null", "0")), &live); err != nil {
			t.Fatal(err)
		}
		if live.Totals.Waiting != 1 || live.Totals.Offered != 4 || live.Totals.LongestWaitS != 30 || live.Totals.SL != 1.0/2 {
			// Four offered: two answered within T, one gave up after 60 s, one has waited 30 s and is a miss already.
			t.Errorf("live totals %+v", live.Totals)
		}
		break
	}
	stop, ended := context.WithCancel(t.Context())
	ended()
	w.api.Run(stop) // a role that stops ends its streams
	if _, err := io.ReadAll(lines); err != nil {
		t.Errorf("the stream did not end in order: %v", err)
	}
}
