package recording

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/recording/seal"
)

// URI names a recording wherever facts travel.
func (s *Store) URI(id string) string { return "agner://" + s.cfg.Node + "/" + id }

func (s *Store) finished(m Meta) *event.RecordingFinished {
	return &event.RecordingFinished{
		Ref: m.ID, URI: s.URI(m.ID), SHA256: m.SHA256, StartedAt: m.StartedAt.UnixMicro(), LengthUs: m.LengthUs, Bytes: m.Bytes,
	}
}

// repair closes what a crash left open. It runs before the writer starts.
func (s *Store) repair() error {
	any := func(time.Time) bool { return true }
	return s.walk(any, func(m Meta) error {
		if err := s.settle(m); err != nil {
			s.cfg.Log.Error("settle redaction", "recording", m.ID, "error", err)
		}
		if m.Finished || !m.ErasedAt.IsZero() {
			return nil
		}
		if err := s.repairOne(m); err != nil { // one broken file must not keep the switch down
			s.cfg.Log.Error("repair recording", "recording", m.ID, "error", err)
		}
		return nil
	})
}

// settle ends a redaction that a crash interrupted: before the old key was gone the
// copy is dropped, afterwards it takes the old one's place.
func (s *Store) settle(m Meta) error {
	path, err := s.path(m.ID, ".rec")
	if err != nil {
		return err
	}
	base := path[:len(path)-len(".rec")]
	if _, err := os.Stat(base + ".new.rec"); err != nil {
		return nil //nolint:nilerr // there was none
	}
	_, oldKey := os.Stat(base + ".key")
	_, newKey := os.Stat(base + ".new.key")
	if oldKey == nil && newKey == nil {
		return errors.Join(destroy(base+".new.key"), destroy(base+".new.rec"))
	}
	if newKey == nil {
		if err := os.Rename(base+".new.key", base+".key"); err != nil {
			return err
		}
	}
	if err := errors.Join(destroy(path), os.Rename(base+".new.rec", path)); err != nil {
		return err
	}
	if err := s.repairOne(m); err != nil { // digest and length are those of the copy now
		return err
	}
	return s.change(m.ID, func(c *Meta) error { c.redacted(); return nil })
}

func (m *Meta) redacted() {
	m.Redacted++
	if m.Redaction == Pending {
		m.Redaction = Done
	}
}

func (s *Store) repairOne(m Meta) error {
	key, err := s.key(m.ID)
	if err != nil {
		return err
	}
	path, err := s.path(m.ID, ".rec")
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	sealed, cut, err := seal.Repair(f, info.Size(), key)
	if err = errors.Join(err, f.Sync()); err != nil {
		return err
	}
	s.cfg.Log.Warn("recording repaired", "recording", m.ID, "samples", sealed.Samples, "bytes_cut", cut)
	err = s.change(m.ID, func(c *Meta) error {
		c.finish(sealed)
		c.Repaired = true
		m = *c
		return nil
	})
	if err != nil {
		return err
	}
	e := event.New(time.Now().UnixMicro(), s.finished(m))
	e.Interaction, e.Leg, e.Site, e.Queue, e.Agent, e.Party = m.Interaction, m.Leg, m.Site, m.Queue, m.Agent, m.Party
	return s.cfg.Publish([]event.Event{e})
}

// Hold sets or lifts legal hold.
func (s *Store) Hold(id string, on bool, by string) error {
	return s.change(id, func(m *Meta) error {
		if !m.ErasedAt.IsZero() {
			return fmt.Errorf("recording %s: %w", id, ErrErased)
		}
		m.Hold, m.HeldBy = on, by
		if !on {
			m.HeldBy = ""
		}
		return nil
	})
}

// Erase destroys a recording's key, then its sound; what remains is that it was.
func (s *Store) Erase(id, why string) error {
	return s.change(id, func(m *Meta) error {
		if m.Hold {
			return fmt.Errorf("recording %s: %w", id, ErrHeld)
		}
		for _, ext := range []string{".key", ".rec"} {
			path, err := s.path(id, ext)
			if err != nil {
				return err
			}
			if err := destroy(path); err != nil {
				return fmt.Errorf("erase recording %s: %w", id, err)
			}
		}
		m.ErasedAt, m.ErasedFor = time.Now().UTC(), why
		return nil
	})
}

// destroy overwrites the beginning of a file, which for a key is all of it, before
// it removes the file: on disks that write in place nothing is left of it.
func destroy(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = f.WriteAt(make([]byte, 4096), 0)
	return errors.Join(err, f.Sync(), f.Close(), os.Remove(path))
}

// EraseParty erases all recordings of a caller's pseudonym, and returns those that
// legal hold keeps.
func (s *Store) EraseParty(party string) (erased, held []string, err error) {
	if party == "" {
		return nil, nil, fmt.Errorf("party = %q: must be given: %w", party, ErrConfig)
	}
	return s.eraseAll("request", func(m Meta) bool { return m.Party == party })
}

