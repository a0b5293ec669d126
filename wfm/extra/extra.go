// Package extra changes single hours of a schedule in force without solving it anew: hours taken on beside a contract,
// and hours given up, in whole slots.
//
// Taken-on hours are blocks marked extra, which the forms of a contract do not bind (see [rules.Block]). Given-up hours
// are unpaid pauses named [rules.GivenUp] around the breaks that are there. The search does not know either: whoever
// solves or repairs takes them out before ([Strip]) and puts them back after ([Keep]).
package extra

import (
	"errors"
	"slices"
	"time"

	"github.com/agner-platform/agner/wfm/rules"
)

// What cannot be done.
var (
	ErrTaken   = errors.New("the person works at that time already")
	ErrNoWork  = errors.New("the person does not work then")
	ErrNoTerms = errors.New("the person is not in this schedule")
)

// Add gives a person a block beside the contract.
func Add(p *rules.Problem, s *rules.Schedule, agent string, from time.Time, minutes int) error {
	a := p.Agent(agent)
	if a == nil || len(a.Contracts) == 0 {
		return ErrNoTerms
	}
	to := from.Add(time.Duration(minutes) * time.Minute)
	for i := range s.Shifts {
		if sh := &s.Shifts[i]; sh.Agent == agent && overlaps(sh, from, to) {
			return ErrTaken
		}
	}
	axis := p.Axis()
	day := axis.DayOf(a.Site, axis.Minute(from))
	if day < 0 || day >= axis.Days() {
		return ErrNoTerms
	}
	date := axis.Date(day).String()
	b := rules.Block{Start: from, Minutes: minutes, Extra: true}
	if i := slices.IndexFunc(s.Shifts, func(sh rules.Shift) bool { return sh.Agent == agent && sh.Date == date }); i >= 0 {
		s.Shifts[i].Blocks = append(s.Shifts[i].Blocks, b)
		sort(&s.Shifts[i])
		return nil
	}
	s.Shifts = append(s.Shifts, rules.Shift{Agent: agent, Date: date, Contract: contract(p, s, a, day), Blocks: []rules.Block{b}})
	return nil
}

// contract is the one that the person works by in the week of a day of the horizon.
func contract(p *rules.Problem, s *rules.Schedule, a *rules.Agent, day int) string {
	axis := p.Axis()
	for i := range s.Shifts {
		sh := &s.Shifts[i]
		if sh.Agent == a.ID && len(sh.Blocks) > 0 && axis.DayOf(a.Site, axis.Minute(sh.Start()))/7 == day/7 {
			return sh.Contract
		}
	}
	return a.Contracts[0]
}

func overlaps(s *rules.Shift, from, to time.Time) bool {
	return slices.ContainsFunc(s.Blocks, func(b rules.Block) bool { return from.Before(b.End()) && b.Start.Before(to) })
}

func sort(s *rules.Shift) {
	slices.SortFunc(s.Blocks, func(a, b rules.Block) int { return a.Start.Compare(b.Start) })
}

// Free lets a person be off, unpaid, from an instant for so many minutes of their work; breaks stay where they are.
// It returns the minutes that are given up.
func Free(s *rules.Schedule, agent string, from time.Time, minutes int, name string) (int, error) {
	to, sum := from.Add(time.Duration(minutes)*time.Minute), 0
	for i := range s.Shifts {
		if s.Shifts[i].Agent != agent {
			continue
		}
		for j := range s.Shifts[i].Blocks {
			sum += free(&s.Shifts[i].Blocks[j], from, to, name)
		}
	}
	if sum == 0 {
		return 0, ErrNoWork
	}
	return sum, nil
}

func free(b *rules.Block, from, to time.Time, name string) int {
	at, end := later(from, b.Start), to
	if b.End().Before(end) {
		end = b.End()
	}
	sum := 0
	pauses := slices.Clone(b.Pauses)
	slices.SortFunc(pauses, func(x, y rules.Pause) int { return x.Start.Compare(y.Start) })
	give := func(until time.Time) {
		if m := int(until.Sub(at) / time.Minute); m > 0 {
			b.Pauses = append(b.Pauses, rules.Pause{Name: name, Start: at, Minutes: m})
			sum += m
		}
	}
	for _, q := range pauses {
		if !q.End().After(at) || !q.Start.Before(end) {
			continue
		}
		give(q.Start)
		at = later(at, q.End())
	}
	if at.Before(end) {
		give(end)
	}
	slices.SortFunc(b.Pauses, func(x, y rules.Pause) int { return x.Start.Compare(y.Start) })
	return sum
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Strip gives the schedule without what this package adds; the other keeps it.
func Strip(s *rules.Schedule) *rules.Schedule {
	out := *s
	out.Shifts = nil
	for i := range s.Shifts {
		sh := s.Shifts[i]
		sh.Blocks = nil
		for _, b := range s.Shifts[i].Blocks {
			if b.Extra {
				continue
			}
			b.Pauses = slices.DeleteFunc(slices.Clone(b.Pauses), func(q rules.Pause) bool { return q.Away() })
			sh.Blocks = append(sh.Blocks, b)
		}
		if len(sh.Blocks) > 0 {
			out.Shifts = append(out.Shifts, sh)
		}
	}
	return &out
}

// Keep puts into a schedule what another had taken on and given up, where it still fits: nobody works twice at a time,
// who is absent takes nothing on, and only who still works then is off.
func Keep(p *rules.Problem, was, now *rules.Schedule) {
	for i := range was.Shifts {
		sh := &was.Shifts[i]
		a := p.Agent(sh.Agent)
		if a == nil {
			continue
		}
		for _, b := range sh.Blocks {
			if _, off := a.Absent(sh.Date); b.Extra && !off {
				_ = Add(p, now, sh.Agent, b.Start, b.Minutes) // where it no longer fits, the new shift stands
				continue
			}
			for _, q := range b.Pauses {
				if q.Away() {
					_, _ = Free(now, sh.Agent, q.Start, q.Minutes, q.Name) // who does not work then is off anyway
				}
			}
		}
	}
}
