package sipua

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/agner-platform/agner/telephony/call"
	"github.com/agner-platform/agner/telephony/sipua/build"
	"github.com/agner-platform/agner/telephony/sipua/registrar"
	"github.com/agner-platform/agner/telephony/sipua/timer"
	"github.com/agner-platform/agner/telephony/sipua/words"
)

// maxTries bounds how often an INVITE is sent again: for a challenge, a longer
// session timer, and once more for a stale nonce.
const maxTries = 4

// Invite sets up a leg. What comes of it is told by events.
func (u *UA) Invite(id string, to call.Target, sdp []byte) error {
	var uri sip.Uri
	if err := sip.ParseUri(to.URI, &uri); err != nil || uri.Host == "" {
		return fmt.Errorf("target %q: %w", to.URI, ErrTarget)
	}
	network := strings.ToLower(to.Transport)
	if network == "" {
		network = "udp"
		if t, ok := uri.UriParams.Get("transport"); ok {
			network = strings.ToLower(t)
		}
		if uri.Scheme == "sips" {
			network = "tls"
		}
	}
	local := u.contact(network)
	local.User, local.Port, local.UriParams = to.From, 0, nil
	if local.User == "" {
		local.User = "agner"
	}
	ctx, cancel := context.WithCancel(u.ctx)
	l := &leg{
		ua: u, id: id, outgoing: true, phase: dialling, callID: words.Token() + "@" + local.Host, localTag: words.Token(), local: local,
		display: to.Display, remote: uri, target: uri, network: network, dest: to.Route, sdp: sdp, cancel: cancel,
		session: timer.Session{Interval: u.cfg.Session, Ours: true},
	}
	if err := u.addLeg(l); err != nil {
		cancel()
		return err
	}
	if !u.work(func() { l.dial(ctx, to) }) {
		return ErrClosed
	}
	return nil
}

// dial sends the INVITE, again where the answer asks for it, until it has a fate.
func (l *leg) dial(ctx context.Context, to call.Target) {
	auth := map[string]string{}
	for try := 1; ; try++ {
		l.mu.Lock()
		req := l.request(sip.INVITE)
		for name, value := range to.Headers {
			req.AppendHeader(sip.NewHeader(name, value))
		}
		for name, value := range auth {
			req.AppendHeader(sip.NewHeader(name, value))
		}
		req.AppendHeader(sip.NewHeader("Allow", strings.Join(l.ua.cfg.Rules.Methods, ", ")))
		req.AppendHeader(sip.NewHeader("Supported", strings.Join(l.ua.cfg.Rules.Extensions, ", ")))
		l.session.Ask(req)
		build.WithSDP(req, l.sdp)
		l.ua.fit(req)
		l.network = strings.ToLower(req.Transport())
		l.invite, l.provisional = req, false
		l.mu.Unlock()
		res, err := l.await(ctx, req)
		if err != nil {
			l.refused(err)
			return
		}
		if res.IsSuccess() {
			return
		}
		if try == maxTries || !l.retry(req, res, to, auth) {
			l.fail(res.StatusCode)
			return
		}
	}
}

// fail ends a leg that was refused.
func (l *leg) fail(status int) {
	l.mu.Lock()
	if l.cancelled {
		status = sip.StatusRequestTerminated
	}
	l.mu.Unlock()
	l.finish(Failed{Leg: l.id, Status: status, Cause: words.Cause(status)})
}

// retry reports whether the INVITE is worth sending again, and prepares that.
func (l *leg) retry(req *sip.Request, res *sip.Response, to call.Target, auth map[string]string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cancelled || l.phase != dialling {
		return false
	}
	switch res.StatusCode {
	case sip.StatusUnauthorized, sip.StatusProxyAuthRequired:
		ask, reply := "WWW-Authenticate", "Authorization"
		if res.StatusCode == sip.StatusProxyAuthRequired {
			ask, reply = "Proxy-Authenticate", "Proxy-Authorization"
		}
		challenges := words.Values(res, ask)
		again := auth[reply] != ""
		stale := strings.Contains(strings.ToLower(strings.Join(challenges, " ")), "stale=true")
		answer, ok := registrar.Answer(challenges, registrar.Login{
			User: to.User, Secret: to.Secret, Method: req.Method.String(), URI: req.Recipient.String(),
		})
		if !ok || to.User == "" || again && !stale {
			return false
		}
		auth[reply] = answer
		return true
	case timer.TooBrief: // RFC 4028 section 7.3
		least, _, ok := words.Seconds(res.GetHeader("Min-SE"))
		if !ok || least <= l.session.Interval || least > 24*time.Hour {
			return false
		}
		l.session.Interval, l.session.Least = least, least
		return true
	}
	return false
}

// refused ends a leg that got no final response.
func (l *leg) refused(err error) {
	status, cause := sip.StatusServiceUnavailable, "unreachable"
	if errors.Is(err, sip.ErrTransactionTimeout) {
		status, cause = sip.StatusRequestTimeout, "no_response"
	}
	l.mu.Lock()
	if l.cancelled {
		status, cause = sip.StatusRequestTerminated, "cancelled"
	}
	l.mu.Unlock()
	l.ua.cfg.Log.Debug("invite", "leg", l.id, "error", err)
	l.finish(Failed{Leg: l.id, Status: status, Cause: cause})
}

