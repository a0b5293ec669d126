package reporting_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/ingest"
	"github.com/agner-platform/agner/internal/ingest/feed/feedtest"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/internal/lake"
	"github.com/agner-platform/agner/reporting"
	"github.com/agner-platform/agner/reporting/metric"
)

// technionFile is the bank's calls of January, February and October 1999; the test is skipped where they are not,
// unless AGNER_REQUIRE_TESTDATA is set.
func technionFile(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("AGNER_TESTDATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared", "data")
	}
	path := filepath.Join(dir, "calls", "technion_calls_1999_jan_feb_oct.csv.gz")
	if _, err := os.Stat(path); err != nil {
		if os.Getenv("AGNER_REQUIRE_TESTDATA") != "" {
			t.Fatalf("AGNER_REQUIRE_TESTDATA is set, but the Technion calls are not here: %v", err)
		}
		t.Skipf("the Technion calls are not here (set AGNER_TESTDATA): %v", err)
	}
	return path
}

// importTechnion reads the file with the shipped profile into a lake and gives the reports over it.
func importTechnion(t testing.TB) *reporting.Service {
	t.Helper()
	ctx := context.Background()
	path := technionFile(t)
	l, err := lake.Open(ctx, lake.Config{Dir: t.TempDir(), Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	var seq uint64
	sink := ingest.SinkFunc(func(ctx context.Context, b ingest.Batch) error {
		for i := range b.Events {
			seq++
			b.Events[i].Node, b.Events[i].Seq = "analytics", seq
		}
		return l.ApplyEvents(ctx, b.Events)
	})
	report, err := ingest.Run(ctx, ingest.Options{
		Format: "csv", Profile: "technion", Files: []string{path}, Directory: &feedtest.Directory{}, Sink: sink, BatchSize: 50_000,
	})
	if err != nil || report.Rejected != 0 {
		t.Fatalf("import: %d rows rejected (%v): %+v", report.Rejected, err, report)
	}
	return reporting.New(reporting.Config{
		Lake: l, Zone: mustZone(), Now: func() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) },
		Settings: func(context.Context) (db.Values, error) {
			return db.Values{Within: 20 * time.Second, Short: 10 * time.Second, Share: .8, Credit: "arrival", FCRDays: 7, Currency: "EUR", WageFactor: 1, AbandonBins: []time.Duration{15 * time.Second, time.Minute, 3 * time.Minute}}, nil
		},
	})
}

// Every expected figure below is printed in the data's reference sheet (project numbers, sections 1 and 4), measured
// there by other code from the same file; got is rounded to as many digits as are printed.
func TestTechnion(t *testing.T) {
	s := importTechnion(t)
	ctx := context.Background()
	check := func(name string, got float64, digits int, want string) {
		t.Helper()
		if text := fmt.Sprintf("%.*f", digits, got); text != want {
			t.Errorf("%s = %s (%v), want %s", name, text, got, want)
		}
	}
	a, err := s.Abandonment(ctx, reporting.Params{})
	if err != nil {
		t.Fatal(err)
	}
	check("offered", float64(a.Offered), 0, "94184")
	check("abandonment in %", 100*float64(a.Rate), 2, "9.66")
	check("queued", float64(a.Queued), 0, "46593")
	check("abandoned of queued in %", 100*float64(a.QueuedRate), 2, "19.53")
	check("mean wait of queued and served", float64(a.MeanAnswerS), 1, "73.9")
	check("mean wait of abandoners", float64(a.MeanAbandonS), 1, "67.5")
	check("median patience", float64(a.MedianPatienceS), 0, "311")
	check("exponential mean patience", float64(a.ThetaS), 1, "372.0")
	survival := map[int64]float64{}
	for _, p := range a.Survival {
		survival[p.TS] = p.S
	}
	for at, want := range map[int64]string{10: "0.9682", 30: "0.9090", 60: "0.8330", 120: "0.7244", 300: "0.5101", 600: "0.3107"} {
		check(fmt.Sprintf("S(%d)", at), survival[at], 4, want)
	}
	var bumps []string
	for _, b := range a.Hazard {
		if b.Bump && b.ToS <= 120 { // later ones exist, at 170 and 225 s, and are not printed
			bumps = append(bumps, fmt.Sprintf("%d-%d s: %.1e", b.FromS, b.ToS, b.H))
		}
	}
	if got, want := fmt.Sprint(bumps), "[5-10 s: 4.1e-03 55-60 s: 4.3e-03]"; got != want {
		t.Errorf("bumps %s, want the announcements %s", got, want)
	}
	check("identified abandoners", float64(a.Redial.Identified), 0, "4364")
	check("redial in 10 min, %", 100*float64(a.Redial.Within10m), 1, "24.1")
	check("redial in 1 h, %", 100*float64(a.Redial.Within1h), 1, "44.4")

	for within, want := range map[time.Duration]string{20 * time.Second: "59.62", time.Minute: "73.68"} {
		r := level(t, s, reporting.Params{Size: interval.Total, Within: &within})
		f, _ := metric.Lookup("sl_offered")
		check("answered within "+within.String()+" of offered, %", 100*f.Of(&r.Totals.Sums), 2, want)
		f, _ = metric.Lookup("asa_s")
		check("ASA", f.Of(&r.Totals.Sums), 1, "32.6")
	}
	menu, err := s.IVR(ctx, reporting.Params{})
	if err != nil {
		t.Fatal(err)
	}
	check("calls", float64(menu.Entered), 0, "98903")
	check("left in the menu", float64(menu.HungUp), 0, "4719")
	kpi, err := s.KPI(ctx, reporting.Params{}, "previous")
	if err != nil {
		t.Fatal(err)
	}
	check("handled with a time", float64(kpi.Handling.N), 0, "84655")
	check("mean handling time", float64(kpi.Handling.MeanS), 1, "180.9")
	check("median handling time", float64(kpi.Handling.MedianS), 0, "109")
	check("SD of handling time", float64(kpi.Handling.SDS), 1, "239.4")
	checkOctober(t, s)
}

// checkOctober reads every half hour of October and holds it against the month's total.
func checkOctober(t *testing.T, s *reporting.Service) {
	t.Helper()
	p := reporting.Params{From: "1999-10-01", To: "1999-11-01", Size: interval.Half}
	half := level(t, s, p)
	p.Size = interval.Total
	total := level(t, s, p)
	var sum metric.Sums
	for i := range half.Rows {
		sum.Add(&half.Rows[i].Sums)
	}
	total.Totals.Sums[metric.HandlingUs], total.Totals.Sums[metric.AvailableUs] = sum[metric.HandlingUs], sum[metric.AvailableUs]
	if sum != total.Totals.Sums {
		t.Errorf("half hours add up to %v, the month is %v", sum, total.Totals.Sums)
	}
	f, _ := metric.Lookup("sl")
	if v := f.Of(&sum); math.IsNaN(v) || v <= 0 || v >= 1 || len(half.Rows) < 1000 {
		t.Errorf("October: service level %v in %d rows", v, len(half.Rows))
	}
}
