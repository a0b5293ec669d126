package feed

import (
	"encoding/json"
	"errors"
	"io"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/agner-platform/agner/internal/event"
)

// Format is one foreign format.
type Format struct {
	Name     string
	Profiles []string // names of embedded profiles, if the format takes one
	// ZoneNeeded says that stamps of this format may be local, so that a zone must be given.
	ZoneNeeded bool
	// Growing marks logs whose last line may be half written: one without an end is
	// left for the next run, unless the Mapper is a Wholer and says that it is
	// whole. A last line of other formats counts as whole.
	Growing bool
	Split   Splitter
	Open    func(Setup) (Mapper, error)
}

// Splitter reads one record, without committing it. It returns io.EOF at the end
// of input, ErrLineTooLong for a record it had to skip, ErrTorn together with
// the bytes of a last record that has no end, and a Reject for bytes it skipped.
type Splitter func(*Reader) ([]byte, error)

// Lines is the Splitter of formats with one record a line. Empty lines are no records.
func Lines(r *Reader) ([]byte, error) {
	for {
		b, err := r.ReadLine()
		if len(b) > 0 || err != nil {
			return b, err
		}
	}
}

// Setup is what a Mapper is made from.
type Setup struct {
	// Stream names the records that follow one another; part of most ids.
	Stream string
	// System names the foreign system. Formats of one system that know its calls
	// by the same ids make the same interactions of them.
	System  string
	Profile Profile
	Clock   *Clock
	Names   *Names
	Site    string
	// WrapUpCap bounds derived wrap-up; 0 derives none.
	WrapUpCap time.Duration
	// Template is the column list of formats whose files do not say it.
	Template string
	// State is what an earlier Mapper of this stream returned; nil for none.
	State json.RawMessage
	// SameFile says that State was taken in the file that is now read on, not at
	// the end of the one before.
	SameFile bool
	// Warn counts a warning at the record being mapped.
	Warn func(reason string)
}

// Profile is a mapping profile: its name and, if it is not an embedded one, its text.
type Profile struct {
	Name string
	Text []byte
}

// Record is one record to map. Text is valid UTF-8 without NUL.
type Record struct {
	Text string
	Line int64 // number of its last line
}

// Mapper turns records into events. It is used by one goroutine, for one file.
type Mapper interface {
	// Map maps one record. A *Reject or *Skip says why there are no events,
	// ErrHeader that it is none; any other error ends the run.
	Map(rec Record, out *Out) error
	// End is called at the end of a file. The file may grow, and another file of
	// the stream may follow: what is open stays open.
	End(out *Out) error
	// State returns what the next Mapper of the stream needs.
	State() (json.RawMessage, error)
}

// Wholer is a Mapper of a Growing format that can tell whether the last line of a
// file, which has no line end, is whole all the same.
type Wholer interface {
	Whole(text string) bool
}

// Out collects the events of the record being mapped.
type Out struct {
	events []event.Event
	row    int  // where the current record's events begin
	kept   int  // up to where they stay even if the record is rejected
	raw    bool // the current record is kept raw
}

// Emit adds an event.
func (o *Out) Emit(e event.Event) { o.events = append(o.events, e) }

// Raw marks the record as kept raw rather than mapped.
func (o *Out) Raw() { o.raw = true }

// Events returns what has been emitted and not been taken yet.
func (o *Out) Events() []event.Event { return o.events }

// Begin starts a record.
func (o *Out) Begin() { o.row, o.kept, o.raw = len(o.events), len(o.events), false }

// Keep makes the events emitted so far independent of what becomes of the record:
// they follow from its time alone.
func (o *Out) Keep() { o.kept = len(o.events) }

// Record returns the events of the record begun last, and whether it is kept raw.
func (o *Out) Record() ([]event.Event, bool) { return o.events[o.row:], o.raw }

// Discard drops the events of the record begun last, kept ones apart.
func (o *Out) Discard() { o.events = o.events[:o.kept] }

// Reset empties o and keeps its memory.
func (o *Out) Reset() {
	clear(o.events)
	o.events, o.row, o.kept = o.events[:0], 0, 0
}

// Text decodes the bytes of a record: UTF-8, or else ISO 8859-1 (latin1 is true
// then). NUL bytes reject it.
func Text(b []byte) (s string, latin1 bool, err error) {
	ascii := true
	for _, c := range b {
		if c == 0 {
			return "", false, Rejectf("record has NUL bytes")
		}
		ascii = ascii && c < utf8.RuneSelf
	}
	if ascii || utf8.Valid(b) {
		return string(b), false, nil
	}
	return latin1Text(b), true, nil
}

// latin1Text decodes ISO 8859-1, whose characters have the numbers of Unicode's.
func latin1Text[T string | []byte](b T) string {
	runes := make([]rune, len(b))
	for i := range len(b) {
		runes[i] = rune(b[i])
	}
	return string(runes)
}

// Unescape undoes URL encoding. What is not encoded right stands as it is; bytes
// that are not UTF-8 are ISO 8859-1; NUL stays encoded.
func Unescape(v string) string {
	if !strings.Contains(v, "%") {
		return v
	}
	u, err := url.PathUnescape(v)
	switch {
	case err != nil || strings.IndexByte(u, 0) >= 0:
		return v
	case !utf8.ValidString(u):
		return latin1Text(u)
	}
	return u
}

// byteOrderMark is UTF-8's; it says nothing and is skipped.
const byteOrderMark = "\xef\xbb\xbf"

// CheckBeginning refuses UTF-16 and UTF-32 by their byte order marks or by the
// zero bytes of ASCII text in them.
func CheckBeginning(b []byte) error {
	if len(b) < 2 {
		return nil
	}
	mark := string(b[:2])
	if mark == "\xff\xfe" || mark == "\xfe\xff" {
		return ErrEncoding
	}
	head := b[:min(len(b), 64)]
	zeros := 0
	for _, c := range head {
		if c == 0 {
			zeros++
		}
	}
	if len(head) >= 8 && zeros*5 >= len(head)*2 { // text of Latin letters in UTF-16 has every second byte zero
		return ErrEncoding
	}
	return nil
}

// TrimMark removes a byte order mark from a file's first record.
func TrimMark(b []byte) []byte {
	if len(b) >= 3 && string(b[:3]) == byteOrderMark {
		return b[3:]
	}
	return b
}

// IsEOF reports the end of input.
func IsEOF(err error) bool { return errors.Is(err, io.EOF) }
