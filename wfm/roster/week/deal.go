package week

import (
	"cmp"
	"slices"
)

// deal seats everybody by the programme's shifts: whole shifts per contract and
// day, and then by name. Agents stand in a row from early to late; days off are
// dealt along it at even distances, and on each day those who work take the day's
// shifts in order, so that the starts of one person's week lie close together.
// Whoever breaks a rule in the end is seated anew.
func (k *desk) deal(g *columns) {
	k.clearAll()
	for i, c := range g.parts {
		var mine []*agent
		for j := range k.agents {
			if k.agents[j].c == c {
				mine = append(mine, &k.agents[j])
			}
		}
		lists := make([][]*made, k.days)
		for j := range g.made {
			if m := &g.made[j]; m.part == i && g.lp.Value(m.at) > 1e-6 {
				lists[m.day] = append(lists[m.day], m)
			}
		}
		k.dealPart(g, c, mine, lists)
	}
	k.repair()
}

// clearAll takes every shift off the desk.
func (k *desk) clearAll() {
	for i := range k.agents {
		a := &k.agents[i]
		for d := range a.days {
			if a.days[d].start != none {
				k.place(a.c, d, &a.days[d], -1)
				a.days[d].start = none
			}
		}
	}
}

// dealPart seats one contract.
func (k *desk) dealPart(g *columns, c *contract, mine []*agent, lists [][]*made) {
	sums := make([]float64, k.days)
	for d, list := range lists {
		for _, m := range list {
			sums[d] += g.lp.Value(m.at)
		}
	}
	works := capped(shares(sums, len(mine)*c.DaysPerWeek), len(mine))
	stride := coprime(len(mine))
	turn := 0
	for d, list := range lists {
		off := make([]bool, len(mine))
		for range len(mine) - works[d] {
			off[turn*stride%len(mine)] = true
			turn++
		}
		shifts := whole(g, list, works[d])
		for j, a := range mine {
			if !off[j] && len(shifts) > 0 {
				a.days[d], shifts = shifts[0], shifts[1:]
			}
		}
	}
}

// whole lists n shifts in the order of their starts, about as many of each kind as
// the programme says.
func whole(g *columns, list []*made, n int) []shift {
	slices.SortStableFunc(list, func(a, b *made) int { return cmp.Compare(a.shift.start, b.shift.start) })
	values := make([]float64, len(list))
	for i, m := range list {
		values[i] = g.lp.Value(m.at)
	}
	var out []shift
	for i, count := range shares(values, n) {
		for range count {
			out = append(out, list[i].shift)
		}
	}
	return out
}

// coprime is a step near the golden section of n that meets every place once.
func coprime(n int) int {
	for step := max(1, n*618/1000); ; step++ {
		a, b := n, step
		for b != 0 {
			a, b = b, a%b
		}
		if a <= 1 {
			return step
		}
	}
}
