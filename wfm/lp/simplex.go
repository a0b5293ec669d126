package lp

import "math"

// Shift is the largest disturbance of a right-hand side.
const Shift = 1e-5

const (
	priceTolerance = 1e-7 // reduced costs above −this count as zero
	pivotTolerance = 1e-8 // smaller pivots would blow up the inverse
	refactorAfter  = 120  // updates after which the inverse is computed afresh
	section        = 400  // columns priced at a time
)

// Column is a sparse column with its cost.
type column struct {
	cost float64
	rows []int32
	vals []float64
}

// Problem is a linear programme and its present basis.
type Problem struct {
	rows    int
	b       []float64 // shifted
	right   []float64 // as given
	cols    []column
	basis   []int
	place   []int     // basis position of a column, -1 outside
	inverse []float64 // rows × rows
	x       []float64 // values of basic columns
	y       []float64 // duals
	updates int
	next    int // column where pricing goes on
	work    []float64
	// Pivots counts simplex steps, for those who account for work.
	Pivots int
}

// New starts a problem with right-hand side b.
func New(b []float64) *Problem {
	p := &Problem{rows: len(b), right: append([]float64(nil), b...), b: make([]float64, len(b)), x: make([]float64, len(b)), y: make([]float64, len(b)), work: make([]float64, len(b))}
	state := uint64(0x9e3779b97f4a7c15)
	for i := range b {
		state = state*6364136223846793005 + 1442695040888963407
		p.b[i] = b[i] + Shift*(0.25+0.75*float64(state>>40)/float64(1<<24))
	}
	return p
}

// Add appends a column and returns its number.
func (p *Problem) Add(cost float64, rows []int32, vals []float64) int {
	p.cols = append(p.cols, column{cost, rows, vals})
	p.place = append(p.place, -1)
	return len(p.cols) - 1
}

// Unit appends a column with a single entry.
func (p *Problem) Unit(cost float64, row int, val float64) int {
	return p.Add(cost, []int32{int32(row)}, []float64{val})
}

// Start sets the basis: column basis[i] must be +1 in row i and 0 elsewhere.
func (p *Problem) Start(basis []int) {
	p.basis = append([]int(nil), basis...)
	p.inverse = make([]float64, p.rows*p.rows)
	for i := range p.place {
		p.place[i] = -1
	}
	for i, j := range basis {
		p.place[j] = i
		p.inverse[i*p.rows+i] = 1
		p.x[i] = p.b[i]
	}
	p.duals()
}

// Columns is the number of columns.
func (p *Problem) Columns() int { return len(p.cols) }

// Cost returns the cost of column j.
func (p *Problem) Cost(j int) float64 { return p.cols[j].cost }

// SetCost changes the cost of column j.
func (p *Problem) SetCost(j int, cost float64) { p.cols[j].cost = cost }

// Value is x of column j.
func (p *Problem) Value(j int) float64 {
	if i := p.place[j]; i >= 0 {
		return p.x[i]
	}
	return 0
}

// Dual is the price of row i.
func (p *Problem) Dual(i int) float64 { return p.y[i] }

// Objective is c·x at the right-hand side as given, that is y·b.
func (p *Problem) Objective() float64 {
	sum := 0.0
	for i, y := range p.y {
		sum += y * p.right[i]
	}
	return sum
}

// Solve makes at most limit pivots and tells whether the optimum was reached.
func (p *Problem) Solve(limit int) bool {
	p.duals()
	for range limit {
		j := p.price()
		if j < 0 {
			if p.updates == 0 {
				return true
			}
			p.refactor() // look again with exact duals
			if j = p.price(); j < 0 {
				return true
			}
		}
		if !p.pivot(j) {
			return false
		}
		if p.updates >= refactorAfter {
			p.refactor()
		}
	}
	return false
}

// price returns a column whose reduced cost is negative, the steepest of a
// section, -1 when there is none.
func (p *Problem) price() int {
	best, at := -priceTolerance, -1
	n := len(p.cols)
	for seen := range n {
		j := p.next
		if p.next++; p.next >= n {
			p.next = 0
		}
		if p.place[j] >= 0 {
			continue
		}
		c := &p.cols[j]
		d := c.cost
		for k, r := range c.rows {
			d -= p.y[r] * c.vals[k]
		}
		if d < best {
			best, at = d, j
		}
		if at >= 0 && seen%section == section-1 {
			return at
		}
	}
	return at
}

