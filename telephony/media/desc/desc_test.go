package desc

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/agner-platform/agner/telephony/media/g711"
	"github.com/agner-platform/agner/telephony/media/secure"
)

func ours() *Media {
	return &Media{Addr: netip.MustParseAddrPort("192.0.2.1:20000"), Codecs: []g711.Codec{g711.ALaw, g711.MuLaw}, Session: 1, Version: 1}
}

// rfc3264 is the shape of RFC 3264 section 10.1's offer: two audio codecs we do
// not have, one we have, and video.
const rfc3264 = "v=0\r\no=alice 2890844526 2890844526 IN IP4 198.51.100.1\r\ns=\r\nc=IN IP4 198.51.100.1\r\nt=0 0\r\n" +
	"m=audio 62986 RTP/AVP 18 0 4 97\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:4 G723/8000\r\na=rtpmap:18 G729/8000\r\na=rtpmap:97 telephone-event/8000\r\n" +
	"m=video 51372 RTP/AVP 31\r\na=rtpmap:31 H261/90000\r\n"

func TestAnswer(t *testing.T) {
	offer, err := Parse([]byte(rfc3264))
	if err != nil {
		t.Fatal(err)
	}
	if offer.Addr.String() != "198.51.100.1:62986" || offer.Events != 97 || offer.Direction != SendRecv {
		t.Errorf("offer %+v", offer)
	}
	m := ours()
	m.Direction = SendRecv
	text, agreed, err := m.Answer(offer)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(agreed.Codecs, []g711.Codec{g711.MuLaw}) || agreed.Events != 97 {
		t.Errorf("agreed %+v", agreed)
	}
	for _, want := range []string{"m=audio 20000 RTP/AVP 0 97\r\n", "m=video 0 RTP/AVP 31\r\n", "c=IN IP4 192.0.2.1\r\n"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("answer lacks %q:\n%s", want, text)
		}
	}
	back, err := Parse(text)
	if err != nil || back.Events != 97 || back.Addr != m.Addr {
		t.Errorf("our answer reads as %+v, %v", back, err)
	}
}

// TestDirections holds RFC 3264 section 6.1's table.
func TestDirections(t *testing.T) {
	for _, tt := range []struct{ offered, want, answer Direction }{
		{SendRecv, SendRecv, SendRecv}, {SendRecv, SendOnly, SendOnly}, {SendOnly, SendRecv, RecvOnly}, {RecvOnly, SendRecv, SendOnly},
		{Inactive, SendRecv, Inactive}, {SendOnly, SendOnly, Inactive}, {RecvOnly, RecvOnly, Inactive},
	} {
		if got := answerTo(tt.offered, tt.want); got != tt.answer {
			t.Errorf("answer to %s wanting %s = %s, want %s", tt.offered, tt.want, got, tt.answer)
		}
	}
	if SendOnly.Reverse() != RecvOnly || RecvOnly.Reverse() != SendOnly || SendRecv.Reverse() != SendRecv {
		t.Error("Reverse is wrong")
	}
	held, err := Parse([]byte(strings.Replace(rfc3264, "c=IN IP4 198.51.100.1", "c=IN IP4 0.0.0.0", 1)))
	if err != nil || held.Direction != SendOnly {
		t.Errorf("0.0.0.0: %+v, %v", held, err)
	}
}

func TestSecure(t *testing.T) {
	m := ours()
	m.Secure, m.Crypto = true, []secure.Line{secure.New(1, secure.Suite80), secure.New(2, secure.Suite32)}
	offer, err := Parse(m.Offer())
	if err != nil || !offer.Secure || len(offer.Crypto) != 2 {
		t.Fatalf("%+v, %v", offer, err)
	}
	text, agreed, err := (&Media{Addr: netip.MustParseAddrPort("192.0.2.2:3"), Codecs: []g711.Codec{g711.ALaw}, Direction: SendRecv}).Answer(offer)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Parse(text)
	if err != nil || len(got.Crypto) != 1 || got.Crypto[0].Tag != 1 || string(got.Crypto[0].Key) != string(agreed.Crypto[0].Key) || string(got.Crypto[0].Key) == string(offer.Crypto[0].Key) {
		t.Errorf("answer %s, %v", text, err)
	}
	bare := strings.ReplaceAll(string(m.Offer()), "a=crypto", "a=cryptic")
	if _, err := Parse([]byte(bare)); !errors.Is(err, ErrNoCommon) {
		t.Errorf("SAVP without keys: %v", err)
	}
}

func TestRefused(t *testing.T) {
	for text, want := range map[string]error{
		"":      ErrDescription,
		"hello": ErrDescription,
		strings.Replace(rfc3264, "18 0 4 97", "18 4 97", 1):              ErrNoCommon,
		strings.Replace(rfc3264, "audio 62986", "audio 0", 1):            ErrNoCommon,
		strings.Replace(rfc3264, "62986 RTP/AVP", "62986 UDP/TLS", 1):    ErrNoCommon,
		strings.ReplaceAll(rfc3264, "IP4 198.51.100.1", "IP4 some.host"): ErrNoCommon,
	} {
		if m, err := Parse([]byte(text)); !errors.Is(err, want) {
			t.Errorf("Parse(%.40q) = %+v, %v; want %v", text, m, err, want)
		}
	}
}

// FuzzParse: what parses can be answered, and the answer parses.
func FuzzParse(f *testing.F) {
	f.Add([]byte(rfc3264))
	f.Add(ours().Offer())
	f.Fuzz(func(t *testing.T, text []byte) {
		offer, err := Parse(text)
		if err != nil {
			return
		}
		m := ours()
		m.Direction = SendRecv
		answer, _, err := m.Answer(offer)
		if err != nil {
			t.Fatalf("Answer: %v", err)
		}
		if _, err := Parse(answer); err != nil {
			t.Errorf("answer %q: %v", answer, err)
		}
	})
}
