package intraday

import (
	"context"
	"math"

	"github.com/agner-platform/agner/forecasting"
	"github.com/agner-platform/agner/internal/interval"
)

// dateOf reads a date that a view wrote.
func dateOf(text string) interval.Date {
	d, err := interval.ReadDate(text)
	if err != nil {
		return interval.Date{}
	}
	return d
}

// project fills in required and planned staff and what follows from them.
func (s *Service) project(ctx context.Context, d *Day, v *forecasting.View, slots []forecasting.Slot, calls []float64, next int) error {
	moved := *v
	moved.Slots = append([]forecasting.Slot(nil), slots...)
	for i := range moved.Slots {
		if i >= next {
			moved.Slots[i].Calls = &calls[i]
		}
	}
	none := 0.0
	req, err := s.room.Reckon(ctx, &moved, forecasting.What{Uncertainty: &none})
	if err != nil {
		return err
	}
	for i := range req.Rows {
		if i < len(d.Slots) {
			d.Slots[i].Required, d.Slots[i].AHT = &req.Rows[i].Agents, &req.Rows[i].AHT
			d.Slots[i].Target = req.Terms.Share
		}
	}
	line, err := s.room.Line(ctx, d.Queue)
	if err != nil {
		return err
	}
	d.Waiting, d.Present = line.Waiting, line.Present
	if next >= len(slots) {
		return nil
	}
	step := int64(v.Minutes) * 60e6
	var plan *Planned
	if s.schedule != nil {
		if plan, err = s.schedule(ctx, d.Queue, slots[0].At(), step, len(slots)); err != nil {
			return err
		}
	}
	f := s.future(d, v, slots, calls, next, req, plan, line)
	p, err := Project(f)
	if err != nil {
		return err
	}
	for i := range p {
		x := &d.Slots[next+i]
		x.Projected, x.Used = p[i], &f.Staff[i]
		x.Alert = p[i].SL != nil && f.Calls[i] >= 1 && x.Target-*p[i].SL > margin && x.Target-*p[i].SL > noise**p[i].SE
	}
	return d.remedy(f, p, next, plan)
}

// future settles what the projection is played with: the schedule where there is one, else
// those who are there now, else what is required.
func (s *Service) future(d *Day, v *forecasting.View, slots []forecasting.Slot, calls []float64, next int, req *forecasting.Requirement, plan *Planned, line forecasting.Line) Future {
	_, day := v.Spread()
	f := Future{From: slots[next].At(), Minutes: v.Minutes, Within: req.Terms.Within, Short: math.Min(req.Terms.Short, req.Terms.Within),
		C: day / float64(1+next), Waiting: line.Waiting, Busy: int(line.Busy), Runs: runs, Seed: seed}
	d.Staff = "required"
	if line.Present > 0 {
		d.Staff = "present"
	}
	if plan != nil {
		d.Staff = "schedule"
	}
	weight := 0.0
	for i := next; i < len(slots); i++ {
		f.Calls = append(f.Calls, calls[i])
		f.AHT = append(f.AHT, *slots[i].AHT)
		f.Patience += calls[i] * slots[i].Patience()
		weight += calls[i]
		n := float64(req.Rows[i].Agents)
		switch d.Staff {
		case "schedule":
			n = plan.Agents[i]
			d.Slots[i].Scheduled = &plan.Agents[i]
		case "present":
			n = line.Present
		}
		f.Staff = append(f.Staff, n)
	}
	if plan != nil {
		for i := range next {
			d.Slots[i].Scheduled = &plan.Agents[i]
		}
	}
	if req.Terms.Patience > 0 {
		f.Patience = req.Terms.Patience
	} else if weight > 0 {
		f.Patience /= weight
	} else {
		f.Patience = 300
	}
	return f
}

// stretch is the slots in trouble, from the first to the last of a run that misses at most two slots in between.
func (d *Day) stretch(next int) (from, to int) {
	from, to = -1, -1
	for i := next; i < len(d.Slots); i++ {
		switch {
		case d.Slots[i].Alert && from < 0:
			from, to = i, i+1
		case d.Slots[i].Alert && i <= to+2:
			to = i + 1
		}
	}
	return from, to
}

const (
	mostExtra = 8    // agents that a remedy may ask for
	diverted  = 0.25 // callers who take the offer of a callback instead of waiting
)

// remedy plays what would lift the stretch in trouble: agents more, breaks that slide out of it, callbacks.
func (d *Day) remedy(f Future, p []Projected, next int, plan *Planned) error {
	from, to := d.stretch(next)
	if from < 0 {
		return nil
	}
	a, b := from-next, to-next
	before, target := mean(f, p, a, b), d.Slots[from].Target
	try := func(kind string, n int, g Future) (bool, error) {
		q, err := Project(g)
		if err != nil {
			return false, err
		}
		r := Remedy{Kind: kind, Agents: n, From: d.Slots[from].Start, To: d.Slots[to-1].Start, Before: before, SL: mean(f, q, a, b)}
		r.Enough = r.SL != nil && *r.SL >= target
		d.Remedies = append(d.Remedies, r)
		return r.Enough, nil
	}
	if plan != nil {
		slides := math.Inf(1)
		for i := from; i < to; i++ {
			slides = math.Min(slides, plan.Pauses[i])
		}
		if n := int(slides); n > 0 {
			if _, err := try("break_slide", n, f.more(a, b, float64(n))); err != nil {
				return err
			}
		}
	}
	for n := 1; n <= mostExtra; n *= 2 {
		enough, err := try("agents", n, f.more(a, b, float64(n)))
		if err != nil {
			return err
		}
		if enough {
			break
		}
	}
	less := f
	less.Calls = append([]float64(nil), f.Calls...)
	for i := a; i < b; i++ {
		less.Calls[i] *= 1 - diverted
	}
	_, err := try("callback", 0, less)
	return err
}

// more is the future with agents more in some slots.
func (f Future) more(from, to int, n float64) Future {
	f.Staff = append([]float64(nil), f.Staff...)
	for i := from; i < to; i++ {
		f.Staff[i] += n
	}
	return f
}

// mean is the service level of a stretch, weighted by calls.
func mean(f Future, p []Projected, from, to int) *float64 {
	sl, calls := 0.0, 0.0
	for i := from; i < to; i++ {
		if p[i].SL != nil {
			sl, calls = sl+*p[i].SL*f.Calls[i], calls+f.Calls[i]
		}
	}
	return ratio(sl, calls)
}
