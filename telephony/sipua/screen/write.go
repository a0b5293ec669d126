package screen

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"strings"
)

// bytes writes the canonical form.
func (m *message) bytes() []byte {
	var b bytes.Buffer
	if m.request() {
		fmt.Fprintf(&b, "%s %s SIP/2.0\r\n", m.method, m.uri)
	} else {
		reason := m.reason
		if reason == "" {
			reason = "-" // the stack wants one
		}
		fmt.Fprintf(&b, "SIP/2.0 %d %s\r\n", m.status, reason)
	}
	for _, h := range m.headers {
		fmt.Fprintf(&b, "%s: %s\r\n", h.name, h.value)
	}
	if m.request() && m.count("Max-Forwards") == 0 {
		b.WriteString("Max-Forwards: 70\r\n") // RFC 2543 had none
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n", len(m.body))
	b.Write(m.body)
	return b.Bytes()
}

// forceRport adds rport to the first Via of a canonical request, so that the
// answer goes where the request came from (RFC 3581).
func forceRport(msg []byte) []byte {
	const start = "\r\nVia: "
	i := bytes.Index(msg, []byte(start))
	if i < 0 || bytes.HasPrefix(msg, []byte("SIP/")) {
		return msg
	}
	end := i + 2 + bytes.Index(msg[i+2:], []byte("\r\n"))
	line := string(msg[i+2 : end])
	if strings.Contains(strings.ToLower(line), ";rport") {
		return msg
	}
	return append(append(append([]byte(nil), msg[:end]...), ";rport"...), msg[end:]...)
}

// reply writes an answer without a transaction, from whatever could be read of
// the request (section 8.2.6).
func (m *message) reply(r *refusal, why string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "SIP/2.0 %d %s\r\n", r.status, r.reason)
	once := map[string]bool{}
	for _, h := range m.headers {
		switch h.name {
		case "Via":
			fmt.Fprintf(&b, "Via: %s\r\n", h.value)
			continue
		case "From", "To", "Call-ID", "CSeq":
		default:
			continue
		}
		if once[h.name] {
			continue
		}
		once[h.name] = true
		v := h.value
		if h.name == "To" && !strings.Contains(strings.ToLower(v), ";tag=") && closed(v) {
			v += ";tag=" + m.tag()
		}
		fmt.Fprintf(&b, "%s: %s\r\n", h.name, v)
	}
	for _, h := range r.extra {
		fmt.Fprintf(&b, "%s: %s\r\n", h.name, h.value)
	}
	if r.status == 400 {
		fmt.Fprintf(&b, "Warning: 399 agner \"%s\"\r\n", shown(why))
	}
	b.WriteString("Content-Length: 0\r\n\r\n")
	return b.Bytes()
}

// tag is the same for a retransmission, as section 8.2.6.2 wants, without memory.
func (m *message) tag() string {
	h := fnv.New64a()
	fmt.Fprint(h, m.get("Call-ID"), m.get("CSeq"), m.get("Via"))
	return fmt.Sprintf("%016x", h.Sum64())
}
