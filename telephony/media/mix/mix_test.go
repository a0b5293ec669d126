package mix

import (
	"testing"

	"github.com/agner-platform/agner/telephony/media/tone"
)

// TestWhoHearsWhom gives each party a tone and listens by Goertzel.
func TestWhoHearsWhom(t *testing.T) {
	hz := []float64{400, 700, 1100}
	frames := make([][]int16, 3)
	for i := range frames {
		frames[i] = make([]int16, 1600)
		(&tone.Sine{Hz: hz[i], Level: 6000}).Read(frames[i])
	}
	for name, tt := range map[string]struct {
		m    Matrix
		want [3][3]bool // listener, speaker
	}{
		"listen":     {Listen(), [3][3]bool{{false, true, false}, {true, false, false}, {true, true, false}}},
		"whisper":    {Whisper(), [3][3]bool{{false, true, false}, {true, false, true}, {true, true, false}}},
		"barge":      {Barge(), [3][3]bool{{false, true, true}, {true, false, true}, {true, true, false}}},
		"conference": {Conference(3), [3][3]bool{{false, true, true}, {true, false, true}, {true, true, false}}},
	} {
		out := make([]int16, 1600)
		for listener := range 3 {
			tt.m.Into(out, listener, frames)
			for speaker := range 3 {
				if got := tone.Goertzel(out, hz[speaker]) > 3000; got != tt.want[listener][speaker] {
					t.Errorf("%s: %d hears %d: %v", name, listener, speaker, got)
				}
			}
		}
	}
}

func TestClipping(t *testing.T) {
	out := make([]int16, 2)
	Conference(3).Into(out, 0, [][]int16{nil, {30000, -30000}, {30000, -30000}})
	if out[0] != 32767 || out[1] != -32768 {
		t.Errorf("sums %v wrap", out)
	}
	Conference(3).Into(out, 0, [][]int16{{1, 1}, {5}})
	if out[0] != 5 || out[1] != 0 {
		t.Errorf("short frames: %v", out)
	}
	Conference(1).Into(out, 7, nil)
	if out[0] != 0 {
		t.Errorf("a listener that is not there hears %v", out)
	}
}
