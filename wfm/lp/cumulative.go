package lp

import "math"

// Steps is a cumulative count: columns with the slot from which each counts.
type Steps struct {
	Slots []int
	Cols  []int
}

// Upto is the column that counts what began up to slot t, −1 before the first.
func (s *Steps) Upto(t int) int {
	if len(s.Slots) == 0 || t < s.Slots[0] {
		return -1
	}
	lo, hi := 0, len(s.Slots)
	for hi-lo > 1 {
		if mid := (lo + hi) / 2; s.Slots[mid] <= t {
			lo = mid
		} else {
			hi = mid
		}
	}
	return s.Cols[lo]
}

// Present puts those who began within the last length slots into the rows of the
// slots, with a sign.
func (m *Model) Present(rows []int, begun *Steps, length int, sign float64) {
	from, to := begun.Slots[0], begun.Slots[len(begun.Slots)-1]+length
	for t := max(from, 0); t < min(to, len(rows)); t++ {
		m.Put(rows[t], begun.Upto(t), sign)
		m.Put(rows[t], begun.Upto(t-length), -sign)
	}
}

// Event makes the cumulative count of something that begins between earliest and
// latest slots after a start: Z never falls, Z(t) ≤ S(t − earliest) and Z(t) ≥
// S(t − latest). First come, first served turns counts back into single events (Aykin
// 1996, "Optimal shift scheduling with multiple break windows").
func (m *Model) Event(begun *Steps, earliest, latest int) *Steps {
	z := &Steps{}
	for t := begun.Slots[0] + earliest; t <= begun.Slots[len(begun.Slots)-1]+latest; t++ {
		col := m.Column(0, 0, math.Inf(1))
		early := m.Row(math.Inf(-1), 0)
		m.Put(early, col, 1)
		m.Put(early, begun.Upto(t-earliest), -1)
		if late := begun.Upto(t - latest); late >= 0 {
			row := m.Row(0, math.Inf(1))
			m.Put(row, col, 1)
			m.Put(row, late, -1)
		}
		if len(z.Cols) > 0 {
			row := m.Row(0, math.Inf(1))
			m.Put(row, col, 1)
			m.Put(row, z.Cols[len(z.Cols)-1], -1)
		}
		z.Slots, z.Cols = append(z.Slots, t), append(z.Cols, col)
	}
	return z
}
