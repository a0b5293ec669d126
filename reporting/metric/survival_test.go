package metric

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// cellsOf makes cells from whole-second waits; a negative one is a wait that ended in something else than a hang-up.
func cellsOf(waits ...int64) []WaitCell {
	bySecond := map[int64]*WaitCell{}
	for _, w := range waits {
		abandoned := w > 0
		w = max(w, -w)
		c := bySecond[w]
		if c == nil {
			c = &WaitCell{Second: w}
			bySecond[w] = c
		}
		c.N++
		c.WaitUs += w * second
		c.Abandoned += oneIf(abandoned)
	}
	var cells []WaitCell
	for _, c := range bySecond {
		cells = append(cells, *c)
	}
	SortCells(cells)
	return cells
}

// remission are the 6-MP group's weeks of Freireich et al., Blood 21 (1963) 699, as printed in Kalbfleisch & Prentice;
// negative is censored.
var (
	remission = []int64{6, 6, 6, -6, 7, -9, 10, -10, -11, 13, 16, -17, -19, -20, 22, 23, -25, -32, -32, -34, -35}
	placebo   = []int64{1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23}
)

func TestKaplanMeierFreireich(t *testing.T) {
	const tolerance = 0.0005 // the tables print three digits
	// S and Greenwood's standard error as printed in Kleinbaum & Klein, Survival Analysis, 3rd ed., table 2.4.
	want := map[int64][2]float64{6: {.857, .0764}, 7: {.807, .0869}, 10: {.753, .0963}, 13: {.690, .1068}, 16: {.627, .1141}, 22: {.538, .1282}, 23: {.448, .1346}}
	points := KaplanMeier(cellsOf(remission...))
	found := 0
	for _, p := range points {
		w, ok := want[p.TS]
		if !ok {
			continue
		}
		found++
		if math.Abs(p.S-w[0]) > tolerance {
			t.Errorf("S(%d) = %.4f, want %.3f", p.TS, p.S, w[0])
		}
		// Undo the band: ln(−ln) half width × S·|ln S| is the plain standard error.
		se := math.Log(math.Log(p.Lo)/math.Log(p.S)) / z95 * p.S * math.Abs(math.Log(p.S))
		if math.Abs(se-w[1]) > tolerance {
			t.Errorf("standard error at %d = %.4f, want %.4f", p.TS, se, w[1])
		}
		if p.Lo > p.S || p.Hi < p.S {
			t.Errorf("band %v–%v does not hold S = %v", p.Lo, p.Hi, p.S)
		}
	}
	if found != len(want) {
		t.Errorf("%d of %d printed times are in the curve", found, len(want))
	}
	if m := MedianPatience(points); m != 23 {
		t.Errorf("median %v, want 23 (printed)", m)
	}
	// 9 events in 359 weeks of observation, printed as the mean remission 39.9 of the exponential model.
	if got := Theta(cellsOf(remission...)); math.Abs(got-359.0/9) > 1e-9 {
		t.Errorf("1/θ = %v, want %v", got, 359.0/9)
	}
}

// Expected values: log-rank χ² = 16.79 and O−E = 9 − 19.25, printed in Kleinbaum & Klein, p. 69.
func TestCompareFreireich(t *testing.T) {
	var cells []CompareCell
	add := func(stratum int, waits []int64, after bool) {
		for _, c := range cellsOf(waits...) {
			cells = append(cells, CompareCell{stratum, c.Second, after, c.N, c.Abandoned})
		}
	}
	add(0, placebo, false)
	add(0, remission, true)
	got := Compare(cells)
	if want := math.Erfc(math.Sqrt(16.793 / 2)); math.Abs(got.P-want)/want > .01 {
		t.Errorf("p = %v, want %v", got.P, want)
	}
	// Cox's estimate on these data is 0.21 to 0.22, depending on ties; Mantel–Haenszel must agree and exclude 1.
	if got.HazardRatio < .17 || got.HazardRatio > .26 || got.Hi >= 1 || got.Lo <= 0 {
		t.Errorf("hazard ratio %.3f (%.3f–%.3f)", got.HazardRatio, got.Lo, got.Hi)
	}
	// A stratum with one side only adds nothing.
	add(1, []int64{1, 2, 3, 4}, true)
	if again := Compare(cells); again != got {
		t.Errorf("a one-sided stratum changed %v to %v", got, again)
	}
}

// Strata must guard against a mix that changes: both strata have the same hazard before and after, but the busy one
// grows; without strata the hazard would seem to rise.
func TestCompareHoldsStrataApart(t *testing.T) {
	var cells []CompareCell
	add := func(stratum int, after bool, n, hazardPerMille int64) {
		left := n
		for s := int64(1); s <= 20; s++ {
			d := left * hazardPerMille / 1000
			cells = append(cells, CompareCell{stratum, s, after, d, d})
			left -= d
		}
		cells = append(cells, CompareCell{stratum, 21, after, left, 0})
	}
	add(0, false, 100_000, 2)
	add(1, false, 10_000, 20)
	add(0, true, 10_000, 2)
	add(1, true, 100_000, 20)
	got := Compare(cells)
	if math.Abs(got.HazardRatio-1) > .03 || got.Strata != 2 {
		t.Errorf("stratified hazard ratio %v in %d strata, want 1 in 2", got.HazardRatio, got.Strata)
	}
	for i := range cells {
		cells[i].Stratum = 0
	}
	if pooled := Compare(cells); pooled.HazardRatio < 2 {
		t.Errorf("pooled hazard ratio %v: the example does not confound", pooled.HazardRatio)
	}
}

func TestSurvivalProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		waits := rapid.SliceOfN(rapid.Int64Range(-300, 300).Filter(func(v int64) bool { return v != 0 }), 1, 80).Draw(t, "waits")
		cells := cellsOf(waits...)
		points := KaplanMeier(cells)
		last := 1.0
		for _, p := range points {
			if p.S > last || p.S < 0 || p.Lo > p.S+1e-12 || p.Hi < p.S-1e-12 {
				t.Fatalf("point %+v after %v", p, last)
			}
			last = p.S
		}
		filled := Fill(points, 600)
		if n := int64(len(filled)); n != points[len(points)-1].TS+1 {
			t.Fatalf("%d points up to second %d", n, points[len(points)-1].TS)
		}
		// Over one bin that holds everything the hazard is θ.
		bins := Hazard(cells, []int64{0, 1000})
		theta := Theta(cells)
		if h := bins[0].H; math.IsNaN(theta) != (h == 0) || h > 0 && math.Abs(1/h-theta) > 1e-9*theta {
			t.Fatalf("hazard %v, θ %v", h, theta)
		}
		// Bins share out abandons and exposure without loss.
		var d int64
		var e float64
		for _, b := range Hazard(cells, []int64{0, 5, 10, 50, 120, 1000}) {
			d += b.Abandoned
			e += b.ExposureS
		}
		if d != bins[0].Abandoned || math.Abs(e-bins[0].ExposureS) > 1e-6 {
			t.Fatalf("%d abandons in %v s, want %d in %v", d, e, bins[0].Abandoned, bins[0].ExposureS)
		}
	})
}

// Without censoring the curve is the plain share of those who waited longer.
func TestSurvivalWithoutCensoring(t *testing.T) {
	for i, p := range KaplanMeier(cellsOf(1, 2, 3, 4)) {
		if want := 1 - float64(i+1)/4; math.Abs(p.S-want) > 1e-15 {
			t.Errorf("S(%d) = %v, want %v", p.TS, p.S, want)
		}
	}
	if m := MedianPatience(KaplanMeier(cellsOf(1, -2, -3, -4))); !math.IsNaN(m) {
		t.Errorf("median %v of a curve that stays above one half", m)
	}
	if !math.IsNaN(Theta(cellsOf(-1, -2))) || !math.IsNaN(Theta(nil)) {
		t.Error("θ without an abandon is defined")
	}
}

func TestBumps(t *testing.T) {
	flat := func(bump int) []Bin {
		var cells []WaitCell
		left := int64(100_000)
		for s := int64(1); s <= 60; s++ {
			d := left * 3 / 1000
			if int(s-1)/5 == bump {
				d = left * 5 / 1000
			}
			cells = append(cells, WaitCell{s, d, d, d * s * second})
			left -= d
		}
		cells = append(cells, WaitCell{61, left, 0, left * 61 * second})
		return Hazard(cells, []int64{0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60})
	}
	for want := -1; want < 12; want++ {
		for i, b := range flat(want) {
			// The last stretch has no right neighbour to stand out from.
			if b.Bump != (i == want && i != 11) {
				t.Errorf("bump put at %d: stretch %d–%d s marked %v", want, b.FromS, b.ToS, b.Bump)
			}
		}
	}
}

// Garwood's bounds for a count of 10 are 4.795 and 18.39, for 0 they are 0 and 3.689 (Biometrika tables, table 40).
func TestTails(t *testing.T) {
	lo, hi := poissonBounds(10)
	zeroLo, zeroHi := poissonBounds(0)
	for _, c := range [][2]float64{{lo, 4.795}, {hi, 18.39}, {zeroLo, 0}, {zeroHi, 3.689}} {
		if math.Abs(c[0]-c[1]) > .005 {
			t.Errorf("bound %v, want %v", c[0], c[1])
		}
	}
	// P(X ≥ 8 | 10, ½) = 56/1024.
	if got := binomialTail(8, 10, .5); math.Abs(got-56.0/1024) > 1e-12 {
		t.Errorf("tail %v", got)
	}
}

func TestSpread(t *testing.T) {
	for _, c := range []struct {
		values   []float64
		gini, cv float64
	}{
		{[]float64{5, 5, 5, 5}, 0, 0},
		{[]float64{0, 0, 0, 8}, .75, math.Sqrt(3)},
		{[]float64{1, 3}, .25, .5},
		{nil, math.NaN(), math.NaN()},
		{[]float64{0, 0}, math.NaN(), math.NaN()},
	} {
		for _, p := range [][2]float64{{Gini(c.values), c.gini}, {Variation(c.values), c.cv}} {
			if math.IsNaN(p[0]) != math.IsNaN(p[1]) || math.Abs(p[0]-p[1]) > 1e-12 {
				t.Errorf("%v: got %v, want %v", c.values, p[0], p[1])
			}
		}
	}
}
