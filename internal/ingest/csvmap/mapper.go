// Package csvmap reads CSV files with one row a call, by a mapping profile.
//
// A [Profile] is a YAML text that names the columns: what makes a contact's key,
// menu, queue, customer, times, durations, agent, and how values of a column
// become exits. Profiles for known files are embedded (technion).
//
// A row gives ivr.entered and ivr.left if the profile has a menu; for calls that
// joined a queue also queue.joined, queue.left and, if answered, visit.handled.
// Ids depend on the system and the key columns, so a row has the same ids
// whichever file it is in.
//
// A talk time of 0 in an answered call means that the source does not know it:
// such a visit.handled has cause "talk_unknown" and stays out of handle times.
package csvmap

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/ingest/feed"
)

// Name is the format's name.
const Name = "csv"

// CauseTalkUnknown marks a visit.handled whose talk time the source does not know.
const CauseTalkUnknown = "talk_unknown"

// Format describes the format.
func Format() feed.Format {
	return feed.Format{Name: Name, Profiles: Profiles(), ZoneNeeded: true, Split: feed.CSVRecords, Open: open}
}

func open(s feed.Setup) (feed.Mapper, error) {
	p, err := load(s.Profile)
	if err != nil {
		return nil, err
	}
	loc, err := p.zone()
	if err != nil {
		return nil, err
	}
	if loc != nil {
		s.Clock.SetZone(loc)
	}
	if s.Clock.Zone() == nil && (p.Stamps == "iso" || strings.Contains(p.Stamps, "YY")) {
		return nil, feed.ErrZone
	}
	m := &mapper{setup: s, profile: p}
	if m.stamp, err = stampReader(p.Stamps); err != nil {
		return nil, err
	}
	switch {
	case len(p.Columns) > 0:
		err = m.bind(p.Columns)
	case s.SameFile && len(s.State) > 0:
		err = m.restore(s.State)
	}
	return m, err
}

// mapper maps the rows of one file.
type mapper struct {
	setup   feed.Setup
	profile *Profile
	stamp   func(string) (feed.Stamp, error)
	header  []string
	cols    columns
	fields  []string // of the row at hand
	same    same
}

// same counts equal rows of one instant: a row without a key is named by what it
// says and by which of them it is, whatever file it is in.
type same struct {
	At    int64          `json:"at,omitempty"`
	Count map[string]int `json:"count,omitempty"`
}

// maxSame bounds the rows of one instant that are counted.
const maxSame = 1000

// repeat counts how often the row at hand, whose leading stamp is at, came before.
func (m *mapper) repeat(at int64) int {
	if at != m.same.At || len(m.same.Count) > maxSame {
		m.same = same{At: at, Count: map[string]int{}}
	}
	key := feed.ID(m.fields...)
	n := m.same.Count[key]
	m.same.Count[key]++
	return n
}

// columns are the places of the profile's columns; -1 means none.
type columns struct {
	key, joined, answered, left  []int
	skip                         []int
	entered, exited, spent       int
	queue, party, priority, code int
	wait, ring, talk, hold, wrap int
	agent, outcome, dnis         int
}

// state is what a later run needs: the header row is read once.
type state struct {
	Header []string `json:"header"`
	Same   same     `json:"same,omitzero"`
}

func (m *mapper) restore(text json.RawMessage) error {
	var s state
	if err := json.Unmarshal(text, &s); err != nil {
		return fmt.Errorf("state of the import: %w", err)
	}
	if len(s.Header) == 0 {
		return nil
	}
	m.same = s.Same
	return m.bind(s.Header)
}

// State returns the header row.
func (m *mapper) State() (json.RawMessage, error) { return json.Marshal(state{m.header, m.same}) }

// End has nothing to close: a row is a whole call.
func (*mapper) End(*feed.Out) error { return nil }

