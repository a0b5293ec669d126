package demand

import (
	"bytes"
	"context"
	"slices"
	"time"

	"github.com/agner-platform/agner/internal/db/planning"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/wfm/adherence"
	"github.com/agner-platform/agner/wfm/rules"
)

// OnPhone is the published staff of a queue by slot.
type OnPhone struct {
	Agents []float64 // at work for the queue; one who serves k lines counts 1/k in each
	Pauses []float64 // of its people away on a break
}

// Published reads the schedules in force: n slots of step µs from an instant on. It is nil where
// no published schedule has the queue among its lines.
func Published(ctx context.Context, store *planning.Store, zone *time.Location, queue string, from, step int64, n int) (*OnPhone, error) {
	first, last := interval.DateOf(zone, from).AddDays(-1).String(), interval.DateOf(zone, from+step*int64(n)).String()
	list, err := store.InForce(ctx, first, last)
	if err != nil {
		return nil, err
	}
	var out *OnPhone
	seen := map[string]bool{} // agent and date: the latest schedule counts
	for _, row := range list {
		p, err := rules.Read(bytes.NewReader(row.Problem))
		if err != nil {
			return nil, err
		}
		plan, err := rules.ReadSchedule(bytes.NewReader(row.Draft))
		if err != nil {
			return nil, err
		}
		share := map[string]float64{}
		for _, a := range p.Agents {
			lines := 0.0
			for _, l := range p.Lines {
				if slices.Contains(a.Skills, l.Skill) {
					lines++
				}
			}
			if slices.Contains(a.Skills, queue) && lines > 0 {
				share[a.ID] = 1 / lines
			}
		}
		if len(share) > 0 && out == nil {
			out = &OnPhone{make([]float64, n), make([]float64, n)}
		}
		for i := range plan.Shifts {
			sh := &plan.Shifts[i]
			key := sh.Agent + " " + sh.Date
			if part := share[sh.Agent]; part > 0 && !seen[key] {
				out.add(adherence.Planned(sh), from, step, part)
			}
			seen[key] = true
		}
	}
	return out, nil
}

// add puts one shift's work and breaks on the slots, by the time each fills.
func (o *OnPhone) add(spans []adherence.Span, from, step int64, part float64) {
	for _, x := range spans {
		into := o.Pauses
		switch x.Activity {
		case adherence.Work:
			into = o.Agents
		case "break":
		default:
			continue
		}
		for i := range into {
			a, b := from+int64(i)*step, from+int64(i+1)*step
			if lap := min(b, x.To) - max(a, x.From); lap > 0 {
				into[i] += part * float64(lap) / float64(step)
			}
		}
	}
}
