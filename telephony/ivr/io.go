package ivr

import "github.com/agner-platform/agner/internal/event"

// Call is what is known of a caller when the flow starts.
type Call struct {
	Interaction string
	Leg         string
	Site        string
	Party       string            // pseudonym, for facts
	Caller      string            // number, empty if withheld; never in a fact
	Number      string            // ours, that was dialled
	Attributes  map[string]string // known before, such as the trunk's
}

// Input is something that happened. Its implementations are the types below.
type Input interface{ input() }

// Inputs of a machine. Request repeats the number of the action they answer.
type (
	// Key is one DTMF key: 0-9, *, #. Others are ignored.
	Key struct{ Key string }
	// Played says that prompts ended, also if they could not be played.
	Played struct{ Request int }
	// Fired says that a timer's time has come.
	Fired struct{ Request int }
	// Looked is the reply to a Fetch. Status 0 means that none came; Cause says why.
	Looked struct {
		Request int
		Status  int
		Body    []byte
		Cause   string
	}
	// Resulted is the result of a Dial or RequestCallback.
	Resulted struct {
		Request int
		OK      bool
		Cause   string
	}
	// Gone says that the caller hung up or was lost.
	Gone struct{ Cause string }
)

func (Key) input()      {}
func (Played) input()   {}
func (Fired) input()    {}
func (Looked) input()   {}
func (Resulted) input() {}
func (Gone) input()     {}

// Action is something the driver has to do. Its implementations are the types below.
type Action interface{ action() }

// Actions of a machine.
type (
	// PlayPrompts plays the prompts in order, answered by Played.
	PlayPrompts struct {
		Request int
		Prompts []Prompt
	}
	// StopPlaying stops the prompts of a request; it is not answered.
	StopPlaying struct{ Request int }
	// SetTimer asks for Fired after a time, StopTimer takes that back.
	SetTimer struct {
		Request int
		AfterUs int64
	}
	// StopTimer stops a timer.
	StopTimer struct{ Request int }
	// Fetch asks for an HTTP GET, answered by Looked. The machine keeps the time-out
	// itself, so a driver that never answers holds nobody up.
	Fetch struct {
		Request   int
		URL       string
		TimeoutUs int64
	}
	// StopFetch gives up a request; it is not answered.
	StopFetch struct{ Request int }
	// JoinQueue ends the flow in a queue.
	JoinQueue struct {
		Queue      string
		Priority   int64
		Skills     []string
		Attributes map[string]string
	}
	// TakeMessage ends the flow in a voicemail box.
	TakeMessage struct {
		Box   string
		MaxUs int64
	}
	// RequestCallback notes a callback, answered by Resulted.
	RequestCallback struct {
		Request    int
		Queue      string
		Number     string
		Priority   int64
		Skills     []string
		Attributes map[string]string
	}
	// Dial rings a number and joins the caller with it, answered by Resulted.
	Dial struct {
		Request   int
		To        string
		TimeoutUs int64
	}
	// StopDial gives up a transfer; it is not answered.
	StopDial struct{ Request int }
	// Disconnect hangs up.
	Disconnect struct{ Cause string }
)

func (PlayPrompts) action()     {}
func (StopPlaying) action()     {}
func (SetTimer) action()        {}
func (StopTimer) action()       {}
func (Fetch) action()           {}
func (StopFetch) action()       {}
func (JoinQueue) action()       {}
func (TakeMessage) action()     {}
func (RequestCallback) action() {}
func (Dial) action()            {}
func (StopDial) action()        {}
func (Disconnect) action()      {}

// Out is what a step leads to. Facts are true whatever becomes of the actions.
type Out struct {
	Facts   []event.Event
	Actions []Action
}

// Waiting is what a machine waits for.
type Waiting string

// What a machine may wait for.
const (
	ForPrompt Waiting = "prompt" // the end of a prompt, or a key that may cut it short
	ForKeys   Waiting = "keys"
	ForReply  Waiting = "reply"
	ForResult Waiting = "result"
	ForNobody Waiting = "" // the flow is over
)
