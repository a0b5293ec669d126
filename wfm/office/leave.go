package office

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/agner-platform/agner/internal/db/planning"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/wfm/coverage"
	"github.com/agner-platform/agner/wfm/extra"
	"github.com/agner-platform/agner/wfm/leave"
	"github.com/agner-platform/agner/wfm/rules"
)

// quotaShare is the share where none was set.
const quotaShare = 0.1

const quotasName = "leave_quotas"

// Quotas reads the quotas; version 0 are those everybody begins with.
func (s *Service) Quotas(ctx context.Context) (leave.Quotas, int64, error) {
	q := leave.Quotas{Share: quotaShare, Windows: []leave.QuotaWindow{}}
	body, version, err := s.plan.Document(ctx, quotasName)
	if err != nil || version == 0 {
		return q, version, err
	}
	return q, version, json.Unmarshal(body, &q)
}

// SetQuotas replaces the quotas of the version named.
func (s *Service) SetQuotas(ctx context.Context, version int64, q leave.Quotas) error {
	if err := q.Check(); err != nil {
		return err
	}
	body, err := json.Marshal(q)
	if err != nil {
		return err
	}
	return s.plan.SetDocument(ctx, quotasName, version, body)
}

// AskOff enters a request for time off, of whole dates or of hours of one. Within the quotas of every date and hour it
// is granted at once; else somebody has to decide.
func (s *Service) AskOff(ctx context.Context, r planning.Request) (planning.Request, error) {
	r.Kind, r.State = planning.TimeOff, planning.Granted
	agents, err := s.cfg.Store.Agents().List(ctx)
	if err != nil {
		return r, err
	}
	quotas, _, err := s.Quotas(ctx)
	if err != nil {
		return r, err
	}
	list, err := s.plan.Requests(ctx, "", r.From, r.To)
	if err != nil {
		return r, err
	}
	list = slices.DeleteFunc(list, func(o planning.Request) bool { return o.State != planning.Granted || o.Kind == planning.Swap })
	if r.Reason, err = quotas.Of(&r, list, len(agents)); err != nil {
		return r, err
	}
	if r.Reason != "" {
		r.State = planning.Open
	}
	if r, err = s.plan.Ask(ctx, r); err != nil || r.State != planning.Granted || r.FromTime == "" {
		return r, err
	}
	_, err = s.leaveOf(ctx, r)
	return r, err
}

// leaveOf lays granted hours of leave into the schedule in force.
func (s *Service) leaveOf(ctx context.Context, r planning.Request) (*Proposal, error) {
	out := &Proposal{Request: r}
	f, err := s.inForce(ctx, r.Agent, r.From)
	if err == ErrNoShift {
		return out, nil // nothing is published yet: the next search keeps the hours free
	}
	if err != nil {
		return nil, err
	}
	now, err := clone(f.plan)
	if err != nil {
		return nil, err
	}
	if away(f.p, now, &r) != nil {
		return out, nil // off anyway
	}
	if err := s.amend(ctx, f, now, func(draft *rules.Schedule) error { return away(f.p, draft, &r) }, "leave "+r.ID); err != nil {
		return nil, err
	}
	out.Schedule, out.Difference = f.row.ID, coverage.Compare(f.p, f.plan, now)
	return out, nil
}

// away takes the hours of a request out of a schedule.
func away(p *rules.Problem, s *rules.Schedule, r *planning.Request) error {
	axis := p.Axis()
	site := ""
	if a := p.Agent(r.Agent); a != nil {
		site = a.Site
	}
	for d := range axis.Days() {
		if axis.Date(d).String() == r.From {
			from, to := axis.At(site, d, rules.Clock(r.FromTime)), axis.At(site, d, minutesOf(r.ToTime))
			_, err := extra.Free(s, r.Agent, axis.Time(site, from), to-from, rules.Leave)
			return err
		}
	}
	return extra.ErrNoWork
}

// minutesOf reads HH:MM up to 24:00.
func minutesOf(clock string) int {
	if strings.HasPrefix(clock, "24:") {
		return 24 * 60
	}
	return rules.Clock(clock)
}

// leaveHours lays the hours of leave that were granted for the horizon into a schedule.
func (s *Service) leaveHours(ctx context.Context, p *rules.Problem, plan *rules.Schedule) error {
	axis := p.Axis()
	list, err := s.plan.Requests(ctx, "", p.From, axis.Date(axis.Days()-1).String())
	if err != nil {
		return err
	}
	for i := range list {
		if r := &list[i]; r.State == planning.Granted && r.FromTime != "" {
			_ = away(p, plan, r) // who does not work then is off anyway
		}
	}
	return nil
}

// absences gives people the leave and sickness of whole dates that was granted or entered.
func (s *Service) absences(ctx context.Context, p *rules.Problem) error {
	last, err := interval.ReadDate(p.From)
	if err != nil {
		return err
	}
	list, err := s.plan.Requests(ctx, "", p.From, last.AddDays(p.Days-1).String())
	if err != nil {
		return err
	}
	for _, r := range list {
		if r.State != planning.Granted || r.Kind == planning.Swap || r.FromTime != "" {
			continue
		}
		if a := p.Agent(r.Agent); a != nil {
			addAbsence(a, r.From, r.To, r.Kind, paidDay)
		}
	}
	return nil
}

// paidDay is what a working day of absence counts towards the week where nothing was planned yet: Monday to Friday.
func paidDay(day string) int {
	if t, err := time.Parse(time.DateOnly, day); err != nil || rules.Weekend(t.Weekday()) {
		return 0
	}
	return 480
}

// planned gives what each date of an absence counts after a schedule was made: what the person would have worked.
func planned(s *rules.Schedule, agent string) func(day string) int {
	paid := map[string]int{}
	for i := range s.Shifts {
		if s.Shifts[i].Agent == agent {
			paid[s.Shifts[i].Date] += s.Shifts[i].Paid()
		}
	}
	return func(day string) int { return paid[day] }
}

// addAbsence adds an absence; what overlaps another is cut to the rest.
func addAbsence(a *rules.Agent, from, to, kind string, paid func(day string) int) {
	for day := from; day <= to; day = leave.Next(day) {
		if _, off := a.Absent(day); !off {
			a.Absences = append(a.Absences, rules.Absence{From: day, To: day, Kind: kind, Paid: paid(day)})
		}
	}
}
