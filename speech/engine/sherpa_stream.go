package engine

import (
	"runtime"
	"strings"
)

// Shape of the stream's work.
const (
	vadThreshold = 0.5           // Silero's recommendation
	partialEvery = 5 * Rate / 10 // of new speech: the first partial is due after 0.7 s
)

// sherpaStream is one party.
type sherpaStream struct {
	engine  *sherpaEngine
	opt     Options
	vad     uintptr
	rest    []float32 // less than a window
	seg     segmenter
	partial int64 // sample number of the last partial
}

// Accept implements Stream.
func (s *sherpaStream) Accept(pcm []float32) ([]Result, error) {
	if s.vad == 0 {
		return nil, errClosed
	}
	var out []Result
	s.rest = append(s.rest, pcm...)
	for len(s.rest) >= vadWindow {
		r, err := s.window(s.rest[:vadWindow])
		if err != nil {
			return out, err
		}
		out = append(out, r...)
		s.rest = s.rest[vadWindow:]
	}
	s.rest = append([]float32(nil), s.rest...)
	return out, nil
}

// window takes one detector window.
func (s *sherpaStream) window(w []float32) ([]Result, error) {
	api := s.engine.api
	api.vadAccept(s.vad, &w[0], int32(len(w)))
	runtime.KeepAlive(w)
	voiced := api.vadSpeech(s.vad) != 0
	if !voiced {
		api.vadClear(s.vad) // its own copies of finished segments are not used
	}
	if p := s.seg.push(w, voiced); p != nil {
		return s.final(p)
	}
	if s.opt.Partials && s.seg.open && s.engine.second != nil {
		return s.maybePartial()
	}
	return nil, nil
}

// maybePartial reports the open segment when enough new speech came.
func (s *sherpaStream) maybePartial() ([]Result, error) {
	end := s.seg.last
	if end-max(s.partial, s.seg.start) < partialEvery {
		return nil, nil
	}
	s.partial = end
	words, _, err := s.engine.second.run(level(s.seg.current()))
	if err != nil || len(words) == 0 {
		return nil, err
	}
	start := float64(s.seg.start) / Rate
	return []Result{{Start: round3(start), End: round3(float64(end) / Rate), Text: strings.Join(words, " "), Confidence: confidence(1, 2), Timing: Interpolated}}, nil
}

// final decodes a finished piece: with the large model, of a recording also a
// little slower, and with the small model; the words are put to the vote. Where no
// model finds a word the final has none: somebody spoke, and nobody knows what.
func (s *sherpaStream) final(p *piece) ([]Result, error) {
	pcm := level(p.pcm)
	words, guards, err := s.engine.final.run(pcm)
	if err != nil {
		return nil, err
	}
	others, err := s.opinions(pcm)
	if err != nil {
		return nil, err
	}
	for len(words) == 0 && len(others) > 0 {
		words, others = others[0], others[1:]
	}
	if len(words) == 0 {
		start := float64(p.start) / Rate
		return []Result{{Final: true, Start: round3(start), End: round3(start + float64(len(p.pcm))/Rate), Timing: Interpolated, Guards: append(guards, GuardNone)}}, nil
	}
	ballots := vote(words, others)
	timed := spread(ballots, float64(p.start)/Rate, p.pcm)
	if len(timed) == 0 {
		return nil, nil
	}
	sum, texts := 0.0, make([]string, len(timed))
	for i, w := range timed {
		sum += w.Confidence
		texts[i] = w.Text
	}
	return []Result{{
		Final: true, Start: timed[0].Start, End: timed[len(timed)-1].End, Text: strings.Join(texts, " "), Words: timed,
		Confidence: round3(sum / float64(len(timed))), Timing: Interpolated, Guards: guards,
	}}, nil
}

// opinions are the other hypotheses for a piece.
func (s *sherpaStream) opinions(pcm []float32) ([][]string, error) {
	var out [][]string
	if !s.opt.Live {
		words, _, err := s.engine.final.run(slower(pcm))
		if err != nil {
			return nil, err
		}
		out = append(out, words)
	}
	if s.engine.second != nil {
		words, _, err := s.engine.second.run(pcm)
		if err != nil {
			return nil, err
		}
		out = append(out, words)
	}
	return out, nil
}

// Finish implements Stream.
func (s *sherpaStream) Finish() ([]Result, error) {
	if s.vad == 0 {
		return nil, errClosed
	}
	var out []Result
	if len(s.rest) > 0 { // fill the last window with silence
		w := make([]float32, vadWindow)
		copy(w, s.rest)
		s.rest = nil
		r, err := s.window(w)
		if err != nil {
			return nil, err
		}
		out = r
	}
	if p := s.seg.flush(); p != nil {
		r, err := s.final(p)
		return append(out, r...), err
	}
	return out, nil
}

// Close implements Stream.
func (s *sherpaStream) Close() {
	if s.vad != 0 {
		s.engine.api.freeVAD(s.vad)
		s.vad = 0
	}
}
