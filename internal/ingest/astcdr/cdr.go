package astcdr

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/ingest/feed"
)

// Names of the formats.
const (
	NameCDR = "asterisk_cdr"
	NameCEL = "asterisk_cel"
)

// Formats describes both formats.
func Formats() []feed.Format {
	return []feed.Format{
		{Name: NameCDR, ZoneNeeded: true, Growing: true, Split: feed.CSVRecords, Open: openCDR},
		{Name: NameCEL, ZoneNeeded: true, Growing: true, Split: feed.CSVRecords, Open: openCEL},
	}
}

// Columns of cdr_csv that are always there, in its order.
const (
	colSrc = 1 + iota
	colDst
	colContext
	colClid
	colChannel
	colDstChannel
	colLastApp
	colLastData
	colStart
	colAnswer
	colEnd
	colDuration
	colBillsec
	colDisposition
	colAMA
	fixedColumns // accountcode is column 0
)

// Column counts: the tail depends on loguniqueid, loguserfield and newcdrcolumns.
const maxColumns = fixedColumns + 5

// maxCalls bounds the calls that wait for rows: they are part of a checkpoint.
const maxCalls = 4000

// quietUs is how long a call's rows are waited for after its last one.
const quietUs = 3600 * feed.Second

// cdr maps call detail records.
type cdr struct {
	setup  feed.Setup
	open   map[string]*call
	order  []*call // by their last row, oldest first; stale entries are skipped
	fields []string
}

// call is what the rows of one linkedid say together.
type call struct {
	ID       string `json:"id"` // linkedid
	Party    string `json:"party,omitempty"`
	DNIS     string `json:"dnis,omitempty"`
	Trunk    string `json:"trunk,omitempty"`
	Offered  int64  `json:"offered"`
	Answered int64  `json:"answered,omitempty"`
	Ended    int64  `json:"ended"`
	Talk     int64  `json:"talk,omitempty"`
	Cause    string `json:"cause,omitempty"`

	done bool
}

func openCDR(s feed.Setup) (feed.Mapper, error) {
	m := &cdr{setup: s, open: map[string]*call{}}
	var calls []*call
	if len(s.State) > 0 {
		if err := json.Unmarshal(s.State, &calls); err != nil {
			return nil, fmt.Errorf("state of the import: %w", err)
		}
	}
	for _, c := range calls {
		m.open[c.ID] = c
		m.order = append(m.order, c)
	}
	return m, nil
}

// Map maps one row.
func (m *cdr) Map(rec feed.Record, out *feed.Out) error {
	m.fields = feed.SplitCSV(m.fields[:0], rec.Text, ',')
	f := m.fields
	if len(f) < fixedColumns || len(f) > maxColumns {
		return feed.Rejectf("row has not from %d to %d columns", fixedColumns, maxColumns)
	}
	if strings.EqualFold(f[colStart], "start") {
		return feed.ErrHeader
	}
	c, err := m.read(f)
	if err != nil {
		return err
	}
	m.flush(c.Ended-quietUs, out)
	for len(m.open) >= maxCalls {
		m.flush(m.oldest().Ended+1, out)
	}
	out.Keep()
	m.merge(c)
	return nil
}

// read understands one row.
func (m *cdr) read(f []string) (*call, error) {
	unique, linked := tail(f[fixedColumns:])
	c := &call{ID: linked, DNIS: feed.Clip(f[colDst], 24), Trunk: trunk(f[colChannel]), Cause: f[colDisposition]}
	if c.ID == "" {
		c.ID = unique
	}
	if c.ID == "" {
		c.ID = feed.ID(f...) // uniqueid is not logged: the row names itself
	}
	if len(c.ID) > 80 || len(c.Cause) > 32 {
		return nil, feed.Rejectf("uniqueid or disposition is too long")
	}
	var err error
	if c.Offered, err = m.stamp(f[colStart], 0); err != nil {
		return nil, err
	}
	if c.Ended, err = m.stamp(f[colEnd], c.Offered); err != nil {
		return nil, err
	}
	if f[colAnswer] != "" && f[colDisposition] == "ANSWERED" {
		if c.Answered, err = m.stamp(f[colAnswer], c.Offered); err != nil {
			return nil, err
		}
	}
	if c.Talk, err = feed.ParseSeconds(f[colBillsec], feed.Second); err != nil {
		return nil, feed.Rejectf("billsec: %v", err)
	}
	if c.Ended < c.Offered || c.Answered != 0 && (c.Answered < c.Offered || c.Ended < c.Answered) {
		return nil, feed.Rejectf("call ends or is answered before it starts")
	}
	c.Party, err = m.setup.Names.Party(f[colSrc])
	return c, err
}

