package erlang_test

import (
	"testing"

	"github.com/agner-platform/agner/forecasting/erlang"
)

// BenchmarkServiceLevelA500 is one Erlang A service level at 500 agents
// (target < 1 ms; pyworkforce 1.8 s).
func BenchmarkServiceLevelA500(b *testing.B) {
	l := erlang.Load{Rate: 490.0 / 300, AHT: 300}
	for b.Loop() {
		q, err := erlang.NewA(l, 180, 500)
		if err != nil {
			b.Fatal(err)
		}
		q.ServiceLevel(erlang.Default, 20, 10)
	}
}

// BenchmarkRequiredA500 is the search for the agents of an interval of that size.
func BenchmarkRequiredA500(b *testing.B) {
	l := erlang.Load{Rate: 490.0 / 300, AHT: 300}
	for b.Loop() {
		if _, err := erlang.RequiredA(l, 180, erlang.Target{ServiceLevel: 0.8, Within: 20, ShortAbandon: 10}); err != nil {
			b.Fatal(err)
		}
	}
}
