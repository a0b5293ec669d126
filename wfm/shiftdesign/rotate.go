package shiftdesign

import (
	"math"
	"math/rand/v2"

	"github.com/agner-platform/agner/wfm/format"
	"github.com/agner-platform/agner/wfm/search"
)

const (
	swapWork    = 1.5e-7 // nominal seconds of one tried swap
	hot, cold   = 0.9, 0.12
	swapsPerDay = 6000 // per cell and cooling
)

// rota is a rota being repaired: flat holds 7 shifts per week.
type rota struct {
	weeks int
	flat  []uint8
	rng   *rand.Rand
}

// Rotate looks for a rota that meets the requirement exactly. It returns the weeks
// and how many rules are still broken: 0 is a valid rota.
func Rotate(clock *search.Clock, o *format.Rota, seed uint64) (weeks []string, broken int) {
	best, least := []uint8(nil), math.MaxInt
	for round := uint64(0); least > 0 && !(clock.Done() && best != nil); round++ {
		r := newRota(o, search.Rand(seed, round))
		r.cool(clock, &best, &least)
	}
	for i := range o.Employees {
		week := make([]byte, 7)
		for d := range week {
			week[d] = format.RotaLetters[best[i*7+d]]
		}
		weeks = append(weeks, string(week))
	}
	return weeks, least
}

// newRota deals the shifts of each day to the weeks. Weeks are dealt in order of
// kind, so that the same kinds of shift meet from the start.
func newRota(o *format.Rota, rng *rand.Rand) *rota {
	r := &rota{weeks: o.Employees, flat: make([]uint8, 7*o.Employees), rng: rng}
	for d := range 7 {
		offset := d * o.Employees * 2 / 7
		i := offset
		for k, n := range o.Requirements[d] {
			for range n {
				r.flat[i%r.weeks*7+d] = uint8(k + 1)
				i++
			}
		}
	}
	return r
}

// cool runs one annealing and keeps the best rota seen.
func (r *rota) cool(clock *search.Clock, best *[]uint8, least *int) {
	now := r.total()
	steps := swapsPerDay * len(r.flat)
	for step := range steps {
		if now < *least {
			*least, *best = now, append([]uint8(nil), r.flat...)
			clock.Report("rotate", now)
		}
		if now == 0 {
			return
		}
		if step%4096 == 0 {
			if clock.Done() && step > 0 {
				return
			}
			clock.Spend(4096 * swapWork)
		}
		temperature := hot * math.Pow(cold/hot, float64(step)/float64(steps))
		now += r.try(temperature)
	}
}

// try swaps two weeks' shifts of one day, or takes it back, and returns the change
// in broken rules.
func (r *rota) try(temperature float64) int {
	d := r.rng.IntN(7)
	i, j := r.rng.IntN(r.weeks), r.rng.IntN(r.weeks)
	p, q := i*7+d, j*7+d
	if r.flat[p] == r.flat[q] {
		return 0
	}
	before := r.near(i, j, d)
	r.flat[p], r.flat[q] = r.flat[q], r.flat[p]
	delta := r.near(i, j, d) - before
	if delta > 0 && r.rng.Float64() >= math.Exp(-float64(delta)/temperature) {
		r.flat[p], r.flat[q] = r.flat[q], r.flat[p]
		return 0
	}
	return delta
}

// near counts the broken rules that day d of weeks i and j takes part in.
func (r *rota) near(i, j, d int) int {
	n := r.around(i*7+d) + r.around(j*7+d) + r.restless(i) + r.restless(j)
	if d < 5 {
		return n
	}
	var seen [6]int
	k := 0
	for _, w := range [6]int{i, i - 1, i - 2, j, j - 1, j - 2} {
		w = (w + 2*r.weeks) % r.weeks
		fresh := true
		for _, s := range seen[:k] {
			fresh = fresh && s != w
		}
		if !fresh {
			continue
		}
		seen[k] = w
		k++
		n += r.unfree(w)
	}
	return n
}

// at is the shift p days into the cyclic rota; p may be a little negative.
func (r *rota) at(p int) uint8 {
	n := len(r.flat)
	if p < 0 {
		p += n
	} else if p >= n {
		p -= n
	}
	return r.flat[p]
}

// around counts rules along the days that position p is part of.
func (r *rota) around(p int) int {
	n, work, nights := 0, 0, 0
	for k := -5; k <= 5; k++ {
		switch r.at(p + k) {
		case format.RotaOff:
			work, nights = 0, 0
		case format.RotaNight:
			work++
			nights++
		default:
			work++
			nights = 0
		}
		if work >= 6 {
			n++
		}
		if nights >= 4 && k >= 0 && k <= 3 {
			n++
		}
	}
	return n + r.tired(p-1) + r.tired(p)
}

// tired is 1 when a night at p is followed by another kind of work.
func (r *rota) tired(p int) int {
	if next := r.at(p + 1); r.at(p) == format.RotaNight && next != format.RotaNight && next != format.RotaOff {
		return 1
	}
	return 0
}

// restless is 1 when week i has no two days off in a row.
func (r *rota) restless(i int) int {
	week := r.flat[i*7 : i*7+7]
	for d := range 6 {
		if week[d] == format.RotaOff && week[d+1] == format.RotaOff {
			return 0
		}
	}
	return 1
}

// unfree is 1 when none of the three weekends from week i on is free.
func (r *rota) unfree(i int) int {
	for k := range 3 {
		w := (i + k) % r.weeks * 7
		if r.flat[w+5] == format.RotaOff && r.flat[w+6] == format.RotaOff {
			return 0
		}
	}
	return 1
}

// total counts every broken rule once.
func (r *rota) total() int {
	n := 0
	for p := range r.flat {
		work, nights := 0, 0
		for k := range 6 {
			if r.at(p+k) != format.RotaOff {
				work++
			}
			if k < 4 && r.at(p+k) == format.RotaNight {
				nights++
			}
		}
		n += work/6 + nights/4 + r.tired(p)
	}
	for i := range r.weeks {
		n += r.restless(i) + r.unfree(i)
	}
	return n
}
