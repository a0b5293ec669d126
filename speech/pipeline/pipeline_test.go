package pipeline

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/agner-platform/agner/internal/db/personal"
	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/journal"
	"github.com/agner-platform/agner/speech/batch"
	"github.com/agner-platform/agner/speech/engine"
	"github.com/agner-platform/agner/speech/transcripts"
)

// centre is a switch with tapes, a place for words and recognisers that say what the
// loudness of the first sample tells them to.
type centre struct {
	t    *testing.T
	dir  string
	node *journal.Journal // the switch's

	mu       sync.Mutex // protects all below
	tapes    map[string]*Tape
	redacted map[string][]event.Span
	texts    map[string][]personal.Turn
	heard    []string // in their order
	die      string   // what fails once: texts, redact, recogniser
	stop     func()   // called when it does
	nomodel  bool
}

func newCentre(t *testing.T) *centre {
	t.Helper()
	c := &centre{t: t, dir: t.TempDir(), tapes: map[string]*Tape{}, redacted: map[string][]event.Span{}, texts: map[string][]personal.Turn{}}
	var err error
	if c.node, _, err = journal.Open(filepath.Join(c.dir, "journal"), "switch", journal.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.node.Close() })
	return c
}

// record ends a recording of ten seconds.
func (c *centre) record(id string, pending bool) {
	c.t.Helper()
	x := &Tape{ID: id, Interaction: "call-" + id, Queue: "q", Party: "p_1", StartedAt: time.Now().Add(-time.Minute), LengthUs: 10e6}
	if pending {
		x.Redaction = "pending"
	}
	c.mu.Lock()
	c.tapes[id] = x
	c.mu.Unlock()
	e := event.New(time.Now().UnixMicro(), &event.RecordingFinished{Ref: id, URI: "agner://switch/" + id, SHA256: "00", StartedAt: x.StartedAt.UnixMicro(), LengthUs: x.LengthUs})
	e.Interaction, e.Queue = x.Interaction, "q"
	if _, err := c.node.Append(context.Background(), e); err != nil {
		c.t.Fatal(err)
	}
}

func (c *centre) Tape(_ context.Context, id string) (Tape, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if x := c.tapes[id]; x != nil {
		return *x, nil
	}
	return Tape{}, ErrGone
}

