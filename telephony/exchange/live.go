package exchange

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/acd"
	"github.com/agner-platform/agner/telephony/call"
	"github.com/agner-platform/agner/telephony/exchange/plan"
)

// ErrTarget is returned for a transfer to what cannot be reached.
var ErrTarget = errors.New("no target of a transfer")

// ErrNoCall is returned for a call that is not (any more) there.
var ErrNoCall = errors.New("there is no such call")

// Live is how things stand at an instant.
type Live struct {
	At      time.Time   `json:"at"`
	Version int64       `json:"version"` // of the set-up in force
	Queues  []LiveQueue `json:"queues"`
	Agents  []LiveAgent `json:"agents"`
}

// LiveQueue is a queue with its callers in order.
type LiveQueue struct {
	ID      string       `json:"id"`
	Staffed int64        `json:"staffed"`
	Free    int64        `json:"free"` // agents who may be rung
	Waiting []LiveCaller `json:"waiting"`
}

// LiveCaller waits or talks.
type LiveCaller struct {
	Visit       string    `json:"visit"`
	Interaction string    `json:"interaction"`
	Queue       string    `json:"queue"`
	Stage       string    `json:"stage"`
	JoinedAt    time.Time `json:"joined_at"`
	Priority    int64     `json:"priority"`
	Position    int64     `json:"position"`
	Skills      []string  `json:"skills"`
	Ringing     []string  `json:"ringing"` // agents
}

// LiveAgent is an agent as it stands.
type LiveAgent struct {
	ID         string            `json:"id"`
	Name       string            `json:"name"`
	SignedIn   bool              `json:"signed_in"`
	Registered bool              `json:"registered"` // a phone of the agent's can be rung
	State      string            `json:"state"`
	Next       string            `json:"next,omitempty"` // asked for after the contact
	Since      time.Time         `json:"since"`
	WrapUntil  *time.Time        `json:"wrap_until,omitempty"`
	Queues     []string          `json:"queues"`
	Calls      int64             `json:"calls"`
	Contact    *LiveCaller       `json:"contact,omitempty"`
	Caller     string            `json:"caller,omitempty"` // the number, for whoever may see it
	Attributes map[string]string `json:"attributes,omitempty"`
}

// Live reads the present state.
func (x *Exchange) Live(ctx context.Context) (Live, error) {
	p := x.plan.Load()
	out := Live{At: time.Now().UTC(), Version: p.Version, Queues: []LiveQueue{}, Agents: []LiveAgent{}}
	contacts := map[string]LiveCaller{}
	err := x.loop.Ask(ctx, func(s *acd.State, _ int64) {
		waiting := map[string][]LiveCaller{}
		for _, v := range s.Visits() {
			c := caller(v)
			contacts[v.ID] = c
			if v.Stage == acd.StageWaiting || v.Stage == acd.StageRinging {
				waiting[v.Queue] = append(waiting[v.Queue], c)
			}
		}
		for _, q := range s.Queues() {
			if !q.Retired || len(waiting[q.ID]) > 0 {
				out.Queues = append(out.Queues, LiveQueue{q.ID, q.Staffed, q.Free, append([]LiveCaller{}, waiting[q.ID]...)})
			}
		}
		for _, a := range s.Agents() {
			out.Agents = append(out.Agents, agent(a, p.Labels[a.ID]))
		}
	})
	for i := range out.Agents {
		x.complete(p, &out.Agents[i], contacts)
	}
	return out, err
}

func caller(v acd.VisitView) LiveCaller {
	c := LiveCaller{
		Visit: v.ID, Interaction: v.Interaction, Queue: v.Queue, Stage: stages[v.Stage], JoinedAt: instant(v.JoinedAt),
		Priority: v.Priority, Position: v.Position, Skills: append([]string{}, v.Skills...), Ringing: []string{},
	}
	for _, o := range v.Offers {
		c.Ringing = append(c.Ringing, o.Agent)
	}
	return c
}

// stages names the stages of a visit.
var stages = map[acd.Stage]string{
	acd.StageWaiting: "waiting", acd.StagePaused: "paused", acd.StageRinging: "ringing", acd.StageDialing: "dialling",
	acd.StageTalking: "talking", acd.StageHolding: "hold", acd.StageWrapUp: "wrap_up",
}

