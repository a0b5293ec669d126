package call

import "github.com/agner-platform/agner/internal/event"

// Input is something that happened or was asked for. Its implementations are the
// types below.
type Input interface{ input() }

// Inputs from the SIP stack.
type (
	// Incoming says that a call reached us.
	Incoming struct {
		Leg   string
		Side  event.Side // empty: the customer
		DNIS  string     // the number that was dialled
		Trunk string
		Codec string
	}
	// Ringing says that an outgoing leg rings.
	Ringing struct {
		Leg        string
		EarlyMedia bool
	}
	// Answered says that an outgoing leg was answered.
	Answered struct{ Leg string }
	// Failed says that an outgoing leg was refused, or an incoming one could not be answered.
	Failed struct {
		Leg    string
		Status int64
		Cause  string
	}
	// Gone says that the far end hung up or cancelled, or was lost (Cause "lost").
	Gone struct {
		Leg    string
		Status int64
		Cause  string
	}
	// FarHold says that the far end put us on hold, or took us off it.
	FarHold struct {
		Leg string
		On  bool
	}
	// Referred says that the far end asks to be transferred (RFC 3515). Replaces
	// names the leg it consulted on, if it is one of ours (RFC 3891).
	Referred struct {
		Leg, To, Replaces string
	}
	// Measured keeps the media quality of a leg for call.ended.
	Measured struct {
		Leg     string
		Quality event.MediaQuality
	}
)

// Inputs from whoever runs the call: the menu, the ACD, the live API.
type (
	// Ring tells the caller of an incoming leg that it rings; Early with audio.
	Ring struct {
		Leg   string
		Early bool
	}
	// Answer answers an incoming leg.
	Answer struct{ Leg string }
	// Reject refuses an incoming leg with a SIP status.
	Reject struct {
		Leg    string
		Status int64
		Cause  string
	}
	// Dial sets up an outgoing leg. RingUs bounds how long it rings, 0 for ever.
	Dial struct {
		Leg, To string
		Side    event.Side
		Agent   string // whose phone, if it is one
		Trunk   string
		RingUs  int64
	}
	// Join bridges two answered legs, leaving whatever bridges they were in.
	Join struct{ A, B string }
	// Part takes a leg out of its bridge; nobody is hung up.
	Part struct{ Leg string }
	// Hold puts the peer of a leg on hold, By whose wish the facts say; Resume ends it.
	Hold   struct{ Leg string }
	Resume struct{ Leg string }
	// Consult dials a colleague for an agent's leg: its peer is held meanwhile.
	Consult struct {
		By, Leg, To, Agent, Queue string
		RingUs                    int64
	}
	// Transfer passes the peer of By on: to the consulted leg (attended), or to a
	// number, agent or queue (blind), after which By leaves the call.
	Transfer struct{ By, To, Agent, Queue string }
	// Conference joins an agent, its held peer and the consulted leg.
	Conference struct{ By string }
	// Keep says whether a leg stays when its peer leaves, for a survey or a menu.
	Keep struct {
		Leg string
		On  bool
	}
	// HangUp ends a leg; By whom the facts say.
	HangUp struct {
		Leg, Cause string
		By         event.Side
	}
	// Tick lets time pass; post it at Deadline.
	Tick struct{}
)

func (Incoming) input()   {}
func (Ringing) input()    {}
func (Answered) input()   {}
func (Failed) input()     {}
func (Gone) input()       {}
func (FarHold) input()    {}
func (Referred) input()   {}
func (Measured) input()   {}
func (Ring) input()       {}
func (Answer) input()     {}
func (Reject) input()     {}
func (Dial) input()       {}
func (Join) input()       {}
func (Part) input()       {}
func (Hold) input()       {}
func (Resume) input()     {}
func (Consult) input()    {}
func (Transfer) input()   {}
func (Conference) input() {}
func (Keep) input()       {}
func (HangUp) input()     {}
func (Tick) input()       {}

// Command asks the driver to do something. Its implementations are the types below.
type Command interface{ command() }

// Commands about one leg's dialog.
type (
	// SendProgress sends 180, or 183 with audio.
	SendProgress struct {
		Leg   string
		Early bool
	}
	// SendAnswer answers, SendReject refuses.
	SendAnswer struct{ Leg string }
	SendReject struct {
		Leg    string
		Status int64
	}
	// SendInvite sets a leg up.
	SendInvite struct{ Leg, To, Trunk string }
	// SendCancel gives up a leg that is not answered; Failed or Answered follows.
	SendCancel struct{ Leg string }
	// SendBye hangs up.
	SendBye struct{ Leg, Cause string }
	// SendNotify tells a referrer how its transfer goes.
	SendNotify struct {
		Leg    string
		Status int64
	}
)

// Commands about audio.
type (
	// Bridge lets two legs hear each other, Unbridge gives a leg music or silence.
	Bridge   struct{ A, B string }
	Unbridge struct{ Leg string }
	// Mix lets three or more legs hear each other.
	Mix struct{ Legs []string }
	// PlayHold plays music to a held leg.
	PlayHold struct{ Leg string }
)

func (SendProgress) command() {}
func (SendAnswer) command()   {}
func (SendReject) command()   {}
func (SendInvite) command()   {}
func (SendCancel) command()   {}
func (SendBye) command()      {}
func (SendNotify) command()   {}
func (Bridge) command()       {}
func (Unbridge) command()     {}
func (Mix) command()          {}
func (PlayHold) command()     {}

// Out is what a step leads to. Facts are true whatever becomes of the commands.
type Out struct {
	Facts    []event.Event
	Commands []Command
}

// Signalling is what the driver of a machine needs of a SIP stack. SDP is opaque
// here: the driver carries it between Signalling and the media relay. Methods
// return at once; what comes of them is posted as inputs.
type Signalling interface {
	// Invite sets up a leg.
	Invite(leg string, to Target, sdp []byte) error
	// Progress sends a provisional response, Answer the 200, Reject a refusal.
	Progress(leg string, status int, sdp []byte) error
	Answer(leg string, sdp []byte) error
	Reject(leg string, status int) error
	// Cancel gives up an Invite, Bye ends a dialog.
	Cancel(leg string) error
	Bye(leg, cause string) error
	// Modify offers a new session by re-INVITE.
	Modify(leg string, sdp []byte) error
	// Notify tells a referrer how its transfer goes.
	Notify(leg string, status int) error
}

// Target is where an outgoing leg goes.
type Target struct {
	URI       string // sip:user@host[:port][;transport=…]
	Transport string // udp, tcp, tls; empty: from the URI
	From      string // our number or extension shown to the far end
	Display   string
	Route     string // host:port that requests are sent to; empty: where URI says
	User      string // for digest challenges of a trunk
	Secret    string
	Headers   map[string]string
}
