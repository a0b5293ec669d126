package seal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/agner-platform/agner/telephony/media/g711"
)

// wavHeader is the length of a RIFF WAVE header with nothing optional in it.
const wavHeader = 44

// WAV is a sealed recording as a plain stereo WAV file of linear samples, made
// while it is read. It seeks, so that players can.
type WAV struct {
	r      *Reader
	header [wavHeader]byte
	size   int64
	at     int64
	second int64 // that is in pcm, −1: none
	pcm    []byte
	decode [2][]int16
}

// NewWAV returns the file.
func NewWAV(r *Reader) *WAV {
	w := &WAV{r: r, size: wavHeader + 4*r.Samples(), second: -1}
	h := w.header[:0]
	h = append(h, "RIFF"...)
	h = binary.LittleEndian.AppendUint32(h, uint32(w.size-8))
	h = append(h, "WAVEfmt "...)
	h = binary.LittleEndian.AppendUint32(h, 16)
	h = binary.LittleEndian.AppendUint16(h, 1) // linear
	h = binary.LittleEndian.AppendUint16(h, 2)
	h = binary.LittleEndian.AppendUint32(h, Rate)
	h = binary.LittleEndian.AppendUint32(h, 4*Rate)
	h = binary.LittleEndian.AppendUint16(h, 4)
	h = binary.LittleEndian.AppendUint16(h, 16)
	h = append(h, "data"...)
	binary.LittleEndian.AppendUint32(h, uint32(4*r.Samples()))
	return w
}

// Size returns the length in bytes.
func (w *WAV) Size() int64 { return w.size }

// Seek implements io.Seeker.
func (w *WAV) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += w.at
	case io.SeekEnd:
		offset += w.size
	}
	if offset < 0 {
		return 0, errors.New("seek before the beginning")
	}
	w.at = offset
	return offset, nil
}

// Read implements io.Reader.
func (w *WAV) Read(p []byte) (int, error) {
	if w.at >= w.size {
		return 0, io.EOF
	}
	if w.at < wavHeader {
		n := copy(p, w.header[w.at:])
		w.at += int64(n)
		return n, nil
	}
	second, within := (w.at-wavHeader)/(4*Rate), (w.at-wavHeader)%(4*Rate)
	if second != w.second {
		if err := w.load(second); err != nil {
			return 0, err
		}
	}
	n := copy(p, w.pcm[min(within, int64(len(w.pcm))):])
	if n == 0 && len(p) > 0 {
		return 0, fmt.Errorf("second %d is too short: %w", second, ErrSealed)
	}
	w.at += int64(n)
	return n, nil
}

func (w *WAV) load(second int64) error {
	w.second = -1
	c, err := w.r.Chunk(second)
	if err != nil {
		return err
	}
	for i, codes := range [][]byte{c.Left, c.Right} {
		codec := c.Codecs[i]
		if codec != g711.ALaw && codec != g711.MuLaw {
			return fmt.Errorf("codec %d in second %d: %w", codec, second, ErrSealed)
		}
		w.decode[i] = codec.Decode(w.decode[i][:0], codes)
	}
	w.pcm = w.pcm[:0]
	for i := range w.decode[0] {
		w.pcm = binary.LittleEndian.AppendUint16(w.pcm, uint16(w.decode[0][i]))
		w.pcm = binary.LittleEndian.AppendUint16(w.pcm, uint16(w.decode[1][i]))
	}
	w.second = second
	return nil
}
