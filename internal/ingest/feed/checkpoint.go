package feed

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/agner-platform/agner/internal/event"
)

// NewIdentity names a file's content in a stream by the file's beginning. The
// stream is part of it: one file read with two profiles is two imports.
func NewIdentity(stream string, head []byte) string { return ID(stream, PrefixHash(head)) }

// Names of the marker event: an import.raw of our own.
const (
	markerFormat = "agner.import"
	markerName   = "checkpoint"
)

// Checkpoint is where an import stands in one file.
type Checkpoint struct {
	Identity string          `json:"identity"`
	Stream   string          `json:"stream"` // foreign system, format and profile
	Format   string          `json:"format"`
	File     string          `json:"file"` // base name when first seen, for people only
	Position Position        `json:"position"`
	At       int64           `json:"at"`             // newest leading stamp, UTC µs
	Rows     int64           `json:"rows"`           // records read
	Done     bool            `json:"done,omitempty"` // end of the file was reached
	Closed   bool            `json:"closed,omitempty"`
	State    json.RawMessage `json:"state,omitempty"`
	// LeftOut names what had begun in another import and goes on: it stays left out.
	LeftOut []string `json:"left_out,omitempty"`
}

// Event returns the marker that carries the checkpoint in the journal.
func (c *Checkpoint) Event(now int64) (event.Event, error) {
	text, err := json.Marshal(c)
	if err != nil {
		return event.Event{}, fmt.Errorf("encode checkpoint of %s: %w", c.File, err)
	}
	fields := []string{string(text)}
	if len(text) > plainMarker {
		if fields, err = pack(text); err != nil {
			return event.Event{}, fmt.Errorf("pack checkpoint of %s: %w", c.File, err)
		}
	}
	e := event.New(now, &event.ImportRaw{Format: markerFormat, Name: markerName, Fields: fields})
	e.Source, e.SourceRef = c.Format, Ref(c.Identity, c.Position.Lines)
	return e, nil
}

// A marker is one record of the journal, which takes at most 1 MiB. States hold at
// most StateBytes of text that cannot be packed smaller, so that they fit.
const (
	plainMarker = 16 << 10  // above it markers are packed
	maxPacked   = 960 << 10 // leaves room for the envelope
	packedMark  = "deflate+base64"
)

// StateBytes bounds the names and ids that a mapper's state may hold in all. Packed
// and in base64 they take a third more.
const StateBytes = 544 << 10

// ErrState is returned when a state is too large for a marker in spite of all
// bounds.
var ErrState = errors.New("too much is open at once for a checkpoint")

func pack(text []byte) ([]string, error) {
	var b bytes.Buffer
	z, err := flate.NewWriter(&b, flate.BestSpeed)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(text); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	out := base64.StdEncoding.EncodeToString(b.Bytes())
	if len(out) > maxPacked {
		return nil, fmt.Errorf("%w: %d bytes packed", ErrState, len(out))
	}
	return []string{packedMark, out}, nil
}

// maxUnpacked stops a damaged or made-up marker from filling the memory.
const maxUnpacked = 64 << 20

func unpack(fields []string) ([]byte, error) {
	switch {
	case len(fields) == 1:
		return []byte(fields[0]), nil
	case len(fields) == 2 && fields[0] == packedMark:
		z := flate.NewReader(base64.NewDecoder(base64.StdEncoding, strings.NewReader(fields[1])))
		return io.ReadAll(io.LimitReader(z, maxUnpacked))
	}
	return nil, fmt.Errorf("has %d fields that are no checkpoint", len(fields))
}

// Ref returns the source_ref of an event: file identity and line.
func Ref(identity string, line int64) string { return fmt.Sprintf("%s:%d", identity, line) }

// LineOf returns the line of a source_ref.
func LineOf(ref string) int64 {
	_, line, _ := strings.Cut(ref, ":")
	n, _ := strconv.ParseInt(line, 10, 64) // made by Ref
	return n
}

