package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/httpapi"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/internal/lake"
	"github.com/agner-platform/agner/internal/lake/project"
	"github.com/agner-platform/agner/wfm/demand"
	"github.com/agner-platform/agner/wfm/office"
	"github.com/agner-platform/agner/wfm/rules"
)

// world is a role with a small centre behind it and somebody who calls.
type world struct {
	t      *testing.T
	router *httpapi.Router
	who    *httpapi.Identity
	store  *db.Store
	agents []string
	now    time.Time
	facts  []event.Event
	office *office.Service
	etag   string // of a document that was not written before
	demand demand.Forecast
}

func begin(t *testing.T, agents int) *world {
	t.Helper()
	ctx := context.Background()
	zone, err := interval.LoadZone("Europe/Tallinn")
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, who: &httpapi.Identity{User: "planner", Roles: []string{httpapi.RolePlanner}}, now: time.Date(2026, 5, 4, 10, 0, 0, 0, zone)}
	if w.store, err = db.Open(ctx, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	l, err := lake.Open(ctx, lake.Config{Dir: t.TempDir(), Threads: 1, Now: func() time.Time { return w.now }})
	if err != nil {
		t.Fatal(err)
	}
	for i := range agents {
		a, err := w.store.Agents().Create(ctx, db.Agent{Name: fmt.Sprintf("Agent %02d", i)})
		if err != nil {
			t.Fatal(err)
		}
		w.agents = append(w.agents, a.ID)
	}
	w.fill(l)
	w.office = office.New(office.Config{Store: w.store, Lake: l, Zone: zone, Now: func() time.Time { return w.now },
		Demand: func(ctx context.Context, queue string, from, to int64) ([]int, []float64, string, error) {
			if w.demand == nil {
				return nil, nil, "", nil
			}
			return w.demand(ctx, queue, from, to)
		},
		Publish: func(_ context.Context, list ...event.Event) error {
			for i := range list {
				if err := list[i].Validate(); err != nil { // as the journal does
					return err
				}
			}
			w.facts = append(w.facts, list...)
			return nil
		}})
	t.Cleanup(func() {
		w.office.Close()
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		if err := w.store.Close(); err != nil {
			t.Error(err)
		}
	})
	w.router = httpapi.NewRouter(httpapi.Options{Logger: slog.New(slog.DiscardHandler), Authenticate: func(*http.Request) (*httpapi.Identity, error) { return w.who, nil }})
	New(w.office).Mount(w.router)
	return w
}

// fill gives the lake two weeks of calls from 8 to 18, answered by everybody in turn, and
// today's state of the first agent: available from 9:15.
func (w *world) fill(l *lake.Lake) {
	w.t.Helper()
	var rows lake.Rows
	n := 0
	for day := -14; day < 0; day++ {
		for q := 8 * 4; q < 18*4; q++ {
			for c := range 6 {
				at := w.now.AddDate(0, 0, day).Truncate(24 * time.Hour).Add(-3*time.Hour + time.Duration(q)*15*time.Minute + time.Duration(c)*time.Minute).UnixMicro()
				n++
				v := project.Visit{Visit: fmt.Sprint("v", n), Interaction: fmt.Sprint("i", n), Queue: "support", Channel: "voice", JoinedAt: at,
					Agent: w.agents[n%len(w.agents)], AnsweredAt: at + 5e6, LeftAt: at + 5e6, HandledAt: at + 300e6, TalkUs: project.Some(240e6), WrapUs: project.Some(60e6), Exit: "answered"}
				rows.Visits = append(rows.Visits, v)
			}
		}
	}
	from := w.now.Add(-45 * time.Minute).UnixMicro()
	rows.AgentSpans = append(rows.AgentSpans, project.AgentSpan{Agent: w.agents[0], State: "available", FromAt: from, ToAt: w.now.Add(15 * time.Minute).UnixMicro()})
	if err := l.Load(context.Background(), &rows); err != nil {
		w.t.Fatal(err)
	}
}

