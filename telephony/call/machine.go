package call

import (
	"slices"

	"github.com/agner-platform/agner/internal/event"
)

// phase is how far a leg has come.
type phase uint8

const (
	offered    phase = iota // incoming, not answered
	dialling                // outgoing, not answered
	cancelling              // outgoing, given up; an answer may still cross
	asking                  // outgoing, answered by a phone whose owner has to press a key
	up
	ended
)

// Causes the machine gives itself.
const (
	CauseNoAnswer  = "no_answer"
	CauseCancelled = "cancelled"
	CausePeerLeft  = "peer_left"
	CauseMoved     = "transferred"
	CauseTakenOver = "taken_over" // by a supervisor
	CauseFlipped   = "flipped"    // to another device of the same agent
	CauseReplaced  = "replaced"   // by a call of the far end (RFC 3891)
	CauseMerged    = "merged"     // with another call of the same agent
	CauseGone      = "gone"       // what it was to replace
)

type leg struct {
	head     event.Event // of its facts
	id       string
	phase    phase
	side     event.Side
	agent    string
	outgoing bool

	offeredAt, answeredAt int64
	heldAt                int64 // 0: not held
	heldUs                int64
	heldBy                event.Side
	deadline              int64
	quality               *event.MediaQuality

	peer    string // joined with
	parked  string // its customer, held while it consults
	consult string // the colleague it consults
	mixed   bool   // it ended in the conference
	keep    bool
	confirm bool   // see Dial
	flip    string // the leg whose place it takes when it answers

	watch   string // the agent's leg that a supervisor joins
	mode    event.SupervisionMode
	watchBy string
	watchAt int64 // 0: not yet, or no more

	by    event.Side // who ended it
	cause string
}

// Machine holds the legs of one interaction. It is not safe for concurrent use.
type Machine struct {
	head     event.Event // interaction, party and site of every fact
	legs     []*leg      // in order of their beginning
	mix      []string
	absorbed bool // by another
	out      Out
}

// New returns a machine without legs. Of the event, the envelope fields
// Interaction, Party, Site and Channel are put into every fact.
func New(head event.Event) *Machine {
	return &Machine{head: event.Event{Interaction: head.Interaction, Party: head.Party, Site: head.Site, Channel: head.Channel}}
}

// Done reports whether all legs have ended; a machine without legs is not done.
func (m *Machine) Done() bool {
	return m.absorbed || len(m.legs) > 0 && !slices.ContainsFunc(m.legs, func(l *leg) bool { return l.phase != ended })
}

// Up reports whether a leg is answered and has not ended.
func (m *Machine) Up(id string) bool {
	l := m.leg(id)
	return l != nil && l.phase == up
}

// Side returns whose a leg is.
func (m *Machine) Side(id string) (event.Side, bool) {
	if l := m.leg(id); l != nil {
		return l.side, true
	}
	return "", false
}

// Peer returns the leg that a leg is joined with, or "".
func (m *Machine) Peer(id string) string {
	if l := m.leg(id); l != nil {
		return l.peer
	}
	return ""
}

// Deadline returns the next instant at which Tick must be posted.
func (m *Machine) Deadline() (int64, bool) {
	first, ok := int64(0), false
	for _, l := range m.legs {
		if (l.phase == dialling || l.phase == asking) && l.deadline > 0 && (!ok || l.deadline < first) {
			first, ok = l.deadline, true
		}
	}
	return first, ok
}

// Step takes an input.
func (m *Machine) Step(in Input, now int64) Out {
	switch in := in.(type) {
	case Incoming:
		m.incoming(in, now)
	case Dial:
		m.dial(in, now)
	case Tick:
		m.tick(now)
	case Join:
		m.join(in.A, in.B)
	case Consult:
		m.consult(in, now)
	case Transfer:
		m.transfer(in, now)
	case Conference:
		m.conference(in, now)
	case Supervise:
		m.supervise(in, now)
	case Flip:
		m.flip(in, now)
	case Merge:
		m.merge(in, now)
	default:
		m.onLeg(in, now)
	}
	out := m.out
	m.out = Out{}
	return out
}

