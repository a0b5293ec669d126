package coverage

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/agner-platform/agner/wfm/rules"
)

// Figures sum a schedule up.
type Figures struct {
	Cost     float64 `json:"cost"`
	Missing  float64 `json:"missing_hours"`
	Surplus  float64 `json:"surplus_hours"`
	Paid     float64 `json:"paid_hours"`
	Hard     int     `json:"hard"`
	Wishes   int     `json:"wishes_refused"`
	Weekends float64 `json:"weekend_spread"` // most less fewest weekend days of one person
}

// Change is one person's day that differs.
type Change struct {
	Agent string `json:"agent"`
	Date  string `json:"date"`
	Old   string `json:"old"`
	New   string `json:"new"`
}

// Difference is two schedules side by side.
type Difference struct {
	Old     Figures  `json:"old"`
	New     Figures  `json:"new"`
	People  int      `json:"people"` // with a change
	Changes []Change `json:"changes"`
}

// Sum sums a schedule up.
func Sum(p *rules.Problem, s *rules.Schedule) Figures {
	rep, c := Judge(p, s)
	return SumOf(p, s, rep, c)
}

// SumOf is Sum for a schedule that was judged already.
func SumOf(p *rules.Problem, s *rules.Schedule, rep *rules.Report, c *Cover) Figures {
	f := Figures{Cost: rep.Costs.Total(), Hard: len(rep.Hard())}
	hour := float64(p.Slot) / 60
	lines, spare := c.Lines()
	for _, l := range lines {
		for t := range l.Need {
			f.Missing += float64(l.Need[t]-l.Served[t]) * hour
		}
	}
	for _, n := range spare {
		f.Surplus += float64(n) * hour
	}
	weekends := map[string]int{}
	for i := range s.Shifts {
		sh := &s.Shifts[i]
		if len(sh.Blocks) == 0 {
			continue
		}
		f.Paid += float64(sh.Paid()) / 60
		if rules.Weekend(sh.Start().Weekday()) {
			weekends[sh.Agent]++
		}
	}
	for _, x := range rep.Findings {
		if x.Rule == rules.Preferred {
			f.Wishes++
		}
	}
	lo, hi := 1<<30, 0
	for i := range p.Agents {
		n := weekends[p.Agents[i].ID]
		lo, hi = min(lo, n), max(hi, n)
	}
	f.Weekends = float64(max(0, hi-lo))
	return f
}

// Words writes a shift as "08:00–12:00 13:00–17:00".
func Words(s *rules.Shift) string {
	var parts []string
	for i := range s.Blocks {
		b := &s.Blocks[i]
		parts = append(parts, fmt.Sprintf("%s–%s", b.Start.Format("15:04"), b.End().In(b.Start.Location()).Format("15:04")))
	}
	return strings.Join(parts, " ")
}

// Compare puts two schedules of a problem side by side.
func Compare(p *rules.Problem, old, now *rules.Schedule) *Difference {
	d := &Difference{Old: Sum(p, old), New: Sum(p, now), Changes: []Change{}}
	was, is := days(old), days(now)
	people := map[string]bool{}
	for key, text := range was {
		if is[key] != text {
			d.Changes = append(d.Changes, Change{key[0], key[1], text, is[key]})
			people[key[0]] = true
		}
	}
	for key, text := range is {
		if _, ok := was[key]; !ok {
			d.Changes = append(d.Changes, Change{key[0], key[1], "", text})
			people[key[0]] = true
		}
	}
	d.People = len(people)
	slices.SortFunc(d.Changes, func(a, b Change) int { return cmp.Or(cmp.Compare(a.Date, b.Date), cmp.Compare(a.Agent, b.Agent)) })
	return d
}

// days are the shifts in words with their pauses, by agent and date.
func days(s *rules.Schedule) map[[2]string]string {
	out := map[[2]string]string{}
	for i := range s.Shifts {
		sh := &s.Shifts[i]
		text := Words(sh)
		for _, b := range sh.Blocks {
			for _, p := range b.Pauses {
				text += fmt.Sprintf(" (%s %s)", p.Name, p.Start.Format("15:04"))
			}
		}
		out[[2]string{sh.Agent, sh.Date}] = text
	}
	return out
}
