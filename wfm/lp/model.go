package lp

// Model is a programme by columns: minimise Cost·x with Lower ≤ x ≤ Upper and
// RowLower ≤ A·x ≤ RowUpper. Column j has the entries Start[j] to Start[j+1] of
// Index (row) and Value.
type Model struct {
	Cost, Lower, Upper []float64
	RowLower, RowUpper []float64
	Start, Index       []int32
	Value              []float64
	entries            [][]entry // rows being built
}

type entry struct {
	row int32
	val float64
}

// Result is an optimal solution.
type Result struct {
	Objective float64
	Value     []float64 // per column
	Dual      []float64 // per row
}

// Column appends a column without entries and returns its number.
func (m *Model) Column(cost, lower, upper float64) int {
	m.Cost, m.Lower, m.Upper = append(m.Cost, cost), append(m.Lower, lower), append(m.Upper, upper)
	m.entries = append(m.entries, nil)
	return len(m.Cost) - 1
}

// Row appends a row without entries and returns its number.
func (m *Model) Row(lower, upper float64) int {
	m.RowLower, m.RowUpper = append(m.RowLower, lower), append(m.RowUpper, upper)
	return len(m.RowLower) - 1
}

// Put adds val to the coefficient of column col in row; a negative col is no column.
func (m *Model) Put(row, col int, val float64) {
	if col >= 0 {
		m.entries[col] = append(m.entries[col], entry{int32(row), val})
	}
}

// Pack makes Start, Index and Value from what was put; equal places add up.
func (m *Model) Pack() {
	m.Start, m.Index, m.Value = []int32{0}, nil, nil
	at := make([]int, len(m.RowLower)) // place of a row in this column, +1
	for _, list := range m.entries {
		first := len(m.Index)
		for _, e := range list {
			if p := at[e.row]; p > first {
				m.Value[p-1] += e.val
				continue
			}
			m.Index, m.Value = append(m.Index, e.row), append(m.Value, e.val)
			at[e.row] = len(m.Index)
		}
		m.Start = append(m.Start, int32(len(m.Index)))
	}
}
