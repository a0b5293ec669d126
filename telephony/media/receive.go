package media

import (
	"encoding/binary"
	"errors"
	"math"
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/media/dtmf"
	"github.com/agner-platform/agner/telephony/media/g711"
)

// in is the stream we receive. Only the reading goroutine writes it.
type in struct {
	relearn atomic.Bool
	source  netip.AddrPort // learned
	old     netip.AddrPort // learned before the far end moved
	since   time.Time      // of the move
	keys    dtmf.Receiver
	plain   []byte
	hiding  bool
	hidden  uint32 // timestamp of the last secret key

	ssrc    uint32
	highest uint32 // extended sequence number
	first   uint32
	transit int64

	received, refused, lost, jitter atomic.Int64 // jitter in 1/16 timestamp units (RFC 3550 appendix A.8)
}

// stale is how long packets may still come from where a far end was before it moved:
// they must not teach the old place again. Afterwards they may, because behind a NAT
// the signalled address can change while the real one stays.
const stale = 500 * time.Millisecond

// read takes packets until the socket is closed.
func (l *Leg) read() {
	buf := make([]byte, maxPacket)
	for {
		n, from, err := l.conn.ReadFromUDPAddrPort(buf)
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil: // an ICMP error of an earlier write; the next packet is none the worse
			continue
		}
		l.packet(buf[:n], netip.AddrPortFrom(from.Addr().Unmap(), from.Port()))
	}
}

// packet judges one packet and passes it on.
func (l *Leg) packet(pkt []byte, from netip.AddrPort) {
	f := l.far.Load()
	if f == nil || len(pkt) < headerLen || pkt[0]>>6 != 2 {
		return
	}
	pt := pkt[1] & 0x7f
	if pt != uint8(f.codec) && (pt != f.events || f.events == 0) { // RTCP too: payload types 64 to 95 are its own
		return
	}
	if l.in.relearn.CompareAndSwap(true, false) {
		l.in.old, l.in.source, l.in.since = l.in.source, netip.AddrPort{}, time.Now()
	}
	if from == l.in.old && from != f.addr && !l.in.source.IsValid() && time.Since(l.in.since) < stale {
		l.in.refused.Add(1)
		return
	}
	if l.in.source.IsValid() && l.in.source != from {
		l.in.refused.Add(1)
		return
	}
	if f.rx != nil {
		plain, err := f.rx.Unprotect(l.in.plain[:0], pkt)
		if err != nil {
			l.in.refused.Add(1)
			return
		}
		l.in.plain, pkt = plain, plain
	}
	if !l.in.source.IsValid() { // learned once, and only from a packet that is valid
		l.in.source = from
		l.dest.Store(&from)
	}
	pkt = flat(pkt)
	if pkt == nil {
		return
	}
	l.in.count(pkt)
	l.deliver(pkt, f, pt)
}

func (l *Leg) deliver(pkt []byte, f *far, pt uint8) {
	if pt == f.events && pt != 0 {
		if l.hide(pkt) {
			return
		}
		if key, ok := l.in.keys.Packet(binary.BigEndian.Uint32(pkt[4:]), pkt[headerLen:]); ok && l.onKey != nil {
			l.onKey(key)
		}
	} else {
		if tap := l.tap.Load(); tap != nil {
			(*tap)(f.codec, pkt[headerLen:])
		}
		if rec := l.record.Load(); rec != nil {
			(*rec)(Heard{f.codec, pkt[headerLen:], binary.BigEndian.Uint16(pkt[2:]), binary.BigEndian.Uint32(pkt[4:])})
		}
		if m := l.mixer.Load(); m != nil {
			m.push(l, binary.BigEndian.Uint16(pkt[2:]), pkt[headerLen:], f.codec)
			return
		}
	}
	if p := l.peer.Load(); p != nil {
		p.forward(pkt, f)
	}
}

// hide reports whether a key must stay secret: one that began while the flag was
// set, however late its last packets come.
func (l *Leg) hide(pkt []byte) bool {
	ts, flag := binary.BigEndian.Uint32(pkt[4:]), l.secret.Load()
	if flag != nil && flag.Load() {
		l.in.keys.Packet(ts, pkt[headerLen:])
		l.in.hiding, l.in.hidden = true, ts
		return true
	}
	return l.in.hiding && ts == l.in.hidden
}