// Expire erases what is kept no longer.
func (s *Store) Expire(now time.Time) ([]string, error) {
	gone, _, err := s.eraseAll("retention", func(m Meta) bool { return m.Finished && !m.KeepUntil.IsZero() && now.After(m.KeepUntil) })
	return gone, err
}

func (s *Store) eraseAll(why string, match func(Meta) bool) (erased, held []string, err error) {
	any := func(time.Time) bool { return true }
	err = s.walk(any, func(m Meta) error {
		if !m.ErasedAt.IsZero() || !match(m) {
			return nil
		}
		if m.Hold {
			held = append(held, m.ID)
			return nil
		}
		erased = append(erased, m.ID)
		return s.Erase(m.ID, why)
	})
	return erased, held, err
}

// Redact replaces a finished recording by a copy that is silent in the spans, under
// a new key; the old key and sound are destroyed. It publishes recording.redacted.
func (s *Store) Redact(id string, spans []event.Span) (event.RecordingRedacted, error) {
	var fact event.RecordingRedacted
	for _, sp := range spans {
		if sp.FromUs < 0 || sp.ToUs <= sp.FromUs {
			return fact, fmt.Errorf("span %d to %d µs: must be forward: %w", sp.FromUs, sp.ToUs, ErrConfig)
		}
	}
	var after Meta
	err := s.change(id, func(m *Meta) error {
		switch {
		case !m.ErasedAt.IsZero():
			return fmt.Errorf("recording %s: %w", id, ErrErased)
		case m.Hold:
			return fmt.Errorf("recording %s: %w", id, ErrHeld)
		case !m.Finished:
			return fmt.Errorf("recording %s: %w", id, ErrState)
		}
		sealed, err := s.rewrite(id, spans)
		if err != nil {
			return fmt.Errorf("redact recording %s: %w", id, err)
		}
		fact = event.RecordingRedacted{Ref: id, OldSHA: m.SHA256, NewSHA: sealed.SHA256, Spans: spans}
		m.finish(sealed)
		m.redacted()
		after = *m
		return nil
	})
	if err != nil {
		return fact, err
	}
	e := event.New(time.Now().UnixMicro(), &fact)
	e.Interaction, e.Leg, e.Site, e.Queue, e.Agent, e.Party = after.Interaction, after.Leg, after.Site, after.Queue, after.Agent, after.Party
	return fact, s.cfg.Publish([]event.Event{e})
}

// rewrite makes the silenced copy and puts it in the place of the old one: key and
// sound change in two steps, so the new key waits beside the old one until the sound
// is exchanged.
func (s *Store) rewrite(id string, spans []event.Span) (seal.Sealed, error) {
	var none seal.Sealed
	old, err := s.Original(id)
	if err != nil {
		return none, err
	}
	defer old.Close()
	path, err := s.path(id, ".rec")
	if err != nil {
		return none, err
	}
	base := path[:len(path)-len(".rec")]
	for _, stale := range []string{base + ".new.rec", base + ".new.key"} { // of a redaction that a crash interrupted
		if err := destroy(stale); err != nil {
			return none, err
		}
	}
	f, w, err := s.sealed(base+".new.rec", id)
	if err != nil {
		return none, err
	}
	sealed, err := copySilenced(w, old.Reader, spans)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return none, err
	}
	for _, ext := range []string{".key", ".rec"} { // the old key is gone before the new one has its name
		if err := destroy(base + ext); err != nil {
			return none, err
		}
		if err := os.Rename(base+".new"+ext, base+ext); err != nil {
			return none, err
		}
	}
	return sealed, nil
}

func copySilenced(w *seal.Writer, r *seal.Reader, spans []event.Span) (seal.Sealed, error) {
	for n := int64(0); ; n++ {
		c, err := r.Chunk(n)
		if err != nil {
			return seal.Sealed{}, err
		}
		for _, sp := range spans {
			silence(&c, n*seal.Rate, sp)
		}
		if len(c.Left) < seal.Rate {
			return w.Close(c)
		}
		if err := w.Add(c); err != nil {
			return seal.Sealed{}, err
		}
	}
}

// silence silences what of a span lies in a chunk that begins at a sample.
func silence(c *seal.Chunk, base int64, sp event.Span) {
	const us = 1_000_000
	from := max(0, sp.FromUs*seal.Rate/us-base)
	to := min(int64(len(c.Left)), (sp.ToUs*seal.Rate+us-1)/us-base)
	for i := from; i < to; i++ {
		c.Left[i], c.Right[i] = c.Codecs[Caller].Silence(), c.Codecs[Agent].Silence()
	}
}
