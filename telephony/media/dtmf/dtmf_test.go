package dtmf

import (
	"math/rand/v2"
	"testing"
)

// TestPublished reads the example payload layout of RFC 4733 section 2.3: event 1,
// end bit, volume 7, duration 800.
func TestPublished(t *testing.T) {
	want := Event{Key: '1', End: true, Volume: 7, Duration: 800}
	raw := []byte{1, 0x87, 0x03, 0x20}
	if got, ok := Parse(raw); !ok || got != want {
		t.Errorf("Parse = %+v, %v", got, ok)
	}
	if got, ok := want.Append(nil); !ok || string(got) != string(raw) {
		t.Errorf("Append = %x, %v", got, ok)
	}
	for _, bad := range [][]byte{nil, {1, 2, 3}, {16, 0, 0, 0}} {
		if e, ok := Parse(bad); ok {
			t.Errorf("Parse(%x) = %+v", bad, e)
		}
	}
}

// TestKeysThroughLoss: every key is reported once, in order, although packets are
// lost (never all of a key), doubled and swapped.
func TestKeysThroughLoss(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var rx Receiver
		ts, got := r.Uint32(), ""
		const want = "0123456789*#ABCD1122"
		for _, k := range []byte(want) {
			list := Send(k, 100, ts)
			keep := r.IntN(len(list))
			for i := range list {
				j := i
				if i > 0 && r.IntN(5) == 0 {
					j = i - 1
				}
				if i != keep && r.IntN(3) == 0 {
					continue
				}
				for range 1 + r.IntN(2) {
					if key, ok := rx.Packet(list[j].Timestamp, list[j].Payload); ok {
						got += string(key)
					}
				}
			}
			ts += 1600
		}
		if got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
	}
}

func TestSend(t *testing.T) {
	list := Send('5', 100, 7)
	if len(list) != 4+3 || !list[0].Marker || list[1].Marker {
		t.Fatalf("%d packets: %+v", len(list), list)
	}
	for i, p := range list {
		e, ok := Parse(p.Payload)
		if !ok || e.End != (i >= 4) || p.Timestamp != 7 || int(e.Duration) != p.AtMs*8 {
			t.Errorf("packet %d: %+v %+v", i, p, e)
		}
	}
	if got := Send('x', 100, 0); got != nil {
		t.Errorf("Send(x) = %v", got)
	}
}
