package transcripts

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/speech/redact"
	"github.com/agner-platform/agner/speech/sentiment"
	"github.com/agner-platform/agner/speech/turn"
)

// Turn is what one party said at a stretch.
type Turn struct {
	Side       string  `json:"side"` // agent, customer, mixed
	Start      float64 `json:"start"`
	End        float64 `json:"end"`
	Text       string  `json:"text"`
	Words      int     `json:"words"`
	Confidence float64 `json:"confidence"`
	Gap        bool    `json:"gap,omitempty"` // sound that could not be recognised
}

// Call is a call in words.
type Call struct {
	Interaction string    `json:"interaction"`
	Recording   string    `json:"recording,omitempty"`
	StartedAt   time.Time `json:"started_at"`
	Site        string    `json:"site,omitempty"`
	Queue       string    `json:"queue,omitempty"`
	Agent       string    `json:"agent,omitempty"`
	Party       string    `json:"party,omitempty"`
	Language    string    `json:"language"`
	Engine      string    `json:"engine"`
	Turns       []Turn    `json:"turns"`
}

// Mixed is the side of a channel with more than one party.
const Mixed = "mixed"

// NoEngine is the engine of a call whose language no model fits.
const NoEngine = "none"

// Limits of a call.
const (
	maxTurns = 20_000
	maxText  = 20_000 // bytes of a turn
	maxTime  = 24 * 3600.0
	maxName  = 200
)

// check refuses what cannot be a call and masks what must not stay.
func (c *Call) check() error {
	if c.Interaction == "" || len(c.Interaction) > maxName {
		return wrong("interaction", c.Interaction, "must have 1 to 200 bytes")
	}
	if c.StartedAt.IsZero() || c.StartedAt.After(time.Now().Add(time.Hour)) {
		return wrong("started_at", c.StartedAt, "must be a time, and not one to come")
	}
	if c.Language == "" || len(c.Language) > maxName || len(c.Engine) > maxName {
		return wrong("language", c.Language, "must name the language, such as en")
	}
	if len(c.Turns) > maxTurns {
		return wrong("turns", len(c.Turns), fmt.Sprintf("at most %d", maxTurns))
	}
	var r redact.Redactor
	for i := range c.Turns {
		t := &c.Turns[i]
		at := func(field string) string { return fmt.Sprintf("turns[%d].%s", i, field) }
		switch {
		case !slices.Contains([]string{"agent", "customer", Mixed}, t.Side):
			return wrong(at("side"), t.Side, "must be agent, customer or mixed")
		case math.IsNaN(t.Start) || t.Start < 0 || t.Start > maxTime:
			return wrong(at("start"), t.Start, "must be seconds from the call's start")
		case math.IsNaN(t.End) || t.End < t.Start || t.End > maxTime:
			return wrong(at("end"), t.End, "must not be before the start")
		case len(t.Text) > maxText:
			return wrong(at("text"), t.Text[:20]+"…", fmt.Sprintf("at most %d bytes", maxText))
		case math.IsNaN(t.Confidence) || t.Confidence < 0 || t.Confidence > 1:
			return wrong(at("confidence"), t.Confidence, "must lie between 0 and 1")
		case t.Words < 0:
			return wrong(at("words"), t.Words, "must not be negative")
		}
		t.Text, _ = r.Turn(t.Text)
	}
	return nil
}

// ref names a turn.
func ref(interaction string, n int) string { return fmt.Sprintf("%s/%d", interaction, n) }

// events are the facts of a call.
func (c *Call) events() []event.Event {
	start := c.StartedAt.UnixMicro()
	now := time.Now().UnixMicro()
	var out []event.Event
	add := func(at int64, p event.Payload) {
		e := event.New(at, p)
		e.RecordedAt = max(now, at)
		e.Source, e.SourceRef = "speech", c.Recording
		e.Interaction, e.Site, e.Queue, e.Agent, e.Party = c.Interaction, c.Site, c.Queue, c.Agent, c.Party
		out = append(out, e)
	}
	gaps, last := 0.0, 0.0
	for i, t := range c.Turns {
		side := event.Side(t.Side)
		if t.Side == Mixed {
			side = event.System // nobody in particular
		}
		at := start + micros(t.Start)
		add(at, &event.TranscriptTurnAdded{
			TurnRef: ref(c.Interaction, i), Side: side, StartUs: micros(t.Start), EndUs: micros(t.End), Words: int64(t.Words),
			Confidence: t.Confidence, Language: c.Language, Engine: c.Engine,
		})
		if t.Gap {
			gaps += t.End - t.Start
		} else if s, ok := score(c.Language, t.Text); ok {
			add(at, &event.SentimentScored{TurnRef: ref(c.Interaction, i), Side: side, Score: s.Score, Model: "agner-" + c.Language})
		}
		last = max(last, t.End)
	}
	add(start+micros(last), &event.TranscriptCompleted{Turns: int64(len(c.Turns)), Language: c.Language, Engine: c.Engine, GapUs: micros(gaps)})
	return out
}

func micros(seconds float64) int64 { return int64(math.Round(seconds * 1e6)) }

// score is a turn's sentiment, where its language has a model.
func score(language, text string) (sentiment.Score, bool) {
	if len(language) < 2 || text == "" {
		return sentiment.Score{}, false
	}
	m, err := sentiment.For(sentiment.Lang(language[:2]))
	if err != nil {
		return sentiment.Score{}, false
	}
	return m.Score(text), true
}

// Masked are the turns of a call as recognised, with their masked texts.
func Masked(list []turn.Turn, texts []string) []Turn {
	out := make([]Turn, len(list))
	for i, x := range list {
		side := x.Party
		if side != "agent" && side != "customer" {
			side = Mixed
		}
		out[i] = Turn{Side: side, Start: x.Start, End: x.End, Text: texts[i], Words: len(x.Words), Confidence: x.Confidence, Gap: x.Gap}
	}
	return out
}
