package call

import (
	"slices"

	"github.com/agner-platform/agner/internal/event"
)

// confirmUs is how long the owner of an outside phone has for the key if ringing
// was not bounded: long enough to understand the question twice.
const confirmUs = 20_000_000

// answered brings an outgoing leg up, unless it was given up in the meantime or
// must be confirmed by a key.
func (m *Machine) answered(id string, now int64) {
	if l := m.in(id, cancelling); l != nil {
		m.do(SendBye{l.id, l.cause})
		m.end(l, 0, l.cause, l.by, now)
		return
	}
	l := m.in(id, dialling)
	switch {
	case l == nil:
	case l.confirm:
		l.phase = asking
		if l.deadline == 0 {
			l.deadline = now + confirmUs
		}
		m.do(AskConfirm{l.id})
	default:
		m.arrive(l, now)
	}
}

// arrive lets a leg that we set up do what it was set up for.
func (m *Machine) arrive(l *leg, now int64) {
	m.setUp(l, now)
	switch by := m.consultedBy(l.id); {
	case by != nil:
		m.stopHold(by, now) // a customer who waited for this answer
		m.joinLegs(by, l)
		if by.parked == "" {
			by.consult = ""
		}
	case l.watch != "":
		m.startWatch(l, now)
	case l.flip != "":
		m.takePlace(l, CauseFlipped, now)
	}
}

// flip rings another device of an agent, which takes the call over when it answers.
func (m *Machine) flip(in Flip, now int64) {
	old := m.in(in.Leg, up)
	if old == nil || slices.ContainsFunc(m.legs, func(l *leg) bool { return l.flip == old.id && l.phase == dialling }) {
		return
	}
	if l := m.dial(Dial{Leg: in.New, To: in.To, Side: old.side, Agent: old.agent, RingUs: in.RingUs, Confirm: in.Confirm}, now); l != nil {
		l.flip = old.id
	}
}

// replace lets an incoming leg take the place of another (RFC 3891).
func (m *Machine) replace(in Replace, now int64) {
	l, old := m.in(in.Leg, offered), m.in(in.Old, up)
	if l == nil || old == nil {
		if l != nil {
			m.do(SendReject{l.id, 481})
			m.end(l, 481, CauseGone, event.System, now)
		}
		return
	}
	if l.agent = in.Agent; l.agent == "" {
		l.agent = old.agent
	}
	l.flip = old.id
	m.do(SendAnswer{l.id})
	m.setUp(l, now)
	m.takePlace(l, CauseReplaced, now)
}

// takePlace puts a leg where another was, and lets the other go.
func (m *Machine) takePlace(l *leg, cause string, now int64) {
	old := m.in(l.flip, up)
	l.flip = ""
	if old == nil {
		m.drop(l, CausePeerLeft, event.System, now)
		return
	}
	l.parked, l.consult, l.keep = old.parked, old.consult, old.keep
	old.parked, old.consult = "", ""
	for _, o := range m.legs {
		for _, ref := range []*string{&o.consult, &o.parked, &o.watch} {
			if *ref == old.id {
				*ref = l.id
			}
		}
	}
	m.inherit(l, old, now)
	m.drop(old, cause, old.side, now)
}

// inherit passes on who hears whom.
func (m *Machine) inherit(l, old *leg, now int64) {
	if i := slices.Index(m.mix, old.id); i >= 0 {
		m.mix[i] = l.id
		m.mixThem(m.mix...)
		return
	}
	p := m.in(old.peer, up)
	if p == nil {
		return
	}
	if old.heldAt != 0 { // who is held is greeted by the one who holds it
		m.stopHold(old, now)
	}
	if p.heldAt != 0 { // goes on waiting for the agent, with music
		old.peer, l.peer, p.peer = "", p.id, l.id
		return
	}
	m.joinLegs(p, l)
}

// referOut asks a far end to call somebody else by itself (RFC 3515).
func (m *Machine) referOut(in ReferOut, now int64) {
	l := m.in(in.Leg, up)
	if l == nil || in.Replaces != "" && m.in(in.Replaces, up) == nil {
		return
	}
	kind := event.Blind
	if in.Replaces != "" {
		kind = event.Attended
	}
	m.fact(l, now, &event.CallTransferred{Transfer: kind, Target: in.To})
	m.do(SendRefer{l.id, in.To, in.Replaces})
}

// referResult lets a far end go that has reached whom we referred it to.
func (m *Machine) referResult(in ReferResult, now int64) {
	if l := m.in(in.Leg, up); l != nil && in.Status >= 200 && in.Status < 300 {
		m.drop(l, CauseMoved, event.System, now)
	}
}

// Absorb takes the legs of another machine over, which is empty and done afterwards.
// Facts about them go on to be those of their own interaction. It reports false, and
// does nothing, if both have a conference.
func (m *Machine) Absorb(o *Machine) bool {
	if o == m || o.absorbed || len(m.mix) > 0 && len(o.mix) > 0 {
		return false
	}
	m.legs = append(m.legs, o.legs...)
	m.mix = append(m.mix, o.mix...)
	o.legs, o.mix, o.absorbed = nil, nil, true
	return true
}

// merge makes a conference of two calls of one agent.
func (m *Machine) merge(in Merge, now int64) {
	a, b := m.in(in.Leg, up), m.in(in.Other, up)
	if a == nil || b == nil || a == b || len(m.mix) > 0 {
		return
	}
	other := func(l *leg) *leg {
		if p := m.in(l.peer, up); p != nil {
			return p
		}
		return m.in(l.parked, up)
	}
	ca, cb := other(a), other(b)
	if ca == nil || cb == nil || ca == cb || ca == b || cb == a {
		return
	}
	for _, l := range []*leg{a, b} {
		l.parked = ""
		m.part(l)
	}
	m.stopHold(ca, now)
	m.stopHold(cb, now)
	m.mix = []string{ca.id, a.id, cb.id}
	m.mixThem(m.mix...)
	m.fact(a, now, &event.CallConferenced{Parties: int64(len(m.mix))})
	m.drop(b, CauseMerged, b.side, now)
}
