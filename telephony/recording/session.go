package recording

import (
	"errors"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/recording/seal"
)

// State is how far a recording is.
type State string

// States.
const (
	Asking  State = "asking" // for consent: nothing is kept
	Running State = "running"
	Paused  State = "paused"
	Refused State = "refused" // or never consented
	Over    State = "over"
)

// Session is a recording in the making. It is safe for concurrent use.
type Session struct {
	store  *Store
	head   Head
	policy Policy
	ring   *ring
	done   chan struct{}

	mu       sync.Mutex // protects all below
	id       string
	state    State
	began    time.Time // monotonic
	length   int64     // samples, once it is over
	pausedAt time.Time
	watch    func(paused bool)

	file   *os.File // of the store's writer, like all below
	writer *seal.Writer
	meta   Meta
	chunk  seal.Chunk
	sealed int64
	dirty  bool
	failed error
}

// now returns the present place in samples, and whether sound is kept.
func (s *Session) now() (int64, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state != Running {
		return 0, false
	}
	return samplesOf(time.Since(s.began)), true
}

func samplesOf(d time.Duration) int64 { return int64(d) * seal.Rate / int64(time.Second) }

// Head returns what the recording belongs to.
func (s *Session) Head() Head { return s.head }

// Language returns what is spoken in it, as its policy says.
func (s *Session) Language() string { return s.policy.Language }

// ID returns the recording's id; it is known from the beginning.
func (s *Session) ID() string { return s.id }

// State returns how far it is.
func (s *Session) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state
}

// Done is closed when the file is sealed, or when there will be none.
func (s *Session) Done() <-chan struct{} { return s.done }

// Watch is told of pauses and their ends, also of those that end by themselves, so
// that keys can be kept from the agent too. It must not call the session.
func (s *Session) Watch(f func(paused bool)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watch = f
}

func (s *Session) fact(p event.Payload) event.Event {
	e := event.New(time.Now().UnixMicro(), p)
	e.Interaction, e.Leg, e.Site, e.Queue, e.Agent, e.Party = s.head.Interaction, s.head.Leg, s.head.Site, s.head.Queue, s.head.Agent, s.head.Party
	return e
}

// Consent says that the customer agreed: by "announcement", "key" or "spoken". It
// is published before anything is kept; if that fails, nothing is.
func (s *Session) Consent(how string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state != Asking {
		return ErrState
	}
	if err := s.store.cfg.Publish([]event.Event{s.fact(&event.RecordingConsented{How: how})}); err != nil {
		return err
	}
	s.begin()
	return nil
}

// begin starts the clock. The lock is held.
func (s *Session) begin() {
	s.state, s.began = Running, time.Now()
	if !s.store.add(s) {
		s.state = Refused
		close(s.done)
	}
}

// Refuse says that the customer does not want to be recorded. A recording that runs
// already is destroyed.
func (s *Session) Refuse(how string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state == Over || s.state == Refused {
		return ErrState
	}
	was := s.state
	s.state = Refused
	if was == Asking {
		close(s.done)
	}
	s.unsecret(was)
	s.quiet()
	return s.store.cfg.Publish([]event.Event{s.fact(&event.RecordingRefused{How: how})})
}

// quiet says that there is no more sound.
func (s *Session) quiet() {
	if live := s.store.cfg.Live; live != nil {
		live(s, Caller, 0, nil)
	}
}

func (s *Session) unsecret(was State) {
	if was == Paused && s.watch != nil {
		s.watch(false)
	}
}

// Pause keeps everything from now on out of the recording.
func (s *Session) Pause(by string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state != Running {
		return ErrState
	}
	s.state, s.pausedAt = Paused, time.Now()
	if s.watch != nil {
		s.watch(true)
	}
	return s.store.cfg.Publish([]event.Event{s.fact(&event.RecordingPaused{Ref: s.id, By: by})})
}

// Resume ends a pause.
func (s *Session) Resume(by string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.resume(by)
}

func (s *Session) resume(by string) error {
	if s.state != Paused {
		return ErrState
	}
	s.state = Running
	s.unsecret(Paused)
	return s.store.cfg.Publish([]event.Event{s.fact(&event.RecordingResumed{Ref: s.id, By: by, PausedUs: time.Since(s.pausedAt).Microseconds()})})
}

// byLimit is who ends a pause that was forgotten.
const byLimit = "limit"

