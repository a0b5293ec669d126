// Package words reads and names the small texts within SIP messages: causes,
// reasons, keys, holds and lifetimes. All of it is pure.
package words

import (
	"crypto/rand"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Cause names a refusal as facts do.
func Cause(status int) string {
	switch status {
	case 486, 600:
		return "busy"
	case 408, 480:
		return "no_answer"
	case 603:
		return "declined"
	case 404, 410, 484, 604:
		return "unknown_number"
	case 487:
		return "cancelled"
	case 401, 403, 407:
		return "forbidden"
	case 488, 606:
		return "no_codec"
	}
	return "failed"
}

// ReasonText returns the text of a Reason header (RFC 3326) as a cause.
func ReasonText(v string) string {
	_, text, ok := strings.Cut(v, `text="`)
	if !ok {
		return ""
	}
	text, _, _ = strings.Cut(text, `"`)
	return strings.ToLower(strings.ReplaceAll(text, " ", "_"))
}

// Phrase returns the reason phrase of a status.
func Phrase(status int) string {
	switch status {
	case 180:
		return "Ringing"
	case 183:
		return "Session Progress"
	case 404:
		return "Not Found"
	case 480:
		return "Temporarily Unavailable"
	case 486:
		return "Busy Here"
	case 488:
		return "Not Acceptable Here"
	case 503:
		return "Service Unavailable"
	case 603:
		return "Decline"
	}
	if status < 200 {
		return "Progress"
	}
	return "Refused"
}

// URIHeader returns a header within a URI.
func URIHeader(query, name string) (string, bool) {
	query, _, _ = strings.Cut(query, ">")
	for pair := range strings.SplitSeq(query, "&") {
		k, v, _ := strings.Cut(pair, "=")
		if strings.EqualFold(k, name) {
			s, err := url.PathUnescape(v)
			return s, err == nil
		}
	}
	return "", false
}

// InfoKey reads application/dtmf-relay ("Signal=5", "Duration=160") or
// application/dtmf ("5").
func InfoKey(req *sip.Request) (string, time.Duration, bool) {
	typ := ""
	if h := req.GetHeader("Content-Type"); h != nil {
		typ = strings.ToLower(strings.TrimSpace(strings.Split(h.Value(), ";")[0]))
	}
	key, ms := "", 100
	switch typ {
	case "application/dtmf":
		key = strings.TrimSpace(string(req.Body()))
	case "application/dtmf-relay":
		for line := range strings.Lines(string(req.Body())) {
			name, value, _ := strings.Cut(line, "=")
			switch strings.ToLower(strings.TrimSpace(name)) {
			case "signal":
				key = strings.TrimSpace(value)
			case "duration":
				if n, err := strconv.Atoi(strings.TrimSpace(value)); err == nil && n > 0 && n < 10_000 {
					ms = n
				}
			}
		}
	}
	switch key {
	case "10":
		key = "*"
	case "11":
		key = "#"
	}
	return key, time.Duration(ms) * time.Millisecond, len(key) == 1 && strings.Contains("0123456789*#ABCD", key)
}

// Hold reports whether a session description puts the other side on hold
// (RFC 3264 section 8.4, and the c=0.0.0.0 of RFC 2543).
func Hold(sdp []byte) bool {
	s := string(sdp)
	return strings.Contains(s, "a=sendonly") || strings.Contains(s, "a=inactive") || strings.Contains(s, "c=IN IP4 0.0.0.0")
}

// Seconds reads the number at the start of a header's value.
func Seconds(h sip.Header) (time.Duration, string, bool) {
	if h == nil {
		return 0, "", false
	}
	num, rest, _ := strings.Cut(h.Value(), ";")
	n, err := strconv.ParseUint(strings.TrimSpace(num), 10, 32)
	return time.Duration(n) * time.Second, rest, err == nil
}

// Allows reports whether a message's Allow names a method.
func Allows(m sip.Message, method string) bool {
	for _, h := range m.GetHeaders("Allow") {
		if strings.Contains(strings.ToUpper(h.Value()), method) {
			return true
		}
	}
	return false
}

// Source returns where a request came from.
func Source(req *sip.Request) netip.AddrPort {
	ap, _ := netip.ParseAddrPort(req.Source())
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}

// Token returns an unguessable word for ids, tags and branches.
func Token() string { return rand.Text()[:16] }

// Values returns the values of all headers of a name.
func Values(m interface {
	GetHeaders(name string) []sip.Header
}, name string) []string {
	var out []string
	for _, h := range m.GetHeaders(name) {
		out = append(out, h.Value())
	}
	return out
}

// Headers returns a header of a name for each value.
func Headers(name string, values []string) []sip.Header {
	out := make([]sip.Header, len(values))
	for i, v := range values {
		out[i] = sip.NewHeader(name, v)
	}
	return out
}

// Routes returns the addresses of the Record-Route headers in their order.
func Routes(m interface {
	GetHeaders(name string) []sip.Header
}) []sip.Uri {
	var out []sip.Uri
	for _, v := range Values(m, "Record-Route") {
		var uri sip.Uri
		if sip.ParseUri(strings.Trim(v, "<> "), &uri) == nil {
			out = append(out, uri)
		}
	}
	return out
}

// Replaces reads a Replaces header (RFC 3891 section 6.1).
func Replaces(v string) (callID, toTag, fromTag string) {
	parts := strings.Split(v, ";")
	for _, p := range parts[1:] {
		switch k, v, _ := strings.Cut(strings.TrimSpace(p), "="); strings.ToLower(k) {
		case "to-tag":
			toTag = v
		case "from-tag":
			fromTag = v
		}
	}
	return strings.TrimSpace(parts[0]), toTag, fromTag
}

// Fragment returns the status of a message/sipfrag body (RFC 3420).
func Fragment(body []byte) (int, bool) {
	line, _, _ := strings.Cut(string(body), "\r\n")
	f := strings.Fields(line)
	if len(f) < 2 || f[0] != "SIP/2.0" {
		return 0, false
	}
	status, err := strconv.Atoi(f[1])
	return status, err == nil && status >= 100 && status < 700
}

// Contact reads the address of a registration and the lifetime it asks for: its own
// parameter, the Expires header, or otherwise.
func Contact(v string, expires sip.Header, otherwise time.Duration) (uri string, asked time.Duration) {
	uri, params, _ := strings.Cut(v[strings.IndexByte(v, '<')+1:], ">")
	asked = otherwise
	if d, _, ok := Seconds(expires); ok {
		asked = d
	}
	for p := range strings.SplitSeq(params, ";") {
		if v, ok := strings.CutPrefix(strings.ToLower(strings.TrimSpace(p)), "expires="); ok {
			if d, _, ok := Seconds(sip.NewHeader("Expires", v)); ok {
				asked = d
			}
		}
	}
	return uri, asked
}
