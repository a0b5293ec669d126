package rules

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// text is a week with one contract of each kind that tests change.
const text = `
format: agner_week
name: test
zone: Europe/Tallinn
from: "2026-05-04"
days: 7
prices: {under: 40, over: 4, steep: 2}
sites:
  - {id: tln, zone: Europe/Tallinn, holidays: ["2026-05-08"]}
lines:
  - {id: en, skill: en, need: [NEED]}
legal_breaks: [{over: 360, minutes: 30}]
contracts:
  - name: day
    kind: flexible
    shifts:
      - {name: day, from: "06:00", to: "22:00", step: 30, lengths: [480], breaks: [{name: meal, paid: false, minutes: 30, earliest: 180, latest: 300}]}
    week_minutes: {min: 900, max: 1350}
    week_days: {min: 2, max: 3}
    day_minutes: 480
    max_run: 2
    off_together: 2
    max_weekends: 1
    max_nights: 1
    start_spread: 120
    wage: 10
  - name: halves
    kind: split
    shifts: [{name: halves, from: "08:00", to: "09:00", lengths: [240], second: {lengths: [240], gap_min: 120, gap_max: 240}}]
    wage: 10
    shift_price: 5
  - name: short
    kind: micro
    shifts: [{name: short, from: "08:00", to: "20:00", lengths: [60, 120], micro: {most: 3, gap_min: 60, minutes: 240}}]
    wage: 10
  - name: round
    kind: rotating
    shifts: [{name: early, from: "06:00", lengths: [360]}, {name: late, from: "14:00", lengths: [360]}]
    pattern: [[early, early, "", "", "", "", ""], [late, late, "", "", "", "", ""]]
    wage: 10
    overtime: {minutes: 60, price: 5}
agents:
  - {id: a, name: Ann, contracts: [day], skills: [en], before: {end: "2026-05-04T01:00:00+03:00", run: 1}}
  - {id: b, name: Bo, contracts: [halves, short], skills: [en], consent: [split]}
  - {id: c, name: Cy, contracts: [round], skills: [en], phase: 1}
`

