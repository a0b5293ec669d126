package callcenter

import (
	"slices"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/ingest/feed"
)

// of returns an event of the visit at the given time.
func (m *mapper) of(v *visit, at int64, p event.Payload) event.Event {
	e := event.New(at, p)
	e.Interaction, e.Visit, e.Queue, e.Party = feed.ID(m.setup.Stream, "member", v.Member), v.ID, v.Queue, v.Party
	e.Leg = v.Session
	return e
}

// member returns the open visit of the event.
func (m *mapper) member() (*visit, error) {
	v, ok := m.members[m.h["CC-Member-UUID"]]
	if !ok {
		return nil, feed.Rejectf("%s without an open member-queue-start", m.h["CC-Action"])
	}
	return v, nil
}

// joined maps member-queue-start and -resume. A resumed member comes back within
// discard-abandoned-after: a new visit of the same contact.
func (m *mapper) joined() error {
	id := m.h["CC-Member-UUID"]
	if id == "" || len(id) > 40 || len(m.h["CC-Member-Session-UUID"]) > 40 { // a UUID has 36
		return feed.Rejectf("CC-Member-UUID is missing or too long")
	}
	queue, err := m.setup.Names.Queue(m.h["CC-Queue"])
	if err != nil {
		return err
	}
	party, err := m.setup.Names.Party(m.h["CC-Member-CID-Number"])
	if err != nil {
		return err
	}
	if v := m.members[id]; v != nil && v.Joined == m.at {
		return feed.Skipf("member-queue-start told twice")
	} else if v != nil {
		m.setup.Warn("member joined without having left: first visit closed as lost")
		m.lose(v, m.at, "entered_again")
	}
	if len(m.members) >= maxMembers {
		m.setup.Warn("too many members are open: the oldest was closed as lost")
		m.lose(m.open()[0], m.at, "too_many_open")
	}
	v := &visit{
		Member: id, Session: m.h["CC-Member-Session-UUID"], Queue: queue, Party: party, Joined: m.at,
		ID: feed.ID(m.setup.Stream, "visit", id, itoa(m.at)),
	}
	m.members[id] = v
	m.out.Emit(m.of(v, m.at, &event.QueueJoined{}))
	return nil
}

// offering maps agent-offering.
func (m *mapper) offering() error {
	v, err := m.member()
	if err != nil {
		return err
	}
	a, err := m.agent()
	if err != nil {
		return err
	}
	if m.ringing >= maxRinging {
		return feed.Rejectf("more than %d offers ring at once", maxRinging)
	}
	m.makeOffer(v, a.ID)
	return nil
}

func (m *mapper) makeOffer(v *visit, agent string) {
	v.Attempts++
	o := offer{ID: feed.ID(v.ID, "offer", agent, itoa(v.Attempts)), Agent: agent, At: m.at}
	v.Offers = append(v.Offers, o)
	m.ringing++
	m.offered(v, o, &event.OfferMade{Attempt: v.Attempts})
}

// offered publishes an event of an offer.
func (m *mapper) offered(v *visit, o offer, p event.Payload) {
	e := m.of(v, m.at, p)
	e.Offer, e.Agent, e.Cause = o.ID, o.Agent, feed.Clip(m.h["CC-Hangup-Cause"], 64)
	m.out.Emit(e)
}

// takeOffer removes and returns the visit's running offer to an agent.
func (m *mapper) takeOffer(v *visit, agent string) (offer, bool) {
	i := slices.IndexFunc(v.Offers, func(o offer) bool { return o.Agent == agent })
	if i < 0 {
		return offer{}, false
	}
	m.ringing--
	o := v.Offers[i]
	v.Offers = slices.Delete(v.Offers, i, i+1)
	return o, true
}

// failed maps bridge-agent-fail; the hang-up cause says whose doing it was.
func (m *mapper) failed() error {
	v, err := m.member()
	if err != nil {
		return err
	}
	a, err := m.agent()
	if err != nil {
		return err
	}
	o, ok := m.takeOffer(v, a.ID)
	if !ok {
		return feed.Rejectf("bridge-agent-fail without agent-offering")
	}
	ring := max(m.at-o.At, 0)
	switch cause := m.h["CC-Hangup-Cause"]; cause {
	case "ORIGINATOR_CANCEL", "LOSE_RACE", "PICKED_OFF", "ANSWERED_ELSEWHERE":
		m.offered(v, o, &event.OfferWithdrawn{RingUs: ring, Reason: cause})
	case "CALL_REJECTED":
		m.offered(v, o, &event.OfferDeclined{RingUs: ring})
	default:
		m.offered(v, o, &event.OfferMissed{RingUs: ring})
	}
	return nil
}

