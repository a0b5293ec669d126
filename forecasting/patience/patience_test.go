package patience_test

import (
	"compress/gzip"
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/agner-platform/agner/forecasting/patience"
)

// Four callers: one hangs up at 1 s, one is answered at 2 s, one hangs up at 3 s, one is answered at 4 s.
// By hand: S(1) = 3/4, S(3) = 3/4 · 1/2.
func TestByHand(t *testing.T) {
	c := patience.Fit([]patience.Count{{Second: 3, Left: 1}, {Second: 1, Left: 1}, {Second: 2, Other: 1}, {Second: 4, Other: 1}})
	for at, want := range map[float64]float64{0.5: 1, 1: 0.75, 2.9: 0.75, 3: 0.375, 10: 0.375} {
		if got := c.At(at); math.Abs(got-want) > 1e-12 {
			t.Errorf("S(%g) = %g, want %g", at, got, want)
		}
	}
	if q, ok := c.Quantile(0.5); !ok || q != 3 {
		t.Errorf("median %g, %v", q, ok)
	}
	if _, ok := c.Quantile(0.9); ok {
		t.Error("nobody knows when nine in ten have lost patience")
	}
	// Greenwood at 1 s: S·√(d/(n(n−d))) = 0.75·√(1/12).
	if want := 0.75 * math.Sqrt(1.0/12); math.Abs(c[0].SE-want) > 1e-12 {
		t.Errorf("standard error %g, want %g", c[0].SE, want)
	}
}

// The Technion calls of 1999, queued ones: survival, median and exponential mean of numbers.md
// section 4, and the two announcements as bumps.
func TestTechnion(t *testing.T) {
	list := technion(t)
	c := patience.Fit(list)
	for at, want := range map[float64]float64{10: .9682, 30: .9090, 60: .8330, 120: .7244, 300: .5101, 600: .3107} {
		if got := c.At(at); math.Abs(got-want) > 5e-5 {
			t.Errorf("S(%g) = %.5f, want %.4f", at, got, want)
		}
	}
	if m, ok := c.Quantile(0.5); !ok || m != 311 {
		t.Errorf("median %g, want 311 s", m)
	}
	var e patience.Exposure
	for _, x := range list {
		e.Left += x.Left
		e.Seconds += float64(x.Second) * (x.Left + x.Other)
	}
	if math.Abs(e.Mean()-372.0) > 0.05 {
		t.Errorf("mean patience %.2f s, want 372.0", e.Mean())
	}
	found := map[int]bool{}
	for _, b := range patience.Bumps(list, 600) {
		found[b.From] = true
	}
	if !found[10] || !found[55] { // announcements at 5 to 10 and 55 to 60 s; the first moves callers in seconds 10 to 14, too
		t.Errorf("bumps at %v, want those after the announcements", found)
	}
}

func technion(t *testing.T) []patience.Count {
	t.Helper()
	dir := os.Getenv("AGNER_TESTDATA")
	f, err := os.Open(filepath.Join(dir, "calls", "technion_calls_1999_jan_feb_oct.csv.gz"))
	if dir == "" || err != nil {
		t.Skipf("the Technion calls are not here (set AGNER_TESTDATA): %v", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(z).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at := map[string]int{}
	for i, name := range rows[0] {
		at[name] = i
	}
	var out []patience.Count
	for _, r := range rows[1:] {
		wait, err := strconv.Atoi(r[at["q_time"]])
		if err != nil || wait <= 0 {
			continue
		}
		switch r[at["outcome"]] {
		case "HANG":
			out = append(out, patience.Count{Second: wait, Left: 1})
		case "AGENT":
			out = append(out, patience.Count{Second: wait, Other: 1})
		}
	}
	return out
}

// An hour with little of its own has nearly the queue's patience; one with much has its own.
func TestByHour(t *testing.T) {
	got := patience.ByHour([]patience.Exposure{{Left: 10000, Seconds: 1e6}, {Left: 1, Seconds: 1000}, {}}, 300)
	if math.Abs(got[0]-100) > 1 || math.Abs(got[1]-142) > 15 || math.Abs(got[2]-100) > 1 {
		t.Errorf("by hour %v", got)
	}
	for _, v := range patience.ByHour(make([]patience.Exposure, 24), 300) {
		if v != 300 {
			t.Errorf("without a hang-up: %g", v)
		}
	}
}
