package event

import (
	"encoding/json"
	"fmt"
	"time"
)

// jsonEvent is the readable form: names of design.md's envelope, RFC 3339 times.
type jsonEvent struct {
	Node        string          `json:"node,omitempty"`
	Seq         uint64          `json:"seq,omitempty"`
	Kind        Kind            `json:"kind"`
	Schema      uint16          `json:"schema,omitempty"`
	At          jsonTime        `json:"at"`
	RecordedAt  *jsonTime       `json:"recorded_at,omitempty"`
	Source      string          `json:"source,omitempty"`
	SourceRef   string          `json:"source_ref,omitempty"`
	Precision   Precision       `json:"precision,omitempty"`
	Site        string          `json:"site,omitempty"`
	Channel     Channel         `json:"channel,omitempty"`
	Interaction string          `json:"interaction_id,omitempty"`
	Leg         string          `json:"leg_id,omitempty"`
	Visit       string          `json:"visit_id,omitempty"`
	Offer       string          `json:"offer_id,omitempty"`
	Queue       string          `json:"queue,omitempty"`
	Agent       string          `json:"agent,omitempty"`
	Campaign    string          `json:"campaign,omitempty"`
	Party       string          `json:"party,omitempty"`
	Cause       string          `json:"cause,omitempty"`
	Payload     json.RawMessage `json:"payload,omitempty"`
}

// jsonTime is an instant in µs written as RFC 3339 in UTC with microseconds.
type jsonTime int64

const jsonLayout = "2006-01-02T15:04:05.000000Z"

// MarshalJSON writes the instant.
func (t jsonTime) MarshalJSON() ([]byte, error) {
	return json.Marshal(time.UnixMicro(int64(t)).UTC().Format(jsonLayout))
}

// UnmarshalJSON reads an instant with any offset.
func (t *jsonTime) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	at, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return fmt.Errorf("time %q: want RFC 3339 with a zone, e.g. 2026-05-04T09:30:00Z", s)
	}
	*t = jsonTime(at.UnixMicro())
	return nil
}

// MarshalJSON gives the readable form of the event.
func (e *Event) MarshalJSON() ([]byte, error) {
	j := jsonEvent{
		Node: e.Node, Seq: e.Seq, Kind: e.Kind, Schema: e.Schema, At: jsonTime(e.At),
		Source: e.Source, SourceRef: e.SourceRef, Precision: e.Precision, Site: e.Site, Channel: e.Channel,
		Interaction: e.Interaction, Leg: e.Leg, Visit: e.Visit, Offer: e.Offer, Queue: e.Queue, Agent: e.Agent,
		Campaign: e.Campaign, Party: e.Party, Cause: e.Cause,
	}
	if e.RecordedAt != e.At {
		r := jsonTime(e.RecordedAt)
		j.RecordedAt = &r
	}
	payload, err := payloadJSON(e.Payload)
	if err != nil {
		return nil, fmt.Errorf("encode %s payload: %w", e.Kind, err)
	}
	if string(payload) != "{}" {
		j.Payload = payload
	}
	return json.Marshal(j)
}

// payloadJSON gives the payload's own JSON; an unknown one shows its CBOR.
func payloadJSON(p Payload) (json.RawMessage, error) {
	switch p := p.(type) {
	case nil:
		return json.RawMessage("{}"), nil
	case *Unknown:
		return json.Marshal(map[string][]byte{"cbor": p.Raw})
	default:
		return json.Marshal(p)
	}
}

// UnmarshalJSON reads the readable form. The kind must be known; a missing
// schema means the current one, a missing payload an empty one.
func (e *Event) UnmarshalJSON(b []byte) error {
	var j jsonEvent
	if err := json.Unmarshal(b, &j); err != nil {
		return fmt.Errorf("decode event: %w", err)
	}
	p := j.Kind.NewPayload()
	if p == nil {
		return fmt.Errorf("kind = %q: %w", j.Kind, ErrUnknownKind)
	}
	if j.Schema == 0 {
		j.Schema = j.Kind.Schema()
	}
	if j.Schema != j.Kind.Schema() {
		return fmt.Errorf("schema = %d: the readable form of %s takes only the current schema %d", j.Schema, j.Kind, j.Kind.Schema())
	}
	if len(j.Payload) > 0 {
		if err := json.Unmarshal(j.Payload, p); err != nil {
			return fmt.Errorf("decode %s payload: %w", j.Kind, err)
		}
	}
	*e = Event{
		Node: j.Node, Seq: j.Seq, Kind: j.Kind, Schema: j.Schema, At: int64(j.At), RecordedAt: int64(j.At),
		Source: j.Source, SourceRef: j.SourceRef, Precision: j.Precision, Site: j.Site, Channel: j.Channel,
		Interaction: j.Interaction, Leg: j.Leg, Visit: j.Visit, Offer: j.Offer, Queue: j.Queue, Agent: j.Agent,
		Campaign: j.Campaign, Party: j.Party, Cause: j.Cause, Payload: p,
	}
	if j.RecordedAt != nil {
		e.RecordedAt = int64(*j.RecordedAt)
	}
	return nil
}
