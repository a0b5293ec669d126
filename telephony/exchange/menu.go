package exchange

import (
	"cmp"
	"time"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/telephony/acd"
	"github.com/agner-platform/agner/telephony/call"
	"github.com/agner-platform/agner/telephony/exchange/sound"
	"github.com/agner-platform/agner/telephony/ivr"
	"github.com/agner-platform/agner/telephony/media"
	"github.com/agner-platform/agner/telephony/prompt/phrase"
)

// act does what a menu wants.
func (s *session) act(out ivr.Out) {
	if len(out.Facts) > 0 {
		s.x.publish(out.Facts)
		s.agreed(out.Facts)
	}
	for _, a := range out.Actions {
		s.do(a)
	}
}

func (s *session) do(a ivr.Action) {
	switch a := a.(type) {
	case ivr.PlayPrompts:
		s.play(a.Prompts, func() { s.step(ivr.Played{Request: a.Request}) })
	case ivr.StopPlaying:
		s.call.Stop(s.caller)
	case ivr.SetTimer:
		s.timers[a.Request] = time.AfterFunc(time.Duration(a.AfterUs)*time.Microsecond, func() {
			s.post(func() { s.step(ivr.Fired{Request: a.Request}) })
		})
	case ivr.StopTimer:
		if t := s.timers[a.Request]; t != nil {
			t.Stop()
			delete(s.timers, a.Request)
		}
	case ivr.Fetch:
		go func() {
			reply := sound.Fetch(s.ctx, s.x.cfg.HTTP, a)
			s.post(func() { s.step(reply) })
		}()
	case ivr.StopFetch: // its reply is ignored by its number
	case ivr.JoinQueue:
		s.join(acd.Join{Queue: s.x.plan.Load().Queue(a.Queue), Priority: a.Priority, Skills: a.Skills}, a.Attributes)
	case ivr.TakeMessage:
		s.line = s.x.plan.Load().Queue(a.Box)
		s.message(a.MaxUs)
	case ivr.RequestCallback:
		s.requestCallback(a)
	case ivr.Dial:
		s.transferTo(a)
	case ivr.StopDial:
		for leg := range s.dialled {
			delete(s.dialled, leg)
			s.call.Post(call.HangUp{Leg: leg, Cause: call.CauseCancelled, By: event.System})
		}
	case ivr.Disconnect:
		s.hangUp(a.Cause)
	}
}

// play plays prompts to the caller; done is called in the session's goroutine.
func (s *session) play(prompts []ivr.Prompt, done func()) { s.playTo(s.caller, prompts, done) }

func (s *session) playTo(leg string, prompts []ivr.Prompt, done func()) {
	s.call.Play(leg, &media.Samples16{Data: s.pcm(prompts)}, func() { s.post(done) })
}

// pcm is the sound of prompts.
func (s *session) pcm(prompts []ivr.Prompt) []int16 {
	return s.x.studio.Prompts(s.ctx, prompts, s.x.plan.Load().Queue)
}

// language is that of what the switch says by itself: the number's, else the queue's.
func (s *session) language() string {
	return cmp.Or(s.lang, s.x.plan.Load().About(s.line).Language)
}

// words is a sentence of the switch in the caller's language.
func (s *session) words(say func(tag string) string) []ivr.Prompt {
	lang := s.language()
	return []ivr.Prompt{{Text: say(lang), Lang: phrase.Lang(lang)}}
}

// requestCallback notes a promise; it is on the disk before the caller hears of it.
func (s *session) requestCallback(a ivr.RequestCallback) {
	p := s.x.plan.Load()
	if s.party == "" {
		s.step(ivr.Resulted{Request: a.Request, Cause: "no_number"})
		return
	}
	res, err := s.x.loop.Post(s.ctx, acd.ScheduleCallback{
		Queue: p.Queue(a.Queue), Interaction: s.call.Interaction, Party: s.party, ForAt: now() + interval.Minute,
	})
	if err != nil {
		s.step(ivr.Resulted{Request: a.Request, Cause: err.Error()})
		return
	}
	s.joined(res.Facts)
	s.step(ivr.Resulted{Request: a.Request, OK: true})
}

// transferTo dials for a menu and joins caller and answerer.
func (s *session) transferTo(a ivr.Dial) {
	targets, d, err := s.reach(a.To)
	if err != nil {
		s.step(ivr.Resulted{Request: a.Request, Cause: "not_reachable"})
		return
	}
	d.RingUs = a.TimeoutUs
	s.dial(targets, d, func(ok bool, cause string) {
		if ok {
			s.call.Stop(s.caller)
			s.call.Post(call.Join{A: s.caller, B: d.Leg})
		}
		s.step(ivr.Resulted{Request: a.Request, OK: ok, Cause: cause})
	}, &d)
}
