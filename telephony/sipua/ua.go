package sipua

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"

	"github.com/agner-platform/agner/telephony/call"
	"github.com/agner-platform/agner/telephony/sipua/guard"
	"github.com/agner-platform/agner/telephony/sipua/registrar"
	"github.com/agner-platform/agner/telephony/sipua/wire"
)

var _ call.Signalling = (*UA)(nil)

// quiet lowers the library's own checks that we make ourselves. It counts a
// datagram above 1300 bytes as an error, also a response, which has no other way.
var quiet = sync.OnceFunc(func() {
	sip.UDPMTUSize = 64 << 10
	sip.SetDefaultLogger(slog.New(slog.DiscardHandler))
})

// UA is a SIP user agent.
type UA struct {
	cfg      Config
	handler  Handler
	stack    *sipgo.UserAgent
	server   *sipgo.Server
	client   *sipgo.Client
	gate     *wire.Gate
	auth     *registrar.Auth
	bindings *registrar.Bindings

	udp  net.PacketConn
	tcp  net.Listener
	tls  net.Listener
	ctx  context.Context
	stop context.CancelFunc

	mu     sync.Mutex
	legs   map[string]*leg // by id, protected by mu
	byDial map[string]*leg // by dialog: Call-ID and our tag, protected by mu
	closed bool            // protected by mu
	wait   sync.WaitGroup  // everything started by work
}

// Listen starts a user agent.
func Listen(cfg Config, h Handler) (*UA, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	quiet()
	cfg.prepare()
	digest := registrar.Default(cfg.Realm)
	digest.Offer = cfg.Digests
	u := &UA{
		cfg: cfg, handler: h, gate: &wire.Gate{Guard: guard.New(cfg.Guard), Rules: cfg.Rules, Log: cfg.Log}, auth: registrar.NewAuth(digest, cfg.Users),
		bindings: registrar.NewBindings(), legs: map[string]*leg{}, byDial: map[string]*leg{},
	}
	u.SetTrunks(cfg.Trunks)
	u.ctx, u.stop = context.WithCancel(context.Background())
	if err := u.open(); err != nil {
		return nil, errors.Join(err, u.Close())
	}
	return u, nil
}

// SetTrunks replaces the trunks while calls run; calls under way go on.
func (u *UA) SetTrunks(list []Trunk) { u.gate.Guard.SetPeers(list) }

func (u *UA) open() error {
	opts := []sipgo.UserAgentOption{
		sipgo.WithUserAgent(u.cfg.Product),
		sipgo.WithUserAgentTransportLayerOptions(sip.WithTransportLayerReadFilter(u.filter)),
	}
	if u.cfg.Certificates != nil {
		opts = append(opts, sipgo.WithUserAgenTLSConfig(u.cfg.Certificates))
	}
	var err error
	if u.stack, err = sipgo.NewUA(opts...); err != nil {
		return fmt.Errorf("make SIP stack: %w", err)
	}
	if u.server, err = sipgo.NewServer(u.stack); err != nil {
		return fmt.Errorf("make SIP server: %w", err)
	}
	if u.client, err = sipgo.NewClient(u.stack); err != nil {
		return fmt.Errorf("make SIP client: %w", err)
	}
	u.route()
	return u.listen()
}

// filter screens the streams that did not come through a listener of ours.
func (u *UA) filter(info sip.TransportReadProps, data []byte) ([]byte, error) {
	_, port, _ := net.SplitHostPort(info.LocalAddr.String())
	if _, ours, _ := net.SplitHostPort(u.Addr(strings.ToLower(info.Transport))); port == ours { // it did
		return data, nil
	}
	if info.Transport == "UDP" {
		return u.gate.Pass(info.RemoteAddr, data), nil
	}
	return u.gate.Dialed(info.LocalAddr, info.RemoteAddr, data)
}

