package journal

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/journal/segment"
)

// joined is an event of the size that a switch writes most.
func joined(n int) event.Event {
	e := event.New(int64(n)+1_700_000_000_000_000, &event.QueueJoined{Priority: 1, Position: 3, Waiting: 3})
	e.Interaction, e.Visit, e.Queue, e.Source = "0198c1e0-7d2a-7000-8000-000000000001", "0198c1e0-7d2a-7000-8000-000000000002", "sales", "switch"
	return e
}

// BenchmarkAppend measures fsynced events a second; the target is 50,000 from 256
// writers at p99 < 30 ms on two cores (TMPDIR must be on a real disk).
func BenchmarkAppend(b *testing.B) {
	for _, writers := range []int{1, 16, 256} {
		b.Run(map[int]string{1: "writers=1", 16: "writers=16", 256: "writers=256"}[writers], func(b *testing.B) {
			j := openTest(b, b.TempDir(), Options{})
			var next atomic.Int64
			took := make([][]time.Duration, writers)
			var wg sync.WaitGroup
			b.ResetTimer()
			for w := range writers {
				wg.Go(func() {
					for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
						start := time.Now()
						if _, err := j.Append(context.Background(), joined(int(n))); err != nil {
							b.Error(err)
							return
						}
						took[w] = append(took[w], time.Since(start))
					}
				})
			}
			wg.Wait()
			b.StopTimer()
			report(b, slices.Concat(took...))
		})
	}
}

func report(b *testing.B, took []time.Duration) {
	slices.Sort(took)
	ms := func(p float64) float64 { return float64(took[int(p*float64(len(took)-1))]) / 1e6 }
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(ms(0.50), "p50-ms")
	b.ReportMetric(ms(0.99), "p99-ms")
}

// BenchmarkAppendBatch is what an import does: 1,000 events a call.
func BenchmarkAppendBatch(b *testing.B) {
	j := openTest(b, b.TempDir(), Options{})
	batch := make([]event.Event, 1000)
	for i := range batch {
		batch[i] = joined(i)
	}
	b.ResetTimer()
	for n := 0; n < b.N; n += len(batch) {
		if _, err := j.Append(context.Background(), batch...); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

// filled returns a closed journal of n events.
func filled(b *testing.B, n int) string {
	b.Helper()
	root := b.TempDir()
	j := openTest(b, root, Options{})
	batch := make([]event.Event, 1000)
	for done := 0; done < n; done += len(batch) {
		for i := range batch {
			batch[i] = joined(done + i)
		}
		if _, err := j.Append(context.Background(), batch...); err != nil {
			b.Fatal(err)
		}
	}
	if err := j.Close(); err != nil {
		b.Fatal(err)
	}
	return root
}

// BenchmarkReadRaw reads records with all checks but does not decode them; the
// target is a million a second.
func BenchmarkReadRaw(b *testing.B) {
	root := filled(b, b.N)
	b.ResetTimer()
	r, err := segment.OpenReader(root, testNode, 1, ReaderOptions{})
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	for range b.N {
		rec, ok, err := r.TryNext()
		if err != nil || !ok {
			b.Fatal(ok, err)
		}
		b.SetBytes(int64(len(rec.Payload) + segment.RecordSize))
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
}

// BenchmarkReadEvents also decodes: what a rebuild of the lake gets.
func BenchmarkReadEvents(b *testing.B) {
	root := filled(b, b.N)
	b.ResetTimer()
	r, err := OpenReader(root, testNode, 1, ReaderOptions{})
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	buf := make([]event.Event, 4096)
	for n := 0; n < b.N; {
		m, err := r.TryRead(buf)
		if err != nil || m == 0 {
			b.Fatal(m, err)
		}
		n += m
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}
