package segment

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
)

// frameKind tells what a scanner has just passed.
type frameKind int

const (
	frameEnd     frameKind = iota // nothing before the limit
	frameRecord                   // one event
	frameTrailer                  // the end of a group
	frameFooter                   // the end of a sealed segment
)

// scanBuffer is how much a scanner reads at once: large enough that the system
// call disappears beside the checksums, small enough for the cache.
const scanBuffer = 256 << 10

// scanner walks the frames of one segment and checks each of them. It does not
// look at bytes at or after limit, so that a live segment can be read up to its
// durable end while it grows behind it.
type scanner struct {
	src   io.ReaderAt
	name  string
	hdr   Header
	limit int64

	buf   []byte // bytes [base, base+len(buf)) of the segment
	base  int64
	pos   int       // next frame in buf
	sum   hash.Hash // SHA-256 of everything passed, if wanted
	blind bool      // the header is lost: trailers and footer cannot be checked
	loose bool      // stepped over damage: the chain is unknown until the next trailer

	next  uint64 // seq expected next
	chain uint32 // over header and records so far
	total uint64 // records so far
	start int64  // offset of the current group

	rec  Record  // after frameRecord
	tail Trailer // after frameTrailer
	foot Footer  // after frameFooter
}

// newScanner reads and checks the header of a segment. want is the first seq that
// the file's name promises.
func newScanner(src io.ReaderAt, node string, want uint64) (*scanner, error) {
	s := &scanner{src: src, name: Name(want), limit: HeaderSize, next: want}
	b, err := s.peek(HeaderSize)
	if err != nil {
		return nil, err
	}
	hdr, err := decodeHeader(b)
	if errors.Is(err, ErrVersion) {
		return nil, fmt.Errorf("segment %s: %w", s.name, err)
	}
	if err == nil && (hdr.First != want || hdr.Node != node) {
		err = fmt.Errorf("header is of node %q, first seq %d", hdr.Node, hdr.First)
	}
	if err != nil {
		return nil, s.corrupt("%v", err)
	}
	s.hdr = hdr
	s.chain = crc32.Checksum(b, castagnoli)
	s.pos, s.start = HeaderSize, HeaderSize
	return s, nil
}

// blindScanner reads a segment whose header is lost: records still have their own
// checksums and seqs.
func blindScanner(src io.ReaderAt, want uint64) *scanner {
	return &scanner{
		src: src, name: Name(want), limit: HeaderSize, next: want, base: HeaderSize, start: HeaderSize,
		blind: true, loose: true,
	}
}

// digest makes the scanner, fresh from its header, sum up all it passes.
func (s *scanner) digest() {
	s.sum = sha256.New()
	s.sum.Write(s.buf[:HeaderSize])
}

func (s *scanner) offset() int64 { return s.base + int64(s.pos) }

func (s *scanner) corrupt(format string, args ...any) *CorruptError {
	return &CorruptError{Segment: s.name, Offset: s.offset(), Seq: s.next, Reason: fmt.Sprintf(format, args...)}
}

// peek returns the next n bytes, or a *CorruptError if the segment ends before.
func (s *scanner) peek(n int) ([]byte, error) {
	if len(s.buf)-s.pos < n {
		if err := s.fill(n); err != nil {
			return nil, err
		}
	}
	return s.buf[s.pos : s.pos+n], nil
}

// fill moves what is left to the front and reads on, to the limit at most.
func (s *scanner) fill(n int) error {
	left := s.limit - s.offset()
	if left < int64(n) {
		return s.corrupt("frame needs %d bytes, %d are left", n, left)
	}
	size := max(n, int(min(left, scanBuffer)))
	rest := s.buf[s.pos:]
	if cap(s.buf) < size {
		s.buf = append(make([]byte, 0, size), rest...)
	} else {
		s.buf = append(s.buf[:0], rest...)
	}
	s.base, s.pos = s.offset(), 0
	have := len(s.buf)
	m, err := s.src.ReadAt(s.buf[have:size], s.base+int64(have))
	s.buf = s.buf[:have+m]
	if len(s.buf) < n {
		if err == nil || errors.Is(err, io.EOF) {
			return s.corrupt("file ends %d bytes before the frame does", n-len(s.buf))
		}
		return fmt.Errorf("read segment %s at %d: %w", s.name, s.base, err)
	}
	return nil
}

// mark returns the place behind the trailer just passed.
func (s *scanner) mark() Mark {
	return Mark{Seq: s.tail.Last, Offset: s.offset(), Chain: s.chain, Total: s.total}
}

// jump goes to another offset; the caller sets next, chain and the rest.
func (s *scanner) jump(offset int64) {
	s.buf, s.base, s.pos = s.buf[:0], offset, 0
}

// scan passes one frame and says which. The frame's content stays valid until
// the next call.
func (s *scanner) scan() (frameKind, error) {
	if s.offset() >= s.limit {
		return frameEnd, nil
	}
	b, err := s.peek(RecordSize)
	if err != nil {
		return frameEnd, err
	}
	switch n := le.Uint32(b); {
	case n == trailerMark:
		return frameTrailer, s.scanTrailer()
	case n == footerMark:
		return frameFooter, s.scanFooter()
	case n == 0 || n > MaxPayload:
		return frameEnd, s.corrupt("record length %d", n)
	default:
		return frameRecord, s.scanRecord(RecordSize + int(n))
	}
}

