package acdtest

import (
	"fmt"
	"maps"
	"strconv"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/acd"
	"github.com/agner-platform/agner/telephony/routing"
)

// arity is how many names a statement needs.
var arity = map[string]int{
	"call": 2, "hang_up": 1, "press": 2, "estimate": 3, "callback": 1, "scheduled_callback": 2, "cancel_callback": 1, "reached": 1, "not_reached": 2,
	"sign_in": 1, "sign_out": 1, "state": 2, "skills": 1, "answer": 1, "decline": 1, "fail": 2, "hold": 1, "resume": 1, "finish": 1,
	"wrap_up_done": 1, "extend": 1, "code": 2, "move_to_head": 1, "priority": 2, "pull": 1, "reassign": 2, "advice": 1, "no_advice": 0,
}

// input makes the input a statement stands for.
func (sc *Scenario) input(l *line) (acd.Input, error) {
	n, ok := arity[l.word]
	if !ok {
		return nil, fmt.Errorf("%q is not a statement", l.word)
	}
	if len(l.args) < n {
		return nil, fmt.Errorf("%s: needs %d names", l.word, n)
	}
	r := l.reader()
	in := sc.callerInput(l, r)
	if in == nil {
		in = sc.agentInput(l, r)
	}
	if in == nil {
		in = sc.supervisorInput(l, r)
	}
	r.used["patience"], r.used["handle"], r.used["wrap_up"] = true, true, true
	return in, r.done()
}

func (sc *Scenario) callerInput(l *line, r *reader) acd.Input {
	a := l.args
	switch l.word {
	case "call":
		return acd.Join{
			Interaction: a[0], Queue: a[1], Party: "p-" + a[0], Priority: r.number("priority"), HeadStartUs: r.span("head_start", 0),
			Skills: r.list("skills"), PredictedUs: r.span("predicted", 0),
		}
	case "hang_up":
		return acd.HangUp{Visit: sc.visit(a[0])}
	case "press":
		return acd.Key{Visit: sc.visit(a[0]), Key: a[1]}
	case "estimate":
		low, err := span(a[1])
		r.fail("estimate", err)
		high, err := span(a[2])
		r.fail("estimate", err)
		return acd.Estimated{Visit: sc.visit(a[0]), LowUs: low, HighUs: high}
	case "callback":
		return acd.TakeCallback{Visit: sc.visit(a[0]), FromAt: r.instant("from"), UntilAt: r.instant("until")}
	case "scheduled_callback":
		return acd.ScheduleCallback{Interaction: a[0], Queue: a[1], Party: "p-" + a[0], ForAt: r.instant("at"), UntilAt: r.instant("until")}
	case "cancel_callback":
		return acd.CancelCallback{Ref: sc.ref(a[0]), By: r.text("by")}
	case "reached":
		return acd.CallbackResult{Visit: sc.visit(a[0]), Result: "reached"}
	case "not_reached":
		return acd.CallbackResult{Visit: sc.visit(a[0]), Result: a[1]}
	}
	return nil
}

// instant reads a time since the beginning of the scenario.
func (r *reader) instant(name string) int64 {
	if r.text(name) == "" {
		return 0
	}
	return T0 + r.span(name, 0)
}

// ref finds the reference of a caller's callback in the facts.
func (sc *Scenario) ref(caller string) string {
	for i := len(sc.facts) - 1; i >= 0; i-- {
		if p, ok := sc.facts[i].Payload.(*event.CallbackRequested); ok && sc.facts[i].Interaction == caller {
			return p.Ref
		}
	}
	return "callback of " + caller
}

func (sc *Scenario) agentInput(l *line, r *reader) acd.Input {
	a := l.args
	switch l.word {
	case "sign_in":
		return acd.SignIn{Agent: a[0], Queues: r.list("queues"), State: event.State(r.text("state"))}
	case "sign_out":
		return acd.SignOut{Agent: a[0], By: r.text("by")}
	case "state":
		in := acd.SetState{Agent: a[0], State: event.State(a[1]), By: r.text("by")}
		if len(a) > 2 {
			in.Reason = a[2]
		}
		return in
	case "skills":
		return acd.SetSkills{Agent: a[0], Skills: r.skills()}
	case "answer":
		return acd.Answer{Offer: sc.offer(a[0])}
	case "decline":
		return acd.Decline{Offer: sc.offer(a[0])}
	case "fail":
		return acd.Fail{Offer: sc.offer(a[0]), Cause: a[1]}
	case "hold":
		return acd.Hold{Agent: a[0]}
	case "resume":
		return acd.Resume{Agent: a[0]}
	case "finish":
		in := acd.Finish{Visit: sc.visit(a[0]), By: event.AgentSide, TransferredTo: r.text("to")}
		return in
	case "wrap_up_done":
		return acd.WrapUpDone{Agent: a[0]}
	case "code":
		return acd.Code{Agent: a[0], Code: a[1], By: a[0]}
	case "extend":
		return acd.ExtendWrapUp{Agent: a[0]}
	}
	return nil
}

func (sc *Scenario) supervisorInput(l *line, r *reader) acd.Input {
	a, by := l.args, r.text("by")
	switch l.word {
	case "move_to_head":
		return acd.MoveToHead{Visit: sc.visit(a[0]), By: by}
	case "priority":
		n, err := strconv.ParseInt(a[1], 10, 64)
		r.fail("priority", err)
		return acd.SetPriority{Visit: sc.visit(a[0]), Priority: n, By: by}
	case "pull":
		return acd.Pull{Visit: sc.visit(a[0]), Action: r.action("to"), By: by}
	case "advice":
		return sc.advise(l, r)
	case "no_advice":
		sc.advice = nil
		return acd.Advise{}
	case "reassign":
		return acd.Reassign{Visit: sc.visit(a[0]), Agent: a[1], By: by}
	}
	return nil
}

// advise adds a queue to the advice and makes it new. value is in points of service
// level.
func (sc *Scenario) advise(l *line, r *reader) acd.Input {
	t := &routing.Table{Name: "scenario", Made: sc.world.Now(), Queues: map[string]routing.QueueAdvice{}}
	maps.Copy(t.Queues, sc.advice)
	t.Queues[l.args[0]] = routing.QueueAdvice{
		Value: float64(r.number("value")) / 100, Reserve: int(r.number("reserve")), HoldUs: r.span("hold", 0), WithinUs: r.span("within", 0),
	}
	sc.advice = t.Queues
	return acd.Advise{Advice: t}
}
