package sim

import (
	"testing"
)

// BenchmarkDay plays a 24-hour day of 20,000 calls and 100 agents in three queues.
// The house's target is 0.3 s.
func BenchmarkDay(b *testing.B) {
	for b.Loop() {
		p := day(20_000, 100)
		r, err := Run(p)
		if err != nil {
			b.Fatal(err)
		}
		answered := int64(0)
		for _, f := range r.Queues {
			answered += f.Answered
		}
		b.ReportMetric(float64(answered), "answered/op")
		b.ReportMetric(float64(r.Facts), "facts/op")
	}
}
