// Package sim dials through a flow without a telephone: what a caller would hear,
// press and where they would end, with the time each step takes.
//
// A script is a list of what the caller does, one item whenever the flow waits:
// keys ("1", "4711#"), "silence" (say nothing until the flow goes on), "wait 8s"
// (let time pass, then go on with the script) and "hangup". A "!" before keys or
// hangup does it during a prompt instead of waiting for its end. When the script is
// over the caller stays silent. Prompts last [Script.PromptUs] each. The result is
// the same every time.
package sim

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/ivr"
)

// ErrScript is matched by the errors of ParseDial.
var ErrScript = errors.New("invalid script")

// maxSteps bounds a run; a flow that parses ends long before.
const maxSteps = 10_000

// Step is one thing a caller does.
type Step struct {
	Keys    string // dialled
	Early   bool   // into the prompt
	WaitUs  int64
	Silence bool
	HangUp  bool
}

// Reply is what another system answers to a lookup.
type Reply struct {
	Status  int
	Body    []byte
	AfterUs int64
}

// Script is a caller and the world around the flow.
type Script struct {
	Call     ivr.Call
	At       int64 // UTC µs when the call comes in
	PromptUs int64 // length of a prompt
	Dial     []Step
	Lookups  map[string]Reply // by node; others get no reply and time out
	Fails    []string         // nodes whose transfer or callback does not work
}

// Line is one line of the protocol.
type Line struct {
	AtUs int64  `json:"at_us"` // since the call came in
	Node string `json:"node"`
	What string `json:"what"` // says, dials, asks, hears, sets …
	Text string `json:"text"`
}

// Result is what a run showed.
type Result struct {
	Flow       string            `json:"flow"`
	Outcome    event.IVROutcome  `json:"outcome"`
	End        string            `json:"end"` // the last action: "queue sales", "hang up" …
	LastNode   string            `json:"last_node"`
	SpentUs    int64             `json:"spent_us"`
	Attributes map[string]string `json:"attributes"`
	Lines      []Line            `json:"lines"`
	Facts      []event.Event     `json:"facts"`
	Unused     int               `json:"unused"` // steps of the script that were not reached
}

// ParseDial reads a script such as "1,2,!3,wait 10s,hangup".
func ParseDial(s string) ([]Step, error) {
	var out []Step
	for i, word := range strings.Split(s, ",") {
		word = strings.TrimSpace(word)
		if word == "" && s == "" {
			return nil, nil
		}
		keys, early := strings.CutPrefix(word, "!")
		after, waits := strings.CutPrefix(word, "wait ")
		switch {
		case word == "hangup" || word == "!hangup":
			out = append(out, Step{HangUp: true, Early: early})
		case word == "silence":
			out = append(out, Step{Silence: true})
		case waits:
			d, err := time.ParseDuration(strings.TrimSpace(after))
			if err != nil || d <= 0 {
				return nil, fmt.Errorf("step %d = %q: %w: use wait 10s", i+1, word, ErrScript)
			}
			out = append(out, Step{WaitUs: d.Microseconds()})
		case keys != "" && strings.Trim(keys, "0123456789*#") == "":
			out = append(out, Step{Keys: keys, Early: early})
		default:
			return nil, fmt.Errorf("step %d = %q: %w: must be keys, !keys, silence, wait TIME, hangup or !hangup", i+1, word, ErrScript)
		}
	}
	return out, nil
}

// due is an input that will come by itself.
type due struct {
	at  int64
	seq int
	in  ivr.Input
	id  int
	fn  string // play, timer, fetch, result
}

type run struct {
	script Script
	m      *ivr.Machine
	now    int64
	queue  []due
	seq    int
	dial   []Step
	res    Result
	quiet  int64 // no dialling before this
	mute   bool  // until the flow goes on
}

// Run dials through the flow.
func Run(f *ivr.Flow, s Script) Result {
	if s.PromptUs <= 0 {
		s.PromptUs = 3_000_000
	}
	r := &run{script: s, now: s.At, dial: slices.Clone(s.Dial), res: Result{Flow: f.Name}}
	m, out := f.Start(s.Call, r.now)
	r.m = m
	r.apply(f.First, out)
	for range maxSteps {
		if m.Done() {
			break
		}
		if r.act() {
			continue
		}
		if !r.next() {
			break
		}
	}
	r.res.Attributes, r.res.SpentUs, r.res.Unused = m.Attributes(), r.now-s.At, len(r.dial)
	return r.res
}

// act lets the caller do the next thing, if it is time for it.
func (r *run) act() bool {
	if len(r.dial) == 0 || r.now < r.quiet {
		return false
	}
	s := r.dial[0]
	waiting := r.m.Waiting()
	if s.Silence && r.mute {
		return false
	}
	early := s.Early && waiting == ivr.ForPrompt || s.HangUp && waiting == ivr.ForResult
	if waiting != ivr.ForKeys && !early {
		return false
	}
	if s.Silence {
		r.mute = true
		r.line("silent", "says nothing")
		return true
	}
	r.dial = r.dial[1:]
	switch {
	case s.HangUp:
		r.line("hangs up", "")
		r.step(ivr.Gone{Cause: "caller"})
	case s.WaitUs > 0:
		r.line("waits", time.Duration(s.WaitUs*1000).String())
		r.quiet = r.now + s.WaitUs
		r.push(due{at: r.quiet, fn: "caller"})
	default:
		r.line("dials", s.Keys)
		for _, k := range s.Keys {
			r.step(ivr.Key{Key: string(k)})
		}
	}
	return true
}

// next lets the next thing happen.
func (r *run) next() bool {
	if len(r.queue) == 0 {
		return false
	}
	slices.SortFunc(r.queue, func(a, b due) int {
		if a.at != b.at {
			return int(max(-1, min(1, a.at-b.at)))
		}
		return a.seq - b.seq
	})
	d := r.queue[0]
	r.queue = r.queue[1:]
	r.now = max(r.now, d.at)
	if d.in == nil {
		return true
	}
	if r.mute && d.fn == "timer" && len(r.dial) > 0 && r.dial[0].Silence {
		r.dial, r.mute = r.dial[1:], false
	}
	r.step(d.in)
	return true
}

func (r *run) step(in ivr.Input) {
	node := r.m.Node()
	r.apply(node, r.m.Step(in, r.now))
}

func (r *run) push(d due) {
	r.seq++
	d.seq = r.seq
	r.queue = append(r.queue, d)
}

func (r *run) drop(fn string, id int) {
	r.queue = slices.DeleteFunc(r.queue, func(d due) bool { return d.fn == fn && d.id == id })
}

func (r *run) line(what, text string) { r.lineAt(r.m.Node(), what, text) }

func (r *run) lineAt(node, what, text string) {
	r.res.Lines = append(r.res.Lines, Line{AtUs: r.now - r.script.At, Node: node, What: what, Text: text})
}
