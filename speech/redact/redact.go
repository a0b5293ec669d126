package redact

import (
	"regexp"
	"slices"
	"strings"
)

// Reach of a cue and size of a run.
const (
	Window  = 40 // words after a cue in which digits are taken for what it announced
	Carry   = 4  // turns after the cue's own for which that still holds
	MinRun  = 4  // digits in a row that are masked without a cue
	between = 2  // other words inside a run without a cue
	inside  = 6  // other words between digits after a cue: misheard digits
	card    = 12 // digits from which a run without a cue is taken for a card
	phone   = 7  // and for a telephone
)

// Span is one masked stretch.
type Span struct {
	From int  `json:"from"` // bytes of the original text
	To   int  `json:"to"`
	Kind Kind `json:"kind"`
}

// Redactor reads the turns of one conversation.
type Redactor struct {
	kind  Kind // of the cue in force; empty: none
	turns int  // it is in force for
	quiet int  // words since the cue or the last digit
}

// Turn masks one turn and returns what it masked, in order.
func (r *Redactor) Turn(text string) (string, []Span) {
	list := tokens(text)
	told := append(emails(text), r.windows(list)...)
	spans := append(told, rename(runs(list), told)...)
	if r.turns--; r.turns < 0 {
		r.kind = ""
	}
	spans = merge(spans)
	var b strings.Builder
	at := 0
	for _, s := range spans {
		b.WriteString(text[at:s.From])
		b.WriteString("[" + string(s.Kind) + "]")
		at = s.To
	}
	b.WriteString(text[at:])
	return b.String(), spans
}

// windows masks from the first to the last digit-like word in each cue's window.
func (r *Redactor) windows(list []token) []Span {
	var out []Span
	open := Span{From: -1}
	last := 0 // token of the open span's last digit
	flush := func() {
		if open.From >= 0 {
			out = append(out, open)
			open.From = -1
		}
	}
	for i, t := range list {
		if kind, ok := cueAt(list, i); ok && t.digits == 0 {
			if open.From >= 0 && i-last > between {
				flush()
			}
			r.kind, r.turns, r.quiet = kind, Carry, 0
			continue
		}
		r.quiet++
		if r.kind == "" || r.quiet > Window || !r.secret(list, i) {
			continue
		}
		r.quiet = 0
		if open.From >= 0 && i-last > inside+1 {
			flush()
		}
		if open.From < 0 {
			open = Span{t.from, t.to, r.kind}
		}
		open.To, last = t.to, i
	}
	flush()
	return out
}

// secret reports whether a word in a window may be part of a number: a digit that is
// no amount, or a mishearing beside one.
func (r *Redactor) secret(list []token, i int) bool {
	t := list[i]
	if t.repeat || t.digits > 0 {
		return !amount(list, i)
	}
	if r.kind == Expiry || r.kind == Birth {
		return months[t.word]
	}
	return t.fuzzy && (digitNear(list, i-1) || digitNear(list, i+1))
}

func digitNear(list []token, i int) bool { return i >= 0 && i < len(list) && list[i].digits > 0 }

// amount reports whether the number at i is a price, a time, a count of something.
func amount(list []token, i int) bool {
	raw := list[i].word
	if strings.ContainsAny(raw, "$£€%:") || strings.HasSuffix(raw, "am") || strings.HasSuffix(raw, "pm") || ordinal(raw) {
		return true
	}
	for k := i + 1; k < len(list) && k <= i+4; k++ {
		if units[list[k].word] {
			return true
		}
		if list[k].digits == 0 && list[k].word != "and" && list[k].word != "a" {
			return false
		}
	}
	return false
}

var ordinalForm = regexp.MustCompile(`^[0-9]{1,2}(st|nd|rd|th)$`)

func ordinal(w string) bool { return ordinalForm.MatchString(w) }

// runs masks digit strings nobody announced.
func runs(list []token) []Span {
	var out []Span
	for i := 0; i < len(list); i++ {
		if list[i].digits == 0 && !list[i].repeat || amount(list, i) {
			continue
		}
		end, digits := run(list, i)
		if digits >= MinRun && !year(list[i:end+1]) {
			out = append(out, Span{list[i].from, list[end].to, kindOf(digits)})
		}
		i = end
	}
	return out
}

