package journal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/journal/segment"
)

// maxBatch bounds the bytes of one Append, which is written as one group.
const maxBatch = 64 << 20

// Options tune a Journal. A zero field means its default.
type Options struct {
	// SegmentBytes is the size at which a segment is sealed; default 64 MiB, which
	// is verified in a fraction of a second and pruned without regret.
	SegmentBytes int64
	// GroupBytes bounds one group, so that a flood cannot make an fsync slow for
	// all who wait; default 4 MiB.
	GroupBytes int
	// RingEvents and RingBytes bound what AppendAsync may hold in memory; default
	// 65,536 events and 32 MiB: some seconds of the busiest switch.
	RingEvents, RingBytes int
	// RetryFull is how long asynchronous events wait before the next attempt on a
	// full disk; default 250 ms.
	RetryFull time.Duration

	disk disk // tests only
}

func (o Options) withDefaults() (Options, error) {
	for _, f := range []struct {
		name string
		v    int64
	}{
		{"SegmentBytes", o.SegmentBytes}, {"GroupBytes", int64(o.GroupBytes)}, {"RingEvents", int64(o.RingEvents)},
		{"RingBytes", int64(o.RingBytes)}, {"RetryFull", int64(o.RetryFull)},
	} {
		if f.v < 0 {
			return o, fmt.Errorf("journal options: %s = %d: must not be negative", f.name, f.v)
		}
	}
	setDefault(&o.SegmentBytes, 64<<20)
	setDefault(&o.GroupBytes, 4<<20)
	setDefault(&o.RingEvents, 1<<16)
	setDefault(&o.RingBytes, 32<<20)
	setDefault(&o.RetryFull, 250*time.Millisecond)
	if o.disk == nil {
		o.disk = osDisk{}
	}
	return o, nil
}

func setDefault[T comparable](v *T, def T) {
	var zero T
	if *v == zero {
		*v = def
	}
}

// Journal is the writing end of one node's log.
type Journal struct {
	node string
	dir  string
	opts Options
	lock *os.File
	q    *queue
	log  *segment.Log // shared with readers in this process
	pool sync.Pool    // of *request that somebody waits for
	done chan struct{}
	w    *writer // owned by run

	live *live
}

// Open opens or creates the journal of a node in root and takes its lock. It
// verifies the open segment record by record, cuts a torn tail, and says in
// Recovery what it found. Damage that cannot come from a crash is ErrCorrupt and
// leaves the files as they are; see Repair.
func Open(root, node string, opts Options) (*Journal, Recovery, error) {
	opts, err := opts.withDefaults()
	if err != nil {
		return nil, Recovery{}, err
	}
	if err := segment.CheckNode(node); err != nil {
		return nil, Recovery{}, err
	}
	dir, err := makeDirs(opts.disk, root, node)
	if err != nil {
		return nil, Recovery{}, err
	}
	lock, err := lockDir(dir)
	if err != nil {
		return nil, Recovery{}, err
	}
	j := &Journal{
		node: node, dir: dir, opts: opts, lock: lock, q: newQueue(opts.RingEvents, opts.RingBytes),
		done: make(chan struct{}), live: &live{subs: map[chan struct{}]struct{}{}},
	}
	j.log = segment.NewLog(dir, node, j.live)
	j.pool.New = func() any { return &request{done: make(chan error, 1)} }
	w, rec, err := recoverWriter(j.log, dir, node, opts)
	if err != nil {
		lock.Close()
		return nil, rec, fmt.Errorf("open journal %s: %w", node, err)
	}
	j.w = w
	j.live.publish(w.wm)
	go j.run()
	return j, rec, nil
}

// Node returns the name of the node.
func (j *Journal) Node() string { return j.node }

// Durable returns the last seq that is on disk, 0 if there is none.
func (j *Journal) Durable() uint64 { return j.live.Watermark().Seq }

// Oldest returns the first seq that retention has left.
func (j *Journal) Oldest() uint64 { return j.live.Watermark().Oldest }

// Stats are figures for health pages and metrics.
type Stats struct {
	Durable uint64 // last durable seq
	Oldest  uint64 // first seq that retention has left
	Queued  int    // asynchronous events waiting in the ring
	Dropped uint64 // events the ring had no room for since Open
	Groups  uint64 // groups synced since Open
	Bytes   uint64 // bytes of these groups
}

