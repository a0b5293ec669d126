package sipua

import (
	"cmp"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net"
	"time"

	"github.com/agner-platform/agner/telephony/sipua/guard"
	"github.com/agner-platform/agner/telephony/sipua/registrar"
	"github.com/agner-platform/agner/telephony/sipua/screen"
	"github.com/agner-platform/agner/telephony/sipua/timer"
)

// defaultSession is the session timer we ask for, long enough to cost nothing.
const defaultSession = 30 * time.Minute

// Trunk is a peer that needs no password, because of where it is.
type Trunk = guard.Peer

// Config is a user agent.
type Config struct {
	UDP, TCP, TLS string      // addresses to listen on; empty: not
	Certificates  *tls.Config // for TLS, as server and as client
	Advertise     string      // host in Contact and From; empty: the listener's
	Realm         string
	Users         registrar.Store // of phones; nil: there are none
	Digests       []string        // offered to phones; nil: SHA-256, then MD5. Some phones give up at the first they do not know
	Trunks        []Trunk
	Guard         guard.Config
	Rules         screen.Rules
	MaxLegs       int           // at the same time; more get 503
	Session       time.Duration // session timer we ask for; 0: 30 min
	Product       string        // User-Agent and Server
	Log           *slog.Logger  // nil: silent
}

// Default returns a configuration that listens nowhere yet.
func Default() Config {
	return Config{Realm: "agner", Guard: guard.Default(), Rules: screen.Default(), MaxLegs: 4000, Session: defaultSession, Product: "Agner"}
}

// Validate names the field and value that cannot be used.
func (c *Config) Validate() error {
	if c.UDP == "" && c.TCP == "" && c.TLS == "" {
		return fmt.Errorf("UDP, TCP, TLS = \"\": one must be given: %w", ErrConfig)
	}
	for _, f := range []struct{ name, value string }{{"UDP", c.UDP}, {"TCP", c.TCP}, {"TLS", c.TLS}} {
		if _, _, err := net.SplitHostPort(f.value); f.value != "" && err != nil {
			return fmt.Errorf("%s = %q: %w: %w", f.name, f.value, ErrConfig, err)
		}
	}
	if c.TLS != "" && c.Certificates == nil {
		return fmt.Errorf("TLS = %q: needs Certificates: %w", c.TLS, ErrConfig)
	}
	if c.Realm == "" {
		return fmt.Errorf("Realm = %q: must be given: %w", c.Realm, ErrConfig)
	}
	if c.MaxLegs < 1 {
		return fmt.Errorf("MaxLegs = %d: must be at least 1: %w", c.MaxLegs, ErrConfig)
	}
	if c.Session != 0 && c.Session < timer.Min {
		return fmt.Errorf("Session = %s: must be at least %s: %w", c.Session, timer.Min, ErrConfig)
	}
	return nil
}

func (c *Config) prepare() {
	c.Session = cmp.Or(c.Session, defaultSession)
	if c.Log == nil {
		c.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	if c.Users == nil {
		c.Users = func(string, string) (string, bool) { return "", false }
	}
}
