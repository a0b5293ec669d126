package api

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/httpapi"
	"github.com/agner-platform/agner/telephony/acd"
	"github.com/agner-platform/agner/telephony/acd/setup"
	"github.com/agner-platform/agner/telephony/exchange"
	"github.com/agner-platform/agner/telephony/exchange/live"
	"github.com/agner-platform/agner/telephony/trunk"
	"github.com/agner-platform/agner/web/api/rest/resttest"
)

// fake is a switch with two queues, a caller in each and two agents.
type fake struct {
	did  []string
	feed *live.Feed
	ring atomic.Bool // a caller rings at a1
	talk atomic.Bool // and has been answered
}

func (f *fake) Live(context.Context) (exchange.Live, error) {
	l := exchange.Live{
		Queues: []exchange.LiveQueue{
			{ID: "q1", Name: "Support", Waiting: []exchange.LiveCaller{{Visit: "v1", Queue: "q1"}}},
			{ID: "q2", Waiting: []exchange.LiveCaller{{Visit: "v2", Queue: "q2"}}},
		},
		Agents: []exchange.LiveAgent{
			{ID: "a1", Queues: []string{"q1"}, Caller: "+3725551", Watched: []live.Watched{{By: "u1", Mode: "listen"}}},
			{ID: "a2", Queues: []string{"q2"}},
		},
	}
	a := &l.Agents[0]
	if f.ring.Load() {
		a.Offer = &live.Offer{Offer: "o1", Visit: "v1", Interaction: "i1", Queue: "q1", Channel: "voice"}
		a.Attributes, a.Pop = map[string]string{"topic": "help"}, "https://crm.example/?p=%2B3725551"
	}
	if f.talk.Load() {
		a.Offer, a.Contact = nil, &live.Caller{Visit: "v1", Interaction: "i1", Queue: "q1", Stage: "talking"}
	}
	return l, nil
}

func (f *fake) Watch() *live.Watch     { return f.feed.Watch() }
func (f *fake) Trunks() []trunk.Status { return []trunk.Status{{Name: "out", Alive: true}} }
func (f *fake) Phones() []live.Phone {
	return []live.Phone{{Account: "7001", Agent: "a1", Devices: []live.Device{{Address: "127.0.0.1:5070", Network: "udp"}}}}
}

func (f *fake) Pause(agent string, on bool) error {
	if agent != "a1" {
		return exchange.ErrNoCall
	}
	f.did = append(f.did, fmt.Sprint("pause ", agent, " ", on))
	return nil
}

func (f *fake) Code(_ context.Context, agent, code, by string) error {
	if code == "strange" {
		return fmt.Errorf("%w: code = %q", exchange.ErrCode, code)
	}
	f.did = append(f.did, fmt.Sprint("code ", agent, " ", code, " by ", by))
	return nil
}

func (f *fake) Dial(_ context.Context, agent, to, queue string) (string, error) {
	switch to {
	case "abroad":
		return "", fmt.Errorf("%w: to = %q: country_barred", exchange.ErrTarget, to)
	case "busy":
		return "", exchange.ErrNotNow
	}
	f.did = append(f.did, fmt.Sprint("dial ", agent, " ", to, " for ", queue))
	return fmt.Sprint("i", len(f.did)), nil
}

func (f *fake) Supervise(_ context.Context, agent string, mode event.SupervisionMode, by, own, account string) error {
	f.did = append(f.did, fmt.Sprint(mode, " ", agent, " by ", by, " own ", own, " phone ", account))
	return nil
}

func (f *fake) SetState(_ context.Context, agent string, st event.State, reason, by string) error {
	f.did = append(f.did, fmt.Sprint("state ", agent, " ", st, " ", reason, " by ", by))
	return nil
}

func (f *fake) Control(_ context.Context, agent, what, to string) error {
	switch to {
	case "nowhere":
		return fmt.Errorf("%w: nowhere", exchange.ErrTarget)
	case "silence":
		return fmt.Errorf("%w of agent %q", exchange.ErrNoCall, agent)
	}
	f.did = append(f.did, fmt.Sprint(what, " ", agent, " ", to))
	return nil
}

func (f *fake) Names(to string) (queue, agent string) {
	switch to {
	case "q1", "q2":
		return to, ""
	case "a1", "a2":
		return "", to
	}
	return "", ""
}

