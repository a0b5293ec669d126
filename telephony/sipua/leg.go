package sipua

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"

	"github.com/agner-platform/agner/telephony/sipua/timer"
	"github.com/agner-platform/agner/telephony/sipua/words"
)

// phase is how far a leg has come.
type phase uint8

const (
	incoming phase = iota
	dialling
	up
	ended
)

// leg is one dialog.
type leg struct {
	ua       *UA
	id       string
	outgoing bool

	events sync.Mutex // serialises calls of the handler; taken before mu, never inside it

	mu        sync.Mutex // protects all below
	phase     phase
	cancelled bool // by us
	// provisional says that a provisional response came: before it, no CANCEL may be sent.
	provisional bool
	callID      string
	localTag    string
	remoteTag   string
	local       sip.Uri // From of our requests
	remote      sip.Uri // To of our requests
	display     string
	target      sip.Uri // the far end's Contact
	routes      []sip.Uri
	seq         uint32 // of our requests
	farSeq      uint32 // of theirs
	network     string
	dest        string // host:port that requests go to; empty: where the target says
	invite      *sip.Request
	tx          sip.ServerTransaction
	final       chan struct{} // closed when an incoming leg has its final response
	acked       chan struct{} // closed by the ACK
	cancel      context.CancelFunc
	sdp         []byte // our last session description
	held        bool
	offering    bool // a re-INVITE of ours is under way
	session     timer.Session
	farUpdate   bool // the far end knows UPDATE
}

func (u *UA) leg(id string) *leg {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.legs[id]
}

func dialogKey(callID, localTag string) string { return callID + "\x00" + localTag }

func (u *UA) addLeg(l *leg) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.closed {
		return ErrClosed
	}
	if len(u.legs) >= u.cfg.MaxLegs {
		return ErrFull
	}
	if u.legs[l.id] != nil {
		return fmt.Errorf("leg %q: is there already: %w", l.id, ErrState)
	}
	u.legs[l.id] = l
	u.byDial[dialogKey(l.callID, l.localTag)] = l
	return nil
}

func (u *UA) removeLeg(l *leg) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.legs, l.id)
	delete(u.byDial, dialogKey(l.callID, l.localTag))
}

// dialog returns the leg a request within a dialog belongs to, or nil.
func (u *UA) dialog(req *sip.Request) *leg {
	to, id := req.To(), req.CallID()
	if to == nil || id == nil {
		return nil
	}
	tag, _ := to.Params.Get("tag")
	u.mu.Lock()
	l := u.byDial[dialogKey(id.Value(), tag)]
	u.mu.Unlock()
	if l == nil {
		return nil
	}
	from, _ := req.From().Params.Get("tag")
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.remoteTag != "" && l.remoteTag != from {
		return nil
	}
	return l
}

// tell calls the handler, one event of a leg after the other.
func (l *leg) tell(e Event) {
	l.events.Lock()
	defer l.events.Unlock()
	l.ua.handler.SIPEvent(e)
}

// finish ends the leg once; the event is told to the handler unless it is nil.
func (l *leg) finish(e Event) bool {
	l.mu.Lock()
	if l.phase == ended {
		l.mu.Unlock()
		return false
	}
	l.phase = ended
	l.session.Stop()
	if l.cancel != nil {
		l.cancel()
	}
	closeOnce(l.final)
	closeOnce(l.acked)
	l.mu.Unlock()
	l.ua.removeLeg(l)
	if e != nil {
		l.tell(e)
	}
	return true
}

// abandon ends the leg without telling anybody.
func (l *leg) abandon() { l.finish(nil) }

// closeOnce closes a channel that only the holder of the leg's lock closes.
func closeOnce(c chan struct{}) {
	if c == nil {
		return
	}
	select {
	case <-c:
	default:
		close(c)
	}
}

// request builds a request within the dialog (RFC 3261 section 12.2.1.1). The
// leg's lock is held.
func (l *leg) request(method sip.RequestMethod) *sip.Request {
	if method != sip.ACK && method != sip.CANCEL {
		l.seq++
	}
	req := sip.NewRequest(method, *l.target.Clone())
	from := &sip.FromHeader{DisplayName: l.display, Address: l.local, Params: sip.NewParams()}
	from.Params.Add("tag", l.localTag)
	to := &sip.ToHeader{Address: l.remote, Params: sip.NewParams()}
	if l.remoteTag != "" {
		to.Params.Add("tag", l.remoteTag)
	}
	l.ua.head(req, l.network)
	req.AppendHeader(from)
	req.AppendHeader(to)
	id := sip.CallIDHeader(l.callID)
	req.AppendHeader(&id)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: l.seq, MethodName: method})
	req.AppendHeader(&sip.ContactHeader{Address: l.ua.contact(l.network)})
	for _, r := range l.routes {
		req.AppendHeader(&sip.RouteHeader{Address: r})
	}
	if l.dest != "" && len(l.routes) == 0 {
		req.SetDestination(l.dest)
	}
	return req
}

// head gives a request its Via and the headers all of ours have.
func (u *UA) head(req *sip.Request, network string) {
	via := &sip.ViaHeader{ProtocolName: "SIP", ProtocolVersion: "2.0", Transport: strings.ToUpper(network), Params: sip.NewParams()}
	via.Params.Add("branch", sip.RFC3261BranchMagicCookie+words.Token())
	via.Params.Add("rport", "")
	req.AppendHeader(via)
	forwards := sip.MaxForwardsHeader(70)
	req.AppendHeader(&forwards)
	req.AppendHeader(sip.NewHeader("User-Agent", u.cfg.Product))
	u.over(req, network)
}

// over sets the transport of a request; UDP leaves from our listening socket, so
// that answers come back through the screen.
func (u *UA) over(req *sip.Request, network string) {
	req.SetTransport(strings.ToUpper(network))
	if via := req.Via(); via != nil {
		via.Transport = strings.ToUpper(network)
	}
	req.Laddr = sip.Addr{}
	if network == "udp" && u.udp != nil {
		if a, ok := u.udp.LocalAddr().(*net.UDPAddr); ok {
			req.Laddr = sip.Addr{IP: a.IP, Port: a.Port}
		}
	}
}

// maxDatagram is the size above which a request needs a transport with congestion
// control (RFC 3261 section 18.1.1).
const maxDatagram = 1300

// asIs tells the library that a request is complete.
func asIs(*sipgo.Client, *sip.Request) error { return nil }

// fit moves a request that is too large for a datagram to TCP.
func (u *UA) fit(req *sip.Request) {
	const viaGrows = 40 // host and port are filled in when it is sent
	if strings.EqualFold(req.Transport(), "udp") && len(req.String())+viaGrows > maxDatagram {
		u.over(req, "tcp")
	}
}

// do sends a request and returns the final response.
func (u *UA) do(ctx context.Context, req *sip.Request) (*sip.Response, error) {
	u.fit(req)
	return u.client.Do(ctx, req, asIs)
}

// after runs f once, later, through the door.
func (u *UA) after(d time.Duration, f func()) *time.Timer {
	return time.AfterFunc(d, func() { u.work(f) })
}
