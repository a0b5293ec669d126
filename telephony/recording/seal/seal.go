// Package seal writes and reads sealed recordings: stereo G.711 at 8,000 samples a
// second, encrypted in chunks of one second.
//
// # Format
//
//	header  32 bytes: "AGNRSEAL", version 1, 7 bytes of zero, 16 random bytes
//	chunk   16,018 bytes: AES-256-GCM of codec left, codec right, 8,000 codes
//	        left, 8,000 codes right; the tag is at its end
//	end     18 to 16,016 bytes: a shorter chunk, possibly without any samples
//
// Codecs are RTP payload types (0 µ-law, 8 A-law), so that what a phone sent is
// kept code by code. A chunk's nonce is its number (bytes 4 to 11, big endian) and
// what it is (byte 3: 0 a second, 1 the end, 2 an
// end that was repaired), with the header as additional data: chunks cannot
// be exchanged, left out, cut off or taken from another file without notice.
//
// The data key belongs to one file, which is why a number may be a nonce. It is
// kept outside of the file, wrapped by age ([Keys]): whoever destroys the few
// bytes of the wrapped key has destroyed every copy of the recording.
//
// # Guarantees
//
//   - Every second but the last is in a place that can be computed: [Reader] seeks.
//   - A file without an end is readable up to its last whole chunk, and [Repair]
//     closes it: a crash costs at most the second that was not written.
//   - The SHA-256 that [Writer.Close] returns is that of the sealed file.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/agner-platform/agner/telephony/media/g711"
)

// Rate is the number of samples a second, and of a whole chunk.
const Rate = 8000

// KeyLen is the length of a data key in bytes: AES-256.
const KeyLen = 32

const (
	magic     = "AGNRSEAL"
	version   = 1
	headerLen = 32
	tagLen    = 16
	plainLen  = 2 + 2*Rate
	chunkLen  = plainLen + tagLen
)

// ErrSealed is matched by errors about a file's content.
var ErrSealed = errors.New("sealed recording cannot be read")

// NewKey returns a fresh data key.
func NewKey() []byte {
	key := make([]byte, KeyLen)
	rand.Read(key) //nolint:errcheck // crypto/rand.Read never fails since Go 1.24
	return key
}

// Chunk is up to a second of both channels.
type Chunk struct {
	Codecs      [2]g711.Codec // left: the caller; right: the agent
	Left, Right []byte        // codes, equally many
}

// Silence returns a second without sound.
func Silence(samples int) Chunk {
	c := Chunk{Codecs: [2]g711.Codec{g711.ALaw, g711.ALaw}, Left: make([]byte, samples), Right: make([]byte, samples)}
	for i := range c.Left {
		c.Left[i], c.Right[i] = g711.ALaw.Silence(), g711.ALaw.Silence()
	}
	return c
}

type box struct {
	aead   cipher.AEAD
	header [headerLen]byte
}

func newBox(key []byte) (*box, error) {
	if len(key) != KeyLen {
		return nil, fmt.Errorf("key of %d bytes: must be %d", len(key), KeyLen)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("make cipher: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("make cipher: %w", err)
	}
	return &box{aead: aead}, nil
}

// What a chunk is, as part of its nonce.
const (
	whole    = 0
	end      = 1
	repaired = 2 // an end that Repair wrote: its nonce must not be that of an end that was torn
)

func nonce(number uint64, kind byte) []byte {
	var n [12]byte
	n[3] = kind
	binary.BigEndian.PutUint64(n[4:], number)
	return n[:]
}

// Writer seals chunks one after the other. It is not safe for concurrent use.
type Writer struct {
	box    *box
	w      io.Writer
	sum    hash.Hash
	next   uint64
	bytes  int64
	plain  []byte
	sealed []byte
	err    error
}

// NewWriter writes the header.
func NewWriter(w io.Writer, key []byte) (*Writer, error) {
	b, err := newBox(key)
	if err != nil {
		return nil, err
	}
	copy(b.header[:], magic)
	b.header[8] = version
	rand.Read(b.header[16:]) //nolint:errcheck // crypto/rand.Read never fails since Go 1.24
	s := &Writer{box: b, w: w, sum: sha256.New(), plain: make([]byte, 0, plainLen), sealed: make([]byte, 0, chunkLen)}
	return s, s.write(b.header[:])
}

func (s *Writer) write(b []byte) error {
	if s.err != nil {
		return s.err
	}
	if _, err := s.w.Write(b); err != nil {
		s.err = fmt.Errorf("write sealed recording: %w", err)
		return s.err
	}
	s.sum.Write(b)
	s.bytes += int64(len(b))
	return nil
}

func (s *Writer) chunk(c Chunk, kind byte) error {
	s.plain = append(s.plain[:0], byte(c.Codecs[0]), byte(c.Codecs[1]))
	s.plain = append(append(s.plain, c.Left...), c.Right...)
	s.sealed = s.box.aead.Seal(s.sealed[:0], nonce(s.next, kind), s.plain, s.box.header[:])
	s.next++
	return s.write(s.sealed)
}

// Add seals a whole second.
func (s *Writer) Add(c Chunk) error {
	if len(c.Left) != Rate || len(c.Right) != Rate {
		return fmt.Errorf("chunk of %d and %d samples: must be %d", len(c.Left), len(c.Right), Rate)
	}
	return s.chunk(c, whole)
}

// Sealed is what is known of a file that has its end.
type Sealed struct {
	SHA256  string
	Bytes   int64
	Samples int64
}

// Close seals the rest, less than a second, as the file's end.
func (s *Writer) Close(rest Chunk) (Sealed, error) {
	if len(rest.Left) != len(rest.Right) || len(rest.Left) >= Rate {
		return Sealed{}, fmt.Errorf("end of %d and %d samples: must be fewer than %d", len(rest.Left), len(rest.Right), Rate)
	}
	if err := s.chunk(rest, end); err != nil {
		return Sealed{}, err
	}
	return Sealed{hex.EncodeToString(s.sum.Sum(nil)), s.bytes, int64(s.next-1)*Rate + int64(len(rest.Left))}, nil
}
