// Package jitter puts audio frames back in order and time: a fixed delay that
// grows when frames come late and shrinks when they do not.
//
// One frame is pushed per packet and one popped per 20 ms, by whatever clock the
// owner has; the package has none. A frame that is missing when its turn comes is
// reported as lost, and the owner fills the gap ([Buffer.Pop] returns nil: repeat,
// fade or comfort noise). A frame that comes after its turn is late and dropped.
package jitter

// Bounds of the delay, in frames of 20 ms.
const (
	minDepth = 2  // one to play, one to wait for
	maxDepth = 12 // 240 ms: above this people talk over each other (ITU-T G.114)
	calm     = 250
	slots    = 64 // must exceed maxDepth and be a power of two
)

// Stats count frames.
type Stats struct {
	Played, Lost, Late, Doubled int64
	Depth                       int // present delay in frames
}

// Buffer is a jitter buffer. It is not safe for concurrent use.
type Buffer struct {
	ring    [slots][]byte
	have    [slots]bool
	next    uint16 // sequence number to be played next
	started bool
	waiting int // frames still to wait for before playing
	depth   int
	quiet   int // frames since the last trouble
	filled  int
	dry     int // turns without a frame since the buffer ran empty
	stats   Stats
}

// Push takes a packet's sequence number and payload; the payload is copied.
func (b *Buffer) Push(seq uint16, payload []byte) {
	if b.depth == 0 {
		b.depth = minDepth
	}
	if !b.started {
		if b.dry > 0 && b.dry <= maxDepth { // not silence: this frame came too late
			b.trouble()
		}
		b.started, b.next, b.waiting, b.dry = true, seq, b.depth, 0
	}
	ahead := int16(seq - b.next)
	switch {
	case ahead < 0 && b.waiting == b.depth && ahead > -maxDepth && b.stats.Played == 0:
		b.next = seq // out of order at the very beginning
	case ahead < 0 && ahead > -1000:
		b.stats.Late++
		b.trouble()
		return
	case ahead >= slots || ahead <= -1000: // the sender began anew
		b.clear()
		b.next, b.waiting = seq, b.depth
	}
	i := seq % slots
	if b.have[i] {
		b.stats.Doubled++
		return
	}
	b.ring[i] = append(b.ring[i][:0], payload...)
	b.have[i] = true
	b.filled++
	if b.waiting > 0 {
		b.waiting--
	}
}

// Pop returns the frame whose turn it is, or nil if there is none. The slice is
// valid until the next Push.
func (b *Buffer) Pop() []byte {
	if !b.started {
		b.dry = min(b.dry+1, slots)
		return nil
	}
	if b.waiting > 0 {
		return nil
	}
	if b.filled == 0 { // silence suppression, an outage, or a late frame: wait for a new start
		b.started, b.dry = false, 1
		return nil
	}
	i := b.next % slots
	b.next++
	if !b.have[i] {
		b.stats.Lost++
		b.trouble()
		return nil
	}
	b.have[i] = false
	b.filled--
	b.stats.Played++
	b.relax()
	return b.ring[i]
}

// Stats returns the counts so far.
func (b *Buffer) Stats() Stats {
	s := b.stats
	s.Depth = b.depth
	return s
}

// trouble makes the delay longer by one frame.
func (b *Buffer) trouble() {
	b.quiet = 0
	if b.depth < maxDepth {
		b.depth++
		b.waiting = min(b.waiting+1, b.depth)
	}
}

// relax makes the delay shorter after five seconds without trouble, by skipping
// one frame of those that wait.
func (b *Buffer) relax() {
	if b.quiet++; b.quiet < calm || b.depth <= minDepth {
		return
	}
	b.quiet = 0
	b.depth--
	if i := b.next % slots; b.filled > b.depth && b.have[i] {
		b.have[i] = false
		b.filled--
		b.next++
	}
}

func (b *Buffer) clear() {
	b.have = [slots]bool{}
	b.filled = 0
}
