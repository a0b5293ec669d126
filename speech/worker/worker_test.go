package worker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/agner-platform/agner/speech/engine"
)

// Levels that make the fake engine misbehave.
const (
	deadly = 0.9 // ends the process
	hangs  = 0.8 // never answers
)

// TestMain is also the child process of the tests below.
func TestMain(m *testing.M) {
	if os.Getenv("AGNER_TEST_WORKER") == "" {
		goleak.VerifyTestMain(m)
		return
	}
	if err := Serve(os.Stdin, os.NewFile(AnswerFD, "answers"), openFake); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// fake makes a final of every second of sound: its text is the level.
type fake struct{}

func openFake(cfg engine.Config) (engine.Engine, error) {
	if cfg.Model == "missing" {
		return nil, fmt.Errorf("%w: no such model", engine.ErrMissing)
	}
	return fake{}, nil
}

func (fake) Close() {}

func (fake) NewStream(engine.Options) (engine.Stream, error) { return &fakeStream{}, nil }

type fakeStream struct {
	buf  []float32
	done int
}

func (f *fakeStream) Accept(pcm []float32) ([]engine.Result, error) {
	for _, v := range pcm {
		if near(v, deadly) {
			fmt.Fprintln(os.Stderr, "native code: segmentation fault")
			os.Exit(139)
		}
		if near(v, hangs) {
			select {}
		}
	}
	f.buf = append(f.buf, pcm...)
	var out []engine.Result
	for len(f.buf) >= engine.Rate {
		out = append(out, f.final(f.buf[:engine.Rate]))
		f.buf = f.buf[engine.Rate:]
	}
	return out, nil
}

func (f *fakeStream) Finish() ([]engine.Result, error) {
	if len(f.buf) == 0 {
		return nil, nil
	}
	r := f.final(f.buf)
	f.buf = nil
	return []engine.Result{r}, nil
}

func (f *fakeStream) Close() {}

func (f *fakeStream) final(pcm []float32) engine.Result {
	start := float64(f.done) / engine.Rate
	f.done += len(pcm)
	end := float64(f.done) / engine.Rate
	text := fmt.Sprintf("%.2f", pcm[0])
	return engine.Result{Final: true, Start: start, End: end, Text: text, Words: []engine.Word{{Text: text, Start: start, End: end}}}
}

func near(a, b float32) bool { return a > b-0.001 && a < b+0.001 }

// pool starts a pool of fake children.
func pool(t *testing.T, cfg Config) *Pool {
	t.Helper()
	cfg.Command, cfg.Env = []string{os.Args[0]}, []string{"AGNER_TEST_WORKER=1"}
	p, err := NewPool(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// second is a second of sound at a level.
func second(level float32) []float32 {
	out := make([]float32, engine.Rate)
	for i := range out {
		out[i] = level
	}
	return out
}

func open(t *testing.T, p *Pool) *Stream {
	t.Helper()
	s, err := p.Open(engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s.(*Stream)
}

// accept feeds a stream and returns its finals as "start text".
func accept(t *testing.T, s *Stream, pcm []float32) []string {
	t.Helper()
	r, err := s.Accept(pcm)
	if err != nil {
		t.Fatal(err)
	}
	return lines(r)
}

func lines(results []engine.Result) []string {
	var out []string
	for _, r := range results {
		out = append(out, strings.TrimSpace(fmt.Sprintf("%.1f-%.1f %s %s", r.Start, r.End, r.Text, strings.Join(r.Guards, ","))))
	}
	return out
}

func TestTwoStreamsInOneChild(t *testing.T) {
	p := pool(t, Config{})
	a, b := open(t, p), open(t, p)
	gotA := accept(t, a, append(second(0.1), second(0.2)[:8000]...))
	gotB := accept(t, b, second(0.3))
	gotA = append(gotA, accept(t, a, second(0.2)[:8000])...)
	r, err := a.Finish()
	if err != nil || r != nil {
		t.Errorf("the end of whole seconds: %v, %v", r, err)
	}
	if d := cmp.Diff([]string{"0.0-1.0 0.10", "1.0-2.0 0.20"}, gotA); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"0.0-1.0 0.30"}, gotB); d != "" {
		t.Error(d)
	}
}

func TestCrashLosesNothing(t *testing.T) {
	p := pool(t, Config{Workers: 2})
	s := open(t, p)
	got := accept(t, s, append(second(0.1), second(0.2)[:8000]...))
	if err := s.child.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-s.child.done
	got = append(got, accept(t, s, append(second(0.2)[:8000], second(0.3)...))...)
	if d := cmp.Diff([]string{"0.0-1.0 0.10", "1.0-2.0 0.20", "2.0-3.0 0.30"}, got); d != "" {
		t.Error(d)
	}
	open(t, p)
	if p.Deaths() != 1 {
		t.Errorf("%d deaths counted", p.Deaths())
	}
}

func TestDeadlySoundBecomesAGap(t *testing.T) {
	p := pool(t, Config{})
	s := open(t, p)
	got := accept(t, s, second(0.1))
	got = append(got, accept(t, s, second(deadly))...)
	got = append(got, accept(t, s, second(0.3))...)
	if d := cmp.Diff([]string{"0.0-1.0 0.10", "1.0-2.0  gap", "2.0-3.0 0.30"}, got); d != "" {
		t.Error(d)
	}
}

func TestHangIsKilled(t *testing.T) {
	p := pool(t, Config{Limit: 300 * time.Millisecond})
	s := open(t, p)
	got := append(accept(t, s, second(hangs)), accept(t, s, second(0.3))...)
	if d := cmp.Diff([]string{"0.0-1.0  gap", "1.0-2.0 0.30"}, got); d != "" {
		t.Error(d)
	}
}

// TestTwentyKills kills children under load: every final of every stream arrives
// once. One kill at most falls into each second of sound, so no stream can meet
// more dead children in a row than it tries.
func TestTwentyKills(t *testing.T) {
	const kills, streams, seconds = 20, 3, 60
	p := pool(t, Config{Workers: 2})
	open := [streams]engine.Stream{open(t, p), open(t, p), open(t, p)}
	got := make([][]string, streams)
	killed := 0
	rng := rand.New(rand.NewPCG(6, 6))
	for n := range seconds {
		var round sync.WaitGroup
		for i, s := range open {
			round.Go(func() {
				r, err := s.Accept(second(float32(n) / 100))
				if err != nil {
					t.Errorf("stream %d, second %d: %v", i, n, err)
				}
				got[i] = append(got[i], lines(r)...)
			})
		}
		if killed < kills && kill(p, rng) {
			killed++
		}
		round.Wait()
	}
	if killed < kills {
		t.Errorf("only %d kills", killed)
	}
	for i := range got {
		var want []string
		for n := range seconds {
			want = append(want, fmt.Sprintf("%.1f-%.1f %.2f", float64(n), float64(n+1), float64(n)/100))
		}
		if d := cmp.Diff(want, got[i]); d != "" {
			t.Errorf("stream %d:\n%s", i, d)
		}
	}
	t.Logf("%d kills, %d deaths noticed", killed, p.Deaths())
}

// kill ends a random child of the pool.
func kill(p *Pool, rng *rand.Rand) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.children) == 0 {
		return false
	}
	c := p.children[rng.IntN(len(p.children))]
	if !c.alive() || c.cmd.Process.Kill() != nil {
		return false
	}
	<-c.done
	return true
}

