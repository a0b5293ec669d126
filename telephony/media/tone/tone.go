// Package tone makes and finds tones: sines and DTMF pairs for signals and tests,
// comfort noise for silence, and Goertzel's detector to say who hears whom.
package tone

import "math"

// Rate is the number of samples a second.
const Rate = 8000

// Goertzel returns the amplitude of the frequency in the samples, 32767 for a
// full-scale sine: with k = f·N/Rate and w = 2πk/N, s[n] = x[n] + 2cos(w)·s[n−1] −
// s[n−2], power = s[N−1]² + s[N−2]² − 2cos(w)·s[N−1]·s[N−2], amplitude =
// 2√power/N. k need not be whole. Empty samples give 0.
//
// G. Goertzel, "An Algorithm for the Evaluation of Finite Trigonometric Series",
// American Mathematical Monthly 65 (1958), 34–35, doi:10.2307/2310304.
func Goertzel(samples []int16, hz float64) float64 {
	if len(samples) == 0 {
		return 0
	}
	c := 2 * math.Cos(2*math.Pi*hz/Rate)
	var s1, s2 float64
	for _, x := range samples {
		s1, s2 = float64(x)+c*s1-s2, s1
	}
	power := s1*s1 + s2*s2 - c*s1*s2
	return 2 * math.Sqrt(max(0, power)) / float64(len(samples))
}

// Hears reports whether a tone is present: its amplitude is at least a tenth of
// the loudest possible and above half of all that is heard.
func Hears(samples []int16, hz float64) bool {
	a := Goertzel(samples, hz)
	return a > 1000 && a > 0.5*math.Sqrt2*rms(samples)
}

func rms(samples []int16) float64 {
	var sum float64
	for _, s := range samples {
		sum += float64(s) * float64(s)
	}
	return math.Sqrt(sum / float64(max(1, len(samples))))
}

// Sine is an endless sine. The zero Sine is silent.
type Sine struct {
	Hz    float64
	Level float64 // amplitude, at most 32767
	phase float64
}

// Read fills the frame.
func (s *Sine) Read(frame []int16) {
	for i := range frame {
		frame[i] = int16(s.Level * math.Sin(s.phase))
		s.phase = math.Mod(s.phase+2*math.Pi*s.Hz/Rate, 2*math.Pi)
	}
}

// Pair returns the two frequencies of a DTMF key (ITU-T Q.23), or zeros.
func Pair(key byte) (low, high float64) {
	rows, cols := [4]float64{697, 770, 852, 941}, [4]float64{1209, 1336, 1477, 1633}
	for i, k := range "123A456B789C*0#D" {
		if byte(k) == key {
			return rows[i/4], cols[i%4]
		}
	}
	return 0, 0
}

// Noise is comfort noise: quiet and the same for the same seed.
type Noise struct {
	Level int16 // peak
	state uint32
}

// Read fills the frame. The generator is xorshift32 (G. Marsaglia, "Xorshift
// RNGs", Journal of Statistical Software 8 (2003), doi:10.18637/jss.v008.i14).
func (n *Noise) Read(frame []int16) {
	if n.state == 0 {
		n.state = 2463534242 // the paper's own seed
	}
	for i := range frame {
		n.state ^= n.state << 13
		n.state ^= n.state >> 17
		n.state ^= n.state << 5
		frame[i] = int16(int32(n.state>>16)%(2*int32(n.Level)+1) - int32(n.Level))
	}
}
