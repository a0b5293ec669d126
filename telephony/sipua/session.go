package sipua

import (
	"fmt"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// statusIntervalTooBrief is RFC 4028's refusal of a session timer.
const statusIntervalTooBrief = 422

// sessionTimer is the session timer of a leg (RFC 4028). The leg's lock protects it.
type sessionTimer struct {
	interval time.Duration // 0: none agreed
	least    time.Duration // Min-SE we were told
	ours     bool          // we refresh
	farKnows bool          // the far end supports timers
	timer    *time.Timer
}

// refreshIn is half the interval (section 7.2); expireIn is when a far end that
// did not refresh is given up: 32 s or a third before the end (section 10).
func (s *sessionTimer) refreshIn() time.Duration { return s.interval / 2 }

func (s *sessionTimer) expireIn() time.Duration {
	return s.interval - min(32*time.Second, s.interval/3)
}

func (s *sessionTimer) stop() {
	if s.timer != nil {
		s.timer.Stop()
		s.timer = nil
	}
}

func supportsTimer(m sip.Message) bool {
	for _, name := range []string{"Supported", "Require"} {
		for _, h := range m.GetHeaders(name) {
			for tag := range strings.SplitSeq(h.Value(), ",") {
				if strings.EqualFold(strings.TrimSpace(tag), "timer") {
					return true
				}
			}
		}
	}
	return false
}

// askedSession reads the session timer of an INVITE, section 9. Too brief a one
// is answered with 422.
func (u *UA) askedSession(req *sip.Request, tx sip.ServerTransaction) (sessionTimer, bool) {
	s := sessionTimer{farKnows: supportsTimer(req)}
	asked, rest, ok := seconds(req.GetHeader("Session-Expires"))
	switch {
	case ok && asked < minSession:
		if s.farKnows {
			u.respond(req, tx, statusIntervalTooBrief, "Session Interval Too Small", sip.NewHeader("Min-SE", fmt.Sprint(int(minSession.Seconds()))))
			return s, false
		}
		s.interval = minSession
	case ok:
		s.interval = asked
	case s.farKnows:
		s.interval = u.cfg.Session
	default:
		return s, true
	}
	// Whoever named itself refreshes; a far end without timers cannot.
	s.ours = !s.farKnows || strings.Contains(strings.ToLower(rest), "refresher=uas")
	return s, true
}

// write puts the agreed timer into our 200.
func (s *sessionTimer) write(res *sip.Response) {
	if s.interval == 0 {
		return
	}
	who := "uac"
	if s.ours {
		who = "uas"
	}
	if s.farKnows {
		res.AppendHeader(sip.NewHeader("Require", "timer"))
	}
	res.AppendHeader(sip.NewHeader("Session-Expires", fmt.Sprintf("%d;refresher=%s", int(s.interval.Seconds()), who)))
}

// ask puts the timer we want into an INVITE of ours.
func (s *sessionTimer) ask(req *sip.Request) {
	if s.interval == 0 {
		return
	}
	req.AppendHeader(sip.NewHeader("Session-Expires", fmt.Sprint(int(s.interval.Seconds()))))
	req.AppendHeader(sip.NewHeader("Min-SE", fmt.Sprint(int(max(s.least, minSession).Seconds()))))
}

// agreed reads the timer of a 200 to an INVITE or UPDATE of ours, section 7.2:
// without one we may refresh on our own account.
func (s *sessionTimer) agreed(res *sip.Response) {
	d, rest, ok := seconds(res.GetHeader("Session-Expires"))
	s.ours = true
	if ok {
		s.interval = max(d, minSession)
		s.ours = !strings.Contains(strings.ToLower(rest), "refresher=uas")
	}
}

// startSession arms the timer anew: after the answer and after every refresh. The
// leg's lock is held.
func (l *leg) startSession() {
	l.session.stop()
	if l.session.interval == 0 || l.phase != up {
		return
	}
	if l.session.ours {
		l.session.timer = l.ua.after(l.session.refreshIn(), l.refresh)
		return
	}
	l.session.timer = l.ua.after(l.session.expireIn(), func() { l.lost("session_expired") })
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
	l.session.ask(req)
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
			l.session.agreed(res)
		}
		l.startSession()
		l.mu.Unlock()
	}
}
