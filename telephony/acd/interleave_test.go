package acd_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/agner-platform/agner/internal/doctor"
	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/telephony/acd"
	"github.com/agner-platform/agner/telephony/acd/setup"
	"github.com/agner-platform/agner/telephony/routing"
)

const t0 = int64(1_777_888_800_000_000) // 2026-05-04T10:00:00Z, a Monday

// source draws numbers: a seeded generator, or rapid, which can shrink.
type source interface{ IntN(n int) int }

type rapidSource struct{ t *rapid.T }

func (r rapidSource) IntN(n int) int { return rapid.IntRange(0, n-1).Draw(r.t, "n") }

// chaos is a call centre in which everything happens at random moments, by and to
// those who are there and those who are gone.
type chaos struct {
	src     source
	s       *acd.State
	now     int64
	facts   []event.Event
	visits  []string // every visit ever
	offers  []string // every offer ever rung
	doctor  *doctor.Invariants
	calls   int
	version int64
	advice  routing.Advice
	advised bool // every queue follows advice
}

func newChaos(src source) (*chaos, error) {
	c := &chaos{src: src, s: acd.New(), now: t0, doctor: doctor.NewInvariants(), advised: src.IntN(4) == 0}
	if err := c.post(acd.Start{Node: "n1"}); err != nil {
		return nil, err
	}
	if err := c.post(acd.Configure{Config: c.config()}); err != nil {
		return c, err
	}
	for _, a := range agentNames {
		if err := c.post(acd.SignIn{Agent: a}); err != nil {
			return c, err
		}
	}
	if !c.advised {
		return c, nil
	}
	return c, c.advise()
}

func (c *chaos) pick(list ...string) string { return list[c.src.IntN(len(list))] }

func (c *chaos) span(longest int64) int64 {
	return int64(c.src.IntN(int(longest/interval.Second)+1)) * interval.Second
}

var (
	// advised interacts with other queues most, so it is drawn most.
	strategies = append(slices.Clone(routing.Strategies), routing.Advised, routing.Advised, routing.Advised, routing.Advised)

	queueNames = []string{"q0", "q1", "q2"}
	agentNames = []string{"a0", "a1", "a2", "a3"}
)

// config draws a configuration; now and then a queue or an agent is missing.
func (c *chaos) config() acd.Config {
	c.version++
	cfg := acd.Config{Version: c.version}
	var ids []string
	for _, id := range queueNames {
		if len(ids) > 0 && c.src.IntN(8) == 0 {
			continue
		}
		ids = append(ids, id)
		cfg.Queues = append(cfg.Queues, c.queue(id))
	}
	for i := range cfg.Queues {
		q := &cfg.Queues[i]
		other := ids[c.src.IntN(len(ids))]
		if other != q.ID {
			q.OnTimeout = acd.Action{Do: setup.ToQueue, Target: other}
			q.OnEmpty = acd.Action{Do: setup.ToQueue, Target: other}
			q.OnFull = acd.Action{Do: setup.ToQueue, Target: other}
		}
	}
	for _, id := range agentNames {
		if c.src.IntN(10) == 0 {
			continue
		}
		a := acd.AgentConfig{ID: id, MaxMissed: int64(c.src.IntN(3)), Skills: routing.Skills{"fr": int64(c.src.IntN(4)), "vip": int64(c.src.IntN(2))}}
		for _, q := range ids {
			if c.src.IntN(3) > 0 {
				a.Queues = append(a.Queues, acd.Membership{Queue: q, Tier: 1 + c.src.IntN(2), Order: int64(c.src.IntN(3))})
			}
		}
		cfg.Agents = append(cfg.Agents, a)
	}
	return cfg
}

