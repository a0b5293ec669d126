package level

import (
	"cmp"
	"database/sql"
	"fmt"
	"github.com/agner-platform/agner/reporting/plan"
	"slices"
	"strings"

	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/reporting/metric"
)

// Row is one key (queue, group or site) in one interval.
type Row struct {
	Key, Name string
	Bucket    interval.Bucket
	Sums      metric.Sums
	verdict   verdict
}

// Met reports whether the row met its target, and whether it had one to meet.
func (r *Row) Met() (met, judged bool) { return r.verdict.ok() }

// Report is the interval report.
type Report struct {
	Range  plan.Range
	Params plan.ParamsOut
	Rows   []*Row // by interval, then name
	Totals Row    // of everything, also of rows that Missed leaves out; contacts and agents counted once
	plan   *plan.Plan

	contacts *Row // the total of a report that counts contacts
}

// maxRows bounds a report: more than a year of half hours of 50 queues is nothing that anybody reads.
const maxRows = 1 << 20

// Walk makes the rows of the report one interval after the other, without blocked calls and agents' time, hands each to
// fn and keeps none: for reports that fold them. It returns the sums of all.
func Walk(p *plan.Plan, fn func(*Row)) (*metric.Sums, error) {
	total := &metric.Sums{}
	g, err := p.Grid(p.Size, p.Fine())
	if err != nil || len(g.Buckets) == 0 {
		return total, err
	}
	f := newFold(p, g, p.Waits(), newRowSet())
	f.leave = func() error {
		for _, r := range f.rows.list {
			if err := r.Sums.Check(); err != nil {
				return fmt.Errorf("%s %s: %w", r.Name, r.Bucket.Label, err)
			}
			total.Add(&r.Sums)
			fn(r)
		}
		f.rows.clear()
		return nil
	}
	return total, f.run()
}

// cellKey is where a cell of the report lies.
type cellKey struct {
	key    string
	bucket int
}

// Make makes the report; agents' time is left out where nobody asks for it.
func Make(p *plan.Plan, agents bool) (*Report, error) {
	g, err := p.Grid(p.Size, p.Fine())
	if err != nil {
		return nil, err
	}
	out := &Report{Range: p.RangeOut(), Params: p.Echo(), plan: p}
	if len(g.Buckets) == 0 {
		return out, nil
	}
	rows := newRowSet()
	if err := countVisits(p, g, rows); err != nil {
		return nil, err
	}
	if err := countBlocked(p, g, rows); err != nil {
		return nil, err
	}
	if agents {
		if err := countAgents(p, g, rows, &out.Totals); err != nil {
			return nil, err
		}
	}
	if (p.By == plan.ByGroup || p.By == plan.BySite) && rows.keys() > 1 {
		if out.contacts, err = countWhole(p); err != nil {
			return nil, err
		}
	}
	return out, out.finish(rows)
}

// countWhole counts the contacts of everything at once: a contact that two groups or sites had to do with counts in
// each of them and once in the total.
func countWhole(p *plan.Plan) (*Row, error) {
	whole := *p
	whole.By, whole.Size = plan.ByWhole, interval.Total
	g, err := whole.Grid(whole.Size, whole.Fine())
	if err != nil {
		return nil, err
	}
	rows := newRowSet()
	if err := countVisits(&whole, g, rows); err != nil {
		return nil, err
	}
	return rows.row(&whole, g, cellKey{"", 0}), nil
}

// finish orders the rows, adds them up and holds the books against each other.
func (r *Report) finish(rows *rowSet) error {
	time := r.Totals.Sums // agents' time is counted by countAgents: its rows leave out who serves several queues
	r.Totals = Row{Key: "", Name: "total", Bucket: interval.Bucket{Start: r.plan.Span.From, End: r.plan.Span.To, Label: "total"}}
	for _, row := range rows.list {
		if row.Sums[metric.Offered]+row.Sums[metric.Blocked] == 0 {
			continue // an interval in which agents only waited
		}
		if err := row.Sums.Check(); err != nil {
			return fmt.Errorf("%s %s: %w", row.Name, row.Bucket.Label, err)
		}
		r.Totals.Sums.Add(&row.Sums)
		r.Totals.verdict.merge(&row.verdict)
		if met, judged := row.Met(); !r.plan.Missed || judged && !met {
			r.Rows = append(r.Rows, row)
		}
	}
	if r.contacts != nil {
		blocked := r.Totals.Sums[metric.Blocked]
		r.Totals.Sums, r.Totals.verdict = r.contacts.Sums, r.contacts.verdict
		r.Totals.Sums[metric.Blocked] = blocked
		if err := r.Totals.Sums.Check(); err != nil {
			return fmt.Errorf("total: %w", err)
		}
	}
	r.Totals.Sums[metric.HandlingUs], r.Totals.Sums[metric.AvailableUs] = time[metric.HandlingUs], time[metric.AvailableUs]
	slices.SortFunc(r.Rows, func(a, b *Row) int {
		return cmp.Or(cmp.Compare(a.Bucket.Start, b.Bucket.Start), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Key, b.Key))
	})
	return nil
}