// await follows one INVITE transaction to its final response. A 2xx brings the
// leg up.
func (l *leg) await(ctx context.Context, req *sip.Request) (*sip.Response, error) {
	tx, err := l.ua.client.TransactionRequest(ctx, req, asIs)
	if err != nil {
		return nil, err
	}
	for {
		select {
		case res := <-tx.Responses():
			if res.IsProvisional() {
				l.progress(req, res)
				continue
			}
			if res.IsSuccess() {
				l.confirm(req, res, tx)
			}
			return res, nil
		case <-tx.Done():
			return nil, tx.Err()
		case <-ctx.Done():
			tx.Terminate()
			return nil, ctx.Err()
		}
	}
}

func (l *leg) progress(req *sip.Request, res *sip.Response) {
	l.mu.Lock()
	late := l.cancelled && !l.provisional // the CANCEL had to wait for this (section 9.1)
	l.provisional = true
	l.mu.Unlock()
	if late {
		l.sendCancel(req)
	}
	if res.StatusCode > 100 {
		l.tell(Progressed{Leg: l.id, Status: res.StatusCode, SDP: res.Body()})
	}
}

// confirm makes the dialog of a 2xx and acknowledges it.
func (l *leg) confirm(req *sip.Request, res *sip.Response, tx sip.ClientTransaction) {
	l.mu.Lock()
	if l.phase != dialling {
		l.mu.Unlock()
		return
	}
	l.phase = up
	if to := res.To(); to != nil {
		l.remoteTag, _ = to.Params.Get("tag")
	}
	l.routes = words.Routes(res)
	slices.Reverse(l.routes) // section 12.1.2
	if c := res.Contact(); c != nil {
		l.target = c.Address
	}
	if src := res.Source(); src != "" && len(l.routes) == 0 {
		l.dest = src // answers came from here: so will they next time (NAT)
	}
	l.farUpdate = words.Allows(res, "UPDATE")
	l.session.Agreed(res)
	ack := l.request(sip.ACK)
	ack.CSeq().SeqNo = req.CSeq().SeqNo
	l.mu.Unlock()
	l.acknowledge(ack)
	tx.OnRetransmission(func(again *sip.Response) { l.ua.work(func() { l.repeated(again, ack) }) })
	l.mu.Lock()
	l.startSession()
	l.mu.Unlock()
	l.tell(Answered{Leg: l.id, SDP: res.Body()})
}

func (l *leg) acknowledge(ack *sip.Request) {
	if err := l.ua.client.WriteRequest(ack.Clone(), asIs); err != nil {
		l.ua.cfg.Log.Debug("ack", "leg", l.id, "error", err)
	}
}

// repeated acknowledges a 2xx that came again. One of another branch (a forking
// proxy rang two phones) is acknowledged and hung up (section 13.2.2.4).
func (l *leg) repeated(res *sip.Response, ack *sip.Request) {
	tag := ""
	if to := res.To(); to != nil {
		tag, _ = to.Params.Get("tag")
	}
	l.mu.Lock()
	same := tag == l.remoteTag
	l.mu.Unlock()
	if same {
		l.acknowledge(ack)
		return
	}
	other, bye := build.Branch(res, ack, tag)
	l.acknowledge(other)
	if _, err := l.ua.do(l.ua.ctx, bye); err != nil {
		l.ua.cfg.Log.Debug("bye to the second branch", "leg", l.id, "error", err)
	}
}

// Cancel gives up a leg that is not answered. Failed follows, or Answered if the
// answer was faster.
func (u *UA) Cancel(id string) error {
	l := u.leg(id)
	if l == nil {
		return ErrNoLeg
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.outgoing || l.phase != dialling {
		return ErrState
	}
	if l.cancelled {
		return nil
	}
	l.cancelled = true
	req := l.invite
	if req != nil && l.provisional {
		u.work(func() { l.sendCancel(req) })
	} else { // nobody answered yet: give up on silence sooner than the stack would
		u.work(func() { l.cancelOnSilence() })
	}
	return nil
}

// cancelOnSilence ends a cancelled leg whose far end says nothing at all.
func (l *leg) cancelOnSilence() {
	timer := time.NewTimer(2 * t2)
	defer timer.Stop()
	select {
	case <-l.ua.ctx.Done():
	case <-timer.C:
		l.mu.Lock()
		silent := l.phase == dialling && !l.provisional
		l.mu.Unlock()
		if silent {
			l.finish(Failed{Leg: l.id, Status: sip.StatusRequestTerminated, Cause: "cancelled"})
		}
	}
}

// sendCancel sends the CANCEL of an INVITE (section 9.1).
func (l *leg) sendCancel(invite *sip.Request) {
	if _, err := l.ua.client.Do(l.ua.ctx, build.Cancel(invite), asIs); err != nil {
		l.ua.cfg.Log.Debug("cancel", "leg", l.id, "error", err)
	}
}
