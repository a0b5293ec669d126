package api

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/goccy/go-yaml"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/db/personal"
	stored "github.com/agner-platform/agner/internal/db/quality"
	"github.com/agner-platform/agner/internal/httpapi"
	"github.com/agner-platform/agner/internal/journal"
	"github.com/agner-platform/agner/speech/audio"
	"github.com/agner-platform/agner/speech/search"
	"github.com/agner-platform/agner/speech/transcripts"
)

// wav is a recording of two seconds, loud on the left in the first one.
type wav struct{}

type closing struct{ *bytes.Reader }

func (closing) Close() error { return nil }

func (wav) Open(id string) (io.ReadSeekCloser, error) {
	if id != "r1" {
		return nil, ErrNoSound
	}
	left, right := make([]float32, 16000), make([]float32, 16000)
	for i := range 8000 {
		left[i] = float32(i%2) - 0.5
	}
	var b bytes.Buffer
	err := audio.WriteWAV(&b, 8000, [][]float32{left, right})
	return closing{bytes.NewReader(b.Bytes())}, err
}

type trail struct{ actions []string }

func (t *trail) Audit(_ context.Context, e httpapi.AuditEntry) error {
	t.actions = append(t.actions, e.Action)
	return nil
}

// desk is the API over real stores, asked as somebody.
type desk struct {
	t     *testing.T
	who   *httpapi.Identity
	trail trail
	rt    *httpapi.Router
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	base, err := db.Open(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	vault, err := personal.Open(ctx, base)
	if err != nil {
		t.Fatal(err)
	}
	j, _, err := journal.Open(filepath.Join(dir, "journal"), "analytics", journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	index, err := search.Open(filepath.Join(dir, "turns"))
	if err != nil {
		t.Fatal(err)
	}
	s := transcripts.New(transcripts.Config{Journal: j, Journals: filepath.Join(dir, "journal"), Texts: vault, Index: index})
	done := make(chan struct{})
	go func() { defer close(done); _ = s.Follow(ctx) }() //nolint:errcheck // ends with the test
	d := &desk{t: t, who: &httpapi.Identity{User: "qa", Roles: []string{httpapi.RoleAdmin}, Grants: []string{httpapi.GrantRecordings}}}
	d.rt = httpapi.NewRouter(httpapi.Options{Authenticate: func(*http.Request) (*httpapi.Identity, error) { return d.who, nil }, Auditor: &d.trail})
	New(Deps{Transcripts: s, Index: index, Sound: wav{}, Quality: stored.Open(base), Journal: j}).Mount(d.rt)
	t.Cleanup(func() { cancel(); <-done; _ = index.Close(); _ = j.Close(); _ = base.Close() })
	return d
}

// ask sends a request and returns status, answer and ETag.
func (d *desk) ask(method, path, etag string, in any) (int, map[string]any, string) {
	d.t.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		d.t.Fatal(err)
	}
	r := httptest.NewRequest(method, Prefix+path, bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	if etag != "" {
		r.Header.Set("If-Match", etag)
	}
	w := httptest.NewRecorder()
	d.rt.ServeHTTP(w, r)
	out := map[string]any{}
	_ = json.Unmarshal(w.Body.Bytes(), &out) // sound and 204 have none
	return w.Code, out, w.Header().Get("ETag")
}

func (d *desk) must(status int, method, path, etag string, in any) (map[string]any, string) {
	d.t.Helper()
	code, out, tag := d.ask(method, path, etag, in)
	if code != status {
		d.t.Fatalf("%s %s: %d %v, want %d", method, path, code, out, status)
	}
	return out, tag
}

func (d *desk) found(query string) int {
	d.t.Helper()
	out, _ := d.must(200, "GET", "/transcripts?"+query, "", nil)
	return int(out["total"].(float64))
}

// filled takes one call in and waits until it is found.
func filled(t *testing.T) *desk {
	t.Helper()
	d := newDesk(t)
	d.must(201, "POST", "/transcripts", "", transcripts.Call{
		Interaction: "i1", Recording: "r1", StartedAt: time.Date(2026, 7, 1, 8, 0, 0, 0, time.UTC), Queue: "q1", Agent: "ann", Language: "en", Engine: "test",
		Turns: []transcripts.Turn{
			{Side: "agent", Start: 0, End: 2, Text: "good morning how may I help", Words: 6, Confidence: 1},
			{Side: "customer", Start: 3, End: 5, Text: "I want to cancel my account", Words: 6, Confidence: 1},
		},
	})
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(time.Minute)
	for d.found("q=account") != 1 {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatal("the call is not found")
		}
	}
	return d
}

func TestTranscripts(t *testing.T) {
	d := filled(t)
	if d.found("q=cancel+NEAR/1+account&speaker=customer") != 1 || d.found("speaker=agent&q=cancel") != 0 || d.found("queue=q2") != 0 {
		t.Error("filters")
	}
	call, _ := d.must(200, "GET", "/transcripts/i1", "", nil)
	if len(call["turns"].([]any)) != 2 || call["measures"].(map[string]any)["duration_s"] != 5.0 {
		t.Errorf("%v", call)
	}
	peaks, _ := d.must(200, "GET", "/transcripts/i1/peaks", "", nil)
	lanes := peaks["lanes"].([]any)
	if left := lanes[0].([]any); left[buckets/4].(float64) < 0.4 || left[3*buckets/4].(float64) != 0 || peaks["duration"] != 2.0 {
		t.Errorf("%v", peaks["duration"])
	}
	if sides := peaks["measures"].(map[string]any)["parties"].([]any); len(sides) != 2 || sides[0].(map[string]any)["party"] != "customer" || sides[1].(map[string]any)["talk_s"] != 0.0 {
		t.Errorf("%v", peaks["measures"])
	}
	d.must(200, "GET", "/transcripts/i1/audio", "", nil)
	d.must(404, "GET", "/transcripts/none", "", nil)
	for _, bad := range []string{`q="`, "limit=0", "speaker=boss", "from=yesterday", "min_score=x"} {
		if code, _, _ := d.ask("GET", "/transcripts?"+bad, "", nil); code != 400 && code != 422 {
			t.Errorf("%s: %d", bad, code)
		}
	}
	if code, _, _ := d.ask("POST", "/transcripts", "", transcripts.Call{}); code != 422 {
		t.Errorf("an empty call: %d", code)
	}
	if !strings.Contains(strings.Join(d.trail.actions, " "), "transcripts.play") {
		t.Errorf("audit: %v", d.trail.actions)
	}
	d.who.Scopes.Queues = []string{"q2"}
	if d.found("q=account") != 0 {
		t.Error("a hit outside of the scope")
	}
	d.must(404, "GET", "/transcripts/i1", "", nil)
	d.must(404, "GET", "/transcripts/i1/audio", "", nil)
	d.who.Grants = nil
	d.must(403, "GET", "/transcripts?q=account", "", nil)
}

const card = `{"name":"Service","sections":[{"name":"All","weight":1,"questions":[
	{"id":"greet","text":"Greeted?","weight":1,"auto":{"rule":"agent said \"good morning\" in first 10s"}},
	{"id":"rude","text":"Polite?","weight":1,"auto_fail":true}]}]}`

func TestReviews(t *testing.T) {
	d := filled(t)
	made, tag := d.must(201, "POST", "/scorecards", "", json.RawMessage(card))
	id := made["id"].(string)
	d.must(422, "POST", "/scorecards", "", json.RawMessage(`{"name":"x","sections":[]}`))
	d.must(200, "PUT", "/scorecards/"+id, tag, json.RawMessage(card))
	d.must(412, "PUT", "/scorecards/"+id, tag, json.RawMessage(card))
	p, _ := d.must(200, "GET", "/transcripts/i1/proposal?card="+id, "", nil)
	if a := p["answers"].([]any); len(a) != 1 || a[0].(map[string]any)["value"] != "yes" {
		t.Errorf("%v", p)
	}
	yes := map[string]any{"question": "greet", "value": "yes"}
	in := map[string]any{"card": id, "state": "done", "answers": []any{yes}}
	d.must(422, "POST", "/transcripts/i1/reviews", "", in) // a question is open
	in["answers"] = []any{yes, map[string]any{"question": "rude", "value": "no"}}
	d.must(422, "POST", "/transcripts/i1/reviews", "", in) // no evidence
	in["answers"] = []any{yes, map[string]any{"question": "rude", "value": "no", "turns": []int{0}}}
	out, tag := d.must(200, "POST", "/transcripts/i1/reviews", "", in)
	review := out["review"].(map[string]any)
	if review["score"] != 50.0 || out["result"].(map[string]any)["failing"] != true {
		t.Errorf("%v", out)
	}
	in["confirmed"] = true
	path := "/reviews/" + review["id"].(string)
	out, tag = d.must(200, "PUT", path, tag, in)
	if out["review"].(map[string]any)["auto_fail"] != true || out["review"].(map[string]any)["score"] != 0.0 {
		t.Errorf("%v", out)
	}
	d.who = &httpapi.Identity{User: "u2", Agent: "bob", Roles: []string{httpapi.RoleAgent}}
	d.must(404, "PUT", path, tag, map[string]any{"state": "acknowledged"})
	if list, _ := d.must(200, "GET", "/reviews", "", nil); len(list["reviews"].([]any)) != 0 {
		t.Error("somebody else's review")
	}
	d.who = &httpapi.Identity{User: "u1", Agent: "ann", Roles: []string{httpapi.RoleAgent}}
	d.must(422, "PUT", path, tag, map[string]any{"state": "disputed"})
	d.must(200, "PUT", path, tag, map[string]any{"state": "disputed", "reply": "I was polite"})
	if list, _ := d.must(200, "GET", "/reviews", "", nil); list["reviews"].([]any)[0].(map[string]any)["state"] != "disputed" {
		t.Errorf("%v", list)
	}
}

// TestContract: the contract and the routes name the same operations.
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
	served := map[string]bool{}
	err = chi.Walk(newDesk(t).rt.Routes(), func(method, path string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		served[method+" "+path] = true
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for path, ops := range c.Paths {
		for method := range ops {
			key := strings.ToUpper(method) + " " + Prefix + path
			if !served[key] {
				t.Errorf("%s is in the contract only", key)
			}
			delete(served, key)
		}
	}
	for key := range served {
		t.Errorf("%s is not in the contract", key)
	}
}
