package wer

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestNormalise(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		if d := cmp.Diff(want, strings.Join(Normalise(in), " ")); d != "" {
			t.Errorf("%q:\n%s", in, d)
		}
	}
	f("Hello, World!", "hello world")
	f("There’s iron—they say.", "there is iron they say")
	f("I don't, can't, won't.", "i do not can not will not")
	f("It's 5 o'clock", "it is five o'clock")
	f("at 10:30 or 7:05 or 9:00", "at ten thirty or seven oh five or nine o'clock")
	f("1,234 people and 21st of 1845", "one thousand two hundred thirty four people and twenty first of eighteen forty five")
	f("in 1905, 2000, 2005 and 1900", "in nineteen oh five two thousand two thousand five and nineteen hundred")
	f("3.14 and 50%", "three point one four and fifty percent")
	f("$1.05 or £20 or $1,000", "one dollar five cents or twenty pounds or one thousand dollars")
	f("account 00417 card 4111111111111111", "account zero zero four one seven card four one one one one one one one one one one one one one one one")
	f("Mr. Smith & Mrs. Jones, U.S. citizens", "mister smith and missus jones us citizens")
	f("um, my, uh, [music] favourite colour (laughs)", "my favorite color")
	f("twenty-one", "twenty one")
	f("the neighbours' harbour", "the neighbors harbor")
	f("a feller telling of selling", "a feller telling of selling")
	f("12th 20th 3rd 100th", "twelfth twentieth third one hundredth")
	f("", "")
	f("...", "")
}

func TestCardinal(t *testing.T) {
	for n, want := range map[int64]string{
		0: "zero", 13: "thirteen", 40: "forty", 99: "ninety nine", 100: "one hundred", 110: "one hundred ten", 1001: "one thousand one",
		1_000_000: "one million", 2_345_678: "two million three hundred forty five thousand six hundred seventy eight",
	} {
		if got := cardinal(n); got != want {
			t.Errorf("%d = %q, want %q", n, got, want)
		}
	}
}

func TestScore(t *testing.T) {
	f := func(ref, hyp string, want Counts) {
		t.Helper()
		if d := cmp.Diff(want, Score(ref, hyp)); d != "" {
			t.Errorf("%q against %q:\n%s", hyp, ref, d)
		}
	}
	f("the cat sat", "the cat sat", Counts{Words: 3})
	f("the cat sat", "the hat sat", Counts{Words: 3, Substitutions: 1})
	f("the cat sat", "the sat", Counts{Words: 3, Deletions: 1})
	f("the cat sat", "the black cat sat", Counts{Words: 3, Insertions: 1})
	f("the cat sat", "", Counts{Words: 3, Deletions: 3})
	f("", "noise", Counts{Insertions: 1})
	f("a b c d", "b x d e", Counts{Words: 4, Substitutions: 1, Deletions: 1, Insertions: 1})
}

func TestRate(t *testing.T) {
	c := Counts{Words: 8, Substitutions: 1}.Add(Counts{Words: 2, Deletions: 2, Insertions: 1})
	if math.Abs(c.Rate()-0.4) > 1e-12 {
		t.Errorf("pooled rate = %g, want 4 errors of 10 words", c.Rate())
	}
	if r := (Counts{Insertions: 3}).Rate(); r != 1 {
		t.Errorf("words out of silence = %g", r)
	}
	if r := (Counts{}).Rate(); r != 0 {
		t.Errorf("nothing of nothing = %g", r)
	}
}

// TestAlignment holds what every alignment must: it spells both texts, and its
// errors are a metric.
func TestAlignment(t *testing.T) {
	words := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c"}), 0, 9)
	rapid.Check(t, func(t *rapid.T) {
		ref, hyp, third := words.Draw(t, "ref"), words.Draw(t, "hyp"), words.Draw(t, "third")
		ops, c := Align(ref, hyp)
		var gotRef, gotHyp []string
		for _, op := range ops {
			if op.Ref != "" {
				gotRef = append(gotRef, op.Ref)
			}
			if op.Hyp != "" {
				gotHyp = append(gotHyp, op.Hyp)
			}
		}
		if strings.Join(gotRef, " ") != strings.Join(ref, " ") || strings.Join(gotHyp, " ") != strings.Join(hyp, " ") {
			t.Fatalf("the alignment %v does not spell %v and %v", ops, ref, hyp)
		}
		_, back := Align(hyp, ref)
		_, a := Align(ref, third)
		_, b := Align(third, hyp)
		if c.Errors() != back.Errors() || c.Errors() > a.Errors()+b.Errors() || c.Errors() < max(len(ref), len(hyp))-min(len(ref), len(hyp)) {
			t.Fatalf("%d errors there, %d back, %d + %d by way of %v", c.Errors(), back.Errors(), a.Errors(), b.Errors(), third)
		}
	})
}

func TestNormaliseIsStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		once := Normalise(rapid.String().Draw(t, "text"))
		if d := cmp.Diff(once, Normalise(strings.Join(once, " "))); d != "" {
			t.Fatal(d)
		}
	})
}
