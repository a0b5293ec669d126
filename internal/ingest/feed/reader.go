package feed

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"errors"
	"hash"
	"io"
)

// Limits of reading.
const (
	DefaultMaxLine = 1 << 20  // a queue_log line is at most 8 KiB; an event of a switch with full channel data about 60 KiB
	PrefixLen      = 64 << 10 // how much of a file's beginning names it
	bufferLen      = 256 << 10
)

// Reader reads records of bounded length and knows where it is. Positions and
// the digest count only whole records: they advance with Commit.
type Reader struct {
	src *bufio.Reader
	max int

	long []byte // a line longer than the buffer, put together
	pend []byte // consumed but not committed bytes
	line int64  // lines consumed
	off  int64  // bytes consumed

	digest     hash.Hash
	hashed     int64  // committed bytes in digest
	prefix     []byte // digest of the first PrefixLen bytes, once so many are committed
	lineAt     int64  // lines committed
	discarding bool   // inside a line that is too long
}

// NewReader returns a Reader with the given limit of a line's length.
func NewReader(r io.Reader, maxLine int) *Reader {
	if maxLine <= 0 {
		maxLine = DefaultMaxLine
	}
	return &Reader{src: bufio.NewReaderSize(r, bufferLen), max: maxLine, digest: sha256.New()}
}

// Peek returns up to n bytes ahead, fewer at the end of input.
func (r *Reader) Peek(n int) ([]byte, error) {
	b, err := r.src.Peek(n)
	if errors.Is(err, io.EOF) || errors.Is(err, bufio.ErrBufferFull) {
		err = nil
	}
	return b, err
}

// Line returns the number of the line read last, from 1.
func (r *Reader) Line() int64 { return r.line }

// ReadLine returns the next line without its end. The slice is valid until the
// next call. At the end of input it returns io.EOF; a last line without an end
// comes with ErrTorn; a line beyond the limit is skipped with ErrLineTooLong.
func (r *Reader) ReadLine() ([]byte, error) {
	b, err := r.src.ReadSlice('\n')
	if err == nil {
		r.take(b)
		r.line++
		return trimEnd(b), nil
	}
	r.long = r.long[:0]
	for errors.Is(err, bufio.ErrBufferFull) {
		if len(r.long)+len(b) > r.max {
			return nil, r.discard(b)
		}
		r.long = append(r.long, b...)
		b, err = r.src.ReadSlice('\n')
	}
	return r.finishLong(b, err)
}

// finishLong ends a line that did not fit into the buffer, or the input.
func (r *Reader) finishLong(b []byte, err error) ([]byte, error) {
	if len(r.long)+len(b) > r.max+1 {
		return nil, r.discardRest(b, err)
	}
	r.long = append(r.long, b...)
	switch {
	case err == nil:
		r.take(r.long)
		r.line++
		return trimEnd(r.long), nil
	case errors.Is(err, io.EOF) && len(r.long) > 0:
		r.take(r.long)
		r.line++
		return trimEnd(r.long), ErrTorn
	}
	return nil, err
}

// discard skips the rest of a line in constant memory; b is its part at hand.
func (r *Reader) discard(b []byte) error {
	r.discarding = true
	r.take(r.long)
	r.take(b)
	r.commitBytes()
	b, err := r.src.ReadSlice('\n')
	for errors.Is(err, bufio.ErrBufferFull) {
		r.take(b)
		r.commitBytes()
		b, err = r.src.ReadSlice('\n')
	}
	r.long = r.long[:0]
	return r.discardRest(b, err)
}

func (r *Reader) discardRest(b []byte, err error) error {
	r.discarding = false
	r.take(r.long)
	r.take(b)
	r.commitBytes()
	r.line++
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	return ErrLineTooLong
}

