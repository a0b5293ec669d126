package book

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/telephony/acd/setup"
	"github.com/agner-platform/agner/telephony/routing"
)

// Evolve applies a fact to the state. Facts of other rooms (calls, menus, …) change
// nothing. An error means that the fact does not fit: the journal is damaged or
// incomplete, and the state is as it was.
func (s *Book) Evolve(e *event.Event) error {
	s.Now = max(s.Now, e.At)
	switch p := e.Payload.(type) {
	case *event.NodeStarted:
		if p.Role == Role {
			s.begin(e)
		}
	case *event.ConfigChanged:
		return s.reconfigure(p)
	case *event.QueueJoined:
		return s.joined(e, p)
	case *event.QueueLeft, *event.QueueAnnounced, *event.QueuePriorityChanged, *event.VisitHandled:
		v := s.Visits[e.Visit]
		if v == nil {
			return misfit(e, "visit", e.Visit)
		}
		return s.evolveVisit(v, e)
	case *event.InteractionCoded:
		if v := s.Visits[e.Visit]; v != nil { // a contact may be coded by others, and later
			v.Code = p.Code
		}
	case *event.ForecastApplied:
		if v := s.Visits[e.Visit]; v != nil && p.Decision == HeldBack {
			v.Held = true
		}
	case *event.OfferMade:
		return s.offered(e)
	case *event.OfferAccepted, *event.OfferMissed, *event.OfferDeclined, *event.OfferWithdrawn:
		o := s.Offers[e.Offer]
		if o == nil {
			return misfit(e, "offer", e.Offer)
		}
		s.resolved(o, e)
	case *event.AgentSignedIn, *event.AgentSignedOut, *event.AgentStateChanged, *event.AgentSkillsChanged:
		a := s.Agents[e.Agent]
		if a == nil {
			return misfit(e, "agent", e.Agent)
		}
		s.evolveAgent(a, e)
	case *event.CallbackRequested, *event.CallbackScheduled, *event.CallbackAttempted, *event.CallbackResulted:
		return s.evolveCallback(e)
	}
	return nil
}

// HeldBack is the decision of a forecast.applied that let a visit wait beside an idle
// agent.
const HeldBack = "held_back"

func misfit(e *event.Event, what, id string) error {
	return fmt.Errorf("%w: %s at %d names %s %q, which is not there", ErrFact, e.Kind, e.At, what, id)
}

// Role is the role of the node.started that begins an epoch; the process around the
// distributor states its own start besides.
const Role = "acd"

func (s *Book) begin(e *event.Event) {
	s.Node, s.Epoch, s.Minted = e.Node, e.At, 0
	s.Seed = routing.Draw(uint64(e.At), 0, e.Node)
}

// joined makes the visit. Cause tells the place if it is not the arrival.
func (s *Book) joined(e *event.Event, p *event.QueueJoined) error {
	q := s.Queues[e.Queue]
	if q == nil {
		return misfit(e, "queue", e.Queue)
	}
	own, err := routing.All(p.Skills)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrFact, err)
	}
	s.Minted++
	s.Joins++
	v := &Visit{
		ID: e.Visit, Interaction: e.Interaction, Leg: e.Leg, Party: e.Party, Channel: e.Channel, Queue: q, JoinedAt: e.At,
		Place: routing.Place{Priority: p.Priority, At: placeOf(e), Seq: s.Joins}, Skills: p.Skills, Own: own,
	}
	if c := s.Callbacks[e.Interaction]; c != nil && e.Channel == event.Callback {
		c.Visit, v.Callback, v.NotBefore = v, c, c.FromAt
		s.Set(PromiseTimer, c.UntilAt, c.Interaction)
	}
	q.Live++
	s.Visits[v.ID] = v
	v.enter()
	s.arm(v)
	return nil
}

// PlacePrefix marks the cause of a queue.joined whose place is not its arrival.
const PlacePrefix = "place="

func placeOf(e *event.Event) int64 {
	if text, ok := strings.CutPrefix(e.Cause, PlacePrefix); ok {
		if at, err := strconv.ParseInt(text, 10, 64); err == nil {
			return at
		}
	}
	return e.At
}

