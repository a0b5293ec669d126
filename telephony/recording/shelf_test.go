package recording

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"path/filepath"
	"testing"
	"time"
)

func TestShelf(t *testing.T) {
	dir := t.TempDir()
	h, err := Browse(Config{Dir: filepath.Join(dir, "recordings"), Identity: filepath.Join(dir, "key"), Node: "x"})
	if err != nil {
		t.Fatal(err)
	}
	caller, agent := make([]int16, 20_001), make([]int16, 20_001)
	for i := range caller {
		caller[i] = int16(8000 * math.Sin(float64(i)/5))
	}
	began := time.Date(2026, 7, 1, 8, 0, 0, 0, time.UTC)
	m, err := h.Add(context.Background(), Head{Interaction: "i", Party: "p"}, began, caller, agent)
	if err != nil {
		t.Fatal(err)
	}
	if m.LengthUs != 2_500_125 || !m.StartedAt.Equal(began) || !m.Finished || m.SHA256 == "" {
		t.Errorf("%+v", m)
	}
	a, err := h.Audio(m.ID)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(a)
	if err := errors.Join(err, a.Close()); err != nil {
		t.Fatal(err)
	}
	pcm := b[len(b)-4*len(caller):] // 16 bits, two channels
	for i := range caller {
		left, right := int16(binary.LittleEndian.Uint16(pcm[4*i:])), int16(binary.LittleEndian.Uint16(pcm[4*i+2:]))
		if d := int(left) - int(caller[i]); d > 300 || d < -300 || right > 16 || right < -16 { // G.711 steps at this level are 256
			t.Fatalf("sample %d: %d, %d; want %d, 0", i, left, right, caller[i])
		}
	}
	if gone, held, err := h.EraseParty("p"); len(gone) != 1 || len(held) != 0 || err != nil {
		t.Errorf("%v %v %v", gone, held, err)
	}
	if _, err := h.Audio(m.ID); !errors.Is(err, ErrErased) {
		t.Errorf("erased: %v", err)
	}
	if _, err := h.Add(context.Background(), Head{}, began, caller, nil); !errors.Is(err, ErrConfig) {
		t.Errorf("one side: %v", err)
	}
}
