package sipua

import (
	"errors"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/agner-platform/agner/telephony/sipua/build"
	"github.com/agner-platform/agner/telephony/sipua/registrar"
	"github.com/agner-platform/agner/telephony/sipua/screen"
	"github.com/agner-platform/agner/telephony/sipua/timer"
	"github.com/agner-platform/agner/telephony/sipua/words"
)

// T1 and T2 are RFC 3261's estimates of a round trip and of the longest pause
// between retransmissions; a 200 without an ACK is given up after 64×T1.
const (
	t1       = 500 * time.Millisecond
	t2       = 4 * time.Second
	ackLimit = 64 * t1
)

// route connects the methods.
func (u *UA) route() {
	u.server.OnInvite(u.onInvite)
	u.server.OnAck(u.onAck)
	u.server.OnBye(u.onBye)
	u.server.OnCancel(u.onStrayCancel)
	u.server.OnOptions(u.onOptions)
	u.server.OnRegister(u.onRegister)
	u.server.OnRefer(u.onRefer)
	u.server.OnInfo(u.onInfo)
	u.server.OnUpdate(u.onUpdate)
	u.server.OnNotify(u.onNotify)
}

func (u *UA) respond(req *sip.Request, tx sip.ServerTransaction, status int, reason string, extra ...sip.Header) {
	res := sip.NewResponseFromRequest(req, status, reason, nil)
	build.HideOldTag(res)
	for _, h := range extra {
		res.AppendHeader(h)
	}
	res.AppendHeader(sip.NewHeader("Server", u.cfg.Product))
	if err := tx.Respond(res); err != nil && !errors.Is(err, sip.ErrTransactionCanceled) {
		u.cfg.Log.Debug("respond", "status", status, "error", err)
	}
}

// who admits a request: by the trunk's address or by a password. Otherwise it has
// been answered.
func (u *UA) who(req *sip.Request, tx sip.ServerTransaction) (user, trunk string, ok bool) {
	source := words.Source(req)
	if name := u.gate.Guard.Peer(source.Addr()); name != "" {
		return "", name, true
	}
	header := strings.Join(words.Values(req, "Authorization"), "")
	user, result := u.auth.Check(header, req.Method.String(), time.Now())
	switch {
	case result == registrar.Granted:
		u.gate.Guard.Welcome(source.Addr(), time.Now())
		u.auth.Answered(source.String(), header)
		return user, "", true
	case header == "":
		u.gate.Guard.Ask(source.Addr(), time.Now())
	case result == registrar.Refused:
		u.gate.Guard.Offend(source.Addr(), time.Now())
	}
	challenges := u.auth.ChallengeTo(source.String(), strings.Join(words.Values(req, "User-Agent"), ""), header == "", time.Now(), result == registrar.Stale)
	u.respond(req, tx, sip.StatusUnauthorized, "Unauthorized", words.Headers("WWW-Authenticate", challenges)...)
	return "", "", false
}

// onInvite begins a leg, or modifies one. It returns when the final response is
// out, because the library ends the transaction then.
func (u *UA) onInvite(req *sip.Request, tx sip.ServerTransaction) {
	if tag, _ := req.To().Params.Get("tag"); tag != "" {
		u.onReinvite(req, tx)
		return
	}
	user, trunk, ok := u.who(req, tx)
	if !ok {
		return
	}
	session, ok := u.askedSession(req, tx)
	if !ok {
		return
	}
	l := u.incomingLeg(req, tx, session)
	if err := u.addLeg(l); err != nil {
		u.respond(req, tx, sip.StatusServiceUnavailable, "Service Unavailable")
		return
	}
	tx.OnCancel(func(*sip.Request) { u.work(l.cancelledByFarEnd) })
	u.respond(req, tx, sip.StatusTrying, "Trying")
	l.tell(Invited{
		Leg: l.id, From: req.From().Address.User, Display: req.From().DisplayName, To: req.Recipient.User,
		User: user, Trunk: trunk, Source: words.Source(req), SDP: req.Body(), Replaces: u.replaced(req.GetHeader("Replaces")),
	})
	select {
	case <-l.final:
	case <-tx.Done():
		l.finish(Failed{Leg: l.id, Status: sip.StatusRequestTerminated, Cause: "cancelled"})
	}
}

func (u *UA) incomingLeg(req *sip.Request, tx sip.ServerTransaction, session timer.Session) *leg {
	l := &leg{
		ua: u, id: words.Token(), phase: incoming, invite: req, tx: tx, session: session,
		callID: req.CallID().Value(), localTag: words.Token(), local: req.To().Address, remote: req.From().Address,
		target: req.From().Address, network: strings.ToLower(req.Transport()), dest: req.Source(),
		farSeq: req.CSeq().SeqNo, seq: 0, final: make(chan struct{}), acked: make(chan struct{}), held: words.Hold(req.Body()),
		farUpdate: words.Allows(req, "UPDATE"),
	}
	if c := req.Contact(); c != nil { // RFC 2543 could do without
		l.target = c.Address
	}
	l.remoteTag, _ = req.From().Params.Get("tag")
	if l.remoteTag == screen.OldTag {
		l.remoteTag = ""
	}
	l.routes = words.Routes(req) // section 12.1.1: in the order given
	return l
}

