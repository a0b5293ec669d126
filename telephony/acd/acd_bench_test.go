package acd_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/telephony/acd"
)

// large is a centre of 500 agents and 200 queues with skills, every agent in ten
// queues, all talking, and ten callers waiting in each queue.
func large(b *testing.B) (*acd.State, *rand.Rand) {
	b.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	s, now := acd.New(), t0
	var c acd.Config
	for q := range 200 {
		c.Queues = append(c.Queues, acd.QueueConfig{
			ID: fmt.Sprintf("q%03d", q), RingUs: interval.HourUs, AgeUs: 30 * interval.Second, Weight: int64(q % 3),
			Need: nil, WrapUpUs: 0,
		})
	}
	for a := range 500 {
		ac := acd.AgentConfig{ID: fmt.Sprintf("a%03d", a), Skills: map[string]int64{"fr": int64(a % 4)}}
		for k := range 10 {
			ac.Queues = append(ac.Queues, acd.Membership{Queue: fmt.Sprintf("q%03d", (a*7+k*20)%200)})
		}
		c.Agents = append(c.Agents, ac)
	}
	post := func(in acd.Input) acd.Result {
		r := s.Decide(in, now)
		if r.Err != nil {
			b.Fatal(r.Err)
		}
		now++
		return r
	}
	post(acd.Start{Node: "n"})
	post(acd.Configure{Config: c})
	for i := range 2000 {
		j := acd.Join{Queue: fmt.Sprintf("q%03d", i%200), Interaction: fmt.Sprint("c", i)}
		if i%5 == 0 {
			j.Skills = []string{"fr>=2"}
		}
		post(j)
	}
	for a := range 500 {
		r := post(acd.SignIn{Agent: fmt.Sprintf("a%03d", a)})
		for _, cmd := range slices.Clone(r.Commands) {
			if ring, ok := cmd.(acd.Ring); ok {
				post(acd.Answer{Offer: ring.Offer})
			}
		}
	}
	return s, rng
}

// BenchmarkFreeToOffer measures from an agent becoming free to the ring command for
// the next caller, at 500 agents, 200 queues and 1,500 callers waiting. The house's
// target for the whole way to the INVITE is p99 < 5 ms.
func BenchmarkFreeToOffer(b *testing.B) {
	s, rng := large(b)
	now, n := s.Now(), 0
	var took []time.Duration
	for b.Loop() {
		b.StopTimer()
		var talking []acd.VisitView
		for _, v := range s.Visits() {
			if v.Stage == acd.StageTalking {
				talking = append(talking, v)
			}
		}
		v := talking[rng.IntN(len(talking))]
		n++
		now += int64(rng.IntN(100_000))
		s.Decide(acd.Join{Queue: v.Queue, Interaction: fmt.Sprint("n", n)}, now)
		b.StartTimer()
		start := time.Now()
		r := s.Decide(acd.Finish{Visit: v.ID, By: event.Customer}, now)
		took = append(took, time.Since(start))
		b.StopTimer()
		ring, ok := r.Commands[len(r.Commands)-1].(acd.Ring)
		if !ok || r.Err != nil {
			b.Fatalf("nobody was rung: %v %v", r.Commands, r.Err)
		}
		if r := s.Decide(acd.Answer{Offer: ring.Offer}, now); r.Err != nil {
			b.Fatal(r.Err)
		}
		b.StartTimer()
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
}

// BenchmarkClone measures a copy of the large centre, what an estimate begins with.
func BenchmarkClone(b *testing.B) {
	s, _ := large(b)
	for b.Loop() {
		s.Clone()
	}
}
