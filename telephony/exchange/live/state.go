package live

import (
	"reflect"
	"slices"
	"time"
)

// State is how things stand at an instant.
type State struct {
	At      time.Time `json:"at"`
	Version int64     `json:"version"` // of the set-up in force
	Advice  *Advice   `json:"advice,omitempty"`
	Queues  []Queue   `json:"queues"`
	Agents  []Agent   `json:"agents"`
}

// Advice says by which forecast routing is advised.
type Advice struct {
	Snapshot string    `json:"snapshot"`
	MadeAt   time.Time `json:"made_at"`
	Fresh    bool      `json:"fresh"` // if not, routing follows plain rules
}

// Queue is a queue with its callers in order.
type Queue struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	Staffed int64    `json:"staffed"`
	Free    int64    `json:"free"` // agents who may be rung
	Waiting []Caller `json:"waiting"`
}

// Caller waits or talks.
type Caller struct {
	Visit       string    `json:"visit"`
	Interaction string    `json:"interaction"`
	Queue       string    `json:"queue"`
	Channel     string    `json:"channel"` // voice, or callback: the caller is not on the line
	Stage       string    `json:"stage"`
	JoinedAt    time.Time `json:"joined_at"`
	Priority    int64     `json:"priority"`
	Position    int64     `json:"position"`
	Skills      []string  `json:"skills"`
	Ringing     []string  `json:"ringing"` // agents
	Code        string    `json:"code,omitempty"`
}

// Agent is an agent as it stands.
type Agent struct {
	ID         string            `json:"id"`
	Name       string            `json:"name"`
	SignedIn   bool              `json:"signed_in"`
	Registered bool              `json:"registered"` // a phone of the agent's can be rung
	State      string            `json:"state"`
	Reason     string            `json:"reason,omitempty"`
	Next       string            `json:"next,omitempty"` // asked for after the contact
	Since      time.Time         `json:"since"`
	WrapUntil  *time.Time        `json:"wrap_until,omitempty"`
	Queues     []string          `json:"queues"`
	Calls      int64             `json:"calls"`
	Offer      *Offer            `json:"offer,omitempty"`   // the phone rings for it
	Contact    *Caller           `json:"contact,omitempty"` // dialled, talked to or wrapped up
	Line       *Line             `json:"line,omitempty"`    // the call on the agent's phone
	Caller     string            `json:"caller,omitempty"`  // the number, for whoever may see it
	Attributes map[string]string `json:"attributes,omitempty"`
	Pop        string            `json:"pop,omitempty"` // page to open, for the agent alone
	WrapUp     *WrapUp           `json:"wrap_up,omitempty"`
	Watched    []Watched         `json:"watched,omitempty"` // by supervisors; the agent is not told
}

// Offer is a contact that rings at an agent.
type Offer struct {
	Offer       string    `json:"offer"`
	Visit       string    `json:"visit"`
	Interaction string    `json:"interaction"`
	Queue       string    `json:"queue"`
	Channel     string    `json:"channel"`
	Since       time.Time `json:"since"`
	Until       time.Time `json:"until"`
}

// Line is the call on an agent's phone.
type Line struct {
	Interaction string `json:"interaction"`
	Outgoing    bool   `json:"outgoing"`             // click to dial
	State       string `json:"state"`                // dialling, talking, hold, consulting
	Consults    string `json:"consults,omitempty"`   // whom: an agent, queue or number
	Consult     string `json:"consult,omitempty"`    // how that stands: ringing, talking
	Recording   string `json:"recording,omitempty"`  // running, paused
	Conference  bool   `json:"conference,omitempty"` // three or more talk
}

// WrapUp is what an agent may do about the contact in hand.
type WrapUp struct {
	Codes     []Code `json:"codes"`
	Required  bool   `json:"required"` // wrap-up waits for a code
	MayExtend bool   `json:"may_extend"`
}

// Code is a wrap-up code.
type Code struct {
	ID    string `json:"id"`
	Code  string `json:"code"`
	Label string `json:"label"`
}

// Watched is a supervisor at an agent's call.
type Watched struct {
	By   string `json:"by"`
	Mode string `json:"mode"`
}

// Change is what differs from the state before: whole rows, new or changed, and the
// ids of those that are gone.
type Change struct {
	At      time.Time `json:"at"`
	Version int64     `json:"version"`
	Advice  *Advice   `json:"advice,omitempty"`
	Queues  []Queue   `json:"queues,omitempty"`
	Agents  []Agent   `json:"agents,omitempty"`
	Gone    Gone      `json:"gone,omitzero"`
}

// Gone names rows that are no more.
type Gone struct {
	Queues []string `json:"queues,omitempty"`
	Agents []string `json:"agents,omitempty"`
}

// Diff returns what leads from one state to another, and whether there is anything.
func Diff(from, to *State) (Change, bool) {
	c := Change{At: to.At, Version: to.Version, Advice: to.Advice}
	c.Queues, c.Gone.Queues = rows(from.Queues, to.Queues, func(q Queue) string { return q.ID })
	c.Agents, c.Gone.Agents = rows(from.Agents, to.Agents, func(a Agent) string { return a.ID })
	changed := len(c.Queues)+len(c.Agents)+len(c.Gone.Queues)+len(c.Gone.Agents) > 0
	return c, changed || from.Version != to.Version || !reflect.DeepEqual(from.Advice, to.Advice)
}

// rows compares two lists by id.
func rows[T any](from, to []T, id func(T) string) (changed []T, gone []string) {
	old := make(map[string]T, len(from))
	for _, r := range from {
		old[id(r)] = r
	}
	for _, r := range to {
		if o, ok := old[id(r)]; !ok || !reflect.DeepEqual(o, r) {
			changed = append(changed, r)
		}
		delete(old, id(r))
	}
	for k := range old {
		gone = append(gone, k)
	}
	slices.Sort(gone)
	return changed, gone
}

// Find returns an agent's row.
func (s *State) Find(agent string) (Agent, bool) {
	i := slices.IndexFunc(s.Agents, func(a Agent) bool { return a.ID == agent })
	if i < 0 {
		return Agent{}, false
	}
	return s.Agents[i], true
}
