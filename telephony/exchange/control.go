package exchange

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/telephony/acd"
	"github.com/agner-platform/agner/telephony/call"
	"github.com/agner-platform/agner/telephony/exchange/lines"
	"github.com/agner-platform/agner/telephony/exchange/plan"
	"github.com/agner-platform/agner/telephony/sipua/words"
)

// ErrTarget is returned for a transfer to what cannot be reached.
var ErrTarget = errors.New("no target of a transfer")

// ErrNoCall is returned for a call that is not (any more) there.
var ErrNoCall = errors.New("there is no such call")

// ErrNotNow is returned for what does not fit the state of a call.
var ErrNotNow = errors.New("not in this state of the call")

// ErrCode is returned for a wrap-up code that the contact's queue does not have.
var ErrCode = errors.New("no wrap-up code of the queue")

// consultRing is how long a colleague's phone rings.
const consultRing = 45 * interval.Second

// post gives the distributor an input of a person.
func (x *Exchange) post(ctx context.Context, in acd.Input) error {
	_, err := x.loop.Post(ctx, in)
	return err
}

// Post gives the distributor an input of a person: sign-in, states, supervision. The
// error is the refusal, which says why.
func (x *Exchange) Post(ctx context.Context, in acd.Input) error { return x.post(ctx, in) }

// SetState puts an agent into a state and signs it in where needed.
func (x *Exchange) SetState(ctx context.Context, id string, st event.State, reason, by string) error {
	return x.desk.SetState(ctx, id, st, reason, by)
}

// agent reads an agent's state.
func (x *Exchange) agent(ctx context.Context, id string) (acd.AgentView, error) {
	var a acd.AgentView
	known := false
	err := x.loop.Ask(ctx, func(s *acd.State, _ int64) { a, known = s.Agent(id) })
	if err == nil && !known {
		err = fmt.Errorf("%w agent %q", acd.ErrUnknown, id)
	}
	return a, err
}

// Code says what an agent's contact is about, by the id or the text of a code of its
// queue.
func (x *Exchange) Code(ctx context.Context, id, code, by string) error {
	queue := ""
	if err := x.loop.Ask(ctx, func(s *acd.State, _ int64) {
		if a, ok := s.Agent(id); ok {
			v, _ := s.Visit(a.Visit)
			queue = v.Queue
		}
	}); err != nil {
		return err
	}
	codes := x.plan.Load().About(queue).Codes
	i := slices.IndexFunc(codes, func(c Code) bool { return c.ID == code || c.Code == code })
	if queue != "" && i < 0 {
		return fmt.Errorf("%w: code = %q", ErrCode, code)
	}
	if i >= 0 {
		code = codes[i].ID
	}
	return x.post(ctx, acd.Code{Agent: id, Code: code, By: by})
}

// Control does something with an agent's call: hold, resume, hangup or transfer to a
// number, phone or queue; consult a colleague, then complete, conference or return.
func (x *Exchange) Control(ctx context.Context, id, what, to string) error {
	return x.withCall(ctx, id, func(s *session, leg string) error {
		switch what {
		case "hold":
			s.call.Post(call.Hold{Leg: leg})
		case "resume":
			s.call.Post(call.Resume{Leg: leg})
		case "hangup":
			s.call.Post(call.HangUp{Leg: leg, Cause: "hung_up", By: event.AgentSide})
		case "transfer":
			return s.transfer(leg, to)
		case "consult":
			return s.consultWith(leg, to)
		case "complete", "conference", "return":
			return s.consulted(leg, what)
		default:
			return fmt.Errorf("action = %q: must be hold, resume, transfer, hangup, consult, complete, conference or return", what)
		}
		return nil
	})
}

// withCall has f done by the session in which an agent talks, with the agent's leg.
func (x *Exchange) withCall(ctx context.Context, id string, f func(s *session, leg string) error) error {
	s, leg := x.talker(id)
	if s == nil {
		return fmt.Errorf("%w of agent %q", ErrNoCall, id)
	}
	return s.ask(ctx, func() error { return f(s, leg) })
}

// ask has f done by the session's goroutine and waits for it.
func (s *session) ask(ctx context.Context, f func() error) error {
	done := make(chan error, 1)
	s.post(func() { done <- f() })
	select {
	case err := <-done:
		return err
	case <-s.ctx.Done():
		return ErrNoCall
	case <-ctx.Done():
		return ctx.Err()
	}
}

