package named

import (
	"math"
	"time"

	"github.com/agner-platform/agner/wfm/rules"
)

func weekday(d int) time.Weekday { return time.Weekday(d % 7) }

// never is the price of what is impossible.
const never = math.MaxFloat64 / 4

// choice is a priced day.
type choice struct {
	day
	price float64
}

// state is a partial week of the dynamic programme.
type state struct {
	cost  float64
	prev  int32 // state of the day before, −1 at the beginning
	pick  int32 // choice of the day, −1 off
	count int16
	paid  int16 // slots
	run   int8  // days in a row, 0 off
	off   int8  // days off in a row
	night int8
	done  bool // enough days off lay together
	last  int32
}

// planner finds the cheapest week of one person.
type planner struct {
	k       *desk
	pre     []float64   // prefix sums of prices over the horizon
	grid    [7][]choice // every form of every day
	cands   [7][]choice // those looked at
	layers  [8][]state
	at      []int32 // state of a key
	stamp   []int32
	turn    int32
	heat    float64
	relax   bool // daily caps of short blocks do not hold: for bounds
	kept    int  // first days of the week that stay as they are
	history struct {
		run, night, last int
		next             int // first slot of work after the week
		lead             int // days in a row after the week
		weekend          bool
	}
}

const keyBits = 20

func newPlanner(k *desk) *planner {
	return &planner{k: k, pre: make([]float64, k.axis.Slots+1), at: make([]int32, 1<<keyBits), stamp: make([]int32, 1<<keyBits)}
}

// best finds the cheapest week of a person by any of their contracts; ok is false
// when rules leave none.
func (pl *planner) best(who *person, w int) (out week, ok bool) {
	k := pl.k
	for t := range k.axis.Slots {
		pl.pre[t+1] = pl.pre[t] + k.price(who.set, t)
	}
	lowest := never
	for c, ct := range who.contracts {
		if pl.kept > 0 && who.weeks[w].ct != nil && who.weeks[w].ct != ct {
			continue
		}
		pl.remember(who, w, ct)
		pl.fill(who, w, ct, who.shapes[c])
		for d := range pl.kept {
			pl.grid[d] = pl.grid[d][:0]
			if o := who.weeks[w].days[d]; o.sh != nil {
				pl.grid[d] = append(pl.grid[d], choice{day: o})
			}
		}
		pl.windows(ct, func() {
			if cost, days, found := pl.run(who, w, ct); found && cost < lowest-1e-9 {
				lowest, ok = cost, true
				out = week{ct: ct, days: days}
			}
		})
	}
	if ok {
		out.cost = k.beside(who, w, &out)
	}
	return out, ok
}

// remember notes what the days around the week ask of it.
func (pl *planner) remember(who *person, w int, ct *rules.Contract) {
	h := &pl.history
	h.run, h.night, h.last, h.next, h.lead, h.weekend = 0, 0, -1<<20, 1<<20, 0, true
	if w == 0 {
		h.run = who.a.Before.Run
		if t, err := time.Parse(time.RFC3339, who.a.Before.End); err == nil {
			h.last = pl.k.axis.Minute(t) / pl.k.p.Slot
		}
	} else {
		for d := w*7 - 1; d >= 0; d-- {
			o := &who.weeks[d/7].days[d%7]
			if o.sh == nil {
				break
			}
			if h.run == 0 {
				h.last = o.end()
			}
			if o.night && h.night == h.run {
				h.night++
			}
			h.run++
		}
	}
	for d := w*7 + 7; d < pl.k.p.Days; d++ {
		o := &who.weeks[d/7].days[d%7]
		if o.sh == nil {
			break
		}
		if h.lead == 0 {
			h.next = int(o.from[0])
		}
		h.lead++
	}
	if ct.MaxWeekends > 0 {
		n := 0
		for i := range who.weeks {
			if i != w && pl.k.weekends(&who.weeks[i], i) {
				n++
			}
		}
		h.weekend = n < ct.MaxWeekends
	}
}

