package silence

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/speech/engine"
	"github.com/agner-platform/agner/speech/turn"
)

// said is a turn with a word every half second.
func said(party string, start float64, text string) turn.Turn {
	t := turn.Turn{Party: party, Start: start, Text: text, End: start}
	for _, w := range strings.Fields(text) {
		t.Words = append(t.Words, engine.Word{Text: w, Start: t.End, End: t.End + 0.5})
		t.End += 0.5
	}
	return t
}

func TestOf(t *testing.T) {
	turns := []turn.Turn{
		said("agent", 0, "may I have the card number please"),
		said("customer", 5, "it is four two four two four two four two four two four two four two four two"),
		{Party: "customer", Start: 17, End: 19, Gap: true},
		said("agent", 40, "thank you"),
		{Party: "agent", Start: 50, End: 51, Gap: true},
		said("customer", 70, "you can reach me any time of the day or night at five five five one two three four okay then thank you so much for helping"),
	}
	texts, spans := Of(turns, 85)
	if texts[0] != turns[0].Text || strings.Contains(texts[1], "four") || strings.Contains(texts[5], "five") || texts[3] != "thank you" {
		t.Errorf("%q", texts)
	}
	// The card's whole turn (5 to 14 s) with a second on either side, the gap behind it, and the seven digits (words 13 to 19: 76 to 79.5 s).
	want := []event.Span{{FromUs: 4e6, ToUs: 15e6}, {FromUs: 17e6, ToUs: 19e6}, {FromUs: 75e6, ToUs: 80_500_000}}
	if !cmp.Equal(spans, want) {
		t.Errorf("%v, want %v", spans, want)
	}
	if _, none := Of(turns[3:5], 85); none != nil {
		t.Errorf("nothing was said: %v", none)
	}
}
