// Package carry takes a week to other dates by the wall clock: its requirement and its shifts.
package carry

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/wfm/rules"
	"github.com/agner-platform/agner/wfm/rules/axis"
)

// Problem is a problem for another first date, without absences and memory, which belong to the old one. A week with a
// change of clocks has another number of slots: the requirement follows the wall clock. It is not checked yet.
func Problem(p *rules.Problem, from, name string) (*rules.Problem, error) {
	text, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	var next rules.Problem
	if err := json.Unmarshal(text, &next); err != nil {
		return nil, err
	}
	next.From, next.Name = from, name
	if name == "" {
		next.Name = from
	}
	for i := range next.Agents {
		next.Agents[i].Absences, next.Agents[i].Before = nil, rules.Before{}
	}
	for i := range next.Lines {
		next.Lines[i].Need, next.Lines[i].Load = nil, nil
	}
	was := p.Axis()
	sites := map[string]string{}
	for _, x := range next.Sites {
		sites[x.ID] = x.Zone
	}
	now, err := axis.New(next.Zone, next.From, next.Days, next.Slot, sites)
	if err != nil {
		return nil, err
	}
	for i := range next.Lines {
		l, o := &next.Lines[i], &p.Lines[i]
		for t := range now.Slots {
			d := now.DayOf("", t*p.Slot)
			at := was.At("", d, now.Clock("", d, t*p.Slot)) / p.Slot
			at = min(max(at, 0), len(o.Need)-1)
			l.Need = append(l.Need, o.Need[at])
			if at < len(o.Load) {
				l.Load = append(l.Load, o.Load[at])
			}
		}
	}
	return &next, nil
}

// Shifts moves shifts by whole days of the wall clock.
func Shifts(p *rules.Problem, s *rules.Schedule, days int) (*rules.Schedule, error) {
	out := &rules.Schedule{Format: rules.Format, Problem: p.Name, Method: "copy", Shifts: []rules.Shift{}}
	for i := range s.Shifts {
		sh := s.Shifts[i]
		date, err := interval.ReadDate(sh.Date)
		if err != nil {
			return nil, fmt.Errorf("shift of %s: %w", sh.Agent, err)
		}
		sh.Date = date.AddDays(days).String()
		sh.Blocks = nil
		for _, b := range s.Shifts[i].Blocks {
			start := later(p, sh.Agent, b.Start, days)
			for j := range b.Pauses {
				b.Pauses[j].Start = start.Add(b.Pauses[j].Start.Sub(b.Start))
			}
			b.Start = start
			sh.Blocks = append(sh.Blocks, b)
		}
		out.Shifts = append(out.Shifts, sh)
	}
	return out, nil
}

// later is an instant moved by days on the wall clock of a person's site.
func later(p *rules.Problem, agent string, at time.Time, days int) time.Time {
	zone := p.Axis().Time("", 0).Location()
	if a := p.Agent(agent); a != nil {
		zone = p.Axis().Time(a.Site, 0).Location()
	}
	return at.In(zone).AddDate(0, 0, days)
}