func problem(t testing.TB) *Problem {
	t.Helper()
	p, err := Read(strings.NewReader(strings.Replace(text, "NEED", strings.Repeat("1,", 671)+"1", 1)))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// at is an instant of the test week: day from 0 and wall clock.
func at(day int, clock string) time.Time {
	x, err := time.Parse(time.RFC3339, "2026-05-04T"+clock+":00+03:00")
	if err != nil {
		panic(err)
	}
	return x.AddDate(0, 0, day)
}

func meal(day int, clock string) []Pause {
	return []Pause{{Name: "meal", Start: at(day, clock), Minutes: 30}}
}

func dayShift(day int, clock, rest string) Shift {
	return Shift{Agent: "a", Contract: "day", Kind: "day", Blocks: []Block{{Start: at(day, clock), Minutes: 480, Pauses: meal(day, rest)}}}
}

func halves(day int, first, second string) Shift {
	return Shift{Agent: "b", Contract: "halves", Kind: "halves", Blocks: []Block{{Start: at(day, first), Minutes: 240}, {Start: at(day, second), Minutes: 240}}}
}

func blocks(day int, minutes int, starts ...string) Shift {
	s := Shift{Agent: "b", Contract: "short", Kind: "short"}
	for _, c := range starts {
		s.Blocks = append(s.Blocks, Block{Start: at(day, c), Minutes: minutes})
	}
	return s
}

func turn(day int, kind, clock string) Shift {
	return Shift{Agent: "c", Contract: "round", Kind: kind, Blocks: []Block{{Start: at(day, clock), Minutes: 360}}}
}

// good is a week that keeps every rule.
func good() []Shift {
	return []Shift{dayShift(1, "09:00", "12:00"), dayShift(3, "09:00", "12:00"), halves(0, "08:00", "14:00"), turn(0, "late", "14:00"), turn(1, "late", "14:00")}
}

func TestGoodWeekKeepsEveryRule(t *testing.T) {
	p := problem(t)
	rep := p.Judge(&Schedule{Shifts: good()})
	if len(rep.Findings) > 0 {
		t.Fatalf("findings in a good week: %+v", rep.Findings)
	}
	// 2 × 7.5 h + 8 h + 2 × 6 h at 10 an hour, and one split shift.
	if rep.Costs.Wages != 350 || rep.Costs.Shifts != 5 || rep.Costs.Total() != 355 {
		t.Errorf("costs %+v, want wages 350 and shifts 5", rep.Costs)
	}
}

// broken changes the good week so that one rule is broken.
func broken() map[string]func(*Problem) []Shift {
	replace := func(i int, s Shift) func(*Problem) []Shift {
		return func(*Problem) []Shift { l := good(); l[i] = s; return l }
	}
	add := func(more ...Shift) func(*Problem) []Shift {
		return func(*Problem) []Shift { return append(good(), more...) }
	}
	change := func(f func(*Problem)) func(*Problem) []Shift {
		return func(p *Problem) []Shift { f(p); return good() }
	}
	return map[string]func(*Problem) []Shift{
		Known:        add(Shift{Agent: "nobody", Blocks: []Block{{Start: at(0, "08:00"), Minutes: 60}}}),
		OneShiftADay: add(dayShift(1, "20:00", "23:00")),
		DaysPerWeek:  func(*Problem) []Shift { return good()[1:] },
		StartWindow:  replace(0, dayShift(1, "05:00", "08:00")),
		StartSpread:  replace(0, dayShift(1, "12:00", "15:00")),
		MinRest:      add(dayShift(0, "10:00", "13:00")), // nine hours after the shift before the week
		BreakCount: func(*Problem) []Shift {
			l := good()
			l[0].Blocks[0].Pauses = nil
			return l
		},
		BreakWindow: replace(0, dayShift(1, "09:00", "15:00")),
		BreakOverlap: func(*Problem) []Shift {
			l := good()
			l[0].Blocks[0].Pauses = append(l[0].Blocks[0].Pauses, Pause{Name: "talk", Start: at(1, "12:15"), Minutes: 30, Paid: true, Work: true})
			return l
		},
		DayOff:         change(func(p *Problem) { p.Agents[0].Absences = []Absence{{From: "2026-05-05", To: "2026-05-05"}} }),
		MinMinutes:     func(*Problem) []Shift { return good()[1:] },
		MaxMinutes:     change(func(p *Problem) { p.Contracts[0].WeekMinutes.Max = 899; p.Contracts[0].WeekMinutes.Min = 0 }),
		MaxConsecutive: add(dayShift(2, "09:00", "12:00")),
		MinDaysOff:     change(func(p *Problem) { p.Contracts[0].OffTogether = 4 }),
		MaxWeekends:    change(func(p *Problem) { p.From = "2026-05-02"; p.axis, _ = newAxis(p); p.Contracts[1].MaxWeekends = 0 }),
		ShiftLength: func(*Problem) []Shift {
			l := good()
			l[4].Blocks[0].Minutes = 420
			return l
		},
		MaxNights: func(p *Problem) []Shift {
			return append(good(), dayShift(4, "22:00", "23:00"), dayShift(5, "22:00", "23:00"))
		},
		OneContract:  add(blocks(2, 60, "09:00")),
		DayMinutes:   change(func(p *Problem) { p.Contracts[0].DayMinutes = 420 }),
		SplitGap:     replace(2, halves(0, "08:00", "13:00")),
		SplitConsent: change(func(p *Problem) { p.Agents[1].Consent = nil }),
		MicroCap:     replace(2, blocks(0, 120, "08:00", "11:00", "14:00")),
		Availability: change(func(p *Problem) { p.Agents[0].Available = []Window{{From: "10:00", To: "20:00"}} }),
		Holiday:      change(func(p *Problem) { p.Sites[0].Holidays = []string{"2026-05-05"}; p.Agents[0].Site = "tln" }),
		Pattern:      replace(3, turn(0, "early", "06:00")),
		BreakLegal:   change(func(p *Problem) { p.Legal = []LegalBreak{{Over: 360, Minutes: 45}} }),
		OnGrid:       replace(3, turn(0, "late", "14:05")),
		LeaveQuota: change(func(p *Problem) {
			p.Agents[2].Absences = []Absence{{From: "2026-05-10", To: "2026-05-10"}}
			p.Leave = []Quota{{Date: "2026-05-10", Most: 0}}
		}),
		OvertimeUse: change(func(p *Problem) { p.Contracts[3].WeekMinutes.Max = 600 }),
		Preferred: change(func(p *Problem) {
			p.Agents[0].Preference = []Preference{{Window: Window{From: "06:00", To: "07:00"}, Weight: 2}}
		}),
		FairWeekends: func(p *Problem) []Shift {
			p.Agents[2].Before.Weekends = 3
			return append(good(), turn(5, "late", "14:00"))
		},
		FairNights: func(p *Problem) []Shift {
			p.Agents[0].Before.Nights = 3
			return append(good(), dayShift(5, "22:00", "23:00"))
		},
		TeamTogether:   together(true),
		ActivityPlaced: change(func(p *Problem) { p.Activities = []Activity{{Name: "talk", Minutes: 30, Agents: []string{"a"}}} }),
		Breather:       change(func(p *Problem) { p.Wellbeing.Breather = 120 }),
		Variety:        change(func(p *Problem) { p.Wellbeing.MinSkills = 2; p.Agents[0].Skills = []string{"en", "et"} }),
	}
}

// TestEveryRule breaks each rule by one change to the good week and expects its name
// and a sentence with nothing left to fill in.
func TestEveryRule(t *testing.T) {
	for rule, f := range broken() {
		t.Run(rule, func(t *testing.T) {
			p := problem(t)
			if rule == MaxWeekends {
				p.Contracts[0].MaxWeekends = 1
				rep := p.Judge(&Schedule{Shifts: good()})
				if rep != nil && slices.ContainsFunc(rep.Findings, func(f Finding) bool { return f.Rule == MaxWeekends }) {
					t.Fatal("no weekend is worked yet")
				}
				p.Days, p.From = 14, "2026-05-04"
				p.axis, _ = newAxis(p)
				expect(t, p, append(good(), dayShift(5, "09:00", "12:00"), dayShift(12, "09:00", "12:00")), rule)
				return
			}
			expect(t, p, f(p), rule)
		})
	}
}

// together places a talk at two times.
func together(bool) func(*Problem) []Shift {
	return func(p *Problem) []Shift {
		p.Activities = []Activity{{Name: "talk", Minutes: 30, Agents: []string{"a", "c"}, Together: true}}
		l := good()
		talk := func(clock string) Pause {
			return Pause{Name: "talk", Start: at(1, clock), Minutes: 30, Paid: true, Work: true}
		}
		l[0].Blocks[0].Pauses = append(l[0].Blocks[0].Pauses, talk("15:00"))
		l[4].Blocks[0].Pauses = append(l[4].Blocks[0].Pauses, talk("16:00"))
		return l
	}
}

func expect(t *testing.T, p *Problem, shifts []Shift, rule string) {
	t.Helper()
	rep := p.Judge(&Schedule{Shifts: shifts})
	i := slices.IndexFunc(rep.Findings, func(f Finding) bool { return f.Rule == rule })
	if i < 0 {
		t.Fatalf("%s was not found in %+v", rule, rep.Findings)
	}
	f := rep.Findings[i]
	if strings.ContainsAny(f.Text, "{}") || f.Text == "" {
		t.Errorf("%q is no whole sentence; parameters %v", f.Text, f.Params)
	}
	if r, _ := Find(rule); f.Hard != r.Hard || !f.Hard && f.Cost <= 0 {
		t.Errorf("%+v: want hard %v, soft ones cost", f, r.Hard)
	}
}

// TestRefused names field and value of problems that cannot be planned.
func TestRefused(t *testing.T) {
	f := func(field string, change func(*Problem)) {
		t.Helper()
		p := problem(t)
		change(p)
		err := p.Check()
		var bad *FieldError
		if !errors.As(err, &bad) || !errors.Is(err, ErrProblem) || !strings.HasPrefix(bad.Field, field) {
			t.Errorf("%s: got %v", field, err)
		}
	}
	f("agents[1].id", func(p *Problem) { p.Agents[1].ID = "a" })
	f("agents[0].absences[1]", func(p *Problem) {
		p.Agents[0].Absences = []Absence{{From: "2026-05-04", To: "2026-05-06"}, {From: "2026-05-06", To: "2026-05-07"}}
	})
	f("agents[0].absences[0]", func(p *Problem) { p.Agents[0].Absences = []Absence{{From: "2026-05-06", To: "2026-05-04"}} })
	f("agents[0].contracts", func(p *Problem) { p.Agents[0].Contracts = []string{"none"} })
	f("agents", func(p *Problem) { p.Agents = nil })
	f("lines[0].need[3]", func(p *Problem) { p.Lines[0].Need[3] = -1 })
	f("lines[0].need", func(p *Problem) { p.Lines[0].Need = p.Lines[0].Need[1:] })
	f("zone", func(p *Problem) { p.Zone = "Mars/Base" })
	f("from", func(p *Problem) { p.From = "2026-02-30" })
	f("days", func(p *Problem) { p.Days = 0 })
	f("slot_minutes", func(p *Problem) { p.Slot = 7 })
	f("prices", func(p *Problem) { p.Prices.Under = -1 })
	f("contracts[0].kind", func(p *Problem) { p.Contracts[0].Kind = "odd" })
	f("contracts[0].week_minutes", func(p *Problem) { p.Contracts[0].WeekMinutes = Band{Min: 5, Max: 4} })
	f("contracts[0].shifts[0].breaks", func(p *Problem) { p.Contracts[0].Shifts[0].Breaks = nil })
	f("contracts[1].shifts[0].second", func(p *Problem) { p.Contracts[1].Shifts[0].Second = nil })
	f("contracts[2].shifts[0].lengths", func(p *Problem) { p.Contracts[2].Shifts[0].Lengths = []int{240} })
	f("contracts[3].pattern", func(p *Problem) { p.Contracts[3].Pattern = nil })
	f("rules", func(p *Problem) { p.Rules = map[string]Setting{"nonsense": {}} })
	f("activities[0]", func(p *Problem) { p.Activities = []Activity{{Name: "talk", Minutes: 7}} })
}

// TestTiltedAgainstTheContract: 10/9/8/7/6 hours are 40; one hour more is refused.
func TestTiltedAgainstTheContract(t *testing.T) {
	p := problem(t)
	c := &p.Contracts[0]
	c.Kind, c.WeekDays, c.WeekMinutes = Tilted, Band{Min: 5, Max: 5}, Band{Min: 2400, Max: 2400}
	c.Shifts[0].Lengths, c.DayMinutes = nil, 0
	c.Shifts[0].Length = map[string]int{"mon": 630, "tue": 570, "wed": 510, "thu": 450, "fri": 390}
	if err := p.Check(); err != nil {
		t.Fatalf("a falling week of 40 paid hours: %v", err)
	}
	c.Shifts[0].Length["fri"] = 450
	if err := p.Check(); err == nil || !strings.Contains(err.Error(), "2460") {
		t.Errorf("41 hours in a contract of 40: %v", err)
	}
}

// TestClockChanges: the last Sunday of March has 23 hours in Tallinn, the last of
// October 25; wall clocks stay where people expect them.
func TestClockChanges(t *testing.T) {
	for from, slots := range map[string]int{"2026-03-23": 668, "2026-10-19": 676, "2026-05-04": 672} {
		p := problem(t)
		p.From = from
		p.Lines[0].Need = make([]int, slots)
		if err := p.Check(); err != nil {
			t.Errorf("week of %s with %d slots: %v", from, slots, err)
			continue
		}
		m := p.Axis().At("", 6, 9*60)
		if got := p.Axis().Time("", m).Format("15:04"); got != "09:00" || p.Axis().Clock("", 6, m) != 540 {
			t.Errorf("week of %s: nine o'clock on Sunday is %s", from, got)
		}
	}
}

// TestNight follows Directive 2003/88/EC: three hours between midnight and five.
func TestNight(t *testing.T) {
	for _, c := range []struct {
		from, to int
		want     bool
	}{{22 * 60, 30 * 60, true}, {0, 180, true}, {121, 500, false}, {9 * 60, 17 * 60, false}, {18 * 60, 26 * 60, false}} {
		if got := Night(c.from, c.to); got != c.want {
			t.Errorf("Night(%d, %d) = %v", c.from, c.to, got)
		}
	}
}

// TestReach: windows may meet at midnight, and availability is monotone: a shorter stretch of
// one that fits also fits.
func TestReach(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		clock := rapid.Custom(func(r *rapid.T) string { return clockText(rapid.IntRange(0, 95).Draw(r, "slot") * 15) })
		list := []Window{{From: clock.Draw(r, "from"), To: clock.Draw(r, "to")}, {Weekdays: []string{"mon"}, From: "20:00", To: "24:00"}}
		begin := rapid.IntRange(0, 95).Draw(r, "begin") * 15
		length := rapid.IntRange(1, 40).Draw(r, "length") * 15
		if Reach(list, time.Monday, begin, begin+length) && !Reach(list, time.Monday, begin, begin+length-15) {
			r.Fatal("a shorter stretch does not fit")
		}
	})
	night := []Window{{From: "22:00", To: "06:00"}}
	if !Reach(night, time.Tuesday, 22*60, 30*60) || Reach(night, time.Tuesday, 21*60, 30*60) {
		t.Error("a window over midnight holds the night and no more")
	}
}

// TestSettings: a problem may soften a rule, and says what it costs.
func TestSettings(t *testing.T) {
	p := problem(t)
	soft, weight := false, 7.0
	p.Rules = map[string]Setting{MinRest: {Hard: &soft, Weight: &weight}}
	rep := p.Judge(&Schedule{Shifts: append(good(), dayShift(0, "10:00", "13:00"))})
	i := slices.IndexFunc(rep.Findings, func(f Finding) bool { return f.Rule == MinRest })
	if i < 0 || rep.Findings[i].Hard || rep.Findings[i].Cost != 7 {
		t.Errorf("want min_rest soft at 7, got %+v", rep.Findings)
	}
}

func TestUnknownFieldsAreRefused(t *testing.T) {
	_, err := Read(strings.NewReader(`{"format":"agner_week","nmae":"x"}`))
	if !errors.Is(err, ErrProblem) || !strings.Contains(err.Error(), "nmae") {
		t.Errorf("misspelt field: %v", err)
	}
	for _, text := range []string{"", "[]", "{", "format: other"} {
		if _, err := Read(strings.NewReader(text)); err == nil {
			t.Errorf("%q was read", text)
		}
	}
}