// call sends a request and decodes the answer, which must have the status.
func (w *world) call(status int, method, path string, etag int64, body, into any) http.Header {
	w.t.Helper()
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			w.t.Fatal(err)
		}
	}
	r := httptest.NewRequest(method, Prefix+path, bytes.NewReader(text))
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if etag > 0 {
		r.Header.Set("If-Match", httpapi.ETag(etag))
	} else if w.etag != "" {
		r.Header.Set("If-Match", w.etag)
	}
	out := httptest.NewRecorder()
	w.router.ServeHTTP(out, r)
	if out.Code != status {
		w.t.Fatalf("%s %s: %d, want %d: %s", method, path, out.Code, status, out.Body)
	}
	if into != nil {
		if s, ok := into.(*string); ok {
			*s = out.Body.String()
		} else if err := json.Unmarshal(out.Body.Bytes(), into); err != nil {
			w.t.Fatalf("%s %s: %v in %s", method, path, err, out.Body)
		}
	}
	return out.Header()
}

type sheet struct {
	ID        string         `json:"id"`
	Version   int64          `json:"version"`
	Published int64          `json:"published"`
	Problem   rules.Problem  `json:"problem"`
	Draft     rules.Schedule `json:"draft"`
	Verdict   rules.Report   `json:"verdict"`
}

// planned makes a week from history, solves it and publishes it.
func (w *world) planned() sheet {
	w.t.Helper()
	var s sheet
	w.call(http.StatusCreated, "POST", "/schedules", 0, map[string]any{"history": map[string]any{"name": "week", "from": "2026-05-04", "weeks": 2}}, &s)
	if len(s.Problem.Lines) != 1 || slices.Max(s.Problem.Lines[0].Need) < 3 || len(s.Problem.Agents) != len(w.agents) {
		w.t.Fatalf("problem with %d lines and %d agents, at most %d needed", len(s.Problem.Lines), len(s.Problem.Agents), slices.Max(s.Problem.Lines[0].Need))
	}
	for i := range s.Problem.Agents {
		s.Problem.Agents[i].Contracts = []string{"flexible"}
	}
	w.call(http.StatusOK, "PUT", "/schedules/"+s.ID, s.Version, map[string]any{"problem": s.Problem, "why": "one contract"}, &s)
	w.call(http.StatusAccepted, "POST", "/schedules/"+s.ID+"/solve", s.Version, map[string]any{"limit_s": 2}, nil)
	deadline := time.Now().Add(2 * time.Minute)
	for p := (office.Progress{State: "running"}); p.State == "running"; {
		if time.Now().After(deadline) {
			w.t.Fatal("the solver does not end")
		}
		w.call(http.StatusOK, "GET", "/schedules/"+s.ID+"/solve", 0, nil, &p)
		if p.State == "failed" {
			w.t.Fatal(p.Error)
		}
	}
	w.call(http.StatusOK, "GET", "/schedules/"+s.ID, 0, nil, &s)
	w.call(http.StatusOK, "POST", "/schedules/"+s.ID+"/publish", s.Version, map[string]string{"note": "first"}, &s)
	return s
}

