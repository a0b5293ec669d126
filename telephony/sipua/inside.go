package sipua

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/agner-platform/agner/telephony/sipua/build"
	"github.com/agner-platform/agner/telephony/sipua/timer"
	"github.com/agner-platform/agner/telephony/sipua/words"
)

// byeLimit bounds how long a goodbye is repeated.
const byeLimit = 10 * time.Second

// Bye hangs up an answered leg. No event follows: who hangs up knows.
func (u *UA) Bye(id, cause string) error {
	l := u.leg(id)
	if l == nil {
		return ErrNoLeg
	}
	l.mu.Lock()
	isUp := l.phase == up
	l.mu.Unlock()
	if !isUp {
		return ErrState
	}
	l.sendBye(cause)
	l.finish(nil)
	return nil
}

// sendBye sends a BYE without waiting for its answer.
func (l *leg) sendBye(cause string) {
	l.mu.Lock()
	if l.phase != up {
		l.mu.Unlock()
		return
	}
	req := l.request(sip.BYE)
	l.mu.Unlock()
	if cause != "" {
		req.AppendHeader(sip.NewHeader("Reason", fmt.Sprintf(`SIP;text="%s"`, strings.ReplaceAll(cause, `"`, ""))))
	}
	req.SetBody(nil)
	l.ua.work(func() {
		ctx, cancel := context.WithTimeout(l.ua.ctx, byeLimit)
		defer cancel()
		if _, err := l.ua.do(ctx, req); err != nil {
			l.ua.cfg.Log.Debug("bye", "leg", l.id, "error", err)
		}
	})
}

