package seal

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"github.com/agner-platform/agner/telephony/media/g711"
)

// Reader gives the chunks of a file in any order. It is not safe for concurrent use.
type Reader struct {
	box   *box
	r     io.ReaderAt
	whole int64 // chunks of a second
	end   int64 // bytes of the end chunk, 0: there is none
	buf   []byte
	plain []byte
}

// NewReader reads the header of a file of a size.
func NewReader(r io.ReaderAt, size int64, key []byte) (*Reader, error) {
	b, err := newBox(key)
	if err != nil {
		return nil, err
	}
	if size < headerLen {
		return nil, fmt.Errorf("%d bytes: no header: %w", size, ErrSealed)
	}
	if _, err := r.ReadAt(b.header[:], 0); err != nil {
		return nil, fmt.Errorf("read header: %w", err)
	}
	if string(b.header[:8]) != magic || b.header[8] != version {
		return nil, fmt.Errorf("header %q version %d: %w", b.header[:8], b.header[8], ErrSealed)
	}
	s := &Reader{box: b, r: r, whole: (size - headerLen) / chunkLen, end: (size - headerLen) % chunkLen, buf: make([]byte, chunkLen)}
	if s.end < 2+tagLen || s.end%2 != 0 {
		s.end = 0
	}
	return s, nil
}

// Samples returns the length of each channel.
func (s *Reader) Samples() int64 {
	if s.end == 0 {
		return s.whole * Rate
	}
	return s.whole*Rate + (s.end-2-tagLen)/2
}

// Chunk returns a second by its number; its slices are valid until the next call.
func (s *Reader) Chunk(n int64) (Chunk, error) {
	size, kind := int64(chunkLen), byte(whole)
	switch {
	case n < 0 || n > s.whole || n == s.whole && s.end == 0:
		return Chunk{}, io.EOF
	case n == s.whole:
		size, kind = s.end, end
	}
	if _, err := s.r.ReadAt(s.buf[:size], headerLen+n*chunkLen); err != nil && !errors.Is(err, io.EOF) {
		return Chunk{}, fmt.Errorf("read second %d: %w", n, err)
	}
	var err error
	s.plain, err = s.box.aead.Open(s.plain[:0], nonce(uint64(n), kind), s.buf[:size], s.box.header[:])
	if err != nil && kind == end {
		s.plain, err = s.box.aead.Open(s.plain[:0], nonce(uint64(n), repaired), s.buf[:size], s.box.header[:])
	}
	if err != nil {
		return Chunk{}, fmt.Errorf("second %d: %w", n, ErrSealed)
	}
	half := (len(s.plain) - 2) / 2
	return Chunk{
		Codecs: [2]g711.Codec{g711.Codec(s.plain[0]), g711.Codec(s.plain[1])}, Left: s.plain[2 : 2+half], Right: s.plain[2+half:],
	}, nil
}

// Whole reports whether the file has its end and all chunks are authentic.
func (s *Reader) Whole() error {
	if s.end == 0 {
		return fmt.Errorf("no end after %d s: %w", s.whole, ErrSealed)
	}
	for n := range s.whole + 1 {
		if _, err := s.Chunk(n); err != nil {
			return err
		}
	}
	return nil
}

// File is what Repair needs of a file.
type File interface {
	io.ReaderAt
	io.WriterAt
	Truncate(size int64) error
}

// Repair closes a file that a crash left without an end: what is not a whole,
// authentic chunk is cut off. A whole file stays as it is. It returns the bytes
// that were cut.
func Repair(f File, size int64, key []byte) (sealed Sealed, cut int64, err error) {
	s, err := NewReader(f, size, key)
	if err != nil {
		return Sealed{}, 0, err
	}
	good := int64(0)
	for ; good < s.whole; good++ {
		if _, err := s.Chunk(good); err != nil {
			break
		}
	}
	kept := headerLen + good*chunkLen
	sealed.Samples = good * Rate
	if _, err := s.Chunk(s.whole); good == s.whole && err == nil { // it has its end
		kept, sealed.Samples = size, s.Samples()
	} else {
		if err := f.Truncate(kept); err != nil {
			return Sealed{}, 0, fmt.Errorf("cut sealed recording: %w", err)
		}
		cut = size - kept
		end := s.box.aead.Seal(nil, nonce(uint64(good), repaired), []byte{byte(g711.ALaw), byte(g711.ALaw)}, s.box.header[:])
		if _, err := f.WriteAt(end, kept); err != nil {
			return Sealed{}, cut, fmt.Errorf("end sealed recording: %w", err)
		}
		kept += int64(len(end))
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, io.NewSectionReader(f, 0, kept)); err != nil {
		return Sealed{}, cut, fmt.Errorf("read sealed recording: %w", err)
	}
	sealed.SHA256, sealed.Bytes = hex.EncodeToString(sum.Sum(nil)), kept
	return sealed, cut, nil
}
