package explain

import (
	"slices"
	"strings"
	"testing"

	"github.com/agner-platform/agner/wfm/rules"
)

// small is a week for three people, one line, no breaks.
func small(t testing.TB, change func(*rules.Problem)) *rules.Problem {
	t.Helper()
	p := &rules.Problem{
		Format: rules.Format, Name: "small", Zone: "UTC", From: "2026-05-04", Days: 7,
		Prices: rules.Prices{Under: 40, Over: 4},
		Lines:  []rules.Line{{ID: "fr", Skill: "French", Need: make([]int, 672)}},
		Contracts: []rules.Contract{{
			Name: "day", Kind: rules.Flexible, Wage: 10, WeekDays: rules.Band{Min: 5, Max: 5}, WeekMinutes: rules.Band{Min: 2400, Max: 2400}, OffTogether: 2,
			Shifts: []rules.ShiftKind{{Name: "day", From: "08:00", To: "12:00", Step: 30, Lengths: []int{480}}},
		}},
	}
	for _, id := range []string{"a", "b", "c"} {
		p.Agents = append(p.Agents, rules.Agent{ID: id, Contracts: []string{"day"}, Skills: []string{"French"}})
	}
	for d := range 5 {
		for s := 32; s < 64; s++ {
			p.Lines[0].Need[d*96+s] = 3
		}
	}
	if change != nil {
		change(p)
	}
	if err := p.Check(); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestExplainGap(t *testing.T) {
	p := small(t, func(p *rules.Problem) {
		for s := 4*96 + 56; s < 4*96+64; s++ {
			p.Lines[0].Need[s] = 9
		}
	})
	e := Problem(p)
	want := "Friday 2026-05-08 14:00–16:00 needs 9 French agents, 3 are available"
	if len(e.Gaps) != 1 || e.Gaps[0].Text != want || len(e.Conflicts) != 0 {
		t.Errorf("got %+v, want %q", e, want)
	}
}

// TestExplainConflict: five days a week with four days of leave; the smallest set names
// what contradicts, and only that.
func TestExplainConflict(t *testing.T) {
	p := small(t, func(p *rules.Problem) {
		p.Agents[1].Absences = []rules.Absence{{From: "2026-05-05", To: "2026-05-08"}}
	})
	e := Problem(p)
	if len(e.Conflicts) != 1 || e.Conflicts[0].Agent != "b" {
		t.Fatalf("got %+v", e.Conflicts)
	}
	got := e.Conflicts[0].Rules
	if !slices.Contains(got, rules.MinMinutes) || slices.Contains(got, rules.MinRest) || slices.Contains(got, rules.StartSpread) {
		t.Errorf("blamed %v", got)
	}
	if !strings.Contains(e.Conflicts[0].Text, "contradict") {
		t.Errorf("text %q", e.Conflicts[0].Text)
	}
}
