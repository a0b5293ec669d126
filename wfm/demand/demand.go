// Package demand is the border between forecasts and schedules: what a published forecast
// asks of a week, and whom a published schedule has on the phone.
package demand

import (
	"context"

	"github.com/agner-platform/agner/wfm/rules"
)

// Forecast gives a queue's requirement and load in erlangs by quarter hour from one instant to
// another (UTC µs) from a published forecast, and what that is called; an empty name where none
// covers the time. A nil Forecast has none.
type Forecast func(ctx context.Context, queue string, from, to int64) (need []int, load []float64, name string, err error)

// Fill gives a line the requirement of a published forecast and says so in its basis; false
// where none covers the time.
func (f Forecast) Fill(ctx context.Context, l *rules.Line, queue string, from, to int64) (bool, error) {
	if f == nil {
		return false, nil
	}
	need, load, name, err := f(ctx, queue, from, to)
	if err != nil || name == "" {
		return false, err
	}
	l.Need, l.Load, l.Basis = need, load, "forecast "+name
	return true, nil
}