// IsMarker reports whether the event is an import's checkpoint and no fact of a
// contact centre.
func IsMarker(e *event.Event) bool {
	raw, ok := e.Payload.(*event.ImportRaw)
	return ok && raw.Format == markerFormat && raw.Name == markerName
}

// readMarker returns the checkpoint in a marker.
func readMarker(e *event.Event) (Checkpoint, error) {
	var c Checkpoint
	text, err := unpack(e.Payload.(*event.ImportRaw).Fields)
	if err == nil {
		err = json.Unmarshal(text, &c)
	}
	if err != nil {
		return c, fmt.Errorf("checkpoint at %s/%d: %w", e.Node, e.Seq, err)
	}
	return c, nil
}

// Entry is what the journal holds of one file: its last checkpoint, and how many
// events were published after it by a batch that a crash tore.
type Entry struct {
	Checkpoint Checkpoint `json:"checkpoint"`
	After      int64      `json:"after,omitempty"`
	Fresh      []Fact     `json:"fresh,omitempty"` // what those events say
	Order      int64      `json:"order"`           // of the last change, among all entries
}

// Index is the import ledger, read from the journal. Feed it every event of the
// importing node in order with Observe. Its JSON form may be kept in a database
// together with the journal position it was read up to. It is not safe for
// concurrent use.
type Index struct {
	Entries map[string]*Entry `json:"entries"` // by identity and stream
	Order   int64             `json:"order"`
}

// NewIndex returns an empty index.
func NewIndex() *Index { return &Index{Entries: map[string]*Entry{}} }

// Observe takes in one event of the journal.
func (x *Index) Observe(e *event.Event) error {
	if IsMarker(e) {
		c, err := readMarker(e)
		if err != nil {
			return err
		}
		x.Put(c)
		return nil
	}
	id, _, ok := strings.Cut(e.SourceRef, ":")
	if !ok {
		return nil
	}
	if n, ok := x.Entries[id]; ok {
		n.After++
		if f, ok := FactOf(e); ok {
			n.Fresh = append(n.Fresh, f.Key())
		}
	}
	return nil
}

// Put takes in a checkpoint that has been published.
func (x *Index) Put(c Checkpoint) {
	x.Order++
	x.Entries[c.Identity] = &Entry{Checkpoint: c, Order: x.Order}
}

// match finds the entry of the stream whose file begins as the given bytes do.
func (x *Index) match(stream string, head []byte) *Entry {
	var best *Entry
	hashes := map[int64]string{}
	for _, e := range x.Entries {
		p := e.Checkpoint.Position
		if e.Checkpoint.Stream != stream || p.PrefixLen == 0 || p.PrefixLen > int64(len(head)) {
			continue
		}
		if _, ok := hashes[p.PrefixLen]; !ok {
			hashes[p.PrefixLen] = PrefixHash(head[:p.PrefixLen])
		}
		if hashes[p.PrefixLen] == p.PrefixHash && better(e, best) {
			best = e
		}
	}
	return best
}

// better prefers the longer match, and of equal ones the older entry, so that
// the choice does not depend on the order of a map.
func better(e, best *Entry) bool {
	if best == nil || e.Checkpoint.Position.PrefixLen != best.Checkpoint.Position.PrefixLen {
		return best == nil || e.Checkpoint.Position.PrefixLen > best.Checkpoint.Position.PrefixLen
	}
	return e.Order < best.Order
}

// Match returns the entry of a file by its beginning (up to PrefixLen bytes).
func (x *Index) Match(stream string, head []byte) (Entry, bool) {
	if e := x.match(stream, head); e != nil {
		return *e, true
	}
	return Entry{}, false
}

// Newest returns the entry of the stream that reaches furthest in time: its state
// is what the stream's next file goes on from.
func (x *Index) Newest(stream string) (Entry, bool) {
	var best *Entry
	for _, e := range x.Entries {
		if e.Checkpoint.Stream != stream {
			continue
		}
		if best == nil || e.Checkpoint.At > best.Checkpoint.At || (e.Checkpoint.At == best.Checkpoint.At && e.Order > best.Order) {
			best = e
		}
	}
	if best == nil {
		return Entry{}, false
	}
	return *best, true
}
