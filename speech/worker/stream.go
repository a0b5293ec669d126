package worker

import (
	"errors"
	"fmt"

	"github.com/agner-platform/agner/speech/engine"
)

// GuardGap marks a final that stands for sound no child survived.
const GuardGap = "gap"

const (
	keep     = 30 * engine.Rate // sound kept for playing again: more than the longest segment with its pause
	step     = 2 * engine.Rate  // sound per request: a bound on what one answer delays
	starts   = 5                // children tried before the pool is given up
	attempts = 3                // children one stretch of sound may kill
)

// Stream is an engine.Stream in some child. One goroutine uses it.
type Stream struct {
	pool    *Pool
	opt     engine.Options
	child   *process
	id      uint64
	origin  int64     // sample number where the child's stream began
	sent    int64     // samples of the whole stream given so far
	pending []float32 // the last of them: what a new child must hear
	crashes int       // since the last final
	closed  bool
}

// Accept implements engine.Stream.
func (s *Stream) Accept(pcm []float32) ([]engine.Result, error) {
	var out []engine.Result
	for at := 0; at < len(pcm); at += step {
		r, err := s.piece(pcm[at:min(at+step, len(pcm))])
		if err != nil {
			return out, err
		}
		out = append(out, r...)
	}
	return out, nil
}

// piece sends one request's worth of sound.
func (s *Stream) piece(pcm []float32) ([]engine.Result, error) {
	if s.closed {
		return nil, ErrClosed
	}
	s.pending = append(s.pending, pcm...)
	s.sent += int64(len(pcm))
	r, err := s.child.call(request{Op: opAccept, Stream: s.id, PCM: pack(pcm)})
	if died(err) {
		return s.recover(false, err)
	}
	return s.settle(r), err
}

// Finish implements engine.Stream.
func (s *Stream) Finish() ([]engine.Result, error) {
	if s.closed {
		return nil, ErrClosed
	}
	r, err := s.child.call(request{Op: opFinish, Stream: s.id})
	if died(err) {
		return s.recover(true, err)
	}
	return s.settle(r), err
}

// Close implements engine.Stream.
func (s *Stream) Close() {
	if s.closed {
		return
	}
	s.closed = true
	_, _ = s.child.call(request{Op: opClose, Stream: s.id}) //nolint:errcheck // a dead child has closed it
	s.pool.release(s.child)
}

// settle shifts results to the time of the whole stream and forgets sound that is
// final.
func (s *Stream) settle(r []engine.Result) []engine.Result {
	shift := float64(s.origin) / engine.Rate
	known := s.sent - int64(len(s.pending))
	for i := range r {
		r[i].Start += shift
		r[i].End += shift
		for k := range r[i].Words {
			r[i].Words[k].Start += shift
			r[i].Words[k].End += shift
		}
		if r[i].Final {
			s.crashes = 0
			known = max(known, int64(r[i].End*engine.Rate))
		}
	}
	known = max(known, s.sent-keep)
	if n := known - (s.sent - int64(len(s.pending))); n > 0 {
		s.pending = append(s.pending[:0], s.pending[min(n, int64(len(s.pending))):]...)
	}
	return r
}

// attach opens the stream in a child; it begins where the pending sound does. A
// child that dies before it heard anything is no fault of the sound: another is
// tried.
func (s *Stream) attach() error {
	var err error
	for range starts {
		if err = s.attachOnce(); !died(err) {
			break
		}
	}
	return err
}

func (s *Stream) attachOnce() error {
	child, id, err := s.pool.acquire()
	if err != nil {
		return err
	}
	if _, err := child.call(request{Op: opOpen, Stream: id, Options: s.opt}); err != nil {
		s.pool.release(child)
		return err
	}
	s.child, s.id = child, id
	s.origin = s.sent - int64(len(s.pending))
	return nil
}

// recover plays the pending sound to a fresh child, and gives it up when it was
// being heard while several died.
func (s *Stream) recover(finish bool, cause error) ([]engine.Result, error) {
	var out []engine.Result
	for {
		s.pool.release(s.child)
		if !errors.Is(cause, errBefore) {
			s.crashes++
		}
		if s.crashes >= attempts {
			out = append(out, s.gap())
		}
		if err := s.attach(); err != nil {
			s.child = grave() // later use finds it dead and tries again
			return out, fmt.Errorf("after a crash: %w", err)
		}
		var r []engine.Result
		if r, cause = s.replay(finish); !died(cause) {
			return append(out, s.settle(r)...), cause
		}
	}
}

// grave is a child that was never alive.
func grave() *process {
	p := &process{}
	p.dead.Store(true)
	return p
}

// replay sends the pending sound again.
func (s *Stream) replay(finish bool) ([]engine.Result, error) {
	var out []engine.Result
	for at := 0; at < len(s.pending); at += step {
		r, err := s.child.call(request{Op: opAccept, Stream: s.id, PCM: pack(s.pending[at:min(at+step, len(s.pending))])})
		if err != nil {
			return nil, err
		}
		out = append(out, r...)
	}
	if !finish {
		return out, nil
	}
	r, err := s.child.call(request{Op: opFinish, Stream: s.id})
	return append(out, r...), err
}

// gap gives up the pending sound.
func (s *Stream) gap() engine.Result {
	from := s.sent - int64(len(s.pending))
	s.pending, s.crashes = nil, 0
	return engine.Result{Final: true, Start: float64(from) / engine.Rate, End: float64(s.sent) / engine.Rate, Guards: []string{GuardGap}}
}