// cancelledByFarEnd ends a leg whose CANCEL came before our final response.
func (l *leg) cancelledByFarEnd() {
	l.mu.Lock()
	before := l.phase == incoming
	l.mu.Unlock()
	if before {
		l.finish(Failed{Leg: l.id, Status: sip.StatusRequestTerminated, Cause: "cancelled"})
	}
}

// response builds a response to the INVITE with our tag. The leg's lock is held.
func (l *leg) response(status int, reason string, sdp []byte) *sip.Response {
	res := sip.NewResponseFromRequest(l.invite, status, reason, nil)
	build.HideOldTag(res)
	if to := res.To(); to != nil {
		to.Params.Remove("tag")
		to.Params.Add("tag", l.localTag)
	}
	res.AppendHeader(sip.NewHeader("Server", l.ua.cfg.Product))
	if status < 300 {
		res.AppendHeader(&sip.ContactHeader{Address: l.ua.contact(l.network)})
		res.AppendHeader(sip.NewHeader("Allow", strings.Join(l.ua.cfg.Rules.Methods, ", ")))
		res.AppendHeader(sip.NewHeader("Supported", strings.Join(l.ua.cfg.Rules.Extensions, ", ")))
	}
	build.WithSDP(res, sdp)
	return res
}

// waiting returns the leg if it is incoming and not answered, locked.
func (u *UA) waiting(id string) (*leg, error) {
	l := u.leg(id)
	if l == nil {
		return nil, ErrNoLeg
	}
	l.mu.Lock()
	if l.phase != incoming || errors.Is(l.tx.Err(), sip.ErrTransactionCanceled) {
		phase := l.phase
		l.mu.Unlock()
		if phase == up || phase == dialling {
			return nil, ErrState
		}
		return nil, ErrGone
	}
	return l, nil
}

// Progress sends a provisional response; with a session description the caller
// hears early media (183 without 100rel).
func (u *UA) Progress(id string, status int, sdp []byte) error {
	l, err := u.waiting(id)
	if err != nil {
		return err
	}
	defer l.mu.Unlock()
	if len(sdp) > 0 {
		l.sdp = sdp
	}
	return l.tx.Respond(l.response(status, words.Phrase(status), sdp))
}

// Answer sends the 200 and repeats it until the ACK comes (section 13.3.1.4).
func (u *UA) Answer(id string, sdp []byte) error {
	l, err := u.waiting(id)
	if err != nil {
		return err
	}
	defer l.mu.Unlock()
	res := l.response(sip.StatusOK, "OK", sdp)
	l.session.Write(res)
	if err := l.tx.Respond(res); err != nil || errors.Is(l.tx.Err(), sip.ErrTransactionCanceled) {
		return ErrGone
	}
	l.phase, l.sdp = up, sdp
	closeOnce(l.final)
	u.work(func() { l.untilAck(res) })
	l.startSession()
	return nil
}

// untilAck repeats the 200; without an ACK the leg is lost.
func (l *leg) untilAck(res *sip.Response) {
	limit := time.NewTimer(ackLimit)
	defer limit.Stop()
	pause := t1
	again := time.NewTimer(pause)
	defer again.Stop()
	for {
		select {
		case <-l.acked:
			return
		case <-l.ua.ctx.Done():
			return
		case <-limit.C:
			l.lost("no_ack")
			return
		case <-again.C:
			if !sip.IsReliable(l.network) {
				if err := l.ua.server.WriteResponse(res); err != nil {
					l.ua.cfg.Log.Debug("repeat 200", "leg", l.id, "error", err)
				}
			}
			pause = min(2*pause, t2)
			again.Reset(pause)
		}
	}
}

// lost hangs up on a far end that is not there any more.
func (l *leg) lost(cause string) {
	l.sendBye(cause)
	l.finish(Ended{Leg: l.id, Cause: cause})
}

// Reject refuses an incoming leg. No event follows: who rejects knows.
func (u *UA) Reject(id string, status int) error {
	l, err := u.waiting(id)
	if err != nil {
		return err
	}
	err = l.tx.Respond(l.response(status, words.Phrase(status), nil))
	l.mu.Unlock()
	l.finish(nil)
	return err
}

func (u *UA) onAck(req *sip.Request, _ sip.ServerTransaction) {
	l := u.dialog(req)
	if l == nil {
		return
	}
	l.mu.Lock()
	first := l.phase == up && !l.outgoing
	select {
	case <-l.acked:
		first = false
	default:
	}
	if first {
		closeOnce(l.acked)
	}
	l.mu.Unlock()
	if first {
		l.tell(Acked{Leg: l.id, SDP: req.Body()})
	}
}

func (u *UA) onBye(req *sip.Request, tx sip.ServerTransaction) {
	l := u.dialog(req)
	if l == nil {
		u.respond(req, tx, sip.StatusCallTransactionDoesNotExists, "Call/Transaction Does Not Exist")
		return
	}
	u.respond(req, tx, sip.StatusOK, "OK")
	cause := ""
	if h := req.GetHeader("Reason"); h != nil {
		cause = words.ReasonText(h.Value())
	}
	l.finish(Ended{Leg: l.id, Cause: cause})
}

// onStrayCancel answers a CANCEL that matches no INVITE (section 9.2).
func (u *UA) onStrayCancel(req *sip.Request, tx sip.ServerTransaction) {
	u.respond(req, tx, sip.StatusCallTransactionDoesNotExists, "Call/Transaction Does Not Exist")
}
