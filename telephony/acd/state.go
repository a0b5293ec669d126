package acd

import (
	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/acd/internal/book"
	"github.com/agner-platform/agner/telephony/acd/setup"
)

// The configuration, see package setup.
type (
	Config        = setup.Config
	QueueConfig   = setup.QueueConfig
	AgentConfig   = setup.AgentConfig
	Membership    = setup.Membership
	Action        = setup.Action
	Opening       = setup.Opening
	Announcements = setup.Announcements
	Callbacks     = setup.Callbacks
	Entry         = setup.Entry
)

// State is everything the distributor knows. It has one owner and no lock.
type State struct {
	b *book.Book

	// What one Decide collects.
	facts    []event.Event
	commands []Command
	freed    []*book.Agent // may take somebody
	opened   []*book.Visit // may be taken
	emptied  []*book.Queue // lost or got an agent
	rematch  bool          // everything may have changed
	fault    error
}

// New returns a state that has seen nothing.
func New() *State { return &State{b: book.New()} }

// Restore reads a snapshot.
func Restore(snapshot []byte) (*State, error) {
	b, err := book.Restore(snapshot)
	if err != nil {
		return nil, err
	}
	return &State{b: b}, nil
}

// Snapshot returns the state as bytes for the disk. Equal states give equal bytes.
func (s *State) Snapshot() []byte { return s.b.Snapshot() }

// Clone returns an independent copy, for simulation. Advice is shared: it does not
// change.
func (s *State) Clone() *State { return &State{b: s.b.Clone()} }

// Equal reports whether two states are the same, but for the instant they have
// reached and what a snapshot leaves out: advice, and deadlines that follow from
// the rest.
func (s *State) Equal(t *State) bool { return s.b.Equal(t.b) }

// Evolve applies a fact to the state. Facts of other rooms (calls, menus, …) change
// nothing. An error means that the fact does not fit: the journal is damaged or
// incomplete.
func (s *State) Evolve(e *event.Event) error { return s.b.Evolve(e) }

// Deadline returns the instant at which a Tick is due, or false.
func (s *State) Deadline() (int64, bool) { return s.b.Deadline() }

// Now returns the instant of the last input or fact.
func (s *State) Now() int64 { return s.b.Now }
