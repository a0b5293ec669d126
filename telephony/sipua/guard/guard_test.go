package guard

import (
	"net/netip"
	"testing"
	"time"
)

var (
	stranger = netip.MustParseAddr("192.0.2.1")
	friend   = netip.MustParseAddr("198.51.100.7")
	start    = time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC)
)

func config() Config {
	return Config{Rate: 10, Burst: 5, Offences: 3, Window: time.Minute, Ban: time.Hour, Sources: 4, Friends: []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24")}}
}

func allowed(g *Guard, a netip.Addr, n int, now time.Time) int {
	ok := 0
	for range n {
		if g.Allow(a, now) {
			ok++
		}
	}
	return ok
}

func TestRate(t *testing.T) {
	g := New(config())
	if got := allowed(g, stranger, 20, start); got != 5 {
		t.Errorf("%d at once, want the burst of 5", got)
	}
	if got := allowed(g, stranger, 20, start.Add(300*time.Millisecond)); got != 3 {
		t.Errorf("%d after 0.3 s, want 3", got)
	}
	if got := allowed(g, friend, 1000, start); got != 1000 {
		t.Errorf("a friend got %d of 1000", got)
	}
	if got := allowed(g, netip.MustParseAddr("::ffff:192.0.2.1"), 5, start.Add(300*time.Millisecond)); got != 0 {
		t.Errorf("%d under a second name, want 0", got)
	}
}

func TestBan(t *testing.T) {
	g := New(config())
	for i := range 3 {
		if banned := g.Offend(stranger, start.Add(time.Duration(i)*time.Second)); banned != (i == 2) {
			t.Errorf("offence %d: banned %v", i+1, banned)
		}
	}
	if g.Allow(stranger, start.Add(59*time.Minute)) {
		t.Error("allowed while banned")
	}
	if got := len(g.Banned(start.Add(59 * time.Minute))); got != 1 {
		t.Errorf("%d banned", got)
	}
	if !g.Allow(stranger, start.Add(61*time.Minute)) {
		t.Error("refused after the ban")
	}
	g.Offend(stranger, start.Add(62*time.Minute))
	if g.Offend(stranger, start.Add(70*time.Minute)) {
		t.Error("old offences were not forgotten")
	}
	for range 10 {
		if g.Offend(friend, start) {
			t.Fatal("a friend is banned")
		}
	}
	for range 3 {
		g.Offend(stranger, start.Add(71*time.Minute))
	}
	g.Pardon(stranger)
	if !g.Allow(stranger, start.Add(71*time.Minute)) {
		t.Error("refused after a pardon")
	}
}

// TestMemory: however many sources there are, only so many are remembered, and
// bans outlast passers-by.
func TestMemory(t *testing.T) {
	g := New(config())
	for range 3 {
		g.Offend(stranger, start)
	}
	for i := range 1000 {
		g.Allow(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), start.Add(time.Duration(i)*time.Millisecond))
		if n := len(g.sources); n > 4 {
			t.Fatalf("%d sources remembered", n)
		}
	}
	if g.Allow(stranger, start.Add(2*time.Second)) {
		t.Error("the ban was forgotten")
	}
}

// TestAsking: whoever only asks is banned, one right password forgives.
func TestAsking(t *testing.T) {
	g, a, now := New(Default()), netip.MustParseAddr("192.0.2.7"), time.Unix(1_800_000_000, 0)
	for range 99 {
		g.Ask(a, now)
	}
	if g.Knows(a, now) || !g.Allow(a, now) {
		t.Error("banned or known too early")
	}
	g.Welcome(a, now)
	for range 99 {
		g.Ask(a, now)
	}
	if !g.Allow(a, now) || !g.Knows(a, now.Add(time.Hour)) || g.Knows(a, now.Add(3*time.Hour)) {
		t.Error("a right password does not count")
	}
	g.Ask(a, now)
	if g.Allow(a, now) {
		t.Error("not banned")
	}
	if !g.Allow(a, now.Add(11*time.Minute)) {
		t.Error("banned for ever")
	}
}

// TestPeers may change while the guard works, and are friends as long as they are there.
func TestPeers(t *testing.T) {
	g := New(Default())
	a := netip.MustParseAddr("192.0.2.7")
	if g.Peer(a) != "" || g.Friend(a) {
		t.Error("a peer before there is one")
	}
	g.SetPeers([]Peer{{Name: "out", Prefixes: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}}})
	if g.Peer(a) != "out" || !g.Friend(a) || g.Peer(netip.MustParseAddr("::ffff:192.0.2.7")) != "out" || g.Peer(netip.MustParseAddr("192.0.3.7")) != "" {
		t.Error("a peer that is not known, or one too many")
	}
	g.SetPeers(nil)
	if g.Peer(a) != "" || g.Friend(a) {
		t.Error("a peer after it was taken away")
	}
}
