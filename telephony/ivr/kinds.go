package ivr

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/agner-platform/agner/telephony/ivr/text"
)

// Defaults that experience suggests; all can be set per node.
const (
	defaultAttempts = 3               // a fourth chance helps nobody
	defaultFirst    = 5 * time.Second // silence after the prompt
	defaultBetween  = 3 * time.Second // silence between two keys
	defaultLookup   = 3 * time.Second // longer is dead air
	maxLookup       = 10 * time.Second
	defaultRing     = 30 * time.Second // of a transfer
	defaultMessage  = 3 * time.Minute  // of a voicemail
	maxDigits       = 32
	maxPriority     = 1000
)

// read reads the fields of the node's kind.
func (n *node) read(r *reader) {
	readers := map[Kind]func(*reader){
		Play: n.readPlay, Menu: n.readMenu, Gather: n.readGather, Say: n.readSay, OpenHours: n.readHours, Branch: n.readBranch,
		Lookup: n.readLookup, Set: n.readSet, Consent: n.readConsent, Enqueue: n.readEnqueue, Voicemail: n.readVoicemail,
		Callback: n.readCallback, Transfer: n.readTransfer, HangUp: n.readHangUp,
	}
	n.kind = Kind(r.mustText("kind"))
	read, ok := readers[n.kind]
	if !ok {
		if n.kind != "" {
			r.bad(r.v.Vals["kind"].Line, "kind", string(n.kind), fmt.Sprintf("must be one of %v", Kinds))
		}
		return
	}
	read(r)
	r.end()
}

// target reads a way to another node.
func (n *node) target(r *reader, field string, keyed bool) string {
	to := r.mustText(field)
	n.addWay(r, field, to, keyed)
	return to
}

func (n *node) addWay(r *reader, field, to string, keyed bool) {
	if to != "" {
		line := n.line
		if v := r.v.Vals[field]; v != nil {
			line = v.Line
		}
		n.ways = append(n.ways, way{to: to, field: r.path + field, line: line, keyed: keyed})
	}
}

func (n *node) readPlay(r *reader) {
	r.required("prompt")
	n.prompts = r.prompts("prompt")
	n.barge = r.flag("barge_in", false)
	n.next = n.target(r, "next", false)
}

// readAsking reads what menus, gathers and consents by key share.
func (n *node) readAsking(r *reader) {
	r.required("prompt")
	n.prompts = r.prompts("prompt")
	n.barge = r.flag("barge_in", true)
	n.attempts = int(r.whole("attempts", defaultAttempts, 1, 9))
	n.timeout = r.span("timeout", defaultFirst, 100*time.Millisecond, time.Minute)
	n.between = r.span("between", defaultBetween, 100*time.Millisecond, time.Minute)
	n.onInvalid = r.prompts("invalid")
	n.onSilence = r.prompts("silence")
}

func (n *node) readMenu(r *reader) {
	n.readAsking(r)
	n.choices = map[string]string{}
	if r.required("choices") {
		n.readChoices(r, r.get("choices", text.Mapping))
	}
	n.noMatch = n.target(r, "no_match", false)
	n.noInput = n.noMatch
	if r.has("no_input") {
		n.noInput = n.target(r, "no_input", false)
	}
	r.seen["no_input"] = true
}

func (n *node) readChoices(r *reader, v *text.Value) {
	if v == nil {
		return
	}
	s := r.sub(v, "choices")
	for _, keys := range v.Keys {
		if !keysForm.MatchString(keys) {
			s.bad(v.Vals[keys].Line, keys, v.Vals[keys].Show(), "must be keyed by 1 to 8 of 0-9, * and #")
			continue
		}
		n.choices[keys] = n.target(s, keys, true)
	}
	if len(v.Keys) == 0 {
		r.bad(v.Line, "choices", v.Show(), "must have at least one key")
	}
}

