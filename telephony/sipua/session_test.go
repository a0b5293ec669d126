package sipua

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/agner-platform/agner/telephony/sipua/timer"
)

// TestSessionArithmetic holds RFC 4028: refresh at half (section 7.2), give up
// 32 s or a third before the end, whichever is shorter (section 10).
func TestSessionArithmetic(t *testing.T) {
	for _, tt := range []struct{ interval, refresh, expire time.Duration }{
		{90 * time.Second, 45 * time.Second, 60 * time.Second},
		{1800 * time.Second, 900 * time.Second, 1768 * time.Second},
	} {
		s := timer.Session{Interval: tt.interval}
		if s.RefreshIn() != tt.refresh || s.ExpireIn() != tt.expire {
			t.Errorf("%s: refresh in %s, give up in %s; want %s, %s", tt.interval, s.RefreshIn(), s.ExpireIn(), tt.refresh, tt.expire)
		}
	}
}

// TestSessionNegotiation holds who refreshes and what is too brief.
func TestSessionNegotiation(t *testing.T) {
	u, e := listen(t, nil)
	for i, tt := range []struct{ headers, want string }{
		{"Supported: timer\r\nSession-Expires: 30\r\n", "422 min=90"},
		{"Supported: timer\r\nSession-Expires: 120;refresher=uac\r\n", "200 120;refresher=uac"},
		{"Supported: timer\r\nSession-Expires: 120;refresher=uas\r\n", "200 120;refresher=uas"},
		{"Supported: timer\r\n", "200 1800;refresher=uac"},
		{"Session-Expires: 30\r\n", "200 90;refresher=uas"},
		{"", "200 "},
	} {
		w := dialWire(t, u)
		w.send(fmt.Sprintf("INVITE sip:1@a SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK%d\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:1@a>\r\nCall-ID: c%d\r\nCSeq: 1 INVITE\r\nContact: <sip:a@%s>\r\n%sContent-Length: 0\r\n\r\n",
			i, i, w.conn.LocalAddr(), tt.headers))
		if strings.HasPrefix(tt.want, "200") {
			if err := u.Answer(next[Invited](t, e).Leg, []byte(offer)); err != nil {
				t.Fatal(err)
			}
		}
		m, err := sip.ParseMessage([]byte(w.read(patience)))
		if err != nil {
			t.Fatal(err)
		}
		res := m.(*sip.Response)
		got := fmt.Sprint(res.StatusCode, " ")
		if h := res.GetHeader("Session-Expires"); h != nil {
			got += h.Value()
		}
		if h := res.GetHeader("Min-SE"); h != nil {
			got += "min=" + h.Value()
		}
		if got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.headers, got, tt.want)
		}
	}
}

// TestSessionRefreshAndExpiry: a refresh reaches the far end and arms its timer
// anew; without one it gives the session up.
func TestSessionRefreshAndExpiry(t *testing.T) {
	a, ea := listen(t, nil)
	b, eb := listen(t, nil)
	in := connect(t, a, b, ea, eb, "udp")
	out, far := a.leg("out"), b.leg(in.Leg)
	seq := func() uint32 {
		far.mu.Lock()
		defer far.mu.Unlock()
		return far.farSeq
	}
	for _, update := range []bool{true, false} {
		out.mu.Lock()
		out.farUpdate = update
		out.mu.Unlock()
		before := seq()
		out.refresh()
		if seq() != before+1 {
			t.Errorf("UPDATE %v: the refresh did not arrive", update)
		}
	}
	far.mu.Lock()
	far.session.Interval = 300 * time.Millisecond
	far.session.Ours = false
	far.startSession()
	far.mu.Unlock()
	if got := next[Ended](t, eb); got.Cause != "session_expired" {
		t.Errorf("ended %+v", got)
	}
	if got := next[Ended](t, ea); got.Cause != "session_expired" {
		t.Errorf("the other end: %+v", got)
	}
}
