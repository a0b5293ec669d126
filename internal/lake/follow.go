package lake

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/agner-platform/agner/internal/journal"
	"github.com/agner-platform/agner/internal/lake/feed"
)

const (
	// pollEvery is how often a caught-up tail looks at the journals: well below a flush.
	pollEvery = 20 * time.Millisecond
	// inFlight is how many batches may wait for the writer: one being committed,
	// one ready, one being made. More would only use memory.
	inFlight = 2
)

// Follow applies everything in the journals under root, also of nodes that
// appear later, until ctx ends. It commits every FlushEvery or FlushRows, and in
// batches of BatchRows while it catches up. Damage in a journal is stepped over
// and noted in rejects. What keeps it from reading – a journal in the making, a
// file system that is away – is told by Health.Tail and tried again: Follow ends
// only with ctx (its error) or with the lake (ErrClosed).
func (l *Lake) Follow(ctx context.Context, root string) error {
	for {
		err := l.insist(ctx, root, nil)
		if ctx.Err() != nil || errors.Is(err, ErrClosed) {
			return err
		}
		l.health.tail(err)
		l.cfg.Log.Error("lake cannot follow the journals", "error", err)
		retry := time.NewTimer(l.cfg.RetryEvery)
		select {
		case <-retry.C:
		case <-ctx.Done():
			retry.Stop()
			return ctx.Err()
		}
	}
}

// insist runs follow again each time the lake went back to its last commit – or,
// which shows as a gap, to nothing, when somebody called Reset.
func (l *Lake) insist(ctx context.Context, root string, until journal.Vector) error {
	gapAt := ""
	for {
		err := l.follow(ctx, root, until)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil {
			return nil
		}
		applied := l.Applied().String()
		switch {
		case errors.Is(err, ErrGap) && applied != gapAt:
			gapAt = applied // the same gap at the same place again would be the journal's
		case !errors.Is(err, ErrReset):
			return err
		}
		l.cfg.Log.Warn("lake tail starts again from the last commit", "applied", applied, "reason", err)
		if err := l.settle(ctx); err != nil {
			return err
		}
	}
}

// mend repairs the lake if the writer has given up.
func (l *Lake) mend(ctx context.Context) error {
	l.builder.mu.Lock()
	defer l.builder.mu.Unlock()
	if !l.builder.stale.Load() {
		return nil
	}
	return l.repair(ctx)
}

// settle makes the lake usable after a reset, trying again while the disk or the
// file system does not let it.
func (l *Lake) settle(ctx context.Context) error {
	for {
		err := l.mend(ctx)
		if err == nil || errors.Is(err, ErrClosed) || errors.Is(err, ErrNewerFormat) {
			return err
		}
		l.cfg.Log.Error("lake cannot be opened", "error", err)
		retry := time.NewTimer(l.cfg.RetryEvery)
		select {
		case <-retry.C:
		case <-ctx.Done():
			retry.Stop()
			return ctx.Err()
		}
	}
}

// follow applies the mirror's events and then the journals' until ctx ends, or
// until the vector covers until when that is not nil.
func (l *Lake) follow(ctx context.Context, root string, until journal.Vector) error {
	if err := l.feedMirror(ctx, root); err != nil {
		return err
	}
	t := feed.New(root, l.Applied(), l.cfg.Log)
	defer t.Close()
	p := &pipeline{l: l}
	for {
		records, err := l.gather(ctx, t, until != nil)
		if err != nil {
			return errors.Join(err, p.drain())
		}
		if len(records) > 0 {
			if err := p.push(records); err != nil {
				return err
			}
		}
		if until != nil && t.Vector().Covers(until) {
			return p.drain()
		}
	}
}

// gather reads the records of one batch: as many as are there when there are
// many, otherwise what comes within FlushEvery of the first. hurry returns at
// once with what is there.
func (l *Lake) gather(ctx context.Context, t *feed.Tail, hurry bool) ([]Record, error) {
	records := make([]Record, 0, l.cfg.FlushRows)
	var first time.Time
	for {
		var err error
		if records, err = t.Read(records, l.cfg.BatchRows); err != nil {
			return nil, err
		}
		l.health.tail(nil)
		if len(records) >= l.cfg.FlushRows || hurry {
			return records, nil
		}
		if len(records) > 0 {
			if first.IsZero() {
				first = time.Now()
			} else if time.Since(first) >= l.cfg.FlushEvery {
				return records, nil
			}
		}
		poll := time.NewTimer(pollEvery)
		select {
		case <-poll.C:
		case <-ctx.Done():
			poll.Stop()
			return records, ctx.Err()
		}
	}
}

// pipeline keeps a bounded number of batches with the writer.
type pipeline struct {
	l       *Lake
	pending []<-chan error
}

// push hands records over and reports the first failure so far.
func (p *pipeline) push(records []Record) error {
	done, err := p.l.submit(records)
	if done != nil {
		p.pending = append(p.pending, done)
	}
	if err != nil {
		return errors.Join(err, p.drain())
	}
	for len(p.pending) > inFlight {
		err := <-p.pending[0]
		p.pending = p.pending[1:]
		if err != nil {
			return errors.Join(err, p.drain())
		}
	}
	return nil
}

// drain waits for everything handed over.
func (p *pipeline) drain() error {
	var errs []error
	for _, done := range p.pending {
		errs = append(errs, <-done)
	}
	p.pending = nil
	return errors.Join(errs...)
}

// Rebuild drops every table and makes them again from the mirror's events and
// the journals under root, as far as they are durable when it begins. progress
// is told how many of how many events are applied; it may be nil.
func (l *Lake) Rebuild(ctx context.Context, root string, progress func(done, total uint64)) error {
	total, err := feed.Durable(root)
	if err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}
	if err := l.Reset(ctx); err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}
	l.health.set(func(s *Health) { s.State, s.Since = Rebuilding, l.cfg.Now() })
	if progress != nil {
		progress(0, sum(total))
		cancel := l.OnCommit(func(s *Snapshot) { progress(min(sum(s.Applied), sum(total)), sum(total)) })
		defer cancel()
	}
	if err := l.insist(ctx, root, total); err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}
	l.health.set(func(s *Health) { s.State, s.Since = Ready, time.Time{} })
	return nil
}

func sum(v journal.Vector) uint64 {
	var n uint64
	for _, seq := range v {
		n += seq
	}
	return n
}
