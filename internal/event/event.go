package event

// Event is one fact: an envelope and the payload of its kind.
//
// Fields that do not apply to a kind stay empty; which ones a kind needs is
// listed beside the kind and checked by Validate.
type Event struct {
	// Node and Seq are the event's identity. A journal sets both.
	Node string
	Seq  uint64
	// Kind names the fact, Schema the version of its payload's shape.
	Kind   Kind
	Schema uint16
	// At is when it happened, RecordedAt when the publisher learnt of it (UTC µs).
	At         int64
	RecordedAt int64
	// Source names the system the fact came from ("switch", "queue_log", …) and
	// SourceRef the place in it (file identity and line), so that an import can
	// be traced and repeated without counting twice.
	Source    string
	SourceRef string
	// Precision says how exact At is; empty means a microsecond clock.
	Precision Precision

	Site        string  // site id
	Channel     Channel // empty means voice
	Interaction string  // the customer's whole contact
	Leg         string  // one call leg of it
	Visit       string  // one passage through one queue
	Offer       string  // one offer of a visit to an agent
	Queue       string  // queue id
	Agent       string  // agent id
	Campaign    string  // outbound campaign id
	Party       string  // keyed pseudonym of the outside number; never the number
	Cause       string  // machine-readable reason, e.g. a hang-up cause

	Payload Payload
}

// ID is the identity of a published event.
type ID struct {
	Node string
	Seq  uint64
}

// ID returns the event's identity.
func (e *Event) ID() ID { return ID{e.Node, e.Seq} }

// Payload is what is special to one kind of event. Its implementations are the
// pointer types of this package, one a kind.
type Payload interface {
	// EventKind returns the kind this payload belongs to.
	EventKind() Kind
	// check adds what is wrong with the payload to p.
	check(p *problems)
}

// New returns an event of the payload's kind at the given instant (UTC µs),
// recorded at that same instant, in the current schema.
func New(at int64, p Payload) Event {
	k := p.EventKind()
	return Event{Kind: k, Schema: k.Schema(), At: at, RecordedAt: at, Payload: p}
}
