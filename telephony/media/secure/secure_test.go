package secure

import (
	"bytes"
	"errors"
	"testing"

	"github.com/pion/rtp"
)

func packet(t testing.TB, seq uint16) []byte {
	t.Helper()
	p := rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: 8, SequenceNumber: seq, Timestamp: 160 * uint32(seq), SSRC: 7}, Payload: bytes.Repeat([]byte{0xD5}, 160)}
	b, err := p.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestRoundTrip(t *testing.T) {
	for suite, tag := range map[string]int{Suite80: 10, Suite32: 4} {
		line, err := Parse(New(1, suite).String())
		if err != nil {
			t.Fatal(err)
		}
		tx, err := NewSender(line)
		if err != nil {
			t.Fatal(err)
		}
		rx, err := NewReceiver(line)
		if err != nil {
			t.Fatal(err)
		}
		plain := packet(t, 1)
		sealed, err := tx.Protect(nil, plain)
		if err != nil || len(sealed) != len(plain)+tag || bytes.Contains(sealed, plain[12:]) {
			t.Fatalf("%s: %d bytes, %v", suite, len(sealed), err)
		}
		forged := bytes.Clone(sealed)
		forged[20] ^= 1
		if _, err := rx.Unprotect(nil, forged); !errors.Is(err, ErrPacket) {
			t.Errorf("%s: forged: %v", suite, err)
		}
		if got, err := rx.Unprotect(nil, sealed); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%s: %v", suite, err)
		}
		if _, err := rx.Unprotect(nil, sealed); !errors.Is(err, ErrPacket) {
			t.Errorf("%s: replayed: %v", suite, err)
		}
	}
}

// TestParse reads the example of RFC 4568 section 6.1 and refuses what we cannot do.
func TestParse(t *testing.T) {
	const key = "d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj"
	if l, err := Parse("1 AES_CM_128_HMAC_SHA1_80 inline:" + key + "|2^20"); err != nil || l.Tag != 1 || len(l.Key) != 30 {
		t.Errorf("%+v, %v", l, err)
	}
	for _, bad := range []string{
		"", "1 AES_CM_128_HMAC_SHA1_80", "x AES_CM_128_HMAC_SHA1_80 inline:" + key, "1 F8_128_HMAC_SHA1_80 inline:" + key,
		"1 AES_CM_128_HMAC_SHA1_80 inline:" + key + "|2^20|1:4", "1 AES_CM_128_HMAC_SHA1_80 inline:" + key + " UNENCRYPTED_SRTP",
		"1 AES_CM_128_HMAC_SHA1_80 inline:AAAA", "1 AES_CM_128_HMAC_SHA1_80 uri:http://x",
	} {
		if l, err := Parse(bad); !errors.Is(err, ErrCrypto) {
			t.Errorf("Parse(%q) = %+v, %v", bad, l, err)
		}
	}
}
