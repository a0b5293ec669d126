package pipeline

import (
	"github.com/agner-platform/agner/speech/batch"
	"github.com/agner-platform/agner/speech/engine"
)

// watched is a recogniser that tells how much it heard.
type watched struct {
	batch.Opener
	tell func(samples int)
}

// Open implements batch.Opener.
func (w watched) Open(opt engine.Options) (engine.Stream, error) {
	s, err := w.Opener.Open(opt)
	if err != nil {
		return nil, err
	}
	return watchedStream{s, w.tell}, nil
}

type watchedStream struct {
	engine.Stream
	tell func(samples int)
}

// Accept implements engine.Stream.
func (w watchedStream) Accept(pcm []float32) ([]engine.Result, error) {
	r, err := w.Stream.Accept(pcm)
	w.tell(len(pcm))
	return r, err
}

// channels of a tape.
const channels = 2

func (j *jobs) progress(x *Job, samples int, lengthUs int64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if lengthUs > 0 {
		x.Progress = min(1, x.Progress+float64(samples)/engine.Rate/channels/(float64(lengthUs)/1e6))
	}
}
