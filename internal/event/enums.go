package event

import "slices"

// Other is what Canonical reports for a value this build does not know: readers
// keep the raw value and count it under this name.
const Other = "other"

// Channel is the medium of an interaction.
type Channel string

// Channels. The empty channel means voice.
const (
	Voice    Channel = "voice"
	Chat     Channel = "chat"
	Email    Channel = "email"
	SMS      Channel = "sms"
	Video    Channel = "video"
	Callback Channel = "callback"
)

// Channels lists every known channel.
var Channels = []Channel{Voice, Chat, Email, SMS, Video, Callback}

// Precision says how exactly a source stamped an event.
type Precision string

// Precisions, finest first. The empty precision means microseconds.
const (
	Microsecond Precision = "us"
	Millisecond Precision = "ms"
	Second      Precision = "s"
	Minute      Precision = "min"
	// Derived marks a time or duration computed from neighbouring rows.
	Derived Precision = "derived"
)

// Precisions lists every known precision.
var Precisions = []Precision{Microsecond, Millisecond, Second, Minute, Derived}

// Exit is how a visit left its queue.
type Exit string

// Exits of a queue, as numbers and reports name them.
const (
	Answered   Exit = "answered"
	Abandoned  Exit = "abandoned"  // the caller hung up waiting or ringing
	TimedOut   Exit = "timed_out"  // the queue's own maximum wait
	Overflowed Exit = "overflowed" // moved on to another queue or number
	KeyExit    Exit = "key_exit"   // the caller pressed a key to leave
	NoAgents   Exit = "no_agents"  // nobody staffed any more
	ToCallback Exit = "callback"   // the caller took a callback
	Voicemail  Exit = "voicemail"
	Withdrawn  Exit = "withdrawn" // taken out by a supervisor or API
	Lost       Exit = "lost"      // closed by a crash or a restarted log
)

// Exits lists every known exit in report order.
var Exits = []Exit{Answered, Abandoned, TimedOut, Overflowed, KeyExit, NoAgents, ToCallback, Voicemail, Withdrawn, Lost}

// Canonical returns x, or Other when x is not a known exit.
func (x Exit) Canonical() Exit {
	if slices.Contains(Exits, x) {
		return x
	}
	return Other
}

// State is what an agent is doing.
type State string

// Agent states.
const (
	Offline    State = "offline"
	Available  State = "available"
	Reserved   State = "reserved" // an offer is ringing
	Talking    State = "talking"
	OnHold     State = "hold"
	WrapUp     State = "wrap_up"
	OnBreak    State = "break"
	OnMeal     State = "meal"
	InTraining State = "training"
	InMeeting  State = "meeting"
	OtherState State = Other
)

// States lists every known agent state.
var States = []State{Offline, Available, Reserved, Talking, OnHold, WrapUp, OnBreak, OnMeal, InTraining, InMeeting, OtherState}

// Canonical returns s, or "other" when s is not a known state.
func (s State) Canonical() State {
	if slices.Contains(States, s) {
		return s
	}
	return OtherState
}

// Direction is which way a call was set up.
type Direction string

// Directions of a call.
const (
	Inbound  Direction = "inbound"
	Outbound Direction = "outbound"
	Internal Direction = "internal"
)

// Directions lists every known direction.
var Directions = []Direction{Inbound, Outbound, Internal}

// Side is a party's role in a call.
type Side string

// Sides of a call.
const (
	Customer   Side = "customer"
	AgentSide  Side = "agent"
	Supervisor Side = "supervisor"
	System     Side = "system"
)

// Sides lists every known side.
var Sides = []Side{Customer, AgentSide, Supervisor, System}

// IVROutcome is how a caller left a menu.
type IVROutcome string

// Outcomes of a menu.
const (
	IVRQueued IVROutcome = "queued"
	IVRServed IVROutcome = "served" // contained: done without an agent
	IVRHungUp IVROutcome = "hung_up"
	IVRFailed IVROutcome = "failed"
)

// IVROutcomes lists every known outcome.
var IVROutcomes = []IVROutcome{IVRQueued, IVRServed, IVRHungUp, IVRFailed}

// BlockReason is why a queue refused a caller at entry.
type BlockReason string

// Reasons for blocking.
const (
	QueueFull      BlockReason = "full"
	QueueClosed    BlockReason = "closed"
	NobodyStaffed  BlockReason = "nobody_staffed"
	EntryCondition BlockReason = "condition"
)

// BlockReasons lists every known reason.
var BlockReasons = []BlockReason{QueueFull, QueueClosed, NobodyStaffed, EntryCondition}

// TransferKind tells a blind transfer from an attended one.
type TransferKind string

// Kinds of transfer.
const (
	Blind    TransferKind = "blind"
	Attended TransferKind = "attended"
)

// TransferKinds lists both kinds of transfer.
var TransferKinds = []TransferKind{Blind, Attended}

// SupervisionMode is how a supervisor joined a call.
type SupervisionMode string

// Modes of supervision.
const (
	Listen   SupervisionMode = "listen"
	Whisper  SupervisionMode = "whisper"
	Barge    SupervisionMode = "barge"
	Takeover SupervisionMode = "takeover"
)

// SupervisionModes lists every known mode.
var SupervisionModes = []SupervisionMode{Listen, Whisper, Barge, Takeover}
