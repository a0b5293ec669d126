// Package desc reads and writes session descriptions (SDP, RFC 8866) and answers
// offers (RFC 3264) for one audio stream of G.711 with telephone-event.
//
// An answer mirrors every media line of the offer: the first usable audio line is
// taken, the others are refused with port 0. An encrypted offer (RTP/SAVP) gets an
// encrypted answer or none.
package desc

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/pion/sdp/v3"

	"github.com/agner-platform/agner/telephony/media/g711"
	"github.com/agner-platform/agner/telephony/media/secure"
)

// ErrDescription is returned for text that is no usable session description.
var ErrDescription = errors.New("unusable session description")

// ErrNoCommon is returned when an offer has nothing we can do: 488.
var ErrNoCommon = errors.New("no codec in common")

// Direction is who sends, seen by whoever wrote the description.
type Direction string

// Directions.
const (
	SendRecv Direction = "sendrecv"
	SendOnly Direction = "sendonly"
	RecvOnly Direction = "recvonly"
	Inactive Direction = "inactive"
)

// Reverse returns the direction as the other side would write it.
func (d Direction) Reverse() Direction {
	switch d {
	case SendOnly:
		return RecvOnly
	case RecvOnly:
		return SendOnly
	}
	return d
}

// events is the payload type we give telephone-event in offers of our own.
const events = 101

// Media is one side of an audio stream.
type Media struct {
	Addr      netip.AddrPort
	Codecs    []g711.Codec // in order of preference
	Events    uint8        // payload type of telephone-event, 0: none
	Direction Direction
	Secure    bool
	Crypto    []secure.Line
	Session   uint64 // id and version of the o= line
	Version   uint64

	lines []line // of a parsed offer, all of them
	index int    // the audio line that is used
}

// line is what an answer needs to know of an offered media line.
type line struct{ media, proto, format string }

// Parse reads the far end's description.
func Parse(text []byte) (*Media, error) {
	if len(text) == 0 {
		return nil, fmt.Errorf("nothing: %w", ErrDescription)
	}
	var s sdp.SessionDescription
	if err := s.Unmarshal(text); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDescription, err)
	}
	m := &Media{index: -1, Session: s.Origin.SessionID, Version: s.Origin.SessionVersion}
	for i, d := range s.MediaDescriptions {
		m.lines = append(m.lines, line{d.MediaName.Media, strings.Join(d.MediaName.Protos, "/"), strings.Join(d.MediaName.Formats, " ")})
		if m.index < 0 && d.MediaName.Media == "audio" && d.MediaName.Port.Value > 0 && m.take(&s, d) == nil {
			m.index = i
		}
	}
	if m.index < 0 {
		return m, fmt.Errorf("no audio line that we can use: %w", ErrNoCommon)
	}
	return m, nil
}

// take reads one audio line.
func (m *Media) take(s *sdp.SessionDescription, d *sdp.MediaDescription) error {
	proto := strings.Join(d.MediaName.Protos, "/")
	m.Secure = proto == "RTP/SAVP" || proto == "RTP/SAVPF"
	if !m.Secure && proto != "RTP/AVP" && proto != "RTP/AVPF" {
		return fmt.Errorf("protocol %q: %w", proto, ErrNoCommon)
	}
	conn := d.ConnectionInformation
	if conn == nil {
		conn = s.ConnectionInformation
	}
	if conn == nil || conn.Address == nil {
		return fmt.Errorf("no c= line: %w", ErrDescription)
	}
	ip, err := netip.ParseAddr(conn.Address.Address)
	if err != nil { // names are not looked up: that would block a call on DNS
		return fmt.Errorf("address %q: %w", conn.Address.Address, ErrDescription)
	}
	m.Addr = netip.AddrPortFrom(ip, uint16(d.MediaName.Port.Value))
	m.Codecs, m.Events, m.Crypto = nil, 0, nil
	names := rtpmaps(d)
	for _, f := range d.MediaName.Formats {
		m.format(f, names)
	}
	m.Direction = direction(d.Attributes, direction(s.Attributes, SendRecv))
	if ip.IsUnspecified() { // how RFC 2543 said hold
		m.Direction = SendOnly
	}
	for _, a := range d.Attributes {
		if l, err := secure.Parse(a.Value); a.Key == "crypto" && err == nil {
			m.Crypto = append(m.Crypto, l)
		}
	}
	if len(m.Codecs) == 0 || m.Secure && len(m.Crypto) == 0 {
		return ErrNoCommon
	}
	return nil
}

// format takes one payload type of the m= line.
func (m *Media) format(f string, names map[string]string) {
	pt, err := strconv.ParseUint(f, 10, 7)
	if err != nil {
		return
	}
	switch name := names[f]; {
	case pt == uint64(g711.ALaw) && (name == "" || name == "pcma/8000"):
		m.Codecs = append(m.Codecs, g711.ALaw)
	case pt == uint64(g711.MuLaw) && (name == "" || name == "pcmu/8000"):
		m.Codecs = append(m.Codecs, g711.MuLaw)
	case name == "telephone-event/8000" && m.Events == 0:
		m.Events = uint8(pt)
	}
}