// weekends tells whether a week works on its weekend.
func (k *desk) weekends(w *week, n int) bool {
	for d := range w.days {
		if w.days[d].sh != nil && rules.Weekend(k.axis.Weekday(min(n*7+d, k.p.Days-1))) {
			return true
		}
	}
	return false
}

// windows calls f with the choices of each window of starts that the spread allows.
func (pl *planner) windows(ct *rules.Contract, f func()) {
	slot := pl.k.p.Slot
	lo, hi := int16(math.MaxInt16), int16(-1)
	for d := range pl.grid {
		for i := range pl.grid[d] {
			lo, hi = min(lo, pl.grid[d][i].clock), max(hi, pl.grid[d][i].clock)
		}
	}
	spread, step := int16(ct.StartSpread/slot), int16(max(1, 30/slot))
	free := ct.StartSpread == 0 || pl.k.skip[rules.StartSpread]
	if free {
		pl.choose(lo, hi)
		f()
		spread, step = int16(240/slot), int16(120/slot)
	}
	if hi-lo <= spread {
		if !free {
			pl.choose(lo, hi)
			f()
		}
		return
	}
	for a := lo; a+spread < hi+step; a += step {
		pl.choose(a, a+spread)
		f()
	}
}

// choose keeps, per day, the cheapest choice of each length and side of the night
// that begins within the window.
func (pl *planner) choose(lo, hi int16) {
	for d := range pl.grid {
		out := pl.cands[d][:0]
	next:
		for i := range pl.grid[d] {
			c := &pl.grid[d][i]
			if c.clock < lo || c.clock > hi {
				continue
			}
			for j := range out {
				if out[j].paid == c.paid && out[j].night == c.night {
					if c.price < out[j].price {
						out[j] = *c
					}
					continue next
				}
			}
			out = append(out, *c)
		}
		pl.cands[d] = out
	}
}

// limits are the bounds of a week in slots.
type limits struct {
	days         rules.Band
	least, most  int
	low, high    int // between which minutes cost nothing extra
	more, less   float64
	rest, maxRun int
	together     int
	nights       int
	weekendPrice float64
	first, last  int // days of the horizon
}

func (pl *planner) limits(who *person, w int, ct *rules.Contract) limits {
	k := pl.k
	first, last := w*7, min(w*7+7, k.p.Days)
	band, least := k.p.WeekBand(who.a, ct, first, last)
	l := limits{days: k.p.WeekDays(who.a, ct, first, last), rest: (ct.MinRest + k.p.Slot - 1) / k.p.Slot, maxRun: ct.MaxRun, nights: ct.MaxNights, first: first, last: last}
	if ct.Kind == rules.Rotating || k.skip[rules.DaysPerWeek] {
		l.days = rules.Band{Max: 7}
	}
	l.least, l.low, l.high = (least+k.p.Slot-1)/k.p.Slot, (band.Min+k.p.Slot-1)/k.p.Slot, 1<<14
	l.most = l.high
	if ct.WeekMinutes.Max > 0 {
		l.high = band.Max / k.p.Slot
		l.most = (band.Max + ct.Overtime.Minutes) / k.p.Slot
	}
	hour := float64(k.p.Slot) / 60
	l.more, l.less = ct.Overtime.Price*hour, ct.TimeOff.Price*hour
	if last-first == 7 && !k.skip[rules.MinDaysOff] {
		l.together = ct.OffTogether
	}
	l.weekendPrice = float64(who.a.Before.Weekends) * k.p.Weight(rules.FairWeekends)
	pl.relaxed(&l)
	return l
}

// relaxed leaves out the rules that an explanation does without.
func (pl *planner) relaxed(l *limits) {
	skip := pl.k.skip
	if skip[rules.MinMinutes] {
		l.least = 0
	}
	if skip[rules.MaxMinutes] {
		l.most = 1 << 14
	}
	if skip[rules.MinRest] {
		l.rest = -1 << 20
	}
	if skip[rules.MaxConsecutive] {
		l.maxRun = 1 << 10
	}
	if skip[rules.MaxNights] {
		l.nights = 0
	}
}

