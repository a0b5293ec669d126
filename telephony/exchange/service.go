package exchange

import (
	"context"
	"fmt"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/acd"
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
	said, err := s.x.serve(s.ctx, c, phone)
	if err != nil {
		said = "That did not work: " + err.Error()
	}
	s.play([]ivr.Prompt{{Text: said}}, func() { s.hangUp("served") })
}

func (x *Exchange) serve(ctx context.Context, c plan.Service, phone Phone) (string, error) {
	if phone.Agent == "" {
		return "", fmt.Errorf("the phone %s belongs to no agent", phone.User)
	}
	switch c {
	case plan.DialAvailable:
		return "You are available.", x.SetState(ctx, phone.Agent, event.Available, "", "")
	case plan.DialBreak:
		return "You are on a break.", x.SetState(ctx, phone.Agent, event.OnBreak, "", "")
	case plan.DialMeal:
		return "You are at lunch.", x.SetState(ctx, phone.Agent, event.OnMeal, "", "")
	case plan.DialWrapDone:
		return "Wrap-up has ended.", x.post(ctx, acd.WrapUpDone{Agent: phone.Agent})
	default:
		return "You are signed out.", x.post(ctx, acd.SignOut{Agent: phone.Agent})
	}
}

// echo lets a phone hear itself, to try microphone and network.
func (s *session) echo() {
	s.play([]ivr.Prompt{{Text: "You will hear what you say."}}, func() { s.call.Echo(s.caller) })
}
