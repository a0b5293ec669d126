package batch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agner-platform/agner/speech/audio"
	"github.com/agner-platform/agner/speech/engine"
)

// fake hears "hello world" in every second of sound louder than nothing.
type fake struct {
	mu   sync.Mutex // guards open
	open int
	fail error
}

func (f *fake) Open(engine.Options) (engine.Stream, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail != nil {
		return nil, f.fail
	}
	f.open++
	return &fakeStream{f: f}, nil
}

type fakeStream struct {
	f    *fake
	n    int
	loud bool
}

func (s *fakeStream) Accept(pcm []float32) ([]engine.Result, error) {
	for _, v := range pcm {
		s.loud = s.loud || v > 0.01
	}
	s.n += len(pcm)
	return nil, nil
}

func (s *fakeStream) Finish() ([]engine.Result, error) {
	if !s.loud {
		return nil, nil
	}
	end := float64(s.n) / engine.Rate
	return []engine.Result{{Final: true, End: end, Text: "hello world", Words: []engine.Word{
		{Text: "hello", Start: 0, End: end / 2, Confidence: 1}, {Text: "world", Start: end / 2, End: end, Confidence: 0.5},
	}}}, nil
}

func (s *fakeStream) Close() {
	s.f.mu.Lock()
	defer s.f.mu.Unlock()
	s.f.open--
}

// wav writes a file of tones; level 0 is silence.
func wav(t *testing.T, name string, rate int, levels ...float64) string {
	t.Helper()
	channels := make([][]float32, len(levels))
	for i, l := range levels {
		channels[i] = make([]float32, rate)
		for k := range channels[i] {
			channels[i][k] = float32(l * math.Sin(float64(k)/5))
		}
	}
	var b bytes.Buffer
	if err := audio.WriteWAV(&b, rate, channels); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTranscribe(t *testing.T) {
	f := &fake{}
	got, err := Transcribe(context.Background(), f, wav(t, "call.wav", 48000, 0.5, 0), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got.Channels != 2 || got.Rate != 48000 || math.Abs(got.Duration-1) > 1e-9 || len(got.Turns) != 1 || got.Turns[0].Party != "agent" || got.Turns[0].Confidence != 0.75 {
		t.Errorf("%+v", got)
	}
	if f.open != 0 {
		t.Errorf("%d streams are left open", f.open)
	}
	mono, err := Transcribe(context.Background(), f, wav(t, "m.wav", 8000, 0.5), nil)
	if err != nil || mono.Turns[0].Party != Mixed {
		t.Errorf("%+v, %v", mono, err)
	}
	silent, err := Transcribe(context.Background(), f, wav(t, "s.wav", 8000, 0), nil)
	if b, _ := json.Marshal(silent); err != nil || !strings.Contains(string(b), `"turns":[]`) {
		t.Errorf("silence: %s, %v", b, err)
	}
	if _, err := Transcribe(context.Background(), f, wav(t, "p.wav", 8000, 0.5), []string{"a", "b"}); !errors.Is(err, ErrParties) {
		t.Errorf("two names for one channel: %v", err)
	}
	empty := filepath.Join(t.TempDir(), "empty.wav")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Transcribe(context.Background(), f, empty, nil); !errors.Is(err, audio.ErrEmpty) {
		t.Errorf("0 bytes: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Transcribe(ctx, f, wav(t, "c.wav", 8000, 0.5), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestWER(t *testing.T) {
	dir := filepath.Dir(wav(t, "a.wav", 8000, 0.5))
	got, err := WER(context.Background(), &fake{}, strings.NewReader("a\thello world\nb\tone two three\n"), dir, 2)
	if err != nil {
		t.Fatal(err)
	}
	// a is right; b is missing: three words deleted.
	if got.Words != 5 || got.Deletions != 3 || got.WER != 0.6 || got.Failed != 1 || got.Files[0].WER != 0 || got.Files[1].Error == "" {
		t.Errorf("%+v", got)
	}
	for _, bad := range []string{"", "no tab here", "a\tx\na\ty", "../a\tx"} {
		if _, err := WER(context.Background(), &fake{}, strings.NewReader(bad), dir, 1); !errors.Is(err, ErrReference) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestMeasure(t *testing.T) {
	path := wav(t, "call.wav", 8000, 0.5, 0)
	turns := `{"turns":[{"party":"agent","start":0,"end":0.6,"text":"one two"},{"party":"customer","start":0.4,"end":1,"text":"three"},{"party":"agent","start":0.9,"end":1,"gap":true}]}`
	got, err := Measure(path, nil, strings.NewReader(turns))
	if err != nil {
		t.Fatal(err)
	}
	if got.From != "turns" || got.Crosstalk != 0.2 || len(got.Sides) != 2 || *got.Sides[0].SpeechRate != 200 {
		t.Errorf("%+v", got)
	}
	for _, bad := range []string{"", `{"turns":[{"start":1,"end":0,"party":"a"}]}`, `{"turns":[{"start":0,"end":1}]}`} {
		if _, err := Measure(path, nil, strings.NewReader(bad)); !errors.Is(err, ErrTurns) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	sound, err := Measure(path, []string{"x", "y"}, nil)
	if err != nil || sound.From != "sound" || sound.Sides[0].Party != "x" {
		t.Errorf("%+v, %v", sound, err)
	}
	b, err := json.Marshal(sound)
	if err != nil {
		t.Fatal(err)
	}
	var keys map[string]any
	if err := json.Unmarshal(b, &keys); err != nil || keys["duration_s"] != 1.0 || keys["crosstalk_s"] == nil {
		t.Errorf("%s", b)
	}
}

func TestParties(t *testing.T) {
	for n, want := range map[int][]string{1: {Mixed}, 2: {"agent", "customer"}, 4: {"agent", "customer", "party 3", "party 4"}} {
		if got, err := Parties(n, nil); err != nil || !cmp.Equal(got, want) {
			t.Errorf("%d channels: %q, %v", n, got, err)
		}
	}
}
