package erlang_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/agner-platform/agner/forecasting/erlang"
)

func near(t *testing.T, what string, got, want, relative float64) {
	t.Helper()
	if math.IsNaN(got) || math.Abs(got-want) > relative*math.Max(math.Abs(want), 1e-300) {
		t.Errorf("%s = %.12g, want %.12g", what, got, want)
	}
}

func load(t testing.TB, calls, period, aht float64) erlang.Load {
	t.Helper()
	l, err := erlang.NewLoad(calls, period, aht)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestTrapsOfOtherTools holds the cases numbers.md section 3 found wrong elsewhere.
func TestTrapsOfOtherTools(t *testing.T) {
	if got := erlang.CeilAgents(21 / 0.7); got != 30 {
		t.Errorf("CeilAgents(21/0.7) = %d, want 30", got)
	}
	// C(25, 20 Erl) = 0.2091, not 0.261, which is off by one server.
	q, err := erlang.NewC(erlang.Load{Rate: 20, AHT: 1}, 25)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "C(25, 20)", math.Round(q.PWait()*1e4)/1e4, 0.2091, 1e-12)
	// A search that starts at round(R+1) misses 101 agents on R = 100.6.
	n, err := erlang.RequiredC(erlang.Load{Rate: 100.6 / 300, AHT: 300}, erlang.Target{ServiceLevel: 0.8, Within: 3600})
	if err != nil || n != 101 {
		t.Errorf("RequiredC(R=100.6, 80 %% in 60 min) = %d, %v, want 101", n, err)
	}
	// 500 calls in 30 min, 300 s, patience 90 s, 80/20: 80 agents suffice.
	n, err = erlang.RequiredA(load(t, 500, 1800, 300), 90, erlang.Target{ServiceLevel: 0.8, Within: 20, Definition: erlang.Offered})
	if err != nil || n > 80 {
		t.Errorf("RequiredA = %d, %v, want at most 80", n, err)
	}
}

// TestLimits: Erlang A goes to Erlang C as patience grows and to Erlang B as it
// vanishes (Mandelbaum and Zeltyn 2007, section 4).
func TestLimits(t *testing.T) {
	l := load(t, 240, 1800, 300)
	c, err := erlang.NewC(l, 44)
	if err != nil {
		t.Fatal(err)
	}
	patient, err := erlang.NewA(l, 1e9, 44)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "P(W>0), endless patience", patient.PWait(), c.PWait(), 1e-5)
	near(t, "P(W<=20), endless patience", patient.ServedWithin(20), c.ServiceLevel(20), 1e-5)
	near(t, "ASA, endless patience", patient.ASA(), c.ASA(), 1e-4)
	hasty, err := erlang.NewA(l, 1e-6, 44)
	if err != nil {
		t.Fatal(err)
	}
	b, err := erlang.B(44, l.Erlangs())
	if err != nil {
		t.Fatal(err)
	}
	near(t, "P(abandon), no patience", hasty.PAbandon(), b, 1e-5)
	// With patience equal to the handle time the system is an M/M/∞ of R.
	inf, err := erlang.NewA(l, 300, 44)
	if err != nil {
		t.Fatal(err)
	}
	poisson := 0.0 // P(N ≥ 44), N ~ Poisson(40)
	for k := 44; k < 400; k++ {
		lg, _ := math.Lgamma(float64(k + 1))
		poisson += math.Exp(float64(k)*math.Log(40) - 40 - lg)
	}
	near(t, "P(W>0), θ = μ", inf.PWait(), poisson, 1e-9)
}

// drawn is a random queue within what centres have.
func drawn(t *rapid.T) (erlang.Load, float64, float64) {
	aht := rapid.Float64Range(10, 2000).Draw(t, "aht")
	r := rapid.Float64Range(0.01, 600).Draw(t, "erlangs")
	patience := rapid.Float64Range(5, 5000).Draw(t, "patience")
	n := math.Floor(r * rapid.Float64Range(0.1, 2).Draw(t, "load"))
	return erlang.Load{Rate: r / aht, AHT: aht}, patience, n
}

