package project

import "github.com/agner-platform/agner/internal/event"

// agent is what the projector knows of one agent.
//
// An agent is in a base state (available, break, offline …) that the agent or a
// rule sets, and may at the same time be in a contact. A native source says both
// by agent.state_changed and is believed. A foreign log only says when contacts
// begin and end; then the projector lays the contact over the base state itself.
type agent struct {
	Span   AgentSpan `cbor:"1,keyasint,omitempty"` // the current span; State is empty before the first
	Base   string    `cbor:"2,keyasint,omitempty"` // state to fall back to; empty when never told
	Reason string    `cbor:"3,keyasint,omitempty"`
	By     string    `cbor:"4,keyasint,omitempty"`
	Native bool      `cbor:"5,keyasint,omitempty"` // the source itself tells contact states
	Visit  string    `cbor:"6,keyasint,omitempty"` // contact laid over the base state
	Offer  string    `cbor:"7,keyasint,omitempty"` // ringing offer laid over the base state
}

// inContact lists the states that come from contacts, not from the agent's choice.
func inContact(s event.State) bool {
	switch s {
	case event.Reserved, event.Talking, event.OnHold, event.WrapUp:
		return true
	}
	return false
}

// agentOf returns the agent's state, made when first seen.
func (p *Projector) agentOf(e *event.Event) *agent {
	a := p.s.Agents[e.Agent]
	if a == nil {
		a = &agent{}
		p.s.Agents[e.Agent] = a
	}
	p.agents[e.Agent] = struct{}{}
	return a
}

// enter ends the current span and begins next. A span that would end before it
// began is dropped; an event out of order takes effect when the current span began.
func (a *agent) enter(next AgentSpan, out *Rows) {
	cur := &a.Span
	if cur.State != "" {
		next.FromAt = max(next.FromAt, cur.FromAt)
		if cur.State == next.State && cur.Reason == next.Reason && cur.Interaction == next.Interaction {
			return
		}
		if next.FromAt > cur.FromAt {
			cur.ToAt = next.FromAt
			out.AgentSpans = append(out.AgentSpans, *cur)
		}
	}
	a.Span = next
}

// fallBack ends a contact at the given instant: the base state goes on.
func (a *agent) fallBack(e *event.Event, at int64, out *Rows) {
	a.Visit, a.Offer = "", ""
	s := spanOf(e, a.Base, at)
	s.Site, s.Reason, s.By = firstText(e.Site, a.Span.Site), a.Reason, a.By
	a.enter(s, out)
}

// busy reports whether a contact lies over the base state.
func (a *agent) busy() bool { return a.Visit != "" || a.Offer != "" }

func (p *Projector) signedIn(e *event.Event, out *Rows) {
	if e.Agent == "" {
		return
	}
	a := p.agentOf(e)
	if a.Base != "" && a.Base != string(event.Offline) {
		return // signed in to one more queue
	}
	p.setBase(a, e, spanOf(e, string(event.Available), e.At), out)
}

func (p *Projector) signedOut(e *event.Event, d *event.AgentSignedOut, out *Rows) {
	if e.Agent == "" || len(d.Queues) > 0 {
		return // left some queues only
	}
	p.setBase(p.agentOf(e), e, spanOf(e, string(event.Offline), e.At), out)
}

func (p *Projector) stateChanged(e *event.Event, d *event.AgentStateChanged, out *Rows) {
	if e.Agent == "" {
		return
	}
	a := p.agentOf(e)
	if inContact(d.To) {
		a.Native, a.Visit, a.Offer = true, "", ""
		s := contactSpan(e, d.To, e.At)
		s.Reason, s.By = d.Reason, d.By
		a.enter(s, out)
		return
	}
	s := spanOf(e, string(d.To), e.At)
	s.Reason, s.By = d.Reason, d.By
	p.setBase(a, e, s, out)
}

// setBase changes the base state; a contact laid over it stays until it ends.
func (p *Projector) setBase(a *agent, e *event.Event, s AgentSpan, out *Rows) {
	a.Base, a.Reason, a.By = s.State, s.Reason, s.By
	if a.busy() {
		return
	}
	s.Site = firstText(e.Site, a.Span.Site)
	a.enter(s, out)
}

// ringStarted lays a ringing offer over the base state of an agent whose source
// does not tell.
func (p *Projector) ringStarted(e *event.Event, out *Rows) {
	if e.Agent == "" {
		return
	}
	a := p.agentOf(e)
	if a.Native || a.busy() || e.At < a.Span.FromAt {
		return
	}
	a.Offer = e.Offer
	a.enter(contactSpan(e, event.Reserved, e.At), out)
}

// ringEnded takes the offer away again; an accepted one waits for the answer.
func (p *Projector) ringEnded(e *event.Event, result string, out *Rows) {
	a := p.s.Agents[e.Agent]
	if a == nil || a.Native || a.Offer != e.Offer || result == "accepted" {
		return
	}
	p.agents[e.Agent] = struct{}{}
	a.fallBack(e, e.At, out)
}

// contactStarted lays an answered visit over the base state.
func (p *Projector) contactStarted(e *event.Event, out *Rows) {
	if e.Agent == "" {
		return
	}
	a := p.agentOf(e)
	if a.Native || e.At < a.Span.FromAt {
		return
	}
	a.Visit, a.Offer = e.Visit, ""
	a.enter(contactSpan(e, event.Talking, e.At), out)
}

// contactEnded splits a finished contact into talking, hold and wrap-up. A
// foreign log tells how long each took but not when the caller was on hold: the
// hold is put after the talking, sums are exact.
func (p *Projector) contactEnded(e *event.Event, d *event.VisitHandled, answered int64, out *Rows) {
	if e.Agent == "" {
		return
	}
	a := p.agentOf(e)
	if a.Native {
		return
	}
	late := a.Visit != e.Visit // its answer was not seen or lies before the current span
	if late && a.busy() {
		return // the agent is in another contact already
	}
	if late && answered < a.Span.FromAt {
		apart := agent{}
		end := apart.contact(e, d, answered, out)
		apart.enter(AgentSpan{FromAt: end}, out)
		return
	}
	end := a.contact(e, d, answered, out)
	a.fallBack(e, end, out)
}

// contact runs the agent through the parts of a finished contact and returns
// when the last one ended.
func (a *agent) contact(e *event.Event, d *event.VisitHandled, answered int64, out *Rows) int64 {
	at := answered
	for _, part := range [...]struct {
		state event.State
		spent int64
	}{{event.Talking, d.TalkUs}, {event.OnHold, d.HoldUs}, {event.WrapUp, d.WrapUpUs}} {
		if part.spent == 0 || at >= e.At {
			continue
		}
		a.enter(contactSpan(e, part.state, at), out)
		at = min(at+part.spent, e.At)
	}
	return at
}

// spanOf begins a span of the event's agent.
func spanOf(e *event.Event, state string, at int64) AgentSpan {
	return AgentSpan{Agent: e.Agent, Site: e.Site, State: state, FromAt: at, Source: e.Source, Node: e.Node}
}

// contactSpan begins a span that belongs to the event's contact.
func contactSpan(e *event.Event, state event.State, at int64) AgentSpan {
	s := spanOf(e, string(state), at)
	s.Queue, s.Interaction = e.Queue, e.Interaction
	return s
}
