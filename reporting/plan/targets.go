package plan

import (
	"slices"
	"time"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/reporting/metric"
)

// Rule is what holds for a queue in one segment: the limits of its figures and the target it is judged by.
type Rule struct {
	metric.Limits
	Share  float64
	Within int64 // µs
}

// Moment is a segment's start as targets look at it.
type Moment struct {
	day             int64 // start of the local day
	weekday, minute int
}

// MomentIn looks at an instant by the wall clock of a zone, which is that of the queue whose target is sought.
func MomentIn(zone *time.Location, us int64) Moment {
	t := interval.ToTime(zone, us)
	return Moment{interval.DateOf(zone, us).Start(zone), interval.ISO(t.Weekday()), t.Hour()*60 + t.Minute()}
}

// Rule finds what holds for a queue: its target of that day and interval, else the settings; what the caller asked for
// changes the limits of figures, not the target.
func (p *Plan) Rule(queue string, m Moment) Rule {
	r := Rule{metric.Limits{T: p.Set.Within.Microseconds(), S: p.Set.Short.Microseconds()}, p.Set.Share, p.Set.Within.Microseconds()}
	if t, ok := p.Dims.Target(queue, m.day); ok {
		r.Share, r.Within = t.At(m.weekday, m.minute)
		r.T, r.S = r.Within, t.Short
	}
	r.Limits = p.override(r.Limits)
	return r
}

// Waits lists every T and S that can occur, so that SQL counts them all in one pass whatever holds when.
func (p *Plan) Waits() []int64 {
	l := p.defaultLimits()
	list := []int64{l.T, l.S, p.Set.Within.Microseconds()}
	for _, q := range p.Dims.Queues() {
		for _, t := range p.Dims.Targets(q.ID) {
			list = append(list, t.Within, t.Short)
			for _, o := range t.Overrides {
				list = append(list, o.Within)
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// Fine is the size of segments: that of the rows, unless targets change within them. Days of another zone than the
// plan's begin at any of its quarter hours.
func (p *Plan) Fine() interval.Size {
	fine := p.Size
	for _, q := range p.Dims.Queues() {
		if !p.Counts(q.ID) {
			continue
		}
		targets := p.Dims.Targets(q.ID)
		dated := len(targets) > 1 || len(targets) == 1 && int64(targets[0].ValidFrom) > p.Span.From
		own := p.ZoneOf(q.ID).String() == p.Zone.String()
		if dated && own && fine > interval.Day {
			fine = interval.Day
		}
		overrides := slices.ContainsFunc(targets, func(t db.QueueTarget) bool { return len(t.Overrides) > 0 })
		if (overrides || dated && !own) && fine > interval.Quarter {
			return interval.Quarter
		}
	}
	return fine
}
