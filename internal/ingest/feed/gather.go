package feed

import (
	"bytes"
	"errors"
)

// End sees the lines of an event and says when it is whole.
type End interface{ Whole(line []byte) bool }

// Gather reads lines until a record is whole; first is its first line, err the
// error that came with it.
func Gather(r *Reader, first []byte, err error, c End) ([]byte, error) {
	rec := bytes.Clone(first)
	line := first
	for !c.Whole(line) {
		if err != nil {
			return rec, err
		}
		if line, err = r.ReadLine(); err != nil && !errors.Is(err, ErrTorn) {
			if IsEOF(err) {
				return rec, ErrTorn
			}
			return nil, err
		}
		if len(rec)+len(line) > DefaultMaxLine {
			return nil, ErrLineTooLong
		}
		rec = append(append(rec, '\n'), line...)
	}
	return rec, nil // whole, even if the file ends without a line end
}

// JSONEnd follows the brackets of JSON text.
type JSONEnd struct {
	depth           int
	quoted, escaped bool
}

// NewJSONEnd returns an End before the first bracket.
func NewJSONEnd() *JSONEnd { return &JSONEnd{} }

// Whole reports whether all brackets are closed behind the line.
func (b *JSONEnd) Whole(line []byte) bool {
	for _, c := range line {
		switch {
		case b.escaped:
			b.escaped = false
		case b.quoted && c == '\\':
			b.escaped = true
		case c == '"':
			b.quoted = !b.quoted
		case b.quoted:
		case c == '{' || c == '[':
			b.depth++
		case c == '}' || c == ']':
			b.depth--
		}
	}
	return b.depth <= 0
}

// JSONRecords is the Splitter of JSON values, one a line or spread over several;
// the lines of an array's own brackets are left out.
func JSONRecords(r *Reader) ([]byte, error) {
	for {
		b, err := r.ReadLine()
		if err != nil && !errors.Is(err, ErrTorn) {
			return nil, err
		}
		switch t := bytes.TrimSpace(b); string(t) {
		case "", "[", "]", ",":
			if err != nil {
				_, err = r.ReadLine() // the end of input
				return nil, err
			}
		default:
			return Gather(r, b, err, NewJSONEnd())
		}
	}
}