// flat removes CSRC list, header extension and padding, so that the payload
// begins behind the fixed header; nil if they do not fit the packet.
func flat(pkt []byte) []byte {
	if pkt[0]&0x3f == 0 {
		return pkt
	}
	end, start := len(pkt), headerLen+4*int(pkt[0]&0x0f)
	if pkt[0]&0x20 != 0 {
		end -= int(pkt[end-1])
	}
	if pkt[0]&0x10 != 0 {
		if len(pkt) < start+4 {
			return nil
		}
		start += 4 + 4*int(binary.BigEndian.Uint16(pkt[start+2:]))
	}
	if start > end || end <= headerLen {
		return nil
	}
	n := copy(pkt[headerLen:], pkt[start:end])
	pkt[0] = 0x80
	return pkt[:headerLen+n]
}

// count keeps what RFC 3550 appendix A.3 and A.8 need for loss and jitter.
func (in *in) count(pkt []byte) {
	seq, ts, ssrc := binary.BigEndian.Uint16(pkt[2:]), binary.BigEndian.Uint32(pkt[4:]), binary.BigEndian.Uint32(pkt[8:])
	n := in.received.Add(1)
	arrival := time.Now().UnixMicro() * 8 / 1000
	transit := arrival - int64(ts)
	if n == 1 || ssrc != in.ssrc {
		in.ssrc, in.first, in.highest, in.transit = ssrc, uint32(seq), uint32(seq), transit
		return
	}
	step := int16(seq - uint16(in.highest))
	if step > 0 {
		in.lost.Add(int64(step) - 1)
		in.highest += uint32(step)
	} else if step < 0 && in.lost.Load() > 0 {
		in.lost.Add(-1) // it was not lost, only late
	}
	d := transit - in.transit
	in.transit = transit
	if d < 0 {
		d = -d
	}
	if d < 8000 { // a second: above it the sender's clock was set anew
		j := in.jitter.Load()
		in.jitter.Store(j + d - (j+8)>>4)
	}
}

// Stats counts packets of a leg.
type Stats struct {
	Received, Sent int64
	Lost           int64 // holes in the numbers received
	Refused        int64 // from a source that is not the far end, or forged
	JitterUs       int64
}

// Stats returns the counts so far.
func (l *Leg) Stats() Stats {
	l.mu.Lock()
	sent := l.out.sent
	l.mu.Unlock()
	return Stats{
		Received: l.in.received.Load(), Sent: sent, Lost: l.in.lost.Load(), Refused: l.in.refused.Load(),
		JitterUs: l.in.jitter.Load() / 16 * 125,
	}
}

// Quality returns the measured quality for call.ended. MOS follows ITU-T G.107:
// R = 93.2 − Ie,eff with Ie,eff = 95·p/(p+Bpl), p the loss in per cent and Bpl =
// 25.1 for G.711 with concealment (G.113 appendix I); MOS = 1 + 0.035·R +
// 7·10⁻⁶·R·(R−60)·(100−R). Delay is not known here and not counted.
func (l *Leg) Quality() event.MediaQuality {
	s := l.Stats()
	q := event.MediaQuality{Packets: s.Received, Lost: max(0, s.Lost), JitterUs: s.JitterUs}
	if s.Received == 0 {
		return q
	}
	p := 100 * float64(q.Lost) / float64(q.Lost+q.Packets)
	r := 93.2 - 95*p/(p+25.1)
	q.MOS = math.Round(100*(1+0.035*r+7e-6*r*(r-60)*(100-r))) / 100
	return q
}

var toALaw, toMuLaw [256]byte

func init() {
	for i := range 256 {
		toALaw[i] = g711.ALaw.Encode(nil, g711.MuLaw.Decode(nil, []byte{byte(i)}))[0]
		toMuLaw[i] = g711.MuLaw.Encode(nil, g711.ALaw.Decode(nil, []byte{byte(i)}))[0]
	}
}

// transcode changes a payload to the codec from the other one.
func transcode(payload []byte, to g711.Codec) {
	table := &toMuLaw
	if to == g711.ALaw {
		table = &toALaw
	}
	for i, b := range payload {
		payload[i] = table[b]
	}
}
