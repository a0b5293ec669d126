package exchange

import (
	"context"
	"fmt"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/acd"
	"github.com/agner-platform/agner/telephony/call"
	"github.com/agner-platform/agner/telephony/ivr"
)

// code is what an agent asks for by dialling on the own phone.
type code string

// Service codes.
const (
	codeOut       code = "*10"
	codeAvailable code = "*11"
	codeBreak     code = "*12"
	codeMeal      code = "*13"
	codeWrapDone  code = "*14"
	codeEcho      code = "*43"
)

// ServiceCodes lists the codes with what they do, for pages and documents.
func ServiceCodes() map[string]string {
	return map[string]string{
		string(codeAvailable): "sign in, available", string(codeOut): "sign out", string(codeBreak): "break", string(codeMeal): "meal",
		string(codeWrapDone): "end wrap-up", string(codeEcho): "echo test",
	}
}

func serviceCode(number string) (code, bool) {
	_, ok := ServiceCodes()[number]
	return code(number), ok
}

// service does what an agent dialled, and says how it went.
func (s *session) service(c code, phone Phone) {
	s.call.Post(call.Answer{Leg: s.caller})
	if c == codeEcho {
		s.echo()
		return
	}
	said, err := s.x.serve(s.ctx, c, phone)
	if err != nil {
		said = "That did not work: " + err.Error()
	}
	s.play([]ivr.Prompt{{Text: said}}, func() { s.hangUp("served") })
}

func (x *Exchange) serve(ctx context.Context, c code, phone Phone) (string, error) {
	if phone.Agent == "" {
		return "", fmt.Errorf("the phone %s belongs to no agent", phone.User)
	}
	switch c {
	case codeAvailable:
		return "You are available.", x.SetState(ctx, phone.Agent, event.Available, "", "")
	case codeBreak:
		return "You are on a break.", x.SetState(ctx, phone.Agent, event.OnBreak, "", "")
	case codeMeal:
		return "You are at lunch.", x.SetState(ctx, phone.Agent, event.OnMeal, "", "")
	case codeWrapDone:
		return "Wrap-up has ended.", x.post(ctx, acd.WrapUpDone{Agent: phone.Agent})
	default:
		return "You are signed out.", x.post(ctx, acd.SignOut{Agent: phone.Agent})
	}
}

// echo lets a phone hear itself, to try microphone and network.
func (s *session) echo() {
	s.play([]ivr.Prompt{{Text: "You will hear what you say."}}, func() { s.call.Echo(s.caller) })
}
