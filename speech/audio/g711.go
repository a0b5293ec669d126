package audio

// muTable and aTable hold the 256 values of the two G.711 laws (ITU-T G.711,
// tables 1a and 2a), scaled to [-1, 1].
var muTable, aTable = tables()

func tables() (mu, a [256]float32) {
	for i := range 256 {
		mu[i] = float32(muLaw(byte(i))) / 32768
		a[i] = float32(aLaw(byte(i))) / 32768
	}
	return mu, a
}

// muLaw expands one byte to the 16-bit range: all bits are sent inverted, the
// bias of 33 is shifted up by two.
func muLaw(b byte) int {
	b = ^b
	v := (int(b&0x0f)<<3+0x84)<<(b>>4&7) - 0x84
	if b&0x80 != 0 {
		return -v
	}
	return v
}

// aLaw expands one byte to the 16-bit range: even bits are sent inverted.
func aLaw(b byte) int {
	b ^= 0x55
	v := int(b&0x0f)<<4 + 8
	if seg := b >> 4 & 7; seg > 0 {
		v = (v + 0x100) << (seg - 1)
	}
	if b&0x80 != 0 {
		return v
	}
	return -v
}

// MuLaw encodes samples in [-1, 1] as G.711 µ-law, one byte each.
func MuLaw(samples []float32) []byte {
	out := make([]byte, len(samples))
	for i, s := range samples {
		out[i] = muEncode(s)
	}
	return out
}

func muEncode(s float32) byte {
	const clip = 32635 // the largest value the law can say
	v, sign := int(s*32768), byte(0)
	if v < 0 {
		v, sign = -v, 0x80
	}
	v = min(v, clip) + 0x84
	seg := 7
	for mask := 0x4000; seg > 0 && v&mask == 0; mask >>= 1 {
		seg--
	}
	return ^(sign | byte(seg)<<4 | byte(v>>(seg+3)&0x0f))
}
