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

	"github.com/agner-platform/agner/forecasting"
	"github.com/agner-platform/agner/forecasting/intraday"
	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/db/outlook"
	"github.com/agner-platform/agner/internal/httpapi"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/internal/lake"
	"github.com/agner-platform/agner/internal/lake/project"
)

// world is a role with a small centre behind it and somebody who calls.
type world struct {
	t      *testing.T
	router *httpapi.Router
	who    *httpapi.Identity
	room   *forecasting.Service
	queue  string
	other  string
	spec   *contract
}

func begin(t *testing.T) *world {
	t.Helper()
	zone, err := interval.LoadZone("Europe/Tallinn")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 5, 7, 12, 0, 0, 0, zone)
	w := &world{t: t, who: planner(), spec: readContract(t)}
	store, err := db.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	l, err := lake.Open(t.Context(), lake.Config{Dir: t.TempDir(), Threads: 1, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	site, err := store.Sites().Create(t.Context(), db.Site{Name: "Tallinn", Zone: "Europe/Tallinn"})
	if err != nil {
		t.Fatal(err)
	}
	for into, name := range map[*string]string{&w.queue: "Support", &w.other: "Sales"} {
		q, err := store.Queues().Create(t.Context(), db.Queue{Name: name, SiteID: site.ID})
		if err != nil {
			t.Fatal(err)
		}
		*into = q.ID
	}
	var rows lake.Rows
	n := 0
	for day := -28; day < 0; day++ {
		for slot := 32; slot < 72; slot++ {
			for k := range 4 + (slot+day*3)%3 {
				at := time.Date(2026, 5, 7+day, slot/4, slot%4*15+k, 0, 0, zone).UnixMicro()
				n++
				rows.Visits = append(rows.Visits, project.Visit{Visit: fmt.Sprint("v", n), Interaction: fmt.Sprint("i", n), Queue: w.queue, Channel: "voice", JoinedAt: at,
					AnsweredAt: at + 5e6, LeftAt: at + 5e6, WaitUs: project.Some(5_000_000), HandledAt: at + 300e6, TalkUs: project.Some(240_000_000), WrapUs: project.Some(60_000_000), Exit: "answered"})
			}
		}
	}
	if err := l.Load(context.Background(), &rows); err != nil {
		t.Fatal(err)
	}
	w.room = forecasting.New(forecasting.Config{Store: store, Lake: l, Zone: zone, Now: func() time.Time { return now }})
	t.Cleanup(func() {
		w.room.Close()
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	w.router = httpapi.NewRouter(httpapi.Options{Logger: slog.New(slog.DiscardHandler), Authenticate: func(*http.Request) (*httpapi.Identity, error) { return w.who, nil }})
	New(w.room, intraday.New(w.room, nil)).Mount(w.router)
	return w
}

func planner() *httpapi.Identity {
	return &httpapi.Identity{User: "planner", Name: "Paula", Roles: []string{httpapi.RolePlanner}}
}

// call sends a request, holds the answer against the contract and decodes it.
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
	if etag >= 0 {
		r.Header.Set("If-Match", httpapi.ETag(etag))
	}
	out := httptest.NewRecorder()
	w.router.ServeHTTP(out, r)
	if out.Code != status {
		w.t.Fatalf("%s %s: %d, want %d: %s", method, path, out.Code, status, out.Body)
	}
	if status < 300 && strings.HasPrefix(out.Header().Get("Content-Type"), "application/json") {
		if err := w.spec.answer(method, path, status, out.Body.Bytes()); err != nil {
			w.t.Errorf("%s %s: %v", method, path, err)
		}
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

const none = -1 // no If-Match

// run makes a forecast through the API and waits for it.
func (w *world) run() {
	w.t.Helper()
	var p forecasting.Progress
	w.call(http.StatusAccepted, "POST", "/forecast/runs", none, map[string]any{}, &p)
	for deadline := time.Now().Add(2 * time.Minute); p.State == "running"; {
		if time.Now().After(deadline) {
			w.t.Fatal("the run does not end")
		}
		<-time.After(20 * time.Millisecond)
		w.call(http.StatusOK, "GET", "/forecast/runs/current", none, nil, &p)
	}
	if p.State != "done" {
		w.t.Fatalf("%+v", p)
	}
}

// TestSpine: forecast, requirement, why; an override with its version; a rule; everything as the contract says.
func TestSpine(t *testing.T) {
	w := begin(t)
	w.call(http.StatusNotFound, "GET", "/forecast/queues/Support", none, nil, nil)
	w.run()
	var list struct{ Rows []forecasting.Brief }
	w.call(http.StatusOK, "GET", "/forecast/queues", none, nil, &list)
	if len(list.Rows) != 1 || list.Rows[0].Name != "Support" || list.Rows[0].WeekFrom != "2026-05-11" || !(list.Rows[0].Low80 < list.Rows[0].Week) {
		t.Fatalf("queues %+v", list.Rows)
	}
	var v forecasting.View
	w.call(http.StatusOK, "GET", "/forecast/queues/Support", none, nil, &v)
	if len(v.Days) != 7 || len(v.Slots) != 7*40 {
		t.Errorf("%d days, %d slots", len(v.Days), len(v.Slots))
	}
	w.call(http.StatusOK, "GET", "/forecast/queues/Support/why?date=2026-05-12&at=09:00", none, nil, nil)
	w.call(http.StatusOK, "GET", "/forecast/queues/Support/accuracy", none, nil, nil)
	w.call(http.StatusOK, "GET", "/forecast/queues/Support/patience", none, nil, nil)
	w.call(http.StatusOK, "GET", "/intraday/queues/Support", none, nil, nil)
	w.call(http.StatusOK, "GET", "/forecast/events", none, nil, nil)
	w.call(http.StatusOK, "GET", "/forecast/runs", none, nil, nil)
	w.call(http.StatusOK, "POST", "/forecast/runs/latest/verify", none, nil, nil)
	w.call(http.StatusOK, "GET", "/staffing/queues/Support/targets?value=10", none, nil, nil)
	w.call(http.StatusOK, "GET", "/staffing/erlang?model=erlang_c&inputs=calls%3D100%3Bperiod_s%3D1800%3Baht_s%3D180%3Bagents%3D14&quantity=p_wait", none, nil, nil)
	w.call(http.StatusOK, "GET", "/staffing/queues/Support/played?date=2026-05-12&share=0.9", none, nil, nil)
	var text string
	w.call(http.StatusOK, "GET", "/staffing/queues/Support?format=csv", none, nil, &text)
	if !strings.HasPrefix(text, "start,calls,aht_s,erlang_c") && !strings.Contains(text, "erlang_c") {
		t.Errorf("csv: %.200s", text)
	}
	t.Run("override", func(t *testing.T) { w.overridden() })
	t.Run("event", func(t *testing.T) { w.eventful() })
	t.Run("rule", func(t *testing.T) { w.ruled() })
}

func (w *world) overridden() {
	w.t.Helper()
	var o outlook.Override
	ask := map[string]any{"queue_id": "Support", "date": "2026-05-12", "from": "09:00", "to": "10:00", "mode": "factor", "amount": 2, "why": "campaign"}
	w.call(http.StatusCreated, "POST", "/forecast/overrides", none, ask, &o)
	if o.By != "Paula" || o.QueueID != w.queue || o.Measure != "calls" {
		w.t.Errorf("override %+v", o)
	}
	ask["amount"] = 3
	w.call(http.StatusPreconditionRequired, "PUT", "/forecast/overrides/"+o.ID, none, ask, nil)
	w.call(http.StatusPreconditionFailed, "PUT", "/forecast/overrides/"+o.ID, o.Version+1, ask, nil)
	w.call(http.StatusOK, "PUT", "/forecast/overrides/"+o.ID, o.Version, ask, &o)
	var v forecasting.View
	w.call(http.StatusOK, "GET", "/forecast/queues/Support?from=2026-05-12&to=2026-05-12", none, nil, &v)
	if d := v.Days[0]; d.Calls <= d.Published {
		w.t.Errorf("day %+v", d)
	}
	ask["why"] = " "
	w.call(http.StatusUnprocessableEntity, "POST", "/forecast/overrides", none, ask, nil)
	w.call(http.StatusNoContent, "DELETE", "/forecast/overrides/"+o.ID, o.Version, nil, nil)
	var rows struct{ Rows []outlook.Override }
	w.call(http.StatusOK, "GET", "/forecast/overrides?queue=Support", none, nil, &rows)
	if len(rows.Rows) != 0 {
		w.t.Errorf("left %+v", rows.Rows)
	}
}

func (w *world) eventful() {
	w.t.Helper()
	var e outlook.Event
	w.call(http.StatusCreated, "POST", "/forecast/events", none, map[string]any{"date": "2026-05-13", "name": "bills go out", "kind": "event"}, &e)
	w.call(http.StatusUnprocessableEntity, "POST", "/forecast/events", none, map[string]any{"date": "soon", "name": "x", "kind": "event"}, nil)
	w.run()
	var v forecasting.View
	w.call(http.StatusOK, "GET", "/forecast/queues/Support?from=2026-05-13&to=2026-05-13", none, nil, &v)
	if v.Days[0].Name != "bills go out" || v.Days[0].Kind != "event" {
		w.t.Errorf("day %+v", v.Days[0])
	}
	w.call(http.StatusNoContent, "DELETE", "/forecast/events/"+e.ID, e.Version, nil, nil)
}

func (w *world) ruled() {
	w.t.Helper()
	var before, after forecasting.Requirement
	w.call(http.StatusOK, "GET", "/staffing/queues/Support", none, nil, &before)
	rule := map[string]any{"model": "erlang-a", "shrinkage": 0.3, "max_occupancy": 0.8, "rounding": "up"}
	w.call(http.StatusPreconditionFailed, "PUT", "/staffing/queues/Support/rule", 5, rule, nil)
	w.call(http.StatusOK, "PUT", "/staffing/queues/Support/rule", 0, rule, nil)
	w.call(http.StatusOK, "GET", "/staffing/queues/Support", none, nil, &after)
	if after.Terms.Shrinkage != 0.3 || after.Sums.Scheduled <= before.Sums.Scheduled {
		w.t.Errorf("with the rule %+v %+v, without %+v", after.Terms, after.Sums, before.Sums)
	}
	w.call(http.StatusBadRequest, "GET", "/staffing/queues/Support?share=2", none, nil, nil)
	w.call(http.StatusBadRequest, "GET", "/staffing/queues/Support?shares=0.8", none, nil, nil)
}

// TestWhoMay: agents see nothing, viewers change nothing, and a queue beyond one's own is refused.
func TestWhoMay(t *testing.T) {
	w := begin(t)
	w.run()
	w.who = &httpapi.Identity{User: "a", Roles: []string{httpapi.RoleAgent}}
	w.call(http.StatusForbidden, "GET", "/forecast/queues", none, nil, nil)
	w.who = &httpapi.Identity{User: "v", Roles: []string{httpapi.RoleViewer}}
	w.call(http.StatusOK, "GET", "/forecast/queues/Support", none, nil, nil)
	w.call(http.StatusForbidden, "POST", "/forecast/runs", none, map[string]any{}, nil)
	w.who = planner()
	w.who.Scopes.Queues = []string{w.other}
	w.call(http.StatusForbidden, "GET", "/forecast/queues/Support", none, nil, nil)
	w.call(http.StatusForbidden, "POST", "/forecast/overrides", none, map[string]any{"queue_id": w.queue}, nil)
	var list struct{ Rows []forecasting.Brief }
	w.call(http.StatusOK, "GET", "/forecast/queues", none, nil, &list)
	if len(list.Rows) != 0 {
		t.Errorf("sees %+v", list.Rows)
	}
	w.who = nil
	w.call(http.StatusUnauthorized, "GET", "/forecast/queues", none, nil, nil)
}

// contract is openapi.yaml as far as these tests read it.
type contract struct {
	Paths map[string]map[string]struct {
		Responses map[string]struct {
			Content map[string]struct {
				Schema schema `yaml:"schema"`
			} `yaml:"content"`
		} `yaml:"responses"`
	} `yaml:"paths"`
	Components struct {
		Schemas map[string]schema `yaml:"schemas"`
	} `yaml:"components"`
}

type schema struct {
	Ref        string            `yaml:"$ref"`
	Type       any               `yaml:"type"`
	Required   []string          `yaml:"required"`
	Properties map[string]schema `yaml:"properties"`
	Additional *schema           `yaml:"additionalProperties"`
	Items      *schema           `yaml:"items"`
	OneOf      []schema          `yaml:"oneOf"`
}

func readContract(t *testing.T) *contract {
	t.Helper()
	text, err := os.ReadFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var c contract
	if err := yaml.Unmarshal(text, &c); err != nil {
		t.Fatal(err)
	}
	return &c
}

// answer holds a body against the schema of its route.
func (c *contract) answer(method, path string, status int, body []byte) error {
	path, _, _ = strings.Cut(path, "?")
	for pattern, ops := range c.Paths {
		op, ok := ops[strings.ToLower(method)]
		if !ok || !fits(pattern, path) {
			continue
		}
		var v any
		if err := json.Unmarshal(body, &v); err != nil {
			return err
		}
		return c.check(op.Responses[fmt.Sprint(status)].Content["application/json"].Schema, v, "$")
	}
	return fmt.Errorf("the contract has no such route")
}

// fits matches a path with a pattern; a fixed part of the pattern wins over a parameter elsewhere.
func fits(pattern, path string) bool {
	a, b := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] && !strings.HasPrefix(a[i], "{") {
			return false
		}
	}
	return true
}

// check holds a decoded answer against a schema: required fields there, no other one, types as promised.
func (c *contract) check(s schema, v any, at string) error {
	if name, ok := strings.CutPrefix(s.Ref, "#/components/schemas/"); ok {
		named, found := c.Components.Schemas[name]
		if !found {
			return fmt.Errorf("%s: no schema %s", at, name)
		}
		return c.check(named, v, at)
	}
	if len(s.OneOf) > 0 {
		var last error
		for _, one := range s.OneOf {
			if last = c.check(one, v, at); last == nil {
				return nil
			}
		}
		return last
	}
	switch v := v.(type) {
	case map[string]any:
		return c.object(s, v, at)
	case []any:
		if !s.is("array") {
			return fmt.Errorf("%s: a list where %v was promised", at, s.Type)
		}
		for i, item := range v {
			if err := c.check(*s.Items, item, fmt.Sprintf("%s[%d]", at, i)); err != nil {
				return err
			}
		}
		return nil
	case nil:
		if s.is("null") {
			return nil
		}
	case string:
		if s.is("string") {
			return nil
		}
	case bool:
		if s.is("boolean") {
			return nil
		}
	case float64:
		if s.is("number") || s.is("integer") && v == float64(int64(v)) {
			return nil
		}
	}
	return fmt.Errorf("%s: %v where %v was promised", at, v, s.Type)
}

func (c *contract) object(s schema, v map[string]any, at string) error {
	if !s.is("object") {
		return fmt.Errorf("%s: an object where %v was promised", at, s.Type)
	}
	for _, name := range s.Required {
		if _, ok := v[name]; !ok {
			return fmt.Errorf("%s: %s is missing", at, name)
		}
	}
	for name, x := range v {
		p, ok := s.Properties[name]
		if !ok && s.Additional != nil {
			p, ok = *s.Additional, true
		}
		if !ok {
			return fmt.Errorf("%s: %s is not in the contract", at, name)
		}
		if err := c.check(p, x, at+"."+name); err != nil {
			return err
		}
	}
	return nil
}

func (s schema) is(name string) bool {
	switch t := s.Type.(type) {
	case string:
		return t == name
	case []any:
		return slices.Contains(t, any(name))
	}
	return false
}

// TestContract: every route is in openapi.yaml, and nothing else.
func TestContract(t *testing.T) {
	var have, want []string
	for path, ops := range readContract(t).Paths {
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
