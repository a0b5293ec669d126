// Package marks finds what happened beside the calls and belongs under a graph of them: parts of the platform that were
// down, facts that were lost, schedules and forecasts that were published, changes of set-up.
package marks

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/reporting/plan"
	"github.com/agner-platform/agner/reporting/table"
)

// Kinds of marks.
const (
	Outage   = "outage"
	Gap      = "gap" // facts were lost
	Schedule = "schedule"
	Forecast = "forecast"
	Setup    = "setup"
)

// Kinds lists all of them.
func Kinds() []string { return []string{Outage, Gap, Schedule, Forecast, Setup} }

// sources are the events that each kind is made of.
var sources = map[string][]event.Kind{
	Outage: {event.KindNodeStarted, event.KindNodeStopped}, Gap: {event.KindLogGap}, Schedule: {event.KindSchedulePublished},
	Forecast: {event.KindForecastPublished}, Setup: {event.KindConfigChanged},
}

// tables are those whose changes move figures; users, roles and the like do not.
var tables = []string{"queues", "queue_targets", "queue_routing", "queue_groups", "sites", "numbers", "flows", "agent_skills", "stream_rules", "activities"}

// maxMarks is how many are shown: more is a wall and no mark.
const maxMarks = 1000

// Mark is one of them; To is From where it has no length.
type Mark struct {
	From, To int64 // µs
	Kind     string
	Text     string
}

// Service finds marks.
type Service struct{ cfg plan.Config }

// New makes a service.
func New(cfg plan.Config) *Service { return &Service{cfg} }

// Find gives the marks of a range, oldest first. Set-up is told only to callers whose scope leaves everything open.
func (s *Service) Find(ctx context.Context, p plan.Params, kinds []string) ([]Mark, error) {
	if len(kinds) == 0 {
		kinds = Kinds()
	}
	bound := len(p.Scope.Sites)+len(p.Scope.Queues)+len(p.Scope.Teams) > 0
	var out []Mark
	err := s.cfg.Run(ctx, p, func(p *plan.Plan) error {
		f := finder{down: map[string]down{}}
		for _, kind := range kinds {
			if !bound || kind != Setup {
				if err := f.read(p, kind); err != nil {
					return err
				}
			}
		}
		f.stillDown(p)
		out = f.marks
		return nil
	})
	slices.SortStableFunc(out, func(a, b Mark) int { return cmp.Compare(a.From, b.From) })
	if len(out) > maxMarks {
		out = out[len(out)-maxMarks:]
	}
	return out, err
}

// down is a role that has stopped.
type down struct {
	at   int64
	role string
}

type finder struct {
	marks []Mark
	down  map[string]down // by node
}

func (f *finder) read(p *plan.Plan, kind string) error {
	var names []string
	for _, k := range sources[kind] {
		names = append(names, string(k))
	}
	query := fmt.Sprintf(`SELECT raw FROM events WHERE kind IN (%s) AND "at" >= %s AND "at" < %s ORDER BY "at", node, seq`,
		plan.Literals(names), plan.Stamp(p.Span.From), plan.Stamp(p.Span.To))
	return plan.Each(p.Ctx, p.Q, query, func(r *sql.Rows) error {
		var raw []byte
		if err := r.Scan(&raw); err != nil {
			return err
		}
		e, err := event.DecodeBinary(raw)
		if err != nil {
			return nil //nolint:nilerr // doctor tells of such records; they are no marks
		}
		f.add(&e)
		return nil
	})
}

func (f *finder) add(e *event.Event) {
	mark := func(from int64, kind, format string, args ...any) {
		if from == 0 || from > e.At {
			from = e.At
		}
		f.marks = append(f.marks, Mark{from, e.At, kind, fmt.Sprintf(format, args...)})
	}
	switch p := e.Payload.(type) {
	case *event.NodeStopped:
		f.down[e.Node] = down{e.At, p.Role}
	case *event.NodeStarted:
		if d, ok := f.down[e.Node]; ok {
			mark(d.at, Outage, "%s was down", p.Role)
		} else {
			mark(0, Outage, "%s started", p.Role)
		}
		delete(f.down, e.Node)
	case *event.LogGap:
		mark(p.FromAt, Gap, "%d facts of %s were lost: %s", p.Count, e.Node, p.Reason)
	case *event.SchedulePublished:
		mark(0, Schedule, "schedule %s published for %d agents", p.Version, p.Agents)
	case *event.ForecastPublished:
		mark(0, Forecast, "forecast %s published", p.Snapshot)
	case *event.ConfigChanged:
		if slices.Contains(tables, p.Table) && p.Version > 1 {
			mark(0, Setup, "%s changed", strings.ReplaceAll(p.Table, "_", " "))
		}
	}
}

// stillDown are roles that have not come back within the range.
func (f *finder) stillDown(p *plan.Plan) {
	for _, d := range f.down {
		f.marks = append(f.marks, Mark{d.at, min(p.Span.To, p.Now), Outage, d.role + " was down"})
	}
}

// Table is the marks as Grafana takes annotations: time, timeEnd, title, text, tags.
func Table(marks []Mark) *table.Table {
	t := &table.Table{Name: "marks"}
	from, to := make([]int64, len(marks)), make([]int64, len(marks))
	kinds, texts := make([]string, len(marks)), make([]string, len(marks))
	for i, m := range marks {
		from[i], to[i], kinds[i], texts[i] = m.From, m.To, m.Kind, m.Text
	}
	t.AddTimes("time", from)
	t.AddTimes("timeEnd", to)
	t.AddText("title", kinds)
	t.AddText("text", texts)
	t.AddText("tags", slices.Clone(kinds))
	return t
}

// Params are those of a range.
func Params(from, to string, scope plan.Scope) plan.Params {
	return plan.Params{From: from, To: to, Scope: scope, Size: interval.Total, By: plan.ByQueue}
}
