package week

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/agner-platform/agner/wfm/format"
)

// build gives every agent a legal week, longest shifts first.
func (k *desk) build() error {
	order := make([]int, len(k.agents))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(k.agents[b].c.Span, k.agents[a].c.Span) })
	for _, i := range order {
		if !k.seat(&k.agents[i]) {
			c := k.agents[i].c
			return fmt.Errorf("%w: contract %q: %d days a week of %d slots with %d slots of rest between them cannot be placed round the week",
				format.ErrInstance, c.Name, c.DaysPerWeek, c.Span, k.in.Rules.MinRest)
		}
	}
	return nil
}

// offer is a day an agent could work and what that costs.
type offer struct {
	day   int
	price int32
	shift shift
}

// seat finds the one start for all days, and the days, that cost least.
func (k *desk) seat(a *agent) bool {
	if a.c.DaysPerWeek == 0 {
		return true
	}
	var best []offer
	least := int32(0)
	for _, start := range a.c.starts {
		offers := make([]offer, k.days)
		for d := range offers {
			offers[d].day = d
			offers[d].price = k.fit(a.c, d, start, &offers[d].shift)
		}
		slices.SortStableFunc(offers, func(x, y offer) int { return cmp.Compare(x.price, y.price) })
		chosen := k.pick(a, offers, start)
		sum := int32(0)
		for _, o := range chosen {
			sum += o.price
		}
		if chosen != nil && (best == nil || sum < least) {
			best, least = chosen, sum
		}
	}
	if best == nil && !a.c.restful {
		best = k.puzzle(a)
	}
	for i := range best {
		a.days[best[i].day] = best[i].shift
		k.place(a.c, best[i].day, &best[i].shift, 1)
	}
	return best != nil
}

// pick takes the cheapest days that keep the rest, going back where it must.
func (k *desk) pick(a *agent, offers []offer, start int) []offer {
	var chosen []offer
	var try func(from int) bool
	try = func(from int) bool {
		if len(chosen) == a.c.DaysPerWeek {
			return true
		}
		for i := from; i <= len(offers)-(a.c.DaysPerWeek-len(chosen)); i++ {
			if !a.c.restful && !k.rested(a, offers[i].day, start) {
				continue
			}
			chosen = append(chosen, offers[i])
			a.days[offers[i].day].start = int16(start)
			if try(i + 1) {
				return true
			}
			a.days[offers[i].day].start = none
			chosen = chosen[:len(chosen)-1]
		}
		return false
	}
	ok := try(0)
	for d := range a.days {
		a.days[d].start = none
	}
	if !ok {
		return nil
	}
	return chosen
}

// puzzleSteps bounds the search for a week whose starts move from day to day.
const puzzleSteps = 200_000

// puzzle finds any legal week when no single start works on all its days.
func (k *desk) puzzle(a *agent) []offer {
	var chosen []offer
	steps := 0
	var try func(day int) bool
	try = func(day int) bool {
		if len(chosen) == a.c.DaysPerWeek {
			return true
		}
		for d := day; d <= k.days-(a.c.DaysPerWeek-len(chosen)); d++ {
			for _, start := range a.c.starts {
				if steps++; steps > puzzleSteps {
					return false
				}
				if !k.allowed(a, d, start) {
					continue
				}
				o := offer{day: d}
				o.price = k.fit(a.c, d, start, &o.shift)
				chosen = append(chosen, o)
				a.days[d].start = int16(start)
				if try(d + 1) {
					return true
				}
				a.days[d].start = none
				chosen = chosen[:len(chosen)-1]
			}
		}
		return false
	}
	ok := try(0)
	for d := range a.days {
		a.days[d].start = none
	}
	if !ok {
		return nil
	}
	return chosen
}
