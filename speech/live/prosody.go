package live

import "math"

// Agitation is how far a turn is from how the same party spoke in the first half minute
// of its speech: the mean, over loudness in decibels and words a second, of
//
//	(x − mean) / max(deviation, least)
//
// Loudness is that of the voiced tenths of seconds. It says that somebody became louder
// and faster, and claims nothing about feelings. Pitch is left out: at telephone band its
// octave errors outweigh what it adds.
const (
	agitated      = 2.5  // standard deviations: one turn in two hundred of a calm speaker, if both vary as a normal law
	calmSpeech    = 30.0 // seconds of speech that are the party's own measure
	leastLoud     = 2.0  // decibels: a smaller deviation is the line's
	leastFast     = 0.4  // words a second
	fewest        = 3    // turns before anything is said
	shortestTurn  = 1.0  // seconds; a shorter turn has no rate
	block         = Rate / 10
	faintestBlock = -50.0 // decibels of full scale: no voice
	keptBlocks    = 600   // a minute: turns are shorter
)

// prosody measures one party.
type prosody struct {
	sum    float64
	n      int
	levels []float64 // of blocks, from first on
	first  int

	speech     float64 // seconds the measure is made of
	loud, fast stat
}

// stat is a running mean and deviation (Welford).
type stat struct {
	n       int
	mean, m float64
}

func (s *stat) add(x float64) {
	s.n++
	d := x - s.mean
	s.mean += d / float64(s.n)
	s.m += d * (x - s.mean)
}

func (s *stat) from(x, least float64) float64 {
	return (x - s.mean) / max(least, math.Sqrt(s.m/float64(max(1, s.n-1))))
}

func (p *prosody) accept(pcm []float32) {
	for _, v := range pcm {
		p.sum += float64(v) * float64(v)
		if p.n++; p.n == block {
			p.levels = append(p.levels, 10*math.Log10(p.sum/block+1e-12))
			p.sum, p.n = 0, 0
		}
	}
	if n := len(p.levels) - keptBlocks; n > 0 {
		p.levels = append(p.levels[:0], p.levels[n:]...)
		p.first += n
	}
}

// of returns how far a turn is from calm; 0 while that is not known.
func (p *prosody) of(start, end float64, words int) float64 {
	if end-start < shortestTurn || words == 0 {
		return 0
	}
	sum, n := 0.0, 0
	for i := max(0, int(start*10)-p.first); i < min(len(p.levels), int(end*10)-p.first); i++ {
		if p.levels[i] > faintestBlock {
			sum += p.levels[i]
			n++
		}
	}
	if n == 0 {
		return 0
	}
	loud, fast := sum/float64(n), float64(words)/(end-start)
	if p.speech < calmSpeech {
		p.speech += end - start
		p.loud.add(loud)
		p.fast.add(fast)
		return 0
	}
	if p.loud.n < fewest {
		return 0
	}
	return (p.loud.from(loud, leastLoud) + p.fast.from(fast, leastFast)) / 2
}
