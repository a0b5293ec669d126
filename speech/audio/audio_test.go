package audio

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// clip returns the path of a file of the speech test data, or skips.
func clip(t *testing.T, name string) string {
	t.Helper()
	dir := os.Getenv("AGNER_TESTDATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	path := filepath.Join(dir, "audio", name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no speech test data: %v", err)
	}
	return path
}

// tone returns seconds of a sine of hz at rate.
func tone(hz float64, rate int, seconds float64) []float32 {
	out := make([]float32, int(seconds*float64(rate)))
	for i := range out {
		out[i] = float32(0.5 * math.Sin(2*math.Pi*hz*float64(i)/float64(rate)))
	}
	return out
}

// wav returns a WAV file of the given format around data.
func wav(tag uint16, bits, channels, rate int, data []byte) []byte {
	b := []byte("RIFF\x00\x00\x00\x00WAVEfmt ")
	b = binary.LittleEndian.AppendUint32(b, 16)
	b = binary.LittleEndian.AppendUint16(b, tag)
	b = binary.LittleEndian.AppendUint16(b, uint16(channels))
	b = binary.LittleEndian.AppendUint32(b, uint32(rate))
	b = binary.LittleEndian.AppendUint32(b, uint32(rate*channels*bits/8))
	b = binary.LittleEndian.AppendUint16(b, uint16(channels*bits/8))
	b = binary.LittleEndian.AppendUint16(b, uint16(bits))
	b = append(b, "data"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(data)))
	return append(b, data...)
}

func read(t *testing.T, file []byte, rate int) ([][]float32, *Stream) {
	t.Helper()
	s, err := Open(bytes.NewReader(file), Options{})
	if err != nil {
		t.Fatal(err)
	}
	x, err := s.ReadAll(rate)
	if err != nil {
		t.Fatal(err)
	}
	return x, s
}

// rmsDiff is the root mean square of the difference of two signals.
func rmsDiff(a, b []float32) float64 {
	n := min(len(a), len(b))
	sum := 0.0
	for i := range n {
		d := float64(a[i] - b[i])
		sum += d * d
	}
	return math.Sqrt(sum / float64(n))
}

func TestG711(t *testing.T) {
	// ITU-T G.711 table 2a: byte 0x80 is the largest positive value, 0xFF is zero.
	for b, want := range map[byte]int{0x80: 32124, 0x00: -32124, 0xff: 0, 0x7f: 0, 0x8f: 16764} {
		if got := muLaw(b); got != want {
			t.Errorf("µ-law %#x = %d, want %d", b, got, want)
		}
	}
	// Table 1a: 0xAA is the largest positive value, 0xD5 the smallest.
	for b, want := range map[byte]int{0xaa: 32256, 0x2a: -32256, 0xd5: 8, 0x55: -8} {
		if got := aLaw(b); got != want {
			t.Errorf("A-law %#x = %d, want %d", b, got, want)
		}
	}
	for i := range 256 {
		b := byte(i)
		got := MuLaw([]float32{muTable[b]})[0]
		if b == 0x7f { // negative zero encodes as zero
			b = 0xff
		}
		if got != b {
			t.Errorf("µ-law %#x decodes and encodes to %#x", b, got)
		}
	}
}

func TestEveryCodec(t *testing.T) {
	x := tone(440, 8000, 0.5)
	enc := func(width int, put func([]byte, float64)) []byte {
		b := make([]byte, width*len(x))
		for i, v := range x {
			put(b[i*width:], float64(v))
		}
		return b
	}
	for _, tt := range []struct {
		tag   uint16
		bits  int
		codec Codec
		data  []byte
		tol   float64
	}{
		{1, 8, PCM8, enc(1, func(b []byte, v float64) { b[0] = byte(128 + v*127) }), 0.01},
		{1, 16, PCM16, enc(2, func(b []byte, v float64) { binary.LittleEndian.PutUint16(b, uint16(int16(v*32767))) }), 1e-4},
		{1, 24, PCM24, enc(3, func(b []byte, v float64) {
			u := uint32(int32(v * 8388607))
			b[0], b[1], b[2] = byte(u), byte(u>>8), byte(u>>16)
		}), 1e-5},
		{1, 32, PCM32, enc(4, func(b []byte, v float64) { binary.LittleEndian.PutUint32(b, uint32(int32(v*2147483647))) }), 1e-6},
		{3, 32, Float, enc(4, func(b []byte, v float64) { binary.LittleEndian.PutUint32(b, math.Float32bits(float32(v))) }), 0},
		{3, 64, Double, enc(8, func(b []byte, v float64) { binary.LittleEndian.PutUint64(b, math.Float64bits(v)) }), 0},
		{7, 8, ULaw, MuLaw(x), 0.01},
	} {
		got, s := read(t, wav(tt.tag, tt.bits, 1, 8000, tt.data), 8000)
		if s.Codec != tt.codec || len(s.Notes) > 0 || len(got[0]) != len(x) {
			t.Errorf("%s: read as %s, %d samples of %d, notes %q", tt.codec, s.Codec, len(got[0]), len(x), s.Notes)
		}
		if d := rmsDiff(got[0], x); d > tt.tol {
			t.Errorf("%s: off by %g rms", tt.codec, d)
		}
	}
}

