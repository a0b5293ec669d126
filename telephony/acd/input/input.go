// Package input holds what may happen to the distributor: every input of
// [telephony/acd.State.Decide] is one of these types, and nothing else changes a State
// except facts. Package acd names them all by aliases.
package input

import (
	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/acd/setup"
	"github.com/agner-platform/agner/telephony/routing"
)

// Input is something that happened or was asked for. Its implementations are the
// types below.
type Input interface{ input() }

// Inputs of the owner.
type (
	// Start begins an epoch: the switch has (re)started. Whatever a crash lost is
	// closed: callers as lost, offers as withdrawn, conversations as handled.
	// Callbacks and signed-in agents stay.
	Start struct{ Node, Version string }
	// Tick lets time pass; post it at Deadline.
	Tick struct{}
	// Configure replaces the configuration while calls run. Nobody waiting is
	// dropped or reordered: a queue that is gone takes no new callers but keeps its
	// agents until the last caller has left.
	Configure struct{ Config setup.Config }
	// Advise replaces the advice; nil takes it away. Advice is not part of the
	// recovered state: it has to be posted again after a start.
	Advise struct{ Advice routing.Advice }
)

// Inputs of a caller.
type (
	// Join asks for a place in a queue.
	Join struct {
		Queue       string
		Interaction string
		Leg         string
		Party       string // pseudonym
		Channel     event.Channel
		Priority    int64    // added to the queue's own
		HeadStartUs int64    // urgency: counts as if it had come this much earlier
		Skills      []string // terms, all of them asked for
		PredictedUs int64    // estimated wait, for entry conditions; 0: not known
	}
	// HangUp says that the caller has gone: waiting, ringing or talking.
	HangUp struct{ Visit string }
	// Key says that a waiting caller pressed a key.
	Key struct{ Visit, Key string }
	// Estimated answers an Estimate command.
	Estimated struct {
		Visit         string
		LowUs, HighUs int64
	}
	// TakeCallback says that a waiting caller wants to be called back, keeping its
	// place, between FromAt and UntilAt (0: from now, without end).
	TakeCallback struct {
		Visit           string
		FromAt, UntilAt int64
	}
	// ScheduleCallback asks for a call at an agreed time.
	ScheduleCallback struct {
		Queue, Interaction, Party string
		ForAt, UntilAt            int64
	}
	// CancelCallback takes a callback back.
	CancelCallback struct{ Ref, By string }
	// CallbackResult answers a Dial command: "reached" (and confirmed by key), or
	// no_answer, busy, failed.
	CallbackResult struct{ Visit, Result string }
)

// Inputs of an agent and its phone.
type (
	// SignIn signs an agent in to the listed queues, or to all of its own.
	SignIn struct {
		Agent, Device string
		Queues        []string
		State         event.State // empty: available
		Reason        string
	}
	// SignOut signs out, after the present contact if there is one.
	SignOut struct{ Agent, By string }
	// SetState asks for available, break, meal, training, meeting or other; after
	// the present contact if there is one. A supervisor's By is kept in the fact.
	SetState struct {
		Agent      string
		State      event.State
		Reason, By string
	}
	// SetSkills replaces an agent's skills until its set-up row changes.
	SetSkills struct {
		Agent  string
		Skills routing.Skills
	}
	// Answer says that the agent picked up. It may be too late: then a Release
	// command follows.
	Answer struct{ Offer string }
	// Decline says that the agent refused the offer.
	Decline struct{ Offer string }
	// Fail says that the agent's phone could not be rung.
	Fail struct{ Offer, Cause string }
	// Hold puts the caller on hold, Resume takes it back.
	Hold   struct{ Agent string }
	Resume struct{ Agent string }
	// Finish ends the conversation: by whom, and where it was transferred to.
	Finish struct {
		Visit         string
		By            event.Side
		TransferredTo string
	}
	// Code says what a contact was about: while it is talked to or wrapped up. A queue
	// may ask for one before wrap-up ends.
	Code struct{ Agent, Code, NoteRef, By string }
	// WrapUpDone ends wrap-up early, ExtendWrapUp makes it longer.
	WrapUpDone   struct{ Agent string }
	ExtendWrapUp struct{ Agent string }
)

// Inputs of a supervisor. By is kept in the fact.
type (
	// MoveToHead makes a waiting caller the next to be served.
	MoveToHead struct{ Visit, By string }
	// SetPriority changes a waiting caller's priority.
	SetPriority struct {
		Visit    string
		Priority int64
		By       string
	}
	// Pull takes a waiting caller out of its queue.
	Pull struct {
		Visit, By string
		Action    setup.Action
	}
	// Reassign rings an agent for a waiting caller, whatever the rules say.
	Reassign struct{ Visit, Agent, By string }
)

func (Start) input()            {}
func (Tick) input()             {}
func (Configure) input()        {}
func (Advise) input()           {}
func (Join) input()             {}
func (HangUp) input()           {}
func (Key) input()              {}
func (Estimated) input()        {}
func (TakeCallback) input()     {}
func (ScheduleCallback) input() {}
func (CancelCallback) input()   {}
func (CallbackResult) input()   {}
func (SignIn) input()           {}
func (SignOut) input()          {}
func (SetState) input()         {}
func (SetSkills) input()        {}
func (Answer) input()           {}
func (Decline) input()          {}
func (Fail) input()             {}
func (Hold) input()             {}
func (Resume) input()           {}
func (Finish) input()           {}
func (Code) input()             {}
func (WrapUpDone) input()       {}
func (ExtendWrapUp) input()     {}
func (MoveToHead) input()       {}
func (SetPriority) input()      {}
func (Pull) input()             {}
func (Reassign) input()         {}
