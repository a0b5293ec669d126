package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/httpapi"
	"github.com/agner-platform/agner/telephony/acd"
	"github.com/agner-platform/agner/telephony/acd/setup"
	"github.com/agner-platform/agner/telephony/exchange"
	"github.com/agner-platform/agner/web/api/rest/resttest"
)

// fake is a switch with two queues, a caller in each and two agents.
type fake struct{ did []string }

func (f *fake) Live(context.Context) (exchange.Live, error) {
	return exchange.Live{
		Queues: []exchange.LiveQueue{
			{ID: "q1", Waiting: []exchange.LiveCaller{{Visit: "v1", Queue: "q1"}}},
			{ID: "q2", Waiting: []exchange.LiveCaller{{Visit: "v2", Queue: "q2"}}},
		},
		Agents: []exchange.LiveAgent{{ID: "a1", Queues: []string{"q1"}, Caller: "+3725551"}, {ID: "a2", Queues: []string{"q2"}}},
	}, nil
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
	r := httptest.NewRequest(method, Prefix+path, strings.NewReader(body))
	r.Header.Set("X-Who", who)
	r.Header.Set("Content-Type", httpapi.MediaJSON)
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
