package prompt

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/agner-platform/agner/telephony/media/tone"
	"github.com/agner-platform/agner/telephony/media/wav"
)

// wave is a sine as a WAV of any rate.
func wave(from int, hz, seconds float64) []byte {
	n := int(float64(from) * seconds)
	var b bytes.Buffer
	le := binary.LittleEndian
	head := make([]byte, 44)
	copy(head, "RIFF")
	copy(head[8:], "WAVEfmt ")
	le.PutUint32(head[4:], uint32(36+2*n))
	le.PutUint32(head[16:], 16)
	le.PutUint16(head[20:], 1)
	le.PutUint16(head[22:], 1)
	le.PutUint32(head[24:], uint32(from))
	le.PutUint16(head[34:], 16)
	copy(head[36:], "data")
	le.PutUint32(head[40:], uint32(2*n))
	b.Write(head)
	for i := range n {
		binary.Write(&b, le, int16(8000*math.Sin(2*math.Pi*hz*float64(i)/float64(from)))) //nolint:errcheck // a buffer
	}
	return b.Bytes()
}

func TestResample(t *testing.T) {
	for _, from := range []int{8000, 11025, 16000, 22050, 44100, 48000} {
		pcm, err := mono8k(wave(from, 1000, 0.5))
		if err != nil {
			t.Fatal(err)
		}
		if n := len(pcm); n < 3990 || n > 4000 {
			t.Errorf("%d Hz: %d samples of half a second", from, n)
		}
		if !tone.Hears(pcm[400:3600], 1000) {
			t.Errorf("%d Hz: the tone is gone", from)
		}
		if from < 16000 {
			continue
		}
		if pcm, err = mono8k(wave(from, 5000, 0.5)); err != nil { // would fold to 3000 Hz
			t.Fatal(err)
		}
		peak := 0
		for _, s := range pcm[400:3600] {
			peak = max(peak, int(s), -int(s))
		}
		if peak > 400 { // 26 dB down
			t.Errorf("%d Hz: a tone above the band is left with %d of 8000", from, peak)
		}
	}
}

func TestHostileWaves(t *testing.T) {
	good := wave(22050, 400, 0.1)
	for name, b := range map[string][]byte{
		"empty": nil, "text": []byte("not a wave at all, however long the text may be, and it is"), "cut": good[:43],
		"stereo": append(append([]byte{}, good[:22]...), append([]byte{2}, good[23:]...)...), "no data": good[:36],
	} {
		if pcm, err := mono8k(b); err == nil {
			t.Errorf("%s: %d samples, want an error", name, len(pcm))
		}
	}
}

func TestSayAndKeep(t *testing.T) {
	dir := t.TempDir()
	l, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	pcm, err := l.Say(t.Context(), "en", "You are number two in the queue.")
	if l.Engine() == "" {
		if !errors.Is(err, ErrNoEngine) || len(pcm) == 0 {
			t.Errorf("without engine: %d samples, %v", len(pcm), err)
		}
		t.Skip("neither espeak-ng nor flite is installed: the rest was not tried")
	}
	if err != nil || len(pcm) < 8000 {
		t.Fatalf("%d samples (%v), want more than a second", len(pcm), err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "spoken", "*.wav"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%v, %v: want one kept prompt", files, err)
	}
	again := &Library{dir: dir, engine: l.engine + ".gone/" + filepath.Base(l.engine), spoken: map[string][]int16{}}
	kept, err := again.Say(context.Background(), "en", "You are number two in the queue.")
	if err != nil || len(kept) != len(pcm) {
		t.Errorf("from the disk: %d samples, %v, want %d", len(kept), err, len(pcm))
	}
}

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	l, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"", "../x.wav", "a/b.wav", ".hidden.wav", "/etc/passwd"} {
		if _, err := l.File(name); !errors.Is(err, ErrName) {
			t.Errorf("%q: %v, want ErrName", name, err)
		}
	}
	var b bytes.Buffer
	if err := wav.Write(&b, []int16{1, 2, 3}, 1); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "music.wav"), b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	frame := make([]int16, 4)
	if m := l.Music(); !m.Next(frame) || frame[1] != 2 || !m.Next(frame) {
		t.Errorf("music.wav is not played for ever: %v", frame)
	}
	other, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	long := make([]int16, 8000)
	if m := other.Music(); !m.Next(long) || !tone.Hears(long[:800], 261.6) {
		t.Error("no melody where there is no file")
	}
}
