package callcenter

import (
	"bytes"
	"errors"
	"strconv"
	"strings"

	"github.com/agner-platform/agner/internal/ingest/feed"
)

// split reads one event, or one block that is none (the greeting of a socket).
func split(r *feed.Reader) ([]byte, error) {
	for {
		b, err := r.ReadLine()
		if err != nil && !errors.Is(err, feed.ErrTorn) {
			return nil, err
		}
		t := bytes.TrimSpace(b)
		switch {
		case between(t):
			if err != nil {
				return nil, ioEOF(r)
			}
		case t[0] == '{' || t[0] == '[':
			return feed.Gather(r, b, err, feed.NewJSONEnd())
		case t[0] == '<':
			return feed.Gather(r, b, err, &xmlEnd{})
		default:
			return block(r, b, err)
		}
	}
}

// ioEOF returns the error of a read behind the end.
func ioEOF(r *feed.Reader) error {
	_, err := r.ReadLine()
	return err
}

// between reports a line that only separates events.
func between(t []byte) bool {
	switch string(t) {
	case "", "[", "]", ",", "<events>", "</events>", "<?xml version=\"1.0\"?>", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>":
		return true
	}
	return false
}

// maxEvent bounds one event: with full channel data they have about 60 KiB.
const maxEvent = 1 << 20

// xmlEnd waits for the end of an event element.
type xmlEnd struct{}

// Whole reports whether the element's end is in the line.
func (*xmlEnd) Whole(line []byte) bool { return bytes.Contains(line, []byte("</event>")) }

// block reads a header block up to its blank line, and the body it announces. The
// body of an outer block is the event; an event's own body is left out.
func block(r *feed.Reader, first []byte, err error) ([]byte, error) {
	rec, line := []byte{}, first
	length, event := int64(0), false
	for len(bytes.TrimSpace(line)) > 0 {
		rec = append(append(rec, line...), '\n')
		name, value, _ := strings.Cut(string(line), ":")
		switch name {
		case "Content-Length":
			length, _ = strconv.ParseInt(strings.TrimSpace(value), 10, 64) // 0 if it is no number: no body
		case "Event-Name":
			event = true
		}
		if err != nil {
			return rec, err
		}
		if len(rec) > maxEvent {
			return nil, feed.ErrLineTooLong
		}
		if line, err = r.ReadLine(); err != nil && !errors.Is(err, feed.ErrTorn) {
			if feed.IsEOF(err) {
				return rec, feed.ErrTorn
			}
			return nil, err
		}
	}
	if length <= 0 {
		return rec, nil
	}
	body, err := r.ReadN(length)
	if event || err != nil {
		return rec, err
	}
	return body, nil
}
