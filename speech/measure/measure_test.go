package measure

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/agner-platform/agner/speech/audio"
)

// exact is what the measures may be off from audio: 100 ms (numbers.md, section 7).
const exact = 0.1

func testdata(t *testing.T, name string) string {
	t.Helper()
	dir := os.Getenv("AGNER_TESTDATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	path := filepath.Join(dir, "audio", name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no speech test data: %v", err)
	}
	return path
}

// oracle reads the made call's description.
func oracle(t *testing.T) []Party {
	t.Helper()
	b, err := os.ReadFile(testdata(t, "twochannel/twochannel_synth.json"))
	if err != nil {
		t.Fatal(err)
	}
	var in struct {
		Turns []struct {
			Ch         string
			Start, End float64
		}
	}
	if err := json.Unmarshal(b, &in); err != nil {
		t.Fatal(err)
	}
	parties := []Party{{Name: "agent"}, {Name: "customer"}}
	for _, x := range in.Turns {
		for i := range parties {
			if parties[i].Name == x.Ch {
				parties[i].Spans = append(parties[i].Spans, Span{x.Start, x.End})
			}
		}
	}
	return parties
}

func near(t *testing.T, what string, got, want, tol float64) {
	t.Helper()
	if math.Abs(got-want) > tol {
		t.Errorf("%s = %.3f, want %.3f", what, got, want)
	}
}

// TestTwoChannelCall holds the measures of the made call by its description: its
// note gives overlaps of 0.9 and 0.6 s and one hold of 12 s; the sums are of its
// turns.
func TestTwoChannelCall(t *testing.T) {
	r := Of(83.655, oracle(t))
	near(t, "agent talk", r.Sides[0].Talk, 42.6, 1e-9)
	near(t, "customer talk", r.Sides[1].Talk, 26.155, 1e-9)
	near(t, "crosstalk", r.Crosstalk, 1.5, 1e-9)
	near(t, "silence", r.Silence, 83.655-42.6-26.155+1.5, 1e-9)
	near(t, "hold", r.Hold, 12, 1e-9)
	near(t, "dead air", r.DeadAir, 0, 1e-9)
	near(t, "longest monologue of the agent", r.Sides[0].MonologueS, 78.49-61.23, 1e-9)
	near(t, "first word of the customer", *r.Sides[1].FirstWord, 10.175, 1e-9)
	want := []Interruption{{20.695, "customer", "agent", 0.9}, {50.945, "customer", "agent", 0.6}}
	if d := cmp.Diff(want, r.Interruptions); d != "" {
		t.Error(d)
	}
}

