package config

import (
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

const maxDepth = 8 // our keys have two parts; a hostile file has thousands

// parseYAML flattens a file into entries that know their line. Anchors, aliases,
// merge keys, tags and several documents are refused: a configuration that needs
// them cannot be read by the next person.
func parseYAML(path string, b []byte) (out []entry, err error) {
	defer func() { // the parser has panicked on hostile input before; a start must end with a message
		if p := recover(); p != nil {
			err = fmt.Errorf("configuration: %s is no YAML: %v", path, p)
		}
	}()
	if d := deepest(b); d > 200 { // the parser recurses per bracket
		return nil, fmt.Errorf("configuration: %s is nested %d deep", path, d)
	}
	f, err := parser.ParseBytes(b, 0)
	if err != nil {
		return nil, syntaxError(path, err)
	}
	y := yamlFile{path: path, seen: map[string]bool{}}
	bodies := 0
	for _, doc := range f.Docs {
		if doc.Body == nil || doc.Body.Type() == ast.NullType || doc.Body.Type() == ast.CommentType {
			continue
		}
		if bodies++; bodies > 1 {
			return nil, y.errorf(doc.Body, "has a second document")
		}
		if err := y.section("", doc.Body, 0); err != nil {
			return nil, err
		}
	}
	return y.entries, nil
}

// syntaxError puts the parser's message, which comes with a picture of the source, on one line with its place.
func syntaxError(path string, err error) error {
	var se interface {
		GetMessage() string
		GetToken() *token.Token
	}
	if errors.As(err, &se) && se.GetToken() != nil && se.GetToken().Position != nil {
		return fmt.Errorf("configuration: %s:%d is no YAML: %s", path, se.GetToken().Position.Line, se.GetMessage())
	}
	return fmt.Errorf("configuration: %s is no YAML: %w", path, err)
}

func deepest(b []byte) int {
	depth, most := 0, 0
	for _, c := range b {
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

type yamlFile struct {
	path    string
	entries []entry
	seen    map[string]bool
}

func (y *yamlFile) at(n ast.Node) string {
	if t := n.GetToken(); t != nil && t.Position != nil {
		return fmt.Sprintf("%s:%d", y.path, t.Position.Line)
	}
	return y.path
}

func (y *yamlFile) errorf(n ast.Node, format string, args ...any) error {
	return fmt.Errorf("configuration: %s: "+format, append([]any{y.at(n)}, args...)...)
}

func (y *yamlFile) section(prefix string, n ast.Node, depth int) error {
	if depth > maxDepth {
		return y.errorf(n, "is nested too deep")
	}
	var values []*ast.MappingValueNode
	switch m := n.(type) {
	case *ast.MappingNode:
		values = m.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{m}
	default:
		return y.errorf(n, "want key: value, found %s", strings.ToLower(n.Type().String()))
	}
	for _, v := range values {
		name, ok := v.Key.(*ast.StringNode)
		if !ok {
			return y.errorf(v.Key, "key %s is no plain text", v.Key.String())
		}
		if err := y.value(prefix+name.Value, v, depth); err != nil {
			return err
		}
	}
	return nil
}

func (y *yamlFile) value(key string, v *ast.MappingValueNode, depth int) error {
	if y.seen[key] {
		return y.errorf(v.Key, "key %q is given twice", key)
	}
	y.seen[key] = true
	switch n := v.Value.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return y.section(key+".", n, depth+1)
	case *ast.NullNode:
		if _, ok := keys[key]; !ok && isSection(key) {
			return nil // "web:" with everything below it commented out
		}
		return y.errorf(v.Key, "key %q has no value", key)
	case *ast.SequenceNode:
		list, err := y.list(key, n)
		y.entries = append(y.entries, entry{key, list, y.at(v.Key)})
		return err
	default:
		raw, err := y.scalar(key, n)
		y.entries = append(y.entries, entry{key, raw, y.at(v.Key)})
		return err
	}
}

func isSection(key string) bool {
	for k := range keys {
		if strings.HasPrefix(k, key+".") {
			return true
		}
	}
	return false
}

func (y *yamlFile) list(key string, n *ast.SequenceNode) ([]any, error) {
	out := make([]any, 0, len(n.Values))
	for _, item := range n.Values {
		v, err := y.scalar(key, item)
		if err != nil {
			return nil, err
		}
		if s, ok := v.(text); ok {
			v = string(s)
		}
		out = append(out, v)
	}
	return out, nil
}

func (y *yamlFile) scalar(key string, n ast.Node) (any, error) {
	switch s := n.(type) {
	case *ast.StringNode:
		return text(s.Value), nil
	case *ast.LiteralNode:
		return text(s.Value.Value), nil
	case *ast.IntegerNode:
		return s.Value, nil
	case *ast.FloatNode:
		return s.Value, nil
	case *ast.BoolNode:
		return s.Value, nil
	default:
		return nil, y.errorf(n, "key %q: a %s cannot be used here", key, strings.ToLower(n.Type().String()))
	}
}
