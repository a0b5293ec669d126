package journal

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/agner-platform/agner/internal/journal/segment"
)

// Request states: the writer takes a waiting request or its caller withdraws it,
// whoever comes first.
const (
	stateWaiting int32 = iota
	stateTaken
	stateWithdrawn
)

// request is one Append or AppendAsync on its way to the writer, or a piece of
// work that only the writer may do.
type request struct {
	buf   []byte       // records, their first 16 bytes but the length still empty
	count int          // records in buf
	first uint64       // seq of the first record, set by the writer
	done  chan error   // nil: nobody waits
	work  func() error // instead of records: run between two groups
	state atomic.Int32
}

// begin reserves room for one record and returns where it starts.
func (r *request) begin() int {
	at := len(r.buf)
	r.buf = append(r.buf, make([]byte, segment.RecordSize)...)
	return at
}

// end finishes the record begun at at.
func (r *request) end(at int) {
	segment.PutPayloadSize(r.buf[at:], len(r.buf)-at-segment.RecordSize)
	r.count++
}

// lost counts the events that found no room, until a log.gap says so.
type lost struct {
	count int64
	since int64 // UTC µs of the first
}

// queue hands requests to the writer in order. Those nobody waits for are bounded
// by ringEvents and ringBytes: it is the ring of AppendAsync.
type queue struct {
	ringEvents, ringBytes int

	mu          sync.Mutex // guards what follows
	list        []*request
	events      int // asynchronous events in list
	bytes       int
	lost        lost
	dropped     uint64 // events lost since the start
	err         error  // why nothing more is taken
	kick        chan struct{}
	kickWaiting chan struct{} // as kick, for requests somebody waits for
}

func newQueue(events, bytes int) *queue {
	return &queue{ringEvents: events, ringBytes: bytes, kick: make(chan struct{}, 1), kickWaiting: make(chan struct{}, 1)}
}

func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// put adds a request. One that nobody waits for may find no room: ErrOverflow.
func (q *queue) put(r *request) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.err != nil {
		return q.err
	}
	if r.done == nil {
		// While a loss is unreported everything after it is lost too: otherwise
		// the gap would stand in the wrong place.
		if q.lost.count > 0 || q.events+r.count > q.ringEvents || q.bytes+len(r.buf) > q.ringBytes {
			q.lose(r.count)
			return ErrOverflow
		}
		q.events += r.count
		q.bytes += len(r.buf)
	} else {
		poke(q.kickWaiting)
	}
	q.list = append(q.list, r)
	poke(q.kick)
	return nil
}

func (q *queue) lose(n int) {
	if q.lost.count == 0 {
		q.lost.since = time.Now().UnixMicro()
	}
	q.lost.count += int64(n)
	q.dropped += uint64(n)
	poke(q.kick) // the writer reports it as soon as it has caught up
}

// take moves requests of up to limit bytes (at least one) into dst and returns
// what was lost since the last take: it belongs behind all requests that are
// queued now, so it is only handed out when none is left behind.
func (q *queue) take(dst []*request, limit int) ([]*request, lost) {
	q.mu.Lock()
	defer q.mu.Unlock()
	n, size := 0, 0
	for n < len(q.list) && (n == 0 || size+len(q.list[n].buf) <= limit) {
		r := q.list[n]
		n++
		size += len(r.buf)
		if r.done == nil {
			q.events -= r.count
			q.bytes -= len(r.buf)
		}
		if r.state.CompareAndSwap(stateWaiting, stateTaken) {
			dst = append(dst, r)
		}
	}
	rest := copy(q.list, q.list[n:])
	clear(q.list[rest:])
	q.list = q.list[:rest]
	if rest > 0 {
		return dst, lost{}
	}
	gap := q.lost
	q.lost = lost{}
	return dst, gap
}

// putBack returns requests to the front after a full disk.
func (q *queue) putBack(rs []*request) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, r := range rs {
		r.state.Store(stateWaiting)
		q.events += r.count
		q.bytes += len(r.buf)
	}
	q.list = append(append(make([]*request, 0, len(rs)+len(q.list)), rs...), q.list...)
}

// stop refuses all further requests with err.
func (q *queue) stop(err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.err == nil {
		q.err = err
	}
	poke(q.kick)
	poke(q.kickWaiting)
}

// pending counts the asynchronous events in the queue.
func (q *queue) pending() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.events
}

func (q *queue) stopped() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.err
}
