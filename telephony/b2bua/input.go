package b2bua

import (
	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/call"
	"github.com/agner-platform/agner/telephony/sipua"
)

// Input returns the input of a call machine that an event stands for, or false.
func Input(e sipua.Event) (call.Input, bool) {
	switch e := e.(type) {
	case sipua.Invited:
		side := event.Customer
		if e.Trunk == "" {
			side = event.AgentSide
		}
		return call.Incoming{Leg: e.Leg, Side: side, DNIS: e.To, Trunk: e.Trunk}, true
	case sipua.Progressed:
		return call.Ringing{Leg: e.Leg, EarlyMedia: len(e.SDP) > 0}, true
	case sipua.Answered:
		return call.Answered{Leg: e.Leg}, true
	case sipua.Failed:
		if e.Cause == "cancelled" {
			return call.Gone{Leg: e.Leg, Status: int64(e.Status), Cause: e.Cause}, true
		}
		return call.Failed{Leg: e.Leg, Status: int64(e.Status), Cause: e.Cause}, true
	case sipua.Ended:
		return call.Gone{Leg: e.Leg, Cause: e.Cause}, true
	case sipua.Held:
		return call.FarHold{Leg: e.Leg, On: e.On}, true
	case sipua.Notified:
		return call.ReferResult{Leg: e.Leg, Status: int64(e.Status)}, true
	case sipua.Referred:
		return call.Referred{Leg: e.Leg, To: e.To, Replaces: e.Replaces}, true
	}
	return nil, false
}
