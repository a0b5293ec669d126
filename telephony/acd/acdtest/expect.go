package acdtest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/acd"
)

// expect checks one claim.
func (sc *Scenario) expect(l *line) error {
	if len(l.args) == 0 {
		return fmt.Errorf("expect: needs a claim")
	}
	what, a := l.args[0], l.args[1:]
	check, ok := claims[what]
	if !ok {
		return fmt.Errorf("expect: %q is not a claim", what)
	}
	if len(a) < check.names {
		return fmt.Errorf("expect %s: needs %d names", what, check.names)
	}
	r := l.reader()
	err := check.do(sc, a, r)
	if err == nil {
		err = r.done()
	}
	if err != nil {
		return fmt.Errorf("expect %s: %w", strings.Join(l.args, " "), err)
	}
	return nil
}

// claim is one kind of expectation.
type claim struct {
	names int
	do    func(sc *Scenario, a []string, r *reader) error
}

var claims = map[string]claim{
	"waiting":       {2, (*Scenario).expectWaiting},
	"line":          {1, (*Scenario).expectLine},
	"agent":         {2, (*Scenario).expectAgent},
	"ringing":       {2, (*Scenario).expectRinging},
	"silent":        {1, (*Scenario).expectSilent},
	"exit":          {2, (*Scenario).expectExit},
	"joined":        {2, (*Scenario).expectJoined},
	"told":          {2, (*Scenario).expectTold},
	"command":       {1, (*Scenario).expectCommand},
	"facts":         {2, (*Scenario).expectFacts},
	"handled":       {1, (*Scenario).expectHandled},
	"service_level": {3, (*Scenario).expectLevel},
	"abandoned":     {3, (*Scenario).expectAbandoned},
	"mean_wait":     {3, (*Scenario).expectMeanWait},
	"taken":         {3, (*Scenario).expectTaken},
}

func got(format string, args ...any) error { return fmt.Errorf("got "+format, args...) }

func (sc *Scenario) lineOf(queue string) ([]string, error) {
	q, ok := sc.world.State.Queue(queue)
	if !ok {
		return nil, fmt.Errorf("there is no queue %q", queue)
	}
	var names []string
	for _, id := range q.Line {
		v, _ := sc.world.State.Visit(id)
		names = append(names, v.Interaction)
	}
	return names, nil
}

// waiting QUEUE N.
func (sc *Scenario) expectWaiting(a []string, _ *reader) error {
	line, err := sc.lineOf(a[0])
	if err == nil && strconv.Itoa(len(line)) != a[1] {
		err = got("%d", len(line))
	}
	return err
}

// line QUEUE CALLER and so on.
func (sc *Scenario) expectLine(a []string, _ *reader) error {
	line, err := sc.lineOf(a[0])
	if err == nil && !slices.Equal(line, a[1:]) {
		err = got("%v", line)
	}
	return err
}

// agent NAME STATE [CALLER] [next=STATE]
func (sc *Scenario) expectAgent(a []string, r *reader) error {
	w, ok := sc.world.State.Agent(a[0])
	switch {
	case !ok:
		return fmt.Errorf("there is no such agent")
	case string(w.State) != a[1]:
		return got("%s", w.State)
	case len(a) > 2 && w.Visit != sc.visit(a[2]):
		return got("visit %q, not %q", w.Visit, sc.visit(a[2]))
	}
	if next := r.text("to"); next != "" && string(w.Next) != next {
		return got("next %q", w.Next)
	}
	return nil
}

// ringing AGENT CALLER
func (sc *Scenario) expectRinging(a []string, _ *reader) error {
	v, ok := sc.world.State.Visit(sc.visit(a[1]))
	if !ok {
		return fmt.Errorf("%s is not there", a[1])
	}
	var agents []string
	for _, o := range v.Offers {
		agents = append(agents, o.Agent)
	}
	if !slices.Contains(agents, a[0]) {
		return got("ringing at %v", agents)
	}
	return nil
}

// silent CALLER: nobody rings for the caller.
func (sc *Scenario) expectSilent(a []string, _ *reader) error {
	if v, ok := sc.world.State.Visit(sc.visit(a[0])); !ok || len(v.Offers) > 0 {
		return got("%d phones ringing", len(v.Offers))
	}
	return nil
}

// exit CALLER EXIT [wait=TIME] [to=QUEUE or target] [key=K]
func (sc *Scenario) expectExit(a []string, r *reader) error {
	var e *event.Event
	for i := range sc.facts {
		if f := &sc.facts[i]; f.Interaction == a[0] && f.Kind == event.KindQueueLeft {
			e = f
		}
	}
	if e == nil {
		return got("no exit")
	}
	p := e.Payload.(*event.QueueLeft)
	if string(p.Exit) != a[1] {
		return got("%s", p.Exit)
	}
	if wait := r.span("wait", -1); wait >= 0 && wait != p.WaitUs {
		return got("a wait of %v", time.Duration(p.WaitUs)*time.Microsecond)
	}
	if to := r.text("to"); to != "" && to != p.ToQueue && to != p.Target {
		return got("to %q%q", p.ToQueue, p.Target)
	}
	if key := r.text("key"); key != "" && key != p.Key {
		return got("key %q", p.Key)
	}
	return nil
}

