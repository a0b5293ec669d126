package feed

import (
	"github.com/agner-platform/agner/internal/event"
)

// FactKind is what an event says that can be said only once.
type FactKind uint8

// Kinds of facts, and what their ID is.
const (
	VisitJoined   FactKind = iota // visit
	VisitLeft                     // visit
	VisitHandled                  // visit
	MenuEntered                   // interaction, at the time of entering
	MenuLeft                      // interaction, at the time of entering
	CallOffered                   // interaction, with Part the leg
	CallEnded                     // interaction, with Part the leg
	CallerBlocked                 // interaction, at its time, with Part the queue
	AgentEntered                  // agent, at its time, with Part the state; "" for any
)

// Fact is what an event says, under a name that is the same in whatever file it
// is said. Facts of visits and calls are told apart by ID and Part alone; At then
// only says where to look: when the visit joined, when the call began.
type Fact struct {
	Kind FactKind
	ID   string
	Part string
	At   int64 // UTC µs
}

// Key names the fact.
func (f Fact) Key() Fact {
	switch f.Kind {
	case VisitJoined, VisitLeft, VisitHandled, CallOffered, CallEnded:
		f.At = 0
	}
	return f
}

// FactOf returns what the event says, ok being false for one that only goes with
// others.
func FactOf(e *event.Event) (f Fact, ok bool) {
	switch p := e.Payload.(type) {
	case *event.QueueJoined:
		f = Fact{VisitJoined, e.Visit, "", e.At}
	case *event.QueueLeft:
		f = Fact{VisitLeft, e.Visit, "", anchor(p.JoinedAt, e.At-p.WaitUs)}
	case *event.VisitHandled:
		f = Fact{VisitHandled, e.Visit, "", anchor(p.JoinedAt, p.AnsweredAt, e.At)}
	case *event.IVREntered:
		f = Fact{MenuEntered, e.Interaction, "", e.At}
	case *event.IVRLeft:
		f = Fact{MenuLeft, e.Interaction, "", anchor(p.EnteredAt, e.At-p.SpentUs)}
	case *event.CallOffered:
		f = Fact{CallOffered, e.Interaction, e.Leg, e.At}
	case *event.CallEnded:
		f = Fact{CallEnded, e.Interaction, e.Leg, anchor(p.OfferedAt, e.At)}
	case *event.QueueBlocked:
		f = Fact{CallerBlocked, e.Interaction, e.Queue, e.At}
	case *event.AgentSignedIn, *event.AgentSignedOut:
		f = Fact{AgentEntered, e.Agent, "", e.At}
	case *event.AgentStateChanged:
		f = Fact{AgentEntered, e.Agent, string(p.To), e.At}
	}
	return f, f.ID != ""
}

// anchor returns the first instant that is known.
func anchor(at ...int64) int64 {
	for _, v := range at {
		if v != 0 {
			return v
		}
	}
	return 0
}
