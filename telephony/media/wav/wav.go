// Package wav reads prompts and writes recordings: RIFF WAVE files with linear
// samples of 16 bits, A-law or µ-law.
//
// [Read] gives mono samples at 8,000 a second: channels are averaged, 16, 24, 32
// and 48 kHz are averaged down by whole factors; other rates are refused, because a
// prompt prepared once should be prepared right.
package wav

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/agner-platform/agner/telephony/media/g711"
)

// ErrFormat is matched by every error about a file's content.
var ErrFormat = errors.New("unusable WAV file")

// Rate is the number of samples a second that Read gives.
const Rate = 8000

// maxBytes bounds a file: an hour of 8 kHz stereo.
const maxBytes = 128 << 20

// Codes of the fmt chunk.
const (
	codeLinear     = 1
	codeALaw       = 6
	codeMuLaw      = 7
	codeExtensible = 0xFFFE
)

type format struct {
	code, channels, bits int
	rate                 int
}

// Read returns the samples of a file.
func Read(r io.Reader) ([]int16, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read WAV: %w", err)
	}
	if len(b) > maxBytes {
		return nil, fmt.Errorf("more than %d bytes: %w", maxBytes, ErrFormat)
	}
	if len(b) < 12 || string(b[:4]) != "RIFF" || string(b[8:12]) != "WAVE" {
		return nil, fmt.Errorf("no RIFF WAVE header: %w", ErrFormat)
	}
	var f format
	for b = b[12:]; len(b) >= 8; {
		id, size := string(b[:4]), int64(binary.LittleEndian.Uint32(b[4:]))
		body := b[8:]
		if size < int64(len(body)) {
			body = body[:size]
		}
		switch id {
		case "fmt ":
			if f, err = readFormat(body); err != nil {
				return nil, err
			}
		case "data": // a size that is too large is a file that was not closed: take what is there
			return f.samples(body)
		}
		b = b[min(int64(len(b)), 8+size+size%2):]
	}
	return nil, fmt.Errorf("no data chunk: %w", ErrFormat)
}

func readFormat(b []byte) (format, error) {
	if len(b) < 16 {
		return format{}, fmt.Errorf("fmt chunk of %d bytes: %w", len(b), ErrFormat)
	}
	f := format{
		code: int(binary.LittleEndian.Uint16(b)), channels: int(binary.LittleEndian.Uint16(b[2:])),
		rate: int(binary.LittleEndian.Uint32(b[4:])), bits: int(binary.LittleEndian.Uint16(b[14:])),
	}
	if f.code == codeExtensible && len(b) >= 26 {
		f.code = int(binary.LittleEndian.Uint16(b[24:]))
	}
	ok := f.code == codeLinear && f.bits == 16 || (f.code == codeALaw || f.code == codeMuLaw) && f.bits == 8
	switch {
	case !ok:
		return f, fmt.Errorf("format %d with %d bits: must be 16-bit linear, A-law or µ-law: %w", f.code, f.bits, ErrFormat)
	case f.channels < 1 || f.channels > 8:
		return f, fmt.Errorf("%d channels: %w", f.channels, ErrFormat)
	case f.rate%Rate != 0 || f.rate < Rate || f.rate > 6*Rate:
		return f, fmt.Errorf("%d samples a second: must be 8000, 16000, 24000, 32000 or 48000: %w", f.rate, ErrFormat)
	}
	return f, nil
}

func (f format) samples(b []byte) ([]int16, error) {
	if f.channels == 0 {
		return nil, fmt.Errorf("data before fmt: %w", ErrFormat)
	}
	var all []int16
	switch f.code {
	case codeALaw:
		all = g711.ALaw.Decode(make([]int16, 0, len(b)), b)
	case codeMuLaw:
		all = g711.MuLaw.Decode(make([]int16, 0, len(b)), b)
	default:
		all = make([]int16, len(b)/2)
		for i := range all {
			all[i] = int16(binary.LittleEndian.Uint16(b[2*i:]))
		}
	}
	group := f.channels * (f.rate / Rate) // averaged to one sample: mono and a simple low-pass in one
	out := make([]int16, len(all)/group)
	for i := range out {
		sum := 0
		for _, s := range all[i*group : (i+1)*group] {
			sum += int(s)
		}
		out[i] = int16(sum / group)
	}
	return out, nil
}

// Write writes linear samples of 16 bits, interleaved if there are several channels.
func Write(w io.Writer, samples []int16, channels int) error {
	b := make([]byte, 0, 44+2*len(samples))
	b = append(b, "RIFF"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(36+2*len(samples)))
	b = append(b, "WAVEfmt "...)
	b = binary.LittleEndian.AppendUint32(b, 16)
	b = binary.LittleEndian.AppendUint16(b, codeLinear)
	b = binary.LittleEndian.AppendUint16(b, uint16(channels))
	b = binary.LittleEndian.AppendUint32(b, Rate)
	b = binary.LittleEndian.AppendUint32(b, uint32(2*Rate*channels))
	b = binary.LittleEndian.AppendUint16(b, uint16(2*channels))
	b = binary.LittleEndian.AppendUint16(b, 16)
	b = append(b, "data"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(2*len(samples)))
	for _, s := range samples {
		b = binary.LittleEndian.AppendUint16(b, uint16(s))
	}
	if _, err := w.Write(b); err != nil {
		return fmt.Errorf("write WAV: %w", err)
	}
	return nil
}
