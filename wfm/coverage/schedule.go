package coverage

import (
	"time"

	"github.com/agner-platform/agner/wfm/rules"
)

// carry counts somebody whose last shift reaches into the horizon.
func (c *Cover) carry(a *rules.Agent) {
	if t, err := time.Parse(time.RFC3339, a.Before.End); err == nil {
		c.Put(c.index[Set(c.p, a)], 0, c.p.Axis().Minute(t)/c.p.Slot, 1)
	}
}

// Add counts a shift in (by 1) or out (by −1). Slots that a shift fills in part do not count.
func (c *Cover) Add(a *rules.Agent, s *rules.Shift, by int32) {
	set := c.index[Set(c.p, a)]
	axis, slot := c.p.Axis(), c.p.Slot
	for i := range s.Blocks {
		b := &s.Blocks[i]
		from := axis.Minute(b.Start)
		c.Put(set, ceil(from, slot), floor(from+b.Minutes, slot), by)
		for j := range b.Pauses {
			at := axis.Minute(b.Pauses[j].Start)
			c.Put(set, floor(at, slot), ceil(at+b.Pauses[j].Minutes, slot), -by)
		}
	}
}

func floor(m, slot int) int {
	if m < 0 {
		return -ceil(-m, slot)
	}
	return m / slot
}

func ceil(m, slot int) int {
	if m < 0 {
		return -floor(-m, slot)
	}
	return (m + slot - 1) / slot
}

// Of is the cover of a schedule; shifts of people the problem does not have are left out.
func Of(p *rules.Problem, s *rules.Schedule) *Cover {
	c := New(p)
	agents := map[string]*rules.Agent{}
	for i := range p.Agents {
		agents[p.Agents[i].ID] = &p.Agents[i]
	}
	for i := range s.Shifts {
		if a := agents[s.Shifts[i].Agent]; a != nil && len(s.Shifts[i].Blocks) > 0 {
			c.Add(a, &s.Shifts[i], 1)
		}
	}
	c.Settle()
	return c
}

// Judge is the whole verdict on a schedule: people's rules, cover and strain.
func Judge(p *rules.Problem, s *rules.Schedule) (*rules.Report, *Cover) {
	rep, c := p.Judge(s), Of(p, s)
	rep.Costs.Under, rep.Costs.Over = c.Split()
	strain := Strain(p, c)
	for _, f := range strain {
		rep.Costs.Soft += f.Cost
	}
	rep.Findings = append(rep.Findings, strain...)
	return rep, c
}

// strained is the share of the ceiling from which an interval counts as strained.
const strained = 0.9

// Strain checks the occupancy ceiling per line and day (its worst interval) and runs
// of strained intervals. Occupancy is load / agents there for the line: those who serve it, and those with its skill
// whom no line needs, since calls find them too.
func Strain(p *rules.Problem, c *Cover) []rules.Finding {
	if p.Wellbeing.MaxOccupancy <= 0 {
		return nil
	}
	var out []rules.Finding
	lines, spare := c.Lines()
	axis := p.Axis()
	for i := range p.Lines {
		l := &p.Lines[i]
		if len(l.Load) == 0 {
			continue
		}
		for d := range axis.Days() {
			worst, run, longest := 0.0, 0, 0
			for t := axis.DayStart(d) / p.Slot; t < axis.DayStart(d+1)/p.Slot; t++ {
				occupancy := 0.0
				if l.Load[t] > 0 {
					there := min(lines[i].Able[t], lines[i].Served[t]+spare[t])
					occupancy = min(9.99, l.Load[t]/max(float64(there), 1e-9))
				}
				worst = max(worst, occupancy)
				if run++; occupancy <= strained*p.Wellbeing.MaxOccupancy {
					run = 0
				}
				longest = max(longest, run)
			}
			params := func(got, most int) map[string]any {
				return map[string]any{"line": l.ID, "day": axis.Date(d).String(), "got": got, "max": most}
			}
			if worst > p.Wellbeing.MaxOccupancy {
				out = append(out, soft(p, rules.Occupancy, params(int(100*worst), int(100*p.Wellbeing.MaxOccupancy))))
			}
			if most := p.Wellbeing.HighRun; most > 0 && longest > most {
				out = append(out, soft(p, rules.HighRun, params(longest, most)))
			}
		}
	}
	return out
}

func soft(p *rules.Problem, rule string, params map[string]any) rules.Finding {
	return rules.Finding{
		Rule: rule, Hard: p.IsHard(rule), Cost: p.Weight(rule), Date: params["day"].(string), Text: rules.Sentence(rule, params), Params: params,
	}
}
