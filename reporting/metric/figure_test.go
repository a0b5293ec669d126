package metric

import (
	"math"
	"strings"
	"testing"

	"github.com/agner-platform/agner/internal/event"
	"pgregory.net/rapid"
)

const second = int64(1_000_000)

// day is a hand-made day whose figures can be checked by head: T = 20 s, S = 10 s.
var day = []Visit{
	{Exit: event.Answered, WaitUs: 5 * second, TalkUs: 100 * second, HoldUs: 20 * second, WrapUs: 30 * second},
	{Exit: event.Answered, WaitUs: 20 * second, TalkUs: 50 * second, Transferred: true},
	{Exit: event.Answered, WaitUs: 21 * second}, // handling time not recorded
	{Exit: event.Abandoned, WaitUs: 10 * second},
	{Exit: event.Abandoned, WaitUs: 15 * second},
	{Exit: event.Abandoned, WaitUs: 90 * second},
	{Exit: event.Overflowed, WaitUs: 20 * second},
	{Exit: event.Overflowed, WaitUs: 21 * second},
	{Exit: event.Withdrawn, WaitUs: 300 * second},
	{Exit: event.NoAgents, WaitUs: 1 * second},
	{Exit: "from_the_future", WaitUs: 2 * second},
	{Exit: "", WaitUs: 500 * second},
}

func sumsOf(visits []Visit, l Limits) Sums {
	var s Sums
	for _, v := range visits {
		s.AddVisit(v, l)
	}
	return s
}

func TestFiguresOfOneDay(t *testing.T) {
	s := sumsOf(day, DefaultLimits)
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]float64{
		"offered": 12, "answered": 3, "abandoned": 3, "short_abandoned": 1, "other": 1, "waiting": 1,
		"sl":                    2.0 / (12 - 1 - 2), // neutral: one overflow within T, the withdrawn one
		"sl_offered":            2.0 / 12,
		"sl_abandon_credit":     (2.0 + 2) / 12,
		"sl_less_abandons_in_t": 2.0 / (12 - 2),
		"sl_answered":           2.0 / 3,
		"sl_live":               2.0 / (12 - 1 - 2), // the caller waiting is beyond T: a miss
		"abandon_rate":          3.0 / 12,
		"abandon_rate_long":     2.0 / 11,
		"asa_s":                 46.0 / 3,
		"mean_wait_s":           (46.0 + 115 + 41 + 300 + 1 + 2) / 11,
		"longest_wait_s":        300,
		"aht_s":                 200.0 / 2,
		"talk_s":                75, "hold_s": 10, "wrap_s": 15,
		"handled": 3, "transferred": 1, "transfer_rate": 1.0 / 3,
		"occupancy": math.NaN(), "fcr_proxy": math.NaN(), "cost_per_call": math.NaN(),
	} {
		f, ok := Lookup(name)
		if !ok {
			t.Errorf("figure %s is missing", name)
			continue
		}
		if got := f.Of(&s); math.Abs(got-want) > 1e-12 || math.IsNaN(got) != math.IsNaN(want) {
			t.Errorf("%s = %v, want %v: %s", name, got, want, f.Explain(&s))
		}
	}
}

// The formulas of numbers.md section 1, as a reader would write them.
func TestFormulas(t *testing.T) {
	for name, want := range map[string]string{
		"sl":                    "answered within T / (offered − short abandons − neutral exits)",
		"sl_offered":            "answered within T / offered",
		"sl_abandon_credit":     "(answered within T + abandoned within T) / offered",
		"sl_less_abandons_in_t": "answered within T / (offered − abandoned within T)",
		"sl_answered":           "answered within T / answered",
		"abandon_rate":          "abandoned / offered",
		"aht_s":                 "(talk + hold + wrap-up) / handled with known time",
		"occupancy":             "handling / (handling + available)",
	} {
		f, _ := Lookup(name)
		if got := f.Formula(); got != want {
			t.Errorf("%s: formula %q, want %q", name, got, want)
		}
	}
	s := Sums{AnsweredInT: 56156, Offered: 94184}
	f, _ := Lookup("sl_offered")
	if got, want := f.Explain(&s), "answered within T 56,156 / offered 94,184 = 59.62 %"; got != want {
		t.Errorf("explained as %q, want %q", got, want)
	}
}