// bind finds the profile's columns in the header.
func (m *mapper) bind(header []string) error {
	var missing []string
	find := func(name string) int {
		if name == "" {
			return -1
		}
		i := slices.IndexFunc(header, func(h string) bool { return strings.EqualFold(strings.TrimSpace(h), name) })
		if i < 0 {
			missing = append(missing, name)
		}
		return i
	}
	all := func(names []string) (list []int) {
		for _, n := range names {
			list = append(list, find(n))
		}
		return list
	}
	span := func(s *Span) int {
		if s == nil {
			return -1
		}
		return find(s.Column)
	}
	p := m.profile
	m.cols = columns{
		key: all(p.Key), joined: all(p.Joined), answered: all(p.Answered), left: all(p.Left),
		entered: -1, exited: -1, spent: -1,
		queue: find(p.Queue.Column), party: find(p.Party.Column), priority: find(p.Priority), code: find(p.Code),
		wait: span(p.Wait), ring: span(p.Ring), talk: span(p.Talk), hold: span(p.Hold), wrap: span(p.WrapUp),
		agent: find(p.Agent.Column), outcome: find(p.Outcome.Column), dnis: find(p.DNIS),
	}
	for _, s := range p.Skip {
		m.cols.skip = append(m.cols.skip, find(s.Column))
	}
	if p.IVR != nil {
		m.cols.entered, m.cols.exited, m.cols.spent = find(p.IVR.Entered), find(p.IVR.Left), span(p.IVR.Spent)
	}
	if len(missing) > 0 {
		return fmt.Errorf("%w: columns of the profile that the file does not have: %s", feed.ErrNotRead, strings.Join(missing, ", "))
	}
	m.header = slices.Clone(header)
	return nil
}

// field returns the trimmed value of a column, "" for none.
func (m *mapper) field(i int) string {
	if i < 0 {
		return ""
	}
	return strings.TrimSpace(m.fields[i])
}

// Map maps one row.
func (m *mapper) Map(rec feed.Record, out *feed.Out) error {
	m.fields = feed.SplitCSV(m.fields[:0], rec.Text, m.profile.Delimiter[0])
	if m.header == nil {
		if err := m.bind(m.fields); err != nil {
			return err
		}
		return feed.ErrHeader
	}
	if len(m.fields) != len(m.header) {
		return feed.Rejectf("row does not have the header's number of columns")
	}
	for i, s := range m.profile.Skip {
		if slices.Contains(s.In, m.field(m.cols.skip[i])) {
			return &feed.Skip{Reason: s.Reason}
		}
	}
	c, err := m.read()
	if err != nil {
		return err
	}
	c.emit(out)
	return nil
}

// call is one row, understood.
type call struct {
	base            event.Event // what all its events share
	exit            string
	entered, exited int64 // menu; 0 for none
	spent           int64
	flow, dnis      string
	joined, wait    int64
	ring, talk      int64
	hold, wrap      int64
	priority        int64
	queue, agent    string
	visit, code     string
}

