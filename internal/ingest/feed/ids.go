package feed

import (
	"crypto/sha256"
	"encoding/hex"
)

// idBytes is how much of a digest makes an id: 96 bits, so that 10⁹ ids collide
// with a probability of 10⁻¹¹.
const idBytes = 12

// ID returns a short opaque id that depends only on its parts, so that the same
// record has the same id in every run. Parts are told apart: ("ab", "c") and
// ("a", "bc") differ.
func ID(parts ...string) string {
	var stack [256]byte
	b := stack[:0]
	for _, p := range parts {
		b = append(b, p...)
		b = append(b, 0)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:idBytes])
}

// short is the text form of a digest: 128 bits in hex.
func short(sum []byte) string { return hex.EncodeToString(sum[:16]) }

// PrefixHash returns the digest of a file's beginning as a Position holds it.
func PrefixHash(b []byte) string {
	sum := sha256.Sum256(b)
	return short(sum[:])
}

// AsteriskCall is the interaction of an Asterisk call: queue_log, CDR and CEL rows
// of a channel's uniqueid meet in it.
func AsteriskCall(system, uniqueid string) string { return ID(system, "asterisk", uniqueid) }
