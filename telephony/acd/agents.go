package acd

import (
	"fmt"
	"slices"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/acd/internal/book"
	"github.com/agner-platform/agner/telephony/acd/setup"
)

// change is how and why an agent changes state.
type change struct {
	to     event.State
	reason string
	by     string
	cause  string // how a conversation ended
	visit  *book.Visit
}

// become states a change.
func (s *State) become(a *book.Agent, c change) {
	from := a.State
	e := s.agentFact(a, &event.AgentStateChanged{From: a.State, To: c.to, Reason: c.reason, By: c.by, SpentUs: s.b.Now - a.Since})
	if v := c.visit; v != nil {
		e.Interaction, e.Visit, e.Queue, e.Site = v.Interaction, v.ID, v.Queue.ID, v.Queue.Site
	}
	e.Cause = c.cause
	s.emit(e)
	if c.to == event.Available {
		s.freed = append(s.freed, a)
	}
	if setup.Resting(c.to) || c.to == event.Offline || from == event.Offline {
		for _, m := range a.Members {
			s.emptied = append(s.emptied, m.Queue)
		}
	}
}

// settle gives an agent who has nothing in hand any more the state asked for
// meanwhile, or makes it available.
func (s *State) settle(a *book.Agent, c change) {
	switch next := a.Next; {
	case next.State == event.Offline:
		c.by = next.By
		s.offline(a, c)
		return
	case next.State != "":
		c.to, c.reason, c.by = next.State, next.Reason, next.By
	case a.MaxMissed > 0 && a.Missed >= a.MaxMissed:
		c.to, c.reason = orState(a.MissedState, event.OnBreak), "missed_offers"
	default:
		c.to = event.Available
	}
	s.become(a, c)
}

func orState(st, def event.State) event.State {
	if st == "" {
		return def
	}
	return st
}

func (s *State) offline(a *book.Agent, c change) {
	c.to = event.Offline
	s.become(a, c)
	s.emit(s.agentFact(a, &event.AgentSignedOut{SpentUs: s.b.Now - a.SignedAt}))
}

// ask gives an agent a state now, or notes it until the contact in hand is done.
func (s *State) ask(a *book.Agent, c change) {
	if o := a.Offer; o != nil {
		s.emit(s.offerFact(o, &event.OfferWithdrawn{RingUs: s.b.Now - o.MadeAt, Reason: "agent_left"}))
		s.command(Cancel{Offer: o.ID, Agent: a.ID, Reason: "agent_left"})
		s.opened = append(s.opened, o.Visit)
	} else if a.Visit != nil && (a.State != event.WrapUp || c.by == "" && lacksCode(a)) {
		c.visit = a.Visit
		reason := book.ReasonNext + string(c.to)
		if c.reason != "" {
			reason += ":" + c.reason
		}
		c.to, c.reason = a.State, reason
		s.become(a, c)
		return
	}
	if a.State == event.WrapUp {
		s.emitHandledAfter(a, func() { s.enter(a, c) })
		return
	}
	s.enter(a, c)
}

// enter changes the state of an agent with nothing in hand.
func (s *State) enter(a *book.Agent, c change) {
	if c.to == event.Offline {
		s.offline(a, c)
		return
	}
	s.become(a, c)
}

// emitHandledAfter ends wrap-up by a change of state, then states that the visit is
// handled: its wrap-up counts to that change.
func (s *State) emitHandledAfter(a *book.Agent, change func()) {
	v := a.Visit
	change()
	if v == nil {
		return
	}
	e := s.visitFact(v, &event.VisitHandled{
		JoinedAt: v.JoinedAt, AnsweredAt: v.AnsweredAt, TalkUs: v.TalkUs, HoldUs: v.HoldUs, WrapUpUs: v.Wrap,
		HungUpBy: v.HungUpBy, TransferredTo: v.TransferredTo,
	})
	e.Agent = a.ID
	s.emit(e)
}

// conclude ends an agent's contact altogether.
func (s *State) conclude(a *book.Agent, c change) {
	c.visit = a.Visit
	s.emitHandledAfter(a, func() { s.settle(a, c) })
}

// lacksCode reports whether wrap-up may not end yet by the agent's own wish.
func lacksCode(a *book.Agent) bool {
	return a.Visit != nil && a.Visit.Queue.MustCode && a.Visit.Code == ""
}

// code notes what a contact was about. If that was all that wrap-up waited for, the
// state asked for meanwhile begins.
func (s *State) code(in Code) error {
	a, err := s.agent(in.Agent)
	switch {
	case err != nil:
		return err
	case in.Code == "":
		return fmt.Errorf("%w: code = %q: must not be empty", ErrState, in.Code)
	case a.Visit == nil || a.Visit.Phase != book.Talking:
		return fmt.Errorf("%w: agent %q has no contact to be coded", ErrState, in.Agent)
	}
	held := a.State == event.WrapUp && lacksCode(a)
	e := s.visitFact(a.Visit, &event.InteractionCoded{Code: in.Code, NoteRef: in.NoteRef, By: in.By})
	e.Agent = a.ID
	s.emit(e)
	if held && a.Next.State != "" {
		s.wrapped(a, "wrap_up_done", a.ID)
	}
	return nil
}

// wrapped ends wrap-up.
func (s *State) wrapped(a *book.Agent, reason, by string) {
	s.conclude(a, change{reason: reason, by: by})
}