func (c *chaos) queue(id string) acd.QueueConfig {
	q := acd.QueueConfig{
		ID: id, Strategy: strategies[c.src.IntN(len(strategies))], Weight: int64(c.src.IntN(2)), RingUs: c.span(10*interval.Second) + 1,
		AgeUs: c.span(2 * interval.Second), RingMax: c.src.IntN(3), Tiers: routing.Tiers{StepUs: c.span(3 * interval.Second)},
		WrapUpUs: c.span(3 * interval.Second), ExtendUs: interval.Second, ExtendMax: 1, MustCode: c.src.IntN(2) == 0, MissedUs: c.span(3 * interval.Second), DeclinedUs: c.span(3 * interval.Second),
		OwnUs: c.span(10 * interval.Second), Keys: map[string]acd.Action{"1": {Do: setup.ToCallback}, "2": {Do: setup.ToVoicemail}, "3": {}},
		Callback: acd.Callbacks{Attempts: 2, RetryUs: 5 * interval.Second, OfferUs: 5 * interval.Second},
		Announce: acd.Announcements{FirstUs: c.span(5 * interval.Second), EveryUs: c.span(5 * interval.Second), Position: true, Wait: c.src.IntN(2) == 0},
	}
	if c.advised {
		q.Strategy, q.Tiers = routing.Advised, routing.Tiers{}
	}
	if c.src.IntN(3) == 0 {
		q.MaxWaitUs = c.span(30*interval.Second) + 1
		q.OnTimeout = acd.Action{Do: setup.ToCallback}
	}
	switch c.src.IntN(6) {
	case 0:
		q.Entry.Need, q.Leave = setup.NeedStaffed, setup.NeedWorking
	case 1:
		q.Entry.Need, q.Entry.MaxWaiting = setup.NeedAvailable, 2
	case 2:
		q.Need = routing.Stages{{Need: must("fr>=2")}, {AfterUs: 4 * interval.Second, Need: must("fr OR vip")}, {AfterUs: 9 * interval.Second}}
	}
	return q
}

func must(s string) routing.Expr {
	e, err := routing.ParseExpr(s)
	if err != nil {
		panic(err)
	}
	return e
}

// post gives an input and checks everything that must hold at any moment.
func (c *chaos) post(in acd.Input) error {
	r := c.s.Decide(in, c.now)
	if errors.Is(r.Err, acd.ErrFact) {
		return fmt.Errorf("%T %+v: %w", in, in, r.Err)
	}
	for i := range r.Facts {
		e := r.Facts[i]
		e.Seq = uint64(len(c.facts))
		c.facts = append(c.facts, e)
		c.doctor.Observe(&c.facts[len(c.facts)-1])
		if e.Kind == event.KindQueueJoined {
			c.visits = append(c.visits, e.Visit)
		}
	}
	for _, cmd := range r.Commands {
		if ring, ok := cmd.(acd.Ring); ok {
			c.offers = append(c.offers, ring.Offer)
		}
	}
	if s := c.s.Stuck(); s != "" {
		return fmt.Errorf("after %T %+v: %s", in, in, s)
	}
	return nil
}

// examine asks the doctor; it costs too much to do at every step.
func (c *chaos) examine() error {
	if res := c.doctor.Result(); len(res.Breaches) > 0 {
		return fmt.Errorf("fact %d: %s: %s", res.Breaches[0].First.Seq, res.Breaches[0].Rule, res.Breaches[0].What)
	}
	return nil
}

func (c *chaos) visit() string { return c.recent(c.visits) }
func (c *chaos) offer() string { return c.recent(c.offers) }

// recent mostly returns one of the last few, which are likely still there.
func (c *chaos) recent(list []string) string {
	if len(list) == 0 {
		return "none"
	}
	return list[len(list)-1-c.src.IntN(min(len(list), 6))]
}

// step does one random thing.
func (c *chaos) step() error {
	c.now += int64(c.src.IntN(4)) * int64(c.src.IntN(1500)) * interval.Second / 1000
	switch n := c.src.IntN(100); {
	case n < 22:
		return c.join()
	case n < 42:
		return c.post(acd.Answer{Offer: c.offer()})
	case n < 50:
		return c.post(acd.HangUp{Visit: c.visit()})
	case n < 58:
		return c.post(acd.Finish{Visit: c.visit(), By: event.AgentSide})
	case n < 64:
		return c.post(acd.SignIn{Agent: c.pick(agentNames...)})
	case n < 80:
		return c.agentStep()
	case n < 90:
		return c.callerStep()
	case n < 95:
		return c.supervisorStep()
	case n < 97:
		return c.reconfigure()
	case n < 98:
		return c.crash()
	case n < 99:
		return c.advise()
	}
	return c.tick()
}

