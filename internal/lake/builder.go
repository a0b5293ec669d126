package lake

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/journal"
	"github.com/agner-platform/agner/internal/lake/feed"
	"github.com/agner-platform/agner/internal/lake/project"
	"github.com/agner-platform/agner/internal/lake/store"
)

// Record is one event as its journal keeps it; see feed.Record.
type Record = feed.Record

// builder turns records into batches. Its projectors run ahead of what the
// writer has committed; after a failed commit it is loaded anew.
type builder struct {
	mu    sync.Mutex // guards everything below; held while a batch is made and handed over
	nodes map[string]*nodeState
	// stale means that the writer gave up a batch: load before the next one. The
	// writer sets it without holding mu.
	stale atomic.Bool
	fresh int // events since the last snapshot of states
	due   int // fresh at which a snapshot is made
	now   func() time.Time
	pool  sync.Pool // of *project.Rows
}

// nodeState follows one node.
type nodeState struct {
	proj *project.Projector
	seq  uint64 // last record taken
}

// batch is what the writer is handed. One without Rows only asks it to go on
// after a repair.
type batch struct {
	store.Batch
	live   *Snapshot
	events int
	pooled bool       // Rows go back to the builder's pool
	done   chan error // receives the result once
}

func newBuilder(cfg Config) *builder {
	b := &builder{nodes: map[string]*nodeState{}, due: cfg.SnapshotEvery, now: cfg.Now}
	b.pool.New = func() any { return new(project.Rows) }
	return b
}

// vector is what has been taken so far.
func (b *builder) vector() journal.Vector {
	v := journal.Vector{}
	for node, n := range b.nodes {
		v[node] = n.seq
	}
	return v
}

// node returns the state of a node, new when first seen.
func (b *builder) node(name string) *nodeState {
	n := b.nodes[name]
	if n == nil {
		n = &nodeState{proj: project.New()}
		b.nodes[name] = n
	}
	return n
}

// take projects one record into rows. Records that are not new are skipped.
func (b *builder) take(r *Record, rows *project.Rows) error {
	n := b.node(r.Node)
	if r.Seq <= n.seq {
		return nil
	}
	reject := func(kind string, at int64, why error) {
		rows.Rejects = append(rows.Rejects, project.Reject{Node: r.Node, Seq: r.Seq, At: at, Kind: kind, Why: why.Error(), Raw: r.Raw})
	}
	b.fresh++
	if r.Lost != nil {
		why := r.Lost
		if _, told := errors.AsType[lostText](why); !told {
			why = fmt.Errorf("seq %d to %d: %w", n.seq+1, r.Seq, r.Lost)
		}
		reject("", 0, why)
		n.seq = r.Seq
		return nil
	}
	if r.Seq != n.seq+1 {
		return fmt.Errorf("node %s: seq %d after %d: %w", r.Node, r.Seq, n.seq, ErrGap)
	}
	n.seq = r.Seq
	e, err := event.DecodeBinary(r.Raw)
	e.Node, e.Seq = r.Node, r.Seq
	if err != nil {
		reject(string(e.Kind), storable(e.At), err)
		return nil
	}
	if e.At == storable(e.At) {
		rows.Events = append(rows.Events, project.Event{
			Node: r.Node, Seq: r.Seq, Kind: string(e.Kind), At: e.At, Interaction: e.Interaction, Raw: r.Raw,
		})
	}
	if err := n.proj.Apply(&e, rows); err != nil {
		reject(string(e.Kind), storable(e.At), err)
	}
	return nil
}

// storable returns at, or 0 where no calendar has it.
func storable(at int64) int64 {
	const min, max = -62135596800_000_000, 253402300799_000_000 // the years 1 to 9999
	if at < min || at > max {
		return 0
	}
	return at
}

