package week

import (
	"math"

	"github.com/agner-platform/agner/wfm/search"
)

const (
	moveWork  = 2.6e-7 // nominal seconds of a tried move
	pulled    = 6.0    // pull towards the programme's cover at first
	released  = 0.8    // share of annealing after which it is gone
	chunk     = 1024   // moves between looks at the clock
	pairs     = 200    // trades of days beside them
	tradeWork = 1.5e-6 // nominal seconds of a trade
	seats     = 4      // weeks seated anew beside them
	heat      = 0.5    // of the temperature, for seating: it draws the best of many
	warm      = 1.6    // of the price of a missing agent: the first temperature
	cool      = 0.07
)

// kept is the best roster seen.
type kept struct {
	cost   int
	shifts []shift
}

func (k *desk) keep(b *kept) {
	b.cost = k.cost
	b.shifts = b.shifts[:0]
	for i := range k.agents {
		b.shifts = append(b.shifts, k.agents[i].days...)
	}
}

// restore makes the best roster the present one.
func (k *desk) restore(b *kept) {
	for i := range k.agents {
		a := &k.agents[i]
		for d := range a.days {
			if a.days[d].start != none {
				k.place(a.c, d, &a.days[d], -1)
			}
		}
		copy(a.days, b.shifts[i*k.days:])
		for d := range a.days {
			if a.days[d].start != none {
				k.place(a.c, d, &a.days[d], 1)
			}
		}
	}
}

// anneal cools from temperature from·under to to·under over the clock's shares [begin, end).
func (k *desk) anneal(clock *search.Clock, c cooling, best *kept) {
	if len(k.agents) == 0 {
		return
	}
	last := best.cost
	for {
		share := (clock.Share() - c.begin) / (c.end - c.begin)
		if share >= 1 || clock.Done() || float64(best.cost) <= c.bound {
			return
		}
		temperature := scale * c.from * math.Pow(c.to/c.from, max(share, 0))
		if pull := int32(math.Round(pulled * (1 - share/released))); pull != k.pull && share < 1 {
			k.follow(max(pull, 0))
		}
		for range chunk {
			k.move(temperature)
		}
		for range pairs {
			k.trade(temperature)
		}
		for range seats {
			a := &k.agents[k.rng.IntN(len(k.agents))]
			k.reseat(a, temperature*heat)
			clock.Spend(seatWork * float64(len(a.c.starts)*k.days))
		}
		if k.cost < best.cost {
			k.keep(best)
			if best.cost < last-last/200 {
				last = best.cost
				clock.Report("anneal", best.cost)
			}
		}
		clock.Spend(chunk*moveWork + pairs*tradeWork)
	}
}

// cooling is one annealing: temperatures and the part of the clock it may use.
type cooling struct {
	from, to, begin, end float64
	bound                float64
}

// move tries one change of one shift.
func (k *desk) move(temperature float64) {
	a := &k.agents[k.rng.IntN(len(k.agents))]
	if a.c.DaysPerWeek == 0 {
		return
	}
	d := k.rng.IntN(k.days)
	for a.days[d].start == none {
		d = k.rng.IntN(k.days)
	}
	old, before := a.days[d], k.energy
	to, start := d, int(old.start)
	switch k.rng.IntN(8) {
	case 0, 1:
		to = k.rng.IntN(k.days)
		if to != d && a.days[to].start != none {
			return
		}
		start = a.c.starts[k.rng.IntN(len(a.c.starts))]
	case 2, 3, 4:
		start += (k.rng.IntN(5) - 2) * a.c.StartStep
	case 5:
		start = a.c.starts[k.rng.IntN(len(a.c.starts))]
	default: // only the breaks
	}
	if start < a.c.FirstStart || start > a.c.LastStart {
		return
	}
	a.days[d].start = none
	if (to != d || start != int(old.start)) && !k.allowed(a, to, start) {
		a.days[d] = old
		return
	}
	k.place(a.c, d, &old, -1)
	var next shift
	price := k.fit(a.c, to, start, &next)
	delta := k.energy + int(price) - before
	if delta > 0 && k.rng.Float64() >= math.Exp(-float64(delta)/temperature) {
		k.place(a.c, d, &old, 1)
		a.days[d] = old
		return
	}
	k.place(a.c, to, &next, 1)
	a.days[to] = next
}
