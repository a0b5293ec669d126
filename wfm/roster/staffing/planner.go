package staffing

import "math"

// Nominal seconds of making a label, comparing it with another, and a step back.
const (
	labelWork   = 2e-7
	compareWork = 3e-9
	stepWork    = 4e-9
)

// task asks for the best days [from, to) of an employee's row, the other days held.
type task struct {
	e        int
	row      row       // the present row; days outside the window are kept
	from, to int       //
	price    []float64 // per day·types+type of the horizon
	limit    float64   // only rows cheaper than this are wanted
	open     bool      // the days after the window are not decided yet
	lo, hi   int       // units of the window; used when open, else from the contract
	share    float64   // part of weekends and counts that may be used; used when open
}

// planner finds best rows. It owns its scratch space: one goroutine at a time.
type planner struct {
	m *model
	t task
	p *person

	// states: off with run 1..minOff, then types × work run 1..maxRun
	offs, states int
	end          int // window and forced days after it
	units        int // most units in the window
	least        int // least units
	weekends     int // weekends that may still be worked
	tracked      []int
	guard        uint64
	room         uint64 // what tracked counts may still be, packed
	forbidden    []bool // types that may not be used in the window

	back   []float64
	labels []label
	heads  []int32
	stamp  []int32
	now    int32
	moves  []move
	Work   float64 // nominal seconds spent
}

type label struct {
	cost     float64
	counts   uint64
	prev     int32
	next     int32 // in the bucket
	state    int16
	units    int16
	weekends int8
	choice   int8
	dead     bool
}

// move is a step from a state on a day.
type move struct {
	choice int8
	state  int
}

func newPlanner(m *model) *planner { return &planner{m: m} }

const (
	countBits = 10 // with a guard bit on top: counts up to 511
	maxCounts = 6
)

// best finds the cheapest row; the result is the window's days and their price.
func (p *planner) best(t task) (days row, price float64, ok bool) {
	if !p.prepare(t) {
		return nil, 0, false
	}
	p.backward()
	start := p.startState()
	root := math.Inf(1)
	for _, mv := range p.step(t.from, start) {
		root = min(root, p.through(t.from, start, mv, 0, 0))
	}
	if root >= t.limit {
		return nil, 0, false
	}
	if len(p.tracked) == 0 {
		return p.forward(start, root+1e-6)
	}
	for slack := 1.0; ; slack *= 4 {
		limit := min(t.limit, root+slack)
		if days, price, ok = p.forward(start, limit); ok || limit == t.limit {
			return days, price, ok
		}
		if math.IsInf(t.limit, 1) && slack > 1e7 {
			return p.forward(start, t.limit)
		}
	}
}

// prepare sets the window's limits; false when nothing fits.
func (p *planner) prepare(t task) bool {
	m := p.m
	p.t, p.p = t, &m.staff[t.e]
	p.offs = p.p.minOff
	p.states = p.offs + m.types*p.p.maxRun
	p.end = t.to
	if !t.open && t.to < m.days {
		p.end = p.settled()
	}
	usedUnits, used, weekends := p.outside()
	p.units, p.least = p.p.maxUnits-usedUnits, p.p.minUnits-usedUnits
	allowedWeekends := p.p.maxWeekends
	if t.open {
		p.units, p.least = min(p.units, t.hi), t.lo
		allowedWeekends = int(math.Ceil(t.share*float64(p.p.maxWeekends) - 1e-9))
	}
	p.least = max(p.least, 0)
	p.weekends = allowedWeekends - weekends
	window := t.to - t.from
	longest := 0
	for _, n := range m.length {
		longest = max(longest, n)
	}
	p.units = min(p.units, window*longest)
	p.weekends = min(p.weekends, (p.end-t.from)/7+2)
	if p.units < 0 || p.weekends < 0 || p.least > p.units {
		return false
	}
	p.track(used, window)
	return true
}

// settled returns the first day after the window from which the future no longer
// depends on the window: one day into the second run.
func (p *planner) settled() int {
	d := p.t.to
	for d < p.m.days && (p.t.row[d] == off) == (p.t.row[p.t.to] == off) {
		d++
	}
	return min(d+1, p.m.days)
}

// outside counts what the held days use.
func (p *planner) outside() (units int, used []int, weekends int) {
	used = make([]int, p.m.types)
	last := p.m.days
	if p.t.open {
		last = p.t.from
	}
	for d := range last {
		k := p.t.row[d]
		if k == off || d >= p.t.from && d < p.t.to {
			continue
		}
		units += p.m.length[k]
		used[k]++
		if (d < p.t.from || d >= p.end) && (d%7 == 5 || d%7 == 6 && (d == 0 || p.t.row[d-1] == off)) {
			weekends++
		}
	}
	return units, used, weekends
}

