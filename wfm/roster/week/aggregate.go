package week

import (
	"math"

	"github.com/agner-platform/agner/wfm/lp"
)

// aggregate is the programme over groups of agents: contract × band of starts ×
// day × start, with breaks implicit (Aykin 1996, "Optimal shift scheduling with
// multiple break windows"; here by cumulative counts, so that every row has a few
// entries).
//
//	y[b]      agents of the contract whose starts lie in band b
//	x[b,d,i]  of them start on day d at start i of the contract
//	S[d,i]    starts on day d up to start i, all bands
//	Z[d,k,t]  breaks k begun on day d up to t slots after the first start
//
// A break begun up to t belongs to a shift begun up to t − earliest and every
// shift begun up to t − latest has begun its break: S(t−latest) ≤ Z(t) ≤
// S(t−earliest). First come, first broken turns counts back into shifts. Days are
// tied to agents by Σ_i x ≤ y and Σ_d,i x = days·y, which is enough for a pattern of
// days per agent to exist. Rest between days is left out where the spread of
// starts does not imply it, so the value is a bound in any case.
type aggregate struct {
	model lp.Model
	parts []*part // per contract
	under []int   // column per slot, −1 without demand
	over  []int
}

// part is one contract's columns.
type part struct {
	c     *contract
	bands []band
	sums  [][]int   // S per day and start
	began [][][]int // Z per day, break, slot after the first start + earliest
}

// band is a group of starts within the spread.
type band struct {
	first, last int // starts, by number
	agents      int // column y
	x           [][]int
}

func (k *desk) aggregate() *aggregate {
	g := &aggregate{}
	rows := make([]int, k.total)
	for t, want := range k.want {
		g.under, g.over = append(g.under, -1), append(g.over, -1)
		rows[t] = -1
		if want == 0 {
			continue
		}
		rows[t] = g.model.Row(float64(want), float64(want))
		g.under[t] = g.model.Column(float64(k.under), 0, math.Inf(1))
		g.over[t] = g.model.Column(float64(k.over), 0, math.Inf(1))
		g.model.Put(rows[t], g.under[t], 1)
		g.model.Put(rows[t], g.over[t], -1)
	}
	for _, c := range k.cts {
		if c.Agents == 0 || c.DaysPerWeek == 0 {
			continue
		}
		p := &part{c: c}
		g.parts = append(g.parts, p)
		g.addBands(k, p)
		for d := range k.days {
			g.addDay(k, p, d, rows)
		}
	}
	g.model.Pack()
	return g
}

// addBands makes the columns of agents and starts.
func (g *aggregate) addBands(k *desk, p *part) {
	c, m := p.c, &g.model
	width := k.in.Rules.MaxStartSpread / c.StartStep
	all := m.Row(float64(c.Agents), float64(c.Agents))
	for first := 0; first == 0 || first+width < len(c.starts); first++ {
		b := band{first: first, last: min(first+width, len(c.starts)-1), agents: m.Column(0, 0, float64(c.Agents))}
		m.Put(all, b.agents, 1)
		week := m.Row(0, 0)
		m.Put(week, b.agents, -float64(c.DaysPerWeek))
		for range k.days {
			day := m.Row(math.Inf(-1), 0)
			m.Put(day, b.agents, -1)
			var cols []int
			for range b.last - b.first + 1 {
				x := m.Column(0, 0, math.Inf(1))
				m.Put(week, x, 1)
				m.Put(day, x, 1)
				cols = append(cols, x)
			}
			b.x = append(b.x, cols)
		}
		p.bands = append(p.bands, b)
	}
}

// upto is the column that counts starts up to slot t of the day: −1 when there is
// none yet, the last one after the last start.
func (p *part) upto(d, t int) int {
	if t < p.c.FirstStart {
		return -1
	}
	return p.sums[d][min((t-p.c.FirstStart)/p.c.StartStep, len(p.c.starts)-1)]
}

// addDay makes one day's counts of starts and breaks and adds them to the cover.
func (g *aggregate) addDay(k *desk, p *part, d int, rows []int) {
	c, m := p.c, &g.model
	var sums []int
	for i := range c.starts {
		s := m.Column(0, 0, math.Inf(1))
		tie := m.Row(0, 0) // S_i − S_{i−1} = Σ_b x
		m.Put(tie, s, 1)
		if i > 0 {
			m.Put(tie, sums[i-1], -1)
		}
		for _, b := range p.bands {
			if i >= b.first && i <= b.last {
				m.Put(tie, b.x[d][i-b.first], -1)
			}
		}
		sums = append(sums, s)
	}
	p.sums = append(p.sums, sums)
	last := c.starts[len(c.starts)-1]
	for t := c.FirstStart; t < last+c.Span; t++ {
		if row := rows[(d*k.slots+t)%k.total]; row >= 0 {
			m.Put(row, p.upto(d, t), 1)
			m.Put(row, p.upto(d, t-c.Span), -1)
		}
	}
	var began [][]int
	for i := range c.Breaks {
		began = append(began, g.addBreak(k, p, d, i))
		g.coverBreak(k, p, d, i, began[i], rows)
	}
	p.began = append(p.began, began)
}

// addBreak makes the cumulative counts of a break.
func (g *aggregate) addBreak(k *desk, p *part, d, i int) []int {
	c, m, b := p.c, &g.model, &p.c.Breaks[i]
	first, last := c.FirstStart+b.Earliest, c.starts[len(c.starts)-1]+b.Latest
	var z []int
	for t := first; t <= last; t++ {
		col := m.Column(0, 0, math.Inf(1))
		early := m.Row(math.Inf(-1), 0) // Z ≤ S(t − earliest)
		m.Put(early, col, 1)
		m.Put(early, p.upto(d, t-b.Earliest), -1)
		if late := p.upto(d, t-b.Latest); late >= 0 {
			row := m.Row(0, math.Inf(1)) // Z ≥ S(t − latest)
			m.Put(row, col, 1)
			m.Put(row, late, -1)
		}
		if len(z) > 0 {
			row := m.Row(0, math.Inf(1)) // Z never falls
			m.Put(row, col, 1)
			m.Put(row, z[len(z)-1], -1)
		}
		z = append(z, col)
	}
	return z
}

// coverBreak takes those on the break out of the cover.
func (g *aggregate) coverBreak(k *desk, p *part, d, i int, z []int, rows []int) {
	b := &p.c.Breaks[i]
	first := p.c.FirstStart + b.Earliest
	at := func(t int) int {
		if t < first {
			return -1
		}
		return z[min(t-first, len(z)-1)]
	}
	for t := first; t < first+len(z)-1+b.Length; t++ {
		if row := rows[(d*k.slots+t)%k.total]; row >= 0 {
			g.model.Put(row, at(t), -1)
			g.model.Put(row, at(t-b.Length), 1)
		}
	}
}