// Stats returns the figures as of now.
func (j *Journal) Stats() Stats {
	wm := j.live.Watermark()
	s := Stats{Durable: wm.Seq, Oldest: wm.Oldest, Groups: j.live.groups.Load(), Bytes: j.live.bytes.Load()}
	j.q.mu.Lock()
	defer j.q.mu.Unlock()
	s.Queued, s.Dropped = j.q.events, j.q.dropped
	return s
}

// Append writes the events as one unit and returns when they are on disk, with
// the seq of the first; the others follow it. Each event is validated before any
// is written. A ctx that ends before the writer takes the events withdraws them;
// later Append waits for the outcome, which is one fsync away. After an error
// other than ErrFailed none of the events is in the journal.
func (j *Journal) Append(ctx context.Context, events ...event.Event) (first uint64, err error) {
	r := j.pool.Get().(*request)
	if err := r.encode(events); err != nil {
		return 0, err
	}
	return j.await(ctx, r)
}

// AppendAsync queues the events as one unit and never waits: the writer makes
// them durable with its next group. ErrOverflow says that the ring was full and
// the events are dropped and counted; a log.gap event with their number follows
// where they would have stood.
func (j *Journal) AppendAsync(events ...event.Event) error {
	r := &request{}
	if err := r.encode(events); err != nil {
		return err
	}
	if r.count == 0 {
		return nil
	}
	return j.q.put(r)
}

// encode turns validated events into records.
func (r *request) encode(events []event.Event) error {
	for i := range events {
		if err := events[i].Validate(); err != nil {
			return fmt.Errorf("append event %d of %d: %w", i+1, len(events), err)
		}
		if err := r.encodeOne(events[i]); err != nil {
			return fmt.Errorf("append event %d of %d: %w", i+1, len(events), err)
		}
	}
	return r.checkSize()
}

// encodeOne adds one event. Node and Seq are not stored in the payload: the
// segment's header and the record have them.
func (r *request) encodeOne(e event.Event) error {
	e.Node, e.Seq = "", 0
	at := r.begin()
	buf, err := event.AppendBinary(r.buf, &e)
	if err != nil {
		return err
	}
	r.buf = buf
	if n := len(buf) - at - segment.RecordSize; n > segment.MaxPayload {
		return fmt.Errorf("%s has %d bytes, at most %d are taken: %w", e.Kind, n, segment.MaxPayload, ErrTooLarge)
	}
	r.end(at)
	return nil
}

func (r *request) checkSize() error {
	if len(r.buf) > maxBatch {
		return fmt.Errorf("batch has %d bytes, at most %d are taken: %w", len(r.buf), maxBatch, ErrTooLarge)
	}
	return nil
}

// appendRaw is Append below the event layer.
func (j *Journal) appendRaw(ctx context.Context, payloads ...[]byte) (first uint64, err error) {
	r := j.pool.Get().(*request)
	for _, p := range payloads {
		at := r.begin()
		r.buf = append(r.buf, p...)
		r.end(at)
	}
	return j.await(ctx, r)
}

// await queues r, a request from the pool, and waits for its outcome.
func (j *Journal) await(ctx context.Context, r *request) (first uint64, err error) {
	if r.count == 0 && r.work == nil {
		return 0, nil
	}
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if err := j.q.put(r); err != nil {
		return 0, err
	}
	select {
	case err = <-r.done:
	case <-ctx.Done():
		if r.state.CompareAndSwap(stateWaiting, stateWithdrawn) {
			return 0, ctx.Err() // r stays with the queue, not the pool
		}
		err = <-r.done
	}
	first = r.first
	r.recycle(&j.pool)
	if err != nil {
		return 0, err
	}
	return first, nil
}

// recycle returns a finished request to the pool, unless its buffer grew large.
func (r *request) recycle(p *sync.Pool) {
	if cap(r.buf) > 64<<10 {
		return
	}
	r.buf, r.count, r.first, r.work = r.buf[:0], 0, 0, nil
	r.state.Store(stateWaiting)
	p.Put(r)
}

// do runs work in the writer's goroutine, between two groups.
func (j *Journal) do(ctx context.Context, work func() error) error {
	r := j.pool.Get().(*request)
	r.work = work
	_, err := j.await(ctx, r)
	return err
}

// Sync waits until every event queued before is on disk, and returns the last seq.
func (j *Journal) Sync(ctx context.Context) (uint64, error) {
	err := j.do(ctx, func() error { return nil })
	return j.Durable(), err
}

