package setup

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/telephony/routing"
)

// Defaults of a queue, used where set-up says nothing.
const (
	DefaultRing       = 20 * interval.Second // a phone on the desk is picked up within three rings of 6 s
	DefaultBreather   = 5 * interval.Second  // long enough that the same caller tries somebody else first
	DefaultCallbackAt = 4 * interval.Minute  // predicted wait from which a callback is offered
	DefaultAttempts   = 3                    // of a callback
	DefaultRetry      = 10 * interval.Minute // between attempts of a callback
)

// Config is the whole set-up of the switch as routing sees it: a compiled,
// versioned snapshot. Rows are compared by value, so that posting an unchanged
// snapshot changes nothing.
type Config struct {
	Version int64         `json:"version"`
	Queues  []QueueConfig `json:"queues"`
	Agents  []AgentConfig `json:"agents"`
}

// QueueConfig is one queue (a call group). Durations are in microseconds.
type QueueConfig struct {
	ID       string           `json:"id"`
	Site     string           `json:"site,omitempty"`
	Strategy routing.Strategy `json:"strategy,omitempty"` // empty: longest idle
	Weight   int64            `json:"weight,omitempty"`   // added to its callers' priority among other queues' callers
	Priority int64            `json:"priority,omitempty"` // of a caller who brings none
	AgeUs    int64            `json:"age_us,omitempty"`   // waiting worth one point of priority; 0: none
	RingUs   int64            `json:"ring_us,omitempty"`  // an agent's time to answer
	RingMax  int              `json:"ring_max,omitempty"` // phones rung at once by Simultaneous; 0: all

	Need  routing.Stages `json:"need,omitempty"`   // skills asked of agents, relaxing with the wait
	OwnUs int64          `json:"own_us,omitempty"` // a caller's own skills are asked for this long; 0: always
	Tiers routing.Tiers  `json:"tiers,omitzero"`

	WrapUpUs     int64  `json:"wrap_up_us,omitempty"`    // longest wrap-up; 0: none
	ExtendUs     int64  `json:"extend_us,omitempty"`     // what one extension of wrap-up adds
	ExtendMax    int    `json:"extend_max,omitempty"`    // extensions a contact
	MustCode     bool   `json:"must_code,omitempty"`     // an agent's wrap-up ends with a code, or when its time is over
	MissedUs     int64  `json:"missed_us,omitempty"`     // breather of an agent after a missed offer
	DeclinedUs   int64  `json:"declined_us,omitempty"`   // breather of an agent after a declined offer
	VoicemailBox string `json:"voicemail_box,omitempty"` // where voicemail goes
	Notify       string `json:"notify,omitempty"`        // reference to the address told of voicemail

	Hours *Opening `json:"hours,omitempty"` // nil: always open
	Entry Entry    `json:"entry,omitzero"`
	Leave Need     `json:"leave,omitempty"` // callers leave when this is no longer met

	MaxWaitUs int64             `json:"max_wait_us,omitempty"`
	OnTimeout Action            `json:"on_timeout,omitzero"`
	OnEmpty   Action            `json:"on_empty,omitzero"` // refused for want of agents, or left for it
	OnFull    Action            `json:"on_full,omitzero"`
	OnClosed  Action            `json:"on_closed,omitzero"`
	OnLong    Action            `json:"on_long,omitzero"` // predicted wait too long
	Keys      map[string]Action `json:"keys,omitempty"`

	Announce Announcements `json:"announce,omitzero"`
	Callback Callbacks     `json:"callback,omitzero"`
}

// Need is a condition on a queue's agents.
type Need string

// Needs.
const (
	NeedNothing   Need = ""
	NeedStaffed   Need = "staffed"   // somebody is signed in
	NeedWorking   Need = "working"   // somebody is signed in and not on a break, meal, training or meeting
	NeedAvailable Need = "available" // somebody could take a call this instant
)

// Entry is what a caller must meet to join.
type Entry struct {
	Need       Need  `json:"need,omitempty"`
	MaxWaiting int   `json:"max_waiting,omitempty"` // 0: no limit
	MaxWaitUs  int64 `json:"max_wait_us,omitempty"` // predicted; 0: no limit
}

// Do is what happens to a caller who is not served here.
type Do string

// What can be done. The empty action hangs up.
const (
	HangUpCaller Do = ""
	ToQueue      Do = "queue"     // Target is a queue; the caller keeps its time of arrival
	ToNumber     Do = "number"    // Target is a number or a flow
	ToVoicemail  Do = "voicemail" // Target is a box, empty for the queue's
	ToCallback   Do = "callback"  // the caller is called back and keeps its place
	ToMessage    Do = "message"   // Target is an announcement, then hang up
)

