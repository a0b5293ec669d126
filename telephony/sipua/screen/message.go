package screen

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// Bounds of a message.
const (
	MaxMessage = 64 << 10 // what UDP can carry
	MaxHeaders = 200      // a real message has 10 to 30
)

// header is one header line, unfolded, under its canonical name.
type header struct{ name, value string }

// message is a message cut into its parts, before they are judged.
type message struct {
	method, uri, version string // of a request
	status               int    // of a response
	reason               string
	headers              []header
	body                 []byte
	length               int // Content-Length, -1 if not given
}

func (m *message) request() bool { return m.method != "" }

// get returns the first value of a header.
func (m *message) get(name string) string {
	for _, h := range m.headers {
		if h.name == name {
			return h.value
		}
	}
	return ""
}

func (m *message) count(name string) int {
	n := 0
	for _, h := range m.headers {
		if h.name == name {
			n++
		}
	}
	return n
}

// compact maps short names to long ones, RFC 3261 section 7.3.3 and the
// registrations of later documents.
var compact = map[string]string{
	"a": "Accept-Contact", "b": "Referred-By", "c": "Content-Type", "d": "Request-Disposition", "e": "Content-Encoding",
	"f": "From", "i": "Call-ID", "j": "Reject-Contact", "k": "Supported", "l": "Content-Length", "m": "Contact",
	"n": "Identity-Info", "o": "Event", "r": "Refer-To", "s": "Subject", "t": "To", "u": "Allow-Events", "v": "Via",
	"x": "Session-Expires", "y": "Identity",
}

// spelled holds the spelling of the headers this package judges or the stack reads.
var spelled = map[string]string{}

func init() {
	for _, n := range []string{
		"Via", "From", "To", "Call-ID", "CSeq", "Max-Forwards", "Contact", "Route", "Record-Route", "Content-Length", "Content-Type",
		"Content-Encoding", "Require", "Proxy-Require", "Supported", "Accept", "Date", "Expires", "Min-Expires", "Authorization",
		"Proxy-Authorization", "WWW-Authenticate", "Proxy-Authenticate", "Refer-To", "Referred-By", "Replaces", "Session-Expires", "Min-SE",
		"Allow", "Event", "User-Agent", "Server", "Subject", "Reason", "Retry-After", "Subscription-State", "RSeq", "RAck", "Unsupported",
	} {
		spelled[strings.ToLower(n)] = n
	}
}

func canonical(name string) string {
	l := strings.ToLower(name)
	if long, ok := compact[l]; ok {
		return long
	}
	if s, ok := spelled[l]; ok {
		return s
	}
	return name
}

// token reports whether s is a token of RFC 3261 section 25.1.
func token(s string) bool {
	if s == "" {
		return false
	}
	for i := range len(s) {
		c := s[i]
		alnum := c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !alnum && strings.IndexByte("-.!%*_+`'~", c) < 0 {
			return false
		}
	}
	return true
}

// badError is a syntax error: the request is answered with 400.
type badError struct{ why string }

func (e *badError) Error() string { return e.why }

func bad(format string, args ...any) error { return &badError{fmt.Sprintf(format, args...)} }

// parse cuts a message. On an error the message holds what could be read, so that
// an answer can be addressed.
func parse(raw []byte) (*message, error) {
	m := &message{length: -1}
	raw = bytes.TrimLeft(raw, "\r\n") // RFC 3261 section 7.5
	head, body, whole := bytes.Cut(raw, []byte("\r\n\r\n"))
	m.body = body
	lines := unfold(string(head))
	if len(lines) == 0 || lines[0] == "" {
		return m, bad("message is empty")
	}
	first := m.startLine(lines[0])
	err := m.headerLines(lines[1:])
	switch {
	case first != nil:
		return m, first
	case err != nil:
		return m, err
	case !whole:
		return m, bad("headers do not end")
	}
	return m, nil
}

// unfold joins continuation lines to the line they continue, section 7.3.1.
func unfold(head string) []string {
	var out []string
	for line := range strings.SplitSeq(head, "\r\n") {
		if len(out) > 1 && line != "" && (line[0] == ' ' || line[0] == '\t') {
			out[len(out)-1] = strings.TrimRight(out[len(out)-1], " \t") + " " + strings.TrimLeft(line, " \t")
			continue
		}
		out = append(out, line)
	}
	return out
}

// startLine reads a request line or status line: single spaces, nothing around.
func (m *message) startLine(line string) error {
	if strings.HasPrefix(strings.ToUpper(line), "SIP/") {
		return m.statusLine(line)
	}
	method, rest, ok := strings.Cut(line, " ")
	uri, version, ok2 := strings.Cut(rest, " ")
	if !token(method) {
		return bad("start line %.60q: no method", line)
	}
	m.method, m.uri, m.version = method, uri, version
	if !ok || !ok2 || uri == "" || strings.ContainsAny(version, " \t") || !strings.HasPrefix(strings.ToUpper(version), "SIP/") {
		return bad("start line %.60q: must be METHOD URI SIP/2.0", line)
	}
	return nil
}

func (m *message) statusLine(line string) error {
	version, rest, _ := strings.Cut(line, " ")
	code, reason, _ := strings.Cut(rest, " ")
	m.version, m.reason = version, reason
	n, err := strconv.Atoi(code)
	if err != nil || len(code) != 3 || n < 100 || n > 699 {
		m.status = -1
		return bad("status %.20q: must be 100 to 699", code)
	}
	m.status = n
	return nil
}

func (m *message) headerLines(lines []string) error {
	var first error
	for _, line := range lines {
		name, value, ok := strings.Cut(line, ":")
		name = strings.TrimRight(name, " \t")
		if !ok || !token(name) {
			if first == nil {
				first = bad("header %.40q: must be NAME: VALUE", line)
			}
			continue
		}
		if len(m.headers) == MaxHeaders {
			return bad("more than %d headers", MaxHeaders)
		}
		m.headers = append(m.headers, header{canonical(name), strings.Trim(value, " \t")})
	}
	return first
}

// split cuts a value at a separator outside quotes and angle brackets.
func split(s string, sep byte) []string {
	var out []string
	from, quoted, angle := 0, false, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quoted && c == '\\':
			i++
		case c == '"' && !angle:
			quoted = !quoted
		case quoted:
		case c == '<':
			angle = true
		case c == '>':
			angle = false
		case c == sep && !angle:
			out = append(out, strings.Trim(s[from:i], " \t"))
			from = i + 1
		}
	}
	return append(out, strings.Trim(s[from:], " \t"))
}
