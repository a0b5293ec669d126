package engine

import (
	"math"
	"unicode"
)

// voicedDrop is how far below the loudest 10 ms of a segment a frame still counts
// as voiced, in decibels: word gaps of telephone speech lie deeper.
const voicedDrop = 32

// spread gives every word of a piece a time: the voiced frames are shared out by
// the words' lengths, so that pauses fall between words.
func spread(words []ballot, start float64, pcm []float32) []Word {
	if len(words) == 0 {
		return nil
	}
	const frame = Rate / 100
	voiced := voicedFrames(pcm, frame)
	total := 0.0
	for _, w := range words {
		total += weight(w.word)
	}
	at := func(share float64) float64 { // place of that share of the voiced frames
		i := int(math.Round(share * float64(len(voiced))))
		if i >= len(voiced) {
			return float64(voiced[len(voiced)-1]+1) / 100
		}
		return float64(voiced[i]) / 100
	}
	out := make([]Word, len(words))
	sum := 0.0
	for i, w := range words {
		from := at(sum / total)
		sum += weight(w.word)
		to := at(sum / total)
		out[i] = Word{Text: w.word, Start: round3(start + from), End: round3(start + max(to, from)), Confidence: w.confidence}
	}
	for i := range out[:len(out)-1] { // a pause belongs to neither neighbour
		out[i].End = min(out[i].End, out[i+1].Start)
	}
	return out
}

// weight is about how long a word takes to say: letters, and digits as words.
func weight(w string) float64 {
	n := 1.5
	for _, r := range w {
		switch {
		case unicode.IsDigit(r):
			n += 4
		case unicode.IsLetter(r):
			n++
		}
	}
	return n
}

// voicedFrames returns the numbers of the frames that sound; all of them when
// nothing stands out.
func voicedFrames(pcm []float32, frame int) []int {
	n := max(1, len(pcm)/frame)
	level := make([]float64, n)
	loudest := 0.0
	for i := range level {
		for _, v := range pcm[i*frame : min(len(pcm), (i+1)*frame)] {
			level[i] += float64(v) * float64(v)
		}
		loudest = max(loudest, level[i])
	}
	floor := loudest * math.Pow(10, -voicedDrop/10.0)
	var out []int
	for i, l := range level {
		if l >= floor {
			out = append(out, i)
		}
	}
	return out
}

// level brings a piece to the loudness models were trained on: 0.1 RMS, at most 30
// times louder, without clipping.
func level(pcm []float32) []float32 {
	const target, maxGain = 0.1, 30
	sum, peak := 0.0, 0.0
	for _, v := range pcm {
		sum += float64(v) * float64(v)
		peak = max(peak, math.Abs(float64(v)))
	}
	if sum == 0 {
		return pcm
	}
	g := float32(min(target/math.Sqrt(sum/float64(len(pcm))), maxGain, 0.99/peak))
	out := make([]float32, len(pcm))
	for i, v := range pcm {
		out[i] = v * g
	}
	return out
}
