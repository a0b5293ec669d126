package batch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"sync"

	"github.com/agner-platform/agner/speech/audio"
	"github.com/agner-platform/agner/speech/engine"
	"github.com/agner-platform/agner/speech/turn"
)

// ErrParties is a list of party names that does not fit the channels.
var ErrParties = errors.New("party names do not fit the channels")

// Mixed is the party of a recording with one channel.
const Mixed = "mixed"

// Opener gives streams of a recogniser; a worker.Pool is one.
type Opener interface {
	Open(engine.Options) (engine.Stream, error)
}

// Recording says what a file is.
type Recording struct {
	File     string   `json:"file"`
	Duration float64  `json:"duration_s"`
	Rate     int      `json:"sample_rate"`
	Codec    string   `json:"codec"`
	Channels int      `json:"channels"`
	Notes    []string `json:"notes,omitempty"` // what was wrong with the file
}

// Transcript is a recording in words.
type Transcript struct {
	Recording
	Turns []turn.Turn `json:"turns"`
}

// Parties names the channels: the given names, or agent and customer, or Mixed.
func Parties(channels int, names []string) ([]string, error) {
	switch {
	case len(names) > 0 && len(names) != channels:
		return nil, fmt.Errorf("%w: %d names, %d channels", ErrParties, len(names), channels)
	case len(names) > 0:
		return names, nil
	case channels == 1:
		return []string{Mixed}, nil
	}
	out := []string{"agent", "customer"}
	for i := 3; i <= channels; i++ {
		out = append(out, fmt.Sprintf("party %d", i))
	}
	return out[:channels], nil
}

// Source opens a recording anew: every channel is read by itself.
type Source func() (*audio.Stream, io.Closer, error)

// Transcribe recognises every channel of a file, side by side.
func Transcribe(ctx context.Context, open Opener, path string, names []string) (Transcript, error) {
	return TranscribeFrom(ctx, open, path, func() (*audio.Stream, io.Closer, error) {
		s, f, err := audio.OpenFile(path)
		return s, f, err
	}, names)
}

// TranscribeFrom is Transcribe of what is no file; path is its name in errors.
func TranscribeFrom(ctx context.Context, open Opener, path string, from Source, names []string) (Transcript, error) {
	s, f, err := from()
	if err != nil {
		return Transcript{}, err
	}
	_ = f.Close()
	parties, err := Parties(s.Channels, names)
	if err != nil {
		return Transcript{}, fmt.Errorf("%s: %w", path, err)
	}
	heard := make([]turn.Heard, s.Channels)
	errs := make([]error, s.Channels)
	recs := make([]Recording, s.Channels)
	var wg sync.WaitGroup
	for ch := range s.Channels {
		wg.Go(func() {
			heard[ch].Party = parties[ch]
			heard[ch].Finals, recs[ch], errs[ch] = hear(ctx, open, path, from, ch)
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return Transcript{}, fmt.Errorf("%s: %w", path, err)
	}
	turns := turn.Build(heard)
	if turns == nil {
		turns = []turn.Turn{}
	}
	return Transcript{recs[0], turns}, nil
}

// hear runs one channel through a stream of its own.
func hear(ctx context.Context, open Opener, path string, from Source, ch int) ([]engine.Result, Recording, error) {
	s, f, err := from()
	if err != nil {
		return nil, Recording{}, err
	}
	defer f.Close()
	st, err := open.Open(engine.Options{})
	if err != nil {
		return nil, Recording{}, err
	}
	defer st.Close()
	var finals []engine.Result
	err = s.Each(engine.Rate, func(block [][]float32) error {
		r, err := st.Accept(block[ch])
		finals = append(finals, r...)
		return errors.Join(err, ctx.Err())
	})
	if err != nil {
		return nil, Recording{}, err
	}
	r, err := st.Finish()
	return append(finals, r...), record(path, s), err
}

// record describes a stream that was read to its end.
func record(path string, s *audio.Stream) Recording {
	return Recording{filepath.Clean(path), s.Seconds(), s.Rate, string(s.Codec), s.Channels, s.Notes}
}