// transfer passes the caller on at once.
func (s *session) transfer(leg, to string) error {
	if s.consult.leg != "" {
		return fmt.Errorf("%w: a colleague is being consulted; complete or return", ErrNotNow)
	}
	t, err := s.x.target(leg, to)
	if err == nil {
		s.call.Post(t)
	}
	return err
}

// consultation is a colleague whom the agent asks while the caller waits.
type consultation struct {
	leg, to string
	up      bool
}

// consultWith dials a colleague.
func (s *session) consultWith(leg, to string) error {
	if s.consult.leg != "" || s.conference {
		return fmt.Errorf("%w: a colleague is there already", ErrNotNow)
	}
	targets, d, err := s.reach(to)
	if err != nil {
		return err
	}
	if d.Agent == s.agent && d.Agent != "" {
		return fmt.Errorf("%w: to = %q is the agent itself", ErrTarget, to)
	}
	d.Leg = "k-" + words.Token()
	if d.Trunk != "" {
		if err := s.x.lines.Admit(d.Leg, d.Trunk, targets[0]); err != nil {
			return fmt.Errorf("%w: to = %q: %w", ErrTarget, to, err)
		}
	}
	s.consult = consultation{leg: d.Leg, to: to}
	s.call.Reach(d.Leg, call.Consult{By: leg, Leg: d.Leg, To: d.To, Agent: d.Agent, RingUs: consultRing}, targets[0])
	return nil
}

// consulted ends a consultation one way or another.
func (s *session) consulted(leg, what string) error {
	switch {
	case s.consult.leg == "":
		return fmt.Errorf("%w: nobody is being consulted", ErrNotNow)
	case what == "complete":
		s.call.Post(call.Transfer{By: leg})
	case what == "return":
		s.call.Post(call.HangUp{Leg: s.consult.leg, Cause: call.CauseCancelled, By: event.AgentSide})
	case !s.consult.up:
		return fmt.Errorf("%w: %s has not answered yet", ErrNotNow, s.consult.to)
	default:
		s.call.Post(call.Conference{By: leg})
	}
	return nil
}

// reach says where an agent, phone or number is dialled.
func (s *session) reach(to string) ([]call.Target, call.Dial, error) {
	p := s.x.plan.Load()
	list := p.Devices[to]
	number := plan.Digits(to)
	if f, ok := p.ByUser[number]; ok && len(list) == 0 {
		list = []Phone{f}
	}
	for _, f := range slices.Backward(list) {
		if t := s.phoneTarget(f); len(t) > 0 {
			return t[len(t)-1:], call.Dial{To: f.User, Side: event.AgentSide, Agent: f.Agent}, nil
		}
	}
	t, ok := p.Outbound()
	for _, f := range list {
		if ok && f.Number != "" { // the owner has to press a key: a voicemail must not take calls
			d := call.Dial{To: t.Name, Trunk: t.Name, Side: event.AgentSide, Agent: f.Agent, Confirm: true}
			return []call.Target{lines.Target(t, f.Number)}, d, nil
		}
	}
	if len(list) > 0 {
		return nil, call.Dial{}, fmt.Errorf("%w: to = %q: no phone is registered", ErrTarget, to)
	}
	if ok && plan.Dialable(number) {
		return []call.Target{lines.Target(t, number)}, call.Dial{To: t.Name, Trunk: t.Name, Side: event.Customer}, nil
	}
	return nil, call.Dial{}, fmt.Errorf("%w: to = %q is no agent, phone or number that can be reached", ErrTarget, to)
}

// Names tells what a transfer's target is, see [plan.Plan.Names].
func (x *Exchange) Names(to string) (queue, agent string) { return x.plan.Load().Names(to) }

// target says what a transfer goes to.
func (x *Exchange) target(leg, to string) (call.Transfer, error) {
	p := x.plan.Load()
	queue, agent, number, ok := p.Target(to)
	if !ok {
		return call.Transfer{}, fmt.Errorf("%w: to = %q is no queue, agent, phone or number that can be reached", ErrTarget, to)
	}
	return call.Transfer{By: leg, Queue: queue, Agent: agent, To: number}, nil
}

// talker finds the session in which an agent talks, and with which leg.
func (x *Exchange) talker(id string) (*session, string) {
	for _, s := range x.all() {
		if leg := s.legOf(id); leg != "" {
			return s, leg
		}
	}
	return nil, ""
}

// legOf returns the leg of the agent who talks, if it is this one.
func (s *session) legOf(agent string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if agent == "" || s.face.Agent != agent {
		return ""
	}
	return s.face.Leg
}
