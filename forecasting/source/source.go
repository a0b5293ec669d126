// Package source reads the histories of queues from the lake and puts them on the grid of
// local dates and slots that forecasts are made on.
//
// # What counts
//
// Demand is every voice visit that joined the queue, answered or not, in the slot of its
// arrival. A slot without a visit is a zero where the queue was open and the lake has
// other visits of that day, missing where the day is empty everywhere (a gap in the data,
// or the whole centre closed), closed otherwise. Opening hours are those of the set-up;
// without them they are inferred per weekday from the eight occurrences on either side.
package source

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/agner-platform/agner/forecasting/patience"
	"github.com/agner-platform/agner/forecasting/series"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/internal/lake"
)

// Queue says whose history is read.
type Queue struct {
	ID   string
	Zone *time.Location
	Open func(interval.Date) []bool // which slots are open; nil where nobody has said
}

// Span is the stretch of local dates and the length of a slot.
type Span struct {
	First   interval.Date
	Days    int
	Minutes int
}

// Slots is how many slots a day has.
func (s Span) Slots() int { return 24 * 60 / s.Minutes }

// Raw is one queue's history, day·slots + slot.
type Raw struct {
	Span
	Queue   string
	Weekday time.Weekday // of day 0
	Calls   []float64
	Handled []float64
	Seconds []float64             // talk, hold and wrap-up of the handled
	Hours   [24]patience.Exposure // waiting by local hour
	Any     []bool                // by day: the lake has visits of some queue
}

// Extent returns the first and last instant at which somebody joined a queue (UTC µs), and
// false where there is nothing.
func Extent(ctx context.Context, r *lake.Reader) (first, last int64, ok bool, err error) {
	var a, b *int64
	if err := r.QueryRow(ctx, `SELECT epoch_us(min(joined_at)), epoch_us(max(joined_at)) FROM visits_all WHERE channel = 'voice'`).Scan(&a, &b); err != nil {
		return 0, 0, false, fmt.Errorf("extent of the lake: %w", err)
	}
	if a == nil || b == nil {
		return 0, 0, false, nil
	}
	return *a, *b, true, nil
}

// Visits counts the voice visits that joined before an instant.
func Visits(ctx context.Context, r *lake.Reader, before int64) (n int64, err error) {
	if err := r.QueryRow(ctx, `SELECT count(*) FROM visits_all WHERE channel = 'voice' AND joined_at < make_timestamp(CAST(? AS BIGINT))`, before).Scan(&n); err != nil {
		return 0, fmt.Errorf("count visits: %w", err)
	}
	return n, nil
}

