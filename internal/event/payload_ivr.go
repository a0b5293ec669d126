package event

// IVREntered is the payload of ivr.entered: a caller entered a menu.
type IVREntered struct {
	Flow   string `cbor:"1,keyasint,omitempty" json:"flow,omitempty"`
	Number string `cbor:"2,keyasint,omitempty" json:"number,omitempty"` // our own number that was dialled
}

// EventKind returns ivr.entered.
func (*IVREntered) EventKind() Kind { return KindIVREntered }

func (*IVREntered) check(*problems) {}

// IVRStepTaken is the payload of ivr.step_taken: a caller passed one node of a menu.
type IVRStepTaken struct {
	Node    string `cbor:"1,keyasint,omitempty" json:"node,omitempty"`
	Input   string `cbor:"2,keyasint,omitempty" json:"input,omitempty"` // digits or words; masked while recording is paused
	Attempt int64  `cbor:"3,keyasint,omitempty" json:"attempt,omitempty"`
	SpentUs int64  `cbor:"4,keyasint,omitempty" json:"spent_us,omitempty"`
}

// EventKind returns ivr.step_taken.
func (*IVRStepTaken) EventKind() Kind { return KindIVRStepTaken }

func (d *IVRStepTaken) check(p *problems) {
	p.required("payload.node", d.Node)
	p.notNegative("payload.attempt", d.Attempt)
	p.notNegative("payload.spent_us", d.SpentUs)
}

// IVRLeft is the payload of ivr.left: a caller left a menu.
type IVRLeft struct {
	Outcome   IVROutcome `cbor:"1,keyasint,omitempty" json:"outcome,omitempty"`
	Flow      string     `cbor:"2,keyasint,omitempty" json:"flow,omitempty"`
	LastNode  string     `cbor:"3,keyasint,omitempty" json:"last_node,omitempty"`
	EnteredAt int64      `cbor:"4,keyasint,omitempty" json:"entered_at,omitempty"`
	SpentUs   int64      `cbor:"5,keyasint,omitempty" json:"spent_us,omitempty"`
}

// EventKind returns ivr.left.
func (*IVRLeft) EventKind() Kind { return KindIVRLeft }

func (d *IVRLeft) check(p *problems) {
	oneOf(p, "payload.outcome", d.Outcome, IVROutcomes)
	p.notNegative("payload.spent_us", d.SpentUs)
}
