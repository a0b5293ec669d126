// Package feed reads records out of the journals of all nodes: undecoded, copied,
// in turns, with damage turned into records that say what is lost.
package feed

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/agner-platform/agner/internal/journal"
	"github.com/agner-platform/agner/internal/journal/segment"
)

const (
	// scanEvery is how often a tail looks for journals of new nodes.
	scanEvery = time.Second
	// turnRecords is how many records one node gives before the next has its turn.
	turnRecords = 4096
	// slabBytes is the size of the blocks that hold copied records.
	slabBytes = 1 << 20
)

// Record is one event as its journal keeps it: (Node, Seq) is its identity, Raw
// its encoded form.
type Record struct {
	Node string
	Seq  uint64
	Raw  []byte
	// Lost is set instead of Raw where the journal is damaged: the records up to
	// and including Seq are missing, for the reason given.
	Lost error
}

// New returns a tail behind the events that from has seen.
func New(root string, from journal.Vector, log *slog.Logger) *Tail {
	return &Tail{root: root, from: from, log: log, known: map[string]*nodeFeed{}}
}

// Tail reads the records of all nodes under one root, in turns.
type Tail struct {
	root    string
	from    journal.Vector
	log     *slog.Logger
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

// Close releases the tail.
func (t *Tail) Close() {
	for _, n := range t.known {
		// Nothing was written through it.
		_ = n.reader.Close()
	}
}

// Vector is what has been given so far.
func (t *Tail) Vector() journal.Vector {
	v := t.from.Clone()
	for node, n := range t.known {
		v[node] = n.seq
	}
	return v
}

// Read adds records that are there now, up to limit.
func (t *Tail) Read(records []Record, limit int) ([]Record, error) {
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
func (t *Tail) turn(r *segment.Reader, records []Record, limit int) ([]Record, error) {
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
func (t *Tail) keep(b []byte) []byte {
	if len(t.slab)+len(b) > cap(t.slab) {
		t.slab = make([]byte, 0, max(slabBytes, len(b)))
	}
	at := len(t.slab)
	t.slab = append(t.slab, b...)
	return t.slab[at:len(t.slab):len(t.slab)]
}

// scan opens the journals of nodes that have appeared.
func (t *Tail) scan() error {
	t.scanned = time.Now()
	nodes, err := journal.Nodes(t.root)
	if err != nil {
		return fmt.Errorf("tail: %w", err)
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
func (t *Tail) open(node string) error {
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

// Durable returns the last durable seq of every node under root.
func Durable(root string) (journal.Vector, error) {
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