func (c *chaos) join() error {
	c.calls++
	j := acd.Join{
		Interaction: fmt.Sprintf("c%d", c.calls), Queue: c.pick(queueNames...), Priority: int64(c.src.IntN(3)),
		HeadStartUs: c.span(3 * interval.Second), PredictedUs: c.span(9 * interval.Second), Party: "p",
	}
	if c.src.IntN(4) == 0 {
		j.Skills = []string{c.pick("fr", "vip", "fr>=3", "agent=a1")}
	}
	return c.post(j)
}

func (c *chaos) agentStep() error {
	a := c.pick(agentNames...)
	switch c.src.IntN(11) {
	case 9:
		return c.post(acd.Code{Agent: a, Code: "sold", By: a})
	case 0:
		return c.post(acd.SignOut{Agent: a})
	case 1:
		return c.post(acd.SetState{Agent: a, State: event.OnBreak, Reason: "tea"})
	case 2, 3:
		return c.post(acd.SetState{Agent: a, State: event.Available, By: "sue"})
	case 4:
		return c.post(acd.Decline{Offer: c.offer()})
	case 5:
		return c.post(acd.Fail{Offer: c.offer(), Cause: "busy"})
	case 6:
		return c.post(acd.Hold{Agent: a})
	case 7:
		return c.post(acd.Resume{Agent: a})
	case 8:
		return c.post(acd.ExtendWrapUp{Agent: a})
	}
	return c.post(acd.WrapUpDone{Agent: a})
}

func (c *chaos) callerStep() error {
	v := c.visit()
	switch c.src.IntN(7) {
	case 0:
		return c.post(acd.Key{Visit: v, Key: c.pick("1", "2", "3", "4")})
	case 1:
		return c.post(acd.TakeCallback{Visit: v, UntilAt: c.now + c.span(20*interval.Second)})
	case 2:
		c.calls++
		return c.post(acd.ScheduleCallback{Queue: c.pick(queueNames...), Interaction: fmt.Sprintf("c%d", c.calls), ForAt: c.now + c.span(5*interval.Second)})
	case 3:
		low := c.span(10 * interval.Second)
		return c.post(acd.Estimated{Visit: v, LowUs: low, HighUs: low + c.span(10*interval.Second)})
	}
	for _, w := range c.s.Visits() {
		if w.Stage == acd.StageDialing {
			return c.post(acd.CallbackResult{Visit: w.ID, Result: c.pick("reached", "reached", "busy", "no_answer")})
		}
	}
	return c.post(acd.CallbackResult{Visit: v, Result: "reached"})
}

func (c *chaos) supervisorStep() error {
	switch v, a := c.visit(), c.pick(agentNames...); c.src.IntN(5) {
	case 0:
		return c.post(acd.MoveToHead{Visit: v, By: "sue"})
	case 1:
		return c.post(acd.SetPriority{Visit: v, Priority: int64(c.src.IntN(5)), By: "sue"})
	case 2:
		return c.post(acd.Pull{Visit: v, By: "sue", Action: acd.Action{Do: setup.ToQueue, Target: c.pick(queueNames...)}})
	case 3:
		return c.post(acd.SetSkills{Agent: a, Skills: routing.Skills{"fr": int64(c.src.IntN(4))}})
	default:
		return c.post(acd.Reassign{Visit: v, Agent: a, By: "sue"})
	}
}

// tick goes to the next deadline.
func (c *chaos) tick() error {
	if at, ok := c.s.Deadline(); ok {
		c.now = max(c.now, at)
	}
	return c.post(acd.Tick{})
}

