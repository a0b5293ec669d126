package named

import (
	"math/rand/v2"
	"slices"

	"github.com/agner-platform/agner/wfm/coverage"
	"github.com/agner-platform/agner/wfm/rules"
	"github.com/agner-platform/agner/wfm/rules/axis"
)

// week is one person's week.
type week struct {
	ct   *rules.Contract // nil: not seated
	days [7]day
	cost float64 // beside cover
}

// person is an agent with what the search needs at hand.
type person struct {
	a         *rules.Agent
	set       int // of lines, as cover counts it
	contracts []*rules.Contract
	shapes    [][]*shape // per contract
	free      [7][]bool  // per weekday and slot after midnight (two days); nil: always
	off       []bool     // days of the horizon that cannot be worked
	weeks     []week
	wishes    map[[3]int]float64
	fixed     bool // not to be moved
}

// desk is a schedule being made.
type desk struct {
	p       *rules.Problem
	axis    *axis.Axis
	cover   *coverage.Cover
	people  []*person
	weeks   int
	fixed   float64 // costs beside cover
	energy  float64 // what the search lowers: cost and the pull towards the aim
	aim     [][]float64
	pull    float64
	base    map[string][][]int // per site, day and slot after midnight: slot of the axis
	rng     *rand.Rand
	dp      *planner
	before  map[string][]day // published work per person, for repair; nil without
	change  float64          // price of a changed day
	worth   [][]float64      // sums of what one more agent was worth, per line and slot
	samples int
	skip    map[string]bool // rules left out, for explanations
}

func newDesk(p *rules.Problem, rng *rand.Rand) *desk {
	k := &desk{p: p, axis: p.Axis(), cover: coverage.New(p), weeks: (p.Days + 6) / 7, rng: rng, base: map[string][][]int{}}
	shapes := map[string][]*shape{}
	for i := range p.Contracts {
		shapes[p.Contracts[i].Name] = shapesOf(p, &p.Contracts[i])
	}
	for i := range p.Agents {
		a := &p.Agents[i]
		who := &person{a: a, set: k.cover.Index(coverage.Set(p, a)), weeks: make([]week, k.weeks)}
		for _, name := range a.Contracts {
			ct := p.Contract(name)
			if ct.Kind == rules.Split && !slices.Contains(a.Consent, rules.Split) && p.IsHard(rules.SplitConsent) {
				continue
			}
			who.contracts = append(who.contracts, ct)
			who.shapes = append(who.shapes, shapes[name])
		}
		for d := range p.Days {
			date := k.axis.Date(d).String()
			_, off := a.Absent(date)
			who.off = append(who.off, off || p.Holiday(a, date))
		}
		k.availability(who)
		if k.base[a.Site] == nil {
			k.base[a.Site] = k.axis.Table(a.Site)
		}
		k.people = append(k.people, who)
	}
	k.dp = newPlanner(k)
	return k
}

// availability marks the slots of each weekday in which a person can work.
func (k *desk) availability(who *person) {
	if len(who.a.Available) == 0 {
		return
	}
	for wd := range who.free {
		for at := 0; at < 2*1440; at += k.p.Slot {
			day := weekday(wd + at/1440)
			who.free[wd] = append(who.free[wd], rules.Reach(who.a.Available, day, at%1440, at%1440+k.p.Slot))
		}
	}
}

// can tells whether a person is available from a clock slot of a weekday for a length.
func (who *person) can(wd, clock, length int) bool {
	free := who.free[wd]
	if free == nil {
		return true
	}
	for t := clock; t < clock+length; t++ {
		if t >= len(free) || !free[t] {
			return false
		}
	}
	return true
}

// price is what a slot costs the search, for one more agent of a set.
func (k *desk) price(set, t int) float64 {
	g := k.cover.Gain(set)[t]
	if k.pull > 0 {
		g += k.pull * (2*(float64(k.cover.Count(set)[t])-k.aim[set][t]) + 1)
	}
	return g
}

// sum is the price of the slots a day's work covers.
func (k *desk) sum(set int, o *day) float64 {
	total := 0.0
	k.spans(o, func(from, to int, by int32) {
		for t := max(0, from); t < min(to, k.axis.Slots); t++ {
			total += float64(by) * k.price(set, t)
		}
	})
	return total
}

// spans gives the blocks (by 1) and breaks (by −1) of a day.
func (k *desk) spans(o *day, f func(from, to int, by int32)) {
	for b := range int(o.blocks) {
		f(int(o.from[b]), int(o.from[b]+o.length[b]), 1)
	}
	for i := range o.sh.breaks {
		f(int(o.breaks[i]), int(o.breaks[i])+o.sh.breaks[i].minutes, -1)
	}
}

// place counts a week in (1) or out (−1).
func (k *desk) place(who *person, w *week, by int32) {
	if w.ct == nil {
		return
	}
	weigh := func() {
		for d := range w.days {
			if o := &w.days[d]; o.sh != nil {
				k.energy += float64(by) * k.sum(who.set, o)
			}
		}
	}
	if by > 0 {
		weigh()
	}
	for d := range w.days {
		if o := &w.days[d]; o.sh != nil {
			k.spans(o, func(from, to int, b int32) { k.cover.Put(who.set, from, to, by*b) })
		}
	}
	k.cover.Settle()
	if by < 0 {
		weigh()
	}
	k.fixed += float64(by) * w.cost
	k.energy += float64(by) * w.cost
}

// cost is what the schedule costs, without off-phone work.
func (k *desk) cost() float64 { return k.cover.Cost() + k.fixed }
