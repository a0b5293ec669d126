package exchange

import (
	"time"

	"github.com/agner-platform/agner/telephony/media"
	"github.com/agner-platform/agner/telephony/media/tone"
	"github.com/agner-platform/agner/telephony/prompt/phrase"
	"github.com/agner-platform/agner/telephony/recording"
)

// message asks the caller to speak after the tone. A switch that keeps no voicemail
// says so: nobody must speak into nothing.
func (s *session) message(maxUs int64) {
	if s.x.cfg.Voicemail == nil {
		s.play(s.words(phrase.NoMessage), func() { s.hangUp("no_voicemail") })
		return
	}
	s.play(s.words(phrase.Message), func() {
		beep := make([]int16, tone.Rate/2)
		(&tone.Sine{Hz: 1000, Level: 8000}).Read(beep)
		s.call.Play(s.caller, &media.Samples16{Data: beep}, func() { s.post(func() { s.listen(maxUs) }) })
	})
}

// listen takes the message until the caller hangs up or it is full.
func (s *session) listen(maxUs int64) {
	box := s.x.plan.Load().Box(s.line)
	box.Max = time.Duration(maxUs) * time.Microsecond
	head := recording.Head{Interaction: s.call.Interaction, Leg: s.caller, Queue: s.line, Party: s.party}
	m, err := s.x.cfg.Voicemail.Take(head, box, func() { s.post(func() { s.hangUp("message_full") }) })
	if err != nil {
		s.x.cfg.Log.Error("voicemail", "interaction_id", s.call.Interaction, "error", err)
		s.hangUp("failed")
		return
	}
	s.call.Record(m.Session)
}
