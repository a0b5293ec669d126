package week

import (
	"cmp"
	"math"
	"slices"
)

// seatWork is the nominal time of trying one start on one day.
const seatWork = 9e-8

// option is one day of a week that is being put together.
type option struct {
	day   int
	score float64
	shift shift
}

// reseat takes an agent's whole week out and puts the best one back: for every band
// of starts the best start of each day and the best days. Every price is disturbed
// by Gumbel noise of the temperature's scale, which draws days and starts about as
// often as their Boltzmann weight says (heat bath); at temperature 0 it is the
// exact best answer to everybody else's week.
func (k *desk) reseat(a *agent, temperature float64) {
	old := append(k.oldDays[:0], a.days...)
	k.oldDays = old
	for d := range a.days {
		if a.days[d].start != none {
			k.place(a.c, d, &a.days[d], -1)
			a.days[d].start = none
		}
	}
	chosen := k.bestWeek(a, temperature)
	for i := range chosen {
		a.days[chosen[i].day] = chosen[i].shift
	}
	ok := len(chosen) == a.c.DaysPerWeek
	for i := 0; ok && !a.c.restful && i < len(chosen); i++ {
		ok = k.rested(a, chosen[i].day, int(chosen[i].shift.start))
	}
	if !ok {
		copy(a.days, old)
	}
	for d := range a.days {
		if a.days[d].start != none {
			k.place(a.c, d, &a.days[d], 1)
		}
	}
}

// bestWeek finds the days and starts of least disturbed price.
func (k *desk) bestWeek(a *agent, temperature float64) []option {
	var best [maxDays]option
	least := math.Inf(1)
	k.bands(a, temperature, func(days []option) {
		sum := 0.0
		for _, o := range days {
			sum += o.score
		}
		if sum < least {
			least = sum
			copy(best[:], days)
		}
	})
	copy(k.row[:], best[:a.c.DaysPerWeek])
	return k.row[:a.c.DaysPerWeek]
}

// bands calls do with the best days of each band of starts; the slice is reused.
func (k *desk) bands(a *agent, temperature float64, do func([]option)) {
	c := a.c
	n := len(c.starts)
	k.fill(c, temperature)
	width := k.in.Rules.MaxStartSpread / c.StartStep
	days := k.row[:k.days]
	for first := 0; first == 0 || first+width < n; first++ {
		for d := range days {
			days[d] = k.grid[d*n+first]
			for i := first + 1; i <= min(first+width, n-1); i++ {
				if k.grid[d*n+i].score < days[d].score {
					days[d] = k.grid[d*n+i]
				}
			}
		}
		slices.SortFunc(days, func(x, y option) int { return cmp.Or(cmp.Compare(x.score, y.score), cmp.Compare(x.day, y.day)) })
		do(days[:c.DaysPerWeek])
	}
}

// fill prices every start of every day into the grid.
func (k *desk) fill(c *contract, temperature float64) {
	n := len(c.starts)
	if len(k.grid) < n*k.days {
		k.grid = make([]option, n*k.days)
	}
	for d := range k.days {
		for i, start := range c.starts {
			o := &k.grid[d*n+i]
			o.day = d
			o.score = float64(k.fit(c, d, start, &o.shift))
			if temperature > 0 {
				o.score += temperature * math.Log(-math.Log(1-k.rng.Float64()))
			}
		}
	}
}
