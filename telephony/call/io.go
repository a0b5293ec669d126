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
	// Dial sets up an outgoing leg. RingUs bounds how long it rings, 0 for ever. With
	// Confirm it counts as answered when Confirm is posted: an agent on an outside
	// phone presses a key, because the voicemail of that phone must not take calls.
	Dial struct {
		Leg, To string
		Side    event.Side
		Agent   string // whose phone, if it is one
		Trunk   string
		RingUs  int64
		Confirm bool
	}
	// Confirm says that the owner of an outside phone takes the call.
	Confirm struct{ Leg string }
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
	// Supervise dials a supervisor's phone as Leg and lets it join the agent's leg Of
	// in a mode; By is the user. Posted again for the same leg it changes the mode.
	// Takeover puts the supervisor in the agent's place.
	Supervise struct {
		Of, Leg, To, Agent, By string
		Mode                   event.SupervisionMode
		RingUs                 int64
	}
	// Flip rings another device of an agent as New; it takes the call over from Leg
	// when it answers.
	Flip struct {
		Leg, New, To string
		RingUs       int64
		Confirm      bool
	}
	// Replace lets an incoming leg that names another one of ours in Replaces take its
	// place (RFC 3891). Agent is who called, if it is known.
	Replace struct{ Leg, Old, Agent string }
	// ReferOut asks a far end to call somebody else without us: To, or the far end of
	// the leg Replaces, whose call it then takes over. ReferResult is how that went.
	ReferOut    struct{ Leg, To, Replaces string }
	ReferResult struct {
		Leg    string
		Status int64
	}
	// Merge joins the peers of two legs of one agent in a conference and lets the
	// second leg go. Both must be of this machine: see [Machine.Absorb].
	Merge struct{ Leg, Other string }
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

func (Incoming) input()    {}
func (Ringing) input()     {}
func (Answered) input()    {}
func (Failed) input()      {}
func (Gone) input()        {}
func (FarHold) input()     {}
func (Referred) input()    {}
func (Measured) input()    {}
func (Ring) input()        {}
func (Answer) input()      {}
func (Reject) input()      {}
func (Dial) input()        {}
func (Join) input()        {}
func (Part) input()        {}
func (Hold) input()        {}
func (Resume) input()      {}
func (Consult) input()     {}
func (Transfer) input()    {}
func (Conference) input()  {}
func (Keep) input()        {}
func (Supervise) input()   {}
func (Flip) input()        {}
func (Replace) input()     {}
func (ReferOut) input()    {}
func (ReferResult) input() {}
func (Merge) input()       {}
func (Confirm) input()     {}
func (HangUp) input()      {}
func (Tick) input()        {}

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
	// SendRefer asks a far end to call somebody else.
	SendRefer struct{ Leg, To, Replaces string }
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
	// Mix lets three or more legs hear each other, supervisors (last) as they watch.
	Mix struct {
		Legs    []string
		Watches []Watch
	}
	// PlayRing plays a ringing tone to a leg that waits for an answer.
	PlayRing struct{ Leg string }
	// AskConfirm asks the owner of an outside phone for the key; Confirm follows.
	AskConfirm struct{ Leg string }
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
func (PlayRing) command()     {}
func (AskConfirm) command()   {}
func (SendRefer) command()    {}
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
	// Refer asks the far end to call somebody else, or the far end of another leg.
	Refer(leg, to, replaces string) error
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
