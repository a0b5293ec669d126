package ivr

import (
	"time"

	"github.com/agner-platform/agner/internal/interval"
)

// Kind is what a node does.
type Kind string

// Kinds of nodes.
const (
	Play      Kind = "play"      // play prompts, go on
	Menu      Kind = "menu"      // play prompts, branch on keys
	Gather    Kind = "gather"    // collect digits into an attribute
	Say       Kind = "say"       // tell position or estimated wait of a queue
	OpenHours Kind = "hours"     // branch on opening hours
	Branch    Kind = "branch"    // branch on the caller's number, the dialled one or an attribute
	Lookup    Kind = "lookup"    // ask another system over HTTP
	Set       Kind = "set"       // set skills, priority, attributes
	Consent   Kind = "consent"   // announce or ask for recording
	Enqueue   Kind = "enqueue"   // end: wait for an agent
	Voicemail Kind = "voicemail" // end: leave a message
	Callback  Kind = "callback"  // note a callback, go on
	Transfer  Kind = "transfer"  // pass the call to a number
	HangUp    Kind = "hangup"    // end: hang up
)

// Kinds lists every kind of node, in the order of the documentation.
var Kinds = []Kind{Play, Menu, Gather, Say, OpenHours, Branch, Lookup, Set, Consent, Enqueue, Voicemail, Callback, Transfer, HangUp}

// Flow is a checked graph. It is immutable and safe for concurrent use.
type Flow struct {
	Name  string
	First string // where callers enter
	zone  *time.Location
	hours map[string]*interval.Hours
	nodes map[string]*node
	order []string // names in the order of the text
	limit int64    // µs that a call may spend in the flow
}

// Nodes returns the names of the nodes in the order of the text.
func (f *Flow) Nodes() []string { return append([]string(nil), f.order...) }

// KindOf returns the kind of a node, or "" if there is none of that name.
func (f *Flow) KindOf(name string) Kind {
	if n := f.nodes[name]; n != nil {
		return n.kind
	}
	return ""
}

// Way is an edge of the graph, for pictures.
type Way struct {
	From, To string
	When     string // the field that leads there, such as "choices.1" or "timeout"
	Keyed    bool   // taken because of what the caller keyed
}

// Ways returns all edges in the order of the text.
func (f *Flow) Ways() []Way {
	var out []Way
	for _, name := range f.order {
		for _, w := range f.nodes[name].ways {
			out = append(out, Way{From: name, To: w.to, When: w.field, Keyed: w.keyed})
		}
	}
	return out
}

// Prompt is something to play: exactly one of File, Text and Say is set. Texts
// have their placeholders filled in when an action carries them.
type Prompt struct {
	File  string `json:"file,omitempty"`  // name of a recording
	Text  string `json:"text,omitempty"`  // to be spoken
	Lang  string `json:"lang,omitempty"`  // of Text; empty: the site's
	Say   string `json:"say,omitempty"`   // "position" or "wait", which the driver asks of the queue
	Queue string `json:"queue,omitempty"` // of Say
}

// way is an edge with its place in the text.
type way struct {
	to    string
	field string
	line  int
	keyed bool
}

// node is one step; which fields are used depends on the kind.
type node struct {
	name string
	kind Kind
	line int
	ways []way

	prompts []Prompt
	barge   bool // a key stops the prompts
	next    string

	choices    map[string]string // menu: keys to node
	attempts   int
	timeout    int64 // µs: first key, lookup, transfer
	between    int64 // µs between two keys
	onInvalid  []Prompt
	onSilence  []Prompt
	noMatch    string
	noInput    string
	min, max   int
	terminator string
	save       string
	keep       bool

	hours        string
	open, closed string
	on           string
	cases        []choice
	otherwise    string

	url    string
	reply  []binding
	failed string

	skills   []string
	priority *int64
	attrs    []binding

	byKey             bool
	accept, refuse    string
	accepted, refused string

	queue  string
	box    string
	to     string
	cause  string
	length int64 // µs a message may last
	served bool
}

// choice is one case of a branch.
type choice struct {
	op    string // is, starts, over, under, empty
	value string
	num   float64
	to    string
}

// binding is attribute = text with placeholders, or attribute = path in a reply.
type binding struct{ name, from string }
