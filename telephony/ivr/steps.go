package ivr

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/agner-platform/agner/internal/event"
)

// maxBody bounds the reply to a lookup.
const maxBody = 64 << 10

// enter goes to a node and does what needs no answer.
func (m *Machine) enter(name string, now int64) {
	m.at = m.flow.nodes[name]
	m.since, m.attempt, m.digits = now, 1, ""
	switch n := m.at; n.kind {
	case Play, Say, Enqueue, Voicemail, HangUp:
		m.say(n.prompts, now)
	case Menu, Gather:
		m.ask(nil, now)
	case Consent:
		if n.byKey {
			m.ask(nil, now)
			return
		}
		m.say(n.prompts, now)
	case OpenHours:
		if m.flow.hours[n.hours].Open(m.flow.zone, now) {
			m.pass("open", n.open, now)
			return
		}
		m.pass("closed", n.closed, now)
	case Branch:
		m.pass("", m.choose(n), now)
	case Set:
		m.set(n)
		m.pass("", n.next, now)
	case Lookup:
		m.lookup(n, now)
	case Callback:
		m.result, m.wait = m.request(), ForResult
		m.do(RequestCallback{
			Request: m.result, Queue: n.queue, Number: m.fill(n.to, plain),
			Priority: m.priority, Skills: slices.Clone(m.skills), Attributes: maps.Clone(m.attrs),
		})
		m.arm(defaultLookup.Microseconds())
	case Transfer:
		m.say(n.prompts, now)
	}
}

// onPlayed goes on after the prompts of the node.
func (m *Machine) onPlayed(now int64) {
	switch n := m.at; n.kind {
	case Play, Say:
		m.pass("", n.next, now)
	case Menu, Gather:
		m.listen(n.timeout)
	case Consent:
		if n.byKey {
			m.listen(n.timeout)
			return
		}
		m.fact(now, &event.RecordingConsented{How: "announcement"})
		m.pass("", n.next, now)
	case Enqueue:
		m.finish(event.IVRQueued, JoinQueue{
			Queue: n.queue, Priority: m.priority, Skills: slices.Clone(m.skills), Attributes: maps.Clone(m.attrs),
		}, now)
	case Voicemail:
		m.finish(event.IVRServed, TakeMessage{Box: n.box, MaxUs: n.length}, now)
	case HangUp:
		outcome := event.IVRFailed
		if n.served {
			outcome = event.IVRServed
		}
		m.finish(outcome, Disconnect{Cause: n.cause}, now)
	case Transfer:
		m.result, m.wait = m.request(), ForResult
		m.do(Dial{Request: m.result, To: m.fill(n.to, plain), TimeoutUs: n.timeout})
		m.arm(n.timeout)
	case Lookup: // the prompt ends before the reply
		m.wait = ForReply
	default: // no other kind plays
	}
}

func (m *Machine) listen(us int64) {
	m.wait = ForKeys
	m.arm(us)
}

// ask begins an attempt: keys typed ahead are taken first, so that people who
// know the menu never hear it.
func (m *Machine) ask(before []Prompt, now int64) {
	n := m.at
	m.digits = ""
	if !n.barge {
		m.ahead = ""
	}
	m.wait = ForKeys
	for m.ahead != "" {
		k := m.ahead[:1]
		m.ahead = m.ahead[1:]
		if m.feed(k, now) {
			return
		}
	}
	if m.digits == "" {
		m.disarm() // an entry that was started over is none
		m.say(slices.Concat(before, n.prompts), now)
	}
}

func (m *Machine) onKey(k string, now int64) {
	if k == m.swallow && now <= m.swallowBy {
		m.swallow = ""
		return
	}
	m.swallow = ""
	n := m.at
	asking := n.kind == Menu || n.kind == Gather || n.kind == Consent && n.byKey
	switch {
	case asking:
		if m.play != 0 && !n.barge {
			return
		}
		m.stopPlaying()
		m.feed(k, now)
	case m.play != 0 && n.barge:
		m.stopPlaying()
		m.typeAhead(k)
		m.onPlayed(now)
	case n.kind == Lookup || n.kind == Callback:
		m.typeAhead(k)
	}
}

func (m *Machine) typeAhead(k string) {
	if len(m.ahead) < maxDigits {
		m.ahead += k
	}
}

// feed takes one key of an attempt. It reports whether the attempt is over.
func (m *Machine) feed(k string, now int64) bool {
	n := m.at
	if n.kind == Gather {
		return m.feedDigit(k, now)
	}
	m.digits += k
	to, hit := n.choices[m.digits]
	switch {
	case n.longer(m.digits):
		m.listen(n.between)
		return false
	case hit:
		m.choice(m.digits, to, now)
	default:
		m.again(m.digits, n.onInvalid, n.noMatch, now)
	}
	return true
}

func (m *Machine) feedDigit(k string, now int64) bool {
	n := m.at
	switch {
	case k == n.terminator:
		m.gathered(now)
		return true
	case k == "*" || k == "#": // start over
		m.digits = ""
		m.listen(n.timeout)
		return false
	}
	m.digits += k
	if len(m.digits) < n.max {
		m.listen(n.between)
		return false
	}
	if n.terminator != "none" {
		m.swallow, m.swallowBy = n.terminator, now+swallowUs
	}
	m.gathered(now)
	return true
}

// gathered ends an entry that is complete or given up.
func (m *Machine) gathered(now int64) {
	n := m.at
	if len(m.digits) < n.min {
		m.again(m.masked(), n.onInvalid, n.noMatch, now)
		return
	}
	m.disarm()
	m.attrs[n.save] = m.digits
	m.pass(m.masked(), n.next, now)
}

