package week

import (
	"math"
	"slices"

	"github.com/agner-platform/agner/wfm/lp"
	"github.com/agner-platform/agner/wfm/search"
)

const (
	fine       = 1024 // prices of slots per unit of cost, while rows are priced
	unstaffed  = 1e4  // price of a shift that nobody works
	worth      = 1e-3 // reduced cost worth a column
	enough     = 1e-3 // share of the value the bound may lack
	callRounds = 200
	steady     = 0.5 // weight of the best prices so far in those asked with
	pivotWork  = 1.0e-9
	maxColumns = 30_000 // columns after which no more are asked for
)

// columns is the programme over shifts, made as they are asked for: rows for the
// cover of each slot, for all shifts of a contract, and for those of each day.
// Unlike [aggregate] it needs nothing but this process.
type columns struct {
	k      *desk
	clock  *search.Clock
	lp     *lp.Problem
	rows   []int // per slot, −1 without demand
	parts  []*contract
	total  []int // row per part
	day    [][]int
	under  []int
	over   []int
	best   []float64 // prices per slot that gave the bound
	bound  float64
	shifts int // columns of shifts so far
	made   []made
}

// made is a shift in the programme.
type made struct {
	part, day int
	shift     shift
	at        int // column
}

func newColumns(k *desk, clock *search.Clock) *columns {
	g := &columns{k: k, clock: clock, bound: math.Inf(-1)}
	var b []float64
	for _, want := range k.want {
		g.rows = append(g.rows, -1)
		if want > 0 {
			g.rows[len(g.rows)-1] = len(b)
			b = append(b, float64(want))
		}
	}
	covers := len(b)
	for _, c := range k.cts {
		if c.Agents == 0 || c.DaysPerWeek == 0 {
			continue
		}
		g.parts = append(g.parts, c)
		g.total = append(g.total, len(b))
		b = append(b, float64(c.Agents*c.DaysPerWeek))
		var days []int
		for range k.days {
			days = append(days, len(b))
			b = append(b, float64(c.Agents))
		}
		g.day = append(g.day, days)
	}
	g.lp = lp.New(b)
	basis := make([]int, len(b))
	for row := range b {
		price := 0.0
		if row < covers {
			price = float64(k.under)
			g.over = append(g.over, g.lp.Unit(float64(k.over), row, -1))
		} else if slices.Contains(g.total, row) {
			price = unstaffed
		}
		basis[row] = g.lp.Unit(price, row, 1)
		if row < covers {
			g.under = append(g.under, basis[row])
		}
	}
	g.lp.Start(basis)
	return g
}

// run asks for shifts until the bound is close to the value, and returns the cover
// aimed at.
func (g *columns) run() (aim []float64, bound float64) {
	k := g.k
	saved := slices.Clone(k.gain)
	alpha := steady
	size := float64(len(g.rows))
	for range callRounds {
		before := g.lp.Pivots
		g.lp.Solve(20_000)
		g.clock.Spend(pivotWork * float64(g.lp.Pivots-before) * (size*size + 20_000))
		value := g.lp.Objective()
		if g.clock.Done() || g.bound >= value-enough*math.Abs(value)-0.01 || g.shifts > maxColumns {
			break
		}
		found := g.ask(alpha)
		if found == 0 && alpha == 0 {
			break
		}
		alpha = steady
		if found == 0 {
			alpha = 0
		}
	}
	copy(k.gain, saved)
	aim = make([]float64, k.total)
	for t, row := range g.rows {
		if row >= 0 {
			aim[t] = float64(k.want[t]) - g.lp.Value(g.under[row]) + g.lp.Value(g.over[row])
		}
	}
	return aim, g.bound
}

// ask prices every start of every day and adds the shifts worth it.
func (g *columns) ask(alpha float64) int {
	k := g.k
	prices := make([]float64, k.total)
	bound := 0.0
	for t, row := range g.rows {
		if row < 0 {
			k.gain[t] = 0
			continue
		}
		y := g.lp.Dual(row)
		if g.best != nil {
			y = alpha*g.best[t] + (1-alpha)*y
		}
		k.gain[t] = -int32(math.Round(min(max(y, -float64(k.over)), float64(k.under)) * fine))
		prices[t] = -float64(k.gain[t]) / fine
		bound += prices[t] * float64(k.want[t])
	}
	found := 0
	for i, c := range g.parts {
		a := agent{c: c}
		week := 0.0
		for _, o := range k.bestWeek(&a, 0) {
			week += o.score / fine
		}
		bound += week * float64(c.Agents)
		n := len(c.starts)
		for at := range k.grid[:n*k.days] {
			o := &k.grid[at]
			if g.add(i, o) {
				found++
			}
		}
		g.clock.Spend(seatWork * float64(n*k.days))
	}
	if bound > g.bound {
		g.bound, g.best = bound, prices
	}
	return found
}

// add puts a shift into the programme when the programme's own prices want it.
func (g *columns) add(i int, o *option) bool {
	k, c := g.k, g.parts[i]
	rows := []int32{int32(g.total[i]), int32(g.day[i][o.day])}
	reduced := -g.lp.Dual(g.total[i]) - g.lp.Dual(g.day[i][o.day])
	base := o.day*k.slots + int(o.shift.start)
	for t := range c.Span {
		row := g.rows[(base+t)%k.total]
		if row < 0 || resting(c, &o.shift, t) {
			continue
		}
		rows = append(rows, int32(row))
		reduced -= g.lp.Dual(row)
	}
	if reduced > -worth {
		return false
	}
	vals := make([]float64, len(rows))
	for j := range vals {
		vals[j] = 1
	}
	g.made = append(g.made, made{part: i, day: o.day, shift: o.shift, at: g.lp.Add(0, rows, vals)})
	g.shifts++
	return true
}

// resting tells whether a shift is on a break t slots after its start.
func resting(c *contract, s *shift, t int) bool {
	for j := range c.Breaks {
		if at := int(s.breaks[j]); t >= at && t < at+c.Breaks[j].Length {
			return true
		}
	}
	return false
}
