package recording

import (
	"sync"
	"time"

	"github.com/agner-platform/agner/telephony/media"
	"github.com/agner-platform/agner/telephony/media/g711"
	"github.com/agner-platform/agner/telephony/recording/seal"
)

// Side is a channel of the recording.
type Side int

// Sides.
const (
	Caller Side = iota // left
	Agent              // right
)

// Memory between tracks and writer.
const (
	ringSeconds = 4
	ringLen     = ringSeconds * seal.Rate
	slack       = 300 * time.Millisecond // how late a packet may be: more than a jitter buffer waits
	drift       = seal.Rate / 5          // 200 ms between a sender's clock and ours: it was set anew
)

// ring holds the samples that are not sealed yet.
type ring struct {
	mu      sync.Mutex
	data    [2][ringLen]int16 // linear, so that two agents of a conference can be added
	codec   [2]g711.Codec
	base    int64 // first sample not sealed, all protected by mu
	dropped int64
}

// add mixes samples in at a place. What is sealed already or too far ahead is lost.
func (r *ring) add(side Side, at int64, samples []int16, codec g711.Codec) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.codec[side] = codec
	d := &r.data[side]
	for i, v := range samples {
		p := at + int64(i)
		if p < r.base || p >= r.base+ringLen {
			r.dropped++
			continue
		}
		cell := &d[p%ringLen]
		*cell = int16(min(max(int32(*cell)+int32(v), -32768), 32767))
	}
}

// take returns the next n samples as codes and clears their place.
func (r *ring) take(n int, into *seal.Chunk) {
	r.mu.Lock()
	defer r.mu.Unlock()
	into.Codecs = r.codec
	into.Left, into.Right = r.codes(Caller, n, into.Left[:0]), r.codes(Agent, n, into.Right[:0])
	r.base += int64(n)
}

func (r *ring) codes(side Side, n int, into []byte) []byte {
	d, codec := &r.data[side], r.codec[side]
	for n > 0 {
		from := int(r.base+int64(len(into))) % ringLen
		part := d[from:min(from+n, ringLen)]
		into = codec.Encode(into, part)
		clear(part)
		n -= len(part)
	}
	return into
}

// track places one leg's packets in time: by the sender's clock where it agrees
// with ours, so that jitter is not heard and loss is silence of the right length.
type track struct {
	s    *Session
	side Side

	samples []int16 // of the leg's reading goroutine, like all below
	began   bool
	shift   int64 // place of timestamp first
	first   uint32
	highest uint16
	seen    uint64 // numbers up to highest that were written, as bits
}

// Track returns what a leg's packets are written with. Each leg needs its own.
func (s *Session) Track(side Side) func(media.Heard) {
	t := &track{s: s, side: side}
	return t.heard
}

func (t *track) heard(h media.Heard) {
	now, open := t.s.now()
	if !open {
		return
	}
	place := t.shift + int64(int32(h.Timestamp-t.first))
	if off := place - now; !t.began || off > drift || off < -drift {
		t.began, t.shift, t.first, place = true, now, h.Timestamp, now
		t.highest, t.seen = h.Seq, 0
	}
	if t.doubled(h.Seq) {
		return
	}
	t.samples = h.Codec.Decode(t.samples[:0], h.Payload)
	t.s.ring.add(t.side, place, t.samples, h.Codec)
	if live := t.s.store.cfg.Live; live != nil {
		live(t.s, t.side, place, t.samples)
	}
}

// doubled reports whether a number was written before.
func (t *track) doubled(seq uint16) bool {
	if ahead := int16(seq - t.highest); ahead > 0 {
		t.seen <<= uint(ahead)
		t.highest = seq
	}
	back := t.highest - seq
	if back >= 64 || t.seen>>back&1 == 1 {
		return true
	}
	t.seen |= 1 << back
	return false
}
