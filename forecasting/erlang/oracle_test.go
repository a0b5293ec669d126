package erlang_test

import (
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/agner-platform/agner/forecasting/erlang"
)

// testData opens a file of the shared data or skips with the reason.
func testData(t testing.TB, name string) *os.File {
	t.Helper()
	dir := os.Getenv("AGNER_TESTDATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		if os.Getenv("AGNER_REQUIRE_TESTDATA") != "" {
			t.Fatalf("test data is required here: %v", err)
		}
		t.Skipf("shared test data is absent: %v", err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// TestOracles compares every row of staffing/oracles.csv (60-digit arithmetic,
// checked against pyworkforce's tests and the Garnett–Mandelbaum–Reiman example;
// the file names the origin of each) with ours: 1e-9 relative, 1e-6 for wait
// tails, 1 % for the time-varying rows.
func TestOracles(t *testing.T) {
	rows, err := csv.NewReader(testData(t, "staffing/oracles.csv")).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows[1:] {
		want, err := strconv.ParseFloat(r[3], 64)
		if err != nil {
			t.Fatalf("value %q: %v", r[3], err)
		}
		got, err := erlang.Evaluate(r[0], r[1], r[2])
		if err != nil {
			t.Errorf("%s %s %s: %v", r[0], r[1], r[2], err)
			continue
		}
		tolerance := 1e-9
		switch {
		case r[0] == "mt_m_st":
			tolerance = 1e-2
		case strings.Contains(r[2], "within") || r[2] == "service_level":
			tolerance = 1e-6
		}
		if math.Abs(got-want) > tolerance*math.Abs(want) {
			t.Errorf("%s %s %s = %.12g, want %.12g (off by %.2g)", r[0], r[1], r[2], got, want, math.Abs(got/want-1))
		}
	}
}
