package media

import (
	"bytes"
	"encoding/binary"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/pion/rtp"
	"go.uber.org/goleak"

	"github.com/agner-platform/agner/telephony/media/desc"
	"github.com/agner-platform/agner/telephony/media/g711"
	"github.com/agner-platform/agner/telephony/media/mix"
	"github.com/agner-platform/agner/telephony/media/secure"
	"github.com/agner-platform/agner/telephony/media/tone"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 10 * time.Second

var loopback = netip.MustParseAddr("127.0.0.1")

func relay(t testing.TB) *Relay {
	t.Helper()
	r, err := New(Config{Host: loopback})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func open(t testing.TB, r *Relay, onKey func(byte)) *Leg {
	t.Helper()
	l, err := r.Open(onKey)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// side describes a leg in a codec.
func side(l *Leg, c g711.Codec, crypto ...secure.Line) *desc.Media {
	return &desc.Media{Addr: l.Addr(), Codecs: []g711.Codec{c}, Events: 101, Direction: desc.SendRecv, Secure: len(crypto) > 0, Crypto: crypto}
}

// join connects a phone's leg with one of ours.
func join(t testing.TB, phone, ours *Leg, c g711.Codec) {
	t.Helper()
	if err := phone.Connect(side(ours, c), side(phone, c)); err != nil {
		t.Fatal(err)
	}
	if err := ours.Connect(side(phone, c), side(ours, c)); err != nil {
		t.Fatal(err)
	}
}

// ear collects what a leg hears.
type ear struct {
	mu   sync.Mutex
	got  []int16 // protected by mu
	more chan struct{}
}

func listenAt(l *Leg) *ear {
	e := &ear{more: make(chan struct{}, 1)}
	l.Tap(func(c g711.Codec, payload []byte) {
		e.mu.Lock()
		e.got = c.Decode(e.got, payload)
		e.mu.Unlock()
		select {
		case e.more <- struct{}{}:
		default:
		}
	})
	return e
}

// hear waits for the next samples, without what came before.
func (e *ear) hear(t testing.TB, n int) []int16 {
	t.Helper()
	e.mu.Lock()
	e.got = e.got[:0]
	e.mu.Unlock()
	deadline := time.After(patience)
	for {
		e.mu.Lock()
		if len(e.got) >= n {
			out := append([]int16(nil), e.got[len(e.got)-n:]...)
			e.mu.Unlock()
			return out
		}
		e.mu.Unlock()
		select {
		case <-e.more:
		case <-deadline:
			t.Fatal("nothing is heard")
		}
	}
}

func sine(hz float64) Source { return Endless{&tone.Sine{Hz: hz, Level: 8000}} }

// settled is how much audio the tests skip: what was under way before a change.
const settled = 5 * Samples

// TestBridge: two phones, one A-law, one µ-law, hear each other and not themselves.
func TestBridge(t *testing.T) {
	phones, r := relay(t), relay(t)
	a, b := open(t, phones, nil), open(t, phones, nil)
	la, lb := open(t, r, nil), open(t, r, nil)
	join(t, a, la, g711.ALaw)
	join(t, b, lb, g711.MuLaw)
	r.Bridge(la, lb)
	ea, eb := listenAt(a), listenAt(b)
	a.Play(sine(400), nil)
	b.Play(sine(1000), nil)
	if got := ea.hear(t, settled+800)[settled:]; !tone.Hears(got, 1000) || tone.Hears(got, 400) {
		t.Errorf("a hears 1000 Hz at %.0f, 400 at %.0f", tone.Goertzel(got, 1000), tone.Goertzel(got, 400))
	}
	if got := eb.hear(t, settled+800)[settled:]; !tone.Hears(got, 400) || tone.Hears(got, 1000) {
		t.Errorf("b hears 400 Hz at %.0f, 1000 at %.0f", tone.Goertzel(got, 400), tone.Goertzel(got, 1000))
	}
	if s := la.Stats(); s.Lost != 0 || s.Received == 0 {
		t.Errorf("stats %+v", s)
	}
	if q := la.Quality(); q.MOS < 4.3 || q.MOS > 4.5 { // G.107 without loss or delay: 4.41
		t.Errorf("MOS %.2f", q.MOS)
	}
}

// TestMix holds who hears whom when a supervisor listens, whispers and barges in.
func TestMix(t *testing.T) {
	phones, r := relay(t), relay(t)
	hz := []float64{400, 700, 1100}
	var ours []*Leg
	var ears []*ear
	for i := range 3 {
		p, l := open(t, phones, nil), open(t, r, nil)
		join(t, p, l, g711.ALaw)
		ears = append(ears, listenAt(p))
		p.Play(Endless{&tone.Sine{Hz: hz[i], Level: 6000}}, nil)
		ours = append(ours, l)
	}
	x := r.Mix(ours, mix.Listen())
	for _, step := range []struct {
		name string
		m    mix.Matrix
	}{{"listen", mix.Listen()}, {"whisper", mix.Whisper()}, {"barge", mix.Barge()}} {
		x.Change(step.m)
		for i, e := range ears {
			got := e.hear(t, 20*Samples)[10*Samples:]
			for j := range hz {
				if heard := tone.Goertzel(got, hz[j]) > 2500; heard != step.m[i][j] {
					t.Errorf("%s: %d hears %d: %v (%.0f)", step.name, i, j, heard, tone.Goertzel(got, hz[j]))
				}
			}
		}
	}
	x.Close()
}

func TestPlayAndKeys(t *testing.T) {
	phones, r := relay(t), relay(t)
	keys := make(chan byte, 10)
	p, l := open(t, phones, nil), open(t, r, func(k byte) { keys <- k })
	join(t, p, l, g711.ALaw)
	e := listenAt(p)
	prompt := make([]int16, 2400)
	(&tone.Sine{Hz: 500, Level: 8000}).Read(prompt)
	done := make(chan struct{})
	l.Play(&Samples16{Data: prompt}, func() { close(done) })
	if got := e.hear(t, 1600); !tone.Hears(got, 500) {
		t.Error("the prompt is not heard")
	}
	select {
	case <-done:
	case <-time.After(patience):
		t.Fatal("the prompt does not end")
	}
	for _, k := range []byte("12#") {
		sent := make(chan struct{})
		p.SendKey(k, 80, func() { close(sent) })
		select {
		case <-sent:
		case <-time.After(patience):
			t.Fatal("the key is not sent")
		}
		select {
		case got := <-keys:
			if got != k {
				t.Errorf("key %c, want %c", got, k)
			}
		case <-time.After(patience):
			t.Fatalf("key %c did not arrive", k)
		}
	}
	select {
	case k := <-keys:
		t.Errorf("another key %c", k)
	default:
	}
}

func TestSecureBridge(t *testing.T) {
	phones, r := relay(t), relay(t)
	a, b := open(t, phones, nil), open(t, phones, nil)
	la, lb := open(t, r, nil), open(t, r, nil)
	theirs, ours := secure.New(1, secure.Suite80), secure.New(1, secure.Suite80)
	if err := a.Connect(side(la, g711.ALaw, ours), side(a, g711.ALaw, theirs)); err != nil {
		t.Fatal(err)
	}
	if err := la.Connect(side(a, g711.ALaw, theirs), side(la, g711.ALaw, ours)); err != nil {
		t.Fatal(err)
	}
	join(t, b, lb, g711.ALaw)
	r.Bridge(la, lb)
	ea, eb := listenAt(a), listenAt(b)
	a.Play(sine(400), nil)
	b.Play(sine(1000), nil)
	if got := ea.hear(t, settled+800)[settled:]; !tone.Hears(got, 1000) {
		t.Error("the encrypted phone hears nothing")
	}
	if got := eb.hear(t, settled+800)[settled:]; !tone.Hears(got, 400) {
		t.Error("the encrypted phone is not heard")
	}
}

// socket is a bare RTP end.
type socket struct {
	t    testing.TB
	conn *net.UDPConn
}

func newSocket(t testing.TB) *socket {
	t.Helper()
	c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return &socket{t, c}
}

func (s *socket) media() *desc.Media {
	ap := s.conn.LocalAddr().(*net.UDPAddr).AddrPort()
	return &desc.Media{Addr: ap, Codecs: []g711.Codec{g711.ALaw}, Events: 101}
}

func (s *socket) send(to *Leg, seq uint16, ts, ssrc uint32, mark byte) {
	s.t.Helper()
	p := rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: 8, SequenceNumber: seq, Timestamp: ts, SSRC: ssrc}, Payload: bytes.Repeat([]byte{mark}, 160)}
	b, err := p.Marshal()
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.conn.WriteToUDPAddrPort(b, to.Addr()); err != nil {
		s.t.Fatal(err)
	}
}

func (s *socket) read() rtp.Packet {
	s.t.Helper()
	b := make([]byte, 1500)
	if err := s.conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		s.t.Fatal(err)
	}
	n, err := s.conn.Read(b)
	if err != nil {
		s.t.Fatal(err)
	}
	var p rtp.Packet
	if err := p.Unmarshal(b[:n]); err != nil {
		s.t.Fatal(err)
	}
	return p
}

