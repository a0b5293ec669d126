package queuelog

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/ingest/feed"
)

// Name is the format's name.
const Name = "queue_log"

// Format describes the format.
func Format() feed.Format {
	return feed.Format{Name: Name, Growing: true, Split: feed.Lines, Open: open}
}

func open(s feed.Setup) (feed.Mapper, error) {
	m := &mapper{setup: s, cap: s.WrapUpCap.Microseconds()}
	m.reset()
	if len(s.State) > 0 {
		if err := m.restore(s.State); err != nil {
			return nil, err
		}
		m.fresh = !s.SameFile
		if m.fresh {
			m.layout, m.entries = layout{}, entries{}
		}
	}
	return m, nil
}

// Bounds of what a hostile log can keep open.
const (
	// Shares of feed.StateBytes: a call has some 70 bytes of names and ids, so that
	// 3,700 may be open, 1,300 in wrap-up, and 3,000 agents known.
	maxOpenBytes  = 256 << 10
	maxWrapBytes  = 96 << 10
	maxAgentBytes = 192 << 10

	staleUs  = 24 * 3600 * 1_000_000 // a caller who waits a day was forgotten by the log
	behindUs = 3600 * 1_000_000      // how far back a new file may begin and still be the successor
)

// mapper maps the rows of one file.
type mapper struct {
	setup  feed.Setup
	cap    int64 // wrap-up cap, µs
	layout layout
	fresh  bool // first row of a new file with the state of the one before
	behind bool // the file is older than what was imported before: nothing follows it

	calls   *calls
	agents  map[string]*agent
	known   int     // bytes of names in agents
	wraps   []*wrap // answered visits whose wrap-up runs, in the order they ended
	last    int64   // time of the row before, UTC µs
	entries entries
	out     *feed.Out
	row     row
}

func (m *mapper) reset() {
	m.calls, m.agents, m.wraps, m.known = newCalls(), map[string]*agent{}, nil, 0
}

// Map maps one row.
func (m *mapper) Map(rec feed.Record, out *feed.Out) error {
	if !m.layout.Known {
		l, header, err := detect(rec.Text)
		if err != nil {
			return m.notFirst(err, rec)
		}
		m.layout = l
		if header {
			return feed.ErrHeader
		}
	}
	m.out = out
	m.row = row{line: rec.Line, data: m.row.data[:0]}
	r := &m.row
	stamp, err := m.layout.parse(rec.Text, r)
	if err != nil {
		return err
	}
	s, err := stampOf(stamp)
	if err != nil {
		return err
	}
	r.precision = s.Precision
	if r.at, err = m.setup.Clock.Lead(s); err != nil {
		return err
	}
	m.advance(r.at)
	return m.dispatch(r)
}

// notFirst decides about a first row that is no row: of a file that is not a
// queue_log it ends the import, a bad line in a growing log is only rejected.
func (m *mapper) notFirst(err error, rec feed.Record) error {
	if errors.Is(err, feed.ErrNotRead) && strings.Contains(rec.Text, "|") {
		return feed.Rejectf("row has fewer than five fields or no time")
	}
	return err
}

// advance does what the passing of time brings before a row is looked at.
func (m *mapper) advance(at int64) {
	if m.fresh {
		m.fresh = false
		if at < m.last-behindUs {
			m.setup.Warn("file is older than what was imported before: its calls are kept apart")
			m.reset()
			m.behind, m.last = true, at
		}
	}
	m.last = max(m.last, at)
	m.endWraps(at)
	m.closeStale(at)
	m.out.Keep()
}

// handler maps one kind of row.
type handler func(*mapper, *row) error

// handlers is the table of docs/formats/queue_log.md.
var handlers = map[string]handler{
	"QUEUESTART": (*mapper).restarted, "CONFIGRELOAD": (*mapper).restarted,
	"ENTERQUEUE": (*mapper).entered, "CONNECT": (*mapper).connected,
	"ABANDON": (*mapper).abandoned, "EXITWITHTIMEOUT": (*mapper).timedOut, "EXITEMPTY": (*mapper).emptied,
	"EXITWITHKEY": (*mapper).keyed, "WITHDRAW": (*mapper).withdrawn, "SYSCOMPAT": (*mapper).incompatible,
	"RINGNOANSWER": (*mapper).notAnswered, "RINGCANCELED": (*mapper).ringCanceled, "AGENTDUMP": (*mapper).dumped,
	"COMPLETEAGENT": (*mapper).completed, "COMPLETECALLER": (*mapper).completed,
	"BLINDTRANSFER": (*mapper).blindTransfer, "TRANSFER": (*mapper).blindTransfer,
	"ATTENDEDTRANSFER": (*mapper).attendedTransfer,
	"CALLERONHOLD":     (*mapper).held, "CALLEROFFHOLD": (*mapper).resumed,
	"CALLSTATUS": (*mapper).coded,
	"ADDMEMBER":  (*mapper).memberAdded, "ADDMEMBER2": (*mapper).memberAdded, "REMOVEMEMBER": (*mapper).memberRemoved,
	"AGENTLOGIN": (*mapper).loggedIn, "AGENTCALLBACKLOGIN": (*mapper).loggedIn,
	"AGENTLOGOFF": (*mapper).loggedOff, "AGENTCALLBACKLOGOFF": (*mapper).loggedOff,
	"PAUSE": (*mapper).paused, "PAUSEALL": (*mapper).paused,
	"UNPAUSE": (*mapper).unpaused, "UNPAUSEALL": (*mapper).unpaused,
	"PAUSEREASON": (*mapper).pauseReason,
}

