package sentiment

import (
	"hash/fnv"
	"strings"
	"unicode"
)

// maxGram is the longest n-gram, in words or characters.
const maxGram = 3

// Lang is a language with a model.
type Lang string

// The languages.
const (
	English Lang = "en"
	Chinese Lang = "zh"
)

// Feature is one n-gram of a text: how it is known to the model and how it reads.
type Feature struct {
	Key  uint32 // hash of the n-gram
	Text string // as it stands in the text, lower case
}

// Features returns the distinct n-grams of a text.
func Features(lang Lang, text string) []Feature {
	var units, marked []string
	glue := " "
	if lang == Chinese {
		units = characters(text)
		marked, glue = units, ""
	} else {
		units = words(text)
		marked = negated(units)
	}
	seen := map[uint32]bool{}
	var out []Feature
	for i := range units {
		for n := 1; n <= maxGram && i+n <= len(units); n++ {
			key := hash(strings.Join(marked[i:i+n], glue))
			if !seen[key] {
				seen[key] = true
				out = append(out, Feature{key, strings.Join(units[i:i+n], glue)})
			}
		}
	}
	return out
}

func hash(s string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(s)) //nolint:errcheck // a hash in memory never fails
	return h.Sum32()
}

// words splits English: lower case, n't apart, ! and ? as words of their own.
func words(text string) []string {
	text = strings.ToLower(strings.NewReplacer("’", "'", "n't", " n't", "N'T", " n't", "n’t", " n't").Replace(text))
	var out []string
	var b strings.Builder
	flush := func() {
		if w := strings.Trim(b.String(), "'"); w != "" {
			out = append(out, w)
		}
		b.Reset()
	}
	for _, r := range text {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r) || r == '\'':
			b.WriteRune(r)
		case r == '!' || r == '?' || r == ',' || r == '.':
			flush()
			out = append(out, string(r))
		default:
			flush()
		}
	}
	flush()
	return out
}

// negations turn what follows, up to scope words or a sentence mark.
var negations = map[string]bool{
	"not": true, "n't": true, "nt": true, "no": true, "never": true, "nothing": true, "neither": true, "nor": true, "without": true, "cannot": true, "hardly": true, "lacks": true,
}

const scope = 3

// negated marks the words after a negation.
func negated(in []string) []string {
	out := make([]string, len(in))
	left := 0
	for i, w := range in {
		out[i] = w
		switch {
		case negations[w]:
			left = scope
		case w == "." || w == "," || w == "!" || w == "?":
			left = 0
		case left > 0:
			out[i] = w + "_not"
			left--
		}
	}
	return out
}

// characters splits Chinese: Han characters one by one, runs of Latin letters and
// digits whole, punctuation dropped.
func characters(text string) []string {
	var out []string
	var latin strings.Builder
	flush := func() {
		if latin.Len() > 0 {
			out = append(out, latin.String())
			latin.Reset()
		}
	}
	for _, r := range strings.ToLower(text) {
		switch {
		case unicode.Is(unicode.Han, r):
			flush()
			out = append(out, string(r))
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			latin.WriteRune(r)
		case r == '!' || r == '！' || r == '?' || r == '？':
			flush()
			out = append(out, strings.NewReplacer("！", "!", "？", "?").Replace(string(r)))
		default:
			flush()
		}
	}
	flush()
	return out
}
