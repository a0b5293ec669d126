package sipua

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/agner-platform/agner/telephony/call"
	"github.com/agner-platform/agner/telephony/sipua/registrar"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds every wait of these tests.
const patience = 10 * time.Second

const offer = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n"

// ear collects a user agent's events.
type ear struct {
	t      testing.TB
	events chan Event

	mu     sync.Mutex
	answer func(offer []byte) []byte // protected by mu
}

func (e *ear) answerBy(f func(offer []byte) []byte) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.answer = f
}

func (e *ear) SIPEvent(ev Event) { e.events <- ev }

func (e *ear) Reoffer(_ string, offer []byte) []byte {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.answer(offer)
}

// next waits for an event of type E and fails on any other but progress.
func next[E Event](t testing.TB, e *ear) E {
	t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case ev := <-e.events:
			if got, ok := ev.(E); ok {
				return got
			}
			switch ev.(type) {
			case Progressed, Acked:
				continue
			}
			var want E
			t.Fatalf("got %T%+v, want %T", ev, ev, want)
		case <-deadline:
			var want E
			t.Fatalf("no %T came", want)
		}
	}
}

// quietEar fails if an event comes although none should; it looks only at what
// has come already.
func (e *ear) none(t testing.TB) {
	t.Helper()
	select {
	case ev := <-e.events:
		t.Fatalf("unexpected %T%+v", ev, ev)
	default:
	}
}

// listen starts a user agent on loopback that trusts loopback, unless change says
// otherwise.
func listen(t testing.TB, change func(*Config)) (*UA, *ear) {
	t.Helper()
	cfg := Default()
	cfg.UDP, cfg.TCP = "127.0.0.1:0", "127.0.0.1:0"
	cfg.Trunks = []Trunk{{Name: "loop", Prefixes: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}}
	if change != nil {
		change(&cfg)
	}
	e := &ear{t: t, events: make(chan Event, 100), answer: func([]byte) []byte { return []byte(offer) }}
	u, err := Listen(cfg, e)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := u.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			t.Errorf("Close: %v", err)
		}
	})
	return u, e
}

func at(u *UA, network string) call.Target {
	uri := "sip:100@" + u.Addr(network)
	if network != "udp" {
		uri += ";transport=" + network
	}
	return call.Target{URI: uri, From: "200"}
}

// connect sets a call up from a to b and returns the leg at b.
func connect(t testing.TB, a, b *UA, ea, eb *ear, network string) Invited {
	t.Helper()
	if err := a.Invite("out", at(b, network), []byte(offer)); err != nil {
		t.Fatal(err)
	}
	in := next[Invited](t, eb)
	if err := b.Progress(in.Leg, 180, nil); err != nil {
		t.Fatal(err)
	}
	if err := b.Answer(in.Leg, []byte(offer)); err != nil {
		t.Fatal(err)
	}
	if got := next[Answered](t, ea); got.Leg != "out" || string(got.SDP) != offer {
		t.Fatalf("answered %+v", got)
	}
	next2[Acked](t, eb)
	return in
}

// next2 waits for an event of the type, whatever else comes before.
func next2[E Event](t testing.TB, e *ear) E {
	t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case ev := <-e.events:
			if got, ok := ev.(E); ok {
				return got
			}
		case <-deadline:
			var want E
			t.Fatalf("no %T came", want)
		}
	}
}

func TestCall(t *testing.T) {
	server, client := certificates(t)
	for _, network := range []string{"udp", "tcp", "tls"} {
		t.Run(network, func(t *testing.T) {
			a, ea := listen(t, func(c *Config) { c.TLS, c.Certificates = "127.0.0.1:0", client })
			b, eb := listen(t, func(c *Config) { c.TLS, c.Certificates = "127.0.0.1:0", server })
			in := connect(t, a, b, ea, eb, network)
			if in.From != "200" || in.To != "100" || in.Trunk != "loop" || string(in.SDP) != offer {
				t.Errorf("invited %+v", in)
			}
			if err := a.Bye("out", "normal"); err != nil {
				t.Fatal(err)
			}
			if got := next[Ended](t, eb); got.Leg != in.Leg || got.Cause != "normal" {
				t.Errorf("ended %+v", got)
			}
			if err := b.Bye(in.Leg, ""); !errors.Is(err, ErrNoLeg) {
				t.Errorf("second Bye: %v", err)
			}
			ea.none(t)
		})
	}
}