// Action is what to do, and with what.
type Action struct {
	Do     Do     `json:"do,omitempty"`
	Target string `json:"target,omitempty"`
}

// Announcements say what a waiting caller is told, and when.
type Announcements struct {
	FirstUs  int64 `json:"first_us,omitempty"` // after joining; 0: nothing is announced
	EveryUs  int64 `json:"every_us,omitempty"` // then; 0: once
	Position bool  `json:"position,omitempty"`
	Wait     bool  `json:"wait,omitempty"`
}

// Callbacks say how callers are called back.
type Callbacks struct {
	OfferUs  int64 `json:"offer_us,omitempty"`  // predicted wait from which a callback is offered; 0: the default, negative: never
	Attempts int64 `json:"attempts,omitempty"`  // 0: the default
	RetryUs  int64 `json:"retry_us,omitempty"`  // 0: the default
	WithinUs int64 `json:"within_us,omitempty"` // a promise that keeps its place ends after this; 0: it does not end
}

// Opening are a queue's opening hours as set-up keeps them.
type Opening struct {
	Zone   string              `json:"zone"`
	Week   map[string][]string `json:"week"`
	Except map[string][]string `json:"except,omitempty"`
}

// AgentConfig is one agent. An agent serves several queues at once.
type AgentConfig struct {
	ID     string         `json:"id"`
	Skills routing.Skills `json:"skills,omitempty"`
	Queues []Membership   `json:"queues"`
	// MaxMissed is how many offers in a row may be missed before the agent is put
	// into MissedState; 0: as many as they like.
	MaxMissed   int64       `json:"max_missed,omitempty"`
	MissedState event.State `json:"missed_state,omitempty"` // empty: break
	// Voice is how many voice contacts the agent may hold: 1, or 0 for none.
	Voice *int `json:"voice,omitempty"`
}

// Membership is an agent's place in one queue.
type Membership struct {
	Queue string `json:"queue"`
	Tier  int    `json:"tier,omitempty"`  // 1 (or 0) is the first choice
	Order int64  `json:"order,omitempty"` // in the list, for sequential and circular
}

// Validate reports everything wrong with the snapshot, naming field and value.
func (c *Config) Validate() error {
	p := &flaws{queues: map[string]bool{}}
	for i := range c.Queues {
		if q := &c.Queues[i]; p.unique("queues", q.ID, p.queues) {
			p.queue(q)
		}
	}
	for i := range c.Queues {
		p.targets(&c.Queues[i])
	}
	agents := map[string]bool{}
	for i := range c.Agents {
		if a := &c.Agents[i]; p.unique("agents", a.ID, agents) {
			p.agent(a)
		}
	}
	return p.err()
}

// flaws collects what is wrong.
type flaws struct {
	list   []string
	queues map[string]bool
}

func (p *flaws) add(field string, value any, why string) {
	p.list = append(p.list, fmt.Sprintf("%s = %q: %s", field, fmt.Sprint(value), why))
}

func (p *flaws) err() error {
	if len(p.list) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %s", ErrConfig, strings.Join(p.list, "; "))
}

func (p *flaws) unique(field, id string, seen map[string]bool) bool {
	switch {
	case id == "":
		p.add(field+"[].id", id, "must not be empty")
	case seen[id]:
		p.add(field+"[].id", id, "must be unique")
	default:
		seen[id] = true
		return true
	}
	return false
}

func (p *flaws) queue(q *QueueConfig) {
	at := "queue " + q.ID + " "
	if err := q.Strategy.Check(); err != nil {
		p.add(at+"strategy", q.Strategy, err.Error())
	}
	for _, f := range [...]struct {
		name string
		v    int64
	}{
		{"age_us", q.AgeUs}, {"ring_us", q.RingUs}, {"ring_max", int64(q.RingMax)}, {"own_us", q.OwnUs}, {"tiers.step_us", q.Tiers.StepUs},
		{"wrap_up_us", q.WrapUpUs}, {"extend_us", q.ExtendUs}, {"extend_max", int64(q.ExtendMax)}, {"missed_us", q.MissedUs}, {"declined_us", q.DeclinedUs},
		{"entry.max_waiting", int64(q.Entry.MaxWaiting)}, {"entry.max_wait_us", q.Entry.MaxWaitUs}, {"max_wait_us", q.MaxWaitUs},
		{"announce.first_us", q.Announce.FirstUs}, {"announce.every_us", q.Announce.EveryUs}, {"callback.attempts", q.Callback.Attempts}, {"callback.retry_us", q.Callback.RetryUs}, {"callback.within_us", q.Callback.WithinUs},
	} {
		if f.v < 0 || f.v > maxDuration {
			p.add(at+f.name, f.v, "must be from 0 to a year")
		}
	}
	p.inRange(at+"weight", q.Weight)
	p.inRange(at+"priority", q.Priority)
	if !slices.IsSortedFunc(q.Need, func(a, b routing.Stage) int { return int(min(max(a.AfterUs-b.AfterUs, -1), 1)) }) {
		p.add(at+"need", len(q.Need), "stages must be in order of after_us")
	}
	for _, n := range []Need{q.Entry.Need, q.Leave} {
		if !slices.Contains([]Need{NeedNothing, NeedStaffed, NeedWorking, NeedAvailable}, n) {
			p.add(at+"need", n, "must be staffed, working, available or empty")
		}
	}
	if q.Leave == NeedAvailable {
		p.add(at+"leave", q.Leave, "would throw out whoever waits; use staffed or working")
	}
	if q.Hours != nil {
		if _, _, err := q.Hours.Compile(); err != nil {
			p.add(at+"hours", q.Hours.Zone, err.Error())
		}
	}
}