// finish ends a conversation; the agent wraps up if the queue gives time for it.
func (s *State) finish(in Finish) error {
	v := s.b.Visits[in.Visit]
	if v == nil {
		return fmt.Errorf("%w visit %q", ErrUnknown, in.Visit)
	}
	if v.Phase != book.Talking || v.Agent.State == event.WrapUp {
		return fmt.Errorf("%w: visit %q is not being talked to", ErrState, in.Visit)
	}
	if !slices.Contains(event.Sides, in.By) {
		return fmt.Errorf("%w: by = %q: must be one of %v", ErrState, in.By, event.Sides)
	}
	cause := string(in.By)
	if in.TransferredTo != "" {
		cause = book.TransferPrefix + in.TransferredTo
	}
	if v.Queue.WrapUpUs > 0 {
		s.become(v.Agent, change{to: event.WrapUp, cause: cause, visit: v})
		return nil
	}
	s.conclude(v.Agent, change{cause: cause})
	return nil
}

func (s *State) agent(id string) (*book.Agent, error) {
	if a := s.b.Agents[id]; a != nil {
		return a, nil
	}
	return nil, fmt.Errorf("%w agent %q", ErrUnknown, id)
}

func (s *State) applyAgent(in Input) error {
	switch in := in.(type) {
	case SignIn:
		return s.signIn(in)
	case SignOut:
		a, err := s.present(in.Agent)
		if err == nil {
			s.ask(a, change{to: event.Offline, by: in.By})
		}
		return err
	case SetState:
		return s.setState(in)
	case SetSkills:
		a, err := s.agent(in.Agent)
		if err == nil {
			s.emit(s.agentFact(a, &event.AgentSkillsChanged{Skills: in.Skills}))
			s.rematch = true
		}
		return err
	case WrapUpDone:
		a, err := s.inState(in.Agent, event.WrapUp)
		if err == nil && lacksCode(a) {
			err = fmt.Errorf("%w: wrap-up of agent %q ends with a code", ErrState, in.Agent)
		}
		if err == nil {
			s.wrapped(a, "wrap_up_done", a.ID)
		}
		return err
	case Code:
		return s.code(in)
	case ExtendWrapUp:
		return s.extend(in)
	case Hold:
		return s.hold(in.Agent, event.Talking, event.OnHold)
	case Resume:
		return s.hold(in.Agent, event.OnHold, event.Talking)
	}
	return nil
}

// present returns an agent who is signed in.
func (s *State) present(id string) (*book.Agent, error) {
	a, err := s.agent(id)
	if err == nil && !a.SignedIn {
		return nil, fmt.Errorf("%w: agent %q is not signed in", ErrState, id)
	}
	return a, err
}

func (s *State) inState(id string, st event.State) (*book.Agent, error) {
	a, err := s.agent(id)
	if err == nil && a.State != st {
		return nil, fmt.Errorf("%w: agent %q is %s, not %s", ErrState, id, a.State, st)
	}
	return a, err
}

func (s *State) signIn(in SignIn) error {
	a, err := s.agent(in.Agent)
	if err != nil {
		return err
	}
	switch {
	case a.Retired:
		return fmt.Errorf("%w agent %q", ErrUnknown, in.Agent)
	case a.SignedIn:
		return fmt.Errorf("%w: agent %q is signed in already", ErrState, in.Agent)
	case in.State != "" && in.State != event.Available && !setup.Resting(in.State):
		return fmt.Errorf("%w: agent %q cannot begin as %q", ErrState, in.Agent, in.State)
	}
	for _, q := range in.Queues {
		if !slices.ContainsFunc(a.Members, func(m *book.Member) bool { return m.Queue.ID == q }) {
			return fmt.Errorf("%w: agent %q does not serve queue %q", ErrState, in.Agent, q)
		}
	}
	s.emit(s.agentFact(a, &event.AgentSignedIn{Device: in.Device, Queues: in.Queues}))
	s.become(a, change{to: orState(in.State, event.Available), reason: in.Reason})
	return nil
}

func (s *State) setState(in SetState) error {
	a, err := s.present(in.Agent)
	switch {
	case err != nil:
		return err
	case a.Retired:
		return fmt.Errorf("%w agent %q", ErrUnknown, in.Agent)
	case in.State == event.Offline:
		s.ask(a, change{to: event.Offline, reason: in.Reason, by: in.By})
		return nil
	case in.State != event.Available && !setup.Resting(in.State):
		return fmt.Errorf("%w: %q cannot be asked for", ErrState, in.State)
	case a.State == event.Reserved && in.State == event.Available && a.Next.State == "",
		a.State == event.Available && in.State == event.Available:
		return nil
	}
	s.ask(a, change{to: in.State, reason: in.Reason, by: in.By})
	return nil
}

func (s *State) hold(id string, from, to event.State) error {
	a, err := s.inState(id, from)
	if err == nil {
		s.become(a, change{to: to, visit: a.Visit})
	}
	return err
}

func (s *State) extend(in ExtendWrapUp) error {
	a, err := s.inState(in.Agent, event.WrapUp)
	switch {
	case err != nil:
		return err
	case a.Visit == nil || a.Visit.Queue.ExtendUs <= 0 || a.Extended >= a.Visit.Queue.ExtendMax:
		return fmt.Errorf("%w: agent %q may not extend wrap-up (again)", ErrState, in.Agent)
	}
	s.become(a, change{to: event.WrapUp, reason: book.ReasonExtended, visit: a.Visit})
	return nil
}
