package astcdr

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/ingest/feed"
)

// Columns of CEL's documented order.
const (
	celType = iota
	celTime
	celName
	celNum
	celANI
	celRDNIS
	celDNID
	celExten
	celContext
	celChannel
	celApp
	celAppData
	celAMA
	celAccount
	celUnique
	celLinked
	celPeer
	celUserField
	celUserType
	celExtra
	celColumns
)

// cel maps channel events.
type cel struct {
	setup  feed.Setup
	calls  map[string]*celCall // by linkedid
	fields []string
	swept  int64
}

// celCall is a call that has not ended.
type celCall struct {
	Offered  int64  `json:"offered"`
	Answered int64  `json:"answered,omitempty"`
	Party    string `json:"party,omitempty"`
	HeldAt   int64  `json:"held_at,omitempty"`
	Hold     int64  `json:"hold,omitempty"`
	Cause    string `json:"cause,omitempty"`
}

func openCEL(s feed.Setup) (feed.Mapper, error) {
	m := &cel{setup: s, calls: map[string]*celCall{}}
	if len(s.State) > 0 {
		if err := json.Unmarshal(s.State, &m.calls); err != nil {
			return nil, fmt.Errorf("state of the import: %w", err)
		}
	}
	return m, nil
}

// row is one event of the log.
type row struct {
	f    []string
	at   int64
	prec event.Precision
	id   string // linkedid
	call *celCall
	out  *feed.Out
}

// Map maps one row.
func (m *cel) Map(rec feed.Record, out *feed.Out) error {
	m.fields = feed.SplitCSV(m.fields[:0], rec.Text, ',')
	f := m.fields
	if len(f) < celUserType || len(f) > celColumns {
		return feed.Rejectf("row has not from %d to %d columns", celUserType, celColumns)
	}
	if strings.EqualFold(f[celType], "eventtype") {
		return feed.ErrHeader
	}
	s, err := feed.ParseEpoch(f[celTime], feed.Second)
	if err != nil {
		s, err = feed.ParseStamp(f[celTime])
	}
	if err != nil {
		return feed.Rejectf("eventtime is neither seconds since 1970 nor a date and time")
	}
	r := row{f: f, prec: s.Precision, id: f[celLinked], out: out}
	if r.at, err = m.setup.Clock.Lead(s); err != nil {
		return err
	}
	if r.id == "" {
		r.id = f[celUnique]
	}
	if r.id == "" || len(r.id) > 80 || len(f[celType]) > 64 {
		return feed.Rejectf("linkedid or event type is missing or too long")
	}
	r.call = m.calls[r.id]
	m.sweep(r.at)
	return m.dispatch(&r)
}

func (m *cel) dispatch(r *row) error {
	kind := r.f[celType]
	first := r.f[celUnique] == r.id // the channel that began the call
	switch {
	case kind == "CHAN_START" && first:
		return m.started(r)
	case r.call == nil:
		return feed.Rejectf("%s of a call whose CHAN_START is not in the log", feed.Clip(kind, 32))
	case kind == "ANSWER" && first:
		return m.answered(r)
	case kind == "HANGUP" && first:
		r.call.Cause = hangupCause(r.extra())
		return nil
	case kind == "LINKEDID_END":
		m.ended(r)
		return nil
	case kind == "HOLD" || kind == "UNHOLD":
		return m.held(r, kind == "HOLD")
	case kind == "BLINDTRANSFER" || kind == "ATTENDEDTRANSFER":
		return m.transferred(r, kind)
	}
	return m.rest(r, kind)
}

// rest keeps what has no kind of ours, and leaves out the detail of channels.
func (m *cel) rest(r *row, kind string) error {
	switch kind {
	case "CHAN_START", "CHAN_END", "ANSWER", "HANGUP", "BRIDGE_ENTER", "BRIDGE_EXIT", "APP_START", "APP_END",
		"LOCAL_OPTIMIZE", "LOCAL_OPTIMIZE_BEGIN", "STREAM_BEGIN", "STREAM_END":
		return feed.Skipf("%s: detail of one channel", kind)
	}
	fields, err := m.setup.Names.Scrub([]string{r.f[celExten], r.f[celApp], r.f[celAppData]})
	if err != nil {
		return err
	}
	m.emit(r, &event.ImportRaw{Format: NameCEL, Name: kind, Fields: fields})
	r.out.Raw()
	return nil
}

