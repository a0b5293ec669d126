package g711

import (
	"math"
	"slices"
	"testing"
)

// published builds the positive decoder output values y of ITU-T G.711 (11/1988)
// Tables 1a and 2a from their rows: first value and step of each segment.
func published(rows [][2]int) []int {
	var y []int
	for _, r := range rows {
		for k := range 16 {
			y = append(y, r[0]+k*r[1])
		}
	}
	return y
}

var (
	tableA  = published([][2]int{{1, 2}, {33, 2}, {66, 4}, {132, 8}, {264, 16}, {528, 32}, {1056, 64}, {2112, 128}})
	tableMu = published([][2]int{{0, 2}, {33, 4}, {99, 8}, {231, 16}, {495, 32}, {1023, 64}, {2079, 128}, {4191, 256}})
)

// TestTables holds all 512 decoder values against the Recommendation.
func TestTables(t *testing.T) {
	if tableA[127] != 4032 || tableMu[127] != 8031 { // the last rows as printed
		t.Fatalf("the tables end in %d and %d", tableA[127], tableMu[127])
	}
	for n := range 128 {
		a := byte(n) ^ 0x55 // Table 1a note 2: even bits inverted
		for code, want := range map[byte]int{a | 0x80 ^ a&0x80: 0, a ^ 0x80: tableA[n] * 8, a: -tableA[n] * 8} {
			if code == a|0x80^a&0x80 {
				continue
			}
			if got := int(ALaw.Decode(nil, []byte{code})[0]); got != want {
				t.Errorf("A-law %#02x = %d, want %d", code, got, want)
			}
		}
		m := ^byte(n)
		if got := int(MuLaw.Decode(nil, []byte{m})[0]); got != tableMu[n]*4 {
			t.Errorf("µ-law %#02x = %d, want %d", m, got, tableMu[n]*4)
		}
		if got := int(MuLaw.Decode(nil, []byte{m & 0x7f})[0]); got != -tableMu[n]*4 {
			t.Errorf("µ-law %#02x = %d, want %d", m&0x7f, got, -tableMu[n]*4)
		}
	}
}

// TestRoundTrip: what was decoded encodes to the same value again.
func TestRoundTrip(t *testing.T) {
	for _, c := range []Codec{ALaw, MuLaw} {
		for i := range 256 {
			v := c.Decode(nil, []byte{byte(i)})
			again := c.Decode(nil, c.Encode(nil, v))
			if v[0] != again[0] {
				t.Errorf("codec %d: %#02x = %d becomes %d", c, i, v[0], again[0])
			}
		}
	}
}

// TestNearest: every sample encodes to a value at most half an interval away, and
// larger samples never to smaller values.
func TestNearest(t *testing.T) {
	for c, table := range map[Codec][]int{ALaw: tableA, MuLaw: tableMu} {
		scale := map[Codec]int{ALaw: 8, MuLaw: 4}[c]
		last := math.MinInt
		for s := math.MinInt16; s <= math.MaxInt16; s++ {
			got := int(c.Decode(nil, c.Encode(nil, []int16{int16(s)}))[0])
			if got < last {
				t.Fatalf("codec %d: %d becomes %d, a smaller one %d", c, s, got, last)
			}
			last = got
			i, _ := slices.BinarySearch(table, min(abs(got)/scale, table[127]))
			half := scale
			if i < 127 {
				half = (table[i+1] - table[i]) * scale / 2
			}
			if i > 0 {
				half = max(half, (table[i]-table[i-1])*scale/2)
			}
			if d := abs(s - got); d > half+scale && abs(s) <= table[127]*scale {
				t.Fatalf("codec %d: %d becomes %d, %d away, half an interval is %d", c, s, got, d, half)
			}
		}
	}
}

// TestMilliwatt decodes the sequences of Tables 5 and 6, a sine of 1 kHz at
// 0 dBm0: 3.14 dB below the A-law maximum of 4096, 3.17 below 8159 of µ-law.
func TestMilliwatt(t *testing.T) {
	for c, seq := range map[Codec][]byte{
		ALaw:  {0x34, 0x21, 0x21, 0x34, 0xB4, 0xA1, 0xA1, 0xB4},
		MuLaw: {0x1E, 0x0B, 0x0B, 0x1E, 0x9E, 0x8B, 0x8B, 0x9E},
	} {
		full := map[Codec]float64{ALaw: 4096 * 8, MuLaw: 8159 * 4}[c]
		below := map[Codec]float64{ALaw: 3.14, MuLaw: 3.17}[c]
		var power float64
		for _, v := range c.Decode(nil, seq) {
			power += float64(v) * float64(v) / 8
		}
		level := 10 * math.Log10(power/(full*full/2))
		if math.Abs(level+below) > 0.1 { // the sequence itself is quantised
			t.Errorf("codec %d: %.2f dB, want %.2f", c, level, -below)
		}
	}
}

func abs(v int) int {
	if v < 0 {
		return -v
	}
	return v
}

func BenchmarkEncode(b *testing.B) {
	in, out := make([]int16, 160), make([]byte, 0, 160)
	for b.Loop() {
		out = ALaw.Encode(out[:0], in)
	}
}
