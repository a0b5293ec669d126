package ivr

import (
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/agner-platform/agner/internal/event"
)

// world answers a machine's actions at random and checks what it may do.
type world struct {
	t      *rapid.T
	m      *Machine
	now    int64
	plays  map[int]bool
	timers map[int]int64
	open   map[int]Action // fetches and results
	facts  []event.Event
	ended  int
}

func (w *world) take(out Out) {
	w.facts = append(w.facts, out.Facts...)
	for _, a := range out.Actions {
		switch a := a.(type) {
		case PlayPrompts:
			if len(w.plays) > 0 {
				w.t.Fatalf("plays %v while %v plays", a, w.plays)
			}
			w.plays[a.Request] = true
		case StopPlaying:
			delete(w.plays, a.Request)
		case SetTimer:
			if a.AfterUs <= 0 {
				w.t.Fatalf("timer %v", a)
			}
			w.timers[a.Request] = w.now + a.AfterUs
		case StopTimer:
			delete(w.timers, a.Request)
		case Fetch:
			w.open[a.Request] = a
		case Dial:
			w.open[a.Request] = a
		case RequestCallback:
			w.open[a.Request] = a
		case StopFetch:
			delete(w.open, a.Request)
		case StopDial:
			delete(w.open, a.Request)
		default:
			w.ended++
		}
	}
}

// act posts one random input.
func (w *world) act() {
	switch rapid.IntRange(0, 9).Draw(w.t, "act") {
	case 0, 1, 2, 3:
		w.take(w.m.Step(Key{rapid.StringOfN(rapid.RuneFrom([]rune("0123456789*#")), 1, 1, 1).Draw(w.t, "key")}, w.now))
	case 4, 5:
		w.pass()
	case 6:
		for id := range w.open {
			w.answer(id)
			return
		}
	case 7: // answers to requests that never were or are over
		id := rapid.IntRange(0, 50).Draw(w.t, "stale")
		if !w.plays[id] {
			w.take(w.m.Step(Played{id}, w.now))
		}
		if w.open[id] == nil {
			w.take(w.m.Step(Looked{Request: id, Status: 200, Body: []byte("{}")}, w.now))
			w.take(w.m.Step(Resulted{Request: id, OK: true}, w.now))
		}
	case 8:
		w.now += rapid.Int64Range(0, 2_000_000).Draw(w.t, "time")
	case 9:
		if rapid.IntRange(0, 9).Draw(w.t, "gone") == 0 {
			w.take(w.m.Step(Gone{"caller"}, w.now))
		}
	}
}

// pass lets the next thing happen that comes by itself.
func (w *world) pass() bool {
	for id := range w.plays {
		delete(w.plays, id)
		w.now += 3_000_000
		w.take(w.m.Step(Played{id}, w.now))
		return true
	}
	first, at := 0, int64(0)
	for id, t := range w.timers {
		if first == 0 || t < at || t == at && id < first {
			first, at = id, t
		}
	}
	if first == 0 {
		return false
	}
	delete(w.timers, first)
	w.now = max(w.now, at)
	w.take(w.m.Step(Fired{first}, w.now))
	return true
}

func (w *world) answer(id int) {
	a := w.open[id]
	delete(w.open, id)
	if _, ok := a.(Fetch); ok {
		body := rapid.SampledFrom([]string{`{"customer":{"tier":"gold"}}`, `{}`, `[]`, `<`}).Draw(w.t, "body")
		w.take(w.m.Step(Looked{Request: id, Status: rapid.SampledFrom([]int{0, 200, 500}).Draw(w.t, "status"), Body: []byte(body)}, w.now))
		return
	}
	w.take(w.m.Step(Resulted{Request: id, OK: rapid.Bool().Draw(w.t, "ok"), Cause: "busy"}, w.now))
}

// TestEverySequenceEndsOrWaits posts random inputs to the example flow: at any
// moment the machine is over or waits for something that is really under way,
// and a caller who then does nothing reaches an end.
func TestEverySequenceEndsOrWaits(t *testing.T) {
	src, err := os.ReadFile("testdata/main.yaml")
	if err != nil {
		t.Fatal(err)
	}
	f, err := Parse(src, Known{})
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		w := &world{t: t, now: monday + rapid.Int64Range(0, 7*86_400_000_000).Draw(t, "at"), plays: map[int]bool{}, timers: map[int]int64{}, open: map[int]Action{}}
		call := Call{Interaction: "i", Caller: rapid.SampledFrom([]string{"", "+37255501234", "+4930"}).Draw(t, "caller")}
		m, out := f.Start(call, w.now)
		w.m = m
		w.take(out)
		for range rapid.IntRange(0, 60).Draw(t, "inputs") {
			w.act()
			w.check(call)
		}
		for range 200 { // silence: at most the attempts of every node
			if m.Done() || !w.pass() {
				break
			}
			w.check(call)
		}
		if !m.Done() {
			t.Fatalf("silent caller stuck at %s waiting for %q", m.Node(), m.Waiting())
		}
		w.balance()
	})
}

