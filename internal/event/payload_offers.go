package event

// OfferMade is the payload of offer.made: a visit was offered to an agent.
type OfferMade struct {
	Attempt int64  `cbor:"1,keyasint,omitempty" json:"attempt,omitempty"`
	Rule    string `cbor:"2,keyasint,omitempty" json:"rule,omitempty"` // routing rule that chose the agent
}

// EventKind returns offer.made.
func (*OfferMade) EventKind() Kind { return KindOfferMade }

func (d *OfferMade) check(p *problems) {
	p.notNegative("payload.attempt", d.Attempt)
}

// OfferMissed is the payload of offer.missed: the agent did not answer in time.
type OfferMissed struct {
	RingUs int64 `cbor:"1,keyasint,omitempty" json:"ring_us,omitempty"`
}

// EventKind returns offer.missed.
func (*OfferMissed) EventKind() Kind { return KindOfferMissed }

func (d *OfferMissed) check(p *problems) {
	p.notNegative("payload.ring_us", d.RingUs)
}

// OfferDeclined is the payload of offer.declined: the agent refused the offer.
type OfferDeclined struct {
	RingUs int64 `cbor:"1,keyasint,omitempty" json:"ring_us,omitempty"`
}

// EventKind returns offer.declined.
func (*OfferDeclined) EventKind() Kind { return KindOfferDeclined }

func (d *OfferDeclined) check(p *problems) {
	p.notNegative("payload.ring_us", d.RingUs)
}

// OfferAccepted is the payload of offer.accepted: the agent took the offer.
type OfferAccepted struct {
	RingUs int64 `cbor:"1,keyasint,omitempty" json:"ring_us,omitempty"`
}

// EventKind returns offer.accepted.
func (*OfferAccepted) EventKind() Kind { return KindOfferAccepted }

func (d *OfferAccepted) check(p *problems) {
	p.notNegative("payload.ring_us", d.RingUs)
}

// OfferWithdrawn is the payload of offer.withdrawn: the offer ended for another reason than the agent.
type OfferWithdrawn struct {
	RingUs int64  `cbor:"1,keyasint,omitempty" json:"ring_us,omitempty"`
	Reason string `cbor:"2,keyasint,omitempty" json:"reason,omitempty"`
}

// EventKind returns offer.withdrawn.
func (*OfferWithdrawn) EventKind() Kind { return KindOfferWithdrawn }

func (d *OfferWithdrawn) check(p *problems) {
	p.notNegative("payload.ring_us", d.RingUs)
}

// VisitHandled is the payload of visit.handled: an answered visit is done; published when wrap-up ends.
type VisitHandled struct {
	JoinedAt      int64  `cbor:"1,keyasint,omitempty" json:"joined_at,omitempty"`
	AnsweredAt    int64  `cbor:"2,keyasint,omitempty" json:"answered_at,omitempty"`
	TalkUs        int64  `cbor:"3,keyasint,omitempty" json:"talk_us,omitempty"`
	HoldUs        int64  `cbor:"4,keyasint,omitempty" json:"hold_us,omitempty"`
	WrapUpUs      int64  `cbor:"5,keyasint,omitempty" json:"wrap_up_us,omitempty"`
	WrapUpDerived bool   `cbor:"6,keyasint,omitempty" json:"wrap_up_derived,omitempty"` // wrap-up was not logged but computed
	HungUpBy      Side   `cbor:"7,keyasint,omitempty" json:"hung_up_by,omitempty"`
	TransferredTo string `cbor:"8,keyasint,omitempty" json:"transferred_to,omitempty"` // queue, agent or target it was passed on to; empty if not
}

// EventKind returns visit.handled.
func (*VisitHandled) EventKind() Kind { return KindVisitHandled }

func (d *VisitHandled) check(p *problems) {
	p.notNegative("payload.talk_us", d.TalkUs)
	p.notNegative("payload.hold_us", d.HoldUs)
	p.notNegative("payload.wrap_up_us", d.WrapUpUs)
	emptyOrOneOf(p, "payload.hung_up_by", d.HungUpBy, Sides)
}

// InteractionCoded is the payload of interaction.coded: a wrap-up code was set.
type InteractionCoded struct {
	Code    string `cbor:"1,keyasint,omitempty" json:"code,omitempty"`     // wrap-up code id
	NoteRef string `cbor:"2,keyasint,omitempty" json:"note_ref,omitempty"` // key into the erasable notes
	By      string `cbor:"3,keyasint,omitempty" json:"by,omitempty"`
}

// EventKind returns interaction.coded.
func (*InteractionCoded) EventKind() Kind { return KindInteractionCoded }

func (d *InteractionCoded) check(p *problems) {
	p.required("payload.code", d.Code)
}
