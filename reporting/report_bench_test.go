package reporting_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/internal/lake"
	"github.com/agner-platform/agner/internal/lake/project"
	"github.com/agner-platform/agner/reporting"
	"github.com/agner-platform/agner/reporting/metric"
)

// benchRows is how many visits the benchmarks make: AGNER_BENCH_ROWS, 1 M unless set, 50 M for the figures of
// docs/benchmarks.md. They lie in AGNER_BENCH_DIR (or a temporary folder) and are deleted with it.
func benchRows(b *testing.B) int {
	b.Helper()
	text := os.Getenv("AGNER_BENCH_ROWS")
	if text == "" {
		return 1_000_000
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		b.Fatalf("AGNER_BENCH_ROWS %q: want a number of rows", text)
	}
	return n
}

var (
	benchYear = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	benchNow  = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
)

const (
	benchQueues = 40
	benchBatch  = 100_000
)

// benchLake makes a year of visits, in order of time as a centre would, straight into the projection.
func benchLake(b *testing.B, rows int) *lake.Lake {
	b.Helper()
	if ready := os.Getenv("AGNER_BENCH_LAKE"); ready != "" { // one that was kept, to look at a report again
		l, err := lake.Open(context.Background(), lake.Config{Dir: ready})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = l.Close() })
		return l
	}
	dir := b.TempDir()
	if base := os.Getenv("AGNER_BENCH_DIR"); base != "" {
		var err error
		if dir, err = os.MkdirTemp(base, "agner-bench-"); err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = os.RemoveAll(dir) })
	}
	l, err := lake.Open(context.Background(), lake.Config{Dir: dir})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := l.Close(); err != nil {
			b.Error(err)
		}
	})
	r := rand.New(rand.NewPCG(1, 2))
	step := float64(benchNow.Sub(benchYear).Microseconds()) / float64(rows)
	batch := lake.Rows{Visits: make([]lake.Visit, 0, benchBatch)}
	for i := range rows {
		batch.Visits = append(batch.Visits, benchVisit(r, i, benchYear.UnixMicro()+int64(float64(i)*step)))
		if len(batch.Visits) == benchBatch || i+1 == rows {
			if err := l.Load(context.Background(), &batch); err != nil {
				b.Fatal(err)
			}
			batch = lake.Rows{Visits: make([]lake.Visit, 0, benchBatch)} // the lake keeps what it was given
		}
	}
	return l
}

func benchVisit(r *rand.Rand, i int, joined int64) lake.Visit {
	wait := int64(r.ExpFloat64() * 30e6)
	v := lake.Visit{
		Visit: fmt.Sprintf("v%08x", i), Interaction: fmt.Sprintf("i%08x", i), Site: "s1", Queue: fmt.Sprintf("q%d", r.IntN(benchQueues)),
		Channel: "voice", Source: "bench", JoinedAt: joined, LeftAt: joined + wait, WaitUs: project.Some(wait), Priority: r.Int64N(3),
		Exit: string(event.Answered), PositionExit: project.Some(1 + r.Int64N(5)), Node: "bench", Seq: uint64(i + 1),
	}
	if r.IntN(4) > 0 {
		v.Party = fmt.Sprintf("p%07x", r.IntN(1_000_000))
	}
	switch x := r.IntN(100); {
	case x < 10:
		v.Exit = string(event.Abandoned)
	case x < 13:
		v.Exit = string(event.Overflowed)
	default:
		v.AnsweredAt, v.Agent = v.LeftAt, fmt.Sprintf("a%d", r.IntN(500))
		v.TalkUs, v.HoldUs, v.WrapUs = project.Some(int64(r.ExpFloat64()*180e6)), project.Some(0), project.Some(20*sec)
		v.HandledAt = v.LeftAt + v.TalkUs.V + v.WrapUs.V
	}
	return v
}

// plainSQL is what somebody who knows the tables would write for the interval report.
func plainSQL(from, to time.Time, bucket string) string {
	return fmt.Sprintf(`WITH v AS (SELECT queue, %s AS b, exit AS x, wait_us AS w, * FROM visits_all WHERE joined_at >= '%s' AND joined_at < '%s')
SELECT queue, b, %s FROM v GROUP BY queue, b ORDER BY b, queue`,
		bucket, from.Format(time.DateTime), to.Format(time.DateTime), metric.SumsSQL(metric.DefaultLimits))
}

// drain reads every row of a query, as a report would have to.
func drain(b *testing.B, l *lake.Lake, queries ...string) (rows int) {
	b.Helper()
	for _, query := range queries {
		err := l.View(context.Background(), func(ctx context.Context, r *lake.Reader) error {
			res, err := r.Query(ctx, query)
			if err != nil {
				return err
			}
			defer res.Close()
			cols, err := res.Columns()
			if err != nil {
				return err
			}
			dest := make([]any, len(cols))
			for i := range dest {
				dest[i] = new(any)
			}
			for res.Next() {
				if err := res.Scan(dest...); err != nil {
					return err
				}
				rows++
			}
			return res.Err()
		})
		if err != nil {
			b.Fatalf("%v in %s", err, query)
		}
	}
	return rows
}

