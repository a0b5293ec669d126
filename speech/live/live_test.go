package live

import (
	"context"
	"encoding/binary"
	"errors"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/agner-platform/agner/speech/batch"
	"github.com/agner-platform/agner/speech/engine"
	"github.com/agner-platform/agner/speech/phrase"
	"github.com/agner-platform/agner/speech/pipeline"
	"github.com/agner-platform/agner/speech/redact"
)

// script is a recogniser that says a line for every second of sound: a partial of half
// of it after half a second. It stands still while hold is not nil.
type script struct {
	mu    sync.Mutex
	lines []string // protected by mu
	next  int      // protected by mu
	hold  chan struct{}
	opts  []engine.Options // protected by mu
}

func (s *script) open(language string) (batch.Opener, string, error) {
	if language != "en" {
		return nil, "", pipeline.ErrNoModel
	}
	return s, "script", nil
}

func (s *script) Open(opt engine.Options) (engine.Stream, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opts = append(s.opts, opt)
	return &reading{s: s, opt: opt}, nil
}

type reading struct {
	s      *script
	opt    engine.Options
	at     int
	voiced int
	begun  int
}

func (r *reading) Accept(pcm []float32) ([]engine.Result, error) {
	if r.s.hold != nil {
		<-r.s.hold
	}
	var out []engine.Result
	for _, v := range pcm {
		r.at++
		if math.Abs(float64(v)) < 0.01 {
			continue
		}
		if r.voiced == 0 {
			r.begun = r.at
		}
		r.voiced++
		start, end := float64(r.begun)/engine.Rate, float64(r.at)/engine.Rate
		if r.voiced == engine.Rate/2 && r.opt.Partials {
			line := r.s.line(false)
			out = append(out, engine.Result{Start: start, End: end, Text: line[:len(line)/2]})
		}
		if r.voiced == engine.Rate*9/10 { // zero crossings are no voice, and the resampler keeps some
			line := r.s.line(true)
			x := engine.Result{Final: true, Start: start, End: end, Text: line}
			for _, w := range strings.Fields(line) {
				x.Words = append(x.Words, engine.Word{Text: w, Start: start, End: end})
			}
			out, r.voiced = append(out, x), 0
		}
	}
	return out, nil
}

func (r *reading) Finish() ([]engine.Result, error) { return nil, nil }
func (r *reading) Close()                           {}

func (s *script) line(take bool) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	line := s.lines[s.next%len(s.lines)]
	if take {
		s.next++
	}
	return line
}

// speak pushes a second of sound in tenths.
func speak(r *Room, ctx context.Context, tape, side string, second float64) {
	for k := range 10 {
		pcm := make([]byte, 0, 1600)
		for i := range Rate / 10 {
			pcm = binary.LittleEndian.AppendUint16(pcm, uint16(int16(8000*math.Sin(float64(i)))))
		}
		r.Push(ctx, Frame{Tape: tape, Interaction: "i", Queue: "q", Side: side, At: int64(second*Rate) + int64(k)*Rate/10, PCM: pcm})
	}
}

func everything(string) bool { return true }

// await waits until the only call is as wanted.
func await(t *testing.T, r *Room, what string, ok func(Call) bool) Call {
	t.Helper()
	limit := time.After(time.Minute)
	for {
		calls, _, _, next := r.Since(-1, everything)
		if len(calls) > 0 && ok(calls[len(calls)-1]) {
			return calls[len(calls)-1]
		}
		select {
		case <-next:
		case <-limit:
			t.Fatalf("%s: %+v", what, calls)
		}
	}
}

func TestPartialsThenTurnsMasked(t *testing.T) {
	s := &script{lines: []string{"I want to cancel my account", "my card number is four two four two four two four two"}}
	rule, err := phrase.ParseRule(`customer said ("cancel" NEAR/3 "account")`)
	if err != nil {
		t.Fatal(err)
	}
	r := New(Config{For: s.open, Language: "en", Calls: 1, Rules: []Rule{{"leaving", rule}}})
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	speak(r, ctx, "t1", "customer", 0)
	c := await(t, r, "the first turn", func(c Call) bool { return len(c.Turns) == 1 })
	if c.Turns[0].Text != "I want to cancel my account" || c.State != Partials || len(c.Alerts) != 1 || c.Alerts[0] != (Alert{Kind: RuleHit, At: c.Turns[0].Start, Name: "leaving"}) {
		t.Errorf("%+v", c)
	}
	speak(r, ctx, "t1", "customer", 1)
	c = await(t, r, "the second turn", func(c Call) bool { return len(c.Turns) == 2 })
	if strings.Contains(c.Turns[1].Text, "four") || len(c.Alerts) != 1 {
		t.Errorf("%+v", c)
	}
	speak(r, ctx, "t2", "customer", 0)
	calls, there, _, _ := r.Since(-1, everything)
	if len(there) != 2 || calls[1].State != Full {
		t.Errorf("a call beyond the places: %+v", calls)
	}
	r.Push(ctx, Frame{Tape: "t1", End: true})
	if _, there, _, _ := r.Since(-1, everything); len(there) != 1 {
		t.Errorf("calls %v after the end of one", there)
	}
	r.Close()
}

