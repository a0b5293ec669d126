package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/journal"
	"github.com/agner-platform/agner/speech/audio"
	"github.com/agner-platform/agner/speech/batch"
	"github.com/agner-platform/agner/speech/silence"
	"github.com/agner-platform/agner/speech/transcripts"
)

// ErrGone is a tape that is not there (any more).
var ErrGone = errors.New("no such tape")

// ErrNoModel is a language no recogniser is installed for.
var ErrNoModel = errors.New("no model for this language")

// Tape is a recording as the switch keeps it.
type Tape struct {
	ID          string    `json:"id"`
	Interaction string    `json:"interaction"`
	Site        string    `json:"site"`
	Queue       string    `json:"queue"`
	Agent       string    `json:"agent"`
	Party       string    `json:"party"`
	Language    string    `json:"language"` // empty: not said; none: not to be transcribed
	StartedAt   time.Time `json:"started_at"`
	LengthUs    int64     `json:"length_us"`
	Redaction   string    `json:"redaction"` // pending: nobody may listen
	ErasedAt    time.Time `json:"erased_at"`
}

func (t *Tape) pending() bool { return t.Redaction == "pending" }

// Silent is the language of what is not to be transcribed.
const Silent = "none"

// Tapes are the switch's recordings.
type Tapes interface {
	Tape(ctx context.Context, id string) (Tape, error) // ErrGone
	Open(ctx context.Context, id string) (io.ReadCloser, error)
	Redact(ctx context.Context, id string, spans []event.Span) error
}

// Calls take transcripts in; a transcripts.Service is one.
type Calls interface {
	Add(ctx context.Context, c transcripts.Call) error
}

// Recognisers give the recogniser of a language and its name, or ErrNoModel.
type Recognisers interface {
	For(language string) (batch.Opener, string, error)
}

// Config is what a Coordinator works with.
type Config struct {
	State       string // file of its jobs
	Journals    string // folder of all journals
	Node        string // of its own journal, which Calls publishes to
	Language    string // of tapes that name none
	Parallel    int    // recordings heard side by side
	Tapes       Tapes
	Calls       Calls
	Recognisers Recognisers
	Log         *slog.Logger
}

// Coordinator is the package's work.
type Coordinator struct {
	cfg  Config
	jobs *jobs
}

// New reads the jobs that are left.
func New(cfg Config) (*Coordinator, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	j, err := openJobs(cfg.State)
	return &Coordinator{cfg, j}, err
}

// Jobs are the jobs that are left, in the order of their turns.
func (c *Coordinator) Jobs() []Job { return c.jobs.list() }

// First lets a job go before the others; false if there is none.
func (c *Coordinator) First(id string) (bool, error) {
	found := false
	err := c.jobs.change(func(s *state) {
		if x := s.find(id); x != nil {
			x.First, x.After, found = true, time.Time{}, true
		}
	})
	return found, err
}

// Run works until the context ends. What the journals hold already is read before the
// first job begins, so that what was published before a crash is known.
func (c *Coordinator) Run(ctx context.Context) error {
	from, err := journal.ParseVector(c.jobs.Vector)
	if err != nil {
		return err
	}
	tail, err := journal.TailAll(c.cfg.Journals, from, journal.TailOptions{Only: []event.Kind{event.KindRecordingFinished, event.KindTranscriptCompleted}})
	if err != nil {
		return err
	}
	defer tail.Close()
	events := make([]event.Event, 1000)
	for {
		n, err := tail.TryRead(events)
		if err != nil {
			return err
		}
		if n == 0 {
			break
		}
		if err := c.read(ctx, events[:n], tail.Vector()); err != nil {
			return err
		}
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var wait sync.WaitGroup
	for range max(1, c.cfg.Parallel) {
		wait.Go(func() { stop(c.work(ctx)) })
	}
	for {
		n, err := tail.Read(ctx, events)
		if err == nil {
			err = c.read(ctx, events[:n], tail.Vector())
		}
		if err != nil {
			stop(err)
			wait.Wait()
			return context.Cause(ctx)
		}
	}
}

// read makes jobs of facts.
func (c *Coordinator) read(ctx context.Context, events []event.Event, v journal.Vector) error {
	news := false
	var fresh []*Job
	heard := map[string]bool{}
	for i := range events {
		e := &events[i]
		switch p := e.Payload.(type) {
		case *event.RecordingFinished:
			x := &Job{ID: p.Ref, Interaction: e.Interaction, Queue: e.Queue, Seconds: float64(p.LengthUs) / 1e6, Since: time.UnixMicro(e.At).UTC()}
			if t, err := c.cfg.Tapes.Tape(ctx, p.Ref); err == nil { // if the switch is away the turn comes by age alone
				x.First = t.pending()
			}
			fresh, news = append(fresh, x), true
		case *event.TranscriptCompleted:
			if e.Node == c.cfg.Node && p.Engine != transcripts.NoEngine {
				heard[e.SourceRef], news = true, true
			}
		}
	}
	if !news && c.jobs.young(v) { // facts about other things may be read again
		return nil
	}
	return c.jobs.change(func(s *state) {
		s.Vector = v.String()
		for _, x := range fresh {
			s.add(c.jobs.done, x)
		}
		for id := range heard {
			if x := s.find(id); x != nil {
				x.Heard = true
			}
		}
	})
}

// skipped is how many facts about other things may have to be read again.
const skipped = 20_000

// young reports whether the kept vector is not far behind.
func (j *jobs) young(v journal.Vector) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	kept, err := journal.ParseVector(j.Vector)
	if err != nil {
		return false
	}
	for node, seq := range v {
		if seq > kept[node]+skipped {
			return false
		}
	}
	return true
}

