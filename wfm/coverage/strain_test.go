package coverage

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/agner-platform/agner/wfm/rules"
)

// TestStrain: the worst interval above the ceiling and the longest run of strained ones, by line and day. Load is in
// erlangs, so four agents with 3.6 erlangs are busy 90 % of their time.
func TestStrain(t *testing.T) {
	begin := time.Date(2026, 5, 4, 8, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name string
		load map[int]float64 // by hour of the day
		well rules.Wellbeing
		want []string
	}{
		{"no ceiling", map[int]float64{9: 9}, rules.Wellbeing{HighRun: 1}, nil},
		{"below", map[int]float64{9: 3.2, 10: 3.2}, rules.Wellbeing{MaxOccupancy: 0.9, HighRun: 1}, nil},
		{"at the ceiling", map[int]float64{9: 3.6}, rules.Wellbeing{MaxOccupancy: 0.9}, nil},
		{"above it", map[int]float64{9: 3.8, 11: 3.7}, rules.Wellbeing{MaxOccupancy: 0.9}, []string{rules.Occupancy}},
		{"nobody there", map[int]float64{3: 0.1}, rules.Wellbeing{MaxOccupancy: 0.9}, []string{rules.Occupancy}},
		{"a run of three", map[int]float64{9: 3.3, 10: 3.4, 11: 3.3}, rules.Wellbeing{MaxOccupancy: 0.9, HighRun: 2}, []string{rules.HighRun}},
		{"a run with a breath", map[int]float64{9: 3.3, 10: 3.4, 12: 3.3}, rules.Wellbeing{MaxOccupancy: 0.9, HighRun: 2}, nil},
		{"both", map[int]float64{9: 3.3, 10: 4, 11: 3.3}, rules.Wellbeing{MaxOccupancy: 0.9, HighRun: 2}, []string{rules.Occupancy, rules.HighRun}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := world(t, []int{1}, 1)
			p.Wellbeing = c.well
			p.Lines[0].Load = make([]float64, 24)
			for h, load := range c.load {
				p.Lines[0].Load[h] = load
			}
			p.Agents = nil
			s := &rules.Schedule{}
			for _, id := range []string{"a", "b", "c", "d"} {
				p.Agents = append(p.Agents, rules.Agent{ID: id, Contracts: []string{"c"}, Skills: []string{"x"}})
				s.Shifts = append(s.Shifts, rules.Shift{Agent: id, Date: "2026-05-04", Contract: "c", Kind: "s", Blocks: []rules.Block{{Start: begin, Minutes: 480}}})
			}
			var got []string
			for _, f := range Strain(p, Of(p, s)) {
				got = append(got, f.Rule)
				if f.Hard || f.Cost <= 0 || !strings.Contains(f.Text, "x") {
					t.Errorf("finding %+v", f)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
