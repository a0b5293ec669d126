package office

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/wfm/rules"
)

// contractsName is the planning document that holds them.
const contractsName = "contracts"

// Contracts are those set up, or else the ones everybody begins with; version 0 are the latter.
func (s *Service) Contracts(ctx context.Context) ([]rules.Contract, int64, error) {
	body, version, err := s.plan.Document(ctx, contractsName)
	if err != nil {
		return nil, 0, err
	}
	if version == 0 {
		return defaults(), 0, nil
	}
	var list []rules.Contract
	if err := json.Unmarshal(body, &list); err != nil {
		return nil, 0, fmt.Errorf("stored contracts: %w", err)
	}
	return list, version, nil
}

// SetContracts replaces the contracts of the version named, after checking them as a
// problem would.
func (s *Service) SetContracts(ctx context.Context, version int64, list []rules.Contract) error {
	p := &rules.Problem{
		Format: rules.Format, Name: "check", Zone: "UTC", From: "2026-01-05", Days: 7, Lines: []rules.Line{{Skill: "any", Need: make([]int, 672)}},
		Contracts: list,
	}
	if len(list) > 0 {
		p.Agents = []rules.Agent{{ID: "any", Contracts: []string{list[0].Name}}}
	}
	if err := p.Check(); err != nil {
		var field *rules.FieldError
		if errors.As(err, &field) {
			return &db.FieldError{Field: field.Field, Value: fmt.Sprint(field.Value), Reason: field.Reason}
		}
		return err
	}
	body, err := json.Marshal(list)
	if err != nil {
		return err
	}
	return s.plan.SetDocument(ctx, contractsName, version, body)
}

// defaults are the contracts of a centre that set none up: one of each kind but rotating.
func defaults() []rules.Contract {
	meal := rules.Break{Name: "meal", Minutes: 30, Earliest: 180, Latest: 300, Over: 360}
	first := rules.Break{Name: "break", Paid: true, Minutes: 15, Earliest: 90, Latest: 150}
	second := rules.Break{Name: "second break", Paid: true, Minutes: 15, Earliest: 345, Latest: 405, Over: 420}
	full := rules.Contract{WeekMinutes: rules.Band{Min: 2400, Max: 2400}, WeekDays: rules.Band{Min: 5, Max: 5}, OffTogether: 2, Wage: 15}
	with := func(c rules.Contract, name, kind string, shifts ...rules.ShiftKind) rules.Contract {
		c.Name, c.Kind, c.Shifts = name, kind, shifts
		return c
	}
	flexible := with(full, "flexible", rules.Flexible,
		rules.ShiftKind{Name: "day", From: "07:00", To: "13:00", Step: 30, Lengths: []int{510}, Breaks: []rules.Break{first, meal, second}})
	flexible.StartSpread = 120
	tilted := with(full, "tilted", rules.Tilted, rules.ShiftKind{
		Name: "falling", From: "07:00", To: "11:00", Step: 30, Length: map[string]int{"mon": 630, "tue": 570, "wed": 510, "thu": 450, "fri": 390}, Breaks: []rules.Break{first, meal},
	})
	split := with(full, "split", rules.Split, rules.ShiftKind{
		Name: "two blocks", From: "07:00", To: "10:00", Step: 30, Lengths: []int{180, 240}, Second: &rules.Second{Lengths: []int{240, 300}, GapMin: 120, GapMax: 300},
	})
	split.ShiftPrice, split.StartSpread, split.DayMinutes = 6, 120, 540
	part := with(full, "part time", rules.PartTime, rules.ShiftKind{Name: "short", From: "07:00", To: "16:00", Step: 30, Lengths: []int{240, 300, 360}, Breaks: []rules.Break{first}})
	part.WeekMinutes, part.WeekDays, part.StartSpread = rules.Band{Min: 900, Max: 1500}, rules.Band{Min: 3, Max: 5}, 240
	micro := with(full, "micro", rules.Micro, rules.ShiftKind{
		Name: "block", From: "07:00", To: "19:00", Lengths: []int{60, 90, 120, 180}, Micro: &rules.Blocks{Most: 2, GapMin: 60, Minutes: 300},
	})
	micro.WeekMinutes, micro.WeekDays, micro.OffTogether, micro.ShiftPrice = rules.Band{Min: 300, Max: 1200}, rules.Band{Max: 6}, 1, 2
	return []rules.Contract{flexible, tilted, split, part, micro}
}
