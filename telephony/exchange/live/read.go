package live

import (
	"context"
	"strings"
	"time"

	"github.com/agner-platform/agner/telephony/acd"
	"github.com/agner-platform/agner/telephony/exchange/plan"
)

// Face is what pages see of a session.
type Face struct {
	Agent, Leg string // who talks, and with which leg
	Caller     string
	Attributes map[string]string
	Line       Line
	Watched    []Watched
}

// Source is where a state is read.
type Source struct {
	Plan       *plan.Plan
	Ask        func(ctx context.Context, f func(s *acd.State, now int64)) error
	Registered func(agent string) bool               // a phone of the agent's can be rung
	Face       func(interaction string) (Face, bool) // of a session
	Faces      map[string]Face                       // by the agent who talks
	Advice     *Advice
}

// Read reads the present state.
func Read(ctx context.Context, from Source) (State, error) {
	out := State{At: time.Now().UTC(), Version: from.Plan.Version, Advice: from.Advice, Queues: []Queue{}, Agents: []Agent{}}
	contacts := map[string]Caller{}
	err := from.Ask(ctx, func(s *acd.State, _ int64) {
		waiting := map[string][]Caller{}
		for _, v := range s.Visits() {
			c := FromVisit(v)
			contacts[v.ID] = c
			if v.Stage == acd.StageWaiting || v.Stage == acd.StageRinging || v.Stage == acd.StagePaused {
				waiting[v.Queue] = append(waiting[v.Queue], c)
			}
		}
		for _, q := range s.Queues() {
			if !q.Retired || len(waiting[q.ID]) > 0 {
				name := from.Plan.About(q.ID).Name
				out.Queues = append(out.Queues, Queue{ID: q.ID, Name: name, Staffed: q.Staffed, Free: q.Free, Waiting: append([]Caller{}, waiting[q.ID]...)})
			}
		}
		for _, a := range s.Agents() {
			g := FromAgent(a, from.Plan.Labels[a.ID])
			if o, ok := s.Offer(a.Offer); ok {
				g.Offer = &Offer{Offer: o.ID, Visit: o.Visit, Since: Instant(o.MadeAt), Until: Instant(o.Until)}
			}
			if v, ok := s.Visit(a.Visit); ok {
				contacts[v.ID] = FromVisit(v)
			}
			out.Agents = append(out.Agents, g)
		}
	})
	for i := range out.Agents {
		from.complete(&out.Agents[i], contacts)
	}
	return out, err
}

// complete adds what the distributor does not know: phones, calls and callers.
func (f *Source) complete(a *Agent, contacts map[string]Caller) {
	a.Registered = f.Registered(a.ID)
	if face, ok := f.Faces[a.ID]; ok {
		line := face.Line
		a.Line, a.Caller, a.Attributes, a.Watched = &line, face.Caller, face.Attributes, face.Watched
	}
	switch {
	case a.Contact != nil:
		if c, ok := contacts[a.Contact.Visit]; ok {
			*a.Contact = c
		}
		for _, code := range f.Plan.About(a.Contact.Queue).Codes {
			a.WrapUp.Codes = append(a.WrapUp.Codes, Code(code))
		}
		f.pop(a, *a.Contact)
	case a.Offer != nil:
		c := contacts[a.Offer.Visit]
		a.Offer.Interaction, a.Offer.Queue, a.Offer.Channel = c.Interaction, c.Queue, c.Channel
		f.pop(a, c)
	}
}

// pop adds who the caller is and which page the queue wants opened.
func (f *Source) pop(a *Agent, c Caller) {
	if face, ok := f.Face(c.Interaction); ok {
		a.Caller, a.Attributes = face.Caller, face.Attributes
	}
	about := f.Plan.About(c.Queue)
	a.Pop = plan.Fill(about.Pop, func(name string) string {
		if attribute, ok := strings.CutPrefix(name, "attributes."); ok {
			return a.Attributes[attribute]
		}
		return map[string]string{
			"caller": a.Caller, "queue": about.Name, "queue_id": c.Queue, "interaction": c.Interaction, "visit": c.Visit, "agent": a.ID, "agent_name": a.Name,
		}[name]
	})
}
