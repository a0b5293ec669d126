package exchange

import (
	"errors"
	"testing"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/telephony/acd"
	"github.com/agner-platform/agner/telephony/sipua/registrar"
	"github.com/agner-platform/agner/telephony/trunk"
)

// ended waits for the end of a leg of an agent, or of nobody, with a cause.
func ended(cause string) func(*event.Event) bool {
	return func(e *event.Event) bool { return e.Kind == event.KindCallEnded && e.Cause == cause }
}

// talking brings a customer to agent a1.
func talking(t *testing.T, x *Exchange, facts *book, desk, customer *phone) {
	t.Helper()
	register(t, x, desk, "7a1")
	if err := x.SetState(t.Context(), "a1", event.Available, "", ""); err != nil {
		t.Fatal(err)
	}
	customer.dial(x, "c1", "601", "")
	take(t, desk.line, "the agent's call")
	customer.hears(1000)
	facts.await(t, "the agent talks", state("a1", event.Talking))
}

// TestDial rings the agent, then the world outside within the trunk's limits; the
// distributor leaves the agent alone meanwhile.
func TestDial(t *testing.T) {
	desk, provider := newPhone(t, "127.0.0.1", 1000), newPhone(t, "127.0.0.2", 400)
	s := testSetup("a1")
	s.Trunks = []Trunk{{Name: "out", Prefixes: []string{"127.0.0.2"}, Host: provider.ua().Addr("udp"), Limits: &trunk.Limits{
		Home: "372", Countries: []string{"372"}, PerMinute: 5, Concurrent: 2,
	}}}
	x, facts := start(t, s)
	if _, err := x.Dial(t.Context(), "a1", "6123456", ""); !errors.Is(err, ErrNotNow) {
		t.Errorf("without a phone: %v", err)
	}
	register(t, x, desk, "7a1")
	if err := x.SetState(t.Context(), "a1", event.Available, "", ""); err != nil {
		t.Fatal(err)
	}
	for _, to := range []string{"a1", "nobody", ""} {
		if _, err := x.Dial(t.Context(), "a1", to, ""); !errors.Is(err, ErrTarget) {
			t.Errorf("to %q: %v", to, err)
		}
	}
	if _, err := x.Dial(t.Context(), "a1", "6123456", "gone"); !errors.Is(err, ErrTarget) {
		t.Errorf("for no queue: %v", err)
	}
	id, err := x.Dial(t.Context(), "a1", "6123456", "Support")
	if err != nil || id == "" {
		t.Fatalf("%q, %v", id, err)
	}
	take(t, desk.line, "the agent's call")
	take(t, provider.line, "the call at the provider")
	desk.hears(400)
	provider.hears(1000)
	facts.await(t, "the agent is occupied", state("a1", event.OtherState))
	if l, err := x.Live(t.Context()); err != nil || l.Agents[0].Line == nil || !l.Agents[0].Line.Outgoing || l.Agents[0].Line.State != "talking" {
		t.Errorf("live %+v, %v", l.Agents, err)
	}
	if _, err := x.Dial(t.Context(), "a1", "6123457", ""); !errors.Is(err, ErrNotNow) {
		t.Errorf("a second call: %v", err)
	}
	if err := x.Control(t.Context(), "a1", "hangup", ""); err != nil {
		t.Fatal(err)
	}
	take(t, provider.gone, "the end at the provider")
	facts.await(t, "available again", func() func(*event.Event) bool {
		occupied := false
		return func(e *event.Event) bool {
			occupied = occupied || state("a1", event.OtherState)(e)
			return occupied && state("a1", event.Available)(e)
		}
	}())
	if _, err := x.Dial(t.Context(), "a1", "+19005550100", ""); err != nil {
		t.Fatal(err)
	}
	take(t, desk.line, "the agent's call")
	desk.hears(2100) // it says that it cannot be
	facts.await(t, "the cause of the refusal", ended(trunk.ErrCountry.Error()))
	facts.balance(t)
}

