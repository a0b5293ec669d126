package lake

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/agner-platform/agner/internal/journal"
	"github.com/agner-platform/agner/internal/journal/segment"
)

const (
	// pollEvery is how often a caught-up tail looks at the journals: well below a flush.
	pollEvery = 20 * time.Millisecond
	// scanEvery is how often it looks for journals of new nodes.
	scanEvery = time.Second
	// inFlight is how many batches may wait for the writer: one being committed,
	// one ready, one being made. More would only use memory.
	inFlight = 2
	// turnRecords is how many records one node gives before the next has its turn.
	turnRecords = 4096
	// slabBytes is the size of the blocks that hold copied records.
	slabBytes = 1 << 20
)

// Follow applies everything in the journals under root, also of nodes that
// appear later, until ctx ends. It commits every FlushEvery or FlushRows, and in
// batches of BatchRows while it catches up. Damage in a journal is stepped over
// and noted in rejects.
func (l *Lake) Follow(ctx context.Context, root string) error {
	return l.insist(ctx, root, nil)
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
	t := &tail{root: root, from: l.Applied(), log: l.cfg.Log}
	defer t.close()
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
		if until != nil && t.vector().Covers(until) {
			return p.drain()
		}
	}
}

// gather reads the records of one batch: as many as are there when there are
// many, otherwise what comes within FlushEvery of the first. hurry returns at
// once with what is there.
func (l *Lake) gather(ctx context.Context, t *tail, hurry bool) ([]Record, error) {
	records := make([]Record, 0, l.cfg.FlushRows)
	var first time.Time
	for {
		var err error
		if records, err = t.read(records, l.cfg.BatchRows); err != nil {
			return nil, err
		}
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

// tail reads the records of all nodes under one root, in turns.
type tail struct {
	root    string
	from    journal.Vector
	log     interface{ Warn(string, ...any) }
	readers []*segment.Reader
	known   map[string]*nodeFeed
	scanned time.Time
	slab    []byte
}

// nodeFeed is where one node stands.
type nodeFeed struct {
	reader *segment.Reader
	seq    uint64 // last record given
	lost   []Record
}

func (t *tail) close() {
	for _, n := range t.known {
		// Nothing was written through it.
		_ = n.reader.Close()
	}
}

// vector is what has been given so far.
func (t *tail) vector() journal.Vector {
	v := t.from.Clone()
	for node, n := range t.known {
		v[node] = n.seq
	}
	return v
}

// read adds records that are there now, up to limit.
func (t *tail) read(records []Record, limit int) ([]Record, error) {
	if time.Since(t.scanned) >= scanEvery {
		if err := t.scan(); err != nil {
			return records, err
		}
	}
	for more := true; more && len(records) < limit; {
		more = false
		for _, r := range t.readers {
			before := len(records)
			var err error
			if records, err = t.turn(r, records, min(limit, before+turnRecords)); err != nil {
				return records, err
			}
			more = more || len(records) > before
		}
	}
	return records, nil
}

// turn reads one node.
func (t *tail) turn(r *segment.Reader, records []Record, limit int) ([]Record, error) {
	n := t.known[r.Node()]
	for len(records) < limit {
		rec, ok, err := r.TryNext()
		if err != nil {
			return records, fmt.Errorf("tail node %s: %w", r.Node(), err)
		}
		records = append(records, n.lost...)
		n.lost = n.lost[:0]
		if !ok {
			break
		}
		records = append(records, Record{Node: r.Node(), Seq: rec.Seq, Raw: t.keep(rec.Payload)})
		n.seq = rec.Seq
	}
	return records, nil
}

// keep copies a record into a block: the reader's own memory changes.
func (t *tail) keep(b []byte) []byte {
	if len(t.slab)+len(b) > cap(t.slab) {
		t.slab = make([]byte, 0, max(slabBytes, len(b)))
	}
	at := len(t.slab)
	t.slab = append(t.slab, b...)
	return t.slab[at:len(t.slab):len(t.slab)]
}

// scan opens the journals of nodes that have appeared.
func (t *tail) scan() error {
	t.scanned = time.Now()
	nodes, err := journal.Nodes(t.root)
	if err != nil {
		return fmt.Errorf("tail: %w", err)
	}
	if t.known == nil {
		t.known = map[string]*nodeFeed{}
	}
	for _, node := range nodes {
		if t.known[node] != nil {
			continue
		}
		if err := t.open(node); err != nil {
			return err
		}
	}
	return nil
}

// open begins to read a node behind what is applied. What retention has removed
// and no mirror holds is lost, and said to be.
func (t *tail) open(node string) error {
	n := &nodeFeed{seq: t.from[node]}
	opts := segment.ReaderOptions{OnGap: func(g segment.Gap) {
		t.log.Warn("journal is damaged", "node", g.Node, "segment", g.Segment, "offset", g.Offset, "from", g.From, "to", g.To, "error", g.Err)
		if g.From <= g.To {
			n.lost = append(n.lost, Record{Node: node, Seq: g.To, Lost: g.Err})
			n.seq = g.To
		}
	}}
	r, err := segment.OpenReader(t.root, node, n.seq+1, opts)
	var pruned *segment.PrunedError
	if errors.As(err, &pruned) {
		t.log.Warn("journal events are gone and in no mirror", "node", node, "from", n.seq+1, "to", pruned.First-1)
		n.seq = pruned.First - 1
		n.lost = append(n.lost, Record{Node: node, Seq: n.seq, Lost: err})
		r, err = segment.OpenReader(t.root, node, pruned.First, opts)
	}
	if err != nil {
		return fmt.Errorf("tail node %s: %w", node, err)
	}
	n.reader = r
	t.known[node] = n
	t.readers = append(t.readers, r)
	return nil
}

// Rebuild drops every table and makes them again from the mirror's events and
// the journals under root, as far as they are durable when it begins. progress
// is told how many of how many events are applied; it may be nil.
func (l *Lake) Rebuild(ctx context.Context, root string, progress func(done, total uint64)) error {
	total, err := durable(root)
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

// durable returns the last durable seq of every node under root.
func durable(root string) (journal.Vector, error) {
	nodes, err := journal.Nodes(root)
	if err != nil {
		return nil, err
	}
	v := journal.Vector{}
	for _, node := range nodes {
		r, err := segment.OpenReader(root, node, 0, segment.ReaderOptions{})
		if err != nil {
			return nil, fmt.Errorf("node %s: %w", node, err)
		}
		if seq := r.Durable(); seq > 0 {
			v[node] = seq
		}
		if err := r.Close(); err != nil {
			return nil, err
		}
	}
	return v, nil
}

func sum(v journal.Vector) uint64 {
	var n uint64
	for _, seq := range v {
		n += seq
	}
	return n
}