func TestByeFromTheCalled(t *testing.T) {
	a, ea := listen(t, nil)
	b, eb := listen(t, nil)
	in := connect(t, a, b, ea, eb, "udp")
	if err := b.Bye(in.Leg, "agent"); err != nil {
		t.Fatal(err)
	}
	if got := next[Ended](t, ea); got.Leg != "out" || got.Cause != "agent" {
		t.Errorf("ended %+v", got)
	}
}

func TestRefusal(t *testing.T) {
	a, ea := listen(t, nil)
	b, eb := listen(t, nil)
	for status, cause := range map[int]string{486: "busy", 404: "unknown_number", 603: "declined", 500: "failed"} {
		if err := a.Invite("out", at(b, "udp"), []byte(offer)); err != nil {
			t.Fatal(err)
		}
		if err := b.Reject(next[Invited](t, eb).Leg, status); err != nil {
			t.Fatal(err)
		}
		if got := next[Failed](t, ea); got.Status != status || got.Cause != cause {
			t.Errorf("failed %+v, want %d %s", got, status, cause)
		}
	}
}

func TestCancel(t *testing.T) {
	a, ea := listen(t, nil)
	b, eb := listen(t, nil)
	if err := a.Invite("out", at(b, "udp"), []byte(offer)); err != nil {
		t.Fatal(err)
	}
	in := next[Invited](t, eb)
	if err := b.Progress(in.Leg, 183, []byte(offer)); err != nil {
		t.Fatal(err)
	}
	if got := next[Progressed](t, ea); got.Status != 183 || string(got.SDP) != offer {
		t.Errorf("early media %+v", got)
	}
	if err := a.Cancel("out"); err != nil {
		t.Fatal(err)
	}
	if got := next[Failed](t, eb); got.Leg != in.Leg || got.Cause != "cancelled" {
		t.Errorf("at the called: %+v", got)
	}
	if got := next[Failed](t, ea); got.Status != 487 || got.Cause != "cancelled" {
		t.Errorf("at the caller: %+v", got)
	}
	if err := b.Answer(in.Leg, []byte(offer)); !errors.Is(err, ErrNoLeg) && !errors.Is(err, ErrGone) {
		t.Errorf("Answer after CANCEL: %v", err)
	}
}

// TestCancelCrossesAnswer lets both sides act at once, many times: either the leg
// failed at both ends, or it was answered at both.
func TestCancelCrossesAnswer(t *testing.T) {
	a, ea := listen(t, nil)
	b, eb := listen(t, nil)
	answered := 0
	for i := range 40 {
		id := fmt.Sprint("out", i)
		if err := a.Invite(id, at(b, "udp"), []byte(offer)); err != nil {
			t.Fatal(err)
		}
		in := next[Invited](t, eb)
		if err := b.Progress(in.Leg, 180, nil); err != nil {
			t.Fatal(err)
		}
		next[Progressed](t, ea)
		done := make(chan error, 1)
		go func() { done <- b.Answer(in.Leg, []byte(offer)) }()
		if err := a.Cancel(id); err != nil && !errors.Is(err, ErrState) {
			t.Fatal(err)
		}
		won := <-done == nil
		switch ev := nextOf(t, ea).(type) {
		case Answered:
			if !won {
				t.Fatal("answered at the caller only")
			}
			answered++
			if err := a.Bye(id, ""); err != nil {
				t.Fatal(err)
			}
			next[Ended](t, eb)
		case Failed:
			if won {
				t.Fatal("answered at the called only")
			}
			next[Failed](t, eb)
		default:
			t.Fatalf("got %T%+v", ev, ev)
		}
	}
	t.Logf("%d of 40 were answered", answered)
}

func nextOf(t testing.TB, e *ear) Event {
	t.Helper()
	for {
		select {
		case ev := <-e.events:
			if _, ok := ev.(Progressed); ok {
				continue
			}
			return ev
		case <-time.After(patience):
			t.Fatal("no event came")
		}
	}
}

