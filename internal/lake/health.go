package lake

import (
	"context"
	"fmt"
	"sync"
	"syscall"
	"time"

	"github.com/agner-platform/agner/internal/journal"
)

// State is how the writer is doing.
type State string

// States of the writer.
const (
	Ready      State = "ready"
	Paused     State = "paused"     // no room on the disk; resumes by itself
	Rebuilding State = "rebuilding" // reading everything again
	Failed     State = "failed"     // see Health.Error
)

// Health is what an operator should know of the lake.
type Health struct {
	State     State
	Error     string    // why it is not ready
	Tail      string    // why the journals cannot be read at present; empty if they can
	Since     time.Time // when that began
	Recovered string    // why the last Open or repair started from an empty lake; empty if it did not
	Events    int64     // committed since Open
	Rejects   int64     // of them rejected
	Resets    int64     // times the lake went back to its last commit
}

// healthBox keeps the current Health.
type healthBox struct {
	mu sync.Mutex // a leaf lock; guards v
	v  Health
}

func (b *healthBox) set(f func(*Health)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f(&b.v)
}

// ready notes a commit.
func (b *healthBox) ready(events, rejects int) {
	b.set(func(h *Health) {
		if h.State == Paused || h.State == Failed {
			h.State = Ready
		}
		h.Error, h.Since = "", time.Time{}
		h.Events += int64(events)
		h.Rejects += int64(rejects)
	})
}

// paused notes a full disk and reports whether that is news.
func (b *healthBox) paused(err error, now time.Time) (news bool) {
	b.set(func(h *Health) {
		if news = h.State != Paused; news {
			h.State, h.Since = Paused, now
		}
		h.Error = err.Error()
	})
	return news
}

// tail notes whether the journals can be read.
func (b *healthBox) tail(err error) {
	b.set(func(h *Health) {
		h.Tail = ""
		if err != nil {
			h.Tail = err.Error()
		}
	})
}

// Health tells how the lake is doing.
func (l *Lake) Health() Health {
	l.health.mu.Lock()
	defer l.health.mu.Unlock()
	return l.health.v
}

// checkRoom refuses to write when the disk is nearly full: a database that runs
// out of room inside a checkpoint has to be opened anew.
func (l *Lake) checkRoom() error {
	free, err := l.cfg.Free(l.cfg.Dir)
	if err != nil {
		return err
	}
	if free < l.cfg.MinFree {
		return fmt.Errorf("%d bytes free under %s, want %d: %w", free, l.cfg.Dir, l.cfg.MinFree, syscall.ENOSPC)
	}
	return nil
}

// waiters are those who wait for commits.
type waiters struct {
	mu     sync.Mutex // a leaf lock; guards all below
	next   chan struct{}
	hooks  map[int]func(*Snapshot)
	serial int
	closed bool
}

// wait returns a channel that the next commit (or the end) closes.
func (w *waiters) wait() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.next == nil {
		w.next = make(chan struct{})
		if w.closed {
			close(w.next)
		}
	}
	return w.next
}

// wake tells everyone of a commit.
func (w *waiters) wake(s *Snapshot) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.next != nil && !w.closed {
		close(w.next)
		w.next = nil
	}
	for _, f := range w.hooks {
		f(s)
	}
}

func (w *waiters) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	if w.next == nil {
		w.next = make(chan struct{})
	}
	close(w.next)
}

// OnCommit calls f after every commit with what is open then, until cancel is
// called. f runs on the writer's goroutine: it must be quick and must not call
// the lake. It is not called any more once cancel has returned.
func (l *Lake) OnCommit(f func(*Snapshot)) (cancel func()) {
	w := &l.waiters
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.hooks == nil {
		w.hooks = map[int]func(*Snapshot){}
	}
	id := w.serial
	w.serial++
	w.hooks[id] = f
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.hooks, id)
	}
}

// Wait returns when everything in v is committed and can be queried.
func (l *Lake) Wait(ctx context.Context, v journal.Vector) error {
	for {
		next := l.waiters.wait() // before the look, so that no commit slips between
		if l.applied.Load().Covers(v) {
			return nil
		}
		select {
		case <-next:
		case <-ctx.Done():
			return fmt.Errorf("wait for %s, applied %s: %w", v, l.applied.Load(), ctx.Err())
		}
		select {
		case <-l.ended:
			return ErrClosed
		default:
		}
	}
}
