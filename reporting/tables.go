package reporting

import (
	"slices"
	"strings"

	"github.com/agner-platform/agner/reporting/metric"
	"github.com/agner-platform/agner/reporting/table"
)

// AbandonmentParts are the parts of the report that have a table of their own; the first is the default.
var AbandonmentParts = []string{"survival", "hazard", "histogram", "within", "by_met", "by_queue", "by_priority", "by_position", "by_hour", "by_attempt"}

// Table gives one part of the report as columns; the empty part is the first of AbandonmentParts.
func (a *Abandonment) Table(part string) (*table.Table, error) {
	units := map[string]metric.Unit{"h": ""}
	switch part {
	case "", "survival":
		return table.Of("abandonment-survival", a.Survival, units), nil
	case "hazard":
		return table.Of("abandonment-hazard", a.Hazard, map[string]metric.Unit{"h": "", "lo": "", "hi": ""}), nil
	case "histogram":
		return table.Of("abandonment-histogram", a.Histogram, units), nil
	case "within":
		return table.Of("abandonment-within", a.Within, units), nil
	case "by_met":
		return table.Of("abandonment-by-met", a.ByMet, units), nil
	}
	parts := map[string][]Part{
		"by_queue": a.ByQueue, "by_priority": a.ByPriority, "by_position": a.ByPosition, "by_hour": a.ByHour, "by_attempt": a.ByAttempt,
	}
	if !slices.Contains(AbandonmentParts, part) {
		return nil, &ParamError{Field: "part", Value: part, Reason: "want one of " + strings.Join(AbandonmentParts, ", ")}
	}
	return table.Of("abandonment-"+strings.ReplaceAll(part, "_", "-"), parts[part], units), nil
}

// Table gives the two periods as rows.
func (b *BeforeAfter) Table() *table.Table {
	return table.Of("before-after", []Period{b.Before, b.After}, nil)
}

// Table gives the nodes as rows.
func (m *Menu) Table() *table.Table { return table.Of("ivr", m.Nodes, nil) }

// Table gives the rows as columns.
func (d *Distribution) Table() *table.Table { return table.Of("distribution", d.Rows, nil) }

// Table gives the page's rows as columns.
func (c *Calls) Table() *table.Table { return table.Of("calls", c.Rows, nil) }

// TableOfDefinitions gives every figure with its formula.
func TableOfDefinitions() *table.Table {
	type row struct {
		Name    string `json:"name"`
		Title   string `json:"title"`
		Unit    string `json:"unit"`
		Better  string `json:"better"`
		Formula string `json:"formula"`
		Text    string `json:"text"`
	}
	var rows []row
	for _, d := range Definitions() {
		rows = append(rows, row{d.Name, d.Title, string(d.Unit), string(d.Better), d.Formula, d.Text})
	}
	return table.Of("definitions", rows, nil)
}