func agent(a acd.AgentView, name string) LiveAgent {
	out := LiveAgent{
		ID: a.ID, Name: name, SignedIn: a.SignedIn, State: string(a.State), Next: string(a.Next), Since: instant(a.SinceAt),
		Queues: append([]string{}, a.Queues...), Calls: a.Calls,
	}
	if a.Visit != "" {
		out.Contact = &LiveCaller{Visit: a.Visit}
	}
	if a.WrapAt != 0 && a.State == event.WrapUp {
		at := instant(a.WrapAt)
		out.WrapUntil = &at
	}
	return out
}

// complete adds what the distributor does not know: phones and the caller.
func (x *Exchange) complete(p *plan.Plan, a *LiveAgent, contacts map[string]LiveCaller) {
	a.Registered = slices.ContainsFunc(p.Devices[a.ID], func(f Phone) bool {
		return len(x.sw.UA().Bindings().Lookup(f.User, time.Now())) > 0
	})
	if a.Contact == nil {
		return
	}
	if c, ok := contacts[a.Contact.Visit]; ok {
		*a.Contact = c
	}
	if s := x.session(a.Contact.Interaction); s != nil {
		a.Caller, a.Attributes = s.shown()
	}
}

func instant(us int64) time.Time { return time.UnixMicro(us).UTC() }

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
	known, signed := false, false
	err := x.loop.Ask(ctx, func(s *acd.State, _ int64) {
		a, ok := s.Agent(id)
		known, signed = ok, a.SignedIn
	})
	switch {
	case err != nil:
		return err
	case !known:
		return fmt.Errorf("%w agent %q", acd.ErrUnknown, id)
	case !signed:
		return x.post(ctx, acd.SignIn{Agent: id, State: st, Reason: reason})
	}
	return x.post(ctx, acd.SetState{Agent: id, State: st, Reason: reason, By: by})
}

// Control does something with an agent's call: hold, resume, hangup or transfer to a
// number, phone or queue.
func (x *Exchange) Control(ctx context.Context, id, what, to string) error {
	s, leg := x.talker(id)
	if s == nil {
		return fmt.Errorf("%w of agent %q", ErrNoCall, id)
	}
	var in call.Input
	switch what {
	case "hold":
		in = call.Hold{Leg: leg}
	case "resume":
		in = call.Resume{Leg: leg}
	case "hangup":
		in = call.HangUp{Leg: leg, Cause: "hung_up", By: event.AgentSide}
	case "transfer":
		t, err := x.target(leg, to)
		if err != nil {
			return err
		}
		in = t
	default:
		return fmt.Errorf("action = %q: must be hold, resume, transfer or hangup", what)
	}
	done := make(chan struct{})
	s.post(func() { s.call.Post(in); close(done) })
	select {
	case <-done:
		return nil
	case <-s.ctx.Done():
		return fmt.Errorf("%w of agent %q", ErrNoCall, id)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Names tells what a transfer's target is: a queue, an agent, or neither – a number
// outside, or one of ours that belongs to nobody.
func (x *Exchange) Names(to string) (queue, agent string) {
	p := x.plan.Load()
	if q := p.Queue(to); q != "" {
		return q, ""
	}
	if len(p.Devices[to]) > 0 {
		return "", to
	}
	return p.ByNumber[plan.Digits(to)].Queue, p.ByUser[plan.Digits(to)].Agent
}

// target says what a transfer goes to.
func (x *Exchange) target(leg, to string) (call.Transfer, error) {
	p := x.plan.Load()
	if q := p.Queue(to); q != "" {
		return call.Transfer{By: leg, Queue: q}, nil
	}
	if len(p.Devices[to]) > 0 {
		return call.Transfer{By: leg, Agent: to}, nil
	}
	number := plan.Digits(to)
	_, inbound := p.ByNumber[number]
	_, phone := p.ByUser[number]
	_, out := p.Outbound()
	if inbound || phone || out && plan.Dialable(number) {
		return call.Transfer{By: leg, To: number}, nil
	}
	return call.Transfer{}, fmt.Errorf("%w: to = %q is no queue, agent, phone or number that can be reached", ErrTarget, to)
}

// talker finds the session in which an agent talks, and with which leg.
func (x *Exchange) talker(id string) (*session, string) {
	x.mu.Lock()
	list := make([]*session, 0, len(x.sessions))
	for _, s := range x.sessions {
		list = append(list, s)
	}
	x.mu.Unlock()
	for _, s := range list {
		if leg := s.legOf(id); leg != "" {
			return s, leg
		}
	}
	return nil, ""
}

// SiteOf returns the site of a queue, or "".
func (x *Exchange) SiteOf(queue string) string {
	for _, q := range x.plan.Load().ACD.Queues {
		if q.ID == queue {
			return q.Site
		}
	}
	return ""
}