// TestSpine: a week from history is solved, published, kept to, swapped and repaired.
func TestSpine(t *testing.T) {
	t.Setenv("AGNER_HIGHS", "absent")
	w := begin(t, 10)
	s := w.planned()
	if s.Published != 1 || len(w.facts) != 1 || w.facts[0].Payload.EventKind() != event.KindSchedulePublished {
		t.Fatalf("published %d, facts %+v", s.Published, w.facts)
	}
	t.Run("stale", func(t *testing.T) {
		w.call(http.StatusPreconditionFailed, "PUT", "/schedules/"+s.ID, s.Version-1, map[string]any{"draft": s.Draft}, nil)
	})
	t.Run("broken", func(t *testing.T) {
		bad := s.Draft
		bad.Shifts = append(slices.Clone(bad.Shifts), bad.Shifts[0])
		var now sheet
		w.call(http.StatusOK, "PUT", "/schedules/"+s.ID, s.Version, map[string]any{"draft": bad}, &now)
		var p struct {
			Code   string
			Params struct{ Findings []rules.Finding }
		}
		w.call(http.StatusUnprocessableEntity, "POST", "/schedules/"+s.ID+"/publish", now.Version, map[string]string{}, &p)
		if p.Code != "planning.broken_rules" || p.Params.Findings[0].Rule != rules.OneShiftADay {
			t.Errorf("%+v", p)
		}
		w.call(http.StatusOK, "PUT", "/schedules/"+s.ID, now.Version, map[string]any{"draft": s.Draft}, &s)
	})
	t.Run("adherence", func(t *testing.T) { w.adhere(s) })
	t.Run("swap", func(t *testing.T) { w.swap(s) })
	t.Run("offers", func(t *testing.T) { w.offers(s) })
	t.Run("leave of hours", func(t *testing.T) { w.hours(s) })
	t.Run("copy", func(t *testing.T) { w.copy(s) })
	t.Run("absence", func(t *testing.T) { w.absence(s) })
	t.Run("calendar", func(t *testing.T) {
		w.agent(0)
		var f struct{ Path string }
		w.call(http.StatusCreated, "POST", "/my/calendar", 0, map[string]any{}, &f)
		var text string
		w.who = nil
		w.call(http.StatusOK, "GET", strings.TrimPrefix(f.Path, Prefix), 0, nil, &text)
		if !strings.Contains(text, "BEGIN:VEVENT") || !strings.Contains(text, "DTSTART:202605") {
			t.Errorf("feed: %.300s", text)
		}
		w.call(http.StatusNotFound, "GET", "/calendar/wrong", 0, nil, nil)
		w.who = &httpapi.Identity{User: "planner", Roles: []string{httpapi.RolePlanner}}
	})
}

// TestFromForecast: a published forecast's requirement goes into the problem, and the line says which it was; without one
// it is the mean of the weeks.
func TestFromForecast(t *testing.T) {
	w := begin(t, 3)
	make := func() rules.Line {
		var s sheet
		w.call(http.StatusCreated, "POST", "/schedules", 0, map[string]any{"history": map[string]any{"name": "week", "from": "2026-05-04", "weeks": 2}}, &s)
		return s.Problem.Lines[0]
	}
	if l := make(); l.Basis != "mean of 2 weeks, Erlang C" {
		t.Errorf("without a forecast: %q", l.Basis)
	}
	w.demand = func(_ context.Context, queue string, from, to int64) ([]int, []float64, string, error) {
		n := (to - from) / (15 * 60e6)
		need, load := slices.Repeat([]int{4}, int(n)), slices.Repeat([]float64{2.5}, int(n))
		return need, load, "fc_" + queue, nil
	}
	if l := make(); l.Basis != "forecast fc_support" || len(l.Need) != 7*96 || l.Need[5] != 4 || l.Load[5] != 2.5 {
		t.Errorf("with a forecast: %q, %d slots", l.Basis, len(l.Need))
	}
}

// agent makes the caller the agent of a number.
func (w *world) agent(i int) {
	w.who = &httpapi.Identity{User: fmt.Sprint("u", i), Agent: w.agents[i], Roles: []string{httpapi.RoleAgent}}
}

// adhere puts the first agent's Monday shift before the lake's state.
func (w *world) adhere(sheet) {
	w.t.Helper()
	var list struct{ Rows []office.Row }
	w.call(http.StatusOK, "GET", "/planning/adherence?date=2026-05-04", 0, nil, &list)
	if len(list.Rows) == 0 {
		w.t.Fatal("nobody is planned on Monday")
	}
	for _, r := range list.Rows {
		mine := r.Agent == w.agents[0]
		if r.Done.Scheduled > 0 && (r.Done.Raw == nil || (*r.Done.Raw > 0) != mine) {
			w.t.Errorf("%s: %+v", r.Name, r.Done)
		}
	}
	w.call(http.StatusBadRequest, "GET", "/planning/adherence?date=monday", 0, nil, nil)
	one := map[string]string{"agent": list.Rows[0].Agent, "from": "2026-05-04T09:30:00+03:00", "to": "2026-05-04T09:00:00+03:00", "activity": "meeting"}
	w.etag = httpapi.ETag(0)
	w.call(http.StatusUnprocessableEntity, "PUT", "/planning/exceptions/2026-05-04", 0, map[string]any{"rows": []any{one}}, nil)
	one["to"] = "2026-05-04T09:45:00+03:00"
	w.call(http.StatusOK, "PUT", "/planning/exceptions/2026-05-04", 0, map[string]any{"rows": []any{one}}, nil)
	w.etag = ""
}

