package fscdr

import (
	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/ingest/feed"
)

// vars are a channel's variables.
type vars map[string]string

// mapper maps one record.
type mapper struct {
	setup   feed.Setup
	vars    vars
	out     *feed.Out
	quality *event.MediaQuality

	id, party  string
	start, end int64
	answered   int64
	precision  event.Precision
}

// run publishes the record's call and visit.
func (m *mapper) run() error {
	if m.vars["cc_side"] == "agent" {
		return feed.Skipf("leg of an agent: the member's record tells of the call")
	}
	m.id = m.vars["uuid"]
	if m.id == "" || len(m.id) > 100 {
		return feed.Rejectf("uuid is missing or too long")
	}
	if err := m.times(); err != nil {
		return err
	}
	var err error
	if m.party, err = m.setup.Names.Party(m.vars["caller_id_number"]); err != nil {
		return err
	}
	v, err := m.visit()
	if err != nil {
		return err
	}
	m.offered()
	if v != nil {
		m.emitVisit(v)
	}
	return m.ended()
}

// times reads start, answer and end.
func (m *mapper) times() error {
	var err error
	if m.start, err = m.at("start", 0); err != nil {
		return err
	}
	if m.end, err = m.at("end", m.start); err != nil {
		return err
	}
	if m.answered, err = m.at("answer", m.start); err != nil {
		return err
	}
	switch {
	case m.start == 0:
		return feed.Rejectf("start time is missing")
	case m.end < m.start || m.answered != 0 && (m.answered < m.start || m.end < m.answered):
		return feed.Rejectf("call ends or is answered before it starts")
	}
	return nil
}

// at reads NAME_uepoch, or else the local NAME_stamp; 0 means that it did not
// happen. base is the call's start, 0 for the start itself.
func (m *mapper) at(name string, base int64) (int64, error) {
	var s feed.Stamp
	var err error
	switch us, stamp := m.vars[name+"_uepoch"], m.vars[name+"_stamp"]; {
	case us != "" && us != "0":
		s, err = feed.ParseEpoch(us, 1)
	case stamp != "":
		s, err = feed.ParseStamp(stamp)
	default:
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	if base == 0 {
		m.precision = s.Precision
		return m.setup.Clock.Lead(s)
	}
	return m.setup.Clock.After(s, base)
}

// of returns an event of the call.
func (m *mapper) of(us int64, p event.Payload) event.Event {
	e := event.New(us, p)
	e.Interaction, e.Party, e.Precision = feed.ID(m.setup.Stream, "call", m.id), m.party, m.precision
	return e
}

func (m *mapper) offered() {
	dir := event.Inbound
	if m.vars["direction"] == "outbound" {
		dir = event.Outbound
	}
	dnis := feed.Clip(m.vars["destination_number"], 64)
	m.out.Emit(m.of(m.start, &event.CallOffered{Direction: dir, DNIS: dnis, Codec: feed.Clip(m.vars["read_codec"], 32)}))
	if m.answered != 0 {
		m.out.Emit(m.of(m.answered, &event.CallAnswered{RingUs: m.answered - m.start}))
	}
}

func (m *mapper) ended() error {
	p := &event.CallEnded{OfferedAt: m.start, AnsweredAt: m.answered, RingUs: m.end - m.start, Quality: m.quality}
	if m.answered != 0 {
		hold, err := feed.ParseSeconds(m.vars["hold_accum_ms"], 1000)
		if err != nil {
			return feed.Rejectf("hold_accum_ms: %v", err)
		}
		p.HoldUs = min(hold, m.end-m.answered)
		p.RingUs, p.TalkUs = m.answered-m.start, max(m.end-m.answered-p.HoldUs, 0)
	}
	switch m.vars["sip_hangup_disposition"] {
	case "recv_bye", "recv_cancel", "recv_refuse":
		p.By = event.Customer
	case "send_bye", "send_cancel", "send_refuse":
		p.By = event.System
	}
	e := m.of(m.end, p)
	e.Cause = feed.Clip(m.vars["hangup_cause"], 64)
	m.out.Emit(e)
	return nil
}

// visit is a passage through a mod_callcenter queue.
type visit struct {
	id, queue, agent  string
	joined, left, end int64
	exit              event.Exit
	cause             string
}

// visit reads the cc_ variables; nil means that the caller was in no queue.
func (m *mapper) visit() (*visit, error) {
	if m.vars["cc_side"] != "member" || m.vars["cc_queue"] == "" || m.vars["cc_queue_joined_epoch"] == "" {
		return nil, nil
	}
	v := &visit{cause: feed.Clip(m.vars["cc_cancel_reason"], 64)}
	var err error
	if v.queue, err = m.setup.Names.Queue(m.vars["cc_queue"]); err != nil {
		return nil, err
	}
	if v.joined, err = m.epoch("cc_queue_joined_epoch"); err != nil {
		return nil, err
	}
	if v.left, err = m.epoch("cc_queue_answered_epoch"); err != nil {
		return nil, err
	}
	v.id = feed.ID(m.setup.Stream, "visit", m.id, m.vars["cc_member_uuid"])
	if v.left != 0 {
		return v, m.answeredVisit(v)
	}
	if v.left, err = m.epoch("cc_queue_canceled_epoch"); err != nil {
		return nil, err
	}
	if v.left == 0 {
		v.left = m.end
	}
	v.exit = exits[v.cause]
	if v.exit == "" {
		v.exit = event.Abandoned // NONE and BREAK_OUT: the caller hung up
	}
	return v, m.check(v)
}

// exits by cc_cancel_reason.
var exits = map[string]event.Exit{
	"TIMEOUT": event.TimedOut, "NO_AGENT_TIMEOUT": event.NoAgents, "EXIT_WITH_KEY": event.KeyExit,
}

// answeredVisit reads who answered and until when.
func (m *mapper) answeredVisit(v *visit) error {
	v.exit = event.Answered
	var err error
	if v.agent, err = m.setup.Names.Agent(m.vars["cc_agent"]); err != nil {
		return err
	}
	if v.end, err = m.epoch("cc_queue_terminated_epoch"); err != nil {
		return err
	}
	if v.end == 0 {
		v.end = m.end
	}
	return m.check(v)
}

func (m *mapper) check(v *visit) error {
	if v.left < v.joined || v.end != 0 && v.end < v.left {
		return feed.Rejectf("the queue's times run backwards")
	}
	return nil
}

// epoch reads a time in whole seconds; 0 and empty mean that it did not happen.
func (m *mapper) epoch(name string) (int64, error) {
	v := m.vars[name]
	if v == "" || v == "0" {
		return 0, nil
	}
	s, err := feed.ParseEpoch(v, feed.Second)
	if err != nil {
		return 0, feed.Rejectf("%s: %v", name, err)
	}
	return m.setup.Clock.After(s, 0)
}

func (m *mapper) emitVisit(v *visit) {
	for _, p := range []struct {
		at      int64
		payload event.Payload
	}{
		{v.joined, &event.QueueJoined{}},
		{v.left, &event.QueueLeft{Exit: v.exit, JoinedAt: v.joined, WaitUs: v.left - v.joined}},
		{v.end, &event.VisitHandled{JoinedAt: v.joined, AnsweredAt: v.left, TalkUs: v.end - v.left}},
	} {
		if p.at == 0 {
			continue // not answered
		}
		e := m.of(p.at, p.payload)
		e.Visit, e.Queue, e.Precision = v.id, v.queue, event.Second
		if e.Kind != event.KindQueueJoined {
			e.Agent, e.Cause = v.agent, v.cause
		}
		m.out.Emit(e)
	}
}
