package engine_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/agner-platform/agner/speech/audio"
	"github.com/agner-platform/agner/speech/engine"
	"github.com/agner-platform/agner/speech/wer"
)

// models returns the folder of installed models, or skips.
func models(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("AGNER_MODELS")
	if dir == "" {
		dir = filepath.Join("..", "..", ".tools", "models")
	}
	if _, err := os.Stat(filepath.Join(dir, engine.FileVAD)); err != nil {
		t.Skipf("no speech models (set AGNER_MODELS, or run `agner speech install`): %v", err)
	}
	return dir
}

// testdata returns a folder of the speech test data, or skips.
func testdata(t *testing.T, name string) string {
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

func load(t *testing.T, path string) []float32 {
	t.Helper()
	s, f, err := audio.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	x, err := s.ReadAll(engine.Rate)
	if err != nil {
		t.Fatal(err)
	}
	return x[0]
}

// hear runs one channel through a new stream.
func hear(t *testing.T, e engine.Engine, pcm []float32, opt engine.Options) []engine.Result {
	t.Helper()
	s, err := e.NewStream(opt)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var out []engine.Result
	for at := 0; at < len(pcm); at += 1600 {
		r, err := s.Accept(pcm[at:min(at+1600, len(pcm))])
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, r...)
	}
	r, err := s.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return append(out, r...)
}

func texts(results []engine.Result) string {
	var out []string
	for _, r := range results {
		if r.Final {
			out = append(out, r.Text)
		}
	}
	return strings.Join(out, " ")
}

