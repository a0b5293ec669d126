package rules

import (
	"slices"
	"time"
)

// agent checks everything about one person.
func (c *checker) agent(a *Agent, list []work) {
	byDay := map[int]bool{}
	for i := range list {
		w := &list[i]
		if byDay[w.day] {
			c.found(OneShiftADay, a, c.date(w.day))
		}
		byDay[w.day] = true
		c.shift(a, w)
	}
	c.rest(a, list)
	c.runs(a, list)
	for week := 0; week*7 < c.axis.Days(); week++ {
		first := week * 7
		var mine []work
		for _, w := range list {
			if w.day/7 == week {
				mine = append(mine, w)
			}
		}
		c.week(a, first, min(first+7, c.axis.Days()), mine)
	}
	c.fairness(a, list)
	c.variety(a, list)
}

func (c *checker) date(d int) string { return c.axis.Date(d).String() }

// shift checks one shift by itself.
func (c *checker) shift(a *Agent, w *work) {
	date, day := c.date(w.day), c.axis.Weekday(w.day)
	if w.contract == nil || w.kind == nil && len(w.regular) > 0 || !slices.Contains(a.Contracts, w.contract.Name) {
		c.found(Known, a, date, "what", w.s.Contract+" "+w.s.Kind)
		return
	}
	if _, off := a.absent(date); off {
		c.found(DayOff, a, date)
	}
	if c.p.Holiday(a, date) {
		c.found(Holiday, a, date)
	}
	for _, b := range w.s.Blocks {
		begin := c.axis.Clock(a.Site, w.day, c.axis.Minute(b.Start))
		if !Reach(a.Available, day, begin, begin+b.Minutes) {
			c.found(Availability, a, date, "from", clockText(begin), "to", clockText(begin+b.Minutes))
		}
		if c.axis.Minute(b.Start)%c.p.Slot != 0 || b.Minutes%c.p.Slot != 0 {
			c.found(OnGrid, a, date, "from", clockText(begin))
		}
	}
	c.rests(a, w)
	w.s.Date = date
	if len(w.regular) == 0 {
		return
	}
	c.form(a, w)
	c.breaks(a, w)
	c.wishes(a, w)
	if w.contract.DayMinutes > 0 && w.paid > w.contract.DayMinutes {
		c.found(DayMinutes, a, date, "got", hours(w.paid), "max", hours(w.contract.DayMinutes))
	}
	if asked, asks := w.contract.Asked(a.Phase, w.day); asks && (asked == nil || asked.Name != w.kind.Name) {
		c.found(Pattern, a, date, "got", w.kind.Name, "want", nameOf(asked))
	}
}

func nameOf(s *ShiftKind) string {
	if s == nil {
		return "–"
	}
	return s.Name
}

// clockText writes minutes after midnight.
func clockText(m int) string {
	t := time.Date(2000, 1, 1, 0, m, 0, 0, time.UTC)
	return t.Format("15:04")
}

// form checks start, lengths and gaps against the shift kind.
func (c *checker) form(a *Agent, w *work) {
	date, k := c.date(w.day), w.kind
	lengths := k.LengthsOn(c.axis.Weekday(w.day))
	from, to := Clock(k.From), Clock(k.To)
	inStep := func(at int) bool { return at >= from && at <= to && (at-from)%k.Step == 0 }
	for i, b := range w.regular {
		begin := c.axis.Clock(a.Site, w.day, c.axis.Minute(b.Start))
		allowed := lengths
		if k.Second != nil && i > 0 {
			allowed = k.Second.Lengths
		} else if !inStep(begin) {
			c.found(StartWindow, a, date, "got", clockText(begin), "from", k.From, "to", k.To)
		}
		if !slices.Contains(allowed, b.Minutes) {
			c.found(ShiftLength, a, date, "minutes", b.Minutes)
		}
	}
	most := 1
	switch {
	case k.Second != nil:
		most = 2
		c.split(a, w)
	case k.Micro != nil:
		most = k.Micro.Most
		c.micro(a, w)
	}
	if len(w.regular) > most {
		c.found(OneShiftADay, a, date)
	}
}

func (c *checker) split(a *Agent, w *work) {
	date := c.date(w.day)
	if !slices.Contains(a.Consent, Split) {
		c.found(SplitConsent, a, date)
	}
	if len(w.regular) != 2 {
		c.found(SplitGap, a, date, "got", 0, "min", w.kind.Second.GapMin, "max", w.kind.Second.GapMax)
		return
	}
	gap := int(w.regular[1].Start.Sub(w.regular[0].End()) / time.Minute)
	if gap < w.kind.Second.GapMin || gap > w.kind.Second.GapMax {
		c.found(SplitGap, a, date, "got", gap, "min", w.kind.Second.GapMin, "max", w.kind.Second.GapMax)
	}
}

func (c *checker) micro(a *Agent, w *work) {
	sum := 0
	for i, b := range w.regular {
		sum += b.Minutes
		if i > 0 {
			if gap := int(b.Start.Sub(w.regular[i-1].End()) / time.Minute); gap < w.kind.Micro.GapMin {
				c.found(SplitGap, a, c.date(w.day), "got", gap, "min", w.kind.Micro.GapMin, "max", 1440)
			}
		}
	}
	if sum > w.kind.Micro.Minutes {
		c.found(MicroCap, a, c.date(w.day), "got", hours(sum), "max", hours(w.kind.Micro.Minutes))
	}
}

