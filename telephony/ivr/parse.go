package ivr

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/telephony/ivr/text"
)

// Bounds of a call in a flow.
const (
	maxNodes     = 500
	defaultLimit = 15 * time.Minute // a caller still in the menu after this is stuck or a machine
	maxLimit     = 2 * time.Hour
)

// Known says what exists outside the flow, so that Parse can refuse names that
// lead nowhere. A nil list is not checked.
type Known struct {
	Zone    string // used when the flow names none
	Queues  []string
	Boxes   []string
	Prompts []string                   // recordings, by file name
	Hours   map[string]*interval.Hours // opening hours of set-up, usable beside the flow's own
}

// Parse reads a flow from YAML or JSON and checks all of it. The error is an
// *InvalidError that lists every problem with its line, node, field and value.
func Parse(src []byte, known Known) (*Flow, error) {
	root, err := text.Parse(src)
	if err != nil {
		return nil, &InvalidError{[]Problem{{Field: "flow", Why: err.Error()}}}
	}
	if root.Kind != text.Mapping {
		return nil, &InvalidError{[]Problem{{Line: root.Line, Field: "flow", Value: root.Show(), Why: "must be a mapping with name, start and nodes"}}}
	}
	var problems []Problem
	f := &Flow{nodes: map[string]*node{}, hours: map[string]*interval.Hours{}}
	r := newReader(root, "", &problems)
	f.Name = r.form("name", nameForm, "must be lower-case letters, digits, - and _")
	r.required("name")
	f.First = r.mustText("start")
	f.limit = r.span("limit", defaultLimit, time.Second, maxLimit)
	f.readZone(r, known)
	f.readHours(r, known)
	if r.required("nodes") {
		f.readNodes(r.get("nodes", text.Mapping), &problems)
	}
	r.end()
	f.checkKnown(known, &problems)
	if len(problems) == 0 { // a graph with broken nodes would only repeat the same complaints
		f.checkGraph(r, &problems)
	}
	if len(problems) > 0 {
		slices.SortStableFunc(problems, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
		return nil, &InvalidError{problems}
	}
	return f, nil
}

func (f *Flow) readZone(r *reader, known Known) {
	name := cmp.Or(r.text("zone"), known.Zone, "UTC")
	loc, err := interval.LoadZone(name)
	if err != nil {
		r.bad(r.v.Line, "zone", name, err.Error())
		loc = time.UTC
	}
	f.zone = loc
}

func (f *Flow) readHours(r *reader, known Known) {
	for name, h := range known.Hours {
		f.hours[name] = h
	}
	v := r.get("hours", text.Mapping)
	if v == nil {
		return
	}
	for _, name := range v.Keys {
		e := v.Vals[name]
		if e.Kind != text.Mapping {
			r.bad(e.Line, "hours."+name, e.Show(), "must be a mapping with week and except")
			continue
		}
		s := r.sub(e, "hours."+name)
		h, err := interval.ParseHours(s.windows("week"), s.windows("except"))
		s.end()
		if err != nil {
			r.bad(e.Line, "hours."+name, e.Show(), err.Error())
			continue
		}
		f.hours[name] = h
	}
}

// windows reads days or dates with lists of windows.
func (r *reader) windows(field string) map[string][]string {
	v := r.get(field, text.Mapping)
	if v == nil {
		return nil
	}
	s := r.sub(v, field)
	out := map[string][]string{}
	for _, key := range v.Keys {
		out[key] = s.texts(key)
	}
	return out
}

func (f *Flow) readNodes(v *text.Value, problems *[]Problem) {
	if v == nil {
		return
	}
	if len(v.Keys) > maxNodes {
		*problems = append(*problems, Problem{Line: v.Line, Field: "nodes", Value: fmt.Sprint(len(v.Keys)), Why: fmt.Sprintf("must be at most %d", maxNodes)})
		return
	}
	for _, name := range v.Keys {
		e := v.Vals[name]
		r := newReader(e, name, problems)
		if !nameForm.MatchString(name) {
			r.bad(e.Line, "name", name, "must be lower-case letters, digits, - and _")
		}
		if e.Kind != text.Mapping {
			r.bad(e.Line, "node", e.Show(), "must be a mapping with a kind")
			continue
		}
		n := &node{name: name, line: e.Line}
		f.nodes[name] = n
		f.order = append(f.order, name)
		n.read(r)
	}
}

// checkKnown refuses names that set-up does not have.
func (f *Flow) checkKnown(known Known, problems *[]Problem) {
	for _, name := range f.order {
		n := f.nodes[name]
		say := func(field, val, what string) {
			*problems = append(*problems, Problem{Line: n.line, Node: name, Field: field, Value: val, Why: "is no known " + what})
		}
		if n.queue != "" && known.Queues != nil && !slices.Contains(known.Queues, n.queue) {
			say("queue", n.queue, "queue")
		}
		if n.box != "" && known.Boxes != nil && !slices.Contains(known.Boxes, n.box) {
			say("box", n.box, "voicemail box")
		}
		if n.hours != "" && f.hours[n.hours] == nil {
			say("hours", n.hours, "opening hours")
		}
		for _, p := range slices.Concat(n.prompts, n.onInvalid, n.onSilence) {
			if p.File != "" && known.Prompts != nil && !slices.Contains(known.Prompts, p.File) {
				say("prompt", p.File, "recording")
			}
		}
	}
}
