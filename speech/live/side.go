package live

import (
	"context"
	"encoding/binary"
	"errors"
	"time"

	"github.com/agner-platform/agner/speech/audio"
	"github.com/agner-platform/agner/speech/engine"
	"github.com/agner-platform/agner/speech/pipeline"
	"github.com/agner-platform/agner/speech/redact"
)

// Bounds of a party's sound.
const (
	backlog  = 80                     // frames that wait: 8 s
	slow     = 20                     // from so many on partials are left out
	quiet    = 600 * time.Millisecond // a party that sends nothing for so long is silent
	pace     = 200 * time.Millisecond
	maxSpace = 60 * Rate // silence that is filled in for a jump in time, in samples
)

// side is one party.
type side struct {
	room     *Room
	call     *heard
	name     string
	language string
	frames   chan Frame
	lost     int64 // samples, protected by the room's lock

	stream   engine.Stream // of the side's goroutine, like all below
	partials bool
	resample *audio.Resampler
	at       int64     // next sample, at Rate
	origin   float64   // seconds into the call at which the stream began
	last     time.Time // frame
	prosody  prosody
}

// push takes a frame, or counts it as lost. The room's lock is held.
func (s *side) push(f Frame) {
	select {
	case s.frames <- f:
	default:
		s.lost += int64(len(f.PCM) / 2)
		s.call.Lost += float64(len(f.PCM)/2) / Rate
		s.room.touch(s.call)
	}
}

// run hears until the call ends.
func (s *side) run(ctx context.Context) {
	defer func() {
		if s.stream != nil {
			s.stream.Close()
		}
	}()
	if err := s.open(true); err != nil {
		s.room.cfg.Log.Warn("a call is not heard live", "interaction_id", s.call.Interaction, "error", err)
		s.state(NoModel)
		if !errors.Is(err, pipeline.ErrNoModel) {
			s.state(Full)
		}
		for range s.frames { // until the end
		}
		return
	}
	tick := time.NewTicker(pace)
	defer tick.Stop()
	s.last = time.Now()
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case f, more := <-s.frames:
			if !more {
				return
			}
			err = s.take(f)
		case now := <-tick.C:
			if idle := now.Sub(s.last); idle > quiet {
				s.last = now
				err = s.hear(make([]float32, int(idle.Seconds()*Rate)))
			}
		}
		if err != nil && ctx.Err() == nil {
			s.room.cfg.Log.Warn("a call is heard no longer", "interaction_id", s.call.Interaction, "error", err)
			s.state(Full)
			for range s.frames {
			}
			return
		}
	}
}

// open begins a stream of recognition.
func (s *side) open(partials bool) error {
	r, _, err := s.room.cfg.For(s.language)
	if err != nil {
		return err
	}
	if s.stream != nil {
		s.stream.Close()
		s.stream = nil
	}
	s.stream, err = r.Open(engine.Options{Live: true, Partials: partials})
	s.partials, s.origin, s.resample = partials, float64(s.at)/Rate, audio.NewResampler(Rate, engine.Rate)
	return err
}

func (s *side) state(to string) {
	s.room.mu.Lock()
	defer s.room.mu.Unlock()
	s.call.State = to
	s.room.touch(s.call)
}

// take hears a frame, after the silence before it.
func (s *side) take(f Frame) error {
	s.last = time.Now()
	if s.partials && len(s.frames) >= slow {
		if err := s.settle(s.stream.Finish()); err != nil {
			return err
		}
		if err := s.open(false); err != nil {
			return err
		}
		s.state(Finals)
	}
	if space := f.At - s.at; space > 0 {
		if err := s.hear(make([]float32, min(space, maxSpace))); err != nil {
			return err
		}
		s.origin += float64(max(0, space-maxSpace)) / Rate
		s.at = f.At
	}
	pcm := make([]float32, len(f.PCM)/2)
	for i := range pcm {
		pcm[i] = float32(int16(binary.LittleEndian.Uint16(f.PCM[2*i:]))) / 32768
	}
	if behind := s.at - f.At; behind > 0 { // what was taken for silence
		pcm = pcm[min(behind, int64(len(pcm))):]
	}
	return s.hear(pcm)
}

// hear gives the recogniser more sound.
func (s *side) hear(pcm []float32) error {
	s.prosody.accept(pcm)
	s.at += int64(len(pcm))
	return s.settle(s.stream.Accept(s.resample.Process(pcm)))
}

// settle notes what became known.
func (s *side) settle(results []engine.Result, err error) error {
	if err != nil {
		return err
	}
	r, c := s.room, s.call
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, x := range results {
		start, end := s.origin+x.Start, s.origin+x.End
		if !x.Final {
			c.watch.sounded(end)
			if text := redact.Digits(c.mask, x.Text); text != c.Partials[s.name] {
				c.Partials[s.name] = text
				r.touch(c)
			}
			continue
		}
		delete(c.Partials, s.name)
		t := Turn{Side: s.name, Start: start, End: end, Gap: len(x.Words) == 0}
		t.Text, _ = c.mask.Turn(x.Text)
		c.Turns = append(c.Turns, t)
		if n := len(c.Turns) - shown; n > 0 {
			c.Turns = c.Turns[n:]
		}
		c.Alerts = append(c.Alerts, c.watch.said(t, s.prosody.of(start, end, len(x.Words)))...)
		r.touch(c)
	}
	return nil
}
