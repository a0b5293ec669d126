package level

import (
	"github.com/agner-platform/agner/reporting/plan"
	"math"

	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/reporting/metric"
	"github.com/agner-platform/agner/reporting/table"
)

// serviceFigures are the figures of an interval row, in the order of its columns.
var serviceFigures = []string{
	"offered", "answered", "abandoned", "short_abandoned", "overflowed", "timed_out", "key_exit", "no_agents", "callback",
	"voicemail", "withdrawn", "lost", "other", "waiting", "blocked", "sl", "sl_offered", "sl_abandon_credit",
	"sl_less_abandons_in_t", "sl_answered", "abandon_rate", "abandon_rate_long", "asa_s", "mean_wait_s", "longest_wait_s",
	"aht_s", "talk_s", "hold_s", "wrap_s", "handled", "transferred", "transfer_rate", "occupancy",
}

// partSums are the sums that formulas show numbers of and that are no figures of their own.
var partSums = []metric.Sum{metric.AnsweredInT, metric.AbandonedInT, metric.NeutralExits}

// Columns are the columns that a person reads first; the command line prints these.
var Columns = []string{
	"start", "queue", "offered", "answered", "abandoned", "sl", "abandon_rate", "asa_s", "mean_wait_s", "longest_wait_s", "aht_s",
	"occupancy", "target_sl", "met",
}

// Table gives the rows as columns.
func (r *Report) Table() *table.Table { return serviceTable(r.plan, r.Rows) }

// TotalsRow gives the totals with the fields of a row.
func (r *Report) TotalsRow() map[string]any {
	return serviceTable(r.plan, []*Row{&r.Totals}).Row(0)
}

func serviceTable(p *plan.Plan, rows []*Row) *table.Table {
	t := &table.Table{Name: "service-level", Zone: p.Zone}
	n := len(rows)
	start, end := make([]int64, n), make([]int64, n)
	label, name, key := make([]string, n), make([]string, n), make([]string, n)
	sums := make([]metric.Sums, n)
	for i := range rows {
		r := rows[i]
		start[i], end[i], label[i] = r.Bucket.Start, r.Bucket.End, r.Bucket.Label
		name[i], key[i], sums[i] = r.Name, r.Key, r.Sums
	}
	t.AddTimes("start", start)
	t.AddTimes("end", end)
	t.AddText("label", label)
	t.AddText("queue", name)
	t.AddText("queue_id", key)
	AddFigures(t, serviceFigures, sums)
	for _, s := range partSums {
		v := make([]int64, n)
		for i := range sums {
			v[i] = sums[i][s]
		}
		t.AddCounts(s.String(), s.Words(), v)
	}
	addVerdicts(t, rows)
	return t
}

// AddFigures appends a column for each of the named figures.
func AddFigures(t *table.Table, names []string, sums []metric.Sums) {
	for _, name := range names {
		f, ok := metric.Lookup(name)
		if !ok {
			panic("reporting: no figure " + name) // the lists of this package are constants, a test reads them
		}
		t.AddFigure(f, sums)
	}
}

func addVerdicts(t *table.Table, rows []*Row) {
	target, within := make([]float64, len(rows)), make([]float64, len(rows))
	met := table.Column{Name: "met", Kind: table.Truth, Truths: make([]bool, len(rows)), Null: make([]bool, len(rows))}
	for i := range rows {
		v := &rows[i].verdict
		ok, judged := v.ok()
		met.Truths[i], met.Null[i] = ok, !judged
		target[i], within[i] = math.NaN(), math.NaN()
		if judged {
			target[i] = math.Round(v.need/float64(v.judged)*1e9) / 1e9 // equal targets average to themselves
		}
		if judged && v.within >= 0 {
			within[i] = v.within.Seconds()
		}
	}
	t.AddReals("target_sl", metric.Share, "target of the queue and interval, weighted by calls where it changes", target)
	t.AddReals("target_within_s", metric.Seconds, "T of the target", within)
	t.Columns = append(t.Columns, met)
}

// HeatCell is one weekday × time of day.
type HeatCell struct {
	Slot      interval.Slot
	Sums      metric.Sums
	Intervals int64 // that had calls
	Missed    int64 // of these below their target
}

// Heatmap makes the weekday × interval map of a range from its intervals, all chosen keys together.
func (r *Report) Heatmap() []HeatCell {
	size := r.plan.Size
	cells := make([]HeatCell, 7*size.PerDay())
	for i := 0; i < len(r.Rows); {
		slot := interval.SlotOf(r.plan.Zone, r.Rows[i].Bucket.Start, size)
		c := &cells[slot.Index(size)]
		c.Slot = slot
		var all verdict
		j := i
		for ; j < len(r.Rows) && r.Rows[j].Bucket.Start == r.Rows[i].Bucket.Start; j++ {
			c.Sums.Add(&r.Rows[j].Sums)
			all.merge(&r.Rows[j].verdict)
		}
		i = j
		met, judged := all.ok()
		if judged {
			c.Intervals++
		}
		if judged && !met {
			c.Missed++
		}
	}
	out := cells[:0]
	for _, c := range cells {
		if c.Sums[metric.Offered] > 0 {
			out = append(out, c)
		}
	}
	return out
}

// HeatTable gives the map as columns, one row a cell that had calls.
func (r *Report) HeatTable() *table.Table {
	cells := r.Heatmap()
	t := &table.Table{Name: "heatmap", Zone: r.plan.Zone}
	n := len(cells)
	weekday, missed, intervals := make([]int64, n), make([]int64, n), make([]int64, n)
	slot, sums := make([]string, n), make([]metric.Sums, n)
	for i, c := range cells {
		weekday[i], slot[i], sums[i] = int64(c.Slot.Weekday), c.Slot.Key(), c.Sums
		intervals[i], missed[i] = c.Intervals, c.Missed
	}
	t.AddCounts("weekday", "1 Monday … 7 Sunday", weekday)
	t.AddText("slot", slot)
	AddFigures(t, []string{"offered", "sl", "abandoned", "abandon_rate", "mean_wait_s"}, sums)
	t.AddCounts("intervals", "intervals with calls", intervals)
	t.AddCounts("missed", "intervals below their target", missed)
	return t
}

// Trend gives figures by interval, all keys of each interval together.
func (r *Report) Trend(figures []string) *table.Table {
	var start []int64
	var label []string
	var sums []metric.Sums
	for i := range r.Rows {
		b := r.Rows[i].Bucket
		if n := len(start); n == 0 || start[n-1] != b.Start {
			start, label, sums = append(start, b.Start), append(label, b.Label), append(sums, metric.Sums{})
		}
		sums[len(sums)-1].Add(&r.Rows[i].Sums)
	}
	t := &table.Table{Name: "trend", Zone: r.plan.Zone}
	t.AddTimes("start", start)
	t.AddText("label", label)
	AddFigures(t, figures, sums)
	return t
}
