package ivr

import (
	"net/url"
	"strings"
	"unicode/utf8"
)

// maxAttr bounds an attribute's value: it travels to the agent's screen.
const maxAttr = 256

// placeholdersOf returns the names between braces.
func placeholdersOf(s string) []string {
	var out []string
	for {
		_, rest, ok := strings.Cut(s, "{")
		if !ok {
			return out
		}
		name, rest, ok := strings.Cut(rest, "}")
		if !ok {
			return append(out, name) // an open brace is refused as an unknown name
		}
		out, s = append(out, name), rest
	}
}

// fill replaces the placeholders of a text.
func (m *Machine) fill(s string, escape func(string) string) string {
	var b strings.Builder
	for {
		head, rest, ok := strings.Cut(s, "{")
		b.WriteString(head)
		if !ok {
			return b.String()
		}
		name, tail, ok := strings.Cut(rest, "}")
		if !ok {
			return b.String()
		}
		b.WriteString(escape(m.variable(name)))
		s = tail
	}
}

// variable returns what a placeholder stands for; unset attributes are empty.
func (m *Machine) variable(name string) string {
	switch name {
	case "caller":
		return m.call.Caller
	case "number":
		return m.call.Number
	}
	return m.attrs[strings.TrimPrefix(name, "attr.")]
}

func plain(s string) string { return s }

// inURL escapes for any part of a URL: + for a space would be wrong in a path.
func inURL(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// cut shortens a value to what an attribute may hold, at a character's edge.
func cut(s string) string {
	s = strings.ToValidUTF8(s, "")
	if len(s) <= maxAttr {
		return s
	}
	s = s[:maxAttr]
	for len(s) > 0 && !utf8.ValidString(s) {
		s = s[:len(s)-1]
	}
	return s
}
