package event

// CallOffered is the payload of call.offered: a call reached the switch or was set up by it.
type CallOffered struct {
	Direction Direction `cbor:"1,keyasint,omitempty" json:"direction,omitempty"`
	DNIS      string    `cbor:"2,keyasint,omitempty" json:"dnis,omitempty"` // called number or extension of our own side
	Trunk     string    `cbor:"3,keyasint,omitempty" json:"trunk,omitempty"`
	Codec     string    `cbor:"4,keyasint,omitempty" json:"codec,omitempty"`
}

// EventKind returns call.offered.
func (*CallOffered) EventKind() Kind { return KindCallOffered }

func (d *CallOffered) check(p *problems) {
	oneOf(p, "payload.direction", d.Direction, Directions)
}

// CallRinging is the payload of call.ringing: the far end is ringing.
type CallRinging struct {
	EarlyMedia bool `cbor:"1,keyasint,omitempty" json:"early_media,omitempty"`
}

// EventKind returns call.ringing.
func (*CallRinging) EventKind() Kind { return KindCallRinging }

func (*CallRinging) check(*problems) {}

// CallAnswered is the payload of call.answered: the far end answered.
type CallAnswered struct {
	RingUs int64 `cbor:"1,keyasint,omitempty" json:"ring_us,omitempty"`
}

// EventKind returns call.answered.
func (*CallAnswered) EventKind() Kind { return KindCallAnswered }

func (d *CallAnswered) check(p *problems) {
	p.notNegative("payload.ring_us", d.RingUs)
}

// CallHeld is the payload of call.held: a party put the call on hold.
type CallHeld struct {
	By Side `cbor:"1,keyasint,omitempty" json:"by,omitempty"`
}

// EventKind returns call.held.
func (*CallHeld) EventKind() Kind { return KindCallHeld }

func (d *CallHeld) check(p *problems) {
	oneOf(p, "payload.by", d.By, Sides)
}

// CallResumed is the payload of call.resumed: the call was taken off hold.
type CallResumed struct {
	By     Side  `cbor:"1,keyasint,omitempty" json:"by,omitempty"`
	HeldUs int64 `cbor:"2,keyasint,omitempty" json:"held_us,omitempty"`
}

// EventKind returns call.resumed.
func (*CallResumed) EventKind() Kind { return KindCallResumed }

func (d *CallResumed) check(p *problems) {
	oneOf(p, "payload.by", d.By, Sides)
	p.notNegative("payload.held_us", d.HeldUs)
}

// CallConsulted is the payload of call.consulted: an agent called a colleague while the customer waits.
type CallConsulted struct {
	ToQueue string `cbor:"1,keyasint,omitempty" json:"to_queue,omitempty"`
	ToAgent string `cbor:"2,keyasint,omitempty" json:"to_agent,omitempty"`
	Target  string `cbor:"3,keyasint,omitempty" json:"target,omitempty"` // extension or pseudonym of an outside number
}

// EventKind returns call.consulted.
func (*CallConsulted) EventKind() Kind { return KindCallConsulted }

func (*CallConsulted) check(*problems) {}

// CallTransferred is the payload of call.transferred: an agent passed the call on.
type CallTransferred struct {
	Transfer TransferKind `cbor:"1,keyasint,omitempty" json:"transfer,omitempty"`
	ToQueue  string       `cbor:"2,keyasint,omitempty" json:"to_queue,omitempty"`
	ToAgent  string       `cbor:"3,keyasint,omitempty" json:"to_agent,omitempty"`
	Target   string       `cbor:"4,keyasint,omitempty" json:"target,omitempty"` // extension or pseudonym of an outside number
}

// EventKind returns call.transferred.
func (*CallTransferred) EventKind() Kind { return KindCallTransferred }

func (d *CallTransferred) check(p *problems) {
	oneOf(p, "payload.transfer", d.Transfer, TransferKinds)
}

// CallConferenced is the payload of call.conferenced: a third party joined.
type CallConferenced struct {
	Parties int64 `cbor:"1,keyasint,omitempty" json:"parties,omitempty"`
}

// EventKind returns call.conferenced.
func (*CallConferenced) EventKind() Kind { return KindCallConferenced }

func (d *CallConferenced) check(p *problems) {
	p.notNegative("payload.parties", d.Parties)
}

// CallEnded is the payload of call.ended: the call is over; exactly one a call.
type CallEnded struct {
	By         Side          `cbor:"1,keyasint,omitempty" json:"by,omitempty"`          // who hung up, empty if not known
	OfferedAt  int64         `cbor:"2,keyasint,omitempty" json:"offered_at,omitempty"`  // anchor: when the call was offered
	AnsweredAt int64         `cbor:"3,keyasint,omitempty" json:"answered_at,omitempty"` // 0 if never answered
	SIPStatus  int64         `cbor:"4,keyasint,omitempty" json:"sip_status,omitempty"`
	RingUs     int64         `cbor:"5,keyasint,omitempty" json:"ring_us,omitempty"`
	TalkUs     int64         `cbor:"6,keyasint,omitempty" json:"talk_us,omitempty"`
	HoldUs     int64         `cbor:"7,keyasint,omitempty" json:"hold_us,omitempty"`
	Quality    *MediaQuality `cbor:"8,keyasint,omitempty" json:"quality,omitempty"`
}

// EventKind returns call.ended.
func (*CallEnded) EventKind() Kind { return KindCallEnded }

func (d *CallEnded) check(p *problems) {
	emptyOrOneOf(p, "payload.by", d.By, Sides)
	p.notNegative("payload.sip_status", d.SIPStatus)
	p.notNegative("payload.ring_us", d.RingUs)
	p.notNegative("payload.talk_us", d.TalkUs)
	p.notNegative("payload.hold_us", d.HoldUs)
	d.Quality.check(p)
}

// MediaQuality sums up one call's audio as the switch measured it.
type MediaQuality struct {
	MOS       float64 `cbor:"1,keyasint,omitempty" json:"mos,omitempty"`           // estimated mean opinion score, 1 to 5
	JitterUs  int64   `cbor:"2,keyasint,omitempty" json:"jitter_us,omitempty"`     // mean interarrival jitter
	Packets   int64   `cbor:"3,keyasint,omitempty" json:"packets,omitempty"`       // received
	Lost      int64   `cbor:"4,keyasint,omitempty" json:"lost,omitempty"`          // never arrived
	RoundUs   int64   `cbor:"5,keyasint,omitempty" json:"round_trip_us,omitempty"` // last round trip by RTCP
	LateShare float64 `cbor:"6,keyasint,omitempty" json:"late_share,omitempty"`    // share later than the jitter buffer
}

func (q *MediaQuality) check(p *problems) {
	if q == nil {
		return
	}
	if q.MOS != 0 {
		p.within("payload.quality.mos", q.MOS, 1, 5)
	}
	p.notNegative("payload.quality.jitter_us", q.JitterUs)
	p.notNegative("payload.quality.round_trip_us", q.RoundUs)
	p.notNegative("payload.quality.packets", q.Packets)
	p.notNegative("payload.quality.lost", q.Lost)
	p.within("payload.quality.late_share", q.LateShare, 0, 1)
}
