package exchange

import (
	"github.com/agner-platform/agner/telephony/call"
	"github.com/agner-platform/agner/telephony/exchange/plan"
	"github.com/agner-platform/agner/telephony/ivr"
)

// service does what an agent dialled, and says how it went.
func (s *session) service(c plan.Service, phone Phone) {
	s.call.Post(call.Answer{Leg: s.caller})
	if c == plan.DialEcho {
		s.echo()
		return
	}
	said, err := s.x.desk.Serve(s.ctx, c, phone)
	if err != nil {
		said = "That did not work: " + err.Error()
	}
	s.play([]ivr.Prompt{{Text: said}}, func() { s.hangUp("served") })
}

// echo lets a phone hear itself, to try microphone and network.
func (s *session) echo() {
	s.play([]ivr.Prompt{{Text: "You will hear what you say."}}, func() { s.call.Echo(s.caller) })
}