// BenchmarkReports times each report beside plain SQL for the same answer; x is their ratio (wanted: at most 1.5).
//
//	AGNER_BENCH_ROWS=50000000 go test ./reporting -run - -bench Reports -benchtime 3x
func BenchmarkReports(b *testing.B) {
	rows := benchRows(b)
	l := benchLake(b, rows)
	s := reporting.New(reporting.Config{
		Lake: l, Now: func() time.Time { return benchNow },
		Settings: func(context.Context) (db.Values, error) {
			return db.Values{Within: 20 * time.Second, Short: 10 * time.Second, Share: .8, FCRDays: 7}, nil
		},
	})
	levels := func(from, to string, size interval.Size) func() int {
		return func() int {
			r, err := s.ServiceLevel(context.Background(), reporting.Params{From: from, To: to, Size: size})
			if err != nil {
				b.Fatal(err)
			}
			return r.Table().Len()
		}
	}
	month, next := benchYear.AddDate(0, 4, 0), benchYear.AddDate(0, 5, 0)
	for _, c := range []struct {
		name  string
		ours  func() int
		plain []string
	}{
		{"day-15m", levels("2025-05-06", "2025-05-07", interval.Quarter),
			[]string{plainSQL(month.AddDate(0, 0, 5), month.AddDate(0, 0, 6), "time_bucket(INTERVAL 15 minutes, joined_at)")}},
		{"month-30m", levels("2025-05-01", "2025-06-01", interval.Half), []string{plainSQL(month, next, "time_bucket(INTERVAL 30 minutes, joined_at)")}},
		{"year-series", levels("2025-01-01", "2026-01-01", interval.Day), []string{plainSQL(benchYear, benchNow, "date_trunc('day', joined_at)")}},
		{"year-abandonment", func() int {
			a, err := s.Abandonment(context.Background(), reporting.Params{From: "2025-01-01", To: "2026-01-01", Size: interval.Hour})
			if err != nil {
				b.Fatal(err)
			}
			return len(a.Survival)
		}, plainAbandonment()},
		{"year-kpi", func() int {
			k, err := s.KPI(context.Background(), reporting.Params{From: "2025-01-01", To: "2026-01-01"}, "")
			if err != nil {
				b.Fatal(err)
			}
			return len(k.Items)
		}, []string{`SELECT count(*), count(a), avg(h), median(h) FROM (SELECT min(answered_at) AS a, sum(talk_us + hold_us + wrap_us) AS h
 FROM visits_all WHERE joined_at >= '2025-01-01' AND joined_at < '2026-01-01' GROUP BY interaction)`}},
	} {
		b.Run(c.name, func(b *testing.B) {
			var ours, plain time.Duration
			c.ours() // once for the file cache
			for b.Loop() {
				start := time.Now()
				if c.ours() == 0 {
					b.Fatal("an empty report")
				}
				ours += time.Since(start)
				start = time.Now()
				if drain(b, l, c.plain...) == 0 {
					b.Fatal("an empty answer")
				}
				plain += time.Since(start)
			}
			n := float64(b.N)
			b.ReportMetric(float64(ours.Milliseconds())/n, "ms/report")
			b.ReportMetric(float64(plain.Milliseconds())/n, "ms/plain")
			b.ReportMetric(float64(ours)/float64(plain), "x")
			b.ReportMetric(float64(rows), "rows")
		})
	}
}

// plainAbandonment answers what the abandonment report does: intervals, time to abandon, parts, redial.
func plainAbandonment() []string {
	const year = `joined_at >= '2025-01-01' AND joined_at < '2026-01-01'`
	parts := func(column string) string {
		return fmt.Sprintf(`SELECT %s, count(*), count(*) FILTER (exit = 'abandoned') FROM visits_all WHERE %s GROUP BY 1`, column, year)
	}
	return []string{
		plainSQL(benchYear, benchNow, "date_trunc('hour', joined_at)"),
		`SELECT CAST(ceil(wait_us / 1e6) AS BIGINT) AS s, count(*), count(*) FILTER (exit = 'abandoned'), count(*) FILTER (exit = 'answered'), sum(wait_us),
 sum(wait_us) FILTER (exit = 'abandoned'), sum(wait_us) FILTER (exit = 'answered') FROM visits_all WHERE wait_us > 0 AND ` + year + ` GROUP BY 1 ORDER BY 1`,
		parts("priority"), parts("position_exit"),
		`SELECT attempt, count(*), count(*) FILTER (exit = 'abandoned') FROM (SELECT exit, count(*) OVER (PARTITION BY party, queue ORDER BY joined_at
  RANGE BETWEEN INTERVAL 1 DAY PRECEDING AND INTERVAL 1 MICROSECOND PRECEDING) AS attempt FROM visits_all WHERE party IS NOT NULL AND ` + year + `) GROUP BY 1`,
		`WITH c AS (SELECT interaction, party, min(joined_at) AS t FROM visits_all WHERE party IS NOT NULL AND ` + year + ` GROUP BY ALL),
 n AS (SELECT *, lead(t) OVER (PARTITION BY party ORDER BY t) - t AS gap FROM c)
SELECT count(*), count(*) FILTER (gap <= INTERVAL 10 minutes), count(*) FILTER (gap <= INTERVAL 1 hour), count(*) FILTER (gap <= INTERVAL 1 day)
FROM visits_all v JOIN n USING (interaction, party) WHERE v.exit = 'abandoned' AND v.` + year,
	}
}
