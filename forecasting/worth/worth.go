// Package worth weighs targets of service: what they cost in people and what they keep.
package worth

import (
	"context"
	"slices"

	"github.com/agner-platform/agner/forecasting"
)

// TargetCost is what one target asks and wins.
type TargetCost struct {
	Share     float64          `json:"share"`
	Sums      forecasting.Sums `json:"sums"`
	MoreHours float64          `json:"more_hours"` // paid, against the first target
	MoreCost  float64          `json:"more_cost"`
	Kept      float64          `json:"calls_kept"` // callers fewer who hang up
	Revenue   *float64         `json:"revenue_kept"`
	Worth     *float64         `json:"net"` // revenue kept − cost
	PerCall   *float64         `json:"cost_per_call_kept"`
}

// usualTargets are those compared where nobody names any.
var usualTargets = []float64{0.7, 0.8, 0.9, 0.95}

// Targets compares what targets of service cost with what they keep: callers who would have
// hung up, each worth value (nil: not known).
func Targets(ctx context.Context, room *forecasting.Service, queue, run string, when forecasting.Range, what forecasting.What, shares []float64, value *float64) ([]TargetCost, error) {
	if len(shares) == 0 {
		shares = usualTargets
	}
	v, err := room.View(ctx, queue, run, when)
	if err != nil {
		return nil, err
	}
	out := []TargetCost{}
	for _, x := range slices.Sorted(slices.Values(shares)) {
		what.Share = &x
		r, err := room.Reckon(ctx, v, what)
		if err != nil {
			return nil, err
		}
		t := TargetCost{Share: x, Sums: r.Sums}
		if len(out) > 0 {
			base := out[0].Sums
			t.MoreHours, t.MoreCost, t.Kept = r.Sums.Scheduled-base.Scheduled, r.Sums.Cost-base.Cost, base.Abandoned-r.Sums.Abandoned
			if t.Kept > 0 && r.Terms.AgentHour > 0 {
				per := t.MoreCost / t.Kept
				t.PerCall = &per
			}
			if value != nil {
				kept := t.Kept * *value
				net := kept - t.MoreCost
				t.Revenue, t.Worth = &kept, &net
			}
		}
		out = append(out, t)
	}
	return out, nil
}
