// Package config is what an instance needs to know before it can open its
// database: where it listens, how much it may use, how long it keeps things.
// What people arrange while it runs (sites, queues, T and S, prices) is in
// internal/db.
//
// Values come in four layers, later ones win:
//
//  1. the defaults ([Default]),
//  2. DIR/config.yaml,
//  3. the environment: web.listen is AGNER_WEB_LISTEN,
//  4. flags of the command line.
//
// Everything is strict: an unknown key, a value of the wrong type or outside its
// bounds is an error that names the key, the value and where it stands (file and
// line, variable or flag). Nothing is guessed and nothing is ignored – a
// misspelt retention that silently keeps its default is how data gets lost.
//
// [Paths] is the layout of the data directory, [Acquire] the lock that makes one
// process its owner.
package config

import (
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Config is a whole, valid instance configuration. The `koanf` tags are the keys.
type Config struct {
	Zone      string    `koanf:"zone"` // IANA zone of new sites and of imports that name none
	Web       Web       `koanf:"web"`
	SIP       SIP       `koanf:"sip"`
	Mail      Mail      `koanf:"mail"`
	Speech    Speech    `koanf:"speech"`
	Log       Log       `koanf:"log"`
	Retention Retention `koanf:"retention"`
	Limits    Limits    `koanf:"limits"`
}

// Web is the public door.
type Web struct {
	Listen         string   `koanf:"listen"`          // host:port
	LAN            bool     `koanf:"lan"`             // listen on every address instead of loopback
	PublicURL      string   `koanf:"public_url"`      // as browsers see it, behind a proxy; https makes cookies Secure
	TrustedProxies []string `koanf:"trusted_proxies"` // addresses or prefixes whose X-Forwarded-For is believed
}

// SIP is the telephone side.
type SIP struct {
	Listen    string `koanf:"listen"`    // host:port for UDP and TCP; empty: no telephony
	Advertise string `koanf:"advertise"` // address that phones are told, behind a NAT
	RTPLow    int    `koanf:"rtp_low"`   // ports of audio, both inclusive
	RTPHigh   int    `koanf:"rtp_high"`
	TLS       string `koanf:"tls"`      // host:port for SIP over TLS; empty: not
	TLSCert   string `koanf:"tls_cert"` // PEM file of the certificate with its chain
	TLSKey    string `koanf:"tls_key"`  // PEM file of its key
}

// Mail is how notices of voicemail leave.
type Mail struct {
	Server     string `koanf:"server"`      // host:port; empty: no notices
	From       string `koanf:"from"`        // address
	User       string `koanf:"user"`        // empty: no log-in
	SecretFile string `koanf:"secret_file"` // file with the password
	TLS        string `koanf:"tls"`         // starttls where it is offered; implicit (port 465); none, for a server on this machine
}

// Speech is what hears recordings.
type Speech struct {
	Workers  int      `koanf:"workers"`  // recogniser processes a language; 0: none, recordings are not transcribed
	Language string   `koanf:"language"` // of calls whose queue names none
	Live     int      `koanf:"live"`     // calls heard while they last; 0: none
	Alerts   []string `koanf:"alerts"`   // NAME: RULE of speech/phrase, told of while a call lasts
}

// Log says what is logged and how.
type Log struct {
	Level  string `koanf:"level"`  // debug, info, warn, error
	Format string `koanf:"format"` // json, text
}

// Retention is how long things are kept, in days; 0 keeps them for ever.
type Retention struct {
	JournalDays  int `koanf:"journal_days"`  // sealed segments whose facts are in a verified Parquet file
	PersonalDays int `koanf:"personal_days"` // numbers, names, notes and words of callers not seen since
}

// Limits bound what one request or one part may use.
type Limits struct {
	UploadMB        int `koanf:"upload_mb"`         // one uploaded file
	LineKB          int `koanf:"line_kb"`           // one line of an imported file
	LoginsPerMinute int `koanf:"logins_per_minute"` // per address
	LakeMemoryMB    int `koanf:"lake_memory_mb"`    // DuckDB
	LakeThreads     int `koanf:"lake_threads"`      // DuckDB; 0: one per core
}

// Default is the configuration of an instance that was told nothing.
func Default() Config {
	return Config{
		Zone:   "UTC", // never the machine's: the same file must mean the same everywhere
		Web:    Web{Listen: "127.0.0.1:8480", TrustedProxies: []string{}},
		SIP:    SIP{Listen: "127.0.0.1:5060", RTPLow: 20000, RTPHigh: 29999},
		Mail:   Mail{TLS: "starttls"},
		Speech: Speech{Workers: 2, Language: "en", Live: 4, Alerts: []string{}},
		Log:    Log{Level: "info", Format: "json"},
		Retention: Retention{
			JournalDays:  90, // a quarter to find a projection error and rebuild
			PersonalDays: 0,
		},
		Limits: Limits{
			UploadMB:        4096, // a year of queue_log of a large centre
			LineKB:          1024, // longer is no log line
			LoginsPerMinute: 10,
			LakeMemoryMB:    1024, // a month's report at 50 M calls stays in memory
			LakeThreads:     0,
		},
	}
}

// ValueError names a key whose value cannot be used.
type ValueError struct {
	Key    string
	Value  any
	Reason string
	Origin string // where it stands; empty for a default or a value set by code
}

// Error says key, value, place and reason.
func (e *ValueError) Error() string {
	at := ""
	if e.Origin != "" {
		at = " (" + e.Origin + ")"
	}
	return fmt.Sprintf("%s %q%s: %s", e.Key, fmt.Sprint(e.Value), at, e.Reason)
}

// Validate returns the first value that cannot be used, as a *ValueError.
func (c Config) Validate() error {
	if c.Zone == "" || c.Zone == "Local" {
		return &ValueError{Key: "zone", Value: c.Zone, Reason: "want an IANA time zone such as Europe/Tallinn"}
	}
	if _, err := time.LoadLocation(c.Zone); err != nil {
		return &ValueError{Key: "zone", Value: c.Zone, Reason: "is no known time zone"}
	}
	if err := c.Web.validate(); err != nil {
		return err
	}
	if err := c.SIP.validate(); err != nil {
		return err
	}
	if err := c.Mail.validate(); err != nil {
		return err
	}
	if err := oneOf("log.level", c.Log.Level, "debug", "info", "warn", "error"); err != nil {
		return err
	}
	if err := oneOf("log.format", c.Log.Format, "json", "text"); err != nil {
		return err
	}
	for _, b := range []struct {
		key       string
		v, lo, hi int
	}{
		{"sip.rtp_low", c.SIP.RTPLow, 1024, 65534},
		{"sip.rtp_high", c.SIP.RTPHigh, c.SIP.RTPLow + 1, 65535},
		{"retention.journal_days", c.Retention.JournalDays, 0, 36500},
		{"retention.personal_days", c.Retention.PersonalDays, 0, 36500},
		{"limits.upload_mb", c.Limits.UploadMB, 1, 1 << 20},
		{"limits.line_kb", c.Limits.LineKB, 1, 64 << 10},
		{"limits.logins_per_minute", c.Limits.LoginsPerMinute, 1, 10000},
		{"limits.lake_memory_mb", c.Limits.LakeMemoryMB, 128, 1 << 20},
		{"limits.lake_threads", c.Limits.LakeThreads, 0, 1024},
		{"speech.workers", c.Speech.Workers, 0, 64},
		{"speech.live", c.Speech.Live, 0, 1000},
	} {
		if b.v < b.lo || b.v > b.hi {
			return &ValueError{Key: b.key, Value: b.v, Reason: fmt.Sprintf("must be from %d to %d", b.lo, b.hi)}
		}
	}
	return nil
}

func oneOf(key, v string, allowed ...string) error {
	if slices.Contains(allowed, v) {
		return nil
	}
	return &ValueError{Key: key, Value: v, Reason: "must be one of " + strings.Join(allowed, ", ")}
}

// listenable checks a host:port.
func listenable(key, address string) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return &ValueError{Key: key, Value: address, Reason: "want host:port"}
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return &ValueError{Key: key, Value: address, Reason: "port must be from 0 to 65535"}
	}
	if strings.ContainsAny(host, " /") {
		return &ValueError{Key: key, Value: address, Reason: "host is no name or address"}
	}
	return nil
}

