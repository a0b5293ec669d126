package ivr

import (
	"maps"
	"slices"
	"strings"

	"github.com/agner-platform/agner/internal/event"
)

// Causes of a flow that ended by itself.
const (
	CauseLimit = "flow_limit" // longer in the flow than its limit
)

// swallowUs is how long after a full-length entry its terminator is still
// expected: callers who were told to end with # do so although it is not needed.
const swallowUs = 2_000_000

// Machine is one caller's walk through a flow. It is not safe for concurrent use.
type Machine struct {
	flow *Flow
	call Call

	attrs    map[string]string
	skills   []string
	priority int64

	at        *node
	entered   int64 // the flow
	since     int64 // the present attempt at the node
	attempt   int
	digits    string
	ahead     string // keys typed before they were asked for
	swallow   string
	swallowBy int64
	wait      Waiting

	requests int // counter
	play     int // running requests, 0: none
	timer    int
	fetch    int
	result   int
	limit    int

	out Out
}

// Start lets a caller enter the flow.
func (f *Flow) Start(c Call, now int64) (*Machine, Out) {
	m := &Machine{flow: f, call: c, attrs: map[string]string{}, entered: now}
	for k, v := range c.Attributes {
		m.attrs[k] = cut(v)
	}
	m.fact(now, &event.IVREntered{Flow: f.Name, Number: c.Number})
	m.limit = m.startTimer(f.limit)
	m.enter(f.First, now)
	return m, m.take()
}

// Step takes an input. After the end of the flow it returns nothing.
func (m *Machine) Step(in Input, now int64) Out {
	if m.at == nil {
		return Out{}
	}
	switch in := in.(type) {
	case Key:
		if len(in.Key) == 1 && strings.Contains("0123456789*#", in.Key) {
			m.onKey(in.Key, now)
		}
	case Played:
		if in.Request == m.play && m.play != 0 {
			m.play = 0
			m.onPlayed(now)
		}
	case Fired:
		m.onTimer(in.Request, now)
	case Looked:
		if in.Request == m.fetch && m.fetch != 0 {
			m.fetch = 0
			m.onReply(in, now)
		}
	case Resulted:
		if in.Request == m.result && m.result != 0 {
			m.result = 0
			m.onResult(in, now)
		}
	case Gone:
		m.step("", now)
		m.leave(event.IVRHungUp, in.Cause, now)
	}
	return m.take()
}

// Done reports whether the flow is over.
func (m *Machine) Done() bool { return m.at == nil }

// Node returns the name of the present node, or "" after the end.
func (m *Machine) Node() string {
	if m.at == nil {
		return ""
	}
	return m.at.name
}

// Waiting returns what the machine waits for.
func (m *Machine) Waiting() Waiting { return m.wait }

// Attributes returns a copy of what is known of the caller.
func (m *Machine) Attributes() map[string]string { return maps.Clone(m.attrs) }

func (m *Machine) take() Out {
	out := m.out
	m.out = Out{}
	return out
}

func (m *Machine) do(a Action) { m.out.Actions = append(m.out.Actions, a) }

func (m *Machine) fact(now int64, p event.Payload) *event.Event {
	e := event.New(now, p)
	e.Interaction, e.Leg, e.Site, e.Party = m.call.Interaction, m.call.Leg, m.call.Site, m.call.Party
	m.out.Facts = append(m.out.Facts, e)
	return &m.out.Facts[len(m.out.Facts)-1]
}

func (m *Machine) request() int {
	m.requests++
	return m.requests
}

func (m *Machine) startTimer(us int64) int {
	id := m.request()
	m.do(SetTimer{Request: id, AfterUs: us})
	return id
}

// arm replaces the running timer of the node.
func (m *Machine) arm(us int64) {
	m.disarm()
	m.timer = m.startTimer(us)
}

func (m *Machine) disarm() {
	if m.timer != 0 {
		m.do(StopTimer{m.timer})
		m.timer = 0
	}
}

// say plays prompts with their placeholders filled in; without prompts it goes on at once.
func (m *Machine) say(prompts []Prompt, now int64) {
	if len(prompts) == 0 {
		m.onPlayed(now)
		return
	}
	filled := slices.Clone(prompts)
	for i := range filled {
		filled[i].Text = m.fill(filled[i].Text, plain)
	}
	m.play, m.wait = m.request(), ForPrompt
	m.do(PlayPrompts{Request: m.play, Prompts: filled})
}

func (m *Machine) stopPlaying() {
	if m.play != 0 {
		m.do(StopPlaying{m.play})
		m.play = 0
	}
}

// pass notes that the caller passed the node with an input, and goes on.
func (m *Machine) pass(input, to string, now int64) {
	m.step(input, now)
	m.enter(to, now)
}

func (m *Machine) step(input string, now int64) {
	m.fact(now, &event.IVRStepTaken{Node: m.at.name, Input: input, Attempt: int64(m.attempt), SpentUs: max(0, now-m.since)})
	m.since = now
}

// finish notes the last node and ends the flow with an action.
func (m *Machine) finish(outcome event.IVROutcome, a Action, now int64) {
	m.step("", now)
	m.leave(outcome, "", now)
	m.do(a)
}

// leave ends the flow: what still runs is stopped.
func (m *Machine) leave(outcome event.IVROutcome, cause string, now int64) {
	m.stopPlaying()
	m.disarm()
	if m.limit != 0 {
		m.do(StopTimer{m.limit})
	}
	if m.fetch != 0 {
		m.do(StopFetch{m.fetch})
	}
	if m.result != 0 && m.at.kind == Transfer {
		m.do(StopDial{m.result})
	}
	e := m.fact(now, &event.IVRLeft{Outcome: outcome, Flow: m.flow.Name, LastNode: m.at.name, EnteredAt: m.entered, SpentUs: max(0, now-m.entered)})
	e.Cause = cause
	m.at, m.wait, m.limit, m.fetch, m.result = nil, ForNobody, 0, 0, 0
}
