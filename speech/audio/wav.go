package audio

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// Codec says how samples are stored.
type Codec string

// The codecs that are read.
const (
	PCM8   Codec = "pcm8"
	PCM16  Codec = "pcm16"
	PCM24  Codec = "pcm24"
	PCM32  Codec = "pcm32"
	Float  Codec = "float32"
	Double Codec = "float64"
	ULaw   Codec = "ulaw"
	ALaw   Codec = "alaw"
)

// width returns the bytes of one sample.
func (c Codec) width() int {
	switch c {
	case PCM16:
		return 2
	case PCM24:
		return 3
	case PCM32, Float:
		return 4
	case Double:
		return 8
	default: // PCM8, ULaw, ALaw
		return 1
	}
}

// Limits of a header that can be meant. Recorders of telephony write 8 to 48 kHz;
// above 384 kHz and below 1 kHz there is no speech, above 16 channels no call.
const (
	minRate     = 1000
	maxRate     = 384_000
	maxChannels = 16
	maxChunks   = 1024    // before the data chunk; more is an attack or noise
	peekBytes   = 1 << 18 // looked at to judge the codec label: 16 s of stereo µ-law
	blockFrames = 4096    // samples per channel in one block
	maxSkip     = 1 << 26 // largest chunk passed over before the data
)

// Options say what a file does not.
type Options struct {
	Raw      Codec // headerless: this codec; empty: read a WAV header
	Rate     int   // of a headerless file; 0 is 8000
	Channels int   // of a headerless file; 0 is 1
	Trust    bool  // believe the codec label whatever the bytes look like
}

// Stream is an audio file being read.
type Stream struct {
	Rate     int
	Channels int
	Codec    Codec
	Notes    []string // what was wrong with the file; complete after the last block

	r      *bufio.Reader
	left   int64 // bytes of sound still promised; -1 is until the end
	buf    []byte
	frames int64
}

// Open reads the header of r.
func Open(r io.Reader, opt Options) (*Stream, error) {
	s := &Stream{r: bufio.NewReaderSize(r, peekBytes), left: -1}
	if opt.Raw != "" {
		s.Codec, s.Rate, s.Channels = opt.Raw, opt.Rate, opt.Channels
		if s.Rate == 0 {
			s.Rate = 8000
		}
		if s.Channels == 0 {
			s.Channels = 1
		}
	} else if err := s.header(); err != nil {
		return nil, err
	}
	if s.Rate < minRate || s.Rate > maxRate {
		return nil, fmt.Errorf("%w: sample rate = %d Hz, want %d to %d", ErrHeader, s.Rate, minRate, maxRate)
	}
	if s.Channels < 1 || s.Channels > maxChannels {
		return nil, fmt.Errorf("%w: channels = %d, want 1 to %d", ErrHeader, s.Channels, maxChannels)
	}
	s.buf = make([]byte, blockFrames*s.Channels*s.Codec.width())
	peek, err := s.r.Peek(peekBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read audio: %w", err)
	}
	if len(peek) < s.Channels*s.Codec.width() {
		return nil, fmt.Errorf("%w: the header is followed by %d bytes of sound", ErrEmpty, len(peek))
	}
	if !opt.Trust {
		s.judge(peek)
	}
	return s, nil
}

// header reads RIFF chunks up to the sound.
func (s *Stream) header() error {
	var head [12]byte
	n, err := io.ReadFull(s.r, head[:])
	if n == 0 && errors.Is(err, io.EOF) {
		return ErrEmpty
	}
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("read audio: %w", err)
	}
	if id := string(head[:4]); n < 12 || id != "RIFF" && id != "RF64" || string(head[8:]) != "WAVE" {
		return fmt.Errorf("%w: begins with %q, want a RIFF WAVE header", ErrFormat, head[:n])
	}
	for range maxChunks {
		var chunk [8]byte
		if _, err := io.ReadFull(s.r, chunk[:]); err != nil {
			return fmt.Errorf("%w: it ends before the sound: %w", ErrHeader, err)
		}
		id, size := string(chunk[:4]), int64(binary.LittleEndian.Uint32(chunk[4:]))
		if id == "data" {
			return s.promise(size)
		}
		if err := s.chunk(id, size); err != nil {
			return err
		}
	}
	return fmt.Errorf("%w: no sound in the first %d chunks", ErrHeader, maxChunks)
}

// promise takes the claimed size of the sound. Recorders that were killed leave 0
// or the largest number there: then the end of the file decides.
func (s *Stream) promise(size int64) error {
	if s.Codec == "" {
		return fmt.Errorf("%w: sound comes before its format", ErrHeader)
	}
	switch size {
	case 0, math.MaxUint32:
		s.note("the header gives no length; read to the end of the file")
	default:
		s.left = size
	}
	return nil
}

