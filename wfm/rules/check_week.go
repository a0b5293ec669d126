package rules

import "time"

// WeekBand is the minutes a week must hold for an agent: the contract's band less
// what absences of the week count, with overtime and voluntary time off.
func (p *Problem) WeekBand(a *Agent, c *Contract, first, last int) (band Band, least int) {
	paid := 0
	for d := first; d < last; d++ {
		m, _ := a.absent(p.axis.Date(d).String())
		paid += m
	}
	band = c.WeekMinutes
	if last-first < 7 { // a part of a week owes its part
		band.Min = band.Min * (last - first) / 7
	}
	least = max(0, band.Min-paid-c.TimeOff.Minutes)
	band.Min = max(0, band.Min-paid)
	if band.Max > 0 {
		band.Max = max(0, band.Max-paid)
	}
	return band, least
}

// WeekDays is how many days of a week an agent must and may work: no more than they are there.
func (p *Problem) WeekDays(a *Agent, c *Contract, first, last int) Band {
	there := 0
	for d := first; d < last; d++ {
		date := p.axis.Date(d).String()
		if _, off := a.absent(date); !off && !p.Holiday(a, date) {
			there++
		}
	}
	return Band{Min: min(c.WeekDays.Min*(last-first)/7, max(0, c.WeekDays.Min-(last-first-there))), Max: min(c.WeekDays.Max, there)}
}

// week checks what is promised per week and adds up its pay.
func (c *checker) week(a *Agent, first, last int, list []work) {
	var contract *Contract
	paid, extra := 0, 0
	days, worked := map[int]bool{}, map[int]bool{} // by contract; at all
	lo, hi := 1<<30, -1
	for i := range list {
		w := &list[i]
		if w.contract == nil {
			continue
		}
		if contract != nil && contract != w.contract {
			c.found(OneContract, a, c.date(w.day), "got", w.contract.Name, "want", contract.Name)
		}
		contract = w.contract
		paid, extra = paid+w.paid, extra+w.extra
		worked[w.day] = true
		c.rep.Costs.Wages += float64(w.s.Paid()) / 60 * contract.Wage
		c.rep.Costs.Overtime += float64(w.extra) / 60 * contract.Overtime.Price
		if len(w.regular) == 0 {
			continue
		}
		days[w.day] = true
		lo, hi = min(lo, w.clock), max(hi, w.clock)
		c.rep.Costs.Shifts += contract.ShiftPrice
	}
	if contract == nil {
		contract = c.easiest(a, first, last) // nobody worked: the contract that allows it, if one does
	}
	c.minutes(a, contract, first, last, paid)
	if extra > 0 && paid+extra > legalWeek {
		c.found(MaxMinutes, a, c.date(first), "got", hours(paid+extra), "max", hours(legalWeek))
	}
	c.days(a, contract, first, last, days, worked)
	if contract.StartSpread > 0 && hi >= 0 && hi-lo > contract.StartSpread {
		c.found(StartSpread, a, c.date(first), "got", hi-lo, "max", contract.StartSpread)
	}
}

// legalWeek is the most anybody may work in a week, extra hours and all: 48 hours (Directive 2003/88/EC, article 6, there as a mean).
const legalWeek = 48 * 60

// easiest is the agent's contract that asks for the fewest minutes in a week.
func (c *checker) easiest(a *Agent, first, last int) *Contract {
	best := c.p.Contract(a.Contracts[0])
	for _, name := range a.Contracts[1:] {
		other := c.p.Contract(name)
		_, was := c.p.WeekBand(a, best, first, last)
		if _, is := c.p.WeekBand(a, other, first, last); is < was {
			best = other
		}
	}
	return best
}

func (c *checker) minutes(a *Agent, contract *Contract, first, last, paid int) {
	band, least := c.p.WeekBand(a, contract, first, last)
	switch {
	case paid < least:
		c.found(MinMinutes, a, c.date(first), "got", hours(paid), "min", hours(least))
	case paid < band.Min:
		c.rep.Costs.Overtime += float64(band.Min-paid) / 60 * contract.TimeOff.Price
	case band.Max > 0 && paid > band.Max+contract.Overtime.Minutes && contract.Overtime.Minutes > 0:
		c.found(OvertimeUse, a, c.date(first), "got", hours(paid-band.Max), "max", hours(contract.Overtime.Minutes))
	case band.Max > 0 && paid > band.Max && contract.Overtime.Minutes == 0:
		c.found(MaxMinutes, a, c.date(first), "got", hours(paid), "max", hours(band.Max))
	case band.Max > 0 && paid > band.Max:
		c.rep.Costs.Overtime += float64(paid-band.Max) / 60 * contract.Overtime.Price
	}
}

