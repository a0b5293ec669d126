package queuelog

import (
	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/ingest/feed"
)

// ending is what a row says about the end of a conversation.
type ending struct {
	at     int64
	talk   int64
	by     event.Side
	target string // passed on to
	cause  string // why the talk time is not known
}

// wrap is an answered visit whose wrap-up runs.
type wrap struct {
	Visit  visit              `json:"visit"`
	Ended  int64              `json:"ended"`
	Done   event.VisitHandled `json:"done"`
	Prec   event.Precision    `json:"precision"`
	closed bool
}

// completed maps COMPLETEAGENT and COMPLETECALLER: hold s, talk s, original position.
func (m *mapper) completed(r *row) error {
	v, err := m.open(r, true)
	if err != nil {
		return err
	}
	by := event.Customer
	if r.event == "COMPLETEAGENT" {
		by = event.AgentSide
	}
	m.release(v, ending{at: r.at, talk: m.talk(v, r, 2), by: by})
	return nil
}

// talk reads data field n and checks it against the rows.
func (m *mapper) talk(v *visit, r *row, n int) int64 {
	talk := m.seconds(r.arg(n), r.at-v.Answered)
	m.compare("talk time differs from the row times by more than 2 s", talk, r.at-v.Answered)
	return talk
}

// blindTransfer maps BLINDTRANSFER and the older TRANSFER: extension, context,
// hold s, talk s, original position. No COMPLETE row follows.
func (m *mapper) blindTransfer(r *row) error {
	target, err := m.setup.Names.Target(r.arg(1))
	if err != nil {
		return err
	}
	return m.transfer(r, &event.CallTransferred{Transfer: event.Blind, Target: target}, 4)
}

// attendedTransfer maps ATTENDEDTRANSFER: BRIDGE,id or APP,app or LINK,chan,chan,
// then hold s, talk s, original position.
func (m *mapper) attendedTransfer(r *row) error {
	p := &event.CallTransferred{Transfer: event.Attended, Target: feed.Clip(r.arg(1), 16)}
	switch r.arg(1) {
	case "LINK":
		return m.transfer(r, p, 5)
	case "APP":
		p.Target = feed.Clip(r.arg(2), 64)
	case "BRIDGE":
	default:
		return feed.Rejectf("ATTENDEDTRANSFER is neither BRIDGE, APP nor LINK")
	}
	return m.transfer(r, p, 4)
}

// transfer ends a conversation whose caller was passed on; talk is in field n.
func (m *mapper) transfer(r *row, p *event.CallTransferred, n int) error {
	v, err := m.open(r, true)
	if err != nil {
		return err
	}
	e := m.of(v, r.at, p)
	e.Agent = v.Agent
	m.out.Emit(e)
	target := p.Target
	if target == "" {
		target = "unknown"
	}
	m.release(v, ending{at: r.at, talk: m.talk(v, r, n), by: event.AgentSide, target: target})
	return nil
}

// held and resumed map CALLERONHOLD and CALLEROFFHOLD of FreePBX.
func (m *mapper) held(r *row) error {
	v, err := m.open(r, true)
	if err != nil {
		return err
	}
	if v.HeldAt != 0 {
		return feed.Rejectf("CALLERONHOLD of a call on hold")
	}
	v.HeldAt = r.at
	m.aside(v, r.at, &event.CallHeld{By: event.AgentSide})
	m.setState(m.agents[v.AgentName], r.at, event.OnHold, "")
	return nil
}

func (m *mapper) resumed(r *row) error {
	v, err := m.open(r, true)
	if err != nil {
		return err
	}
	if v.HeldAt == 0 {
		return feed.Rejectf("CALLEROFFHOLD of a call that is not on hold")
	}
	m.unhold(v, r.at)
	m.setState(m.agents[v.AgentName], r.at, event.Talking, "")
	return nil
}

func (m *mapper) unhold(v *visit, at int64) {
	if v.HeldAt == 0 {
		return
	}
	spent := max(at-v.HeldAt, 0)
	v.Hold, v.HeldAt = v.Hold+spent, 0
	m.aside(v, at, &event.CallResumed{By: event.AgentSide, HeldUs: spent})
}

// aside publishes something that happens during the conversation.
func (m *mapper) aside(v *visit, at int64, p event.Payload) {
	e := m.of(v, at, p)
	e.Agent = v.Agent
	m.out.Emit(e)
}

// coded maps CALLSTATUS(code) of FreePBX: the agent's result code.
func (m *mapper) coded(r *row) error {
	if blank(r.arg(1)) || noCall(r.call) {
		return m.keep(r)
	}
	code, err := m.setup.Names.Code(r.arg(1))
	if err != nil {
		return err
	}
	e := m.at(r.at, &event.InteractionCoded{Code: code})
	e.Interaction = m.interaction(r.call)
	if v := m.calls.get(r.call, r.queue); v != nil {
		e.Visit, e.Queue, e.Agent, e.Party = v.ID, v.Queue, v.Agent, v.Party
	} else if !blank(r.agent) { // the code comes after COMPLETE as a rule
		if e.Agent, err = m.setup.Names.Agent(r.agent); err != nil {
			return err
		}
	}
	m.out.Emit(e)
	return nil
}

// release ends a conversation: at once, or after the wrap-up that is derived.
func (m *mapper) release(v *visit, end ending) {
	m.unhold(v, end.at)
	m.calls.remove(v)
	w := &wrap{Visit: *v, Ended: end.at, Prec: m.row.precision}
	w.Done = event.VisitHandled{
		JoinedAt: v.Joined, AnsweredAt: v.Answered, TalkUs: max(end.talk-v.Hold, 0), HoldUs: v.Hold,
		HungUpBy: end.by, TransferredTo: end.target,
	}
	a := m.agents[v.AgentName]
	if m.cap == 0 || end.cause != "" {
		m.handled(w, 0, end.cause)
		m.setState(a, end.at, a.rest(), a.Reason)
		return
	}
	w.Done.WrapUpDerived = true
	m.wraps = append(m.wraps, w)
	m.setState(a, end.at, event.WrapUp, "")
	if len(m.wraps)*w.Visit.weight() > maxWrapBytes { // far more agents than any centre has
		m.endWraps(m.wraps[0].Ended + m.cap)
	}
}

func (m *mapper) handled(w *wrap, wrapUp int64, cause string) {
	w.closed = true
	w.Done.WrapUpUs = wrapUp
	e := m.of(&w.Visit, w.Ended+wrapUp, &w.Done)
	e.Agent, e.Cause, e.Precision = w.Visit.Agent, cause, w.Prec
	m.out.Emit(e)
}

// endWraps ends the wrap-ups that have reached their cap.
func (m *mapper) endWraps(at int64) {
	for len(m.wraps) > 0 && (m.wraps[0].closed || m.wraps[0].Ended+m.cap <= at) {
		w := m.wraps[0]
		m.wraps = m.wraps[1:]
		if w.closed {
			continue
		}
		m.handled(w, m.cap, "")
		a := m.agents[w.Visit.AgentName]
		m.setState(a, w.Ended+m.cap, a.rest(), a.Reason)
	}
}

// endWrapOf ends the wrap-up of an agent who does something else.
func (m *mapper) endWrapOf(a *agent, at int64) {
	for _, w := range m.wraps {
		if w.closed || w.Visit.Agent != a.ID {
			continue
		}
		gap := min(max(at-w.Ended, 0), m.cap)
		m.handled(w, gap, "")
		m.setState(a, w.Ended+gap, a.rest(), a.Reason)
	}
}
