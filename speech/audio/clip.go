package audio

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
)

// Speech is the rate recognisers want, in Hz.
const Speech = 16000

// OpenFile opens path; the endings .ulaw, .ul, .pcmu, .alaw, .al and .pcma mark
// headerless G.711. The caller closes the file.
func OpenFile(path string) (*Stream, io.Closer, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	var opt Options
	switch strings.ToLower(filepath.Ext(path)) {
	case ".ulaw", ".ul", ".pcmu":
		opt.Raw = ULaw
	case ".alaw", ".al", ".pcma":
		opt.Raw = ALaw
	}
	s, err := Open(f, opt)
	if err != nil {
		_ = f.Close()
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	return s, f, nil
}

// Each reads the rest of s at the given rate and hands every block to f, one
// slice per channel, all of one length.
func (s *Stream) Each(rate int, f func(block [][]float32) error) error {
	rs := make([]*Resampler, s.Channels)
	for i := range rs {
		rs[i] = NewResampler(s.Rate, rate)
	}
	for {
		block, err := s.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		for i := range block {
			block[i] = rs[i].Process(block[i])
		}
		if err := f(block); err != nil {
			return err
		}
	}
	tail := make([][]float32, s.Channels)
	for i := range tail {
		tail[i] = rs[i].Flush()
	}
	if len(tail[0]) == 0 {
		return nil
	}
	return f(tail)
}

// ReadAll returns every channel of a short file at the given rate.
func (s *Stream) ReadAll(rate int) ([][]float32, error) {
	out := make([][]float32, s.Channels)
	err := s.Each(rate, func(block [][]float32) error {
		for i := range block {
			out[i] = append(out[i], block[i]...)
		}
		return nil
	})
	return out, err
}

// Level scales speech to a root mean square of target (full scale is 1), by at
// most gain, without clipping its peak. Silence stays as it is.
func Level(x []float32, target, gain float64) []float32 {
	sum, peak := 0.0, 0.0
	for _, v := range x {
		sum += float64(v) * float64(v)
		peak = max(peak, math.Abs(float64(v)))
	}
	if sum == 0 {
		return x
	}
	g := target / math.Sqrt(sum/float64(len(x)))
	g = min(g, gain, 0.99/peak)
	out := make([]float32, len(x))
	for i, v := range x {
		out[i] = v * float32(g)
	}
	return out
}

// WriteWAV writes channels of one length as 16-bit PCM.
func WriteWAV(w io.Writer, rate int, channels [][]float32) error {
	n := len(channels[0])
	size := 2 * n * len(channels)
	b := make([]byte, 44, 44+size)
	copy(b, "RIFF")
	binary.LittleEndian.PutUint32(b[4:], uint32(36+size))
	copy(b[8:], "WAVEfmt ")
	binary.LittleEndian.PutUint32(b[16:], 16)
	binary.LittleEndian.PutUint16(b[20:], 1)
	binary.LittleEndian.PutUint16(b[22:], uint16(len(channels)))
	binary.LittleEndian.PutUint32(b[24:], uint32(rate))
	binary.LittleEndian.PutUint32(b[28:], uint32(2*rate*len(channels)))
	binary.LittleEndian.PutUint16(b[32:], uint16(2*len(channels)))
	binary.LittleEndian.PutUint16(b[34:], 16)
	copy(b[36:], "data")
	binary.LittleEndian.PutUint32(b[40:], uint32(size))
	for i := range n {
		for _, ch := range channels {
			v := max(-1, min(1, float64(ch[i])))
			b = binary.LittleEndian.AppendUint16(b, uint16(int16(math.Round(v*32767))))
		}
	}
	_, err := w.Write(b)
	return err
}
