package i18n

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const maxNesting = 20 // cases within cases; no translator goes beyond three

// Message is a parsed text. It is immutable.
type Message struct {
	nodes []node
}

// SyntaxError says where a text breaks the grammar.
type SyntaxError struct {
	Text   string
	Offset int // byte
	Reason string
}

// Error names reason and place.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("message %q: %s at byte %d", e.Text, e.Reason, e.Offset)
}

type kind int

const (
	literal kind = iota
	argument
	pound
	plural
	choice
)

type node struct {
	kind  kind
	text  string // of a literal; the parameter's name otherwise
	cases []branch
}

type branch struct {
	key   string
	nodes []node
}

// Parse reads a text. The error is a *SyntaxError.
func Parse(text string) (*Message, error) {
	p := parser{text: text}
	nodes, err := p.nodes(0, hashText)
	if err != nil {
		return nil, err
	}
	return &Message{nodes: nodes}, nil
}

// hash is what a bare # means where the parser is.
type hash int

const (
	hashText   hash = iota // itself: outside any plural
	hashCount              // the number: directly in a plural
	hashUnsure             // refused: in a select within a plural, where formatters differ; quote it or turn the two around
)

type parser struct {
	text string
	at   int
}

func (p *parser) fail(format string, args ...any) error {
	return &SyntaxError{Text: p.text, Offset: p.at, Reason: fmt.Sprintf(format, args...)}
}

// peek is the next byte, 0 at the end. All syntax is ASCII, so bytes do.
func (p *parser) peek() byte {
	if p.at < len(p.text) {
		return p.text[p.at]
	}
	return 0
}

// nodes reads up to the end of the text or, nested, up to the closing brace, which it leaves.
func (p *parser) nodes(depth int, h hash) ([]node, error) {
	if depth > maxNesting {
		return nil, p.fail("nested deeper than %d", maxNesting)
	}
	var out []node
	var text strings.Builder
	flush := func() {
		if text.Len() > 0 {
			out = append(out, node{kind: literal, text: text.String()})
			text.Reset()
		}
	}
	for p.at < len(p.text) {
		switch c := p.peek(); {
		case c == '\'':
			text.WriteString(p.quoted())
		case c == '{':
			flush()
			n, err := p.argument(depth, h)
			if err != nil {
				return nil, err
			}
			out = append(out, n)
		case c == '}' && depth > 0:
			flush()
			return out, nil
		case c == '}':
			return nil, p.fail("unexpected '}'")
		case c == '#' && h == hashUnsure:
			return nil, p.fail("bare '#' in a select within a plural")
		case c == '#' && h == hashCount:
			flush()
			out = append(out, node{kind: pound})
			p.at++
		default:
			text.WriteByte(c)
			p.at++
		}
	}
	flush()
	return out, nil
}

// quoted reads an apostrophe: doubled it is one, before a syntax character it quotes up to the next, else it is itself.
func (p *parser) quoted() string {
	rest := p.text[p.at+1:]
	switch {
	case strings.HasPrefix(rest, "'"):
		p.at += 2
		return "'"
	case rest == "" || !strings.ContainsRune("{}#", rune(rest[0])):
		p.at++
		return "'"
	}
	lit, _, closed := strings.Cut(rest, "'")
	p.at += 1 + len(lit)
	if closed {
		p.at++
	}
	return lit
}

func (p *parser) space() {
	for p.at < len(p.text) {
		r, n := utf8.DecodeRuneInString(p.text[p.at:])
		if !unicode.IsSpace(r) {
			return
		}
		p.at += n
	}
}

func (p *parser) word() (string, error) {
	p.space()
	start := p.at
	for p.at < len(p.text) {
		r, n := utf8.DecodeRuneInString(p.text[p.at:])
		if unicode.IsSpace(r) || strings.ContainsRune("{},", r) {
			break
		}
		p.at += n
	}
	if p.at == start {
		return "", p.fail("expected a name")
	}
	w := p.text[start:p.at]
	p.space()
	return w, nil
}

func (p *parser) expect(c byte) error {
	if p.peek() != c {
		return p.fail("expected '%c'", c)
	}
	p.at++
	return nil
}

func (p *parser) argument(depth int, h hash) (node, error) {
	p.at++ // '{'
	name, err := p.word()
	if err != nil {
		return node{}, err
	}
	if p.peek() == '}' {
		p.at++
		return node{kind: argument, text: name}, nil
	}
	if err := p.expect(','); err != nil {
		return node{}, err
	}
	format, err := p.word()
	if err != nil {
		return node{}, err
	}
	n := node{text: name}
	switch format {
	case "number":
		n.kind = argument // every number is formatted
		return n, p.expect('}')
	case "plural":
		n.kind, h = plural, hashCount
	case "select":
		if n.kind = choice; h == hashCount {
			h = hashUnsure
		}
	default:
		return node{}, p.fail("unknown format %q", format)
	}
	if err := p.expect(','); err != nil {
		return node{}, err
	}
	n.cases, err = p.branches(depth, h)
	return n, err
}

func (p *parser) branches(depth int, h hash) ([]branch, error) {
	var out []branch
	for p.space(); p.peek() != '}'; p.space() {
		key, err := p.word()
		if err != nil {
			return nil, err
		}
		if h == hashCount && !pluralKey(key) {
			return nil, p.fail("%q is no plural case", key)
		}
		if slices.ContainsFunc(out, func(b branch) bool { return b.key == key }) {
			return nil, p.fail("case %q is given twice", key)
		}
		if err := p.expect('{'); err != nil {
			return nil, err
		}
		nodes, err := p.nodes(depth+1, h)
		if err != nil {
			return nil, err
		}
		if err := p.expect('}'); err != nil {
			return nil, err
		}
		out = append(out, branch{key, nodes})
	}
	p.at++
	if !slices.ContainsFunc(out, func(b branch) bool { return b.key == "other" }) {
		return nil, p.fail("missing the case \"other\"")
	}
	return out, nil
}

// pluralKey accepts the categories of CLDR and =N.
func pluralKey(key string) bool {
	if v, ok := strings.CutPrefix(key, "="); ok {
		_, err := strconv.ParseFloat(v, 64)
		return err == nil
	}
	return slices.Contains([]string{"zero", "one", "two", "few", "many", "other"}, key)
}

// Params are the names of the parameters a text uses, sorted.
func (m *Message) Params() []string {
	var out []string
	collect(m.nodes, &out)
	slices.Sort(out)
	return slices.Compact(out)
}

func collect(nodes []node, out *[]string) {
	for _, n := range nodes {
		if n.kind != literal && n.kind != pound {
			*out = append(*out, n.text)
		}
		for _, b := range n.cases {
			collect(b.nodes, out)
		}
	}
}
