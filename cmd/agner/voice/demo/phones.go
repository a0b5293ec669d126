package demo

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"time"

	"github.com/agner-platform/agner/telephony/call"
	"github.com/agner-platform/agner/telephony/media"
	"github.com/agner-platform/agner/telephony/media/desc"
	"github.com/agner-platform/agner/telephony/media/g711"
	"github.com/agner-platform/agner/telephony/sipua"
	"github.com/agner-platform/agner/telephony/sipua/words"
)

// lifetime of a registration, renewed at half of it.
const lifetime = 10 * time.Minute

// line is a call on a phone.
type line struct {
	leg    string
	media  *media.Leg
	remote *desc.Media   // of one that rings
	up     chan struct{} // closed when it is answered
	over   chan struct{} // closed when it has ended
	ended  sync.Once
}

func (l *line) end() { l.ended.Do(func() { close(l.over) }) }

// phones are many telephones in one: accounts and lines.
type phones struct {
	server string // host:port of the switch
	ua     *sipua.UA
	relay  *media.Relay
	rings  func(to, from string, l *line) // somebody is called

	mu    sync.Mutex
	lines map[string]*line // by leg, protected by mu
}

// newPhones listens on loopback.
func newPhones(server string, rings func(to, from string, l *line)) (*phones, error) {
	p := &phones{server: server, rings: rings, lines: map[string]*line{}}
	loopback := netip.MustParseAddr("127.0.0.1")
	var err error
	if p.relay, err = media.New(media.Config{Host: loopback}); err != nil {
		return nil, err
	}
	cfg := sipua.Default()
	cfg.UDP, cfg.Product = "127.0.0.1:0", "Agner live demo"
	cfg.Trunks = []sipua.Trunk{{Name: "switch", Prefixes: []netip.Prefix{netip.PrefixFrom(loopback, 32)}}}
	p.mu.Lock() // the first events wait until there is a user agent
	defer p.mu.Unlock()
	if p.ua, err = sipua.Listen(cfg, p); err != nil {
		return nil, errors.Join(err, p.relay.Close())
	}
	return p, nil
}

func (p *phones) agent() *sipua.UA {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ua
}

func (p *phones) close() error { return errors.Join(p.agent().Close(), p.relay.Close()) }

// target is a number of the switch, dialled with an account.
func (p *phones) target(number, from, account, password string) call.Target {
	return call.Target{URI: "sip:" + number + "@" + p.server, From: from, User: account, Secret: password}
}

// register registers an account for the lifetime.
func (p *phones) register(ctx context.Context, account, password string) error {
	to := p.target(account, account, account, password)
	_, err := p.ua.Register(ctx, to, lifetime)
	return err
}

func (p *phones) unregister(ctx context.Context, account, password string) error {
	_, err := p.ua.Register(ctx, p.target(account, account, account, password), 0)
	return err
}

func (p *phones) offer(l *line) *desc.Media {
	return &desc.Media{Addr: l.media.Addr(), Codecs: []g711.Codec{g711.ALaw}, Direction: desc.SendRecv, Events: 101}
}

func (p *phones) open(leg string) (*line, error) {
	m, err := p.relay.Open(nil)
	if err != nil {
		return nil, err
	}
	l := &line{leg: leg, media: m, up: make(chan struct{}), over: make(chan struct{})}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lines[leg] = l
	return l, nil
}

// dial calls; what comes of it is told by the line's channels.
func (p *phones) dial(to call.Target) (*line, error) {
	l, err := p.open("v-" + words.Token())
	if err != nil {
		return nil, err
	}
	if err := p.agent().Invite(l.leg, to, p.offer(l).Offer()); err != nil {
		p.drop(l.leg)
		return nil, err
	}
	return l, nil
}

// answer picks a ringing line up.
func (p *phones) answer(l *line) error {
	text, agreed, err := p.offer(l).Answer(l.remote)
	if err != nil {
		return err
	}
	if err := l.media.Connect(l.remote, agreed); err != nil {
		return err
	}
	return p.agent().Answer(l.leg, text)
}

// hangUp ends a line, answered or not.
func (p *phones) hangUp(l *line) {
	select {
	case <-l.over:
		return
	default:
	}
	if p.agent().Bye(l.leg, "") != nil && p.agent().Cancel(l.leg) != nil {
		_ = p.agent().Reject(l.leg, 480) //nolint:errcheck // it has ended by itself
	}
	p.drop(l.leg) // what we end ourselves is not told
}

// drop forgets a line.
func (p *phones) drop(leg string) {
	p.mu.Lock()
	l := p.lines[leg]
	delete(p.lines, leg)
	p.mu.Unlock()
	if l != nil {
		l.media.Close()
		l.end()
	}
}

func (p *phones) line(leg string) *line {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lines[leg]
}

// SIPEvent implements sipua.Handler.
func (p *phones) SIPEvent(e sipua.Event) {
	switch e := e.(type) {
	case sipua.Invited:
		p.invited(e)
	case sipua.Answered:
		p.answered(e)
	case sipua.Ended:
		p.drop(e.Leg)
	case sipua.Failed:
		p.drop(e.Leg)
	}
}

func (p *phones) invited(e sipua.Invited) {
	remote, err := desc.Parse(e.SDP)
	var l *line
	if err == nil {
		l, err = p.open(e.Leg)
	}
	if err != nil {
		_ = p.agent().Reject(e.Leg, 488) //nolint:errcheck // it is gone
		return
	}
	l.remote = remote
	if err := p.agent().Progress(e.Leg, 180, nil); err != nil {
		return
	}
	p.rings(e.To, e.From, l)
}

func (p *phones) answered(e sipua.Answered) {
	l := p.line(e.Leg)
	if l == nil { // given up in the same moment
		_ = p.agent().Bye(e.Leg, "") //nolint:errcheck // it may be gone
		return
	}
	remote, err := desc.Parse(e.SDP)
	if err == nil {
		agreed := p.offer(l)
		agreed.Events = remote.Events
		err = l.media.Connect(remote, agreed)
	}
	if err != nil {
		p.hangUp(l)
		return
	}
	close(l.up)
}

// Reoffer implements sipua.Handler: hold and resume change nothing here.
func (p *phones) Reoffer(leg string, _ []byte) []byte {
	if l := p.line(leg); l != nil {
		return p.offer(l).Offer()
	}
	return nil
}
