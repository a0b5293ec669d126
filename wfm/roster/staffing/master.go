package staffing

import (
	"math"

	"github.com/agner-platform/agner/wfm/lp"
	"github.com/agner-platform/agner/wfm/search"
)

const (
	homeless  = 1e5   // price of an employee without a row
	shut      = 1e6   // added to rows that a dive ruled out
	smoothing = 0.6   // weight of the best prices so far in those asked with
	better    = -1e-4 // reduced cost that is worth a column
	pivotWork = 1.0e-9
	almostOne = 0.97
	diveLikes = 0.75 // rows with this value are fixed together
)

// neighbourhood is who may change when.
type neighbourhood struct {
	free     []int
	from, to int
}

// column is a row of an employee in the programme.
type column struct {
	e     int // position among the free employees
	at    int // number in the programme
	row   row
	price int // by requests
}

// master is the linear programme over rows of the free employees.
type master struct {
	m     *model
	p     *planner
	clock *search.Clock
	r     *roster
	free  []int
	from  int       // first day of the window
	to    int       // day after the window
	need  []float64 // beside the held employees, not negative
	lp    *lp.Problem
	cols  []column
	mine  [][]int // columns per free employee
	known []map[string]bool
	fixed []int     // chosen column per free employee, -1
	best  []float64 // prices that gave the best bound
	bound float64   // on rows' prices and cover of the free employees
}

// newMaster starts a programme in which days [from, to) of everybody in free may
// change.
func newMaster(r *roster, p *planner, clock *search.Clock, nb neighbourhood) *master {
	m, free := r.m, nb.free
	n := len(free)
	g := &master{m: m, p: p, clock: clock, r: r, free: free, from: nb.from, to: nb.to, bound: math.Inf(-1)}
	g.need = make([]float64, (nb.to-nb.from)*m.types)
	base := nb.from * m.types
	have := append([]int(nil), r.have...)
	for _, e := range free {
		for d := nb.from; d < nb.to; d++ {
			if k := r.rows[e][d]; k != off {
				have[d*m.types+int(k)]--
			}
		}
	}
	b := make([]float64, n+len(g.need))
	for i := range free {
		b[i] = 1
	}
	for i := range g.need {
		g.need[i] = float64(max(0, m.need[base+i]-have[base+i]))
		b[n+i] = g.need[i]
	}
	g.lp = lp.New(b)
	basis := make([]int, len(b))
	for i := range free {
		basis[i] = g.lp.Unit(homeless, i, 1)
	}
	for i := range g.need {
		basis[n+i] = g.lp.Unit(float64(m.under[base+i]), n+i, 1)
		g.lp.Unit(float64(m.over[base+i]), n+i, -1)
	}
	g.lp.Start(basis)
	g.mine, g.known, g.fixed = make([][]int, n), make([]map[string]bool, n), make([]int, n)
	for i := range free {
		g.known[i], g.fixed[i] = map[string]bool{}, -1
	}
	return g
}

// add puts a row into the programme unless it is there.
func (g *master) add(i int, w row) bool {
	key := make([]byte, len(w))
	for d, k := range w {
		key[d] = byte(k)
	}
	if g.known[i][string(key)] {
		return false
	}
	g.known[i][string(key)] = true
	rows, vals := []int32{int32(i)}, []float64{1}
	for d, k := range w {
		if k != off {
			rows, vals = append(rows, int32(len(g.free)+d*g.m.types+int(k))), append(vals, 1)
		}
	}
	price := g.requests(i, w)
	cost := float64(price)
	if g.fixed[i] >= 0 {
		cost += shut
	}
	g.mine[i] = append(g.mine[i], len(g.cols))
	g.cols = append(g.cols, column{i, g.lp.Add(cost, rows, vals), w, price})
	return true
}

// requests is what a row of the window costs by requests.
func (g *master) requests(i int, w row) int {
	sum := 0
	price := g.m.staff[g.free[i]].price[g.from*g.m.types:]
	for d, k := range w {
		if k != off {
			sum += price[d*g.m.types+int(k)]
		}
	}
	return sum
}

// solve optimises over the columns there are.
func (g *master) solve() {
	before := g.lp.Pivots
	g.lp.Solve(20_000)
	size := float64(len(g.free) + len(g.need))
	g.clock.Spend(pivotWork * float64(g.lp.Pivots-before) * (size*size + 20*float64(len(g.cols))))
}

