package exchange

import (
	"slices"
	"time"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/acd"
	"github.com/agner-platform/agner/telephony/acd/setup"
	"github.com/agner-platform/agner/telephony/call"
	"github.com/agner-platform/agner/telephony/exchange/plan"
	"github.com/agner-platform/agner/telephony/exchange/sound"
	"github.com/agner-platform/agner/telephony/ivr"
	"github.com/agner-platform/agner/telephony/media"
	"github.com/agner-platform/agner/telephony/prompt/phrase"
	"github.com/agner-platform/agner/telephony/sipua/words"
)

// executor carries out what the distributor commands: each command is handed to the
// session it is about.
type executor struct{ x *Exchange }

// Execute implements loop.Executor.
func (e executor) Execute(commands []acd.Command) {
	for _, c := range commands {
		e.one(c)
	}
}

func (e executor) one(c acd.Command) {
	switch c := c.(type) {
	case acd.Estimate:
		e.x.est.Submit(c)
	case acd.Wait:
		e.to(c.Interaction, func(s *session) { s.wait(c) })
	case acd.Announce:
		e.to(c.Interaction, func(s *session) { s.announce(c) })
	case acd.Divert:
		e.to(c.Interaction, func(s *session) { s.divert(c) })
	case acd.Ring:
		e.ring(c)
	case acd.Connect:
		e.to(c.Interaction, func(s *session) { s.connect(c) })
	case acd.Drop:
		e.to(c.Interaction, func(s *session) { s.hangUp("dropped") })
	case acd.Cancel:
		e.offer(c.Offer, func(s *session) { s.cancelRing(c.Offer, c.Reason) })
	case acd.Release:
		e.offer(c.Offer, func(s *session) { s.cancelRing(c.Offer, "too_late") })
	case acd.Dial:
		if s := e.x.session(c.Interaction); s == nil || !s.post(func() { s.callBack(c) }) {
			e.x.tell(acd.CallbackResult{Visit: c.Visit, Result: "failed"})
		}
	}
}

func (e executor) to(interaction string, f func(*session)) {
	if s := e.x.session(interaction); s != nil {
		s.post(func() { f(s) })
	}
}

// offer finds the session by the offer that rings in it.
func (e executor) offer(id string, f func(*session)) {
	e.x.mu.Lock()
	s := e.x.offers[id]
	delete(e.x.offers, id)
	e.x.mu.Unlock()
	if s != nil {
		s.post(func() { f(s) })
	}
}

// ring rings an agent; where the caller has gone already the distributor will say so
// itself.
func (e executor) ring(c acd.Ring) {
	s := e.x.session(c.Interaction)
	if s != nil {
		e.x.mu.Lock()
		e.x.offers[c.Offer] = s
		e.x.mu.Unlock()
	}
	switch {
	case s != nil && s.post(func() { s.ring(c) }):
	case c.Channel == event.Callback:
		e.ringForCallback(c)
	default:
		e.x.tell(acd.Fail{Offer: c.Offer, Cause: "no_caller"})
	}
}

// wait begins the music.
func (s *session) wait(c acd.Wait) {
	s.visit, s.talking = c.Visit, false
	s.music()
}

func (s *session) music() { s.call.Play(s.caller, s.x.cfg.Voice.Music(), nil) }

// announce tells a waiting caller how things stand, between two stretches of music.
func (s *session) announce(c acd.Announce) {
	if c.Visit != s.visit || s.talking {
		return
	}
	lang, text := s.language(), ""
	switch c.What {
	case "position":
		text = phrase.Position(lang, c.Position)
	case "wait":
		text = phrase.Wait(lang, time.Duration(c.LowUs)*time.Microsecond, time.Duration(c.HighUs)*time.Microsecond)
	case "callback_offer":
		if s.party == "" { // nobody to call back
			return
		}
		text = phrase.Offer(lang, s.x.plan.Load().CallbackKey(s.line))
	}
	if text == "" {
		return
	}
	s.play([]ivr.Prompt{{Text: text, Lang: phrase.Lang(lang)}}, func() {
		if c.Visit == s.visit && !s.talking {
			s.music()
		}
	})
}

