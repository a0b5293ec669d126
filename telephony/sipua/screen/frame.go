package screen

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
)

// ErrFraming is returned when a stream cannot be cut into messages any more: the
// connection has to be closed.
var ErrFraming = errors.New("stream cannot be cut into SIP messages")

// Framer cuts a stream into messages by Content-Length (section 18.3). It is not
// safe for concurrent use.
type Framer struct {
	buf   []byte
	pings int
}

// Write adds bytes from the stream.
func (f *Framer) Write(b []byte) { f.buf = append(f.buf, b...) }

// Pings returns how many keep-alives (RFC 5626, two CR LF) came since the last call.
func (f *Framer) Pings() int {
	n := f.pings
	f.pings = 0
	return n
}

// Next returns the next whole message, or nil if more bytes are needed. With
// ErrFraming it returns what can still be answered.
func (f *Framer) Next() ([]byte, error) {
	f.skip()
	if len(f.buf) == 0 {
		return nil, nil
	}
	end := bytes.Index(f.buf, []byte("\r\n\r\n"))
	if end < 0 {
		if len(f.buf) > MaxMessage {
			return nil, ErrFraming
		}
		return nil, nil
	}
	head := end + 4
	n, ok := bodyLength(f.buf[:end])
	if !ok || head+n > MaxMessage {
		return f.buf[:head], ErrFraming
	}
	if len(f.buf) < head+n {
		return nil, nil
	}
	msg := append([]byte(nil), f.buf[:head+n]...)
	f.buf = append(f.buf[:0], f.buf[head+n:]...)
	return msg, nil
}

// skip drops the line ends between messages and counts pings.
func (f *Framer) skip() {
	n := 0
	for n < len(f.buf) && (f.buf[n] == '\r' || f.buf[n] == '\n') {
		n++
	}
	if n >= 4 {
		f.pings += n / 4
	}
	f.buf = append(f.buf[:0], f.buf[n:]...)
}

// bodyLength reads Content-Length, which a stream cannot do without (section 20.14).
func bodyLength(head []byte) (int, bool) {
	found := -1
	for _, line := range unfold(string(head)) {
		name, value, ok := strings.Cut(line, ":")
		if !ok || canonical(strings.TrimRight(name, " \t")) != "Content-Length" {
			continue
		}
		n, err := strconv.Atoi(strings.Trim(value, " \t"))
		if err != nil || n < 0 || n > MaxMessage || found >= 0 && found != n {
			return 0, false
		}
		found = n
	}
	return found, found >= 0
}
