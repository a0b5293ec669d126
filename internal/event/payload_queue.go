package event

// QueueBlocked is the payload of queue.blocked: a queue refused a caller at entry; such a caller was not offered.
type QueueBlocked struct {
	Reason  BlockReason `cbor:"1,keyasint,omitempty" json:"reason,omitempty"`
	Waiting int64       `cbor:"2,keyasint,omitempty" json:"waiting,omitempty"`
}

// EventKind returns queue.blocked.
func (*QueueBlocked) EventKind() Kind { return KindQueueBlocked }

func (d *QueueBlocked) check(p *problems) {
	oneOf(p, "payload.reason", d.Reason, BlockReasons)
	p.notNegative("payload.waiting", d.Waiting)
}

// QueueJoined is the payload of queue.joined: a caller joined a queue: one visit begins.
type QueueJoined struct {
	Priority int64    `cbor:"1,keyasint,omitempty" json:"priority,omitempty"` // higher is served first
	Skills   []string `cbor:"2,keyasint,omitempty" json:"skills,omitempty"`   // skill ids asked for
	Position int64    `cbor:"3,keyasint,omitempty" json:"position,omitempty"` // 1 is next to be served, 0 not known
	Waiting  int64    `cbor:"4,keyasint,omitempty" json:"waiting,omitempty"`  // callers waiting before this one
	Staffed  int64    `cbor:"5,keyasint,omitempty" json:"staffed,omitempty"`  // agents signed in for the queue
}

// EventKind returns queue.joined.
func (*QueueJoined) EventKind() Kind { return KindQueueJoined }

func (d *QueueJoined) check(p *problems) {
	p.notNegative("payload.position", d.Position)
	p.notNegative("payload.waiting", d.Waiting)
	p.notNegative("payload.staffed", d.Staffed)
}

// QueueAnnounced is the payload of queue.announced: a waiting caller was told something.
type QueueAnnounced struct {
	What   string `cbor:"1,keyasint,omitempty" json:"what,omitempty"` // position, wait, message …
	LowUs  int64  `cbor:"2,keyasint,omitempty" json:"low_us,omitempty"`
	HighUs int64  `cbor:"3,keyasint,omitempty" json:"high_us,omitempty"`
}

// EventKind returns queue.announced.
func (*QueueAnnounced) EventKind() Kind { return KindQueueAnnounced }

func (d *QueueAnnounced) check(p *problems) {
	p.required("payload.what", d.What)
	p.notNegative("payload.low_us", d.LowUs)
	p.notNegative("payload.high_us", d.HighUs)
}

// QueuePriorityChanged is the payload of queue.priority_changed: a waiting caller was moved.
type QueuePriorityChanged struct {
	From int64  `cbor:"1,keyasint,omitempty" json:"from,omitempty"`
	To   int64  `cbor:"2,keyasint,omitempty" json:"to,omitempty"`
	By   string `cbor:"3,keyasint,omitempty" json:"by,omitempty"` // user id, or empty for a rule
}

// EventKind returns queue.priority_changed.
func (*QueuePriorityChanged) EventKind() Kind { return KindQueuePriorityChanged }

func (*QueuePriorityChanged) check(*problems) {}

// QueueLeft is the payload of queue.left: the visit left its queue; exactly one a visit.
type QueueLeft struct {
	Exit     Exit   `cbor:"1,keyasint,omitempty" json:"exit,omitempty"`
	JoinedAt int64  `cbor:"2,keyasint,omitempty" json:"joined_at,omitempty"` // anchor: when it joined
	WaitUs   int64  `cbor:"3,keyasint,omitempty" json:"wait_us,omitempty"`   // join to answer or exit, ring time included
	Position int64  `cbor:"4,keyasint,omitempty" json:"position,omitempty"`  // position at exit, 0 not known
	Key      string `cbor:"5,keyasint,omitempty" json:"key,omitempty"`       // key pressed
	ToQueue  string `cbor:"6,keyasint,omitempty" json:"to_queue,omitempty"`  // where it overflowed to
	Target   string `cbor:"7,keyasint,omitempty" json:"target,omitempty"`
}

// EventKind returns queue.left.
func (*QueueLeft) EventKind() Kind { return KindQueueLeft }

func (d *QueueLeft) check(p *problems) {
	oneOf(p, "payload.exit", d.Exit, Exits)
	p.notNegative("payload.wait_us", d.WaitUs)
	p.notNegative("payload.position", d.Position)
}