// Modify offers a new session by re-INVITE; Modified tells the result. A glare
// (491) is tried again after the pause of section 14.1.
func (u *UA) Modify(id string, sdp []byte) error {
	l := u.leg(id)
	if l == nil {
		return ErrNoLeg
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.phase != up || l.offering {
		return ErrState
	}
	l.offering = true
	if !u.work(func() { l.modify(sdp) }) {
		l.offering = false
		return ErrClosed
	}
	return nil
}

func (l *leg) modify(sdp []byte) {
	status, answer := 0, []byte(nil)
	for range 4 {
		status, answer = l.reinvite(sdp)
		if status != sip.StatusRequestPending || !l.pause() {
			break
		}
	}
	l.mu.Lock()
	l.offering = false
	isUp := l.phase == up
	if status == sip.StatusOK {
		l.sdp = sdp
	}
	l.mu.Unlock()
	if isUp {
		l.tell(Modified{Leg: l.id, Status: status, SDP: answer})
	}
}

// pause waits between glares.
func (l *leg) pause() bool {
	l.mu.Lock()
	l.offering = false // theirs may come meanwhile
	l.mu.Unlock()
	select {
	case <-l.ua.ctx.Done():
		return false
	case <-time.After(timer.Glare(l.outgoing)):
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.offering = true
	return l.phase == up
}

// reinvite sends one re-INVITE and returns the final status and the answer.
func (l *leg) reinvite(sdp []byte) (int, []byte) {
	l.mu.Lock()
	if l.phase != up {
		l.mu.Unlock()
		return sip.StatusCallTransactionDoesNotExists, nil
	}
	req := l.request(sip.INVITE)
	l.session.Ask(req)
	req.AppendHeader(sip.NewHeader("Supported", strings.Join(l.ua.cfg.Rules.Extensions, ", ")))
	build.WithSDP(req, sdp)
	l.mu.Unlock()
	res, err := l.ua.do(l.ua.ctx, req)
	if err != nil {
		return sip.StatusRequestTimeout, nil
	}
	if res.IsSuccess() {
		l.mu.Lock()
		ack := l.request(sip.ACK)
		ack.CSeq().SeqNo = req.CSeq().SeqNo
		l.session.Agreed(res)
		l.startSession()
		l.mu.Unlock()
		l.acknowledge(ack)
	}
	return res.StatusCode, res.Body()
}

// inOrder checks a request's CSeq (section 12.2.2) and that the leg is up.
func (l *leg) inOrder(req *sip.Request) (status int, reason string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.phase == ended:
		return sip.StatusCallTransactionDoesNotExists, "Call/Transaction Does Not Exist"
	case req.CSeq().SeqNo <= l.farSeq && l.farSeq != 0:
		return sip.StatusInternalServerError, "Out Of Order"
	}
	l.farSeq = req.CSeq().SeqNo
	return 0, ""
}

// within finds the leg of a request and checks its order; otherwise it answers.
func (u *UA) within(req *sip.Request, tx sip.ServerTransaction) *leg {
	l := u.dialog(req)
	if l == nil {
		u.respond(req, tx, sip.StatusCallTransactionDoesNotExists, "Call/Transaction Does Not Exist")
		return nil
	}
	if status, reason := l.inOrder(req); status != 0 {
		u.respond(req, tx, status, reason)
		return nil
	}
	return l
}

// onReinvite answers an offer within a dialog, section 14.2.
func (u *UA) onReinvite(req *sip.Request, tx sip.ServerTransaction) {
	l := u.within(req, tx)
	if l == nil {
		return
	}
	l.mu.Lock()
	glare, notYet := l.offering, l.phase != up
	l.mu.Unlock()
	switch {
	case glare:
		u.respond(req, tx, sip.StatusRequestPending, "Request Pending")
		return
	case notYet:
		u.respond(req, tx, sip.StatusInternalServerError, "Not Answered Yet", sip.NewHeader("Retry-After", "2"))
		return
	}
	session, ok := u.askedSession(req, tx)
	if !ok {
		return
	}
	l.events.Lock()
	answer := u.handler.Reoffer(l.id, req.Body())
	l.events.Unlock()
	if answer == nil {
		u.respond(req, tx, sip.StatusNotAcceptableHere, "Not Acceptable Here")
		return
	}
	l.mu.Lock()
	if c := req.Contact(); c != nil {
		l.target = c.Address // section 12.2.2: the target is refreshed
	}
	l.sdp = answer
	session.Timer = l.session.Timer
	l.session = session
	res := sip.NewResponseFromRequest(req, sip.StatusOK, "OK", nil)
	res.AppendHeader(&sip.ContactHeader{Address: u.contact(l.network)})
	l.session.Write(res)
	build.WithSDP(res, answer)
	l.startSession()
	on := words.Hold(req.Body())
	changed := on != l.held && len(req.Body()) > 0
	if changed {
		l.held = on
	}
	l.mu.Unlock()
	if err := tx.Respond(res); err != nil {
		u.cfg.Log.Debug("answer to re-INVITE", "leg", l.id, "error", err)
	}
	if changed {
		l.tell(Held{Leg: l.id, On: on})
	}
}

// onUpdate answers an UPDATE: a session refresh, or an offer (RFC 3311).
func (u *UA) onUpdate(req *sip.Request, tx sip.ServerTransaction) {
	if len(req.Body()) > 0 {
		u.onReinvite(req, tx)
		return
	}
	l := u.within(req, tx)
	if l == nil {
		return
	}
	session, ok := u.askedSession(req, tx)
	if !ok {
		return
	}
	res := sip.NewResponseFromRequest(req, sip.StatusOK, "OK", nil)
	l.mu.Lock()
	if session.Interval > 0 {
		session.Timer = l.session.Timer
		l.session = session
	}
	l.session.Write(res)
	l.startSession()
	l.mu.Unlock()
	if err := tx.Respond(res); err != nil {
		u.cfg.Log.Debug("answer to UPDATE", "leg", l.id, "error", err)
	}
}

// onInfo takes keys sent by SIP INFO.
func (u *UA) onInfo(req *sip.Request, tx sip.ServerTransaction) {
	l := u.within(req, tx)
	if l == nil {
		return
	}
	key, length, ok := words.InfoKey(req)
	if !ok {
		u.respond(req, tx, sip.StatusUnsupportedMediaType, "Unsupported Media Type", sip.NewHeader("Accept", "application/dtmf-relay, application/dtmf"))
		return
	}
	u.respond(req, tx, sip.StatusOK, "OK")
	l.tell(Pressed{Leg: l.id, Key: key, Length: length})
}
