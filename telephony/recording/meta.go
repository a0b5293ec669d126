package recording

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"time"
)

// Meta is what the store knows of a recording. It holds no personal data but the
// caller's pseudonym.
type Meta struct {
	ID          string    `json:"id"`
	Interaction string    `json:"interaction"`
	Leg         string    `json:"leg,omitempty"`
	Site        string    `json:"site,omitempty"`
	Queue       string    `json:"queue,omitempty"`
	Agent       string    `json:"agent,omitempty"` // the first one
	Party       string    `json:"party,omitempty"`
	Policy      string    `json:"policy,omitempty"`
	Kind        string    `json:"kind"` // call, voicemail
	StartedAt   time.Time `json:"started_at"`
	Language    string    `json:"language,omitempty"`  // spoken in it; none: not to be transcribed
	Redaction   string    `json:"redaction,omitempty"` // empty: not asked for; pending; done
	KeepUntil   time.Time `json:"keep_until,omitzero"` // zero: for ever
	Hold        bool      `json:"hold,omitempty"`
	HeldBy      string    `json:"held_by,omitempty"`

	Finished  bool      `json:"finished"`
	SHA256    string    `json:"sha256,omitempty"`
	Bytes     int64     `json:"bytes,omitempty"`
	LengthUs  int64     `json:"length_us,omitempty"`
	Dropped   int64     `json:"dropped,omitempty"` // samples that came while the disk stood still
	Repaired  bool      `json:"repaired,omitempty"`
	Redacted  int       `json:"redacted,omitempty"` // how many times
	ErasedAt  time.Time `json:"erased_at,omitzero"`
	ErasedFor string    `json:"erased_for,omitempty"` // retention, request
}

// Kinds of recordings.
const (
	Conversation = "call"
	Message      = "voicemail"
)

// How far the redaction is that a policy asks for.
const (
	Pending = "pending" // the original is there, and nobody hears it
	Done    = "done"    // the original and its key are destroyed
)

// dayForm names the folder of a day; ids begin with the day's digits.
const dayForm = "2006-01-02"

var idForm = regexp.MustCompile(`^\d{8}-[0-9A-Za-z_-]{8,64}$`)

// path returns where a file of a recording is; the id must be well formed, because
// it comes from URLs.
func (s *Store) path(id, ext string) (string, error) {
	if !idForm.MatchString(id) {
		return "", fmt.Errorf("recording %.80q: %w", id, ErrNone)
	}
	return filepath.Join(s.cfg.Dir, id[:4]+"-"+id[4:6]+"-"+id[6:8], id+ext), nil
}

// Meta returns what is known of a recording.
func (s *Store) Meta(id string) (Meta, error) {
	var m Meta
	path, err := s.path(id, ".json")
	if err != nil {
		return m, err
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return m, fmt.Errorf("recording %s: %w", id, ErrNone)
	}
	if err != nil {
		return m, fmt.Errorf("recording %s: %w", id, err)
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return m, fmt.Errorf("recording %s: %w", id, err)
	}
	return m, nil
}

// put writes a file whole or not at all.
func put(path string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".put-*") // 0600
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func (s *Store) save(m Meta) error {
	path, err := s.path(m.ID, ".json")
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(m, "", " ")
	if err == nil {
		err = put(path, text)
	}
	if err != nil {
		return fmt.Errorf("recording %s: %w", m.ID, err)
	}
	return nil
}

// change rewrites a recording's Meta under the store's lock of metas.
func (s *Store) change(id string, f func(*Meta) error) error {
	s.metas.Lock()
	defer s.metas.Unlock()
	m, err := s.Meta(id)
	if err != nil {
		return err
	}
	if err := f(&m); err != nil {
		return err
	}
	return s.save(m)
}

// List returns the recordings that began in [from, to) and match, oldest first.
func (s *Store) List(from, to time.Time, match func(Meta) bool) ([]Meta, error) {
	out := []Meta{}
	err := s.walk(func(day time.Time) bool { return !day.Before(from.UTC().Truncate(24*time.Hour)) && day.Before(to) }, func(m Meta) error {
		if !m.StartedAt.Before(from) && m.StartedAt.Before(to) && (match == nil || match(m)) {
			out = append(out, m)
		}
		return nil
	})
	return out, err
}

// walk visits the recordings of the days that are wanted.
func (s *Store) walk(want func(day time.Time) bool, visit func(Meta) error) error {
	days, err := os.ReadDir(s.cfg.Dir)
	if err != nil {
		return fmt.Errorf("recordings: %w", err)
	}
	for _, d := range days {
		day, err := time.Parse(dayForm, d.Name())
		if err != nil || !want(day) {
			continue
		}
		files, err := filepath.Glob(filepath.Join(s.cfg.Dir, d.Name(), "*.json"))
		if err != nil {
			return fmt.Errorf("recordings of %s: %w", d.Name(), err)
		}
		for _, f := range files {
			m, err := s.Meta(filepath.Base(f[:len(f)-len(".json")]))
			if errors.Is(err, ErrNone) {
				continue
			}
			if err == nil {
				err = visit(m)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}