func (u *UA) listen() (err error) {
	lc := net.ListenConfig{}
	if u.cfg.UDP != "" {
		if u.udp, err = lc.ListenPacket(u.ctx, "udp", u.cfg.UDP); err != nil {
			return fmt.Errorf("listen on UDP: %w", err)
		}
		ready := make(chan struct{}) // before it is served, requests would leave from another socket
		p := u.gate.Packets(u.udp, func() { close(ready) })
		u.work(func() { u.serve(u.server.ServeUDP(p)) })
		<-ready
	}
	if u.cfg.TCP != "" {
		if u.tcp, err = lc.Listen(u.ctx, "tcp", u.cfg.TCP); err != nil {
			return fmt.Errorf("listen on TCP: %w", err)
		}
		u.work(func() { u.serve(u.server.ServeTCP(u.gate.Listener(u.tcp))) })
	}
	if u.cfg.TLS != "" {
		plain, err := lc.Listen(u.ctx, "tcp", u.cfg.TLS)
		if err != nil {
			return fmt.Errorf("listen on TLS: %w", err)
		}
		u.tls = tls.NewListener(plain, u.cfg.Certificates)
		u.work(func() { u.serve(u.server.ServeTLS(u.gate.Listener(u.tls))) })
	}
	return nil
}

func (u *UA) serve(err error) {
	if err != nil && !errors.Is(err, net.ErrClosed) {
		u.cfg.Log.Error("listener", "error", err)
	}
}

// work is the one door for goroutines; it is closed by Close.
func (u *UA) work(f func()) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.closed {
		return false
	}
	u.wait.Go(f)
	return true
}

// Close ends all legs without a word, as a crash would, closes the sockets and
// waits. Whoever wants to say goodbye calls Bye first.
func (u *UA) Close() error {
	u.mu.Lock()
	if u.closed {
		u.mu.Unlock()
		return nil
	}
	u.closed = true
	legs := slices.Collect(maps.Values(u.legs))
	u.mu.Unlock()
	u.stop()
	for _, l := range legs {
		l.abandon()
	}
	u.drain()
	var errs []error
	for _, c := range []io.Closer{u.udp, u.tcp, u.tls} {
		if c != nil {
			errs = append(errs, c.Close())
		}
	}
	u.wait.Wait()
	if u.stack != nil { // last: it also closes what answers to late requests opened
		errs = append(errs, u.stack.Close())
	}
	return errors.Join(errs...)
}

// drain keeps the sockets for requests that were read just now: the library handles
// each in a goroutine nobody can wait for, and would open another for the answer.
func (u *UA) drain() {
	u.gate.Shut()
	<-time.After(50 * time.Millisecond)
}

// Addr returns the address a transport ("udp", "tcp", "tls") listens on, or "".
func (u *UA) Addr(network string) string {
	switch {
	case network == "udp" && u.udp != nil:
		return u.udp.LocalAddr().String()
	case network == "tcp" && u.tcp != nil:
		return u.tcp.Addr().String()
	case network == "tls" && u.tls != nil:
		return u.tls.Addr().String()
	}
	return ""
}

// Guard returns the guard, for the list of bans.
func (u *UA) Guard() *guard.Guard { return u.gate.Guard }

// Bindings returns the registered phones.
func (u *UA) Bindings() *registrar.Bindings { return u.bindings }

// contact is our address for requests within a dialog over a transport.
func (u *UA) contact(network string) sip.Uri {
	addr := u.Addr(network)
	if addr == "" {
		addr, network = u.Addr("udp"), "udp"
	}
	if addr == "" {
		addr, network = u.Addr("tcp"), "tcp"
	}
	if addr == "" {
		addr, network = u.Addr("tls"), "tls"
	}
	host, port, _ := net.SplitHostPort(addr)
	if u.cfg.Advertise != "" {
		host = u.cfg.Advertise
	}
	n, _ := strconv.Atoi(port)
	uri := sip.Uri{Scheme: "sip", User: "agner", Host: host, Port: n, UriParams: sip.NewParams()}
	if network != "udp" {
		uri.UriParams.Add("transport", network)
	}
	return uri
}
