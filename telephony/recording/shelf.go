package recording

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/agner-platform/agner/telephony/media/g711"
	"github.com/agner-platform/agner/telephony/recording/seal"
	"github.com/agner-platform/agner/telephony/sipua/words"
)

// Shelf are the recordings of a store seen by a process that records nothing: it
// reads them, adds whole ones and erases on request. It repairs nothing, because
// what looks broken may be a call that runs in the switch.
type Shelf struct{ s *Store }

// Browse opens a shelf; Config's Publish is not needed.
func Browse(cfg Config) (*Shelf, error) {
	if cfg.Dir == "" || cfg.Identity == "" {
		return nil, fmt.Errorf("Dir = %q, Identity = %q: must be given: %w", cfg.Dir, cfg.Identity, ErrConfig)
	}
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("recordings: %w", err)
	}
	keys, err := seal.LoadKeys(cfg.Identity)
	if err != nil {
		return nil, err
	}
	return &Shelf{&Store{cfg: cfg, keys: keys}}, nil
}

// Meta returns what is known of a recording.
func (h *Shelf) Meta(id string) (Meta, error) { return h.s.Meta(id) }

// Audio opens a recording.
func (h *Shelf) Audio(id string) (*Audio, error) { return h.s.Audio(id) }

// List returns the recordings that began in [from, to) and match.
func (h *Shelf) List(from, to time.Time, match func(Meta) bool) ([]Meta, error) {
	return h.s.List(from, to, match)
}

// EraseParty erases all recordings of a caller's pseudonym, and returns those that
// legal hold keeps.
func (h *Shelf) EraseParty(party string) (erased, held []string, err error) {
	return h.s.EraseParty(party)
}

// Add seals a call's sound from elsewhere: 8,000 samples a second and side, equally
// many. It began at a time.
func (h *Shelf) Add(ctx context.Context, head Head, began time.Time, caller, agent []int16) (Meta, error) {
	if len(caller) != len(agent) || len(caller) == 0 {
		return Meta{}, fmt.Errorf("%d samples of the caller, %d of the agent: must be equally many: %w", len(caller), len(agent), ErrConfig)
	}
	if head.Kind == "" {
		head.Kind = Conversation
	}
	id := time.Now().UTC().Format("20060102") + "-" + words.Token()
	m, f, w, err := h.s.create(head, Policy{}, id)
	if err != nil {
		return m, err
	}
	m.StartedAt = began.UTC()
	sealed, err := fill(ctx, w, caller, agent)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return m, errors.Join(fmt.Errorf("seal recording %s: %w", id, err), h.s.Erase(id, "failed"))
	}
	m.finish(sealed)
	return m, h.s.save(m)
}

// fill seals second by second; the last chunk is less than one.
func fill(ctx context.Context, w *seal.Writer, caller, agent []int16) (seal.Sealed, error) {
	for {
		n := min(seal.Rate, len(caller))
		c := seal.Chunk{
			Codecs: [2]g711.Codec{g711.ALaw, g711.ALaw},
			Left:   g711.ALaw.Encode(nil, caller[:n]), Right: g711.ALaw.Encode(nil, agent[:n]),
		}
		if n < seal.Rate {
			return w.Close(c)
		}
		if err := errors.Join(w.Add(c), ctx.Err()); err != nil {
			return seal.Sealed{}, err
		}
		caller, agent = caller[n:], agent[n:]
	}
}

// Erase destroys a recording's key, then its sound.
func (h *Shelf) Erase(id, why string) error { return h.s.Erase(id, why) }

// URI names a recording wherever facts travel.
func (h *Shelf) URI(id string) string { return h.s.URI(id) }