func bridge3(t testing.TB) (r *Relay, x, y *socket, lx, ly *Leg) {
	t.Helper()
	r = relay(t)
	x, y = newSocket(t), newSocket(t)
	lx, ly = open(t, r, nil), open(t, r, nil)
	for s, l := range map[*socket]*Leg{x: lx, y: ly} {
		if err := l.Connect(s.media(), side(l, g711.ALaw)); err != nil {
			t.Fatal(err)
		}
	}
	r.Bridge(lx, ly)
	return r, x, y, lx, ly
}

// TestLearnedOnceThenStrict: a stranger's packets are dropped once the far end is
// known, and are not answered.
func TestLearnedOnceThenStrict(t *testing.T) {
	_, x, y, lx, _ := bridge3(t)
	nat, stranger := newSocket(t), newSocket(t)
	nat.send(lx, 1, 160, 7, 0xA1) // not the signalled address: a phone behind NAT
	if got := y.read(); got.Payload[0] != 0xA1 {
		t.Fatalf("the first packet is not forwarded")
	}
	stranger.send(lx, 2, 320, 7, 0xB2)
	x.send(lx, 2, 320, 7, 0xB3) // even the signalled address is a stranger now
	nat.send(lx, 2, 320, 7, 0xA4)
	if got := y.read(); got.Payload[0] != 0xA4 {
		t.Errorf("a stranger's packet %#x was forwarded", got.Payload[0])
	}
	if s := lx.Stats(); s.Refused != 2 {
		t.Errorf("%d refused, want 2", s.Refused)
	}
	y.send(mustPeer(t, lx), 1, 160, 9, 0xC1)
	if got := nat.read(); got.Payload[0] != 0xC1 {
		t.Error("answers do not go to the learned address")
	}
}

