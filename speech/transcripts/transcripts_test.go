package transcripts

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/agner-platform/agner/internal/db/personal"
	"github.com/agner-platform/agner/internal/journal"
	"github.com/agner-platform/agner/speech/search"
)

// texts is a side table in memory.
type texts map[string][]personal.Turn

func (x texts) PutTurns(_ context.Context, interaction, _ string, turns []personal.Turn) error {
	x[interaction] = turns
	return nil
}

func (x texts) Turns(_ context.Context, interaction string) ([]personal.Turn, error) {
	return x[interaction], nil
}

func call() Call {
	return Call{
		Interaction: "i1", Recording: "r1", StartedAt: time.Date(2026, 7, 1, 8, 0, 0, 0, time.UTC), Queue: "q", Agent: "ann", Party: "p_1", Language: "en", Engine: "test",
		Turns: []Turn{
			{Side: "agent", Start: 0.5, End: 3, Text: "could you give me your card number please", Words: 8, Confidence: 0.9},
			{Side: "customer", Start: 5, End: 12, Text: "four two four two four two four two four two four two four two four two", Words: 16, Confidence: 0.8},
			{Side: "customer", Start: 13, End: 14, Gap: true},
			{Side: "agent", Start: 15, End: 17, Text: "wonderful thank you very much that is great", Words: 8, Confidence: 0.9},
		},
	}
}

// serve runs a service over folders until the test ends; wait returns when the index
// holds so many turns.
func serve(t *testing.T, dir string, x texts) (s *Service, index *search.Index, stop func()) {
	t.Helper()
	j, _, err := journal.Open(filepath.Join(dir, "journal"), "speech", journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if index, err = search.Open(filepath.Join(dir, "search")); err != nil {
		t.Fatal(err)
	}
	s = New(Config{Journal: j, Journals: filepath.Join(dir, "journal"), Texts: x, Index: index})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Follow(ctx) }()
	return s, index, func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("follow: %v", err)
		}
		if err := errors.Join(index.Close(), j.Close()); err != nil {
			t.Error(err)
		}
	}
}

func await(t *testing.T, index *search.Index, what string, ok func([]search.Turn) bool) []search.Turn {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(time.Minute)
	for {
		got, err := index.Call(context.Background(), "i1")
		if err == nil && ok(got) {
			return got
		}
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("%s: %v, %v", what, got, err)
		}
	}
}

func TestAddIsFound(t *testing.T) {
	dir, x := t.TempDir(), texts{}
	s, index, stop := serve(t, dir, x)
	if err := s.Add(context.Background(), call()); err != nil {
		t.Fatal(err)
	}
	got := await(t, index, "four turns with pauses", func(c []search.Turn) bool { return len(c) == 4 && c[1].Pause == 2 })
	if strings.Contains(got[1].Text, "four") || !strings.Contains(got[1].Text, "[CARD]") {
		t.Errorf("the card is in the index: %q", got[1].Text)
	}
	if !got[2].Gap || got[3].Mood != "positive" || got[0].Recording != "r1" || got[0].At != call().StartedAt.UnixMicro() || got[3].At != got[0].At {
		t.Errorf("%+v", got)
	}
	stop()

	// After a restart nothing is lost.
	_, index, stop = serve(t, dir, x)
	await(t, index, "after a restart", func(c []search.Turn) bool { return len(c) == 4 })
	stop()
}

func TestRebuildLeavesOutWhatWasErased(t *testing.T) {
	dir, x := t.TempDir(), texts{}
	s, index, stop := serve(t, dir, x)
	if err := s.Add(context.Background(), call()); err != nil {
		t.Fatal(err)
	}
	await(t, index, "added", func(c []search.Turn) bool { return len(c) == 4 && c[1].Pause == 2 })
	stop()
	x["i1"] = x["i1"][:2] // two turns were erased
	fresh, err := search.Open(filepath.Join(dir, "anew"))
	if err != nil {
		t.Fatal(err)
	}
	defer fresh.Close()
	s = New(Config{Journals: filepath.Join(dir, "journal"), Texts: x, Index: fresh})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Follow(ctx) }()
	await(t, fresh, "rebuilt", func(c []search.Turn) bool { return len(c) == 2 && c[1].Pause == 2 })
	cancel()
	<-done
}

func TestRefused(t *testing.T) {
	s := New(Config{Texts: texts{}})
	for field, spoil := range map[string]func(*Call){
		"interaction": func(c *Call) { c.Interaction = "" },
		"started_at":  func(c *Call) { c.StartedAt = time.Time{} },
		"language":    func(c *Call) { c.Language = "" },
		"side":        func(c *Call) { c.Turns[0].Side = "boss" },
		"start":       func(c *Call) { c.Turns[1].Start = -1 },
		"end":         func(c *Call) { c.Turns[1].End = 1 },
		"confidence":  func(c *Call) { c.Turns[1].Confidence = math.NaN() },
		"words":       func(c *Call) { c.Turns[1].Words = -1 },
		"text":        func(c *Call) { c.Turns[1].Text = strings.Repeat("x", maxText+1) },
	} {
		c := call()
		spoil(&c)
		if err := s.Add(context.Background(), c); !errors.Is(err, ErrInput) || !strings.Contains(err.Error(), field) {
			t.Errorf("%s: %v", field, err)
		}
	}
}
