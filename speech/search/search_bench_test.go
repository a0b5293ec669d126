package search

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// benchCalls is how many synthetic calls the bench searches: AGNER_BENCH_CALLS, or
// few enough for any machine.
func benchCalls(b *testing.B) int {
	text := os.Getenv("AGNER_BENCH_CALLS")
	if text == "" {
		return 1000
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		b.Fatalf("AGNER_BENCH_CALLS = %q: must be a number above 0", text)
	}
	return n
}

// synthetic says eight turns of twelve words, drawn by Zipf's law from 20,000 words,
// as words of a language are.
func synthetic(rng *rand.Rand, zipf *rand.Zipf, call int) []Turn {
	out := make([]Turn, 8)
	for i := range out {
		var words []string
		for range 12 {
			words = append(words, "w"+strconv.FormatUint(zipf.Uint64(), 36))
		}
		out[i] = Turn{
			Interaction: fmt.Sprintf("call%08d", call), Number: i, Speaker: []string{"agent", "customer"}[i%2], Start: float64(10 * i), End: float64(10*i + 6),
			Text: strings.Join(words, " "), Mood: []string{"neutral", "negative", "positive"}[rng.IntN(3)], Words: 12, At: int64(call) * 1e6,
			Queue: fmt.Sprint("q", rng.IntN(20)), Agent: fmt.Sprint("a", rng.IntN(500)), Language: "en",
		}
	}
	return out
}

// BenchmarkSearch fills an index and asks phrases, NEAR and filtered words.
func BenchmarkSearch(b *testing.B) {
	x := open(b, filepath.Join(b.TempDir(), "i"))
	rng := rand.New(rand.NewPCG(6, 2))
	zipf := rand.NewZipf(rng, 1.1, 8, 19_999)
	calls := benchCalls(b)
	began := time.Now()
	var batch []Turn
	for c := range calls {
		if batch = append(batch, synthetic(rng, zipf, c)...); len(batch) >= 8000 || c == calls-1 {
			if err := x.Add(batch, "n:1"); err != nil {
				b.Fatal(err)
			}
			batch = batch[:0]
		}
	}
	b.ReportMetric(float64(calls)/time.Since(began).Seconds(), "calls/s")
	word := func() string { return "w" + strconv.FormatUint(zipf.Uint64(), 36) }
	ask := []func() Query{
		func() Query { return Query{Text: fmt.Sprintf("%q", word()+" "+word())} },
		func() Query { return Query{Text: word() + " " + word(), Speaker: "customer"} },
		func() Query { return Query{Text: word(), Queues: []string{"q3"}, Mood: "negative"} },
		func() Query { return Query{Text: fmt.Sprintf("w%d%d NEAR/3 %s", 9, rng.IntN(90), word())} },
	}
	var took []time.Duration
	b.ResetTimer()
	for i := range b.N {
		q := ask[i%len(ask)]()
		q.Limit = 50
		at := time.Now()
		if _, err := x.Search(context.Background(), q); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(at))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-ms")
}