// expire ends a pause that is too long.
func (s *Session) expire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	limit := s.policy.MaxPause
	if limit == 0 {
		limit = DefaultMaxPause
	}
	if s.state == Paused && time.Since(s.pausedAt) >= limit {
		if err := s.resume(byLimit); err != nil {
			s.store.cfg.Log.Error("publish recording.resumed", "recording", s.id, "error", err)
		}
	}
}

// Finish ends the recording; Done follows when it is sealed. It may be called more
// than once. Without consent there is nothing to finish.
func (s *Session) Finish() {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch s.state {
	case Asking:
		s.state = Refused
		close(s.done)
	case Running, Paused:
		was := s.state
		s.state, s.length = Over, samplesOf(time.Since(s.began))
		s.unsecret(was)
		s.quiet()
	case Refused, Over:
	}
}

// write is the writer's visit; it reports whether there is nothing more to do.
func (s *Session) write() bool {
	s.expire()
	s.mu.Lock()
	state, length := s.state, s.length
	if state != Over {
		length = samplesOf(time.Since(s.began) - slack)
	}
	s.mu.Unlock()
	if state == Refused {
		s.discard()
		return true
	}
	if s.file == nil && s.failed == nil {
		s.failed = s.open()
	}
	for s.failed == nil && length-s.sealed >= seal.Rate {
		s.ring.take(seal.Rate, &s.chunk)
		s.failed = s.writer.Add(s.chunk)
		s.sealed += seal.Rate
		s.dirty = true
	}
	if s.failed == nil && state == Over {
		s.failed = s.seal(int(length - s.sealed))
	}
	if s.failed != nil {
		s.giveUp()
		return true
	}
	return state == Over
}

// open makes the files: key and meta first, because without them the rest is lost.
func (s *Session) open() error {
	var err error
	if s.meta, s.file, s.writer, err = s.store.create(s.head, s.policy, s.id); err != nil {
		return err
	}
	return s.store.cfg.Publish([]event.Event{s.fact(&event.RecordingStarted{Ref: s.id, Policy: s.policy.Name})})
}

// seal writes the end and publishes it.
func (s *Session) seal(rest int) error {
	s.ring.take(rest, &s.chunk)
	sealed, err := s.writer.Close(s.chunk)
	if err = errors.Join(err, s.file.Sync(), s.file.Close()); err != nil {
		return err
	}
	s.ring.mu.Lock()
	dropped := s.ring.dropped
	s.ring.mu.Unlock()
	err = s.store.change(s.id, func(m *Meta) error {
		m.finish(sealed)
		m.Dropped = dropped
		s.meta = *m
		return nil
	})
	if err != nil {
		return err
	}
	s.file = nil
	err = s.store.cfg.Publish([]event.Event{s.fact(s.store.finished(s.meta))})
	close(s.done)
	return err
}

func (m *Meta) finish(f seal.Sealed) {
	m.Finished, m.SHA256, m.Bytes, m.LengthUs = true, f.SHA256, f.Bytes, f.Samples*1_000_000/seal.Rate
}

// giveUp ends a recording that cannot be written; what is sealed stays readable.
func (s *Session) giveUp() {
	s.store.cfg.Log.Error("recording failed", "recording", s.id, "interaction_id", s.head.Interaction, "error", s.failed)
	s.mu.Lock()
	was := s.state
	s.state = Over
	s.unsecret(was)
	s.mu.Unlock()
	s.end()
}

// discard destroys what was sealed of a caller who refused.
func (s *Session) discard() {
	if s.file != nil {
		if err := s.store.Erase(s.id, "refused"); err != nil {
			s.store.cfg.Log.Error("destroy refused recording", "recording", s.id, "error", err)
		}
	}
	s.end()
}

func (s *Session) end() {
	if s.file != nil {
		if err := s.file.Close(); err != nil {
			s.store.cfg.Log.Debug("close recording", "recording", s.id, "error", err)
		}
		s.file = nil
	}
	select {
	case <-s.done:
	default:
		close(s.done)
	}
}

// sync makes durable what was sealed since the last time.
func (s *Session) sync() {
	if s.file == nil || !s.dirty {
		return
	}
	s.dirty = false
	if err := s.file.Sync(); err != nil {
		s.store.cfg.Log.Error("sync recording", "recording", s.id, slog.Any("error", err))
	}
}
