// Package explain says in words what a problem cannot have: people for whom no week
// keeps all hard rules, with a smallest set of rules that contradict each other, and
// stretches of time for which too few people could ever be there.
package explain

import (
	"fmt"
	"strings"

	"github.com/agner-platform/agner/wfm/coverage"
	"github.com/agner-platform/agner/wfm/roster/named"
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

// Problem names everybody without a possible week and every stretch of time for which
// more people are needed than could be there.
func Problem(p *rules.Problem) *Explanation {
	b := named.NewProbe(p)
	out := &Explanation{Conflicts: []Conflict{}, Gaps: able(p, b)}
	for i := range p.Agents {
		for w := 0; w*7 < p.Days; w++ {
			if !b.Week(i, w, nil) {
				out.Conflicts = append(out.Conflicts, conflict(p, b, i, w))
			}
		}
	}
	return out
}

// conflict finds a smallest set by deletion: leave all rules out that can be left out
// while it stays impossible.
func conflict(p *rules.Problem, b *named.Probe, agent, w int) Conflict {
	a := &p.Agents[agent]
	c := Conflict{Agent: a.ID, Week: p.Axis().Date(w * 7).String()}
	if b.Contracts(agent) == 0 {
		c.Rules = []string{rules.SplitConsent}
	} else {
		without := map[string]bool{}
		for _, r := range loosened {
			without[r] = true
			if b.Week(agent, w, without) {
				delete(without, r)
			}
		}
		for _, r := range loosened {
			if !without[r] {
				c.Rules = append(c.Rules, r)
			}
		}
	}
	var words []string
	for _, r := range c.Rules {
		rule, _ := rules.Find(r)
		words = append(words, rule.Words)
	}
	c.Text = fmt.Sprintf("%s cannot work in the week of %s: these rules contradict each other: %s", a.Name, c.Week, strings.Join(words, " "))
	return c
}

// able finds the stretches for which too few people could ever be there: contracts,
// availability, absences and holidays alone forbid more.
func able(p *rules.Problem, b *named.Probe) []coverage.Gap {
	gaps := []coverage.Gap{}
	could := make([][]int, len(p.Lines))
	for l := range could {
		could[l] = make([]int, p.Axis().Slots)
	}
	for i := range p.Agents {
		reach := b.Reach(i)
		for l := range p.Lines {
			if !p.Agents[i].Serves(&p.Lines[l]) {
				continue
			}
			for t, there := range reach {
				if there {
					could[l][t]++
				}
			}
		}
	}
	for l := range p.Lines {
		gaps = append(gaps, coverage.Stretches(p, l, could[l], "are available")...)
	}
	return gaps
}
