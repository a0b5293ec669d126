package sipua

import (
	"net/netip"
	"time"
)

// Event is something that happened. Its implementations are the types below.
type Event interface{ sipEvent() }

// Events about legs. Between Invited or Invite and Failed or Ended.
type (
	// Invited announces an incoming leg. From, Display and To are what the caller
	// says; User is who authenticated, Trunk the peer it came through.
	Invited struct {
		Leg, From, Display, To string
		User, Trunk            string
		Source                 netip.AddrPort
		SDP                    []byte
		Replaces               string // our leg that is to be replaced (RFC 3891)
	}
	// Progressed is a provisional response; with SDP there is early media.
	Progressed struct {
		Leg    string
		Status int
		SDP    []byte
	}
	// Answered is the 200 of a leg we set up.
	Answered struct {
		Leg string
		SDP []byte
	}
	// Acked says that the caller knows our answer; SDP answers a late offer.
	Acked struct {
		Leg string
		SDP []byte
	}
	// Failed is the end of a leg that was never answered.
	Failed struct {
		Leg    string
		Status int
		Cause  string
	}
	// Ended is the end of an answered leg: hung up by the far end, or lost.
	Ended struct{ Leg, Cause string }
	// Held says that the far end put us on hold or took us off it.
	Held struct {
		Leg string
		On  bool
	}
	// Modified is the result of Modify.
	Modified struct {
		Leg    string
		Status int
		SDP    []byte
	}
	// Referred is a REFER; Replaces names the leg consulted, or holds "?" if it is
	// none of ours.
	Referred struct{ Leg, To, Replaces string }
	// Notified is how a Refer of ours goes (RFC 3515): 100, 180, 200, 486 and so on.
	Notified struct {
		Leg    string
		Status int
	}
	// Pressed is a key sent by SIP INFO.
	Pressed struct {
		Leg, Key string
		Length   time.Duration
	}
	// Registered says that a phone registered, or is gone (zero Until).
	Registered struct {
		User, Contact string
		Source        string
		Until         time.Time
	}
)

func (Invited) sipEvent()    {}
func (Progressed) sipEvent() {}
func (Answered) sipEvent()   {}
func (Acked) sipEvent()      {}
func (Failed) sipEvent()     {}
func (Ended) sipEvent()      {}
func (Held) sipEvent()       {}
func (Modified) sipEvent()   {}
func (Referred) sipEvent()   {}
func (Notified) sipEvent()   {}
func (Pressed) sipEvent()    {}
func (Registered) sipEvent() {}

// Handler is told what happens. Calls about one leg never overlap; they must
// return soon.
type Handler interface {
	// SIPEvent gets every event.
	SIPEvent(Event)
	// Reoffer answers a re-INVITE's offer; nil refuses it (488). A nil offer asks
	// for ours.
	Reoffer(leg string, offer []byte) []byte
}