func (s *Book) evolveVisit(v *Visit, e *event.Event) error {
	switch p := e.Payload.(type) {
	case *event.QueueLeft:
		a := s.Agents[e.Agent]
		if a == nil && p.Exit == event.Answered {
			return misfit(e, "agent", e.Agent)
		}
		v.exit()
		if p.Exit != event.Answered {
			s.forget(v)
			return nil
		}
		v.Phase, v.Agent, v.AnsweredAt = Talking, a, e.At
		a.Visit = v
	case *event.QueueAnnounced:
		switch p.What {
		case "wait":
			v.Told.LowUs, v.Told.HighUs, v.Told.Position, v.Told.Staffed = p.LowUs, p.HighUs, v.Position(), v.Queue.Staffed()
		case "callback_offer":
			v.Told.Offered = true
		}
	case *event.QueuePriorityChanged:
		v.exit()
		v.Place.Priority = p.To
		v.enter()
	case *event.VisitHandled:
		if v.Agent != nil && v.Agent.Visit == v {
			v.Agent.Visit = nil
		}
		s.forget(v)
	}
	return nil
}

// forget drops a finished visit, and its queue if that was gone already.
func (s *Book) forget(v *Visit) {
	delete(s.Visits, v.ID)
	if c := v.Callback; c != nil && c.Visit == v {
		c.Visit = nil
	}
	q := v.Queue
	q.Live--
	if q.Retired && q.Live == 0 {
		s.dropQueue(q)
	}
}

func (s *Book) offered(e *event.Event) error {
	v, a := s.Visits[e.Visit], s.Agents[e.Agent]
	if v == nil {
		return misfit(e, "visit", e.Visit)
	}
	if a == nil {
		return misfit(e, "agent", e.Agent)
	}
	s.Minted++
	o := &Offer{ID: e.Offer, Visit: v, Agent: a, MadeAt: e.At, Until: e.At + setup.Or(v.Queue.RingUs, setup.DefaultRing)}
	v.Attempts++
	v.Offers = append(v.Offers, o)
	a.Offer = o
	v.Queue.Last.Order, v.Queue.Last.Agent = 0, a.ID
	if m := a.in(v.Queue); m != nil {
		v.Queue.Last.Order = m.Order
	}
	s.Offers[o.ID] = o
	s.Set(OfferTimer, o.Until, o.ID)
	return nil
}

func (a *Agent) in(q *Queue) *Member {
	for _, m := range a.Members {
		if m.Queue == q {
			return m
		}
	}
	return nil
}

func (s *Book) resolved(o *Offer, e *event.Event) {
	a, v := o.Agent, o.Visit
	delete(s.Offers, o.ID)
	v.Offers = slices.DeleteFunc(v.Offers, func(x *Offer) bool { return x == o })
	a.Offer = nil
	switch e.Payload.(type) {
	case *event.OfferAccepted:
		a.Missed = 0
		a.Calls++
		if v.Callback != nil {
			v.Phase, v.Agent, a.Visit = Dialing, a, v
		}
	case *event.OfferMissed:
		a.Missed++
		a.ReadyAt = e.At + setup.Or(v.Queue.MissedUs, setup.DefaultBreather)
		s.Set(ReadyTimer, a.ReadyAt, a.ID)
	case *event.OfferDeclined:
		a.ReadyAt = e.At + setup.Or(v.Queue.DeclinedUs, setup.DefaultBreather)
		s.Set(ReadyTimer, a.ReadyAt, a.ID)
	}
}

func (s *Book) evolveAgent(a *Agent, e *event.Event) {
	switch p := e.Payload.(type) {
	case *event.AgentSignedIn:
		a.SignedIn, a.SignedAt, a.Only = true, e.At, p.Queues
		a.Calls, a.BusyUs, a.Missed, a.ReadyAt = 0, 0, 0, 0
		a.activate()
	case *event.AgentSignedOut:
		a.SignedIn, a.Only = false, nil
		a.activate()
		if a.Retired {
			s.dropAgent(a)
		}
	case *event.AgentSkillsChanged:
		a.setSkills(p.Skills)
	case *event.AgentStateChanged:
		s.stateChanged(a, e, p)
	}
}

// activate recomputes for which queues the agent is signed in.
func (a *Agent) activate() {
	for _, m := range a.Members {
		m.Active = a.SignedIn && (len(a.Only) == 0 || slices.Contains(a.Only, m.Queue.ID))
	}
}

// setSkills copies the skills and adds the agent's own name as one, so that an
// expression can ask for a person: "agent=ann".
func (a *Agent) setSkills(sk routing.Skills) {
	a.Skills = make(routing.Skills, len(sk)+1)
	maps.Copy(a.Skills, sk)
	a.Skills["agent="+a.ID] = 1
}

// Reasons of a change from a state to the same State: an intention noted.
const (
	ReasonNext     = "next:" // then the state, and after another colon the reason
	ReasonExtended = "extended"
)