// TestSupervision: a supervisor listens, whispers, barges in and takes over, and the
// agent wraps up then.
func TestSupervision(t *testing.T) {
	s := testSetup("a1")
	s.Phones = append(s.Phones, Phone{User: "7boss"}, Phone{User: "7own", Agent: "a9"})
	x, facts := start(t, s)
	desk, customer, boss := newPhone(t, "127.0.0.1", 1000), newPhone(t, "127.0.0.2", 400), newPhone(t, "127.0.0.1", 700)
	if err := x.Supervise(t.Context(), "a1", event.Listen, "u1", "", "7boss"); !errors.Is(err, ErrNoCall) {
		t.Errorf("of nobody: %v", err)
	}
	talking(t, x, facts, desk, customer)
	if err := x.Supervise(t.Context(), "a1", event.Listen, "u1", "", "7boss"); !errors.Is(err, ErrNotNow) {
		t.Errorf("without a phone: %v", err)
	}
	register(t, x, boss, "7boss")
	for _, account := range []string{"7a1", "7own", "7none"} {
		if err := x.Supervise(t.Context(), "a1", event.Listen, "u1", "a2", account); !errors.Is(err, ErrTarget) {
			t.Errorf("with the phone %s of somebody else: %v", account, err)
		}
	}
	if err := x.Supervise(t.Context(), "a1", "stop", "u1", "", ""); !errors.Is(err, ErrNoCall) {
		t.Errorf("stop before the beginning: %v", err)
	}
	mode := func(m event.SupervisionMode) {
		t.Helper()
		if err := x.Supervise(t.Context(), "a1", m, "u1", "", "7boss"); err != nil {
			t.Fatal(err)
		}
		facts.await(t, string(m), func(e *event.Event) bool {
			p, ok := e.Payload.(*event.SupervisionStarted)
			return ok && p.Mode == m && p.By == "u1" && e.Agent == "a1"
		})
	}
	mode(event.Listen)
	take(t, boss.line, "the supervisor's call")
	boss.hears(400)
	boss.hears(1000)
	if l, err := x.Live(t.Context()); err != nil || len(l.Agents[0].Watched) != 1 || l.Agents[0].Watched[0].Mode != "listen" {
		t.Errorf("live %+v, %v", l.Agents[0], err)
	}
	mode(event.Whisper)
	desk.hears(700)
	if customer.heardNow(700) {
		t.Error("the customer hears a whisper")
	}
	mode(event.Barge)
	customer.hears(700)
	mode(event.Takeover)
	take(t, desk.gone, "the agent's BYE")
	customer.hears(700)
	facts.await(t, "wrap-up", state("a1", event.WrapUp))
	if err := customer.ua().Bye("c1", ""); err != nil {
		t.Fatal(err)
	}
	take(t, boss.gone, "the supervisor's BYE")
	facts.await(t, "the end", ended("peer_left"))
}

