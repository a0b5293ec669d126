// Package silence finds what must not be heard of a recording: where numbers were
// said.
//
// The transcript says which words are masked (speech/redact). Spoken numbers are
// recognised badly and word times may be interpolated, so more than the words is
// silenced:
//
//   - masked words with Pad seconds on either side;
//   - the whole turn where a card, account, code or expiry is masked in it, or where
//     most of it is masked;
//   - gaps: sound that no recogniser survived may hold anything, so it is silenced
//     if a number was masked within Near seconds before or after.
package silence

import (
	"cmp"
	"slices"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/speech/redact"
	"github.com/agner-platform/agner/speech/turn"
)

// Seconds around what is masked.
const (
	Pad  = 1.0  // a word's time may be off by that much when it is interpolated
	Near = 15.0 // a number that broke a recogniser goes on in this time
)

// Of masks the turns of a call in order and returns their texts and what is to be
// silenced, in order and without overlap.
func Of(turns []turn.Turn, duration float64) ([]string, []event.Span) {
	var r redact.Redactor
	texts := make([]string, len(turns))
	var spans []stretch
	for i, t := range turns {
		var masked []redact.Span
		texts[i], masked = r.Turn(t.Text)
		spans = append(spans, within(t, masked)...)
	}
	numbers := slices.Clone(spans)
	for _, t := range turns {
		for _, n := range numbers {
			if t.Gap && t.Start < n.to+Near && t.End > n.from-Near {
				spans = append(spans, stretch{t.Start, t.End})
				break
			}
		}
	}
	return texts, merge(spans, duration)
}

type stretch struct{ from, to float64 }

// whole are the kinds for which the whole turn goes.
var whole = []redact.Kind{redact.Card, redact.Account, redact.Code, redact.Expiry}

func within(t turn.Turn, masked []redact.Span) []stretch {
	if len(masked) == 0 {
		return nil
	}
	hit := redact.Words(t.Text, masked)
	n := 0
	var out []stretch
	for i, h := range hit {
		if h && i < len(t.Words) {
			n++
			out = append(out, stretch{t.Words[i].Start - Pad, t.Words[i].End + Pad})
		}
	}
	secret := slices.ContainsFunc(masked, func(s redact.Span) bool { return slices.Contains(whole, s.Kind) })
	if secret || 2*n >= len(hit) || len(hit) != len(t.Words) {
		return []stretch{{t.Start - Pad, t.End + Pad}}
	}
	return out
}

func merge(in []stretch, duration float64) []event.Span {
	slices.SortFunc(in, func(a, b stretch) int { return cmp.Compare(a.from, b.from) })
	var out []event.Span
	for _, s := range in {
		from, to := int64(max(0, s.from)*1e6), int64(min(duration, s.to)*1e6)
		switch n := len(out); {
		case to <= from:
		case n > 0 && from <= out[n-1].ToUs:
			out[n-1].ToUs = max(out[n-1].ToUs, to)
		default:
			out = append(out, event.Span{FromUs: from, ToUs: to})
		}
	}
	return out
}

// Gaps adds all sound of which nobody knows what it holds: what no recogniser survived,
// and turns from which a guard cut something.
func Gaps(turns []turn.Turn, spans []event.Span, duration float64) []event.Span {
	var all []stretch
	for _, s := range spans {
		all = append(all, stretch{float64(s.FromUs) / 1e6, float64(s.ToUs) / 1e6})
	}
	for _, t := range turns {
		if t.Gap || len(t.Guards) > 0 {
			all = append(all, stretch{t.Start - Pad, t.End + Pad})
		}
	}
	return merge(all, duration)
}
