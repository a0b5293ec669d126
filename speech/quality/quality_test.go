package quality

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/agner-platform/agner/speech/measure"
)

func limit(v float64) *float64 { return &v }

func card() Card {
	return Card{Name: "Service", Sections: []Section{
		{Name: "Opening", Weight: 1, Questions: []Question{
			{ID: "greet", Text: "Greeted?", Weight: 1, Auto: &Auto{Rule: `agent said ("good morning" OR hello) in first 15s`}},
			{ID: "name", Text: "Gave the name?", Weight: 1},
		}},
		{Name: "Conduct", Weight: 3, Questions: []Question{
			{ID: "air", Text: "No dead air?", Weight: 2, Auto: &Auto{Measure: "dead_air", Max: limit(5)}},
			{ID: "rude", Text: "Polite?", Weight: 2, AutoFail: true},
		}},
	}}
}

// By hand: opening 1/2, conduct 2/4 → 100·(1·0.5 + 3·0.5)/4 = 50.
func TestScore(t *testing.T) {
	c := card()
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	f := func(answers []Answer, confirmed bool, want Result) {
		t.Helper()
		got, err := c.Score(answers, confirmed)
		if err != nil || got != want {
			t.Errorf("%v: %+v, %v; want %+v", answers, got, err, want)
		}
	}
	a := func(q string, v Value, turns ...int) Answer { return Answer{Question: q, Value: v, Turns: turns} }
	all := []Answer{a("greet", Yes), a("name", No), a("air", Yes), a("rude", No, 3)}
	f(all, false, Result{Score: 50, Answered: 4, Failing: true})
	f(all, true, Result{Answered: 4, AutoFail: true})
	f([]Answer{a("greet", Yes), a("name", None), a("air", Yes)}, false, Result{Score: 100, Answered: 3, Open: 1})
	f([]Answer{a("greet", No), a("name", No), a("air", None), a("rude", None)}, false, Result{Answered: 4})
	f(nil, false, Result{Open: 4})
	for _, bad := range [][]Answer{{a("rude", No)}, {a("other", Yes)}, {a("greet", "maybe")}, {a("greet", Yes), a("greet", No)}} {
		if _, err := c.Score(bad, false); !errors.Is(err, ErrAnswer) {
			t.Errorf("%v: %v", bad, err)
		}
	}
}

func TestPropose(t *testing.T) {
	c := card()
	turns := Turns{{Party: "agent", Start: 1, End: 3, Text: "Hello, Anna speaking"}, {Party: "customer", Start: 15, End: 20, Text: "hello"}}
	got, err := c.Propose(turns, measure.Of(20, []measure.Party{{Name: "agent", Spans: []measure.Span{{Start: 1, End: 3}}}, {Name: "customer", Spans: []measure.Span{{Start: 11, End: 20}}}}))
	want := []Answer{{Question: "greet", Value: Yes, Turns: []int{0}, By: "auto", Proposed: Yes}, {Question: "air", Value: No, By: "auto", Proposed: No}}
	if err != nil || !cmp.Equal(got, want) {
		t.Errorf("%v\n%s", err, cmp.Diff(want, got))
	}
}

func TestCards(t *testing.T) {
	for name, spoil := range map[string]func(*Card){
		"no name":          func(c *Card) { c.Name = "" },
		"no questions":     func(c *Card) { c.Sections = nil },
		"empty section":    func(c *Card) { c.Sections[0].Questions = nil },
		"weight 0":         func(c *Card) { c.Sections[0].Weight = 0 },
		"question weight":  func(c *Card) { c.Sections[0].Questions[0].Weight = -1 },
		"id twice":         func(c *Card) { c.Sections[0].Questions[0].ID = "name" },
		"rule":             func(c *Card) { c.Sections[0].Questions[0].Auto.Rule = "agent yelled x" },
		"rule and measure": func(c *Card) { c.Sections[0].Questions[0].Auto.Measure = "hold" },
		"measure":          func(c *Card) { c.Sections[1].Questions[0].Auto.Measure = "mood" },
		"no bound":         func(c *Card) { c.Sections[1].Questions[0].Auto.Max = nil },
	} {
		c := card()
		spoil(&c)
		if err := c.Check(); !errors.Is(err, ErrCard) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestBetterIsNotLess: turning a no into a yes never lowers the score, which stays within 0 and 100.
func TestBetterIsNotLess(t *testing.T) {
	c := card()
	rapid.Check(t, func(t *rapid.T) {
		var answers []Answer
		for _, q := range []string{"greet", "name", "air", "rude"} {
			answers = append(answers, Answer{Question: q, Value: rapid.SampledFrom([]Value{Yes, No, None}).Draw(t, q), Turns: []int{0}})
		}
		before, err := c.Score(answers, false)
		if err != nil {
			t.Fatal(err)
		}
		i := rapid.IntRange(0, 3).Draw(t, "better")
		if answers[i].Value != No {
			return
		}
		answers[i].Value = Yes
		after, err := c.Score(answers, false)
		if err != nil || after.Score < before.Score || after.Score > 100 || before.Score < 0 {
			t.Fatalf("%v then %v, %v", before, after, err)
		}
	})
}
