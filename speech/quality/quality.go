// Package quality scores calls on cards.
//
// A *card* has sections of questions, each with a weight. An *answer* is yes, no or
// n/a. The score, 0 to 100, is
//
//	100 · Σ W·s / Σ W   over sections with an answer that is not n/a,
//	s = Σ w[yes] / Σ w[yes or no]   over the section's answers
//
// where W and w are the weights of sections and questions. A question that fails the
// call (*auto-fail*) makes it 0 if its answer is no, but only with evidence (a turn)
// and once a person has confirmed it: no machine fails anybody.
//
// A question may answer itself from a rule of speech/phrase or a measure of the
// conversation; people may change that answer, and both are kept.
package quality

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/agner-platform/agner/speech/measure"
	"github.com/agner-platform/agner/speech/phrase"
)

// ErrCard and ErrAnswer refuse what cannot be a card or its answers.
var (
	ErrCard   = errors.New("scorecard refused")
	ErrAnswer = errors.New("answer refused")
)

// Value is an answer.
type Value string

// The answers.
const (
	Yes  Value = "yes"
	No   Value = "no"
	None Value = "na"
)

// Auto answers a question: yes if the rule holds, or if the measure lies within its
// bounds. One of Rule and Measure is given.
type Auto struct {
	Rule    string   `json:"rule,omitempty"`
	Measure string   `json:"measure,omitempty"`
	Min     *float64 `json:"min,omitempty"`
	Max     *float64 `json:"max,omitempty"`
}

// Question is one line of a card.
type Question struct {
	ID       string  `json:"id"`
	Text     string  `json:"text"`
	Weight   float64 `json:"weight"`
	AutoFail bool    `json:"auto_fail,omitempty"`
	Auto     *Auto   `json:"auto,omitempty"`
}

// Section groups questions.
type Section struct {
	Name      string     `json:"name"`
	Weight    float64    `json:"weight"`
	Questions []Question `json:"questions"`
}

// Card is a scorecard.
type Card struct {
	Name     string    `json:"name"`
	Sections []Section `json:"sections"`
}

// Answer is what was answered.
type Answer struct {
	Question string `json:"question"`
	Value    Value  `json:"value"`
	Turns    []int  `json:"turns,omitempty"` // evidence: numbers of turns
	Note     string `json:"note,omitempty"`
	By       string `json:"by,omitempty"`       // "auto" or a user
	Proposed Value  `json:"proposed,omitempty"` // what the machine said
}

// Result is a score.
type Result struct {
	Score    float64 `json:"score"`
	Answered int     `json:"answered"`
	Open     int     `json:"open"`                // questions without answer
	Failing  bool    `json:"failing,omitempty"`   // an auto-fail that waits for confirmation
	AutoFail bool    `json:"auto_fail,omitempty"` // a confirmed one
}

// Limits of a card.
const (
	maxQuestions = 200
	maxText      = 1000
)

// Measures that questions may ask for, in seconds unless the name says otherwise.
var measures = map[string]func(measure.Result) float64{
	"dead_air":        func(r measure.Result) float64 { return r.DeadAir },
	"hold":            func(r measure.Result) float64 { return r.Hold },
	"crosstalk":       func(r measure.Result) float64 { return r.Crosstalk },
	"longest_silence": func(r measure.Result) float64 { return r.LongestSilence.End - r.LongestSilence.Start },
	"interruptions_by_agent": func(r measure.Result) float64 {
		return side(r, func(s measure.Side) float64 { return float64(s.Interruptions) })
	},
	"agent_talk_share": func(r measure.Result) float64 { return side(r, func(s measure.Side) float64 { return s.Share }) },
	"agent_longest_monologue": func(r measure.Result) float64 {
		return side(r, func(s measure.Side) float64 { return s.MonologueS })
	},
}

func side(r measure.Result, f func(measure.Side) float64) float64 {
	for _, s := range r.Sides {
		if s.Party == "agent" {
			return f(s)
		}
	}
	return 0
}

