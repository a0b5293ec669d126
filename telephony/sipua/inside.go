package sipua

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

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

// pause waits between glares: 2.1 to 4 s if we chose the Call-ID, else up to 2 s.
func (l *leg) pause() bool {
	l.mu.Lock()
	l.offering = false // theirs may come meanwhile
	l.mu.Unlock()
	d := time.Duration(rand.Int64N(int64(2 * time.Second)))
	if l.outgoing {
		d = 2100*time.Millisecond + time.Duration(rand.Int64N(int64(1900*time.Millisecond)))
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-l.ua.ctx.Done():
		return false
	case <-timer.C:
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
	withSDP(req, sdp)
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
	withSDP(res, answer)
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

// onRefer accepts a REFER within a dialog (RFC 3515); whoever handles the event
// sends Notify.
func (u *UA) onRefer(req *sip.Request, tx sip.ServerTransaction) {
	l := u.within(req, tx)
	if l == nil {
		return
	}
	h := req.GetHeader("Refer-To")
	if h == nil || len(req.GetHeaders("Refer-To")) > 1 { // section 2.4.1: exactly one
		u.respond(req, tx, sip.StatusBadRequest, "One Refer-To Needed")
		return
	}
	to, query, _ := strings.Cut(strings.Trim(h.Value(), "<> "), "?")
	u.respond(req, tx, sip.StatusAccepted, "Accepted")
	replaces := ""
	if v, ok := words.URIHeader(query, "Replaces"); ok {
		replaces = u.replaced(sip.NewHeader("Replaces", v))
	}
	l.tell(Referred{Leg: l.id, To: to, Replaces: replaces})
}

// replaced returns the leg that a Replaces header names, "?" if it is none of
// ours, or "" without a header (RFC 3891 section 3).
func (u *UA) replaced(h sip.Header) string {
	if h == nil {
		return ""
	}
	parts := strings.Split(h.Value(), ";")
	tags := map[string]string{}
	for _, p := range parts[1:] {
		k, v, _ := strings.Cut(strings.TrimSpace(p), "=")
		tags[strings.ToLower(k)] = v
	}
	u.mu.Lock()
	l := u.byDial[dialogKey(strings.TrimSpace(parts[0]), tags["to-tag"])]
	if l == nil { // seen from the other end of the dialog
		l = u.byDial[dialogKey(strings.TrimSpace(parts[0]), tags["from-tag"])]
	}
	u.mu.Unlock()
	if l == nil {
		return "?"
	}
	return l.id
}

// Notify tells a referrer how its transfer goes (RFC 3515 section 2.4.4).
func (u *UA) Notify(id string, status int) error {
	l := u.leg(id)
	if l == nil {
		return ErrNoLeg
	}
	l.mu.Lock()
	if l.phase != up {
		l.mu.Unlock()
		return ErrState
	}
	req := l.request(sip.NOTIFY)
	l.mu.Unlock()
	state := "active;expires=60"
	if status >= 200 {
		state = "terminated;reason=noresource"
	}
	req.AppendHeader(sip.NewHeader("Event", "refer"))
	req.AppendHeader(sip.NewHeader("Subscription-State", state))
	req.AppendHeader(sip.NewHeader("Content-Type", "message/sipfrag;version=2.0"))
	req.SetBody([]byte(fmt.Sprintf("SIP/2.0 %d %s\r\n", status, words.Phrase(status))))
	u.work(func() {
		ctx, cancel := context.WithTimeout(u.ctx, byeLimit)
		defer cancel()
		if _, err := u.do(ctx, req); err != nil {
			u.cfg.Log.Debug("notify", "leg", l.id, "error", err)
		}
	})
	return nil
}

func (u *UA) onNotify(req *sip.Request, tx sip.ServerTransaction) {
	if l := u.within(req, tx); l != nil {
		u.respond(req, tx, sip.StatusOK, "OK")
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
