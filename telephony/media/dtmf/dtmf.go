// Package dtmf sends and receives keys as telephone-event RTP payloads (RFC 4733).
//
// A key is one event: packets with the same RTP timestamp and a growing duration;
// the last one has the end bit and is sent three times, because it may be lost.
// [Receiver] reports a key once, at its first packet, whatever is lost, repeated or
// out of order; [Sender] makes the packets.
package dtmf

import (
	"encoding/binary"
	"strings"
)

// keys in the order of their event codes (RFC 4733 section 3.2).
const keys = "0123456789*#ABCD"

// ClockRate is that of telephone-event for 8 kHz audio.
const ClockRate = 8000

// Event is the payload of one packet (section 2.3).
type Event struct {
	Key      byte
	End      bool
	Volume   uint8  // −dBm0, 0 to 63
	Duration uint16 // in timestamp units
}

// Parse reads a payload; false for events that are no keys.
func Parse(b []byte) (Event, bool) {
	if len(b) < 4 || int(b[0]) >= len(keys) {
		return Event{}, false
	}
	return Event{Key: keys[b[0]], End: b[1]&0x80 != 0, Volume: b[1] & 0x3f, Duration: binary.BigEndian.Uint16(b[2:])}, true
}

// Append writes the payload; false for what is no key.
func (e Event) Append(b []byte) ([]byte, bool) {
	code := strings.IndexByte(keys, e.Key)
	if code < 0 {
		return b, false
	}
	flags := e.Volume & 0x3f
	if e.End {
		flags |= 0x80
	}
	return binary.BigEndian.AppendUint16(append(b, byte(code), flags), e.Duration), true
}

// Receiver reports keys. It is not safe for concurrent use.
type Receiver struct {
	any  bool
	last uint32 // timestamp of the newest key
}

// Packet takes the timestamp and payload of a telephone-event packet and reports
// the key that begins with it, if one does.
func (r *Receiver) Packet(timestamp uint32, payload []byte) (byte, bool) {
	e, ok := Parse(payload)
	if !ok {
		return 0, false
	}
	if r.any && int32(timestamp-r.last) <= 0 { // the same key, or an old packet
		return 0, false
	}
	r.any, r.last = true, timestamp
	return e.Key, true
}

// Packet is one packet a Sender makes.
type Packet struct {
	Marker    bool // first of the event
	Timestamp uint32
	Payload   []byte
	AtMs      int // after the key began
}

// step is how often an event is repeated while the key is down: 20 ms, as audio
// would be (section 2.5.1.2).
const step = 20

// Send returns the packets of a key that is held for ms, beginning at an RTP
// timestamp; nil for what is no key.
func Send(key byte, ms int, timestamp uint32) []Packet {
	var out []Packet
	ms = max(ms, 2*step)
	add := func(at int, end bool) bool {
		p, ok := Event{Key: key, End: end, Volume: 10, Duration: uint16(min(at, 8000) * ClockRate / 1000)}.Append(nil)
		out = append(out, Packet{Marker: len(out) == 0, Timestamp: timestamp, Payload: p, AtMs: at})
		return ok
	}
	for at := step; at < ms; at += step {
		if !add(at, false) {
			return nil
		}
	}
	for range 3 {
		add(ms, true)
	}
	return out
}
