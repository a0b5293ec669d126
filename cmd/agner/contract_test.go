package main

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/agner-platform/agner/cmd/agner/exit"
	"github.com/agner-platform/agner/telephony/media/g711"
)

// wave is a WAV file: format 1 linear, 6 A-law, 7 µ-law.
func wave(t *testing.T, name string, format, channels, rate, bits int, data []byte) string {
	t.Helper()
	b := binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(36+len(data)))
	b = binary.LittleEndian.AppendUint32(append(b, "WAVEfmt "...), 16)
	for _, v := range []int{format, channels} {
		b = binary.LittleEndian.AppendUint16(b, uint16(v))
	}
	for _, v := range []int{rate, rate * channels * bits / 8} {
		b = binary.LittleEndian.AppendUint32(b, uint32(v))
	}
	for _, v := range []int{channels * bits / 8, bits} {
		b = binary.LittleEndian.AppendUint16(b, uint16(v))
	}
	b = binary.LittleEndian.AppendUint32(append(b, "data"...), uint32(len(data)))
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, append(b, data...), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func linear(samples []int16) []byte {
	var out []byte
	for _, v := range samples {
		out = binary.LittleEndian.AppendUint16(out, uint16(v))
	}
	return out
}

// melody is five seconds of a scale with overtones, and no voice.
func melody() []int16 {
	out := make([]int16, 5*8000)
	for i := range out {
		hz := 261.6 * math.Pow(2, float64(i/4000)/12)
		for k := 1.0; k < 6; k++ {
			out[i] += int16(3000 / k * math.Sin(2*math.Pi*k*hz*float64(i)/8000))
		}
	}
	return out
}

// TestBadSoundAndModels holds the contract of `agner speech transcribe` with what is no
// good: an exit code, what is wrong by file and field, and never words nobody said.
func TestBadSoundAndModels(t *testing.T) {
	dir := models(t)
	said := spoken(t, "Thank you for calling, how can I help you today?")
	stereo, fine := make([]int16, 0, 2*len(said)), make([]int16, 0, 6*len(said))
	for _, v := range said {
		stereo = append(stereo, v, 0)
		fine = append(fine, v, v, v, v, v, v)
	}
	good := wave(t, "stereo.wav", 1, 2, 8000, 16, linear(stereo))
	text, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	broken := filepath.Join(t.TempDir(), "models")
	if err := os.CopyFS(broken, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(broken, "moonshine-base", "encoder_model.onnx"), []byte("no model"), 0o600); err != nil {
		t.Fatal(err)
	}
	file := func(name string, b []byte) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	f := func(name string, code int, words, says string, args ...string) {
		t.Run(name, func(t *testing.T) {
			r := agner(t, filepath.Join(t.TempDir(), "data"), append([]string{"speech", "transcribe", "--workers", "1", "--json"}, args...)...)
			var out struct {
				Notes []string
				Turns []struct{ Text string }
			}
			if code == 0 {
				if err := json.Unmarshal([]byte(r.stdout), &out); err != nil {
					t.Fatalf("%v: %s%s", err, r.stdout, r.stderr)
				}
			}
			heard := ""
			for _, x := range out.Turns {
				heard += " " + strings.ToLower(x.Text)
			}
			if r.code != code || words == "" && strings.TrimSpace(heard) != "" || !strings.Contains(heard, words) {
				t.Errorf("exit %d, want %d; %q, want %q: %s", r.code, code, heard, words, r.stderr)
			}
			if all := r.stderr + strings.Join(out.Notes, " "); !strings.Contains(all, says) {
				t.Errorf("says %q, want %q", all, says)
			}
		})
	}
	const help = "thank you for calling"
	f("stereo", 0, help, "", good)
	f("mono", 0, help, "", wave(t, "mono.wav", 1, 1, 8000, 16, linear(said)))
	f("48 kHz", 0, help, "", wave(t, "fine.wav", 1, 1, 48000, 16, linear(fine)))
	f("labelled A-law, is µ-law", 0, help, "ulaw", wave(t, "label.wav", 6, 1, 8000, 8, g711.MuLaw.Encode(nil, said)))
	f("cut off", 0, "thank you", "", file("cut.wav", text[:len(text)*2/3]))
	f("nobody speaks", 0, "", "", wave(t, "silent.wav", 1, 2, 8000, 16, make([]byte, 8000*4*5)))
	f("music", 0, "", "", wave(t, "music.wav", 1, 1, 8000, 16, linear(melody())))
	f("no bytes", exit.CodeBadInput, "", "empty.wav", file("empty.wav", nil))
	f("no sound at all", exit.CodeBadInput, "", "letter.wav", file("letter.wav", []byte("Dear Sir or Madam, this is no recording. Yours faithfully")))
	f("no such file", exit.CodeBadInput, "", "absent.wav", "absent.wav")
	f("no models", exit.CodeUnavailable, "", "agner speech install", "--models", filepath.Join(t.TempDir(), "none"), good)
	f("a model that is none", exit.CodeUnavailable, "", "", "--models", broken, good)
}
