package queuelog

import (
	"slices"
	"strings"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/ingest/feed"
)

// agent is a member of queues as far as the log shows.
type agent struct {
	ID      string      `json:"id"`
	Present bool        `json:"present,omitempty"` // a row said so
	Since   int64       `json:"since,omitempty"`   // of presence
	Queues  []string    `json:"queues,omitempty"`  // names of queues joined by ADDMEMBER
	Paused  []string    `json:"paused,omitempty"`  // queues paused one by one; "" is all
	Reason  string      `json:"reason,omitempty"`  // of the pause
	State   event.State `json:"state,omitempty"`
	StateAt int64       `json:"state_at,omitempty"`
}

// agent returns the agent of a name.
func (m *mapper) agent(name string) (*agent, error) {
	if blank(name) {
		return nil, feed.Rejectf("row names no agent")
	}
	id, err := m.setup.Names.Agent(name)
	if err != nil {
		return nil, err
	}
	a, ok := m.agents[name]
	if !ok {
		if len(name) > maxAgentName {
			return nil, feed.Rejectf("agent name is longer than %d bytes", maxAgentName)
		}
		if m.known > maxAgentBytes {
			m.forget()
		}
		if m.known > maxAgentBytes {
			return nil, feed.Rejectf("more agents are signed in than an import can hold")
		}
		a = &agent{ID: id}
		m.agents[strings.Clone(name)] = a
		m.known += a.weight(name)
	}
	return a, nil
}

// weight is how much of a state's names and ids are the agent's.
func (a *agent) weight(name string) int {
	w := len(name) + len(a.ID) + len(a.Reason)
	for _, q := range a.Queues {
		w += len(q)
	}
	for _, q := range a.Paused {
		w += len(q)
	}
	return w
}

// forget drops agents who are neither present nor in a call, and weighs the rest.
func (m *mapper) forget() {
	busy := map[string]bool{}
	for _, v := range m.calls.list() {
		busy[v.AgentName] = true
	}
	for _, w := range m.wraps {
		busy[w.Visit.AgentName] = true
	}
	m.known = 0
	for name, a := range m.agents {
		if !a.Present && !busy[name] {
			delete(m.agents, name)
			continue
		}
		m.known += a.weight(name)
	}
}

// remember adds a queue's name to a list of the agent's, within bounds.
func (m *mapper) remember(list []string, queue string) []string {
	if slices.Contains(list, queue) || m.known > maxAgentBytes {
		return list
	}
	m.known += len(queue)
	return append(list, queue)
}

// rest is the agent's state outside of calls.
func (a *agent) rest() event.State {
	if !a.allPaused() {
		return event.Available
	}
	return pauseState(a.Reason)
}

// allPaused reports a pause in all queues, or in all that the log knows of.
func (a *agent) allPaused() bool {
	return slices.Contains(a.Paused, "") || len(a.Paused) > 0 && len(a.Paused) >= len(a.Queues)
}

// pauseState finds the state that a pause reason means.
func pauseState(reason string) event.State {
	r := strings.ToLower(reason)
	for _, s := range []struct {
		word  string
		state event.State
	}{
		{"lunch", event.OnMeal}, {"meal", event.OnMeal}, {"dinner", event.OnMeal},
		{"train", event.InTraining}, {"coach", event.InTraining}, {"meeting", event.InMeeting},
	} {
		if strings.Contains(r, s.word) {
			return s.state
		}
	}
	return event.OnBreak
}

// setState publishes a change of an agent who is known to be present.
func (m *mapper) setState(a *agent, at int64, to event.State, reason string) {
	if a == nil || !a.Present || a.State == to {
		return
	}
	if to == event.Available {
		reason = ""
	}
	at = max(at, a.StateAt)
	e := m.at(at, &event.AgentStateChanged{From: a.State, To: to, Reason: reason, SpentUs: at - a.StateAt})
	e.Agent = a.ID
	m.out.Emit(e)
	a.State, a.StateAt = to, at
}

// arrive signs an agent in whose presence a row shows.
func (m *mapper) arrive(a *agent, r *row) error {
	if a.Present {
		return nil
	}
	in := &event.AgentSignedIn{}
	if !blank(r.queue) {
		q, err := m.setup.Names.Queue(r.queue)
		if err != nil {
			return err
		}
		in.Queues = []string{q}
	}
	e := m.at(r.at, in)
	e.Agent = a.ID
	m.out.Emit(e)
	a.Present, a.Since, a.State, a.StateAt = true, r.at, event.Offline, r.at
	return nil
}

// depart signs an agent out.
func (m *mapper) depart(a *agent, at int64, cause string) {
	if !a.Present {
		return
	}
	m.setState(a, at, event.Offline, "")
	e := m.at(max(at, a.Since), &event.AgentSignedOut{SpentUs: max(at-a.Since, 0)})
	e.Agent, e.Cause = a.ID, cause
	m.out.Emit(e)
	*a = agent{ID: a.ID}
}

