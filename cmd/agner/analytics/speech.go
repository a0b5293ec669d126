//go:build cgo

package analytics

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/agner-platform/agner/internal/db/quality"
	speechapi "github.com/agner-platform/agner/speech/api"
	"github.com/agner-platform/agner/speech/search"
	"github.com/agner-platform/agner/speech/transcripts"
	"github.com/agner-platform/agner/telephony/recording"
)

// speechRoom is what was said: its index, what keeps it at the journals' heels, and
// its API.
type speechRoom struct {
	index *search.Index
	shelf *recording.Shelf
	api   *speechapi.API
}

// openSpeech opens it and starts its follower.
func openSpeech(a *analytics) (*speechRoom, error) {
	if err := os.MkdirAll(a.inst.Paths.Search(), 0o700); err != nil {
		return nil, err
	}
	shelf, err := recording.Browse(recording.Config{Dir: a.inst.Paths.Recordings(), Identity: a.inst.Paths.RecordingIdentity()})
	if err != nil {
		return nil, err
	}
	index, err := search.Open(filepath.Join(a.inst.Paths.Search(), "turns"))
	if err != nil {
		return nil, err
	}
	s := transcripts.New(transcripts.Config{Journal: a.journal, Journals: a.inst.Paths.Journals(), Texts: a.vault, Index: index, Log: a.inst.Log})
	a.running.Go(func() {
		if err := s.Follow(a.background); err != nil && a.background.Err() == nil {
			a.inst.Log.Error("the search index no longer follows the journals", "error", err)
		}
	})
	return &speechRoom{index, shelf, speechapi.New(speechapi.Deps{
		Transcripts: s, Index: index, Sound: sound{shelf}, Quality: quality.Open(a.store), Journal: a.journal,
	})}, nil
}

// erase removes what was said by a customer and every recording of them that no
// legal hold keeps; it returns how many turns and recordings went.
func (s *speechRoom) erase(party string) (int64, error) {
	turns, err := s.index.Erase(party)
	if err != nil {
		return 0, err
	}
	gone, held, err := s.shelf.EraseParty(party)
	if err == nil && len(held) > 0 {
		err = fmt.Errorf("recordings %v: %w", held, recording.ErrHeld)
	}
	return int64(turns + len(gone)), err
}

// sound gives recordings to the API.
type sound struct{ shelf *recording.Shelf }

// Open implements speechapi.Sound.
func (s sound) Open(id string) (io.ReadSeekCloser, error) {
	a, err := s.shelf.Audio(id)
	if errors.Is(err, recording.ErrNone) || errors.Is(err, recording.ErrErased) {
		return nil, fmt.Errorf("%w: %w", speechapi.ErrNoSound, err)
	}
	if errors.Is(err, recording.ErrPending) {
		return nil, fmt.Errorf("%w: %w", speechapi.ErrSealed, err)
	}
	if err != nil {
		return nil, err
	}
	return a, nil
}