// onLeg handles inputs about one leg.
func (m *Machine) onLeg(in Input, now int64) {
	switch in := in.(type) {
	case Ringing:
		m.ringing(in, now)
	case Answered:
		m.answered(in.Leg, now)
	case Failed:
		m.over(in.Leg, in.Status, in.Cause, "", now)
	case Gone:
		m.gone(in, now)
	case FarHold:
		m.farHold(in, now)
	case Referred:
		m.referred(in, now)
	case Measured:
		if l := m.leg(in.Leg); l != nil && l.phase != ended {
			q := in.Quality
			l.quality = &q
		}
	case Ring:
		if l := m.in(in.Leg, offered); l != nil {
			m.do(SendProgress{l.id, in.Early})
			m.fact(l, now, &event.CallRinging{EarlyMedia: in.Early})
		}
	case Answer:
		if l := m.in(in.Leg, offered); l != nil {
			m.do(SendAnswer{l.id})
			m.setUp(l, now)
		}
	case Reject:
		if l := m.in(in.Leg, offered); l != nil {
			m.do(SendReject{l.id, in.Status})
			m.end(l, in.Status, in.Cause, event.System, now)
		}
	case Part:
		m.part(m.leg(in.Leg))
	case Hold:
		m.hold(in.Leg, now)
	case Resume:
		m.resume(in.Leg, now)
	case Keep:
		if l := m.leg(in.Leg); l != nil {
			l.keep = in.On
		}
	case HangUp:
		m.hangUp(in, now)
	case Confirm:
		if l := m.in(in.Leg, asking); l != nil {
			m.arrive(l, now)
		}
	case Replace:
		m.replace(in, now)
	case ReferOut:
		m.referOut(in, now)
	case ReferResult:
		m.referResult(in, now)
	}
}

func (m *Machine) leg(id string) *leg {
	for _, l := range m.legs {
		if l.id == id {
			return l
		}
	}
	return nil
}

// in returns the leg if it is in the phase.
func (m *Machine) in(id string, p phase) *leg {
	if l := m.leg(id); l != nil && l.phase == p {
		return l
	}
	return nil
}

func (m *Machine) do(c Command) { m.out.Commands = append(m.out.Commands, c) }

func (m *Machine) fact(l *leg, now int64, p event.Payload) *event.Event {
	e := event.New(now, p)
	e.Interaction, e.Party, e.Site, e.Channel = l.head.Interaction, l.head.Party, l.head.Site, l.head.Channel
	e.Leg, e.Agent = l.id, l.agent
	m.out.Facts = append(m.out.Facts, e)
	return &m.out.Facts[len(m.out.Facts)-1]
}

func (m *Machine) add(l *leg) {
	l.head = m.head
	m.legs = append(m.legs, l)
}

func (m *Machine) incoming(in Incoming, now int64) {
	if m.leg(in.Leg) != nil {
		return
	}
	side := in.Side
	if side == "" {
		side = event.Customer
	}
	l := &leg{id: in.Leg, phase: offered, side: side, offeredAt: now}
	m.add(l)
	direction := event.Inbound
	if side == event.AgentSide {
		direction = event.Internal
	}
	m.fact(l, now, &event.CallOffered{Direction: direction, DNIS: in.DNIS, Trunk: in.Trunk, Codec: in.Codec})
}

func (m *Machine) dial(in Dial, now int64) *leg {
	if m.leg(in.Leg) != nil {
		return nil
	}
	l := &leg{id: in.Leg, phase: dialling, side: in.Side, agent: in.Agent, outgoing: true, offeredAt: now, confirm: in.Confirm}
	if in.RingUs > 0 {
		l.deadline = now + in.RingUs
	}
	m.add(l)
	direction := event.Outbound
	if in.Side == event.AgentSide || in.Side == event.Supervisor {
		direction = event.Internal
	}
	m.fact(l, now, &event.CallOffered{Direction: direction, Trunk: in.Trunk})
	m.do(SendInvite{Leg: l.id, To: in.To, Trunk: in.Trunk})
	return l
}

func (m *Machine) ringing(in Ringing, now int64) {
	if l := m.in(in.Leg, dialling); l != nil {
		m.fact(l, now, &event.CallRinging{EarlyMedia: in.EarlyMedia})
		if by := m.consultedBy(l.id); by != nil && by.parked != "" { // what an agent hears who consults
			if in.EarlyMedia {
				m.do(Bridge{by.id, l.id})
			} else {
				m.do(PlayRing{by.id})
			}
		}
	}
}

func (m *Machine) setUp(l *leg, now int64) {
	l.phase, l.answeredAt, l.deadline = up, now, 0
	m.fact(l, now, &event.CallAnswered{RingUs: max(0, now-l.offeredAt)})
}

// gone ends a leg by its far end.
func (m *Machine) gone(in Gone, now int64) {
	l := m.leg(in.Leg)
	if l == nil || l.phase == ended {
		return
	}
	cause, by := in.Cause, l.side
	if l.phase == cancelling && cause == "" {
		cause, by = l.cause, l.by
	}
	if l.phase == offered && cause == "" {
		cause = CauseCancelled
	}
	m.over(in.Leg, in.Status, cause, by, now)
}

// over ends a leg whose dialog is gone.
func (m *Machine) over(id string, status int64, cause string, by event.Side, now int64) {
	l := m.leg(id)
	if l == nil || l.phase == ended {
		return
	}
	if l.phase == cancelling {
		cause, by = l.cause, l.by
	}
	m.end(l, status, cause, by, now)
}

