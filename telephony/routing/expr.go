package routing

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Skills is what an agent can do: skill id to level. A level of 0 is the same as
// not having the skill. An attribute with a word for a value is a skill of that
// whole name: "lang=fr" at level 3.
type Skills map[string]int64

// Bounds of an expression: set-up is typed by people, but may come from anywhere.
const (
	maxExpr  = 2000 // bytes
	maxDepth = 32   // brackets and NOTs within each other
)

// Expr is a condition on skills. The zero Expr is met by everybody.
//
//	expr = and { "OR" and } .
//	and  = not { "AND" not } .
//	not  = [ "NOT" ] ( "(" expr ")" | term ) .
//	term = name [ "=" word ] [ op number ] .
//	op   = ">=" | ">" | "<=" | "<" | "=" | "!=" .
//
// A term without an operator asks for any level above 0. AND, OR and NOT may be
// written in any case.
type Expr struct {
	root *node
	text string
}

type opcode uint8

const (
	opTerm opcode = iota
	opAnd
	opOr
	opNot
)

// node is one part of an expression.
type node struct {
	op    opcode
	a, b  *node
	skill string
	cmp   string
	level int64
}

// ParseExpr reads an expression; blank text gives the zero Expr.
func ParseExpr(text string) (Expr, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return Expr{}, nil
	}
	p := &parser{text: text}
	if len(text) > maxExpr {
		return Expr{}, p.fail(fmt.Sprintf("must be at most %d bytes long", maxExpr))
	}
	p.next()
	root, err := p.or(0)
	if err != nil {
		return Expr{}, err
	}
	if p.tok != "" {
		return Expr{}, p.fail("expected AND, OR or the end")
	}
	return Expr{root: root, text: text}, nil
}

// All joins terms with AND: what a caller's menu choices ask for.
func All(terms []string) (Expr, error) {
	for _, t := range terms {
		if _, err := ParseExpr(t); err != nil {
			return Expr{}, err
		}
	}
	switch len(terms) {
	case 0:
		return Expr{}, nil
	case 1:
		return ParseExpr(terms[0])
	}
	return ParseExpr("(" + strings.Join(terms, ") AND (") + ")")
}

// String returns the text the expression was parsed from.
func (e Expr) String() string { return e.text }

// MarshalText gives the form of String.
func (e Expr) MarshalText() ([]byte, error) { return []byte(e.text), nil }

// UnmarshalText parses the expression.
func (e *Expr) UnmarshalText(b []byte) (err error) {
	*e, err = ParseExpr(string(b))
	return err
}

// Empty reports whether everybody meets the expression.
func (e Expr) Empty() bool { return e.root == nil }

// Match reports whether the skills meet the expression.
func (e Expr) Match(s Skills) bool { return e.root == nil || e.root.match(s) }

func (n *node) match(s Skills) bool {
	switch n.op {
	case opAnd:
		return n.a.match(s) && n.b.match(s)
	case opOr:
		return n.a.match(s) || n.b.match(s)
	case opNot:
		return !n.a.match(s)
	}
	have := s[n.skill]
	switch n.cmp {
	case ">=":
		return have >= n.level
	case "<=":
		return have <= n.level
	case "<":
		return have < n.level
	case "=":
		return have == n.level
	case "!=":
		return have != n.level
	}
	return have > n.level
}

// Fit is the sum of the agent's levels in the skills the expression asks for: how
// good a match the agent is. Skills under a NOT do not count.
func (e Expr) Fit(s Skills) int64 {
	if e.root == nil {
		return 0
	}
	return e.root.fit(s)
}

func (n *node) fit(s Skills) int64 {
	switch n.op {
	case opAnd, opOr:
		return n.a.fit(s) + n.b.fit(s)
	case opNot:
		return 0
	}
	return s[n.skill]
}

type parser struct {
	text string
	pos  int    // behind the token
	at   int    // of the token
	tok  string // "" at the end
	bad  string // what is wrong with the token
}

func (p *parser) fail(why string) error {
	if p.bad != "" {
		why = p.bad
	}
	return &ExprError{Text: p.text, At: p.at, Why: why}
}

// next moves to the next token.
func (p *parser) next() {
	for p.pos < len(p.text) && (p.text[p.pos] == ' ' || p.text[p.pos] == '\t') {
		p.pos++
	}
	p.at = p.pos
	rest := p.text[p.pos:]
	switch {
	case rest == "":
		p.tok = ""
	case len(rest) > 1 && (rest[:2] == ">=" || rest[:2] == "<=" || rest[:2] == "!="):
		p.tok = rest[:2]
	case strings.IndexByte("()<>=", rest[0]) >= 0:
		p.tok = rest[:1]
	default:
		n := word(rest)
		if n == 0 {
			p.bad, n = "expected a name, a number, an operator or a bracket", 1
		}
		p.tok = rest[:n]
	}
	p.pos += len(p.tok)
}

// word is the length of the name or number s begins with.
func word(s string) int {
	n := 0
	for n < len(s) {
		r, size := utf8.DecodeRuneInString(s[n:])
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("_.:-", r) {
			break
		}
		n += size
	}
	return n
}

func (p *parser) is(keyword string) bool { return strings.EqualFold(p.tok, keyword) }

func (p *parser) or(depth int) (*node, error) { return p.chain(opOr, "OR", depth) }

// chain reads operands joined by one keyword.
func (p *parser) chain(op opcode, keyword string, depth int) (*node, error) {
	operand := func() (*node, error) {
		if op == opOr {
			return p.chain(opAnd, "AND", depth)
		}
		return p.not(depth)
	}
	a, err := operand()
	for err == nil && p.is(keyword) {
		p.next()
		var b *node
		b, err = operand()
		a = &node{op: op, a: a, b: b}
	}
	return a, err
}

func (p *parser) not(depth int) (*node, error) {
	switch {
	case depth > maxDepth:
		return nil, p.fail("too many brackets")
	case p.is("NOT"):
		p.next()
		a, err := p.not(depth + 1)
		return &node{op: opNot, a: a}, err
	case p.tok == "(":
		p.next()
		a, err := p.or(depth + 1)
		if err == nil && p.tok != ")" {
			err = p.fail("expected )")
		}
		p.next()
		return a, err
	}
	return p.term()
}

func (p *parser) term() (*node, error) {
	if p.bad != "" || word(p.tok) == 0 || p.is("AND") || p.is("OR") || number(p.tok) {
		return nil, p.fail("expected the name of a skill")
	}
	n := &node{skill: p.tok, cmp: ">"}
	p.next()
	if p.tok == "=" {
		p.next()
		if number(p.tok) {
			return n, p.level(n, "=")
		}
		if word(p.tok) == 0 || p.bad != "" {
			return nil, p.fail("expected a word or a number")
		}
		n.skill += "=" + p.tok
		p.next()
	}
	switch p.tok {
	case ">=", "<=", "<", ">", "!=", "=":
		cmp := p.tok
		p.next()
		return n, p.level(n, cmp)
	}
	return n, nil
}

func (p *parser) level(n *node, cmp string) error {
	v, err := strconv.ParseInt(p.tok, 10, 32)
	if err != nil {
		return p.fail("expected a level, a whole number")
	}
	n.cmp, n.level = cmp, v
	p.next()
	return nil
}

func number(s string) bool {
	_, err := strconv.ParseInt(s, 10, 64)
	return err == nil
}
