package roster

import (
	"context"
	"fmt"

	"github.com/agner-platform/agner/wfm/format"
	"github.com/agner-platform/agner/wfm/roster/staffing"
	"github.com/agner-platform/agner/wfm/roster/week"
	"github.com/agner-platform/agner/wfm/search"
	"github.com/agner-platform/agner/wfm/shiftdesign"
)

// Solution is a solution of any format, ready to be written as JSON.
type Solution struct {
	Head format.Header
	File any // the format's solution type
}

// Solve plans an instance.
func Solve(ctx context.Context, in format.Instance, opt search.Options) (*Solution, error) {
	clock := search.NewClock(ctx, opt)
	switch in := in.(type) {
	case *format.Week:
		s, err := week.Solve(ctx, clock, in, opt.Seed)
		if err != nil {
			return nil, err
		}
		return &Solution{s.Header, s}, nil
	case *format.Staffing:
		s, err := staffing.Solve(clock, in, opt.Seed)
		if err != nil {
			return nil, err
		}
		return &Solution{s.Header, s}, nil
	case *format.Curves:
		s := curves(clock, in)
		return &Solution{s.Header, s}, nil
	case *format.Rota:
		s, err := rota(clock, in, opt.Seed)
		if err != nil {
			return nil, err
		}
		s.Seed = opt.Seed
		return &Solution{s.Header, s}, nil
	default:
		return nil, fmt.Errorf("%w %q", format.ErrFormat, in.Format())
	}
}

func curves(clock *search.Clock, in *format.Curves) *format.CurvesSolution {
	s := &format.CurvesSolution{}
	s.Header = format.Header{Format: format.Chomp, Instance: in.Name, Method: "linear programme, crossing shifts fixed"}
	for i := range in.List {
		plan := shiftdesign.Cover(clock, &in.List[i])
		s.Curves = append(s.Curves, plan)
		s.Cost += plan.TotalHours
		s.Bound += float64(plan.Bound)
	}
	finish(clock, &s.Header)
	return s
}

func rota(clock *search.Clock, in *format.Rota, seed uint64) (*format.RotaSolution, error) {
	weeks, broken := shiftdesign.Rotate(clock, in, seed)
	s := &format.RotaSolution{Weeks: weeks}
	s.Header = format.Header{Format: format.Rotating, Instance: in.Name, Method: "annealing of a rota with exact counts"}
	score := in.ScoreSolution(s)
	s.Cost = score.Cost
	if broken > 0 {
		v := score.Violations[0]
		return nil, fmt.Errorf("%w: no rota found; in the best one %d rules are still broken, first %s (%s: %s)",
			format.ErrInstance, broken, v.Rule, v.Who, v.Text)
	}
	finish(clock, &s.Header)
	return s, nil
}

// finish fills in what the clock knows.
func finish(clock *search.Clock, h *format.Header) {
	h.Gap = search.Gap(h.Cost, h.Bound)
	h.Seconds = clock.Elapsed().Seconds()
	h.Stopped = clock.Stopped(float64(h.Cost) <= h.Bound)
	h.Deterministic = clock.Deterministic()
}
