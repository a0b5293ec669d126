package lake

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/journal"
	"github.com/agner-platform/agner/internal/lake/project"
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
		began, cpu := time.Now(), cpuTime(b)
		if err := l.Rebuild(context.Background(), root, nil); err != nil {
			b.Fatal(err)
		}
		events := float64(sum(l.Applied()))
		b.ReportMetric(events/time.Since(began).Seconds(), "events/s")
		b.ReportMetric(events/(cpuTime(b)-cpu).Seconds(), "events/cpu-s") // what a busy machine cannot hide
	}
}

// cpuTime is what this process has used on all processors.
func cpuTime(tb testing.TB) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkFlush measures one live commit of 2,000 events into a lake that holds
// 200,000 already.
func BenchmarkFlush(b *testing.B) {
	l := open(b, Config{})
	rng := rand.New(rand.NewPCG(1, 2))
	s := &script{node: "switch"}
	at, i := t0, 0
	fill := func(n int) {
		s.events = s.events[:0]
		base := sum(l.Applied())
		for len(s.events) < n {
			at += int64(rng.ExpFloat64() * 3e6)
			centreCall(s, rng, i, at)
			i++
		}
		for j := range s.events {
			s.events[j].Seq = base + uint64(j) + 1
		}
	}
	ctx := context.Background()
	fill(200_000)
	if err := l.ApplyEvents(ctx, s.events); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		fill(2000)
		b.StartTimer()
		if err := l.ApplyEvents(ctx, s.events); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkTimeline measures one call's life in a store of AGNER_BENCH_CALLS
// calls (default 500,000; docs/lake.md has 5 M) with eight events each, whose ids
// tell nothing of their time.
func BenchmarkTimeline(b *testing.B) {
	calls := 500_000
	if s := os.Getenv("AGNER_BENCH_CALLS"); s != "" {
		calls, _ = strconv.Atoi(s)
	}
	l := open(b, Config{})
	ctx := context.Background()
	raw, err := event.AppendBinary(nil, &s0)
	if err != nil {
		b.Fatal(err)
	}
	id := func(i int) string { return fmt.Sprintf("%016x", uint64(i)*0x9e3779b97f4a7c15) }
	rows := &Rows{}
	for i := 0; i < calls; {
		rows.Events = rows.Events[:0]
		for ; i < calls && len(rows.Events) < 800_000; i++ {
			for k := range 8 { // the events of a hundred calls are mixed
				c := max(0, i-k*12)
				rows.Events = append(rows.Events, project.Event{
					Node: "switch", Seq: uint64(i*8 + k + 1), Kind: "queue.joined",
					At: t0 + int64(i)*sec, Interaction: id(c), Raw: raw,
				})
			}
		}
		if err := l.Load(ctx, rows); err != nil {
			b.Fatal(err)
		}
	}
	n := 0
	for b.Loop() {
		n++
		events, err := l.Timeline(ctx, id(n*7919%calls))
		if err != nil || len(events) == 0 {
			b.Fatalf("%d events, %v", len(events), err)
		}
	}
}

// s0 is an event of usual size.
var s0 = func() event.Event {
	e := event.New(t0, &event.QueueJoined{Priority: 1, Skills: []string{"en"}, Position: 2, Waiting: 1, Staffed: 20})
	e.Interaction, e.Visit, e.Queue, e.Party, e.Source, e.SourceRef = "1777888800.12345", "1777888800.12345/1", "sales", "p123456", "queue_log", "f:123456"
	return e
}()
