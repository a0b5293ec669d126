// Package secure encrypts RTP with keys exchanged in SDP (SRTP, RFC 3711, with
// SDES, RFC 4568). Keys are only as safe as the signalling that carries them: offer
// them over TLS.
//
// A [Line] is one a=crypto attribute; each direction has its own. [Sender] and
// [Receiver] hold the state of one direction and are not safe for concurrent use.
package secure

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/pion/srtp/v3"
)

// ErrCrypto is returned for a crypto attribute that cannot be used.
var ErrCrypto = errors.New("unusable crypto attribute")

// ErrPacket is returned for a packet that is forged, replayed or broken.
var ErrPacket = errors.New("SRTP packet refused")

// Suites in the order we offer them.
const (
	Suite80 = "AES_CM_128_HMAC_SHA1_80"
	Suite32 = "AES_CM_128_HMAC_SHA1_32"
)

// Sizes of AES-128 in counter mode (RFC 3711 section 8.2), in bytes.
const (
	keyLen  = 16
	saltLen = 14
)

// Line is one a=crypto attribute.
type Line struct {
	Tag   int
	Suite string
	Key   []byte // master key and salt
}

// New returns a line with a fresh key.
func New(tag int, suite string) Line {
	key := make([]byte, keyLen+saltLen)
	rand.Read(key) //nolint:errcheck // crypto/rand.Read never fails since Go 1.24
	return Line{Tag: tag, Suite: suite, Key: key}
}

// String returns the value of the attribute.
func (l Line) String() string {
	return fmt.Sprintf("%d %s inline:%s", l.Tag, l.Suite, base64.StdEncoding.EncodeToString(l.Key))
}

// Parse reads the value of an attribute. Session parameters that change how
// packets are protected are refused, a lifetime and a missing MKI are accepted.
func Parse(v string) (Line, error) {
	f := strings.Fields(v)
	if len(f) < 3 {
		return Line{}, fmt.Errorf("crypto %.40q: %w", v, ErrCrypto)
	}
	tag, err := strconv.Atoi(f[0])
	if err != nil || tag < 0 || len(f[0]) > 9 {
		return Line{}, fmt.Errorf("crypto tag %.20q: %w", f[0], ErrCrypto)
	}
	if f[1] != Suite80 && f[1] != Suite32 {
		return Line{}, fmt.Errorf("crypto suite %.40q: %w", f[1], ErrCrypto)
	}
	if len(f) > 3 { // UNENCRYPTED_SRTP and the like, RFC 4568 section 6.3
		return Line{}, fmt.Errorf("crypto parameter %.40q: %w", f[3], ErrCrypto)
	}
	inline, ok := strings.CutPrefix(f[2], "inline:")
	parts := strings.Split(inline, "|")
	if !ok || len(parts) > 2 || len(parts) == 2 && strings.Contains(parts[1], ":") {
		return Line{}, fmt.Errorf("crypto key: must be inline without MKI: %w", ErrCrypto)
	}
	key, err := base64.StdEncoding.DecodeString(parts[0])
	if err != nil || len(key) != keyLen+saltLen {
		return Line{}, fmt.Errorf("crypto key: must be %d bytes in base64: %w", keyLen+saltLen, ErrCrypto)
	}
	return Line{Tag: tag, Suite: f[1], Key: key}, nil
}

func (l Line) context() (*srtp.Context, error) {
	profile := srtp.ProtectionProfileAes128CmHmacSha1_80
	if l.Suite == Suite32 {
		profile = srtp.ProtectionProfileAes128CmHmacSha1_32
	}
	if len(l.Key) != keyLen+saltLen {
		return nil, fmt.Errorf("key of %d bytes: %w", len(l.Key), ErrCrypto)
	}
	c, err := srtp.CreateContext(l.Key[:keyLen], l.Key[keyLen:], profile, srtp.SRTPReplayProtection(128))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCrypto, err)
	}
	return c, nil
}

// Sender encrypts what we send.
type Sender struct{ c *srtp.Context }

// NewSender returns a sender with our key.
func NewSender(l Line) (*Sender, error) {
	c, err := l.context()
	return &Sender{c}, err
}

// Protect appends the encrypted packet to dst.
func (s *Sender) Protect(dst, packet []byte) ([]byte, error) {
	out, err := s.c.EncryptRTP(dst, packet, nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPacket, err)
	}
	return out, nil
}

// Receiver decrypts what comes.
type Receiver struct{ c *srtp.Context }

// NewReceiver returns a receiver with the far end's key.
func NewReceiver(l Line) (*Receiver, error) {
	c, err := l.context()
	return &Receiver{c}, err
}

// Unprotect appends the plain packet to dst.
func (r *Receiver) Unprotect(dst, packet []byte) ([]byte, error) {
	out, err := r.c.DecryptRTP(dst, packet, nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPacket, err)
	}
	return out, nil
}
