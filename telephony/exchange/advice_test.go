package exchange

import (
	"testing"
	"time"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/telephony/acd"
	"github.com/agner-platform/agner/telephony/routing"
)

// TestAdvice: a forecast that prizes an agent elsewhere lets another one be rung, and
// the facts say so; advice that is too old does nothing, and the live state says so.
func TestAdvice(t *testing.T) {
	f := func(t *testing.T, age time.Duration, first string, applied bool) {
		s := testSetup("a1", "a2")
		s.ACD.Queues[0].Strategy = routing.Advised
		s.ACD.Queues = append(s.ACD.Queues, acd.QueueConfig{ID: "q2", Strategy: routing.Advised})
		s.ACD.Agents[0].Queues = append(s.ACD.Agents[0].Queues, acd.Membership{Queue: "q2"})
		x, facts := start(t, s)
		desk1, desk2, customer := newPhone(t, "127.0.0.1", 1000), newPhone(t, "127.0.0.1", 1200), newPhone(t, "127.0.0.2", 400)
		register(t, x, desk1, "7a1")
		register(t, x, desk2, "7a2")
		table := &routing.Table{Name: "f1", Made: time.Now().Add(-age).UnixMicro(), Queues: map[string]routing.QueueAdvice{
			"q1": {Value: 0.01, WithinUs: 20 * interval.Second}, "q2": {Value: 0.2, WithinUs: 20 * interval.Second},
		}}
		if err := x.Advise(t.Context(), table); err != nil {
			t.Fatal(err)
		}
		for _, a := range []string{"a1", "a2"} { // a1 is idle longest
			if err := x.SetState(t.Context(), a, event.Available, "", ""); err != nil {
				t.Fatal(err)
			}
		}
		l, err := x.Live(t.Context())
		if err != nil || l.Advice == nil || l.Advice.Snapshot != "f1" || l.Advice.Fresh != applied {
			t.Errorf("live %+v, %v", l.Advice, err)
		}
		customer.dial(x, "c1", "601", "")
		made := facts.await(t, "offer.made", kind(event.KindOfferMade))
		rule := "longest_idle"
		if applied {
			rule = "advised"
			e := facts.await(t, "forecast.applied", kind(event.KindForecastApplied))
			if p := e.Payload.(*event.ForecastApplied); p.Snapshot != "f1" || p.Decision != "agent" {
				t.Errorf("applied %+v", p)
			}
		}
		if p := made.Payload.(*event.OfferMade); made.Agent != first || p.Rule != rule {
			t.Errorf("rung %s by %s, want %s by %s", made.Agent, p.Rule, first, rule)
		}
		if err := x.Advise(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		if l, err := x.Live(t.Context()); err != nil || l.Advice != nil {
			t.Errorf("live after the advice was taken away: %+v, %v", l.Advice, err)
		}
	}
	t.Run("fresh", func(t *testing.T) { f(t, time.Second, "a2", true) })
	t.Run("stale", func(t *testing.T) { f(t, time.Hour, "a1", false) })
}
