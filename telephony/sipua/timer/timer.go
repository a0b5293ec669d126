// Package timer negotiates session timers (RFC 4028): who refreshes, how often,
// and when a far end that did not is given up.
package timer

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/agner-platform/agner/telephony/sipua/words"
)

// TooBrief is the status that refuses a session timer below the minimum.
const TooBrief = 422

// Min is the shortest session timer there is (section 5).
const Min = 90 * time.Second

// Session is the session timer of a leg. The leg's lock protects it.
type Session struct {
	Interval time.Duration // 0: none agreed
	Least    time.Duration // Min-SE we were told
	Ours     bool          // we refresh
	FarKnows bool          // the far end supports timers
	Timer    *time.Timer   // running; stopped by Stop
}

// RefreshIn is half the interval (section 7.2).
func (s *Session) RefreshIn() time.Duration { return s.Interval / 2 }

// ExpireIn is when a far end that
// did not refresh is given up: 32 s or a third before the end (section 10).
func (s *Session) ExpireIn() time.Duration {
	return s.Interval - min(32*time.Second, s.Interval/3)
}

// Stop stops the running timer.
func (s *Session) Stop() {
	if s.Timer != nil {
		s.Timer.Stop()
		s.Timer = nil
	}
}

func supported(m sip.Message) bool {
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

// Asked reads the session timer of a request (section 9): the one we would like
// where the far end leaves it open. False means that it is too brief (422).
func Asked(req *sip.Request, ours time.Duration) (Session, bool) {
	s := Session{FarKnows: supported(req)}
	asked, rest, ok := words.Seconds(req.GetHeader("Session-Expires"))
	switch {
	case ok && asked < Min && s.FarKnows:
		return s, false
	case ok:
		s.Interval = max(asked, Min)
	case s.FarKnows:
		s.Interval = ours
	default:
		return s, true
	}
	// Whoever named itself refreshes; a far end without timers cannot.
	s.Ours = !s.FarKnows || strings.Contains(strings.ToLower(rest), "refresher=uas")
	return s, true
}

// Write puts the agreed timer into our 200.
func (s *Session) Write(res *sip.Response) {
	if s.Interval == 0 {
		return
	}
	who := "uac"
	if s.Ours {
		who = "uas"
	}
	if s.FarKnows {
		res.AppendHeader(sip.NewHeader("Require", "timer"))
	}
	res.AppendHeader(sip.NewHeader("Session-Expires", fmt.Sprintf("%d;refresher=%s", int(s.Interval.Seconds()), who)))
}

// Ask puts the timer we want into an INVITE of ours.
func (s *Session) Ask(req *sip.Request) {
	if s.Interval == 0 {
		return
	}
	req.AppendHeader(sip.NewHeader("Session-Expires", fmt.Sprint(int(s.Interval.Seconds()))))
	req.AppendHeader(sip.NewHeader("Min-SE", fmt.Sprint(int(max(s.Least, Min).Seconds()))))
}

// Agreed reads the timer of a 200 to an INVITE or UPDATE of ours, section 7.2:
// without one we may refresh on our own account.
func (s *Session) Agreed(res *sip.Response) {
	d, rest, ok := words.Seconds(res.GetHeader("Session-Expires"))
	s.Ours = true
	if ok {
		s.Interval = max(d, Min)
		s.Ours = !strings.Contains(strings.ToLower(rest), "refresher=uas")
	}
}

// Glare returns how long to wait after a 491: 2.1 to 4 s if we chose the Call-ID, else
// up to 2 s (RFC 3261 section 14.1).
func Glare(ours bool) time.Duration {
	if ours {
		return 2100*time.Millisecond + time.Duration(rand.Int64N(int64(1900*time.Millisecond)))
	}
	return time.Duration(rand.Int64N(int64(2 * time.Second)))
}