// generate asks for new rows until there are none worth it, the bound is reached,
// or rounds are used up. It returns the programme's value.
func (g *master) generate(rounds int) float64 {
	alpha := smoothing
	for range rounds {
		g.solve()
		value := g.lp.Objective()
		if g.clock.Done() || g.bound > -math.MaxFloat64 && math.Ceil(g.bound-0.01) >= value-0.01 {
			return value
		}
		found := g.price(alpha)
		switch {
		case found > 0:
			alpha = smoothing
		case alpha == 0:
			return value
		default:
			alpha = 0
		}
	}
	g.solve()
	return g.lp.Objective()
}

// price asks the planner for everybody's best row and returns how many were new.
func (g *master) price(alpha float64) int {
	n, base := len(g.free), g.from*g.m.types
	duals := make([]float64, len(g.need))
	bound := 0.0
	for i := range duals {
		y := g.lp.Dual(n + i)
		if g.best != nil {
			y = alpha*g.best[i] + (1-alpha)*y
		}
		duals[i] = min(max(y, -float64(g.m.over[base+i])), float64(g.m.under[base+i]))
		bound += duals[i] * g.need[i]
	}
	found := 0
	prices := make([]float64, g.m.days*g.m.types)
	work := g.p.Work
	for i, e := range g.free {
		if g.fixed[i] >= 0 {
			bound += g.value(g.fixed[i], duals)
			continue
		}
		for c, y := range duals {
			prices[base+c] = float64(g.m.staff[e].price[base+c]) - y
		}
		w, price, ok := g.p.best(task{e: e, row: g.r.rows[e], from: g.from, to: g.to, price: prices, limit: math.Inf(1)})
		if !ok {
			continue
		}
		bound += price
		if g.reduced(i, w) < better && g.add(i, w) {
			found++
		}
	}
	g.clock.Spend(g.p.Work - work)
	if bound > g.bound || g.best == nil {
		g.bound, g.best = bound, duals
	}
	return found
}

// value is a fixed row's price under duals.
func (g *master) value(c int, duals []float64) float64 {
	col := &g.cols[c]
	sum := float64(col.price)
	for d, k := range col.row {
		if k != off {
			sum -= duals[d*g.m.types+int(k)]
		}
	}
	return sum
}

// reduced is a row's reduced cost under the programme's own duals.
func (g *master) reduced(i int, w row) float64 {
	sum := float64(g.requests(i, w)) - g.lp.Dual(i)
	for d, k := range w {
		if k != off {
			sum -= g.lp.Dual(len(g.free) + d*g.m.types + int(k))
		}
	}
	return sum
}

// dive fixes rows until everybody has one. pick breaks ties; rounds is how often
// new rows are asked for between two fixings.
func (g *master) dive(rounds int, pick func() float64) bool {
	for {
		open, c, likes := 0, -1, 0.0
		for i := range g.free {
			if g.fixed[i] >= 0 {
				continue
			}
			open++
			for _, k := range g.mine[i] {
				v := g.lp.Value(g.cols[k].at)
				if v > diveLikes {
					g.fix(i, k)
					break
				}
				if score := v * (1 + 0.1*pick()); v > 0.01 && score > likes {
					c, likes = k, score
				}
			}
		}
		if open == 0 {
			return true
		}
		if c < 0 && !g.anyFixedLeft(open) {
			return false
		}
		if c >= 0 && g.fixed[g.cols[c].e] < 0 {
			g.fix(g.cols[c].e, c)
		}
		if g.clock.Done() {
			return false
		}
		g.bound, g.best = math.Inf(-1), nil
		g.generate(rounds)
	}
}

// anyFixedLeft tells whether the last pass fixed somebody.
func (g *master) anyFixedLeft(open int) bool {
	left := 0
	for _, f := range g.fixed {
		if f < 0 {
			left++
		}
	}
	return left < open
}

// fix chooses column c for free employee i and shuts the others.
func (g *master) fix(i, c int) {
	g.fixed[i] = c
	for _, k := range g.mine[i] {
		if k != c {
			g.lp.SetCost(g.cols[k].at, float64(g.cols[k].price)+shut)
		}
	}
}

// apply writes the chosen rows into a roster.
func (g *master) apply(r *roster) {
	for i, e := range g.free {
		for d, k := range g.cols[g.fixed[i]].row {
			r.set(e, g.from+d, k)
		}
	}
}
