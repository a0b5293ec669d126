package book

import (
	"slices"
	"time"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/telephony/acd/setup"
	"github.com/agner-platform/agner/telephony/routing"
)

// Book is everything the distributor knows. It has one owner and no lock.
type Book struct {
	Now     int64
	Node    string
	Epoch   int64
	Seed    uint64
	Version int64  // of the configuration
	Minted  uint64 // ids given out in this epoch
	Joins   uint64 // visits that ever joined, the last tie-break of a line

	Queues    map[string]*Queue
	Agents    map[string]*Agent
	QueueList []*Queue // by id
	AgentList []*Agent // by id
	Visits    map[string]*Visit
	Offers    map[string]*Offer
	Callbacks map[string]*Callback // by interaction
	Advice    routing.Advice       // not part of what is recovered

	timers timers
}

// New returns a book without an entry.
func New() *Book {
	return &Book{
		Queues: map[string]*Queue{}, Agents: map[string]*Agent{}, Visits: map[string]*Visit{},
		Offers: map[string]*Offer{}, Callbacks: map[string]*Callback{},
	}
}

// Queue is one queue with its line and its agents.
type Queue struct {
	setup.QueueConfig
	Raw     string // configuration row
	Retired bool
	Hours   *interval.Hours // shadows the text form
	Zone    *time.Location
	Line    []*Visit
	Members []*Member // by order, agent
	Live    int       // visits and promises that still name the queue
	Last    Rung
}

// Rung is the agent rung last, for Circular.
type Rung struct {
	Order int64
	Agent string
}

// Member is one agent in one queue.
type Member struct {
	Agent  *Agent
	Queue  *Queue
	Tier   int
	Order  int64
	Active bool // signed in for this queue
}

// Agent is one person.
type Agent struct {
	setup.AgentConfig
	Raw     string
	Retired bool
	Members []*Member      // by queue
	Skills  routing.Skills // shadows the row's: may be set at run time, and names the agent

	SignedIn bool
	SignedAt int64
	Only     []string // queues signed in to; empty: all
	State    event.State
	Reason   string // of the state
	Since    int64  // in state
	IdleAt   int64  // end of the last work or rest
	ReadyAt  int64  // end of the breather
	Missed   int64  // offers in a row
	Calls    int64
	BusyUs   int64
	Offer    *Offer
	Visit    *Visit // dialling, talking or wrapping up
	WrapAt   int64  // latest end of wrap-up
	Extended int
	Next     Pending
}

// Pending is a state asked for during a contact.
type Pending struct {
	State  event.State
	Reason string
	By     string
}

// Phase is how far a visit has come.
type Phase uint8

// Phases.
const (
	Waiting Phase = iota // in the line, perhaps ringing
	Dialing              // a callback's agent has accepted, the customer is called
	Talking              // answered, until handled
)

// Visit is one passage through a queue, until it left or was handled.
type Visit struct {
	ID          string
	Interaction string
	Leg         string
	Party       string
	Channel     event.Channel
	Queue       *Queue
	JoinedAt    int64
	Place       routing.Place
	Skills      []string
	Own         routing.Expr
	Attempts    int64
	Offers      []*Offer
	Phase       Phase
	Agent       *Agent
	Callback    *Callback

	AnsweredAt           int64
	TalkUs, HoldUs, Wrap int64
	HungUpBy             event.Side
	TransferredTo        string
	Code                 string // of wrap-up, the last one set

	TimeoutAt, NextOpen, AnnounceAt, NotBefore int64
	Told                                       Told
	Held                                       bool // once waited beside a reserve
}

// Told is the last wait announced.
type Told struct {
	LowUs, HighUs     int64
	Position, Staffed int64
	Offered           bool // a callback
}

// Offer is a visit ringing at an agent.
type Offer struct {
	ID     string
	Visit  *Visit
	Agent  *Agent
	MadeAt int64
	Until  int64
}

// Callback is a promise to call somebody.
type Callback struct {
	Ref, Interaction, Party string
	Queue                   *Queue
	Keeps                   bool
	RequestedAt             int64
	FromAt, UntilAt, ForAt  int64
	Attempts                int64
	Visit                   *Visit // nil until it is due
}

// LowestTier is the lowest tier with somebody signed in; it matters only where
// tiers open one after the other.
func (q *Queue) LowestTier() int {
	lowest := 0
	if q.Tiers.StepUs <= 0 {
		return 0
	}
	for _, m := range q.Members {
		if m.Active && (lowest == 0 || m.Tier < lowest) {
			lowest = m.Tier
		}
	}
	return lowest
}

func (q *Queue) highestTier() int {
	highest := 0
	for _, m := range q.Members {
		highest = max(highest, m.Tier)
	}
	return highest
}

// Staffed counts the agents signed in for the queue.
func (q *Queue) Staffed() int64 {
	n := int64(0)
	for _, m := range q.Members {
		if m.Active {
			n++
		}
	}
	return n
}

// Meets reports whether the queue's agents meet a need.
func (q *Queue) Meets(n setup.Need, now int64) bool {
	if n == setup.NeedNothing {
		return true
	}
	return slices.ContainsFunc(q.Members, func(m *Member) bool {
		switch n {
		case setup.NeedAvailable:
			return m.Active && m.Agent.Free(now)
		case setup.NeedWorking:
			return m.Active && !setup.Resting(m.Agent.State)
		}
		return m.Active
	})
}

// Free reports whether the agent may be rung.
func (a *Agent) Free(now int64) bool {
	return a.State == event.Available && a.ReadyAt <= now && (a.Voice == nil || *a.Voice > 0)
}

// Position is the place in the line, 1 for the next to be served, 0 if not in it.
func (v *Visit) Position() int64 { return int64(slices.Index(v.Queue.Line, v) + 1) }

// enter puts the visit into its Line: behind everybody it is not ahead of.
func (v *Visit) enter() {
	q, i := v.Queue, len(v.Queue.Line)
	order := routing.Order{AgeUs: q.AgeUs}
	for i > 0 && order.Ahead(v.Place, q.Line[i-1].Place) {
		i--
	}
	q.Line = slices.Insert(q.Line, i, v)
}

func (v *Visit) exit() {
	if i := slices.Index(v.Queue.Line, v); i >= 0 {
		v.Queue.Line = slices.Delete(v.Queue.Line, i, i+1)
	}
}