func TestHoldAndResume(t *testing.T) {
	a, ea := listen(t, nil)
	b, eb := listen(t, nil)
	in := connect(t, a, b, ea, eb, "udp")
	held := offer + "a=sendonly\r\n"
	for _, tt := range []struct {
		sdp string
		on  bool
	}{{held, true}, {offer, false}} {
		eb.answerBy(func(got []byte) []byte {
			if string(got) != tt.sdp {
				t.Errorf("offer %q", got)
			}
			return []byte(offer)
		})
		if err := a.Modify("out", []byte(tt.sdp)); err != nil {
			t.Fatal(err)
		}
		if got := next[Held](t, eb); got.On != tt.on || got.Leg != in.Leg {
			t.Errorf("held %+v, want %v", got, tt.on)
		}
		if got := next[Modified](t, ea); got.Status != 200 {
			t.Errorf("modified %+v", got)
		}
	}
	eb.answerBy(func([]byte) []byte { return nil })
	if err := a.Modify("out", []byte(offer)); err != nil {
		t.Fatal(err)
	}
	if got := next[Modified](t, ea); got.Status != 488 {
		t.Errorf("refused offer: %+v", got)
	}
}

// TestGlare: both sides offer at once. Each gets 491 at most, waits as section
// 14.1 says, and succeeds.
func TestGlare(t *testing.T) {
	if testing.Short() {
		t.Skip("waits up to 6 s as RFC 3261 section 14.1 asks")
	}
	a, ea := listen(t, nil)
	b, eb := listen(t, nil)
	in := connect(t, a, b, ea, eb, "udp")
	if err := errors.Join(a.Modify("out", []byte(offer)), b.Modify(in.Leg, []byte(offer))); err != nil {
		t.Fatal(err)
	}
	if x, y := next2[Modified](t, ea), next2[Modified](t, eb); x.Status != 200 || y.Status != 200 {
		t.Errorf("glare ended with %d and %d", x.Status, y.Status)
	}
}

func TestRefer(t *testing.T) {
	a, ea := listen(t, nil)
	b, eb := listen(t, nil)
	in := connect(t, a, b, ea, eb, "udp")
	out := a.leg("out")
	send := func(to string) {
		out.mu.Lock()
		req := out.request("REFER")
		out.mu.Unlock()
		req.AppendHeader(header("Refer-To", to))
		req.SetBody(nil)
		res, err := a.do(t.Context(), req)
		if err != nil || res.StatusCode != 202 {
			t.Fatalf("REFER: %v, %v", res, err)
		}
	}
	send("<sip:300@127.0.0.1>")
	if got := next[Referred](t, eb); got.Leg != in.Leg || got.To != "sip:300@127.0.0.1" || got.Replaces != "" {
		t.Errorf("referred %+v", got)
	}
	if err := b.Notify(in.Leg, 200); err != nil {
		t.Fatal(err)
	}
	l := b.leg(in.Leg)
	send(fmt.Sprintf("<sip:300@127.0.0.1?Replaces=%s%%3Bto-tag%%3D%s%%3Bfrom-tag%%3D%s>", strings.ReplaceAll(l.callID, "@", "%40"), l.localTag, l.remoteTag))
	if got := next[Referred](t, eb); got.Replaces != in.Leg {
		t.Errorf("Replaces of our own leg: %+v, want %s", got, in.Leg)
	}
	send("<sip:300@127.0.0.1?Replaces=unknown>")
	if got := next[Referred](t, eb); got.Replaces != "?" {
		t.Errorf("Replaces of a strange leg: %+v", got)
	}
}

func TestInfo(t *testing.T) {
	a, ea := listen(t, nil)
	b, eb := listen(t, nil)
	in := connect(t, a, b, ea, eb, "udp")
	for _, tt := range []struct{ typ, body, key string }{
		{"application/dtmf-relay", "Signal=5\r\nDuration=160\r\n", "5"},
		{"application/dtmf-relay", "Signal= 11\r\n", "#"},
		{"application/dtmf", "*", "*"},
	} {
		l := a.leg("out")
		l.mu.Lock()
		req := l.request("INFO")
		l.mu.Unlock()
		req.AppendHeader(header("Content-Type", tt.typ))
		req.SetBody([]byte(tt.body))
		if res, err := a.do(t.Context(), req); err != nil || res.StatusCode != 200 {
			t.Fatalf("INFO: %v, %v", res, err)
		}
		if got := next[Pressed](t, eb); got.Key != tt.key || got.Leg != in.Leg {
			t.Errorf("pressed %+v, want %s", got, tt.key)
		}
	}
}

