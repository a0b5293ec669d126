package wav

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"testing"

	"github.com/agner-platform/agner/telephony/media/g711"
	"github.com/agner-platform/agner/telephony/media/tone"
)

func file(t testing.TB, samples []int16, channels int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, samples, channels); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestRoundTrip(t *testing.T) {
	in := make([]int16, 800)
	(&tone.Sine{Hz: 440, Level: 8000}).Read(in)
	got, err := Read(bytes.NewReader(file(t, in, 1)))
	if err != nil || !slices.Equal(got, in) {
		t.Errorf("%d samples, %v", len(got), err)
	}
	if got, err := Read(bytes.NewReader(file(t, []int16{100, 300, -100, -300}, 2))); err != nil || !slices.Equal(got, []int16{200, -200}) {
		t.Errorf("stereo: %v, %v", got, err)
	}
}

func TestRates(t *testing.T) {
	in := make([]int16, 1600) // 0.1 s at 16 kHz: a sine that tone thinks is 220 Hz is 440 Hz
	(&tone.Sine{Hz: 220, Level: 8000}).Read(in)
	raw := file(t, in, 1)
	binary.LittleEndian.PutUint32(raw[24:], 16000)
	got, err := Read(bytes.NewReader(raw))
	if err != nil || len(got) != 800 || !tone.Hears(got, 440) {
		t.Errorf("%d samples, %v", len(got), err)
	}
	binary.LittleEndian.PutUint32(raw[24:], 44100)
	if _, err := Read(bytes.NewReader(raw)); !errors.Is(err, ErrFormat) {
		t.Errorf("44100: %v", err)
	}
}

func TestCompanded(t *testing.T) {
	codes := []byte{0xD5, 0x55, 0xAA, 0x2A}
	for code, c := range map[uint16]g711.Codec{codeALaw: g711.ALaw, codeMuLaw: g711.MuLaw} {
		raw := append(file(t, nil, 1), codes...)
		binary.LittleEndian.PutUint16(raw[20:], code)
		binary.LittleEndian.PutUint16(raw[34:], 8)
		binary.LittleEndian.PutUint32(raw[40:], uint32(len(codes)))
		got, err := Read(bytes.NewReader(raw))
		if err != nil || !slices.Equal(got, c.Decode(nil, codes)) {
			t.Errorf("code %d: %v, %v", code, got, err)
		}
	}
}

// FuzzRead holds that hostile files end in an error, not a panic.
func FuzzRead(f *testing.F) {
	f.Add(file(f, []int16{1, 2, 3}, 1))
	f.Add([]byte("RIFF\x00\x00\x00\x00WAVEfmt \xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := Read(bytes.NewReader(b)); err != nil && !errors.Is(err, ErrFormat) {
			t.Errorf("%v", err)
		}
	})
}
