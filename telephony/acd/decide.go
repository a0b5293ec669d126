package acd

import (
	"fmt"
	"slices"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/acd/internal/book"
	"github.com/agner-platform/agner/telephony/acd/setup"
)

// Result is what one input led to. The slices belong to the State and are valid
// until its next Decide; payloads are never touched again.
type Result struct {
	Facts    []event.Event
	Commands []Command
	// Err says why the input was refused. Deadlines that were due, and their facts,
	// stand nevertheless.
	Err error
}

// Decide takes an input at an instant (UTC µs; one before the last counts as the
// last). First whatever fell due takes place, then the input, then everybody who
// can be served is.
func (s *State) Decide(in Input, now int64) Result {
	s.b.Now = max(s.b.Now, now)
	s.facts, s.commands = s.facts[:0], s.commands[:0]
	s.fault = nil
	if _, starts := in.(Start); !starts {
		s.expire() // what fell due while the switch was down was lost, not missed
	}
	err := s.apply(in)
	s.serve()
	if s.fault != nil {
		err = s.fault
	}
	return Result{Facts: s.facts, Commands: s.commands, Err: err}
}

func (s *State) apply(in Input) error {
	switch in := in.(type) {
	case Tick:
		return nil
	case Start:
		return s.start(in)
	case Configure:
		return s.configure(&in.Config)
	case Advise:
		s.b.Advise(in.Advice)
		s.rematch = true
		return nil
	case SignIn, SignOut, SetState, SetSkills, Code, WrapUpDone, ExtendWrapUp, Hold, Resume:
		return s.applyAgent(in)
	case Answer, Decline, Fail:
		return s.applyOffer(in)
	case MoveToHead, SetPriority, Pull, Reassign:
		return s.supervise(in)
	case ScheduleCallback:
		return s.schedule(in)
	case CancelCallback:
		return s.cancelCallback(in)
	case Join:
		return s.join(in, s.b.Now, 0)
	}
	return s.applyCaller(in)
}

func (s *State) applyCaller(in Input) error {
	switch in := in.(type) {
	case HangUp:
		return s.hangUp(in)
	case Key:
		return s.key(in)
	case Finish:
		return s.finish(in)
	case Estimated:
		return s.estimated(in)
	case TakeCallback:
		v, err := s.waiter(in.Visit)
		if err != nil {
			return err
		}
		return s.takeCallback(v, in.FromAt, in.UntilAt)
	case CallbackResult:
		return s.callbackResult(in)
	}
	return fmt.Errorf("%w input %T", ErrUnknown, in)
}

// emit states a fact and applies it.
func (s *State) emit(e event.Event) {
	e.Source = "switch"
	queues := len(s.b.QueueList)
	s.facts = append(s.facts, e)
	if err := s.b.Evolve(&s.facts[len(s.facts)-1]); err != nil {
		s.fault = err // a mistake of this package: tests look for it
	}
	if len(s.b.QueueList) < queues {
		s.rematch = true // a retired queue has gone, and with it what was reserved for it
	}
}

func (s *State) command(c Command) { s.commands = append(s.commands, c) }

// visitFact returns a fact about a visit.
func (s *State) visitFact(v *book.Visit, p event.Payload) event.Event {
	e := event.New(s.b.Now, p)
	e.Site, e.Channel, e.Interaction, e.Leg, e.Party = v.Queue.Site, v.Channel, v.Interaction, v.Leg, v.Party
	e.Visit, e.Queue = v.ID, v.Queue.ID
	return e
}

func (s *State) offerFact(o *book.Offer, p event.Payload) event.Event {
	e := s.visitFact(o.Visit, p)
	e.Offer, e.Agent = o.ID, o.Agent.ID
	return e
}

func (s *State) agentFact(a *book.Agent, p event.Payload) event.Event {
	e := event.New(s.b.Now, p)
	e.Agent = a.ID
	return e
}

// expire lets everything take place that is due.
func (s *State) expire() {
	for t, ok := s.b.PopDue(); ok; t, ok = s.b.PopDue() {
		s.fall(t)
	}
}

