package office

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/agner-platform/agner/wfm/rules"
	"github.com/agner-platform/agner/wfm/wish"
)

// Wishes reads a person's.
func (s *Service) Wishes(ctx context.Context, agent string) (wish.Wishes, int64, error) {
	w := wish.Wishes{Available: []rules.Window{}, Preference: []rules.Preference{}, Consent: []string{}}
	body, version, err := s.plan.Wishes(ctx, agent)
	if err != nil || version == 0 {
		return w, version, err
	}
	return w, version, json.Unmarshal(body, &w)
}

// SetWishes replaces a person's wishes of the version named; the next week made from history has them.
func (s *Service) SetWishes(ctx context.Context, agent string, version int64, w wish.Wishes) error {
	if err := w.Check(defaults()); err != nil {
		return err
	}
	body, err := json.Marshal(w)
	if err != nil {
		return err
	}
	return s.plan.SetWishes(ctx, agent, version, body)
}

// wishes gives the people of a problem theirs. Availability in which nobody could keep a contract makes the week
// infeasible, which the search explains by name.
func (s *Service) wishes(ctx context.Context, p *rules.Problem) error {
	all, err := s.plan.AllWishes(ctx)
	if err != nil {
		return err
	}
	for i := range p.Agents {
		a := &p.Agents[i]
		body, ok := all[a.ID]
		if !ok {
			continue
		}
		var w wish.Wishes
		if err := json.Unmarshal(body, &w); err != nil {
			return fmt.Errorf("stored wishes of %s: %w", a.ID, err)
		}
		a.Available, a.Preference, a.Consent = w.Available, w.Preference, w.Consent
	}
	return nil
}

// seniority is the years since each person's first terms began.
func (s *Service) seniority(ctx context.Context) (map[string]float64, error) {
	list, err := s.cfg.Store.Terms().History(ctx)
	return wish.Seniority(list, s.cfg.Now()), err
}