func (f *fake) Post(_ context.Context, in acd.Input) error {
	f.did = append(f.did, fmt.Sprintf("%+v", in))
	if m, ok := in.(acd.Reassign); ok && m.Agent == "a2" {
		return fmt.Errorf("%w: agent talks", acd.ErrState)
	}
	return nil
}

type noAudit struct{ err error }

func (n noAudit) Audit(context.Context, httpapi.AuditEntry) error { return n.err }

var people = map[string]*httpapi.Identity{
	"chief":  {User: "u1", Roles: []string{httpapi.RoleSupervisor}},
	"north":  {User: "u2", Roles: []string{httpapi.RoleSupervisor}, Scopes: httpapi.Scopes{Queues: []string{"q1"}}},
	"viewer": {User: "u3", Roles: []string{httpapi.RoleViewer}},
	"mari":   {User: "u4", Agent: "a1", Roles: []string{httpapi.RoleAgent}},
	"clerk":  {User: "u5", Roles: []string{httpapi.RoleAgent}},
}

func router(f *fake, audit error) *httpapi.Router {
	rt := httpapi.NewRouter(httpapi.Options{
		Auditor:      noAudit{audit},
		Authenticate: func(r *http.Request) (*httpapi.Identity, error) { return people[r.Header.Get("X-Who")], nil },
	})
	New(f, func(string) string { return "site" }).Mount(rt)
	return rt
}

func ask(rt *httpapi.Router, who, method, path, body string) *httptest.ResponseRecorder {
	return askOnce(rt, who, method, path, body, "")
}

func askOnce(rt *httpapi.Router, who, method, path, body, key string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, Prefix+path, strings.NewReader(body))
	r.Header.Set("X-Who", who)
	r.Header.Set("Content-Type", httpapi.MediaJSON)
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	w := httptest.NewRecorder()
	rt.ServeHTTP(w, r)
	return w
}

func TestContract(t *testing.T) {
	resttest.Contract(t, router(&fake{}, nil), "/api/v1", "openapi.yaml")
}

func TestWhoSeesWhat(t *testing.T) {
	rt := router(&fake{}, nil)
	f := func(who, path string, status int, has, lacks string) {
		t.Helper()
		w := ask(rt, who, http.MethodGet, path, "")
		if text := w.Body.String(); w.Code != status || !strings.Contains(text, has) || lacks != "" && strings.Contains(text, lacks) {
			t.Errorf("%s %s: %d %s", who, path, w.Code, text)
		}
	}
	f("chief", "/live", 200, `"q2"`, "+3725551")
	f("north", "/live", 200, `"q1"`, `"q2"`)
	f("viewer", "/live", 200, `"a1"`, "+3725551")
	f("mari", "/live", 403, "", "q1")
	f("mari", "/me", 200, "+3725551", "a2")
	f("mari", "/me", 200, "+3725551", "listen") // an agent is not told who listens
	f("chief", "/live", 200, "listen", "")
	f("chief", "/lines", 200, `"7001"`, "")
	f("viewer", "/lines", 403, "", "7001")
	f("mari", "/events", 403, "", "q1")
	f("clerk", "/me/events", 403, "", "")
	f("clerk", "/me", 403, "no agent", "")
	f("", "/live", 401, "", "q1")
}