func TestEveryFigureIsWhole(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range Figures() {
		switch {
		case f.Title == "" || f.Unit == "" || f.Better == "" || f.Text == "" || len(f.Num) == 0:
			t.Errorf("%s lacks a title, unit, direction, text or formula", f.Name)
		case seen[f.Name]:
			t.Errorf("%s is defined twice", f.Name)
		case f.Unit == Seconds && !strings.HasSuffix(f.Name, "_s"):
			t.Errorf("%s is in seconds and does not say so", f.Name)
		}
		seen[f.Name] = true
	}
	for i, info := range sumInfos {
		if got, ok := SumByName(info.column); !ok || got != Sum(i) || info.words == "" {
			t.Errorf("sum %d (%q) has no name, no words, or shares its name", i, info.column)
		}
	}
}

// Surveys and planning: numbers.md's oracle for adherence (scheduled 9–10, worked 9:15–10:15) and a hand-made survey.
func TestFiguresBesideVisits(t *testing.T) {
	minute := 60 * second
	s := Sums{
		ScheduledUs: 60 * minute, AdheringUs: 45 * minute, WorkedUs: 60 * minute, ForgivenUs: 5 * minute,
		Promoters: 5, Detractors: 2, PromoterN: 10, SatisfiedN: 3, SatisfactionN: 4, SurveyYes: 7, SurveyN: 8,
		CostCents: 12345, RevenueCents: 123450, Answered: 9, CallbacksReached: 1, KnownCaller: 4, Resolved: 3,
		HandlingUs: 30 * minute, AvailableUs: 10 * minute,
	}
	for name, want := range map[string]float64{
		"adherence": .75, "conformance": 1, "adherence_forgiven": 50.0 / 60, "nps": .3, "csat": .75, "fcr_survey": .875,
		"cost_per_call": 12.345, "cost_share": .1, "fcr_proxy": .75, "occupancy": .75, "handled": 10,
	} {
		f, _ := Lookup(name)
		if got := f.Of(&s); math.Abs(got-want) > 1e-12 {
			t.Errorf("%s = %v, want %v", name, got, want)
		}
	}
}

var anyExit = rapid.SampledFrom(append([]event.Exit{"", "unknown"}, event.Exits...))

var anyVisit = rapid.Custom(func(t *rapid.T) Visit {
	return Visit{
		Exit: anyExit.Draw(t, "exit"), WaitUs: rapid.Int64Range(0, 60).Draw(t, "wait") * second,
		TalkUs: rapid.Int64Range(0, 9).Draw(t, "talk") * second, Transferred: rapid.Bool().Draw(t, "transferred"),
	}
})

// Sums of parts are the sums of the whole, in any split, and the books balance.
func TestSumsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		visits := rapid.SliceOf(anyVisit).Draw(t, "visits")
		cut := rapid.IntRange(0, len(visits)).Draw(t, "cut")
		whole, a, b := sumsOf(visits, DefaultLimits), sumsOf(visits[:cut], DefaultLimits), sumsOf(visits[cut:], DefaultLimits)
		a.Add(&b)
		if a != whole {
			t.Fatalf("parts %v, whole %v", a, whole)
		}
		if err := whole.Check(); err != nil {
			t.Fatal(err)
		}
	})
}

// A longer T never lowers a service level that has only answers within T above the line.
func TestServiceLevelGrowsWithT(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		visits := rapid.SliceOfN(anyVisit, 1, 40).Draw(t, "visits")
		at := rapid.Int64Range(0, 59).Draw(t, "t")
		short, long := sumsOf(visits, Limits{T: at * second}), sumsOf(visits, Limits{T: (at + 1) * second})
		for _, name := range []string{"sl_offered", "sl_answered", "sl_abandon_credit"} {
			f, _ := Lookup(name)
			if a, b := f.Of(&short), f.Of(&long); a > b {
				t.Fatalf("%s fell from %v to %v when T grew", name, a, b)
			}
		}
	})
}

func TestBooksThatDoNotBalance(t *testing.T) {
	s := Sums{Offered: 3, Answered: 1, Waiting: 1}
	if err := s.Check(); err == nil || !strings.Contains(err.Error(), "offered 3, exits and still waiting 2") {
		t.Errorf("got %v", err)
	}
}

func TestFormat(t *testing.T) {
	for _, c := range []struct {
		unit Unit
		v    float64
		want string
	}{
		{Share, .59625, "59.62 %"}, {Seconds, 32.5698, "32.6 s"}, {Count, 94184, "94,184"}, {Count, -1234567, "-1,234,567"},
		{Money, 1234.5, "1,234.50"}, {Seconds, math.NaN(), "–"}, {Count, 999, "999"},
	} {
		if got := Format(c.unit, c.v); got != c.want {
			t.Errorf("%v in %s: %q, want %q", c.v, c.unit, got, c.want)
		}
	}
}