func (s *Stream) chunk(id string, size int64) error {
	if id != "fmt " {
		if size > maxSkip {
			return fmt.Errorf("%w: chunk %q claims %d bytes", ErrHeader, id, size)
		}
		_, err := s.r.Discard(int(size + size&1)) // chunks are padded to even sizes
		if err != nil {
			return fmt.Errorf("%w: it ends inside chunk %q: %w", ErrHeader, id, err)
		}
		return nil
	}
	if size < 16 || size > 4096 {
		return fmt.Errorf("%w: format chunk of %d bytes", ErrHeader, size)
	}
	b := make([]byte, size+size&1)
	if _, err := io.ReadFull(s.r, b); err != nil {
		return fmt.Errorf("%w: it ends inside the format: %w", ErrHeader, err)
	}
	tag, bits := binary.LittleEndian.Uint16(b), int(binary.LittleEndian.Uint16(b[14:]))
	if tag == 0xfffe && size >= 26 { // extensible: the tag opens the sub-format GUID
		tag = binary.LittleEndian.Uint16(b[24:])
	}
	s.Channels = int(binary.LittleEndian.Uint16(b[2:]))
	s.Rate = int(binary.LittleEndian.Uint32(b[4:]))
	codec, ok := codecs[layout{tag, bits}]
	if !ok {
		return fmt.Errorf("%w: WAV codec %d with %d bits", ErrFormat, tag, bits)
	}
	s.Codec = codec
	return nil
}

// layout is a WAV format tag with its bits per sample.
type layout struct {
	tag  uint16
	bits int
}

var codecs = map[layout]Codec{
	{1, 8}: PCM8, {1, 16}: PCM16, {1, 24}: PCM24, {1, 32}: PCM32, {3, 32}: Float, {3, 64}: Double, {6, 8}: ALaw, {7, 8}: ULaw,
}

func (s *Stream) note(format string, args ...any) {
	s.Notes = append(s.Notes, fmt.Sprintf(format, args...))
}

// Next returns the next block, one slice per channel, valid until the following
// call. The last call returns io.EOF.
func (s *Stream) Next() ([][]float32, error) {
	want := int64(len(s.buf))
	if s.left >= 0 {
		want = min(want, s.left)
	}
	n, err := io.ReadFull(s.r, s.buf[:want])
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, fmt.Errorf("read audio: %w", err)
	}
	if err != nil && s.left > 0 {
		s.note("truncated: %d bytes of sound are missing", s.left-int64(n))
		s.left = int64(n)
	}
	if s.left >= 0 {
		s.left -= int64(n)
	}
	frame := s.Channels * s.Codec.width()
	frames := n / frame
	if odd := n % frame; odd != 0 {
		s.note("%d bytes at the end are no whole sample", odd)
	}
	if frames == 0 {
		return nil, io.EOF
	}
	s.frames += int64(frames)
	block := make([][]float32, s.Channels)
	for ch := range block {
		block[ch] = make([]float32, frames)
		decode(block[ch], s.buf[ch*s.Codec.width():n], s.Codec, frame)
	}
	return block, nil
}

// Seconds returns the length of what has been read.
func (s *Stream) Seconds() float64 { return float64(s.frames) / float64(s.Rate) }

// decode fills out from every stride-th byte of b.
func decode(out []float32, b []byte, c Codec, stride int) {
	for i := range out {
		p := b[i*stride:]
		switch c {
		case PCM8:
			out[i] = (float32(p[0]) - 128) / 128
		case PCM16:
			out[i] = float32(int16(binary.LittleEndian.Uint16(p))) / 32768
		case PCM24:
			out[i] = float32(int32(uint32(p[0])<<8|uint32(p[1])<<16|uint32(p[2])<<24)) / (1 << 31)
		case PCM32:
			out[i] = float32(int32(binary.LittleEndian.Uint32(p))) / (1 << 31)
		case Float:
			out[i] = finite(float64(math.Float32frombits(binary.LittleEndian.Uint32(p))))
		case Double:
			out[i] = finite(math.Float64frombits(binary.LittleEndian.Uint64(p)))
		case ULaw:
			out[i] = muTable[p[0]]
		case ALaw:
			out[i] = aTable[p[0]]
		}
	}
}

// finite keeps a hostile float file from poisoning every later sum.
func finite(v float64) float32 {
	if math.IsNaN(v) {
		return 0
	}
	return float32(max(-1, min(1, v)))
}
