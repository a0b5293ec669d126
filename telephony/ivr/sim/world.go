package sim

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/ivr"
)

// apply writes down what a step led to and plays the world around the flow.
func (r *run) apply(node string, out ivr.Out) {
	for _, e := range out.Facts {
		r.fact(node, e)
	}
	at := r.m.Node()
	if at == "" {
		at = node
	}
	for _, a := range out.Actions {
		r.action(at, a)
	}
}

func (r *run) fact(node string, e event.Event) {
	r.res.Facts = append(r.res.Facts, e)
	switch p := e.Payload.(type) {
	case *event.IVRStepTaken:
		text := fmt.Sprintf("attempt %d", p.Attempt)
		if p.Input != "" {
			text = fmt.Sprintf("with %q, attempt %d", p.Input, p.Attempt)
		}
		r.lineAt(p.Node, "passed", text)
	case *event.IVRLeft:
		r.res.Outcome, r.res.LastNode = p.Outcome, p.LastNode
		r.lineAt(p.LastNode, "left", string(p.Outcome))
		if e.Cause != "" {
			r.res.End = e.Cause
		}
	case *event.RecordingConsented:
		r.lineAt(node, "consent", "given by "+p.How)
	case *event.RecordingRefused:
		r.lineAt(node, "consent", "refused by "+p.How)
	}
}

func (r *run) action(node string, a ivr.Action) {
	switch a := a.(type) {
	case ivr.PlayPrompts:
		for _, p := range a.Prompts {
			r.lineAt(node, "hears", heard(p))
		}
		r.push(due{at: r.now + int64(len(a.Prompts))*r.script.PromptUs, in: ivr.Played{Request: a.Request}, id: a.Request, fn: "play"})
	case ivr.StopPlaying:
		r.drop("play", a.Request)
	case ivr.SetTimer:
		r.push(due{at: r.now + a.AfterUs, in: ivr.Fired{Request: a.Request}, id: a.Request, fn: "timer"})
	case ivr.StopTimer:
		r.drop("timer", a.Request)
	case ivr.Fetch:
		r.fetch(node, a)
	case ivr.StopFetch:
		r.drop("fetch", a.Request)
	case ivr.RequestCallback:
		r.lineAt(node, "asks", fmt.Sprintf("a callback of %s to %s", a.Queue, a.Number))
		r.result(node, a.Request)
	case ivr.Dial:
		r.lineAt(node, "rings", a.To)
		r.result(node, a.Request)
	case ivr.StopDial:
		r.drop("result", a.Request)
	default:
		r.end(node, a)
	}
}

func (r *run) fetch(node string, a ivr.Fetch) {
	r.lineAt(node, "asks", a.URL)
	reply, ok := r.script.Lookups[node]
	if !ok {
		return // the machine's own timer ends it
	}
	r.push(due{
		at: r.now + reply.AfterUs, id: a.Request, fn: "fetch",
		in: ivr.Looked{Request: a.Request, Status: reply.Status, Body: reply.Body},
	})
}

func (r *run) result(node string, request int) {
	in := ivr.Resulted{Request: request, OK: true}
	if slices.Contains(r.script.Fails, node) {
		in.OK, in.Cause = false, "no_answer"
	}
	r.push(due{at: r.now + 1_000_000, in: in, id: request, fn: "result"})
}

// end writes down the last action of a flow.
func (r *run) end(node string, a ivr.Action) {
	switch a := a.(type) {
	case ivr.JoinQueue:
		r.res.End = "queue " + a.Queue
		text := fmt.Sprintf("%s with priority %d", a.Queue, a.Priority)
		if len(a.Skills) > 0 {
			text += " for " + strings.Join(a.Skills, " AND ")
		}
		r.lineAt(node, "queues", text)
	case ivr.TakeMessage:
		r.res.End = "voicemail " + a.Box
		r.lineAt(node, "records", a.Box)
	case ivr.Disconnect:
		r.res.End = strings.TrimSpace("hang up " + a.Cause)
		r.lineAt(node, "ends", r.res.End)
	}
}

// heard shows a prompt.
func heard(p ivr.Prompt) string {
	switch {
	case p.File != "":
		return "♪ " + p.File
	case p.Say != "":
		return fmt.Sprintf("[%s in %s]", p.Say, p.Queue)
	}
	return "“" + p.Text + "”"
}

// Text shows the run for people, a line each.
func (res Result) Text() string {
	var b strings.Builder
	for _, l := range res.Lines {
		fmt.Fprintf(&b, "%6.1f s  %-16s %-8s %s\n", float64(l.AtUs)/1e6, l.Node, l.What, l.Text)
	}
	fmt.Fprintf(&b, "outcome %s at %s after %.1f s", res.Outcome, res.LastNode, float64(res.SpentUs)/1e6)
	if res.End != "" {
		fmt.Fprintf(&b, ": %s", res.End)
	}
	b.WriteByte('\n')
	if res.Unused > 0 {
		fmt.Fprintf(&b, "%d steps of the script were not reached\n", res.Unused)
	}
	return b.String()
}
