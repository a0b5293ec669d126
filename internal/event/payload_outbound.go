package event

// DialAttempted is the payload of dial.attempted: the dialler called a number.
type DialAttempted struct {
	List    string `cbor:"1,keyasint,omitempty" json:"list,omitempty"`
	Attempt int64  `cbor:"2,keyasint,omitempty" json:"attempt,omitempty"`
}

// EventKind returns dial.attempted.
func (*DialAttempted) EventKind() Kind { return KindDialAttempted }

func (d *DialAttempted) check(p *problems) {
	p.notNegative("payload.attempt", d.Attempt)
}

// DialResulted is the payload of dial.resulted: a dial attempt is over.
type DialResulted struct {
	Result string `cbor:"1,keyasint,omitempty" json:"result,omitempty"` // human, machine, busy, no_answer, failed …
	RingUs int64  `cbor:"2,keyasint,omitempty" json:"ring_us,omitempty"`
}

// EventKind returns dial.resulted.
func (*DialResulted) EventKind() Kind { return KindDialResulted }

func (d *DialResulted) check(p *problems) {
	p.required("payload.result", d.Result)
	p.notNegative("payload.ring_us", d.RingUs)
}

// DialAbandoned is the payload of dial.abandoned: a reached customer had no agent.
type DialAbandoned struct {
	WaitUs int64 `cbor:"1,keyasint,omitempty" json:"wait_us,omitempty"`
}

// EventKind returns dial.abandoned.
func (*DialAbandoned) EventKind() Kind { return KindDialAbandoned }

func (d *DialAbandoned) check(p *problems) {
	p.notNegative("payload.wait_us", d.WaitUs)
}

// DialSuppressed is the payload of dial.suppressed: a number was not dialled.
type DialSuppressed struct {
	Reason string `cbor:"1,keyasint,omitempty" json:"reason,omitempty"`
}

// EventKind returns dial.suppressed.
func (*DialSuppressed) EventKind() Kind { return KindDialSuppressed }

func (d *DialSuppressed) check(p *problems) {
	p.required("payload.reason", d.Reason)
}

// PacingChanged is the payload of pacing.changed: the dialler changed its rate.
type PacingChanged struct {
	From   float64 `cbor:"1,keyasint,omitempty" json:"from,omitempty"` // calls dialled per available agent
	To     float64 `cbor:"2,keyasint,omitempty" json:"to,omitempty"`
	Reason string  `cbor:"3,keyasint,omitempty" json:"reason,omitempty"`
}

// EventKind returns pacing.changed.
func (*PacingChanged) EventKind() Kind { return KindPacingChanged }

// check lets a rate be anything from 0 to 1,000 calls an available agent: what no
// campaign reaches, but never NaN, which JSON cannot write.
func (d *PacingChanged) check(p *problems) {
	p.within("payload.from", d.From, 0, 1000)
	p.within("payload.to", d.To, 0, 1000)
}