func rtpmaps(d *sdp.MediaDescription) map[string]string {
	out := map[string]string{}
	for _, a := range d.Attributes {
		if pt, name, ok := strings.Cut(a.Value, " "); a.Key == "rtpmap" && ok {
			out[pt] = strings.ToLower(strings.TrimSuffix(strings.TrimSpace(name), "/1"))
		}
	}
	return out
}

func direction(list []sdp.Attribute, otherwise Direction) Direction {
	for _, a := range list {
		if d := Direction(a.Key); d == SendRecv || d == SendOnly || d == RecvOnly || d == Inactive {
			return d
		}
	}
	return otherwise
}

// Offer writes a description of our side.
func (m *Media) Offer() []byte {
	pts := make([]uint8, len(m.Codecs))
	for i, c := range m.Codecs {
		pts[i] = uint8(c)
	}
	return m.write([]string{m.audio(pts, events)})
}

// Answer writes our side of an answer and returns what was agreed: the codecs in
// common in the offerer's order, its payload type for events, and our key.
func (m *Media) Answer(offer *Media) ([]byte, *Media, error) {
	agreed := *m
	agreed.Codecs = nil
	for _, c := range offer.Codecs {
		if slices.Contains(m.Codecs, c) {
			agreed.Codecs = append(agreed.Codecs, c)
		}
	}
	if len(agreed.Codecs) == 0 || offer.index < 0 {
		return nil, nil, ErrNoCommon
	}
	agreed.Events, agreed.Secure, agreed.Crypto = offer.Events, offer.Secure, nil
	if offer.Secure {
		theirs := offer.Crypto[0]
		agreed.Crypto = []secure.Line{secure.New(theirs.Tag, theirs.Suite)}
	}
	agreed.Direction = answerTo(offer.Direction, m.Direction)
	lines := make([]string, len(offer.lines))
	for i, l := range offer.lines {
		if i != offer.index {
			lines[i] = fmt.Sprintf("m=%s 0 %s %s\r\n", l.media, l.proto, l.format)
			continue
		}
		lines[i] = agreed.audio([]uint8{uint8(agreed.Codecs[0])}, agreed.Events)
	}
	return agreed.write(lines), &agreed, nil
}

// answerTo returns what may be answered to an offered direction, wanting ours
// (RFC 3264 section 6.1).
func answerTo(offered, want Direction) Direction {
	sends := (offered == SendRecv || offered == RecvOnly) && (want == SendRecv || want == SendOnly)
	receives := (offered == SendRecv || offered == SendOnly) && (want == SendRecv || want == RecvOnly)
	switch {
	case sends && receives:
		return SendRecv
	case sends:
		return SendOnly
	case receives:
		return RecvOnly
	}
	return Inactive
}

// audio writes our m= line with its attributes.
func (m *Media) audio(pts []uint8, ev uint8) string {
	var b strings.Builder
	proto := "RTP/AVP"
	if m.Secure {
		proto = "RTP/SAVP"
	}
	fmt.Fprintf(&b, "m=audio %d %s", m.Addr.Port(), proto)
	for _, pt := range pts {
		fmt.Fprintf(&b, " %d", pt)
	}
	if ev != 0 {
		fmt.Fprintf(&b, " %d", ev)
	}
	b.WriteString("\r\n")
	for _, pt := range pts {
		name := "PCMU"
		if g711.Codec(pt) == g711.ALaw {
			name = "PCMA"
		}
		fmt.Fprintf(&b, "a=rtpmap:%d %s/8000\r\n", pt, name)
	}
	if ev != 0 {
		fmt.Fprintf(&b, "a=rtpmap:%d telephone-event/8000\r\na=fmtp:%d 0-15\r\n", ev, ev)
	}
	for _, l := range m.Crypto {
		fmt.Fprintf(&b, "a=crypto:%s\r\n", l)
	}
	dir := m.Direction
	if dir == "" {
		dir = SendRecv
	}
	fmt.Fprintf(&b, "a=ptime:20\r\na=%s\r\n", dir)
	return b.String()
}

func (m *Media) write(lines []string) []byte {
	family := "IP4"
	if m.Addr.Addr().Is6() && !m.Addr.Addr().Is4In6() {
		family = "IP6"
	}
	host := m.Addr.Addr().Unmap().String()
	return fmt.Appendf(nil, "v=0\r\no=agner %d %d IN %s %s\r\ns=-\r\nc=IN %s %s\r\nt=0 0\r\n%s", m.Session, m.Version, family, host, family, host, strings.Join(lines, ""))
}