// TestConsult asks a colleague and completes the transfer, or comes back.
func TestConsult(t *testing.T) {
	x, facts := start(t, testSetup("a1", "a2"))
	desk, customer, colleague := newPhone(t, "127.0.0.1", 1000), newPhone(t, "127.0.0.2", 400), newPhone(t, "127.0.0.1", 1200)
	register(t, x, colleague, "7a2")
	talking(t, x, facts, desk, customer)
	do := func(what, to string) {
		t.Helper()
		if err := x.Control(t.Context(), "a1", what, to); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	for _, what := range []string{"complete", "return", "conference"} {
		if err := x.Control(t.Context(), "a1", what, ""); !errors.Is(err, ErrNotNow) {
			t.Errorf("%s without a colleague: %v", what, err)
		}
	}
	for _, to := range []string{"a1", "nobody", "a3"} {
		if err := x.Control(t.Context(), "a1", "consult", to); !errors.Is(err, ErrTarget) {
			t.Errorf("consult %s: %v", to, err)
		}
	}
	do("consult", "a2")
	take(t, colleague.line, "the colleague's call")
	customer.hears(1700) // music
	desk.hears(1200)
	if err := x.Control(t.Context(), "a1", "consult", "a2"); !errors.Is(err, ErrNotNow) {
		t.Errorf("a second colleague: %v", err)
	}
	do("return", "")
	take(t, colleague.gone, "the colleague's BYE")
	customer.hears(1000)
	do("consult", "7a2")
	take(t, colleague.line, "the colleague's second call")
	facts.await(t, "the second answer of the colleague", func() func(*event.Event) bool {
		legs := map[string]bool{}
		return func(e *event.Event) bool {
			if e.Kind == event.KindCallAnswered && e.Agent == "a2" {
				legs[e.Leg] = true
			}
			return len(legs) == 2
		}
	}())
	desk.hears(1200)
	do("conference", "")
	customer.hears(1200)
	colleague.hears(400)
	facts.await(t, "a conference", func(e *event.Event) bool { return e.Kind == event.KindCallConferenced })
	do("hangup", "")
	take(t, desk.gone, "the agent's BYE")
	customer.hears(1200)
	facts.await(t, "wrap-up", state("a1", event.WrapUp))
	if err := customer.ua().Bye("c1", ""); err != nil {
		t.Fatal(err)
	}
	take(t, colleague.gone, "the colleague's second BYE")
}

// TestAttendedTransfer leaves the caller with the colleague, who may then do with the
// call what an agent may.
func TestAttendedTransfer(t *testing.T) {
	x, facts := start(t, testSetup("a1", "a2"))
	desk, customer, colleague := newPhone(t, "127.0.0.1", 1000), newPhone(t, "127.0.0.2", 400), newPhone(t, "127.0.0.1", 1200)
	register(t, x, colleague, "7a2")
	talking(t, x, facts, desk, customer)
	if err := x.Control(t.Context(), "a1", "consult", "a2"); err != nil {
		t.Fatal(err)
	}
	take(t, colleague.line, "the colleague's call")
	if err := x.Control(t.Context(), "a1", "complete", ""); err != nil {
		t.Fatal(err)
	}
	take(t, desk.gone, "the agent's BYE")
	customer.hears(1200)
	facts.await(t, "call.transferred", func(e *event.Event) bool {
		p, ok := e.Payload.(*event.CallTransferred)
		return ok && p.Transfer == event.Attended && p.ToAgent == "a2"
	})
	if err := x.Control(t.Context(), "a2", "hangup", ""); err != nil {
		t.Fatal(err)
	}
	take(t, customer.gone, "the customer's BYE")
}

// TestCodes: wrap-up ends with a code of the queue.
func TestCodes(t *testing.T) {
	s := testSetup("a1")
	s.ACD.Queues[0].MustCode = true
	s.Queues = []Queue{{ID: "q1", Name: "Support", Codes: []Code{{ID: "code_1", Code: "sold", Label: "Sold"}}}}
	x, facts := start(t, s)
	desk, customer := newPhone(t, "127.0.0.1", 1000), newPhone(t, "127.0.0.2", 400)
	talking(t, x, facts, desk, customer)
	if l, err := x.Live(t.Context()); err != nil || l.Agents[0].WrapUp == nil || !l.Agents[0].WrapUp.Required || len(l.Agents[0].WrapUp.Codes) != 1 {
		t.Errorf("live %+v, %v", l.Agents[0], err)
	}
	if err := x.Code(t.Context(), "a1", "weather", "u1"); !errors.Is(err, ErrCode) {
		t.Errorf("a code of nobody: %v", err)
	}
	if err := customer.ua().Bye("c1", ""); err != nil {
		t.Fatal(err)
	}
	facts.await(t, "wrap-up", state("a1", event.WrapUp))
	if err := x.Post(t.Context(), acd.WrapUpDone{Agent: "a1"}); !errors.Is(err, acd.ErrState) {
		t.Errorf("wrap-up without a code: %v", err)
	}
	if err := x.Code(t.Context(), "a1", "sold", "u1"); err != nil {
		t.Fatal(err)
	}
	coded := facts.await(t, "interaction.coded", kind(event.KindInteractionCoded))
	if p := coded.Payload.(*event.InteractionCoded); p.Code != "code_1" || p.By != "u1" || coded.Queue != "q1" || coded.Agent != "a1" {
		t.Errorf("coded %+v %+v", coded, p)
	}
	if err := x.Post(t.Context(), acd.WrapUpDone{Agent: "a1"}); err != nil {
		t.Error(err)
	}
	facts.await(t, "visit.handled", kind(event.KindVisitHandled))
	if err := x.Code(t.Context(), "a1", "sold", "u1"); err == nil {
		t.Error("coded a contact that is no more")
	}
}

// TestOwnCallKeepsTheDistributorAway: while an agent telephones by hand nobody is rung
// there.
func TestOwnCallKeepsTheDistributorAway(t *testing.T) {
	s := testSetup("a1")
	s.Phones = append(s.Phones, Phone{User: "7other"})
	s.ACD.Queues[0].WrapUpUs = interval.Second
	x, facts := start(t, s)
	desk, other, customer := newPhone(t, "127.0.0.1", 1000), newPhone(t, "127.0.0.1", 1200), newPhone(t, "127.0.0.2", 400)
	register(t, x, desk, "7a1")
	register(t, x, other, "7other")
	if err := x.SetState(t.Context(), "a1", event.Available, "", ""); err != nil {
		t.Fatal(err)
	}
	desk.dial(x, "own", "7other", "7a1")
	take(t, other.line, "the call at the other phone")
	facts.await(t, "occupied", state("a1", event.OtherState))
	customer.dial(x, "c1", "601", "")
	customer.hears(1700) // waits
	if err := desk.ua().Bye("own", ""); err != nil {
		t.Fatal(err)
	}
	take(t, desk.line, "the own call")
	take(t, desk.line, "the customer's call")
	customer.hears(1000)
}

// TestPhoneOfNobodyIsACustomer: who hung up is told by whose the phone is.
func TestPhoneOfNobodyIsACustomer(t *testing.T) {
	s := testSetup("a1")
	nobody := s.Phones[0]
	nobody.User, nobody.Agent = "7099", ""
	nobody.MD5, nobody.SHA256 = registrar.HA1("MD5", "7099", realm, "secret"), registrar.HA1("SHA-256", "7099", realm, "secret")
	s.Phones = append(s.Phones, nobody)
	x, facts := start(t, s)
	desk, customer := newPhone(t, "127.0.0.1", 1000), newPhone(t, "127.0.0.3", 400)
	register(t, x, desk, "7a1")
	if err := x.SetState(t.Context(), "a1", event.Available, "", ""); err != nil {
		t.Fatal(err)
	}
	customer.dial(x, "c1", "601", "7099")
	take(t, desk.line, "the agent's call")
	customer.hears(1000)
	offered := facts.await(t, "call.offered", kind(event.KindCallOffered))
	if p := offered.Payload.(*event.CallOffered); p.Direction != event.Inbound {
		t.Errorf("offered %s", p.Direction)
	}
	if err := customer.ua().Bye("c1", ""); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		facts.await(t, "the ends, by the customer", func() func(*event.Event) bool {
			ends := map[string]event.Side{}
			return func(e *event.Event) bool {
				if p, ok := e.Payload.(*event.CallEnded); ok {
					ends[e.Leg] = p.By
				}
				for _, by := range ends {
					if by != event.Customer {
						t.Fatalf("ended by %v", ends)
					}
				}
				return len(ends) == 2
			}
		}())
	}
}

