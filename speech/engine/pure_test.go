package engine

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unsafe"

	"errors"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestGuardCap(t *testing.T) {
	tokens := strings.Split("| I| am| su|re| we| can| do| that| for| you| to|day", "|")[1:]
	words, guards := guard(" I am sure we can do that for you today", tokens, 10, true)
	if len(guards) != 0 || len(words) != 10 {
		t.Errorf("10 s of speech: %q, guards %q", words, guards)
	}
	// 1 s holds at most 8 tokens: the ninth is cut.
	words, guards = guard(" I am sure we can do that for you today", tokens, 1, true)
	if d := cmp.Diff([]string{"I", "am", "sure", "we", "can", "do", "that"}, words); d != "" || len(guards) != 1 || guards[0] != GuardCap {
		t.Errorf("1 s of speech: guards %q\n%s", guards, d)
	}
	// A cut inside a word drops the word.
	if got, cut := cutTokens("a b c d e f g hello", []string{"a", " b", " c", " d", " e", " f", " g", " hel", "lo"}, 0.5); !cut || got != "a b c d e f g" {
		t.Errorf("cut inside a word: %q, %v", got, cut)
	}
}

func TestGuardLoop(t *testing.T) {
	f := func(in, want string, hit bool) {
		t.Helper()
		got, looped := unloop(strings.Fields(in))
		if d := cmp.Diff(want, strings.Join(got, " ")); d != "" || looped != hit {
			t.Errorf("%q: looped %v\n%s", in, looped, d)
		}
	}
	f("thank you thank you thank you thank you bye", "thank you bye", true)
	f("no no no I said no", "no no no I said no", false)
	f("the The the, the. end", "the end", true)
	f("four four four four two", "four four four four two", false) // a number, not a loop
	f("a b c d a b c d a b c d a b c d a b c d", "a b c d", true)
	f("", "", false)
}

func TestGuardScript(t *testing.T) {
	words, guards := guard("hello мир and goodbye everyone", nil, 2, true)
	if d := cmp.Diff([]string{"hello", "and", "goodbye", "everyone"}, words); d != "" || len(guards) != 1 {
		t.Errorf("guards %q\n%s", guards, d)
	}
	if words, _ := guard("ご視聴ありがとうございました ok", nil, 2, true); words != nil {
		t.Errorf("a foreign final is kept: %q", words)
	}
	if words, guards := guard("你好 世界", nil, 2, false); len(words) != 2 || guards != nil {
		t.Errorf("a Chinese model may write Chinese: %q %q", words, guards)
	}
	if words, _ := guard(" ...", nil, 1, true); words != nil {
		t.Errorf("punctuation alone: %q", words)
	}
}

// TestGuardNeverGrows holds that guards only remove.
func TestGuardNeverGrows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "я", "好"}), 0, 40).Draw(t, "words")
		out, _ := guard(strings.Join(in, " "), nil, 3, true)
		i := 0
		for _, w := range out {
			for i < len(in) && in[i] != w {
				i++
			}
			if i == len(in) {
				t.Fatalf("%q is no part of %q", out, in)
			}
			i++
		}
	})
}

// feed runs windows through a segmenter; voiced says which seconds hold speech.
func feed(c cutting, seconds float64, voiced func(float64) bool) []piece {
	s := segmenter{cutting: c}
	var out []piece
	for n := int64(0); float64(n)/Rate < seconds; n += vadWindow {
		w := make([]float32, vadWindow)
		on := voiced(float64(n) / Rate)
		for i := range w {
			if on {
				w[i] = float32(math.Sin(float64(n) + float64(i)))
			}
		}
		if p := s.push(w, on); p != nil {
			out = append(out, *p)
		}
	}
	if p := s.flush(); p != nil {
		out = append(out, *p)
	}
	return out
}

func TestSegments(t *testing.T) {
	speech := func(at float64) bool { return at >= 1 && at < 3 || at >= 3.3 && at < 5 || at >= 7 && at < 8 }
	got := feed(liveCut, 10, speech)
	if len(got) != 2 {
		t.Fatalf("%d segments, want 2: a gap of 0.3 s does not end one, 2 s do", len(got))
	}
	for i, want := range [][2]float64{{1, 5}, {7, 8}} {
		start, end := float64(got[i].start)/Rate, float64(got[i].start+int64(len(got[i].pcm)))/Rate
		if start > want[0] || start < want[0]-0.35 || end < want[1] || end > want[1]+0.25 {
			t.Errorf("segment %d is %.2f–%.2f, speech %.2f–%.2f", i, start, end, want[0], want[1])
		}
	}
	if got := feed(batchCut, 10, speech); len(got) != 2 {
		t.Errorf("recording: %d segments, want 2", len(got))
	}
	if got := feed(liveCut, 5, func(at float64) bool { return at > 2 && at < 2.05 }); len(got) != 0 {
		t.Errorf("a click became %d segments", len(got))
	}
	if got := feed(liveCut, 60, func(float64) bool { return false }); len(got) != 0 {
		t.Errorf("silence became %d segments", len(got))
	}
}