// check asserts what holds between two inputs.
func (w *world) check(call Call) {
	m := w.m
	switch {
	case m.Done():
		if len(w.plays)+len(w.timers)+len(w.open) > 0 && m.Waiting() == ForNobody {
			for id, a := range w.open { // a callback is noted whether the caller stays or not
				if _, ok := a.(RequestCallback); ok {
					delete(w.open, id)
				}
			}
			if len(w.plays)+len(w.timers)+len(w.open) > 0 {
				w.t.Fatalf("over, but %v %v %v run", w.plays, w.timers, w.open)
			}
		}
	case m.Waiting() == ForKeys && len(w.timers) < 2, m.Waiting() == ForPrompt && len(w.plays) != 1, m.Waiting() == ForNobody:
		w.t.Fatalf("at %s waits for %q with plays %v, timers %v", m.Node(), m.Waiting(), w.plays, w.timers)
	}
}

// balance asserts one entry, one exit, valid facts, and no number in any of them.
func (w *world) balance() {
	count := map[event.Kind]int{}
	for _, e := range w.facts {
		count[e.Kind]++
		if err := e.Validate(); err != nil {
			w.t.Fatal(err)
		}
		if p, ok := e.Payload.(*event.IVRStepTaken); ok && (p.SpentUs < 0 || strings.Contains(p.Input, "+372")) {
			w.t.Fatalf("step %+v", p)
		}
	}
	if count[event.KindIVREntered] != 1 || count[event.KindIVRLeft] != 1 || w.ended > 1 {
		w.t.Fatalf("facts %v, last actions %d", count, w.ended)
	}
}

// randomFlow draws a graph without caring whether it is a sound one.
func randomFlow(t *rapid.T) string {
	var b strings.Builder
	b.WriteString("name: r\nstart: n0\nnodes:\n")
	n := rapid.IntRange(1, 6).Draw(t, "nodes")
	target := func() string {
		return "n" + string(rune('0'+rapid.IntRange(0, n-1).Draw(t, "to")))
	}
	for i := range n {
		b.WriteString("  n" + string(rune('0'+i)) + ": ")
		switch rapid.IntRange(0, 4).Draw(t, "kind") {
		case 0:
			b.WriteString("{kind: play, prompt: p.wav, barge_in: true, next: " + target() + "}\n")
		case 1:
			b.WriteString("{kind: menu, prompt: p.wav, attempts: 2, choices: {1: " + target() + ", 2: " + target() + "}, no_match: " + target() + "}\n")
		case 2:
			b.WriteString("{kind: gather, prompt: p.wav, save: x, max: 2, next: " + target() + ", failed: " + target() + "}\n")
		case 3:
			b.WriteString("{kind: branch, on: attr.x, cases: [{is: 1, goto: " + target() + "}], else: " + target() + "}\n")
		case 4:
			b.WriteString("{kind: hangup}\n")
		}
	}
	return b.String()
}

// TestSoundGraphsEnd draws graphs: what Parse accepts always lets a silent caller
// out, whatever was keyed before.
func TestSoundGraphsEnd(t *testing.T) {
	sound := 0
	rapid.Check(t, func(t *rapid.T) {
		f, err := Parse([]byte(randomFlow(t)), Known{})
		if err != nil {
			return
		}
		sound++
		w := &world{t: t, now: monday, plays: map[int]bool{}, timers: map[int]int64{}, open: map[int]Action{}}
		m, out := f.Start(Call{Interaction: "i"}, w.now)
		w.m = m
		w.take(out)
		for range rapid.IntRange(0, 30).Draw(t, "inputs") {
			w.act()
		}
		for range 100 {
			if m.Done() || !w.pass() {
				break
			}
		}
		if !m.Done() {
			t.Fatalf("silent caller stuck at %s", m.Node())
		}
		w.balance()
	})
	if sound == 0 {
		t.Error("no drawn graph was sound: the test looks at nothing")
	}
}

// FuzzParse feeds texts: Parse never panics, and what it accepts can be walked.
func FuzzParse(f *testing.F) {
	for _, name := range []string{"testdata/main.yaml", "testdata/smallest.json"} {
		src, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src)
	}
	for _, s := range []string{"", "{", "a: *b", "name: x\nstart: a\nnodes: {a: {kind: hangup, prompt: \"{\"}}", "? [a]\n: b", "- - - -", "!!binary x", "a: |\n b"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		flow, err := Parse(src, Known{})
		if err != nil {
			return
		}
		m, _ := flow.Start(Call{Interaction: "i"}, monday)
		for range 40 {
			m.Step(Key{"1"}, monday)
			m.Step(Played{m.play}, monday)
			m.Step(Fired{m.timer}, monday)
		}
	})
}
