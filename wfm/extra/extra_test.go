package extra_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/agner-platform/agner/wfm/extra"
	"github.com/agner-platform/agner/wfm/rules"
)

const week = `{"format": "agner_week", "name": "w", "zone": "Europe/Tallinn", "from": "2026-05-04", "days": 7,
 "lines": [{"id": "l", "skill": "en", "need": [1]}],
 "contracts": [{"name": "day", "kind": "flexible", "wage": 15, "overtime": {"minutes": 0, "price": 8}, "week_minutes": {"min": 450, "max": 2400},
  "shifts": [{"name": "d", "from": "08:00", "to": "10:00", "lengths": [480], "breaks": [{"name": "meal", "minutes": 30, "earliest": 180, "latest": 300}]}]}],
 "agents": [{"id": "a", "name": "Ann", "contracts": ["day"], "skills": ["en"]}, {"id": "b", "name": "Bo", "contracts": ["day"], "skills": ["en"],
  "absences": [{"from": "2026-05-07", "to": "2026-05-07"}]}]}`

func problem(t *testing.T) *rules.Problem {
	t.Helper()
	text := strings.Replace(week, `"need": [1]`, `"need": [`+strings.TrimSuffix(strings.Repeat("1,", 672), ",")+`]`, 1)
	p, err := rules.Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func at(t *testing.T, p *rules.Problem, day, hour, minute int) time.Time {
	t.Helper()
	return p.Axis().Time("", p.Axis().DayStart(day)+60*hour+minute)
}

// shifts are Ann's eight hours from Monday to a day, 9 to 17 with a meal at 12:30.
func shifts(t *testing.T, p *rules.Problem, days int) *rules.Schedule {
	t.Helper()
	s := &rules.Schedule{Format: rules.Format, Problem: p.Name}
	for d := range days {
		s.Shifts = append(s.Shifts, rules.Shift{Agent: "a", Date: p.Axis().Date(d).String(), Contract: "day", Kind: "d", Blocks: []rules.Block{{
			Start: at(t, p, d, 9, 0), Minutes: 480, Pauses: []rules.Pause{{Name: "meal", Start: at(t, p, d, 12, 30), Minutes: 30}},
		}}})
	}
	return s
}

func names(list []rules.Finding) []string {
	out := []string{}
	for _, f := range list {
		if f.Hard {
			out = append(out, f.Rule+" "+f.Date)
		}
	}
	return out
}

// TestHoursBesideTheContract: extra hours are bound by rest, absence and the law's 48 hours, not by forms of the contract.
func TestHoursBesideTheContract(t *testing.T) {
	p := problem(t)
	for _, c := range []struct {
		name      string
		day, hour int
		minutes   int
		agent     string
		want      []string
		err       error
	}{
		{"after the shift", 0, 18, 120, "a", []string{}, nil},
		{"a day off", 5, 9, 240, "a", []string{}, nil},
		{"into the shift", 0, 16, 120, "a", nil, extra.ErrTaken},
		{"too little rest", 0, 22, 60, "a", []string{"min_rest 2026-05-05"}, nil},
		{"beyond 48 hours", 5, 8, 660, "a", []string{"max_minutes 2026-05-04", "break_legal 2026-05-09"}, nil},
		{"absent", 3, 9, 120, "b", []string{"day_off 2026-05-07", "min_minutes 2026-05-04"}, nil},
		{"a stranger", 0, 18, 60, "z", nil, extra.ErrNoTerms},
		{"beyond the week", 7, 9, 60, "a", nil, extra.ErrNoTerms},
	} {
		t.Run(c.name, func(t *testing.T) {
			p.Legal = []rules.LegalBreak{{Over: 600, Minutes: 45}}
			s := shifts(t, p, 5)
			err := extra.Add(p, s, c.agent, at(t, p, c.day, c.hour, 0), c.minutes)
			if !errors.Is(err, c.err) {
				t.Fatalf("error %v, want %v", err, c.err)
			}
			if c.err != nil {
				return
			}
			var mine []rules.Shift
			for _, sh := range s.Shifts {
				if sh.Agent == c.agent {
					mine = append(mine, sh)
				}
			}
			got := map[string]bool{}
			for _, n := range names(p.JudgeAgent(c.agent, mine)) {
				got[n] = true
			}
			want := map[string]bool{}
			for _, n := range c.want {
				want[n] = true
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("broken rules (-want +got):\n%s", diff)
			}
		})
	}
}

// TestWhatExtraHoursCost: wage and premium of the hours taken on; given-up hours are not paid and break no promise.
func TestWhatExtraHoursCost(t *testing.T) {
	p := problem(t)
	s := shifts(t, p, 1)
	before := p.Judge(s).Costs
	if err := extra.Add(p, s, "a", at(t, p, 0, 18, 0), 120); err != nil {
		t.Fatal(err)
	}
	after := p.Judge(s).Costs
	if got := after.Wages - before.Wages; got != 30 {
		t.Errorf("two hours cost %g, want 2 × 15", got)
	}
	if got := after.Overtime - before.Overtime; got != 16 {
		t.Errorf("their premium is %g, want 2 × 8", got)
	}
	minutes, err := extra.Free(s, "a", at(t, p, 0, 12, 0), 120, rules.GivenUp)
	if err != nil || minutes != 90 {
		t.Fatalf("%d minutes given up (%v), want the 90 around the meal", minutes, err)
	}
	last := p.Judge(s)
	if got := after.Wages - last.Costs.Wages; got != 22.5 {
		t.Errorf("90 minutes off save %g, want 1.5 × 15", got)
	}
	if hard := names(p.JudgeAgent("a", s.Shifts)); len(hard) > 0 {
		t.Errorf("time off by agreement breaks %v", hard)
	}
	if _, err := extra.Free(s, "a", at(t, p, 2, 12, 0), 60, rules.GivenUp); !errors.Is(err, extra.ErrNoWork) {
		t.Errorf("time off on a free day: %v", err)
	}
}

// TestStripAndKeep: what is taken out comes back, but not onto the absent nor over other work.
func TestStripAndKeep(t *testing.T) {
	p := problem(t)
	s := shifts(t, p, 3)
	for _, d := range []int{0, 4} {
		if err := extra.Add(p, s, "a", at(t, p, d, 18, 0), 60); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := extra.Free(s, "a", at(t, p, 1, 15, 0), 120, rules.Leave); err != nil {
		t.Fatal(err)
	}
	plain := extra.Strip(s)
	if diff := cmp.Diff(shifts(t, p, 3).Shifts, plain.Shifts); diff != "" {
		t.Errorf("stripped (-want +got):\n%s", diff)
	}
	back := extra.Strip(s)
	extra.Keep(p, s, back)
	if diff := cmp.Diff(s.Shifts, back.Shifts); diff != "" {
		t.Errorf("kept (-want +got):\n%s", diff)
	}
	a := p.Agent("a")
	a.Absences = append(a.Absences, rules.Absence{From: "2026-05-08", To: "2026-05-08"})
	back = extra.Strip(s)
	extra.Keep(p, s, back)
	if len(back.Shifts) != 3 {
		t.Errorf("%d shifts, want 3: who is absent takes nothing on", len(back.Shifts))
	}
}
