package level

import (
	"math"
	"slices"
	"strings"

	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/reporting/metric"
	"github.com/agner-platform/agner/reporting/plan"
	"github.com/agner-platform/agner/reporting/table"
)

// ShiftDays moves an instant by whole days of the wall clock, so that a change of clocks between does not move noon.
func ShiftDays(p *plan.Plan, us int64, days int) int64 {
	w := interval.WallOf(p.Zone, us)
	w.Date = w.Date.AddDays(days)
	at, _ := interval.LocalTime(p.Zone, w)
	return at
}

// CheckFigures refuses, by name, what the interval report has no sums for.
func CheckFigures(names []string) error {
	for i, name := range names {
		switch {
		case !slices.Contains(serviceFigures, name):
			return plan.Bad("figure", name, "want one of "+strings.Join(serviceFigures, ", "))
		case slices.Contains(names[:i], name):
			return plan.Bad("figure", name, "is asked for twice")
		}
	}
	return nil
}

// FigureNames lists the figures that CheckFigures accepts.
func FigureNames() []string { return slices.Clone(serviceFigures) }

// Figures gives the chosen figures with key and target, one row a key and interval. With before, the report over the
// range a week earlier, each figure has beside it what it was then at the same wall-clock time, missing where nobody
// called; intervals that only the earlier week had are left out.
func (r *Report) Figures(names []string, before *Report) *table.Table {
	n := len(r.Rows)
	start, end := make([]int64, n), make([]int64, n)
	label, key, id := make([]string, n), make([]string, n), make([]string, n)
	sums := make([]metric.Sums, n)
	for i, row := range r.Rows {
		start[i], end[i], label[i] = row.Bucket.Start, row.Bucket.End, row.Bucket.Label
		key[i], id[i], sums[i] = row.Name, row.Key, row.Sums
	}
	t := &table.Table{Name: "query", Zone: r.plan.Zone}
	t.AddTimes("start", start)
	t.AddTimes("end", end)
	t.AddText("label", label)
	t.AddText(string(r.plan.By), key)
	t.AddText(string(r.plan.By)+"_id", id)
	AddFigures(t, names, sums)
	addVerdicts(t, r.Rows)
	if before != nil {
		r.addBefore(t, names, before)
	}
	return t
}

// addBefore appends what the figures were a week earlier.
func (r *Report) addBefore(t *table.Table, names []string, before *Report) {
	type cell struct {
		key string
		at  int64
	}
	old := make(map[cell]*metric.Sums, len(before.Rows))
	for _, row := range before.Rows {
		old[cell{row.Key, row.Bucket.Start}] = &row.Sums
	}
	for _, name := range names {
		f, ok := metric.Lookup(name)
		if !ok {
			panic("reporting: no figure " + name) // CheckFigures has seen it
		}
		v := make([]float64, len(r.Rows))
		for i, row := range r.Rows {
			v[i] = math.NaN()
			if s := old[cell{row.Key, ShiftDays(r.plan, row.Bucket.Start, -7)}]; s != nil {
				v[i] = f.Of(s)
			}
		}
		t.AddReals(name+"_last_week", f.Unit, f.Formula()+", a week earlier", v)
	}
}