// Close writes what is queued, releases the lock and waits for the writer's end.
// It returns ErrFailed if the journal had failed, and ErrDiskFull with the number
// of asynchronous events that could not be written.
func (j *Journal) Close() error {
	j.q.stop(ErrClosed)
	<-j.done
	if err := j.live.End(); !errors.Is(err, ErrClosed) {
		return err
	}
	return nil
}

// run is the writer: it takes what is queued, makes it durable, and answers.
func (j *Journal) run() {
	defer close(j.done)
	err := j.serve()
	j.q.stop(err)
	rest, _ := j.q.take(nil, int(^uint(0)>>1))
	answer(rest, err)
	if !errors.Is(err, ErrFailed) {
		// Both slots get the last watermark: at rest the loss of one costs nothing.
		if serr := j.w.store(); serr != nil {
			err = fmt.Errorf("close journal %s: %w", j.node, serr)
		}
	}
	if cerr := j.w.close(); cerr != nil && errors.Is(err, ErrClosed) {
		err = fmt.Errorf("close journal %s: %w", j.node, cerr)
	}
	j.lock.Close()
	j.live.finish(err)
}

// serve returns when the journal is closed and drained, or has failed.
func (j *Journal) serve() error {
	var reqs []*request
	for {
		var gap lost
		clear(reqs)
		reqs, gap = j.q.take(reqs[:0], j.opts.GroupBytes)
		if gap.count > 0 {
			reqs = append(reqs, gapRequest(gap))
		}
		if len(reqs) == 0 {
			if err := j.q.stopped(); err != nil {
				return err
			}
			<-j.q.kick
			continue
		}
		if err := j.handle(reqs); err != nil {
			return err
		}
	}
}

// handle commits the records among reqs and does the work among them. It returns
// an error only if the journal cannot go on.
func (j *Journal) handle(reqs []*request) error {
	records, works := split(reqs)
	err := error(nil)
	if len(records) > 0 {
		err = j.w.commit(records)
	}
	switch {
	case err == nil:
		if len(records) > 0 {
			j.live.groups.Add(1)
			j.live.bytes.Add(uint64(len(j.w.group)))
		}
		j.live.publish(j.w.wm)
		answer(records, nil)
	case errors.Is(err, ErrDiskFull):
		if cerr := j.waitForRoom(records, err); cerr != nil {
			answer(works, cerr)
			return cerr
		}
	default:
		err = fmt.Errorf("%w: %w", ErrFailed, err)
		answer(reqs, err)
		return err
	}
	for _, r := range works {
		err := r.work()
		j.live.publish(j.w.wm) // before the answer: the caller must see its effect
		r.done <- err
	}
	return nil
}

// waitForRoom refuses the waiting callers, keeps the asynchronous events, and
// returns when the next attempt is due. A journal that is being closed gives up.
func (j *Journal) waitForRoom(records []*request, full error) error {
	var keep []*request
	lost := 0
	for _, r := range records {
		if r.done != nil {
			r.done <- full
			continue
		}
		keep = append(keep, r)
		lost += r.count
	}
	if err := j.q.stopped(); err != nil {
		lost += j.q.pending()
		if lost == 0 {
			return nil
		}
		return fmt.Errorf("close journal %s: %d asynchronous events are lost: %w", j.node, lost, full)
	}
	if len(keep) == 0 {
		return nil
	}
	j.q.putBack(keep)
	retry := time.NewTimer(j.opts.RetryFull)
	defer retry.Stop()
	select {
	case <-retry.C:
	case <-j.q.kickWaiting: // somebody waits for an answer: try at once
	}
	return nil
}

// split tells records from work.
func split(reqs []*request) (records, works []*request) {
	for _, r := range reqs {
		if r.work != nil {
			works = append(works, r)
		}
	}
	if len(works) == 0 {
		return reqs, nil
	}
	for _, r := range reqs {
		if r.work == nil {
			records = append(records, r)
		}
	}
	return records, works
}

// answer tells the callers that wait.
func answer(reqs []*request, err error) {
	for _, r := range reqs {
		if r.done != nil {
			r.done <- err
		}
	}
}

// gapRequest holds the log.gap event for lost events.
func gapRequest(l lost) *request {
	r := &request{}
	e := event.New(time.Now().UnixMicro(), &event.LogGap{Count: l.count, FromAt: l.since, Reason: "journal ring overflow"})
	if err := r.encodeOne(e); err != nil {
		panic("journal: encode log.gap: " + err.Error()) // three plain fields: only a broken codec can do this
	}
	return r
}
