package coverage

import (
	"cmp"
	"math/bits"
	"slices"

	"github.com/agner-platform/agner/wfm/rules"
)

// margin is the part of a requirement whose lack costs the lower price.
const margin = 10 // a tenth

// class is one line's core or margin.
type class struct {
	line   int
	core   bool
	weight float64 // per slot
}

// Cover is the agents on the phone per set of lines and slot.
type Cover struct {
	p       *rules.Problem
	lines   int
	classes []class
	sets    []uint8 // sets of lines that some agent serves
	index   [64]int // of a set in sets, −1 without
	n       [][]int32
	cost    []float64 // per slot
	gain    [][]float64
	over    float64 // price of a surplus agent in a slot
	total   float64
	dirty   []bool
	touched []int
	sizes   [][]int32 // per class and slot
	scratch bench
}

// New counts nobody yet, except those still working from before the horizon.
func New(p *rules.Problem) *Cover {
	c := &Cover{p: p, lines: len(p.Lines)}
	hour := float64(p.Slot) / 60
	c.over = p.Prices.Over * hour
	for i := range p.Lines {
		w := p.Prices.Under * p.Lines[i].Weight * hour
		c.classes = append(c.classes, class{i, true, w * p.Prices.Steep}, class{i, false, w})
	}
	slices.SortStableFunc(c.classes, func(a, b class) int { return cmp.Compare(b.weight, a.weight) })
	for i := range c.index {
		c.index[i] = -1
	}
	slots := p.Axis().Slots
	for i := range p.Agents {
		if m := Set(p, &p.Agents[i]); c.index[m] < 0 {
			c.index[m] = len(c.sets)
			c.sets = append(c.sets, m)
			c.n = append(c.n, make([]int32, slots))
			c.gain = append(c.gain, make([]float64, slots))
		}
	}
	for i := range c.classes {
		row := make([]int32, slots)
		for t := range row {
			row[t] = int32(c.size(&c.classes[i], t))
		}
		c.sizes = append(c.sizes, row)
	}
	c.cost, c.dirty = make([]float64, slots), make([]bool, slots)
	for i := range p.Agents {
		c.carry(&p.Agents[i])
	}
	for t := range slots {
		c.touch(t)
	}
	c.Settle()
	return c
}

// Set is the lines an agent can serve, as bits.
func Set(p *rules.Problem, a *rules.Agent) uint8 {
	m := uint8(0)
	for i := range p.Lines {
		if a.Serves(&p.Lines[i]) {
			m |= 1 << i
		}
	}
	return m
}

// Index is the number of a set that some agent serves.
func (c *Cover) Index(set uint8) int { return c.index[set] }

// Sets lists the sets of lines, in the order of Index.
func (c *Cover) Sets() []uint8 { return c.sets }

// Gain is what one more agent of a set would cost per slot, negative where one is
// missing. It is valid after Settle.
func (c *Cover) Gain(set int) []float64 { return c.gain[set] }

// Count is the agents of a set per slot.
func (c *Cover) Count(set int) []int32 { return c.n[set] }

// Cost is what cover costs now.
func (c *Cover) Cost() float64 { return c.total }

func (c *Cover) touch(t int) {
	if !c.dirty[t] {
		c.dirty[t] = true
		c.touched = append(c.touched, t)
	}
}

// Put adds by agents of a set to the slots from..to, clipped to the horizon.
func (c *Cover) Put(set, from, to int, by int32) {
	row := c.n[set]
	for t := max(0, from); t < min(to, len(row)); t++ {
		row[t] += by
		c.touch(t)
	}
}

// Settle prices the slots that changed.
func (c *Cover) Settle() {
	for _, t := range c.touched {
		c.dirty[t] = false
		b := c.bench(t)
		now := c.price(b, t, 0)
		c.total += now - c.cost[t]
		c.cost[t] = now
		for i, m := range c.sets {
			c.gain[i][t] = c.price(b, t, m) - now
		}
	}
	c.touched = c.touched[:0]
}

