// Package wish is what people can and would like to work, as they keep it up themselves.
package wish

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/wfm/rules"
)

// Wishes are what a person can and would like to work, as the agent keeps them up.
type Wishes struct {
	Available  []rules.Window     `json:"available"` // only within these, where any is given
	Preference []rules.Preference `json:"preferences"`
	Consent    []string           `json:"consent"` // kinds agreed to, such as split
}

// mostWishes bounds what one person may ask for: a planner has to read it.
const mostWishes = 50

// Check names what cannot be used beside a centre's contracts.
func (w *Wishes) Check(contracts []rules.Contract) error {
	if n := len(w.Available) + len(w.Preference); n > mostWishes {
		return &db.FieldError{Field: "preferences", Value: fmt.Sprint(n), Reason: fmt.Sprintf("want at most %d wishes", mostWishes)}
	}
	for _, c := range w.Consent {
		if c != rules.Split {
			return &db.FieldError{Field: "consent", Value: c, Reason: "want split"}
		}
	}
	p := &rules.Problem{
		Format: rules.Format, Name: "check", Zone: "UTC", From: "2026-01-05", Days: 7, Lines: []rules.Line{{Skill: "any", Need: make([]int, 672)}},
		Contracts: contracts, Agents: []rules.Agent{{ID: "any", Contracts: []string{contracts[0].Name}, Available: w.Available, Preference: w.Preference}},
	}
	if err := p.Check(); err != nil {
		var field *rules.FieldError
		if errors.As(err, &field) {
			return &db.FieldError{Field: field.Field, Value: fmt.Sprint(field.Value), Reason: field.Reason}
		}
		return err
	}
	return nil
}

// Seniority is the years, in tenths, since each person's first terms began, where that is known.
func Seniority(list []db.AgentTerms, now time.Time) map[string]float64 {
	first := map[string]time.Time{}
	for _, t := range list {
		if t.ValidFrom == db.Always {
			continue
		}
		if at := t.ValidFrom.Time(); first[t.AgentID].IsZero() || at.Before(first[t.AgentID]) {
			first[t.AgentID] = at
		}
	}
	out := map[string]float64{}
	for agent, at := range first {
		out[agent] = max(0, math.Floor(now.Sub(at).Hours()/(24*36.525))/10)
	}
	return out
}