func (m *mapper) read() (*call, error) {
	c := &call{}
	if err := m.times(c); err != nil {
		return nil, err
	}
	key := make([]string, 0, 8)
	key = append(key, m.setup.Stream)
	for _, i := range m.cols.key {
		key = append(key, m.field(i))
	}
	if len(key) == 1 {
		key = append(key, m.fields...) // no key: the whole row names itself
		key = append(key, strconv.Itoa(m.repeat(max(c.entered, c.joined))))
	}
	c.base.Interaction = feed.ID(key...)
	c.visit = feed.ID(c.base.Interaction, "visit")
	for _, read := range []func(*call) error{m.durations, m.outcome, m.names} {
		if err := read(c); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// times reads the stamps. The menu's entry, or else the join, orders the file.
func (m *mapper) times(c *call) error {
	lead := func(s feed.Stamp) (int64, error) { return m.setup.Clock.Lead(s) }
	if v := m.field(m.cols.entered); v != "" {
		at, err := m.instant(v, lead, c)
		if err != nil {
			return err
		}
		c.entered = at
		lead = func(s feed.Stamp) (int64, error) { return m.setup.Clock.After(s, at) }
		if c.exited, err = m.instant(m.field(m.cols.exited), lead, c); err != nil {
			return err
		}
	}
	at, err := m.first(m.cols.joined, lead, c)
	if err != nil {
		return err
	}
	c.joined = at
	return nil
}

// instant reads a stamp with the given resolver.
func (m *mapper) instant(v string, resolve func(feed.Stamp) (int64, error), c *call) (int64, error) {
	s, err := m.stamp(v)
	if err != nil {
		return 0, err
	}
	c.base.Precision = s.Precision
	return resolve(s)
}

// first reads the first stamp that is not empty; 0 if all are.
func (m *mapper) first(cols []int, resolve func(feed.Stamp) (int64, error), c *call) (int64, error) {
	for _, i := range cols {
		if v := m.field(i); v != "" {
			return m.instant(v, resolve, c)
		}
	}
	return 0, nil
}

func (m *mapper) durations(c *call) error {
	for _, d := range []struct {
		span *Span
		col  int
		to   *int64
	}{
		{m.profile.Wait, m.cols.wait, &c.wait}, {m.profile.Ring, m.cols.ring, &c.ring}, {m.profile.Talk, m.cols.talk, &c.talk},
		{m.profile.Hold, m.cols.hold, &c.hold}, {m.profile.WrapUp, m.cols.wrap, &c.wrap},
	} {
		us, err := d.span.read(m.field(d.col))
		if err != nil {
			return feed.Rejectf("%s: %v", d.span.Column, err)
		}
		*d.to = us
	}
	if m.profile.Wait == nil && c.joined != 0 {
		return m.waitByStamps(c)
	}
	return nil
}

// waitByStamps computes the wait from the stamps of answer or leaving.
func (m *mapper) waitByStamps(c *call) error {
	after := func(s feed.Stamp) (int64, error) { return m.setup.Clock.After(s, c.joined) }
	at, err := m.first(m.cols.answered, after, c)
	if err == nil && at == 0 {
		at, err = m.first(m.cols.left, after, c)
	}
	switch {
	case err != nil:
		return err
	case at == 0:
		return feed.Rejectf("no time of answer or leaving the queue")
	case at < c.joined:
		return feed.Rejectf("wait is negative: answered or left before joining")
	}
	c.wait = at - c.joined
	return nil
}

// outcome finds the exit and what the menu needs.
func (m *mapper) outcome(c *call) error {
	v := m.field(m.cols.outcome)
	for _, r := range m.profile.Outcome.Rules {
		if (len(r.In) == 0 || slices.Contains(r.In, v)) && (r.WaitOver == nil || float64(c.wait) > *r.WaitOver*float64(feed.Second)) {
			c.exit = r.Exit
			break
		}
	}
	if c.exit == "" {
		return feed.Rejectf("%s: value is in no outcome rule of the profile", m.profile.Outcome.Column)
	}
	if ivr := strings.HasPrefix(c.exit, "ivr_"); !ivr && c.joined == 0 {
		return feed.Rejectf("no time of joining the queue (%s)", strings.Join(m.profile.Joined, ", "))
	} else if ivr && c.entered == 0 {
		return feed.Rejectf("no time of entering the menu")
	}
	if c.entered == 0 {
		return nil
	}
	c.flow, c.spent = m.profile.IVR.Flow, c.exited-c.entered
	if m.cols.spent >= 0 {
		us, err := m.profile.IVR.Spent.read(m.field(m.cols.spent))
		if err == nil {
			c.spent = us
		}
	}
	if c.spent < 0 || c.exited < c.entered {
		m.setup.Warn("time in the menu is negative: taken as 0")
		c.spent = 0
	}
	return nil
}

// names looks up queue, party, agent and code.
func (m *mapper) names(c *call) error {
	var err error
	if v := m.field(m.cols.party); v != "" && !slices.Contains(m.profile.Party.Unknown, v) {
		if c.base.Party, err = m.setup.Names.Party(v); err != nil {
			return err
		}
	}
	if v := m.field(m.cols.priority); v != "" {
		if c.priority, err = strconv.ParseInt(v, 10, 32); err != nil {
			return feed.Rejectf("%s: not a whole number", m.profile.Priority)
		}
	}
	if c.dnis = feed.Clip(m.field(m.cols.dnis), 64); strings.HasPrefix(c.exit, "ivr_") {
		return nil
	}
	if c.queue, err = m.setup.Names.Queue(m.queueName(m.field(m.cols.queue))); err != nil {
		return err
	}
	if c.exit != string(event.Answered) {
		return nil
	}
	name := m.field(m.cols.agent)
	if name == "" {
		name = m.profile.Agent.Unknown
	}
	if c.agent, err = m.setup.Names.Agent(name); err != nil {
		return err
	}
	if v := m.field(m.cols.code); v != "" {
		c.code, err = m.setup.Names.Code(v)
	}
	return err
}

// queueName maps a value to the name of its queue.
func (m *mapper) queueName(v string) string {
	q := m.profile.Queue
	if name, ok := q.Names[v]; ok {
		return name
	}
	if v == "" || len(q.Names) > 0 && q.Rest != "" {
		return q.Rest
	}
	return v
}

// at returns an event of the call.
func (c *call) at(us int64, p event.Payload) event.Event {
	e := event.New(us, p)
	e.Interaction, e.Party, e.Precision = c.base.Interaction, c.base.Party, c.base.Precision
	return e
}

// emit publishes the call's life in order.
func (c *call) emit(out *feed.Out) {
	if c.entered != 0 {
		out.Emit(c.at(c.entered, &event.IVREntered{Flow: c.flow, Number: c.dnis}))
		out.Emit(c.at(max(c.exited, c.entered), &event.IVRLeft{
			Outcome: c.ivrOutcome(), Flow: c.flow, EnteredAt: c.entered, SpentUs: c.spent,
		}))
	}
	if strings.HasPrefix(c.exit, "ivr_") {
		return
	}
	if c.exit == exitBlocked {
		e := c.at(c.joined, &event.QueueBlocked{Reason: event.EntryCondition})
		e.Queue = c.queue
		out.Emit(e)
		return
	}
	joined := c.at(c.joined, &event.QueueJoined{Priority: c.priority})
	joined.Queue, joined.Visit = c.queue, c.visit
	out.Emit(joined)
	c.emitOffer(out)
	left := c.at(c.joined+c.wait, &event.QueueLeft{Exit: event.Exit(c.exit), JoinedAt: c.joined, WaitUs: c.wait})
	left.Queue, left.Visit, left.Agent = c.queue, c.visit, c.agent
	out.Emit(left)
	if c.agent != "" {
		c.emitHandled(out)
	}
}

// emitOffer tells of the agent's ringing, where the source knows how long it was.
func (c *call) emitOffer(out *feed.Out) {
	if c.agent == "" || c.ring == 0 {
		return
	}
	answered := c.joined + c.wait
	made := c.at(answered-min(c.ring, c.wait), &event.OfferMade{Attempt: 1})
	taken := c.at(answered, &event.OfferAccepted{RingUs: c.ring})
	for _, e := range []event.Event{made, taken} {
		e.Queue, e.Visit, e.Agent, e.Offer = c.queue, c.visit, c.agent, feed.ID(c.visit, "offer")
		out.Emit(e)
	}
}

func (c *call) emitHandled(out *feed.Out) {
	answered := c.joined + c.wait
	done := c.at(answered+c.talk+c.hold+c.wrap, &event.VisitHandled{
		JoinedAt: c.joined, AnsweredAt: answered, TalkUs: c.talk, HoldUs: c.hold, WrapUpUs: c.wrap,
	})
	done.Queue, done.Visit, done.Agent = c.queue, c.visit, c.agent
	if c.talk == 0 {
		done.Cause = CauseTalkUnknown
	}
	out.Emit(done)
	if c.code == "" {
		return
	}
	coded := c.at(done.At, &event.InteractionCoded{Code: c.code})
	coded.Queue, coded.Visit, coded.Agent = c.queue, c.visit, c.agent
	out.Emit(coded)
}

func (c *call) ivrOutcome() event.IVROutcome {
	switch c.exit {
	case exitIVRHungUp:
		return event.IVRHungUp
	case exitIVRServed:
		return event.IVRServed
	case exitIVRFailed:
		return event.IVRFailed
	}
	return event.IVRQueued
}
