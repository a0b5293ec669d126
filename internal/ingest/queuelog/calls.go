package queuelog

import (
	"strconv"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/ingest/feed"
)

// visit is a call in a queue that has not left the log's sight.
type visit struct {
	Call     string `json:"call"`
	Name     string `json:"name"` // of the queue
	ID       string `json:"id"`
	Queue    string `json:"queue"`
	Party    string `json:"party,omitempty"`
	Joined   int64  `json:"joined"`
	Attempts int64  `json:"attempts,omitempty"`

	Agent     string `json:"agent,omitempty"`      // id, once answered
	AgentName string `json:"agent_name,omitempty"` // key of mapper.agents
	Answered  int64  `json:"answered,omitempty"`
	HeldAt    int64  `json:"held_at,omitempty"`
	Hold      int64  `json:"hold,omitempty"`

	closed bool
}

type callKey struct{ call, queue string }

// calls holds the open visits in the order they joined.
type calls struct {
	byKey map[callKey]*visit
	order []*visit // closed ones are left in place until the next sweep
	bytes int      // of the open visits' names and ids
}

// weight is how much of a state's names and ids are the visit's.
func (v *visit) weight() int { return len(v.Call) + len(v.Name) + len(v.Party) + maxAgentName }

// maxAgentName bounds agents' names: a visit's weight must not grow with CONNECT.
const maxAgentName = 80

func newCalls() *calls { return &calls{byKey: map[callKey]*visit{}} }

func (c *calls) get(call, queue string) *visit { return c.byKey[callKey{call, queue}] }

func (c *calls) put(v *visit) {
	c.byKey[callKey{v.Call, v.Name}] = v
	c.bytes += v.weight()
	c.order = append(c.order, v)
	if len(c.order) > 2*len(c.byKey)+64 {
		c.order = c.list()
	}
}

func (c *calls) remove(v *visit) {
	v.closed = true
	c.bytes -= v.weight()
	delete(c.byKey, callKey{v.Call, v.Name})
}

// list returns the open visits in the order they joined.
func (c *calls) list() []*visit {
	var open []*visit
	for _, v := range c.order {
		if !v.closed {
			open = append(open, v)
		}
	}
	return open
}

// oldest returns the open visit that joined first, or nil.
func (c *calls) oldest() *visit {
	for len(c.order) > 0 && c.order[0].closed {
		c.order = c.order[1:]
	}
	if len(c.order) == 0 {
		return nil
	}
	return c.order[0]
}

// of returns an event of the visit.
func (m *mapper) of(v *visit, us int64, p event.Payload) event.Event {
	e := m.at(us, p)
	e.Interaction, e.Visit, e.Queue, e.Party = m.interaction(v.Call), v.ID, v.Queue, v.Party
	return e
}

// entered maps ENTERQUEUE: url, callerid, original position, callerid name. The
// name is personal and not kept.
func (m *mapper) entered(r *row) error {
	if noCall(r.call) || len(r.call) > 150 {
		return feed.Rejectf("ENTERQUEUE without a usable call id")
	}
	queue, err := m.setup.Names.Queue(r.queue)
	if err != nil {
		return err
	}
	party, err := m.setup.Names.Party(r.arg(2))
	if err != nil {
		return err
	}
	id := feed.ID(m.setup.Stream, "visit", r.call, r.queue, strconv.FormatInt(r.at, 10), strconv.Itoa(m.repeat(r)))
	switch v := m.calls.get(r.call, r.queue); {
	case v == nil:
	case v.ID == id: // the very row again, in a file that overlaps the one before
		m.calls.remove(v)
	default:
		m.setup.Warn("call entered a queue that it had not left: first visit closed as lost")
		m.lose(v, r.at, "entered_again")
	}
	for m.calls.bytes > maxOpenBytes {
		m.setup.Warn("too many calls are open: the oldest was closed as lost")
		m.lose(m.calls.oldest(), r.at, "too_many_open")
	}
	v := &visit{ID: id, Call: r.call, Name: r.queue, Queue: queue, Party: party, Joined: r.at}
	m.calls.put(v)
	pos := position(r.arg(3))
	m.out.Emit(m.of(v, r.at, &event.QueueJoined{Position: pos, Waiting: max(pos-1, 0)}))
	return nil
}

