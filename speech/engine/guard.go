package engine

import (
	"math"
	"slices"
	"strings"
	"unicode"
)

// Limits of what a final may be.
const (
	MaxTokenRate = 6.5 // tokens per second; English speech needs 4 to 5, loops run to the decoder's limit of 15
	minTokens    = 8   // a short "yes, that is right" may be dense
	loopRepeats  = 4   // nobody says the same words four times running and means it
	loopWords    = 8   // longest phrase that is looked for in loops
	foreignShare = 0.3 // above this share of foreign letters a final is noise
)

// Names of the guards.
const (
	GuardCap    = "cap"
	GuardLoop   = "loop"
	GuardScript = "script"
	GuardNone   = "none" // somebody speaks, and no model finds a word in it
)

// capTokens returns how many of the tokens of a segment of that many seconds count.
func capTokens(n int, seconds float64) int {
	return min(n, max(minTokens, int(math.Ceil(MaxTokenRate*seconds))))
}

// cutTokens keeps the first tokens within the cap and drops the word that was cut.
func cutTokens(text string, tokens []string, seconds float64) (string, bool) {
	keep := capTokens(len(tokens), seconds)
	if keep == len(tokens) {
		return text, false
	}
	cut := strings.Join(tokens[:keep], "")
	if at := strings.LastIndex(cut, " "); at > 0 && !strings.HasPrefix(tokens[keep], " ") {
		cut = cut[:at]
	}
	return strings.TrimSpace(cut), true
}

// unloop collapses phrases that repeat loopRepeats times or more to one.
func unloop(words []string) ([]string, bool) {
	looped := false
	for size := 1; size <= loopWords; size++ {
		for at := 0; at+size*loopRepeats <= len(words); at++ {
			n := repeats(words[at:], size)
			if n < loopRepeats || !slices.ContainsFunc(words[at:at+size], func(w string) bool { return !spelled(w) }) {
				continue
			}
			words = append(words[:at+size:at+size], words[at+size*n:]...)
			looped = true
		}
	}
	return words, looped
}

// repeats counts how often the first size words follow one another.
func repeats(words []string, size int) int {
	n := 1
	for (n+1)*size <= len(words) && same(words[:size], words[n*size:(n+1)*size]) {
		n++
	}
	return n
}

func same(a, b []string) bool {
	for i := range a {
		if bare(a[i]) != bare(b[i]) {
			return false
		}
	}
	return true
}

// bare is a word without case and punctuation.
func bare(w string) string {
	return strings.ToLower(strings.TrimFunc(w, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }))
}

// spelled reports whether a word may well be said four times running, alone or with its
// like: a digit.
func spelled(w string) bool {
	switch bare(w) {
	case "0", "1", "2", "3", "4", "5", "6", "7", "8", "9",
		"zero", "oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine":
		return true
	}
	return false
}

// unforeign drops words in a script other than Latin; all of them when there are
// many, for then the model heard no speech.
func unforeign(words []string) ([]string, bool) {
	letters, foreign := 0, 0
	var out []string
	for _, w := range words {
		mine := true
		for _, r := range w {
			if !unicode.IsLetter(r) {
				continue
			}
			letters++
			if !unicode.Is(unicode.Latin, r) {
				foreign++
				mine = false
			}
		}
		if mine {
			out = append(out, w)
		}
	}
	if foreign > 0 && float64(foreign) > foreignShare*float64(letters) {
		out = nil
	}
	return out, foreign > 0
}

// guard applies every check to the raw output for a segment of that length.
func guard(text string, tokens []string, seconds float64, latin bool) (words, guards []string) {
	if len(tokens) > 0 {
		cut := false
		if text, cut = cutTokens(text, tokens, seconds); cut {
			guards = append(guards, GuardCap)
		}
	}
	words = strings.Fields(text)
	words, hit := unloop(words)
	if hit {
		guards = append(guards, GuardLoop)
	}
	if latin {
		if words, hit = unforeign(words); hit {
			guards = append(guards, GuardScript)
		}
	}
	if len(words) == 1 && bare(words[0]) == "" {
		words = nil
	}
	return words, guards
}