// ReadN returns the next n bytes; at the end of input fewer, with ErrTorn. More
// than the limit are skipped with ErrLineTooLong.
func (r *Reader) ReadN(n int64) ([]byte, error) {
	if n > int64(r.max) {
		return nil, r.skipN(n)
	}
	r.long = append(r.long[:0], make([]byte, n)...)
	got, err := io.ReadFull(r.src, r.long)
	r.take(r.long[:got])
	r.line += int64(bytes.Count(r.long[:got], []byte{'\n'}))
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = ErrTorn
	}
	return r.long[:got], err
}

func (r *Reader) skipN(n int64) error {
	for n > 0 {
		b, err := r.src.Peek(int(min(n, bufferLen)))
		if len(b) == 0 {
			return cmpEOF(err, ErrTorn)
		}
		r.take(b)
		r.line += int64(bytes.Count(b, []byte{'\n'}))
		r.commitBytes()
		n -= int64(len(b))
		if _, err := r.src.Discard(len(b)); err != nil {
			return err
		}
	}
	return ErrLineTooLong
}

// cmpEOF returns instead for io.EOF and err otherwise.
func cmpEOF(err, instead error) error {
	if errors.Is(err, io.EOF) {
		return instead
	}
	return err
}

func trimEnd(b []byte) []byte {
	b = bytes.TrimSuffix(b, []byte{'\n'})
	return bytes.TrimSuffix(b, []byte{'\r'})
}

// take counts consumed bytes and keeps them for the digest.
func (r *Reader) take(b []byte) {
	r.off += int64(len(b))
	r.pend = append(r.pend, b...)
}

// Commit makes everything read so far part of the position.
func (r *Reader) Commit() {
	r.lineAt = r.line
	r.commitBytes()
}

// Rollback forgets what was read since the last Commit: the position stays
// before an unfinished record. The bytes are gone for this reader.
func (r *Reader) Rollback() {
	r.off -= int64(len(r.pend))
	r.pend = r.pend[:0]
	r.line = r.lineAt
}

func (r *Reader) commitBytes() {
	b := r.pend
	if room := PrefixLen - r.hashed; room > 0 && int64(len(b)) >= room {
		r.hash(b[:room])
		r.prefix = r.digest.Sum(nil)
		b = b[room:]
	}
	r.hash(b)
	r.pend = r.pend[:0]
}

func (r *Reader) hash(b []byte) {
	_, _ = r.digest.Write(b) // a hash never returns an error
	r.hashed += int64(len(b))
}

// Position is a place in a file's decompressed content, with the digests that
// recognise what is before it.
type Position struct {
	Bytes      int64  `json:"bytes"`
	Lines      int64  `json:"lines"`
	Digest     string `json:"digest"`      // of the first Bytes bytes
	PrefixLen  int64  `json:"prefix_len"`  // at most 64 KiB
	PrefixHash string `json:"prefix_hash"` // of the first PrefixLen bytes
}

// Position returns the committed position; ok is false in the middle of a line
// that is being skipped, where no reader can begin.
func (r *Reader) Position() (p Position, ok bool) {
	p = Position{Bytes: r.hashed, Lines: r.lineAt, Digest: short(r.digest.Sum(nil))}
	p.PrefixLen, p.PrefixHash = min(r.hashed, PrefixLen), p.Digest
	if r.prefix != nil {
		p.PrefixHash = short(r.prefix)
	}
	return p, !r.discarding
}

// SkipTo reads up to the position without cutting records and reports whether
// what was there has the position's digest.
func (r *Reader) SkipTo(p Position) (bool, error) {
	for left := p.Bytes - r.hashed; left > 0; left = p.Bytes - r.hashed {
		b, err := r.src.Peek(int(min(left, bufferLen)))
		if len(b) == 0 {
			return false, cmpEOF(err, nil)
		}
		r.take(b)
		r.commitBytes()
		if _, err := r.src.Discard(len(b)); err != nil {
			return false, err
		}
	}
	r.line, r.lineAt = p.Lines, p.Lines
	got, _ := r.Position()
	return p.Bytes == 0 || got.Digest == p.Digest, nil
}