// swap tries swaps of the first agent until one keeps all rules, and carries it out; one that
// breaks a rule names it.
func (w *world) swap(s sheet) {
	w.t.Helper()
	w.agent(0)
	var m office.Mine
	w.call(http.StatusOK, "GET", "/my/week?from=2026-05-04&to=2026-05-10", 0, nil, &m)
	if len(m.Shifts) == 0 || len(m.Others) == 0 {
		w.t.Fatalf("%d shifts, %d others", len(m.Shifts), len(m.Others))
	}
	named, done := false, false
	for _, mine := range m.Shifts {
		for _, o := range m.Others {
			ask := map[string]string{"kind": "swap", "from": mine.Date, "partner": o.Agent, "partner_date": o.Shift.Date}
			var broken struct{ Rows []rules.Finding }
			w.call(http.StatusOK, "POST", "/my/swap-check", 0, ask, &broken)
			if len(broken.Rows) > 0 {
				named = named || broken.Rows[0].Rule != "" && broken.Rows[0].Text != ""
				continue
			}
			if done {
				continue
			}
			done = true
			var r struct {
				ID      string
				Version int64
				State   string
			}
			w.call(http.StatusCreated, "POST", "/my/requests", 0, ask, &r)
			w.agent(slices.Index(w.agents, o.Agent))
			w.call(http.StatusOK, "POST", "/my/requests/"+r.ID+"/answer", r.Version, map[string]string{"state": "granted"}, &r)
			w.agent(0)
			var after office.Mine
			w.call(http.StatusOK, "GET", "/my/week?from=2026-05-04&to=2026-05-10", 0, nil, &after)
			if !slices.ContainsFunc(after.Shifts, func(x rules.Shift) bool { return x.Date == o.Shift.Date && x.Start().Equal(o.Shift.Start()) }) {
				w.t.Errorf("after the swap %+v", after.Shifts)
			}
			m = after
			break
		}
		if done && named {
			break
		}
	}
	if !done || !named {
		w.t.Errorf("a swap was carried out: %v; a broken rule was named: %v", done, named)
	}
	w.who = &httpapi.Identity{User: "planner", Roles: []string{httpapi.RolePlanner}}
}

// absence enters sickness and expects a repaired draft that publishes.
func (w *world) absence(s sheet) {
	w.t.Helper()
	w.now = w.now.AddDate(0, 0, -1)
	var p office.Proposal
	w.call(http.StatusCreated, "POST", "/planning/absences", 0, map[string]string{"agent": w.agents[1], "kind": "sick", "from": "2026-05-05", "to": "2026-05-10"}, &p)
	if p.Schedule != s.ID || p.Difference == nil || p.Difference.New.Hard != 0 {
		w.t.Fatalf("%+v", p)
	}
	if n := p.Difference.People; n > 2 { // a tenth of ten, and the absent one
		w.t.Errorf("%d people moved", n)
	}
	w.call(http.StatusOK, "POST", "/schedules/"+s.ID+"/publish", p.Version, map[string]string{"note": "sick"}, nil)
	var d struct{ People int }
	w.call(http.StatusOK, "GET", "/schedules/"+s.ID+"/compare?old=1&new=0", 0, nil, &d)
	if d.People == 0 {
		w.t.Error("nothing differs from the first version")
	}
}

