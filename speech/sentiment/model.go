package sentiment

import (
	"bytes"
	"cmp"
	_ "embed" // the weights
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
)

//go:embed en.bin
var enModel []byte

//go:embed zh.bin
var zhModel []byte

// Label is the sign of a score.
type Label string

// The labels.
const (
	Positive Label = "positive"
	Negative Label = "negative"
	Neutral  Label = "neutral"
)

const (
	neutral    = 0.1 // scores nearer to 0 say nothing
	shown      = 5   // n-grams of evidence
	leastShare = 0.1 // evidence must weigh at least this share of the strongest
)

var (
	// ErrLanguage is a language without a model.
	ErrLanguage = errors.New("no sentiment model for this language")
	// ErrModel is a weights file that is not one.
	ErrModel = errors.New("sentiment weights are not readable")
)

// Evidence is an n-gram with its share in the score's logit.
type Evidence struct {
	Text   string  `json:"text"`
	Weight float64 `json:"weight"`
}

// Score is a text's sentiment.
type Score struct {
	Score    float64    `json:"score"`
	Label    Label      `json:"label"`
	Evidence []Evidence `json:"evidence"` // strongest first
}

// Model is a set of weights; Lang says how texts are cut.
type Model struct {
	Lang Lang
	bias float64
	keys []uint32 // sorted
	w    []float64
}

var loaded = map[Lang]func() (*Model, error){
	English: sync.OnceValues(func() (*Model, error) { return Read(English, enModel) }),
	Chinese: sync.OnceValues(func() (*Model, error) { return Read(Chinese, zhModel) }),
}

// For returns the shipped model of a language.
func For(lang Lang) (*Model, error) {
	f, ok := loaded[lang]
	if !ok {
		return nil, fmt.Errorf("%w: %q, want %s or %s", ErrLanguage, lang, English, Chinese)
	}
	return f()
}

// magic opens a weights file; the format stands in MODEL.md.
const magic = "AGNSENT1"

// New makes a model of weights by n-gram hash.
func New(lang Lang, bias float64, weights map[uint32]float64) *Model {
	m := &Model{Lang: lang, bias: bias}
	for k := range weights {
		m.keys = append(m.keys, k)
	}
	slices.Sort(m.keys)
	for _, k := range m.keys {
		m.w = append(m.w, weights[k])
	}
	return m
}

// Bytes returns the weights as a file: magic, scale and bias (float32), count, then
// hashes (uint32, ascending) and weights (int8, of the scale).
func (m *Model) Bytes() []byte {
	scale := 0.0
	for _, w := range m.w {
		scale = max(scale, math.Abs(w))
	}
	b := []byte(magic)
	b = binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(scale)))
	b = binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(m.bias)))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(m.keys)))
	for _, k := range m.keys {
		b = binary.LittleEndian.AppendUint32(b, k)
	}
	for _, w := range m.w {
		b = append(b, byte(int8(math.Round(127*w/max(scale, 1e-9)))))
	}
	return b
}

// Read reads a weights file.
func Read(lang Lang, b []byte) (*Model, error) {
	const head = len(magic) + 12
	if len(b) < head || !bytes.HasPrefix(b, []byte(magic)) {
		return nil, fmt.Errorf("%w: %d bytes without the right beginning", ErrModel, len(b))
	}
	f := func(at int) float64 { return float64(math.Float32frombits(binary.LittleEndian.Uint32(b[at:]))) }
	scale, bias := f(len(magic)), f(len(magic)+4)
	n := int(binary.LittleEndian.Uint32(b[len(magic)+8:]))
	if len(b) != head+5*n {
		return nil, fmt.Errorf("%w: %d bytes, want %d for %d weights", ErrModel, len(b), head+5*n, n)
	}
	m := &Model{Lang: lang, bias: bias, keys: make([]uint32, n), w: make([]float64, n)}
	for i := range n {
		m.keys[i] = binary.LittleEndian.Uint32(b[head+4*i:])
		m.w[i] = float64(int8(b[head+4*n+i])) / 127 * scale
	}
	return m, nil
}

// Score scores a text.
func (m *Model) Score(text string) Score {
	var ev []Evidence
	for _, f := range Features(m.Lang, text) {
		if i, ok := slices.BinarySearch(m.keys, f.Key); ok {
			ev = append(ev, Evidence{f.Text, m.w[i]})
		}
	}
	if len(ev) == 0 {
		return Score{Label: Neutral, Evidence: []Evidence{}}
	}
	z, norm := m.bias, math.Sqrt(float64(len(ev)))
	for i := range ev {
		ev[i].Weight = round(ev[i].Weight / norm)
		z += ev[i].Weight
	}
	s := Score{Score: round(math.Tanh(z / 2)), Label: Neutral, Evidence: strongest(ev)}
	switch {
	case s.Score >= neutral:
		s.Label = Positive
	case s.Score <= -neutral:
		s.Label = Negative
	}
	return s
}

// strongest returns the n-grams that weighed most.
func strongest(ev []Evidence) []Evidence {
	slices.SortStableFunc(ev, func(a, b Evidence) int { return cmp.Compare(math.Abs(b.Weight), math.Abs(a.Weight)) })
	least := leastShare * math.Abs(ev[0].Weight)
	n := 0
	for n < min(shown, len(ev)) && math.Abs(ev[n].Weight) >= least && ev[n].Weight != 0 {
		n++
	}
	return ev[:n:n]
}

func round(v float64) float64 { return math.Round(v*1000) / 1000 }
