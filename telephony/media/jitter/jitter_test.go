package jitter

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// run sends n frames through a network with a delay in frames per packet (below 0:
// lost) and returns which were played.
func run(b *Buffer, n int, delay func(i int) int) (played []byte, gaps int) {
	arrive := map[int][]int{}
	for i := range n {
		if d := delay(i); d >= 0 {
			arrive[i+d] = append(arrive[i+d], i)
		}
	}
	for tick := range n + 40 {
		for _, i := range arrive[tick] {
			b.Push(uint16(65500+i), []byte{byte(i)}) // crosses the wrap of the sequence
		}
		if f := b.Pop(); f != nil {
			played = append(played, f[0])
		} else if len(played) > 0 && len(played) < n {
			gaps++
		}
	}
	return played, gaps
}

func TestSteady(t *testing.T) {
	var b Buffer
	played, gaps := run(&b, 200, func(int) int { return 0 })
	if len(played) != 200 || !slices.IsSorted(played) || gaps != 0 {
		t.Errorf("%d played, %d gaps", len(played), gaps)
	}
	if s := b.Stats(); s.Lost+s.Late+s.Doubled != 0 || s.Depth != minDepth {
		t.Errorf("stats %+v", s)
	}
}

func TestSwapped(t *testing.T) {
	var b Buffer
	played, _ := run(&b, 200, func(i int) int { return i % 2 })
	if len(played) < 195 || !slices.IsSorted(played) {
		t.Errorf("%d of 200 played in order: %v", len(played), slices.IsSorted(played))
	}
}

// TestLoss: a lost frame is one gap, at its place.
func TestLoss(t *testing.T) {
	var b Buffer
	played, gaps := run(&b, 200, func(i int) int {
		if i == 50 {
			return -1
		}
		return 0
	})
	if slices.Contains(played, 50) || len(played) != 199 || gaps == 0 || b.Stats().Lost != 1 {
		t.Errorf("%d played, %d gaps, %+v", len(played), gaps, b.Stats())
	}
}

// TestJitter: random delays up to 80 ms are learnt; then hardly a frame is late.
func TestJitter(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var b Buffer
	run(&b, 200, func(int) int { return r.IntN(5) })
	if s := b.Stats(); s.Depth <= minDepth || s.Depth > 8 || s.Played < 190 {
		t.Errorf("after delays of up to 4 frames: %+v", s)
	}
	b = Buffer{depth: 6}
	run(&b, 200, func(int) int { return r.IntN(5) })
	if s := b.Stats(); s.Late+s.Lost > 2 || s.Played < 195 {
		t.Errorf("once learnt: %+v", s)
	}
}

func TestDoubledAndRestart(t *testing.T) {
	var b Buffer
	for _, seq := range []uint16{10, 10, 11, 12} {
		b.Push(seq, []byte{byte(seq)})
	}
	if b.Stats().Doubled != 1 {
		t.Errorf("%+v", b.Stats())
	}
	b.Push(30000, []byte{1}) // another sender
	b.Push(30001, []byte{2})
	b.Push(30002, []byte{3})
	if f := b.Pop(); f == nil || f[0] != 1 {
		t.Errorf("after a restart: %v", f)
	}
}

// TestBounded: whatever comes, nothing panics and the delay stays bounded.
func TestBounded(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	var b Buffer
	for range 100_000 {
		b.Push(uint16(r.Uint32()), []byte{1})
		b.Pop()
		if s := b.Stats(); s.Depth < minDepth || s.Depth > maxDepth || b.filled < 0 || b.filled > slots {
			t.Fatalf("%+v, %d filled", s, b.filled)
		}
	}
}
