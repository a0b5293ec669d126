package exchange

import (
	"context"
	"errors"
	"time"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/telephony/acd"
	"github.com/agner-platform/agner/telephony/b2bua"
	"github.com/agner-platform/agner/telephony/call"
	"github.com/agner-platform/agner/telephony/exchange/lines"
	"github.com/agner-platform/agner/telephony/media"
	"github.com/agner-platform/agner/telephony/prompt/phrase"
)

// numberLimit is how long a number may be looked for while an agent's phone is to ring.
const numberLimit = 3 * time.Second

// confirmTime is what the question takes at least, twice.
const confirmTime = 15 * interval.Second

// promised tells sessions of callbacks that they became. It is called when the promise
// is on the disk.
func (x *Exchange) promised(facts []event.Event) {
	for i := range facts {
		if e := &facts[i]; e.Kind == event.KindCallbackRequested {
			if s := x.session(e.Interaction); s != nil {
				party := e.Party
				s.post(func() { s.promise(party) })
			}
		}
	}
}

// promise says goodbye to a caller who will be called back. A menu that asked for it
// says so itself.
func (s *session) promise(party string) {
	if s.x.cfg.Numbers != nil {
		ctx, cancel := context.WithTimeout(s.ctx, numberLimit)
		defer cancel()
		if err := s.x.cfg.Numbers.Keep(ctx, party); err != nil {
			s.x.cfg.Log.Error("the number of a callback was not kept for a restart", "interaction_id", s.call.Interaction, "error", err)
		}
	}
	if s.machine != nil && !s.machine.Done() || s.callerGone {
		return
	}
	s.visit = ""
	s.play(s.words(phrase.Promised), func() {
		if s.visit == "" { // nobody was free at once
			s.hangUp("callback")
		}
	})
}

// ringForCallback rings an agent for a customer who is to be called back. Without the
// number nobody is rung.
func (e executor) ringForCallback(c acd.Ring) {
	var party, ref string
	err := e.x.loop.Ask(context.Background(), func(s *acd.State, _ int64) {
		v, _ := s.Visit(c.Visit)
		party, ref = v.Party, v.Ref
	})
	if err != nil || ref == "" {
		return // it has been taken back
	}
	s := e.x.open(e.x.sw.NewCallAs(c.Interaction, party))
	e.x.mu.Lock()
	e.x.offers[c.Offer] = s
	e.x.mu.Unlock()
	s.post(func() {
		number, err := s.number(party)
		switch {
		case errors.Is(err, lines.ErrNoNumber):
			s.x.tell(acd.CancelCallback{Ref: ref, By: "erased"})
		case err != nil:
			s.x.cfg.Log.Error("the number of a callback cannot be looked up now", "interaction_id", c.Interaction, "error", err)
			s.x.tell(acd.Decline{Offer: c.Offer})
		default:
			s.party, s.in.From = party, number
			s.ring(c)
			return
		}
		s.cancel()
	})
}

// number looks a customer's number up.
func (s *session) number(party string) (string, error) {
	if s.x.cfg.Numbers == nil || party == "" {
		return "", lines.ErrNoNumber
	}
	ctx, cancel := context.WithTimeout(s.ctx, numberLimit)
	defer cancel()
	return s.x.cfg.Numbers.Number(ctx, party)
}

// callBack dials the customer while the agent hears it ring. One who is still on the
// line is there already.
func (s *session) callBack(c acd.Dial) {
	for _, r := range s.rings {
		if r.visit == c.Visit && r.answered {
			s.agent, s.agentLeg = c.Agent, r.leg
		}
	}
	if s.agentLeg == "" { // hung up in the same moment
		s.x.tell(acd.CallbackResult{Visit: c.Visit, Result: "failed"})
		return
	}
	s.visit = c.Visit
	if !s.callerGone && s.caller != "" {
		s.reached(c, s.caller)
		return
	}
	s.back = c.Visit
	targets, d, err := s.reach(s.in.From)
	if err != nil {
		s.unreached("failed")
		return
	}
	d.Side, d.RingUs = event.Customer, consultRing
	if d.Confirm = s.x.plan.Load().About(s.line).Confirm; d.Confirm {
		d.RingUs += confirmTime
	}
	s.call.Play(s.agentLeg, b2bua.Ringing(), nil)
	s.dial(targets, d, func(ok bool, cause string) {
		if ok {
			s.reached(c, d.Leg)
			return
		}
		s.unreached(result(cause))
	}, &d)
	if d.Confirm {
		s.call.Ask(d.Leg, s.question(phrase.Confirm))
	}
}

// question asks whoever picks up for the key, again and again.
func (s *session) question(say func(tag string) string) media.Source {
	return &media.Samples16{Data: append(s.pcm(s.words(say)), make([]int16, 2*8000)...), Loop: true}
}

// result turns why a leg ended into the result of an attempt.
func result(cause string) string {
	switch cause {
	case "busy", "declined":
		return "busy"
	case call.CauseNoAnswer, call.CauseCancelled, "unavailable":
		return "no_answer"
	}
	return "failed"
}

// reached joins customer and agent.
func (s *session) reached(c acd.Dial, leg string) {
	s.back = ""
	if _, err := s.x.loop.Post(s.ctx, acd.CallbackResult{Visit: c.Visit, Result: "reached"}); err != nil {
		s.call.Post(call.HangUp{Leg: leg, Cause: "too_late", By: event.System})
		s.call.Post(call.HangUp{Leg: s.agentLeg, Cause: "too_late", By: event.System})
		return
	}
	s.caller, s.callerGone, s.talking = leg, false, true
	s.record(s.line)
	s.call.Stop(leg)
	s.call.Stop(s.agentLeg)
	s.call.Post(call.Join{A: leg, B: s.agentLeg})
}

// unreached tells the agent, and the distributor once the agent's line is free again.
func (s *session) unreached(why string) {
	s.failure = why
	leg := s.agentLeg
	s.playTo(leg, s.words(phrase.NotReached), func() {
		s.call.Post(call.HangUp{Leg: leg, Cause: why, By: event.System})
	})
}

// agentLeft ends an attempt with the agent's leg.
func (s *session) agentLeft() {
	if s.back == "" {
		return
	}
	for leg := range s.dialled {
		delete(s.dialled, leg)
		s.call.Post(call.HangUp{Leg: leg, Cause: call.CauseCancelled, By: event.AgentSide})
	}
	why := s.failure
	if why == "" {
		why = "failed"
	}
	s.x.tell(acd.CallbackResult{Visit: s.back, Result: why})
	s.back, s.failure, s.agent, s.agentLeg, s.visit = "", "", "", "", ""
}