// crash rebuilds the state from the facts, from a snapshot or through a clone, and
// compares it.
func (c *chaos) crash() error {
	s, err := c.rebuilt()
	if err == nil {
		err = c.examine()
	}
	if err != nil {
		return err
	}
	if !s.Equal(c.s) {
		return fmt.Errorf("rebuilt state differs:\n%s\n%s", s.Snapshot(), c.s.Snapshot())
	}
	c.s = s
	if c.src.IntN(2) == 0 {
		// A clone or a replay must go on exactly like the original; advice is posted again.
		return c.post(acd.Advise{Advice: c.advice})
	}
	return c.post(acd.Start{Node: "n1"})
}

// reconfigure changes the set-up: who stands in line before and after does so in the
// same order.
func (c *chaos) reconfigure() error {
	if err := c.post(acd.Tick{}); err != nil { // what is due leaves first
		return err
	}
	before := c.s.Queues()
	if err := c.post(acd.Configure{Config: c.config()}); err != nil {
		return err
	}
	for _, was := range before {
		now, _ := c.s.Queue(was.ID)
		stayed := func(v string) bool { return slices.Contains(now.Line, v) }
		stood := func(v string) bool { return slices.Contains(was.Line, v) }
		if a, b := keep(was.Line, stayed), keep(now.Line, stood); !slices.Equal(a, b) {
			return fmt.Errorf("queue %s was reordered by a configuration: %v, now %v", was.ID, a, b)
		}
	}
	return nil
}

func keep(list []string, ok func(string) bool) []string {
	var out []string
	for _, v := range list {
		if ok(v) {
			out = append(out, v)
		}
	}
	return out
}

// advise posts advice, fresh or about to grow old, or takes it away.
func (c *chaos) advise() error {
	c.advice = nil
	if c.src.IntN(4) > 0 {
		a := &routing.Table{Name: "f1", Made: c.now - int64(c.src.IntN(2))*(routing.AdviceMaxAge-c.span(20*interval.Second)), Queues: map[string]routing.QueueAdvice{}}
		for _, q := range queueNames {
			a.Queues[q] = routing.QueueAdvice{
				Reserve: c.src.IntN(3), Value: float64(c.src.IntN(3)), WithinUs: c.span(20 * interval.Second), HoldUs: c.span(10 * interval.Second),
			}
		}
		c.advice = a
	}
	return c.post(acd.Advise{Advice: c.advice})
}