func TestWhatIsDone(t *testing.T) {
	f := func(who, path, body string, status int, did string) {
		t.Helper()
		sw := &fake{}
		w := ask(router(sw, nil), who, http.MethodPost, path, body)
		if got := strings.Join(sw.did, "; "); w.Code != status || got != did {
			t.Errorf("%s %s %s: %d %s, did %q, want %d and %q", who, path, body, w.Code, w.Body, got, status, did)
		}
	}
	f("mari", "/me/state", `{"state":"break","reason":"coffee"}`, 204, "state a1 break coffee by ")
	f("mari", "/me/state", `{"state":"offline"}`, 204, "{Agent:a1 By:}")
	f("mari", "/me/state", `{"state":"wrap_up_done"}`, 204, "{Agent:a1}")
	f("mari", "/me/state", `{"state":"talking"}`, 422, "")
	f("mari", "/me/state", `{"state":"break","colour":"red"}`, 422, "")
	f("mari", "/me/call", `{"action":"hold"}`, 204, "hold a1 ")
	f("mari", "/me/call", `{"action":"sing"}`, 422, "")
	f("mari", "/me/call", `{"action":"transfer","to":"nowhere"}`, 422, "")
	f("mari", "/me/call", `{"action":"transfer","to":"silence"}`, 404, "")
	f("mari", "/me/call", `{"action":"consult","to":"a2"}`, 204, "consult a1 a2")
	f("mari", "/me/call", `{"action":"complete"}`, 204, "complete a1 ")
	f("north", "/agents/a1/call", `{"action":"consult","to":"a2"}`, 422, "")
	f("mari", "/me/recording", `{"action":"pause"}`, 204, "pause a1 true")
	f("mari", "/me/recording", `{"action":"resume"}`, 204, "pause a1 false")
	f("mari", "/me/recording", `{"action":"erase"}`, 422, "")
	f("mari", "/me/code", `{"code":"sold"}`, 204, "code a1 sold by u4")
	f("mari", "/me/code", `{"code":"strange"}`, 422, "")
	f("mari", "/me/code", `{"code":""}`, 422, "")
	f("clerk", "/me/code", `{"code":"sold"}`, 403, "")
	f("mari", "/me/dial", `{"to":"6123456"}`, 400, "") // no Idempotency-Key
	f("chief", "/agents/a1/supervise", `{"mode":"listen"}`, 400, "")
	f("clerk", "/me/call", `{"action":"hold"}`, 403, "")
	f("chief", "/agents/a2/state", `{"state":"available"}`, 204, "state a2 available  by u1")
	f("north", "/agents/a2/state", `{"state":"available"}`, 404, "")
	f("viewer", "/agents/a1/state", `{"state":"available"}`, 403, "")
	f("chief", "/agents/a1/call", `{"action":"hangup"}`, 204, "hangup a1 ")
	f("chief", "/visits/v1/move", `{"action":"head"}`, 204, "{Visit:v1 By:u1}")
	f("chief", "/visits/v1/move", `{"action":"priority","priority":7}`, 204, "{Visit:v1 Priority:7 By:u1}")
	f("chief", "/visits/v1/move", `{"action":"agent","to":"a2"}`, 409, "{Visit:v1 Agent:a2 By:u1}")
	f("chief", "/agents/a1/call", `{"action":"transfer","to":"q2"}`, 204, "transfer a1 q2")
	f("north", "/agents/a1/call", `{"action":"transfer","to":"q1"}`, 204, "transfer a1 q1")
	f("north", "/agents/a1/call", `{"action":"transfer","to":"q2"}`, 422, "")
	f("north", "/agents/a1/call", `{"action":"transfer","to":"a2"}`, 422, "")
	f("north", "/visits/v1/move", `{"action":"queue","to":"q2"}`, 422, "")
	f("north", "/visits/v1/move", `{"action":"agent","to":"a2"}`, 422, "")
	f("mari", "/me/call", `{"action":"transfer","to":"q2"}`, 204, "transfer a1 q2")
	f("chief", "/visits/v1/move", `{"action":"queue","to":"q2"}`, 204, fmt.Sprintf("%+v", acd.Pull{Visit: "v1", By: "u1", Action: acd.Action{Do: setup.ToQueue, Target: "q2"}}))
	f("chief", "/visits/v9/move", `{"action":"head"}`, 404, "")
	f("north", "/visits/v2/move", `{"action":"head"}`, 404, "")
	f("chief", "/visits/v1/move", `{"action":"lose"}`, 422, "")
}

// TestNoAuditNoAccess refuses what could not be written down.
func TestNoAuditNoAccess(t *testing.T) {
	sw := &fake{}
	if w := ask(router(sw, errors.New("disk full")), "chief", http.MethodPost, "/agents/a1/state", `{"state":"available"}`); w.Code < 500 || len(sw.did) > 0 {
		t.Errorf("%d, did %v", w.Code, sw.did)
	}
}