// maxDuration is longer than any sensible setting and short enough that sums of
// instants and settings cannot overflow.
const maxDuration = 366 * 24 * interval.HourUs

func (p *flaws) inRange(field string, v int64) {
	if v < -routing.MaxPriority || v > routing.MaxPriority {
		p.add(field, v, fmt.Sprintf("must be from %d to %d", -routing.MaxPriority, routing.MaxPriority))
	}
}

// targets checks the actions of a queue, once all queues are known.
func (p *flaws) targets(q *QueueConfig) {
	check := func(field string, a Action) {
		switch a.Do {
		case HangUpCaller, ToVoicemail, ToCallback:
		case ToNumber, ToMessage:
			if a.Target == "" {
				p.add("queue "+q.ID+" "+field, a.Do, "needs a target")
			}
		case ToQueue:
			if !p.queues[a.Target] || a.Target == q.ID {
				p.add("queue "+q.ID+" "+field, a.Target, "must be another queue")
			}
		default:
			p.add("queue "+q.ID+" "+field, a.Do, "is not known")
		}
	}
	check("on_timeout", q.OnTimeout)
	check("on_empty", q.OnEmpty)
	check("on_full", q.OnFull)
	check("on_closed", q.OnClosed)
	check("on_long", q.OnLong)
	for _, k := range slices.Sorted(maps.Keys(q.Keys)) {
		check("keys."+k, q.Keys[k])
	}
}

func (p *flaws) agent(a *AgentConfig) {
	at := "agent " + a.ID + " "
	seen := map[string]bool{}
	for _, m := range a.Queues {
		switch {
		case !p.queues[m.Queue]:
			p.add(at+"queues[].queue", m.Queue, "is not a queue")
		case seen[m.Queue]:
			p.add(at+"queues[].queue", m.Queue, "must be unique")
		case m.Tier < 0:
			p.add(at+"queues[].tier", m.Tier, "must not be negative")
		}
		seen[m.Queue] = true
	}
	if a.MaxMissed < 0 {
		p.add(at+"max_missed", a.MaxMissed, "must not be negative")
	}
	if a.MissedState != "" && !Resting(a.MissedState) {
		p.add(at+"missed_state", a.MissedState, "must be break, meal, training, meeting or other")
	}
	if a.Voice != nil && (*a.Voice < 0 || *a.Voice > 1) {
		p.add(at+"voice", *a.Voice, "must be 0 or 1")
	}
}

// Compile parses the hours and loads the zone.
func (o *Opening) Compile() (*interval.Hours, *time.Location, error) {
	h, err := interval.ParseHours(o.Week, o.Except)
	if err != nil {
		return nil, nil, err
	}
	loc, err := interval.LoadZone(o.Zone)
	return h, loc, err
}

// Tables of the config.changed facts that carry routing set-up.
const (
	TableQueue = "acd.queue"
	TableAgent = "acd.agent"
)

// Row is the JSON of one configuration row. Rows hold nothing that cannot be
// encoded.
func Row(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("setup: configuration row: " + err.Error())
	}
	return b
}

// Or returns v, or the default where set-up says nothing.
func Or(v, def int64) int64 {
	if v == 0 {
		return def
	}
	return v
}

// Resting reports whether the state is one an agent chooses to be away in.
func Resting(st event.State) bool {
	switch st {
	case event.OnBreak, event.OnMeal, event.InTraining, event.InMeeting, event.OtherState:
		return true
	}
	return false
}

// CheckAction reports what is wrong with an action for a caller of a queue, given
// the queues there are.
func CheckAction(queue string, a Action, exists func(id string) bool) error {
	p := &flaws{queues: map[string]bool{a.Target: exists(a.Target)}}
	p.targets(&QueueConfig{ID: queue, OnTimeout: a})
	return p.err()
}
