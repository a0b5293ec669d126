// Package api is the HTTP face of a switch: how queues and agents stand, agents' own
// states and calls, and what supervisors do about them. openapi.yaml is the contract.
//
// # Guarantees
//
//   - Nobody sees or changes a queue outside of the own sites and queues; numbers of
//     callers are shown to the agent at whom they ring or who talks with them, and to
//     nobody else.
//   - Whatever is done to somebody else is in the audit before it happens, and in the
//     facts with the name of who did it. An agent is not told who listens.
//   - A command that is sent again with its Idempotency-Key takes effect once; whatever
//     dials needs one.
//   - Streams begin with the whole state: a page that comes back has missed nothing.
package api

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/httpapi"
	"github.com/agner-platform/agner/telephony/acd"
	"github.com/agner-platform/agner/telephony/exchange"
	"github.com/agner-platform/agner/telephony/exchange/live"
	"github.com/agner-platform/agner/telephony/recording"
	"github.com/agner-platform/agner/telephony/trunk"
)

// Prefix is where the routes begin.
const Prefix = "/api/v1/switch"

// Switch is what the handlers need of an exchange.
type Switch interface {
	Live(ctx context.Context) (exchange.Live, error)
	Watch() *live.Watch
	Phones() []live.Phone
	Trunks() []trunk.Status
	SetState(ctx context.Context, agent string, st event.State, reason, by string) error
	Control(ctx context.Context, agent, what, to string) error
	Pause(agent string, on bool) error
	Code(ctx context.Context, agent, code, by string) error
	Dial(ctx context.Context, agent, to, queue string) (interaction string, err error)
	Supervise(ctx context.Context, agent string, mode event.SupervisionMode, by, own, account string) error
	Post(ctx context.Context, in acd.Input) error
	Names(to string) (queue, agent string)
}

// API are the handlers.
type API struct {
	sw    Switch
	sites func(queue string) string
	once  *memory
}

// New makes the handlers; sites tells the site of a queue.
func New(sw Switch, sites func(queue string) string) *API { return &API{sw, sites, newMemory()} }

var (
	errState   = httpapi.Define("switch.refused", http.StatusConflict, "The switch refuses")
	errUnknown = httpapi.Define("switch.unknown", http.StatusNotFound, "It is not (any more) there")
	errNoAgent = httpapi.Define("switch.no_agent", http.StatusForbidden, "This account belongs to no agent")
)

// Who may watch, and who may step in.
var (
	Watchers    = []string{httpapi.RoleAdmin, httpapi.RoleManager, httpapi.RolePlanner, httpapi.RoleSupervisor, httpapi.RoleViewer}
	Supervisors = []string{httpapi.RoleAdmin, httpapi.RoleManager, httpapi.RoleSupervisor}
)

// Route is one route with its policy; the public door serves the same.
type Route struct {
	Method, Path string
	Policy       httpapi.Policy
}

// Routes lists every route, below /api/v1.
func Routes() []Route {
	watch := httpapi.Policy{Action: "switch.read", Roles: Watchers}
	own, change := httpapi.Policy{Action: "switch.own"}, httpapi.Policy{Action: "switch.own", Sensitive: true}
	stream := func(p httpapi.Policy) httpapi.Policy { p.Timeout = httpapi.Unlimited; return p }
	step := func(action string) httpapi.Policy {
		return httpapi.Policy{Action: action, Roles: Supervisors, Sensitive: true}
	}
	return []Route{
		{http.MethodGet, "/switch/live", watch},
		{http.MethodGet, "/switch/events", stream(watch)},
		{http.MethodGet, "/switch/lines", httpapi.Policy{Action: "switch.lines", Roles: Supervisors}},
		{http.MethodGet, "/switch/me", own},
		{http.MethodGet, "/switch/me/events", stream(own)},
		{http.MethodPost, "/switch/me/state", change},
		{http.MethodPost, "/switch/me/call", change},
		{http.MethodPost, "/switch/me/recording", change},
		{http.MethodPost, "/switch/me/code", change},
		{http.MethodPost, "/switch/me/dial", change},
		{http.MethodPost, "/switch/agents/{id}/state", step("switch.force_state")},
		{http.MethodPost, "/switch/agents/{id}/call", step("switch.control_call")},
		{http.MethodPost, "/switch/agents/{id}/supervise", step("switch.supervise")},
		{http.MethodPost, "/switch/visits/{id}/move", step("switch.move_caller")},
	}
}

