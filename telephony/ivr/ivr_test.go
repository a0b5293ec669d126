package ivr

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agner-platform/agner/internal/event"
)

// monday is Monday 2026-05-04 09:30 in Tallinn, within the test flow's office hours.
const monday = 1777876200000000

// flowOf wraps nodes in a flow that starts at the first one, "a".
func flowOf(t *testing.T, nodes string) *Flow {
	t.Helper()
	f, err := Parse([]byte("name: test\nzone: Europe/Tallinn\nstart: a\nhours: {office: {week: {mon-fri: [\"09:00-17:00\"]}}}\nnodes:\n"+indent(nodes)), Known{})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func indent(s string) string {
	lines := strings.Split(strings.Trim(s, "\n"), "\n")
	return "  " + strings.Join(lines, "\n  ") + "\n"
}

// ends are targets for tests of single nodes.
const ends = `
b: {kind: enqueue, queue: q}
c: {kind: hangup, outcome: failed}
`

// walker drives a machine by words and records facts and actions in short form.
type walker struct {
	t   *testing.T
	m   *Machine
	now int64
	log []string
}

// walk starts a call and posts inputs: "+2s" lets time pass, "5" is a key,
// "played", "fired", "gone", "reply 200 {…}", "ok", "no busy".
func walk(t *testing.T, f *Flow, call Call, words ...string) []string {
	t.Helper()
	w := &walker{t: t, now: monday}
	var out Out
	call.Interaction = "i1"
	w.m, out = f.Start(call, w.now)
	w.note(out)
	for _, word := range words {
		w.post(word)
	}
	return w.log
}

func (w *walker) post(word string) {
	var us int64
	if n, _ := fmt.Sscanf(word, "+%ds", &us); n == 1 {
		w.now += us * 1_000_000
		return
	}
	var in Input
	switch head, rest, _ := strings.Cut(word, " "); head {
	case "played":
		in = Played{w.m.play}
	case "fired":
		in = Fired{w.m.timer}
	case "limit":
		in = Fired{w.m.limit}
	case "gone":
		in = Gone{"caller"}
	case "reply":
		var status int
		var body string
		fmt.Sscanf(rest, "%d", &status)
		_, body, _ = strings.Cut(rest, " ")
		in = Looked{Request: w.m.fetch, Status: status, Body: []byte(body)}
	case "ok":
		in = Resulted{Request: w.m.result, OK: true}
	case "no":
		in = Resulted{Request: w.m.result, Cause: rest}
	default:
		in = Key{word}
	}
	w.note(w.m.Step(in, w.now))
}

// note writes what a step stops, then its facts, then what it begins.
func (w *walker) note(out Out) {
	for _, a := range out.Actions {
		switch a.(type) {
		case StopPlaying:
			w.log = append(w.log, "stop")
		case StopFetch:
			w.log = append(w.log, "unfetch")
		case StopDial:
			w.log = append(w.log, "undial")
		}
	}
	for _, e := range out.Facts {
		if err := e.Validate(); err != nil {
			w.t.Errorf("fact %s: %v", e.Kind, err)
		}
		switch p := e.Payload.(type) {
		case *event.IVRStepTaken:
			w.log = append(w.log, fmt.Sprintf("step %s %q %d", p.Node, p.Input, p.Attempt))
		case *event.IVRLeft:
			w.log = append(w.log, strings.TrimSpace(fmt.Sprintf("left %s %s %s", p.Outcome, p.LastNode, e.Cause)))
		case *event.IVREntered:
		default:
			w.log = append(w.log, string(e.Kind))
		}
	}
	for _, a := range out.Actions {
		switch a := a.(type) {
		case PlayPrompts:
			var names []string
			for _, p := range a.Prompts {
				names = append(names, p.File+p.Text+p.Say)
			}
			w.log = append(w.log, "play "+strings.Join(names, "+"))
		case Fetch:
			w.log = append(w.log, "fetch "+a.URL)
		case JoinQueue:
			w.log = append(w.log, fmt.Sprintf("queue %s %d %v %v", a.Queue, a.Priority, a.Skills, a.Attributes))
		case TakeMessage:
			w.log = append(w.log, fmt.Sprintf("message %s %d", a.Box, a.MaxUs))
		case RequestCallback:
			w.log = append(w.log, fmt.Sprintf("callback %s %s", a.Queue, a.Number))
		case Dial:
			w.log = append(w.log, "dial "+a.To)
		case Disconnect:
			w.log = append(w.log, strings.TrimSpace("bye "+a.Cause))
		}
	}
}

// TestKinds holds what each kind of node does with each input it may get.
func TestKinds(t *testing.T) {
	const menu = `
a: {kind: menu, prompt: m.wav, invalid: bad.wav, silence: none.wav, attempts: 2, choices: {1: b, 12: c, "#": c}, no_match: b, no_input: c}` + ends
	const gather = `
a: {kind: gather, prompt: g.wav, save: pin, min: 2, max: 4, attempts: 2, next: b, failed: c}` + ends
	const lookup = `
a: {kind: lookup, url: "http://crm/{caller}?n={attr.x}", prompt: wait.wav, save: {tier: c.0.tier, n: n}, next: b, failed: c}` + ends
	const consent = `
a: {kind: consent, how: key, prompt: r.wav, attempts: 1, accepted: b, refused: c}` + ends
	const leftB = "step b \"\" 1; left queued b; queue q 0 [] map[]"
	const leftC = "step c \"\" 1; left failed c; bye"
	for name, tt := range map[string]struct {
		nodes string
		call  Call
		words []string
		want  string
	}{
		"play": {"\na: {kind: play, prompt: [x.wav, \"hi {caller}\"], next: b}" + ends, Call{Caller: "+1"}, []string{"7", "played"},
			`play x.wav+hi +1; step a "" 1; ` + leftB},
		"play, cut short by a key": {"\na: {kind: play, prompt: x.wav, barge_in: true, next: m}\nm: {kind: menu, prompt: m.wav, choices: {1: b}, no_match: c}" + ends, Call{}, []string{"1"},
			`play x.wav; stop; step a "" 1; step m "1" 1; ` + leftB},
		"menu, key after the prompt":    {menu, Call{}, []string{"played", "#"}, `play m.wav; step a "#" 1; ` + leftC},
		"menu, key into the prompt":     {menu, Call{}, []string{"#"}, `play m.wav; stop; step a "#" 1; ` + leftC},
		"menu, longer choice":           {menu, Call{}, []string{"1", "2"}, `play m.wav; stop; step a "12" 1; ` + leftC},
		"menu, shorter choice by time":  {menu, Call{}, []string{"1", "fired"}, `play m.wav; stop; step a "1" 1; ` + leftB},
		"menu, wrong keys to the end":   {menu, Call{}, []string{"9", "8"}, `play m.wav; stop; step a "9" 1; play bad.wav+m.wav; stop; step a "8" 2; ` + leftB},
		"menu, wrong second key":        {menu, Call{}, []string{"1", "3", "#"}, `play m.wav; stop; step a "13" 1; play bad.wav+m.wav; stop; step a "#" 2; ` + leftC},
		"menu, silence to the end":      {menu, Call{}, []string{"played", "fired", "played", "fired"}, `play m.wav; step a "" 1; play none.wav+m.wav; step a "" 2; ` + leftC},
		"menu, letters are no keys":     {menu, Call{}, []string{"A", "", "11"}, `play m.wav`},
		"menu, caller gone":             {menu, Call{}, []string{"gone", "1"}, `play m.wav; stop; step a "" 1; left hung_up a caller`},
		"menu, flow limit":              {menu, Call{}, []string{"played", "limit", "1"}, `play m.wav; step a "" 1; left failed a flow_limit; bye flow_limit`},
		"menu without barge-in":         {"\na: {kind: menu, barge_in: false, prompt: m.wav, choices: {1: b}, no_match: c}" + ends, Call{}, []string{"1", "played", "1"}, `play m.wav; step a "1" 1; ` + leftB},
		"gather, terminated":            {gather, Call{}, []string{"4", "7", "#"}, `play g.wav; stop; step a "••" 1; step b "" 1; left queued b; queue q 0 [] map[pin:47]`},
		"gather, full":                  {gather, Call{}, []string{"4", "7", "1", "1"}, `play g.wav; stop; step a "••••" 1; step b "" 1; left queued b; queue q 0 [] map[pin:4711]`},
		"gather, by time":               {gather, Call{}, []string{"4", "7", "fired"}, `play g.wav; stop; step a "••" 1; step b "" 1; left queued b; queue q 0 [] map[pin:47]`},
		"gather, too short, silence":    {gather, Call{}, []string{"4", "#", "played", "fired"}, `play g.wav; stop; step a "•" 1; play g.wav; step a "" 2; ` + leftC},
		"gather, start over":            {gather, Call{}, []string{"4", "*", "1", "2", "#"}, `play g.wav; stop; step a "••" 1; step b "" 1; left queued b; queue q 0 [] map[pin:12]`},
		"gather, needless terminator":   {"\na: {kind: gather, keep: true, prompt: g.wav, save: d, max: 1, next: m, failed: c}\nm: {kind: menu, prompt: m.wav, choices: {\"#\": c}, no_match: b}" + ends, Call{}, []string{"4", "#", "+3s", "#"}, `play g.wav; stop; step a "4" 1; play m.wav; stop; step m "#" 1; ` + leftC},
		"say":                           {"\na: {kind: say, what: wait, queue: q, next: b}" + ends, Call{}, []string{"played"}, `play wait; step a "" 1; ` + leftB},
		"hours":                         {"\na: {kind: hours, hours: office, open: b, closed: c}" + ends, Call{}, nil, `step a "open" 1; ` + leftB},
		"branch on the caller":          {"\na: {kind: branch, on: caller, cases: [{empty: true, goto: c}, {starts: \"+372\", goto: b}], else: c}" + ends, Call{Caller: "+3725"}, nil, `step a "" 1; ` + leftB},
		"branch on a withheld caller":   {"\na: {kind: branch, on: caller, cases: [{empty: true, goto: b}, {starts: \"+\", goto: c}], else: c}" + ends, Call{}, nil, `step a "" 1; ` + leftB},
		"branch on a figure":            {"\na: {kind: branch, on: attr.n, cases: [{under: 5, goto: c}, {over: 5, goto: b}], else: c}" + ends, Call{Attributes: map[string]string{"n": "7"}}, nil, `step a "" 1; step b "" 1; left queued b; queue q 0 [] map[n:7]`},
		"branch on the dialled number":  {"\na: {kind: branch, on: number, cases: [{is: 112, goto: b}], else: c}" + ends, Call{Number: "112"}, nil, `step a "" 1; ` + leftB},
		"lookup":                        {lookup, Call{Caller: "+1 2", Attributes: map[string]string{"x": "a&b"}}, []string{`reply 200 {"c":[{"tier":"gold"}],"n":12345678901234567890}`}, `fetch http://crm/%2B1%202?n=a%26b; play wait.wav; stop; step a "ok" 1; step b "" 1; left queued b; queue q 0 [] map[n:12345678901234567890 tier:gold x:a&b]`},
		"lookup, keys typed meanwhile":  {"\na: {kind: lookup, url: http://x/y, next: m, failed: m}\nm: {kind: menu, prompt: m.wav, choices: {1: b}, no_match: c}" + ends, Call{}, []string{"1", "reply 500"}, `fetch http://x/y; step a "failed" 1; step m "1" 1; ` + leftB},
		"lookup, status":                {lookup, Call{}, []string{"reply 404 {}"}, `fetch http://crm/?n=; play wait.wav; stop; step a "failed" 1; ` + leftC},
		"lookup, no JSON":               {lookup, Call{}, []string{"played", "reply 200 <html>"}, `fetch http://crm/?n=; play wait.wav; step a "failed" 1; ` + leftC},
		"lookup, time-out, late reply":  {lookup, Call{}, []string{"fired", "reply 200 {}"}, `fetch http://crm/?n=; play wait.wav; unfetch; stop; step a "timeout" 1; ` + leftC},
		"lookup, caller gone":           {lookup, Call{}, []string{"gone"}, `fetch http://crm/?n=; play wait.wav; stop; unfetch; step a "" 1; left hung_up a caller`},
		"set":                           {"\na: {kind: set, skills: [\"lang=fr\", vip], priority: -3, attributes: {who: \"{caller}/{attr.x}\"}, next: b}" + ends, Call{Caller: "1"}, nil, `step a "" 1; step b "" 1; left queued b; queue q -3 [lang=fr vip] map[who:1/]`},
		"consent by announcement":       {"\na: {kind: consent, prompt: r.wav, next: b}" + ends, Call{}, []string{"played"}, `play r.wav; recording.consented; step a "" 1; ` + leftB},
		"consent by key":                {consent, Call{}, []string{"1"}, `play r.wav; stop; recording.consented; step a "1" 1; ` + leftB},
		"consent refused":               {consent, Call{}, []string{"2"}, `play r.wav; stop; recording.refused; step a "2" 1; ` + leftC},
		"consent, silence refuses":      {consent, Call{}, []string{"played", "fired"}, `play r.wav; recording.refused; step a "" 1; ` + leftC},
		"enqueue after a prompt":        {"\na: {kind: enqueue, queue: q, prompt: p.wav}", Call{}, []string{"played"}, `play p.wav; step a "" 1; left queued a; queue q 0 [] map[]`},
		"voicemail":                     {"\na: {kind: voicemail, box: v, prompt: p.wav, length: 1m}", Call{}, []string{"played"}, `play p.wav; step a "" 1; left served a; message v 60000000`},
		"callback":                      {"\na: {kind: callback, queue: q, next: b, failed: c}" + ends, Call{Caller: "+1"}, []string{"ok"}, `callback q +1; step a "ok" 1; ` + leftB},
		"callback refused":              {"\na: {kind: callback, queue: q, number: \"{attr.n}\", next: b, failed: c}" + ends, Call{}, []string{"no closed", "ok"}, `callback q ; step a "closed" 1; ` + leftC},
		"transfer":                      {"\na: {kind: transfer, to: \"7000\", failed: b}\nb: {kind: hangup}", Call{}, []string{"ok"}, `dial 7000; step a "answered" 1; left served a`},
		"transfer fails":                {"\na: {kind: transfer, to: \"7000\", failed: b}\nb: {kind: hangup}", Call{}, []string{"no busy"}, `dial 7000; step a "busy" 1; step b "" 1; left served b; bye`},
		"transfer, nobody answers":      {"\na: {kind: transfer, to: \"7000\", failed: b}\nb: {kind: hangup}", Call{}, []string{"fired", "ok"}, `dial 7000; undial; step a "timeout" 1; step b "" 1; left served b; bye`},
		"transfer, caller gone":         {"\na: {kind: transfer, to: \"7000\", failed: b}\nb: {kind: hangup}", Call{}, []string{"gone"}, `dial 7000; undial; step a "" 1; left hung_up a caller`},
		"hang up with prompt and cause": {"\na: {kind: hangup, prompt: bye.wav, cause: closed}", Call{}, []string{"played"}, `play bye.wav; step a "" 1; left served a; bye closed`},
	} {
		t.Run(name, func(t *testing.T) {
			f := flowOf(t, used(tt.nodes))
			got := strings.Join(walk(t, f, tt.call, tt.words...), "; ")
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// used drops ends that the nodes have no way to.
func used(nodes string) string {
	for _, end := range []string{"b", "c"} {
		if strings.Contains(nodes, ": "+end+"}") || strings.Contains(nodes, ": "+end+",") {
			continue
		}
		lines := strings.Split(nodes, "\n")
		for i, l := range lines {
			if strings.HasPrefix(l, end+": ") {
				lines[i] = ""
			}
		}
		nodes = strings.Join(lines, "\n")
	}
	return nodes
}

// TestProblems holds the message for each way a flow can be wrong.
func TestProblems(t *testing.T) {
	const head = "name: x\nstart: a\nnodes:\n"
	for _, tt := range []struct{ src, want string }{
		{"", `flow = "": is empty`},
		{"[1]", `flow = "a list": must be a mapping`},
		{"a: [", `no YAML`},
		{"a: &x 1\nb: *x", `is not allowed in a flow`},
		{"name: x\nname: y", "already defined"},
		{"name: X y\nstart: a\nnodes: {a: {kind: hangup}}", `name = "X y": must be lower-case`},
		{"name: x\nnodes: {a: {kind: hangup}}", `start = "": must be given`},
		{"name: x\nstart: a", `nodes = "": must be given`},
		{"name: x\nstart: z\nnodes: {a: {kind: hangup}}", `line 2: start = "z": is no node`},
		{"name: x\nzone: Mars\nstart: a\nnodes: {a: {kind: hangup}}", `zone = "Mars"`},
		{"name: x\nhours: {h: {week: {mon: [\"9-5\"]}}}\nstart: a\nnodes: {a: {kind: hangup}}", `hours.h = "a mapping": mon: window "9-5"`},
		{"name: x\nspeed: 9\nstart: a\nnodes: {a: {kind: hangup}}", `speed = "9": is not a field here`},
		{head + "  a: {kind: dance}", `line 4: node "a": kind = "dance": must be one of [play menu`},
		{head + "  a: {}", `node "a": kind = "": must be given`},
		{head + "  a: 7", `node "a": node = "7": must be a mapping with a kind`},
		{head + "  a: {kind: hangup, next: b}", `node "a": next = "b": is not a field here; known are cause, kind, outcome, prompt`},
		{head + "  a: {kind: play, prompt: x.wav, next: b}", `line 4: node "a": next = "b": is no node of this flow`},
		{head + "  a: {kind: play, prompt: ../x.wav, next: b}", `prompt = "../x.wav": must be a file name below`},
		{head + "  a: {kind: play, prompt: [], next: b}", `prompt = "a list": must hold at least one prompt`},
		{head + "  a: {kind: play, prompt: 5, next: b}", `prompt = "5": must be a text to speak`},
		{head + "  a: {kind: hangup, prompt: \"hi {name}\"}", `prompt = "{name}": must be {caller}, {number} or {attr.NAME}`},
		{head + "  a: {kind: hangup}\n  b: {kind: hangup}", `line 5: node "b": node = "b": is never reached from a`},
		{head + "  a: {kind: play, prompt: x.wav, next: a}", `next = "a": closes a loop without input: a → a`},
		{head + "  a: {kind: menu, prompt: x.wav, choices: {1: a}, no_match: b}\n  b: {kind: play, prompt: y.wav, next: a}", `node "b": next = "a": closes a loop without input: a → b → a`},
		{head + "  a: {kind: menu, prompt: x.wav, choices: {x: b}, no_match: b}\n  b: {kind: hangup}", `choices.x = "b": must be keyed by 1 to 8 of`},
		{head + "  a: {kind: menu, prompt: x.wav, choices: {1: z}, no_match: b}\n  b: {kind: hangup}", `choices.1 = "z": is no node`},
		{head + "  a: {kind: menu, prompt: x.wav, timeout: 5, choices: {1: b}, no_match: b}\n  b: {kind: hangup}", `timeout = "5": must be a time such as 5s`},
		{head + "  a: {kind: menu, prompt: x.wav, attempts: 0, choices: {1: b}, no_match: b}\n  b: {kind: hangup}", `attempts = "0": must be a whole number from 1 to 9`},
		{head + "  a: {kind: menu, prompt: x.wav, barge_in: 1, choices: {1: b}, no_match: b}\n  b: {kind: hangup}", `barge_in = "1": must be true or false`},
		{head + "  a: {kind: gather, prompt: x.wav, save: PIN, min: 5, max: 4, next: b, failed: b}\n  b: {kind: hangup}", `save = "PIN": must be`},
		{head + "  a: {kind: gather, prompt: x.wav, save: p, min: 5, max: 4, next: b, failed: b}\n  b: {kind: hangup}", `min = "5": must not be above max (4)`},
		{head + "  a: {kind: hours, hours: h, open: b, closed: b}\n  b: {kind: hangup}", `hours = "h": is no known opening hours`},
		{head + "  a: {kind: branch, on: weather, cases: [{is: x, goto: b}], else: b}\n  b: {kind: hangup}", `on = "weather": must be caller, number or attr.NAME`},
		{head + "  a: {kind: branch, on: caller, cases: [{is: x, starts: y, goto: b}], else: b}\n  b: {kind: hangup}", `cases[0].starts = "y": is a second condition`},
		{head + "  a: {kind: branch, on: caller, cases: [{over: x, goto: b}], else: b}\n  b: {kind: hangup}", `cases[0].over = "x": must be a number`},
		{head + "  a: {kind: branch, on: caller, cases: [{goto: b}], else: b}\n  b: {kind: hangup}", `cases[0].is = "": one of is, starts`},
		{head + "  a: {kind: lookup, url: ftp://x/y, next: b, failed: b}\n  b: {kind: hangup}", `url = "ftp://x/y": must be an http or https address`},
		{head + "  a: {kind: lookup, url: \"http://{caller}/y\", next: b, failed: b}\n  b: {kind: hangup}", `must not have a placeholder in its host`},
		{head + "  a: {kind: lookup, url: http://x/y, timeout: 1m, next: b, failed: b}\n  b: {kind: hangup}", `timeout = "1m": must be a time`},
		{head + "  a: {kind: set, next: b}\n  b: {kind: hangup}", `one of skills, priority, attributes must be given`},
		{head + "  a: {kind: consent, how: key, prompt: x.wav, yes: 2, accepted: b, refused: b}\n  b: {kind: hangup}", `no = "2": must differ from yes`},
		{head + "  a: {kind: consent, how: nod, prompt: x.wav, next: b}\n  b: {kind: hangup}", `how = "nod": must be one of announcement, key`},
	} {
		_, err := Parse([]byte(tt.src), Known{})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("Parse(%q)\n got %v\nwant … %s …", tt.src, err, tt.want)
			continue
		}
		if !errors.Is(err, ErrInvalid) {
			t.Errorf("Parse(%q): %v is no ErrInvalid", tt.src, err)
		}
	}
}

func TestKnown(t *testing.T) {
	src := []byte("name: x\nstart: a\nnodes:\n  a: {kind: play, prompt: p.wav, next: b}\n  b: {kind: enqueue, queue: q}")
	if _, err := Parse(src, Known{Queues: []string{"q"}, Prompts: []string{"p.wav"}}); err != nil {
		t.Error(err)
	}
	_, err := Parse(src, Known{Queues: []string{"r"}, Prompts: []string{}})
	for _, want := range []string{`prompt = "p.wav": is no known recording`, `queue = "q": is no known queue`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Parse = %v, want … %s …", err, want)
		}
	}
}

func TestExamplesParse(t *testing.T) {
	for _, name := range []string{"main.yaml", "smallest.json"} {
		src, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		f, err := Parse(src, Known{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(f.Nodes()) == 0 || f.KindOf(f.First) == "" {
			t.Errorf("%s: nodes %v, first %q", name, f.Nodes(), f.First)
		}
	}
}

// TestExamplesOfTheDocument parses the flows shown in the format's page.
func TestExamplesOfTheDocument(t *testing.T) {
	doc, err := os.ReadFile("../../docs/formats/flow.md")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for i, block := range strings.Split(string(doc), "```") {
		src, isYAML := strings.CutPrefix(block, "yaml\n")
		if i%2 == 0 || !isYAML {
			continue
		}
		n++
		if strings.HasPrefix(src, "name:") {
			if _, err := Parse([]byte(src), Known{}); err != nil {
				t.Errorf("flow.md: %v", err)
			}
		}
	}
	if n == 0 {
		t.Error("flow.md shows no flow")
	}
	for _, k := range Kinds {
		if !strings.Contains(string(doc), "`"+string(k)+"`") {
			t.Errorf("flow.md says nothing of %s", k)
		}
	}
}