// stamp reads a stamp; base is the row's start, 0 for the start itself.
func (m *cdr) stamp(v string, base int64) (int64, error) {
	s, err := feed.ParseStamp(v)
	if err != nil {
		return 0, err
	}
	if base == 0 {
		return m.setup.Clock.Lead(s)
	}
	return m.setup.Clock.After(s, base)
}

// tail finds uniqueid and linkedid in the optional columns: [uniqueid],
// [userfield], [peeraccount, linkedid, sequence].
func tail(f []string) (unique, linked string) {
	if n := len(f); n >= 3 && isNumber(f[n-1]) && isUnique(f[n-2]) {
		linked, f = f[n-2], f[:n-3]
	}
	if len(f) > 0 && isUnique(f[0]) {
		unique = f[0]
	}
	return unique, linked
}

func isNumber(s string) bool {
	_, err := strconv.ParseUint(s, 10, 63)
	return err == nil
}

// isUnique reports a channel's uniqueid: [system-]seconds.serial.
func isUnique(s string) bool {
	_, serial, ok := strings.Cut(s[strings.LastIndexByte(s, '-')+1:], ".")
	return ok && isNumber(serial)
}

// trunk is a channel's name without its serial number.
func trunk(channel string) string {
	if i := strings.LastIndexByte(channel, '-'); i > 0 {
		channel = channel[:i]
	}
	return feed.Clip(channel, 32)
}

// merge adds a row to its call.
func (m *cdr) merge(c *call) {
	if old := m.open[c.ID]; old != nil {
		old.done = true
		c.Offered = min(c.Offered, old.Offered)
		if old.Answered != 0 && (c.Answered == 0 || old.Answered < c.Answered) {
			c.Answered, c.Cause = old.Answered, old.Cause
		}
		c.Ended, c.Talk = max(c.Ended, old.Ended), max(c.Talk, old.Talk)
		if old.Party != "" {
			c.Party = old.Party
		}
		c.DNIS, c.Trunk = old.DNIS, old.Trunk
	}
	m.open[c.ID] = c
	m.order = append(m.order, c)
}

// flush publishes the calls without a row since the given time.
func (m *cdr) flush(before int64, out *feed.Out) {
	for len(m.order) > 0 && (m.order[0].done || m.order[0].Ended < before) {
		c := m.order[0]
		m.order = m.order[1:]
		if !c.done {
			delete(m.open, c.ID)
			m.emit(c, out)
		}
	}
}

// oldest returns the call that waits longest; there must be one.
func (m *cdr) oldest() *call {
	for m.order[0].done {
		m.order = m.order[1:]
	}
	return m.order[0]
}

func (m *cdr) emit(c *call, out *feed.Out) {
	at := func(us int64, p event.Payload) event.Event {
		e := event.New(us, p)
		e.Interaction, e.Party, e.Precision = feed.AsteriskCall(m.setup.System, c.ID), c.Party, event.Second
		return e
	}
	out.Emit(at(c.Offered, &event.CallOffered{Direction: event.Inbound, DNIS: c.DNIS, Trunk: c.Trunk}))
	ring := c.Ended - c.Offered
	if c.Answered != 0 {
		ring = c.Answered - c.Offered
		out.Emit(at(c.Answered, &event.CallAnswered{RingUs: ring}))
	}
	end := at(c.Ended, &event.CallEnded{OfferedAt: c.Offered, AnsweredAt: c.Answered, RingUs: ring, TalkUs: c.Talk})
	end.Cause = c.Cause
	out.Emit(end)
}

// End publishes the calls that still wait for rows.
func (m *cdr) End(out *feed.Out) error {
	m.flush(1<<62, out)
	return nil
}

// State returns the calls that wait for rows.
func (m *cdr) State() (json.RawMessage, error) {
	return json.Marshal(slices.DeleteFunc(slices.Clone(m.order), func(c *call) bool { return c.done }))
}

// Whole reports whether a last row without a line end has the columns of the row
// before it.
func (m *cdr) Whole(text string) bool {
	return len(m.fields) > 0 && len(feed.SplitCSV(nil, text, ',')) == len(m.fields)
}
