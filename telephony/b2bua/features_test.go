package b2bua

import (
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/call"
	"github.com/agner-platform/agner/telephony/media/desc"
	"github.com/agner-platform/agner/telephony/media/g711"
	"github.com/agner-platform/agner/telephony/sipua"
)

// Tones of the phones; 1700 Hz is the music of held callers.
const (
	customerHz, agentHz, thirdHz, musicHz = 400, 1000, 2300, 1700
)

// scene is a customer who speaks with an agent, and a third phone.
type scene struct {
	t                      *testing.T
	s                      *Switch
	book                   *book
	customer, agent, third *phone
	call                   *Call
	caller, leg            string // legs of customer and agent
	line                   string // of the agent's phone

	mu    sync.Mutex
	calls map[string]*Call    // by number dialled, protected by mu
	join  map[string]string   // whom to join at its answer, protected by mu
	seen  map[event.Kind]int  // protected by mu
	more  chan struct{}       // something was seen
	cause map[string][]string // causes of ends by leg, protected by mu
}

// newScene lets the customer dial 600 and the agent answer. A number beginning with
// 7 rings the third phone and joins it with the caller.
func newScene(t *testing.T) *scene {
	t.Helper()
	sc := &scene{
		t: t, customer: newPhone(t, customerHz, g711.ALaw), agent: newPhone(t, agentHz, g711.MuLaw), third: newPhone(t, thirdHz, g711.ALaw),
		calls: map[string]*Call{}, join: map[string]string{}, seen: map[event.Kind]int{}, cause: map[string][]string{}, more: make(chan struct{}, 1),
	}
	sc.s, sc.book = startSwitch(t, Hooks{Arrived: sc.arrived, Changed: sc.changed})
	sc.customer.dial(sc.s, "600")
	wait(t, sc.customer.up, "the answer")
	sc.line = wait(t, sc.agent.up, "the agent's call")
	sc.customer.hears(agentHz, customerHz)
	sc.agent.hears(customerHz, agentHz)
	sc.mu.Lock()
	sc.call = sc.calls["600"]
	sc.mu.Unlock()
	return sc
}

func (sc *scene) arrived(c *Call, e sipua.Invited) {
	sc.mu.Lock()
	sc.calls[e.To] = c
	to, leg := sc.agent, "agent"
	if strings.HasPrefix(e.To, "7") {
		to, leg = sc.third, "third-"+e.To
	} else {
		sc.caller, sc.leg = e.Leg, leg
	}
	sc.join[leg] = e.Leg
	sc.mu.Unlock()
	c.Post(call.Answer{Leg: e.Leg})
	c.Dial(call.Dial{Leg: leg, Side: event.AgentSide, Agent: "a-" + leg}, to.target())
}

func (sc *scene) changed(c *Call, facts []event.Event) {
	for _, e := range facts {
		sc.mu.Lock()
		sc.seen[e.Kind]++
		if e.Kind == event.KindCallEnded {
			sc.cause[e.Leg] = append(sc.cause[e.Leg], e.Cause)
		}
		other := sc.join[e.Leg]
		sc.mu.Unlock()
		if e.Kind == event.KindCallAnswered && other != "" {
			c.Post(call.Join{A: other, B: e.Leg})
		}
	}
	select {
	case sc.more <- struct{}{}:
	default:
	}
}

// sees waits for facts of a kind.
func (sc *scene) sees(k event.Kind, n int) {
	sc.t.Helper()
	deadline := time.After(patience)
	for {
		sc.mu.Lock()
		ok := sc.seen[k] >= n
		sc.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-sc.more:
		case <-deadline:
			sc.t.Fatalf("%s does not come %d times", k, n)
		}
	}
}

// holds presses the hold key of the agent's phone.
func (sc *scene) holds() {
	sc.t.Helper()
	if err := sc.agent.ua().Modify(sc.line, sc.agent.mine(desc.SendOnly).Offer()); err != nil {
		sc.t.Fatal(err)
	}
	sc.customer.hears(musicHz, agentHz)
}

// ends hangs the customer up and counts the legs.
func (sc *scene) ends(legs int) {
	sc.t.Helper()
	if err := sc.customer.ua().Bye("call", ""); err != nil {
		sc.t.Fatal(err)
	}
	for range legs {
		wait(sc.t, sc.book.ended, "call.ended")
	}
	sc.book.mu.Lock()
	defer sc.book.mu.Unlock()
	for _, e := range sc.book.facts {
		if err := e.Validate(); err != nil {
			sc.t.Error(err)
		}
	}
}