func TestAdmission(t *testing.T) {
	p := pool(t, Config{Workers: 2, Streams: 1})
	a := open(t, p)
	open(t, p)
	if _, err := p.Open(engine.Options{}); !errors.Is(err, ErrBusy) {
		t.Errorf("a third stream: %v", err)
	}
	a.Close()
	a.Close()
	if _, err := a.Accept(second(0)); !errors.Is(err, ErrClosed) {
		t.Errorf("a closed stream: %v", err)
	}
	open(t, p)
	p.Close()
	if _, err := p.Open(engine.Options{}); !errors.Is(err, ErrClosed) {
		t.Errorf("a closed pool: %v", err)
	}
}

func TestRefusedAndUnstartable(t *testing.T) {
	_, err := NewPool(t.Context(), Config{Command: []string{os.Args[0]}, Env: []string{"AGNER_TEST_WORKER=1"}, Engine: engine.Config{Model: "missing"}})
	if !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "no such model") {
		t.Errorf("a missing model: %v", err)
	}
	if _, err := NewPool(t.Context(), Config{Command: []string{"/no/such/program"}}); !errors.Is(err, ErrDied) {
		t.Errorf("a missing program: %v", err)
	}
	if _, err := NewPool(t.Context(), Config{}); !errors.Is(err, ErrRefused) {
		t.Errorf("no command: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := NewPool(ctx, Config{Command: []string{os.Args[0]}, Env: []string{"AGNER_TEST_WORKER=1"}}); !errors.Is(err, ErrDied) {
		t.Errorf("a cancelled start: %v", err)
	}
}

func TestFrames(t *testing.T) {
	var b bytes.Buffer
	want := request{Op: opAccept, Stream: 7, PCM: pack([]float32{-1, 0, 0.5, 2})}
	if err := writeFrame(&b, want); err != nil {
		t.Fatal(err)
	}
	whole := b.Bytes()
	var got request
	if err := readFrame(bytes.NewReader(whole), &got); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	for i := 1; i < len(whole); i++ {
		if err := readFrame(bytes.NewReader(whole[:i]), &got); err == nil {
			t.Fatalf("a frame of %d bytes out of %d is read", i, len(whole))
		}
	}
	if err := readFrame(bytes.NewReader([]byte{0xff, 0xff, 0xff, 0xff}), &got); !errors.Is(err, errFrame) {
		t.Errorf("a frame of 4 GB: %v", err)
	}
	if err := readFrame(bytes.NewReader(nil), &got); !errors.Is(err, io.EOF) {
		t.Errorf("the end: %v", err)
	}
}

// FuzzServe feeds the child's loop with anything.
func FuzzServe(f *testing.F) {
	var b bytes.Buffer
	for _, r := range []request{{Op: opLoad, Config: &engine.Config{}}, {Op: opOpen, Stream: 1}, {Op: opAccept, Stream: 1, PCM: make([]byte, 9)}, {Op: opFinish, Stream: 1}, {Op: opClose, Stream: 1}, {Op: 99, Stream: 1}} {
		if err := writeFrame(&b, r); err != nil {
			f.Fatal(err)
		}
	}
	f.Add(b.Bytes())
	f.Add([]byte{1, 0, 0, 0, 0xff})
	f.Fuzz(func(_ *testing.T, in []byte) {
		_ = Serve(bytes.NewReader(in), io.Discard, func(engine.Config) (engine.Engine, error) { return fake{}, nil })
	})
}
