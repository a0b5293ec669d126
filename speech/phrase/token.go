package phrase

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Token is a word of a text with its place in bytes.
type Token struct {
	Text       string
	Start, End int
}

// Tokens cuts a text into lower-case words.
func Tokens(text string) []Token {
	var out []Token
	start := -1
	flush := func(end int) {
		if start < 0 {
			return
		}
		word := strings.ToLower(strings.ReplaceAll(text[start:end], "’", "'"))
		if trimmed := strings.Trim(word, "'"); trimmed != "" {
			out = append(out, Token{trimmed, start, end})
		}
		start = -1
	}
	for i, r := range text {
		switch {
		case ideograph(r):
			flush(i)
			out = append(out, Token{string(r), i, i + utf8.RuneLen(r)})
		case unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsMark(r), r == '\'', r == '’':
			if start < 0 {
				start = i
			}
		default:
			flush(i)
		}
	}
	flush(len(text))
	return out
}

// ideograph reports scripts written without spaces.
func ideograph(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai)
}

// alike reports whether two words differ by so few letters that a recogniser may
// have confused them (Levenshtein distance ≤ Edits of the first).
func alike(want, got string) bool {
	a, b := []rune(want), []rune(got)
	limit := Edits(want)
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return false
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j := range b {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal, row[j+1] = row[j+1], min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)] <= limit
}

// longWord is from how many letters two may differ.
const longWord = 8

// Edits is how many letters may differ in a fuzzy word.
func Edits(word string) int {
	if utf8.RuneCountInString(word) >= longWord {
		return 2
	}
	return 1
}
