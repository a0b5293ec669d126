package measure

import (
	"math"
	"slices"
)

// Shape of the detector. Speech stands out of a line's own noise; the noise is what
// the quietest tenth of the call sounds like.
const (
	frameS   = 0.01
	above    = 9.0   // decibels over the noise
	below    = 45.0  // decibels under the loudest speech: echo of the other party, breath
	faintest = -60.0 // decibels of full scale: nothing below is speech
	hang     = 0.2   // a shorter gap is a stop consonant
	shortest = 0.08  // a shorter sound is a click
)

// Detector finds the spans of one channel by its energy. It needs 8 bytes for every
// 10 ms of sound.
type Detector struct {
	size   int
	sum    float64
	n      int
	levels []float64 // decibels per frame
}

// NewDetector returns a detector for sound at that rate in Hz.
func NewDetector(rate int) *Detector { return &Detector{size: max(1, int(float64(rate)*frameS))} }

// Accept takes more sound.
func (d *Detector) Accept(pcm []float32) {
	for _, v := range pcm {
		d.sum += float64(v) * float64(v)
		if d.n++; d.n == d.size {
			d.levels = append(d.levels, 10*math.Log10(d.sum/float64(d.n)+1e-12))
			d.sum, d.n = 0, 0
		}
	}
}

// Spans returns the stretches of speech.
func (d *Detector) Spans() []Span {
	if len(d.levels) == 0 {
		return nil
	}
	sorted := slices.Clone(d.levels)
	slices.Sort(sorted)
	noise, loud := sorted[len(sorted)/10], sorted[len(sorted)*99/100]
	limit := max(noise+above, loud-below, faintest)
	if loud < limit { // nothing stands out
		return nil
	}
	var raw []Span
	for i, l := range d.levels {
		if l >= limit {
			raw = append(raw, Span{float64(i) * frameS, float64(i+1) * frameS})
		}
	}
	var out []Span
	for _, s := range join(raw, hang) {
		if s.length() >= shortest {
			out = append(out, s)
		}
	}
	return out
}
