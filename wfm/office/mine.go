package office

import (
	"context"
	"slices"
	"time"

	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/wfm/ical"
	"github.com/agner-platform/agner/wfm/rules"
)

// Mine is what an agent sees of their own plan.
type Mine struct {
	Agent  string        `json:"agent"`
	Name   string        `json:"name"`
	Zone   string        `json:"zone"`
	Shifts []rules.Shift `json:"shifts"`
	Others []Other       `json:"others"`  // with whom a shift could be swapped
	Wishes [2]int        `json:"wishes"`  // kept, of all
	Share  float64       `json:"granted"` // kept / all
}

// Other is a colleague's shift.
type Other struct {
	Agent string      `json:"agent"`
	Name  string      `json:"name"`
	Shift rules.Shift `json:"shift"`
}

// Mine reads an agent's published shifts in a range of dates, with colleagues who share
// the skills.
func (s *Service) Mine(ctx context.Context, agent, from, to string) (*Mine, error) {
	zone := s.zone(ctx)
	out := &Mine{Agent: agent, Name: agent, Zone: zone.String(), Shifts: []rules.Shift{}, Others: []Other{}}
	list, err := s.plan.InForce(ctx, from, to)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{} // agent and date: the latest schedule counts
	for _, row := range list {
		p, err := Problem(row.Problem)
		if err != nil {
			return nil, err
		}
		me := p.Agent(agent)
		if me == nil {
			continue
		}
		out.Name = me.Name
		plan, err := Plan(row.Draft)
		if err != nil {
			return nil, err
		}
		for i := range plan.Shifts {
			sh := plan.Shifts[i]
			if sh.Date < from || sh.Date > to || seen[sh.Agent+sh.Date] {
				continue
			}
			seen[sh.Agent+sh.Date] = true
			if sh.Agent == agent {
				out.Shifts = append(out.Shifts, sh)
				out.Wishes[1]++
				if rules.WishCost(me, sh.Start().Weekday(), clock(sh.Start()), clock(sh.Start())+int(sh.End().Sub(sh.Start())/time.Minute)) == 0 {
					out.Wishes[0]++
				}
			} else if o := p.Agent(sh.Agent); o != nil && share(me, o) {
				out.Others = append(out.Others, Other{o.ID, o.Name, sh})
			}
		}
	}
	if out.Wishes[1] > 0 {
		out.Share = float64(out.Wishes[0]) / float64(out.Wishes[1])
	}
	slices.SortFunc(out.Shifts, func(a, b rules.Shift) int { return a.Start().Compare(b.Start()) })
	slices.SortFunc(out.Others, func(a, b Other) int { return a.Shift.Start().Compare(b.Shift.Start()) })
	return out, nil
}

func clock(t time.Time) int { return 60*t.Hour() + t.Minute() }

func share(a, b *rules.Agent) bool {
	return slices.ContainsFunc(a.Skills, func(s string) bool { return slices.Contains(b.Skills, s) })
}

// Weeks of a calendar feed before and after today.
const (
	feedBack = 14
	feedOn   = 84
)

// Calendar is the iCalendar feed that a secret opens (RFC 5545).
func (s *Service) Calendar(ctx context.Context, secret string) (string, error) {
	agent, err := s.plan.FeedAgent(ctx, secret)
	if err != nil {
		return "", err
	}
	now, zone := s.cfg.Now(), s.zone(ctx)
	today := interval.DateOf(zone, now.UnixMicro())
	mine, err := s.Mine(ctx, agent, today.AddDays(-feedBack).String(), today.AddDays(feedOn).String())
	if err != nil {
		return "", err
	}
	return ical.Feed(agent, mine.Name, mine.Shifts, now), nil
}