func (s *Book) stateChanged(a *Agent, e *event.Event, p *event.AgentStateChanged) {
	spent := e.At - a.Since
	if v := a.Visit; v != nil {
		v.spend(a.State, spent)
		if (a.State == event.Talking || a.State == event.OnHold) && e.Cause != "" {
			v.ended(e.Cause)
		}
	}
	if busy(a.State) {
		a.BusyUs += spent
	}
	from := a.State
	a.State, a.Since = p.To, e.At
	if from != p.To {
		a.Reason = p.Reason
	}
	switch {
	case from == p.To && p.Reason == ReasonExtended:
		a.Extended++
		if a.Visit != nil {
			a.WrapAt += a.Visit.Queue.ExtendUs
		}
		s.Set(WrapTimer, a.WrapAt, a.ID)
	case from == p.To && strings.HasPrefix(p.Reason, ReasonNext):
		st, reason, _ := strings.Cut(p.Reason[len(ReasonNext):], ":")
		a.Next = Pending{event.State(st), reason, p.By}
	case p.To == event.WrapUp:
		a.Extended = 0
		a.WrapAt = e.At
		if a.Visit != nil {
			a.WrapAt += a.Visit.Queue.WrapUpUs
		}
		s.Set(WrapTimer, a.WrapAt, a.ID)
	case !busy(p.To):
		s.rested(a, from, e.At)
	}
}

// rested is what holds for an agent that has nothing in hand any more.
func (s *Book) rested(a *Agent, from event.State, at int64) {
	if p := a.Next; p.State == a.State {
		a.Next = Pending{}
	}
	if setup.Resting(a.State) {
		a.Missed = 0
	}
	if a.State == event.Available && a.ReadyAt > at {
		s.Set(ReadyTimer, a.ReadyAt, a.ID)
	}
	if from != event.Reserved {
		a.IdleAt = at // a missed offer does not cost the turn
	}
	v := a.Visit
	if v == nil || v.Phase != Dialing {
		return
	}
	// The customer could not be reached: the promise waits for its next attempt.
	v.Phase, v.Agent, a.Visit = Waiting, nil, nil
	v.NotBefore = at + setup.Or(v.Queue.Callback.RetryUs, setup.DefaultRetry)
	s.ArmOpen(v)
}

// busy reports whether the state counts as handling.
func busy(st event.State) bool {
	return st == event.Reserved || st == event.Talking || st == event.OnHold || st == event.WrapUp
}

func (v *Visit) spend(st event.State, us int64) {
	switch st {
	case event.Talking:
		v.TalkUs += us
	case event.OnHold:
		v.HoldUs += us
	case event.WrapUp:
		v.Wrap += us
	}
}

// TransferPrefix marks the cause of a conversation that ended in a transfer.
const TransferPrefix = "transfer:"

// ended reads how a conversation ended from the cause of the state change.
func (v *Visit) ended(cause string) {
	if to, ok := strings.CutPrefix(cause, TransferPrefix); ok {
		v.HungUpBy, v.TransferredTo = event.AgentSide, to
		return
	}
	v.HungUpBy = event.Side(cause)
}

func (s *Book) evolveCallback(e *event.Event) error {
	c := s.Callbacks[e.Interaction]
	if p, ok := e.Payload.(*event.CallbackRequested); ok {
		q := s.Queues[e.Queue]
		if q == nil {
			return misfit(e, "queue", e.Queue)
		}
		s.Minted++
		q.Live++
		s.Callbacks[e.Interaction] = &Callback{
			Ref: p.Ref, Interaction: e.Interaction, Party: e.Party, Queue: q, Keeps: p.KeepsPlace,
			RequestedAt: e.At, FromAt: p.FromAt, UntilAt: p.UntilAt,
		}
		return nil
	}
	if c == nil {
		return misfit(e, "callback", e.Interaction)
	}
	switch p := e.Payload.(type) {
	case *event.CallbackScheduled:
		c.ForAt = p.ForAt
		s.Set(PromiseTimer, c.ForAt, c.Interaction)
	case *event.CallbackAttempted:
		c.Attempts = p.Attempt
	case *event.CallbackResulted:
		if c.Visit != nil {
			c.Visit.Callback = nil
		}
		delete(s.Callbacks, c.Interaction)
		c.Queue.Live--
		if c.Queue.Retired && c.Queue.Live == 0 {
			s.dropQueue(c.Queue)
		}
	}
	return nil
}

