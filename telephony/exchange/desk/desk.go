// Package desk keeps the distributor from agents who are in a call that it did not
// bring: one they dial themselves, a colleague's question, a supervisor's ear. They are
// in state other with reason "call" meanwhile, and available again afterwards.
package desk

import (
	"context"
	"fmt"
	"sync"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/acd"
	"github.com/agner-platform/agner/telephony/exchange/plan"
)

// Reason is the reason of the state of an agent who is in such a call.
const Reason = "call"

// Desk knows who is in such calls. It is safe for concurrent use.
type Desk struct {
	read func(ctx context.Context, agent string) (acd.AgentView, error)
	post func(ctx context.Context, in acd.Input) error

	mu   sync.Mutex
	legs map[string]string // leg to its agent, protected by mu
}

// New makes a desk that reads agents and posts inputs.
func New(read func(ctx context.Context, agent string) (acd.AgentView, error), post func(ctx context.Context, in acd.Input) error) *Desk {
	return &Desk{read: read, post: post, legs: map[string]string{}}
}

// Occupy says that an agent is in a call with a leg. Who rests or is not signed in is
// left alone.
func (d *Desk) Occupy(ctx context.Context, agent, leg string) {
	a, err := d.read(ctx, agent)
	if err != nil || !a.SignedIn || a.State != event.Available && a.State != event.Reserved {
		return
	}
	if d.post(ctx, acd.SetState{Agent: agent, State: event.OtherState, Reason: Reason}) != nil {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.legs[leg] = agent
}

// Open frees agents whose calls ended with an earlier life of the switch.
func (d *Desk) Open(ctx context.Context, agents []string) {
	for _, id := range agents {
		if a, err := d.read(ctx, id); err == nil && a.State == event.OtherState && a.Reason == Reason {
			_ = d.post(ctx, acd.SetState{Agent: id, State: event.Available, Reason: Reason}) //nolint:errcheck // an ordinary race: somebody else was quicker
		}
	}
}

// Vacate says that a leg has ended: if it was the agent's last one and nobody has
// changed the state meanwhile, the agent is available again.
func (d *Desk) Vacate(ctx context.Context, leg string) {
	d.mu.Lock()
	agent, ok := d.legs[leg]
	delete(d.legs, leg)
	for _, other := range d.legs {
		ok = ok && other != agent
	}
	d.mu.Unlock()
	if !ok {
		return
	}
	if a, err := d.read(ctx, agent); err == nil && a.State == event.OtherState && a.Reason == Reason {
		_ = d.post(ctx, acd.SetState{Agent: agent, State: event.Available, Reason: Reason}) //nolint:errcheck // an ordinary race: somebody else was quicker
	}
}

// SetState puts an agent into a state and signs it in where needed.
func (d *Desk) SetState(ctx context.Context, agent string, st event.State, reason, by string) error {
	a, err := d.read(ctx, agent)
	switch {
	case err != nil:
		return err
	case !a.SignedIn:
		return d.post(ctx, acd.SignIn{Agent: agent, State: st, Reason: reason})
	}
	return d.post(ctx, acd.SetState{Agent: agent, State: st, Reason: reason, By: by})
}

// Serve does what an agent dialled on the own phone, and returns what to say.
func (d *Desk) Serve(ctx context.Context, c plan.Service, phone plan.Phone) (string, error) {
	if phone.Agent == "" {
		return "", fmt.Errorf("the phone %s belongs to no agent", phone.User)
	}
	switch c {
	case plan.DialAvailable:
		return "You are available.", d.SetState(ctx, phone.Agent, event.Available, "", "")
	case plan.DialBreak:
		return "You are on a break.", d.SetState(ctx, phone.Agent, event.OnBreak, "", "")
	case plan.DialMeal:
		return "You are at lunch.", d.SetState(ctx, phone.Agent, event.OnMeal, "", "")
	case plan.DialWrapDone:
		return "Wrap-up has ended.", d.post(ctx, acd.WrapUpDone{Agent: phone.Agent})
	default:
		return "You are signed out.", d.post(ctx, acd.SignOut{Agent: phone.Agent})
	}
}
