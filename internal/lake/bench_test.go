package lake

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/journal"
)

// syntheticJournal writes about n events of a plausible centre: 8 queues, 120
// agents, 12 % abandonment, missed offers, wrap-up codes, in order of time.
func syntheticJournal(tb testing.TB, root string, n int) {
	tb.Helper()
	j, _, err := journal.Open(root, "analytics", journal.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	ctx := context.Background()
	rng := rand.New(rand.NewPCG(1, 2))
	s := &script{node: "analytics"}
	flush := func() {
		if _, err := j.Append(ctx, s.events...); err != nil {
			tb.Fatal(err)
		}
		s.events = s.events[:0]
	}
	at, total := t0, 0
	for i := 0; total < n; i++ {
		at += int64(rng.ExpFloat64() * 3e6)
		total += centreCall(s, rng, i, at)
		if len(s.events) > 2000 {
			flush()
		}
	}
	flush()
	if err := j.Close(); err != nil {
		tb.Fatal(err)
	}
}

// centreCall adds one call and returns how many events it has.
func centreCall(s *script, rng *rand.Rand, i int, at int64) int {
	before := len(s.events)
	id := strconv.FormatInt(at/sec, 10) + "." + strconv.Itoa(i)
	queue, agent := fmt.Sprintf("q%d", rng.IntN(8)), fmt.Sprintf("agent-%03d", rng.IntN(120))
	on := func(e *event.Event) {
		e.Interaction, e.Visit, e.Queue, e.Site, e.Source = id, id+"/1", queue, "main", "bench"
		e.SourceRef, e.Party = "bench:"+strconv.Itoa(i), "p"+strconv.Itoa(rng.IntN(200_000))
	}
	by := func(e *event.Event) { on(e); e.Agent, e.Offer = agent, id+"/o1" }
	wait := int64(rng.ExpFloat64() * 40e6)
	s.add(at, &event.QueueJoined{Priority: 1, Skills: []string{"en"}, Position: int64(rng.IntN(9) + 1), Waiting: 3, Staffed: 20}, on)
	if rng.IntN(100) < 12 {
		s.add(at+wait, &event.QueueLeft{Exit: event.Abandoned, JoinedAt: at, WaitUs: wait, Position: 2}, on)
		return len(s.events) - before
	}
	if rng.IntN(10) == 0 {
		s.add(at+wait/2, &event.OfferMade{Attempt: 1, Rule: "idle"}, by)
		s.add(at+wait/2+1, &event.OfferMissed{RingUs: 1}, by)
		by = func(e *event.Event) { on(e); e.Agent, e.Offer = agent, id+"/o2" }
	}
	talk, wrap := int64(rng.ExpFloat64()*180e6), int64(rng.ExpFloat64()*30e6)
	s.add(at+wait, &event.OfferMade{Attempt: 1, Rule: "idle"}, by)
	s.add(at+wait, &event.OfferAccepted{RingUs: 4 * sec}, by)
	s.add(at+wait, &event.QueueLeft{Exit: event.Answered, JoinedAt: at, WaitUs: wait}, by)
	s.add(at+wait+talk+wrap, &event.VisitHandled{JoinedAt: at, AnsweredAt: at + wait, TalkUs: talk, WrapUpUs: wrap, HungUpBy: event.Customer}, by)
	s.add(at+wait+talk+wrap, &event.InteractionCoded{Code: "c" + strconv.Itoa(rng.IntN(20))}, by)
	return len(s.events) - before
}

// BenchmarkRebuild makes the lake of a journal of AGNER_BENCH_EVENTS (default
// one million) events: target 100 k events/s (numbers.md section 2).
func BenchmarkRebuild(b *testing.B) {
	n := 1_000_000
	if s := os.Getenv("AGNER_BENCH_EVENTS"); s != "" {
		n, _ = strconv.Atoi(s)
	}
	root := b.TempDir()
	syntheticJournal(b, root, n)
	l := open(b, Config{})
	for b.Loop() {
		began := time.Now()
		if err := l.Rebuild(context.Background(), root, nil); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(sum(l.Applied()))/time.Since(began).Seconds(), "events/s")
	}
}