func (n *node) readGather(r *reader) {
	n.readAsking(r)
	r.required("save")
	n.save = r.form("save", attrForm, "must be lower-case letters, digits and _")
	n.min = int(r.whole("min", 1, 1, maxDigits))
	n.max = int(r.whole("max", maxDigits, 1, maxDigits))
	if n.min > n.max {
		r.bad(r.v.Line, "min", strconv.Itoa(n.min), fmt.Sprintf("must not be above max (%d)", n.max))
	}
	n.terminator = r.oneOf("terminator", "#", "*", "none")
	n.keep = r.flag("keep", false)
	n.next = n.target(r, "next", true)
	n.noMatch = n.target(r, "failed", false)
	n.noInput = n.noMatch
}

func (n *node) readSay(r *reader) {
	what := "position"
	if r.required("what") {
		what = r.oneOf("what", "position", "wait")
	}
	n.queue = r.mustText("queue")
	n.prompts = []Prompt{{Say: what, Queue: n.queue}}
	n.barge = r.flag("barge_in", false)
	n.next = n.target(r, "next", false)
}

func (n *node) readHours(r *reader) {
	n.hours = r.mustText("hours")
	n.open = n.target(r, "open", false)
	n.closed = n.target(r, "closed", false)
}

func (n *node) readBranch(r *reader) {
	n.on = r.mustText("on")
	attr, isAttr := strings.CutPrefix(n.on, "attr.")
	if n.on != "" && n.on != "caller" && n.on != "number" && (!isAttr || !attrForm.MatchString(attr)) {
		r.bad(r.v.Vals["on"].Line, "on", n.on, "must be caller, number or attr.NAME")
	}
	if r.required("cases") {
		n.readCases(r, r.get("cases", text.List))
	}
	n.otherwise = n.target(r, "else", false)
}

func (n *node) readCases(r *reader, v *text.Value) {
	if v == nil {
		return
	}
	for i, e := range v.List {
		field := fmt.Sprintf("cases[%d]", i)
		if e.Kind != text.Mapping {
			r.bad(e.Line, field, e.Show(), "must be a mapping such as {is: gold, goto: vip}")
			continue
		}
		s := r.sub(e, field)
		c := s.condition()
		c.to = n.target(s, "goto", false)
		s.end()
		n.cases = append(n.cases, c)
	}
	if len(v.List) == 0 {
		r.bad(v.Line, "cases", v.Show(), "must have at least one case")
	}
}

// condition reads exactly one of is, starts, over, under and empty.
func (r *reader) condition() choice {
	var c choice
	for _, op := range []string{"is", "starts", "over", "under", "empty"} {
		r.seen[op] = true
		if !r.has(op) {
			continue
		}
		if c.op != "" {
			r.bad(r.v.Line, op, r.v.Vals[op].Show(), "is a second condition; use two cases")
			continue
		}
		c.op, c.value = op, r.v.Vals[op].Text
		switch op {
		case "over", "under":
			var err error
			if c.num, err = strconv.ParseFloat(c.value, 64); err != nil {
				r.bad(r.v.Line, op, r.v.Vals[op].Show(), "must be a number")
			}
		case "empty":
			if !r.flag(op, false) {
				r.bad(r.v.Line, op, r.v.Vals[op].Show(), "must be true")
			}
		default:
			c.value = r.text(op)
		}
	}
	if c.op == "" {
		r.bad(r.v.Line, "is", "", "one of is, starts, over, under, empty must be given")
	}
	return c
}

func (n *node) readLookup(r *reader) {
	n.url = r.mustText("url")
	if n.url != "" {
		line := r.v.Vals["url"].Line
		r.placeholders(line, "url", n.url)
		if why := badURL(n.url); why != "" {
			r.bad(line, "url", n.url, why)
		}
	}
	n.timeout = r.span("timeout", defaultLookup, 100*time.Millisecond, maxLookup)
	n.prompts = r.prompts("prompt")
	if v := r.get("save", text.Mapping); v != nil {
		n.reply = r.sub(v, "save").bindings(v)
	}
	n.next = n.target(r, "next", false)
	n.failed = n.target(r, "failed", false)
}

