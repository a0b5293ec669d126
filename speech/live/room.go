package live

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/agner-platform/agner/speech/batch"
	"github.com/agner-platform/agner/speech/phrase"
	"github.com/agner-platform/agner/speech/redact"
)

// Frame is a little of one party's sound, or the end of a call.
type Frame struct {
	Tape        string `json:"tape"`
	Interaction string `json:"interaction"`
	Queue       string `json:"queue,omitempty"`
	Agent       string `json:"agent,omitempty"`
	Language    string `json:"language,omitempty"`
	Side        string `json:"side"`          // customer, agent
	At          int64  `json:"at"`            // sample number from the call's start
	PCM         []byte `json:"pcm,omitempty"` // 16-bit little-endian at 8 kHz
	End         bool   `json:"end,omitempty"`
}

// Rate is the sample rate of frames, in Hz.
const Rate = 8000

// Turn is what one party said.
type Turn struct {
	Side  string  `json:"side"`
	Start float64 `json:"start"`
	End   float64 `json:"end"`
	Text  string  `json:"text"`
	Gap   bool    `json:"gap,omitempty"`
}

// States of a call.
const (
	Partials = "partials" // heard with partials
	Finals   = "finals"   // heard, but too slowly for partials
	Full     = "full"     // no place for it
	NoModel  = "no_model" // nobody understands its language
)

// Call is a call as it stands.
type Call struct {
	Tape        string            `json:"tape"`
	Interaction string            `json:"interaction"`
	Queue       string            `json:"queue,omitempty"`
	Agent       string            `json:"agent,omitempty"`
	Began       time.Time         `json:"began"`
	State       string            `json:"state"`
	Turns       []Turn            `json:"turns"`
	Partials    map[string]string `json:"partials"`
	Alerts      []Alert           `json:"alerts"`
	Lost        float64           `json:"lost_s,omitempty"` // sound that came too fast to be heard
	Version     int64             `json:"version"`
}

// Rule is an alert by what is said.
type Rule struct {
	Name string
	Rule phrase.Rule
}

// Config is a Room.
type Config struct {
	For      func(language string) (batch.Opener, string, error) // recogniser of a language
	Language string                                              // of calls that name none
	Calls    int                                                 // heard at once
	Rules    []Rule
	Log      *slog.Logger
}

// Room hears calls.
type Room struct {
	cfg Config

	mu      sync.Mutex // protects all below, and what is in calls
	calls   map[string]*heard
	version int64
	changed chan struct{} // closed at the next change
}

// heard is a call in the making.
type heard struct {
	Call
	sides map[string]*side
	mask  redact.Redactor
	watch watch
}

// New makes a room.
func New(cfg Config) *Room {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Room{cfg: cfg, calls: map[string]*heard{}, changed: make(chan struct{})}
}

// shown is how many turns of a call are kept for the page.
const shown = 500

// touch says that a call changed. The lock is held.
func (r *Room) touch(c *heard) {
	r.version++
	c.Version = r.version
	close(r.changed)
	r.changed = make(chan struct{})
}

// Since returns the calls that changed after a version and are wanted, the tapes of
// all that are wanted, the version now, and what tells of the next change.
func (r *Room) Since(version int64, want func(queue string) bool) (calls []Call, there []string, now int64, next <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	calls, there = []Call{}, []string{}
	for _, c := range r.calls {
		if !want(c.Queue) {
			continue
		}
		there = append(there, c.Tape)
		if c.Version > version {
			calls = append(calls, c.copy())
		}
	}
	slices.SortFunc(calls, func(a, b Call) int { return cmp.Or(a.Began.Compare(b.Began), cmp.Compare(a.Tape, b.Tape)) })
	slices.Sort(there)
	return calls, there, r.version, r.changed
}

func (c *heard) copy() Call {
	out := c.Call
	out.Turns, out.Alerts = slices.Clone(c.Turns), slices.Clone(c.Alerts)
	out.Partials = map[string]string{}
	for k, v := range c.Partials {
		out.Partials[k] = v
	}
	return out
}

// Push gives the room a frame; it never waits.
func (r *Room) Push(ctx context.Context, f Frame) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.calls[f.Tape]
	if f.End {
		if c != nil {
			r.end(c)
		}
		return
	}
	if c == nil {
		c = r.begin(ctx, f)
	}
	if s := c.sides[f.Side]; s != nil {
		s.push(f)
	}
}

// end lets a call go. The lock is held.
func (r *Room) end(c *heard) {
	for _, s := range c.sides {
		close(s.frames)
	}
	c.sides = nil
	delete(r.calls, c.Tape)
	r.touch(c)
}

// begin takes a call in. The lock is held.
func (r *Room) begin(ctx context.Context, f Frame) *heard {
	c := &heard{Call: Call{
		Tape: f.Tape, Interaction: f.Interaction, Queue: f.Queue, Agent: f.Agent, Began: time.Now().Add(-time.Duration(f.At) * time.Second / Rate).UTC(),
		State: Full, Turns: []Turn{}, Alerts: []Alert{}, Partials: map[string]string{},
	}, watch: newWatch(r.cfg.Rules)}
	r.calls[f.Tape] = c
	r.touch(c)
	listening := 0
	for _, x := range r.calls {
		if x.sides != nil {
			listening++
		}
	}
	if listening >= r.cfg.Calls {
		return c
	}
	c.State, c.sides = Partials, map[string]*side{}
	for _, name := range []string{"customer", "agent"} {
		s := &side{room: r, call: c, name: name, language: cmp.Or(f.Language, r.cfg.Language), frames: make(chan Frame, backlog)}
		c.sides[name] = s
		go s.run(ctx)
	}
	return c
}

// Close lets all calls go.
func (r *Room) Close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.calls {
		r.end(c)
	}
}

// Tick looks for what time alone brings about; call it about once a second.
func (r *Room) Tick(now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.calls {
		if c.sides == nil {
			continue
		}
		if a, ok := c.watch.silence(now.Sub(c.Began).Seconds()); ok {
			c.Alerts = append(c.Alerts, a)
			r.touch(c)
		}
	}
}