// Mount adds the routes; the router needs an auditor.
func (a *API) Mount(rt *httpapi.Router) {
	handle := map[string]httpapi.HandlerFunc{
		"/switch/live": a.live, "/switch/events": a.events, "/switch/lines": a.lines,
		"/switch/me": a.me, "/switch/me/events": a.ownEvents, "/switch/me/state": a.ownState, "/switch/me/call": a.ownCall,
		"/switch/me/recording": a.ownRecording, "/switch/me/code": a.ownCode, "/switch/me/dial": a.dial,
		"/switch/agents/{id}/state": a.state, "/switch/agents/{id}/call": a.call, "/switch/agents/{id}/supervise": a.supervise,
		"/switch/visits/{id}/move": a.move,
	}
	dials := []string{"/switch/me/dial", "/switch/agents/{id}/supervise"}
	for _, r := range Routes() {
		f := handle[r.Path]
		var h http.Handler = httpapi.HandlerFunc(func(w http.ResponseWriter, q *http.Request) error { return problem(f(w, q)) })
		if r.Method == http.MethodPost {
			h = a.takenOnce(h, slices.Contains(dials, r.Path))
		}
		rt.Handle(r.Method, "/api/v1"+r.Path, r.Policy, h)
	}
}

// problem turns refusals into problem documents that say why.
func problem(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, acd.ErrUnknown), errors.Is(err, exchange.ErrNoCall):
		return errUnknown.New(err.Error()).Because(err)
	case errors.Is(err, acd.ErrState), errors.Is(err, exchange.ErrNotNow), errors.Is(err, recording.ErrState):
		return errState.New(err.Error()).Because(err)
	}
	return err
}

// seen returns what lies within the caller's sites and queues, without numbers.
func (a *API) seen(id *httpapi.Identity, from *exchange.Live) exchange.Live {
	l := *from
	l.Queues, l.Agents = slices.Clone(l.Queues), slices.Clone(l.Agents) // the state is shared
	mine := func(queue string) bool { return id.Scopes.Queue(queue) && id.Scopes.Site(a.sites(queue)) }
	l.Queues = slices.DeleteFunc(l.Queues, func(q exchange.LiveQueue) bool { return !mine(q.ID) })
	l.Agents = slices.DeleteFunc(l.Agents, func(g exchange.LiveAgent) bool {
		return len(g.Queues) > 0 && !slices.ContainsFunc(g.Queues, mine)
	})
	for i := range l.Agents {
		l.Agents[i].Caller, l.Agents[i].Attributes, l.Agents[i].Pop = "", nil, ""
	}
	return l
}

func (a *API) live(w http.ResponseWriter, r *http.Request) error {
	l, err := a.sw.Live(r.Context())
	if err != nil {
		return err
	}
	return httpapi.WriteJSON(w, http.StatusOK, a.seen(httpapi.IdentityFrom(r.Context()), &l))
}

// own returns the agent that the caller is.
func own(r *http.Request) (string, error) {
	id := httpapi.IdentityFrom(r.Context())
	if id == nil || id.Agent == "" {
		return "", errNoAgent.New("an administrator can link the user to an agent in the set-up")
	}
	return id.Agent, nil
}

func (a *API) me(w http.ResponseWriter, r *http.Request) error {
	agent, err := own(r)
	if err != nil {
		return err
	}
	l, err := a.sw.Live(r.Context())
	if err != nil {
		return err
	}
	g, ok := mine(&l, agent)
	if !ok {
		return errMember()
	}
	return httpapi.WriteJSON(w, http.StatusOK, g)
}
