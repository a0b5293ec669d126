package callcenter

import (
	"strconv"
	"strings"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/ingest/feed"
)

// agent is one as far as the dump shows.
type agent struct {
	ID      string      `json:"id"`
	Present bool        `json:"present,omitempty"`
	Break   bool        `json:"break,omitempty"`
	Since   int64       `json:"since,omitempty"`
	State   event.State `json:"state,omitempty"`
	StateAt int64       `json:"state_at,omitempty"`
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// agent returns the agent of the event.
func (m *mapper) agent() (*agent, error) {
	name := m.h["CC-Agent"]
	if name == "" {
		return nil, feed.Rejectf("%s without CC-Agent", m.h["CC-Action"])
	}
	id, err := m.setup.Names.Agent(name)
	if err != nil {
		return nil, err
	}
	a, ok := m.agents[name]
	if !ok {
		if len(m.agents) >= maxAgents || len(name) > 80 {
			return nil, feed.Rejectf("more agents, or longer names, than an import can hold")
		}
		a = &agent{ID: id}
		m.agents[strings.Clone(name)] = a
	}
	return a, nil
}

// statusChanged maps agent-status-change, which a person makes.
func (m *mapper) statusChanged() error {
	a, err := m.agent()
	if err != nil {
		return err
	}
	switch status := m.h["CC-Agent-Status"]; status {
	case "Logged Out":
		m.depart(a)
		return nil
	case "Available", "Available (On Demand)":
		a.Break = false
	case "On Break":
		a.Break = true
	default:
		return m.keep("agent-status-change")
	}
	m.arrive(a)
	if a.State != event.Talking && a.State != event.Reserved {
		m.setState(a, a.rest(), m.h["CC-Agent-Status"])
	}
	return nil
}

// stateChanged maps agent-state-change, which the engine makes.
func (m *mapper) stateChanged() error {
	a, err := m.agent()
	if err != nil {
		return err
	}
	switch m.h["CC-Agent-State"] {
	case "Receiving", "Reserved":
		m.arrive(a)
		m.setState(a, event.Reserved, "")
	case "In a queue call":
		m.arrive(a)
		m.setState(a, event.Talking, "")
	case "Waiting":
		m.setState(a, a.rest(), "")
	case "Idle":
		m.setState(a, event.OtherState, "Idle")
	default:
		return m.keep("agent-state-change")
	}
	return nil
}

func (a *agent) rest() event.State {
	if a.Break {
		return event.OnBreak
	}
	return event.Available
}

// arrive signs in an agent in whose presence the event shows.
func (m *mapper) arrive(a *agent) {
	if a.Present {
		return
	}
	e := event.New(m.at, &event.AgentSignedIn{})
	e.Agent = a.ID
	m.out.Emit(e)
	a.Present, a.Since, a.State, a.StateAt = true, m.at, event.Offline, m.at
}

// depart signs an agent out. One whose sign-in is before the dump gets nothing.
func (m *mapper) depart(a *agent) {
	if !a.Present {
		return
	}
	m.setState(a, event.Offline, "")
	e := event.New(m.at, &event.AgentSignedOut{SpentUs: max(m.at-a.Since, 0)})
	e.Agent = a.ID
	m.out.Emit(e)
	*a = agent{ID: a.ID}
}

// setState publishes a change of an agent who is present.
func (m *mapper) setState(a *agent, to event.State, reason string) {
	if !a.Present || a.State == to {
		return
	}
	if to == event.Available {
		reason = ""
	}
	e := event.New(m.at, &event.AgentStateChanged{From: a.State, To: to, Reason: reason, SpentUs: max(m.at-a.StateAt, 0)})
	e.Agent = a.ID
	m.out.Emit(e)
	a.State, a.StateAt = to, m.at
}