// masked returns the digits as a fact may hold them.
func (m *Machine) masked() string {
	if m.at.keep {
		return m.digits
	}
	return strings.Repeat("•", len(m.digits))
}

// choice takes a way of a menu or consent.
func (m *Machine) choice(keys, to string, now int64) {
	m.disarm()
	if m.at.kind == Consent {
		m.consent(keys == m.at.accept, now)
	}
	m.pass(keys, to, now)
}

func (m *Machine) consent(yes bool, now int64) {
	if yes {
		m.fact(now, &event.RecordingConsented{How: "key"})
		return
	}
	m.fact(now, &event.RecordingRefused{How: "key"})
}

// again begins another attempt, or takes the silent way when there were enough.
func (m *Machine) again(input string, before []Prompt, to string, now int64) {
	m.disarm()
	m.ahead = "" // keys typed after a wrong one belong to a menu the caller is not in
	if m.attempt >= m.at.attempts {
		if m.at.kind == Consent {
			m.fact(now, &event.RecordingRefused{How: "silence"})
		}
		m.pass(input, to, now)
		return
	}
	m.step(input, now)
	m.attempt++
	m.ask(before, now)
}

func (m *Machine) onTimer(id int, now int64) {
	switch {
	case id == 0:
	case id == m.limit:
		m.limit = 0
		m.step("", now)
		m.leave(event.IVRFailed, CauseLimit, now)
		m.do(Disconnect{Cause: CauseLimit})
	case id == m.timer:
		m.timer = 0
		m.onTimeout(now)
	}
}

func (m *Machine) onTimeout(now int64) {
	n := m.at
	switch n.kind {
	case Lookup:
		m.do(StopFetch{m.fetch})
		m.fetch = 0
		m.replied("timeout", n.failed, now)
	case Callback:
		m.result = 0
		m.pass("timeout", n.failed, now)
	case Transfer:
		m.do(StopDial{m.result})
		m.result = 0
		m.pass("timeout", n.failed, now)
	case Gather:
		if m.digits == "" {
			m.again("", n.onSilence, n.noInput, now)
			return
		}
		m.gathered(now)
	default:
		to, hit := n.choices[m.digits]
		switch {
		case m.digits == "":
			m.again("", n.onSilence, n.noInput, now)
		case hit:
			m.choice(m.digits, to, now)
		default:
			m.again(m.digits, n.onInvalid, n.noMatch, now)
		}
	}
}

func (m *Machine) choose(n *node) string {
	v := m.variable(n.on)
	for _, c := range n.cases {
		if c.fits(v) {
			return c.to
		}
	}
	return n.otherwise
}

func (c choice) fits(v string) bool {
	switch c.op {
	case "is":
		return v == c.value
	case "starts":
		return strings.HasPrefix(v, c.value)
	case "empty":
		return v == ""
	}
	f, err := strconv.ParseFloat(v, 64)
	if err != nil {
		return false
	}
	return c.op == "over" && f > c.num || c.op == "under" && f < c.num
}

func (m *Machine) set(n *node) {
	for _, s := range n.skills {
		if !slices.Contains(m.skills, s) {
			m.skills = append(m.skills, s)
		}
	}
	if n.priority != nil {
		m.priority = *n.priority
	}
	for _, b := range n.attrs {
		m.attrs[b.name] = cut(m.fill(b.from, plain))
	}
}

func (m *Machine) lookup(n *node, now int64) {
	m.fetch = m.request()
	m.do(Fetch{Request: m.fetch, URL: m.fill(n.url, inURL), TimeoutUs: n.timeout})
	m.arm(n.timeout)
	if len(n.prompts) > 0 {
		m.say(n.prompts, now)
	}
	m.wait = ForReply
}

func (m *Machine) onReply(in Looked, now int64) {
	m.disarm()
	if in.Status < 200 || in.Status > 299 || len(in.Body) > maxBody || !m.save(in.Body) {
		m.replied("failed", m.at.failed, now)
		return
	}
	m.replied("ok", m.at.next, now)
}

// replied goes on after a lookup, whose prompt may still play.
func (m *Machine) replied(input, to string, now int64) {
	m.stopPlaying()
	m.pass(input, to, now)
}

// save keeps the wanted members of a JSON reply; what is not there becomes empty.
func (m *Machine) save(body []byte) bool {
	if len(m.at.reply) == 0 {
		return true
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber() // a customer number is no float
	var doc any
	if dec.Decode(&doc) != nil {
		return false
	}
	for _, b := range m.at.reply {
		m.attrs[b.name] = cut(member(doc, strings.Split(b.from, ".")))
	}
	return true
}

// member follows a path of names and list positions to a lone value.
func member(doc any, path []string) string {
	for _, name := range path {
		switch d := doc.(type) {
		case map[string]any:
			doc = d[name]
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i < 0 || i >= len(d) {
				return ""
			}
			doc = d[i]
		default:
			return ""
		}
	}
	switch d := doc.(type) {
	case string:
		return d
	case json.Number:
		return d.String()
	case bool:
		return strconv.FormatBool(d)
	}
	return ""
}

func (m *Machine) onResult(in Resulted, now int64) {
	m.disarm()
	switch {
	case !in.OK:
		m.pass(in.Cause, m.at.failed, now)
	case m.at.kind == Transfer:
		m.step("answered", now)
		m.leave(event.IVRServed, "", now)
	default:
		m.pass("ok", m.at.next, now)
	}
}
