package learn_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/agner-platform/agner/forecasting/learn"
	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"
)

// Data made with known coefficients and φ give them back, gaps in time included.
func TestFitAR(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	const phi = 0.7
	var x [][]float64
	var y, at []float64
	e := 0.0
	for day := range 600 {
		e = phi*e + 0.5*rng.NormFloat64()
		if day%11 == 3 { // not observed: the error goes on underneath
			continue
		}
		row := []float64{1, float64(day % 5)}
		x, y, at = append(x, row), append(y, 10+2*row[1]+e), append(at, float64(day))
	}
	f := learn.FitAR(x, y, at, []float64{0, 0})
	// Tolerances: three standard errors at the 80-day memory of the fit.
	if math.Abs(f.Beta[0]-10) > 0.6 || math.Abs(f.Beta[1]-2) > 0.15 || math.Abs(f.Phi-phi) > 0.12 {
		t.Errorf("β = %v, φ = %.3f", f.Beta, f.Phi)
	}
	far := f.Predict([]float64{1, 1}, 5000)
	if want := f.Beta[0] + f.Beta[1]; math.Abs(far-want) > 1e-9 {
		t.Errorf("far ahead %g, want the regression %g", far, want)
	}
	if near, later := f.Variance(at[len(at)-1]+1), f.Variance(at[len(at)-1]+20); near >= later || later > f.S2+1e-12 {
		t.Errorf("variance %g tomorrow, %g later, %g at most", near, later, f.S2)
	}
}

// A large ridge pulls its coefficient to 0 and leaves the others alone.
func TestRidge(t *testing.T) {
	x := [][]float64{{1, 0}, {1, 1}, {1, 0}, {1, 1}, {1, 0}, {1, 1}}
	f := learn.FitAR(x, []float64{4, 6, 4, 6, 4, 6}, []float64{1, 3, 5, 7, 9, 11}, []float64{0, 1e9})
	if math.Abs(f.Beta[1]) > 1e-6 || math.Abs(f.Beta[0]-5) > 0.2 {
		t.Errorf("β = %v, want 5 and 0", f.Beta)
	}
}

func TestSolveWithoutInformation(t *testing.T) {
	a := mat.NewSymDense(2, []float64{4, 0, 0, 0})
	got := learn.Solve(a, []float64{8, 0})
	if math.Abs(got[0]-2) > 1e-6 || got[1] != 0 {
		t.Errorf("%v, want 2 and 0", got)
	}
}

// Trees find a step and an interaction, ignore noise columns, and come out the
// same for the same seed.
func TestForest(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	truth := func(r []float64) float64 {
		v := 1.0
		if r[0] > 0.5 {
			v += 2
		}
		if r[1] > 0.3 && r[0] <= 0.5 {
			v -= 1
		}
		return v
	}
	var x [][]float64
	var y, w []float64
	for range 3000 {
		r := []float64{rng.Float64(), rng.Float64(), rng.Float64()}
		x, y, w = append(x, r), append(y, truth(r)+0.3*rng.NormFloat64()), append(w, 1)
	}
	o := learn.Options{Rounds: 150, Rate: 0.1, Depth: 3, MinRows: 30, Ridge: 1, Features: 1, Seed: 7}
	f, again := learn.Grow(x, y, w, o), learn.Grow(x, y, w, o)
	sq, n := 0.0, 0.0
	for range 1000 {
		r := []float64{rng.Float64(), rng.Float64(), rng.Float64()}
		if diff := cmp.Diff(f.Predict(r), again.Predict(r)); diff != "" {
			t.Fatalf("two forests of one seed differ: %s", diff)
		}
		// Bins are a 32nd wide, so rows beside the steps cannot be right.
		if math.Abs(r[0]-0.5) > 0.04 && math.Abs(r[1]-0.3) > 0.04 {
			e := f.Predict(r) - truth(r)
			sq += e * e
			n++
		}
	}
	if rms := math.Sqrt(sq / n); rms > 0.15 {
		t.Errorf("root mean square error %.3f, noise is 0.3", rms)
	}
}

// Groups are a short cut, not another method.
func TestGroupsChangeNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	var x [][]float64
	var y, w []float64
	var group []int32
	for day := range 120 {
		level := rng.Float64()
		for slot := range 20 {
			x = append(x, []float64{level, float64(day % 7), float64(slot)})
			y = append(y, level+0.1*float64(slot%3)+0.05*rng.NormFloat64())
			w = append(w, 1)
			group = append(group, int32(day))
		}
	}
	o := learn.Options{Rounds: 60, Rate: 0.1, Depth: 3, MinRows: 40, Ridge: 1, Features: 0.7, Seed: 7}
	plain := learn.Grow(x, y, w, o)
	o.Group, o.Shared = group, 2
	grouped := learn.Grow(x, y, w, o)
	for _, r := range x[:200] {
		if a, b := plain.Predict(r), grouped.Predict(r); math.Abs(a-b) > 1e-9 {
			t.Fatalf("%v: %g with rows, %g with groups", r, a, b)
		}
	}
}
