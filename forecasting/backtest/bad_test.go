package backtest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/agner-platform/agner/forecasting/backtest"
	"github.com/agner-platform/agner/forecasting/series"
)

// write makes a file of n weeks of half hours around the clock.
func write(t *testing.T, weeks int, value func(d, m int) string) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("start,calls\n")
	start := time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
	for d := range 7 * weeks {
		for m := 0; m < 24*60; m += 30 {
			if v := value(d, m); v != "" {
				fmt.Fprintf(&b, "%s,%s\n", start.AddDate(0, 0, d).Add(time.Duration(m)*time.Minute).Format("2006-01-02T15:04"), v)
			}
		}
	}
	path := filepath.Join(t.TempDir(), "series.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Poor input gives a flagged result: JSON without NaN, every undefined score
// absent, and no automatic forecast that is silently zero.
func TestPoorInput(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	some := func(n int) string { return fmt.Sprint(n/2 + rng.IntN(n)) }
	for name, c := range map[string]struct {
		weeks   int
		value   func(d, m int) string
		defined bool
		warning string
	}{
		"all zero": {12, func(int, int) string { return "0" }, false, "no calls at all"},
		"one week": {1, func(int, int) string { return some(20) }, true, "weeks of history"},
		"gaps": {16, func(d, m int) string {
			if rng.Float64() < 0.4 {
				return ""
			}
			return some(20)
		}, true, ""},
		"negative": {12, func(d, m int) string {
			if d%9 == 0 {
				return "-5"
			}
			return some(20)
		}, true, ""},
		"absurd once": {12, func(d, m int) string {
			if d == 20 && m == 600 {
				return "900000000"
			}
			return some(20)
		}, true, "marked as not being demand"},
	} {
		t.Run(name, func(t *testing.T) {
			r := run(t, backtest.Request{Path: write(t, c.weeks, c.value), Leads: []string{"1d"}})
			if _, err := json.Marshal(r); err != nil {
				t.Fatal(err)
			}
			x := r.Results[0]
			if (x.WAPE != nil) != c.defined {
				t.Errorf("wape %v, defined should be %v", x.WAPE, c.defined)
			}
			if c.defined && (*x.WAPE > 0.6 || *x.Bias < -0.5) {
				t.Errorf("wape %.2f bias %.2f", *x.WAPE, *x.Bias)
			}
			if all := strings.Join(r.Warnings, "; "); !strings.Contains(all, c.warning) {
				t.Errorf("warnings %q, want %q among them", all, c.warning)
			}
		})
	}
}

// Measurements are not counts: the unit must not matter.
func TestUnitsDoNotMatter(t *testing.T) {
	var reports []*backtest.FileReport
	for _, unit := range []float64{0.001, 1, 1000} {
		rng := rand.New(rand.NewPCG(5, 6))
		r := run(t, backtest.Request{Leads: []string{"1d"}, Path: write(t, 16, func(d, m int) string {
			return fmt.Sprintf("%.9g", unit*(0.6+0.2*float64(m)/1440+0.05*rng.NormFloat64()))
		})})
		x := r.Results[0]
		if *x.WAPE > 0.08 || *x.Cover80 < 0.72 || *x.Cover80 > 0.88 {
			t.Errorf("unit %g: wape %.3f, 80 %% interval covers %.3f", unit, *x.WAPE, *x.Cover80)
		}
		reports = append(reports, r)
	}
	for _, r := range reports[1:] {
		if a, b := *reports[0].Results[0].WAPE, *r.Results[0].WAPE; a-b > 1e-6 || b-a > 1e-6 {
			t.Errorf("wape %g and %g in different units", a, b)
		}
	}
	if a, b := *reports[0].Scale*1000, *reports[1].Scale; a/b > 1.001 || a/b < 0.999 {
		t.Errorf("scale %g, want %g", a, b)
	}
}

func TestBadRequests(t *testing.T) {
	path := write(t, 4, func(int, int) string { return "7" })
	for name, c := range map[string]struct {
		q    backtest.Request
		want error
		part string
	}{
		"interval": {backtest.Request{Path: path, Interval: "50m"}, backtest.ErrRequest, `"50m"`},
		"lead":     {backtest.Request{Path: path, Leads: []string{"4h"}}, backtest.ErrRequest, `"4h"`},
		"period":   {backtest.Request{Path: path, From: "2027-01-01", To: "2027-02-01"}, backtest.ErrNoTargets, "2026-01-05 to 2026-02-01"},
		"reversed": {backtest.Request{Path: path, From: "2026-01-20", To: "2026-01-10"}, backtest.ErrRequest, "reversed"},
		"column":   {backtest.Request{Path: path, Value: "n"}, series.ErrColumn, `"n"`},
		"file":     {backtest.Request{Path: path + "x"}, os.ErrNotExist, ""},
	} {
		_, err := backtest.File(context.Background(), c.q)
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.part) {
			t.Errorf("%s: %v, want %v with %q", name, err, c.want, c.part)
		}
	}
}

// The same file gives the same bytes.
func TestDeterministic(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	path := write(t, 14, func(int, int) string { return fmt.Sprint(rng.IntN(30)) })
	var first []byte
	for range 2 {
		b, err := json.Marshal(run(t, backtest.Request{Path: path, Leads: []string{"1d", "7d"}}))
		if err != nil {
			t.Fatal(err)
		}
		if first != nil && string(first) != string(b) {
			t.Error("two runs differ")
		}
		first = b
	}
}
