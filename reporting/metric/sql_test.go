package metric_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/lake"
	"github.com/agner-platform/agner/internal/lake/project"
	"github.com/agner-platform/agner/reporting/metric"
)

const now = int64(940_000_000_000_000)

// randomVisit makes a row of the lake and the same visit as Go counts it. Open rows are answered or waiting.
func randomVisit(r *rand.Rand, id int) (lake.Visit, metric.Visit) {
	exits := append([]event.Exit{"new_exit"}, event.Exits...)
	wait := r.Int64N(40) * 1_000_000
	row := lake.Visit{
		Visit: fmt.Sprint("v", id), Interaction: fmt.Sprint("i", id), Queue: fmt.Sprint("q", r.IntN(3)), JoinedAt: now - wait, LeftAt: now,
		Exit: string(exits[r.IntN(len(exits))]), WaitUs: project.Some(wait),
	}
	v := metric.Visit{Exit: event.Exit(row.Exit), WaitUs: wait}
	if v.Exit == event.Answered {
		row.AnsweredAt = now
		if r.IntN(3) > 0 {
			v.TalkUs, v.HoldUs, v.WrapUs = r.Int64N(3)*1e6, r.Int64N(2)*1e6, r.Int64N(2)*1e6
			row.TalkUs, row.HoldUs, row.WrapUs = project.Some(v.TalkUs), project.Some(v.HoldUs), project.Some(v.WrapUs)
		}
		if v.Transferred = r.IntN(4) == 0; v.Transferred {
			row.TransferredTo = "q9"
		}
	}
	return row, v
}

// waiting are visits that have joined and not left, given as events because only the projector makes open rows.
func waiting(r *rand.Rand, n int) ([]event.Event, []metric.Visit) {
	var events []event.Event
	var visits []metric.Visit
	for i := range n {
		wait := r.Int64N(40) * 1_000_000
		e := event.New(now-wait, &event.QueueJoined{Position: 1})
		e.Node, e.Seq, e.Interaction, e.Visit, e.Queue = "n", uint64(i+1), fmt.Sprint("w", i), fmt.Sprint("w", i), "q0"
		events = append(events, e)
		visits = append(visits, metric.Visit{WaitUs: wait})
	}
	return events, visits
}

// Every sum and every figure has one value, whether Go or SQL makes it.
func TestGoEqualsSQL(t *testing.T) {
	ctx := context.Background()
	l, err := lake.Open(ctx, lake.Config{Dir: t.TempDir(), Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}()
	r := rand.New(rand.NewPCG(1999, 10))
	var rows lake.Rows
	var visits []metric.Visit
	for i := range 2000 {
		row, v := randomVisit(r, i)
		rows.Visits, visits = append(rows.Visits, row), append(visits, v)
	}
	events, open := waiting(r, 25)
	if err := l.Load(ctx, &rows); err != nil {
		t.Fatal(err)
	}
	if err := l.ApplyEvents(ctx, events); err != nil {
		t.Fatal(err)
	}
	visits = append(visits, open...)
	for _, limits := range []metric.Limits{metric.DefaultLimits, {T: 0, S: 0}, {T: 35_000_000, S: 3_000_000}} {
		var want metric.Sums
		for _, v := range visits {
			want.AddVisit(v, limits)
		}
		compareSums(t, l, limits, &want)
	}
}

func compareSums(t *testing.T, l *lake.Lake, limits metric.Limits, want *metric.Sums) {
	t.Helper()
	var sums []metric.Sum
	var names, missing []string
	for s := metric.Sum(0); int(s) < len(want); s++ {
		if s.String() != "" && strings.Contains(metric.SumsSQL(limits), " AS "+s.String()) {
			sums, names = append(sums, s), append(names, "CAST("+s.String()+" AS BIGINT)")
		} else {
			missing = append(missing, "0 AS "+s.String()) // sums of other tables: none here
		}
	}
	figures := metric.Figures()
	cols := append([]string{}, names...)
	for i := range figures {
		cols = append(cols, figures[i].SQL())
	}
	query := fmt.Sprintf(`WITH v AS (SELECT *, %s AS x, %s AS w FROM visits_all), s AS (SELECT %s FROM v), o AS (SELECT *, %s FROM s) SELECT %s FROM o`,
		metric.ExitSQL, metric.WaitSQL(now), metric.SumsSQL(limits), strings.Join(missing, ", "), strings.Join(cols, ", "))
	counts, values := make([]int64, len(sums)), make([]*float64, len(figures))
	var dest []any
	for i := range counts {
		dest = append(dest, &counts[i])
	}
	for i := range values {
		dest = append(dest, &values[i])
	}
	err := l.View(context.Background(), func(ctx context.Context, r *lake.Reader) error { return r.QueryRow(ctx, query).Scan(dest...) })
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range sums {
		if counts[i] != want[s] {
			t.Errorf("T %d S %d: %s is %d in SQL, %d in Go", limits.T, limits.S, s, counts[i], want[s])
		}
	}
	for i := range figures {
		got, inGo := math.NaN(), figures[i].Of(want)
		if values[i] != nil {
			got = *values[i]
		}
		if math.IsNaN(got) != math.IsNaN(inGo) || math.Abs(got-inGo) > 1e-9*math.Abs(inGo) {
			t.Errorf("T %d S %d: %s is %v in SQL, %v in Go", limits.T, limits.S, figures[i].Name, got, inGo)
		}
	}
}
