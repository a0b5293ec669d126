package office

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/db/planning"
	"github.com/agner-platform/agner/wfm/coverage"
	"github.com/agner-platform/agner/wfm/extra"
	"github.com/agner-platform/agner/wfm/roster/named"
	"github.com/agner-platform/agner/wfm/rules"
	"github.com/agner-platform/agner/wfm/search"
)

// force is a schedule in force with its problem.
type force struct {
	row  planning.Schedule
	p    *rules.Problem
	plan *rules.Schedule
}

// inForce reads the schedule that holds on a date for an agent.
func (s *Service) inForce(ctx context.Context, agent, date string) (*force, error) {
	list, err := s.plan.InForce(ctx, date, date)
	if err != nil {
		return nil, err
	}
	for _, row := range list {
		p, err := Problem(row.Problem)
		if err != nil {
			return nil, err
		}
		if p.Agent(agent) == nil {
			continue
		}
		plan, err := Plan(row.Draft)
		if err != nil {
			return nil, err
		}
		return &force{row, p, plan}, nil
	}
	return nil, ErrNoShift
}

// Proposal is what a repair would change.
type Proposal struct {
	Request    planning.Request     `json:"request"`
	Schedule   string               `json:"schedule,omitempty"` // whose draft holds the repair
	Version    int64                `json:"version,omitempty"`
	Difference *coverage.Difference `json:"difference,omitempty"`
}

// repairTime bounds a repair.
const repairTime = 4 * time.Second

// Absent enters an absence and repairs the schedule in force: the repaired week becomes the
// draft, with what it changes against the published one. Publishing it is one click.
func (s *Service) Absent(ctx context.Context, r planning.Request) (*Proposal, error) {
	r.State = planning.Granted
	r, err := s.plan.Ask(ctx, r)
	if err != nil {
		return nil, err
	}
	return s.Repair(ctx, r)
}

// Repair repairs the schedule in force for a granted absence. Leave of single hours is laid into it.
func (s *Service) Repair(ctx context.Context, r planning.Request) (*Proposal, error) {
	if r.FromTime != "" {
		return s.leaveOf(ctx, r)
	}
	out := &Proposal{Request: r}
	f, err := s.inForce(ctx, r.Agent, r.From)
	if err == ErrNoShift {
		return out, nil // nothing is published yet: the next problem knows the absence
	}
	if err != nil {
		return nil, err
	}
	if a := f.p.Agent(r.Agent); a != nil {
		addAbsence(a, r.From, r.To, r.Kind, planned(f.plan, r.Agent))
	}
	if err := f.p.Check(); err != nil {
		return nil, err
	}
	opt := search.Options{Seed: 1, Time: repairTime}
	now, err := named.Repair(ctx, search.NewClock(ctx, opt), f.p, extra.Strip(f.plan), named.Change{Price: f.p.Prices.Under / 8, From: s.cfg.Now()}, 1)
	if err != nil {
		return nil, err
	}
	extra.Keep(f.p, f.plan, now)
	sheet, err := s.Save(ctx, f.row.ID, f.row.Version, f.p, now, "repaired after an absence")
	if err != nil {
		return nil, err
	}
	out.Schedule, out.Version, out.Difference = f.row.ID, sheet.Version, coverage.Compare(f.p, f.plan, now)
	return out, nil
}

// CheckSwap says which hard rules a swap would break that are kept now. It changes nothing.
func (s *Service) CheckSwap(ctx context.Context, r planning.Request) ([]rules.Finding, error) {
	f, err := s.inForce(ctx, r.Agent, r.From)
	if err != nil {
		return nil, err
	}
	_, broken, err := f.swap(r)
	return broken, err
}

// swap exchanges the shifts of two people and checks both.
func (f *force) swap(r planning.Request) (*rules.Schedule, []rules.Finding, error) {
	now, err := clone(f.plan)
	if err != nil {
		return nil, nil, err
	}
	if err := exchange(f.p, now, r); err != nil {
		return nil, nil, err
	}
	return now, f.broken(now, r.Agent, r.Partner), nil
}

// exchange gives each of two people the other's shift.
func exchange(p *rules.Problem, s *rules.Schedule, r planning.Request) error {
	other := r.PartnerDate
	if other == "" {
		other = r.From
	}
	mine := slices.IndexFunc(s.Shifts, func(x rules.Shift) bool { return x.Agent == r.Agent && x.Date == r.From })
	theirs := slices.IndexFunc(s.Shifts, func(x rules.Shift) bool { return x.Agent == r.Partner && x.Date == other })
	if mine < 0 || theirs < 0 || p.Agent(r.Partner) == nil {
		return ErrNoShift
	}
	was := [2]string{contractOf(s, r.Agent), contractOf(s, r.Partner)}
	a, b := &s.Shifts[mine], &s.Shifts[theirs]
	a.Agent, b.Agent = b.Agent, a.Agent
	adopt(p, a, was[1])
	adopt(p, b, was[0])
	return nil
}

// adopt gives a shift the contract its new owner works by that week, where that contract has a shift of the same name.
func adopt(p *rules.Problem, s *rules.Shift, name string) {
	if c := p.Contract(name); c != nil && c.Shift(s.Kind) != nil {
		s.Contract = name
	}
}

// contractOf is the contract of a person's first shift.
func contractOf(s *rules.Schedule, agent string) string {
	for i := range s.Shifts {
		if s.Shifts[i].Agent == agent {
			return s.Shifts[i].Contract
		}
	}
	return ""
}

func of(s *rules.Schedule, agent string) []rules.Shift {
	var out []rules.Shift
	for i := range s.Shifts {
		if s.Shifts[i].Agent == agent {
			out = append(out, s.Shifts[i])
		}
	}
	return out
}

func clone(s *rules.Schedule) (*rules.Schedule, error) {
	text, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	return rules.ReadSchedule(bytes.NewReader(text))
}

// AskSwap offers a swap to its partner, if it breaks no rule.
func (s *Service) AskSwap(ctx context.Context, r planning.Request) (planning.Request, error) {
	r.Kind, r.To, r.State = planning.Swap, r.From, planning.Offered
	broken, err := s.CheckSwap(ctx, r)
	if err != nil {
		return r, err
	}
	if len(broken) > 0 {
		return r, &BrokenError{broken}
	}
	return s.plan.Ask(ctx, r)
}

// TakeSwap carries an offered swap out: the rules are checked again, and a new version is
// published.
func (s *Service) TakeSwap(ctx context.Context, id string, version int64) (planning.Request, error) {
	r, err := s.plan.Request(ctx, id)
	if err != nil {
		return r, err
	}
	if r.State != planning.Offered {
		return r, &db.FieldError{Field: "state", Value: r.State, Reason: "the swap is no longer offered"}
	}
	f, err := s.inForce(ctx, r.Agent, r.From)
	if err != nil {
		return r, err
	}
	now, broken, err := f.swap(r)
	if err != nil {
		return r, err
	}
	if len(broken) > 0 {
		return r, &BrokenError{broken}
	}
	err = s.amend(ctx, f, now, func(draft *rules.Schedule) error { return exchange(f.p, draft, r) }, "swap", s.plan.Deciding(id, version, planning.Granted, ""))
	if err != nil {
		return r, err
	}
	return s.plan.Request(ctx, id)
}