// tick gives up legs that rang too long.
func (m *Machine) tick(now int64) {
	for _, l := range m.legs {
		if l.phase == dialling && l.deadline > 0 && now >= l.deadline {
			m.giveUp(l, CauseNoAnswer, event.System)
		}
		if l.phase == asking && now >= l.deadline {
			m.drop(l, CauseNoAnswer, event.System, now)
		}
	}
}

func (m *Machine) giveUp(l *leg, cause string, by event.Side) {
	l.phase, l.cause, l.by, l.deadline = cancelling, cause, by, 0
	m.do(SendCancel{l.id})
}

func (m *Machine) hangUp(in HangUp, now int64) {
	l := m.leg(in.Leg)
	if l == nil {
		return
	}
	by := in.By
	if by == "" {
		by = event.System
	}
	m.drop(l, in.Cause, by, now)
}

// drop ends a leg from our side, in whatever phase it is.
func (m *Machine) drop(l *leg, cause string, by event.Side, now int64) {
	switch l.phase {
	case offered:
		m.do(SendReject{l.id, 480})
		m.end(l, 480, cause, by, now)
	case dialling:
		m.giveUp(l, cause, by)
	case up, asking:
		m.do(SendBye{l.id, cause})
		m.end(l, 0, cause, by, now)
	case cancelling, ended:
	}
}

// end writes the one call.ended of a leg and looks after those it leaves.
func (m *Machine) end(l *leg, status int64, cause string, by event.Side, now int64) {
	peer := m.leg(l.peer)
	l.phase = ended
	m.part(l)
	m.stopHold(l, now)
	m.unwatch(l, now)
	ring, talk := max(0, now-l.offeredAt), int64(0)
	if l.answeredAt > 0 {
		ring = max(0, l.answeredAt-l.offeredAt)
		talk = max(0, now-l.answeredAt-l.heldUs)
	}
	e := m.fact(l, now, &event.CallEnded{
		By: by, OfferedAt: l.offeredAt, AnsweredAt: l.answeredAt, SIPStatus: max(0, status), RingUs: ring, TalkUs: talk, HoldUs: l.heldUs, Quality: l.quality,
	})
	e.Cause = cause
	if i := slices.Index(m.mix, l.id); i >= 0 {
		m.mix = slices.Delete(m.mix, i, i+1)
		l.mixed = true
	}
	m.after(l, peer, now)
}

// after decides what becomes of the legs around one that ended.
func (m *Machine) after(l, peer *leg, now int64) {
	for _, w := range m.legs { // supervisors of an agent who left
		if w.watch == l.id && w.phase != ended {
			m.drop(w, CausePeerLeft, l.side, now)
		}
	}
	if by := m.consultedBy(l.id); by != nil {
		m.back(by, l, now)
		return
	}
	if c := m.leg(l.consult); c != nil && len(m.mix) == 0 { // the agent left while consulting
		m.drop(c, CausePeerLeft, l.side, now)
	}
	if p := m.leg(l.parked); p != nil && !p.keep && len(m.mix) == 0 {
		m.stopHold(p, now)
		m.drop(p, CausePeerLeft, l.side, now)
	}
	for _, o := range m.legs { // the customer left while an agent consulted
		if o.parked == l.id {
			o.parked = ""
		}
	}
	if l.mixed {
		m.shrink(now)
	}
	if l.watch != "" {
		m.refresh(m.leg(l.watch))
	}
	if peer != nil && peer.phase != ended && !peer.keep && peer.peer == "" {
		m.drop(peer, CausePeerLeft, l.side, now)
	}
}

// back returns an agent whose colleague refused or left to the customer. A
// customer who was to be passed to that colleague is alone now.
func (m *Machine) back(by, l *leg, now int64) {
	by.consult = ""
	if customer := m.in(by.parked, up); customer != nil {
		by.parked = ""
		m.stopHold(customer, now)
		m.joinLegs(by, customer)
		return
	}
	if !by.keep {
		m.drop(by, CausePeerLeft, l.side, now)
	}
}

// shrink turns a mix of two into a bridge and ends a mix of one.
func (m *Machine) shrink(now int64) {
	switch len(m.mix) {
	case 0:
	case 1:
		last := m.leg(m.mix[0])
		m.mix = nil
		if last != nil && !last.keep {
			m.drop(last, CausePeerLeft, event.System, now)
		}
	case 2:
		a, b := m.leg(m.mix[0]), m.leg(m.mix[1])
		m.mix = nil
		if a != nil && b != nil {
			a.consult, b.consult = "", ""
			m.joinLegs(a, b)
		}
	default:
		m.mixThem(m.mix...)
	}
}
