package segment

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// DefaultPoll is how often a reader in another process looks at the watermark:
// one 1 KiB read each time, well below the lake's flush of 250 ms.
const DefaultPoll = 20 * time.Millisecond

// Record is one stored event: its seq and its encoded form.
type Record struct {
	Seq     uint64
	Payload []byte // valid until the reader moves on
}

// Gap is damage that a reader stepped over.
type Gap struct {
	Node    string
	Segment string
	Offset  int64
	Bytes   int64  // that could not be read
	From    uint64 // first missing seq; From > To means that no event is missing
	To      uint64 // last missing seq
	Err     error  // what was found
}

// ReaderOptions tune a Reader. The zero value is fine.
type ReaderOptions struct {
	// Poll is how often a reader outside the writer's process looks for more;
	// default 20 ms.
	Poll time.Duration
	// OnGap makes the reader step over damage and is told what is missing.
	// Without it damage ends the reader with ErrCorrupt.
	OnGap func(Gap)
}

// Reader reads the durable records of one node in order. It belongs to one
// goroutine.
type Reader struct {
	log  *Log
	opts ReaderOptions
	wake chan struct{} // nil outside the writer's process

	wm      Watermark // as last seen
	known   bool      // wm comes from the watermark file, not from a scan
	want    uint64    // seq to deliver next; 0 means the oldest
	segment uint64    // first seq of the open segment
	after   uint64    // a segment was finished: the next begins with this seq
	file    *os.File
	sc      *scanner
	rec     Record
	err     error // damage that ended the reader
}

// OpenReader opens a reader on a node's journal, which another process may be
// writing. The first event is from; 0 stands for the oldest that is retained.
func OpenReader(root, node string, from uint64, opts ReaderOptions) (*Reader, error) {
	if err := CheckNode(node); err != nil {
		return nil, err
	}
	dir := filepath.Join(root, node)
	if _, err := os.Stat(dir); err != nil {
		return nil, fmt.Errorf("open journal reader: %w", err)
	}
	return NewLog(dir, node, nil).Reader(from, opts)
}

// Reader opens a reader that shares l.
func (l *Log) Reader(from uint64, opts ReaderOptions) (*Reader, error) {
	if opts.Poll <= 0 {
		opts.Poll = DefaultPoll
	}
	r := &Reader{log: l, opts: opts, want: from}
	if l.live != nil {
		r.wake = make(chan struct{}, 1)
		l.live.Subscribe(r.wake)
	}
	if err := r.refresh(); err != nil {
		r.Close()
		return nil, err
	}
	if r.want < r.wm.Oldest && r.want > 0 {
		r.Close()
		return nil, &PrunedError{Node: l.node, Asked: from, First: r.wm.Oldest}
	}
	return r, nil
}

// Close releases the reader.
func (r *Reader) Close() error {
	if r.wake != nil {
		r.log.live.Unsubscribe(r.wake)
	}
	return r.leave()
}

// Node returns the name of the node.
func (r *Reader) Node() string { return r.log.node }

// Seq returns the seq of the next event to be read.
func (r *Reader) Seq() uint64 { return max(r.want, 1) }

// Durable returns the last seq the reader knows to be durable.
func (r *Reader) Durable() uint64 { return r.wm.Seq }

// Next waits for the next durable record.
func (r *Reader) Next(ctx context.Context) (Record, error) {
	for {
		rec, ok, err := r.TryNext()
		if ok || err != nil {
			return rec, err
		}
		if err := r.wait(ctx); err != nil {
			return Record{}, err
		}
	}
}