// maxRepeats bounds the entries of one instant that are counted.
const maxRepeats = 1000

// repeat counts how often the call entered the queue at this very instant before.
// With it a visit is named by what its row says, whatever file the row is in.
func (m *mapper) repeat(r *row) int {
	if r.at != m.entries.At || len(m.entries.Count) > maxRepeats {
		m.entries = entries{At: r.at, Count: map[string]int{}}
	}
	key := feed.ID(r.call, r.queue)
	n := m.entries.Count[key]
	m.entries.Count[key]++
	return n
}

// entries counts the rows of one instant that entered a queue, by call and queue.
type entries struct {
	At    int64          `json:"at,omitempty"`
	Count map[string]int `json:"count,omitempty"`
}

// open returns the row's visit, or the reason why the row has none.
func (m *mapper) open(r *row, answered bool) (*visit, error) {
	v := m.calls.get(r.call, r.queue)
	switch {
	case v == nil:
		return nil, feed.Rejectf("%s without an open ENTERQUEUE of the call in the queue", r.event)
	case answered && v.Answered == 0:
		return nil, feed.Rejectf("%s without CONNECT", r.event)
	case !answered && v.Answered != 0:
		return nil, feed.Rejectf("%s of a call that is connected", r.event)
	}
	return v, nil
}

// connected maps CONNECT: hold time s, channel of the agent, ring time s.
func (m *mapper) connected(r *row) error {
	v, err := m.open(r, false)
	if err != nil {
		return err
	}
	a, err := m.agent(r.agent)
	if err != nil {
		return err
	}
	wait := m.seconds(r.arg(1), r.at-v.Joined)
	m.compare("hold time of CONNECT differs from the row times by more than 2 s", wait, r.at-v.Joined)
	ring := min(m.seconds(r.arg(3), 0), max(wait, 0))
	m.offer(v, a, r.at-ring)
	m.offered(v, a, r.at, &event.OfferAccepted{RingUs: ring})
	left := m.of(v, r.at, &event.QueueLeft{Exit: event.Answered, JoinedAt: v.Joined, WaitUs: wait})
	left.Agent = a.ID
	m.out.Emit(left)
	v.Answered, v.Agent, v.AgentName = r.at, a.ID, r.agent
	m.setState(a, r.at, event.Talking, "")
	return nil
}

// compare warns of two measures of one span that disagree.
func (m *mapper) compare(what string, a, b int64) {
	if d := a - b; d > 2*feed.Second || d < -2*feed.Second {
		m.setup.Warn(what)
	}
}

// offer publishes offer.made to the agent.
func (m *mapper) offer(v *visit, a *agent, at int64) {
	at = max(at, v.Joined)
	m.endWrapOf(a, at)
	m.setState(a, at, event.Reserved, "")
	v.Attempts++
	m.offered(v, a, at, &event.OfferMade{Attempt: v.Attempts})
}

// offered publishes an event of the visit's latest offer.
func (m *mapper) offered(v *visit, a *agent, at int64, p event.Payload) {
	e := m.of(v, at, p)
	e.Agent, e.Offer = a.ID, feed.ID(v.ID, "offer", strconv.FormatInt(v.Attempts, 10))
	m.out.Emit(e)
}

// failed publishes an offer that ended without an answer.
func (m *mapper) failed(r *row, ring int64, end event.Payload) error {
	v, err := m.open(r, false)
	if err != nil {
		return err
	}
	a, err := m.agent(r.agent)
	if err != nil {
		return err
	}
	m.offer(v, a, r.at-ring)
	m.offered(v, a, r.at, end)
	m.setState(a, r.at, a.rest(), a.Reason)
	return nil
}

// notAnswered maps RINGNOANSWER: ring time ms. No answer, busy and congestion
// look alike.
func (m *mapper) notAnswered(r *row) error {
	ring := m.ring(r.arg(1))
	return m.failed(r, ring, &event.OfferMissed{RingUs: ring})
}

// ringCanceled maps RINGCANCELED: ring time ms; the caller left.
func (m *mapper) ringCanceled(r *row) error {
	ring := m.ring(r.arg(1))
	return m.failed(r, ring, &event.OfferWithdrawn{RingUs: ring, Reason: "caller_left"})
}

