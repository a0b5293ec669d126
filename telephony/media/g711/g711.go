// Package g711 converts between linear samples and the two companded forms of
// ITU-T Recommendation G.711: A-law and µ-law, 8,000 samples a second.
//
// Samples are 16 bits, left-adjusted: an A-law value of Table 1a (13 bits) is
// multiplied by 8, a µ-law value of Table 2a (14 bits) by 4. Both directions are
// table look-ups; encoding takes the nearest decision interval of the tables.
package g711

// Codec is one of the two laws.
type Codec uint8

// Codecs, with their static RTP payload types (RFC 3551 table 4).
const (
	MuLaw Codec = 0
	ALaw  Codec = 8
)

// Silence returns the code of the smallest positive value.
func (c Codec) Silence() byte {
	if c == ALaw {
		return 0xD5
	}
	return 0xFF
}

var (
	fromA, fromMu [256]int16
	// toA and toMu are indexed by the sample's upper 13 and 14 bits, offset to be positive.
	toA  [1 << 13]byte
	toMu [1 << 14]byte
)

func init() {
	for i := range 256 {
		fromA[i], fromMu[i] = expandA(byte(i)), expandMu(byte(i))
	}
	for i := range toA {
		toA[i] = compressA(int16((i - len(toA)/2) << 3))
	}
	for i := range toMu {
		toMu[i] = compressMu(int16((i - len(toMu)/2) << 2))
	}
}

// expandA follows Table 1a: even bits are inverted, then sign, 3 bits of segment,
// 4 bits within it.
func expandA(code byte) int16 {
	code ^= 0x55
	seg, step := code>>4&7, int16(code&15)
	v := step<<4 + 8
	if seg > 0 {
		v = (v + 0x100) << (seg - 1)
	}
	if code&0x80 == 0 {
		return -v
	}
	return v
}

// expandMu follows Table 2a: all bits are inverted; values carry a bias of 33.
func expandMu(code byte) int16 {
	code = ^code
	v := (int16(code&15)<<3+0x84)<<(code>>4&7) - 0x84
	if code&0x80 != 0 {
		return -v
	}
	return v
}

func compressA(s int16) byte {
	v, sign := int32(s), byte(0x80)
	if v < 0 {
		v, sign = -v-8, 0 // the lower edge of the interval belongs to it on the negative side
	}
	v = min(max(v, 0), 32767) >> 4
	seg := byte(0)
	if v >= 0x10 {
		for m := v >> 5; m > 0; m >>= 1 {
			seg++
		}
		seg++
		v = v >> (seg - 1) & 15
	}
	return (sign | seg<<4 | byte(v&15)) ^ 0x55
}

func compressMu(s int16) byte {
	v, sign := int32(s), byte(0)
	if v < 0 {
		v, sign = -v, 0x80
	}
	v = min(v, 32635) + 0x84
	seg := byte(7)
	for m := int32(0x4000); m&v == 0 && seg > 0; m >>= 1 {
		seg--
	}
	return ^(sign | seg<<4 | byte(v>>(seg+3)&15))
}

// Decode appends the samples of codes to dst.
func (c Codec) Decode(dst []int16, codes []byte) []int16 {
	table := &fromMu
	if c == ALaw {
		table = &fromA
	}
	for _, b := range codes {
		dst = append(dst, table[b])
	}
	return dst
}

// Encode appends the codes of samples to dst.
func (c Codec) Encode(dst []byte, samples []int16) []byte {
	if c == ALaw {
		for _, s := range samples {
			dst = append(dst, toA[int(s>>3)+len(toA)/2])
		}
		return dst
	}
	for _, s := range samples {
		dst = append(dst, toMu[int(s>>2)+len(toMu)/2])
	}
	return dst
}