func (c *centre) Open(_ context.Context, id string) (io.ReadCloser, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.heard = append(c.heard, id)
	const frames = 10 * 8000
	b := binary.LittleEndian.AppendUint32([]byte("RIFF"), 36+4*frames)
	b = append(b, "WAVEfmt "...)
	for _, v := range []uint32{16, 1 | 2<<16, 8000, 32000, 4 | 16<<16} {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	b = binary.LittleEndian.AppendUint32(append(b, "data"...), 4*frames)
	return io.NopCloser(bytes.NewReader(append(b, make([]byte, 4*frames)...))), nil
}

// broken is a failure that also ends the coordinator, as a kill would.
var broken = errors.New("killed")

func (c *centre) fails(what string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.die != what {
		return false
	}
	c.die = ""
	c.stop()
	return true
}

func (c *centre) Redact(_ context.Context, id string, spans []event.Span) error {
	if c.fails("redact") {
		return broken
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tapes[id].Redaction = "done"
	c.redacted[id] = spans
	return nil
}

func (c *centre) PutTurns(_ context.Context, interaction, _ string, turns []personal.Turn) error {
	if c.fails("texts") {
		return broken
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.texts[interaction] = turns
	return nil
}

func (c *centre) Turns(context.Context, string) ([]personal.Turn, error) { return nil, nil }

func (c *centre) For(language string) (batch.Opener, string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.nomodel || language != "en" {
		return nil, "", fmt.Errorf("%w: %s", ErrNoModel, language)
	}
	return opener{c}, "fake", nil
}

// opener gives streams that hear a card number and then lose their recogniser.
type opener struct{ c *centre }

func (o opener) Open(engine.Options) (engine.Stream, error) { return &stream{c: o.c}, nil }

type stream struct{ c *centre }

func (s *stream) Accept([]float32) ([]engine.Result, error) {
	if s.c.fails("recogniser") {
		return nil, broken
	}
	return nil, nil
}

func (s *stream) Finish() ([]engine.Result, error) {
	text := "my card number is four two four two four two four two four two four two four two four two"
	r := engine.Result{Final: true, Start: 1, End: 4, Text: text}
	for i, w := range strings.Fields(text) {
		at := 1 + 3*float64(i)/20
		r.Words = append(r.Words, engine.Word{Text: w, Start: at, End: at + 0.1, Confidence: 0.9})
	}
	return []engine.Result{r, {Final: true, Start: 8, End: 9, Guards: []string{"gap"}}}, nil
}

func (s *stream) Close() {}

// run runs a coordinator until the condition holds or it ends.
func (c *centre) run(until func() bool) error {
	c.t.Helper()
	own, _, err := journal.Open(filepath.Join(c.dir, "journal"), "speech", journal.Options{})
	if err != nil {
		c.t.Fatal(err)
	}
	defer own.Close()
	co, err := New(Config{
		State: filepath.Join(c.dir, "jobs.json"), Journals: filepath.Join(c.dir, "journal"), Node: "speech", Language: "en", Tapes: c,
		Calls: transcripts.New(transcripts.Config{Journal: own, Texts: c}), Recognisers: c,
	})
	if err != nil {
		c.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c.mu.Lock()
	c.stop = cancel
	c.mu.Unlock()
	done := make(chan error, 1)
	go func() { done <- co.Run(ctx) }()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			return err
		case <-tick.C:
			if until != nil && until() {
				cancel()
				<-done
				return nil
			}
		}
	}
}

func (c *centre) settled() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, x := range c.tapes {
		if x.Redaction == "pending" || c.texts[x.Interaction] == nil {
			return false
		}
	}
	return true
}

// facts counts what the coordinator published.
func (c *centre) facts() map[event.Kind]int {
	c.t.Helper()
	tail, err := journal.TailAll(filepath.Join(c.dir, "journal"), nil, journal.TailOptions{})
	if err != nil {
		c.t.Fatal(err)
	}
	defer tail.Close()
	out := map[event.Kind]int{}
	events := make([]event.Event, 100)
	for {
		n, err := tail.TryRead(events)
		if err != nil {
			c.t.Fatal(err)
		}
		if n == 0 {
			return out
		}
		for _, e := range events[:n] {
			out[e.Kind]++
		}
	}
}

func TestHearsAndRedacts(t *testing.T) {
	c := newCentre(t)
	c.record("20261201-aaaaaaaa", false)
	c.record("20261201-bbbbbbbb", true)
	if err := c.run(c.settled); err != nil {
		t.Fatal(err)
	}
	for call, turns := range c.texts {
		for _, x := range turns {
			if strings.Contains(x.Body, "four") {
				t.Errorf("%s holds the number: %q", call, x.Body)
			}
		}
	}
	if f := c.facts(); f[event.KindTranscriptCompleted] != 2 || f[event.KindTranscriptTurnAdded] != 8 {
		t.Errorf("facts %v", f)
	}
	if _, open := c.redacted["20261201-aaaaaaaa"]; open {
		t.Error("a recording was redacted that its policy leaves as it is")
	}
	// The turn with the card, a second on either side, and the gap, far from it as it is.
	want := []event.Span{{FromUs: 0, ToUs: 4_950_000}, {FromUs: 7_000_000, ToUs: 10_000_000}}
	if got := c.redacted["20261201-bbbbbbbb"]; len(got) != 2 || got[0].FromUs != want[0].FromUs || got[1] != want[1] {
		t.Errorf("silenced %v, want about %v", got, want)
	}
	if c.heard[0] != "20261201-bbbbbbbb" {
		t.Errorf("order %v, want the pending one first", c.heard)
	}
}

// TestKilledAnywhere ends the coordinator at every step of a call's way: the next one
// takes the call up, and its transcript is published once.
func TestKilledAnywhere(t *testing.T) {
	for _, at := range []string{"recogniser", "texts", "redact"} {
		t.Run(at, func(t *testing.T) {
			c := newCentre(t)
			c.record("20261201-cccccccc", true)
			c.die = at
			if err := c.run(nil); !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			if c.settled() {
				t.Fatal("nothing was left to do")
			}
			if err := c.run(c.settled); err != nil {
				t.Fatal(err)
			}
			if f := c.facts(); f[event.KindTranscriptCompleted] != 1 || f[event.KindTranscriptTurnAdded] != 4 {
				t.Errorf("facts %v, want one transcript of four turns", f)
			}
			c.record("20261201-cccccccc", false) // a switch says again that it is finished
			c.record("20261201-dddddddd", false)
			if err := c.run(c.settled); err != nil {
				t.Fatal(err)
			}
			if f := c.facts(); f[event.KindTranscriptCompleted] != 2 {
				t.Errorf("facts %v, want nothing twice", f)
			}
		})
	}
}

// TestLostState holds that the journals alone prevent a second transcript.
func TestLostState(t *testing.T) {
	c := newCentre(t)
	c.record("20261201-eeeeeeee", false)
	if err := c.run(c.settled); err != nil {
		t.Fatal(err)
	}
	c.dir, c.heard = moved(t, c), nil
	c.record("20261201-ffffffff", false)
	if err := c.run(func() bool { return c.settled() && c.facts()[event.KindTranscriptCompleted] == 2 }); err != nil {
		t.Fatal(err)
	}
	if slices.Contains(c.heard, "20261201-eeeeeeee") {
		t.Error("heard again what is published")
	}
}

// moved gives a centre another folder for its state with the same journals.
func moved(t *testing.T, c *centre) string {
	t.Helper()
	co, err := openJobs(filepath.Join(c.dir, "jobs.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := co.change(func(s *state) { *s = state{} }); err != nil {
		t.Fatal(err)
	}
	return c.dir
}

func TestNoModelIsSaidAndKeepsATapeClosed(t *testing.T) {
	c := newCentre(t)
	c.nomodel = true
	c.record("20261201-gggggggg", true)
	c.record("20261201-hhhhhhhh", false)
	if err := c.run(func() bool { return c.facts()[event.KindTranscriptCompleted] == 2 }); err != nil {
		t.Fatal(err)
	}
	if c.tapes["20261201-gggggggg"].Redaction != "pending" {
		t.Error("opened though nobody knows what is in it")
	}
	c.nomodel = false
	j, err := openJobs(filepath.Join(c.dir, "jobs.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := j.change(func(s *state) { s.Jobs[0].After = time.Time{} }); err != nil || len(j.Jobs) != 1 {
		t.Fatalf("%d jobs are left, %v, want the closed one", len(j.Jobs), err)
	}
	if err := c.run(c.settled); err != nil {
		t.Fatal(err)
	}
	if n := len(c.texts["call-20261201-gggggggg"]); n != 4 {
		t.Errorf("%d turns after a model came, want 4", n)
	}
}
