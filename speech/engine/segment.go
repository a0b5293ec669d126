package engine

// Shape of segments, in samples at Rate.
const (
	preRoll    = 3 * Rate / 10 // kept before speech was detected: soft onsets
	postRoll   = 2 * Rate / 10 // kept after it
	cutSearch  = 3 * Rate      // a cut is made at the quietest place of the last 3 s
	quietFrame = Rate / 20     // 50 ms, the shortest gap worth cutting in
	minSpeech  = Rate / 10     // less voiced sound than this is a click
)

// cutting says when a segment ends, in samples.
type cutting struct {
	longest int64 // cut there: delay, memory and errors of native code grow with length
	hang    int64 // of silence ends it
}

// Live segments are short, for finals are due 1 s after speech. A recording can
// wait, and context is worth words: cut as live ones, the 30 LibriSpeech clips lose
// 2 points of word error rate at 16 kHz and 4 at telephone band.
var (
	liveCut  = cutting{longest: 8 * Rate, hang: 45 * Rate / 100}
	batchCut = cutting{longest: 24 * Rate, hang: Rate}
)

// piece is a segment of sound.
type piece struct {
	start int64 // sample number in the stream
	pcm   []float32
	done  bool // the speaker paused; else it was cut for length
}

// segmenter cuts a stream into pieces by a voice-activity decision per window. It
// is pure: the detector is asked by its caller.
type segmenter struct {
	cutting
	buf    []float32
	base   int64 // sample number of buf[0]
	open   bool
	start  int64 // of the open piece
	last   int64 // end of the last voiced window
	voiced int64 // voiced samples of the open piece
}

// push takes one window and the detector's opinion, and returns a finished piece.
func (s *segmenter) push(window []float32, voiced bool) *piece {
	s.buf = append(s.buf, window...)
	end := s.base + int64(len(s.buf))
	if voiced {
		if !s.open {
			s.open, s.voiced = true, 0
			s.start = max(s.base, end-int64(len(window))-preRoll)
		}
		s.last = end
		s.voiced += int64(len(window))
	}
	if !s.open {
		s.forget(end - preRoll)
		return nil
	}
	if end-s.last >= s.hang {
		return s.close(min(end, s.last+postRoll))
	}
	if end-s.start >= s.longest {
		return s.split(end)
	}
	return nil
}

// close ends the open piece at that sample; clicks are dropped.
func (s *segmenter) close(at int64) *piece {
	s.open = false
	p := s.take(at)
	p.done = true
	if s.voiced < minSpeech {
		return nil
	}
	return p
}

// take removes the open piece up to at.
func (s *segmenter) take(at int64) *piece {
	pcm := make([]float32, at-s.start)
	copy(pcm, s.buf[s.start-s.base:])
	p := &piece{start: s.start, pcm: pcm}
	s.forget(at)
	return p
}

// forget drops sound before that sample.
func (s *segmenter) forget(before int64) {
	if n := before - s.base; n > 0 {
		s.buf = append(s.buf[:0], s.buf[n:]...)
		s.base = before
	}
}

// split ends the open piece at its quietest late place and opens the next one there.
func (s *segmenter) split(end int64) *piece {
	from := max(s.start+quietFrame, end-cutSearch)
	at := from + quietest(s.buf[from-s.base:])
	p := s.take(at)
	s.start, s.voiced = at, max(0, s.last-at)
	return p
}

// quietest returns the middle of the 50 ms with the least energy.
func quietest(x []float32) int64 {
	sum := 0.0
	best, at := -1.0, len(x)
	for i, v := range x {
		sum += float64(v) * float64(v)
		if i < quietFrame {
			continue
		}
		sum -= float64(x[i-quietFrame]) * float64(x[i-quietFrame])
		if best < 0 || sum < best {
			best, at = sum, i-quietFrame/2
		}
	}
	return int64(at)
}

// flush returns the open piece at the end of the sound.
func (s *segmenter) flush() *piece {
	if !s.open {
		return nil
	}
	return s.close(min(s.base+int64(len(s.buf)), s.last+postRoll))
}

// current returns the open piece so far, without ending it.
func (s *segmenter) current() []float32 { return s.buf[s.start-s.base:] }