func (m *mapper) dispatch(r *row) error {
	if h, ok := handlers[r.event]; ok {
		return h(m, r)
	}
	return m.keep(r)
}

// keep publishes a row as import.raw, with outside numbers as pseudonyms.
func (m *mapper) keep(r *row) error {
	if r.event == "" || len(r.event) > 64 {
		return feed.Rejectf("event name is empty or longer than 64 bytes")
	}
	fields, err := m.setup.Names.Scrub(r.data)
	if err != nil {
		return err
	}
	e := m.at(r.at, &event.ImportRaw{Format: Name, Name: r.event, Fields: fields})
	if !noCall(r.call) {
		e.Interaction = m.interaction(r.call)
	}
	if !blank(r.queue) {
		if e.Queue, err = m.setup.Names.Queue(r.queue); err != nil {
			return err
		}
	}
	if !blank(r.agent) {
		if e.Agent, err = m.setup.Names.Agent(r.agent); err != nil {
			return err
		}
	}
	m.out.Emit(e)
	m.out.Raw()
	return nil
}

// at returns an event of the row at hand.
func (m *mapper) at(us int64, p event.Payload) event.Event {
	e := event.New(us, p)
	e.Precision = m.row.precision
	return e
}

// interaction is the id of a call. Channel uniqueids are unique within one
// Asterisk; CDR and CEL rows of the call carry the same.
func (m *mapper) interaction(call string) string { return feed.AsteriskCall(m.setup.System, call) }

// seconds reads a duration of whole seconds. One that is missing, negative or no
// number gives instead, and a warning unless it is missing.
func (m *mapper) seconds(v string, instead int64) int64 {
	us, err := feed.ParseSeconds(v, feed.Second)
	switch {
	case err != nil:
		m.setup.Warn("duration is negative or no number: row times used instead")
		return max(instead, 0)
	case v == "":
		return max(instead, 0)
	}
	return us
}

// ring reads a ring time in ms.
func (m *mapper) ring(v string) int64 {
	us, err := feed.ParseSeconds(v, 1000)
	if err != nil {
		m.setup.Warn("ring time is negative or no number: taken as 0")
		return 0
	}
	return us
}

// position reads a position in the queue; 0 is not known.
func position(v string) int64 {
	us, err := feed.ParseSeconds(v, 1)
	if err != nil || us > 1_000_000 {
		return 0
	}
	return us
}

// End ends the running wrap-ups: the file has no row that would. Open calls stay
// open for the rest of the log, unless there is none.
func (m *mapper) End(out *feed.Out) error {
	m.out = out
	m.endWraps(m.last + m.cap)
	if m.behind {
		m.closeAll(m.last, "log_ended")
	}
	return nil
}

// state is the mapper between two runs.
type state struct {
	Layout  layout            `json:"layout"`
	Last    int64             `json:"last"`
	Behind  bool              `json:"behind,omitempty"`
	Calls   []*visit          `json:"calls,omitempty"`
	Agents  map[string]*agent `json:"agents,omitempty"`
	Wraps   []*wrap           `json:"wraps,omitempty"`
	Entries entries           `json:"entries,omitzero"`
}

// State returns open calls, agents and running wrap-ups.
func (m *mapper) State() (json.RawMessage, error) {
	running := slices.DeleteFunc(slices.Clone(m.wraps), func(w *wrap) bool { return w.closed })
	return json.Marshal(state{m.layout, m.last, m.behind, m.calls.list(), m.agents, running, m.entries})
}

func (m *mapper) restore(text json.RawMessage) error {
	var s state
	if err := json.Unmarshal(text, &s); err != nil {
		return err
	}
	m.layout, m.last, m.behind, m.wraps, m.entries = s.Layout, s.Last, s.Behind, s.Wraps, s.Entries
	for _, v := range s.Calls {
		m.calls.put(v)
	}
	for name, a := range s.Agents {
		m.agents[name] = a
		m.known += a.weight(name)
	}
	return nil
}
