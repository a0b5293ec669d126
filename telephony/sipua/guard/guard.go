// Package guard keeps strangers from wearing the SIP stack down: a token bucket
// and a ban list per source address, in bounded memory.
//
// Every message costs a token; what only an attacker sends often (messages the
// screen refuses, failed passwords, unknown numbers) is an offence, and
// [Config.Offences] of them within [Config.Window] ban the address for
// [Config.Ban]. A banned address gets no answer at all: it learns nothing, and
// cannot be made to reflect anything. Friends (trunks) are never banned.
//
// The present instant is an argument; safe for concurrent use.
package guard

import (
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Config bounds one source.
type Config struct {
	Rate     float64       // messages a second
	Burst    float64       // messages at once
	Offences int           // that ban, within Window
	Window   time.Duration // after which offences are forgotten
	Ban      time.Duration
	Strange  int            // requests without a password that ban, within Window; one that is right forgives them
	Known    time.Duration  // how long a source counts as known after a right password
	Sources  int            // remembered at most; the longest silent is forgotten first
	Friends  []netip.Prefix // trunks and other known peers
}

// Peer is a known peer, because of where it is.
type Peer struct {
	Name     string
	Prefixes []netip.Prefix
}

// Default returns bounds that no phone or trunk meets: a phone sends a few
// messages a second when it registers and calls at once.
func Default() Config {
	return Config{Rate: 50, Burst: 200, Offences: 20, Window: time.Minute, Ban: 10 * time.Minute, Strange: 100, Known: 2 * time.Hour, Sources: 10_000}
}

type source struct {
	tokens   float64
	last     time.Time
	offences int
	since    time.Time // of the first offence counted
	until    time.Time // of the ban
	strange  int       // requests without a password since asked
	asked    time.Time
	known    time.Time // until then
}

// Guard remembers sources.
type Guard struct {
	cfg   Config
	peers atomic.Pointer[[]Peer]

	mu      sync.Mutex
	sources map[netip.Addr]*source // protected by mu
}

// New returns a guard that knows nobody.
func New(cfg Config) *Guard {
	return &Guard{cfg: cfg, sources: map[netip.Addr]*source{}}
}

// SetPeers replaces the known peers, besides those of the configuration.
func (g *Guard) SetPeers(list []Peer) { g.peers.Store(&list) }

// Peer returns the name of the peer that an address belongs to, or "".
func (g *Guard) Peer(a netip.Addr) string {
	list := g.peers.Load()
	if list == nil {
		return ""
	}
	for _, p := range *list {
		if slices.ContainsFunc(p.Prefixes, func(x netip.Prefix) bool { return x.Contains(a.Unmap()) }) {
			return p.Name
		}
	}
	return ""
}

// Friend reports whether the address is one of a known peer.
func (g *Guard) Friend(a netip.Addr) bool {
	for _, p := range g.cfg.Friends {
		if p.Contains(a.Unmap()) {
			return true
		}
	}
	return g.Peer(a) != ""
}

// Allow takes a token of the source: false means to ignore the message.
func (g *Guard) Allow(a netip.Addr, now time.Time) bool {
	if g.Friend(a) {
		return true
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	s := g.get(a.Unmap(), now)
	if now.Before(s.until) {
		return false
	}
	s.tokens = min(g.cfg.Burst, s.tokens+g.cfg.Rate*max(0, now.Sub(s.last).Seconds()))
	s.last = now
	if s.tokens < 1 {
		return false
	}
	s.tokens--
	return true
}

// Offend notes an offence and reports whether the source is banned now.
func (g *Guard) Offend(a netip.Addr, now time.Time) bool {
	if g.Friend(a) {
		return false
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	s := g.get(a.Unmap(), now)
	if now.Sub(s.since) > g.cfg.Window {
		s.offences, s.since = 0, now
	}
	s.offences++
	if s.offences >= g.cfg.Offences {
		s.until, s.offences = now.Add(g.cfg.Ban), 0
	}
	return now.Before(s.until)
}

// Ask notes a request without a password, which every phone sends before the one
// with it. Whoever only ever asks is trying names.
func (g *Guard) Ask(a netip.Addr, now time.Time) {
	if g.cfg.Strange == 0 || g.Friend(a) {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	s := g.get(a.Unmap(), now)
	if now.Sub(s.asked) > g.cfg.Window {
		s.strange, s.asked = 0, now
	}
	if s.strange++; s.strange >= g.cfg.Strange {
		s.until, s.strange = now.Add(g.cfg.Ban), 0
	}
}

// Welcome notes a right password.
func (g *Guard) Welcome(a netip.Addr, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	s := g.get(a.Unmap(), now)
	s.strange, s.offences, s.known = 0, 0, now.Add(g.cfg.Known)
}

// Knows reports whether a source is a friend or gave a right password lately.
func (g *Guard) Knows(a netip.Addr, now time.Time) bool {
	if g.Friend(a) {
		return true
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	s := g.sources[a.Unmap()]
	return s != nil && now.Before(s.known)
}

// Banned returns the banned addresses and when each ban ends.
func (g *Guard) Banned(now time.Time) map[netip.Addr]time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	out := map[netip.Addr]time.Time{}
	for a, s := range g.sources {
		if now.Before(s.until) {
			out[a] = s.until
		}
	}
	return out
}

// Pardon lifts a ban.
func (g *Guard) Pardon(a netip.Addr) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.sources, a.Unmap())
}

func (g *Guard) get(a netip.Addr, now time.Time) *source {
	if s := g.sources[a]; s != nil {
		return s
	}
	if len(g.sources) >= g.cfg.Sources {
		g.forget(now)
	}
	s := &source{tokens: g.cfg.Burst, last: now, since: now}
	g.sources[a] = s
	return s
}

// forget makes room: all who have been silent long enough to have a full bucket,
// else the longest silent one of a sample, bans last.
func (g *Guard) forget(now time.Time) {
	full := time.Duration(g.cfg.Burst / g.cfg.Rate * float64(time.Second))
	var oldest netip.Addr
	var at time.Time
	looked := 0
	for a, s := range g.sources {
		if now.Before(s.until) && looked < 64 {
			looked++
			continue
		}
		if now.Sub(s.last) > full+g.cfg.Window && now.After(s.known) {
			delete(g.sources, a)
			continue
		}
		if at.IsZero() || s.last.Before(at) {
			oldest, at = a, s.last
		}
		if looked++; looked > 64 {
			break
		}
	}
	if len(g.sources) >= g.cfg.Sources {
		delete(g.sources, oldest)
	}
}