// divert takes a caller whom the queue did not serve elsewhere.
func (s *session) divert(c acd.Divert) {
	s.visit, s.talking = "", false
	s.call.Stop(s.caller)
	switch c.Action.Do {
	case setup.ToNumber:
		p := s.x.plan.Load()
		if f := p.Menus[c.Action.Target]; f != nil {
			s.menu(f, Number{})
		} else if !s.route(p, plan.Digits(c.Action.Target), false) {
			s.hangUp("unknown_number")
		}
	case setup.ToVoicemail:
		s.message(0)
	case setup.ToMessage:
		s.play([]ivr.Prompt{sound.Named(c.Action.Target)}, func() { s.hangUp("message") })
	default:
		s.hangUp("not_served")
	}
}

// ring dials an agent's phones, the one that registered last.
func (s *session) ring(c acd.Ring) {
	s.line = c.Queue
	r := &ring{offer: c.Offer, leg: "o-" + c.Offer + "-" + words.Token(), agent: c.Agent, visit: c.Visit}
	targets, d, err := s.reach(c.Agent)
	if err != nil || d.Trunk != "" && !d.Confirm {
		s.x.tell(acd.Fail{Offer: c.Offer, Cause: "not_registered"})
		return
	}
	d.Leg, d.Agent = r.leg, c.Agent
	if d.Confirm { // a telephone outside
		if err := s.x.lines.Admit(d.Leg, d.Trunk, targets[0]); err != nil {
			s.x.tell(acd.Fail{Offer: c.Offer, Cause: err.Error()})
			return
		}
		s.call.Ask(d.Leg, s.question(phrase.Take))
	}
	s.rings[c.Offer] = r
	s.call.Dial(d, targets[0])
}

// cancelRing stops a phone.
func (s *session) cancelRing(offer, cause string) {
	if r := s.rings[offer]; r != nil {
		r.cancelled = true
		s.call.Post(call.HangUp{Leg: r.leg, Cause: cause, By: event.System})
	}
}

// connect joins caller and agent.
func (s *session) connect(c acd.Connect) {
	r := s.rings[c.Offer]
	if r == nil { // the agent's phone went away in this instant
		s.x.tell(acd.Finish{Visit: c.Visit, By: event.AgentSide})
		return
	}
	s.visit, s.talking, s.agent, s.agentLeg = c.Visit, true, c.Agent, r.leg
	s.record(s.line)
	s.call.Stop(s.caller)
	s.call.Post(call.Join{A: s.caller, B: r.leg})
}

// phoneTarget is where a phone can be reached, the newest registration last.
func (s *session) phoneTarget(f Phone) []call.Target {
	var out []call.Target
	for _, b := range slices.Backward(s.x.sw.UA().Bindings().Lookup(f.User, time.Now())) {
		out = append(out, call.Target{URI: b.Contact, Transport: b.Network, Route: b.Source, From: s.in.From, Display: s.in.Display})
	}
	return out
}

// dial sets a leg up and says how it went; without a target it says so at once. The
// leg's name is written into the dial of the caller.
func (s *session) dial(to []call.Target, d call.Dial, done func(ok bool, cause string), named *call.Dial) {
	if len(to) == 0 {
		done(false, "not_registered")
		return
	}
	if s.dialled == nil {
		s.dialled = map[string]func(bool, string){}
	}
	d.Leg = "d-" + words.Token()
	if named != nil {
		named.Leg = d.Leg
	}
	if d.Trunk != "" {
		if err := s.x.lines.Admit(d.Leg, d.Trunk, to[len(to)-1]); err != nil {
			done(false, err.Error())
			return
		}
	}
	s.dialled[d.Leg] = done
	s.call.Dial(d, to[len(to)-1])
}

var _ media.Source = (*media.Samples16)(nil)
