// Package wire puts guard and screen around sockets: what is read from a
// [Gate]'s packets and connections is whole, canonical and from a source that may
// speak; everything else has been answered or ignored here.
package wire

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/agner-platform/agner/telephony/sipua/guard"
	"github.com/agner-platform/agner/telephony/sipua/screen"
)

// idleConn is how long a connection may be silent: phones send keep-alives every
// two minutes at most (RFC 5626 section 4.4.1).
const idleConn = 10 * time.Minute

// Gate decides who may speak and what may pass.
type Gate struct {
	Guard *guard.Guard
	Rules screen.Rules
	Log   *slog.Logger
	shut  atomic.Bool

	mu     sync.Mutex
	dialed map[string]*screen.Framer // of connections we opened, by their ends; protected by mu
}

// Shut lets nothing pass any more; sockets stay open for answers under way.
func (g *Gate) Shut() { g.shut.Store(true) }

// Packets puts the gate in front of a UDP socket. Ready is called once, before
// the first read.
func (g *Gate) Packets(c net.PacketConn, ready func()) net.PacketConn {
	return &packets{c, g, sync.OnceFunc(ready)}
}

// Listener puts the gate in front of a TCP or TLS listener.
func (g *Gate) Listener(l net.Listener) net.Listener { return &listener{l, g} }

// maxDialed bounds the connections of ours whose streams are remembered: there is
// one per trunk.
const maxDialed = 4096

// Dialed screens what comes over a connection that we opened ourselves; what the
// stack reads there has not passed a Listener. Refused messages are dropped: there
// is no way to answer them from here.
func (g *Gate) Dialed(local, remote net.Addr, data []byte) ([]byte, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	key := local.String() + " " + remote.String()
	f := g.dialed[key]
	if f == nil {
		if g.dialed == nil || len(g.dialed) >= maxDialed {
			g.dialed = map[string]*screen.Framer{}
		}
		f = &screen.Framer{}
		g.dialed[key] = f
	}
	f.Write(data)
	var out []byte
	for {
		raw, err := f.Next()
		if err != nil {
			delete(g.dialed, key)
			return nil, err
		}
		if raw == nil {
			return out, nil
		}
		out = append(out, g.judge(remote, raw).Pass...)
	}
}

// Pass screens a datagram that came to a socket we did not put the gate before.
func (g *Gate) Pass(from net.Addr, raw []byte) []byte { return g.judge(from, raw).Pass }

// judge decides about a message from a source: what to pass on and what to answer.
func (g *Gate) judge(from net.Addr, raw []byte) screen.Verdict {
	v := screen.Datagram(raw, g.Rules)
	if v.Pass == nil {
		g.Log.Debug("refused", "source", from.String(), "status", v.Status, "why", v.Why)
		if g.Guard.Offend(addrOf(from), time.Now()) {
			v.Reply = nil
		}
	}
	return v
}

func addrOf(a net.Addr) netip.Addr {
	ap, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return netip.Addr{}
	}
	return ap.Addr().Unmap()
}

// packets is a UDP socket behind guard and screen.
type packets struct {
	net.PacketConn
	gate  *Gate
	ready func()
}

// ReadFrom returns the next message that may pass.
func (p *packets) ReadFrom(b []byte) (int, net.Addr, error) {
	p.ready()
	for {
		n, from, err := p.PacketConn.ReadFrom(b)
		if err != nil {
			return n, from, err
		}
		if p.gate.shut.Load() || !p.gate.Guard.Allow(addrOf(from), time.Now()) {
			continue
		}
		if blank(b[:n]) {
			continue // a keep-alive that holds a NAT binding open
		}
		v := p.gate.judge(from, b[:n])
		if v.Reply != nil {
			if _, err := p.WriteTo(v.Reply, from); err != nil {
				p.gate.Log.Debug("answer", "source", from.String(), "error", err)
			}
		}
		if v.Pass != nil && len(v.Pass) <= len(b) {
			return copy(b, v.Pass), from, nil
		}
	}
}

func blank(b []byte) bool {
	for _, c := range b {
		if c != '\r' && c != '\n' && c != 0 {
			return false
		}
	}
	return true
}

// listener is a TCP or TLS listener behind guard and screen.
type listener struct {
	net.Listener
	gate *Gate
}

// Accept returns the next connection from a source that is not banned.
func (l *listener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if !l.gate.Guard.Allow(addrOf(c.RemoteAddr()), time.Now()) {
			c.Close()
			continue
		}
		return &stream{Conn: c, gate: l.gate}, nil
	}
}

// stream is an accepted connection that hands on whole screened messages only.
type stream struct {
	net.Conn
	gate  *Gate
	frame screen.Framer
	ready []byte
	over  error
}

// Read returns screened bytes. A stream that cannot be cut into messages is
// answered once and closed.
func (s *stream) Read(b []byte) (int, error) {
	for len(s.ready) == 0 {
		if s.over != nil {
			return 0, s.over
		}
		if err := s.SetReadDeadline(time.Now().Add(idleConn)); err != nil {
			return 0, err
		}
		n, err := s.Conn.Read(b)
		if err != nil {
			return 0, err
		}
		s.frame.Write(b[:n])
		s.cut()
	}
	n := copy(b, s.ready)
	s.ready = s.ready[n:]
	return n, nil
}

// cut takes all whole messages that have come.
func (s *stream) cut() {
	for {
		raw, err := s.frame.Next()
		if err != nil {
			s.over = io.EOF
			if raw != nil {
				s.answer(s.gate.judge(s.RemoteAddr(), raw).Reply)
			}
			return
		}
		if s.frame.Pings() > 0 {
			s.answer([]byte("\r\n")) // pong, RFC 5626 section 4.4.1
		}
		if raw == nil {
			return
		}
		if s.gate.shut.Load() || !s.gate.Guard.Allow(addrOf(s.RemoteAddr()), time.Now()) {
			s.over = io.EOF
			return
		}
		v := s.gate.judge(s.RemoteAddr(), raw)
		s.answer(v.Reply)
		s.ready = append(s.ready, v.Pass...)
	}
}

func (s *stream) answer(b []byte) {
	if b == nil {
		return
	}
	if _, err := s.Write(b); err != nil && !errors.Is(err, net.ErrClosed) {
		s.gate.Log.Debug("answer", "source", s.RemoteAddr().String(), "error", err)
	}
}
