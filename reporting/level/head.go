package level

import (
	"cmp"
	"slices"

	"github.com/agner-platform/agner/reporting/metric"
	"github.com/agner-platform/agner/reporting/plan"
	"github.com/agner-platform/agner/reporting/table"
)

// Summary says what rows there are, for readers that take only the first of them.
type Summary struct {
	Rows   int          `json:"rows"`
	Judged int          `json:"judged"` // rows that had a target to meet
	Missed int          `json:"missed"` // of these, below it
	Keys   []KeySummary `json:"keys"`   // most offered first
}

// KeySummary is one queue, group or site of the report.
type KeySummary struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Offered int64  `json:"offered"`
}

// Summary counts the rows and their keys.
func (r *Report) Summary() Summary {
	s := Summary{Rows: len(r.Rows), Keys: []KeySummary{}}
	at := map[string]int{}
	for _, row := range r.Rows {
		met, judged := row.Met()
		if judged {
			s.Judged++
		}
		if judged && !met {
			s.Missed++
		}
		i, ok := at[row.Key]
		if !ok {
			i = len(s.Keys)
			at[row.Key] = i
			s.Keys = append(s.Keys, KeySummary{ID: row.Key, Name: row.Name})
		}
		s.Keys[i].Offered += row.Sums[metric.Offered]
	}
	slices.SortStableFunc(s.Keys, func(a, b KeySummary) int {
		return cmp.Or(cmp.Compare(b.Offered, a.Offered), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	return s
}

// Head gives the first n rows as columns, as Table does.
func (r *Report) Head(n int) *table.Table { return serviceTable(r.plan, r.Rows[:min(n, len(r.Rows))]) }

// courseFigures are what a chart of one key draws.
var courseFigures = []string{
	"offered", "answered", "abandoned", "sl", "sl_offered", "sl_abandon_credit", "sl_less_abandons_in_t", "sl_answered",
}

// Course gives the intervals of one key with what a chart draws of them.
func (r *Report) Course(key string) *table.Table {
	one := Report{plan: r.plan}
	for _, row := range r.Rows {
		if row.Key == key {
			one.Rows = append(one.Rows, row)
		}
	}
	t := one.Figures(courseFigures, nil)
	names := append([]string{"start", "end", "label"}, courseFigures...)
	return t.Select(append(names, "target_sl", "target_within_s", "met")...)
}

// HeatBeside gives the weekday × interval map where the rows of the report are those that it is made of, else nil: with
// several groups or sites the map counts each contact once and the rows do not, and days have no time of day.
func (r *Report) HeatBeside(keys int) *table.Table {
	if r.plan.Missed || r.plan.Size.PerDay() == 1 || keys > 1 && r.plan.By != plan.ByQueue {
		return nil
	}
	return r.HeatTable()
}
