package ivr

import (
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Bounds of a flow's text. Flows are typed by people but arrive over an API.
const (
	maxBytes = 256 << 10
	maxDepth = 16 // nesting that a flow needs is 4
)

// valueKind is the shape of a value in the text.
type valueKind uint8

const (
	nothing valueKind = iota
	text
	number
	boolean
	list
	mapping
)

var kindNames = [...]string{"nothing", "a text", "a number", "true or false", "a list", "a mapping"}

// value is a parsed text, before it is known what its fields mean.
type value struct {
	kind valueKind
	line int
	text string // as written, for scalars
	yes  bool
	list []*value
	keys []string // in order of the text
	vals map[string]*value
}

// show returns the value for an error message.
func (v *value) show() string {
	if v.kind == list || v.kind == mapping || v.kind == nothing {
		return kindNames[v.kind]
	}
	if len(v.text) > 60 {
		return v.text[:60] + "…"
	}
	return v.text
}

// parseTree reads YAML, or JSON, which is YAML. Anchors, aliases, tags and
// several documents are refused: a flow that needs them cannot be read by the
// next person, and aliases can blow up.
func parseTree(src []byte) (v *value, err error) {
	defer func() { // the parser has panicked on hostile input before
		if p := recover(); p != nil {
			err = fmt.Errorf("is no YAML: %v", p)
		}
	}()
	if len(src) > maxBytes {
		return nil, fmt.Errorf("has %d bytes, at most %d", len(src), maxBytes)
	}
	if deepest(src) > maxDepth {
		return nil, fmt.Errorf("is nested more than %d deep", maxDepth)
	}
	f, err := parser.ParseBytes(src, 0)
	if err != nil {
		return nil, syntaxError(err)
	}
	for _, doc := range f.Docs {
		if doc.Body == nil || doc.Body.Type() == ast.NullType || doc.Body.Type() == ast.CommentType {
			continue
		}
		if v != nil {
			return nil, errors.New("has a second document")
		}
		if v, err = treeOf(doc.Body, 0); err != nil {
			return nil, err
		}
	}
	if v == nil {
		return nil, errors.New("is empty")
	}
	return v, nil
}

// deepest counts brackets and spaces of indentation before the parser, which
// recurses for both, sees the text.
func deepest(src []byte) int {
	depth, most := 0, 0
	for _, c := range src {
		switch c {
		case '[', '{':
			depth++
			most = max(most, depth)
		case ']', '}':
			depth--
		}
	}
	return most
}

// syntaxError keeps the parser's message and line, without its picture.
func syntaxError(err error) error {
	var se interface {
		GetMessage() string
		GetToken() *token.Token
	}
	if errors.As(err, &se) && se.GetToken() != nil && se.GetToken().Position != nil {
		return fmt.Errorf("line %d is no YAML: %s", se.GetToken().Position.Line, se.GetMessage())
	}
	return fmt.Errorf("is no YAML: %w", err)
}

func lineOf(n ast.Node) int {
	if t := n.GetToken(); t != nil && t.Position != nil {
		return t.Position.Line
	}
	return 0
}

func treeOf(n ast.Node, depth int) (*value, error) {
	line := lineOf(n)
	if depth > maxDepth {
		return nil, fmt.Errorf("line %d is nested more than %d deep", line, maxDepth)
	}
	switch n := n.(type) {
	case *ast.NullNode:
		return &value{kind: nothing, line: line}, nil
	case *ast.StringNode:
		return &value{kind: text, line: line, text: n.Value}, nil
	case *ast.LiteralNode:
		return &value{kind: text, line: line, text: strings.TrimSpace(n.Value.Value)}, nil
	case *ast.IntegerNode, *ast.FloatNode:
		return &value{kind: number, line: line, text: n.GetToken().Value}, nil
	case *ast.BoolNode:
		return &value{kind: boolean, line: line, text: n.GetToken().Value, yes: n.Value}, nil
	case *ast.SequenceNode:
		v := &value{kind: list, line: line}
		for _, e := range n.Values {
			item, err := treeOf(e, depth+1)
			if err != nil {
				return nil, err
			}
			v.list = append(v.list, item)
		}
		return v, nil
	case *ast.MappingNode:
		return mapOf(n.Values, line, depth)
	case *ast.MappingValueNode:
		return mapOf([]*ast.MappingValueNode{n}, line, depth)
	}
	return nil, fmt.Errorf("line %d: %s is not allowed in a flow", line, strings.ToLower(n.Type().String()))
}

func mapOf(pairs []*ast.MappingValueNode, line, depth int) (*value, error) {
	v := &value{kind: mapping, line: line, vals: map[string]*value{}}
	for _, p := range pairs {
		var key string
		switch k := p.Key.(type) {
		case *ast.StringNode:
			key = k.Value
		case *ast.IntegerNode: // menu keys: 1: sales
			key = k.GetToken().Value
		default:
			return nil, fmt.Errorf("line %d: key %s is no plain text", lineOf(p.Key), p.Key.String())
		}
		if _, twice := v.vals[key]; twice {
			return nil, fmt.Errorf("line %d: key %q is given twice", lineOf(p.Key), key)
		}
		item, err := treeOf(p.Value, depth+1)
		if err != nil {
			return nil, err
		}
		if item.line == 0 || item.kind == mapping {
			item.line = lineOf(p.Key)
		}
		v.keys = append(v.keys, key)
		v.vals[key] = item
	}
	return v, nil
}
