package dims

import (
	"maps"
	"math"
	"slices"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/event"
)

// CostShare is the part of the wage that an agent's time in a state for a reason costs. The catalogue of activities says
// so: the one for this reason before the one for any. A signed-off agent is off: the catalogue's paid absences are times
// of a schedule, not of a telephone. Without an activity for the state everything but a meal is paid.
func (d *Dims) CostShare(state, reason string) float64 {
	if state == string(event.Offline) {
		return 0
	}
	var found *db.Activity
	for i := range d.acts {
		a := &d.acts[i]
		switch {
		case !slices.Contains(a.States, state):
		case slices.Contains(a.Reasons, reason):
			return cost(a)
		case len(a.Reasons) == 0 && found == nil:
			found = a
		}
	}
	switch {
	case found != nil:
		return cost(found)
	case state == string(event.OnMeal):
		return 0
	}
	return 1
}

func cost(a *db.Activity) float64 {
	if !a.Paid {
		return 0
	}
	return a.CostShare
}

// Wage is an agent's wage in a stretch of time, in cents an hour; 0 where none is known.
type Wage struct {
	Agent       string
	From, Until int64 // µs
	Cents       int64
}

// Wages lists the wages of every agent with terms, from ever to ever.
func (d *Dims) Wages() []Wage {
	var out []Wage
	for _, agent := range slices.Sorted(maps.Keys(d.terms)) {
		w := Wage{Agent: agent, From: math.MinInt64}
		for _, t := range d.terms[agent] {
			w.Until = int64(t.ValidFrom)
			out = append(out, w)
			w.From, w.Cents = w.Until, t.WageCents
		}
		w.Until = math.MaxInt64
		out = append(out, w)
	}
	return out
}