func TestResampleKeepsATone(t *testing.T) {
	for _, rates := range [][2]int{{8000, 16000}, {48000, 16000}, {44100, 16000}, {22050, 16000}, {16000, 8000}, {11025, 8000}, {7999, 16000}, {16000, 16000}} {
		in, want := tone(440, rates[0], 1), tone(440, rates[1], 1)
		r := NewResampler(rates[0], rates[1])
		var out []float32
		for at := 0; at < len(in); at += 777 { // odd blocks: the seams must not show
			out = append(out, r.Process(in[at:min(at+777, len(in))])...)
		}
		out = append(out, r.Flush()...)
		if d := len(out) - len(want); d < 0 || d > 2 {
			t.Errorf("%v: %d samples, want %d", rates, len(out), len(want))
		}
		if d := rmsDiff(out[200:len(want)-200], want[200:]); d > 0.003 {
			t.Errorf("%v: off by %g rms", rates, d)
		}
	}
	// What the lower rate cannot hold must go, not fold back: 6 kHz at 8 kHz.
	high := NewResampler(48000, 8000)
	if out := high.Process(tone(6000, 48000, 1)); rmsDiff(out[100:], make([]float32, len(out))) > 0.001 {
		t.Error("a 6 kHz tone is still heard at a rate of 8 kHz")
	}
}

func TestHostileFiles(t *testing.T) {
	whole := wav(1, 16, 1, 8000, make([]byte, 16000))
	for name, tt := range map[string]struct {
		file []byte
		want error
	}{
		"0 bytes":             {nil, ErrEmpty},
		"no sound":            {wav(1, 16, 1, 8000, nil), ErrEmpty},
		"half a header":       {whole[:30], ErrHeader},
		"5 bytes":             {whole[:5], ErrFormat},
		"an MP3":              {append([]byte("ID3\x04"), make([]byte, 500)...), ErrFormat},
		"GSM in WAV":          {wav(49, 0, 1, 8000, make([]byte, 100)), ErrFormat},
		"rate 0":              {wav(1, 16, 1, 0, make([]byte, 100)), ErrHeader},
		"no channel":          {wav(1, 16, 0, 8000, make([]byte, 100)), ErrHeader},
		"60000 channels":      {wav(1, 16, 60000, 8000, make([]byte, 100)), ErrHeader},
		"a chunk of 4 GB":     {[]byte("RIFF\x00\x00\x00\x00WAVEjunk\xf0\xff\xff\xff"), ErrHeader},
		"sound before format": {[]byte("RIFF\x00\x00\x00\x00WAVEdata\x10\x00\x00\x000123456789abcdef"), ErrHeader},
	} {
		if _, err := Open(bytes.NewReader(tt.file), Options{}); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
	x, s := read(t, whole[:8044], 8000)
	if len(x[0]) != 4000 || len(s.Notes) != 1 || !strings.Contains(s.Notes[0], "8000 bytes of sound are missing") {
		t.Errorf("truncated: %d samples, notes %q", len(x[0]), s.Notes)
	}
	killed := bytes.Clone(whole)
	binary.LittleEndian.PutUint32(killed[40:], 0)
	if x, s := read(t, killed, 8000); len(x[0]) != 8000 || len(s.Notes) != 1 {
		t.Errorf("no length: %d samples, notes %q", len(x[0]), s.Notes)
	}
}

func TestWrongCodecLabel(t *testing.T) {
	file, err := os.ReadFile(clip(t, "librispeech_test_other/ulaw8k/1688-142285-0000.wav"))
	if err != nil {
		t.Fatal(err)
	}
	right, s := read(t, file, 8000)
	if len(s.Notes) > 0 || s.Codec != ULaw {
		t.Fatalf("the right label is doubted: %q", s.Notes)
	}
	sound := MuLaw(right[0])
	var pcm []byte
	for _, v := range right[0] {
		pcm = binary.LittleEndian.AppendUint16(pcm, uint16(int16(v*32767)))
	}
	for name, tt := range map[string]struct {
		file []byte
		want Codec
	}{
		"µ-law labelled A-law":  {wav(6, 8, 1, 8000, sound), ULaw},
		"µ-law labelled PCM 16": {wav(1, 16, 1, 8000, sound), ULaw},
		"µ-law labelled PCM 8":  {wav(1, 8, 1, 8000, sound), ULaw},
		"PCM 16 labelled µ-law": {wav(7, 8, 1, 8000, pcm), PCM16},
	} {
		x, s := read(t, tt.file, 8000)
		if s.Codec != tt.want || len(s.Notes) != 1 {
			t.Errorf("%s: read as %s, notes %q", name, s.Codec, s.Notes)
			continue
		}
		if d := rmsDiff(x[0], right[0]); d > 0.01 {
			t.Errorf("%s: off by %g rms", name, d)
		}
	}
}

// TestLabelsOfTheTestData holds that no right label is overruled.
func TestLabelsOfTheTestData(t *testing.T) {
	root := clip(t, "")
	n := 0
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".wav" {
			return err
		}
		s, f, err := OpenFile(path)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			return nil
		}
		defer f.Close()
		n++
		if len(s.Notes) > 0 {
			t.Errorf("%s: %q", path, s.Notes)
		}
		return nil
	})
	if err != nil || n < 100 {
		t.Errorf("%d files, %v", n, err)
	}
}

