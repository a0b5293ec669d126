package worker

import (
	"encoding/binary"
	"fmt"
	"io"

	"github.com/fxamacker/cbor/v2"

	"github.com/agner-platform/agner/speech/engine"
)

// maxFrame bounds a frame: 30 s of sound is 1 MB.
const maxFrame = 8 << 20

// op says what a request wants.
type op uint8

const (
	opLoad op = iota + 1
	opOpen
	opAccept
	opFinish
	opClose
)

// request goes to the child.
type request struct {
	Op      op             `cbor:"1,keyasint"`
	Stream  uint64         `cbor:"2,keyasint,omitempty"`
	Config  *engine.Config `cbor:"3,keyasint,omitempty"`
	Options engine.Options `cbor:"4,keyasint,omitempty"`
	PCM     []byte         `cbor:"5,keyasint,omitempty"` // 16-bit little-endian
}

// answer comes back.
type answer struct {
	Results []engine.Result `cbor:"1,keyasint,omitempty"`
	Error   string          `cbor:"2,keyasint,omitempty"`
}

// writeFrame writes a length of four bytes and the CBOR of v.
func writeFrame(w io.Writer, v any) error {
	b, err := cbor.Marshal(v)
	if err != nil {
		return err
	}
	if len(b) > maxFrame {
		return fmt.Errorf("%w: %d bytes, at most %d", errFrame, len(b), maxFrame)
	}
	_, err = w.Write(append(binary.LittleEndian.AppendUint32(nil, uint32(len(b))), b...))
	return err
}

// readFrame reads into v; io.EOF is an end between frames.
func readFrame(r io.Reader, v any) error {
	var size [4]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return err
	}
	n := binary.LittleEndian.Uint32(size[:])
	if n > maxFrame {
		return fmt.Errorf("%w: %d bytes, at most %d", errFrame, n, maxFrame)
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(r, b); err != nil {
		return fmt.Errorf("%w: %w", errFrame, err)
	}
	if err := cbor.Unmarshal(b, v); err != nil {
		return fmt.Errorf("%w: %w", errFrame, err)
	}
	return nil
}

// pack turns samples into 16-bit bytes.
func pack(pcm []float32) []byte {
	out := make([]byte, 0, 2*len(pcm))
	for _, v := range pcm {
		out = binary.LittleEndian.AppendUint16(out, uint16(int16(max(-1, min(1, v))*32767)))
	}
	return out
}

func unpack(b []byte) []float32 {
	out := make([]float32, len(b)/2)
	for i := range out {
		out[i] = float32(int16(binary.LittleEndian.Uint16(b[2*i:]))) / 32768
	}
	return out
}
