package exchange

import (
	"cmp"
	"context"
	"io"
	"net/http"
	"time"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/telephony/acd"
	"github.com/agner-platform/agner/telephony/call"
	"github.com/agner-platform/agner/telephony/exchange/lines"
	"github.com/agner-platform/agner/telephony/exchange/plan"
	"github.com/agner-platform/agner/telephony/ivr"
	"github.com/agner-platform/agner/telephony/media"
	"github.com/agner-platform/agner/telephony/prompt/phrase"
)

// maxReply bounds the reply to a data dip.
const maxReply = 64 << 10

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
		go s.fetch(a)
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

// play plays prompts one after the other; what cannot be made is left out and logged.
// done is called in the session's goroutine.
func (s *session) play(prompts []ivr.Prompt, done func()) {
	var all []int16
	for _, p := range prompts {
		pcm, err := s.audio(p)
		if err != nil {
			s.x.cfg.Log.Warn("prompt left out", "file", p.File, "text", p.Text, "error", err)
		}
		all = append(all, pcm...)
	}
	s.call.Play(s.caller, &media.Samples16{Data: all}, func() { s.post(done) })
}

// audio makes the sound of one prompt.
func (s *session) audio(p ivr.Prompt) ([]int16, error) {
	switch {
	case p.File != "":
		return s.x.cfg.Voice.File(p.File)
	case p.Say != "":
		text, err := s.said(p)
		if err != nil || text == "" {
			return nil, err
		}
		return s.x.cfg.Voice.Say(s.ctx, phrase.Lang(p.Lang), text)
	}
	return s.x.cfg.Voice.Say(s.ctx, p.Lang, p.Text)
}

// said is what a caller who is not in the queue yet would hear of it.
func (s *session) said(p ivr.Prompt) (string, error) {
	queue := s.x.plan.Load().Queue(p.Queue)
	if p.Say == "position" {
		waiting := 0
		err := s.x.loop.Ask(s.ctx, func(st *acd.State, _ int64) {
			if q, ok := st.Queue(queue); ok {
				waiting = len(q.Line)
			}
		})
		return phrase.Position(p.Lang, int64(waiting)+1), err
	}
	ctx, cancel := context.WithTimeout(s.ctx, time.Second)
	defer cancel()
	e, ok := s.x.est.Predict(ctx, acd.Join{Queue: queue, Interaction: s.call.Interaction, Channel: event.Voice})
	if !ok {
		return "", nil
	}
	return phrase.Wait(p.Lang, time.Duration(e.LowUs)*time.Microsecond, time.Duration(e.HighUs)*time.Microsecond), nil
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

// fetch asks another system about the caller.
func (s *session) fetch(a ivr.Fetch) {
	ctx, cancel := context.WithTimeout(s.ctx, time.Duration(a.TimeoutUs)*time.Microsecond)
	defer cancel()
	reply := looked{Request: a.Request, Cause: "failed"}
	if req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.URL, nil); err == nil {
		if res, err := s.x.cfg.HTTP.Do(req); err == nil {
			body, err := io.ReadAll(io.LimitReader(res.Body, maxReply))
			res.Body.Close()
			if err == nil {
				reply.Status, reply.Body, reply.Cause = res.StatusCode, body, ""
			}
		}
	}
	s.post(func() { s.step(reply) })
}

// requestCallback notes a promise; it is on the disk before the caller hears of it.
func (s *session) requestCallback(a ivr.RequestCallback) {
	p := s.x.plan.Load()
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
	p := s.x.plan.Load()
	to := plan.Digits(a.To)
	var targets []call.Target
	d := call.Dial{To: to, RingUs: a.TimeoutUs, Side: event.AgentSide}
	if f, ok := p.ByUser[to]; ok {
		targets, d.Agent = s.phoneTarget(f), f.Agent
	} else if t, ok := p.Outbound(); ok && plan.Dialable(to) {
		targets, d.Trunk, d.Side, d.To = []call.Target{lines.Target(t, to)}, t.Name, event.Customer, t.Name
	}
	s.dial(targets, d, func(ok bool, cause string) {
		if ok {
			s.call.Stop(s.caller)
			s.call.Post(call.Join{A: s.caller, B: d.Leg})
		}
		s.step(ivr.Resulted{Request: a.Request, OK: ok, Cause: cause})
	}, &d)
}
