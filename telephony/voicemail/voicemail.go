// Package voicemail takes messages: a caller speaks after the beep, the message is
// kept as a sealed recording of kind voicemail, and whoever looks after the box gets
// a notice by e-mail.
//
// # Vocabulary
//
//   - [Box]: where messages of a queue go, and how long they may be.
//   - [Service.Take] begins a message: its [recording.Session] is what the caller's
//     leg is recorded with (b2bua's Record). [Message.Finish] ends it; hanging up does too.
//
// # Guarantees
//
//   - A message too short to hold a word is destroyed, and nobody is told.
//   - voicemail.left is published when the message is sealed, before the notice.
//   - A notice holds no sound unless the box asks for it, and the caller's number only
//     as far as the box's owner may see it ([Box.Caller]).
package voicemail

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/recording"
	"github.com/agner-platform/agner/telephony/voicemail/mail"
)

// ErrBox is matched by errors about a box.
var ErrBox = errors.New("invalid voicemail box")

const (
	shortest  = 1500 * time.Millisecond // a click, a breath, a hang-up
	defaultTo = 3 * time.Minute
	maxAttach = 5 << 20 // bytes of sound in a mail; about 2.5 minutes
)

// Box is where messages go.
type Box struct {
	Name   string        // of queue or agent, for people
	Mail   []string      // addresses; none: no notice
	Max    time.Duration // length of a message; 0: 3 minutes
	Keep   time.Duration // 0: until erased
	Attach bool          // the notice holds the sound: it leaves the sealed store
	Redact bool          // nobody hears it before it was redacted; the notice holds no sound then
	Lang   string        // spoken in messages; see recording.Policy.Language
	Caller string        // shown in the notice, as the owner may see it; empty: not shown
}

// Validate names the field and value that cannot be used.
func (b Box) Validate() error {
	if b.Max < 0 || b.Max > time.Hour {
		return fmt.Errorf("Max = %s: must be from 0 to 1h: %w", b.Max, ErrBox)
	}
	return nil
}

// Config is a service.
type Config struct {
	Store   *recording.Store
	Publish func([]event.Event) error
	Mail    *mail.Spool                   // nil: no notices
	Link    func(recording string) string // where a message is heard; nil: not told
	Log     *slog.Logger
}

// Service takes messages.
type Service struct {
	cfg  Config
	mu   sync.Mutex
	over bool // protected by mu
	stop chan struct{}
	wait sync.WaitGroup
}

// New makes a service.
func New(cfg Config) *Service {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{cfg: cfg, stop: make(chan struct{})}
}

// Close ends all messages and waits until they are told of.
func (s *Service) Close() error {
	s.mu.Lock()
	if !s.over {
		s.over = true
		close(s.stop)
	}
	s.mu.Unlock()
	s.wait.Wait()
	return nil
}

// Message is one that is being taken.
type Message struct {
	*recording.Session
	head recording.Head
	box  Box
	done chan struct{}
}

// Told is closed when the message was told of, or destroyed.
func (m *Message) Told() <-chan struct{} { return m.done }

// Take begins a message. Full is called when it has reached its length: the caller
// should hear so; it may be nil.
func (s *Service) Take(h recording.Head, b Box, full func()) (*Message, error) {
	if err := b.Validate(); err != nil {
		return nil, err
	}
	if b.Max == 0 {
		b.Max = defaultTo
	}
	h.Kind = recording.Message
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return nil, recording.ErrState
	}
	rec, err := s.cfg.Store.Begin(h, recording.Policy{Name: recording.Message, Keep: b.Keep, Redact: b.Redact, Language: b.Lang})
	if err != nil {
		return nil, err
	}
	m := &Message{Session: rec, head: h, box: b, done: make(chan struct{})}
	s.wait.Go(func() { s.follow(m, full) })
	return m, nil
}

// follow waits for the end of a message and tells of it.
func (s *Service) follow(m *Message, full func()) {
	defer close(m.done)
	limit := time.NewTimer(m.box.Max)
	defer limit.Stop()
	select {
	case <-m.Done():
	case <-s.stop:
		m.Finish()
	case <-limit.C:
		m.Finish()
		if full != nil {
			full()
		}
	}
	<-m.Done()
	meta, err := s.cfg.Store.Meta(m.ID())
	if err != nil {
		s.cfg.Log.Error("voicemail", "interaction_id", m.head.Interaction, "error", err)
		return
	}
	if time.Duration(meta.LengthUs)*time.Microsecond < shortest {
		if err := s.cfg.Store.Erase(m.ID(), "too short"); err != nil {
			s.cfg.Log.Error("erase voicemail", "recording", m.ID(), "error", err)
		}
		return
	}
	if err := s.tell(m, meta); err != nil {
		s.cfg.Log.Error("voicemail", "interaction_id", m.head.Interaction, "recording", m.ID(), "error", err)
	}
}

func (s *Service) tell(m *Message, meta recording.Meta) error {
	e := event.New(time.Now().UnixMicro(), &event.VoicemailLeft{Ref: meta.ID, LengthUs: meta.LengthUs})
	e.Interaction, e.Leg, e.Site, e.Queue, e.Party = m.head.Interaction, m.head.Leg, m.head.Site, m.head.Queue, m.head.Party
	if err := s.cfg.Publish([]event.Event{e}); err != nil {
		return err
	}
	if s.cfg.Mail == nil || len(m.box.Mail) == 0 {
		return nil
	}
	n := s.notice(m, meta)
	if m.box.Attach && !m.box.Redact {
		sound, err := s.sound(meta.ID)
		if err != nil {
			return err
		}
		if n.Name, n.Attachment = meta.ID+".wav", sound; sound == nil {
			n.Text += "\nThe message is too long to be attached.\n"
		}
	}
	return s.cfg.Mail.Send(n)
}

func (s *Service) notice(m *Message, meta recording.Meta) mail.Notice {
	length := (time.Duration(meta.LengthUs) * time.Microsecond).Round(time.Second)
	text := fmt.Sprintf("A caller left a message of %s for %s at %s.\n", length, m.box.Name, meta.StartedAt.Format("2006-01-02 15:04 MST"))
	if m.box.Caller != "" {
		text += "Caller: " + m.box.Caller + "\n"
	}
	if s.cfg.Link != nil {
		text += "Listen: " + s.cfg.Link(meta.ID) + "\n"
	}
	return mail.Notice{To: m.box.Mail, Subject: fmt.Sprintf("Voicemail for %s (%s)", m.box.Name, length), Text: text}
}

// sound returns a message's WAV, nil if it is too long for a mail.
func (s *Service) sound(id string) ([]byte, error) {
	a, err := s.cfg.Store.Audio(id)
	if err != nil {
		return nil, err
	}
	defer a.Close()
	if a.Size() > maxAttach {
		return nil, nil
	}
	return io.ReadAll(a)
}
