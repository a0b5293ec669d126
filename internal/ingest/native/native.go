// Package native reads the format "agner": events in their JSON form, one a line,
// as `agner export` writes them.
//
// Events keep their ids, times and source; node and seq are those of the journal
// they are published to, and source_ref becomes the place in the imported file.
// Times are UTC, so no zone is needed. Markers of other imports are skipped.
package native

import (
	"encoding/json"
	"errors"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/ingest/feed"
)

// Name is the format's name.
const Name = "agner"

// Format describes the format.
func Format() feed.Format {
	return feed.Format{
		Name: Name, Growing: true, Split: feed.Lines,
		Open: func(s feed.Setup) (feed.Mapper, error) { return &mapper{clock: s.Clock}, nil },
	}
}

type mapper struct{ clock *feed.Clock }

// maxEvent bounds a line: the journal takes events of up to 1 MiB.
const maxEvent = 768 << 10

// Map decodes one line.
func (m *mapper) Map(rec feed.Record, out *feed.Out) error {
	if len(rec.Text) > maxEvent {
		return feed.Rejectf("event is longer than %d bytes", maxEvent)
	}
	var e event.Event
	if err := e.UnmarshalJSON([]byte(rec.Text)); err != nil {
		return refuse(err)
	}
	if feed.IsMarker(&e) {
		return feed.Skipf("position of an earlier import")
	}
	if err := m.clock.Check(e.At); err != nil {
		return err
	}
	if e.Kind != event.KindConfigChanged { // set-up is dated today, whatever time the calls are of
		m.clock.Last = max(m.clock.Last, e.At)
	}
	e.Node, e.Seq = "", 0
	out.Emit(e)
	return nil
}

// refuse turns a decoder's error into a reason without the record's content.
func refuse(err error) error {
	var syntax *json.SyntaxError
	var typ *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax), errors.As(err, &typ) && typ.Field == "":
		return feed.Rejectf("not a JSON object")
	case errors.As(err, &typ):
		return feed.Rejectf("field %s has a value of the wrong type", typ.Field)
	case errors.Is(err, event.ErrUnknownKind):
		return feed.Rejectf("unknown event kind")
	}
	return feed.Rejectf("not an event: %s", feed.Clip(err.Error(), 120))
}

// End has nothing to close.
func (*mapper) End(*feed.Out) error { return nil }

// State is empty: a line stands for itself.
func (*mapper) State() (json.RawMessage, error) { return nil, nil }

// Whole reports whether a last line without an end is a JSON value.
func (*mapper) Whole(text string) bool { return json.Valid([]byte(text)) }
