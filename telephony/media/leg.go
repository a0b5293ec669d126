package media

import (
	"encoding/binary"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/agner-platform/agner/telephony/media/desc"
	"github.com/agner-platform/agner/telephony/media/dtmf"
	"github.com/agner-platform/agner/telephony/media/g711"
	"github.com/agner-platform/agner/telephony/media/secure"
)

// RTP's fixed header (RFC 3550 section 5.1).
const (
	headerLen = 12
	maxPacket = 1500
)

// far is what a leg knows of its far end; it is replaced as a whole.
type far struct {
	addr   netip.AddrPort // as signalled
	codec  g711.Codec
	events uint8
	tx     *secure.Sender
	rx     *secure.Receiver
}

// Leg is one RTP socket.
type Leg struct {
	relay *Relay
	conn  *net.UDPConn
	onKey func(byte)

	far    atomic.Pointer[far]
	dest   atomic.Pointer[netip.AddrPort] // learned, else signalled
	peer   atomic.Pointer[Leg]
	mixer  atomic.Pointer[Mixer]
	tap    atomic.Pointer[func(codec g711.Codec, payload []byte)]
	record atomic.Pointer[func(Heard)]
	secret atomic.Pointer[atomic.Bool] // while it is true, keys go nowhere
	closed sync.Once

	in in // of the reading goroutine, except for its counters

	mu  sync.Mutex
	out out // protected by mu
}

// out is the stream we send.
type out struct {
	ssrc     uint32
	seq      uint16
	ts       uint32
	from     uint32 // SSRC that is forwarded, 0: our own audio
	seqShift uint16
	tsShift  uint32
	at       time.Time // of the last packet
	buf      []byte
	sealed   []byte
	sent     int64
}

func newLeg(r *Relay, conn *net.UDPConn, onKey func(byte)) *Leg {
	l := &Leg{relay: r, conn: conn, onKey: onKey}
	l.out = out{ssrc: rand.Uint32() | 1, seq: uint16(rand.Uint32()), ts: rand.Uint32(), buf: make([]byte, 0, maxPacket)}
	return l
}

// Addr is what SDP has to say about the leg.
func (l *Leg) Addr() netip.AddrPort {
	port := l.conn.LocalAddr().(*net.UDPAddr).AddrPort().Port() //nolint:errcheck // a UDP socket has a UDP address
	return netip.AddrPortFrom(l.relay.cfg.Advertise, port)
}

// Connect tells the leg about its far end: remote is the far end's description,
// agreed ours. Another address than before is learned anew.
func (l *Leg) Connect(remote, agreed *desc.Media) error {
	f := &far{addr: remote.Addr, codec: agreed.Codecs[0], events: remote.Events}
	if remote.Secure && len(remote.Crypto) > 0 && len(agreed.Crypto) > 0 {
		ours := agreed.Crypto[0]
		for _, c := range agreed.Crypto { // in an offer of ours, the far end chose one by its tag
			if c.Tag == remote.Crypto[0].Tag {
				ours = c
			}
		}
		var err error
		if f.tx, err = secure.NewSender(ours); err != nil {
			return err
		}
		if f.rx, err = secure.NewReceiver(remote.Crypto[0]); err != nil {
			return err
		}
	}
	old := l.far.Swap(f)
	if old == nil || old.addr != f.addr {
		l.dest.Store(&f.addr)
		l.in.relearn.Store(true)
	}
	return nil
}

// Tap is told of all audio that comes from the far end, or of none with nil. It
// runs in the leg's reading goroutine and must not keep the payload.
func (l *Leg) Tap(f func(codec g711.Codec, payload []byte)) {
	if f == nil {
		l.tap.Store(nil)
		return
	}
	l.tap.Store(&f)
}

// Heard is one packet of audio that came from a far end.
type Heard struct {
	Codec     g711.Codec
	Payload   []byte // valid during the call only
	Seq       uint16
	Timestamp uint32
}

// Record is told of all audio packets that come from the far end with their place
// in the stream, beside Tap; nil ends it. It runs in the leg's reading goroutine,
// before the packet is relayed, and must return at once.
func (l *Leg) Record(f func(Heard)) {
	if f == nil {
		l.record.Store(nil)
		return
	}
	l.record.Store(&f)
}