// offers puts hours up: the first to claim has the one place, bids are weighed when the offer closes, and a planner's
// work on the draft stays through it all.
func (w *world) offers(s sheet) {
	w.t.Helper()
	var draft sheet
	w.call(http.StatusOK, "GET", "/schedules/"+s.ID, 0, nil, &draft)
	mark := draft.Draft
	mark.Shifts = slices.DeleteFunc(slices.Clone(mark.Shifts), func(x rules.Shift) bool { return x.Agent == w.agents[9] && x.Date == "2026-05-08" })
	w.call(http.StatusOK, "PUT", "/schedules/"+s.ID, draft.Version, map[string]any{"draft": mark}, &draft)

	evening := "2026-05-08T19:00:00+03:00"
	var o struct {
		ID, State, Mine string
		Version         int64
		Taken           int
		Claims          []struct{ Agent, State, Reason string }
	}
	ask := map[string]any{"schedule": s.ID, "kind": "extra", "start": evening, "minutes": 120, "places": 1, "rule": "first"}
	w.call(http.StatusCreated, "POST", "/planning/offers", 0, ask, &o)
	able := w.able(o.ID)
	if len(able) < 4 {
		w.t.Fatalf("only %d people could take the hours", len(able))
	}
	w.agent(able[0])
	w.call(http.StatusOK, "POST", "/my/offers/"+o.ID+"/claim", 0, nil, &o)
	if o.Mine != "granted" || o.State != "closed" || o.Claims != nil {
		w.t.Fatalf("after the claim: %+v", o)
	}
	var m office.Mine
	w.call(http.StatusOK, "GET", "/my/week?from=2026-05-04&to=2026-05-10", 0, nil, &m)
	if !slices.ContainsFunc(m.Shifts, func(x rules.Shift) bool {
		return x.Date == "2026-05-08" && x.Blocks[len(x.Blocks)-1].Extra && x.Blocks[len(x.Blocks)-1].Minutes == 120
	}) {
		w.t.Errorf("the claimed hours are not in the week: %+v", m.Shifts)
	}
	w.agent(able[1])
	w.call(http.StatusConflict, "POST", "/my/offers/"+o.ID+"/claim", 0, nil, nil)
	w.who = &httpapi.Identity{User: "planner", Roles: []string{httpapi.RolePlanner}}
	var after sheet
	w.call(http.StatusOK, "GET", "/schedules/"+s.ID, 0, nil, &after)
	if slices.ContainsFunc(after.Draft.Shifts, func(x rules.Shift) bool { return x.Agent == w.agents[9] && x.Date == "2026-05-08" }) {
		w.t.Error("the claim took the planner's change of the draft away")
	}
	if !slices.ContainsFunc(after.Draft.Shifts, func(x rules.Shift) bool { return x.Agent == w.agents[able[0]] && x.Blocks[len(x.Blocks)-1].Extra }) {
		w.t.Error("the draft does not know the claimed hours")
	}

	ask["rule"] = "seniority"
	w.call(http.StatusCreated, "POST", "/planning/offers", 0, ask, &o)
	for _, i := range able[1:3] {
		w.agent(i)
		w.call(http.StatusOK, "POST", "/my/offers/"+o.ID+"/claim", 0, nil, &o)
		if o.Mine != "waiting" {
			w.t.Fatalf("a bid is %q", o.Mine)
		}
	}
	w.call(http.StatusForbidden, "POST", "/planning/offers/"+o.ID+"/close", o.Version, map[string]string{"state": "closed"}, nil)
	w.who = &httpapi.Identity{User: "planner", Roles: []string{httpapi.RolePlanner}}
	w.call(http.StatusOK, "POST", "/planning/offers/"+o.ID+"/close", o.Version, map[string]string{"state": "closed"}, &o)
	if o.State != "closed" || len(o.Claims) != 2 || o.Claims[0].State != "granted" || o.Claims[1].State != "refused" || o.Claims[1].Reason == "" {
		w.t.Errorf("weighed bids: %+v", o)
	}
	ask["start"] = "2026-05-01T10:00:00+03:00"
	w.call(http.StatusUnprocessableEntity, "POST", "/planning/offers", 0, ask, nil)
	ask["start"], ask["minutes"] = evening, 7
	w.call(http.StatusUnprocessableEntity, "POST", "/planning/offers", 0, ask, nil)
	w.call(http.StatusOK, "GET", "/schedules/"+s.ID, 0, nil, &after)
	w.call(http.StatusOK, "PUT", "/schedules/"+s.ID, after.Version, map[string]any{"draft": s.Draft}, nil)
}

