package acd

import "github.com/agner-platform/agner/internal/event"

// Command asks the owner to do something in the world. Commands follow facts: a
// fact is true even if the command that follows it fails.
type Command interface{ command() }

// Commands about a caller.
type (
	// Wait tells that the caller waits under this visit: play music.
	Wait struct {
		Interaction, Visit, Queue string
		Position                  int64
	}
	// Announce plays something to a waiting caller. What is position, wait or
	// callback_offer.
	Announce struct {
		Visit, Interaction string
		What               string
		Position           int64
		LowUs, HighUs      int64
	}
	// Estimate asks for the wait of a visit, answered by Estimated.
	Estimate struct{ Visit, Queue string }
	// Divert takes a caller who is not (any more) in the queue elsewhere; the queue is
	// the one that did not serve it.
	Divert struct {
		Interaction, Queue string
		Action             Action
		Notify             string // voicemail: reference to the address told of it
	}
	// Dial calls a customer back while the agent waits, answered by CallbackResult.
	Dial struct {
		Ref, Visit, Interaction, Party, Agent string
	}
)

// Commands about an agent's phone.
type (
	// Ring rings an agent. It is answered by Answer, Decline or Fail; the core
	// itself counts the time.
	Ring struct {
		Offer, Visit, Interaction, Queue, Agent string
		Channel                                 event.Channel
	}
	// Cancel stops the ringing. If the agent's answer crosses it, Release follows.
	Cancel struct{ Offer, Agent, Reason string }
	// Connect joins caller and agent.
	Connect struct{ Offer, Visit, Interaction, Agent string }
	// Release hangs up on an agent whose answer came too late.
	Release struct{ Offer string }
	// Drop ends a conversation whose visit the core has closed.
	Drop struct{ Visit, Interaction, Agent string }
)

func (Wait) command()     {}
func (Announce) command() {}
func (Estimate) command() {}
func (Divert) command()   {}
func (Dial) command()     {}
func (Ring) command()     {}
func (Cancel) command()   {}
func (Connect) command()  {}
func (Release) command()  {}
func (Drop) command()     {}
