package pieces

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// TestBest compares with every possible day, where the cap does not bind.
func TestBest(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		worth := rapid.SliceOfN(rapid.IntRange(-9, 9), 14, 14).Draw(r, "worth")
		forms := []Form{{First: 1, Last: 10, Step: 1, Length: 2}, {First: 2, Last: 10, Step: 2, Length: 3}}
		l := Limit{Blocks: 2, Gap: rapid.IntRange(1, 3).Draw(r, "gap"), Slots: 99}
		price := func(from, length int) (float64, bool) {
			sum := 0.0
			for t := from; t < from+length; t++ {
				sum += float64(worth[t])
			}
			return sum, from != 5
		}
		var all []Block
		for i, f := range forms {
			for s := f.First; s <= f.Last; s += f.Step {
				if s != 5 {
					all = append(all, Block{i, s, f.Length})
				}
			}
		}
		one, two := math.Inf(1), math.Inf(1)
		for _, a := range all {
			v, _ := price(a.From, a.Length)
			one = min(one, v)
			for _, b := range all {
				if b.From >= a.From+a.Length+l.Gap {
					w, _ := price(b.From, b.Length)
					two = min(two, v+w)
				}
			}
		}
		got := Best(forms, l, price)
		for n, want := range []float64{one, two} {
			sum := 0.0
			for _, b := range got[n] {
				v, ok := price(b.From, b.Length)
				if !ok {
					r.Fatalf("block %+v is not allowed", b)
				}
				sum += v
			}
			if math.Abs(sum-want) > 1e-9 {
				r.Fatalf("%d blocks cost %g, best is %g", n+1, sum, want)
			}
		}
	})
}

func TestCapHolds(t *testing.T) {
	got := Best([]Form{{0, 20, 1, 4}}, Limit{Blocks: 3, Gap: 1, Slots: 8}, func(int, int) (float64, bool) { return -1, true })
	if len(got) != 2 || len(got[1]) != 2 {
		t.Errorf("got %v, want no more than two blocks of four under a cap of eight", got)
	}
}