// rowSet are the rows being made: found by their cell, kept in the order in which they were made, which is nearly
// that of the report.
type rowSet struct {
	at   map[cellKey]*Row
	list []*Row
}

func newRowSet() *rowSet { return &rowSet{at: map[cellKey]*Row{}} }

func (s *rowSet) clear() {
	clear(s.at)
	s.list = s.list[:0]
}

// keys counts the different keys of the rows.
func (s *rowSet) keys() int {
	seen := map[string]bool{}
	for c := range s.at {
		seen[c.key] = true
	}
	return len(seen)
}

// row finds or makes the row of a cell.
func (s *rowSet) row(p *plan.Plan, g *plan.Grid, c cellKey) *Row {
	r := s.at[c]
	if r == nil {
		r = &Row{Key: c.key, Name: p.KeyName(c.key), Bucket: g.Buckets[c.bucket]}
		s.at[c] = r
		s.list = append(s.list, r)
	}
	return r
}

// CreditSQL is the instant that puts a call into an interval.
func CreditSQL(p *plan.Plan) string {
	switch p.Credit {
	case plan.ByAnswer:
		return "coalesce(answered_at, left_at)"
	case plan.ByEnd:
		return "coalesce(handled_at, CASE WHEN exit <> 'answered' THEN left_at END)"
	}
	return "joined_at"
}

// VisitsSQL gives what is counted, one row each: k (the queue whose limits hold), t (the credited instant), x (exit), w
// (wait) and the handling times. For queues these are visits, for groups and sites contacts.
func VisitsSQL(p *plan.Plan) string {
	if p.By != plan.ByQueue {
		return contactsSQL(p)
	}
	t := CreditSQL(p)
	return fmt.Sprintf(`SELECT queue AS k, %s AS t, %s AS x, %s AS w, talk_us, hold_us, wrap_us, transferred_to
 FROM visits_all WHERE %s >= %s AND %s < %s%s`,
		t, metric.ExitSQL, metric.WaitSQL(p.Now), t, plan.Stamp(p.Span.From), t, plan.Stamp(p.Span.To), p.Where("queue"))
}

// ContactReach is how far beyond the range a contact's other visits are looked for.
const ContactReach = 24 * interval.HourUs

// contactsSQL folds the visits of one interaction within one group or site into one contact: it waits from its first
// join to its first answer, or to its last exit if nobody answered. Most interactions have one visit and are their own
// contact; only the others are worth the folding.
func contactsSQL(p *plan.Plan) string {
	t := map[plan.Credit]string{
		plan.ByArrival: "joined", plan.ByAnswer: "CASE WHEN x <> '' THEN coalesce(answered, gone) END",
		plan.ByEnd: "CASE WHEN x <> '' THEN coalesce(handled, CASE WHEN x <> 'answered' THEN gone END) END",
	}[p.Credit]
	span := fmt.Sprintf("joined_at >= %s AND joined_at < %s%s", plan.Stamp(p.Span.From-ContactReach), plan.Stamp(p.Span.To+ContactReach), p.Where("queue"))
	const i = "coalesce(interaction, visit)"
	alone := fmt.Sprintf(`SELECT queue AS k, joined_at AS joined, answered_at AS answered, left_at AS gone, handled_at AS handled,
  CASE WHEN answered_at IS NOT NULL THEN 'answered' ELSE %s END AS x, coalesce(epoch_us(answered_at) - epoch_us(joined_at), %s) AS w,
  talk_us, hold_us, wrap_us, transferred_to
 FROM visits_all WHERE %s AND queue IS NOT NULL AND %s NOT IN (SELECT i FROM several)`, metric.ExitSQL, metric.WaitSQL(p.Now), span, i)
	folded := fmt.Sprintf(`SELECT arg_min(v.queue, joined_at) AS k, min(joined_at) AS joined, min(answered_at) AS answered, max(left_at) AS gone,
  max(handled_at) AS handled, CASE WHEN count(answered_at) > 0 THEN 'answered' ELSE arg_max(x, joined_at) END AS x,
  coalesce(epoch_us(min(answered_at)), max(epoch_us(joined_at) + w)) - epoch_us(min(joined_at)) AS w,
  sum(talk_us) AS talk_us, sum(hold_us) AS hold_us, sum(wrap_us) AS wrap_us, max(transferred_to) AS transferred_to
 FROM (SELECT *, %s AS x, %s AS w FROM visits_all WHERE %s AND %s IN (SELECT i FROM several)) v
 JOIN (%s) m ON m.queue = v.queue GROUP BY m.k, %s`, metric.ExitSQL, metric.WaitSQL(p.Now), span, i, keysSQL(p), i)
	return fmt.Sprintf(`WITH several AS MATERIALIZED (SELECT %s AS i FROM visits_all WHERE %s GROUP BY ALL HAVING count(*) > 1)
 SELECT k, %s AS t, x, w, talk_us, hold_us, wrap_us, transferred_to FROM (%s UNION ALL %s) c WHERE %s >= %s AND %s < %s`,
		i, span, t, alone, folded, t, plan.Stamp(p.Span.From), t, plan.Stamp(p.Span.To))
}

