package event

import (
	"bytes"
	"fmt"

	"github.com/fxamacker/cbor/v2"
)

// wire is the binary form of an event: a CBOR map with integer keys, empty
// fields left out. Keys are never reused.
type wire struct {
	Node        string          `cbor:"1,keyasint,omitempty"`
	Seq         uint64          `cbor:"2,keyasint,omitempty"`
	Kind        Kind            `cbor:"3,keyasint"`
	Schema      uint16          `cbor:"4,keyasint"`
	At          int64           `cbor:"5,keyasint"`
	RecordedLag int64           `cbor:"6,keyasint,omitempty"` // RecordedAt − At: mostly 0 or small
	Source      string          `cbor:"7,keyasint,omitempty"`
	SourceRef   string          `cbor:"8,keyasint,omitempty"`
	Precision   Precision       `cbor:"9,keyasint,omitempty"`
	Site        string          `cbor:"10,keyasint,omitempty"`
	Channel     Channel         `cbor:"11,keyasint,omitempty"`
	Interaction string          `cbor:"12,keyasint,omitempty"`
	Leg         string          `cbor:"13,keyasint,omitempty"`
	Visit       string          `cbor:"14,keyasint,omitempty"`
	Offer       string          `cbor:"15,keyasint,omitempty"`
	Queue       string          `cbor:"16,keyasint,omitempty"`
	Agent       string          `cbor:"17,keyasint,omitempty"`
	Campaign    string          `cbor:"18,keyasint,omitempty"`
	Party       string          `cbor:"19,keyasint,omitempty"`
	Cause       string          `cbor:"20,keyasint,omitempty"`
	Payload     cbor.RawMessage `cbor:"21,keyasint,omitempty"`
}

// encMode sorts keys so that equal events have equal bytes: source hashes and
// golden files depend on it.
var encMode = must(cbor.EncOptions{Sort: cbor.SortCanonical}.UserBufferEncMode())

// decMode refuses duplicate keys and bounds nesting and sizes: a journal may be
// damaged, an import hostile. Text that is not UTF-8 is read as it stands: a
// foreign field must not make a record unreadable once it is in a journal.
var decMode = must(cbor.DecOptions{
	DupMapKey: cbor.DupMapKeyEnforcedAPF, MaxNestedLevels: 16, MaxArrayElements: 1 << 16, MaxMapPairs: 1 << 12,
	IndefLength: cbor.IndefLengthForbidden, TagsMd: cbor.TagsForbidden, UTF8: cbor.UTF8DecodeInvalid,
}.DecMode())

// must is for codec options only: they are constants of this file, so an error
// is a programming mistake that shows at start.
func must[T any](v T, err error) T {
	if err != nil {
		panic("event: codec options: " + err.Error()) //nolint:forbidigo // cannot happen at run time: it fails every test
	}
	return v
}

// Unknown is the payload of a kind this build does not know: kept as it was
// read, so that an older build can pass a newer journal on unharmed.
type Unknown struct {
	Name Kind
	Raw  []byte // the payload's CBOR, untouched
}

// EventKind returns the kind as it was read.
func (u *Unknown) EventKind() Kind { return u.Name }

func (u *Unknown) check(p *problems) { p.add("kind", u.Name, "is not a known kind") }

// AppendBinary appends the compact binary form of e to dst.
func AppendBinary(dst []byte, e *Event) ([]byte, error) {
	w := wire{
		Node: e.Node, Seq: e.Seq, Kind: e.Kind, Schema: e.Schema, At: e.At, RecordedLag: e.RecordedAt - e.At,
		Source: e.Source, SourceRef: e.SourceRef, Precision: e.Precision, Site: e.Site, Channel: e.Channel,
		Interaction: e.Interaction, Leg: e.Leg, Visit: e.Visit, Offer: e.Offer, Queue: e.Queue, Agent: e.Agent,
		Campaign: e.Campaign, Party: e.Party, Cause: e.Cause,
	}
	switch p := e.Payload.(type) {
	case nil:
	case *Unknown:
		w.Payload = p.Raw
	default:
		raw, err := encMode.Marshal(p)
		if err != nil {
			return dst, fmt.Errorf("encode %s payload: %w", e.Kind, err)
		}
		w.Payload = raw
	}
	buf := bytes.NewBuffer(dst)
	if err := encMode.MarshalToBuffer(&w, buf); err != nil {
		return dst, fmt.Errorf("encode %s: %w", e.Kind, err)
	}
	return buf.Bytes(), nil
}

// DecodeBinary reads one event from b, which must hold exactly one. Payloads of
// older schemas are brought up to date; an unknown kind keeps its raw payload in
// an *Unknown; a newer schema gives ErrNewerSchema.
func DecodeBinary(b []byte) (Event, error) {
	var w wire
	if err := decMode.Unmarshal(b, &w); err != nil {
		return Event{}, fmt.Errorf("decode event: %w", err)
	}
	e := Event{
		Node: w.Node, Seq: w.Seq, Kind: w.Kind, Schema: w.Schema, At: w.At, RecordedAt: w.At + w.RecordedLag,
		Source: w.Source, SourceRef: w.SourceRef, Precision: w.Precision, Site: w.Site, Channel: w.Channel,
		Interaction: w.Interaction, Leg: w.Leg, Visit: w.Visit, Offer: w.Offer, Queue: w.Queue, Agent: w.Agent,
		Campaign: w.Campaign, Party: w.Party, Cause: w.Cause,
	}
	return e, e.decodePayload(w.Payload)
}

// decodePayload fills e.Payload from raw CBOR in e.Schema.
func (e *Event) decodePayload(raw []byte) error {
	p := e.Kind.NewPayload()
	if p == nil {
		e.Payload = &Unknown{Name: e.Kind, Raw: raw}
		return nil
	}
	raw, err := upcast(e.Kind, &e.Schema, raw)
	if err != nil {
		return fmt.Errorf("event %s/%d %s: %w", e.Node, e.Seq, e.Kind, err)
	}
	if len(raw) > 0 {
		if err := decMode.Unmarshal(raw, p); err != nil {
			return fmt.Errorf("event %s/%d: decode %s payload: %w", e.Node, e.Seq, e.Kind, err)
		}
	}
	e.Payload = p
	return nil
}
