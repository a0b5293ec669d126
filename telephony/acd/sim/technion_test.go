package sim

import (
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/telephony/acd"
	"github.com/agner-platform/agner/telephony/acd/setup"
)

// trace is one call of the Technion bank; instants in µs of the wall clock.
type trace struct {
	queue, agent    string
	priority        bool
	joined, left    int64 // of the queue
	answered, ended int64 // 0: not answered
	interaction     string
	gone            bool // its leaving is known
	wanted          bool // somebody waited when it ended
}

// technion reads the calls that asked for an agent, in order of joining.
func technion(t *testing.T) []trace {
	t.Helper()
	dir := os.Getenv("AGNER_TESTDATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "..", "shared", "data")
	}
	f, err := os.Open(filepath.Join(dir, "calls", "technion_calls_1999_jan_feb_oct.csv.gz"))
	if err != nil {
		t.Skipf("the Technion calls are not here (set AGNER_TESTDATA): %v", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(z).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	col := map[string]int{}
	for i, name := range rows[0] {
		col[name] = i
	}
	var list []trace
	for i, r := range rows[1:] {
		if c, ok := call(func(name string) string { return r[col[name]] }); ok {
			c.interaction = fmt.Sprint("c", i)
			list = append(list, c)
		}
	}
	slices.SortStableFunc(list, func(a, b trace) int { return int(a.joined/interval.Second - b.joined/interval.Second) })
	return list
}

// flawed rows: stamps that contradict the durations, see the data's own flags.
const flawed = 8 | 16 | 128 | 256 | 512

func call(field func(string) string) (trace, bool) {
	flags, _ := strconv.Atoi(field("flags"))
	if field("outcome") == "PHANTOM" || flags&flawed != 0 {
		return trace{}, false
	}
	at := func(name string) int64 {
		v, err := time.Parse("2006-01-02T15:04:05", field(name))
		if err != nil {
			return 0
		}
		return v.UnixMicro()
	}
	c := trace{queue: "general", priority: field("priority") == "2", joined: at("q_start"), left: at("q_exit"), answered: at("ser_start"), ended: at("ser_exit"), agent: field("agent")}
	switch field("type") { // stock exchange and internet support have agents of their own
	case "NE", "IN":
		c.queue = field("type")
	}
	if c.answered != 0 {
		c.left = c.answered
		if c.joined == 0 {
			c.joined = c.answered // straight to an agent
		}
	}
	return c, c.joined != 0 && c.left >= c.joined && (c.answered == 0 || c.ended > c.answered)
}

// history is what could be known at an instant: what has ended.
type history struct {
	queues map[string]*recentQueue
	today  map[string]map[string]bool // agent → queues served today
	free   map[string]trace           // agent → its last conversation that ended
	last   map[string]int64           // queue → wait of the caller answered last
}

func newHistory() *history {
	h := &history{queues: map[string]*recentQueue{}, last: map[string]int64{}}
	h.day()
	return h
}

func (h *history) day() {
	h.today, h.free = map[string]map[string]bool{}, map[string]trace{}
}

const keepRecent = 300

func (h *history) queue(id string) *recentQueue {
	if h.queues[id] == nil {
		h.queues[id] = &recentQueue{}
	}
	return h.queues[id]
}

// leaves learns from the end of a wait. An agent's time between two conversations,
// when somebody was waiting at the end of the first, is what wrap-up (and pauses)
// really took.
func (h *history) leaves(c *trace) {
	q := h.queue(c.queue)
	q.waits.add(c.left-c.joined, keepRecent)
	gave := int64(1)
	if c.answered != 0 {
		gave = 0
		h.last[c.queue] = c.left - c.joined
		if h.today[c.agent] == nil {
			h.today[c.agent] = map[string]bool{}
		}
		h.today[c.agent][c.queue] = true
		if was, ok := h.free[c.agent]; ok && was.wanted && c.answered >= was.ended {
			h.queue(was.queue).wrap.add(c.answered-was.ended, keepRecent)
		}
		delete(h.free, c.agent)
	}
	q.gaveUp.add(gave, keepRecent)
}

func (h *history) ends(c *trace, active []*trace) {
	h.queue(c.queue).talk.add(c.ended-c.answered, keepRecent)
	c.wanted = slices.ContainsFunc(active, func(w *trace) bool { return w.queue == c.queue && w.joined <= c.ended && w.left > c.ended })
	h.free[c.agent] = *c
}

func (h *history) model() *Model {
	m := &Model{Queues: map[string]QueueModel{}}
	for id, q := range h.queues {
		if len(q.talk.values) > 0 {
			if len(q.wrap.values) == 0 {
				q.wrap.values = append(q.wrap.values, 0)
			}
			m.Queues[id] = q.model(QueueModel{})
		}
	}
	return m
}

// longestGap is how long after a conversation an agent still counts as at work:
// nine in ten take the next waiting caller within it.
const longestGap = 5 * interval.Minute

// stateAt rebuilds the distributor's state at an instant from facts: who waits, who
// talks with whom since when, who has just finished. Old decisions are not decided
// again.
func (h *history) stateAt(t *testing.T, now int64, active []*trace) *acd.State {
	t.Helper()
	s := acd.New()
	evolve := func(at int64, p event.Payload, fill func(e *event.Event)) {
		e := event.New(at, p)
		e.Node = "trace"
		fill(&e)
		if err := s.Evolve(&e); err != nil {
			t.Fatal(err)
		}
	}
	nobody := func(*event.Event) {}
	evolve(now-interval.HourUs, &event.NodeStarted{Role: "acd"}, nobody)
	for _, id := range []string{"general", "IN", "NE"} {
		q := setup.QueueConfig{ID: id, WrapUpUs: interval.HourUs}
		evolve(now-interval.HourUs, &event.ConfigChanged{Table: setup.TableQueue, Row: id, Version: 1, Values: setup.Row(&q)}, nobody)
	}
	staff := map[string]*trace{}
	for _, c := range active {
		if c.answered != 0 && c.answered <= now && c.ended > now {
			staff[c.agent] = c
		}
	}
	for id, c := range h.free {
		if staff[id] == nil && now-c.ended <= longestGap {
			staff[id] = &c
		}
	}
	for id, c := range staff {
		a := setup.AgentConfig{ID: id}
		for q := range h.today[id] {
			a.Queues = append(a.Queues, setup.Membership{Queue: q})
		}
		slices.SortFunc(a.Queues, func(x, y setup.Membership) int { return len(x.Queue) - len(y.Queue) })
		who := func(e *event.Event) { e.Agent = id }
		visit := func(e *event.Event) {
			e.Agent, e.Visit, e.Interaction, e.Queue = id, c.interaction, c.interaction, c.queue
		}
		evolve(c.joined, &event.ConfigChanged{Table: setup.TableAgent, Row: id, Version: 1, Values: setup.Row(&a)}, nobody)
		evolve(c.joined, &event.AgentSignedIn{}, who)
		evolve(c.joined, &event.AgentStateChanged{From: event.Offline, To: event.Available}, who)
		evolve(c.joined, &event.QueueJoined{}, visit)
		evolve(c.answered, &event.QueueLeft{Exit: event.Answered}, visit)
		evolve(c.answered, &event.AgentStateChanged{From: event.Available, To: event.Talking}, visit)
		if c.ended <= now {
			evolve(c.ended, &event.AgentStateChanged{From: event.Talking, To: event.WrapUp}, visit)
		}
	}
	for _, c := range active {
		if c.left <= now {
			continue
		}
		evolve(c.joined, &event.QueueJoined{}, func(e *event.Event) {
			e.Visit, e.Interaction, e.Queue = c.interaction, c.interaction, c.queue
			if c.priority {
				// The bank put priority customers a minute and a half ahead (Mandelbaum, Sakov,
				// Zeltyn 2000, Empirical analysis of a call center, section 2).
				e.Cause = "place=" + strconv.FormatInt(c.joined-90*interval.Second, 10)
			}
		})
	}
	return s
}

// firstTold is when a waiting caller is first told something.
const firstTold = 5 * interval.Second

// TestEstimateOnTechnion estimates the waits of real callers from what the bank could
// know a few seconds after they joined, and compares with what happened to those
// answered. Where a queue had nobody at work that day as far as the data tell,
// nothing would be announced, and nothing is compared.
func TestEstimateOnTechnion(t *testing.T) {
	calls := technion(t)
	every := 20
	if testing.Short() {
		every = 500
	}
	x := &experiment{}
	h := newHistory()
	var active, asked []*trace
	queued, day := 0, int64(0)
	for i := range calls {
		c := &calls[i]
		for len(asked) > 0 && asked[0].joined+firstTold < c.joined {
			active = h.pass(active, asked[0].joined+firstTold)
			x.technion(t, h, active, asked[0])
			asked = asked[1:]
		}
		if d := c.joined / (24 * interval.HourUs); d != day {
			day = d
			h.day()
			active = nil
		}
		active = h.pass(active, c.joined)
		active = append(active, c)
		if c.answered == 0 || c.left-c.joined <= firstTold || len(h.queue(c.queue).talk.values) < keepRecent {
			continue
		}
		if queued++; queued%every == 0 {
			asked = append(asked, c)
		}
	}
	n := float64(x.n)
	t.Logf("%d answered waits, mean %.0f s: %.1f %% inside the range, its mean width %.0f s; mean error %.1f s, queue length %.1f s, last wait %.1f s",
		x.n, x.waits/n/1e6, 100*float64(x.inside)/n, x.width/n/1e6, x.errSim/n/1e6, x.errQL/n/1e6, x.errLast/n/1e6)
	if float64(x.inside) < 0.8*n {
		t.Errorf("%d of %d inside the range", x.inside, x.n)
	}
	if x.errSim >= x.errQL || x.errSim >= x.errLast {
		t.Error("the error is not below the others'")
	}
}

// pass lets happen what did before an instant, in order, and returns who is left.
func (h *history) pass(active []*trace, now int64) []*trace {
	type moment struct {
		at   int64
		ends bool
		c    *trace
	}
	var list []moment
	var still []*trace
	for _, c := range active {
		if c.left < now && !c.gone {
			list = append(list, moment{c.left, false, c})
			c.gone = true
		}
		if c.answered != 0 && c.ended < now {
			list = append(list, moment{c.ended, true, c})
			continue
		}
		if c.answered != 0 || c.left >= now {
			still = append(still, c)
		}
	}
	slices.SortStableFunc(list, func(a, b moment) int { return int((a.at - b.at) / interval.Second) })
	for _, m := range list {
		if m.ends {
			h.ends(m.c, active)
		} else {
			h.leaves(m.c)
		}
	}
	return still
}

func (x *experiment) technion(t *testing.T, h *history, active []*trace, c *trace) {
	now := c.joined + firstTold
	s := h.stateAt(t, now, active)
	e := DefaultEstimation()
	e.Seed = uint64(c.joined)
	got, err := EstimateVisit(s, now, c.interaction, h.model(), e)
	if err != nil {
		t.Fatal(err)
	}
	if !got.Sure() {
		return
	}
	v, _ := s.Visit(c.interaction)
	q, _ := s.Queue(c.queue)
	mean, talk := int64(0), h.queue(c.queue).talk.values
	for _, d := range talk {
		mean += d / int64(len(talk))
	}
	waited := c.left - now
	x.n++
	if waited >= got.LowUs && waited <= got.HighUs {
		x.inside++
	}
	x.waits += float64(waited)
	x.width += float64(got.HighUs - got.LowUs)
	x.errSim += math.Abs(float64(waited - got.MidUs))
	x.errQL += math.Abs(float64(waited - v.Position*mean/max(q.Staffed, 1)))
	x.errLast += math.Abs(float64(waited - max(h.last[c.queue]-firstTold, 0)))
}
