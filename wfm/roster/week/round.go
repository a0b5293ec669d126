package week

import (
	"cmp"
	"math"
	"slices"
)

// round seats everybody by a solution of the aggregate programme: whole agents per
// band, whole days, starts whose rounding errors are handed on, and breaks by first
// come, first broken. Whatever breaks a rule in the end is seated anew.
func (k *desk) round(g *aggregate, x []float64) {
	for _, p := range g.parts {
		var mine []*agent
		for i := range k.agents {
			if k.agents[i].c == p.c {
				mine = append(mine, &k.agents[i])
			}
		}
		k.roundPart(p, x, mine)
		for d := range k.days {
			k.roundBreaks(p, x, d, mine)
		}
	}
	k.repair()
}

// shares rounds values to whole numbers that add up to total, each up or down.
func shares(values []float64, total int) []int {
	out := make([]int, len(values))
	order := make([]int, len(values))
	for i, v := range values {
		out[i], order[i] = int(math.Floor(v+1e-6)), i
		total -= out[i]
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Compare(values[b]-float64(out[b]), values[a]-float64(out[a]))
	})
	for i := 0; total != 0 && len(values) > 0; i = (i + 1) % len(values) {
		j := order[i]
		switch {
		case total > 0:
			out[j]++
			total--
		case out[j] > 0:
			out[j]--
			total++
		}
	}
	return out
}

// roundPart deals bands, days and starts to a contract's agents.
func (k *desk) roundPart(p *part, x []float64, mine []*agent) {
	agents := make([]float64, len(p.bands))
	for i, b := range p.bands {
		agents[i] = x[b.agents]
	}
	errors := make([][]float64, k.days) // per day and start: wanted but not given so far
	for d := range errors {
		errors[d] = make([]float64, len(p.c.starts))
	}
	next := 0
	for i, n := range shares(agents, p.c.Agents) {
		b := &p.bands[i]
		group := mine[next : next+n]
		next += n
		want := make([]float64, k.days)
		for d := range want {
			for _, col := range b.x[d] {
				want[d] += x[col]
			}
			if n > 0 && x[b.agents] > 0 {
				want[d] = min(want[d]*float64(n)/x[b.agents], float64(n))
			}
		}
		days := capped(shares(want, n*p.c.DaysPerWeek), n)
		turn := 0
		for d, count := range days {
			starts := spreadStarts(b, x, d, count, errors[d])
			for j, start := range starts {
				a := group[(turn+j)%n]
				a.days[d].start = int16(p.c.starts[start])
			}
			turn += count
		}
	}
}

// capped moves what is above most to other days.
func capped(days []int, most int) []int {
	spare := 0
	for d := range days {
		if days[d] > most {
			spare += days[d] - most
			days[d] = most
		}
	}
	for d := 0; spare > 0 && d < len(days); d++ {
		n := min(spare, most-days[d])
		days[d] += n
		spare -= n
	}
	return days
}

// spreadStarts lists count starts of a band's day, as many of each as the programme
// says, with the errors of earlier bands made good.
func spreadStarts(b *band, x []float64, d, count int, errors []float64) []int {
	want := make([]float64, len(b.x[d]))
	for i, col := range b.x[d] {
		errors[b.first+i] += x[col]
		want[i] = max(errors[b.first+i], 0)
	}
	sum := 0.0
	for _, v := range want {
		sum += v
	}
	for i := range want {
		if sum > 0 {
			want[i] *= float64(count) / sum
		}
	}
	var out []int
	for i, n := range shares(want, count) {
		errors[b.first+i] -= float64(n)
		for range n {
			out = append(out, b.first+i)
		}
	}
	return out
}

// roundBreaks hands the programme's break counts to the shifts of a day in the
// order of their starts.
func (k *desk) roundBreaks(p *part, x []float64, d int, mine []*agent) {
	var on []*agent
	for _, a := range mine {
		if a.days[d].start != none {
			on = append(on, a)
		}
	}
	slices.SortStableFunc(on, func(a, b *agent) int { return cmp.Compare(a.days[d].start, b.days[d].start) })
	for i := range p.c.Breaks {
		b := &p.c.Breaks[i]
		z := p.began[d][i]
		scale := float64(len(on)) / max(x[z[len(z)-1]], 1e-9)
		t := 0
		for n, a := range on {
			for t < len(z)-1 && x[z[t]]*scale < float64(n)+0.5 {
				t++
			}
			at := p.c.FirstStart + b.Earliest + t - int(a.days[d].start)
			a.days[d].breaks[i] = int16(min(max(at, b.Earliest), b.Latest))
		}
	}
}

// repair places the legal and seats the others anew.
func (k *desk) repair() {
	var homeless []*agent
	for i := range k.agents {
		a := &k.agents[i]
		if !k.legal(a) {
			for d := range a.days {
				a.days[d].start = none
			}
			homeless = append(homeless, a)
			continue
		}
		for d := range a.days {
			if a.days[d].start != none {
				k.place(a.c, d, &a.days[d], 1)
			}
		}
	}
	for _, a := range homeless {
		k.seat(a) // cannot fail: build has seated this contract before
	}
}

// legal checks days, spread, rest and overlap of breaks.
func (k *desk) legal(a *agent) bool {
	n := 0
	for d := range a.days {
		s := &a.days[d]
		if s.start == none {
			continue
		}
		n++
		if !k.allowed(a, d, int(s.start)) || !a.c.inWindow && overlap(a.c, s) {
			return false
		}
	}
	return n == a.c.DaysPerWeek
}

func overlap(c *contract, s *shift) bool {
	for i := range c.Breaks {
		for j := range i {
			if int(s.breaks[i]) < int(s.breaks[j])+c.Breaks[j].Length && int(s.breaks[j]) < int(s.breaks[i])+c.Breaks[i].Length {
				return true
			}
		}
	}
	return false
}
