package lp

import "testing"

// TestUpto counts from its slot on, and not before.
func TestUpto(t *testing.T) {
	s := &Steps{Slots: []int{4, 6, 8}, Cols: []int{10, 11, 12}}
	for at, want := range map[int]int{3: -1, 4: 10, 5: 10, 6: 11, 7: 11, 8: 12, 99: 12} {
		if got := s.Upto(at); got != want {
			t.Errorf("Upto(%d) = %d, want %d", at, got, want)
		}
	}
}

// TestPresent: three starts at 0, one at 1, two slots long, are present 3, 4, 1, 0.
func TestPresent(t *testing.T) {
	m := &Model{}
	rows := []int{m.Row(0, 0), m.Row(0, 0), m.Row(0, 0), m.Row(0, 0)}
	begun := &Steps{Slots: []int{0, 1}, Cols: []int{m.Column(0, 0, 9), m.Column(0, 0, 9)}}
	m.Present(rows, begun, 2, 1)
	m.Pack()
	x, got := []float64{3, 4}, make([]float64, 4)
	for j := range x {
		for p := m.Start[j]; p < m.Start[j+1]; p++ {
			got[m.Index[p]] += m.Value[p] * x[j]
		}
	}
	for t2, want := range []float64{3, 4, 1, 0} {
		if got[t2] != want {
			t.Errorf("slot %d: %g present, want %g", t2, got[t2], want)
		}
	}
}
