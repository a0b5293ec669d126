package journal

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/journal/segment"
)

// ReaderOptions tune a Reader: Poll, and OnGap to step over damage. The zero
// value is fine.
type ReaderOptions = segment.ReaderOptions

// Reader reads the durable events of one node in order. It belongs to one
// goroutine.
type Reader struct {
	raw  *segment.Reader
	only [][]byte // names of the kinds that are decoded; nil: all
}

// OpenReader opens a reader on a node's journal, which another process may be
// writing. The first event is from; 0 stands for the oldest that is retained.
func OpenReader(root, node string, from uint64, opts ReaderOptions) (*Reader, error) {
	raw, err := segment.OpenReader(root, node, from, opts)
	if err != nil {
		return nil, err
	}
	return &Reader{raw: raw}, nil
}

// Reader opens a reader in the writer's process: it is woken instead of polling.
// When the journal is closed and all is read, the reader ends with ErrClosed.
func (j *Journal) Reader(from uint64, opts ReaderOptions) (*Reader, error) {
	raw, err := j.log.Reader(from, opts)
	if err != nil {
		return nil, err
	}
	return &Reader{raw: raw}, nil
}

// Close releases the reader.
func (r *Reader) Close() error { return r.raw.Close() }

// Node returns the name of the node.
func (r *Reader) Node() string { return r.raw.Node() }

// Seq returns the seq of the next event to be read.
func (r *Reader) Seq() uint64 { return r.raw.Seq() }

// Durable returns the last seq the reader knows to be durable.
func (r *Reader) Durable() uint64 { return r.raw.Durable() }

// Next waits for the next durable event.
func (r *Reader) Next(ctx context.Context) (event.Event, error) {
	rec, err := r.raw.Next(ctx)
	if err != nil {
		return event.Event{}, err
	}
	return r.decode(rec)
}

// Read fills dst with durable events: it waits for one and then takes what is
// there without waiting. Events before an error are returned with it.
func (r *Reader) Read(ctx context.Context, dst []event.Event) (n int, err error) {
	if len(dst) == 0 {
		return 0, nil
	}
	dst[0], err = r.Next(ctx)
	if err != nil {
		return 0, err
	}
	n, err = r.TryRead(dst[1:])
	return n + 1, err
}

// TryRead is Read without waiting: 0 and nil mean that nothing new is durable.
func (r *Reader) TryRead(dst []event.Event) (n int, err error) {
	for n < len(dst) {
		rec, ok, err := r.raw.TryNext()
		if err != nil || !ok {
			return n, err
		}
		if dst[n], err = r.decode(rec); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// decode adds what the payload does not repeat. An event that does not decode is
// passed: the reader goes on behind it.
func (r *Reader) decode(rec segment.Record) (event.Event, error) {
	if r.only != nil && !slices.ContainsFunc(r.only, func(kind []byte) bool { return bytes.Contains(rec.Payload, kind) }) {
		return event.Event{Node: r.raw.Node(), Seq: rec.Seq}, nil
	}
	e, err := event.DecodeBinary(rec.Payload)
	e.Node, e.Seq = r.raw.Node(), rec.Seq
	if err != nil {
		return e, fmt.Errorf("journal %s seq %d: %w", r.raw.Node(), rec.Seq, err)
	}
	return e, nil
}