// reconfigure applies one configuration row.
func (s *Book) reconfigure(p *event.ConfigChanged) error {
	switch p.Table {
	case setup.TableQueue:
		if p.Retired {
			s.Version = p.Version
			if q := s.Queues[p.Row]; q != nil {
				q.Retired = true
				q.Raw = ""
				if q.Live == 0 {
					s.dropQueue(q)
				}
			}
			return nil
		}
		return s.setQueue(p)
	case setup.TableAgent:
		if p.Retired {
			s.Version = p.Version
			if a := s.Agents[p.Row]; a != nil {
				a.Retired = true
				a.Raw = ""
				if !a.SignedIn {
					s.dropAgent(a)
				}
			}
			return nil
		}
		return s.setAgent(p)
	}
	return nil
}

func (s *Book) setQueue(p *event.ConfigChanged) error {
	var c setup.QueueConfig
	var hours *interval.Hours
	var zone *time.Location
	err := json.Unmarshal(p.Values, &c)
	if err == nil && c.Hours != nil {
		hours, zone, err = c.Hours.Compile()
	}
	if err != nil {
		return fmt.Errorf("%w: queue %s: %w", ErrFact, p.Row, err)
	}
	q := s.Queues[c.ID]
	if q == nil {
		q = &Queue{}
		s.Queues[c.ID] = q
		i := sort.Search(len(s.QueueList), func(i int) bool { return s.QueueList[i].ID > c.ID })
		s.QueueList = slices.Insert(s.QueueList, i, q)
	}
	s.Version = p.Version
	revived := q.Retired
	q.QueueConfig, q.Raw, q.Retired, q.Hours, q.Zone = c, string(p.Values), false, hours, zone
	if revived {
		for _, m := range slices.Clone(q.Members) {
			s.enlist(m.Agent) // it may have been kept for the last callers only
		}
	}
	for _, v := range q.Line {
		s.arm(v)
	}
	return nil
}

func (s *Book) setAgent(p *event.ConfigChanged) error {
	var c setup.AgentConfig
	if err := json.Unmarshal(p.Values, &c); err != nil {
		return fmt.Errorf("%w: agent %s: %w", ErrFact, p.Row, err)
	}
	s.Version = p.Version
	a := s.Agents[c.ID]
	if a == nil {
		a = &Agent{State: event.Offline, Since: s.Now}
		s.Agents[c.ID] = a
		i := sort.Search(len(s.AgentList), func(i int) bool { return s.AgentList[i].ID > c.ID })
		s.AgentList = slices.Insert(s.AgentList, i, a)
	}
	a.AgentConfig, a.Raw, a.Retired = c, string(p.Values), false
	a.setSkills(c.Skills)
	s.enlist(a)
	return nil
}

// enlist makes the agent's memberships those of its row. Queues that are gone but
// still have callers keep their agents.
func (s *Book) enlist(a *Agent) {
	var list []*Member
	for _, m := range a.Members {
		if m.Queue.Retired && m.Queue.Live > 0 {
			list = append(list, m)
		} else {
			m.Queue.Members = slices.DeleteFunc(m.Queue.Members, func(x *Member) bool { return x == m })
		}
	}
	for _, c := range a.Queues {
		q := s.Queues[c.Queue]
		if q == nil || q.Retired {
			continue
		}
		m := &Member{Agent: a, Queue: q, Tier: max(c.Tier, 1), Order: c.Order}
		list = append(list, m)
		i := sort.Search(len(q.Members), func(i int) bool { return m.before(q.Members[i]) })
		q.Members = slices.Insert(q.Members, i, m)
	}
	slices.SortFunc(list, func(x, y *Member) int { return strings.Compare(x.Queue.ID, y.Queue.ID) })
	a.Members = list
	a.activate()
}

func (m *Member) before(x *Member) bool {
	return m.Order < x.Order || m.Order == x.Order && m.Agent.ID < x.Agent.ID
}

// dropQueue forgets a queue that nobody uses.
func (s *Book) dropQueue(q *Queue) {
	delete(s.Queues, q.ID)
	s.QueueList = slices.DeleteFunc(s.QueueList, func(x *Queue) bool { return x == q })
	for _, m := range q.Members {
		m.Agent.Members = slices.DeleteFunc(m.Agent.Members, func(x *Member) bool { return x == m })
	}
}

// dropAgent forgets an agent that has signed out for good.
func (s *Book) dropAgent(a *Agent) {
	delete(s.Agents, a.ID)
	s.AgentList = slices.DeleteFunc(s.AgentList, func(x *Agent) bool { return x == a })
	for _, m := range a.Members {
		m.Queue.Members = slices.DeleteFunc(m.Queue.Members, func(x *Member) bool { return x == m })
	}
}
