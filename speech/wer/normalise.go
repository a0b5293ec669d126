package wer

import (
	"regexp"
	"strings"
	"unicode"
)

var (
	bracketed = regexp.MustCompile(`\[[^\]]*\]|\([^)]*\)|<[^>]*>|♪[^♪]*♪`) // [music], (laughs), <unk>
	money     = regexp.MustCompile(`([$£€])\s?([0-9]+(?:,[0-9]{3})*)(?:\.([0-9]{2}))?`)
	number    = regexp.MustCompile(`[0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?(?:st|nd|rd|th)?`)
	clock     = regexp.MustCompile(`\b([0-9]{1,2}):([0-9]{2})\b`)
	initials  = regexp.MustCompile(`\b(?:[a-z]\.){2,}`) // u.s. is one word
)

// titles and other short forms that are always spoken out, by what stands between
// spaces after lower-casing.
var shortForms = map[string]string{
	"mr": "mister", "mrs": "missus", "ms": "miss", "dr": "doctor", "st": "saint", "prof": "professor", "capt": "captain",
	"gov": "governor", "gen": "general", "sen": "senator", "rep": "representative", "rev": "reverend", "hon": "honorable",
	"jr": "junior", "sr": "senior", "vs": "versus", "etc": "et cetera", "no": "no", "ok": "okay", "o'clock": "o'clock",
	"&": "and", "%": "percent", "+": "plus", "@": "at", "=": "equals",
	"can't": "can not", "cannot": "can not", "won't": "will not", "shan't": "shall not", "let's": "let us", "ain't": "ain't",
	"wanna": "want to", "gonna": "going to", "gotta": "got to", "'tis": "it is", "'twas": "it was", "y'all": "you all",
}

// endings of contractions, longest first.
var endings = []struct{ short, long string }{
	{"n't", "not"}, {"'re", "are"}, {"'ll", "will"}, {"'ve", "have"}, {"'m", "am"}, {"'d", "would"}, {"'s", "is"},
}

// hesitations are dropped from both sides.
var hesitations = map[string]bool{
	"uh": true, "um": true, "uhm": true, "hmm": true, "hm": true, "mm": true, "mhm": true, "mmm": true, "er": true, "erm": true, "ah": true, "huh": true,
}

// Normalise returns the words of an English text as they count.
func Normalise(text string) []string {
	text = strings.ToLower(strings.NewReplacer("’", "'", "‘", "'", "`", "'", "“", `"`, "”", `"`, "–", " ", "—", " ").Replace(text))
	text = bracketed.ReplaceAllString(text, " ")
	text = initials.ReplaceAllStringFunc(text, func(s string) string { return strings.ReplaceAll(s, ".", "") })
	text = clock.ReplaceAllStringFunc(text, spokenClock)
	text = money.ReplaceAllStringFunc(text, spokenMoney)
	text = number.ReplaceAllStringFunc(text, spokenNumber)
	var out []string
	for _, w := range strings.FieldsFunc(text, separates) {
		for _, part := range strings.Fields(expand(strings.Trim(w, "'"), w)) {
			if part = strings.Trim(part, "'"); part != "" && !hesitations[part] {
				out = append(out, american(part))
			}
		}
	}
	return out
}

// separates reports whether r ends a word. Apostrophes stay inside; signs that
// are spoken stay too.
func separates(r rune) bool {
	if strings.ContainsRune("'&%+@=", r) {
		return false
	}
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.Mn, r)
}

// expand spells out short forms and contractions; raw still has its apostrophes
// at the ends.
func expand(w, raw string) string {
	if long, ok := shortForms[raw]; ok {
		return long
	}
	if long, ok := shortForms[w]; ok {
		return long
	}
	for _, e := range endings {
		if stem, ok := strings.CutSuffix(w, e.short); ok && stem != "" {
			return stem + " " + e.long
		}
	}
	return spokenSigns.Replace(w)
}

var spokenSigns = strings.NewReplacer("%", " percent ", "&", " and ", "+", " plus ", "@", " at ", "=", " equals ")
