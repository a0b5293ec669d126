package lake

import (
	"context"
	"testing"
	"time"

	"github.com/agner-platform/agner/internal/event"
)

const t0 = int64(1_777_888_800_000_000) // 2026-05-04T10:00:00Z
const sec = int64(1_000_000)

// script makes events of one node.
type script struct {
	node   string
	events []event.Event
}

func (s *script) add(at int64, p event.Payload, set func(*event.Event)) {
	e := event.New(at, p)
	e.Node, e.Seq = s.node, uint64(len(s.events)+1)
	if set != nil {
		set(&e)
	}
	s.events = append(s.events, e)
}

// call adds one answered call of a queue.
func (s *script) call(id, queue, agent string, at, wait, talk, wrap int64) {
	on := func(e *event.Event) {
		e.Interaction, e.Visit, e.Queue, e.Agent, e.Party, e.Site = "i-"+id, "v-"+id, queue, agent, "p-"+id, "s1"
	}
	s.add(at, &event.QueueJoined{Priority: 1, Position: 1}, func(e *event.Event) { on(e); e.Agent = "" })
	s.add(at+wait, &event.QueueLeft{Exit: event.Answered, JoinedAt: at, WaitUs: wait}, on)
	s.add(at+wait+talk+wrap, &event.VisitHandled{JoinedAt: at, AnsweredAt: at + wait, TalkUs: talk, WrapUpUs: wrap, HungUpBy: event.Customer}, on)
}

func open(t testing.TB, cfg Config) *Lake {
	t.Helper()
	if cfg.Dir == "" {
		cfg.Dir = t.TempDir()
	}
	l, err := Open(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func count(t testing.TB, l *Lake, query string, args ...any) int64 {
	t.Helper()
	var n int64
	err := l.View(context.Background(), func(ctx context.Context, r *Reader) error {
		return r.QueryRow(ctx, query, args...).Scan(&n)
	})
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

func TestApplyAndQuery(t *testing.T) {
	l := open(t, Config{})
	s := &script{node: "analytics"}
	s.call("1", "q1", "a1", t0, 12*sec, 100*sec, 10*sec)
	s.call("2", "q1", "a1", t0+300*sec, 5*sec, 50*sec, 0)
	s.add(t0+400*sec, &event.QueueJoined{Position: 1}, func(e *event.Event) { e.Interaction, e.Visit, e.Queue = "i-3", "v-3", "q1" })
	ctx := context.Background()
	if err := l.ApplyEvents(ctx, s.events); err != nil {
		t.Fatal(err)
	}
	if err := l.ApplyEvents(ctx, s.events); err != nil { // again: nothing new
		t.Fatal(err)
	}
	if n := count(t, l, `SELECT count(*) FROM visits WHERE exit = 'answered' AND agent = 'a1'`); n != 2 {
		t.Errorf("visits = %d, want 2", n)
	}
	if n := count(t, l, `SELECT sum(wait_us) FROM visits`); n != 17*sec {
		t.Errorf("sum of waits = %d, want %d", n, 17*sec)
	}
	if n := count(t, l, `SELECT count(*) FROM visits_all WHERE open AND left_at IS NULL`); n != 1 {
		t.Errorf("waiting = %d, want 1", n)
	}
	if n := count(t, l, `SELECT epoch_us(joined_at) FROM visits_open`); n != t0+400*sec {
		t.Errorf("joined_at = %d, want %d", n, t0+400*sec)
	}
	if got := l.Applied()["analytics"]; got != 7 {
		t.Errorf("applied = %d, want 7", got)
	}
	if w := l.Live().Waiting()["q1"]; len(w) != 1 || w[0].Visit != "v-3" {
		t.Errorf("live waiting = %v, want v-3", w)
	}
	wait, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if err := l.Wait(wait, l.Applied()); err != nil {
		t.Error(err)
	}
}
