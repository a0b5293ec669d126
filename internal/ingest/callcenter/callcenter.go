package callcenter

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/ingest/feed"
)

// Name is the format's name.
const Name = "callcenter"

// Format describes the format.
func Format() feed.Format {
	return feed.Format{Name: Name, Growing: true, Split: split, Open: open}
}

func open(s feed.Setup) (feed.Mapper, error) {
	m := &mapper{setup: s, members: map[string]*visit{}, agents: map[string]*agent{}}
	if len(s.State) > 0 {
		if err := m.restore(s.State); err != nil {
			return nil, fmt.Errorf("state of the import: %w", err)
		}
	}
	return m, nil
}

// maxMembers and maxAgents bound the state: with ids of up to 100 bytes, and the
// usual 36, they stay within feed.StateBytes.
const (
	maxMembers = 2500
	maxAgents  = 2500
	maxRinging = 4000 // offers that ring at once, to all agents
)

// staleUs is after how long a member without news counts as lost.
const staleUs = 24 * 3600 * feed.Second

// mapper maps the events of one file.
type mapper struct {
	setup   feed.Setup
	members map[string]*visit // by CC-Member-UUID
	agents  map[string]*agent // by name
	out     *feed.Out
	at      int64
	h       headers
	swept   int64
	ringing int // offers that have not ended
}

// visit is a member who is in a queue or talks to its agent.
type visit struct {
	Member   string  `json:"member"`
	Session  string  `json:"session,omitempty"`
	ID       string  `json:"id"`
	Queue    string  `json:"queue"`
	Party    string  `json:"party,omitempty"`
	Joined   int64   `json:"joined"`
	Answered int64   `json:"answered,omitempty"`
	Agent    string  `json:"agent,omitempty"`
	HungUp   bool    `json:"hung_up,omitempty"` // the session's hang-up was seen
	Handled  bool    `json:"handled,omitempty"`
	Attempts int64   `json:"attempts,omitempty"`
	Offers   []offer `json:"offers,omitempty"`
}

// offer is one that has not ended.
type offer struct {
	ID    string `json:"id"`
	Agent string `json:"agent"`
	At    int64  `json:"at"`
}

// Map maps the events of one record.
func (m *mapper) Map(rec feed.Record, out *feed.Out) error {
	list, err := decode(rec.Text)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return feed.Skipf("not an event (socket protocol)")
	}
	m.out = out
	var bad, skipped error
	mapped := false
	for _, h := range list {
		err := m.one(h)
		var skip *feed.Skip
		switch {
		case err == nil:
			mapped = true
			out.Keep()
			continue
		case errors.As(err, &skip):
			skipped = err
		default:
			bad = err
		}
		out.Discard()
	}
	if bad == nil && !mapped {
		return skipped
	}
	return bad
}

// handler maps one CC-Action.
type handler func(m *mapper) error

var handlers = map[string]handler{
	"member-queue-start": (*mapper).joined, "member-queue-resume": (*mapper).joined,
	"member-queue-end": (*mapper).ended,
	"agent-offering":   (*mapper).offering, "bridge-agent-start": (*mapper).bridged,
	"bridge-agent-fail": (*mapper).failed, "bridge-agent-end": (*mapper).released,
	"agent-status-change": (*mapper).statusChanged, "agent-state-change": (*mapper).stateChanged,
}

func (m *mapper) one(h headers) error {
	m.h = h
	name := h["Event-Name"]
	if name != "CUSTOM" && name != "CHANNEL_HANGUP_COMPLETE" {
		return feed.Skipf("other FreeSWITCH event")
	}
	s, err := feed.ParseEpoch(h["Event-Date-Timestamp"], 1)
	if err != nil {
		return feed.Rejectf("Event-Date-Timestamp is missing or no number")
	}
	if m.at, err = m.setup.Clock.Lead(s); err != nil {
		return err
	}
	m.sweep()
	switch h["Event-Subclass"] {
	case "callcenter::info":
	case "fifo::info":
		return m.keep("fifo:" + h["FIFO-Action"])
	default:
		if name == "CHANNEL_HANGUP_COMPLETE" {
			return m.hungUp()
		}
		return feed.Skipf("other FreeSWITCH event")
	}
	action := h["CC-Action"]
	if action == "members-count" {
		return feed.Skipf("members-count: a count that follows from joins and exits")
	}
	if f, ok := handlers[action]; ok {
		return f(m)
	}
	return m.keep(action)
}

