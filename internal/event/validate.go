package event

import (
	"fmt"
	"unicode/utf8"
)

// maxID bounds every id and name in an envelope, so that one hostile row cannot
// blow up the journal; foreign systems stay well below it.
const maxID = 512

// Validate reports everything wrong with the event as an *InvalidError, or nil.
//
// It checks that the kind is known and the payload is of that kind, that the
// envelope has the fields the kind needs, that enumerations hold listed values
// and that durations and counts are not negative. Node and Seq are not checked:
// the journal sets them.
func (e *Event) Validate() error {
	p := &problems{}
	s, ok := specs[e.Kind]
	if !ok {
		p.add("kind", e.Kind, "is not a known kind")
		return &InvalidError{e.Kind, p.list}
	}
	if e.Schema != s.schema {
		p.add("schema", e.Schema, fmt.Sprintf("must be %d for new events", s.schema))
	}
	if e.At == 0 {
		p.add("at", e.At, "must be set")
	}
	emptyOrOneOf(p, "precision", e.Precision, Precisions)
	emptyOrOneOf(p, "channel", e.Channel, Channels)
	e.checkNeeds(p, s.needs)
	e.checkText(p)
	switch {
	case e.Payload == nil:
		p.add("payload", nil, "must not be empty")
	case e.Payload.EventKind() != e.Kind:
		p.add("payload", e.Payload.EventKind(), "must be of the event's kind")
	default:
		e.Payload.check(p)
	}
	if len(p.list) > 0 {
		return &InvalidError{e.Kind, p.list}
	}
	return nil
}

func (e *Event) checkNeeds(p *problems, n need) {
	for _, f := range [...]struct {
		bit   need
		name  string
		value string
	}{
		{needsInteraction, "interaction_id", e.Interaction},
		{needsQueue, "queue", e.Queue},
		{needsVisit, "visit_id", e.Visit},
		{needsOffer, "offer_id", e.Offer},
		{needsAgent, "agent", e.Agent},
		{needsCampaign, "campaign", e.Campaign},
	} {
		if n&f.bit != 0 {
			p.required(f.name, f.value)
		}
	}
}

// checkText refuses ids that are too long or no text.
func (e *Event) checkText(p *problems) {
	for _, f := range [...]struct{ name, value string }{
		{"interaction_id", e.Interaction},
		{"leg_id", e.Leg},
		{"visit_id", e.Visit},
		{"offer_id", e.Offer},
		{"queue", e.Queue},
		{"agent", e.Agent},
		{"campaign", e.Campaign},
		{"party", e.Party},
		{"site", e.Site},
		{"cause", e.Cause},
		{"source", e.Source},
		{"source_ref", e.SourceRef},
	} {
		if len(f.value) > maxID {
			p.add(f.name, f.value[:32]+"…", fmt.Sprintf("must be at most %d bytes long", maxID))
		}
		if !utf8.ValidString(f.value) {
			p.add(f.name, f.value, "must be UTF-8")
		}
	}
}
