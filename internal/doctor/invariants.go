package doctor

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/agner-platform/agner/internal/event"
)

// Rule is one invariant of the event model.
type Rule string

// The rules, in the order in which they are reported.
const (
	OneLeft      Rule = "every visit that joined leaves its queue at most once"
	LeftJoined   Rule = "every visit that left had joined"
	Anchors      Rule = "a closing event repeats when the visit joined, and its wait is the time between"
	OneResult    Rule = "every offer has at most one result, and had been made"
	OneEnd       Rule = "every call ends at most once"
	Exclusive    Rule = "an agent never holds two voice contacts at once"
	StateChain   Rule = "an agent's state changes from the state it was in"
	HandledOnce  Rule = "every answered visit is handled at most once"
	KnownKinds   Rule = "every event is of a kind this build knows"
	ValidPayload Rule = "every event is valid"
)

// Rules lists every rule.
var Rules = []Rule{OneLeft, LeftJoined, Anchors, OneResult, OneEnd, Exclusive, StateChain, HandledOnce, KnownKinds, ValidPayload}

// Breach is how often a rule was broken, with the first case.
type Breach struct {
	Rule  Rule     `json:"rule"`
	Count int64    `json:"count"`
	First event.ID `json:"first"`
	What  string   `json:"what"`
	// Sources says whose events broke it: foreign logs may contradict themselves,
	// our own switch may not.
	Sources map[string]int64 `json:"sources"`
}

// Books are what went in and what came out: joined = exits + waiting.
type Books struct {
	Joined  int64                `json:"joined"`
	Exits   map[event.Exit]int64 `json:"exits"`
	Waiting int64                `json:"waiting"`
}

// Balanced reports whether everybody who joined is accounted for.
func (b Books) Balanced() bool {
	sum := b.Waiting
	for _, n := range b.Exits {
		sum += n
	}
	return sum == b.Joined
}

// visit is what Invariants remembers of a visit in progress.
type visit struct {
	joined int64
	left   bool
	agent  string // who talks, once answered
}

// Invariants checks the rules over a stream of events, node by node in order of
// seq. Its memory is that of what is in progress.
type Invariants struct {
	events  int64
	books   Books
	breach  map[Rule]*Breach
	visits  map[string]*visit  // joined, not finished
	offers  map[string]bool    // made, without a result
	calls   map[[2]string]bool // legs offered, not ended, by interaction and leg
	holding map[string]string  // agent → visit being talked to
	states  map[string]event.State
}

// NewInvariants returns a checker that has seen nothing.
func NewInvariants() *Invariants {
	return &Invariants{
		books: Books{Exits: map[event.Exit]int64{}}, breach: map[Rule]*Breach{}, visits: map[string]*visit{},
		offers: map[string]bool{}, calls: map[[2]string]bool{}, holding: map[string]string{}, states: map[string]event.State{},
	}
}

// Observe takes in the next event of its node.
func (v *Invariants) Observe(e *event.Event) {
	v.events++
	if _, unknown := e.Payload.(*event.Unknown); unknown {
		v.broke(KnownKinds, e, string(e.Kind))
		return
	}
	if err := e.Validate(); err != nil {
		v.broke(ValidPayload, e, err.Error())
	}
	switch p := e.Payload.(type) {
	case *event.QueueJoined:
		v.books.Joined++
		v.visits[e.Visit] = &visit{joined: e.At}
	case *event.QueueLeft:
		v.left(e, p)
	case *event.VisitHandled:
		v.handled(e, p)
	case *event.OfferMade:
		v.offers[e.Offer] = true
	case *event.OfferMissed, *event.OfferDeclined, *event.OfferAccepted, *event.OfferWithdrawn:
		if !v.offers[e.Offer] {
			v.broke(OneResult, e, "offer "+e.Offer)
		}
		delete(v.offers, e.Offer)
	case *event.CallOffered:
		v.calls[[2]string{e.Interaction, e.Leg}] = true
	case *event.CallEnded:
		if !v.calls[[2]string{e.Interaction, e.Leg}] && e.Source == "switch" { // foreign logs need not tell of the offer
			v.broke(OneEnd, e, "call "+e.Interaction+" leg "+e.Leg)
		}
		delete(v.calls, [2]string{e.Interaction, e.Leg})
	case *event.AgentStateChanged:
		if was, ok := v.states[e.Agent]; ok && p.From != "" && was != p.From {
			v.broke(StateChain, e, fmt.Sprintf("agent %s was %s, not %s", e.Agent, was, p.From))
		}
		v.states[e.Agent] = p.To
	}
}

func (v *Invariants) left(e *event.Event, p *event.QueueLeft) {
	v.books.Exits[p.Exit.Canonical()]++
	w, ok := v.visits[e.Visit]
	switch {
	case !ok:
		v.broke(LeftJoined, e, "visit "+e.Visit)
		v.books.Exits[p.Exit.Canonical()]--
		return
	case w.left:
		v.broke(OneLeft, e, "visit "+e.Visit)
		v.books.Exits[p.Exit.Canonical()]--
		return
	case p.JoinedAt != 0 && p.JoinedAt != w.joined:
		v.broke(Anchors, e, fmt.Sprintf("visit %s joined at %d, not %d", e.Visit, w.joined, p.JoinedAt))
	case e.Precision == "" && e.At-w.joined != p.WaitUs:
		v.broke(Anchors, e, fmt.Sprintf("visit %s waited %d µs, not %d", e.Visit, e.At-w.joined, p.WaitUs))
	}
	w.left = true
	if p.Exit != event.Answered {
		delete(v.visits, e.Visit)
		return
	}
	w.agent = e.Agent
	if e.Agent == "" || e.Channel != "" && e.Channel != event.Voice {
		return
	}
	if other, busy := v.holding[e.Agent]; busy {
		v.broke(Exclusive, e, fmt.Sprintf("agent %s holds visits %s and %s", e.Agent, other, e.Visit))
	}
	v.holding[e.Agent] = e.Visit
}

func (v *Invariants) handled(e *event.Event, p *event.VisitHandled) {
	w, ok := v.visits[e.Visit]
	if !ok {
		v.broke(HandledOnce, e, "visit "+e.Visit)
		return
	}
	if p.JoinedAt != 0 && p.JoinedAt != w.joined {
		v.broke(Anchors, e, fmt.Sprintf("visit %s joined at %d, not %d", e.Visit, w.joined, p.JoinedAt))
	}
	if v.holding[w.agent] == e.Visit {
		delete(v.holding, w.agent)
	}
	delete(v.visits, e.Visit)
}

func (v *Invariants) broke(r Rule, e *event.Event, what string) {
	b := v.breach[r]
	if b == nil {
		b = &Breach{Rule: r, First: e.ID(), What: what, Sources: map[string]int64{}}
		v.breach[r] = b
	}
	b.Count++
	b.Sources[cmp.Or(e.Source, "unknown")]++
}

// Result is what the stream showed.
type Result struct {
	Events   int64    `json:"events"`
	Books    Books    `json:"books"`
	Breaches []Breach `json:"breaches"`
}

// Result returns what was found so far.
func (v *Invariants) Result() Result {
	r := Result{Events: v.events, Books: v.books, Breaches: []Breach{}}
	r.Books.Waiting = 0
	for _, w := range v.visits {
		if !w.left {
			r.Books.Waiting++
		}
	}
	for _, rule := range Rules {
		if b := v.breach[rule]; b != nil {
			r.Breaches = append(r.Breaches, *b)
		}
	}
	slices.SortStableFunc(r.Breaches, func(a, b Breach) int { return cmp.Compare(b.Count, a.Count) })
	return r
}
