package backtest_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/agner-platform/agner/forecasting/backtest"
)

// data returns the path of a test data file, or skips.
func data(t testing.TB, name string) string {
	t.Helper()
	dir := os.Getenv("AGNER_TESTDATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	path := filepath.Join(dir, "calls", name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("test data absent: %v", err)
	}
	return path
}

// run backtests a file.
func run(t testing.TB, q backtest.Request) *backtest.FileReport {
	t.Helper()
	r, err := backtest.File(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// score finds a method's result at a lead.
func score(t testing.TB, r *backtest.FileReport, lead, method string) backtest.Result {
	t.Helper()
	for _, x := range r.Results {
		if x.Lead == lead && x.Method == method {
			if x.WAPE == nil || x.MASE == nil || x.Cover80 == nil || x.Cover90 == nil || x.Pinball == nil {
				t.Fatalf("%s %s: a score is not defined: %+v", lead, method, x)
			}
			return x
		}
	}
	t.Fatalf("no result for %s at %s", method, lead)
	return backtest.Result{}
}