// TestSlowRecogniserDropsPartialsFirst lets frames wait: pushing never does, partials
// go, then sound, and both are seen.
func TestSlowRecogniserDropsPartialsFirst(t *testing.T) {
	s := &script{lines: []string{"well"}, hold: make(chan struct{})}
	r := New(Config{For: s.open, Language: "en", Calls: 1})
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	for second := range 20 {
		speak(r, ctx, "t1", "agent", float64(second))
	}
	close(s.hold)
	c := await(t, r, "finals", func(c Call) bool { return c.State == Finals && len(c.Turns) > 3 })
	if c.Lost < 5 || c.Lost > 13 {
		t.Errorf("%.1f s lost of 20, 8 can wait", c.Lost)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if last := s.opts[len(s.opts)-1]; last.Partials || !last.Live {
		t.Errorf("streams %+v", s.opts)
	}
}

func TestNoModelIsSaid(t *testing.T) {
	s := &script{lines: []string{"x"}}
	r := New(Config{For: s.open, Language: "et", Calls: 1})
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	speak(r, ctx, "t1", "agent", 0)
	await(t, r, "no model", func(c Call) bool { return c.State == NoModel })
	r.Close()
	if _, _, err := s.open("et"); !errors.Is(err, pipeline.ErrNoModel) {
		t.Error(err)
	}
}

func TestAlerts(t *testing.T) {
	w := newWatch(nil)
	say := func(side string, start, end float64) []Alert {
		return w.said(Turn{Side: side, Start: start, End: end, Text: "well"}, 0)
	}
	for i := range 3 { // the agent cuts the customer: two seconds in, and goes on
		at := 10 * float64(i)
		if got := say("customer", at, at+3); len(got) != 0 {
			t.Errorf("customer %d: %+v", i, got)
		}
		got := say("agent", at+2, at+6)
		if (len(got) == 1) != (i == 2) || i == 2 && (got[0].Kind != Interruption || got[0].Side != "agent" || got[0].Value != 3) {
			t.Errorf("interruption %d: %+v", i, got)
		}
	}
	if a, ok := w.silence(35); ok {
		t.Errorf("silence of 9 s: %+v", a)
	}
	if a, ok := w.silence(36.5); !ok || a.Kind != Silence || a.At != 26 || a.Value != 10.5 {
		t.Errorf("silence of 10.5 s: %+v, %v", a, ok)
	}
	if a, ok := w.silence(40); ok {
		t.Errorf("told twice: %+v", a)
	}
	if got := w.said(Turn{Side: "customer", Start: 41, End: 43}, 4); len(got) != 1 || got[0].Kind != Agitation {
		t.Errorf("agitation: %+v", got)
	}
}

// TestProsody lets a party speak calmly for half a minute and then twice as fast and
// 12 dB louder: by the definition (12/2 + 3/0.4)/2 = 6.75 deviations.
func TestProsody(t *testing.T) {
	var p prosody
	tone := func(seconds, level float64) {
		pcm := make([]float32, int(seconds*Rate))
		for i := range pcm {
			pcm[i] = float32(level * math.Sqrt2 * math.Sin(2*math.Pi*200*float64(i)/Rate))
		}
		p.accept(pcm)
	}
	at := 0.0
	for range 10 {
		tone(3, 0.05)
		if x := p.of(at, at+3, 9); x != 0 {
			t.Errorf("calm at %g s: %g", at, x)
		}
		at += 3
	}
	tone(3, 0.05)
	if x := p.of(at, at+3, 9); math.Abs(x) > 0.01 {
		t.Errorf("as before: %g", x)
	}
	at += 3
	tone(3, 0.05*math.Pow(10, 12.0/20))
	if x := p.of(at, at+3, 18); math.Abs(x-6.75) > 0.02 {
		t.Errorf("louder and faster: %g, want 6.75", x)
	}
}

func TestDigitsOfPartials(t *testing.T) {
	for text, want := range map[string]string{
		"my number is four":          "my number is …",
		"it costs two hundred and I": "it costs … hundred and I",
		"nothing to hide":            "nothing to hide",
	} {
		got := redact.Digits(redact.Redactor{}, text)
		if text != "it costs two hundred and I" && got != want || strings.Contains(got, "two") || strings.Contains(got, "four") {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
