package named

import (
	"math"
	"slices"

	"github.com/agner-platform/agner/wfm/lp"
	"github.com/agner-platform/agner/wfm/search"
)

// lagrange is the bound that prices of lines per slot prove. With price ν of line l
// in slot t (at least −over), an agent of a set earns r = max over its lines of ν:
//
//	L(ν) = Σ_t,l Σ_classes min(ν, weight)·size + Σ_people min over weeks (cost − Σ r)
//
// where the week is relaxed to the cheapest days that the bands allow; every person is
// priced by their own availability and wishes. L(ν) is no more than any schedule costs,
// for every ν (Geoffrion 1974).
type lagrange struct {
	k      *desk
	prices [][]float64 // per line and slot
	served [][]float64 // subgradient: what people would give
}

// bound evaluates L and its subgradient.
func (g *lagrange) bound(clock *search.Clock) float64 {
	k := g.k
	k.dp.relax, k.dp.heat = true, 0
	defer func() { k.dp.relax = false }()
	total := 0.0
	for l := range g.prices {
		for t := range g.prices[l] {
			g.prices[l][t] = max(g.prices[l][t], -k.cover.Over())
			g.served[l][t] = 0
		}
	}
	k.cover.Classes(func(line int, weight float64, size func(int) int) {
		for t, v := range g.prices[line] {
			n := float64(size(t))
			if v <= weight {
				total += v * n
				g.served[line][t] -= n
			} else {
				total += weight * n
			}
		}
	})
	sets := k.cover.Sets()
	best := make([][]int, len(sets))
	for s, set := range sets {
		best[s] = make([]int, k.axis.Slots)
		for t := range best[s] {
			best[s][t] = -1
			for l := range g.prices {
				if set>>l&1 == 1 && (best[s][t] < 0 || g.prices[l][t] > g.prices[best[s][t]][t]) {
					best[s][t] = l
				}
			}
			total -= float64(k.cover.Count(s)[t]) * g.reward(best[s][t], t)
		}
	}
	for _, who := range k.people {
		if len(who.contracts) == 0 {
			continue
		}
		for t := range k.axis.Slots {
			k.dp.pre[t+1] = k.dp.pre[t] - g.reward(best[who.set][t], t)
		}
		for w := range k.weeks {
			total += g.week(who, w, best[who.set])
			k.spend(clock)
		}
	}
	return total
}

// reward is what a slot gives an agent whose best line is l.
func (g *lagrange) reward(l, t int) float64 {
	if l < 0 {
		return 0
	}
	return g.prices[l][t]
}

// week is the cheapest relaxed week of a person: the cheapest days, as many as the
// bands of days and minutes ask for, more where they pay.
func (g *lagrange) week(who *person, w int, line []int) float64 {
	k := g.k
	lowest, chosen := never, []*choice(nil)
	for c, ct := range who.contracts {
		k.dp.fill(who, w, ct, who.shapes[c])
		l := k.dp.limits(who, w, ct)
		var days []*choice
		longest, shortest := 1, 1<<14
		for d := range k.dp.grid {
			var best *choice
			for i := range k.dp.grid[d] {
				x := &k.dp.grid[d][i]
				longest, shortest = max(longest, int(x.paid)), min(shortest, int(x.paid))
				if best == nil || x.price < best.price {
					best = x
				}
			}
			if best != nil {
				copied := *best
				days = append(days, &copied)
			}
		}
		slices.SortStableFunc(days, func(a, b *choice) int {
			switch {
			case a.price < b.price:
				return -1
			case a.price > b.price:
				return 1
			}
			return 0
		})
		least := max(l.days.Min, (l.least+longest-1)/longest)
		most := min(l.days.Max, l.most/max(shortest, 1))
		sum := 0.0
		n := 0
		for ; n < len(days) && n < most && (n < least || days[n].price < 0); n++ {
			sum += days[n].price
		}
		if sum < lowest {
			lowest, chosen = sum, days[:n]
		}
	}
	for _, x := range chosen {
		k.spans(&x.day, func(from, to int, by int32) {
			for t := max(0, from); t < min(to, k.axis.Slots); t++ {
				if line[t] >= 0 {
					g.served[line[t]][t] += float64(by)
				}
			}
		})
	}
	if lowest == never {
		return 0
	}
	return lowest
}

// steps of the subgradient method where there is no programme to start from.
const subgradientSteps = 200

// climb improves the prices and returns the best bound.
func (g *lagrange) climb(clock *search.Clock, target float64, most int) float64 {
	a := lp.Ascent{Prices: g.prices, Slope: g.served, Target: target, Most: most, Done: clock.Done}
	for l := range g.prices {
		a.Top = append(a.Top, g.k.p.Prices.Under*g.k.p.Prices.Steep*max(g.k.p.Lines[l].Weight, 1)*float64(g.k.p.Slot)/60)
	}
	return a.Run(func() float64 { return g.bound(clock) })
}

// sample adds what one more agent of a line is worth now. The mean over a search is
// close to the prices of the programme, because the search sways around its optimum.
func (k *desk) sample() {
	if k.worth == nil {
		for range k.p.Lines {
			k.worth = append(k.worth, make([]float64, k.axis.Slots))
		}
	}
	k.samples++
	for l := range k.worth {
		for t := range k.worth[l] {
			lowest := math.Inf(1)
			for s, set := range k.cover.Sets() {
				if set>>l&1 == 1 {
					lowest = min(lowest, -k.cover.Gain(s)[t])
				}
			}
			if !math.IsInf(lowest, 1) {
				k.worth[l][t] += lowest
			}
		}
	}
}

// newLagrange begins with the prices of the programme, or else with what the search saw.
func newLagrange(k *desk, prices [][]float64) *lagrange {
	g := &lagrange{k: k, prices: prices}
	for l := range k.p.Lines {
		g.served = append(g.served, make([]float64, k.axis.Slots))
		if prices != nil {
			continue
		}
		row := make([]float64, k.axis.Slots)
		for t := range row {
			if k.samples > 0 {
				row[t] = k.worth[l][t] / float64(k.samples)
			}
		}
		g.prices = append(g.prices, row)
	}
	return g
}