// joined CALLER QUEUE [at=POSITION]
func (sc *Scenario) expectJoined(a []string, r *reader) error {
	e := sc.joined[sc.visits[a[0]]]
	if e == nil || e.Queue != a[1] {
		return got("%v", e)
	}
	if p := e.Payload.(*event.QueueJoined); r.text("at") != "" && r.number("at") != p.Position {
		return got("position %d", p.Position)
	}
	return nil
}

// told CALLER WHAT [from=TIME until=TIME]: the latest announcement.
func (sc *Scenario) expectTold(a []string, r *reader) error {
	p := sc.told[sc.visits[a[0]]]
	switch {
	case p == nil:
		return got("nothing")
	case p.What != a[1]:
		return got("%s", p.What)
	case r.text("from") != "" && (p.LowUs != r.span("from", 0) || p.HighUs != r.span("until", 0)):
		return got("%v to %v", time.Duration(p.LowUs)*time.Microsecond, time.Duration(p.HighUs)*time.Microsecond)
	}
	return nil
}

// command KIND [to=TARGET]: the latest command of the kind, e.g. Divert.
func (sc *Scenario) expectCommand(a []string, r *reader) error {
	for i := len(sc.commands) - 1; i >= 0; i-- {
		c := sc.commands[i]
		if strings.TrimPrefix(fmt.Sprintf("%T", c), "acd.") != a[0] {
			continue
		}
		if d, ok := c.(acd.Divert); ok && r.text("to") != "" && r.action("to") != d.Action {
			return got("%+v", d)
		}
		return nil
	}
	return got("no such command")
}

// facts KIND N
func (sc *Scenario) expectFacts(a []string, _ *reader) error {
	n := 0
	for i := range sc.facts {
		if string(sc.facts[i].Kind) == a[0] {
			n++
		}
	}
	if strconv.Itoa(n) != a[1] {
		return got("%d", n)
	}
	return nil
}

// handled CALLER [handle=TALK wrap_up=TIME to=TARGET by=SIDE]
func (sc *Scenario) expectHandled(a []string, r *reader) error {
	for i := len(sc.facts) - 1; i >= 0; i-- {
		p, ok := sc.facts[i].Payload.(*event.VisitHandled)
		if !ok || sc.facts[i].Interaction != a[0] {
			continue
		}
		if r.span("handle", p.TalkUs+p.HoldUs) != p.TalkUs+p.HoldUs || r.span("wrap_up", p.WrapUpUs) != p.WrapUpUs ||
			r.text("to") != "" && r.text("to") != p.TransferredTo || r.text("by") != "" && r.text("by") != string(p.HungUpBy) {
			return got("%+v", *p)
		}
		return nil
	}
	return got("not handled")
}

// figures sums up a queue.
type figures struct{ offered, answered, abandoned, within, waitUs int64 }

func (sc *Scenario) figures(queue string, within int64) figures {
	var f figures
	for i := range sc.facts {
		e := &sc.facts[i]
		if e.Queue != queue {
			continue
		}
		switch p := e.Payload.(type) {
		case *event.QueueJoined:
			f.offered++
		case *event.QueueLeft:
			f.waitUs += p.WaitUs
			switch p.Exit {
			case event.Answered:
				f.answered++
				if p.WaitUs <= within {
					f.within++
				}
			case event.Abandoned:
				f.abandoned++
			}
		}
	}
	return f
}

// compare reads "OP LIMIT" and holds a share or time against it.
func compare(have float64, op, limit string) error {
	want, err := strconv.ParseFloat(limit, 64)
	if err != nil {
		us, err := span(limit)
		if err != nil {
			return err
		}
		want = float64(us)
	}
	ok := map[string]bool{">=": have >= want, "<=": have <= want, "=": have == want, ">": have > want, "<": have < want}[op]
	if !ok {
		return got("%g, wanted %s %g", have, op, want)
	}
	return nil
}

// service_level QUEUE OP SHARE within=TIME: answered within, of those offered.
func (sc *Scenario) expectLevel(a []string, r *reader) error {
	f := sc.figures(a[0], r.span("within", 20_000_000))
	return compare(float64(f.within)/float64(max(f.offered, 1)), a[1], a[2])
}

// abandoned QUEUE OP SHARE
func (sc *Scenario) expectAbandoned(a []string, _ *reader) error {
	f := sc.figures(a[0], 0)
	return compare(float64(f.abandoned)/float64(max(f.offered, 1)), a[1], a[2])
}

// mean_wait QUEUE OP TIME, of all who left
func (sc *Scenario) expectMeanWait(a []string, _ *reader) error {
	f := sc.figures(a[0], 0)
	return compare(float64(f.waitUs)/float64(max(f.offered, 1)), a[1], a[2])
}

// taken AGENT OP N: conversations the agent had.
func (sc *Scenario) expectTaken(a []string, _ *reader) error {
	n := 0
	for i := range sc.facts {
		if e := &sc.facts[i]; e.Agent == a[0] {
			if p, ok := e.Payload.(*event.QueueLeft); ok && p.Exit == event.Answered {
				n++
			}
		}
	}
	return compare(float64(n), a[1], a[2])
}