// build makes a batch of records; nil when none of them is new.
func (b *builder) build(records []Record) (*batch, error) {
	rows := b.pool.Get().(*project.Rows)
	rows.Reset()
	before := b.fresh
	var err error
	for i := range records {
		if err = b.take(&records[i], rows); err != nil {
			break // what came before is whole and may be committed
		}
	}
	if b.fresh == before {
		b.pool.Put(rows)
		return nil, err
	}
	out := &batch{
		Batch:  store.Batch{Rows: rows, Vector: b.vector()},
		events: b.fresh - before, pooled: true, done: make(chan error, 1),
	}
	for _, name := range slices.Sorted(maps.Keys(b.nodes)) {
		p := b.nodes[name].proj
		out.Changes = append(out.Changes, store.Changes{Node: name, Changes: p.TakeChanges(), Sources: p.Sources()})
	}
	out.live = b.snapshot(out.Vector)
	if b.fresh >= b.due {
		if snapErr := b.addStates(out); snapErr != nil {
			return nil, snapErr
		}
	}
	return out, err
}

// addStates puts a snapshot of every projector into the batch.
func (b *builder) addStates(out *batch) error {
	out.States = make(map[string][]byte, len(b.nodes))
	for name, n := range b.nodes {
		s, err := n.proj.Snapshot()
		if err != nil {
			return fmt.Errorf("node %s: %w", name, err)
		}
		out.States[name] = s
	}
	b.fresh = 0
	return nil
}

// load brings the projectors to where the last commit left them: the stored
// snapshot, then the events after it, whose rows are there already.
func (b *builder) load(ctx context.Context, c *sql.Conn) error {
	applied, err := readVector(ctx, c)
	if err != nil {
		return err
	}
	b.nodes, b.fresh = map[string]*nodeState{}, 0
	for node, seq := range applied {
		proj, from, err := readState(ctx, c, node)
		if err != nil {
			return err
		}
		n, err := replay(ctx, c, node, from, proj)
		if err != nil {
			return err
		}
		b.nodes[node] = &nodeState{proj: proj, seq: seq}
		b.fresh += n
		proj.TakeChanges() // the open tables hold them already
	}
	b.stale.Store(false)
	return nil
}

func readVector(ctx context.Context, c *sql.Conn) (journal.Vector, error) {
	rows, err := c.QueryContext(ctx, `SELECT node, seq FROM applied`)
	if err != nil {
		return nil, fmt.Errorf("read applied vector: %w", err)
	}
	defer rows.Close()
	v := journal.Vector{}
	for rows.Next() {
		var node string
		var seq uint64
		if err := rows.Scan(&node, &seq); err != nil {
			return nil, fmt.Errorf("read applied vector: %w", err)
		}
		v[node] = seq
	}
	return v, rows.Err()
}

// readState returns a node's projector as last stored and the seq it stands at.
// A snapshot this build cannot read is no loss: the events are there.
func readState(ctx context.Context, c *sql.Conn, node string) (*project.Projector, uint64, error) {
	var seq uint64
	var blob []byte
	err := c.QueryRowContext(ctx, `SELECT seq, state FROM projector_state WHERE node = ?`, node).Scan(&seq, &blob)
	if errors.Is(err, sql.ErrNoRows) {
		return project.New(), 0, nil
	}
	if err != nil {
		return nil, 0, fmt.Errorf("read state of node %s: %w", node, err)
	}
	proj, err := project.Restore(blob)
	if err != nil {
		return project.New(), 0, nil //nolint:nilerr // unreadable: projected again from the events
	}
	return proj, seq, nil
}

// replay feeds the stored events after from and returns how many there were.
func replay(ctx context.Context, c *sql.Conn, node string, from uint64, proj *project.Projector) (int, error) {
	rows, err := c.QueryContext(ctx, `SELECT seq, raw FROM events WHERE node = ? AND seq > ? ORDER BY seq`, node, from)
	if err != nil {
		return 0, fmt.Errorf("replay node %s: %w", node, err)
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		var seq uint64
		var raw []byte
		if err := rows.Scan(&seq, &raw); err != nil {
			return n, fmt.Errorf("replay node %s: %w", node, err)
		}
		e, err := event.DecodeBinary(raw)
		if err != nil {
			return n, fmt.Errorf("replay node %s seq %d: %w", node, seq, err)
		}
		e.Node, e.Seq = node, seq
		_ = proj.Apply(&e, nil) // refused then as before: its row is in rejects
		n++
	}
	return n, rows.Err()
}
