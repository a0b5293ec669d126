package named

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/agner-platform/agner/wfm/coverage"
	"github.com/agner-platform/agner/wfm/rules"
	"github.com/agner-platform/agner/wfm/search"
)

func instance(t testing.TB, name string) *rules.Problem {
	t.Helper()
	f, err := os.Open("testdata/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p, err := rules.Read(f)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return p
}

// only keeps one kind of contract where somebody has it.
func only(p *rules.Problem, kind string) {
	for i := range p.Agents {
		a := &p.Agents[i]
		var keep []string
		for _, name := range a.Contracts {
			if p.Contract(name).Kind == kind {
				keep = append(keep, name)
			}
		}
		if len(keep) > 0 {
			a.Contracts = keep
		}
	}
}

func solve(t testing.TB, p *rules.Problem, work float64) *rules.Schedule {
	t.Helper()
	s, err := Solve(context.Background(), search.NewClock(context.Background(), search.Options{Seed: 1, Work: work}), p, 1)
	if err != nil {
		t.Fatal(err)
	}
	rep, _ := coverage.Judge(p, s)
	for _, f := range rep.Hard() {
		t.Errorf("%s: %s", p.Name, f.Text)
	}
	return s
}

// uses counts the shifts per kind of contract.
func uses(p *rules.Problem, s *rules.Schedule) map[string]int {
	out := map[string]int{}
	for i := range s.Shifts {
		out[p.Contract(s.Shifts[i].Contract).Kind]++
	}
	return out
}

// TestFittingKind: on each of the four weeks the solver chooses the kind that fits, and
// beats fixed shifts alone by at least the stated share.
func TestFittingKind(t *testing.T) {
	work := 2.0
	if os.Getenv("AGNER_LONG") != "" {
		work = 60
	} else {
		t.Setenv("AGNER_HIGHS", "absent") // the programme takes minutes on a busy machine; the rest is the same
	}
	for _, c := range []struct {
		name, kind string
		saves, gap float64
	}{
		{"balanced", rules.Flexible, 0.03, 0.15},
		{"lull", rules.Split, 0.30, 0.12},
		{"falling", rules.Tilted, 0.10, 0.05},
		{"peaks", rules.Micro, 0.03, 0.15},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := instance(t, c.name)
			free := solve(t, p, work)
			fixed := instance(t, c.name)
			only(fixed, rules.Fixed)
			plain := solve(t, fixed, work)
			kinds := uses(p, free)
			report := fmt.Sprintf("cost %.0f, bound %.0f, gap %.2f %%; fixed shifts alone %.0f; shifts %v", free.Cost, free.Bound, 100*free.Gap, plain.Cost, kinds)
			t.Log(report)
			if kinds[c.kind] == 0 || free.Cost > plain.Cost*(1-c.saves) || free.Gap > c.gap {
				t.Error(report)
			}
		})
	}
}
