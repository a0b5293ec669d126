package reporting

import (
	"context"

	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/reporting/level"
	"github.com/agner-platform/agner/reporting/plan"
	"github.com/agner-platform/agner/reporting/table"
)

// Query is a metric query: figures of the catalogue by key and interval.
type Query struct {
	Params
	Figures  []string // empty: offered, answered, abandoned and sl
	LastWeek bool     // each figure beside what it was a week earlier
}

// Answer is what a metric query gives.
type Answer struct {
	Range  Range
	Params ParamsOut
	Rows   *table.Table
}

// Query runs a metric query. It counts as the report by interval does: same sums, same formulas, same targets.
func (s *Service) Query(ctx context.Context, q Query) (*Answer, error) {
	if len(q.Figures) == 0 {
		q.Figures = []string{"offered", "answered", "abandoned", "sl"}
	}
	if err := level.CheckFigures(q.Figures); err != nil {
		return nil, err
	}
	out := &Answer{}
	err := s.run(ctx, q.Params, func(p *plan.Plan) error {
		now, err := level.Make(p, true)
		if err != nil {
			return err
		}
		var before *level.Report
		if q.LastWeek {
			earlier := *p
			earlier.Span = interval.Range{From: level.ShiftDays(p, p.Span.From, -7), To: level.ShiftDays(p, p.Span.To, -7)}
			if before, err = level.Make(&earlier, true); err != nil {
				return err
			}
		}
		out.Range, out.Params, out.Rows = now.Range, now.Params, now.Figures(q.Figures, before)
		return nil
	})
	return out, err
}

// Catalogue is what a metric query can ask for.
type Catalogue struct {
	Figures   []CatalogueFigure `json:"figures"`
	By        []By              `json:"by"`
	Intervals []string          `json:"intervals"`
}

// CatalogueFigure is one figure of the catalogue.
type CatalogueFigure struct {
	Name    string `json:"name"`
	Title   string `json:"title"`
	Unit    string `json:"unit"`
	Better  string `json:"better"`
	Formula string `json:"formula"`
	Text    string `json:"text"`
}

// QueryCatalogue lists the figures and ways of cutting them that a metric query understands.
func QueryCatalogue() *Catalogue {
	c := &Catalogue{By: []By{ByQueue, ByGroup, BySite, ByWhole}, Intervals: []string{"15m", "30m", "60m", "1d", "1w", "total"}}
	names := map[string]bool{}
	for _, name := range level.FigureNames() {
		names[name] = true
	}
	for _, d := range Definitions() {
		if names[d.Name] {
			c.Figures = append(c.Figures, CatalogueFigure{d.Name, d.Title, string(d.Unit), string(d.Better), d.Formula, d.Text})
		}
	}
	return c
}
