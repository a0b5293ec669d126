package highs

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/agner-platform/agner/wfm/lp"
)

// Minimise x + 2y with x + y ≥ 3, x ≤ 2: x = 2, y = 1, cost 4, dual 2. Then x ≤ 1:
// x = 1, y = 2, cost 5.
func TestSmallProgramme(t *testing.T) {
	if !Available() {
		t.Skip(ErrAbsent)
	}
	s, err := Open(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	inf := math.Inf(1)
	for _, solver := range []string{"simplex", "ipm"} {
		if err := s.Choose("solver", solver); err != nil {
			t.Fatal(err)
		}
		m := &lp.Model{
			Cost: []float64{1, 2}, Lower: []float64{0, 0}, Upper: []float64{2, inf}, RowLower: []float64{3}, RowUpper: []float64{inf},
			Start: []int32{0, 1, 2}, Index: []int32{0, 0}, Value: []float64{1, 1},
		}
		if err := s.Pass(m); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct{ upper, cost, x, y float64 }{{2, 4, 2, 1}, {1, 5, 1, 2}} {
			if err := s.Bound(0, []float64{0}, []float64{c.upper}); err != nil {
				t.Fatal(err)
			}
			r, err := s.Solve()
			if err != nil {
				t.Fatal(err)
			}
			for _, pair := range [][2]float64{{r.Objective, c.cost}, {r.Value[0], c.x}, {r.Value[1], c.y}, {r.Dual[0], 2}} {
				if math.Abs(pair[0]-pair[1]) > 1e-6 {
					t.Errorf("%s, x ≤ %g: %+v, want %+v", solver, c.upper, r, c)
				}
			}
		}
	}
	if err := s.Bound(0, []float64{4}, []float64{1}); err == nil {
		if _, err = s.Solve(); !errors.Is(err, ErrSolve) {
			t.Errorf("contradictory bounds: %v", err)
		}
	}
}

func TestWrongModuleIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "highs.wasm")
	t.Setenv("AGNER_HIGHS", path)
	if _, err := Open(context.Background()); !errors.Is(err, ErrAbsent) || Available() {
		t.Errorf("absent module: %v", err)
	}
	if err := os.WriteFile(path, []byte("\x00asm"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(context.Background()); !errors.Is(err, ErrModule) {
		t.Errorf("wrong module: %v", err)
	}
}
