package office

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/db/planning"
	"github.com/agner-platform/agner/wfm/coverage"
	"github.com/agner-platform/agner/wfm/roster/named"
	"github.com/agner-platform/agner/wfm/rules"
	"github.com/agner-platform/agner/wfm/search"
)

// quotaShare is the share of agents that may have leave on a date without a decision.
const quotaShare = 0.1

// AskOff enters a request for time off. Within the quota of every date it is granted at
// once; else somebody has to decide.
func (s *Service) AskOff(ctx context.Context, r planning.Request) (planning.Request, error) {
	r.Kind, r.State = planning.TimeOff, planning.Granted
	agents, err := s.cfg.Store.Agents().List(ctx)
	if err != nil {
		return r, err
	}
	most := max(1, int(quotaShare*float64(len(agents))))
	list, err := s.plan.Requests(ctx, "", r.From, r.To)
	if err != nil {
		return r, err
	}
	for day := r.From; day <= r.To; day = next(day) {
		n := 0
		for _, o := range list {
			if o.State == planning.Granted && o.Kind != planning.Swap && o.From <= day && day <= o.To {
				if o.Agent == r.Agent {
					return r, &db.FieldError{Field: "from", Value: r.From, Reason: "overlaps an absence from " + o.From + " to " + o.To}
				}
				n++
			}
		}
		if n >= most {
			r.State, r.Reason = planning.Open, fmt.Sprintf("%s: %d of %d places are taken", day, n, most)
		}
	}
	return s.plan.Ask(ctx, r)
}

// next is the date after a date, or "~", after all dates, where it is none.
func next(day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return "~"
	}
	return t.AddDate(0, 0, 1).Format(time.DateOnly)
}

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

// Repair repairs the schedule in force for a granted absence.
func (s *Service) Repair(ctx context.Context, r planning.Request) (*Proposal, error) {
	out := &Proposal{Request: r}
	f, err := s.inForce(ctx, r.Agent, r.From)
	if err == ErrNoShift {
		return out, nil // nothing is published yet: the next problem knows the absence
	}
	if err != nil {
		return nil, err
	}
	if a := f.p.Agent(r.Agent); a != nil {
		addAbsence(a, r.From, r.To, r.Kind)
	}
	if err := f.p.Check(); err != nil {
		return nil, err
	}
	opt := search.Options{Seed: 1, Time: repairTime}
	now, err := named.Repair(ctx, search.NewClock(ctx, opt), f.p, f.plan, named.Change{Price: f.p.Prices.Under / 8, From: s.cfg.Now()}, 1)
	if err != nil {
		return nil, err
	}
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
	other := r.PartnerDate
	if other == "" {
		other = r.From
	}
	now, err := clone(f.plan)
	if err != nil {
		return nil, nil, err
	}
	mine := slices.IndexFunc(now.Shifts, func(s rules.Shift) bool { return s.Agent == r.Agent && s.Date == r.From })
	theirs := slices.IndexFunc(now.Shifts, func(s rules.Shift) bool { return s.Agent == r.Partner && s.Date == other })
	if mine < 0 || theirs < 0 || f.p.Agent(r.Partner) == nil {
		return nil, nil, ErrNoShift
	}
	a, b := &now.Shifts[mine], &now.Shifts[theirs]
	a.Agent, b.Agent = b.Agent, a.Agent
	f.adopt(a)
	f.adopt(b)
	broken := []rules.Finding{}
	for _, id := range []string{r.Agent, r.Partner} {
		before := f.p.JudgeAgent(id, of(f.plan, id))
		for _, x := range f.p.JudgeAgent(id, of(now, id)) {
			known := slices.ContainsFunc(before, func(y rules.Finding) bool { return x.Rule == y.Rule && x.Date == y.Date })
			if x.Hard && !known {
				broken = append(broken, x)
			}
		}
	}
	return now, broken, nil
}

// adopt gives a shift the contract its new owner works by that week, where that contract
// has a shift of the same name.
func (f *force) adopt(s *rules.Shift) {
	for i := range f.plan.Shifts {
		o := &f.plan.Shifts[i]
		if o.Agent == s.Agent {
			if c := f.p.Contract(o.Contract); c != nil && c.Shift(s.Kind) != nil {
				s.Contract = c.Name
			}
			return
		}
	}
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
	if r, err = s.plan.Decide(ctx, id, version, planning.Granted, ""); err != nil {
		return r, err
	}
	sheet, err := s.Save(ctx, f.row.ID, f.row.Version, nil, now, "swap "+r.ID)
	if err != nil {
		return r, err
	}
	_, err = s.Publish(ctx, f.row.ID, sheet.Version, "swap")
	return r, err
}