func (s SIP) validate() error {
	if s.Listen != "" {
		if err := listenable("sip.listen", s.Listen); err != nil {
			return err
		}
		if host, _, err := net.SplitHostPort(s.Listen); err == nil && host != "" {
			if _, err := netip.ParseAddr(host); err != nil {
				return &ValueError{Key: "sip.listen", Value: s.Listen, Reason: "host must be an address: phones are told it"}
			}
		}
	}
	if _, err := netip.ParseAddr(s.Advertise); s.Advertise != "" && err != nil {
		return &ValueError{Key: "sip.advertise", Value: s.Advertise, Reason: "want an address"}
	}
	return s.validateTLS()
}

// validateTLS checks the door for phones that encrypt.
func (s SIP) validateTLS() error {
	if s.TLS == "" {
		return nil
	}
	if err := listenable("sip.tls", s.TLS); err != nil {
		return err
	}
	if s.Listen == "" {
		return &ValueError{Key: "sip.tls", Value: s.TLS, Reason: "needs sip.listen: without it there is no telephony"}
	}
	for key, file := range map[string]string{"sip.tls_cert": s.TLSCert, "sip.tls_key": s.TLSKey} {
		if file == "" {
			return &ValueError{Key: key, Value: file, Reason: "must name a PEM file when sip.tls is set"}
		}
	}
	return nil
}