// track decides which counts per type must be watched in the window.
func (p *planner) track(used []int, window int) {
	p.tracked, p.guard, p.room = p.tracked[:0], 0, 0
	p.forbidden = append(p.forbidden[:0], make([]bool, p.m.types)...)
	for k := range p.m.types {
		most := p.p.maxShifts[k]
		if p.t.open {
			most = int(math.Ceil(p.t.share*float64(most) - 1e-9))
		}
		left := most - used[k]
		possible := min(window, p.units/p.m.length[k])
		switch {
		case left <= 0:
			p.forbidden[k] = true
		case left >= possible:
		case len(p.tracked) == maxCounts:
			p.forbidden[k] = true // more kinds bind than can be watched; rare and safe
		default:
			shift := countBits * len(p.tracked)
			p.tracked = append(p.tracked, k)
			p.room |= uint64(min(left, 1<<(countBits-1)-1)) << shift
			p.guard |= 1 << (shift + countBits - 1)
		}
	}
}

// startState is the state after the day before the window, -1 before day 0.
func (p *planner) startState() int {
	if p.t.from == 0 {
		return -1
	}
	d := p.t.from - 1
	run := 1
	for d-run >= 0 && (p.t.row[d-run] == off) == (p.t.row[d] == off) {
		run++
	}
	if k := p.t.row[d]; k != off {
		return p.work(int(k), min(run, p.p.maxRun))
	}
	return min(run, p.offs) - 1
}

func (p *planner) work(k, run int) int { return p.offs + k*p.p.maxRun + run - 1 }

// step lists where day d may lead from a state after day d−1. A run that began on
// day 0 has no minimum.
func (p *planner) step(d, state int) []move {
	out := p.moves[:0]
	only, forced := off, d >= p.t.to
	if forced {
		only = p.t.row[d]
	}
	restDone, workDone := true, true
	run, last := 0, -1
	if state >= p.offs {
		last, run = (state-p.offs)/p.p.maxRun, (state-p.offs)%p.p.maxRun+1
		workDone = run >= p.p.minRun || run == d
	} else if state >= 0 {
		run = state + 1
		restDone = run >= p.p.minOff || run == d
	}
	if !forced || only == off {
		if last < 0 {
			out = append(out, move{off, min(run+1, p.offs) - 1})
		} else if workDone {
			out = append(out, move{off, 0})
		}
	}
	if (!forced && p.p.free[d]) || last < 0 && !restDone || last >= 0 && run >= p.p.maxRun {
		p.moves = out
		return out
	}
	next := 1
	if last >= 0 {
		next = run + 1
	}
	for k := range p.m.types {
		if forced && int8(k) != only || !forced && p.forbidden[k] || last >= 0 && !p.m.follows[last][k] {
			continue
		}
		out = append(out, move{int8(k), p.work(k, next)})
	}
	p.moves = out
	return out
}

// spend is what a move uses: price, units and weekends.
func (p *planner) spend(d, from int, mv move) (price float64, units, weekends int) {
	if mv.choice == off {
		return 0, 0, 0
	}
	if d < p.t.to {
		price, units = p.t.price[d*p.m.types+int(mv.choice)], p.m.length[mv.choice]
	}
	if d%7 == 5 || d%7 == 6 && from < p.offs {
		weekends = 1
	}
	return price, units, weekends
}

// cell addresses back: the least price of the days after d.
func (p *planner) cell(d, state, units, weekends int) int {
	return (((d-p.t.from)*p.states+state)*(p.units+1)+units)*(p.weekends+1) + weekends
}

// through is the least price of a move on day d and all that follows it.
func (p *planner) through(d, from int, mv move, units, weekends int) float64 {
	price, u, w := p.spend(d, from, mv)
	if units+u > p.units || weekends+w > p.weekends {
		return math.Inf(1)
	}
	return price + p.back[p.cell(d, mv.state, units+u, weekends+w)]
}

// backward fills back: exact but for the counts per type.
func (p *planner) backward() {
	layer := p.states * (p.units + 1) * (p.weekends + 1)
	size := (p.end - p.t.from) * layer
	if cap(p.back) < size {
		p.back = make([]float64, size)
	}
	p.back = p.back[:size]
	last := p.back[size-layer:]
	for i := range last {
		last[i] = 0
		if i/(p.weekends+1)%(p.units+1) < p.least {
			last[i] = math.Inf(1)
		}
	}
	for d := p.end - 2; d >= p.t.from; d-- {
		for s := range p.states {
			p.backState(d, s)
		}
	}
}

