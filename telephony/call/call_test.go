package call

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/agner-platform/agner/internal/event"
)

const start = 1_777_876_200_000_000

// short writes a step's facts and commands in words.
func short(t testing.TB, out Out) []string {
	t.Helper()
	var s []string
	for _, e := range out.Facts {
		if err := e.Validate(); err != nil {
			t.Errorf("fact %s: %v", e.Kind, err)
		}
		word := strings.TrimPrefix(string(e.Kind), "call.") + " " + e.Leg
		switch p := e.Payload.(type) {
		case *event.CallEnded:
			word += fmt.Sprintf(" by=%s cause=%s status=%d ring=%ds talk=%ds hold=%ds", p.By, e.Cause, p.SIPStatus, p.RingUs/1e6, p.TalkUs/1e6, p.HoldUs/1e6)
		case *event.CallTransferred:
			word += fmt.Sprintf(" %s to=%s%s%s", p.Transfer, p.Target, p.ToAgent, p.ToQueue)
		case *event.CallHeld:
			word += fmt.Sprintf(" by=%s", p.By)
		}
		s = append(s, word)
	}
	for _, c := range out.Commands {
		s = append(s, strings.TrimPrefix(fmt.Sprintf("%T%v", c, c), "call."))
	}
	return s
}

// TestScenarios holds what a sequence of inputs leads to; each line is one input
// a second after the one before.
func TestScenarios(t *testing.T) {
	up := []Input{Incoming{Leg: "c", DNIS: "600"}, Answer{"c"}, Dial{Leg: "a", To: "sip:a", Side: event.AgentSide, Agent: "ag1"}, Answered{"a"}, Join{"c", "a"}}
	consulting := append(up[:len(up):len(up)], Consult{By: "a", Leg: "b", To: "sip:b", Agent: "ag2"}, Answered{"b"})
	for name, tt := range map[string]struct {
		given, when []Input
		want        string
	}{
		"inbound call, caller hangs up": {nil, []Input{Incoming{Leg: "c"}, Ring{Leg: "c"}, Answer{"c"}, Gone{Leg: "c"}},
			`offered c | ringing c; SendProgress{c false} | answered c; SendAnswer{c} | ended c by=customer cause= status=0 ring=2s talk=1s hold=0s`},
		"caller cancels": {nil, []Input{Incoming{Leg: "c"}, Gone{Leg: "c", Status: 487}, Answer{"c"}},
			`offered c | ended c by=customer cause=cancelled status=487 ring=1s talk=0s hold=0s |`},
		"refused": {nil, []Input{Incoming{Leg: "c"}, Reject{Leg: "c", Status: 486, Cause: "busy"}},
			`offered c | ended c by=system cause=busy status=486 ring=1s talk=0s hold=0s; SendReject{c 486}`},
		"phone busy": {nil, []Input{Dial{Leg: "a", To: "sip:a", Side: event.AgentSide}, Ringing{Leg: "a"}, Failed{Leg: "a", Status: 486, Cause: "busy"}},
			`offered a; SendInvite{a sip:a } | ringing a | ended a by= cause=busy status=486 ring=2s talk=0s hold=0s`},
		"nobody answers": {nil, []Input{Dial{Leg: "a", To: "sip:a", Side: event.AgentSide, RingUs: 2_000_000}, Tick{}, Tick{}, Failed{Leg: "a", Status: 487}},
			`offered a; SendInvite{a sip:a } |  | SendCancel{a} | ended a by=system cause=no_answer status=487 ring=3s talk=0s hold=0s`},
		"answer crosses the cancel": {nil, []Input{Dial{Leg: "a", To: "sip:a", Side: event.AgentSide}, HangUp{Leg: "a", Cause: "withdrawn"}, Answered{"a"}, Gone{Leg: "a"}},
			`offered a; SendInvite{a sip:a } | SendCancel{a} | ended a by=system cause=withdrawn status=0 ring=2s talk=0s hold=0s; SendBye{a withdrawn} |`},
		"agent hangs up": {up, []Input{Gone{Leg: "a"}},
			`ended a by=agent cause= status=0 ring=1s talk=2s hold=0s; ended c by=agent cause=peer_left status=0 ring=1s talk=4s hold=0s; Unbridge{c}; SendBye{c peer_left}`},
		"customer stays for a survey": {up, []Input{Keep{"c", true}, Gone{Leg: "a"}, HangUp{Leg: "c"}},
			` | ended a by=agent cause= status=0 ring=1s talk=3s hold=0s; Unbridge{c} | ended c by=system cause= status=0 ring=1s talk=6s hold=0s; SendBye{c }`},
		"hold and resume": {up, []Input{Hold{"a"}, Hold{"a"}, Resume{"c"}, Resume{"a"}, HangUp{Leg: "c", By: event.AgentSide}},
			`held c by=agent; PlayHold{c} |  |  | resumed c; Bridge{a c} | ended c by=agent cause= status=0 ring=1s talk=5s hold=3s; ended a by=customer cause=peer_left status=0 ring=1s talk=6s hold=0s; SendBye{c }; Unbridge{a}; SendBye{a peer_left}`},
		"hold key of the phone": {up, []Input{FarHold{"a", true}, FarHold{"a", false}},
			`held c by=agent; PlayHold{c} | resumed c; Bridge{a c}`},
		"hang-up while held": {up, []Input{FarHold{"a", true}, Gone{Leg: "c"}},
			`held c by=agent; PlayHold{c} | resumed c; ended c by=customer cause= status=0 ring=1s talk=4s hold=1s; ended a by=customer cause=peer_left status=0 ring=1s talk=3s hold=0s; Unbridge{a}; SendBye{a peer_left}`},
		"consultation": {up, []Input{Consult{By: "a", Leg: "b", To: "sip:b", Agent: "ag2"}, Answered{"b"}},
			`offered b; held c by=agent; consulted a; SendInvite{b sip:b }; Unbridge{a}; Unbridge{c}; PlayHold{c} | answered b; Bridge{a b}`},
		"attended transfer": {consulting, []Input{Transfer{By: "a"}, Gone{Leg: "b"}},
			`transferred a attended to=ag2; resumed c; ended a by=agent cause=transferred status=0 ring=1s talk=4s hold=0s; Unbridge{a}; Unbridge{b}; Bridge{c b}; SendBye{a transferred}` +
				` | ended b by=agent cause= status=0 ring=1s talk=2s hold=0s; ended c by=agent cause=peer_left status=0 ring=1s talk=5s hold=2s; Unbridge{c}; SendBye{c peer_left}`},
		"transfer before the colleague answers": {consulting[:6], []Input{Transfer{By: "a"}, Answered{"b"}},
			`transferred a attended to=ag2; ended a by=agent cause=transferred status=0 ring=1s talk=3s hold=0s; SendBye{a transferred} | answered b; resumed c; Bridge{c b}`},
		"transfer to a colleague who then refuses": {consulting[:6], []Input{Transfer{By: "a"}, Failed{Leg: "b", Status: 486, Cause: "busy"}},
			`transferred a attended to=ag2; ended a by=agent cause=transferred status=0 ring=1s talk=3s hold=0s; SendBye{a transferred} | ended b by= cause=busy status=486 ring=2s talk=0s hold=0s; resumed c; ended c by=agent cause=peer_left status=0 ring=1s talk=4s hold=2s; SendBye{c peer_left}`},
		"colleague refuses, back to the customer": {consulting[:6], []Input{Failed{Leg: "b", Status: 603, Cause: "declined"}},
			`ended b by= cause=declined status=603 ring=1s talk=0s hold=0s; resumed c; Bridge{a c}`},
		"customer leaves during consultation": {consulting, []Input{Gone{Leg: "c"}, Transfer{By: "a"}, Gone{Leg: "b"}},
			`resumed c; ended c by=customer cause= status=0 ring=1s talk=4s hold=2s |  | ended b by=agent cause= status=0 ring=1s talk=3s hold=0s; ended a by=agent cause=peer_left status=0 ring=1s talk=6s hold=0s; Unbridge{a}; SendBye{a peer_left}`},
		"agent leaves during consultation": {consulting, []Input{Gone{Leg: "a"}},
			`ended a by=agent cause= status=0 ring=1s talk=4s hold=0s; ended b by=agent cause=peer_left status=0 ring=1s talk=1s hold=0s; resumed c; ended c by=agent cause=peer_left status=0 ring=1s talk=4s hold=2s; Unbridge{b}; SendBye{b peer_left}; SendBye{c peer_left}`},
		"conference, agent leaves": {consulting, []Input{Conference{"a"}, Gone{Leg: "a"}, Gone{Leg: "c"}},
			`resumed c; conferenced a; Unbridge{a}; Unbridge{b}; Mix{[c a b] []} | ended a by=agent cause= status=0 ring=1s talk=5s hold=0s; Bridge{c b} | ended c by=customer cause= status=0 ring=1s talk=6s hold=2s; ended b by=customer cause=peer_left status=0 ring=1s talk=3s hold=0s; Unbridge{b}; SendBye{b peer_left}`},
		"whisper, then barge, then the agent leaves": {up, []Input{
			Supervise{Of: "a", Leg: "s", To: "sip:s", By: "u1", Mode: event.Whisper}, Answered{"s"}, Supervise{Leg: "s", Mode: event.Barge}, Gone{Leg: "a"}},
			`offered s; SendInvite{s sip:s } | answered s; supervision.started s; Mix{[a c s] [{s a whisper}]} | supervision.ended s; supervision.started s; Mix{[a c s] [{s a barge}]}` +
				` | ended a by=agent cause= status=0 ring=1s talk=5s hold=0s; supervision.ended s; ended s by=agent cause=peer_left status=0 ring=1s talk=2s hold=0s; ended c by=agent cause=peer_left status=0 ring=1s talk=7s hold=0s; Unbridge{c}; SendBye{s peer_left}; SendBye{c peer_left}`},
		"supervisor leaves": {append(up[:len(up):len(up)], Supervise{Of: "a", Leg: "s", To: "sip:s", By: "u1", Mode: event.Listen}, Answered{"s"}), []Input{Hold{"a"}, Resume{"a"}, Gone{Leg: "s"}},
			`held c by=agent; PlayHold{c} | resumed c; Mix{[a c s] [{s a listen}]} | supervision.ended s; ended s by=supervisor cause= status=0 ring=1s talk=3s hold=0s; Bridge{a c}`},
		"takeover": {append(up[:len(up):len(up)], Supervise{Of: "a", Leg: "s", To: "sip:s", By: "u1", Mode: event.Listen}, Answered{"s"}), []Input{Supervise{Leg: "s", Mode: event.Takeover}, Gone{Leg: "s"}},
			`supervision.ended s; supervision.started s; ended a by=supervisor cause=taken_over status=0 ring=1s talk=4s hold=0s; Unbridge{a}; Unbridge{c}; Bridge{c s}; SendBye{a taken_over}` +
				` | supervision.ended s; ended s by=supervisor cause= status=0 ring=1s talk=2s hold=0s; ended c by=supervisor cause=peer_left status=0 ring=1s talk=7s hold=0s; Unbridge{c}; SendBye{c peer_left}`},
		"another device": {up, []Input{Flip{Leg: "a", New: "a2", To: "sip:a2"}, Flip{Leg: "a", New: "a3", To: "sip:a3"}, Answered{"a2"}},
			`offered a2; SendInvite{a2 sip:a2 } |  | answered a2; ended a by=agent cause=flipped status=0 ring=1s talk=4s hold=0s; Unbridge{c}; Unbridge{a}; Bridge{c a2}; SendBye{a flipped}`},
		"another device while the customer is held": {append(up[:len(up):len(up)], Hold{"a"}, Flip{Leg: "a", New: "a2", To: "sip:a2"}), []Input{Answered{"a2"}, Resume{"a2"}},
			`answered a2; ended a by=agent cause=flipped status=0 ring=1s talk=4s hold=0s; SendBye{a flipped} | resumed c; Bridge{a2 c}`},
		"INVITE with Replaces": {append(up[:len(up):len(up)], Incoming{Leg: "x", Side: event.AgentSide}), []Input{Replace{Leg: "x", Old: "a", Agent: "ag2"}},
			`answered x; ended a by=agent cause=replaced status=0 ring=1s talk=3s hold=0s; SendAnswer{x}; Unbridge{c}; Unbridge{a}; Bridge{c x}; SendBye{a replaced}`},
		"Replaces of a call that is gone": {up, []Input{Incoming{Leg: "x", Side: event.AgentSide}, Replace{Leg: "x", Old: "z"}},
			`offered x | ended x by=system cause=gone status=481 ring=1s talk=0s hold=0s; SendReject{x 481}`},
		"outside phone, key pressed": {nil, []Input{Dial{Leg: "a", To: "sip:a", Side: event.AgentSide, Confirm: true}, Answered{"a"}, Confirm{"a"}},
			`offered a; SendInvite{a sip:a } | AskConfirm{a} | answered a`},
		"outside phone, its voicemail answers": {nil, []Input{Dial{Leg: "a", To: "sip:a", Side: event.AgentSide, Confirm: true, RingUs: 2_000_000}, Answered{"a"}, Tick{}},
			`offered a; SendInvite{a sip:a } | AskConfirm{a} | ended a by=system cause=no_answer status=0 ring=2s talk=0s hold=0s; SendBye{a no_answer}`},
		"refer away": {up, []Input{ReferOut{Leg: "c", To: "sip:x"}, ReferResult{"c", 180}, ReferResult{"c", 200}},
			`transferred c blind to=sip:x; SendRefer{c sip:x } |  | ended c by=system cause=transferred status=0 ring=1s talk=6s hold=0s; ended a by=customer cause=peer_left status=0 ring=1s talk=4s hold=0s; SendBye{c transferred}; Unbridge{a}; SendBye{a peer_left}`},
		"two calls of an agent merge": {append(up[:len(up):len(up)], Hold{"a"}, Incoming{Leg: "a2", Side: event.AgentSide}, Answer{"a2"}, Dial{Leg: "b", To: "x"}, Answered{"b"}, Join{"a2", "b"}), []Input{Merge{"a", "a2"}},
			`resumed c; conferenced a; ended a2 by=agent cause=merged status=0 ring=1s talk=4s hold=0s; Unbridge{a}; Unbridge{c}; Unbridge{a2}; Unbridge{b}; Mix{[c a b] []}; SendBye{a2 merged}`},
		"blind transfer": {up, []Input{Transfer{By: "a", Queue: "billing", To: "x"}},
			`transferred a blind to=billing; ended a by=agent cause=transferred status=0 ring=1s talk=2s hold=0s; Unbridge{a}; Unbridge{c}; PlayHold{c}; SendBye{a transferred}`},
		"REFER": {up, []Input{Referred{Leg: "a", To: "sip:700"}},
			`transferred a blind to=sip:700; ended a by=agent cause=transferred status=0 ring=1s talk=2s hold=0s; SendNotify{a 100}; SendNotify{a 200}; Unbridge{a}; Unbridge{c}; PlayHold{c}; SendBye{a transferred}`},
		"REFER with an unknown Replaces": {up, []Input{Referred{Leg: "a", To: "sip:700", Replaces: "z"}},
			`SendNotify{a 100}; SendNotify{a 603}`},
		"REFER with Replaces": {append(up[:len(up):len(up)], Incoming{Leg: "a2", Side: event.AgentSide}, Answer{"a2"}, Dial{Leg: "b", To: "sip:b", Side: event.AgentSide, Agent: "ag2"}, Answered{"b"}, Join{"a2", "b"}),
			[]Input{Referred{Leg: "a", To: "sip:b", Replaces: "a2"}},
			`transferred a attended to=ag2; ended a by=agent cause=transferred status=0 ring=1s talk=7s hold=0s; ended a2 by=agent cause=transferred status=0 ring=1s talk=4s hold=0s; SendNotify{a 200}; Unbridge{a}; Unbridge{c}; Unbridge{a2}; Unbridge{b}; Bridge{c b}; SendBye{a transferred}; SendBye{a2 transferred}`},
	} {
		t.Run(name, func(t *testing.T) {
			m, now := New(event.Event{Interaction: "i"}), int64(start)
			for _, in := range tt.given {
				m.Step(in, now)
				now += 1_000_000
			}
			var got []string
			for _, in := range tt.when {
				got = append(got, strings.Join(short(t, m.Step(in, now)), "; "))
				now += 1_000_000
			}
			if diff := cmp.Diff(strings.Split(tt.want, " | "), strings.Split(strings.TrimSuffix(strings.Join(got, " | "), " "), " | ")); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// draw returns a random input about a few legs.
func draw(t *rapid.T) Input {
	leg := func() string { return rapid.SampledFrom([]string{"c", "a", "b", "d"}).Draw(t, "leg") }
	switch rapid.IntRange(0, 28).Draw(t, "input") {
	case 0, 1:
		return Incoming{Leg: leg()}
	case 2, 3:
		return Dial{Leg: leg(), To: "sip:x", Side: event.AgentSide, RingUs: rapid.SampledFrom([]int64{0, 3_000_000}).Draw(t, "ring")}
	case 4:
		return Ringing{Leg: leg()}
	case 5, 6, 7:
		return Answered{leg()}
	case 8:
		return Failed{Leg: leg(), Status: 486}
	case 9:
		return Gone{Leg: leg()}
	case 10:
		return FarHold{leg(), rapid.Bool().Draw(t, "on")}
	case 11:
		return Referred{Leg: leg(), To: "sip:y", Replaces: rapid.SampledFrom([]string{"", "a", "b", "z"}).Draw(t, "replaces")}
	case 12, 13:
		return Answer{leg()}
	case 14:
		return Reject{Leg: leg(), Status: 603}
	case 15, 16:
		return Join{leg(), leg()}
	case 17:
		return Hold{leg()}
	case 18:
		return Resume{leg()}
	case 19:
		return Consult{By: leg(), Leg: leg(), To: "sip:z"}
	case 20:
		return Transfer{By: leg(), To: "sip:y"}
	case 21:
		return Conference{leg()}
	case 22, 23:
		return Supervise{Of: leg(), Leg: leg(), To: "sip:s", By: "u1", Mode: rapid.SampledFrom(event.SupervisionModes).Draw(t, "mode")}
	case 24:
		return Flip{Leg: leg(), New: leg(), To: "sip:d", Confirm: rapid.Bool().Draw(t, "confirm")}
	case 25:
		return Replace{Leg: leg(), Old: leg()}
	case 26:
		return Confirm{leg()}
	case 27:
		return Dial{Leg: leg(), To: "sip:m", Side: event.AgentSide, Confirm: true}
	}
	return rapid.SampledFrom([]Input{Merge{"a", "b"}, Merge{"c", "d"}, ReferResult{"a", 200}, ReferOut{"c", "sip:x", ""}, HangUp{Leg: "a"}, HangUp{Leg: "c"}, Tick{}, Part{"a"}, Keep{"c", true}, Measured{Leg: "c"}}).Draw(t, "other")
}

// check asserts, over all steps so far, what the package comment promises.
type check struct {
	offered, answered, ended map[string]int
	held                     map[string]bool
	bye                      map[string]bool
}

func (c *check) facts(t *rapid.T, out Out) {
	for _, e := range out.Facts {
		if err := e.Validate(); err != nil {
			t.Fatal(err)
		}
		if c.ended[e.Leg] > 0 {
			t.Fatalf("%s of %s after its end", e.Kind, e.Leg)
		}
		switch p := e.Payload.(type) {
		case *event.CallOffered:
			c.offered[e.Leg]++
		case *event.CallAnswered:
			c.answered[e.Leg]++
		case *event.CallHeld:
			if c.held[e.Leg] {
				t.Fatalf("%s held twice", e.Leg)
			}
			c.held[e.Leg] = true
		case *event.CallResumed:
			if !c.held[e.Leg] {
				t.Fatalf("%s resumed, not held", e.Leg)
			}
			c.held[e.Leg] = false
		case *event.CallEnded:
			c.ended[e.Leg]++
			if p.AnsweredAt > 0 && p.RingUs+p.TalkUs+p.HoldUs != e.At-p.OfferedAt {
				t.Fatalf("times of %s do not add up: %+v", e.Leg, p)
			}
			if c.held[e.Leg] {
				t.Fatalf("%s ended held", e.Leg)
			}
		}
	}
}

// commands asserts that no leg is told anything after its last word.
func (c *check) commands(t *rapid.T, out Out, before map[string]int) {
	for _, cmd := range out.Commands {
		var legs []string
		last := false
		switch cmd := cmd.(type) {
		case SendBye:
			legs, last = []string{cmd.Leg}, true
		case SendReject:
			legs, last = []string{cmd.Leg}, true
		case SendCancel:
			legs = []string{cmd.Leg}
		case SendNotify:
			legs = []string{cmd.Leg}
		case SendAnswer:
			legs = []string{cmd.Leg}
		case SendProgress:
			legs = []string{cmd.Leg}
		case Bridge:
			legs = []string{cmd.A, cmd.B}
		case Unbridge:
			legs = []string{cmd.Leg}
		case PlayHold:
			legs = []string{cmd.Leg}
		case PlayRing:
			legs = []string{cmd.Leg}
		case AskConfirm:
			legs = []string{cmd.Leg}
		case Mix:
			legs = cmd.Legs
		}
		for _, l := range legs {
			if before[l] > 0 || c.bye[l] {
				t.Fatalf("%T%v names the ended leg %s", cmd, cmd, l)
			}
			c.bye[l] = last
		}
	}
}

// TestEveryOrder posts random inputs: facts stay balanced, joined legs agree, and
// hanging up all that is left ends the call.
func TestEveryOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, now := New(event.Event{Interaction: "i"}), int64(start)
		c := &check{map[string]int{}, map[string]int{}, map[string]int{}, map[string]bool{}, map[string]bool{}}
		step := func(in Input) {
			before := map[string]int{}
			for k, v := range c.ended {
				before[k] = v
			}
			out := m.Step(in, now)
			c.facts(t, out)
			c.commands(t, out, before)
			for _, l := range m.legs {
				if p := m.leg(l.peer); l.peer != "" && (p == nil || p.peer != l.id || p.phase != up || l.phase != up) {
					t.Fatalf("after %T%v: %s is joined with %s", in, in, l.id, l.peer)
				}
			}
		}
		for range rapid.IntRange(1, 60).Draw(t, "inputs") {
			now += rapid.Int64Range(0, 2_000_000).Draw(t, "time")
			step(draw(t))
		}
		for _, l := range m.legs {
			step(HangUp{Leg: l.id})
			step(Failed{Leg: l.id, Status: 487}) // what a cancel leads to
		}
		if len(m.legs) > 0 && !m.Done() {
			t.Fatal("not done after everybody hung up")
		}
		for id, n := range c.offered {
			if n != 1 || c.ended[id] != 1 || c.answered[id] > 1 {
				t.Fatalf("%s: offered %d, answered %d, ended %d times", id, n, c.answered[id], c.ended[id])
			}
		}
	})
}

func TestDeadline(t *testing.T) {
	m := New(event.Event{Interaction: "i"})
	if at, ok := m.Deadline(); ok {
		t.Errorf("Deadline = %d without legs", at)
	}
	m.Step(Dial{Leg: "a", To: "x", Side: event.AgentSide, RingUs: 20}, 100)
	m.Step(Dial{Leg: "b", To: "x", Side: event.AgentSide, RingUs: 10}, 100)
	if at, ok := m.Deadline(); !ok || at != 110 {
		t.Errorf("Deadline = %d, %v, want 110", at, ok)
	}
}

// TestAbsorb: the legs of two calls become one, each fact keeps its interaction.
func TestAbsorb(t *testing.T) {
	one, two := New(event.Event{Interaction: "i1"}), New(event.Event{Interaction: "i2"})
	for _, in := range []Input{Incoming{Leg: "c"}, Answer{"c"}, Dial{Leg: "a", Side: event.AgentSide}, Answered{"a"}, Join{"c", "a"}} {
		one.Step(in, start)
	}
	for _, in := range []Input{Incoming{Leg: "a2", Side: event.AgentSide}, Answer{"a2"}, Dial{Leg: "b", Side: event.AgentSide, Agent: "ag2"}, Answered{"b"}, Join{"a2", "b"}} {
		two.Step(in, start)
	}
	if !one.Absorb(two) || !two.Done() || one.Absorb(one) || one.Absorb(two) {
		t.Fatal("absorbing")
	}
	out := one.Step(Referred{Leg: "a", To: "sip:b", Replaces: "a2"}, start+1)
	if one.Peer("c") != "b" {
		t.Errorf("the customer is joined with %q", one.Peer("c"))
	}
	for _, e := range out.Facts {
		want := "i1"
		if e.Leg == "a2" {
			want = "i2"
		}
		if e.Interaction != want {
			t.Errorf("%s of %s in %s", e.Kind, e.Leg, e.Interaction)
		}
	}
}
