package tone

import (
	"math"
	"testing"
)

func TestGoertzel(t *testing.T) {
	frame := make([]int16, 800)
	s := Sine{Hz: 440, Level: 8000}
	s.Read(frame)
	if got := Goertzel(frame, 440); math.Abs(got-8000) > 80 { // 44 whole periods: rounding only
		t.Errorf("440 Hz: amplitude %.0f, want 8000", got)
	}
	if got := Goertzel(frame, 1000); got > 40 { // 100 whole periods of another tone: orthogonal
		t.Errorf("1000 Hz: amplitude %.0f, want none", got)
	}
	if !Hears(frame, 440) || Hears(frame, 1000) || Hears(nil, 440) {
		t.Error("Hears is wrong about a sine")
	}
	(&Noise{Level: 5000}).Read(frame)
	if Hears(frame, 440) {
		t.Error("hears a tone in noise")
	}
}

// TestPairs: each key's frequencies are heard in its own pair and no other.
func TestPairs(t *testing.T) {
	const keys = "0123456789*#ABCD"
	for _, k := range []byte(keys) {
		lo, hi := Pair(k)
		a, b := make([]int16, 800), make([]int16, 800)
		(&Sine{Hz: lo, Level: 8000}).Read(a)
		(&Sine{Hz: hi, Level: 8000}).Read(b)
		for i := range a {
			a[i] += b[i]
		}
		for _, o := range []byte(keys) {
			l, h := Pair(o)
			heard := Goertzel(a, l) > 4000 && Goertzel(a, h) > 4000
			if heard != (o == k) {
				t.Errorf("key %c heard as %c: %v", k, o, heard)
			}
		}
	}
	if lo, hi := Pair('x'); lo != 0 || hi != 0 {
		t.Errorf("Pair(x) = %g, %g", lo, hi)
	}
}

func TestNoise(t *testing.T) {
	a, b := make([]int16, 8000), make([]int16, 8000)
	(&Noise{Level: 40}).Read(a)
	(&Noise{Level: 40}).Read(b)
	sum := 0
	for i := range a {
		if a[i] != b[i] || a[i] > 40 || a[i] < -40 {
			t.Fatalf("sample %d: %d and %d", i, a[i], b[i])
		}
		sum += int(a[i])
	}
	if mean := float64(sum) / 8000; math.Abs(mean) > 2 { // three standard errors: 3·40/√3/√8000 ≈ 0.8
		t.Errorf("mean %.2f", mean)
	}
}