func mustPeer(t testing.TB, l *Leg) *Leg {
	t.Helper()
	p := l.peer.Load()
	if p == nil {
		t.Fatal("not bridged")
	}
	return p
}

// TestOneStream: whoever is bridged, the far end sees one SSRC with unbroken
// numbers; loss stays visible.
func TestOneStream(t *testing.T) {
	r, x, y, lx, ly := bridge3(t)
	z, lz := newSocket(t), open(t, r, nil)
	if err := lz.Connect(z.media(), side(lz, g711.ALaw)); err != nil {
		t.Fatal(err)
	}
	x.send(lx, 100, 1000, 7, 1)
	first := y.read()
	x.send(lx, 102, 1320, 7, 1) // 101 is lost
	second := y.read()
	if second.SequenceNumber-first.SequenceNumber != 2 || second.Timestamp-first.Timestamp != 320 {
		t.Errorf("loss is hidden: %d then %d", first.SequenceNumber, second.SequenceNumber)
	}
	r.Bridge(lz, ly)
	z.send(lz, 60000, 77, 8, 2)
	third := y.read()
	if third.SSRC != first.SSRC || third.SequenceNumber != second.SequenceNumber+1 || int32(third.Timestamp-second.Timestamp) <= 0 || !third.Marker {
		t.Errorf("after the change: %+v then %+v", second.Header, third.Header)
	}
	x.send(lx, 103, 1480, 7, 3) // nobody hears x now
	z.send(lz, 60001, 237, 8, 4)
	if got := y.read(); got.Payload[0] != 4 || got.SequenceNumber != third.SequenceNumber+1 {
		t.Errorf("got %#x as %d", got.Payload[0], got.SequenceNumber)
	}
}

// TestHostilePackets: nothing that is no plain RTP of ours gets through or panics.
func TestHostilePackets(t *testing.T) {
	_, x, y, lx, _ := bridge3(t)
	to := lx.Addr()
	ok := append([]byte{0x80, 8, 0, 1, 0, 0, 0, 1, 0, 0, 0, 7}, bytes.Repeat([]byte{0xD5}, 160)...)
	for _, raw := range [][]byte{
		{}, {0x80}, ok[:11], append([]byte{0x40}, ok[1:]...), append([]byte{0x80, 96}, ok[2:]...), append([]byte{0x80, 200}, ok[2:]...),
		append([]byte{0x8f}, ok[1:14]...), append([]byte{0x90}, ok[1:13]...), append(append([]byte{0xa0}, ok[1:]...), 255), append([]byte{0x90}, ok[1:]...),
	} {
		if _, err := x.conn.WriteToUDPAddrPort(raw, to); err != nil {
			t.Fatal(err)
		}
	}
	good := bytes.Clone(ok)
	binary.BigEndian.PutUint16(good[2:], 50)
	good[headerLen] = 0x11
	if _, err := x.conn.WriteToUDPAddrPort(good, to); err != nil {
		t.Fatal(err)
	}
	if got := y.read(); got.Payload[0] != 0x11 || len(got.Payload) != 160 {
		t.Errorf("forwarded %#x, %d bytes", got.Payload[0], len(got.Payload))
	}
}

func TestPorts(t *testing.T) {
	r, err := New(Config{Host: loopback, Low: 41000, High: 41003})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for range 2 {
		l, err := r.Open(nil)
		if err != nil {
			t.Skipf("ports are taken: %v", err)
		}
		if p := l.Addr().Port(); p%2 != 0 || p < 41000 || p > 41003 {
			t.Errorf("port %d", p)
		}
	}
	if _, err := r.Open(nil); err == nil {
		t.Error("a third even port in 41000 to 41003")
	}
}

func BenchmarkForward(b *testing.B) {
	_, x, y, lx, _ := bridge3(b)
	x.send(lx, 1, 160, 7, 1)
	y.read()
	pkt := append([]byte{0x80, 8, 0, 1, 0, 0, 0, 1, 0, 0, 0, 7}, bytes.Repeat([]byte{0xD5}, 160)...)
	from := x.conn.LocalAddr().(*net.UDPAddr).AddrPort()
	for i := 0; b.Loop(); i++ { // without the read: what forwarding itself costs, system call included
		binary.BigEndian.PutUint16(pkt[2:], uint16(i))
		binary.BigEndian.PutUint32(pkt[8:], 7)
		pkt[1] = 8
		lx.packet(pkt, from)
	}
}
