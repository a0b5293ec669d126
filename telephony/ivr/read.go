package ivr

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/agner-platform/agner/telephony/ivr/text"
)

var (
	nameForm = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,47}$`)
	attrForm = regexp.MustCompile(`^[a-z][a-z0-9_]{0,31}$`)
	keysForm = regexp.MustCompile(`^[0-9*#]{1,8}$`)
)

// reader reads the fields of one mapping and notes what is wrong and what was
// not asked for.
type reader struct {
	v    *text.Value
	node string
	path string // of the mapping, before its fields
	seen map[string]bool
	out  *[]Problem
}

func newReader(v *text.Value, node string, out *[]Problem) *reader {
	return &reader{v: v, node: node, seen: map[string]bool{}, out: out}
}

// sub reads a mapping inside the mapping.
func (r *reader) sub(v *text.Value, field string) *reader {
	return &reader{v: v, node: r.node, path: r.path + field + ".", seen: map[string]bool{}, out: r.out}
}

func (r *reader) bad(line int, field, val, why string) {
	*r.out = append(*r.out, Problem{Line: line, Node: r.node, Field: r.path + field, Value: val, Why: why})
}

// get returns a field of the wanted kind, or nil if absent or wrong.
func (r *reader) get(field string, want text.Kind) *text.Value {
	r.seen[field] = true
	v := r.v.Vals[field]
	if v == nil {
		return nil
	}
	if v.Kind != want {
		r.bad(v.Line, field, v.Show(), "must be "+want.String())
		return nil
	}
	return v
}

func (r *reader) has(field string) bool { return r.v.Vals[field] != nil }

func (r *reader) required(field string) bool {
	if r.has(field) {
		return true
	}
	r.seen[field] = true
	r.bad(r.v.Line, field, "", "must be given")
	return false
}

// text reads a text; numbers are taken as written, because 112 is a text here.
func (r *reader) text(field string) string {
	r.seen[field] = true
	v := r.v.Vals[field]
	if v == nil {
		return ""
	}
	if v.Kind != text.Text && v.Kind != text.Number || strings.TrimSpace(v.Text) == "" {
		r.bad(v.Line, field, v.Show(), "must be a text")
		return ""
	}
	return v.Text
}

func (r *reader) mustText(field string) string {
	if !r.required(field) {
		return ""
	}
	return r.text(field)
}

func (r *reader) flag(field string, otherwise bool) bool {
	if v := r.get(field, text.Boolean); v != nil {
		return v.Yes
	}
	return otherwise
}

// whole reads a whole number within bounds.
func (r *reader) whole(field string, otherwise, low, high int64) int64 {
	v := r.get(field, text.Number)
	if v == nil {
		return otherwise
	}
	n, err := strconv.ParseInt(v.Text, 10, 64)
	if err != nil || n < low || n > high {
		r.bad(v.Line, field, v.Text, fmt.Sprintf("must be a whole number from %d to %d", low, high))
		return otherwise
	}
	return n
}

// span reads a duration such as 5s within bounds, as µs.
func (r *reader) span(field string, otherwise, low, high time.Duration) int64 {
	r.seen[field] = true
	v := r.v.Vals[field]
	if v == nil {
		return otherwise.Microseconds()
	}
	d, err := time.ParseDuration(v.Text)
	if v.Kind != text.Text || err != nil || d < low || d > high {
		r.bad(v.Line, field, v.Show(), fmt.Sprintf("must be a time such as 5s, from %s to %s", low, high))
		return otherwise.Microseconds()
	}
	return d.Microseconds()
}

// oneOf reads one of the words; the first is the default.
func (r *reader) oneOf(field string, words ...string) string {
	s := r.text(field)
	if s == "" || slices.Contains(words, s) {
		return cmp.Or(s, words[0])
	}
	r.bad(r.v.Vals[field].Line, field, s, "must be one of "+strings.Join(words, ", "))
	return words[0]
}

// form reads a text of a form.
func (r *reader) form(field string, form *regexp.Regexp, why string) string {
	s := r.text(field)
	if s != "" && !form.MatchString(s) {
		r.bad(r.v.Vals[field].Line, field, s, why)
		return ""
	}
	return s
}

// texts reads a list of texts.
func (r *reader) texts(field string) []string {
	v := r.get(field, text.List)
	if v == nil {
		return nil
	}
	var out []string
	for i, e := range v.List {
		if e.Kind != text.Text || strings.TrimSpace(e.Text) == "" {
			r.bad(e.Line, fmt.Sprintf("%s[%d]", field, i), e.Show(), "must be a text")
			continue
		}
		out = append(out, e.Text)
	}
	return out
}

// prompts reads one prompt or a list of them. A bare text is spoken, unless it
// ends in .wav: then it names a recording.
func (r *reader) prompts(field string) []Prompt {
	r.seen[field] = true
	v := r.v.Vals[field]
	if v == nil {
		return nil
	}
	items := []*text.Value{v}
	if v.Kind == text.List {
		items = v.List
	}
	var out []Prompt
	for i, e := range items {
		at := field
		if v.Kind == text.List {
			at = fmt.Sprintf("%s[%d]", field, i)
		}
		if p, ok := r.prompt(e, at); ok {
			out = append(out, p)
		}
	}
	if len(items) == 0 {
		r.bad(v.Line, field, v.Show(), "must hold at least one prompt")
	}
	return out
}

func (r *reader) prompt(v *text.Value, at string) (Prompt, bool) {
	switch {
	case v.Kind == text.Text && strings.HasSuffix(v.Text, ".wav"):
		return r.file(v, at)
	case v.Kind == text.Text && strings.TrimSpace(v.Text) != "":
		r.placeholders(v.Line, at, v.Text)
		return Prompt{Text: v.Text}, true
	case v.Kind != text.Mapping:
		r.bad(v.Line, at, v.Show(), "must be a text to speak, the name of a .wav file, or {text, lang}")
		return Prompt{}, false
	}
	s := r.sub(v, at)
	p := Prompt{Text: s.mustText("text"), Lang: s.text("lang")}
	s.placeholders(v.Line, "text", p.Text)
	s.end()
	return p, p.Text != ""
}

// file refuses names that could leave the folder of recordings.
func (r *reader) file(v *text.Value, at string) (Prompt, bool) {
	if strings.Contains(v.Text, "..") || strings.HasPrefix(v.Text, "/") || strings.ContainsAny(v.Text, "\\\x00") {
		r.bad(v.Line, at, v.Show(), "must be a file name below the folder of recordings")
		return Prompt{}, false
	}
	return Prompt{File: v.Text}, true
}

// placeholders checks the {…} of a text.
func (r *reader) placeholders(line int, field, s string) {
	for _, name := range placeholdersOf(s) {
		attr, isAttr := strings.CutPrefix(name, "attr.")
		if name != "caller" && name != "number" && (!isAttr || !attrForm.MatchString(attr)) {
			r.bad(line, field, "{"+name+"}", "must be {caller}, {number} or {attr.NAME}")
		}
	}
}

// end reports fields that nobody asked for.
func (r *reader) end() {
	for _, key := range r.v.Keys {
		if !r.seen[key] {
			known := make([]string, 0, len(r.seen))
			for k := range r.seen {
				known = append(known, k)
			}
			slices.Sort(known)
			r.bad(r.v.Vals[key].Line, key, r.v.Vals[key].Show(), "is not a field here; known are "+strings.Join(known, ", "))
		}
	}
}