// native runs the body in a process of its own, as native code must: a crash fails
// this one test and no other.
func native(t *testing.T, body func(t *testing.T, e engine.Engine)) {
	t.Helper()
	dir := models(t)
	if os.Getenv("AGNER_TEST_NATIVE") != t.Name() {
		cmd := exec.Command(os.Args[0], "-test.run", "^"+t.Name()+"$", "-test.v", "-test.timeout", "10m")
		cmd.Env = append(os.Environ(), "AGNER_TEST_NATIVE="+t.Name())
		out, err := cmd.CombinedOutput()
		t.Logf("%s", bytes.TrimSpace(out))
		if err != nil {
			t.Fatal(err)
		}
		return
	}
	e, err := engine.Open(engine.Config{Models: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	body(t, e)
}

// TestWordErrorRate holds the targets of the 30 LibriSpeech test-other clips.
func TestWordErrorRate(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute or two")
	}
	root := testdata(t, "librispeech_test_other")
	native(t, func(t *testing.T, e engine.Engine) {
		ref, err := os.ReadFile(filepath.Join(root, "ref.tsv"))
		if err != nil {
			t.Fatal(err)
		}
		for _, band := range []struct {
			dir    string
			target float64
		}{{"wav16k", 0.11}, {"ulaw8k", 0.185}} {
			var total wer.Counts
			marks := map[float64][2]int{} // confidence: words, right ones
			for _, line := range strings.Split(strings.TrimSpace(string(ref)), "\n") {
				id, text, _ := strings.Cut(line, "\t")
				got := hear(t, e, load(t, filepath.Join(root, band.dir, id+".wav")), engine.Options{})
				total = total.Add(wer.Score(text, texts(got)))
				count(marks, text, got)
			}
			t.Logf("%s: word error rate %.1f %% of %d words", band.dir, 100*total.Rate(), total.Words)
			for c, n := range marks {
				t.Logf("%s: confidence %.2f: %d of %d words right", band.dir, c, n[1], n[0])
			}
			if total.Rate() > band.target {
				t.Errorf("%s: word error rate %.1f %%, want at most %.1f %%", band.dir, 100*total.Rate(), 100*band.target)
			}
		}
	})
}

// count adds the words of a transcript to their confidence's tally; a word is right
// when the alignment with the reference leaves it alone.
func count(marks map[float64][2]int, ref string, got []engine.Result) {
	var hyp []string
	var conf []float64
	for _, r := range got {
		for _, w := range r.Words {
			for _, part := range wer.Normalise(w.Text) {
				hyp, conf = append(hyp, part), append(conf, w.Confidence)
			}
		}
	}
	ops, _ := wer.Align(wer.Normalise(ref), hyp)
	i := 0
	for _, op := range ops {
		if op.Hyp == "" {
			continue
		}
		n := marks[conf[i]]
		n[0]++
		if op.Hyp == op.Ref {
			n[1]++
		}
		marks[conf[i]] = n
		i++
	}
}

func TestLiveStream(t *testing.T) {
	root := testdata(t, "librivox_pocketsphinx")
	native(t, func(t *testing.T, e engine.Engine) {
		pcm := load(t, filepath.Join(root, "sense_and_sensibility_01_austen_64kb-0870.wav"))
		got := hear(t, e, pcm, engine.Options{Live: true, Partials: true})
		if len(got) == 0 || got[0].Final {
			t.Fatalf("no partial comes first: %v", got)
		}
		if at := got[0].End - got[0].Start; at > 1.1 {
			t.Errorf("the first partial holds %.1f s of sound", at)
		}
		if text := texts(got); !strings.Contains(text, "leisure to consider how much") {
			t.Errorf("%q", text)
		}
		last := 0.0
		for _, r := range got {
			for _, w := range r.Words {
				if w.Start < last-1e-6 || w.End < w.Start || w.Confidence <= 0 || w.Confidence > 1 {
					t.Errorf("%+v after %.3f", w, last)
				}
				last = w.Start
			}
		}
	})
}

// TestNothingSaid holds that silence and noise give no words.
func TestNothingSaid(t *testing.T) {
	native(t, func(t *testing.T, e engine.Engine) {
		noise := make([]float32, 10*engine.Rate)
		seed := uint32(1)
		for i := range noise {
			seed = seed*1664525 + 1013904223 // Numerical Recipes' generator: the same noise every time
			noise[i] = (float32(seed>>8)/(1<<24) - 0.5) * 0.05
		}
		for name, pcm := range map[string][]float32{"silence": make([]float32, 10*engine.Rate), "noise": noise, "nothing": nil, "one sample": {0.5}} {
			if got := hear(t, e, pcm, engine.Options{}); len(got) != 0 {
				t.Errorf("%s: %q", name, texts(got))
			}
		}
	})
}

func TestClosedStream(t *testing.T) {
	native(t, func(t *testing.T, e engine.Engine) {
		s, err := e.NewStream(engine.Options{})
		if err != nil {
			t.Fatal(err)
		}
		s.Close()
		s.Close()
		if _, err := s.Accept(make([]float32, 10)); err == nil {
			t.Error("a closed stream accepts sound")
		}
		if _, err := s.Finish(); err == nil {
			t.Error("a closed stream finishes")
		}
	})
}

// TestCorruptModel opens a model of noise in a process of its own: sherpa-onnx may
// refuse it, or end that process. Either way nobody else is harmed.
func TestCorruptModel(t *testing.T) {
	dir := models(t)
	if bad := os.Getenv("AGNER_TEST_CORRUPT"); bad != "" {
		_, err := engine.Open(engine.Config{Models: dir, Model: bad})
		if errors.Is(err, engine.ErrModel) {
			os.Exit(7)
		}
		os.Exit(8)
	}
	bad := t.TempDir()
	for _, name := range []string{"encoder_model.onnx", "decoder_model_merged.onnx", "tokens.txt"} {
		if err := os.WriteFile(filepath.Join(bad, name), []byte("this is no model"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(os.Args[0], "-test.run", "^TestCorruptModel$")
	cmd.Env = append(os.Environ(), "AGNER_TEST_CORRUPT="+bad)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() == 8 {
		t.Errorf("a model of noise was opened: %v\n%s", err, out)
	}
	t.Logf("ended with %v", err)
}
