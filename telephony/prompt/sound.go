package prompt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// rate of everything that leaves this package.
const rate = 8000

var errWave = errors.New("the engine's file is no 16-bit mono WAV")

// mono8k reads a 16-bit mono WAV of any rate, as engines write it, and brings it to
// 8 kHz.
func mono8k(b []byte) ([]int16, error) {
	if len(b) < 44 || string(b[:4]) != "RIFF" || string(b[8:12]) != "WAVE" {
		return nil, errWave
	}
	from := 0
	for b = b[12:]; len(b) >= 8; {
		id, size := string(b[:4]), min(int64(binary.LittleEndian.Uint32(b[4:])), int64(len(b)-8))
		body := b[8 : 8+size]
		switch id {
		case "fmt ":
			if len(body) < 16 || binary.LittleEndian.Uint16(body) != 1 || binary.LittleEndian.Uint16(body[2:]) != 1 || binary.LittleEndian.Uint16(body[14:]) != 16 {
				return nil, errWave
			}
			from = int(binary.LittleEndian.Uint32(body[4:]))
		case "data":
			if from < rate || from > 192000 {
				return nil, fmt.Errorf("%w: %d samples a second", errWave, from)
			}
			pcm := make([]int16, len(body)/2)
			for i := range pcm {
				pcm[i] = int16(binary.LittleEndian.Uint16(body[2*i:]))
			}
			return resample(pcm, from), nil
		}
		b = b[min(int64(len(b)), 8+size+size%2):]
	}
	return nil, errWave
}

// zeroes of the sinc on each side of its centre.
const zeroes = 8

// resample brings samples down to 8 kHz by a Hann-windowed sinc whose cut-off is the
// telephone's: y[n] = Σ_k x[k]·h(k − n·from/8000), h(t) = c·sinc(c·t)·(½+½cos(πt/w)),
// c = 2·3400/from, w = zeroes/c.
func resample(x []int16, from int) []int16 {
	if from == rate {
		return x
	}
	const band = 3400.0 // Hz, the upper edge of the telephone band
	step, c := float64(from)/rate, 2*band/float64(from)
	w := zeroes / c
	out := make([]int16, int(float64(len(x))/step))
	for n := range out {
		at, sum := float64(n)*step, 0.0
		for k := max(0, int(math.Ceil(at-w))); k < len(x) && float64(k) <= at+w; k++ {
			t := float64(k) - at
			h := c
			if t != 0 {
				h = math.Sin(math.Pi*c*t) / (math.Pi * t)
			}
			sum += float64(x[k]) * h * (0.5 + 0.5*math.Cos(math.Pi*t/w))
		}
		out[n] = int16(max(math.MinInt16, min(math.MaxInt16, math.Round(sum))))
	}
	return out
}

// melody is a quiet arpeggio of sixteen seconds whose end fits its beginning.
func melody() []int16 {
	chords := [][]float64{{261.6, 329.6, 392.0, 523.3}, {220.0, 261.6, 329.6, 440.0}, {174.6, 220.0, 261.6, 349.2}, {196.0, 246.9, 293.7, 392.0}}
	const note, level = rate / 2, 2200.0
	out := make([]int16, 0, 32*note)
	for bar := range 8 {
		chord := chords[bar/2]
		for k := range 4 {
			hz := chord[(k+bar%2)%len(chord)]
			for i := range note {
				t := float64(i) / rate
				fade := math.Exp(-3*t) * min(1, t*100)
				out = append(out, int16(level*fade*(math.Sin(2*math.Pi*hz*t)+0.3*math.Sin(4*math.Pi*hz*t))))
			}
		}
	}
	return out
}
