package call

import (
	"slices"

	"github.com/agner-platform/agner/internal/event"
)

// Watch is a supervisor in a [Mix]: in mode listen nobody hears it, in whisper the
// agent alone, in barge everybody.
type Watch struct {
	Leg, Agent string
	Mode       event.SupervisionMode
}

// supervise dials a supervisor, or changes the mode of one who is there.
func (m *Machine) supervise(in Supervise, now int64) {
	if l := m.leg(in.Leg); l != nil {
		m.changeMode(l, in.Mode, now)
		return
	}
	if m.in(in.Of, up) == nil || !slices.Contains(event.SupervisionModes, in.Mode) || in.By == "" {
		return
	}
	l := m.dial(Dial{Leg: in.Leg, To: in.To, Side: event.Supervisor, Agent: in.Agent, RingUs: in.RingUs}, now)
	l.watch, l.mode, l.watchBy = in.Of, in.Mode, in.By
}

func (m *Machine) changeMode(l *leg, mode event.SupervisionMode, now int64) {
	if l.watch == "" || l.mode == mode || !slices.Contains(event.SupervisionModes, mode) {
		return
	}
	if l.phase != up { // still rings: it will begin so
		l.mode = mode
		return
	}
	m.unwatch(l, now)
	l.mode = mode
	m.startWatch(l, now)
}

// startWatch lets an answered supervisor in.
func (m *Machine) startWatch(l *leg, now int64) {
	agent := m.in(l.watch, up)
	if agent == nil {
		m.drop(l, CausePeerLeft, event.System, now)
		return
	}
	if l.mode == event.Takeover {
		m.takeover(l, agent, now)
		return
	}
	m.watched(l, agent, now)
	m.refresh(agent)
}

// watched says that supervision began.
func (m *Machine) watched(l, agent *leg, now int64) {
	l.watchAt = max(1, now)
	e := m.fact(l, now, &event.SupervisionStarted{Mode: l.mode, By: l.watchBy})
	e.Agent = agent.agent
}

// unwatch says that it ended.
func (m *Machine) unwatch(l *leg, now int64) {
	if l.watchAt == 0 {
		return
	}
	m.fact(l, now, &event.SupervisionEnded{Mode: l.mode, By: l.watchBy, SpentUs: max(0, now-l.watchAt)})
	l.watchAt = 0
}

// takeover puts the supervisor in the agent's place. Of a conference nobody can be
// put out like that.
func (m *Machine) takeover(l, agent *leg, now int64) {
	customer := m.in(agent.peer, up)
	if agent.parked != "" {
		customer = m.in(agent.parked, up)
	}
	if customer == nil || slices.Contains(m.mix, agent.id) {
		l.mode = event.Listen
		m.watched(l, agent, now)
		m.refresh(agent)
		return
	}
	m.watched(l, agent, now)
	l.watch, agent.parked = "", ""
	m.part(agent)
	m.stopHold(customer, now)
	m.joinLegs(customer, l)
	m.drop(agent, CauseTakenOver, event.Supervisor, now)
}

// watchers returns the supervisors of legs.
func (m *Machine) watchers(legs ...string) []*leg {
	var out []*leg
	for _, l := range m.legs {
		if l.phase == up && l.watchAt > 0 && slices.Contains(legs, l.watch) {
			out = append(out, l)
		}
	}
	return out
}

// connect lets two joined legs hear each other, and their supervisors.
func (m *Machine) connect(a, b *leg) {
	if len(m.watchers(a.id, b.id)) == 0 {
		m.do(Bridge{a.id, b.id})
		return
	}
	m.mixThem(a.id, b.id)
}

// mixThem mixes legs and their supervisors.
func (m *Machine) mixThem(legs ...string) {
	x := Mix{Legs: slices.Clone(legs)}
	for _, w := range m.watchers(legs...) {
		x.Legs = append(x.Legs, w.id)
		x.Watches = append(x.Watches, Watch{w.id, w.watch, w.mode})
	}
	m.do(x)
}

// refresh connects a leg again after its supervisors changed.
func (m *Machine) refresh(l *leg) {
	if l == nil || l.phase != up {
		return
	}
	if slices.Contains(m.mix, l.id) {
		m.mixThem(m.mix...)
		return
	}
	if p := m.in(l.peer, up); p != nil && p.heldAt == 0 && l.heldAt == 0 {
		m.connect(l, p)
	}
}