// keep publishes an action without a kind of ours, with its CC- headers.
func (m *mapper) keep(action string) error {
	if action == "" || len(action) > 64 {
		return feed.Rejectf("CC-Action is empty or longer than 64 bytes")
	}
	var names []string
	for k := range m.h {
		if (strings.HasPrefix(k, "CC-") || strings.HasPrefix(k, "FIFO-")) && !personal(k) {
			names = append(names, k)
		}
	}
	slices.Sort(names)
	values := make([]string, len(names))
	for i, k := range names {
		v, err := m.public(k)
		if err != nil {
			return err
		}
		values[i] = k + "=" + v
	}
	var err error
	e := event.New(m.at, &event.ImportRaw{Format: Name, Name: action, Fields: values})
	if a := m.h["CC-Agent"]; a != "" {
		if e.Agent, err = m.setup.Names.Agent(a); err != nil {
			return err
		}
	}
	m.out.Emit(e)
	m.out.Raw()
	return nil
}

// public returns a header's value, a caller's number as its pseudonym.
func (m *mapper) public(header string) (string, error) {
	if strings.HasSuffix(header, "Number") {
		return m.setup.Names.Party(m.h[header])
	}
	return feed.Clip(m.h[header], 200), nil
}

// personal reports headers that hold names, or contacts with numbers in them.
func personal(header string) bool {
	return strings.HasSuffix(header, "CID-Name") || strings.HasSuffix(header, "-Contact")
}

// hungUp notes that a caller's channel ended: it confirms an abandonment.
func (m *mapper) hungUp() error {
	for _, v := range m.members {
		if v.Session != "" && v.Session == m.h["Unique-ID"] {
			v.HungUp = true
		}
	}
	return feed.Skipf("CHANNEL_HANGUP_COMPLETE (confirms how members left)")
}

// sweep closes members without news for a day, once an hour of log time.
func (m *mapper) sweep() {
	if m.at < m.swept+3600*feed.Second {
		return
	}
	m.swept = m.at
	for _, v := range m.open() {
		if v.Joined < m.at-staleUs {
			m.setup.Warn("member was open for a day without member-queue-end: closed as lost")
			m.lose(v, v.Joined+staleUs, "never_closed")
		}
	}
	m.out.Keep()
}

// open returns the open visits by the time they joined.
func (m *mapper) open() []*visit {
	list := make([]*visit, 0, len(m.members))
	for _, v := range m.members {
		list = append(list, v)
	}
	slices.SortFunc(list, func(a, b *visit) int {
		if a.Joined != b.Joined {
			return int(a.Joined/1000 - b.Joined/1000)
		}
		return strings.Compare(a.Member, b.Member)
	})
	return list
}

// End has nothing to close: members may still be waiting.
func (*mapper) End(*feed.Out) error { return nil }

// state is the mapper between two runs.
type state struct {
	Visits []*visit          `json:"visits,omitempty"`
	Agents map[string]*agent `json:"agents,omitempty"`
	Swept  int64             `json:"swept,omitempty"`
}

// State returns open members and agents.
func (m *mapper) State() (json.RawMessage, error) {
	return json.Marshal(state{m.open(), m.agents, m.swept})
}

func (m *mapper) restore(text json.RawMessage) error {
	var s state
	if err := json.Unmarshal(text, &s); err != nil {
		return err
	}
	for _, v := range s.Visits {
		m.members[v.Member] = v
		m.ringing += len(v.Offers)
	}
	if s.Agents != nil {
		m.agents = s.Agents
	}
	m.swept = s.Swept
	return nil
}
