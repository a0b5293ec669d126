//go:build cgo

package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/agner-platform/agner/cmd/agner/analytics"
	"github.com/agner-platform/agner/cmd/agner/node"
	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/lake"
	"github.com/agner-platform/agner/internal/lake/project"
)

// BenchmarkMonthPage is the load of the month view in Chromium on a store of
// AGNER_BENCH_ROWS calls (default 200,000; 5,000,000 for docs/benchmarks.md) over
// a year and 40 queues, from the start of navigation to the last figure. It needs
// the built pages, Node and Chromium.
func BenchmarkMonthPage(b *testing.B) {
	for _, tool := range []string{"node", "chromium"} {
		if _, err := exec.LookPath(tool); err != nil {
			b.Skipf("%s is not installed", tool)
		}
	}
	rows := 200_000
	if text := os.Getenv("AGNER_BENCH_ROWS"); text != "" {
		var err error
		if rows, err = strconv.Atoi(text); err != nil {
			b.Fatalf("AGNER_BENCH_ROWS %q: want a number of rows", text)
		}
	}
	dir := os.Getenv("AGNER_BENCH_DIR") // kept and used again, if set
	if dir == "" {
		dir = filepath.Join(b.TempDir(), "data")
	}
	_, missing := os.Stat(dir)
	if missing != nil {
		fill(b, dir, rows)
	}
	p := serve(b, dir)
	const own = "Page-load-measure-1909" // what pageload.mjs chooses at the first sign-in
	if missing == nil {
		p.password = own
	}
	for b.Loop() {
		cmd := exec.Command("node", "scripts/pageload.mjs", p.url, p.password, "/service-level?from=2025-10-01&to=2025-11-01", "7")
		cmd.Dir, cmd.Stderr = filepath.Join("..", "..", "web"), os.Stderr
		out, err := cmd.Output()
		if err != nil {
			b.Fatal(err)
		}
		var ms []float64
		if err := json.Unmarshal(out, &ms); err != nil || len(ms) == 0 {
			b.Fatalf("pageload printed %q: %v", out, err)
		}
		p.password = own
		b.ReportMetric(ms[0], "first-ms")
		slices.Sort(ms)
		b.ReportMetric(ms[len(ms)/2], "median-ms")
		b.ReportMetric(ms[len(ms)-1], "worst-ms")
	}
}

// fill makes a data directory with a year of visits, straight in the lake.
func fill(b *testing.B, dir string, rows int) {
	b.Helper()
	c := &node.Root{Data: dir}
	inst, err := c.Instance(nil)
	if err != nil {
		b.Fatal(err)
	}
	store, err := db.Open(b.Context(), dir)
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	site, err := store.EnsureSite(b.Context(), "Tallinn", "Europe/Tallinn")
	if err != nil {
		b.Fatal(err)
	}
	var queues []string
	for i := range 40 {
		q, err := store.EnsureQueue(b.Context(), fmt.Sprintf("Queue %02d", i+1), site.ID)
		if err != nil {
			b.Fatal(err)
		}
		queues = append(queues, q.ID)
	}
	l, err := lake.Open(b.Context(), analytics.LakeConfig(inst))
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	rng := rand.New(rand.NewPCG(1, 9))
	start := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()
	step := float64(365*24*time.Hour/time.Microsecond) / float64(rows)
	batch := lake.Rows{}
	for i := range rows {
		batch.Visits = append(batch.Visits, someVisit(rng, i, start+int64(float64(i)*step), site.ID, queues))
		if len(batch.Visits) == 100_000 || i+1 == rows {
			if err := l.Load(b.Context(), &batch); err != nil {
				b.Fatal(err)
			}
			batch = lake.Rows{}
		}
	}
}

// someVisit is one visit: one in ten gives up, the others are answered.
func someVisit(rng *rand.Rand, i int, joined int64, site string, queues []string) lake.Visit {
	wait := int64(rng.ExpFloat64() * 30e6)
	v := lake.Visit{
		Visit: fmt.Sprintf("v%d", i), Interaction: fmt.Sprintf("i%d", i), Site: site, Queue: queues[rng.IntN(len(queues))], Channel: "voice",
		Source: "bench", JoinedAt: joined, LeftAt: joined + wait, WaitUs: project.Some(wait), Exit: "abandoned", Node: "bench", Seq: uint64(i + 1),
	}
	if rng.IntN(10) > 0 {
		v.Exit, v.AnsweredAt, v.Agent = "answered", v.LeftAt, fmt.Sprintf("a%d", rng.IntN(500))
		v.TalkUs, v.HoldUs, v.WrapUs = project.Some(int64(rng.ExpFloat64()*180e6)), project.Some(0), project.Some(20e6)
		v.HandledAt = v.LeftAt + v.TalkUs.V + v.WrapUs.V
	}
	return v
}