// TestMobileAgent takes calls on a telephone outside, with a key: a voicemail gets none.
func TestMobileAgent(t *testing.T) {
	s := testSetup("a1")
	mobile, customer := newPhone(t, "127.0.0.4", 1000), newPhone(t, "127.0.0.2", 400)
	s.Phones[0].Number = "+37255500001"
	s.Trunks[0].Host = mobile.ua().Addr("udp")
	s.Trunks[0].Limits = &trunk.Limits{Countries: []string{"372"}, PerMinute: 9, Concurrent: 2}
	x, facts := start(t, s)
	if err := x.SetState(t.Context(), "a1", event.Available, "", ""); err != nil {
		t.Fatal(err)
	}
	if l, err := x.Live(t.Context()); err != nil || !l.Agents[0].Registered {
		t.Errorf("live %+v, %v", l.Agents[0], err)
	}
	customer.dial(x, "c1", "601", "")
	take(t, mobile.line, "the call outside")
	mobile.hears(2100)   // the question
	customer.hears(1700) // still waits
	mobile.key('1')
	customer.hears(1000)
	mobile.hears(400)
	facts.await(t, "offer.accepted", kind(event.KindOfferAccepted))
	if err := customer.ua().Bye("c1", ""); err != nil {
		t.Fatal(err)
	}
	take(t, mobile.gone, "the end outside")
	facts.await(t, "wrap-up", state("a1", event.WrapUp))
}
