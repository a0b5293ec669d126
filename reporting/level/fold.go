package level

import (
	"fmt"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/reporting/metric"
	"github.com/agner-platform/agner/reporting/plan"
)

// fold turns the cells of countVisits, which come in order of segment and queue, into rows of the report.
type fold struct {
	p       *plan.Plan
	g       *plan.Grid
	rows    *rowSet
	waits   []int64
	moments map[string][]plan.Moment // by zone and segment
	cur     judgement
	leave   func() error // if set: called when an interval's rows are whole
}

func (f *fold) run() error {
	if err := plan.Batches(f.p.Ctx, f.p.Q, cellsSQL(f.p, f.g, f.waits), f.take); err != nil {
		return err
	}
	f.judge()
	if f.leave != nil {
		return f.leave()
	}
	return nil
}

// judgement are the sums of one queue in one segment as its target sees them, while its cells are read.
type judgement struct {
	queue   string
	segment int
	sums    metric.Sums
	rule    plan.Rule
	t, s    int // where in waits its limits stand
	within  int
	row     *Row
}

func newFold(p *plan.Plan, g *plan.Grid, waits []int64, rows *rowSet) *fold {
	return &fold{p: p, g: g, rows: rows, waits: waits, moments: map[string][]plan.Moment{}}
}

// moment is a segment's start by the wall clock of the queue.
func (f *fold) moment(queue string, segment int) plan.Moment {
	zone := f.p.ZoneOf(queue)
	list := f.moments[zone.String()]
	if list == nil {
		list = make([]plan.Moment, len(f.g.Segments))
		for i, s := range f.g.Segments {
			list[i] = plan.MomentIn(zone, s.Start)
		}
		f.moments[zone.String()] = list
	}
	return list[segment]
}

// The columns of countVisits; behind them, the counts up to each wait.
const (
	colKey = iota
	colSegment
	colExit
	colNumbers // n, wait, longest, timed, talk, hold, wrap, transferred
	colWithin  = colNumbers + 8
)

// take reads one batch of cells.
func (f *fold) take(b arrow.RecordBatch) error {
	keys, ok1 := b.Column(colKey).(*array.String)
	exits, ok2 := b.Column(colExit).(*array.String)
	segments, ok3 := b.Column(colSegment).(*array.Int64)
	if !ok1 || !ok2 || !ok3 {
		return fmt.Errorf("columns are %s", b.Schema())
	}
	numbers := make([][]int64, int(b.NumCols())-colNumbers)
	for i := range numbers {
		column, ok := b.Column(colNumbers + i).(*array.Int64)
		if !ok {
			return fmt.Errorf("column %d is %s", colNumbers+i, b.Column(colNumbers+i).DataType())
		}
		numbers[i] = column.Int64Values()
	}
	for i := range int(b.NumRows()) {
		if err := f.enter(keys.Value(i), f.g.Index[segments.Value(i)]); err != nil {
			return err
		}
		f.add(event.Exit(exits.Value(i)), numbers, i)
	}
	return nil
}

// enter makes the queue and segment the current one.
func (f *fold) enter(queue string, segment int) error {
	c := &f.cur
	if c.row != nil && c.queue == queue && c.segment == segment {
		return nil
	}
	f.judge()
	if f.leave != nil && c.row != nil && f.g.BucketOf[c.segment] != f.g.BucketOf[segment] {
		if err := f.leave(); err != nil {
			return err
		}
	}
	if len(f.rows.list) > maxRows {
		return plan.Bad("interval", f.p.Size.String(), fmt.Sprintf("gives more than %d rows over this range; choose a longer one", maxRows))
	}
	queue = stable(queue)
	*c = judgement{queue: queue, segment: segment, rule: f.p.Rule(queue, f.moment(queue, segment))}
	c.row = f.rows.row(f.p, f.g, cellKey{f.p.Key(queue), f.g.BucketOf[segment]})
	c.t, c.s, c.within = f.find(c.rule.T), f.find(c.rule.S), f.find(c.rule.Within)
	return nil
}

// stable copies a text out of the batch, whose memory ends with it.
func stable(s string) string { return string([]byte(s)) }

func (f *fold) find(wait int64) int {
	i, _ := slices.BinarySearch(f.waits, wait)
	return i
}

func (f *fold) add(exit event.Exit, n [][]int64, i int) {
	c, counts := &f.cur, n[colWithin-colNumbers:]
	cell := metric.Cell{
		Exit: exit, N: n[0][i], WaitUs: n[1][i], LongestUs: n[2][i], Timed: n[3][i],
		TalkUs: n[4][i], HoldUs: n[5][i], WrapUs: n[6][i], Transferred: n[7][i], InT: counts[c.t][i], InS: counts[c.s][i],
	}
	c.row.Sums.AddCell(cell)
	cell.InT = counts[c.within][i]
	c.sums.AddCell(cell)
}

// judge hands the current segment's sums to its row's verdict.
func (f *fold) judge() {
	if f.cur.row != nil {
		f.cur.row.verdict.add(&f.cur.sums, f.cur.rule)
	}
}
