package staffing

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/agner-platform/agner/wfm/format"
)

const (
	rollWindow = 28 // days planned at a time
	rollStep   = 14 // days of them that are kept
)

// construct gives one employee after the other the best row beside those who
// already have one.
func construct(m *model, p *planner, rng *rand.Rand) (*roster, error) {
	r := newRoster(m)
	for _, e := range rng.Perm(len(m.staff)) {
		if !roll(r, p, e) {
			return nil, fmt.Errorf("%w: employee %q has no row that keeps every rule: %s", format.ErrInstance, m.in.Staff[e].ID, whyNoRow(m, p, e))
		}
	}
	return r, nil
}

// roll plans employee e window by window. When a window has no way on, the days
// before it are planned again with it.
func roll(r *roster, p *planner, e int) bool {
	m := r.m
	for from, back := 0, 0; ; {
		to := min(from+rollWindow, m.days)
		if m.days-to < rollStep {
			to = m.days
		}
		start := max(0, from-back)
		clearDays(r, e, start, to)
		days, ok := rollWindowOf(r, p, e, start, to)
		switch {
		case !ok && start == 0:
			return false
		case !ok:
			back += 14
			continue
		}
		for i, k := range days {
			r.set(e, start+i, k)
		}
		if to == m.days {
			return true
		}
		clearDays(r, e, from+rollStep, to)
		from, back = from+rollStep, 0
	}
}

func clearDays(r *roster, e, from, to int) {
	for d := from; d < to; d++ {
		r.set(e, d, off)
	}
}

// rollWindowOf finds the best days [from, to) when nothing later is decided. Units
// grow evenly along the horizon.
func rollWindowOf(r *roster, p *planner, e, from, to int) (row, bool) {
	m := r.m
	who := &m.staff[e]
	t := task{e: e, row: r.rows[e], from: from, to: to, price: make([]float64, m.days*m.types), limit: math.Inf(1)}
	if to < m.days {
		before := 0
		for _, k := range r.rows[e][:from] {
			if k != off {
				before += m.length[k]
			}
		}
		t.open, t.share = true, float64(to)/float64(m.days)
		longest := 0
		for _, n := range m.length {
			longest = max(longest, n)
		}
		t.lo = int(float64(who.minUnits)*t.share) - before
		t.hi = int(float64(who.maxUnits)*t.share) - before + longest
	}
	for i := from * m.types; i < to*m.types; i++ {
		t.price[i] = float64(who.price[i] + r.add(i))
	}
	days, _, ok := p.best(t)
	return days, ok
}

// whyNoRow loosens one rule at a time and names those that help.
func whyNoRow(m *model, p *planner, e int) string {
	saved := m.staff[e]
	defer func() { m.staff[e] = saved }()
	ways := []struct {
		words  string
		loosen func(*person)
	}{
		{"fewer minutes (minTotalMinutes)", func(q *person) { q.minUnits = 0 }},
		{"more minutes (maxTotalMinutes)", func(q *person) { q.maxUnits = math.MaxInt16 / 2 }},
		{"shorter runs of work (minConsecutiveShifts)", func(q *person) { q.minRun = 1 }},
		{"longer runs of work (maxConsecutiveShifts)", func(q *person) { q.maxRun = m.days }},
		{"single days off (minConsecutiveDaysOff)", func(q *person) { q.minOff = 1 }},
		{"more weekends (maxWeekends)", func(q *person) { q.maxWeekends = m.days }},
		{"fewer granted days off (daysOff)", func(q *person) { q.free = make([]bool, m.days) }},
		{"more shifts per type (maxShifts)", func(q *person) { q.maxShifts = repeat(m.days, m.types) }},
	}
	text := ""
	for _, w := range ways {
		m.staff[e] = saved
		w.loosen(&m.staff[e])
		if r := newRoster(m); roll(r, p, e) {
			if text != "" {
				text += ", or "
			}
			text += w.words
		}
	}
	if text == "" {
		return "several rules contradict each other"
	}
	return "it would take " + text
}

func repeat(v, n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = v
	}
	return out
}