// breaks checks that each break of the kind is there, in its window.
func (c *checker) breaks(a *Agent, w *work) {
	date := c.date(w.day)
	first := &w.regular[0]
	for _, b := range w.kind.Breaks {
		if first.Minutes <= b.Over {
			continue
		}
		i := slices.IndexFunc(first.Pauses, func(p Pause) bool { return p.Name == b.Name && !p.Work })
		if i < 0 {
			c.found(BreakCount, a, date, "break", b.Name)
			continue
		}
		at := int(first.Pauses[i].Start.Sub(first.Start) / time.Minute)
		if at < b.Earliest || at > b.Latest || first.Pauses[i].Minutes != b.Minutes || first.Pauses[i].Paid != b.Paid {
			c.found(BreakWindow, a, date, "break", b.Name)
		}
	}
}

// rests checks the pauses of every block: none overlapping, the legal minimum, breathers. Blocks may touch, not overlap.
func (c *checker) rests(a *Agent, w *work) {
	date := c.date(w.day)
	for i := range w.s.Blocks {
		b := &w.s.Blocks[i]
		if i > 0 && b.Start.Before(w.s.Blocks[i-1].End()) {
			c.found(OneShiftADay, a, date)
		}
		slices.SortFunc(b.Pauses, func(x, y Pause) int { return x.Start.Compare(y.Start) })
		rest, last, longest := 0, b.Start, time.Duration(0)
		for j := range b.Pauses {
			p := &b.Pauses[j]
			if p.Start.Before(last) || p.End().After(b.End()) {
				c.found(BreakOverlap, a, date, "break", p.Name)
			}
			longest = max(longest, p.Start.Sub(last))
			last = p.End()
			if !p.Work {
				rest += p.Minutes
			}
		}
		longest = max(longest, b.End().Sub(last))
		for _, l := range c.p.Legal {
			if b.Minutes > l.Over && rest < l.Minutes {
				c.found(BreakLegal, a, date, "got", rest, "min", l.Minutes)
			}
		}
		if most := c.p.Wellbeing.Breather; most > 0 && int(longest/time.Minute) > most {
			c.found(Breather, a, date, "got", int(longest/time.Minute), "max", most)
		}
	}
}

// wishes checks the preferences about one shift: the heavier the longer somebody
// is with us and the more wishes were refused before.
func (c *checker) wishes(a *Agent, w *work) {
	if cost := WishCost(a, c.axis.Weekday(w.day), w.clock, w.clock+w.end-w.begin); cost > 0 {
		c.found(Preferred, a, c.date(w.day), "times", cost)
	}
}

// WishCost is the weight of the wishes that work on a weekday from begin to end
// (minutes after midnight) would not keep.
func WishCost(a *Agent, day time.Weekday, begin, end int) float64 {
	sum, asked, kept := 0.0, 0.0, false
	for _, p := range a.Preference {
		if !onWeekday(p.Weekdays, day) {
			continue
		}
		from, to := Clock(p.From), Clock(p.To)
		if to <= from {
			to += 1440
		}
		if p.Off {
			if begin < to && end > from {
				sum += p.Weight
			}
			continue
		}
		asked = max(asked, p.Weight)
		kept = kept || begin >= from && begin <= to
	}
	if !kept {
		sum += asked
	}
	return sum * (1 + a.Seniority/10 + float64(a.Before.Refused)/4)
}

// rest checks the time between shifts, also to the last one before the horizon.
func (c *checker) rest(a *Agent, list []work) {
	last, known := 0, false
	if a.Before.End != "" {
		if t, err := time.Parse(time.RFC3339, a.Before.End); err == nil {
			last, known = c.axis.Minute(t), true
		}
	}
	for i := range list {
		w := &list[i]
		if known && w.contract != nil && w.begin-last < w.contract.MinRest {
			c.found(MinRest, a, c.date(w.day), "got", hours(w.begin-last), "min", hours(w.contract.MinRest))
		}
		last, known = max(last, w.end), true
	}
}

// runs checks days and nights in a row.
func (c *checker) runs(a *Agent, list []work) {
	run, nights, last, lastNight := a.Before.Run, 0, -1, -2
	for i := range list {
		w := &list[i]
		if w.contract == nil || w.day == last {
			continue
		}
		if w.day != last+1 {
			run = 0
		}
		run++
		if run > w.contract.MaxRun {
			c.found(MaxConsecutive, a, c.date(w.day), "got", run, "max", w.contract.MaxRun)
		}
		if w.night {
			if w.day != lastNight+1 {
				nights = 0
			}
			nights++
			lastNight = w.day
			if w.contract.MaxNights > 0 && nights > w.contract.MaxNights {
				c.found(MaxNights, a, c.date(w.day), "got", nights, "max", w.contract.MaxNights)
			}
		}
		last = w.day
	}
}