// dumped maps AGENTDUMP: the agent hung up during the prompt; the caller waits on.
func (m *mapper) dumped(r *row) error { return m.failed(r, 0, &event.OfferDeclined{}) }

// abandoned maps ABANDON: position, original position, wait s. It names an agent
// when the caller left during the agent's prompt before the bridge.
func (m *mapper) abandoned(r *row) error {
	v, err := m.open(r, false)
	if err != nil {
		return err
	}
	if !blank(r.agent) {
		if err := m.failed(r, 0, &event.OfferWithdrawn{Reason: "caller_left"}); err != nil {
			return err
		}
	}
	m.leave(v, r, event.QueueLeft{Exit: event.Abandoned, Position: position(r.arg(1))}, r.arg(3))
	return nil
}

// leave closes a visit that was not answered.
func (m *mapper) leave(v *visit, r *row, p event.QueueLeft, wait string) {
	p.JoinedAt, p.WaitUs = v.Joined, m.seconds(wait, r.at-v.Joined)
	m.compare("wait of "+r.event+" differs from the row times by more than 2 s", p.WaitUs, r.at-v.Joined)
	m.out.Emit(m.of(v, r.at, &p))
	m.calls.remove(v)
}

// exit maps the exits with position, original position, wait s from field n on.
func (m *mapper) exit(r *row, p event.QueueLeft, n int) error {
	v, err := m.open(r, false)
	if err != nil {
		return err
	}
	p.Position = position(r.arg(n))
	m.leave(v, r, p, r.arg(n+2))
	return nil
}

func (m *mapper) timedOut(r *row) error {
	return m.exit(r, event.QueueLeft{Exit: event.TimedOut}, 1)
}

func (m *mapper) emptied(r *row) error { return m.exit(r, event.QueueLeft{Exit: event.NoAgents}, 1) }

// keyed maps EXITWITHKEY: key, position, original position, wait s.
func (m *mapper) keyed(r *row) error {
	return m.exit(r, event.QueueLeft{Exit: event.KeyExit, Key: feed.Clip(r.arg(1), 8)}, 2)
}

// withdrawn maps WITHDRAW: position, original position, wait s, info.
func (m *mapper) withdrawn(r *row) error {
	return m.exit(r, event.QueueLeft{Exit: event.Withdrawn}, 1)
}

// incompatible maps SYSCOMPAT: no common codec, the caller was dropped.
func (m *mapper) incompatible(r *row) error {
	v, err := m.open(r, false)
	if err != nil {
		return err
	}
	m.lose(v, r.at, "no_common_codec")
	return nil
}

// lose closes a visit of which the log says nothing more.
func (m *mapper) lose(v *visit, at int64, cause string) {
	at = max(at, v.Joined)
	if v.Answered != 0 {
		m.release(v, ending{at: at, cause: cause})
		return
	}
	e := m.of(v, at, &event.QueueLeft{Exit: event.Lost, JoinedAt: v.Joined, WaitUs: at - v.Joined})
	e.Cause = cause
	m.out.Emit(e)
	m.calls.remove(v)
}

// closeStale closes visits that have been open for a day.
func (m *mapper) closeStale(at int64) {
	for v := m.calls.oldest(); v != nil && v.Joined < at-staleUs; v = m.calls.oldest() {
		m.setup.Warn("call was open for a day without a row that ends it: closed as lost")
		m.lose(v, v.Joined+staleUs, "never_closed")
	}
}

// closeAll closes everything that is open, calls and agents.
func (m *mapper) closeAll(at int64, cause string) {
	for _, v := range m.calls.list() {
		m.lose(v, at, cause)
	}
	m.endWraps(at + m.cap)
	m.signOutAll(at, cause)
}

// restarted maps QUEUESTART and CONFIGRELOAD: the log was opened anew, what was
// open before will not be closed by any row.
func (m *mapper) restarted(r *row) error {
	m.closeAll(r.at, "log_restarted")
	e := m.at(r.at, &event.LogGap{Reason: r.event})
	e.Cause = "log_restarted"
	m.out.Emit(e)
	return nil
}
