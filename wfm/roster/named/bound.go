package named

import (
	"context"
	"fmt"
	"math"
	"strings"

	"github.com/agner-platform/agner/wfm/lp"
	"github.com/agner-platform/agner/wfm/roster/highs"
	"github.com/agner-platform/agner/wfm/rules"
	"github.com/agner-platform/agner/wfm/search"
)

// programme is the linear programme over groups of people:
//
//	y[g,c]       people of group g who work by contract c in a week
//	x[g,c,d,s,i] of them who begin shape s on day d at start i
//	S, Z         cumulative counts of starts, of breaks begun and of second blocks
//	             begun (Aykin 1996: breaks stay implicit; a second block is an event
//	             that follows its first within the gap)
//	f[set,l,t]   agents of a set of lines who serve line l in slot t
//	u, o         missing agents by class, surplus agents
//
// Rest between days, runs, the spread of starts and single people's availability are
// left out, so its value is a bound in any case.
type programme struct {
	k     *desk
	m     lp.Model
	cover [][]int // row per set and slot
	need  [][]int // row per line and slot
	flow  [][][]int
	over  [][]int
}

// group is people who are the same to the programme.
type group struct{ who []*person }

// groups gathers people by contracts, lines, site and phase.
func (k *desk) groups() []*group {
	var out []*group
	at := map[string]*group{}
	for _, who := range k.people {
		if len(who.contracts) == 0 {
			continue
		}
		var names []string
		phase := 0
		for _, c := range who.contracts {
			names = append(names, c.Name)
			if c.Kind == rules.Rotating {
				phase = who.a.Phase % len(c.Pattern)
			}
		}
		key := fmt.Sprintf("%s|%d|%s|%d", strings.Join(names, ","), who.set, who.a.Site, phase)
		if at[key] == nil {
			at[key] = &group{}
			out = append(out, at[key])
		}
		at[key].who = append(at[key].who, who)
	}
	return out
}

func newProgramme(k *desk) *programme {
	g := &programme{k: k}
	sets := k.cover.Sets()
	for i := range k.p.Lines {
		var rows []int
		for t := range k.axis.Slots {
			n := float64(k.p.Lines[i].Need[t])
			rows = append(rows, g.m.Row(n, n))
		}
		g.need = append(g.need, rows)
	}
	k.cover.Classes(func(line int, weight float64, size func(int) int) {
		for t := range k.axis.Slots {
			if n := size(t); n > 0 {
				g.m.Put(g.need[line][t], g.m.Column(weight, 0, float64(n)), 1)
			}
		}
	})
	for s, set := range sets {
		var rows, over []int
		flow := make([][]int, len(k.p.Lines))
		for t := range k.axis.Slots {
			carried := -float64(k.cover.Count(s)[t])
			row := g.m.Row(carried, carried)
			rows = append(rows, row)
			price := k.cover.Over()
			if set == 0 {
				price = 0
			}
			o := g.m.Column(price, 0, math.Inf(1))
			g.m.Put(row, o, -1)
			over = append(over, o)
			for l := range k.p.Lines {
				col := -1
				if set>>l&1 == 1 && k.p.Lines[l].Need[t] > 0 {
					col = g.m.Column(0, 0, math.Inf(1))
					g.m.Put(row, col, -1)
					g.m.Put(g.need[l][t], col, 1)
				}
				flow[l] = append(flow[l], col)
			}
		}
		g.cover, g.over, g.flow = append(g.cover, rows), append(g.over, over), append(g.flow, flow)
	}
	for _, people := range k.groups() {
		for w := range k.weeks {
			g.group(people, w)
		}
	}
	g.m.Pack()
	return g
}