// backState fills one state of day d for all units and weekends.
func (p *planner) backState(d, s int) {
	width := p.weekends + 1
	block := (p.units + 1) * width
	here := p.back[p.cell(d, s, 0, 0):][:block]
	for i := range here {
		here[i] = math.Inf(1)
	}
	if s >= p.offs && d < p.t.to && p.forbidden[(s-p.offs)/p.p.maxRun] {
		return
	}
	for _, mv := range p.step(d+1, s) {
		price, u, w := p.spend(d+1, s, mv)
		there := p.back[p.cell(d+1, mv.state, 0, 0):][:block]
		p.Work += stepWork * float64(block)
		for units := 0; units+u <= p.units; units++ {
			a, b := here[units*width:units*width+width-w], there[(units+u)*width+w:(units+u)*width+width]
			for i, v := range b {
				if v += price; v < a[i] {
					a[i] = v
				}
			}
		}
	}
}

// forward walks labels through the days, dropping those that cannot end below
// limit.
func (p *planner) forward(start int, limit float64) (days row, price float64, ok bool) {
	p.labels = p.labels[:0]
	p.labels = append(p.labels, label{prev: -1, state: int16(start), counts: p.guard | p.room})
	if need := p.states * (p.units + 1); len(p.heads) < need {
		p.heads, p.stamp, p.now = make([]int32, need), make([]int32, need), 0
	}
	lo, hi := 0, 1
	for d := p.t.from; d < p.end; d++ {
		p.now++
		for i := lo; i < hi; i++ {
			if !p.labels[i].dead {
				p.extend(d, int32(i), limit)
			}
		}
		lo, hi = hi, len(p.labels)
	}
	p.Work += labelWork * float64(len(p.labels))
	at := -1
	for i := lo; i < hi; i++ {
		l := &p.labels[i]
		if !l.dead && int(l.units) >= p.least && l.cost < limit && (at < 0 || l.cost < p.labels[at].cost) {
			at = i
		}
	}
	if at < 0 {
		return nil, 0, false
	}
	days = make(row, p.end-p.t.from)
	price = p.labels[at].cost
	for i, d := int32(at), len(days)-1; d >= 0; d-- {
		days[d] = p.labels[i].choice
		i = p.labels[i].prev
	}
	return days[:p.t.to-p.t.from], price, true
}

// extend makes the labels that follow label i on day d.
func (p *planner) extend(d int, i int32, limit float64) {
	from := p.labels[i]
	for _, mv := range p.step(d, int(from.state)) {
		price, u, w := p.spend(d, int(from.state), mv)
		units, weekends := int(from.units)+u, int(from.weekends)+w
		if units > p.units || weekends > p.weekends {
			continue
		}
		cost := from.cost + price
		if cost+p.back[p.cell(d, mv.state, units, weekends)] >= limit {
			continue
		}
		counts := from.counts
		if mv.choice != off && d < p.t.to {
			for slot, k := range p.tracked {
				if k == int(mv.choice) {
					counts -= 1 << (countBits * slot)
				}
			}
			if counts&p.guard != p.guard {
				continue
			}
		}
		p.insert(label{cost: cost, counts: counts, prev: i, state: int16(mv.state), units: int16(units), weekends: int8(weekends), choice: mv.choice})
	}
}

// insert keeps a label unless another is at least as good in everything.
func (p *planner) insert(l label) {
	bucket := int(l.state)*(p.units+1) + int(l.units)
	if p.stamp[bucket] != p.now {
		p.stamp[bucket], p.heads[bucket] = p.now, -1
	}
	for i := p.heads[bucket]; i >= 0; i = p.labels[i].next {
		o := &p.labels[i]
		p.Work += compareWork
		if o.dead {
			continue
		}
		if o.cost <= l.cost && o.weekends <= l.weekends && p.covers(o.counts, l.counts) {
			return
		}
		if l.cost <= o.cost && l.weekends <= o.weekends && p.covers(l.counts, o.counts) {
			o.dead = true
		}
	}
	l.next = p.heads[bucket]
	p.heads[bucket] = int32(len(p.labels))
	p.labels = append(p.labels, l)
}

// covers tells whether every count left in a is at least that in b.
func (p *planner) covers(a, b uint64) bool {
	return (a-(b&^p.guard))&p.guard == p.guard
}