// wait returns when there may be more. In the writer's process it ends with the
// writer: ErrClosed, or what the journal failed of.
func (r *Reader) wait(ctx context.Context) error {
	if r.wake == nil {
		poll := time.NewTimer(r.opts.Poll)
		defer poll.Stop()
		select {
		case <-poll.C:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	// The end is read before the watermark is read once more: nothing slips between.
	if end := r.log.live.End(); end != nil && r.log.live.Watermark().Seq < r.Seq() {
		return end
	}
	select {
	case <-r.wake:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// TryNext returns the next durable record, or false if there is none yet.
func (r *Reader) TryNext() (Record, bool, error) {
	if r.err != nil {
		return Record{}, false, r.err
	}
	for {
		if r.want > r.wm.Seq || r.want == 0 {
			if err := r.refresh(); err != nil {
				return Record{}, false, err
			}
			if r.want > r.wm.Seq || r.want == 0 {
				return Record{}, false, nil
			}
		}
		ok, err := r.advance()
		if err == nil && ok {
			return r.rec, true, nil
		}
		if err == nil {
			continue
		}
		if err := r.heal(err); err != nil {
			return Record{}, false, err
		}
	}
}

// refresh looks how far the journal is durable now.
func (r *Reader) refresh() error {
	if r.log.live == nil && r.wm.Seq > 0 && !r.known {
		// A scanned end stands until a writer stores a watermark again.
		marks, err := ReadWatermark(r.log.dir)
		if err != nil || marks.Valid == 0 {
			return err
		}
		r.wm, r.known = marks.Best, true
	} else {
		wm, known, err := r.log.watermark()
		if err != nil {
			return err
		}
		r.wm, r.known = wm, known
	}
	if r.want == 0 && r.wm.Seq > 0 {
		r.want = r.wm.Oldest
	}
	return r.setLimit()
}

// setLimit lets the scanner read what is durable of its segment.
func (r *Reader) setLimit() error {
	if r.sc == nil {
		return nil
	}
	if r.segment == r.wm.Segment {
		r.sc.limit = r.wm.Offset
		return nil
	}
	info, err := r.file.Stat()
	if err != nil {
		return fmt.Errorf("read segment %s: %w", Name(r.segment), err)
	}
	r.sc.limit = info.Size()
	return nil
}

// advance passes one frame; ok means that r.rec is the wanted record.
func (r *Reader) advance() (ok bool, err error) {
	if r.sc == nil {
		if err := r.enter(); err != nil {
			return false, err
		}
	}
	kind, err := r.sc.scan()
	if err != nil {
		return false, err
	}
	switch kind {
	case frameRecord:
		if r.sc.rec.Seq < r.want {
			return false, nil
		}
		r.rec = r.sc.rec
		r.want = r.rec.Seq + 1
		return true, nil
	case frameTrailer:
		if !r.sc.loose {
			r.log.Remember(r.segment, r.sc.mark())
		}
		return false, nil
	case frameFooter:
		if err := checkFooter(r.sc); err != nil {
			return false, err
		}
		r.after = r.sc.next
		return false, r.leave()
	default:
		return false, r.sc.corrupt("segment ends early: no footer, and seq %d was durable", r.wm.Seq)
	}
}

// enter opens the segment that holds the wanted seq, or the one after the
// segment just finished.
func (r *Reader) enter() error {
	segs, err := List(r.log.dir)
	if err != nil {
		return err
	}
	target := r.want
	if r.after > 0 {
		target = r.after
	}
	i, exact := slices.BinarySearch(segs, target)
	if !exact {
		i--
	}
	if i < 0 || r.after > 0 && !exact {
		return r.missing(target)
	}
	first := segs[i]
	f, size, err := Open(r.log.dir, first)
	if err != nil {
		return err
	}
	sc, err := newScanner(f, r.log.node, first)
	if err != nil && !errors.Is(err, ErrCorrupt) {
		return errors.Join(err, f.Close())
	}
	if err != nil { // stay at the damaged header, so that heal can step over it
		sc = blindScanner(f, first)
	} else if m, ok := r.log.before(first, r.want); ok {
		sc.jump(m.Offset)
		sc.next, sc.chain, sc.total, sc.start = m.Seq+1, m.Chain, m.Total, m.Offset
	}
	r.file, r.segment, r.sc, r.after = f, first, sc, 0
	sc.limit = size
	return errors.Join(err, r.setLimit())
}

// missing tells a pruned segment from a lost one.
func (r *Reader) missing(seq uint64) error {
	wm, _, err := r.log.watermark()
	if err != nil {
		return err
	}
	if seq < wm.Oldest {
		return &PrunedError{Node: r.log.node, Asked: seq, First: wm.Oldest}
	}
	return &CorruptError{Segment: Name(seq), Seq: seq, Reason: "segment is missing"}
}

// leave closes the segment.
func (r *Reader) leave() error {
	r.sc = nil
	if r.file == nil {
		return nil
	}
	err := r.file.Close()
	r.file = nil
	return err
}

// heal steps over damage if the reader may, and otherwise returns it.
func (r *Reader) heal(err error) error {
	var ce *CorruptError
	if r.opts.OnGap == nil || !errors.As(err, &ce) {
		return r.fail(err)
	}
	gap := Gap{Node: r.log.node, Segment: ce.Segment, Offset: ce.Offset, From: max(ce.Seq, r.want), Err: err}
	switch {
	case r.sc == nil: // the segment itself is missing, or bytes follow its footer
		if herr := r.skipSegment(&gap); herr != nil {
			return herr
		}
	case ce.Offset < HeaderSize: // only the header: records speak for themselves
		gap.Bytes, gap.To = HeaderSize, gap.From-1
	default:
		if herr := r.skipDamage(&gap); herr != nil {
			return herr
		}
	}
	if gap.To >= r.want {
		r.want = gap.To + 1
	}
	r.opts.OnGap(gap)
	return nil
}

// fail ends a reader that may not step over damage: every later call says the same.
func (r *Reader) fail(err error) error {
	if errors.Is(err, ErrCorrupt) {
		r.err = err
	}
	return err
}

// skipDamage goes to the next good frame of the segment, or leaves it.
func (r *Reader) skipDamage(gap *Gap) error {
	ok, err := r.sc.resync()
	if err != nil {
		return err
	}
	if ok {
		gap.Bytes, gap.To = r.sc.offset()-gap.Offset, r.sc.next-1
		return nil
	}
	gap.Bytes = max(0, r.sc.limit-gap.Offset)
	r.after = r.sc.next
	if err := r.leave(); err != nil {
		return err
	}
	return r.skipSegment(gap)
}

// skipSegment goes to the segment after the one that cannot be read on.
func (r *Reader) skipSegment(gap *Gap) error {
	segs, err := List(r.log.dir)
	if err != nil {
		return err
	}
	i, _ := slices.BinarySearch(segs, max(r.after, r.segment+1))
	if i == len(segs) { // it is the last one: what is appended later may be readable
		r.after, gap.To = 0, r.wm.Seq
		return nil
	}
	r.after, gap.To = segs[i], segs[i]-1
	return nil
}
