package ingest_test

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/ingest"
	"github.com/agner-platform/agner/internal/ingest/feed"
	"github.com/agner-platform/agner/internal/ingest/feed/feedtest"
)

// technionFile returns the real records, or skips the test.
func technionFile(t testing.TB) string {
	t.Helper()
	root := os.Getenv("AGNER_TESTDATA")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "data")
	}
	name := filepath.Join(root, "calls", "technion_calls_1999_jan_feb_oct.csv.gz")
	if _, err := os.Stat(name); err != nil {
		t.Skipf("test data is not there (set AGNER_TESTDATA): %v", err)
	}
	return name
}

// book adds up what numbers.md section 1 states of the Technion calls.
type book struct {
	contacts, left                         int // menus entered, and left by hanging up
	offered, abandoned                     int
	queued, queuedAbandoned                int
	waitServed, waitQueuedServed, waitLost float64
	served, queuedServed                   int
	in20, in60                             int
	talk                                   []float64
	calls                                  map[string][]contact // by party
	lost                                   map[string]bool      // interactions that abandoned
}

type contact struct {
	at          int64
	interaction string
}

func (b *book) add(e *event.Event) {
	switch p := e.Payload.(type) {
	case *event.IVREntered:
		b.contacts++
		if e.Party != "" {
			b.calls[e.Party] = append(b.calls[e.Party], contact{e.At, e.Interaction})
		}
	case *event.IVRLeft:
		if p.Outcome == event.IVRHungUp {
			b.left++
		}
	case *event.QueueJoined:
		b.offered++
	case *event.QueueLeft:
		b.exit(e, p)
	case *event.VisitHandled:
		if p.TalkUs > 0 {
			b.talk = append(b.talk, float64(p.TalkUs)/1e6)
		}
	}
}

func (b *book) exit(e *event.Event, p *event.QueueLeft) {
	wait := float64(p.WaitUs) / 1e6
	if wait > 0 {
		b.queued++
	}
	if p.Exit == event.Abandoned {
		b.abandoned++
		b.waitLost += wait
		b.lost[e.Interaction] = true
		if wait > 0 {
			b.queuedAbandoned++
		}
		return
	}
	b.served++
	b.waitServed += wait
	if wait > 0 {
		b.queuedServed++
		b.waitQueuedServed += wait
	}
	if wait <= 20 {
		b.in20++
	}
	if wait <= 60 {
		b.in60++
	}
}

// redial returns how many abandoning contacts of known customers there were, and
// the share that called again within the span of the first call's beginning.
func (b *book) redial(within time.Duration) (n int, share float64) {
	again := 0
	for _, list := range b.calls {
		slices.SortFunc(list, func(a, c contact) int { return int((a.at - c.at) / 1e6) })
		for i, c := range list {
			if !b.lost[c.interaction] {
				continue
			}
			n++
			next := i + 1
			for next < len(list) && list[next].at == c.at {
				next++
			}
			if next < len(list) && list[next].at-c.at <= within.Microseconds() {
				again++
			}
		}
	}
	return n, float64(again) / float64(n)
}

// TestTechnion reproduces every figure of numbers.md section 1 ("Technion calls")
// from the events alone.
func TestTechnion(t *testing.T) {
	b := &book{calls: map[string][]contact{}, lost: map[string]bool{}}
	visits := map[string]bool{}
	sink := ingest.SinkFunc(func(_ context.Context, batch ingest.Batch) error {
		for i := range batch.Events {
			e := &batch.Events[i]
			if feed.IsMarker(e) {
				continue
			}
			b.add(e)
			if e.Kind == event.KindQueueJoined {
				visits[e.Visit] = true
			}
		}
		return nil
	})
	rep, err := ingest.Run(t.Context(), ingest.Options{
		Format: "csv", Profile: "technion", Files: []string{technionFile(t)}, Directory: &feedtest.Directory{}, Sink: sink,
	})
	if err != nil {
		t.Fatal(err)
	}
	if rep.Rows != 99_568 || rep.Mapped != 98_903 || rep.Skipped != 665 || rep.Rejected != 0 || rep.Failed() {
		t.Errorf("report: %s, problems %+v", rep.Counts, rep.Files[0].Problems)
	}
	for _, c := range []struct {
		what      string
		got, want int
	}{
		{"calls", b.contacts, 98_903}, {"offered", b.offered, 94_184}, {"visits", len(visits), 94_184},
		{"queued", b.queued, 46_593}, {"left in the IVR", b.left, 4_719}, {"handle times", len(b.talk), 84_655},
	} {
		if c.got != c.want {
			t.Errorf("%s = %d, want %d", c.what, c.got, c.want)
		}
	}
	mean, median, sd := moments(b.talk)
	known, in10 := b.redial(10 * time.Minute)
	_, in60 := b.redial(time.Hour)
	if known != 4_364 {
		t.Errorf("identified abandoning callers = %d, want 4364", known)
	}
	for _, c := range []struct {
		what      string
		got, want float64
		digits    int
	}{
		{"abandonment %", pct(b.abandoned, b.offered), 9.66, 2},
		{"abandonment of queued %", pct(b.queuedAbandoned, b.queued), 19.53, 2},
		{"ASA", b.waitServed / float64(b.served), 32.6, 1},
		{"mean wait of queued and served", b.waitQueuedServed / float64(b.queuedServed), 73.9, 1},
		{"mean wait of abandoners", b.waitLost / float64(b.abandoned), 67.5, 1},
		{"answered within 20 s / offered %", pct(b.in20, b.offered), 59.62, 2},
		{"answered within 60 s / offered %", pct(b.in60, b.offered), 73.68, 2},
		{"mean handle time", mean, 180.9, 1}, {"median handle time", median, 109, 0}, {"SD of handle time", sd, 239.4, 1},
		{"redial within 10 min %", 100 * in10, 24.1, 1}, {"redial within 1 h %", 100 * in60, 44.4, 1},
	} {
		scale := math.Pow(10, float64(c.digits))
		if got := math.Round(c.got*scale) / scale; got != c.want {
			t.Errorf("%s = %v, want %v", c.what, got, c.want)
		}
	}
}

func pct(a, b int) float64 { return 100 * float64(a) / float64(b) }

// moments returns mean, median and sample standard deviation.
func moments(x []float64) (mean, median, sd float64) {
	slices.Sort(x)
	for _, v := range x {
		mean += v
	}
	mean /= float64(len(x))
	for _, v := range x {
		sd += (v - mean) * (v - mean)
	}
	return mean, x[len(x)/2], math.Sqrt(sd / float64(len(x)-1))
}

func BenchmarkTechnion(b *testing.B) {
	name := technionFile(b)
	rows := int64(0)
	for b.Loop() {
		rep, err := ingest.Run(b.Context(), ingest.Options{
			Format: "csv", Profile: "technion", Files: []string{name}, Directory: &feedtest.Directory{},
			Sink: ingest.SinkFunc(func(context.Context, ingest.Batch) error { return nil }),
		})
		if err != nil {
			b.Fatal(err)
		}
		rows += rep.Rows
	}
	b.ReportMetric(float64(rows)*60/b.Elapsed().Seconds()/1e6, "Mrows/min")
}