// bridged maps bridge-agent-start: the visit is answered.
func (m *mapper) bridged() error {
	v, err := m.member()
	if err != nil {
		return err
	}
	if v.Answered != 0 {
		return feed.Rejectf("bridge-agent-start of a member who is connected")
	}
	a, err := m.agent()
	if err != nil {
		return err
	}
	o, ok := m.takeOffer(v, a.ID)
	if !ok {
		m.makeOffer(v, a.ID) // the dump begins between offer and answer
		o, _ = m.takeOffer(v, a.ID)
	}
	m.offered(v, o, &event.OfferAccepted{RingUs: max(m.at-o.At, 0)})
	left := m.of(v, m.at, &event.QueueLeft{Exit: event.Answered, JoinedAt: v.Joined, WaitUs: max(m.at-v.Joined, 0)})
	left.Agent = a.ID
	m.out.Emit(left)
	v.Answered, v.Agent = m.at, a.ID
	return nil
}

// released maps bridge-agent-end.
func (m *mapper) released() error {
	v, ok := m.members[m.h["CC-Member-UUID"]]
	if !ok {
		return feed.Skipf("bridge-agent-end after member-queue-end")
	}
	if v.Answered == 0 {
		return feed.Rejectf("bridge-agent-end without bridge-agent-start")
	}
	m.handled(v, m.at, "")
	return nil
}

// handled publishes the end of a conversation, once.
func (m *mapper) handled(v *visit, at int64, cause string) {
	if v.Handled {
		return
	}
	v.Handled = true
	talk := max(at-v.Answered, 0)
	if cause != "" {
		talk = 0
	}
	e := m.of(v, at, &event.VisitHandled{JoinedAt: v.Joined, AnsweredAt: v.Answered, TalkUs: talk})
	e.Agent, e.Cause = v.Agent, cause
	m.out.Emit(e)
}

// ended maps member-queue-end: Terminated (served) or Cancel with its reason.
func (m *mapper) ended() error {
	v, err := m.member()
	if err != nil {
		return err
	}
	if v.Answered != 0 {
		m.handled(v, m.at, "")
		m.withdrawAll(v, "answered")
		delete(m.members, v.Member)
		return nil
	}
	exit, cause := event.Abandoned, m.h["CC-Cancel-Reason"]
	switch cause {
	case "TIMEOUT":
		exit = event.TimedOut
	case "NO_AGENT_TIMEOUT":
		exit = event.NoAgents
	case "EXIT_WITH_KEY":
		exit = event.KeyExit
	case "", "NONE", "BREAK_OUT":
		if m.h["CC-Cause"] == "Terminated" {
			exit, cause = event.Lost, "terminated_without_bridge"
			m.setup.Warn("member-queue-end says served, but no bridge-agent-start was seen: closed as lost")
		}
	default:
		m.setup.Warn("CC-Cancel-Reason is unknown: counted as abandoned")
	}
	if v.HungUp && exit == event.Abandoned {
		cause += "+hangup"
	}
	m.leave(v, m.at, exit, cause)
	return nil
}

// leave closes a visit that was not answered.
func (m *mapper) leave(v *visit, at int64, exit event.Exit, cause string) {
	m.withdrawAll(v, "caller_left")
	e := m.of(v, at, &event.QueueLeft{Exit: exit, JoinedAt: v.Joined, WaitUs: max(at-v.Joined, 0)})
	e.Cause = feed.Clip(cause, 64)
	m.out.Emit(e)
	delete(m.members, v.Member)
}

// withdrawAll ends the offers that still ring.
func (m *mapper) withdrawAll(v *visit, reason string) {
	for _, o := range v.Offers {
		m.offered(v, o, &event.OfferWithdrawn{RingUs: max(m.at-o.At, 0), Reason: reason})
	}
	m.ringing -= len(v.Offers)
	v.Offers = nil
}

// lose closes a visit of which the dump says nothing more.
func (m *mapper) lose(v *visit, at int64, cause string) {
	if v.Answered != 0 {
		m.handled(v, at, cause)
		m.withdrawAll(v, cause)
		delete(m.members, v.Member)
		return
	}
	m.leave(v, at, event.Lost, cause)
}