// TestSupervision: who hears whom while a supervisor listens, whispers, barges in
// and takes over.
func TestSupervision(t *testing.T) {
	sc := newScene(t)
	watch := func(mode event.SupervisionMode) {
		sc.call.Reach("boss", call.Supervise{Of: sc.leg, Leg: "boss", By: "u1", Mode: mode}, sc.third.target())
	}
	watch(event.Listen)
	wait(t, sc.third.up, "the supervisor's call")
	sc.third.hearsAll([]float64{customerHz, agentHz})
	sc.customer.hearsAll([]float64{agentHz}, thirdHz)
	sc.agent.hearsAll([]float64{customerHz}, thirdHz)
	watch(event.Whisper)
	sc.agent.hearsAll([]float64{customerHz, thirdHz})
	sc.customer.hearsAll([]float64{agentHz}, thirdHz)
	sc.third.hearsAll([]float64{customerHz, agentHz})
	watch(event.Barge)
	sc.customer.hearsAll([]float64{agentHz, thirdHz})
	sc.agent.hearsAll([]float64{customerHz, thirdHz})
	sc.call.Post(call.Hold{Leg: sc.leg}) // held: nobody but the music
	sc.customer.hearsAll([]float64{musicHz}, agentHz, thirdHz)
	sc.call.Post(call.Resume{Leg: sc.leg})
	sc.customer.hearsAll([]float64{agentHz, thirdHz}, musicHz)
	watch(event.Takeover)
	if got := wait(t, sc.agent.gone, "the agent's BYE"); got != call.CauseTakenOver {
		t.Errorf("the agent's call ended with %q", got)
	}
	sc.customer.hears(thirdHz, agentHz)
	sc.third.hears(customerHz, agentHz)
	sc.ends(3)
	sc.sees(event.KindSupervisionStarted, 4)
	sc.sees(event.KindSupervisionEnded, 4)
}

// TestConsultAndConference: the customer waits with music, then all three talk, then
// the agent leaves the two alone.
func TestConsultAndConference(t *testing.T) {
	sc := newScene(t)
	sc.call.Reach("b", call.Consult{By: sc.leg, Leg: "b", Agent: "ag2"}, sc.third.target())
	wait(t, sc.third.up, "the colleague's call")
	sc.customer.hears(musicHz, agentHz)
	sc.third.hearsAll([]float64{agentHz}, customerHz)
	sc.agent.hearsAll([]float64{thirdHz}, customerHz)
	sc.call.Post(call.Conference{By: sc.leg})
	sc.customer.hearsAll([]float64{agentHz, thirdHz})
	sc.agent.hearsAll([]float64{customerHz, thirdHz})
	sc.third.hearsAll([]float64{customerHz, agentHz})
	if err := sc.agent.ua().Bye(sc.line, ""); err != nil {
		t.Fatal(err)
	}
	sc.customer.hearsAll([]float64{thirdHz}, agentHz)
	sc.third.hearsAll([]float64{customerHz}, agentHz)
	sc.ends(3)
}

// TestAttendedTransfer by the live API: consult, then transfer.
func TestAttendedTransfer(t *testing.T) {
	sc := newScene(t)
	sc.call.Reach("b", call.Consult{By: sc.leg, Leg: "b", Agent: "ag2"}, sc.third.target())
	wait(t, sc.third.up, "the colleague's call")
	sc.agent.hears(thirdHz)
	sc.call.Post(call.Transfer{By: sc.leg})
	if got := wait(t, sc.agent.gone, "the agent's BYE"); got != call.CauseMoved {
		t.Errorf("the agent's call ended with %q", got)
	}
	sc.customer.hears(thirdHz, musicHz)
	sc.third.hears(customerHz, agentHz)
	sc.ends(3)
}

// TestTransferByPhone: the agent's phone holds the customer, calls a colleague on
// another line and sends REFER with Replaces.
func TestTransferByPhone(t *testing.T) {
	sc := newScene(t)
	sc.holds()
	sc.agent.dials(sc.s, "consult", "7002", nil)
	wait(t, sc.agent.up, "the second line")
	wait(t, sc.third.up, "the colleague's call")
	sc.third.hears(agentHz)
	if err := sc.agent.ua().Refer(sc.line, "", "consult"); err != nil {
		t.Fatal(err)
	}
	wait(t, sc.agent.gone, "the BYE of a line")
	wait(t, sc.agent.gone, "the BYE of the other line")
	sc.customer.hears(thirdHz, agentHz)
	sc.third.hears(customerHz, agentHz)
	sc.ends(4)
	sc.sees(event.KindCallTransferred, 1)
	sc.book.mu.Lock()
	defer sc.book.mu.Unlock()
	of := map[string]string{}
	for _, e := range sc.book.facts {
		if of[e.Leg] == "" {
			of[e.Leg] = e.Interaction
		} else if of[e.Leg] != e.Interaction {
			t.Errorf("%s of leg %s in another interaction than before", e.Kind, e.Leg)
		}
	}
}