// Secret keeps keys of the far end (telephone-events) from whoever it is joined
// with and from the owner's callback while the flag is set: a card number is typed.
func (l *Leg) Secret(flag *atomic.Bool) { l.secret.Store(flag) }

// Close closes the socket. It may be called more than once.
func (l *Leg) Close() {
	l.closed.Do(func() {
		l.relay.Part(l)
		if m := l.mixer.Load(); m != nil {
			m.Remove(l)
		}
		l.relay.mu.Lock()
		delete(l.relay.legs, l)
		l.relay.mu.Unlock()
		if err := l.conn.Close(); err != nil {
			l.relay.cfg.Log.Debug("close RTP socket", "error", err)
		}
	})
}

// forward sends a packet of another leg's far end out of this one. The packet is
// changed in place.
func (l *Leg) forward(pkt []byte, from *far) {
	f := l.far.Load()
	if f == nil {
		return
	}
	pt := pkt[1] & 0x7f
	switch {
	case pt == from.events && pt != 0:
		if f.events == 0 {
			return
		}
		pt = f.events
	case from.codec != f.codec:
		transcode(pkt[headerLen:], f.codec)
		pt = uint8(f.codec)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	o := &l.out
	ssrc, seq, ts := binary.BigEndian.Uint32(pkt[8:]), binary.BigEndian.Uint16(pkt[2:]), binary.BigEndian.Uint32(pkt[4:])
	marker := pkt[1] & 0x80
	if ssrc != o.from || o.from == 0 {
		o.begin(seq, ts)
		o.from = ssrc
		marker = 0x80
	}
	seq, ts = seq+o.seqShift, ts+o.tsShift
	if int16(seq-o.seq) > 0 {
		o.seq, o.ts = seq, ts
	}
	pkt[1] = marker | pt
	binary.BigEndian.PutUint16(pkt[2:], seq)
	binary.BigEndian.PutUint32(pkt[4:], ts)
	binary.BigEndian.PutUint32(pkt[8:], o.ssrc)
	l.write(pkt, f)
}

// begin shifts another stream so that it goes on where ours is: the next number,
// and as much later as time has passed.
func (o *out) begin(seq uint16, ts uint32) {
	gap := uint32(Samples)
	if !o.at.IsZero() {
		gap = max(gap, uint32(time.Since(o.at).Milliseconds()*8))
	}
	o.seqShift = o.seq + 1 - seq
	o.tsShift = o.ts + gap - ts
}

// write sends a finished packet. The lock is held.
func (l *Leg) write(pkt []byte, f *far) {
	dest := l.dest.Load()
	if dest == nil || !dest.IsValid() || dest.Port() == 0 {
		return
	}
	if f.tx != nil {
		sealed, err := f.tx.Protect(l.out.sealed[:0], pkt)
		if err != nil {
			return
		}
		l.out.sealed, pkt = sealed, sealed
	}
	l.out.at = time.Now()
	if _, err := l.conn.WriteToUDPAddrPort(pkt, *dest); err == nil {
		l.out.sent++
	}
}

// send sends 20 ms of our own audio. Marker says that it begins anew.
func (l *Leg) send(samples []int16, marker bool) {
	f := l.far.Load()
	if f == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	o := &l.out
	first := byte(0)
	if o.from != 0 || marker {
		first = 0x80
		if !o.at.IsZero() {
			o.ts += max(Samples, uint32(time.Since(o.at).Milliseconds()*8)) - Samples
		}
		o.from = 0
	}
	o.seq++
	o.ts += Samples
	o.header(first|uint8(f.codec), o.ts)
	o.buf = f.codec.Encode(o.buf, samples)
	l.write(o.buf, f)
}

func (o *out) header(second byte, ts uint32) {
	o.buf = append(o.buf[:0], 0x80, second)
	o.buf = binary.BigEndian.AppendUint16(o.buf, o.seq)
	o.buf = binary.BigEndian.AppendUint32(o.buf, ts)
	o.buf = binary.BigEndian.AppendUint32(o.buf, o.ssrc)
}

// event sends one telephone-event packet.
func (l *Leg) event(p dtmf.Packet, base uint32) {
	f := l.far.Load()
	if f == nil || f.events == 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.out.seq++
	second := f.events
	if p.Marker {
		second |= 0x80
	}
	l.out.header(second, base)
	l.out.buf = append(l.out.buf, p.Payload...)
	l.write(l.out.buf, f)
}