// fall handles one deadline.
func (s *State) fall(t book.Timer) {
	switch t.Kind {
	case book.OfferTimer:
		s.miss(s.b.Offers[t.ID], "")
	case book.WrapTimer:
		s.wrapped(s.b.Agents[t.ID], "wrap_up_over", "")
	case book.ReadyTimer:
		s.freed = append(s.freed, s.b.Agents[t.ID])
	case book.AdviceTimer:
		s.rematch = true
	case book.PromiseTimer:
		s.promiseDue(s.b.Callbacks[t.ID])
	case book.VisitTimer:
		v := s.b.Visits[t.ID]
		s.b.ArmOpen(v)
		s.opened = append(s.opened, v)
	case book.TimeoutTimer:
		v := s.b.Visits[t.ID]
		v.TimeoutAt = 0
		s.leave(v, departure{exit: event.TimedOut, cause: "timed_out", action: v.Queue.OnTimeout})
	case book.AnnounceTimer:
		s.announce(s.b.Visits[t.ID])
	}
}

// start opens an epoch and closes what was lost.
func (s *State) start(in Start) error {
	if in.Node == "" {
		return fmt.Errorf("%w: start needs the name of the node", ErrConfig)
	}
	e := event.New(s.b.Now, &event.NodeStarted{Role: book.Role, Version: in.Version, ConfigVersion: s.b.Version})
	e.Node = in.Node
	s.emit(e)
	for _, q := range slices.Clone(s.b.QueueList) {
		for _, v := range slices.Clone(q.Line) {
			s.withdrawAll(v, "restart")
			if v.Callback == nil {
				s.leave(v, departure{exit: event.Lost, cause: "restart", gone: true})
			}
		}
	}
	for _, a := range slices.Clone(s.b.AgentList) {
		if v := a.Visit; v != nil {
			s.lose(a, v)
		}
	}
	s.rematch = true
	return nil
}

// lose closes a conversation that a crash ended.
func (s *State) lose(a *book.Agent, v *book.Visit) {
	s.command(Drop{Visit: v.ID, Interaction: v.Interaction, Agent: a.ID})
	if v.Phase == book.Dialing {
		s.settle(a, change{reason: "restart"})
		return
	}
	s.conclude(a, change{reason: "restart", cause: string(event.System)})
}

// configure states every row that changed.
func (s *State) configure(c *Config) error {
	if err := c.Validate(); err != nil {
		return err
	}
	queues, agents := map[string]bool{}, map[string]bool{}
	for i := range c.Queues {
		queues[c.Queues[i].ID] = true
	}
	for i := range c.Agents {
		agents[c.Agents[i].ID] = true
	}
	for _, q := range slices.Clone(s.b.QueueList) {
		if !queues[q.ID] && !q.Retired {
			s.retire(c.Version, setup.TableQueue, q.ID)
		}
	}
	for i := range c.Queues {
		q := s.b.Queues[c.Queues[i].ID]
		if raw := setup.Row(&c.Queues[i]); q == nil || q.Raw != string(raw) {
			s.emit(event.New(s.b.Now, &event.ConfigChanged{Table: setup.TableQueue, Row: c.Queues[i].ID, Version: c.Version, Values: raw}))
		}
	}
	for i := range c.Agents {
		a := s.b.Agents[c.Agents[i].ID]
		if raw := setup.Row(&c.Agents[i]); a == nil || a.Raw != string(raw) {
			s.emit(event.New(s.b.Now, &event.ConfigChanged{Table: setup.TableAgent, Row: c.Agents[i].ID, Version: c.Version, Values: raw}))
		}
	}
	for _, a := range slices.Clone(s.b.AgentList) {
		if !agents[a.ID] && !a.Retired {
			s.retire(c.Version, setup.TableAgent, a.ID)
			if a.SignedIn {
				s.ask(a, change{to: event.Offline, reason: "retired"})
			}
		}
	}
	s.rematch = true
	s.emptied = append(s.emptied, s.b.QueueList...)
	return nil
}

func (s *State) retire(version int64, table, id string) {
	s.emit(event.New(s.b.Now, &event.ConfigChanged{Table: table, Row: id, Version: version, Retired: true, Values: []byte("{}")}))
}