// pivot brings column j into the basis; false when the problem is unbounded.
func (p *Problem) pivot(j int) bool {
	w, m := p.work, p.rows
	c := &p.cols[j]
	for i := range m {
		row := p.inverse[i*m : i*m+m]
		sum := 0.0
		for k, r := range c.rows {
			sum += row[r] * c.vals[k]
		}
		w[i] = sum
	}
	leave, step := -1, math.Inf(1)
	for i, v := range w {
		if v <= pivotTolerance {
			continue
		}
		ratio := max(p.x[i], 0) / v
		if ratio < step-1e-12 || ratio < step+1e-12 && v > w[leave] {
			leave, step = i, ratio
		}
	}
	if leave < 0 {
		return false
	}
	p.exchange(j, leave, step)
	return true
}

// exchange updates basis, inverse, values and duals.
func (p *Problem) exchange(j, leave int, step float64) {
	w, m := p.work, p.rows
	reduced := p.cols[j].cost
	for k, r := range p.cols[j].rows {
		reduced -= p.y[r] * p.cols[j].vals[k]
	}
	pivotRow := p.inverse[leave*m : leave*m+m]
	scale := 1 / w[leave]
	for k := range pivotRow {
		pivotRow[k] *= scale
	}
	for i, v := range w {
		if i == leave || v == 0 {
			continue
		}
		row := p.inverse[i*m : i*m+m]
		for k, r := range pivotRow {
			row[k] -= v * r
		}
		p.x[i] -= v * step
	}
	p.x[leave] = step
	for k, r := range pivotRow {
		p.y[k] += reduced * r
	}
	p.place[p.basis[leave]] = -1
	p.basis[leave], p.place[j] = j, leave
	p.updates++
	p.Pivots++
}

// duals computes y = c_B · B⁻¹.
func (p *Problem) duals() {
	clear(p.y)
	m := p.rows
	for i, j := range p.basis {
		c := p.cols[j].cost
		if c == 0 {
			continue
		}
		for k, v := range p.inverse[i*m : i*m+m] {
			p.y[k] += c * v
		}
	}
}

// refactor computes the inverse afresh by Gauss and Jordan with partial pivoting.
func (p *Problem) refactor() {
	m := p.rows
	a := make([]float64, m*m) // basis matrix, row-major
	for i, j := range p.basis {
		for k, r := range p.cols[j].rows {
			a[int(r)*m+i] = p.cols[j].vals[k]
		}
	}
	inv := make([]float64, m*m)
	for i := range m {
		inv[i*m+i] = 1
	}
	for k := range m {
		top := k
		for i := k + 1; i < m; i++ {
			if math.Abs(a[i*m+k]) > math.Abs(a[top*m+k]) {
				top = i
			}
		}
		if math.Abs(a[top*m+k]) < 1e-11 {
			return // numerically singular: the updated inverse is the better one
		}
		swapRows(a, m, k, top)
		swapRows(inv, m, k, top)
		eliminate(a, inv, m, k)
	}
	p.inverse, p.updates = inv, 0
	for i := range m {
		sum := 0.0
		for k, v := range inv[i*m : i*m+m] {
			sum += v * p.b[k]
		}
		p.x[i] = sum
	}
	p.duals()
}

// eliminate clears column k of every row but k.
func eliminate(a, inv []float64, m, k int) {
	ak, ik := a[k*m:k*m+m], inv[k*m:k*m+m]
	scale := 1 / ak[k]
	for c := range ak {
		ak[c] *= scale
		ik[c] *= scale
	}
	for i := range m {
		f := a[i*m+k]
		if i == k || f == 0 {
			continue
		}
		ai, ii := a[i*m:i*m+m], inv[i*m:i*m+m]
		for c := range ak {
			ai[c] -= f * ak[c]
			ii[c] -= f * ik[c]
		}
	}
}

func swapRows(a []float64, m, i, j int) {
	if i == j {
		return
	}
	ri, rj := a[i*m:i*m+m], a[j*m:j*m+m]
	for c := range ri {
		ri[c], rj[c] = rj[c], ri[c]
	}
}