// Measures names what questions may ask for.
func Measures() []string {
	var out []string
	for name := range measures {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// Check refuses a card that cannot be scored.
func (c *Card) Check() error {
	if c.Name == "" || len(c.Name) > maxText {
		return fmt.Errorf("name = %.40q: must have 1 to %d bytes: %w", c.Name, maxText, ErrCard)
	}
	known := map[string]bool{}
	for i, s := range c.Sections {
		at := fmt.Sprintf("sections[%d]", i)
		if s.Name == "" || !weight(s.Weight) || len(s.Questions) == 0 {
			return fmt.Errorf("%s: needs a name, a weight above 0 and a question: %w", at, ErrCard)
		}
		for k, q := range s.Questions {
			at := fmt.Sprintf("%s.questions[%d]", at, k)
			switch {
			case q.ID == "" || known[q.ID]:
				return fmt.Errorf("%s.id = %.40q: must be given and occur once: %w", at, q.ID, ErrCard)
			case q.Text == "" || len(q.Text) > maxText:
				return fmt.Errorf("%s.text = %.40q: must have 1 to %d bytes: %w", at, q.Text, maxText, ErrCard)
			case !weight(q.Weight):
				return fmt.Errorf("%s.weight = %v: must be above 0 and at most 1000: %w", at, q.Weight, ErrCard)
			}
			if err := q.Auto.check(); err != nil {
				return fmt.Errorf("%s.auto: %w: %w", at, err, ErrCard)
			}
			known[q.ID] = true
		}
	}
	if len(known) == 0 || len(known) > maxQuestions {
		return fmt.Errorf("%d questions: 1 to %d: %w", len(known), maxQuestions, ErrCard)
	}
	return nil
}

func weight(w float64) bool { return w > 0 && w <= 1000 }

func (a *Auto) check() error {
	switch {
	case a == nil:
		return nil
	case (a.Rule == "") == (a.Measure == ""):
		return errors.New("needs a rule or a measure")
	case a.Rule != "":
		_, err := phrase.ParseRule(a.Rule)
		return err
	case measures[a.Measure] == nil:
		return fmt.Errorf("measure = %q: must be one of %v", a.Measure, Measures())
	case a.Min == nil && a.Max == nil:
		return errors.New("a measure needs min or max")
	}
	return nil
}

// Turns are a call for rules: times in seconds.
type Turns []phrase.Turn

// Propose answers what answers itself.
func (c *Card) Propose(turns Turns, m measure.Result) ([]Answer, error) {
	var out []Answer
	for _, s := range c.Sections {
		for _, q := range s.Questions {
			if q.Auto == nil {
				continue
			}
			a := Answer{Question: q.ID, By: "auto"}
			ok, evidence, err := q.Auto.holds(turns, m)
			if err != nil {
				return nil, fmt.Errorf("question %s: %w", q.ID, err)
			}
			if a.Value, a.Turns = No, evidence; ok {
				a.Value = Yes
			}
			a.Proposed = a.Value
			out = append(out, a)
		}
	}
	return out, nil
}

func (a *Auto) holds(turns Turns, m measure.Result) (bool, []int, error) {
	if a.Measure != "" {
		v := measures[a.Measure](m)
		return (a.Min == nil || v >= *a.Min) && (a.Max == nil || v <= *a.Max), nil, nil
	}
	r, err := phrase.ParseRule(a.Rule)
	if err != nil {
		return false, nil, err
	}
	evidence, ok := phrase.Holds(r, turns, m.Duration)
	return ok, evidence, nil
}

// Score computes a call's score; confirmed says that a person stands by an
// auto-fail.
func (c *Card) Score(answers []Answer, confirmed bool) (Result, error) {
	given := map[string]Answer{}
	for _, a := range answers {
		if _, twice := given[a.Question]; twice || !slices.Contains([]Value{Yes, No, None}, a.Value) {
			return Result{}, fmt.Errorf("question %.40q: %q: yes, no or na, once: %w", a.Question, a.Value, ErrAnswer)
		}
		given[a.Question] = a
	}
	var r Result
	total, weights := 0.0, 0.0
	for _, s := range c.Sections {
		yes, all := 0.0, 0.0
		for _, q := range s.Questions {
			a, ok := given[q.ID]
			delete(given, q.ID)
			if !ok {
				r.Open++
				continue
			}
			r.Answered++
			if a.Value == None {
				continue
			}
			all += q.Weight
			if a.Value == Yes {
				yes += q.Weight
			} else if q.AutoFail {
				if len(a.Turns) == 0 {
					return Result{}, fmt.Errorf("question %.40q: failing the call needs a turn as evidence: %w", q.ID, ErrAnswer)
				}
				r.Failing = true
			}
		}
		if all > 0 {
			total, weights = total+s.Weight*yes/all, weights+s.Weight
		}
	}
	for id := range given {
		return Result{}, fmt.Errorf("question %.40q: is not on the card: %w", id, ErrAnswer)
	}
	if weights > 0 {
		r.Score = math.Round(1000*total/weights) / 10
	}
	if r.Failing && confirmed {
		r.Score, r.AutoFail, r.Failing = 0, true, false
	}
	return r, nil
}