// able are the agents who could claim an offer, but the last, whose Friday the planner took away in the draft.
func (w *world) able(id string) []int {
	w.t.Helper()
	var out []int
	for i := range w.agents[:len(w.agents)-1] {
		w.agent(i)
		var list struct{ Rows []office.Offered }
		w.call(http.StatusOK, "GET", "/my/offers", 0, nil, &list)
		for _, o := range list.Rows {
			if o.ID == id && len(o.Broken) == 0 && o.Reason == "" {
				out = append(out, i)
			}
		}
	}
	return out
}

// hours asks for leave of a part of a day: free while the quota has a place, else a decision; granted, it stands in the
// plan in force.
func (w *world) hours(s sheet) {
	w.t.Helper()
	var q struct {
		Share   float64
		Windows []map[string]any
	}
	header := w.call(http.StatusOK, "GET", "/planning/quotas", 0, nil, &q)
	if header.Get("ETag") == "" || q.Share != 0.1 {
		w.t.Fatalf("quotas %+v", q)
	}
	w.putNew("/planning/quotas", map[string]any{"share": 0.5, "windows": []any{map[string]any{"weekdays": []string{"thu"}, "from_time": "12:00", "to_time": "14:00", "most": 1}}})
	asks := func(i int, from, to string) (state, reason string) {
		w.agent(i)
		var r struct{ State, Reason string }
		w.call(http.StatusCreated, "POST", "/my/requests", 0, map[string]string{"kind": "time_off", "from": "2026-05-07", "from_time": from, "to_time": to}, &r)
		return r.State, r.Reason
	}
	if state, reason := asks(6, "12:30", "13:30"); state != "granted" {
		w.t.Errorf("the first of one place is %s: %s", state, reason)
	}
	if state, reason := asks(7, "13:00", "15:00"); state != "open" || !strings.Contains(reason, "12:00–14:00") {
		w.t.Errorf("the second is %s: %q", state, reason)
	}
	if state, reason := asks(8, "14:00", "15:00"); state != "granted" {
		w.t.Errorf("outside the window it is %s: %s", state, reason)
	}
	w.agent(6)
	var m office.Mine
	w.call(http.StatusOK, "GET", "/my/week?from=2026-05-07&to=2026-05-07", 0, nil, &m)
	for _, sh := range m.Shifts {
		if !slices.ContainsFunc(sh.Blocks[0].Pauses, func(p rules.Pause) bool { return p.Name == rules.Leave }) {
			w.t.Errorf("the granted hours are not in the plan: %+v", sh)
		}
	}
	w.call(http.StatusUnprocessableEntity, "POST", "/my/requests", 0, map[string]string{"kind": "time_off", "from": "2026-05-07", "from_time": "15:00", "to_time": "14:00"}, nil)
	wishes := map[string]any{"available": []any{}, "preferences": []any{map[string]any{"from": "08:00", "to": "10:00", "weekdays": []string{"fri"}}}, "consent": []string{"split"}}
	w.putNew("/my/wishes", wishes)
	wishes["consent"] = []string{"nights"}
	w.call(http.StatusUnprocessableEntity, "PUT", "/my/wishes", 1, wishes, nil)
	w.who = &httpapi.Identity{User: "planner", Roles: []string{httpapi.RolePlanner}}
	var next sheet
	w.call(http.StatusCreated, "POST", "/schedules", 0, map[string]any{"history": map[string]any{"name": "next", "from": "2026-05-11", "weeks": 2}}, &next)
	if a := next.Problem.Agent(w.agents[6]); a == nil || len(a.Preference) != 1 || !slices.Contains(a.Consent, rules.Split) {
		w.t.Errorf("the next week does not know the wishes: %+v", a)
	}
	_ = s
}

// putNew writes a document that nobody has written yet.
func (w *world) putNew(path string, body any) {
	w.t.Helper()
	header := w.call(http.StatusOK, "GET", path, 0, nil, nil)
	w.etag = header.Get("ETag")
	w.call(http.StatusOK, "PUT", path, 0, body, nil)
	w.etag = ""
}