// signOutAll signs every agent out, in the order of their names.
func (m *mapper) signOutAll(at int64, cause string) {
	names := make([]string, 0, len(m.agents))
	for n := range m.agents {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		m.depart(m.agents[n], at, cause)
	}
}

// memberAdded maps ADDMEMBER and ADDMEMBER2: "PAUSED" or nothing. The first queue
// signs the agent in; further ones are kept raw.
func (m *mapper) memberAdded(r *row) error {
	a, err := m.agent(r.agent)
	if err != nil {
		return err
	}
	first := !a.Present
	if err := m.arrive(a, r); err != nil {
		return err
	}
	a.Queues = m.remember(a.Queues, strings.Clone(r.queue))
	if r.arg(1) == "PAUSED" {
		m.pause(a, r.queue, "")
	}
	if !first {
		return m.keep(r)
	}
	m.setState(a, r.at, a.rest(), a.Reason)
	return nil
}

// memberRemoved maps REMOVEMEMBER: leaving the last queue signs the agent out.
func (m *mapper) memberRemoved(r *row) error {
	a, err := m.agent(r.agent)
	if err != nil {
		return err
	}
	a.Queues = slices.DeleteFunc(a.Queues, func(q string) bool { return q == r.queue })
	a.Paused = slices.DeleteFunc(a.Paused, func(q string) bool { return q == r.queue })
	if !a.Present || len(a.Queues) > 0 {
		return m.keep(r)
	}
	m.endWrapOf(a, r.at)
	m.depart(a, r.at, "")
	return nil
}

// loggedIn maps AGENTLOGIN: channel.
func (m *mapper) loggedIn(r *row) error {
	a, err := m.agent(r.agent)
	if err != nil {
		return err
	}
	if a.Present {
		return m.keep(r)
	}
	if err := m.arrive(a, r); err != nil {
		return err
	}
	m.setState(a, r.at, a.rest(), a.Reason)
	return nil
}

// loggedOff maps AGENTLOGOFF: channel, seconds logged in. An agent whose login is
// before the log gets only the sign-out.
func (m *mapper) loggedOff(r *row) error {
	a, err := m.agent(r.agent)
	if err != nil {
		return err
	}
	m.endWrapOf(a, r.at)
	if !a.Present {
		a.Present, a.Since, a.State, a.StateAt = true, r.at-m.seconds(r.arg(2), 0), event.Offline, r.at
	}
	m.depart(a, r.at, "")
	return nil
}

// pause notes that the agent is paused in a queue; "" or NONE means all.
func (m *mapper) pause(a *agent, queue, reason string) {
	if blank(queue) {
		queue = ""
	}
	a.Paused = m.remember(a.Paused, strings.Clone(queue))
	if reason != "" {
		a.Reason = reason
	}
}

// paused maps PAUSE and PAUSEALL: reason.
func (m *mapper) paused(r *row) error {
	a, err := m.agent(r.agent)
	if err != nil {
		return err
	}
	if err := m.arrive(a, r); err != nil {
		return err
	}
	m.endWrapOf(a, r.at)
	queue := r.queue
	if r.event == "PAUSEALL" {
		queue = ""
	}
	m.pause(a, queue, feed.Clip(r.arg(1), 64))
	return m.settle(a, r)
}

// unpaused maps UNPAUSE and UNPAUSEALL.
func (m *mapper) unpaused(r *row) error {
	a, err := m.agent(r.agent)
	if err != nil {
		return err
	}
	if err := m.arrive(a, r); err != nil {
		return err
	}
	if r.event == "UNPAUSEALL" || blank(r.queue) {
		a.Paused = nil
	} else {
		a.Paused = slices.DeleteFunc(a.Paused, func(q string) bool { return q == r.queue || q == "" })
	}
	if len(a.Paused) == 0 {
		a.Reason = ""
	}
	return m.settle(a, r)
}

// settle puts an agent who is not in a call into the state that the pauses give.
// A row that changes nothing yet is kept raw.
func (m *mapper) settle(a *agent, r *row) error {
	busy := a.State == event.Talking || a.State == event.OnHold || a.State == event.Reserved
	if busy || a.State == a.rest() {
		return m.keep(r)
	}
	m.setState(a, r.at, a.rest(), a.Reason)
	return nil
}

// pauseReason maps PAUSEREASON(code) of FreePBX: the reason of the pause that runs.
func (m *mapper) pauseReason(r *row) error {
	a, err := m.agent(r.agent)
	if err != nil {
		return err
	}
	if len(a.Paused) == 0 || r.arg(1) == "" {
		return m.keep(r)
	}
	a.Reason = feed.Clip(r.arg(1), 64)
	at := max(r.at, a.StateAt)
	e := m.at(at, &event.AgentStateChanged{From: a.State, To: pauseState(a.Reason), Reason: a.Reason, SpentUs: at - a.StateAt})
	e.Agent = a.ID
	m.out.Emit(e)
	a.State, a.StateAt = pauseState(a.Reason), at
	return nil
}