// TestPickUp: a phone takes the agent's call over by INVITE with Replaces.
func TestPickUp(t *testing.T) {
	sc := newScene(t)
	uri, err := sc.agent.ua().ReplacesURI(sc.line)
	if err != nil {
		t.Fatal(err)
	}
	_, query, _ := strings.Cut(uri, "?")
	values, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	sc.third.dials(sc.s, "pickup", "600", map[string]string{"Replaces": values.Get("Replaces")})
	wait(t, sc.third.up, "the answer")
	if got := wait(t, sc.agent.gone, "the agent's BYE"); got != call.CauseReplaced {
		t.Errorf("the agent's call ended with %q", got)
	}
	sc.customer.hears(thirdHz, agentHz)
	sc.third.hears(customerHz)
	sc.third.dials(sc.s, "late", "600", map[string]string{"Replaces": "nothing;to-tag=a;from-tag=b"})
	wait(t, sc.third.gone, "the refusal of what replaces nothing")
	sc.ends(3)
}

// TestFlip moves a call to another device of the agent.
func TestFlip(t *testing.T) {
	sc := newScene(t)
	sc.call.Reach("mobile", call.Flip{Leg: sc.leg, New: "mobile"}, sc.third.target())
	wait(t, sc.third.up, "the other device")
	if got := wait(t, sc.agent.gone, "the first device's BYE"); got != call.CauseFlipped {
		t.Errorf("the first device's call ended with %q", got)
	}
	sc.customer.hears(thirdHz, agentHz)
	sc.third.hears(customerHz)
	sc.ends(3)
}

// TestOutsidePhone: a phone that answers counts only after the key.
func TestOutsidePhone(t *testing.T) {
	sc := newScene(t)
	sc.mu.Lock()
	sc.join["mobile"] = sc.caller
	sc.mu.Unlock()
	sc.call.Dial(call.Dial{Leg: "mobile", Side: event.AgentSide, Agent: "a2", Confirm: true}, sc.third.target())
	wait(t, sc.third.up, "the outside phone's answer")
	sc.third.hears(900, customerHz) // the question
	sc.customer.hears(agentHz, thirdHz)
	for _, key := range []byte{'7', '1'} { // another key does nothing
		sent := make(chan struct{})
		sc.third.leg.SendKey(key, 80, func() { sc.third.talk(); close(sent) })
		<-sent
	}
	sc.customer.hears(thirdHz, agentHz)
	sc.third.hears(customerHz, 900)
	sc.call.Post(call.HangUp{Leg: sc.leg})
	sc.ends(3)
}

// TestMerge joins an agent's two calls.
func TestMerge(t *testing.T) {
	sc := newScene(t)
	sc.holds()
	sc.agent.dials(sc.s, "second", "7003", nil)
	wait(t, sc.agent.up, "the second line")
	wait(t, sc.third.up, "the other party")
	sc.third.hears(agentHz)
	sc.mu.Lock()
	second, leg := sc.calls["7003"], sc.join["third-7003"]
	sc.mu.Unlock()
	if err := sc.s.Merge(second, leg, sc.call, sc.leg); err != nil { // the second line's audio is the phone's now
		t.Fatal(err)
	}
	if got := wait(t, sc.agent.gone, "the BYE of the first line"); got != call.CauseMerged {
		t.Errorf("the first line ended with %q", got)
	}
	sc.customer.hearsAll([]float64{agentHz, thirdHz})
	sc.third.hearsAll([]float64{customerHz, agentHz})
	sc.agent.hearsAll([]float64{customerHz, thirdHz})
	sc.call.Post(call.HangUp{Leg: "third-7003"}) // through the call that was absorbed
	sc.customer.hearsAll([]float64{agentHz}, thirdHz)
	sc.ends(4)
}

// TestReferAway asks the customer's provider to call somebody else by itself.
func TestReferAway(t *testing.T) {
	sc := newScene(t)
	sc.call.Post(call.ReferOut{Leg: sc.caller, To: "sip:elsewhere@127.0.0.1"})
	if got := wait(t, sc.customer.up, "the REFER"); got != "refer sip:elsewhere@127.0.0.1" {
		t.Errorf("%q", got)
	}
	sc.customer.hears(agentHz) // nothing changes until it worked
	if err := sc.customer.ua().Notify("call", 200); err != nil {
		t.Fatal(err)
	}
	if got := wait(t, sc.customer.gone, "the BYE"); got != call.CauseMoved {
		t.Errorf("the customer's leg ended with %q", got)
	}
	for range 2 {
		wait(t, sc.book.ended, "call.ended")
	}
}

// TestRingTooLong: the machine's deadline passes by itself.
func TestRingTooLong(t *testing.T) {
	sc := newScene(t)
	if err := sc.third.ua().Close(); err != nil { // rings nowhere
		t.Fatal(err)
	}
	sc.call.Dial(call.Dial{Leg: "nobody", Side: event.AgentSide, RingUs: 300_000}, sc.third.target())
	if got := wait(t, sc.book.ended, "call.ended"); got != "nobody" {
		t.Errorf("%s ended", got)
	}
	sc.ends(2)
}