func TestLongSpeechIsCutAtAPause(t *testing.T) {
	// The detector hears speech throughout; at 6.0 to 6.2 s it is silent in truth.
	s := segmenter{cutting: liveCut}
	var first *piece
	total := int64(0)
	for n := int64(0); n < 30*Rate; n += vadWindow {
		w := make([]float32, vadWindow)
		for i := range w {
			if at := float64(n+int64(i)) / Rate; at < 6 || at > 6.2 {
				w[i] = float32(math.Sin(float64(n) + float64(i)))
			}
		}
		p := s.push(w, true)
		if p == nil {
			continue
		}
		if first == nil {
			first = p
		}
		if p.done || int64(len(p.pcm)) > liveCut.longest+vadWindow || p.start != total {
			t.Fatalf("piece at %d of %d samples, done %v; want the next at %d", p.start, len(p.pcm), p.done, total)
		}
		total += int64(len(p.pcm))
	}
	if end := float64(len(first.pcm)) / Rate; end < 6 || end > 6.2 {
		t.Errorf("cut at %.2f s, not in the pause", end)
	}
}

// TestSegmentsLoseNothing holds that all voiced sound but clicks is in a piece, once.
func TestSegmentsLoseNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cuts := rapid.SliceOfN(rapid.IntRange(4, 400), 1, 12).Draw(t, "run lengths in windows")
		s := segmenter{cutting: liveCut}
		var pieces []*piece
		voicedAt := map[int64]bool{}
		n, on := int64(0), false
		for _, c := range cuts {
			for range c {
				if p := s.push(make([]float32, vadWindow), on); p != nil {
					pieces = append(pieces, p)
				}
				voicedAt[n] = on
				n += vadWindow
			}
			on = !on
		}
		if p := s.flush(); p != nil {
			pieces = append(pieces, p)
		}
		last := int64(0)
		for _, p := range pieces {
			if p.start < last {
				t.Fatalf("piece at %d overlaps the one before, to %d", p.start, last)
			}
			last = p.start + int64(len(p.pcm))
			for at := range voicedAt {
				if at >= p.start && at < last {
					voicedAt[at] = false
				}
			}
		}
		for at, lost := range voicedAt {
			if lost {
				t.Fatalf("voiced window at %.2f s is in no piece", float64(at)/Rate)
			}
		}
	})
}

func TestSpread(t *testing.T) {
	pcm := make([]float32, 3*Rate) // speech in 0–1 and 2–3 s
	for i := range pcm {
		if at := float64(i) / Rate; at < 1 || at >= 2 {
			pcm[i] = 0.1
		}
	}
	got := spread([]ballot{{"hello", sure}, {"world", disputed}}, 10, pcm)
	want := []Word{{"hello", 10, 11, sure}, {"world", 12, 13, disputed}}
	if d := cmp.Diff(want, got, cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) < 0.011 })); d != "" {
		// the first word ends where its last voiced frame begins the next share: in the pause
		if got[0].End < 11 || got[0].End > 12.01 || math.Abs(got[1].Start-12) > 0.011 {
			t.Error(d)
		}
	}
	if spread(nil, 0, pcm) != nil {
		t.Error("times without words")
	}
	if got := spread([]ballot{{"a", sure}}, 0, make([]float32, 10)); len(got) != 1 {
		t.Errorf("a piece shorter than a frame: %v", got)
	}
}

func TestVote(t *testing.T) {
	f := func(want string, hyps ...string) []ballot {
		t.Helper()
		var others [][]string
		for _, h := range hyps[1:] {
			others = append(others, strings.Fields(h))
		}
		got := vote(strings.Fields(hyps[0]), others)
		var words []string
		for _, b := range got {
			words = append(words, b.word)
		}
		if d := cmp.Diff(want, strings.Join(words, " ")); d != "" {
			t.Errorf("%q:\n%s", hyps, d)
		}
		return got
	}
	f("the cat sat", "the hat sat", "the cat sat", "a cat sat")
	f("the cat sat", "the cat sat", "the bat sat", "the rat sat")    // no majority: the first
	f("the black cat", "the cat", "the black cat", "the black cat")  // a majority adds
	f("the cat", "the the cat", "the cat", "the cat")                // and drops
	f("Hello, World.", "Hello, World.", "hello world", "hello word") // case of the first
	f("Of two.", "Of two.", "off too")                               // two voters: a tie goes to the first
	f("one", "one")
	got := f("Hello there Bob", "Hello there Bob", "hello their Bob", "hello there")
	if got[0].confidence != sure || got[1].confidence != likely || got[2].confidence != likely {
		t.Errorf("confidence %v", got)
	}
}

