package acdtest

import (
	"fmt"
	"strconv"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/acd"
	"github.com/agner-platform/agner/telephony/acd/sim"
	"github.com/agner-platform/agner/telephony/routing"
)

// T0 is the instant at which every scenario begins: Monday 2026-05-04 10:00 UTC.
const T0 = int64(1_777_888_800_000_000)

// Scenario is one run in progress.
type Scenario struct {
	world    *sim.World
	config   acd.Config
	dirty    bool // configuration changed, not posted
	answers  map[string]int64
	visits   map[string]string // caller → latest visit
	facts    []event.Event
	commands []acd.Command
	exits    map[string]*event.Event // visit → queue.left
	told     map[string]*event.QueueAnnounced
	joined   map[string]*event.Event // visit → queue.joined
	advice   map[string]routing.QueueAdvice
	loads    int
	fact     func(*event.Event)
	problem  error
}

// Run plays a scenario. fact is told every fact; it may be nil. The error names the
// line.
func Run(text string, fact func(*event.Event)) error {
	lines, err := parse(text)
	if err != nil {
		return err
	}
	sc := &Scenario{
		answers: map[string]int64{}, visits: map[string]string{}, exits: map[string]*event.Event{},
		told: map[string]*event.QueueAnnounced{}, joined: map[string]*event.Event{}, fact: fact,
	}
	sc.attach(acd.New(), T0)
	if err := sc.world.Post(acd.Start{Node: "test"}); err != nil {
		return err
	}
	for i := range lines {
		if err := sc.play(&lines[i]); err != nil {
			return fmt.Errorf("line %d: %w", lines[i].number, err)
		}
	}
	return sc.replay(nil)
}

// attach makes a world around a state.
func (sc *Scenario) attach(s *acd.State, now int64) {
	sc.world = sim.NewWorld(s, now)
	sc.world.Fact = sc.observe
	sc.world.Command = func(c acd.Command) {
		sc.commands = append(sc.commands, c)
		if r, ok := c.(acd.Ring); ok && sc.answers[r.Agent] >= 0 {
			sc.world.At(sc.world.Now()+sc.answers[r.Agent], acd.Answer{Offer: r.Offer})
		}
	}
}

func (sc *Scenario) observe(e *event.Event) {
	sc.facts = append(sc.facts, *e)
	if err := e.Validate(); err != nil && sc.problem == nil {
		sc.problem = err
	}
	switch p := e.Payload.(type) {
	case *event.QueueJoined:
		c := *e
		sc.visits[e.Interaction], sc.joined[e.Visit] = e.Visit, &c
	case *event.QueueLeft:
		c := *e
		sc.exits[e.Visit] = &c
	case *event.QueueAnnounced:
		sc.told[e.Visit] = p
	}
	if sc.fact != nil {
		sc.fact(e)
	}
}

// play carries out one statement.
func (sc *Scenario) play(l *line) error {
	if l.at >= 0 {
		if err := sc.flush(); err != nil {
			return err
		}
		sc.world.RunUntil(T0 + l.at)
	}
	err := sc.statement(l)
	switch {
	case l.refuse && err == nil:
		return fmt.Errorf("%s was not refused", l.word)
	case !l.refuse && err != nil:
		return err
	}
	if l.at >= 0 {
		if err := sc.flush(); err != nil {
			return err
		}
	}
	if s := sc.world.State.Stuck(); s != "" {
		return fmt.Errorf("stuck: %s", s)
	}
	return sc.problem
}

// flush posts the configuration if it changed.
func (sc *Scenario) flush() error {
	if !sc.dirty {
		return nil
	}
	sc.dirty = false
	sc.config.Version++
	return sc.world.Post(acd.Configure{Config: sc.config})
}

func (sc *Scenario) statement(l *line) error {
	switch l.word {
	case "queue", "agent", "remove":
		return sc.configure(l)
	case "expect":
		return sc.expect(l)
	case "load":
		return sc.load(l)
	case "crash":
		return sc.crash()
	}
	in, err := sc.input(l)
	if err != nil {
		return err
	}
	if j, ok := in.(acd.Join); ok {
		return sc.call(l, j)
	}
	return sc.world.Post(in)
}

func (sc *Scenario) configure(l *line) error {
	sc.dirty = true
	switch l.word {
	case "queue":
		q, err := l.queue()
		if err != nil {
			return err
		}
		for i := range sc.config.Queues {
			if sc.config.Queues[i].ID == q.ID {
				sc.config.Queues[i] = q
				return nil
			}
		}
		sc.config.Queues = append(sc.config.Queues, q)
	case "agent":
		a, answers, err := l.agent()
		if err != nil {
			return err
		}
		sc.answers[a.ID] = answers
		for i := range sc.config.Agents {
			if sc.config.Agents[i].ID == a.ID {
				sc.config.Agents[i] = a
				return nil
			}
		}
		a.Queues = append([]acd.Membership(nil), a.Queues...)
		for i := range a.Queues {
			a.Queues[i].Order = int64(len(sc.config.Agents))
		}
		sc.config.Agents = append(sc.config.Agents, a)
	case "remove":
		return sc.remove(l)
	}
	return nil
}

