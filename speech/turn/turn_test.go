package turn

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/agner-platform/agner/speech/engine"
)

// final makes a result of words "text@start-end".
func final(words ...string) engine.Result {
	r := engine.Result{Final: true, Timing: engine.Interpolated}
	for _, w := range words {
		var x engine.Word
		text, times, _ := strings.Cut(w, "@")
		if _, err := fmt.Sscanf(times, "%g-%g", &x.Start, &x.End); err != nil {
			panic(err)
		}
		x.Text, x.Confidence = text, 0.5
		r.Words = append(r.Words, x)
	}
	return r
}

func show(turns []Turn) []string {
	var out []string
	for _, t := range turns {
		out = append(out, fmt.Sprintf("%s %.1f-%.1f %s", t.Party, t.Start, t.End, t.Text))
	}
	return out
}

func TestBuild(t *testing.T) {
	got := Build([]Heard{
		{"agent", []engine.Result{final("hello@0-1", "how@1.2-1.5", "are@4.2-5"), final("you@5.1-6", "today@8-9")}},
		{"customer", []engine.Result{final("fine@2-3"), final("thanks@4.6-4.9")}},
	})
	want := []string{
		"agent 0.0-1.5 hello how",
		"customer 2.0-3.0 fine",
		"agent 4.2-6.0 are you", // the customer spoke into it, but it made no pause
		"customer 4.6-4.9 thanks",
		"agent 8.0-9.0 today",
	}
	if d := cmp.Diff(want, show(got)); d != "" {
		t.Error(d)
	}
	if got[0].Confidence != 0.5 || got[0].Timing != engine.Interpolated {
		t.Errorf("%+v", got[0])
	}
}

func TestShortPause(t *testing.T) {
	alone := []Heard{{"agent", []engine.Result{final("one@0-1", "two@2-3")}}}
	if got := show(Build(alone)); len(got) != 1 {
		t.Errorf("a pause of a second, nobody else: %q", got)
	}
	both := append(alone, Heard{"customer", []engine.Result{final("yes@1.4-1.6")}})
	if got := show(Build(both)); len(got) != 3 {
		t.Errorf("somebody spoke in the pause: %q", got)
	}
}

func TestGap(t *testing.T) {
	gap := engine.Result{Final: true, Start: 1, End: 4, Guards: []string{"gap"}}
	got := Build([]Heard{{"agent", []engine.Result{final("one@0-1"), gap, final("two@4-5")}}})
	if len(got) != 3 || !got[1].Gap || got[1].Text != "" || got[1].Start != 1 || got[1].End != 4 {
		t.Errorf("%+v", got)
	}
}

// TestEveryWordOnce holds for any conversation.
func TestEveryWordOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var heard []Heard
		want := map[string][]string{}
		for _, party := range []string{"a", "b"} {
			h, at := Heard{Party: party}, 0.0
			for range rapid.IntRange(0, 5).Draw(t, "finals") {
				r := engine.Result{Final: true}
				for range rapid.IntRange(1, 5).Draw(t, "words") {
					at += rapid.Float64Range(0, 3).Draw(t, "pause")
					w := engine.Word{Text: fmt.Sprintf("%s%d", party, len(want[party])), Start: at, End: at + 0.3}
					at = w.End
					r.Words, want[party] = append(r.Words, w), append(want[party], w.Text)
				}
				h.Finals = append(h.Finals, r)
			}
			heard = append(heard, h)
		}
		turns := Build(heard)
		got := map[string][]string{}
		for _, x := range turns {
			got[x.Party] = append(got[x.Party], strings.Fields(x.Text)...)
			if x.Start != x.Words[0].Start || x.End != x.Words[len(x.Words)-1].End {
				t.Fatalf("times of %+v", x)
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatal(d)
		}
		if !slices.IsSortedFunc(turns, func(a, b Turn) int { return int(1e6 * (a.Start - b.Start)) }) {
			t.Fatal("turns are not in order")
		}
	})
}