// TestBooksOfErlangA: probabilities stay in [0, 1]; served and abandoned within
// T and still waiting at T make up everybody; more agents never serve worse.
func TestBooksOfErlangA(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, patience, n := drawn(t)
		q, err := erlang.NewA(l, patience, n)
		if err != nil {
			t.Fatal(err)
		}
		more, err := erlang.NewA(l, patience, n+1)
		if err != nil {
			t.Fatal(err)
		}
		last := 0.0
		for _, at := range []float64{0, 1, 20, 60, 600, 1e5} {
			s, ab, w := q.ServedWithin(at), q.AbandonedWithin(at), q.PWaitOver(at)
			if math.Abs(s+ab+w-1) > 1e-7 || s < -1e-9 || s > 1+1e-9 {
				t.Fatalf("at %g s: served %g + abandoned %g + waiting %g ≠ 1", at, s, ab, w)
			}
			if s < last-1e-9 {
				t.Fatalf("served within %g s is %g, less than before (%g)", at, s, last)
			}
			last = s
			if m := more.ServedWithin(at); m < s-1e-9 {
				t.Fatalf("one more agent serves fewer within %g s: %g < %g", at, m, s)
			}
		}
		if got := q.ServedWithin(1e7); math.Abs(got+q.PAbandon()-1) > 1e-6 {
			t.Fatalf("served in the end %g + abandoned %g ≠ 1", got, q.PAbandon())
		}
		// E[W] = P(ab)/θ = (served share)·ASA + E[W; abandoned]; so ASA can't exceed horizon.
		if a := q.ASA(); math.IsNaN(a) || a < 0 {
			t.Fatalf("ASA = %g", a)
		}
	})
}

// TestRequiredIsMinimal: on 1,000 random cases n meets the target and n−1 does not.
func TestRequiredIsMinimal(t *testing.T) {
	rng := rand.New(rand.NewPCG(1909, 1)) // Erlang's first paper
	for range 1000 {
		l := erlang.Load{AHT: 30 + 900*rng.Float64()}
		l.Rate = math.Exp(rng.Float64()*7-1) / l.AHT // 0.4 to 400 erlangs
		patience := 20 + 600*rng.Float64()
		target := erlang.Target{
			ServiceLevel: 0.5 + 0.49*rng.Float64(), Within: float64(rng.IntN(120)), ShortAbandon: 10,
			Definition: erlang.Definitions[rng.IntN(len(erlang.Definitions))],
		}
		n, err := erlang.RequiredA(l, patience, target)
		if err != nil {
			t.Fatalf("%+v %+v: %v", l, target, err)
		}
		meets := func(n int) bool {
			q, err := erlang.NewA(l, patience, float64(n))
			if err != nil {
				t.Fatal(err)
			}
			return q.ServiceLevel(target.Definition, target.Within, target.ShortAbandon) >= target.ServiceLevel
		}
		if !meets(n) || n > 0 && meets(n-1) {
			t.Errorf("RequiredA(%+v, patience %g, %+v) = %d: meets %t, one fewer meets %t", l, patience, target, n, meets(n), meets(n-1))
		}
		c, err := erlang.RequiredC(l, target)
		if err != nil {
			t.Fatal(err)
		}
		if q, err := erlang.NewC(l, float64(c)); err != nil || q.ServiceLevel(target.Within) < target.ServiceLevel {
			t.Errorf("RequiredC = %d does not meet %+v", c, target)
		}
		if q, err := erlang.NewC(l, float64(c-1)); err == nil && q.ServiceLevel(target.Within) >= target.ServiceLevel {
			t.Errorf("RequiredC = %d, but %d meets %+v as well", c, c-1, target)
		}
	}
}

// TestContinuousServers: fractions interpolate smoothly and monotonically, and
// B(f, R) obeys the recursion B(n) = R·B(n−1)/(n + R·B(n−1)) at fractions too.
func TestContinuousServers(t *testing.T) {
	for _, r := range []float64{0.01, 0.5, 3, 40, 500} {
		last := 1.1
		for n := 0.0; n < 6; n += 0.125 {
			b, err := erlang.B(n, r)
			if err != nil {
				t.Fatal(err)
			}
			if b >= last {
				t.Errorf("B(%g, %g) = %g is not below %g", n, r, b, last)
			}
			next, err := erlang.B(n+1, r)
			if err != nil {
				t.Fatal(err)
			}
			near(t, "recursion", next, r*b/(n+1+r*b), 1e-9)
			last = b
		}
	}
	// B(1/2, R) has the closed form 1/B = e^R·√(π/R)/2·erfc(√R) + 1 (integrate by parts).
	for _, r := range []float64{0.2, 1, 5} {
		b, err := erlang.B(0.5, r)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "1/B(0.5)", 1/b, 1+math.Exp(r)*math.Sqrt(math.Pi/r)/2*math.Erfc(math.Sqrt(r)), 1e-9)
	}
}

