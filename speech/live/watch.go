package live

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/agner-platform/agner/speech/measure"
	"github.com/agner-platform/agner/speech/phrase"
)

// Kinds of alerts.
const (
	Silence      = "silence"
	Interruption = "interruption"
	Agitation    = "agitation"
	RuleHit      = "rule"
)

// Alert is what somebody should know of.
type Alert struct {
	Kind string  `json:"kind"`
	At   float64 `json:"at"`             // seconds into the call
	Side string  `json:"side,omitempty"` // who interrupts, is agitated
	Name string  `json:"name,omitempty"` // of the rule
	// Value is the silence in seconds, the number of interruptions, or how far from
	// calm, in standard deviations.
	Value float64 `json:"value,omitempty"`
}

// When an alert is due.
const (
	longSilence   = 10.0 // seconds in which nobody speaks: hold unless somebody says so
	interruptions = 3    // by one party, and every so many more
)

// watch looks for alerts in one call.
type watch struct {
	rules   []Rule
	fired   map[string]bool
	turns   []phrase.Turn
	last    float64 // end of the last sound
	silent  bool    // told of
	cuts    map[string]int
	alarmed map[string]bool
}

func newWatch(rules []Rule) watch {
	return watch{rules: rules, fired: map[string]bool{}, cuts: map[string]int{}, alarmed: map[string]bool{}}
}

func (w *watch) sounded(at float64) {
	w.last = max(w.last, at)
	w.silent = false
}

// silence tells of a long silence, once.
func (w *watch) silence(now float64) (Alert, bool) {
	if w.silent || w.last == 0 || now-w.last < longSilence {
		return Alert{}, false
	}
	w.silent = true
	return Alert{Kind: Silence, At: w.last, Value: now - w.last}, true
}

// said takes a turn and how it was said, and tells what it brings about.
func (w *watch) said(t Turn, excited float64) []Alert {
	w.sounded(t.End)
	var out []Alert
	w.turns = append(w.turns, phrase.Turn{Party: t.Side, Start: t.Start, End: t.End, Text: t.Text})
	slices.SortStableFunc(w.turns, func(a, b phrase.Turn) int { return cmp.Compare(a.Start, b.Start) })
	for i, r := range w.rules {
		key := fmt.Sprint(i)
		if _, ok := phrase.Holds(r.Rule, w.turns, w.last); ok && !w.fired[key] {
			w.fired[key] = true
			out = append(out, Alert{Kind: RuleHit, At: t.Start, Name: r.Name})
		}
	}
	out = append(out, w.interrupted(t)...)
	if excited >= agitated && !w.alarmed[t.Side] {
		w.alarmed[t.Side] = true
		out = append(out, Alert{Kind: Agitation, At: t.Start, Side: t.Side, Value: excited})
	} else if excited < agitated/2 {
		w.alarmed[t.Side] = false
	}
	return out
}

// interrupted counts who cut whom.
func (w *watch) interrupted(t Turn) []Alert {
	spans := map[string][]measure.Span{}
	for _, x := range w.turns {
		spans[x.Party] = append(spans[x.Party], measure.Span{Start: x.Start, End: x.End})
	}
	var parties []measure.Party
	for _, name := range []string{"customer", "agent"} {
		parties = append(parties, measure.Party{Name: name, Spans: spans[name]})
	}
	n := map[string]int{}
	for _, x := range measure.Of(w.last, parties).Interruptions {
		n[x.By]++
	}
	var out []Alert
	for _, name := range []string{"customer", "agent"} {
		if n[name]/interruptions > w.cuts[name]/interruptions {
			out = append(out, Alert{Kind: Interruption, At: t.Start, Side: name, Value: float64(n[name])})
		}
		w.cuts[name] = max(w.cuts[name], n[name])
	}
	return out
}
