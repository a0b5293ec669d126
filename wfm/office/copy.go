package office

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/db/planning"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/wfm/carry"
	"github.com/agner-platform/agner/wfm/extra"
)

// Copy makes a schedule from another one's draft for a later or earlier horizon that begins on the same weekday: the
// same requirement, people and shifts by the wall clock. Hours taken on or given up stay behind; leave and wishes are
// those of the new dates, so that a shift of somebody who is away then shows as broken.
func (s *Service) Copy(ctx context.Context, id, from, name string) (*Sheet, error) {
	row, err := s.plan.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	old, err := interval.ReadDate(row.From)
	if err != nil {
		return nil, err
	}
	first, err := interval.ReadDate(from)
	if err != nil {
		return nil, &db.FieldError{Field: "from", Value: from, Reason: "want a date"}
	}
	days := old.DaysUntil(first)
	if days == 0 || days%7 != 0 {
		return nil, &db.FieldError{Field: "from", Value: from, Reason: "want another date on the same weekday as " + row.From}
	}
	p, err := Problem(row.Problem)
	if err != nil {
		return nil, err
	}
	plan, err := Plan(row.Draft)
	if err != nil {
		return nil, err
	}
	next, err := carry.Problem(p, from, name)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(s.absences(ctx, next), s.wishes(ctx, next)); err != nil {
		return nil, err
	}
	if err := next.Check(); err != nil {
		return nil, err
	}
	out, err := carry.Shifts(next, extra.Strip(plan), days)
	if err != nil {
		return nil, err
	}
	if err := s.leaveHours(ctx, next, out); err != nil {
		return nil, err
	}
	problem, err := json.Marshal(next)
	if err != nil {
		return nil, err
	}
	draft, err := json.Marshal(out)
	if err != nil {
		return nil, err
	}
	created, err := s.plan.Create(ctx, planning.Schedule{Name: next.Name, From: next.From, Days: next.Days, Problem: problem, Draft: draft})
	if err != nil {
		return nil, err
	}
	return judge(created)
}
