// Package text reads the YAML or JSON of a flow into values that know their line,
// before anything is known of what the fields mean.
//
// It is stricter than YAML: no anchors, aliases, tags, second documents or keys
// given twice, and bounds on size and depth, so that a flow can be read by the
// next person and a hostile text costs nothing.
package text

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

// Kind is the shape of a value in the text.
type Kind uint8

// Shapes of values.
const (
	Nothing Kind = iota
	Text
	Number
	Boolean
	List
	Mapping
)

var kindNames = [...]string{"nothing", "a text", "a number", "true or false", "a list", "a mapping"}

// String names the shape as a message would: "a list".
func (k Kind) String() string { return kindNames[k] }

// Value is a parsed text, before it is known what its fields mean.
type Value struct {
	Kind Kind
	Line int
	Text string // as written, for scalars
	Yes  bool   // of a Boolean
	List []*Value
	Keys []string // of a Mapping, in order of the text
	Vals map[string]*Value
}

// Show returns the value for an error message.
func (v *Value) Show() string {
	if v.Kind == List || v.Kind == Mapping || v.Kind == Nothing {
		return v.Kind.String()
	}
	if len(v.Text) > 60 {
		return v.Text[:60] + "…"
	}
	return v.Text
}

// Parse reads YAML, or JSON, which is YAML. Anchors, aliases, tags and
// several documents are refused: a flow that needs them cannot be read by the
// next person, and aliases can blow up.
func Parse(src []byte) (v *Value, err error) {
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

func treeOf(n ast.Node, depth int) (*Value, error) {
	line := lineOf(n)
	if depth > maxDepth {
		return nil, fmt.Errorf("line %d is nested more than %d deep", line, maxDepth)
	}
	switch n := n.(type) {
	case *ast.NullNode:
		return &Value{Kind: Nothing, Line: line}, nil
	case *ast.StringNode:
		return &Value{Kind: Text, Line: line, Text: n.Value}, nil
	case *ast.LiteralNode:
		return &Value{Kind: Text, Line: line, Text: strings.TrimSpace(n.Value.Value)}, nil
	case *ast.IntegerNode, *ast.FloatNode:
		return &Value{Kind: Number, Line: line, Text: n.GetToken().Value}, nil
	case *ast.BoolNode:
		return &Value{Kind: Boolean, Line: line, Text: n.GetToken().Value, Yes: n.Value}, nil
	case *ast.SequenceNode:
		v := &Value{Kind: List, Line: line}
		for _, e := range n.Values {
			item, err := treeOf(e, depth+1)
			if err != nil {
				return nil, err
			}
			v.List = append(v.List, item)
		}
		return v, nil
	case *ast.MappingNode:
		return mapOf(n.Values, line, depth)
	case *ast.MappingValueNode:
		return mapOf([]*ast.MappingValueNode{n}, line, depth)
	}
	return nil, fmt.Errorf("line %d: %s is not allowed in a flow", line, strings.ToLower(n.Type().String()))
}

func mapOf(pairs []*ast.MappingValueNode, line, depth int) (*Value, error) {
	v := &Value{Kind: Mapping, Line: line, Vals: map[string]*Value{}}
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
		if _, twice := v.Vals[key]; twice {
			return nil, fmt.Errorf("line %d: key %q is given twice", lineOf(p.Key), key)
		}
		item, err := treeOf(p.Value, depth+1)
		if err != nil {
			return nil, err
		}
		if item.Line == 0 || item.Kind == Mapping {
			item.Line = lineOf(p.Key)
		}
		v.Keys = append(v.Keys, key)
		v.Vals[key] = item
	}
	return v, nil
}
