package kpi

import (
	"github.com/agner-platform/agner/reporting/metric"
	"github.com/agner-platform/agner/reporting/table"
)

// Table gives the figures as rows, as plain numbers: each row says its own unit.
func (k *Page) Table() *table.Table {
	t := &table.Table{Name: "kpi"}
	n := len(k.Items)
	name, title, unit, formula := make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	value, previous, count := make([]float64, n), make([]float64, n), make([]int64, n)
	for i, item := range k.Items {
		name[i], title[i], unit[i], formula[i], count[i] = item.Name, item.Title, string(item.Unit), item.Formula, item.N
		if item.Unit == metric.Money {
			unit[i] = k.Currency
		}
		value[i], previous[i] = float64(item.Value), float64(item.Previous)
	}
	t.AddText("name", name)
	t.AddText("figure", title)
	t.AddReals("value", "", "the figure, a share as part of 1", value)
	t.AddReals(k.Compare, "", "the same in the period of comparison", previous)
	t.AddText("unit", unit)
	t.AddCounts("n", "what the figure divides by", count)
	t.AddText("formula", formula)
	return t
}