func (s *scanner) scanRecord(size int) error {
	b, err := s.peek(size)
	if err != nil {
		return err
	}
	if le.Uint32(b[4:]) != recordCRC(b) {
		return s.corrupt("record checksum is wrong")
	}
	if seq := le.Uint64(b[8:]); seq != s.next {
		return s.corrupt("record has seq %d", seq)
	}
	s.rec = Record{Seq: s.next, Payload: b[RecordSize:size:size]}
	s.chain = crc32.Update(s.chain, castagnoli, b)
	s.next++
	s.total++
	s.pass(b)
	return nil
}

func (s *scanner) scanTrailer() error {
	b, err := s.peek(TrailerSize)
	if err != nil {
		return err
	}
	t, ok := decodeTrailer(b, s.hdr.Nonce, s.offset(), s.blind)
	switch {
	case !ok:
		return s.corrupt("group trailer checksum is wrong")
	case !s.blind && t.Last+1 != s.next:
		return s.corrupt("group trailer ends at seq %d", t.Last)
	case s.loose: // the rest cannot be compared, and is trusted for what follows
	case t.Chain != s.chain || t.Total != s.total || t.Start != s.start:
		return s.corrupt("group trailer does not continue the chain")
	}
	s.pass(b)
	s.tail = t
	s.chain, s.total, s.start, s.loose = t.Chain, t.Total, s.offset(), s.blind
	return nil
}

func (s *scanner) scanFooter() error {
	b, err := s.peek(FooterSize)
	if err != nil {
		return err
	}
	f, ok := decodeFooter(b, s.hdr.Nonce, s.offset(), s.blind)
	switch {
	case !ok:
		return s.corrupt("footer checksum is wrong")
	case s.offset() != s.start && !s.loose:
		return s.corrupt("footer inside a group")
	case !s.blind && f.Last+1 != s.next || !s.loose && f.Count != s.total:
		return s.corrupt("footer counts %d records up to seq %d", f.Count, f.Last)
	}
	s.foot = f
	s.pos += FooterSize // the footer is not part of the digest
	return nil
}

// pass moves on behind b and adds it to the digest.
func (s *scanner) pass(b []byte) {
	if s.sum != nil {
		s.sum.Write(b)
	}
	s.pos += len(b)
}

// resync looks for the next good frame after damage and goes there. It reports
// whether there is one, and the first seq that is readable again.
func (s *scanner) resync() (bool, error) {
	from := s.offset() + 1
	rest := make([]byte, max(0, s.limit-from))
	n, err := s.src.ReadAt(rest, from)
	if err != nil && !errors.Is(err, io.EOF) {
		return false, fmt.Errorf("read segment %s at %d: %w", s.name, from, err)
	}
	rest = rest[:n]
	for i := 0; i+RecordSize < len(rest); i++ {
		next, ok := s.goodFrame(rest[i:], from+int64(i))
		if !ok {
			continue
		}
		s.jump(from + int64(i))
		s.next, s.loose = next, true
		return true, nil
	}
	return false, nil
}

// goodFrame reports whether b, found at offset at, begins with a valid frame that
// can follow, and the seq that is next there.
func (s *scanner) goodFrame(b []byte, at int64) (next uint64, ok bool) {
	n := le.Uint32(b)
	switch {
	case n == trailerMark && len(b) >= TrailerSize && !s.blind:
		t, ok := decodeTrailer(b, s.hdr.Nonce, at, false)
		return t.Last + 1, ok && t.Last+1 >= s.next
	case n == footerMark && len(b) >= FooterSize && !s.blind:
		f, ok := decodeFooter(b, s.hdr.Nonce, at, false)
		return f.Last + 1, ok && f.Last+1 >= s.next
	case n == 0 || n > MaxPayload || int(n) > len(b)-RecordSize:
		return 0, false
	}
	seq := le.Uint64(b[8:])
	if seq < s.next || seq-s.next > uint64(s.limit)/RecordSize {
		return 0, false
	}
	return seq, le.Uint32(b[4:]) == recordCRC(b[:RecordSize+int(n)])
}

// laterGroup reports whether a group that was begun after offset good ended in
// the bytes after it. The writer starts a group only when the one before is
// synced, so such a trailer (or a footer) proves that the bytes between were
// durable once: damage there is corruption, not a torn tail.
func (s *scanner) laterGroup(good int64) (bool, error) {
	rest := make([]byte, max(0, s.limit-good))
	n, err := s.src.ReadAt(rest, good)
	if err != nil && !errors.Is(err, io.EOF) {
		return false, fmt.Errorf("read segment %s at %d: %w", s.name, good, err)
	}
	for i := 0; i+TrailerSize <= n; i++ {
		b, at := rest[i:n], good+int64(i)
		switch le.Uint32(b) {
		case trailerMark:
			if t, ok := decodeTrailer(b, s.hdr.Nonce, at, false); ok && t.Start > good {
				return true, nil
			}
		case footerMark:
			if len(b) < FooterSize {
				continue
			}
			if _, ok := decodeFooter(b, s.hdr.Nonce, at, false); ok {
				return true, nil
			}
		}
	}
	return false, nil
}