// work does job after job.
func (c *Coordinator) work(ctx context.Context) error {
	for ctx.Err() == nil {
		job, wait := c.jobs.next(time.Now())
		if job == nil {
			timer := time.NewTimer(wait)
			select {
			case <-ctx.Done():
			case <-c.jobs.changed:
			case <-timer.C:
			}
			timer.Stop()
			continue
		}
		if err := c.do(ctx, job); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// Waits between tries.
const (
	firstWait = 5 * time.Second
	longWait  = 10 * time.Minute
)

// do does one job and notes how it went; an error is one of the coordinator itself.
func (c *Coordinator) do(ctx context.Context, job *Job) error {
	err := c.hear(ctx, job)
	if ctx.Err() != nil {
		return c.jobs.change(func(*state) { job.Running = false })
	}
	if err == nil || errors.Is(err, ErrGone) {
		return c.jobs.finish(job.ID)
	}
	c.cfg.Log.Warn("recording not heard yet", "recording", job.ID, "interaction_id", job.Interaction, "tries", job.Tries+1, "error", err)
	return c.jobs.change(func(*state) {
		job.Running, job.Problem = false, err.Error()
		job.Tries++
		job.After = time.Now().Add(min(longWait, firstWait<<min(job.Tries, 10)))
		if errors.Is(err, ErrNoModel) {
			job.After = time.Now().Add(longWait)
		}
	})
}

// hear publishes a recording's transcript and writes its redaction, whichever is due.
func (c *Coordinator) hear(ctx context.Context, job *Job) error {
	tape, err := c.cfg.Tapes.Tape(ctx, job.ID)
	if err == nil && !tape.ErasedAt.IsZero() {
		err = ErrGone
	}
	if err != nil {
		return err
	}
	if job.Heard && !tape.pending() || tape.Language == Silent && !tape.pending() {
		return nil
	}
	if !job.Found || !job.Heard {
		if err := c.transcribe(ctx, job, tape); err != nil {
			return err
		}
	}
	if !tape.pending() {
		return nil
	}
	if err := c.cfg.Tapes.Redact(ctx, job.ID, job.Spans); err != nil {
		return fmt.Errorf("redact: %w", err)
	}
	return nil
}

// transcribe finds out what was said and what is to be silenced.
func (c *Coordinator) transcribe(ctx context.Context, job *Job, tape Tape) error {
	call := transcripts.Call{
		Interaction: tape.Interaction, Recording: tape.ID, StartedAt: tape.StartedAt, Site: tape.Site, Queue: tape.Queue, Agent: tape.Agent,
		Party: tape.Party, Language: tape.Language,
	}
	if call.Language == "" || call.Language == Silent {
		call.Language = c.cfg.Language
	}
	recogniser, name, err := c.cfg.Recognisers.For(call.Language)
	if errors.Is(err, ErrNoModel) { // said on the call; a pending tape waits for a model
		call.Engine = transcripts.NoEngine
		call.Turns = []transcripts.Turn{{Side: transcripts.Mixed, End: float64(tape.LengthUs) / 1e6, Gap: true}}
		if !tape.pending() {
			return c.publish(ctx, job, call)
		}
		return errors.Join(err, c.note(ctx, job, call))
	}
	if err != nil {
		return err
	}
	open := watched{recogniser, func(samples int) { c.jobs.progress(job, samples, tape.LengthUs) }}
	t, err := batch.TranscribeFrom(ctx, open, tape.ID, func() (*audio.Stream, io.Closer, error) {
		r, err := c.cfg.Tapes.Open(ctx, tape.ID)
		if err != nil {
			return nil, nil, err
		}
		s, err := audio.Open(r, audio.Options{Trust: true}) // the store knows its format
		if err != nil {
			return nil, nil, errors.Join(err, r.Close())
		}
		return s, r, nil
	}, []string{"customer", "agent"})
	if err != nil {
		return err
	}
	masked, spans := silence.Of(t.Turns, t.Duration)
	if tape.pending() {
		spans = silence.Gaps(t.Turns, spans, t.Duration)
	}
	call.Engine, call.Turns = name, transcripts.Masked(t.Turns, masked)
	if err := c.publish(ctx, job, call); err != nil {
		return err
	}
	return c.jobs.change(func(*state) { job.Found, job.Spans = true, spans })
}

// publish publishes a transcript that was not published yet.
func (c *Coordinator) publish(ctx context.Context, job *Job, call transcripts.Call) error {
	if job.Heard {
		return nil
	}
	if err := c.cfg.Calls.Add(ctx, call); err != nil {
		return err
	}
	return c.jobs.change(func(*state) { job.Heard = true })
}

// note says once on a call that it was not understood.
func (c *Coordinator) note(ctx context.Context, job *Job, call transcripts.Call) error {
	if job.Noted {
		return nil
	}
	if err := c.cfg.Calls.Add(ctx, call); err != nil {
		return err
	}
	return c.jobs.change(func(*state) { job.Noted = true })
}
