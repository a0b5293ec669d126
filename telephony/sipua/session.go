package sipua

import (
	"fmt"

	"github.com/emiago/sipgo/sip"

	"github.com/agner-platform/agner/telephony/sipua/timer"
)

// askedSession reads the session timer of a request; too brief a one is answered
// here.
func (u *UA) askedSession(req *sip.Request, tx sip.ServerTransaction) (timer.Session, bool) {
	s, ok := timer.Asked(req, u.cfg.Session)
	if !ok {
		u.respond(req, tx, timer.TooBrief, "Session Interval Too Small", sip.NewHeader("Min-SE", fmt.Sprint(int(timer.Min.Seconds()))))
	}
	return s, ok
}

// startSession arms the timer anew: after the answer and after every refresh. The
// leg's lock is held.
func (l *leg) startSession() {
	l.session.Stop()
	if l.session.Interval == 0 || l.phase != up {
		return
	}
	if l.session.Ours {
		l.session.Timer = l.ua.after(l.session.RefreshIn(), l.refresh)
		return
	}
	l.session.Timer = l.ua.after(l.session.ExpireIn(), func() { l.lost("session_expired") })
}

// refresh keeps the session alive by UPDATE, or by a re-INVITE with the same
// description for far ends that do not know UPDATE.
func (l *leg) refresh() {
	l.mu.Lock()
	if l.phase != up {
		l.mu.Unlock()
		return
	}
	if !l.farUpdate {
		sdp := l.sdp
		l.mu.Unlock()
		if status, _ := l.reinvite(sdp); status == sip.StatusRequestTimeout || status == sip.StatusCallTransactionDoesNotExists {
			l.lost("session_expired")
		}
		return
	}
	req := l.request(sip.UPDATE)
	l.session.Ask(req)
	req.AppendHeader(sip.NewHeader("Supported", "timer"))
	req.SetBody(nil)
	l.mu.Unlock()
	res, err := l.ua.do(l.ua.ctx, req)
	switch {
	case l.ua.ctx.Err() != nil:
	case err != nil || res.StatusCode == sip.StatusRequestTimeout || res.StatusCode == sip.StatusCallTransactionDoesNotExists:
		l.lost("session_expired")
	default:
		l.mu.Lock()
		if res.IsSuccess() {
			l.session.Agreed(res)
		}
		l.startSession()
		l.mu.Unlock()
	}
}
