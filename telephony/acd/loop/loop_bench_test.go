package loop

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/acd"
)

// rings passes the ring commands on.
type rings struct{ ch chan acd.Ring }

func (rings) Publish([]event.Event)                       {}
func (rings) Commit(context.Context, []event.Event) error { return nil }
func (r rings) Execute(commands []acd.Command) {
	for _, c := range commands {
		if ring, ok := c.(acd.Ring); ok {
			r.ch <- ring
		}
	}
}

// BenchmarkFreeToRing measures the whole way within the switch: from posting the end
// of a conversation to the Executor being told to ring the agent for the next caller,
// at 500 agents and 200 queues. The house's target to the INVITE is p99 < 5 ms.
func BenchmarkFreeToRing(b *testing.B) {
	w := rings{make(chan acd.Ring, 1000)}
	c := Default()
	c.Sink, c.Executor = w, w
	l, err := New(c)
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	post := func(in acd.Input) acd.Result {
		r, err := l.Post(b.Context(), in)
		if err != nil {
			b.Fatal(err)
		}
		return r
	}
	cfg := acd.Config{Version: 1}
	for q := range 200 {
		cfg.Queues = append(cfg.Queues, acd.QueueConfig{ID: fmt.Sprintf("q%03d", q)})
	}
	for a := range 500 {
		ac := acd.AgentConfig{ID: fmt.Sprintf("a%03d", a)}
		for k := range 10 {
			ac.Queues = append(ac.Queues, acd.Membership{Queue: fmt.Sprintf("q%03d", (a+k*20)%200)})
		}
		cfg.Agents = append(cfg.Agents, ac)
	}
	post(acd.Configure{Config: cfg})
	for i := range 1500 {
		post(acd.Join{Queue: fmt.Sprintf("q%03d", i%200), Interaction: fmt.Sprint("c", i)})
	}
	talking := make([]string, 0, 500)
	for a := range 500 {
		post(acd.SignIn{Agent: fmt.Sprintf("a%03d", a)})
		ring := <-w.ch
		post(acd.Answer{Offer: ring.Offer})
		talking = append(talking, ring.Visit)
	}
	n := 0
	var took []time.Duration
	for b.Loop() {
		b.StopTimer()
		n++
		post(acd.Join{Queue: fmt.Sprintf("q%03d", n%200), Interaction: fmt.Sprint("n", n)})
		b.StartTimer()
		start := time.Now()
		if err := l.Send(b.Context(), acd.Finish{Visit: talking[n%500], By: event.Customer}); err != nil {
			b.Fatal(err)
		}
		ring := <-w.ch
		took = append(took, time.Since(start))
		b.StopTimer()
		post(acd.Answer{Offer: ring.Offer})
		talking[n%500] = ring.Visit
		b.StartTimer()
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
}
