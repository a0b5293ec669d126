package staffing

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/agner-platform/agner/wfm/format"
	"github.com/agner-platform/agner/wfm/search"
)

func instance(t testing.TB, n int) *format.Staffing {
	t.Helper()
	root := os.Getenv("AGNER_TESTDATA")
	if root == "" {
		root = filepath.Join("..", "..", "..", "..", "shared", "data")
	}
	f, err := os.Open(filepath.Join(root, "scheduling", "curtois_qu", fmt.Sprintf("NurseRostering-%02d.json", n)))
	if err != nil {
		t.Skip("no public instances: set AGNER_TESTDATA")
	}
	defer f.Close()
	in, err := format.ReadStaffing(fmt.Sprint(n), f)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func solve(t testing.TB, n int, work float64) *format.StaffingSolution {
	t.Helper()
	in := instance(t, n)
	start := time.Now()
	clock := search.NewClock(context.Background(), search.Options{Work: work, Progress: func(p search.Progress) {
		t.Logf("%2d %8.2fs %-14s cost %6d bound %.1f", n, p.Elapsed.Seconds(), p.Phase, p.Cost, p.Bound)
	}})
	sol, err := Solve(clock, in, 1)
	if err != nil {
		t.Fatal(err)
	}
	s := in.ScoreSolution(sol)
	if len(s.Violations) > 0 || s.Cost != sol.Cost {
		t.Errorf("instance %d: solver says %d, scorer %d, %v", n, sol.Cost, s.Cost, s.Violations)
	}
	t.Logf("%2d: cost %d bound %.0f %s, wall %v, work %.2f", n, sol.Cost, sol.Bound, sol.Stopped, time.Since(start), clock.Spent())
	return sol
}

// Best known values: best_known.csv; 1 and 2 are proven there.
func TestSmallInstancesReachBestKnown(t *testing.T) {
	for n, best := range map[int]int{1: 607, 2: 828, 3: 1001, 4: 1716} {
		if sol := solve(t, n, 2); sol.Cost != best {
			t.Errorf("instance %d: %d, best known %d", n, sol.Cost, best)
		}
	}
}