// badURL says why a template is no web address; a placeholder may not choose the host.
func badURL(s string) string {
	u, err := url.Parse(strings.NewReplacer("{", "", "}", "").Replace(s))
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "must be an http or https address"
	}
	rest := s[strings.Index(s, "://")+3:]
	if host, _, _ := strings.Cut(rest, "/"); strings.Contains(host, "{") {
		return "must not have a placeholder in its host"
	}
	return ""
}

// bindings reads attribute: text pairs in the order of the text.
func (r *reader) bindings(v *text.Value) []binding {
	var out []binding
	for _, name := range v.Keys {
		if !attrForm.MatchString(name) {
			r.bad(v.Vals[name].Line, name, v.Vals[name].Show(), "must be named by lower-case letters, digits and _")
			continue
		}
		out = append(out, binding{name, r.text(name)})
	}
	return out
}

func (n *node) readSet(r *reader) {
	n.skills = r.texts("skills")
	if r.has("priority") {
		p := r.whole("priority", 0, -maxPriority, maxPriority)
		n.priority = &p
	}
	r.seen["priority"] = true
	if v := r.get("attributes", text.Mapping); v != nil {
		s := r.sub(v, "attributes")
		n.attrs = s.bindings(v)
		for _, b := range n.attrs {
			s.placeholders(v.Vals[b.name].Line, b.name, b.from)
		}
	}
	if !r.has("skills") && !r.has("priority") && !r.has("attributes") {
		r.bad(r.v.Line, "skills", "", "one of skills, priority, attributes must be given")
	}
	n.next = n.target(r, "next", false)
}

func (n *node) readConsent(r *reader) {
	n.byKey = r.oneOf("how", "announcement", "key") == "key"
	if !n.byKey {
		r.required("prompt")
		n.prompts = r.prompts("prompt")
		n.next = n.target(r, "next", false)
		return
	}
	n.readAsking(r)
	n.accept, n.refuse = r.form("yes", keysForm, "must be keys"), r.form("no", keysForm, "must be keys")
	if n.accept == "" {
		n.accept = "1"
	}
	if n.refuse == "" {
		n.refuse = "2"
	}
	if n.accept == n.refuse {
		r.bad(r.v.Line, "no", n.refuse, "must differ from yes")
	}
	n.accepted = n.target(r, "accepted", true)
	n.refused = n.target(r, "refused", false) // silence refuses: nobody is recorded by saying nothing
	n.choices = map[string]string{n.accept: n.accepted, n.refuse: n.refused}
	n.noMatch, n.noInput = n.refused, n.refused
}

func (n *node) readEnqueue(r *reader) {
	n.queue = r.mustText("queue")
	n.prompts = r.prompts("prompt")
}

func (n *node) readVoicemail(r *reader) {
	n.box = r.mustText("box")
	n.prompts = r.prompts("prompt")
	n.length = r.span("length", defaultMessage, time.Second, 10*time.Minute)
}

func (n *node) readCallback(r *reader) {
	n.queue = r.mustText("queue")
	n.to = "{caller}"
	if r.has("number") {
		n.to = r.text("number")
		r.placeholders(r.v.Vals["number"].Line, "number", n.to)
	}
	r.seen["number"] = true
	n.next = n.target(r, "next", false)
	n.failed = n.target(r, "failed", false)
}

func (n *node) readTransfer(r *reader) {
	n.to = r.mustText("to")
	if n.to != "" {
		r.placeholders(r.v.Vals["to"].Line, "to", n.to)
	}
	n.prompts = r.prompts("prompt")
	n.timeout = r.span("timeout", defaultRing, time.Second, 3*time.Minute)
	n.failed = n.target(r, "failed", false)
}

func (n *node) readHangUp(r *reader) {
	n.prompts = r.prompts("prompt")
	n.cause = r.text("cause")
	n.served = r.oneOf("outcome", "served", "failed") == "served"
}

// longer reports whether a choice begins with the keys and has more.
func (n *node) longer(keys string) bool {
	return slices.ContainsFunc(n.keys(), func(c string) bool { return len(c) > len(keys) && strings.HasPrefix(c, keys) })
}

func (n *node) keys() []string {
	out := make([]string, 0, len(n.choices))
	for c := range n.choices {
		out = append(out, c)
	}
	return out
}
