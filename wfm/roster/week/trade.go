package week

import "math"

// step is one shift that moved, for taking it back.
type step struct {
	a        *agent
	from, to int
	old, new shift
}

// trade moves one agent's shift from a day to another, and one or two shifts of
// other agents the opposite way, each to the start and breaks that fit best. One
// such move alone would leave a hole on one day and a heap on the other.
func (k *desk) trade(temperature float64) {
	d, e := k.rng.IntN(k.days), k.rng.IntN(k.days)
	if d == e {
		return
	}
	var steps [3]step
	n, before := 0, k.energy
	back := 1 + k.rng.IntN(2)
	for i := range 1 + back {
		from, to := d, e
		if i > 0 {
			from, to = e, d
		}
		s, ok := k.shove(from, to)
		if !ok {
			break
		}
		steps[n] = s
		n++
	}
	delta := k.energy - before
	if n == 1+back && (delta <= 0 || k.rng.Float64() < math.Exp(-float64(delta)/temperature)) {
		return
	}
	for n--; n >= 0; n-- {
		s := &steps[n]
		k.place(s.a.c, s.to, &s.new, -1)
		s.a.days[s.to].start = none
		k.place(s.a.c, s.from, &s.old, 1)
		s.a.days[s.from] = s.old
	}
}

// tries is how many agents are looked at for one who works one day and not another.
const tries = 8

// shove moves somebody's shift from one day to another, where it fits best.
func (k *desk) shove(from, to int) (step, bool) {
	for range tries {
		a := &k.agents[k.rng.IntN(len(k.agents))]
		if a.days[from].start == none || a.days[to].start != none {
			continue
		}
		s := step{a: a, from: from, to: to, old: a.days[from]}
		a.days[from].start = none
		k.place(a.c, from, &s.old, -1)
		if k.bestStart(a, to, &s.new) {
			k.place(a.c, to, &s.new, 1)
			a.days[to] = s.new
			return s, true
		}
		k.place(a.c, from, &s.old, 1)
		a.days[from] = s.old
		return step{}, false
	}
	return step{}, false
}

// bestStart finds the cheapest start a may have on day d.
func (k *desk) bestStart(a *agent, d int, out *shift) bool {
	lo, hi := math.MaxInt, math.MinInt
	for e := range a.days {
		if s := int(a.days[e].start); s != none {
			lo, hi = min(lo, s), max(hi, s)
		}
	}
	found, least := false, int32(0)
	for _, start := range a.c.starts {
		if max(hi, start)-min(lo, start) > k.in.Rules.MaxStartSpread || !a.c.restful && !k.rested(a, d, start) {
			continue
		}
		var s shift
		if price := k.fit(a.c, d, start, &s); !found || price < least || price == least && k.rng.Uint32()&1 == 0 {
			found, least, *out = true, price, s
		}
	}
	return found
}