func TestStereoAndWriteWAV(t *testing.T) {
	left, right := tone(300, 48000, 0.3), tone(900, 48000, 0.3)
	var b bytes.Buffer
	if err := WriteWAV(&b, 48000, [][]float32{left, right}); err != nil {
		t.Fatal(err)
	}
	x, s := read(t, b.Bytes(), 48000)
	if s.Channels != 2 || rmsDiff(x[0], left) > 1e-4 || rmsDiff(x[1], right) > 1e-4 {
		t.Errorf("%d channels, off by %g and %g", s.Channels, rmsDiff(x[0], left), rmsDiff(x[1], right))
	}
}

func TestLevel(t *testing.T) {
	quiet := make([]float32, 8000)
	for i, v := range tone(440, 8000, 1) {
		quiet[i] = v * 0.02
	}
	zero := make([]float32, len(quiet))
	if rms := rmsDiff(Level(quiet, 0.1, 100), zero); math.Abs(rms-0.1) > 1e-3 {
		t.Errorf("levelled to %g, want 0.1", rms)
	}
	if rms := rmsDiff(Level(quiet, 0.1, 2), zero); math.Abs(rms-2*rmsDiff(quiet, zero)) > 1e-4 {
		t.Errorf("gain is not limited: %g", rms)
	}
	spike := append([]float32{1}, quiet...)
	if got := Level(spike, 0.5, 100)[0]; got > 1 {
		t.Errorf("clips: %g", got)
	}
}

// TestNeverPanics reads noise with a plausible beginning.
func TestNeverPanics(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		file := wav(uint16(rapid.SampledFrom([]int{1, 3, 6, 7, 0xfffe, 99}).Draw(t, "tag")), rapid.IntRange(0, 64).Draw(t, "bits"),
			rapid.IntRange(0, 20).Draw(t, "channels"), rapid.IntRange(0, 400_000).Draw(t, "rate"), rapid.SliceOfN(rapid.Byte(), 0, 5000).Draw(t, "data"))
		for range rapid.IntRange(0, 5).Draw(t, "flips") {
			file[rapid.IntRange(12, min(len(file)-1, 60)).Draw(t, "at")] = rapid.Byte().Draw(t, "byte")
		}
		s, err := Open(bytes.NewReader(file), Options{})
		for err == nil {
			_, err = s.Next()
		}
		if errors.Is(err, io.EOF) || errors.Is(err, ErrEmpty) || errors.Is(err, ErrFormat) || errors.Is(err, ErrHeader) {
			return
		}
		t.Fatal(err)
	})
}

func BenchmarkRead(b *testing.B) {
	file := wav(7, 8, 2, 8000, MuLaw(tone(440, 8000, 120)))
	for b.Loop() {
		s, err := Open(bytes.NewReader(file), Options{})
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Each(Speech, func([][]float32) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(60*float64(b.N)/b.Elapsed().Seconds(), "call-s/s")
}
