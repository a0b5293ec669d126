package phrase

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// ErrSyntax is a text or rule that cannot be read.
var ErrSyntax = errors.New("not understood")

// Limits of what is read.
const (
	maxLength = 2000 // bytes
	maxDepth  = 20   // brackets
	maxNear   = 50   // words
)

var (
	lexeme   = regexp.MustCompile(`^\s*("[^"]*"~?|[()]|[^\s()"]+)`)
	nearForm = regexp.MustCompile(`^NEAR/(\d+)$`)
	timeForm = regexp.MustCompile(`^(\d+(?:\.\d+)?)(s|m|min)$`)
)

type parser struct {
	source string
	words  []string
	at     int
	depth  int
}

func lex(source string) (*parser, error) {
	p := &parser{source: source}
	if len(source) > maxLength {
		return nil, fmt.Errorf("%d bytes, at most %d: %w", len(source), maxLength, ErrSyntax)
	}
	for rest := source; strings.TrimSpace(rest) != ""; {
		m := lexeme.FindStringSubmatchIndex(rest)
		if m == nil {
			return nil, fmt.Errorf("at %q: a quotation mark is missing: %w", short(strings.TrimSpace(rest)), ErrSyntax)
		}
		p.words = append(p.words, rest[m[2]:m[3]])
		rest = rest[m[1]:]
	}
	return p, nil
}

func short(s string) string {
	if r := []rune(s); len(r) > 30 {
		return string(r[:30]) + "…"
	}
	return s
}

func (p *parser) peek() string {
	if p.at < len(p.words) {
		return p.words[p.at]
	}
	return ""
}

func (p *parser) take(word string) bool {
	if p.peek() != word {
		return false
	}
	p.at++
	return true
}

func (p *parser) wrong(want string) error {
	got := p.peek()
	if got == "" {
		got = "the end"
	}
	return fmt.Errorf("at %q: %s expected: %w", short(got), want, ErrSyntax)
}

// deeper guards the stack against brackets without end.
func (p *parser) deeper() error {
	if p.depth++; p.depth > maxDepth {
		return fmt.Errorf("more than %d brackets: %w", maxDepth, ErrSyntax)
	}
	return nil
}

// ParseText reads a text.
func ParseText(source string) (Text, error) {
	p, err := lex(source)
	if err != nil {
		return nil, err
	}
	t, err := p.text()
	if err == nil && p.peek() != "" {
		err = p.wrong("AND, OR or the end")
	}
	return t, err
}

func (p *parser) text() (Text, error) {
	var any Any
	for {
		t, err := p.all()
		if err != nil {
			return nil, err
		}
		if any = append(any, t); !p.take("OR") {
			break
		}
	}
	if len(any) == 1 {
		return any[0], nil
	}
	return any, nil
}

func (p *parser) all() (Text, error) {
	var all All
	for {
		t, err := p.not()
		if err != nil {
			return nil, err
		}
		all = append(all, t)
		if p.take("AND") {
			continue
		}
		if next := p.peek(); next == "" || next == ")" || next == "OR" {
			break
		}
	}
	if len(all) == 1 {
		return all[0], nil
	}
	return all, nil
}

func (p *parser) not() (Text, error) {
	if p.take("NOT") {
		if err := p.deeper(); err != nil {
			return nil, err
		}
		t, err := p.not()
		p.depth--
		return Not{t}, err
	}
	t, err := p.primary()
	for err == nil {
		m := nearForm.FindStringSubmatch(p.peek())
		if m == nil {
			break
		}
		p.at++
		n, bad := strconv.Atoi(m[1])
		if bad != nil || n > maxNear {
			return nil, fmt.Errorf("%s: at most NEAR/%d: %w", m[0], maxNear, ErrSyntax)
		}
		var right Text
		if right, err = p.primary(); err == nil {
			t = Near{t, right, n}
		}
	}
	return t, err
}

func (p *parser) primary() (Text, error) {
	word := p.peek()
	switch {
	case word == "", word == ")", word == "AND", word == "OR", word == "NOT", nearForm.MatchString(word):
		return nil, p.wrong("a word or phrase")
	case p.take("("):
		if err := p.deeper(); err != nil {
			return nil, err
		}
		t, err := p.text()
		if err != nil {
			return nil, err
		}
		p.depth--
		if !p.take(")") {
			return nil, p.wrong(")")
		}
		return t, nil
	}
	w := Words{Fuzzy: strings.HasSuffix(word, "~")}
	for _, t := range Tokens(word) {
		w.Terms = append(w.Terms, t.Text)
	}
	if len(w.Terms) == 0 {
		return nil, p.wrong("a word")
	}
	p.at++
	return w, nil
}

// ParseRule reads a rule.
func ParseRule(source string) (Rule, error) {
	p, err := lex(source)
	if err != nil {
		return nil, err
	}
	r, err := p.rule()
	if err == nil && p.peek() != "" {
		err = p.wrong("AND, OR or the end")
	}
	return r, err
}

func (p *parser) rule() (Rule, error) {
	var either Either
	for {
		var every Every
		for {
			r, err := p.unary()
			if err != nil {
				return nil, err
			}
			if every = append(every, r); !p.take("AND") {
				break
			}
		}
		if either = append(either, every); !p.take("OR") {
			return either, nil
		}
	}
}

func (p *parser) unary() (Rule, error) {
	negated, bracket := p.take("NOT"), false
	if !negated {
		bracket = p.take("(")
	}
	if !negated && !bracket {
		return p.said()
	}
	if err := p.deeper(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	if negated {
		r, err := p.unary()
		return Never{r}, err
	}
	r, err := p.rule()
	if err == nil && !p.take(")") {
		err = p.wrong(")")
	}
	return r, err
}

// Parties are who may be named in a rule.
var parties = []string{"agent", "customer", "anybody"}

func (p *parser) said() (Rule, error) {
	who := p.peek()
	if !slices.Contains(parties, who) {
		return nil, p.wrong("agent, customer or anybody")
	}
	p.at++
	if !p.take("said") {
		return nil, p.wrong("said")
	}
	s := Said{Party: who}
	if who == "anybody" {
		s.Party = ""
	}
	var err error
	if s.Text, err = p.primary(); err != nil || !p.take("in") {
		return s, err
	}
	first := p.take("first")
	if !first && !p.take("last") {
		return nil, p.wrong("first or last")
	}
	m := timeForm.FindStringSubmatch(p.peek())
	if m == nil {
		return nil, p.wrong("a time such as 60s or 2m")
	}
	p.at++
	seconds, err := strconv.ParseFloat(m[1], 64)
	if m[2] != "s" {
		seconds *= 60
	}
	if err != nil || seconds <= 0 {
		return nil, fmt.Errorf("%s: must be more than 0: %w", m[0], ErrSyntax)
	}
	if first {
		s.First = seconds
	} else {
		s.Last = seconds
	}
	return s, nil
}
