package call

import (
	"github.com/agner-platform/agner/internal/event"
)

// join bridges two legs that are up.
func (m *Machine) join(a, b string) {
	la, lb := m.in(a, up), m.in(b, up)
	if la == nil || lb == nil || la == lb || la.peer == b {
		return
	}
	m.joinLegs(la, lb)
}

func (m *Machine) joinLegs(a, b *leg) {
	m.part(a)
	m.part(b)
	a.peer, b.peer = b.id, a.id
	m.connect(a, b)
}

// part takes a leg out of its bridge.
func (m *Machine) part(l *leg) {
	if l == nil || l.peer == "" {
		return
	}
	p := m.leg(l.peer)
	l.peer = ""
	if l.phase != ended {
		m.do(Unbridge{l.id})
	}
	if p != nil {
		p.peer = ""
		if p.phase != ended {
			m.do(Unbridge{p.id})
		}
	}
}

// consultedBy returns the leg that consults this one.
func (m *Machine) consultedBy(id string) *leg {
	for _, l := range m.legs {
		if l.consult == id && l.phase != ended {
			return l
		}
	}
	return nil
}

// hold makes the peer of a leg wait with music.
func (m *Machine) hold(id string, now int64) {
	l := m.in(id, up)
	if l == nil {
		return
	}
	if p := m.in(l.peer, up); p != nil && p.heldAt == 0 {
		m.startHold(p, l.side, now)
		m.do(PlayHold{p.id})
	}
}

func (m *Machine) resume(id string, now int64) {
	l := m.in(id, up)
	if l == nil {
		return
	}
	if p := m.in(l.peer, up); p != nil && p.heldAt != 0 && p.heldBy == l.side {
		m.stopHold(p, now)
		m.connect(l, p)
	}
}

func (m *Machine) startHold(l *leg, by event.Side, now int64) {
	if l.heldAt != 0 {
		return
	}
	l.heldAt, l.heldBy = max(1, now), by
	m.fact(l, now, &event.CallHeld{By: by})
}

func (m *Machine) stopHold(l *leg, now int64) {
	if l.heldAt == 0 {
		return
	}
	us := max(0, now-l.heldAt)
	l.heldUs += us
	l.heldAt = 0
	m.fact(l, now, &event.CallResumed{By: l.heldBy, HeldUs: us})
}

// farHold follows a phone's own hold key: its peer waits with music.
func (m *Machine) farHold(in FarHold, now int64) {
	if in.On {
		m.hold(in.Leg, now)
		return
	}
	m.resume(in.Leg, now)
}

// consult dials a colleague for an agent and parks the customer.
func (m *Machine) consult(in Consult, now int64) {
	by := m.in(in.By, up)
	if by == nil || by.consult != "" || by.peer == "" || len(m.mix) > 0 {
		return
	}
	customer := m.leg(by.peer)
	l := m.dial(Dial{Leg: in.Leg, To: in.To, Side: event.AgentSide, Agent: in.Agent, RingUs: in.RingUs}, now)
	if l == nil {
		return
	}
	by.consult, by.parked = l.id, customer.id
	m.part(by)
	m.startHold(customer, by.side, now)
	m.do(PlayHold{customer.id})
	target := in.To
	if in.Agent != "" || in.Queue != "" {
		target = "" // who it is says more than where the phone is
	}
	m.fact(by, now, &event.CallConsulted{ToQueue: in.Queue, ToAgent: in.Agent, Target: target})
}

// transfer passes a customer on and lets the agent go.
func (m *Machine) transfer(in Transfer, now int64) {
	by := m.in(in.By, up)
	if by == nil || len(m.mix) > 0 {
		return
	}
	if by.consult != "" {
		m.attended(by, now)
		return
	}
	if customer := m.in(by.peer, up); customer != nil {
		m.blind(by, customer, in, now)
	}
}

// attended joins the held customer with the consulted colleague.
func (m *Machine) attended(by *leg, now int64) {
	customer, to := m.in(by.parked, up), m.leg(by.consult)
	if customer == nil || to == nil || to.phase == ended || to.phase == cancelling {
		return
	}
	m.fact(by, now, &event.CallTransferred{Transfer: event.Attended, ToAgent: to.agent})
	by.parked, by.consult = "", ""
	m.part(by)
	if to.phase == up {
		m.stopHold(customer, now)
		m.joinLegs(customer, to)
	} else { // the colleague still rings: the customer waits for the answer
		customer.consult = to.id
	}
	m.drop(by, CauseMoved, by.side, now)
}

// blind lets the customer stay for whoever acts on the fact: the driver dials or
// queues it.
func (m *Machine) blind(by, customer *leg, in Transfer, now int64) {
	target := in.To
	if in.Agent != "" || in.Queue != "" {
		target = ""
	}
	m.fact(by, now, &event.CallTransferred{Transfer: event.Blind, ToQueue: in.Queue, ToAgent: in.Agent, Target: target})
	m.part(by)
	m.stopHold(customer, now)
	m.do(PlayHold{customer.id})
	m.drop(by, CauseMoved, by.side, now)
}

// referred turns a phone's REFER into the transfer it means. To a leg that is not
// ours the driver gets the fact and dials.
func (m *Machine) referred(in Referred, now int64) {
	by := m.in(in.Leg, up)
	if by == nil {
		return
	}
	if other := m.in(in.Replaces, up); other != nil && other != by && other.peer != "" && by.peer != "" {
		a, b := m.leg(by.peer), m.leg(other.peer)
		m.fact(by, now, &event.CallTransferred{Transfer: event.Attended, ToAgent: b.agent})
		m.do(SendNotify{by.id, 200})
		m.part(by)
		m.part(other)
		m.stopHold(a, now)
		m.stopHold(b, now)
		m.joinLegs(a, b)
		m.drop(by, CauseMoved, by.side, now)
		m.drop(other, CauseMoved, other.side, now)
		return
	}
	m.do(SendNotify{by.id, 100})
	customer := m.in(by.peer, up)
	if customer == nil || in.Replaces != "" {
		m.do(SendNotify{by.id, 603})
		return
	}
	m.do(SendNotify{by.id, 200})
	m.blind(by, customer, Transfer{By: by.id, To: in.To}, now)
}

// conference joins agent, held customer and colleague.
func (m *Machine) conference(in Conference, now int64) {
	by := m.in(in.By, up)
	if by == nil {
		return
	}
	customer, to := m.in(by.parked, up), m.in(by.consult, up)
	if customer == nil || to == nil {
		return
	}
	m.part(by)
	m.stopHold(customer, now)
	by.parked, by.consult = "", ""
	m.mix = []string{customer.id, by.id, to.id}
	m.mixThem(m.mix...)
	m.fact(by, now, &event.CallConferenced{Parties: int64(len(m.mix))})
}
