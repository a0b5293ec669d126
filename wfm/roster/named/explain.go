package named

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agner-platform/agner/wfm/coverage"
	"github.com/agner-platform/agner/wfm/rules"
)

// Conflict is a person for whom no week keeps all hard rules.
type Conflict struct {
	Agent string   `json:"agent"`
	Week  string   `json:"week"`  // its first date
	Rules []string `json:"rules"` // leaving out any one of them makes a week possible
	Text  string   `json:"text"`
}

// Explanation says what cannot be had.
type Explanation struct {
	Conflicts []Conflict     `json:"conflicts"`
	Gaps      []coverage.Gap `json:"gaps"`
}

// loosened are the rules an explanation tries to do without, in the order in which
// they are blamed last.
var loosened = []string{
	rules.MinMinutes, rules.MaxMinutes, rules.DaysPerWeek, rules.MinDaysOff, rules.MaxConsecutive, rules.MaxNights,
	rules.StartSpread, rules.MinRest, rules.Pattern, rules.Availability, rules.DayOff,
}

// Explain names everybody without a possible week and every stretch of time for which
// more people are needed than could be there.
func Explain(p *rules.Problem) *Explanation {
	k := newDesk(p, nil)
	k.skip = map[string]bool{}
	out := &Explanation{Conflicts: []Conflict{}, Gaps: able(p, k)}
	for _, who := range k.people {
		for w := range k.weeks {
			if _, ok := k.dp.best(who, w); ok {
				continue
			}
			out.Conflicts = append(out.Conflicts, k.conflict(who, w))
		}
	}
	return out
}

// conflict finds a smallest set by deletion: leave all rules out that can be left out
// while it stays impossible.
func (k *desk) conflict(who *person, w int) Conflict {
	c := Conflict{Agent: who.a.ID, Week: k.axis.Date(w * 7).String()}
	defer func() { k.skip = map[string]bool{} }()
	if len(who.contracts) == 0 {
		c.Rules = []string{rules.SplitConsent}
	} else {
		k.skip = map[string]bool{}
		for _, r := range loosened {
			k.skip[r] = true
			if _, ok := k.dp.best(who, w); ok {
				delete(k.skip, r)
			}
		}
		for _, r := range loosened {
			if !k.skip[r] {
				c.Rules = append(c.Rules, r)
			}
		}
	}
	var words []string
	for _, r := range c.Rules {
		rule, _ := rules.Find(r)
		words = append(words, rule.Words)
	}
	c.Text = fmt.Sprintf("%s cannot work in the week of %s: these rules contradict each other: %s", who.a.Name, c.Week, strings.Join(words, " "))
	return c
}

// able finds the stretches for which too few people could ever be there: contracts,
// availability, absences and holidays alone forbid more.
func able(p *rules.Problem, k *desk) []coverage.Gap {
	gaps := []coverage.Gap{}
	could := make([][]int, len(p.Lines))
	for l := range could {
		could[l] = make([]int, k.axis.Slots)
	}
	for _, who := range k.people {
		reach := k.reach(who)
		for l := range p.Lines {
			if who.a.Serves(&p.Lines[l]) {
				for t, there := range reach {
					if there {
						could[l][t]++
					}
				}
			}
		}
	}
	for l := range p.Lines {
		gaps = append(gaps, stretches(p, l, could[l])...)
	}
	return gaps
}

// reach marks the slots in which a person could be at work.
func (k *desk) reach(who *person) []bool {
	there := make([]bool, k.axis.Slots)
	for c, ct := range who.contracts {
		for w := range k.weeks {
			k.dp.fill(who, w, ct, who.shapes[c])
			for d := range k.dp.grid {
				for i := range k.dp.grid[d] {
					o := &k.dp.grid[d][i]
					for b := range int(o.blocks) {
						for t := max(0, int(o.from[b])); t < min(int(o.from[b]+o.length[b]), len(there)); t++ {
							there[t] = true
						}
					}
				}
			}
		}
	}
	return there
}

// stretches joins neighbouring slots in which a line lacks people.
func stretches(p *rules.Problem, l int, have []int) []coverage.Gap {
	var out []coverage.Gap
	line, axis := &p.Lines[l], p.Axis()
	for t := 0; t < axis.Slots; t++ {
		if line.Need[t] <= have[t] {
			continue
		}
		from, worst := t, t
		for t < axis.Slots && line.Need[t] > have[t] {
			if line.Need[t]-have[t] > line.Need[worst]-have[worst] {
				worst = t
			}
			t++
		}
		g := coverage.Gap{
			Line: line.ID, From: axis.Label(from * p.Slot), To: axis.Label(t * p.Slot),
			Need: line.Need[worst], Missing: line.Need[worst] - have[worst], Able: have[worst],
		}
		day := axis.Time("", from*p.Slot)
		g.Text = fmt.Sprintf("%s %s–%s needs %d %s, %d are available", day.Format("Monday 2006-01-02"), day.Format("15:04"),
			axis.Time("", t*p.Slot).Format("15:04"), g.Need, who(line), g.Able)
		out = append(out, g)
	}
	return out
}

func who(l *rules.Line) string {
	if l.Site != "" {
		return l.Skill + " agents at " + l.Site
	}
	return l.Skill + " agents"
}

// Short lists the stretches in which a schedule lacks people, the worst first.
func Short(p *rules.Problem, c *coverage.Cover, most int) []coverage.Gap {
	lines, _ := c.Lines()
	var out []coverage.Gap
	for l := range lines {
		out = append(out, stretches(p, l, lines[l].Served)...)
	}
	slices.SortStableFunc(out, func(a, b coverage.Gap) int { return b.Missing - a.Missing })
	return out[:min(most, len(out))]
}