func (c *chaos) rebuilt() (*acd.State, error) {
	switch c.src.IntN(4) {
	case 0:
		return acd.Restore(c.s.Snapshot())
	case 1:
		return c.s.Clone(), nil
	}
	s := acd.New()
	for i := range c.facts {
		b, err := event.AppendBinary(nil, &c.facts[i])
		if err != nil {
			return nil, err
		}
		e, err := event.DecodeBinary(b)
		if err != nil {
			return nil, err
		}
		if err := s.Evolve(&e); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// drain lets everybody go home: nothing may be left behind.
func (c *chaos) drain() error {
	if err := c.crash(); err != nil {
		return err
	}
	// A hang-up may let a deadline pass first that moves others on: several rounds.
	for range 3 {
		for _, v := range c.s.Visits() {
			if err := c.post(acd.HangUp{Visit: v.ID}); err != nil {
				return err
			}
			if err := c.post(acd.CancelCallback{Ref: v.Ref}); err != nil {
				return err
			}
		}
	}
	for _, a := range agentNames {
		if err := c.post(acd.SignOut{Agent: a}); err != nil {
			return err
		}
	}
	for _, v := range c.s.Visits() {
		if v.Stage == acd.StageDialing {
			if err := c.post(acd.CallbackResult{Visit: v.ID, Result: "busy"}); err != nil {
				return err
			}
		}
	}
	c.now += interval.HourUs // every wrap-up and every window is over
	if err := c.post(acd.Tick{}); err != nil {
		return err
	}
	for _, a := range c.s.Agents() {
		if a.State != event.Offline {
			return fmt.Errorf("agent %s is still %s", a.ID, a.State)
		}
	}
	for _, v := range c.s.Visits() {
		if v.Ref == "" {
			return fmt.Errorf("visit %s is still %s", v.ID, v.Stage)
		}
	}
	if books := c.doctor.Result().Books; !books.Balanced() {
		return fmt.Errorf("books: %+v", books)
	}
	return c.examine()
}

// live plays one interleaving of n steps.
func live(src source, n int) (*chaos, error) {
	c, err := newChaos(src)
	for i := 0; err == nil && i < n; i++ {
		err = c.step()
	}
	if err == nil {
		err = c.drain()
	}
	return c, err
}

// tail prints the latest facts and where everybody stands, for a failing seed.
func (c *chaos) tail() string {
	var b strings.Builder
	for i := max(0, len(c.facts)-25); i < len(c.facts); i++ {
		e := &c.facts[i]
		fmt.Fprintf(&b, "%8.3f %-24s %s %s %s %s %+v\n", float64(e.At-t0)/1e6, e.Kind, e.Queue, e.Visit, e.Agent, e.Cause, e.Payload)
	}
	for _, q := range c.s.Queues() {
		fmt.Fprintf(&b, "%+v\n", q)
	}
	for _, v := range c.s.Visits() {
		fmt.Fprintf(&b, "%+v\n", v)
	}
	for _, a := range c.s.Agents() {
		fmt.Fprintf(&b, "%+v\n", a)
	}
	return b.String()
}

// TestInterleavings plays random interleavings of callers, agents, supervisors,
// configuration changes and crashes: 10⁴ as a rule, 10⁶ with AGNER_LONG=1.
func TestInterleavings(t *testing.T) {
	n := 10_000
	if os.Getenv("AGNER_LONG") != "" {
		n = 1_000_000
	}
	if testing.Short() {
		n = 500
	}
	kinds := map[event.Kind]int{}
	for seed := range n {
		c, err := live(rand.New(rand.NewPCG(uint64(seed), 3)), 60)
		if err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, c.tail())
		}
		for i := range c.facts {
			kinds[c.facts[i].Kind]++
		}
	}
	// The test is worth something only if everything happened.
	for _, k := range []event.Kind{
		event.KindQueueBlocked, event.KindQueueJoined, event.KindQueueLeft, event.KindQueueAnnounced, event.KindQueuePriorityChanged,
		event.KindOfferMade, event.KindOfferMissed, event.KindOfferDeclined, event.KindOfferAccepted, event.KindOfferWithdrawn, event.KindVisitHandled,
		event.KindCallbackRequested, event.KindCallbackScheduled, event.KindCallbackAttempted, event.KindCallbackResulted,
		event.KindAgentSignedIn, event.KindAgentSignedOut, event.KindAgentStateChanged, event.KindAgentSkillsChanged, event.KindConfigChanged, event.KindForecastApplied,
	} {
		if kinds[k] == 0 {
			t.Errorf("%s never happened", k)
		}
	}
	list := []string{}
	for k, v := range kinds {
		list = append(list, fmt.Sprintf("%s %d", k, v))
	}
	slices.Sort(list)
	t.Logf("%d interleavings: %v", n, list)
}

// TestRapidInterleavings draws the same with rapid, which shrinks what fails.
func TestRapidInterleavings(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		if _, err := live(rapidSource{t}, rapid.IntRange(1, 40).Draw(t, "steps")); err != nil {
			t.Fatal(err)
		}
	})
}

// TestDeterminism: the same inputs give the same facts, in every detail; maps in the
// state do not matter.
func TestDeterminism(t *testing.T) {
	for seed := range uint64(200) {
		a, err := live(rand.New(rand.NewPCG(seed, 9)), 60)
		if err != nil {
			t.Fatal(err)
		}
		b, err := live(rand.New(rand.NewPCG(seed, 9)), 60)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(a.facts, b.facts); d != "" {
			t.Fatalf("seed %d: %s", seed, d)
		}
		if string(a.s.Snapshot()) != string(b.s.Snapshot()) {
			t.Fatalf("seed %d: other states", seed)
		}
	}
}
