package recording

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/media/g711"
	"github.com/agner-platform/agner/telephony/recording/seal"
	"github.com/agner-platform/agner/telephony/sipua/words"
)

// Config is a store.
type Config struct {
	Dir      string                    // DIR/recordings
	Identity string                    // file of the age identity, made if absent
	Node     string                    // names the store in URIs
	Publish  func([]event.Event) error // returns when the facts are durable
	Log      *slog.Logger              // nil: silent

	// Live is told of all sound that is kept, while the call lasts: samples at a place, no
	// samples when it is over. It is called by legs' readers and must not wait nor keep
	// the samples. nil: nobody is.
	Live func(s *Session, side Side, at int64, samples []int16)
}

// visits is how often the writer looks after each recording: several times within
// the slack, so that a chunk is sealed soon after its second is over.
const visits = 200 * time.Millisecond

// syncs is how often files are made durable.
const syncs = time.Second

// Store owns recordings.
type Store struct {
	cfg   Config
	keys  *seal.Keys
	metas sync.Mutex // serialises changes of Meta files

	mu     sync.Mutex
	live   map[*Session]bool // protected by mu
	closed bool              // protected by mu
	stop   chan struct{}
	wait   sync.WaitGroup
}

// Open opens the store, closes what a crash left open and starts the writer.
func Open(cfg Config) (*Store, error) {
	if cfg.Dir == "" || cfg.Identity == "" || cfg.Node == "" || cfg.Publish == nil {
		return nil, fmt.Errorf("Dir = %q, Identity = %q, Node = %q, Publish: all must be given: %w", cfg.Dir, cfg.Identity, cfg.Node, ErrConfig)
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("recordings: %w", err)
	}
	s := &Store{cfg: cfg, live: map[*Session]bool{}, stop: make(chan struct{})}
	var err error
	if s.keys, err = seal.LoadKeys(cfg.Identity); err != nil {
		return nil, err
	}
	if err := s.repair(); err != nil {
		return nil, err
	}
	s.wait.Go(s.work)
	return s, nil
}

// Close finishes all recordings and waits until they are sealed.
func (s *Store) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	live := make([]*Session, 0, len(s.live))
	for r := range s.live {
		live = append(live, r)
	}
	s.mu.Unlock()
	for _, r := range live {
		r.Finish()
	}
	close(s.stop)
	s.wait.Wait()
	return nil
}

// Begin begins a recording, or asks for consent first if the policy wants it.
func (s *Store) Begin(h Head, p Policy) (*Session, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	closed := s.closed
	s.mu.Unlock()
	if closed {
		return nil, ErrState
	}
	if h.Kind == "" {
		h.Kind = Conversation
	}
	r := &Session{
		store: s, head: h, policy: p, ring: &ring{codec: [2]g711.Codec{g711.ALaw, g711.ALaw}}, done: make(chan struct{}), state: Asking,
		id: time.Now().UTC().Format("20060102") + "-" + words.Token(),
	}
	if p.Consent == NotAsked {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.begin()
	}
	return r, nil
}

// add gives a session to the writer; false after Close.
func (s *Store) add(r *Session) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.live[r] = true
	}
	return !s.closed
}

// work is the writer.
func (s *Store) work() {
	tick := time.NewTicker(visits)
	defer tick.Stop()
	synced := time.Now()
	for stopping := false; !stopping; {
		select {
		case <-s.stop:
			stopping = true
		case <-tick.C:
		}
		due := time.Since(synced) >= syncs
		for _, r := range s.sessions() {
			if r.write() {
				s.mu.Lock()
				delete(s.live, r)
				s.mu.Unlock()
			} else if due {
				r.sync()
			}
		}
		if due {
			synced = time.Now()
		}
	}
}

func (s *Store) sessions() []*Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]*Session, 0, len(s.live))
	for r := range s.live {
		out = append(out, r)
	}
	return out
}