// group adds a group's week.
func (g *programme) group(people *group, w int) {
	k, n := g.k, float64(len(people.who))
	one := people.who[0]
	all := g.m.Row(n, n)
	first, last := w*7, min(w*7+7, k.p.Days)
	var there []int
	for d := first; d < last; d++ {
		count := 0
		for _, who := range people.who {
			if !who.off[d] {
				count++
			}
		}
		there = append(there, g.m.Row(math.Inf(-1), float64(count)))
	}
	for c, ct := range one.contracts {
		part := &block{g: g, ct: ct, site: one.a.Site, set: one.set, y: g.m.Column(0, 0, n)}
		g.m.Put(all, part.y, 1)
		part.bands(people, w)
		for d := first; d < last; d++ {
			asked, asks := ct.Asked(one.a.Phase, d)
			part.day(d)
			for _, s := range one.shapes[c] {
				if s.days[k.axis.Weekday(d)] && (!asks || asked == s.kind) {
					part.shape(s, d, there[d-first])
				}
			}
		}
	}
}

// block is one contract of a group in a week.
type block struct {
	g       *programme
	ct      *rules.Contract
	site    string
	set     int
	y       int
	days    [2]int // rows: at least, at most
	minutes [2]int
	today   int // row: shifts of the day
	cap     int // row: minutes of short blocks of the day
}

// bands adds the rows of days and minutes per week.
func (b *block) bands(people *group, w int) {
	m := &b.g.m
	lo := limits{days: rules.Band{Min: 7}, least: 1 << 14, low: 1 << 14}
	for _, who := range people.who {
		l := b.g.k.dp.limits(who, w, b.ct)
		lo.days = rules.Band{Min: min(lo.days.Min, l.days.Min), Max: max(lo.days.Max, l.days.Max)}
		lo.least, lo.low, lo.high, lo.most = min(lo.least, l.least), min(lo.low, l.low), max(lo.high, l.high), max(lo.most, l.most)
		lo.more, lo.less = l.more, l.less
	}
	inf := math.Inf(1)
	b.days = [2]int{m.Row(0, inf), m.Row(-inf, 0)}
	m.Put(b.days[0], b.y, -float64(lo.days.Min))
	m.Put(b.days[1], b.y, -float64(lo.days.Max))
	b.minutes = [2]int{m.Row(0, inf), m.Row(-inf, 0)}
	m.Put(b.minutes[0], b.y, -float64(lo.low))
	m.Put(b.minutes[1], b.y, -float64(lo.high))
	for i, room := range []int{lo.low - lo.least, lo.most - lo.high} {
		if room <= 0 {
			continue
		}
		price, sign := lo.less, 1.0
		if i == 1 {
			price, sign = lo.more, -1
		}
		col := m.Column(price, 0, inf)
		m.Put(b.minutes[i], col, sign)
		most := m.Row(-inf, 0)
		m.Put(most, col, 1)
		m.Put(most, b.y, -float64(room))
	}
}

// day adds the rows of one day.
func (b *block) day(int) {
	m := &b.g.m
	b.today = m.Row(math.Inf(-1), 0)
	blocks, minutes := 1, 0
	for i := range b.ct.Shifts {
		if k := b.ct.Shifts[i].Micro; k != nil {
			blocks, minutes = max(blocks, k.Most), max(minutes, k.Minutes)
		}
	}
	m.Put(b.today, b.y, -float64(blocks))
	if minutes > 0 {
		b.cap = m.Row(math.Inf(-1), 0)
		m.Put(b.cap, b.y, -float64(minutes/b.g.k.p.Slot))
	}
}

