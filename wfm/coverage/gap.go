package coverage

import (
	"fmt"
	"slices"

	"github.com/agner-platform/agner/wfm/rules"
)

// Gap is a stretch in which a line lacks people.
type Gap struct {
	Line    string `json:"line"`
	From    string `json:"from"`
	To      string `json:"to"`
	Need    int    `json:"need"`    // most in the stretch
	Missing int    `json:"missing"` // most in the stretch
	Able    int    `json:"able"`    // who could work then at all, at the worst slot
	Text    string `json:"text"`
}

// Stretches joins neighbouring slots in which a line lacks people; are says who was counted.
func Stretches(p *rules.Problem, l int, have []int, are string) []Gap {
	var out []Gap
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
		g := Gap{
			Line: line.ID, From: axis.Label(from * p.Slot), To: axis.Label(t * p.Slot),
			Need: line.Need[worst], Missing: line.Need[worst] - have[worst], Able: have[worst],
		}
		day := axis.Time("", from*p.Slot)
		g.Text = fmt.Sprintf("%s %s–%s needs %d %s, %d %s", day.Format("Monday 2006-01-02"), day.Format("15:04"),
			axis.Time("", t*p.Slot).Format("15:04"), g.Need, people(line), g.Able, are)
		out = append(out, g)
	}
	return out
}

// people are whom a line asks for, in words.
func people(l *rules.Line) string {
	if l.Site != "" {
		return l.Skill + " agents at " + l.Site
	}
	return l.Skill + " agents"
}

// Short lists the stretches in which a schedule lacks people, the worst first.
func Short(p *rules.Problem, c *Cover, most int) []Gap {
	lines, _ := c.Lines()
	var out []Gap
	for l := range lines {
		out = append(out, Stretches(p, l, lines[l].Served, "are planned")...)
	}
	slices.SortStableFunc(out, func(a, b Gap) int { return b.Missing - a.Missing })
	return out[:min(most, len(out))]
}