// create makes the files of a new recording.
func (s *Store) create(h Head, p Policy, id string) (Meta, *os.File, *seal.Writer, error) {
	m := Meta{
		ID: id, Interaction: h.Interaction, Leg: h.Leg, Site: h.Site, Queue: h.Queue, Agent: h.Agent, Party: h.Party, Kind: h.Kind, Policy: p.Name,
		StartedAt: time.Now().UTC(), Language: p.Language,
	}
	if p.Redact {
		m.Redaction = Pending
	}
	if p.Keep > 0 {
		m.KeepUntil = m.StartedAt.Add(p.Keep)
	}
	path, err := s.path(id, ".rec")
	if err == nil {
		err = os.MkdirAll(filepath.Dir(path), 0o700)
	}
	if err != nil {
		return m, nil, nil, err
	}
	f, w, err := s.sealed(path, id)
	if err != nil {
		return m, nil, nil, fmt.Errorf("recording %s: %w", id, err)
	}
	if err := s.save(m); err != nil {
		return m, nil, nil, errors.Join(err, f.Close())
	}
	return m, f, w, nil
}

// sealed makes a sealed file and its wrapped key, the key first.
func (s *Store) sealed(path, id string) (*os.File, *seal.Writer, error) {
	key := seal.NewKey()
	wrapped, err := s.keys.Wrap(key)
	if err != nil {
		return nil, nil, err
	}
	if err := put(path[:len(path)-len(".rec")]+".key", wrapped); err != nil {
		return nil, nil, fmt.Errorf("key of %s: %w", id, err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, nil, err
	}
	w, err := seal.NewWriter(f, key)
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return f, w, nil
}

// key returns a recording's data key.
func (s *Store) key(id string) ([]byte, error) {
	path, err := s.path(id, ".key")
	if err != nil {
		return nil, err
	}
	wrapped, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("recording %s: %w", id, ErrErased)
	}
	if err != nil {
		return nil, fmt.Errorf("recording %s: %w", id, err)
	}
	return s.keys.Unwrap(wrapped)
}

// Audio is a recording to be heard: plain WAV, made while it is read.
type Audio struct {
	*seal.WAV
	Reader *seal.Reader
	file   *os.File
}

// Close closes the file.
func (a *Audio) Close() error { return a.file.Close() }

var _ io.ReadSeekCloser = (*Audio)(nil)

// Audio opens a recording, also one that still runs: then up to its last second. One
// that waits for its redaction is not opened for anybody.
func (s *Store) Audio(id string) (*Audio, error) {
	m, err := s.Meta(id)
	if err == nil && m.Redaction == Pending {
		err = fmt.Errorf("recording %s: %w", id, ErrPending)
	}
	if err != nil {
		return nil, err
	}
	return s.Original(id)
}

// Original opens a finished recording whether or not it waits for its redaction. It is
// for the job that finds out what to silence, and for nobody who listens.
func (s *Store) Original(id string) (*Audio, error) {
	m, err := s.Meta(id)
	if err != nil {
		return nil, err
	}
	if !m.ErasedAt.IsZero() {
		return nil, fmt.Errorf("recording %s: %w", id, ErrErased)
	}
	key, err := s.key(id)
	if err != nil {
		return nil, err
	}
	path, err := s.path(id, ".rec")
	if err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("recording %s: %w", id, err)
	}
	info, err := f.Stat()
	if err == nil {
		var r *seal.Reader
		if r, err = seal.NewReader(f, info.Size(), key); err == nil {
			return &Audio{seal.NewWAV(r), r, f}, nil
		}
	}
	return nil, errors.Join(fmt.Errorf("recording %s: %w", id, err), f.Close())
}

// Keep expires recordings once an hour until the context ends.
func (s *Store) Keep(ctx context.Context) {
	tick := time.NewTicker(time.Hour)
	defer tick.Stop()
	for {
		if gone, err := s.Expire(time.Now()); err != nil {
			s.cfg.Log.Error("expire recordings", "error", err)
		} else if len(gone) > 0 {
			s.cfg.Log.Info("recordings expired", "count", len(gone))
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
