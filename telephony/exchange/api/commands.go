package api

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/httpapi"
	"github.com/agner-platform/agner/telephony/acd"
	"github.com/agner-platform/agner/telephony/acd/setup"
	"github.com/agner-platform/agner/telephony/exchange"
)

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
	return done(w, err)
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
	if !slices.Contains(actions, in.Action) {
		return httpapi.InvalidField.Field("action", in.Action, "must be one of "+strings.Join(actions, ", "))
	}
	passes := in.Action == "transfer" || in.Action == "consult"
	if queue, to := a.sw.Names(in.To); passes && within != nil && !holds(within, queue, to) {
		return errTarget(in.To)
	}
	return done(w, at("to", in.To, a.sw.Control(r.Context(), agent, in.Action, in.To)))
}

// actions on a call.
var actions = []string{"hold", "resume", "transfer", "hangup", "consult", "complete", "conference", "return"}

// done answers a command that has nothing to tell.
func done(w http.ResponseWriter, err error) error {
	if err == nil {
		w.WriteHeader(http.StatusNoContent)
	}
	return err
}

// at makes an error about a target one about the field that names it.
func at(field, value string, err error) error {
	if errors.Is(err, exchange.ErrTarget) || errors.Is(err, exchange.ErrCode) {
		return httpapi.InvalidField.Field(field, value, strings.TrimPrefix(err.Error(), exchange.ErrTarget.Error()+": ")).Because(err)
	}
	return err
}

// pauseBody is what to do with a recording.
type pauseBody struct {
	Action string `json:"action"`
}

func (a *API) ownRecording(w http.ResponseWriter, r *http.Request) error {
	agent, err := own(r)
	if err != nil {
		return err
	}
	var in pauseBody
	if err := httpapi.ReadJSON(r, &in); err != nil {
		return err
	}
	if in.Action != "pause" && in.Action != "resume" {
		return httpapi.InvalidField.Field("action", in.Action, "must be pause or resume")
	}
	return done(w, a.sw.Pause(agent, in.Action == "pause"))
}

// codeBody is what a contact was about.
type codeBody struct {
	Code string `json:"code"`
}

func (a *API) ownCode(w http.ResponseWriter, r *http.Request) error {
	agent, err := own(r)
	if err != nil {
		return err
	}
	var in codeBody
	if err := httpapi.ReadJSON(r, &in); err != nil {
		return err
	}
	if in.Code == "" {
		return httpapi.InvalidField.Field("code", in.Code, "must not be empty")
	}
	return done(w, at("code", in.Code, a.sw.Code(r.Context(), agent, in.Code, httpapi.IdentityFrom(r.Context()).User)))
}

// dialBody is whom to call.
type dialBody struct {
	To    string `json:"to"`
	Queue string `json:"queue"`
}

func (a *API) dial(w http.ResponseWriter, r *http.Request) error {
	agent, err := own(r)
	if err != nil {
		return err
	}
	var in dialBody
	if err := httpapi.ReadJSON(r, &in); err != nil {
		return err
	}
	if in.To == "" {
		return httpapi.InvalidField.Field("to", in.To, "must not be empty")
	}
	interaction, err := a.sw.Dial(r.Context(), agent, in.To, in.Queue)
	if err != nil {
		return at("to", in.To, err)
	}
	return httpapi.WriteJSON(w, http.StatusAccepted, map[string]string{"interaction": interaction})
}

// superviseBody is how to join a call.
type superviseBody struct {
	Mode  event.SupervisionMode `json:"mode"`
	Phone string                `json:"phone"`
}

func (a *API) supervise(w http.ResponseWriter, r *http.Request) error {
	agent, _, err := a.supervised(r)
	if err != nil {
		return err
	}
	var in superviseBody
	if err := httpapi.ReadJSON(r, &in); err != nil {
		return err
	}
	if in.Mode != "stop" && !slices.Contains(event.SupervisionModes, in.Mode) {
		return httpapi.InvalidField.Field("mode", string(in.Mode), "must be listen, whisper, barge, takeover or stop")
	}
	id := httpapi.IdentityFrom(r.Context())
	return done(w, at("phone", in.Phone, a.sw.Supervise(r.Context(), agent, in.Mode, id.User, id.Agent, in.Phone)))
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
	l = a.seen(httpapi.IdentityFrom(r.Context()), &l)
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
	l = a.seen(id, &l)
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
	return done(w, a.sw.Post(r.Context(), do))
}
