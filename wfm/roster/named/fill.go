package named

import (
	"time"

	"github.com/agner-platform/agner/wfm/roster/pieces"
	"github.com/agner-platform/agner/wfm/rules"
)

// fill prices every form of every day of a week under a contract.
func (pl *planner) fill(who *person, w int, ct *rules.Contract, shapes []*shape) {
	k := pl.k
	for d := range pl.grid {
		pl.grid[d] = pl.grid[d][:0]
		at := w*7 + d
		if at >= k.p.Days || who.off[at] && !k.skip[rules.DayOff] {
			continue
		}
		wd := k.axis.Weekday(at)
		asked, asks := ct.Asked(who.a.Phase, at)
		for _, s := range shapes {
			if !s.days[wd] || asks && asked != s.kind && !k.skip[rules.Pattern] {
				continue
			}
			if s.kind.Micro != nil {
				continue // all lengths together, below
			}
			for _, start := range s.starts {
				pl.form(who, at, wd, s, start)
			}
		}
		if ct.Kind == rules.Micro {
			pl.micro(who, at, wd, shapes)
		}
	}
}

// form prices a shape that begins at a clock slot of a day.
func (pl *planner) form(who *person, d int, wd time.Weekday, s *shape, start int) {
	k := pl.k
	free := k.skip[rules.Availability]
	if !free && !who.can(int(wd), start, s.length) {
		return
	}
	table := k.base[who.a.Site][d]
	c := choice{day: day{sh: s, clock: int16(start), blocks: 1}}
	begin := table[start]
	c.from[0], c.length[0] = int16(begin), int16(s.length)
	c.price = pl.over(begin, begin+s.length)
	pl.rests(&c, begin)
	paid, end := s.paid, start+s.length
	if len(s.seconds) > 0 {
		found := false
		lowest := never
		for _, l := range s.seconds {
			for gap := s.gapMin; gap <= s.gapMax; gap++ {
				at := start + s.length + gap
				if at+l > len(table) || !free && !who.can(int(wd), at, l) {
					continue
				}
				from := begin + s.length + gap
				wage := s.ct.Wage * float64(l*k.p.Slot) / 60
				if v := pl.over(from, from+l) + wage; v < lowest {
					lowest, found = v, true
					c.from[1], c.length[1] = int16(from), int16(l)
				}
			}
		}
		if !found {
			return
		}
		c.blocks = 2
		c.price += pl.over(int(c.from[1]), int(c.from[1]+c.length[1]))
		paid += int(c.length[1])
		end = start + int(c.from[1]-c.from[0]+c.length[1])
	}
	pl.add(who, d, wd, &c, paid, end)
}

// add completes a choice with what it costs beside cover.
func (pl *planner) add(who *person, d int, wd time.Weekday, c *choice, paid, end int) {
	k := pl.k
	ct := c.sh.ct
	if ct.DayMinutes > 0 && paid*k.p.Slot > ct.DayMinutes {
		return
	}
	c.paid = int16(paid)
	c.night = rules.Night(int(c.clock)*k.p.Slot, end*k.p.Slot)
	cost := ct.Wage*float64(paid*k.p.Slot)/60 + ct.ShiftPrice
	if len(who.a.Preference) > 0 {
		cost += k.p.Weight(rules.Preferred) * who.wish(wd, int(c.clock)*k.p.Slot, end*k.p.Slot)
	}
	if c.night {
		cost += k.p.Weight(rules.FairNights) * float64(who.a.Before.Nights) / 5
	}
	cost += k.changed(who, d, &c.day)
	c.cost = float32(cost)
	c.price += cost
	if pl.heat > 0 {
		c.price += pl.heat * k.rng.Float64()
	}
	pl.grid[d%7] = append(pl.grid[d%7], *c)
}

// changed is the price of working otherwise than published.
func (k *desk) changed(who *person, d int, o *day) float64 {
	if k.before == nil {
		return 0
	}
	if d >= len(k.before[who.a.ID]) {
		return 0
	}
	was := &k.before[who.a.ID][d]
	if was.sh == nil || was.clock != o.clock || was.length != o.length || was.from != o.from {
		return k.change
	}
	if was.breaks != o.breaks {
		return k.change / 10
	}
	return 0
}

