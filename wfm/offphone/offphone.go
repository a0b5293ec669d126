// Package offphone places meetings, training and coaching in the shifts of a schedule,
// where taking people off the phone costs least.
package offphone

import (
	"fmt"
	"math"
	"slices"

	"github.com/agner-platform/agner/wfm/coverage"
	"github.com/agner-platform/agner/wfm/rules"
)

// Place puts off-phone work into a schedule where taking people off the phone costs
// least: what is together at one time for all, the rest each at their own. What somebody has
// already stays. It returns what found no place.
func Place(p *rules.Problem, s *rules.Schedule) (missing []string) {
	cover := coverage.Of(p, s)
	for i := range p.Activities {
		x := &p.Activities[i]
		ids := slices.DeleteFunc(slices.Clone(x.Wants(p)), func(id string) bool { return has(s, id, x) })
		if len(ids) == 0 {
			continue
		}
		if x.Together {
			if !together(p, s, cover, x, ids) {
				missing = append(missing, x.Name)
			}
			continue
		}
		for _, id := range ids {
			if at, ok := cheapest(p, s, cover, x, []string{id}); ok {
				put(p, s, cover, x, id, at)
			} else {
				missing = append(missing, fmt.Sprintf("%s: %s", x.Name, id))
			}
		}
	}
	return missing
}

// has tells whether somebody has x already.
func has(s *rules.Schedule, id string, x *rules.Activity) bool {
	for i := range s.Shifts {
		if s.Shifts[i].Agent != id {
			continue
		}
		for j := range s.Shifts[i].Blocks {
			if slices.ContainsFunc(s.Shifts[i].Blocks[j].Pauses, func(q rules.Pause) bool { return q.Work && q.Name == x.Name && q.Minutes == x.Minutes }) {
				return true
			}
		}
	}
	return false
}

func together(p *rules.Problem, s *rules.Schedule, cover *coverage.Cover, x *rules.Activity, ids []string) bool {
	at, ok := cheapest(p, s, cover, x, ids)
	if !ok {
		return false
	}
	for _, id := range ids {
		put(p, s, cover, x, id, at)
	}
	return true
}

// cheapest is the slot at which x costs least and all of them are at work and free.
func cheapest(p *rules.Problem, s *rules.Schedule, cover *coverage.Cover, x *rules.Activity, ids []string) (slot int, ok bool) {
	axis := p.Axis()
	length := x.Minutes / p.Slot
	lowest := math.MaxFloat64
	gains := map[string][]float64{}
	for _, id := range ids {
		gains[id] = without(cover, cover.Index(coverage.Set(p, p.Agent(id))))
	}
	for t := 0; t+length <= axis.Slots; t++ {
		price, fits := 0.0, true
		for _, id := range ids {
			a := p.Agent(id)
			if !within(p, a, x, t) || host(p, s, id, t, length) == nil {
				fits = false
				break
			}
			for u := t; u < t+length; u++ {
				price -= gains[id][u]
			}
		}
		if fits && price < lowest-1e-9 {
			slot, lowest, ok = t, price, true
		}
	}
	return slot, ok
}

// without is what an agent of a set is worth per slot who is away, negative where missed.
func without(cover *coverage.Cover, set int) []float64 {
	slots := len(cover.Count(set))
	cover.Put(set, 0, slots, -1)
	cover.Settle()
	gain := slices.Clone(cover.Gain(set))
	cover.Put(set, 0, slots, 1)
	cover.Settle()
	return gain
}

// within tells whether a slot lies in the windows of x.
func within(p *rules.Problem, a *rules.Agent, x *rules.Activity, t int) bool {
	if len(x.Within) == 0 {
		return true
	}
	m := t * p.Slot
	d := p.Axis().DayOf(a.Site, m)
	clock := p.Axis().Clock(a.Site, d, m)
	return rules.Reach(x.Within, p.Axis().Weekday(d), clock, clock+x.Minutes)
}

// host is the block of a person that has room for length slots from t.
func host(p *rules.Problem, s *rules.Schedule, id string, t, length int) *rules.Block {
	from := p.Axis().Minute
	begin, end := t*p.Slot, (t+length)*p.Slot
	for i := range s.Shifts {
		if s.Shifts[i].Agent != id {
			continue
		}
		for j := range s.Shifts[i].Blocks {
			b := &s.Shifts[i].Blocks[j]
			at := from(b.Start)
			if begin < at || end > at+b.Minutes {
				continue
			}
			free := true
			for _, pause := range b.Pauses {
				q := from(pause.Start)
				free = free && (end <= q || begin >= q+pause.Minutes)
			}
			if free {
				return b
			}
		}
	}
	return nil
}

func put(p *rules.Problem, s *rules.Schedule, cover *coverage.Cover, x *rules.Activity, id string, t int) {
	a := p.Agent(id)
	b := host(p, s, id, t, x.Minutes/p.Slot)
	b.Pauses = append(b.Pauses, rules.Pause{Name: x.Name, Start: p.Axis().Time(a.Site, t*p.Slot), Minutes: x.Minutes, Paid: true, Work: true})
	cover.Put(cover.Index(coverage.Set(p, a)), t, t+x.Minutes/p.Slot, -1)
	cover.Settle()
}

// Keep gives shifts that did not move the off-phone work they had.
func Keep(was, now *rules.Schedule) {
	old := map[[2]string]*rules.Shift{}
	for i := range was.Shifts {
		s := &was.Shifts[i]
		old[[2]string{s.Agent, s.Date}] = s
	}
	for i := range now.Shifts {
		s := &now.Shifts[i]
		before := old[[2]string{s.Agent, s.Date}]
		if before == nil || len(before.Blocks) != len(s.Blocks) {
			continue
		}
		for j := range s.Blocks {
			a, b := &before.Blocks[j], &s.Blocks[j]
			if !a.Start.Equal(b.Start) || a.Minutes != b.Minutes || !samePauses(a, b) {
				continue
			}
			for _, q := range a.Pauses {
				if q.Work {
					b.Pauses = append(b.Pauses, q)
				}
			}
		}
	}
}

// samePauses compares breaks, without off-phone work.
func samePauses(a, b *rules.Block) bool {
	for _, q := range a.Pauses {
		if !q.Work && !slices.ContainsFunc(b.Pauses, func(r rules.Pause) bool { return r.Name == q.Name && r.Start.Equal(q.Start) }) {
			return false
		}
	}
	return true
}
