// Command train makes the weights of speech/sentiment from labelled texts.
//
//	go run ./speech/sentiment/train -lang en -out en.bin -test tree:test.txt vader:FILE … csv:FILE …
//
// Sources are FORMAT:FILE. Formats: vader (id, mean rating, text; tab separated),
// csv (sentiment, confidence, text), pos and neg (a text a line), rated (a header,
// then label 0 or 1 and text; comma separated), tree (one Penn tree a line whose
// root is 0 or 1, as the binary Stanford treebank). Texts that occur in a test
// source are not trained on.
//
// The model is logistic regression on presence of n-grams, each scaled by its naive
// Bayes log-count ratio (Wang and Manning, 2012, ACL, pp. 90–94), fitted by AdaGrad
// with weight decay, then cut to the strongest weights.
package main

import (
	"cmp"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"

	"github.com/agner-platform/agner/speech/sentiment"
)

// Settings of the fit.
const (
	epochs   = 12
	rate     = 0.3  // AdaGrad's step
	decay    = 2e-6 // weight decay per step
	smooth   = 1.0  // added to every count
	minCount = 2    // texts an n-gram must occur in
	heldOut  = 10   // every tenth text of a source marked "held" is for testing
)

// sample is one labelled text.
type sample struct {
	text     string
	positive bool
	weight   float64
	features []uint32
}

// want is the label as a probability.
func (s sample) want() float64 {
	if s.positive {
		return 1
	}
	return 0
}

func main() {
	lang := flag.String("lang", "en", "language: en or zh")
	out := flag.String("out", "", "weights file to write")
	test := flag.String("test", "", "source to test on, or held: every tenth training text")
	keep := flag.Int("keep", 60000, "weights to keep")
	flag.Parse()
	if err := run(sentiment.Lang(*lang), *out, *test, *keep, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "train:", err)
		os.Exit(1)
	}
}

func run(lang sentiment.Lang, out, test string, keep int, sources []string) error {
	var train, check []sample
	for _, s := range sources {
		list, err := read(s)
		if err != nil {
			return err
		}
		fmt.Printf("%6d texts from %s\n", len(list), s)
		train = append(train, list...)
	}
	if test == "held" {
		train, check = hold(train)
	} else if test != "" {
		list, err := read(test)
		if err != nil {
			return err
		}
		check = list
	}
	train = without(train, check)
	rng := rand.New(rand.NewPCG(1, 1))
	rng.Shuffle(len(train), func(i, j int) { train[i], train[j] = train[j], train[i] })
	for i := range train {
		for _, f := range sentiment.Features(lang, train[i].text) {
			train[i].features = append(train[i].features, f.Key)
		}
	}
	m := fit(lang, train, keep, rng)
	b := m.Bytes()
	m, err := sentiment.Read(lang, b) // judge what is shipped, not what was fitted
	if err != nil {
		return err
	}
	fmt.Printf("trained on %d texts: %.2f %%\n", len(train), 100*accuracy(m, train))
	if len(check) > 0 {
		fmt.Printf("tested on %d texts: %.2f %%\n", len(check), 100*accuracy(m, check))
	}
	if out == "" {
		return nil
	}
	return os.WriteFile(out, b, 0o644)
}

// hold takes every tenth text out.
func hold(all []sample) (train, check []sample) {
	for i, s := range all {
		if i%heldOut == 0 {
			check = append(check, s)
		} else {
			train = append(train, s)
		}
	}
	return train, check
}

// without drops training texts that are also tested on, and repeats.
func without(train, check []sample) []sample {
	seen := map[string]bool{}
	for _, s := range check {
		seen[letters(s.text)] = true
	}
	var out []sample
	for _, s := range train {
		if k := letters(s.text); !seen[k] {
			seen[k] = true
			out = append(out, s)
		}
	}
	fmt.Printf("%d of %d training texts are tested on or repeated: dropped\n", len(train)-len(out), len(train))
	return out
}

// fit trains and keeps the strongest weights.
func fit(lang sentiment.Lang, train []sample, keep int, rng *rand.Rand) *sentiment.Model {
	ratio := ratios(train)
	for i := range train { // what is too rare to learn is not counted either
		train[i].features = slices.DeleteFunc(train[i].features, func(k uint32) bool { _, ok := ratio[k]; return !ok })
	}
	w, g := map[uint32]float64{}, map[uint32]float64{}
	bias, gBias := 0.0, 1e-6
	for range epochs {
		rng.Shuffle(len(train), func(i, j int) { train[i], train[j] = train[j], train[i] })
		for _, s := range train {
			norm := math.Sqrt(max(1, float64(len(s.features))))
			z := bias
			for _, k := range s.features {
				z += ratio[k] * w[k] / norm
			}
			err := s.weight * (1/(1+math.Exp(-z)) - s.want())
			gBias += err * err
			bias -= rate * err / math.Sqrt(gBias)
			for _, k := range s.features {
				d := err*ratio[k]/norm + decay*w[k]
				g[k] += d * d
				w[k] -= rate * d / math.Sqrt(g[k]+1e-8)
			}
		}
	}
	return strongest(lang, bias, w, ratio, keep)
}

// strongest folds the ratios into the weights and keeps the largest.
func strongest(lang sentiment.Lang, bias float64, w, ratio map[uint32]float64, keep int) *sentiment.Model {
	type weight struct {
		key uint32
		w   float64
	}
	var list []weight
	for k, v := range w {
		list = append(list, weight{k, v * ratio[k]})
	}
	slices.SortFunc(list, func(a, b weight) int {
		return cmp.Or(cmp.Compare(math.Abs(b.w), math.Abs(a.w)), cmp.Compare(a.key, b.key))
	})
	kept := map[uint32]float64{}
	for _, x := range list[:min(keep, len(list))] {
		kept[x.key] = x.w
	}
	return sentiment.New(lang, bias, kept)
}

// ratios are the naive Bayes log-count ratios of n-grams that occur often enough.
func ratios(train []sample) map[uint32]float64 {
	pos, neg, count := map[uint32]float64{}, map[uint32]float64{}, map[uint32]int{}
	sumPos, sumNeg := 0.0, 0.0
	for _, s := range train {
		for _, k := range s.features {
			count[k]++
			if s.positive {
				pos[k] += s.weight
				sumPos += s.weight
			} else {
				neg[k] += s.weight
				sumNeg += s.weight
			}
		}
	}
	out := map[uint32]float64{}
	for k, n := range count {
		if n >= minCount {
			out[k] = math.Log((pos[k]+smooth)/(neg[k]+smooth)) - math.Log(sumPos/sumNeg)
		}
	}
	return out
}

// accuracy is the share of texts whose score has the right sign.
func accuracy(m *sentiment.Model, list []sample) float64 {
	right := 0
	for _, s := range list {
		if (m.Score(s.text).Score > 0) == s.positive {
			right++
		}
	}
	return float64(right) / float64(len(list))
}
