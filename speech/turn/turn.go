// Package turn makes the turns of a conversation out of what the recognisers heard
// of each party.
//
// Words: a *final* is one recognised segment of one party; a *turn* is what a party
// said until it paused for long or somebody else took over. Turns are ordered by
// their start; those of different parties may overlap, for people do.
//
// Guarantees: every word of every final is in exactly one turn; a turn's times are
// those of its words; a gap (sound no recogniser survived) is a turn of its own,
// without words, so that nobody takes it for silence.
package turn

import (
	"cmp"
	"slices"
	"strings"

	"github.com/agner-platform/agner/speech/engine"
)

// Pauses that end a turn, in seconds.
const (
	longPause  = 1.5 // ends a turn even if nobody else speaks
	shortPause = 0.3 // ends it if somebody else begins in it
)

// Turn is what one party said at a stretch.
type Turn struct {
	Party      string        `json:"party"`
	Start      float64       `json:"start"`
	End        float64       `json:"end"`
	Text       string        `json:"text"`
	Words      []engine.Word `json:"words"`
	Confidence float64       `json:"confidence"`
	Timing     engine.Timing `json:"timing"` // where the word times come from
	Gap        bool          `json:"gap,omitempty"`
	Guards     []string      `json:"guards,omitempty"`
}

// Heard is what was heard of one party.
type Heard struct {
	Party  string
	Finals []engine.Result
}

// Build returns the turns of all parties by their start.
func Build(heard []Heard) []Turn {
	starts := map[string][]float64{} // word starts by party
	for _, h := range heard {
		for _, f := range h.Finals {
			for _, w := range f.Words {
				starts[h.Party] = append(starts[h.Party], w.Start)
			}
		}
	}
	var out []Turn
	for _, h := range heard {
		var others []float64
		for party, s := range starts {
			if party != h.Party {
				others = append(others, s...)
			}
		}
		slices.Sort(others)
		out = append(out, party(h, others)...)
	}
	slices.SortStableFunc(out, func(a, b Turn) int { return cmp.Compare(a.Start, b.Start) })
	return out
}

// party cuts the finals of one party where it paused.
func party(h Heard, others []float64) []Turn {
	var out []Turn
	var open *Turn
	flush := func() {
		if open != nil {
			out = append(out, open.closed())
			open = nil
		}
	}
	for _, f := range h.Finals {
		if len(f.Words) == 0 {
			flush()
			out = append(out, Turn{Party: h.Party, Start: f.Start, End: f.End, Timing: f.Timing, Gap: true, Guards: f.Guards})
			continue
		}
		for i, w := range f.Words {
			if open != nil && pauses(open.End, w.Start, others) {
				flush()
			}
			if open == nil {
				open = &Turn{Party: h.Party, Start: w.Start, Timing: f.Timing}
			}
			open.Words, open.End = append(open.Words, w), w.End
			if i == 0 {
				open.guarded(f.Guards)
			}
		}
	}
	flush()
	return out
}

func pauses(end, next float64, others []float64) bool {
	if next-end >= longPause {
		return true
	}
	if next-end < shortPause {
		return false
	}
	i, _ := slices.BinarySearch(others, end)
	return i < len(others) && others[i] < next
}

func (t *Turn) guarded(guards []string) {
	for _, g := range guards {
		if !slices.Contains(t.Guards, g) {
			t.Guards = append(t.Guards, g)
		}
	}
}

// closed fills in what follows from the words.
func (t *Turn) closed() Turn {
	texts, sum := make([]string, len(t.Words)), 0.0
	for i, w := range t.Words {
		texts[i] = w.Text
		sum += w.Confidence
	}
	t.Text = strings.Join(texts, " ")
	t.Confidence = float64(int(1000*sum/float64(len(t.Words))+0.5)) / 1000
	return *t
}
