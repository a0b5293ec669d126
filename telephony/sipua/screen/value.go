package screen

import (
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// params reads ";name=value" pairs as a canonical text. Values are tokens, hosts
// or quoted strings.
func params(list []string) (string, error) {
	var b strings.Builder
	for _, p := range list {
		name, value, has := strings.Cut(p, "=")
		name, value = strings.Trim(name, " \t"), strings.Trim(value, " \t")
		if !token(name) {
			return "", bad("parameter %.40q: is no name", p)
		}
		b.WriteString(";" + name)
		if !has {
			continue
		}
		if !paramValue(value) {
			return "", bad("parameter %.40q: is no value", p)
		}
		b.WriteString("=" + value)
	}
	return b.String(), nil
}

func paramValue(v string) bool {
	if len(v) >= 2 && v[0] == '"' {
		return closed(v) && v[len(v)-1] == '"'
	}
	return token(v) || v != "" && !strings.ContainsAny(v, " \t\"<>,;@\r\n")
}

// closed reports whether every quote of s has its partner.
func closed(s string) bool {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		}
	}
	return !quoted
}

// via returns the canonical form of one Via value, section 20.42.
func via(v string) (string, error) {
	parts := split(v, ';')
	proto := strings.SplitN(parts[0], "/", 3)
	if len(proto) != 3 || !strings.EqualFold(strings.Trim(proto[0], " \t"), "SIP") || strings.Trim(proto[1], " \t") != "2.0" {
		return "", bad("Via %.40q: must begin with SIP/2.0/TRANSPORT", v)
	}
	rest := strings.TrimLeft(proto[2], " \t")
	i := strings.IndexAny(rest, " \t")
	if i < 0 || !token(rest[:i]) {
		return "", bad("Via %.40q: has no sent-by", v)
	}
	by := strings.NewReplacer(" ", "", "\t", "").Replace(rest[i:])
	if !hostPort(by) {
		return "", bad("Via %.40q: %.40q is no host", v, by)
	}
	p, err := params(parts[1:])
	if err != nil {
		return "", err
	}
	return "SIP/2.0/" + strings.ToUpper(rest[:i]) + " " + by + p, nil
}

// hostPort reports whether s is host, host:port, or [IPv6] with or without port.
func hostPort(s string) bool {
	host, port := s, ""
	if strings.HasPrefix(s, "[") {
		end := strings.IndexByte(s, ']')
		if end < 0 {
			return false
		}
		ip, err := netip.ParseAddr(s[1:end])
		if err != nil || !ip.Is6() || end+1 < len(s) && s[end+1] != ':' {
			return false
		}
		if end+1 == len(s) {
			return true
		}
		host, port = "v6", s[end+2:]
	} else if h, p, ok := strings.Cut(s, ":"); ok {
		host, port = h, p
		if p == "" {
			return false
		}
	}
	if port != "" {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
			return false
		}
	}
	return host != "" && strings.Trim(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") == ""
}

// scheme returns the lower-case scheme of a URI, or "".
func scheme(uri string) string {
	s, _, ok := strings.Cut(uri, ":")
	if !ok || !token(s) {
		return ""
	}
	return strings.ToLower(s)
}

// checkURI refuses what no URI may hold; sip and sips URIs need a host.
func checkURI(uri string) error {
	s := scheme(uri)
	if s == "" || strings.ContainsAny(uri, " \t<>\"\r\n") {
		return bad("URI %.60q: is none", uri)
	}
	if s != "sip" && s != "sips" {
		return nil
	}
	rest := uri[len(s)+1:]
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		if at == 0 {
			return bad("URI %.60q: has no user before @", uri)
		}
		rest = rest[at+1:]
	}
	if i := strings.IndexAny(rest, ";?"); i >= 0 {
		rest = rest[:i]
	}
	if !hostPort(rest) {
		return bad("URI %.60q: %.40q is no host", uri, rest)
	}
	return nil
}

// address is one value of From, To, Contact and the like.
type address struct{ display, uri, params string }

