package media

import (
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"time"
)

// Frame is the length of one RTP packet's audio.
const (
	Frame   = 20 * time.Millisecond
	Samples = 160 // of one frame
)

// Config is a relay.
type Config struct {
	Host      netip.Addr // to listen on and, unless Advertise is set, to name in SDP
	Advertise netip.Addr // what phones outside of a NAT must be told
	Low, High uint16     // range of ports, both inclusive; 0, 0: any
	Log       *slog.Logger
}

// Relay owns legs.
type Relay struct {
	cfg Config

	mu      sync.Mutex
	legs    map[*Leg]bool   // protected by mu
	players map[*Leg]*play  // protected by mu
	mixers  map[*Mixer]bool // protected by mu
	next    uint16          // port to try, protected by mu
	closed  bool            // protected by mu
	stop    chan struct{}
	wait    sync.WaitGroup
}

// New starts a relay.
func New(cfg Config) (*Relay, error) {
	if !cfg.Host.IsValid() {
		return nil, fmt.Errorf("Host = %q: must be an address", cfg.Host) //nolint:staticcheck // names the field
	}
	if cfg.Low > cfg.High {
		return nil, fmt.Errorf("Low, High = %d, %d: must be a range", cfg.Low, cfg.High) //nolint:staticcheck // names the field
	}
	if !cfg.Advertise.IsValid() {
		cfg.Advertise = cfg.Host
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	r := &Relay{
		cfg: cfg, legs: map[*Leg]bool{}, players: map[*Leg]*play{}, mixers: map[*Mixer]bool{}, stop: make(chan struct{}),
	}
	if cfg.High > 0 {
		r.next = cfg.Low + uint16(rand.IntN(int(cfg.High-cfg.Low)+1)) // a restart does not reuse ports at once
	}
	r.wait.Go(r.pump)
	return r, nil
}

// Close ends all legs and waits.
func (r *Relay) Close() error {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return nil
	}
	r.closed = true
	legs := make([]*Leg, 0, len(r.legs))
	for l := range r.legs {
		legs = append(legs, l)
	}
	r.mu.Unlock()
	close(r.stop)
	for _, l := range legs {
		l.Close()
	}
	r.wait.Wait()
	return nil
}

// Open opens a leg. OnKey is told of keys (RFC 4733); it may be nil.
func (r *Relay) Open(onKey func(key byte)) (*Leg, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, ErrClosed
	}
	conn, err := r.bind()
	if err != nil {
		return nil, err
	}
	l := newLeg(r, conn, onKey)
	r.legs[l] = true
	r.wait.Go(l.read)
	return l, nil
}

// bind takes the next free even port (RFC 3550 section 11). The lock is held.
func (r *Relay) bind() (*net.UDPConn, error) {
	if r.cfg.High == 0 {
		return net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(r.cfg.Host, 0)))
	}
	for range int(r.cfg.High-r.cfg.Low) + 1 {
		port := r.next
		if r.next++; r.next > r.cfg.High || r.next == 0 {
			r.next = r.cfg.Low
		}
		if port%2 != 0 {
			continue
		}
		if conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(r.cfg.Host, port))); err == nil {
			return conn, nil
		}
	}
	return nil, fmt.Errorf("ports %d to %d: %w", r.cfg.Low, r.cfg.High, ErrPorts)
}

// Bridge lets two legs hear each other and nobody else.
func (r *Relay) Bridge(a, b *Leg) {
	r.Part(a)
	r.Part(b)
	a.peer.Store(b)
	b.peer.Store(a)
}

// Part makes a leg idle: prompts end, a bridge falls apart.
func (r *Relay) Part(l *Leg) {
	l.StopPlaying()
	if p := l.peer.Swap(nil); p != nil {
		p.peer.CompareAndSwap(l, nil)
	}
}

// pump gives time to everything that sends by itself.
func (r *Relay) pump() {
	tick := time.NewTicker(Frame)
	defer tick.Stop()
	var done []func()
	for {
		select {
		case <-r.stop:
			return
		case <-tick.C:
		}
		r.mu.Lock()
		for l, p := range r.players {
			if !p.step(l) {
				delete(r.players, l)
				if p.done != nil {
					done = append(done, p.done)
				}
			}
		}
		for m := range r.mixers {
			m.step()
		}
		r.mu.Unlock()
		for _, f := range done {
			f()
		}
		done = done[:0]
	}
}
