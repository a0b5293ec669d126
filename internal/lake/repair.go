package lake

import (
	"context"
	"errors"
	"fmt"

	"github.com/agner-platform/agner/internal/journal"
	"github.com/agner-platform/agner/internal/lake/store"
)

// closeBuilder hands the writer a last batch with the state of the projectors
// and waits for it. The caller holds builder.mu.
func (l *Lake) closeBuilder(ctx context.Context) error {
	if l.builder.stale.Load() || l.Health().State != Ready {
		return nil
	}
	if l.builder.fresh == 0 {
		return l.idle(ctx)
	}
	b := &batch{Batch: store.Batch{Rows: new(Rows), Vector: l.builder.vector()}, done: make(chan error, 1)}
	if err := l.builder.addStates(b); err != nil {
		return err
	}
	b.live = l.builder.snapshot(b.Vector)
	if err := l.send(b); err != nil {
		return err
	}
	return <-b.done
}

// repair brings the lake back to its last commit after the writer gave up a
// batch: it opens the database anew and, where that fails, makes an empty one.
// The caller holds builder.mu, so no new batch can come; those in the channel
// are refused by the writer.
func (l *Lake) repair(ctx context.Context) error {
	select {
	case <-l.stopping:
		return ErrClosed
	default:
	}
	old := l.box.Take()
	if old != nil {
		if err := old.Close(); err != nil {
			l.cfg.Log.Warn("close of the broken lake", "error", err)
		}
	}
	h, reason, err := store.OpenOrRecover(ctx, l.cfg.store())
	if err != nil {
		l.fail(err)
		return fmt.Errorf("reopen lake: %w", err)
	}
	l.box.Put(h)
	if err := l.reload(ctx); err != nil {
		// It opens but cannot be read: the last resort is an empty one.
		l.cfg.Log.Error("lake is rebuilt", "reason", err)
		reason = err.Error()
		if err := l.startOver(ctx); err != nil {
			l.fail(err)
			return err
		}
	}
	resume := &batch{done: make(chan error, 1)}
	if err := l.send(resume); err != nil {
		return err
	}
	l.health.set(func(s *Health) {
		s.State, s.Error = Ready, ""
		s.Resets++
		if reason != "" {
			s.Recovered = reason
		}
	})
	return <-resume.done
}

// startOver drops the database and makes an empty one. The caller holds builder.mu.
func (l *Lake) startOver(ctx context.Context) error {
	if h := l.box.Take(); h != nil {
		if err := h.Discard(); err != nil {
			l.cfg.Log.Warn("close of the dropped lake", "error", err)
		}
	}
	if err := store.Drop(l.cfg.Dir); err != nil {
		return err
	}
	h, err := store.Open(ctx, l.cfg.store())
	if err != nil {
		return err
	}
	l.box.Put(h)
	return l.reload(ctx)
}

// fail notes that the lake cannot be used; the next Apply tries again.
func (l *Lake) fail(err error) {
	l.builder.stale.Store(true)
	l.health.set(func(s *Health) { s.State, s.Error, s.Since = Failed, err.Error(), l.cfg.Now() })
}

// Load appends rows straight to their tables, in one transaction, without any
// event: for benchmarks and for histories that come as projections. The vector
// does not change and a rebuild does not bring such rows back.
func (l *Lake) Load(ctx context.Context, rows *Rows) error {
	l.builder.mu.Lock()
	if l.builder.stale.Load() {
		l.builder.mu.Unlock()
		return ErrReset
	}
	b := &batch{Batch: store.Batch{Rows: rows, Vector: l.builder.vector()}, done: make(chan error, 1)}
	b.live = l.builder.snapshot(b.Vector)
	err := l.send(b)
	l.builder.mu.Unlock()
	if err != nil {
		return err
	}
	select {
	case err := <-b.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Reset drops everything: the lake is then empty and its vector too. Feed it
// again with Follow or Rebuild.
func (l *Lake) Reset(ctx context.Context) error {
	l.builder.mu.Lock()
	defer l.builder.mu.Unlock()
	if err := l.idle(ctx); err != nil {
		return err
	}
	if err := l.startOver(ctx); err != nil {
		l.fail(err)
		return fmt.Errorf("reset lake: %w", err)
	}
	return nil
}

// idle waits until the writer has finished what was handed to it. The caller
// holds builder.mu.
func (l *Lake) idle(ctx context.Context) error {
	b := &batch{done: make(chan error, 1)}
	if err := l.send(b); err != nil {
		return err
	}
	select {
	case <-b.done:
		return nil
	case <-ctx.Done():
		return errors.Join(ctx.Err(), journal.ErrClosed)
	}
}
