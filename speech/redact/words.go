package redact

import (
	"regexp"
	"strings"
)

// token is one word of the text.
type token struct {
	from, to int    // bytes of the text
	word     string // lower case, without punctuation at its ends
	digits   int    // how many digits it says; 0 is no digit
	fuzzy    bool   // a digit only among digits
	repeat   bool   // double, triple: more of the next
	stops    bool   // ends a sentence
}

var wordAt = regexp.MustCompile(`\S+`)

// digitWords are number words and the digits they stand for.
var digitWords = map[string]int{
	"zero": 1, "oh": 1, "nought": 1, "naught": 1, "nil": 1, "one": 1, "two": 1, "three": 1, "four": 1, "five": 1, "six": 1, "seven": 1,
	"eight": 1, "nine": 1, "niner": 1,
	"ten": 2, "eleven": 2, "twelve": 2, "thirteen": 2, "fourteen": 2, "fifteen": 2, "sixteen": 2, "seventeen": 2, "eighteen": 2, "nineteen": 2,
	"twenty": 1, "thirty": 1, "forty": 1, "fourty": 1, "fifty": 1, "sixty": 1, "seventy": 1, "eighty": 1, "ninety": 1,
	"hundred": 2, "thousand": 3,
}

// mishearings are what recognisers write for digits on a telephone line.
var mishearings = set("o to too tu for fore ate won tree free fife sex sick sicks nein night line mine sven heaven hate aid sir sero hero fore fort fine fire tenth nigh niner en an a and tall toe")

// repeats announce more of the next digit.
var repeats = set("double triple treble")

// fillers may stand inside a run without ending it.
var fillers = set("and dash hyphen space then uh um er erm hmm comma point slash stroke plus like so okay ok yes yeah right is it's it the a next")

// units after a number say that it is an amount, not a secret.
var units = set(`dollar dollars cent cents pound pounds pence euro euros percent bucks quid
	o'clock am pm a.m p.m minute minutes min mins second seconds hour hours day days week weeks month months year years
	people person times mile miles meter meters metre metres foot feet inch inches gigabyte gigabytes gigs megabytes megabits
	calls items pieces boxes tickets rooms nights guests kids children men women degrees kilos kilograms grams`)

// ordinalsOrMonths around a number make it a date.
var months = set("january february march april may june july august september october november december")

func set(words string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(words) {
		out[w] = true
	}
	return out
}

// tokens splits a text into words and reads the digits in them.
func tokens(text string) []token {
	var out []token
	for _, at := range wordAt.FindAllStringIndex(text, -1) {
		raw := text[at[0]:at[1]]
		t := token{from: at[0], to: at[1], stops: strings.ContainsAny(raw[len(raw)-1:], ".?!")}
		t.word = strings.ToLower(strings.Trim(raw, `.,;:!?"'()[]`))
		t.read()
		out = append(out, t)
	}
	return out
}

// read finds the digits of a token; twenty-one and four-four are read part by part.
func (t *token) read() {
	t.repeat = repeats[t.word]
	for _, r := range t.word {
		if r >= '0' && r <= '9' {
			t.digits++
		}
	}
	if t.digits > 0 {
		return
	}
	parts := strings.FieldsFunc(t.word, func(r rune) bool { return r == '-' || r == '/' })
	for _, p := range parts {
		n := digitWords[strings.TrimSuffix(p, "s")]
		if n == 0 {
			n = digitWords[p]
		}
		t.digits += n
	}
	if t.digits == 0 && mishearings[t.word] {
		t.fuzzy = true
	}
}