// TestOnce: what dials needs a key and takes effect once; with another body, or by
// somebody else, the key is another matter.
func TestOnce(t *testing.T) {
	sw := &fake{}
	rt := router(sw, nil)
	f := func(who, path, body, key string, status int, has string) {
		t.Helper()
		w := askOnce(rt, who, http.MethodPost, path, body, key)
		if w.Code != status || !strings.Contains(w.Body.String(), has) {
			t.Errorf("%s %s %s: %d %s, want %d and %q", who, path, body, w.Code, w.Body, status, has)
		}
	}
	f("mari", "/me/dial", `{"to":"6123456","queue":"q1"}`, "key-00001", 202, `"i1"`)
	f("mari", "/me/dial", `{"to":"6123456","queue":"q1"}`, "key-00001", 202, `"i1"`)
	f("mari", "/me/dial", `{"to":"6123457"}`, "key-00001", 409, "")
	f("mari", "/me/dial", `{"to":"abroad"}`, "key-00002", 422, "country_barred")
	f("mari", "/me/dial", `{"to":"busy"}`, "key-00003", 409, "")
	f("mari", "/me/dial", `{"to":""}`, "key-00004", 422, "")
	f("chief", "/agents/a2/supervise", `{"mode":"whisper","phone":"7099"}`, "key-00001", 204, "")
	f("chief", "/agents/a2/supervise", `{"mode":"sing"}`, "key-00002", 422, "")
	f("north", "/agents/a2/supervise", `{"mode":"listen"}`, "key-00003", 404, "")
	f("viewer", "/agents/a1/supervise", `{"mode":"listen"}`, "key-00003", 403, "")
	f("mari", "/me/state", `{"state":"break"}`, "key-00005", 204, "")
	f("mari", "/me/state", `{"state":"break"}`, "key-00005", 204, "")
	want := []string{"dial a1 6123456 for q1", "whisper a2 by u1 own  phone 7099", "state a1 break  by "}
	if diff := cmp.Diff(want, sw.did); diff != "" {
		t.Error(diff)
	}
}

// reader reads a stream of events.
type reader struct {
	t *testing.T
	b *bufio.Reader
}

// follow opens a stream on a server.
func follow(t *testing.T, sw *fake, who, path string) reader {
	t.Helper()
	sw.feed = live.NewFeed(sw.Live)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { sw.feed.Run(ctx); close(done) }()
	srv := httptest.NewServer(router(sw, nil))
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, srv.URL+Prefix+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Who", who)
	res, err := http.DefaultClient.Do(req)
	if err != nil || res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("%v %v", res, err)
	}
	t.Cleanup(func() { cancel(); res.Body.Close(); srv.Close(); <-done })
	return reader{t, bufio.NewReader(res.Body)}
}

// next returns the name and the data of the next event.
func (r reader) next() (name, data string) {
	r.t.Helper()
	for {
		line, err := r.b.ReadString('\n')
		if err != nil {
			r.t.Fatal(err)
		}
		line = strings.TrimSuffix(line, "\n")
		if v, ok := strings.CutPrefix(line, "event: "); ok {
			name = v
		}
		if v, ok := strings.CutPrefix(line, "data: "); ok {
			return name, v
		}
	}
}

// TestEvents begins with everything within the scope and goes on with what changes.
func TestEvents(t *testing.T) {
	sw := &fake{}
	r := follow(t, sw, "north", "/events")
	name, data := r.next()
	if name != "snapshot" || !strings.Contains(data, `"q1"`) || strings.Contains(data, `"q2"`) || strings.Contains(data, "+3725551") {
		t.Errorf("%s %s", name, data)
	}
	sw.ring.Store(true)
	sw.feed.Touch()
	name, data = r.next()
	if name != "changed" || !strings.Contains(data, `"o1"`) || strings.Contains(data, "queues\":[{") || strings.Contains(data, "crm.example") || strings.Contains(data, "topic") {
		t.Errorf("%s %s", name, data)
	}
}

// TestOwnEvents tells an agent who rings, once, and again when the call is there.
func TestOwnEvents(t *testing.T) {
	sw := &fake{}
	r := follow(t, sw, "mari", "/me/events")
	if name, data := r.next(); name != "agent" || !strings.Contains(data, `"a1"`) || strings.Contains(data, "listen") {
		t.Errorf("%s %s", name, data)
	}
	sw.ring.Store(true)
	sw.feed.Touch()
	if name, data := r.next(); name != "agent" || !strings.Contains(data, `"o1"`) {
		t.Errorf("%s %s", name, data)
	}
	name, data := r.next()
	for _, want := range []string{`"ringing"`, `"Support"`, "+3725551", "crm.example", `"topic":"help"`} {
		if name != "pop" || !strings.Contains(data, want) {
			t.Errorf("%s %s lacks %s", name, data, want)
		}
	}
	sw.talk.Store(true)
	sw.feed.Touch()
	r.next()
	if name, data = r.next(); name != "pop" || !strings.Contains(data, `"connected"`) {
		t.Errorf("%s %s", name, data)
	}
}