// TestLargeRequest: what does not fit a datagram goes over TCP.
func TestLargeRequest(t *testing.T) {
	a, ea := listen(t, nil)
	b, eb := listen(t, func(c *Config) { c.TCP = "" })
	tcp, err := net.Listen("tcp", b.Addr("udp")) // the same port, as section 18.1.1 expects
	if err != nil {
		t.Skipf("port is taken: %v", err)
	}
	b.tcp = tcp
	b.work(func() { b.serve(b.server.ServeTCP(b.gate.Listener(tcp))) })
	long := offer + strings.Repeat("a=x-filler:0123456789\r\n", 60)
	if err := a.Invite("out", at(b, "udp"), []byte(long)); err != nil {
		t.Fatal(err)
	}
	in := next[Invited](t, eb)
	if got := b.leg(in.Leg).network; got != "tcp" {
		t.Errorf("came over %s", got)
	}
	if string(in.SDP) != long {
		t.Errorf("body of %d bytes, want %d", len(in.SDP), len(long))
	}
	if err := b.Answer(in.Leg, []byte(offer)); err != nil {
		t.Fatal(err)
	}
	next[Answered](t, ea)
}

func phones(c *Config) {
	c.Trunks = nil
	c.Users = func(user, alg string) (string, bool) {
		if user != "7001" {
			return "", false
		}
		return registrar.HA1(alg, user, "agner", "secret"), true
	}
}

func TestRegisterAndCall(t *testing.T) {
	a, ea := listen(t, nil)
	b, eb := listen(t, phones)
	to := call.Target{URI: "sip:7001@" + b.Addr("udp"), From: "7001", User: "7001", Secret: "secret"}
	if d, err := a.Register(t.Context(), to, 2*time.Hour); err != nil || d <= 0 {
		t.Fatalf("Register = %s, %v", d, err)
	}
	if got := next[Registered](t, eb); got.User != "7001" || got.Source != a.Addr("udp") {
		t.Errorf("registered %+v", got)
	}
	if phone, ok := b.Phone("7001"); !ok || phone.Route != a.Addr("udp") {
		t.Errorf("Phone = %+v, %v", phone, ok)
	}
	if err := a.Invite("out", to, []byte(offer)); err != nil {
		t.Fatal(err)
	}
	in := next[Invited](t, eb)
	if in.User != "7001" || in.Trunk != "" {
		t.Errorf("invited %+v", in)
	}
	if err := b.Answer(in.Leg, []byte(offer)); err != nil {
		t.Fatal(err)
	}
	next[Answered](t, ea)
	bad := to
	bad.Secret = "wrong"
	if err := a.Invite("bad", bad, []byte(offer)); err != nil {
		t.Fatal(err)
	}
	if got := next[Failed](t, ea); got.Status != 401 || got.Cause != "forbidden" {
		t.Errorf("wrong password: %+v", got)
	}
	if _, err := a.Register(t.Context(), bad, time.Hour); err == nil {
		t.Error("registered with a wrong password")
	}
	if _, err := a.Register(t.Context(), to, time.Second); err == nil || !strings.Contains(err.Error(), "423") {
		t.Errorf("too brief: %v", err)
	}
	if _, err := a.Register(t.Context(), to, 0); err != nil {
		t.Errorf("unregister: %v", err)
	}
	if _, ok := b.Phone("7001"); ok {
		t.Error("still registered")
	}
}

// socket sends raw bytes from a socket of its own and reads what comes back.
type socket struct {
	t    testing.TB
	conn net.Conn
}