// TestTwoChannelSound finds the spans in the sound. The clips begin and end with
// silence of their own, so speech must lie inside the described turns, and the turns
// may only be missing their quiet edges.
func TestTwoChannelSound(t *testing.T) {
	s, f, err := audio.OpenFile(testdata(t, "twochannel/twochannel_synth.wav"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	det := []*Detector{NewDetector(s.Rate), NewDetector(s.Rate)}
	if err := s.Each(s.Rate, func(b [][]float32) error {
		for i := range det {
			det[i].Accept(b[i])
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	truth := oracle(t)
	found := []Party{{Name: "agent", Spans: det[0].Spans()}, {Name: "customer", Spans: det[1].Spans()}}
	for i := range truth {
		for _, x := range found[i].Spans {
			inside := false
			for _, y := range truth[i].Spans {
				inside = inside || x.Start >= y.Start-exact && x.End <= y.End+exact
			}
			if !inside {
				t.Errorf("%s: speech at %.2f–%.2f is in no turn", truth[i].Name, x.Start, x.End)
			}
		}
		for _, y := range truth[i].Spans {
			talk := 0.0
			for _, x := range found[i].Spans {
				talk += max(0, min(x.End, y.End)-max(x.Start, y.Start))
			}
			if talk < 0.5*y.length() {
				t.Errorf("%s: %.2f s of the turn %.2f–%.2f found", truth[i].Name, talk, y.Start, y.End)
			}
		}
	}
	r := Of(s.Seconds(), found)
	if r.Hold < 12-exact || r.Hold > 13.5 || len(r.Holds) != 1 {
		t.Errorf("hold %.2f s in %v, made 12 s between clips", r.Hold, r.Holds)
	}
	t.Logf("talk %.2f and %.2f, crosstalk %.2f, interruptions %+v", r.Sides[0].Talk, r.Sides[1].Talk, r.Crosstalk, r.Interruptions)
}

// made is a call of noise bursts at known times over a noisy line.
func made(rng *rand.Rand, rate int, seconds float64, spans []Span) []float32 {
	out := make([]float32, int(seconds*float64(rate)))
	for i := range out {
		at, level := float64(i)/float64(rate), 0.0005
		for _, s := range spans {
			if at >= s.Start && at < s.End {
				level = 0.1
			}
		}
		out[i] = float32(level * rng.NormFloat64())
	}
	return out
}

// TestDetectIsExact holds the 100 ms from sound, by construction.
func TestDetectIsExact(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	spans := []Span{{1, 4.3}, {6.05, 6.4}, {9.77, 15}, {30, 31.5}}
	for _, rate := range []int{8000, 16000, 48000} {
		d := NewDetector(rate)
		pcm := made(rng, rate, 40, spans)
		for at := 0; at < len(pcm); at += 777 {
			d.Accept(pcm[at:min(at+777, len(pcm))])
		}
		if diff := cmp.Diff(spans, d.Spans(), cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) <= 0.02 })); diff != "" {
			t.Errorf("%d Hz:\n%s", rate, diff)
		}
	}
}

func TestNothingToDetect(t *testing.T) {
	for name, pcm := range map[string][]float32{"nothing": nil, "zeros": make([]float32, 80000), "steady noise": made(rand.New(rand.NewPCG(3, 4)), 8000, 10, nil)} {
		d := NewDetector(8000)
		d.Accept(pcm)
		if got := d.Spans(); len(got) != 0 {
			t.Errorf("%s: %v", name, got)
		}
	}
	r := Of(0, []Party{{Name: "a"}})
	if r.Silence != 0 || r.Sides[0].FirstWord != nil {
		t.Errorf("%+v", r)
	}
	if r := Of(30, []Party{{Name: "a"}, {Name: "b"}}); r.Silence != 30 || r.Hold != 0 {
		t.Errorf("a silent call: silence %g, hold %g", r.Silence, r.Hold)
	}
}

func TestInterruptionsAndBackchannels(t *testing.T) {
	r := Of(60, []Party{
		{Name: "agent", Spans: []Span{{0, 10}, {20, 30}, {40, 42}}, Words: 44},
		{Name: "customer", Spans: []Span{{5, 5.6}, {9, 15}, {29.9, 30.2}, {40.5, 45}}},
	})
	want := []Interruption{{9, "customer", "agent", 1}} // 5 is a backchannel, 29.9 gave up, 40.5 came before the agent had settled
	if d := cmp.Diff(want, r.Interruptions); d != "" {
		t.Error(d)
	}
	near(t, "monologue of the agent", r.Sides[0].MonologueS, 10, 1e-9)
	near(t, "dead air", r.DeadAir, 5+9.8, 1e-9)
	near(t, "words per minute", *r.Sides[0].SpeechRate, 120, 1e-9)
	near(t, "response of the agent", *r.Sides[0].Response, (5+9.8)/2, 1e-9)
	if r.Sides[1].Interruptions != 1 || r.Sides[0].Interruptions != 0 {
		t.Errorf("%+v", r.Sides)
	}
}

// TestBooksBalance holds for any conversation: talk of all less crosstalk, plus
// silence, is the whole.
func TestBooksBalance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const duration = 100.0
		var parties []Party
		for _, name := range []string{"a", "b"} {
			p, at := Party{Name: name}, 0.0
			for range rapid.IntRange(0, 8).Draw(t, "spans") {
				start := at + rapid.Float64Range(0, 6).Draw(t, "pause")
				at = min(duration, start+rapid.Float64Range(0.1, 6).Draw(t, "talk"))
				p.Spans = append(p.Spans, Span{min(start, duration), at})
			}
			parties = append(parties, p)
		}
		r := Of(duration, parties)
		if got := r.Sides[0].Talk + r.Sides[1].Talk - r.Crosstalk + r.Silence; math.Abs(got-duration) > 0.05 {
			t.Fatalf("the parts add up to %g of %g", got, duration)
		}
		for _, s := range r.Sides {
			if s.MonologueS > duration || s.Talk > duration || r.Hold+r.DeadAir > r.Silence+1e-6 {
				t.Fatalf("%+v", r)
			}
		}
	})
}
