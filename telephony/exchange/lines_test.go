package exchange

import (
	"testing"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/call"
	"github.com/agner-platform/agner/telephony/trunk"
)

// TestTrunkLimits: a phone calls out by a trunk as far as its limits let it, and the
// keeper knows whether the provider is there.
func TestTrunkLimits(t *testing.T) {
	provider, inside := newPhone(t, "127.0.0.2", 400), newPhone(t, "127.0.0.3", 1000)
	s := testSetup("a1")
	s.Trunks = []Trunk{{Name: "out", Prefixes: []string{"127.0.0.2"}, Host: provider.ua().Addr("udp"), Limits: &trunk.Limits{
		Home: "372", Countries: []string{"372"}, PerMinute: 2, Concurrent: 1,
	}}}
	x, facts := start(t, s)
	register(t, x, inside, "7a1")
	inside.dial(x, "abroad", "+19005550100", "7a1")
	if got := take(t, inside.gone, "the refusal of a call abroad"); got != "no_answer" { // 480 to the phone
		t.Errorf("refused with %q", got)
	}
	facts.await(t, "the cause of the refusal", func(e *event.Event) bool {
		return e.Kind == event.KindCallEnded && e.Cause == trunk.ErrCountry.Error()
	})
	inside.dial(x, "home", "6123456", "7a1")
	take(t, provider.line, "the call at the provider")
	take(t, inside.line, "the answer")
	inside.hears(400)
	inside.dial(x, "second", "6123457", "7a1")
	take(t, inside.gone, "the refusal of a second call at once")
	facts.await(t, "its cause", func(e *event.Event) bool {
		return e.Kind == event.KindCallEnded && e.Cause == trunk.ErrConcurrent.Error()
	})
	if err := inside.ua().Bye("home", ""); err != nil {
		t.Fatal(err)
	}
	take(t, provider.gone, "the end at the provider")

	facts.await(t, "the end of the call out", func(e *event.Event) bool { return e.Kind == event.KindCallEnded && e.Cause == call.CausePeerLeft })
	for _, st := range x.Trunks() {
		if st.Name != "out" {
			t.Errorf("status %+v", st)
		}
	}
}

// TestTrunkComesAndGoes: a trunk that is set up while the switch runs may call at once,
// and one that is taken away no more.
func TestTrunkComesAndGoes(t *testing.T) {
	s := testSetup("a1")
	trunks := s.Trunks
	s.Trunks = nil
	x, _ := start(t, s)
	customer := newPhone(t, "127.0.0.2", 400)
	customer.dial(x, "before", "601", "")
	take(t, customer.gone, "the refusal of a stranger")
	s.Version, s.Trunks = 2, trunks
	if err := x.Apply(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	customer.dial(x, "with", "601", "")
	take(t, customer.line, "the answer")
	if err := customer.ua().Bye("with", ""); err != nil {
		t.Fatal(err)
	}
	s.Version, s.Trunks = 3, nil
	if err := x.Apply(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	customer.dial(x, "after", "601", "")
	take(t, customer.gone, "the refusal of a stranger again")
}