// run returns the last token of the run that begins at i, and its digits.
func run(list []token, i int) (end, digits int) {
	end = i
	gap := 0
	for k := i; k < len(list) && gap <= between; k++ {
		t := list[k]
		switch {
		case t.digits > 0 || t.repeat:
			end, gap = k, 0
			digits += max(1, t.digits)
		case t.fuzzy && k+1 < len(list) && list[k+1].digits > 0 || fillers[t.word]:
			gap++
		default:
			return end, digits
		}
	}
	return end, digits
}

// year reports whether a short run is a year or a round number: four digits of 1500
// to 2099, nineteen eighty four, two thousand and five.
func year(list []token) bool {
	if len(list) == 1 {
		w := list[0].word
		return len(w) == 4 && (strings.HasPrefix(w, "1") && w[1] >= '5' || strings.HasPrefix(w, "20")) || strings.Contains(w, ",") || list[0].digits <= 3
	}
	if slices.ContainsFunc(list, func(t token) bool { return t.word == "hundred" || t.word == "thousand" }) {
		return true
	}
	return len(list) <= 3 && (list[0].word == "nineteen" || list[0].word == "eighteen" || list[0].word == "twenty" || list[0].word == "seventeen")
}

func kindOf(digits int) Kind {
	switch {
	case digits >= card:
		return Card
	case digits >= phone:
		return Phone
	default:
		return Number
	}
}

// Written and spoken e-mail addresses.
var (
	written = regexp.MustCompile(`[\p{L}0-9._%+\-]+@[\p{L}0-9\-]+(?:\.[\p{L}0-9\-]+)+`)
	spoken  = regexp.MustCompile(`(?i)(?:[a-z0-9]+(?:\s+(?:dot|underscore|dash|hyphen|point)\s+|[._\-]|\s+(?:[a-z0-9]\s+)*))?[a-z0-9]+\s+at\s+[a-z0-9]+(?:\s+[a-z0-9]+)?(?:\s+dot\s+|\.)(?:com|co|net|org|edu|gov|io|uk|de|ee|eu|fr|cn|info|biz)\b(?:(?:\s+dot\s+|\.)[a-z]{2,3}\b)?`)
)

func emails(text string) []Span {
	var out []Span
	for _, re := range []*regexp.Regexp{written, spoken} {
		for _, m := range re.FindAllStringIndex(text, -1) {
			out = append(out, Span{m[0], m[1], Email})
		}
	}
	return out
}

// merge joins overlapping and touching spans. What a cue announced names them all;
// an e-mail address beats a number inside it.
func merge(in []Span) []Span {
	slices.SortStableFunc(in, func(a, b Span) int { return a.From - b.From })
	var out []Span
	for _, s := range in {
		if n := len(out); n > 0 && s.From < out[n-1].To {
			out[n-1].To = max(out[n-1].To, s.To)
			if rank(s.Kind) > rank(out[n-1].Kind) {
				out[n-1].Kind = s.Kind
			}
			continue
		}
		out = append(out, s)
	}
	return out
}

// rename gives runs the kind of the announced span they touch.
func rename(runs, told []Span) []Span {
	for i := range runs {
		for _, s := range told {
			if s.From < runs[i].To && runs[i].From < s.To {
				runs[i].Kind = s.Kind
			}
		}
	}
	return runs
}

func rank(k Kind) int {
	return slices.Index([]Kind{Number, Phone, Birth, Account, Expiry, Code, Card, Email}, k)
}

// Words reports for every word of a turn whether a span covers part of it, so that
// the same stretch can be silenced in the sound. Words are split at blanks.
func Words(text string, spans []Span) []bool {
	list := tokens(text)
	out := make([]bool, len(list))
	for i, t := range list {
		for _, s := range spans {
			out[i] = out[i] || t.from < s.To && t.to > s.From
		}
	}
	return out
}

// Digits masks a text that is not finished, such as what somebody seems to be saying:
// besides what r would mask every single digit, because a number may begin there.
func Digits(r Redactor, text string) string {
	_, spans := r.Turn(text)
	for _, t := range tokens(text) {
		if t.digits > 0 || t.repeat {
			spans = append(spans, Span{t.from, t.to, Number})
		}
	}
	var b strings.Builder
	at := 0
	for _, s := range merge(spans) {
		b.WriteString(text[at:s.From])
		b.WriteString("…")
		at = s.To
	}
	b.WriteString(text[at:])
	return b.String()
}