func dialWire(t testing.TB, u *UA) *socket {
	t.Helper()
	conn, err := net.Dial("udp", u.Addr("udp"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &socket{t, conn}
}

func (w *socket) send(raw string) {
	w.t.Helper()
	if _, err := w.conn.Write([]byte(raw)); err != nil {
		w.t.Fatal(err)
	}
}

// read returns the next datagram that is no 100, or "" if none comes in time.
func (w *socket) read(wait time.Duration) string {
	w.t.Helper()
	b := make([]byte, 65536)
	for {
		if err := w.conn.SetReadDeadline(time.Now().Add(wait)); err != nil {
			w.t.Fatal(err)
		}
		n, err := w.conn.Read(b)
		if err != nil {
			return ""
		}
		if !bytes.HasPrefix(b[:n], []byte("SIP/2.0 100")) {
			return string(b[:n])
		}
	}
}

func register(user string, n int) string {
	return fmt.Sprintf("REGISTER sip:agner SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK%s%d\r\nFrom: <sip:%s@agner>;tag=1\r\nTo: <sip:%s@agner>\r\nCall-ID: c%d\r\nCSeq: %d REGISTER\r\nContact: <sip:%s@127.0.0.1>\r\nAuthorization: Digest username=\"%s\", realm=\"agner\", nonce=\"x\", uri=\"sip:agner\", response=\"y\", qop=auth, nc=00000001, cnonce=\"z\"\r\nContent-Length: 0\r\n\r\n",
		user, n, user, user, n, n, user, user)
}

// TestFull: one leg more than there may be is refused, and none is left behind.
func TestFull(t *testing.T) {
	a, ea := listen(t, nil)
	b, eb := listen(t, func(c *Config) { c.MaxLegs = 1 })
	in := connect(t, a, b, ea, eb, "udp")
	if err := a.Invite("more", at(b, "udp"), []byte(offer)); err != nil {
		t.Fatal(err)
	}
	if got := next[Failed](t, ea); got.Leg != "more" || got.Status != 503 {
		t.Errorf("failed %+v", got)
	}
	if err := b.Bye(in.Leg, ""); err != nil {
		t.Fatal(err)
	}
	next[Ended](t, ea)
	connect(t, a, b, ea, eb, "udp")
}

func TestValidate(t *testing.T) {
	for want, change := range map[string]func(*Config){
		"UDP, TCP, TLS": func(c *Config) { c.UDP = "" },
		"UDP = \"x\"":   func(c *Config) { c.UDP = "x" },
		"Certificates":  func(c *Config) { c.TLS = "127.0.0.1:0" },
		"Realm":         func(c *Config) { c.Realm = "" },
		"MaxLegs = 0":   func(c *Config) { c.MaxLegs = 0 },
		"Session = 1s":  func(c *Config) { c.Session = time.Second },
	} {
		cfg := Default()
		cfg.UDP = "127.0.0.1:0"
		change(&cfg)
		if _, err := Listen(cfg, nil); !errors.Is(err, ErrConfig) || !strings.Contains(err.Error(), want) {
			t.Errorf("Listen = %v, want … %s …", err, want)
		}
	}
}

// TestDialedConnection: what a peer sends over a connection of ours is screened too.
func TestDialedConnection(t *testing.T) {
	u, _ := listen(t, nil)
	local, remote := &net.TCPAddr{Port: 1}, &net.TCPAddr{Port: 2}
	good := "OPTIONS sip:a@b SIP/2.0\r\nv: SIP/2.0/TCP h;branch=z9hG4bKx\r\nf: <sip:a@b>;tag=1\r\nt: <sip:a@b>\r\ni: x\r\nCSeq: 1 OPTIONS\r\nl: 0\r\n\r\n"
	out, err := u.gate.Dialed(local, remote, []byte(strings.Replace(good, "SIP/2.0\r", "SIP/7.0\r", 1)+good[:30]))
	if err != nil || len(out) != 0 {
		t.Errorf("refused message: %q, %v", out, err)
	}
	if out, err = u.gate.Dialed(local, remote, []byte(good[30:])); err != nil || !strings.Contains(string(out), "Call-ID: x\r\n") {
		t.Errorf("good message in two parts: %q, %v", out, err)
	}
	if _, err = u.gate.Dialed(local, remote, []byte("OPTIONS sip:a SIP/2.0\r\n\r\n")); err == nil {
		t.Error("a stream without lengths goes on")
	}
}

// TestEqualAnswers: known and unknown users cannot be told apart.
func TestEqualAnswers(t *testing.T) {
	u, _ := listen(t, phones)
	w := dialWire(t, u)
	shape := func(user string) string {
		w.send(register(user, 1))
		var out []string
		for line := range strings.Lines(w.read(patience)) {
			if !strings.HasPrefix(line, "WWW-Authenticate") && !strings.HasPrefix(line, "To") {
				line = strings.ReplaceAll(line, user, "USER")
			} else {
				line = line[:10]
			}
			out = append(out, line)
		}
		return strings.Join(out, "")
	}
	if known, unknown := shape("7001"), shape("7002"); known != unknown || !strings.Contains(known, "401") {
		t.Errorf("known %q\nunknown %q", known, unknown)
	}
}

// TestBan: after enough offences a source gets no answer any more.
func TestBan(t *testing.T) {
	u, _ := listen(t, func(c *Config) { phones(c); c.Guard.Offences = 5 })
	w := dialWire(t, u)
	for i := range 5 {
		w.send(register("7001", i+1))
		if got := w.read(patience); !strings.Contains(got, " 401 ") {
			t.Fatalf("try %d: %q", i+1, got)
		}
	}
	w.send(register("7001", 9))
	if got := w.read(200 * time.Millisecond); got != "" {
		t.Errorf("a banned source got %q", got)
	}
	if got := len(u.Guard().Banned(time.Now())); got != 1 {
		t.Errorf("%d banned", got)
	}
}

func TestOptions(t *testing.T) {
	a, _ := listen(t, nil)
	b, _ := listen(t, nil)
	for _, network := range []string{"udp", "tcp"} {
		to := at(b, network)
		to.Transport = network
		if d, err := a.Ping(t.Context(), to); err != nil || d <= 0 {
			t.Errorf("Ping over %s = %s, %v", network, d, err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := a.Ping(ctx, call.Target{URI: "sip:x@127.0.0.1:9"}); err == nil {
		t.Error("a dead peer answered")
	}
}

var loopbackAddr = netip.MustParseAddr("127.0.0.1")

// TestStranger: a scanner gets no answer to OPTIONS and is banned for it; whoever
// asks again and again without a password is banned too.
func TestStranger(t *testing.T) {
	u, _ := listen(t, phones)
	w := dialWire(t, u)
	options := func(i int) string {
		return fmt.Sprintf("OPTIONS sip:100@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bKo%d;rport\r\nFrom: <sip:x@h>;tag=1\r\nTo: <sip:100@h>\r\nCall-ID: o%d\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n", w.conn.LocalAddr(), i, i)
	}
	w.send(options(0))
	if got := w.read(50 * time.Millisecond); got != "" {
		t.Errorf("a scanner learnt %q", got)
	}
	for i := 1; i < 25; i++ {
		w.send(options(i))
	}
	deadline := time.After(patience)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for len(u.Guard().Banned(time.Now())) == 0 {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("the scanner is not banned")
		}
	}
}

// TestTortureOnTheWire sends each message of RFC 4475 to a listening user agent.
// What the screen passes reaches the user agent proper, which answers as named here.
func TestTortureOnTheWire(t *testing.T) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/emiago/sipgo").Output()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(out)), "sip", "testdata", "torture", "*", "*.dat"))
	if err != nil || len(files) != 50 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	// RFC 4475; the sections stand in the screen's table. To of wsinv has a tag of no dialog: 481.
	want := map[string]string{
		"wsinv": "481", "intmeth": "501", "esc01": "401", "escnull": "401", "esc02": "501", "lwsdisp": "200", "longreq": "401",
		"dblreq": "401", "semiuri": "200", "transports": "200", "mpart01": "405", "unreason": "", "noreason": "", "badinv01": "400",
		"clerr": "400", "ncl": "400", "scalar02": "400", "scalarlg": "", "quotbal": "400", "ltgtruri": "400", "lwsruri": "400",
		"lwsstart": "400", "trws": "400", "escruri": "400", "baddate": "400", "regbadct": "400", "badaspec": "400", "baddn": "400",
		"badvers": "505", "mismatch01": "400", "mismatch02": "501", "bigcode": "", "badbranch": "400", "insuf": "400", "unkscm": "416",
		"novelsc": "416", "unksm2": "400", "bext01": "420", "invut": "415", "regaut01": "401", "multi01": "400", "mcl01": "400",
		"bcast": "", "zeromf": "200", "cparam01": "401", "cparam02": "401", "regescrt": "401", "sdp01": "406", "inv2543": "401", "test": "",
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".dat")
		u, _ := listen(t, phones)                   // a new one: some messages share a branch, and would be retransmissions
		u.Guard().Welcome(loopbackAddr, time.Now()) // OPTIONS of strangers get no answer
		raw := tortureBytes(t, file)
		w := dialWire(t, u)
		w.send(string(raw))
		wait := patience
		if want[name] == "" {
			wait = 50 * time.Millisecond
		}
		got := w.read(wait)
		status := ""
		if f := strings.Fields(got); len(f) > 1 {
			status = f[1]
		}
		if w, ok := want[name]; !ok || status != w {
			t.Errorf("%s: answered %q, want %q", name, status, w)
		}
	}
}

// certificates makes a server's key pair for loopback and a client that trusts it.
func certificates(t testing.TB) (server, client *tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	pair := tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	both := &tls.Config{Certificates: []tls.Certificate{pair}, RootCAs: pool, MinVersion: tls.VersionTLS12}
	return both, both
}
