package lake

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/journal"
	"github.com/agner-platform/agner/internal/lake/store"
)

// Lake is an open lake. It is safe for concurrent use.
type Lake struct {
	cfg      Config
	box      store.Box
	builder  *builder
	w        store.Writer
	batches  chan *batch
	stopping chan struct{} // closed first by Close: the writer no longer waits for room
	quit     chan struct{} // closed then: no more batches
	ended    chan struct{} // closed when the writer goroutine has returned
	closing  sync.Once
	closed   error // result of closing; read after ended

	applied atomic.Pointer[journal.Vector] // the last commit's
	live    atomic.Pointer[Snapshot]
	health  healthBox
	waiters waiters
	mirror  struct{ mu sync.Mutex } // one pass at a time
}

// Open opens the lake, making or recovering it as needed. Health tells when it
// had to start from nothing; feed it then from its Applied vector like always.
func Open(ctx context.Context, cfg Config) (*Lake, error) {
	cfg = cfg.withDefaults()
	if cfg.Dir == "" {
		return nil, errors.New("open lake: dir must not be empty")
	}
	h, reason, err := store.OpenOrRecover(ctx, cfg.store())
	if err != nil {
		return nil, err
	}
	l := &Lake{
		cfg: cfg, builder: newBuilder(cfg), batches: make(chan *batch, 1),
		stopping: make(chan struct{}), quit: make(chan struct{}), ended: make(chan struct{}),
	}
	l.box.Put(h)
	l.health.set(func(s *Health) { s.State, s.Recovered = Ready, reason })
	l.applied.Store(&journal.Vector{})
	l.live.Store(&Snapshot{})
	if err := l.reload(ctx); err != nil {
		return nil, errors.Join(err, l.box.Take().Close())
	}
	go l.run()
	return l, nil
}

// reload brings builder and writer to the last commit. The caller holds
// builder.mu or is alone.
func (l *Lake) reload(ctx context.Context) error {
	h, done, err := l.box.Acquire()
	if err != nil {
		return err
	}
	defer done()
	// A connection of its own: the writer goroutine may be using its one.
	c, err := h.DB.Conn(ctx)
	if err != nil {
		return fmt.Errorf("load lake: %w", err)
	}
	defer c.Close()
	if err := errors.Join(l.builder.load(ctx, c), l.w.Load(ctx, c)); err != nil {
		return fmt.Errorf("load lake: %w", err)
	}
	v := l.builder.vector()
	l.publish(v, l.builder.snapshot(v))
	return nil
}

// publish makes a commit visible to waiters and the live page.
func (l *Lake) publish(v journal.Vector, s *Snapshot) {
	l.applied.Store(&v)
	l.live.Store(s)
	l.waiters.wake(s)
}

// Applied returns the vector of the last commit.
func (l *Lake) Applied() journal.Vector { return l.applied.Load().Clone() }

// Live returns what is open at the last commit.
func (l *Lake) Live() *Snapshot { return l.live.Load() }

// Apply projects records and returns when they are committed. Within a node they
// must come in order of seq without gaps, behind or overlapping what is applied
// already; records applied before are skipped. When ctx ends while the commit
// runs, the commit goes on. After ErrReset the lake stands at its last commit.
// Do not call it inside a View: a repair waits for all readers.
func (l *Lake) Apply(ctx context.Context, records []Record) error {
	if l.builder.stale.Load() {
		if err := l.mend(ctx); err != nil {
			return err
		}
		return ErrReset
	}
	done, err := l.submit(records)
	if done == nil {
		return err
	}
	select {
	case cerr := <-done:
		return errors.Join(err, cerr)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// ApplyEvents is Apply for events that are at hand decoded.
func (l *Lake) ApplyEvents(ctx context.Context, events []event.Event) error {
	records := make([]Record, len(events))
	for i := range events {
		raw, err := event.AppendBinary(nil, &events[i])
		if err != nil {
			return fmt.Errorf("apply: %w", err)
		}
		records[i] = Record{Node: events[i].Node, Seq: events[i].Seq, Raw: raw}
	}
	return l.Apply(ctx, records)
}

// submit makes a batch and hands it to the writer; the channel tells the result.
// It is nil when there was nothing new.
func (l *Lake) submit(records []Record) (<-chan error, error) {
	l.builder.mu.Lock()
	defer l.builder.mu.Unlock()
	if l.builder.stale.Load() {
		return nil, ErrReset
	}
	b, err := l.builder.build(records)
	if b == nil {
		return nil, err
	}
	if serr := l.send(b); serr != nil {
		return nil, serr
	}
	return b.done, err
}

// send hands a batch to the writer, which always takes it in the end.
func (l *Lake) send(b *batch) error {
	select {
	case <-l.quit:
		l.builder.stale.Store(true)
		return ErrClosed
	default:
	}
	l.batches <- b // the writer ends only while builder.mu is held by Close
	return nil
}

// run is the writer goroutine.
func (l *Lake) run() {
	defer close(l.ended)
	failed := false
	for {
		select {
		case b := <-l.batches:
			if b.Rows == nil { // the caller holds the builder and has loaded it anew
				failed = false
				b.done <- nil
				continue
			}
			if failed {
				b.done <- ErrReset
				continue
			}
			if err := l.write(b); err != nil {
				failed = true
				l.builder.stale.Store(true)
				b.done <- fmt.Errorf("%w: %w", ErrReset, err)
			}
		case <-l.quit:
			return
		}
	}
}

// write commits a batch, waiting for room on the disk as long as it takes.
func (l *Lake) write(b *batch) error {
	for {
		err := l.tryWrite(b)
		switch {
		case err == nil:
			l.health.ready(b.events, len(b.Rows.Rejects))
			l.publish(b.Vector, b.live)
			if b.pooled {
				l.builder.pool.Put(b.Rows)
			}
			b.done <- nil
			return nil
		case store.Diagnose(err) != store.Full:
			return err
		}
		if l.health.paused(err, l.cfg.Now()) {
			l.cfg.Log.Error("lake is paused until the disk has room", "error", err)
		}
		retry := time.NewTimer(l.cfg.RetryEvery)
		select {
		case <-retry.C:
		case <-l.stopping:
			retry.Stop()
			return ErrClosed
		}
	}
}

// tryWrite looks for room first: DuckDB survives a full disk worse than we do.
func (l *Lake) tryWrite(b *batch) error {
	h, done, err := l.box.Acquire()
	if err != nil {
		return err
	}
	defer done()
	if err := l.checkRoom(); err != nil {
		return err
	}
	return l.w.Commit(h.Ctx, h.Writer, &b.Batch)
}

// Close commits a snapshot of the projectors' state, so that the next start need
// not read events again, and ends the lake. Batches in flight are finished.
func (l *Lake) Close() error {
	l.closing.Do(func() {
		ctx := context.Background()
		close(l.stopping)
		l.builder.mu.Lock()
		err := l.closeBuilder(ctx)
		close(l.quit)
		l.builder.mu.Unlock()
		<-l.ended
		if h := l.box.Take(); h != nil {
			err = errors.Join(err, h.Close())
		}
		l.waiters.close()
		l.closed = err
	})
	return l.closed
}
