package live

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// TestFeed reads while somebody watches, at most ten times a second, and lets a slow
// watcher skip.
func TestFeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var reads, calls atomic.Int64
		f := NewFeed(func(context.Context) (State, error) {
			reads.Add(1)
			return State{Agents: []Agent{{ID: "a1", Calls: calls.Load()}}}, nil
		})
		ctx, cancel := context.WithCancel(t.Context())
		defer func() { cancel(); synctest.Wait() }()
		go f.Run(ctx)
		for range 100 {
			f.Touch()
			time.Sleep(50 * time.Millisecond)
		}
		if n := reads.Load(); n != 0 {
			t.Errorf("%d readings for nobody", n)
		}
		w := f.Watch()
		s, err := w.Next(ctx)
		if err != nil || s.Agents[0].Calls != 0 {
			t.Fatalf("first state: %+v, %v", s, err)
		}
		before := reads.Load()
		for range 100 {
			calls.Add(1)
			f.Touch()
			time.Sleep(10 * time.Millisecond)
		}
		if n := reads.Load() - before; n > 11 {
			t.Errorf("%d readings in a second", n)
		}
		time.Sleep(time.Second)
		if s, err = w.Next(ctx); err != nil || s.Agents[0].Calls != 100 {
			t.Errorf("newest state: %+v, %v", s, err)
		}
		brief, stop := context.WithTimeout(ctx, 5*time.Second)
		defer stop()
		if s, err := w.Next(brief); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a state although nothing changed: %+v, %v", s, err)
		}
		second := f.Watch()
		if s, err := second.Next(ctx); err != nil || s.Agents[0].Calls != 100 {
			t.Errorf("state of one who comes late: %+v, %v", s, err)
		}
		second.Close()
		w.Close()
		before = reads.Load()
		time.Sleep(5 * time.Second)
		if reads.Load() != before {
			t.Error("read on although nobody watches any more")
		}
	})
}

func TestDiff(t *testing.T) {
	from := &State{Queues: []Queue{{ID: "q1"}, {ID: "q2"}}, Agents: []Agent{{ID: "a1"}, {ID: "a2", Attributes: map[string]string{"x": "1"}}}}
	to := &State{Queues: []Queue{{ID: "q1"}, {ID: "q3"}}, Agents: []Agent{{ID: "a1", State: "talking"}, {ID: "a2", Attributes: map[string]string{"x": "1"}}}}
	c, changed := Diff(from, to)
	if !changed || len(c.Queues) != 1 || c.Queues[0].ID != "q3" || len(c.Gone.Queues) != 1 || c.Gone.Queues[0] != "q2" ||
		len(c.Agents) != 1 || c.Agents[0].ID != "a1" || len(c.Gone.Agents) != 0 {
		t.Errorf("change %+v, %v", c, changed)
	}
	if c, changed := Diff(to, to); changed {
		t.Errorf("change of nothing: %+v", c)
	}
	if _, changed := Diff(from, &State{Queues: from.Queues, Agents: from.Agents, Advice: &Advice{Snapshot: "f"}}); !changed {
		t.Error("new advice is no change")
	}
}