// copy takes a week to later dates, by the wall clock also over a change of clocks.
func (w *world) copy(s sheet) {
	w.t.Helper()
	var c sheet
	w.call(http.StatusCreated, "POST", "/schedules/"+s.ID+"/copy", 0, map[string]string{"from": "2026-10-19", "name": "autumn"}, &c)
	if len(c.Draft.Shifts) != len(s.Draft.Shifts) {
		w.t.Fatalf("%d shifts of %d", len(c.Draft.Shifts), len(s.Draft.Shifts))
	}
	if len(c.Problem.Lines[0].Need) != len(s.Problem.Lines[0].Need)+4 {
		w.t.Errorf("the week of 25 hours has %d slots, the other %d", len(c.Problem.Lines[0].Need), len(s.Problem.Lines[0].Need))
	}
	for i := range s.Draft.Shifts {
		a, b := s.Draft.Shifts[i].Start(), c.Draft.Shifts[i].Start()
		if a.Weekday() != b.Weekday() || a.Format("15:04") != b.Format("15:04") {
			w.t.Errorf("a shift of %s %s became one of %s %s", a.Weekday(), a.Format("15:04"), b.Weekday(), b.Format("15:04"))
		}
	}
	w.call(http.StatusUnprocessableEntity, "POST", "/schedules/"+s.ID+"/copy", 0, map[string]string{"from": "2026-05-12"}, nil)

	var book string
	w.call(http.StatusOK, "GET", "/schedules/"+c.ID+"/workbook", 0, nil, &book)
	r := httptest.NewRequest("PUT", Prefix+"/schedules/"+c.ID+"/workbook", strings.NewReader(book))
	r.Header.Set("If-Match", httpapi.ETag(c.Version))
	out := httptest.NewRecorder()
	w.router.ServeHTTP(out, r)
	var back sheet
	if err := json.Unmarshal(out.Body.Bytes(), &back); err != nil || out.Code != http.StatusOK || len(back.Draft.Shifts) != len(c.Draft.Shifts) || back.Version != c.Version+1 {
		w.t.Errorf("workbook back: %d %v %.200s", out.Code, err, out.Body)
	}
	r = httptest.NewRequest("PUT", Prefix+"/schedules/"+c.ID+"/workbook", strings.NewReader("no workbook"))
	r.Header.Set("If-Match", httpapi.ETag(back.Version))
	out = httptest.NewRecorder()
	if w.router.ServeHTTP(out, r); out.Code != http.StatusBadRequest {
		w.t.Errorf("a file that is no workbook: %d", out.Code)
	}
}

// TestWhoMay: an agent sees no plans of others; who is no agent has no week; nobody signed in gets nothing.
func TestWhoMay(t *testing.T) {
	w := begin(t, 2)
	w.agent(0)
	w.call(http.StatusForbidden, "GET", "/schedules", 0, nil, nil)
	w.call(http.StatusForbidden, "POST", "/planning/absences", 0, map[string]string{}, nil)
	w.who = &httpapi.Identity{User: "p", Roles: []string{httpapi.RolePlanner}}
	w.call(http.StatusForbidden, "GET", "/my/week", 0, nil, nil)
	w.call(http.StatusPreconditionRequired, "PUT", "/planning/contracts", 0, map[string]any{"rows": []any{}}, nil)
	w.call(http.StatusUnprocessableEntity, "POST", "/schedules", 0, map[string]any{}, nil)
	w.call(http.StatusUnprocessableEntity, "POST", "/schedules", 0, map[string]any{"history": map[string]any{"from": "soon"}}, nil)
	w.call(http.StatusNotFound, "GET", "/schedules/none", 0, nil, nil)
	w.who = nil
	w.call(http.StatusUnauthorized, "GET", "/my/week", 0, nil, nil)
}

// TestContract: every route is in openapi.yaml, and nothing else.
func TestContract(t *testing.T) {
	text, err := os.ReadFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var c struct {
		Paths map[string]map[string]any `yaml:"paths"`
	}
	if err := yaml.Unmarshal(text, &c); err != nil {
		t.Fatal(err)
	}
	var have, want []string
	for path, ops := range c.Paths {
		for method := range ops {
			have = append(have, strings.ToUpper(method)+" "+path)
		}
	}
	for _, r := range Routes() {
		want = append(want, r.Method+" "+r.Path)
	}
	slices.Sort(have)
	slices.Sort(want)
	if !slices.Equal(have, want) {
		t.Errorf("openapi.yaml has\n%v\nroutes are\n%v", have, want)
	}
}
