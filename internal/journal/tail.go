package journal

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/journal/segment"
)

// nodeScan is how often a Tail looks for folders of new nodes. Nodes appear when
// a role starts for the first time, so a second is soon enough.
const nodeScan = time.Second

// TailOptions tune a Tail. The zero value is fine.
type TailOptions struct {
	// Local are the journals this process writes: they wake the tail.
	Local []*Journal
	// Poll is how often the other nodes are looked at; default 20 ms.
	Poll time.Duration
	// OnGap makes the tail step over damage; see ReaderOptions.
	OnGap func(Gap)
	// Only are the kinds that are wanted: other events may come as Node and Seq
	// alone, which costs a tenth. nil: all.
	Only []event.Kind
}

// Tail follows the journals of all nodes under one root, also of nodes that
// appear later. Within a node events come in order; nodes take turns. It belongs
// to one goroutine.
type Tail struct {
	root    string
	opts    TailOptions
	local   map[string]*Journal
	from    Vector
	readers []*Reader // sorted by node
	turn    int       // reader whose turn is next
	scanned time.Time
	wake    chan struct{}
	one     [1]event.Event
}

// TailAll opens a tail behind the events that from has seen; nodes it does not
// name are read from their oldest event. A root that does not exist yet is empty.
func TailAll(root string, from Vector, opts TailOptions) (*Tail, error) {
	setDefault(&opts.Poll, segment.DefaultPoll)
	t := &Tail{root: root, opts: opts, from: from.Clone(), local: map[string]*Journal{}, wake: make(chan struct{}, 1)}
	for _, j := range opts.Local {
		t.local[j.node] = j
		j.live.Subscribe(t.wake)
	}
	if err := t.discover(); err != nil {
		t.Close()
		return nil, err
	}
	return t, nil
}

// Close releases the tail.
func (t *Tail) Close() error {
	for _, j := range t.local {
		j.live.Unsubscribe(t.wake)
	}
	var errs []error
	for _, r := range t.readers {
		errs = append(errs, r.Close())
	}
	t.readers = nil
	return errors.Join(errs...)
}

// Vector returns what has been read so far.
func (t *Tail) Vector() Vector {
	v := t.from.Clone()
	for _, r := range t.readers {
		if seq := r.Seq() - 1; seq > v[r.Node()] {
			v[r.Node()] = seq
		}
	}
	return v
}

// Durable returns the last durable seq of every node, as last seen: what Vector
// will be when the tail has caught up.
func (t *Tail) Durable() Vector {
	v := Vector{}
	for _, r := range t.readers {
		if r.Durable() > 0 {
			v[r.Node()] = r.Durable()
		}
	}
	return v
}

// Next waits for the next durable event of any node.
func (t *Tail) Next(ctx context.Context) (event.Event, error) {
	_, err := t.Read(ctx, t.one[:])
	return t.one[0], err
}

// Read fills dst: it waits for one event and then takes what is there without
// waiting. Events before an error are returned with it.
func (t *Tail) Read(ctx context.Context, dst []event.Event) (n int, err error) {
	for {
		n, err = t.TryRead(dst)
		if n > 0 || err != nil || len(dst) == 0 {
			return n, err
		}
		poll := time.NewTimer(t.opts.Poll)
		select {
		case <-t.wake:
		case <-poll.C:
		case <-ctx.Done():
			err = ctx.Err()
		}
		poll.Stop()
		if err != nil {
			return 0, err
		}
	}
}

// TryRead is Read without waiting: 0 and nil mean that nothing new is durable.
func (t *Tail) TryRead(dst []event.Event) (n int, err error) {
	if time.Since(t.scanned) >= nodeScan {
		if err := t.discover(); err != nil {
			return 0, err
		}
	}
	for range t.readers {
		if n == len(dst) {
			break
		}
		r := t.readers[t.turn%len(t.readers)]
		t.turn++ // also when dst is full: a flood on one node must not starve the others
		m, err := r.TryRead(dst[n:])
		n += m
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// discover opens readers for nodes that have appeared.
func (t *Tail) discover() error {
	t.scanned = time.Now()
	nodes, err := Nodes(t.root)
	if err != nil {
		return err
	}
	for _, node := range nodes {
		i, have := slices.BinarySearchFunc(t.readers, node, func(r *Reader, n string) int {
			return strings.Compare(r.Node(), n)
		})
		if have {
			continue
		}
		r, err := t.open(node)
		if err != nil {
			return err
		}
		t.readers = slices.Insert(t.readers, i, r)
	}
	return nil
}

func (t *Tail) open(node string) (*Reader, error) {
	from := t.from[node]
	if from > 0 {
		from++
	}
	opts := ReaderOptions{Poll: t.opts.Poll, OnGap: t.opts.OnGap}
	var r *Reader
	var err error
	if j := t.local[node]; j != nil {
		r, err = j.Reader(from, opts)
	} else {
		r, err = OpenReader(t.root, node, from, opts)
	}
	if err == nil {
		for _, kind := range t.opts.Only {
			r.only = append(r.only, []byte(kind))
		}
	}
	return r, err
}