func (a address) String() string {
	if a.display == "" {
		return "<" + a.uri + ">" + a.params
	}
	return `"` + a.display + `" <` + a.uri + ">" + a.params
}

// addressOf reads name-addr or addr-spec with parameters, section 20.10: without
// angle brackets, parameters belong to the header and the URI may hold no ? or ,.
func addressOf(v string) (address, error) {
	var a address
	if !closed(v) {
		return a, bad("address %.60q: a quote is not closed", v)
	}
	var rest string
	if open := angle(v); open >= 0 {
		end := strings.IndexByte(v[open:], '>')
		if end < 0 {
			return a, bad("address %.60q: < is not closed", v)
		}
		var err error
		if a.display, err = displayOf(strings.Trim(v[:open], " \t")); err != nil {
			return a, err
		}
		a.uri, rest = v[open+1:open+end], v[open+end+1:]
	} else {
		a.uri, _, _ = strings.Cut(v, ";")
		a.uri = strings.Trim(a.uri, " \t")
		if len(a.uri) < len(v) {
			rest = v[strings.IndexByte(v, ';'):]
		}
		if strings.ContainsAny(a.uri, "?,") {
			return a, bad("address %.60q: a URI with ? or , must be within <>", v)
		}
	}
	if err := checkURI(a.uri); err != nil {
		return a, err
	}
	return a, a.readParams(rest, v)
}

func (a *address) readParams(rest, whole string) error {
	rest = strings.Trim(rest, " \t")
	if rest == "" {
		return nil
	}
	if rest[0] != ';' {
		return bad("address %.60q: ends in %.20q", whole, rest)
	}
	var err error
	a.params, err = params(split(rest[1:], ';'))
	return err
}

// angle returns the place of the first < outside quotes, or -1.
func angle(v string) int {
	quoted := false
	for i := 0; i < len(v); i++ {
		switch {
		case quoted && v[i] == '\\':
			i++
		case v[i] == '"':
			quoted = !quoted
		case v[i] == '<' && !quoted:
			return i
		}
	}
	return -1
}

// displayOf reads a quoted string or tokens, and keeps what can be shown.
func displayOf(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	if s[0] == '"' {
		if len(s) < 2 || s[len(s)-1] != '"' {
			return "", bad("display name %.40q: must be quoted as a whole", s)
		}
		return shown(s[1 : len(s)-1]), nil
	}
	for _, word := range strings.Fields(s) {
		if !token(word) {
			return "", bad("display name %.40q: must be quoted", s)
		}
	}
	return shown(s), nil
}

// shown removes escapes, quotes and control characters.
func shown(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '\\' && i+1 < len(s) {
			i++
			c = s[i]
		}
		switch {
		case c == '"' || c == '\\':
			b.WriteByte('\'')
		case c >= 0x20 && c != 0x7f:
			b.WriteByte(c)
		}
	}
	return strings.ToValidUTF8(strings.TrimSpace(b.String()), "")
}

// cseq reads "NUMBER METHOD", section 20.16: the number is below 2^31.
func cseq(v string) (string, string, error) {
	num, method, ok := strings.Cut(strings.ReplaceAll(v, "\t", " "), " ")
	method = strings.Trim(method, " ")
	n, err := strconv.ParseUint(num, 10, 32)
	if !ok || err != nil || n >= 1<<31 || !token(method) {
		return "", "", bad("CSeq %.40q: must be a number below 2^31 and a method", v)
	}
	return strconv.FormatUint(n, 10), method, nil
}

// digits reads a number that must not be above limit.
func digits(name, v string, limit uint64) (uint64, error) {
	n, err := strconv.ParseUint(v, 10, 64)
	if err != nil || n > limit {
		return 0, bad("%s %.30q: must be a number up to %d", name, v, limit)
	}
	return n, nil
}

// date checks SIP-date, section 20.17: RFC 1123 and always GMT.
func date(v string) error {
	if _, err := time.Parse("Mon, 02 Jan 2006 15:04:05 GMT", v); err != nil {
		return bad("Date %.40q: must be RFC 1123 in GMT", v)
	}
	return nil
}
