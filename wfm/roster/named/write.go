package named

import (
	"slices"

	"github.com/agner-platform/agner/wfm/rules"
)

// shifts writes the desk as shifts, in the order of agents and days.
func (k *desk) shifts() []rules.Shift {
	out := []rules.Shift{}
	for _, who := range k.people {
		for w := range who.weeks {
			for d := range who.weeks[w].days {
				if o := &who.weeks[w].days[d]; o.sh != nil {
					out = append(out, k.shift(who, w*7+d, o))
				}
			}
		}
	}
	return out
}

func (k *desk) shift(who *person, d int, o *day) rules.Shift {
	site, slot := who.a.Site, k.p.Slot
	s := rules.Shift{Agent: who.a.ID, Date: k.axis.Date(d).String(), Contract: o.sh.ct.Name, Kind: o.sh.kind.Name}
	for b := range int(o.blocks) {
		s.Blocks = append(s.Blocks, rules.Block{Start: k.axis.Time(site, int(o.from[b])*slot), Minutes: int(o.length[b]) * slot})
	}
	for i := range o.sh.breaks {
		b := o.sh.breaks[i].b
		s.Blocks[0].Pauses = append(s.Blocks[0].Pauses, rules.Pause{Name: b.Name, Start: k.axis.Time(site, int(o.breaks[i])*slot), Minutes: b.Minutes, Paid: b.Paid})
	}
	return s
}

// read seats people as a schedule says; a week that the contracts do not know is left
// out and named.
func (k *desk) read(s *rules.Schedule) (unknown []string) {
	people := map[string]*person{}
	for _, who := range k.people {
		people[who.a.ID] = who
	}
	for i := range s.Shifts {
		sh := &s.Shifts[i]
		who := people[sh.Agent]
		if who == nil || len(sh.Blocks) == 0 {
			unknown = append(unknown, sh.Agent)
			continue
		}
		d := k.axis.DayOf(who.a.Site, k.axis.Minute(sh.Start()))
		if d < 0 || d >= k.p.Days {
			unknown = append(unknown, sh.Agent)
			continue
		}
		o, ok := k.readDay(who, d, sh)
		if !ok {
			unknown = append(unknown, sh.Agent)
			continue
		}
		w := &who.weeks[d/7]
		w.ct = o.sh.ct
		w.days[d%7] = o
	}
	for _, who := range k.people {
		for i := range who.weeks {
			w := &who.weeks[i]
			if w.ct == nil && len(who.contracts) > 0 {
				w.ct = who.contracts[0]
			}
			if k.before != nil {
				k.before[who.a.ID] = append(k.before[who.a.ID], w.days[:]...)
			}
			if w.ct == nil {
				continue
			}
			w.cost = k.beside(who, i, w)
			k.place(who, w, 1)
		}
	}
	return unknown
}

// readDay finds the shape a shift has.
func (k *desk) readDay(who *person, d int, sh *rules.Shift) (o day, ok bool) {
	slot := k.p.Slot
	for c, ct := range who.contracts {
		if ct.Name != sh.Contract {
			continue
		}
		for _, s := range who.shapes[c] {
			if s.kind.Name != sh.Kind || s.length*slot != sh.Blocks[0].Minutes {
				continue
			}
			o = day{sh: s, blocks: int8(min(len(sh.Blocks), maxBlocks))}
			begin := k.axis.Minute(sh.Start())
			o.clock = int16(k.axis.Clock(who.a.Site, d, begin) / slot)
			for i := range int(o.blocks) {
				o.from[i], o.length[i] = int16(k.axis.Minute(sh.Blocks[i].Start)/slot), int16(sh.Blocks[i].Minutes/slot)
			}
			for i := range s.breaks {
				j := slices.IndexFunc(sh.Blocks[0].Pauses, func(p rules.Pause) bool { return p.Name == s.breaks[i].b.Name && !p.Work })
				if j < 0 {
					return o, false
				}
				o.breaks[i] = int16(k.axis.Minute(sh.Blocks[0].Pauses[j].Start) / slot)
			}
			o.paid = int16(sh.Paid() / slot)
			end := o.end() - int(o.from[0]) + int(o.clock)
			o.night = rules.Night(int(o.clock)*slot, end*slot)
			wd := k.axis.Weekday(d)
			cost := ct.Wage*float64(sh.Paid())/60 + ct.ShiftPrice + k.p.Weight(rules.Preferred)*who.wish(wd, int(o.clock)*slot, end*slot)
			if o.night {
				cost += k.p.Weight(rules.FairNights) * float64(who.a.Before.Nights) / 5
			}
			o.cost = float32(cost)
			return o, true
		}
	}
	return o, false
}
