package transcripts

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"strings"

	"github.com/agner-platform/agner/internal/db/personal"
	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/journal"
	"github.com/agner-platform/agner/speech/search"
)

// Journal takes facts; it returns when they are durable.
type Journal interface {
	Append(ctx context.Context, events ...event.Event) (uint64, error)
}

// Texts are the erasable side tables.
type Texts interface {
	PutTurns(ctx context.Context, interaction, party string, turns []personal.Turn) error
	Turns(ctx context.Context, interaction string) ([]personal.Turn, error)
}

// Config is what a Service works with.
type Config struct {
	Journal  Journal
	Journals string // folder of all journals
	Texts    Texts
	Index    *search.Index
	Log      *slog.Logger // nil: silent
}

// Service is the package's work.
type Service struct {
	cfg  Config
	read int // facts read since the index knows how far; Follow's own
}

// New makes a service.
func New(cfg Config) *Service {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{cfg: cfg}
}

// Add takes a call in. The same call again replaces its texts.
func (s *Service) Add(ctx context.Context, c Call) error {
	if err := c.check(); err != nil {
		return err
	}
	texts := make([]personal.Turn, len(c.Turns))
	for i, t := range c.Turns {
		texts[i] = personal.Turn{Turn: int64(i), Body: t.Text}
	}
	if err := s.cfg.Texts.PutTurns(ctx, c.Interaction, c.Party, texts); err != nil {
		return fmt.Errorf("store transcript %s: %w", c.Interaction, err)
	}
	if _, err := s.cfg.Journal.Append(ctx, c.events()...); err != nil {
		return fmt.Errorf("publish transcript %s: %w", c.Interaction, err)
	}
	return nil
}

const (
	atOnce   = 2000    // facts that are read in one go
	remember = 100_000 // facts about other things that may have to be read again
)

// Follow keeps the index at the journals' heels until the context ends.
func (s *Service) Follow(ctx context.Context) error {
	text, err := s.cfg.Index.Vector()
	if err != nil {
		return err
	}
	from, err := journal.ParseVector(text)
	if err != nil {
		return fmt.Errorf("search index: %w", err)
	}
	tail, err := journal.TailAll(s.cfg.Journals, from, journal.TailOptions{
		Only: []event.Kind{event.KindTranscriptTurnAdded, event.KindTranscriptCompleted},
	})
	if err != nil {
		return err
	}
	defer tail.Close()
	events := make([]event.Event, atOnce)
	for {
		n, err := tail.Read(ctx, events)
		if n > 0 {
			if err := s.apply(ctx, events[:n], tail.Vector().String()); err != nil {
				return err
			}
		}
		if err != nil {
			return err
		}
	}
}

// apply indexes what facts say and remembers how far they were read.
func (s *Service) apply(ctx context.Context, events []event.Event, vector string) error {
	texts := map[string]map[int]string{}
	var turns []search.Turn
	var whole []string
	for i := range events {
		switch p := events[i].Payload.(type) {
		case *event.TranscriptTurnAdded:
			t, ok, err := s.turn(ctx, texts, &events[i], p)
			if err != nil {
				return err
			}
			if ok {
				turns = append(turns, t)
			}
		case *event.TranscriptCompleted:
			whole = append(whole, events[i].Interaction)
		}
	}
	if len(whole) > 0 {
		if err := s.cfg.Index.Add(turns, ""); err != nil {
			return err
		}
		turns = nil
		for _, id := range whole {
			call, err := s.cfg.Index.Call(ctx, id)
			if err != nil {
				continue // erased since
			}
			turns = append(turns, paused(call)...)
		}
	}
	if s.read += len(events); len(turns) == 0 && s.read < remember {
		return nil
	}
	s.read = 0
	return s.cfg.Index.Add(turns, vector)
}

// turn is the document of a fact; false if its words are gone.
func (s *Service) turn(ctx context.Context, texts map[string]map[int]string, e *event.Event, p *event.TranscriptTurnAdded) (search.Turn, bool, error) {
	said, ok := texts[e.Interaction]
	if !ok {
		said = map[int]string{}
		list, err := s.cfg.Texts.Turns(ctx, e.Interaction)
		if err != nil {
			return search.Turn{}, false, err
		}
		for _, t := range list {
			said[int(t.Turn)] = t.Body
		}
		texts[e.Interaction] = said
	}
	n, err := strconv.Atoi(strings.TrimPrefix(p.TurnRef, e.Interaction+"/"))
	text, found := said[n]
	if err != nil || !found {
		return search.Turn{}, false, nil
	}
	t := search.Turn{
		Interaction: e.Interaction, Recording: e.SourceRef, Number: n, Speaker: string(p.Side), Start: float64(p.StartUs) / 1e6, End: float64(p.EndUs) / 1e6,
		Text: text, Mood: "neutral", Confidence: p.Confidence, Words: int(p.Words), Gap: text == "", At: e.At - p.StartUs,
		Queue: e.Queue, Agent: e.Agent, Site: e.Site, Language: p.Language, Party: e.Party,
	}
	if p.Side == event.System {
		t.Speaker = Mixed
	}
	if sc, ok := score(p.Language, text); ok {
		t.Score, t.Mood = sc.Score, string(sc.Label)
	}
	return t, true, nil
}

// paused fills in the silence before each turn of a call.
func paused(call []search.Turn) []search.Turn {
	end := 0.0
	for i := range call {
		call[i].Pause = max(0, call[i].Start-end)
		end = max(end, call[i].End)
	}
	return call
}