// wish is the weight of the wishes a shift does not keep.
func (who *person) wish(wd time.Weekday, begin, end int) float64 {
	key := [3]int{int(wd), begin, end}
	v, ok := who.wishes[key]
	if !ok {
		if who.wishes == nil {
			who.wishes = map[[3]int]float64{}
		}
		v = rules.WishCost(who.a, wd, begin, end)
		who.wishes[key] = v
	}
	return v
}

// over is the price of covering the slots from..to, clipped to the horizon.
func (pl *planner) over(from, to int) float64 {
	from, to = max(0, min(from, pl.k.axis.Slots)), max(0, min(to, pl.k.axis.Slots))
	return pl.pre[to] - pl.pre[from]
}

// rests puts every break where it costs least, one after the other.
func (pl *planner) rests(c *choice, begin int) {
	after := 0
	for i := range c.sh.breaks {
		b := &c.sh.breaks[i]
		lo, hi := max(b.earliest, after), b.latest
		for j := i + 1; j < len(c.sh.breaks); j++ { // leave room for those to come
			hi = min(hi, c.sh.breaks[j].latest-b.minutes)
		}
		at, worth := lo, -never
		for t := lo; t <= hi; t++ {
			if v := pl.over(begin+t, begin+t+b.minutes); v > worth+1e-12 {
				at, worth = t, v
			}
		}
		c.breaks[i] = int16(begin + at)
		c.price -= pl.over(begin+at, begin+at+b.minutes)
		after = at + b.minutes
	}
}

// micro finds, for one block, two, and so on, the cheapest blocks of a day; each number
// gives a choice.
func (pl *planner) micro(who *person, d int, wd time.Weekday, shapes []*shape) {
	table := pl.k.base[who.a.Site][d]
	var forms []pieces.Form
	var mine []*shape
	for _, s := range shapes {
		if !s.days[wd] {
			continue
		}
		mine = append(mine, s)
		forms = append(forms, pieces.Form{First: s.starts[0], Last: s.starts[len(s.starts)-1], Step: max(1, s.kind.Step/pl.k.p.Slot), Length: s.length})
	}
	if len(mine) == 0 {
		return
	}
	m := mine[0].kind.Micro
	limit := pieces.Limit{Blocks: min(m.Most, maxBlocks), Gap: (m.GapMin + pl.k.p.Slot - 1) / pl.k.p.Slot, Slots: m.Minutes / pl.k.p.Slot}
	if pl.relax {
		limit.Slots = 1 << 20
	}
	wage := mine[0].ct.Wage * float64(pl.k.p.Slot) / 60
	price := func(from, length int) (float64, bool) {
		if !who.can(int(wd), from, length) {
			return 0, false
		}
		return pl.over(table[from], table[from]+length) + wage*float64(length), true
	}
	for _, blocks := range pieces.Best(forms, limit, price) {
		c := choice{day: day{sh: mine[blocks[0].Form], clock: int16(blocks[0].From), blocks: int8(len(blocks))}}
		paid, end := 0, 0
		for i, b := range blocks {
			c.from[i], c.length[i] = int16(table[b.From]), int16(b.Length)
			c.price += pl.over(table[b.From], table[b.From]+b.Length)
			paid += b.Length
			end = b.From + b.Length
		}
		pl.add(who, d, wd, &c, paid, end)
	}
}

// beside is what a week costs beside cover.
func (k *desk) beside(who *person, w int, x *week) float64 {
	l := k.dp.limits(who, w, x.ct)
	sum, paid, worked, missed := 0.0, 0, false, 0
	for d := range x.days {
		at := w*7 + d
		if at >= k.p.Days {
			break
		}
		o := &x.days[d]
		if o.sh == nil {
			if k.before != nil && at < len(k.before[who.a.ID]) && k.before[who.a.ID][at].sh != nil && !who.off[at] {
				missed++
			}
			worked = false
			continue
		}
		sum += float64(o.cost)
		paid += int(o.paid)
		wd := k.axis.Weekday(at)
		if rules.Weekend(wd) && !(wd == time.Sunday && worked) {
			sum += l.weekendPrice
		}
		worked = true
	}
	sum += float64(max(0, paid-l.high))*l.more + float64(max(0, l.low-paid))*l.less
	return sum + float64(missed)*k.change
}