// bench is who is on the phone in a slot, by set of lines one of which they serve.
type bench struct {
	able  [64]int32
	staff int32
}

func (c *Cover) bench(t int) *bench {
	b := &c.scratch
	*b = bench{}
	all := uint8(1<<c.lines - 1)
	for i, m := range c.sets {
		n := c.n[i][t]
		if m == 0 || n == 0 {
			continue
		}
		b.staff += n
		for s := uint8(1); s <= all; s++ {
			if s&m != 0 {
				b.able[s] += n
			}
		}
	}
	return b
}

// price is the least cost of a slot with one more agent of the set plus, if any.
func (c *Cover) price(b *bench, t int, plus uint8) float64 {
	cost := 0.0
	over := c.serve(b, t, plus, func(i int, unmet int32) { cost += float64(unmet) * c.classes[i].weight })
	return cost + float64(over)*c.over
}

// serve tells how many of each class are not served, and returns how many agents are spare.
func (c *Cover) serve(b *bench, t int, plus uint8, unmet func(class int, n int32)) (spare int32) {
	all := 1 << c.lines
	var need [64]int32 // by set of lines: requirement so far
	staff := b.staff
	if plus != 0 {
		staff++
	}
	before, asked := int32(0), int32(0)
	for i := range c.classes {
		k := &c.classes[i]
		d := c.sizes[i][t]
		if d == 0 {
			continue
		}
		asked += d
		worst := int32(0)
		for s := 1; s < all; s++ {
			if s>>k.line&1 == 1 {
				need[s] += d
			}
			lack := need[s] - b.able[s]
			if uint8(s)&plus != 0 {
				lack--
			}
			worst = max(worst, lack)
		}
		if worst > before {
			unmet(i, worst-before)
			before = worst
		}
	}
	return max(0, staff-(asked-before))
}

// size is how many people a class asks for.
func (c *Cover) size(k *class, t int) int {
	need := c.p.Lines[k.line].Need[t]
	part := (need + margin - 1) / margin
	if k.core {
		return need - part
	}
	return part
}

// Classes returns price per slot, line and size per slot of every class, for programmes
// over groups.
func (c *Cover) Classes(each func(line int, weight float64, size func(t int) int)) {
	for i := range c.classes {
		k := &c.classes[i]
		each(k.line, k.weight, func(t int) int { return c.size(k, t) })
	}
}

// Over is the price of a surplus agent in a slot.
func (c *Cover) Over() float64 { return c.over }

// Line is a line's requirement and how it is met.
type Line struct {
	ID     string `json:"id"`
	Need   []int  `json:"need"`
	Served []int  `json:"served"` // of need
	Able   []int  `json:"able"`   // on the phone with the skill
}

// Lines shows how every line is met, and Spare the agents no line needs.
func (c *Cover) Lines() (lines []Line, spare []int) {
	slots := len(c.cost)
	spare = make([]int, slots)
	for i := range c.p.Lines {
		lines = append(lines, Line{c.p.Lines[i].ID, c.p.Lines[i].Need, slices.Clone(c.p.Lines[i].Need), make([]int, slots)})
	}
	for t := range slots {
		for i, m := range c.sets {
			for rest := m; rest != 0; rest &= rest - 1 {
				lines[bits.TrailingZeros8(rest)].Able[t] += int(c.n[i][t])
			}
		}
		spare[t] = int(c.serve(c.bench(t), t, 0, func(i int, u int32) { lines[c.classes[i].line].Served[t] -= int(u) }))
	}
	return lines, spare
}

// Split is the part of the cost that is for missing and for surplus agents.
func (c *Cover) Split() (under, over float64) {
	for t := range c.cost {
		over += c.over * float64(c.serve(c.bench(t), t, 0, func(i int, u int32) { under += float64(u) * c.classes[i].weight }))
	}
	return under, over
}