// run is the dynamic programme over the days of a week.
func (pl *planner) run(who *person, w int, ct *rules.Contract) (cost float64, days [7]day, ok bool) {
	l := pl.limits(who, w, ct)
	h := &pl.history
	n := l.last - l.first
	pl.layers[0] = append(pl.layers[0][:0], state{prev: -1, run: int8(min(h.run, 100)), night: int8(min(h.night, 100)), last: int32(h.last)})
	for d := range n {
		pl.turn++
		pl.layers[d+1] = pl.layers[d+1][:0]
		weekend := rules.Weekend(pl.k.axis.Weekday(l.first + d))
		asked, asks := ct.Asked(who.a.Phase, l.first+d)
		must := asks && asked != nil && !who.off[l.first+d] && !pl.k.skip[rules.Pattern]
		if d < pl.kept {
			must = who.weeks[w].days[d].sh != nil
		}
		for i := range pl.layers[d] {
			s := pl.layers[d][i]
			if !must {
				off := s
				off.prev, off.pick, off.run, off.night = int32(i), -1, 0, 0
				off.off = min(s.off+1, 7)
				off.done = s.done || int(off.off) >= l.together
				pl.offer(d+1, off)
			}
			if weekend && !h.weekend || int(s.count) >= l.days.Max {
				continue
			}
			pl.extend(d, i, &l, weekend)
		}
	}
	return pl.finish(n, &l)
}

// extend adds the choices of a day to a state.
func (pl *planner) extend(d, i int, l *limits, weekend bool) {
	s := pl.layers[d][i]
	if int(s.run)+1 > l.maxRun {
		return
	}
	for j := range pl.cands[d] {
		c := &pl.cands[d][j]
		next := s
		next.paid += c.paid
		if int(next.paid) > l.most || int(c.from[0])-int(s.last) < l.rest {
			continue
		}
		next.night = 0
		if c.night {
			next.night = s.night + 1
			if l.nights > 0 && int(next.night) > l.nights {
				continue
			}
		}
		next.cost += c.price
		if weekend && !(pl.k.axis.Weekday(l.first+d) == time.Sunday && s.run > 0) {
			next.cost += l.weekendPrice
		}
		next.prev, next.pick, next.count, next.run, next.off, next.last = int32(i), int32(j), s.count+1, s.run+1, 0, int32(c.end())
		pl.offer(d+1, next)
	}
}

// offer keeps a state if it is the cheapest of its kind.
func (pl *planner) offer(layer int, s state) {
	run := int(s.run)
	if run == 0 {
		run = 8 + int(s.off)
	}
	key := int(s.count) | min(run, 15)<<3 | min(int(s.night), 7)<<7 | min(int(s.paid), 511)<<10
	if s.done {
		key |= 1 << 19
	}
	if pl.stamp[key] != pl.turn {
		pl.stamp[key], pl.at[key] = pl.turn, int32(len(pl.layers[layer]))
		pl.layers[layer] = append(pl.layers[layer], s)
		return
	}
	if old := &pl.layers[layer][pl.at[key]]; s.cost < old.cost {
		*old = s
	}
}

// finish picks the cheapest whole week and reads it back.
func (pl *planner) finish(n int, l *limits) (cost float64, days [7]day, ok bool) {
	h := &pl.history
	best, lowest := -1, never
	for i := range pl.layers[n] {
		s := &pl.layers[n][i]
		paid := int(s.paid)
		switch {
		case int(s.count) < l.days.Min || paid < l.least || !s.done && l.together > 0:
			continue
		case s.run > 0 && (int(s.run)+h.lead > l.maxRun || h.next-int(s.last) < l.rest):
			continue
		}
		cost := s.cost + float64(max(0, paid-l.high))*l.more + float64(max(0, l.low-paid))*l.less
		if cost < lowest {
			best, lowest = i, cost
		}
	}
	if best < 0 {
		return 0, days, false
	}
	at := int32(best)
	for d := n; d > 0; d-- {
		s := &pl.layers[d][at]
		if s.pick >= 0 {
			days[d-1] = pl.cands[d-1][s.pick].day
		}
		at = s.prev
	}
	return lowest, days, true
}