// Queues returns the queues with voice visits since an instant, busiest first.
func Queues(ctx context.Context, r *lake.Reader, since int64) ([]string, error) {
	rows, err := r.Query(ctx, `SELECT queue FROM visits_all WHERE channel = 'voice' AND queue IS NOT NULL AND joined_at >= make_timestamp(CAST(? AS BIGINT))
		GROUP BY queue ORDER BY count(*) DESC, queue`, since)
	if err != nil {
		return nil, fmt.Errorf("list queues: %w", err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var q string
		if err := rows.Scan(&q); err != nil {
			return nil, err
		}
		out = append(out, q)
	}
	return out, rows.Err()
}

// Read returns the histories of queues. Read a few dozen at a time: a year of one queue by
// quarter hours is a megabyte.
func Read(ctx context.Context, r *lake.Reader, span Span, queues []Queue) (map[string]*Raw, error) {
	out := map[string]*Raw{}
	zones := map[string]*time.Location{}
	marks, args := make([]string, len(queues)), make([]any, 0, len(queues)+2)
	from, to := int64(math.MaxInt64), int64(math.MinInt64)
	n := span.Days * span.Slots()
	for i, q := range queues {
		out[q.ID] = &Raw{Span: span, Queue: q.ID, Weekday: span.First.Weekday(), Calls: make([]float64, n), Handled: make([]float64, n), Seconds: make([]float64, n), Any: make([]bool, span.Days)}
		zones[q.ID] = q.Zone
		marks[i] = "?"
		from = min(from, span.First.Start(q.Zone))
		to = max(to, span.First.AddDays(span.Days).Start(q.Zone))
	}
	args = append(args, from, to)
	for _, q := range queues {
		args = append(args, q.ID)
	}
	rows, err := r.Query(ctx, `SELECT queue, epoch_us(time_bucket(INTERVAL '15 minutes', joined_at)), count(*),
			count(*) FILTER (exit = 'answered' AND talk_us > 0),
			coalesce(sum((coalesce(talk_us, 0) + coalesce(hold_us, 0) + coalesce(wrap_us, 0)) / 1e6) FILTER (exit = 'answered' AND talk_us > 0), 0),
			count(*) FILTER (exit = 'abandoned'), coalesce(sum(wait_us / 1e6), 0)
		FROM visits_all WHERE channel = 'voice' AND joined_at >= make_timestamp(CAST(? AS BIGINT)) AND joined_at < make_timestamp(CAST(? AS BIGINT))
			AND queue IN (`+strings.Join(marks, ", ")+`) GROUP BY ALL`, args...)
	if err != nil {
		return nil, fmt.Errorf("read histories: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var queue string
		var at int64
		var b bin
		if err := rows.Scan(&queue, &at, &b.calls, &b.handled, &b.seconds, &b.left, &b.waited); err != nil {
			return nil, err
		}
		out[queue].add(zones[queue], at, b)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return out, days(ctx, r, from, to, out, zones)
}

// bin is a quarter of an hour.
type bin struct{ calls, handled, seconds, left, waited float64 }

// add puts a quarter hour on the grid. Where the clock shows a reading twice, each passage
// counts half.
func (w *Raw) add(zone *time.Location, at int64, b bin) {
	c := interval.WallOf(zone, at)
	d := w.First.DaysUntil(c.Date)
	if d < 0 || d >= w.Days {
		return
	}
	share := 1.0
	if _, fold := interval.LocalTime(zone, interval.Wall{Date: c.Date, Hour: c.Hour, Minute: c.Minute}); fold == interval.Ambiguous {
		share = 0.5
	}
	i := d*w.Slots() + (c.Hour*60+c.Minute)/w.Minutes
	w.Calls[i] += share * b.calls
	w.Handled[i] += share * b.handled
	w.Seconds[i] += share * b.seconds
	w.Hours[c.Hour].Left += b.left
	w.Hours[c.Hour].Seconds += b.waited
}

// days finds the dates on which somebody joined any queue.
func days(ctx context.Context, r *lake.Reader, from, to int64, list map[string]*Raw, zones map[string]*time.Location) error {
	rows, err := r.Query(ctx, `SELECT DISTINCT epoch_us(time_bucket(INTERVAL '1 hour', joined_at)) FROM visits_all
		WHERE channel = 'voice' AND joined_at >= make_timestamp(CAST(? AS BIGINT)) AND joined_at < make_timestamp(CAST(? AS BIGINT))`, from, to)
	if err != nil {
		return fmt.Errorf("read days: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var at int64
		if err := rows.Scan(&at); err != nil {
			return err
		}
		for id, w := range list {
			if d := w.First.DaysUntil(interval.DateOf(zones[id], at)); d >= 0 && d < w.Days {
				w.Any[d] = true
			}
		}
	}
	return rows.Err()
}

// Waits returns how long callers of a queue waited, by second, for the survival of patience.
func Waits(ctx context.Context, r *lake.Reader, queue string, from, to int64) ([]patience.Count, error) {
	rows, err := r.Query(ctx, `SELECT CAST(floor(wait_us / 1e6) AS BIGINT) AS s, count(*) FILTER (exit = 'abandoned'), count(*) FILTER (exit <> 'abandoned')
		FROM visits WHERE channel = 'voice' AND wait_us > 0 AND queue = ? AND joined_at >= make_timestamp(CAST(? AS BIGINT)) AND joined_at < make_timestamp(CAST(? AS BIGINT))
		GROUP BY s ORDER BY s`, queue, from, to)
	if err != nil {
		return nil, fmt.Errorf("read waits: %w", err)
	}
	defer rows.Close()
	var out []patience.Count
	for rows.Next() {
		var c patience.Count
		if err := rows.Scan(&c.Second, &c.Left, &c.Other); err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, rows.Err()
}

// Series puts a history on the grid with what is open, missing and observed. It begins with
// the first day that has calls.
func (w *Raw) Series(q Queue) (*series.Series, error) {
	first := 0
	for first < w.Days-1 && sum(w.day(first)) == 0 {
		first++
	}
	s, err := series.New(w.First.AddDays(first), w.Days-first, w.Minutes)
	if err != nil {
		return nil, err
	}
	open := q.Open
	if open == nil {
		open = w.inferred()
	}
	for d := range s.Days {
		row := open(s.Date(d))
		for i, v := range w.day(first + d) {
			switch {
			case i >= len(row) || !row[i] || skipped(q.Zone, s.Date(d), i*w.Minutes):
			case !w.Any[first+d]:
				s.Mark(d, i, series.Missing)
			default:
				s.Set(d, i, v)
			}
		}
	}
	return s, nil
}

func (w *Raw) day(d int) []float64 { return w.Calls[d*w.Slots() : (d+1)*w.Slots()] }

func sum(v []float64) float64 {
	t := 0.0
	for _, x := range v {
		t += x
	}
	return t
}

// skipped reports whether the clock jumps over a reading.
func skipped(zone *time.Location, d interval.Date, minute int) bool {
	_, fold := interval.LocalTime(zone, interval.Wall{Date: d, Hour: minute / 60, Minute: minute % 60})
	return fold == interval.Missing
}

const (
	nearWeeks = 8    // occurrences of a weekday on either side
	rare      = 0.03 // a slot with less than this share of the weekday's mean slot is not open
	quietLack = 12   // calls that must be lacking before a run of zeros inside the day is a closure
)

// inferred finds which slots are open on a date from what came near it.
func (w *Raw) inferred() func(interval.Date) []bool {
	return func(date interval.Date) []bool {
		d := w.First.DaysUntil(date)
		total, present, near := make([]float64, w.Slots()), 0, 0
		for k := d - 7*nearWeeks; k <= d+7*nearWeeks; k += 7 {
			if k < 0 || k >= w.Days || !w.Any[k] {
				continue
			}
			near++
			day := w.day(k)
			if sum(day) > 0 {
				present++
			}
			for i, v := range day {
				total[i] += v
			}
		}
		open := make([]bool, w.Slots())
		if present == 0 || 2*present < near {
			return open
		}
		return between(total, open)
	}
}

// between opens the slots from the first to the last that is not rare, but for long silences inside.
func between(total []float64, open []bool) []bool {
	all, used := sum(total), 0.0
	for _, v := range total {
		if v > 0 {
			used++
		}
	}
	mean := all / math.Max(1, used)
	lo, hi := -1, -1
	for i, v := range total {
		if v > 0 && v >= rare*mean {
			if lo < 0 {
				lo = i
			}
			hi = i
		}
	}
	if lo < 0 {
		return open
	}
	for i := lo; i <= hi; i++ {
		open[i] = true
	}
	for i := lo; i <= hi; {
		j := i
		for j <= hi && total[j] == 0 {
			j++
		}
		if float64(j-i)*mean >= quietLack && j > i {
			for k := i; k < j; k++ {
				open[k] = false
			}
		}
		i = max(j, i+1)
	}
	return open
}
