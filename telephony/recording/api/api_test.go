package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/goccy/go-yaml"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/httpapi"
	"github.com/agner-platform/agner/telephony/media"
	"github.com/agner-platform/agner/telephony/media/g711"
	"github.com/agner-platform/agner/telephony/recording"
)

// world is a router over a store with one finished recording.
type world struct {
	rt    *httpapi.Router
	id    string
	mu    sync.Mutex
	facts []event.Event // protected by mu
	fail  error         // protected by mu
}

func (w *world) publish(list []event.Event) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.facts = append(w.facts, list...)
	return w.fail
}

var people = map[string]*httpapi.Identity{
	"quality": {User: "q", Roles: []string{httpapi.RoleQuality}, Grants: []string{httpapi.GrantRecordings}},
	"deaf":    {User: "d", Roles: []string{httpapi.RoleQuality}},
	"admin":   {User: "a", Roles: []string{httpapi.RoleAdmin}, Grants: []string{httpapi.GrantRecordings}},
	"other":   {User: "o", Roles: []string{httpapi.RoleSupervisor}, Grants: []string{httpapi.GrantRecordings}, Scopes: httpapi.Scopes{Queues: []string{"other"}}},
	"agent":   {User: "g", Roles: []string{httpapi.RoleAgent}, Grants: []string{httpapi.GrantRecordings}},
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{}
	dir := t.TempDir()
	s, err := recording.Open(recording.Config{Dir: filepath.Join(dir, "r"), Identity: filepath.Join(dir, "id"), Node: "switch", Publish: w.publish})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	r, err := s.Begin(recording.Head{Interaction: "i1", Queue: "sales"}, recording.Policy{})
	if err != nil {
		t.Fatal(err)
	}
	r.Track(recording.Caller)(media.Heard{Codec: g711.ALaw, Payload: make([]byte, 800), Seq: 1})
	select { // a little later, so that there is something to hear
	case <-time.After(100 * time.Millisecond):
	case <-r.Done():
	}
	r.Finish()
	<-r.Done()
	w.id = r.ID()
	w.rt = httpapi.NewRouter(httpapi.Options{
		Authenticate: func(r *http.Request) (*httpapi.Identity, error) { return people[r.Header.Get("X-Test-User")], nil },
		Auditor:      Audit(w.publish),
	})
	New(s).Mount(w.rt)
	return w
}

func (w *world) do(user, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, Prefix+path, strings.NewReader(body))
	r.Header.Set("X-Test-User", user)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	w.rt.ServeHTTP(rec, r)
	return rec
}

func (w *world) audited() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []string
	for _, e := range w.facts {
		if p, ok := e.Payload.(*event.AccessGranted); ok {
			out = append(out, p.By+" "+p.What)
		}
	}
	return out
}

func TestPlay(t *testing.T) {
	w := newWorld(t)
	for user, want := range map[string]int{"quality": 200, "deaf": 403, "other": 404, "agent": 403, "nobody": 401} {
		if got := w.do(user, "GET", "/"+w.id+"/audio", ""); got.Code != want {
			t.Errorf("%s: %d, want %d: %s", user, got.Code, want, got.Body)
		}
	}
	all := w.do("quality", "GET", "/"+w.id+"/audio", "")
	if !strings.HasPrefix(all.Body.String(), "RIFF") || all.Header().Get("Content-Type") != "audio/wav" {
		t.Errorf("%d bytes of %s", all.Body.Len(), all.Header().Get("Content-Type"))
	}
	part := w.do("quality", "GET", "/"+w.id+"/audio", "", "Range", "bytes=44-143")
	if part.Code != http.StatusPartialContent || part.Body.String() != all.Body.String()[44:144] {
		t.Errorf("range: %d, %d bytes", part.Code, part.Body.Len())
	}
	if !slices.ContainsFunc(w.audited(), func(s string) bool { return strings.HasPrefix(s, "q recordings.play") }) {
		t.Errorf("audited %v", w.audited())
	}
	w.mu.Lock()
	w.fail = errors.New("no journal")
	w.mu.Unlock()
	if got := w.do("quality", "GET", "/"+w.id+"/audio", ""); got.Code != http.StatusServiceUnavailable {
		t.Errorf("without audit: %d", got.Code)
	}
}

func TestList(t *testing.T) {
	w := newWorld(t)
	count := func(user, query string) int {
		t.Helper()
		rec := w.do(user, "GET", query, "")
		var got struct {
			Recordings []recording.Meta `json:"recordings"`
		}
		if rec.Code != 200 || json.Unmarshal(rec.Body.Bytes(), &got) != nil {
			t.Fatalf("%s: %d %s", query, rec.Code, rec.Body)
		}
		return len(got.Recordings)
	}
	for query, want := range map[string]int{"": 1, "?queue=sales": 1, "?queue=x": 0, "?interaction=i1&kind=call": 1, "?kind=voicemail": 0, "?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z": 0} {
		if got := count("quality", query); got != want {
			t.Errorf("%s: %d, want %d", query, got, want)
		}
	}
	if got := count("other", ""); got != 0 {
		t.Errorf("out of scope: %d", got)
	}
	for _, query := range []string{"?from=yesterday", "?kind=song", "?limit=0", "?from=2026-01-01T00:00:00Z&to=2026-12-01T00:00:00Z"} {
		if got := w.do("quality", "GET", query, ""); got.Code != 400 {
			t.Errorf("%s: %d", query, got.Code)
		}
	}
}

func TestHoldAndErase(t *testing.T) {
	w := newWorld(t)
	if got := w.do("quality", "PUT", "/"+w.id+"/hold", `{"hold":true}`); got.Code != 403 {
		t.Errorf("hold by quality: %d", got.Code)
	}
	if got := w.do("admin", "PUT", "/"+w.id+"/hold", `{}`); got.Code != 422 {
		t.Errorf("hold without a value: %d", got.Code)
	}
	if got := w.do("admin", "PUT", "/"+w.id+"/hold", `{"hold":true}`); got.Code != 200 || !strings.Contains(got.Body.String(), `"held_by":"a"`) {
		t.Errorf("hold: %d %s", got.Code, got.Body)
	}
	if got := w.do("admin", "DELETE", "/"+w.id, ""); got.Code != 409 {
		t.Errorf("erase under hold: %d", got.Code)
	}
	if got := w.do("admin", "PUT", "/"+w.id+"/hold", `{"hold":false}`); got.Code != 200 {
		t.Errorf("lift hold: %d", got.Code)
	}
	if got := w.do("admin", "DELETE", "/"+w.id, ""); got.Code != 204 {
		t.Errorf("erase: %d %s", got.Code, got.Body)
	}
	for _, id := range []string{w.id, "20260101-abcdefgh", "..%2f..%2fetc"} {
		if got := w.do("quality", "GET", "/"+id+"/audio", ""); got.Code != 404 {
			t.Errorf("%s: %d", id, got.Code)
		}
	}
}

// TestRoutesAreThoseOfTheContract holds the routes against openapi.yaml.
func TestRoutesAreThoseOfTheContract(t *testing.T) {
	text, err := os.ReadFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Paths map[string]map[string]any `yaml:"paths"`
	}
	if err := yaml.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for path, methods := range doc.Paths {
		for m := range methods {
			if m != "parameters" {
				want = append(want, strings.ToUpper(m)+" /api/v1"+path)
			}
		}
	}
	err = chi.Walk(newWorld(t).rt.Routes(), func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		got = append(got, method+" "+route)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("routes %v\ncontract %v", got, want)
	}
}