// emit publishes an event of the row's call.
func (m *cel) emit(r *row, p event.Payload) {
	e := event.New(r.at, p)
	e.Interaction, e.Party, e.Precision = feed.AsteriskCall(m.setup.System, r.id), r.call.Party, r.prec
	if end, ok := p.(*event.CallEnded); ok && end != nil {
		e.Cause = r.call.Cause
	}
	r.out.Emit(e)
}

func (m *cel) started(r *row) error {
	if r.call != nil {
		return feed.Rejectf("CHAN_START of a call that has begun")
	}
	if len(m.calls) >= maxCalls {
		return feed.Rejectf("more than %d calls are open at once", maxCalls)
	}
	party, err := m.setup.Names.Party(r.f[celNum])
	if err != nil {
		return err
	}
	r.call = &celCall{Offered: r.at, Party: party}
	m.calls[strings.Clone(r.id)] = r.call
	m.emit(r, &event.CallOffered{Direction: event.Inbound, DNIS: feed.Clip(r.f[celExten], 64), Trunk: trunk(r.f[celChannel])})
	return nil
}

func (m *cel) answered(r *row) error {
	if r.call.Answered != 0 {
		return feed.Skipf("ANSWER: the call is answered already")
	}
	r.call.Answered = r.at
	m.emit(r, &event.CallAnswered{RingUs: max(r.at-r.call.Offered, 0)})
	return nil
}

func (m *cel) held(r *row, hold bool) error {
	if hold == (r.call.HeldAt != 0) {
		return feed.Skipf("%s: the call is in that state already", r.f[celType])
	}
	if hold {
		r.call.HeldAt = r.at
		m.emit(r, &event.CallHeld{By: event.AgentSide})
		return nil
	}
	spent := max(r.at-r.call.HeldAt, 0)
	r.call.Hold, r.call.HeldAt = r.call.Hold+spent, 0
	m.emit(r, &event.CallResumed{By: event.AgentSide, HeldUs: spent})
	return nil
}

func (m *cel) transferred(r *row, kind string) error {
	p := &event.CallTransferred{Transfer: event.Attended}
	if kind == "BLINDTRANSFER" {
		p.Transfer = event.Blind
		target, err := m.setup.Names.Target(text(r.extra()["extension"]))
		if err != nil {
			return err
		}
		p.Target = target
	}
	m.emit(r, p)
	return nil
}

// ended closes the call with its last channel.
func (m *cel) ended(r *row) {
	c := r.call
	p := &event.CallEnded{OfferedAt: c.Offered, AnsweredAt: c.Answered, RingUs: max(r.at-c.Offered, 0), HoldUs: c.Hold}
	if c.Answered != 0 {
		p.RingUs, p.TalkUs = max(c.Answered-c.Offered, 0), max(r.at-c.Answered-c.Hold, 0)
	}
	m.emit(r, p)
	delete(m.calls, r.id)
}

// sweep forgets calls that have been open for two days, once an hour of log time.
func (m *cel) sweep(at int64) {
	if at < m.swept+quietUs {
		return
	}
	m.swept = at
	for id, c := range m.calls {
		if c.Offered < at-48*quietUs {
			m.setup.Warn("call was open for two days without LINKEDID_END: left open")
			delete(m.calls, id)
		}
	}
}

// extra returns the JSON of the eventextra column.
func (r *row) extra() map[string]any {
	v := map[string]any{}
	if len(r.f) > celExtra {
		_ = json.Unmarshal([]byte(r.f[celExtra]), &v) // what cannot be read says nothing
	}
	return v
}

func hangupCause(extra map[string]any) string {
	return feed.Clip(text(extra["hangupcause"]), 32)
}

func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case float64:
		return strconv.FormatInt(int64(v), 10)
	}
	return ""
}

// End leaves calls open: the log goes on.
func (*cel) End(*feed.Out) error { return nil }

// State returns the calls that have not ended.
func (m *cel) State() (json.RawMessage, error) { return json.Marshal(m.calls) }

// Whole reports whether a last row without a line end has the columns of the row
// before it.
func (m *cel) Whole(text string) bool {
	return len(m.fields) > 0 && len(feed.SplitCSV(nil, text, ',')) == len(m.fields)
}