// days checks how many days are worked and that enough days off lie together.
func (c *checker) days(a *Agent, contract *Contract, first, last int, days, worked map[int]bool) {
	band := c.p.WeekDays(a, contract, first, last)
	if n := len(days); contract.Kind != Rotating && (n < band.Min || n > band.Max) {
		c.found(DaysPerWeek, a, c.date(first), "got", n, "min", band.Min, "max", band.Max)
	}
	if last-first < 7 {
		return
	}
	longest, run := 0, 0
	for d := first; d < last; d++ {
		run++
		if worked[d] {
			run = 0
		}
		longest = max(longest, run)
	}
	if longest < contract.OffTogether {
		c.found(MinDaysOff, a, c.date(first), "got", longest, "min", contract.OffTogether)
	}
}

// fairness counts weekends and nights, with those of the weeks before.
func (c *checker) fairness(a *Agent, list []work) {
	weekends, nights, most := map[int]bool{}, 0, 0
	for i := range list {
		w := &list[i]
		if day := c.axis.Weekday(w.day); Weekend(day) {
			saturday := w.day
			if day == time.Sunday {
				saturday--
			}
			weekends[saturday] = true
		}
		if w.night {
			nights++
		}
		if w.contract != nil {
			most = w.contract.MaxWeekends
		}
	}
	if most > 0 && len(weekends) > most {
		c.found(MaxWeekends, a, c.date(0), "got", len(weekends), "max", most)
	}
	if n := len(weekends) * a.Before.Weekends; n > 0 {
		c.found(FairWeekends, a, c.date(0), "got", a.Before.Weekends, "times", float64(n))
	}
	if n := nights * a.Before.Nights; n > 0 {
		c.found(FairNights, a, c.date(0), "got", a.Before.Nights, "times", float64(n)/5)
	}
}

// variety asks that people with several skills have more than one line to serve while they work.
func (c *checker) variety(a *Agent, list []work) {
	want := min(c.p.Wellbeing.MinSkills, len(a.Skills))
	if want < 2 || len(list) == 0 {
		return
	}
	met := map[string]bool{}
	for i := range list {
		w := &list[i]
		for t := max(0, w.begin/c.p.Slot); t < min(w.end/c.p.Slot, c.axis.Slots); t++ {
			for j := range c.p.Lines {
				if l := &c.p.Lines[j]; l.Need[t] > 0 && a.Serves(l) {
					met[l.ID] = true
				}
			}
		}
	}
	if len(met) < want {
		c.found(Variety, a, c.date(0), "got", len(met), "min", want)
	}
}

// Serves tells whether an agent can cover a line.
func (a *Agent) Serves(l *Line) bool {
	if l.Site != "" && l.Site != a.Site {
		return false
	}
	for _, s := range a.Skills {
		if s == l.Skill {
			return true
		}
	}
	return false
}

// Wants lists who an activity is for.
func (x *Activity) Wants(p *Problem) []string {
	if len(x.Agents) > 0 || x.Team == "" {
		return x.Agents
	}
	var out []string
	for i := range p.Agents {
		if p.Agents[i].Team == x.Team {
			out = append(out, p.Agents[i].ID)
		}
	}
	return out
}

// activities checks that off-phone work has its time, and that what is together begins together.
func (c *checker) activities(people map[string][]work) {
	for i := range c.p.Activities {
		x := &c.p.Activities[i]
		starts := map[time.Time]bool{}
		for _, id := range x.Wants(c.p) {
			placed := false
			for _, w := range people[id] {
				for _, b := range w.s.Blocks {
					for _, pause := range b.Pauses {
						if pause.Work && pause.Name == x.Name && pause.Minutes == x.Minutes {
							placed = true
							starts[pause.Start.UTC()] = true
						}
					}
				}
			}
			if !placed {
				c.found(ActivityPlaced, c.p.Agent(id), c.date(0), "what", x.Name)
			}
		}
		if x.Together && len(starts) > 1 {
			c.found(TeamTogether, nil, c.date(0), "what", x.Name, "got", len(starts))
		}
	}
}

// quotas counts who is absent on the dates that bound it.
func (c *checker) quotas() {
	for _, q := range c.p.Leave {
		n := 0
		for i := range c.p.Agents {
			if _, off := c.p.Agents[i].absent(q.Date); off {
				n++
			}
		}
		if n > q.Most {
			c.found(LeaveQuota, nil, q.Date, "got", n, "max", q.Most)
		}
	}
}