// shape adds the starts of a shape on a day with what follows from them.
func (b *block) shape(s *shape, d, there int) {
	m, k := &b.g.m, b.g.k
	table := k.base[b.site][d]
	micro := s.kind.Micro
	cost := s.ct.Wage*float64(s.paid*k.p.Slot)/60 + s.ct.ShiftPrice
	if micro != nil {
		cost = s.ct.Wage*float64(s.paid*k.p.Slot)/60 + s.ct.ShiftPrice/float64(micro.Most)
	}
	begun := &lp.Steps{}
	for i, start := range s.starts {
		if i > 0 && table[start] == begun.Slots[len(begun.Slots)-1] {
			continue // the clock went forward over it
		}
		x, sum := m.Column(cost, 0, math.Inf(1)), m.Column(0, 0, math.Inf(1))
		tie := m.Row(0, 0)
		m.Put(tie, sum, 1)
		m.Put(tie, x, -1)
		if len(begun.Cols) > 0 {
			m.Put(tie, begun.Cols[len(begun.Cols)-1], -1)
		}
		begun.Slots, begun.Cols = append(begun.Slots, table[start]), append(begun.Cols, sum)
		m.Put(b.today, x, 1)
		if micro == nil {
			m.Put(b.days[0], x, 1)
			m.Put(b.days[1], x, 1)
			m.Put(there, x, 1)
		} else {
			m.Put(b.cap, x, float64(s.length))
		}
		m.Put(b.minutes[0], x, float64(s.paid))
		m.Put(b.minutes[1], x, float64(s.paid))
	}
	m.Present(b.g.cover[b.set], begun, s.length, 1)
	for i := range s.breaks {
		p := &s.breaks[i]
		m.Present(b.g.cover[b.set], m.Event(begun, p.earliest, p.latest), p.minutes, -1)
	}
	if len(s.seconds) > 0 {
		b.second(s, begun)
	}
}

// second adds the second blocks: their starts, all lengths together, follow the first
// blocks within the gap; each length has its own count, and the lengths add up.
func (b *block) second(s *shape, begun *lp.Steps) {
	m, k := &b.g.m, b.g.k
	all := m.Event(begun, s.length+s.gapMin, s.length+s.gapMax)
	var parts []*lp.Steps
	for _, l := range s.seconds {
		z := &lp.Steps{Slots: all.Slots}
		for i := range all.Slots {
			price := 0.0
			if i == len(all.Slots)-1 { // the last count is the number of blocks
				price = s.ct.Wage * float64(l*k.p.Slot) / 60
			}
			col := m.Column(price, 0, math.Inf(1))
			if i > 0 {
				row := m.Row(0, math.Inf(1))
				m.Put(row, col, 1)
				m.Put(row, z.Cols[i-1], -1)
			}
			z.Cols = append(z.Cols, col)
		}
		last := z.Cols[len(z.Cols)-1]
		m.Put(b.minutes[0], last, float64(l))
		m.Put(b.minutes[1], last, float64(l))
		m.Present(b.g.cover[b.set], z, l, 1)
		parts = append(parts, z)
	}
	for i := range all.Slots {
		row := m.Row(0, 0)
		m.Put(row, all.Cols[i], -1)
		for _, z := range parts {
			m.Put(row, z.Cols[i], 1)
		}
	}
}

// entryWork is the nominal time HiGHS needs per entry of the programme.
const entryWork = 6e-5

// solve has HiGHS solve the programme, sets the aim and returns bound and the prices
// of lines per slot.
func (g *programme) solve(ctx context.Context, clock *search.Clock) (bound float64, prices [][]float64, err error) {
	s, err := highs.Open(ctx)
	if err != nil {
		return 0, nil, err
	}
	defer s.Close()
	if err := s.Choose("solver", "ipm"); err != nil {
		return 0, nil, err
	}
	if err := s.Choose("run_crossover", "off"); err != nil {
		return 0, nil, err
	}
	if err := s.Pass(&g.m); err != nil {
		return 0, nil, err
	}
	clock.Spend(entryWork * float64(len(g.m.Index)))
	res, err := s.Solve()
	if err != nil {
		return 0, nil, err
	}
	k := g.k
	k.aim = make([][]float64, len(g.cover))
	for set := range g.cover {
		k.aim[set] = make([]float64, k.axis.Slots)
		for t := range k.axis.Slots {
			k.aim[set][t] = res.Value[g.over[set][t]]
			for l := range k.p.Lines {
				if col := g.flow[set][l][t]; col >= 0 {
					k.aim[set][t] += res.Value[col]
				}
			}
		}
	}
	for l := range g.need {
		row := make([]float64, k.axis.Slots)
		for t := range row {
			row[t] = res.Dual[g.need[l][t]]
		}
		prices = append(prices, row)
	}
	return res.Objective - 1e-6*math.Abs(res.Objective), prices, nil
}