func (m Mail) validate() error {
	if err := oneOf("mail.tls", m.TLS, "starttls", "implicit", "none"); err != nil || m.Server == "" {
		return err
	}
	if err := listenable("mail.server", m.Server); err != nil {
		return err
	}
	if _, err := mail.ParseAddress(m.From); err != nil {
		return &ValueError{Key: "mail.from", Value: m.From, Reason: "want an e-mail address"}
	}
	if m.User != "" && m.SecretFile == "" {
		return &ValueError{Key: "mail.secret_file", Value: m.SecretFile, Reason: "must name the file with the password of mail.user"}
	}
	return nil
}

func (w Web) validate() error {
	if err := listenable("web.listen", w.Listen); err != nil {
		return err
	}
	if err := validateURL(w.PublicURL); err != nil {
		return err
	}
	for _, p := range w.TrustedProxies {
		if _, err := prefix(p); err != nil {
			return &ValueError{Key: "web.trusted_proxies", Value: p, Reason: "want an address or a prefix such as 10.0.0.0/8"}
		}
	}
	return nil
}

func validateURL(s string) error {
	if s == "" {
		return nil
	}
	u, err := url.Parse(s)
	ok := err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil &&
		(u.Path == "" || u.Path == "/") && u.RawQuery == "" && u.Fragment == ""
	if !ok {
		return &ValueError{Key: "web.public_url", Value: s, Reason: "want http(s)://host[:port] without a path"}
	}
	return nil
}

func prefix(s string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	return netip.ParsePrefix(s)
}

// Address is where web really listens: Listen, or with LAN every address on its port.
func (w Web) Address() string {
	host, port, err := net.SplitHostPort(w.Listen)
	if err != nil || !w.LAN {
		return w.Listen
	}
	if a, err := netip.ParseAddr(host); host == "localhost" || (err == nil && a.IsLoopback()) {
		return net.JoinHostPort("", port)
	}
	return w.Listen
}

// Address is where SIP really listens: Listen, or with lan every address on its port.
func (s SIP) Address(lan bool) string {
	return Web{Listen: s.Listen, LAN: lan && s.Listen != ""}.Address()
}

// Proxies are the trusted proxies as prefixes.
func (w Web) Proxies() []netip.Prefix {
	out := make([]netip.Prefix, 0, len(w.TrustedProxies))
	for _, s := range w.TrustedProxies {
		if p, err := prefix(s); err == nil { // Validate has refused the others
			out = append(out, p)
		}
	}
	return out
}
