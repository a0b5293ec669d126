package main

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agner-platform/agner/speech/sentiment"
)

func source(t *testing.T, format, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "in.txt")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return format + ":" + path
}

func TestFormats(t *testing.T) {
	for _, tt := range []struct {
		format, text string
		want         []string // sign and text
	}{
		{"vader", "1\t2.5\tgreat\n2\t-1.0\tawful\n3\t0.1\tmeh\nbroken\n", []string{"+great", "-awful"}},
		{"pos", "很好\n\n不错\n", []string{"+很好", "+不错"}},
		{"neg", "差\n", []string{"-差"}},
		{"csv", "sentiment,confidence,text\npositive,0.9,\"good, really\"\nneutral,1,so so\nnegative,0.2,unsure\n", []string{"+good, really"}},
		{"rated", "label,review\n1,fine\n0,bad\n", []string{"+fine", "-bad"}},
		{"tree", "(1 (1 It) (0 (-1 does) (0 n't) ))\n(-1 x)\n(0 (-1 -LRB-) (0 dull))\n", []string{"+It doesn't", "-( dull"}},
	} {
		list, err := read(source(t, tt.format, tt.text))
		if err != nil {
			t.Errorf("%s: %v", tt.format, err)
			continue
		}
		var got []string
		for _, s := range list {
			sign := "-"
			if s.positive {
				sign = "+"
			}
			got = append(got, sign+s.text)
			if s.weight <= 0 || s.weight > 1 {
				t.Errorf("%s: weight %g", tt.format, s.weight)
			}
		}
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%s:\n%s", tt.format, d)
		}
	}
	for _, bad := range []string{"nofile", "what:x", "vader:/no/such/file"} {
		if _, err := read(bad); err == nil {
			t.Errorf("%q is read", bad)
		}
	}
}

func TestTestedTextsAreNotTrainedOn(t *testing.T) {
	train := []sample{{text: "A fine film!"}, {text: "other"}, {text: "Other."}}
	if got := without(train, []sample{{text: "a fine film"}}); len(got) != 1 || got[0].text != "other" {
		t.Errorf("%v", got)
	}
}

// TestFitLearns trains on made texts and judges others of the same kind.
func TestFitLearns(t *testing.T) {
	good, bad := []string{"lovely", "great", "kind"}, []string{"awful", "rude", "broken"}
	made := func(seed uint64, n int) []sample {
		rng := rand.New(rand.NewPCG(seed, 1))
		var out []sample
		for i := range n {
			list := bad
			if i%2 == 0 {
				list = good
			}
			out = append(out, sample{text: "the agent was " + list[rng.IntN(3)] + " today " + []string{"yes", "no", "well"}[rng.IntN(3)], positive: i%2 == 0, weight: 1})
		}
		return out
	}
	train := made(1, 200)
	for i := range train {
		for _, f := range sentiment.Features(sentiment.English, train[i].text) {
			train[i].features = append(train[i].features, f.Key)
		}
	}
	m := fit(sentiment.English, train, 1000, rand.New(rand.NewPCG(2, 2)))
	if a := accuracy(m, made(9, 100)); a != 1 {
		t.Errorf("accuracy %g on texts that cannot be confused", a)
	}
}