// remove takes a queue (with its memberships) or an agent out of the configuration.
func (sc *Scenario) remove(l *line) error {
	if len(l.args) != 1 {
		return fmt.Errorf("remove: needs one name")
	}
	c := acd.Config{Version: sc.config.Version}
	for _, q := range sc.config.Queues {
		if q.ID != l.args[0] {
			c.Queues = append(c.Queues, q)
		}
	}
	for _, a := range sc.config.Agents {
		if a.ID == l.args[0] {
			continue
		}
		var keep []acd.Membership
		for _, m := range a.Queues {
			if m.Queue != l.args[0] {
				keep = append(keep, m)
			}
		}
		a.Queues = keep
		c.Agents = append(c.Agents, a)
	}
	sc.config = c
	return nil
}

// call lets a caller join, with its patience and handling time if it has them.
func (sc *Scenario) call(l *line, j acd.Join) error {
	r := l.reader()
	k := &sim.Caller{Join: j, PatienceUs: r.span("patience", -1), HandleUs: r.span("handle", -1), WrapUs: r.span("wrap_up", -1)}
	if r.err != nil {
		return r.err
	}
	return sc.world.Call(k)
}

// crash forgets the state, rebuilds it from the facts and begins a new epoch.
func (sc *Scenario) crash() error {
	var s *acd.State
	if err := sc.replay(&s); err != nil {
		return err
	}
	now := sc.world.Now()
	sc.attach(s, now)
	return sc.world.Post(acd.Start{Node: "test"})
}

// replay evolves a new state from the facts, through their binary form, and
// compares it with the present one.
func (sc *Scenario) replay(into **acd.State) error {
	s := acd.New()
	for i := range sc.facts {
		e := sc.facts[i]
		b, err := event.AppendBinary(nil, &e)
		if err != nil {
			return err
		}
		if e, err = event.DecodeBinary(b); err != nil {
			return err
		}
		if err := s.Evolve(&e); err != nil {
			return fmt.Errorf("replay: fact %d: %w", i, err)
		}
	}
	if !s.Equal(sc.world.State) {
		return fmt.Errorf("replay gives another state:\n%s\nnot\n%s", s.Snapshot(), sc.world.State.Snapshot())
	}
	if into != nil {
		*into = s
	}
	return nil
}

// load lets many callers come: load 100 calls to sales over 10m handle=3m patience=60s.
// Times are exponential with these means, arrivals evenly random.
func (sc *Scenario) load(l *line) error {
	if len(l.args) != 6 || l.args[1] != "calls" || l.args[2] != "to" || l.args[4] != "over" {
		return fmt.Errorf("load: write: load N calls to QUEUE over TIME")
	}
	n, err := strconv.Atoi(l.args[0])
	if err != nil {
		return fmt.Errorf("load: %w", err)
	}
	over, err := span(l.args[5])
	if err != nil {
		return err
	}
	r := l.reader()
	sc.loads++
	seed := uint64(sc.loads)
	handle, patience, wrap := r.span("handle", 0), r.span("patience", sim.Never), r.span("wrap_up", -1)
	j := acd.Join{Queue: l.args[3], Priority: r.number("priority"), Skills: r.list("skills")}
	if err := r.done(); err != nil {
		return err
	}
	for i := range n {
		u := func(k string) float64 { return float64(routing.Draw(seed, uint64(i), k)>>11) / (1 << 53) }
		k := &sim.Caller{Join: j, HandleUs: sim.Exp(handle).Quantile(u("handle")), PatienceUs: patience, WrapUs: wrap}
		if patience < sim.Never {
			k.PatienceUs = sim.Exp(patience).Quantile(u("patience"))
		}
		if wrap > 0 {
			k.WrapUs = sim.Exp(wrap).Quantile(u("wrap"))
		}
		k.Join.Interaction = fmt.Sprintf("load%d-%d", sc.loads, i)
		sc.world.Do(sc.world.Now()+int64(u("at")*float64(over)), func() { sc.problem = orErr(sc.problem, sc.world.Call(k)) })
	}
	return nil
}

func orErr(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// visit returns a caller's latest visit.
func (sc *Scenario) visit(caller string) string {
	if v := sc.visits[caller]; v != "" {
		return v
	}
	return "visit of " + caller
}

// offer returns the offer that rings at an agent, or the last one that did.
func (sc *Scenario) offer(agent string) string {
	if a, ok := sc.world.State.Agent(agent); ok && a.Offer != "" {
		return a.Offer
	}
	for i := len(sc.commands) - 1; i >= 0; i-- {
		if r, ok := sc.commands[i].(acd.Ring); ok && r.Agent == agent {
			return r.Offer
		}
	}
	return "offer of " + agent
}