// keysSQL is the relation queue → k of groups or sites. A queue outside every group counts under the empty key.
func keysSQL(p *plan.Plan) string {
	values := []string{"(NULL, '')"}
	for _, q := range p.Dims.Queues() {
		values = append(values, fmt.Sprintf("(%s, %s)", plan.Literal(q.ID), plan.Literal(p.Key(q.ID))))
	}
	known := "SELECT queue, k FROM (VALUES " + strings.Join(values, ", ") + ") AS m(queue, k)"
	return known + " UNION ALL SELECT DISTINCT queue, '' AS k FROM visits_all WHERE queue NOT IN (SELECT queue FROM (" +
		known + ") WHERE queue IS NOT NULL)"
}

// countVisits adds up all visits by queue, segment and exit in one pass, and then decides in Go what holds for each.
func countVisits(p *plan.Plan, g *plan.Grid, rows *rowSet) error {
	return newFold(p, g, p.Waits(), rows).run()
}

// cellsSQL gives the cells as fold reads them. Slots are added up first; where every segment is one slot that is all,
// else the slots, which are few, are joined to the segments.
func cellsSQL(p *plan.Plan, g *plan.Grid, waits []int64) string {
	sums := []string{"n", "w", "longest", "timed", "talk", "hold", "wrap", "transferred"}
	within := make([]string, len(waits))
	for i, w := range waits {
		within[i] = fmt.Sprintf("count(*) FILTER (w <= %d) AS w%d", w, i)
		sums = append(sums, fmt.Sprintf("w%d", i))
	}
	slots := fmt.Sprintf(`WITH v AS (%s), s AS (
 SELECT k, %s AS slot, x, count(*) AS n, sum(w) AS w, max(w) AS longest,
  count(*) FILTER (coalesce(talk_us, 0) + coalesce(hold_us, 0) + coalesce(wrap_us, 0) > 0) AS timed,
  sum(talk_us) AS talk, sum(hold_us) AS hold, sum(wrap_us) AS wrap, count(nullif(transferred_to, '')) AS transferred, %s
 FROM v GROUP BY ALL)`, VisitsSQL(p), g.SlotSQL("t"), strings.Join(within, ", "))
	cells := make([]string, len(sums))
	even := g.Even()
	for i, column := range sums {
		switch {
		case even:
		case column == "longest":
			column = "max(longest)"
		default:
			column = "sum(" + column + ")"
		}
		cells[i] = "CAST(coalesce(" + column + ", 0) AS BIGINT)"
	}
	if even {
		return fmt.Sprintf(`%s SELECT coalesce(k, ''), %s AS seg, x, %s FROM s ORDER BY seg, 1`, slots, g.StartSQL("slot"), strings.Join(cells, ", "))
	}
	return fmt.Sprintf(`%s, g AS (%s) SELECT coalesce(k, ''), seg, x, %s FROM s ASOF JOIN g ON %s >= g.seg GROUP BY ALL ORDER BY seg, 1`,
		slots, g.Table(), strings.Join(cells, ", "), g.StartSQL("s.slot"))
}

func countBlocked(p *plan.Plan, g *plan.Grid, rows *rowSet) error {
	query := fmt.Sprintf(`WITH s AS (SELECT queue, "at" AS t FROM blocked WHERE "at" >= %s AND "at" < %s%s), g AS (%s)
SELECT coalesce(queue, ''), seg, count(*) FROM s ASOF JOIN g ON epoch_us(s.t) >= g.seg GROUP BY ALL`,
		plan.Stamp(p.Span.From), plan.Stamp(p.Span.To), p.Where("queue"), g.Table())
	return plan.Each(p.Ctx, p.Q, query, func(r *sql.Rows) error {
		var queue string
		var segment, n int64
		if err := r.Scan(&queue, &segment, &n); err != nil {
			return err
		}
		rows.row(p, g, cellKey{p.Key(queue), g.BucketOf[g.Index[segment]]}).Sums[metric.Blocked] += n
		return nil
	})
}
