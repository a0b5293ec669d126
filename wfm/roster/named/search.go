package named

import (
	"math"
	"slices"

	"github.com/agner-platform/agner/wfm/search"
)

// Nominal core seconds of the search's steps, so that work can be counted.
const (
	weekWork = 9e-8 // per slot of the horizon and per form of a day
	moveBase = 2e-5
)

// kept is a copy of the best schedule.
type kept struct {
	weeks [][]week
	cost  float64
	empty int
}

func (k *desk) keep(b *kept) {
	if b.weeks == nil {
		b.weeks = make([][]week, len(k.people))
		for i := range b.weeks {
			b.weeks[i] = make([]week, k.weeks)
		}
	}
	for i, who := range k.people {
		copy(b.weeks[i], who.weeks)
	}
	b.cost, b.empty = k.cost(), k.empty()
}

// restore makes the desk hold a copy.
func (k *desk) restore(b *kept) {
	for i, who := range k.people {
		for w := range who.weeks {
			k.place(who, &who.weeks[w], -1)
			who.weeks[w] = b.weeks[i][w]
			k.place(who, &who.weeks[w], 1)
		}
	}
}

// empty counts weeks for which rules left nothing.
func (k *desk) empty() int {
	n := 0
	for _, who := range k.people {
		for w := range who.weeks {
			if who.weeks[w].ct == nil {
				n++
			}
		}
	}
	return n
}

// unseated names those people.
func (k *desk) unseated() []string {
	var out []string
	for _, who := range k.people {
		for w := range who.weeks {
			if who.weeks[w].ct == nil {
				out = append(out, who.a.Name)
				break
			}
		}
	}
	return out
}

// spend accounts for one person's week.
func (k *desk) spend(clock *search.Clock) {
	n := k.axis.Slots
	for d := range k.dp.grid {
		n += 12 * len(k.dp.grid[d])
	}
	clock.Spend(moveBase + weekWork*float64(n))
}

// seat plans one week of a person who has none.
func (k *desk) seat(clock *search.Clock, who *person, w int) {
	x, ok := k.dp.best(who, w)
	if !ok {
		x = week{}
	}
	who.weeks[w] = x
	k.place(who, &who.weeks[w], 1)
	k.spend(clock)
}

// construct seats everybody, those with the fewest forms first.
func (k *desk) construct(clock *search.Clock) {
	order := slices.Clone(k.people)
	choices := func(who *person) int {
		n := 0
		for _, s := range who.shapes {
			for _, x := range s {
				n += len(x.starts)
			}
		}
		return n
	}
	slices.SortStableFunc(order, func(a, b *person) int { return choices(a) - choices(b) })
	for w := range k.weeks {
		for _, who := range order {
			if !who.fixed {
				k.seat(clock, who, w)
			}
		}
	}
}

// move is a few people who are seated anew.
type move struct {
	who []*person
	w   int
	was []week
}

// searchShare is the part of the work after which the bound is proved.
const searchShare = 0.85

// anneal improves until the clock is done. Heat is in the price of a missing agent's slot.
func (k *desk) anneal(clock *search.Clock, best *kept, unit float64) {
	var free []*person
	for _, who := range k.people {
		if !who.fixed && len(who.contracts) > 0 {
			free = append(free, who)
		}
	}
	if len(free) == 0 {
		return
	}
	from := clock.Share()
	last := -1.0
	idle := 0
	for !clock.Done() && clock.Share() < searchShare {
		share := (clock.Share() - from) / max(searchShare-from, 1e-9)
		if share-last > 0.01 {
			k.cool(share, unit)
			if share > 0.25 {
				k.sample()
			}
			last = share
			clock.Report("search", int(math.Round(best.cost)))
		}
		m := k.pick(free)
		before := k.energy
		for _, who := range m.who {
			m.was = append(m.was, who.weeks[m.w])
			k.place(who, &who.weeks[m.w], -1)
		}
		k.dp.heat = unit * 2 * (1 - share) * (1 - share) * k.rng.Float64()
		for _, i := range k.rng.Perm(len(m.who)) {
			k.seat(clock, m.who[i], m.w)
		}
		heat := unit * (1 - share) * (1 - share) * 1.5
		if d := k.energy - before; d > 1e-9 && (heat <= 0 || k.rng.Float64() >= math.Exp(-d/max(heat, 1e-9))) {
			k.undo(&m)
		}
		if k.cost() < best.cost-1e-6 && k.empty() <= best.empty {
			k.keep(best)
			idle = 0
		} else if idle++; share > 0.9 && idle > 60*len(free) {
			return
		}
	}
}

func (k *desk) undo(m *move) {
	for i, who := range m.who {
		k.place(who, &who.weeks[m.w], -1)
		who.weeks[m.w] = m.was[i]
		k.place(who, &who.weeks[m.w], 1)
	}
}

// pick chooses one person, or two or three who can stand in for each other.
func (k *desk) pick(free []*person) move {
	m := move{w: k.rng.IntN(k.weeks)}
	first := free[k.rng.IntN(len(free))]
	m.who = append(m.who, first)
	more := 0
	switch r := k.rng.Float64(); {
	case r > 0.9:
		more = 2
	case r > 0.6:
		more = 1
	}
	for range more {
		other := free[k.rng.IntN(len(free))]
		sets := k.cover.Sets()
		if sets[other.set]&sets[first.set] == 0 || slices.Contains(m.who, other) {
			continue
		}
		m.who = append(m.who, other)
	}
	return m
}

// cool sets how strongly cover is drawn towards the programme's: much in the middle,
// nothing at the end.
func (k *desk) cool(share, unit float64) {
	if k.aim == nil {
		return
	}
	k.pull = unit * 0.12 * max(0, 0.85-share)
	k.energy = 0 // only differences count
}
