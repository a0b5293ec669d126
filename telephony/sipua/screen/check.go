package screen

import (
	"errors"
	"slices"
	"strconv"
	"strings"
)

// Rules say what the user agent behind the screen can do.
type Rules struct {
	Methods    []string // implemented; others that RFCs define get 405
	Extensions []string // option tags it supports
	Bodies     []string // content types of an INVITE
	Schemes    []string // of the Request-URI
	ForceRport bool     // answer to where the request came from, also if not asked (RFC 3581)
}

// Default returns the rules of this switch.
func Default() Rules {
	return Rules{
		Methods:    []string{"INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "REGISTER", "REFER", "NOTIFY", "INFO", "UPDATE"},
		Extensions: []string{"timer", "replaces", "norefersub"},
		Bodies:     []string{"application/sdp"},
		Schemes:    []string{"sip", "sips", "tel"},
		ForceRport: true,
	}
}

// registered are methods that exist: not to implement one is 405, not to know it 501.
var registered = []string{
	"INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "REGISTER", "REFER", "NOTIFY", "INFO", "UPDATE", "MESSAGE", "SUBSCRIBE", "PUBLISH", "PRACK",
}

// OldTag is the From tag given to requests of RFC 2543, which had none: the stack
// tells transactions apart by it. Answers must not show it.
const OldTag = "rfc2543"

// Verdict is what becomes of a message.
type Verdict struct {
	Pass   []byte // canonical bytes for the stack, nil if refused
	Reply  []byte // answer to send, nil if there is none
	Status int    // of the answer
	Why    string // of a refusal, for the log
}

// refusal is a status with its extra headers.
type refusal struct {
	status int
	reason string
	extra  []header
	why    string
}

func (r *refusal) Error() string { return r.why }

// Datagram judges one message as it came in a datagram: it may be followed by
// bytes that do not belong to it (section 18.3).
func Datagram(raw []byte, rules Rules) Verdict {
	if len(raw) > MaxMessage {
		return Verdict{Why: "message is too large"}
	}
	m, err := parse(raw)
	if err == nil {
		err = m.check(rules)
	}
	if err == nil {
		pass := m.bytes()
		if rules.ForceRport {
			pass = forceRport(pass)
		}
		return Verdict{Pass: pass}
	}
	v := Verdict{Why: err.Error()}
	if !m.request() || m.method == "ACK" || m.count("Via") == 0 {
		return v
	}
	r := &refusal{status: 400, reason: "Bad Request"}
	if own, ok := errors.AsType[*refusal](err); ok {
		r = own
	}
	v.Status, v.Reply = r.status, m.reply(r, err.Error())
	return v
}

// check judges the parts in the order of the package comment and makes them canonical.
func (m *message) check(rules Rules) error {
	if m.request() && !strings.EqualFold(m.version, "SIP/2.0") {
		return &refusal{status: 505, reason: "Version Not Supported", why: "version " + m.version}
	}
	if !m.request() && !strings.EqualFold(m.version, "SIP/2.0") {
		return bad("version %.20q", m.version)
	}
	if err := m.checkMethod(rules); err != nil {
		return err
	}
	if err := m.checkHeaders(); err != nil {
		return err
	}
	if err := m.checkLength(); err != nil {
		return err
	}
	if !m.request() {
		return m.checkResponse()
	}
	return m.checkRequest(rules)
}

func (m *message) checkMethod(rules Rules) error {
	if !m.request() || slices.Contains(rules.Methods, m.method) {
		return nil
	}
	if slices.Contains(registered, m.method) {
		allow := header{"Allow", strings.Join(rules.Methods, ", ")}
		return &refusal{status: 405, reason: "Method Not Allowed", extra: []header{allow}, why: "method " + m.method}
	}
	return &refusal{status: 501, reason: "Not Implemented", why: "method " + m.method}
}

// single are headers that may stand once only.
var single = []string{"From", "To", "Call-ID", "CSeq", "Max-Forwards", "Content-Length", "Content-Type", "Date", "Expires"}

func (m *message) checkHeaders() error {
	for _, name := range []string{"Via", "From", "To", "Call-ID", "CSeq"} { // section 8.1.1
		if m.get(name) == "" {
			return bad("%s is missing", name)
		}
	}
	for _, name := range single {
		if m.count(name) > 1 {
			return bad("%s is given %d times", name, m.count(name))
		}
	}
	var out []header
	for _, h := range m.headers {
		list, err := m.values(h)
		if err != nil {
			return err
		}
		for _, v := range list {
			out = append(out, header{h.name, v})
		}
	}
	m.headers = out
	return nil
}

// values returns the canonical values of one header line.
func (m *message) values(h header) ([]string, error) {
	switch h.name {
	case "Via":
		return each(h.value, via)
	case "From", "To":
		a, err := addressOf(h.value)
		if h.name == "From" && m.request() && !strings.Contains(strings.ToLower(a.params), ";tag=") {
			a.params += ";tag=" + OldTag
		}
		return []string{a.String()}, err
	case "Contact":
		if h.value == "*" {
			return []string{"*"}, nil
		}
		return each(h.value, addressText)
	case "Route", "Record-Route", "Refer-To", "Referred-By":
		return each(h.value, addressText)
	case "CSeq":
		n, method, err := cseq(h.value)
		if err == nil && m.request() && method != m.method {
			err = bad("CSeq says %s, the start line %s", method, m.method)
		}
		return []string{n + " " + method}, err
	case "Max-Forwards":
		n, err := digits(h.name, h.value, 255)
		return []string{strconv.FormatUint(n, 10)}, err
	case "Content-Length":
		n, err := digits(h.name, h.value, MaxMessage)
		m.length = int(n)
		return nil, err // written anew
	case "Expires", "Session-Expires", "Min-SE", "Min-Expires":
		return []string{clampSeconds(h.value)}, nil
	case "Date":
		return []string{h.value}, date(h.value)
	case "Call-ID":
		if strings.ContainsAny(h.value, " \t") {
			return nil, bad("Call-ID %.40q: must be one word", h.value)
		}
	}
	return []string{h.value}, nil
}

// clampSeconds keeps delta-seconds within 32 bits, as section 20.19 advises for
// values that no registrar means.
func clampSeconds(v string) string {
	num, rest, _ := strings.Cut(v, ";")
	num = strings.Trim(num, " \t")
	if num != "" && strings.Trim(num, "0123456789") == "" {
		if _, err := strconv.ParseUint(num, 10, 32); err != nil {
			num = "4294967295"
		}
	}
	if rest == "" {
		return num
	}
	return num + ";" + rest
}

func each(v string, f func(string) (string, error)) ([]string, error) {
	var out []string
	for _, part := range split(v, ',') {
		s, err := f(part)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

func addressText(v string) (string, error) {
	a, err := addressOf(v)
	return a.String(), err
}

// checkLength cuts what follows the body and refuses a body that is cut off.
func (m *message) checkLength() error {
	switch {
	case m.length < 0:
	case m.length > len(m.body):
		return bad("Content-Length is %d, the body has %d bytes", m.length, len(m.body))
	default:
		m.body = m.body[:m.length]
	}
	return nil
}

// checkResponse refuses responses that are not for us: a client's response has
// one Via, its own (section 8.1.3.3).
func (m *message) checkResponse() error {
	if n := m.count("Via"); n != 1 {
		return bad("response has %d Via", n)
	}
	return nil
}

func (m *message) checkRequest(rules Rules) error {
	if err := m.checkTarget(rules); err != nil {
		return err
	}
	if strings.HasSuffix(m.topBranch(), "=z9hG4bK") { // RFC 4475 section 3.2.1
		return bad("branch is the bare magic cookie")
	}
	if m.method == "REGISTER" && !slices.Contains([]string{"sip", "sips"}, scheme(uriOf(m.get("To")))) {
		return bad("To %.40q: an address of record is a SIP URI", m.get("To"))
	}
	if err := m.checkRequire(rules); err != nil {
		return err
	}
	if m.method == "INVITE" || m.method == "UPDATE" {
		return m.checkBody(rules)
	}
	return nil
}

func (m *message) checkTarget(rules Rules) error {
	if strings.HasPrefix(m.uri, "<") || scheme(m.uri) == "" {
		return bad("Request-URI %.60q: is none", m.uri)
	}
	if !slices.Contains(rules.Schemes, scheme(m.uri)) {
		return &refusal{status: 416, reason: "Unsupported URI Scheme", why: "Request-URI scheme " + scheme(m.uri)}
	}
	if scheme(m.uri) != "tel" && strings.Contains(m.uri, "?") { // section 19.1.1, table 1
		return bad("Request-URI %.60q: must have no headers", m.uri)
	}
	return checkURI(m.uri)
}

// topBranch returns the branch parameter of the first Via as "branch=…".
func (m *message) topBranch() string {
	for _, p := range split(m.get("Via"), ';') {
		if strings.HasPrefix(strings.ToLower(p), "branch=") {
			return p
		}
	}
	return ""
}

// uriOf returns the URI of a canonical address.
func uriOf(a string) string {
	_, rest, _ := strings.Cut(a, "<")
	uri, _, _ := strings.Cut(rest, ">")
	return uri
}

// checkRequire refuses extensions we do not have, section 8.2.2.3. Proxy-Require
// is for proxies.
func (m *message) checkRequire(rules Rules) error {
	if m.method == "CANCEL" || m.method == "ACK" {
		return nil
	}
	var extra []header
	for _, h := range m.headers {
		if h.name != "Require" {
			continue
		}
		for _, tag := range split(h.value, ',') {
			if !slices.ContainsFunc(rules.Extensions, func(e string) bool { return strings.EqualFold(e, tag) }) {
				extra = append(extra, header{"Unsupported", tag})
			}
		}
	}
	if len(extra) == 0 {
		return nil
	}
	return &refusal{status: 420, reason: "Bad Extension", extra: extra, why: "extension " + extra[0].value}
}

func (m *message) checkBody(rules Rules) error {
	if typ := mediaType(m.get("Content-Type")); len(m.body) > 0 && !slices.Contains(rules.Bodies, typ) && !m.optionalBody() {
		extra := header{"Accept", strings.Join(rules.Bodies, ", ")}
		return &refusal{status: 415, reason: "Unsupported Media Type", extra: []header{extra}, why: "body " + typ}
	}
	if enc := m.get("Content-Encoding"); enc != "" && !strings.EqualFold(enc, "identity") {
		return &refusal{status: 415, reason: "Unsupported Media Type", extra: []header{{"Accept-Encoding", "identity"}}, why: "encoding " + enc}
	}
	if accept := m.get("Accept"); accept != "" && !accepts(accept, rules.Bodies) {
		return &refusal{status: 406, reason: "Not Acceptable", why: "accepts " + accept}
	}
	return nil
}

// optionalBody reports whether the sender can do without us reading the body.
func (m *message) optionalBody() bool {
	return strings.Contains(strings.ToLower(m.get("Content-Disposition")), "handling=optional")
}

func mediaType(v string) string {
	t, _, _ := strings.Cut(v, ";")
	return strings.ToLower(strings.Trim(t, " \t"))
}

func accepts(v string, bodies []string) bool {
	for _, part := range split(v, ',') {
		t := mediaType(part)
		if t == "*/*" || t == "application/*" || slices.Contains(bodies, t) {
			return true
		}
	}
	return false
}