func TestBadInputIsNamed(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for name, f := range map[string]func() error{
		"calls":      func() error { _, err := erlang.NewLoad(-1, 1800, 180); return err },
		"aht_s":      func() error { _, err := erlang.NewLoad(1, 1800, 0); return err },
		"period_s":   func() error { _, err := erlang.NewLoad(1, nan, 10); return err },
		"agents":     func() error { _, err := erlang.B(-1, 3); return err },
		"erlangs":    func() error { _, err := erlang.B(1, inf); return err },
		"patience_s": func() error { _, err := erlang.NewA(erlang.Load{Rate: 1, AHT: 1}, 0, 3); return err },
		"target_sl": func() error {
			_, err := erlang.RequiredC(erlang.Load{Rate: 1, AHT: 1}, erlang.Target{ServiceLevel: 1})
			return err
		},
		"lines": func() error { _, err := erlang.NewX(erlang.Load{Rate: 1, AHT: 1}, 60, 5, 4, 0); return err },
	} {
		var d *erlang.DomainError
		if err := f(); !errors.As(err, &d) || d.Name != name {
			t.Errorf("%s: error %v does not name it", name, err)
		}
	}
	if _, err := erlang.NewC(erlang.Load{Rate: 2, AHT: 1}, 2); !errors.Is(err, erlang.ErrUnstable) {
		t.Errorf("n = R: %v, want ErrUnstable", err)
	}
	for _, calls := range []float64{0, 1e6} { // nothing and far too much: numbers, never NaN
		q, err := erlang.NewA(load(t, calls, 1800, 300), 120, 50)
		if err != nil {
			t.Fatal(err)
		}
		for what, v := range map[string]float64{"p_wait": q.PWait(), "p_abandon": q.PAbandon(), "asa": q.ASA(), "sl": q.ServiceLevel(erlang.Default, 20, 10)} {
			if math.IsNaN(v) || v < 0 {
				t.Errorf("%g calls: %s = %g", calls, what, v)
			}
		}
	}
}

func TestMultiSkillFloor(t *testing.T) {
	// 10 French and 10 German hours, 5 people with both: the floor is 20 people, not
	// 25 (each skill on its own) and not 15 (both counted fully).
	got, err := erlang.MultiSkillFloor(map[string]float64{"fr": 10, "de": 10}, []erlang.Group{
		{Skills: []string{"fr"}, Available: 8, Cost: 1},
		{Skills: []string{"de"}, Available: 8, Cost: 1},
		{Skills: []string{"de", "fr"}, Available: 5, Cost: 1.5},
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{8, 8, 4} {
		near(t, "group", got[i], want, 1e-9)
	}
	_, err = erlang.MultiSkillFloor(map[string]float64{"fr": 10}, []erlang.Group{{Skills: []string{"fr"}, Available: 9, Cost: 1}})
	if !errors.Is(err, erlang.ErrUnreachable) {
		t.Errorf("too few agents: %v, want ErrUnreachable", err)
	}
	_, err = erlang.MultiSkillFloor(map[string]float64{"fr": 1}, []erlang.Group{{Skills: []string{"de"}, Available: 9, Cost: 1}})
	if !errors.Is(err, erlang.ErrUnreachable) {
		t.Errorf("nobody has the skill: %v, want ErrUnreachable", err)
	}
}

func TestLinesForIsMinimal(t *testing.T) {
	for _, r := range []float64{0, 0.3, 5, 100.6, 900} {
		n, err := erlang.LinesFor(r, 0.01)
		if err != nil {
			t.Fatal(err)
		}
		if b, _ := erlang.B(float64(n), r); b > 0.01 {
			t.Errorf("LinesFor(%g) = %d blocks %g", r, n, b)
		}
		if b, _ := erlang.B(float64(n-1), r); n > 0 && b <= 0.01 {
			t.Errorf("LinesFor(%g) = %d, but one fewer blocks only %g", r, n, b)
		}
	}
}

func FuzzEvaluate(f *testing.F) {
	f.Add("erlang_a", "calls=100;period_s=1800;aht_s=180;patience_s=300;agents=14;t_s=20", "sl")
	f.Add("erlang_x", "calls=1;period_s=1;aht_s=1;patience_s=1;agents=1;lines=1;redial_prob=1", "p_block")
	f.Fuzz(func(t *testing.T, model, inputs, quantity string) {
		if len(inputs) > 200 {
			return
		}
		if in, err := erlang.ParseInputs(inputs); err == nil {
			for _, v := range in {
				if math.Abs(v) > 1e4 { // keep each case fast; size is tested elsewhere
					return
				}
			}
		}
		if v, err := erlang.Evaluate(model, inputs, quantity); err == nil && math.IsNaN(v) {
			t.Errorf("Evaluate(%q, %q, %q) is NaN without an error", model, inputs, quantity)
		}
	})
}
