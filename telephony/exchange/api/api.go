// Package api is the HTTP face of a switch: how queues and agents stand, agents' own
// states and calls, and what supervisors do about them. openapi.yaml is the contract.
//
// # Guarantees
//
//   - Nobody sees or changes a queue outside of the own sites and queues; numbers of
//     callers are shown to the agent who talks with them and to nobody else.
//   - Whatever is done to somebody else is in the audit before it happens, and in the
//     facts with the name of who did it.
package api

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/go-chi/chi/v5"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/httpapi"
	"github.com/agner-platform/agner/telephony/acd"
	"github.com/agner-platform/agner/telephony/acd/setup"
	"github.com/agner-platform/agner/telephony/exchange"
)

// Prefix is where the routes begin.
const Prefix = "/api/v1/switch"

// Switch is what the handlers need of an exchange.
type Switch interface {
	Live(ctx context.Context) (exchange.Live, error)
	SetState(ctx context.Context, agent string, st event.State, reason, by string) error
	Control(ctx context.Context, agent, what, to string) error
	Post(ctx context.Context, in acd.Input) error
	Names(to string) (queue, agent string)
}

// API are the handlers.
type API struct {
	sw    Switch
	sites func(queue string) string
}

// New makes the handlers; sites tells the site of a queue.
func New(sw Switch, sites func(queue string) string) *API { return &API{sw, sites} }

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
	step := func(action string) httpapi.Policy {
		return httpapi.Policy{Action: action, Roles: Supervisors, Sensitive: true}
	}
	return []Route{
		{http.MethodGet, "/switch/live", watch},
		{http.MethodGet, "/switch/me", own},
		{http.MethodPost, "/switch/me/state", change},
		{http.MethodPost, "/switch/me/call", change},
		{http.MethodPost, "/switch/agents/{id}/state", step("switch.force_state")},
		{http.MethodPost, "/switch/agents/{id}/call", step("switch.control_call")},
		{http.MethodPost, "/switch/visits/{id}/move", step("switch.move_caller")},
	}
}

// Mount adds the routes; the router needs an auditor.
func (a *API) Mount(rt *httpapi.Router) {
	handle := map[string]httpapi.HandlerFunc{
		"/switch/live": a.live, "/switch/me": a.me, "/switch/me/state": a.ownState, "/switch/me/call": a.ownCall,
		"/switch/agents/{id}/state": a.state, "/switch/agents/{id}/call": a.call, "/switch/visits/{id}/move": a.move,
	}
	for _, r := range Routes() {
		f := handle[r.Path]
		rt.HandleFunc(r.Method, "/api/v1"+r.Path, r.Policy, func(w http.ResponseWriter, q *http.Request) error { return problem(f(w, q)) })
	}
}

// problem turns refusals into problem documents that say why.
func problem(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, acd.ErrUnknown), errors.Is(err, exchange.ErrNoCall):
		return errUnknown.New(err.Error()).Because(err)
	case errors.Is(err, acd.ErrState):
		return errState.New(err.Error()).Because(err)
	}
	return err
}

// seen keeps what lies within the caller's sites and queues, and no numbers.
func (a *API) seen(id *httpapi.Identity, l *exchange.Live) {
	mine := func(queue string) bool { return id.Scopes.Queue(queue) && id.Scopes.Site(a.sites(queue)) }
	l.Queues = slices.DeleteFunc(l.Queues, func(q exchange.LiveQueue) bool { return !mine(q.ID) })
	l.Agents = slices.DeleteFunc(l.Agents, func(g exchange.LiveAgent) bool {
		return len(g.Queues) > 0 && !slices.ContainsFunc(g.Queues, mine)
	})
	for i := range l.Agents {
		l.Agents[i].Caller, l.Agents[i].Attributes = "", nil
	}
}

func (a *API) live(w http.ResponseWriter, r *http.Request) error {
	l, err := a.sw.Live(r.Context())
	if err != nil {
		return err
	}
	a.seen(httpapi.IdentityFrom(r.Context()), &l)
	return httpapi.WriteJSON(w, http.StatusOK, l)
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
	i := slices.IndexFunc(l.Agents, func(g exchange.LiveAgent) bool { return g.ID == agent })
	if i < 0 {
		return errUnknown.New("the switch does not know this agent: it is a member of no queue")
	}
	return httpapi.WriteJSON(w, http.StatusOK, l.Agents[i])
}

// stateBody is what an agent or supervisor asks for.
type stateBody struct {
	State  string `json:"state"`
	Reason string `json:"reason"`
}

func (a *API) setState(w http.ResponseWriter, r *http.Request, agent, by string) error {
	var in stateBody
	if err := httpapi.ReadJSON(r, &in); err != nil {
		return err
	}
	ctx := r.Context()
	var err error
	switch st := event.State(in.State); st {
	case "wrap_up_done":
		err = a.sw.Post(ctx, acd.WrapUpDone{Agent: agent})
	case "wrap_up_extend":
		err = a.sw.Post(ctx, acd.ExtendWrapUp{Agent: agent})
	case event.Offline:
		err = a.sw.Post(ctx, acd.SignOut{Agent: agent, By: by})
	case event.Available, event.OnBreak, event.OnMeal, event.InTraining, event.InMeeting, event.OtherState:
		err = a.sw.SetState(ctx, agent, st, in.Reason, by)
	default:
		err = httpapi.InvalidField.Field("state", in.State, "must be available, break, meal, training, meeting, other, offline, wrap_up_done or wrap_up_extend")
	}
	if err == nil {
		w.WriteHeader(http.StatusNoContent)
	}
	return err
}