func TestVoteOfOneIsItself(t *testing.T) {
	words := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "d"}), 0, 12)
	rapid.Check(t, func(t *rapid.T) {
		first, other := words.Draw(t, "first"), words.Draw(t, "other")
		for _, others := range [][][]string{nil, {first}, {first, other}, {other}} {
			var got []string
			for _, b := range vote(first, others) {
				got = append(got, b.word)
			}
			if d := cmp.Diff(strings.Join(first, " "), strings.Join(got, " ")); d != "" {
				t.Fatalf("%q against %q:\n%s", first, others, d)
			}
		}
	})
}

func TestSlower(t *testing.T) {
	x := make([]float32, Rate)
	for i := range x {
		x[i] = float32(math.Sin(2 * math.Pi * 420 * float64(i) / Rate))
	}
	y := slower(x)
	if len(y) != int(float64(len(x))*slowdown) {
		t.Fatalf("%d samples", len(y))
	}
	for i := 10; i < len(y)-10; i++ { // 420 Hz played 5 % slower is 400 Hz
		if want := math.Sin(2 * math.Pi * 400 * float64(i) / Rate); math.Abs(float64(y[i])-want) > 0.01 {
			t.Fatalf("sample %d = %g, want %g", i, y[i], want)
		}
	}
}

func TestVoskResults(t *testing.T) {
	got, err := voskResults([]byte(`{"result":[{"conf":0.5,"end":0.8,"start":0.3,"word":"good"},{"conf":1,"end":1.2,"start":0.9,"word":"day"}],"text":"good day"}`))
	if err != nil {
		t.Fatal(err)
	}
	want := []Result{{
		Final: true, Start: 0.3, End: 1.2, Text: "good day", Confidence: 0.75, Timing: Recogniser,
		Words: []Word{{"good", 0.3, 0.8, 0.5}, {"day", 0.9, 1.2, 1}},
	}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if got, err := voskResults([]byte(`{"text":""}`)); err != nil || got != nil {
		t.Errorf("silence: %v, %v", got, err)
	}
	if _, err := voskResults([]byte(`{`)); err == nil {
		t.Error("half a result is accepted")
	}
}

// TestLayout compares the size of each mirrored struct with what a C compiler
// makes of the header of sherpa-onnx 1.13 on a 64-bit machine.
func TestLayout(t *testing.T) {
	if unsafe.Sizeof(uintptr(0)) != 8 {
		t.Skip("the sizes are those of 64-bit machines")
	}
	for _, tt := range []struct {
		name      string
		got, want uintptr
	}{
		{"OfflineModelConfig", unsafe.Sizeof(cModel{}), 504},
		{"OfflineRecognizerConfig", unsafe.Sizeof(cRecogniser{}), 608},
		{"VadModelConfig", unsafe.Sizeof(cVAD{}), 88},
		{"moonshine in it", unsafe.Offsetof(cModel{}.moonshine), 176},
		{"decoding method in it", unsafe.Offsetof(cRecogniser{}.method), 528},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, tt.got, tt.want)
		}
	}
}

func TestMissingAndUnknown(t *testing.T) {
	if _, err := Open(Config{Engine: "hal"}); !errors.Is(err, ErrEngine) {
		t.Errorf("unknown engine: %v", err)
	}
	for _, name := range []string{Sherpa, Vosk} {
		if _, err := Open(Config{Engine: name, Models: t.TempDir()}); !errors.Is(err, ErrMissing) {
			t.Errorf("%s without libraries: %v", name, err)
		}
	}
	dir := t.TempDir()
	if _, _, err := recognise(filepath.Join(dir, "nowhere"), Config{}); !errors.Is(err, ErrMissing) {
		t.Errorf("no folder: %v", err)
	}
	touch := func(name string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	touch(fileTokens)
	if _, _, err := recognise(dir, Config{}); !errors.Is(err, ErrMissing) {
		t.Errorf("no model: %v", err)
	}
	touch("tiny.en-encoder.int8.onnx")
	touch("tiny.en-decoder.int8.onnx")
	if _, s, err := recognise(dir, Config{}); err != nil || s.name != "whisper" {
		t.Errorf("%q, %v; want whisper", s.name, err)
	}
	touch("encoder_model.onnx")
	touch("decoder_model_merged.onnx")
	if _, s, err := recognise(dir, Config{}); err != nil || s.name != "moonshine" {
		t.Errorf("%q, %v; want moonshine", s.name, err)
	}
	broken := filepath.Join(dir, DirLib)
	if err := os.Mkdir(broken, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, lib := range []string{LibRuntime, LibSherpa, LibVosk} {
		touch(filepath.Join(DirLib, lib))
	}
	if _, err := bindSherpa(broken); !errors.Is(err, ErrLibrary) {
		t.Errorf("a library that is none: %v", err)
	}
}