func (a *API) ownState(w http.ResponseWriter, r *http.Request) error {
	agent, err := own(r)
	if err != nil {
		return err
	}
	return a.setState(w, r, agent, "")
}

// controlBody is what to do with a call.
type controlBody struct {
	Action string `json:"action"`
	To     string `json:"to"`
}

// control does something with an agent's call; within, if set, is what the caller may
// pass it on to.
func (a *API) control(w http.ResponseWriter, r *http.Request, agent string, within *exchange.Live) error {
	var in controlBody
	if err := httpapi.ReadJSON(r, &in); err != nil {
		return err
	}
	if !slices.Contains([]string{"hold", "resume", "transfer", "hangup"}, in.Action) {
		return httpapi.InvalidField.Field("action", in.Action, "must be hold, resume, transfer or hangup")
	}
	if queue, to := a.sw.Names(in.To); in.Action == "transfer" && within != nil && !holds(within, queue, to) {
		return errTarget(in.To)
	}
	err := a.sw.Control(r.Context(), agent, in.Action, in.To)
	if errors.Is(err, exchange.ErrTarget) {
		return httpapi.InvalidField.Field("to", in.To, "is no queue, agent, phone or number that can be reached")
	}
	if err == nil {
		w.WriteHeader(http.StatusNoContent)
	}
	return err
}

func (a *API) ownCall(w http.ResponseWriter, r *http.Request) error {
	agent, err := own(r)
	if err != nil {
		return err
	}
	return a.control(w, r, agent, nil)
}

// errTarget refuses what lies outside of the caller's queues in the words used for
// what is not there.
func errTarget(to string) error {
	return httpapi.InvalidField.Field("to", to, "is no queue, agent, phone or number that can be reached from your queues")
}

// holds reports whether a queue and an agent, each if named, are among what is seen.
func holds(l *exchange.Live, queue, agent string) bool {
	return (queue == "" || slices.ContainsFunc(l.Queues, func(q exchange.LiveQueue) bool { return q.ID == queue })) &&
		(agent == "" || slices.ContainsFunc(l.Agents, func(g exchange.LiveAgent) bool { return g.ID == agent }))
}

// supervised returns the agent of the path, if it is one of the caller's, and what
// the caller sees.
func (a *API) supervised(r *http.Request) (string, *exchange.Live, error) {
	agent := chi.URLParam(r, "id")
	l, err := a.sw.Live(r.Context())
	if err != nil {
		return "", nil, err
	}
	a.seen(httpapi.IdentityFrom(r.Context()), &l)
	if !holds(&l, "", agent) {
		return "", nil, errUnknown.New("no such agent in your queues")
	}
	return agent, &l, nil
}

func (a *API) state(w http.ResponseWriter, r *http.Request) error {
	agent, _, err := a.supervised(r)
	if err != nil {
		return err
	}
	return a.setState(w, r, agent, httpapi.IdentityFrom(r.Context()).User)
}

func (a *API) call(w http.ResponseWriter, r *http.Request) error {
	agent, seen, err := a.supervised(r)
	if err != nil {
		return err
	}
	return a.control(w, r, agent, seen)
}

// moveBody is what to do with a waiting caller.
type moveBody struct {
	Action   string `json:"action"`
	To       string `json:"to"`
	Priority int64  `json:"priority"`
}

func (a *API) move(w http.ResponseWriter, r *http.Request) error {
	var in moveBody
	if err := httpapi.ReadJSON(r, &in); err != nil {
		return err
	}
	id := httpapi.IdentityFrom(r.Context())
	visit, by := chi.URLParam(r, "id"), id.User
	l, err := a.sw.Live(r.Context())
	if err != nil {
		return err
	}
	a.seen(id, &l)
	waits := func(c exchange.LiveCaller) bool { return c.Visit == visit }
	if !slices.ContainsFunc(l.Queues, func(q exchange.LiveQueue) bool { return slices.ContainsFunc(q.Waiting, waits) }) {
		return errUnknown.New("no such caller waits in your queues")
	}
	var do acd.Input
	switch in.Action {
	case "head":
		do = acd.MoveToHead{Visit: visit, By: by}
	case "priority":
		do = acd.SetPriority{Visit: visit, Priority: in.Priority, By: by}
	case "agent":
		if !holds(&l, "", in.To) {
			return errTarget(in.To)
		}
		do = acd.Reassign{Visit: visit, Agent: in.To, By: by}
	case "queue":
		if !holds(&l, in.To, "") {
			return errTarget(in.To)
		}
		do = acd.Pull{Visit: visit, By: by, Action: acd.Action{Do: setup.ToQueue, Target: in.To}}
	case "hangup":
		do = acd.Pull{Visit: visit, By: by}
	default:
		return httpapi.InvalidField.Field("action", in.Action, "must be head, queue, agent, priority or hangup")
	}
	if err := a.sw.Post(r.Context(), do); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
