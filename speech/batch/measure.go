package batch

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/agner-platform/agner/speech/audio"
	"github.com/agner-platform/agner/speech/measure"
)

// ErrTurns is a list of turns that cannot be used.
var ErrTurns = errors.New("turns are not usable")

// Measures are those of a recording.
type Measures struct {
	Recording Recording `json:"recording"`
	From      string    `json:"spans_from"` // turns or sound
	measure.Result
}

// Measure reads a recording and measures the conversation: by the turns if given,
// else by what sounds.
func Measure(path string, names []string, turns io.Reader) (Measures, error) {
	s, f, err := audio.OpenFile(path)
	if err != nil {
		return Measures{}, err
	}
	defer f.Close()
	parties, err := Parties(s.Channels, names)
	if err != nil {
		return Measures{}, fmt.Errorf("%s: %w", path, err)
	}
	found := make([]*measure.Detector, s.Channels)
	for i := range found {
		found[i] = measure.NewDetector(s.Rate)
	}
	err = s.Each(s.Rate, func(block [][]float32) error {
		for i := range found {
			found[i].Accept(block[i])
		}
		return nil
	})
	if err != nil {
		return Measures{}, fmt.Errorf("%s: %w", path, err)
	}
	m := Measures{Recording: record(path, s), From: "sound"}
	input := make([]measure.Party, s.Channels)
	for i := range input {
		input[i] = measure.Party{Name: parties[i], Spans: found[i].Spans()}
	}
	if turns != nil {
		m.From = "turns"
		if input, err = spans(turns); err != nil {
			return Measures{}, err
		}
	}
	m.Result = measure.Of(s.Seconds(), input)
	return m, nil
}

// spans reads {"turns": [{"party" or "ch", "start", "end", "text"}]}, which is what
// transcribe prints.
func spans(r io.Reader) ([]measure.Party, error) {
	var in struct {
		Turns []struct {
			Party string  `json:"party"`
			Ch    string  `json:"ch"`
			Start float64 `json:"start"`
			End   float64 `json:"end"`
			Text  string  `json:"text"`
			Gap   bool    `json:"gap"`
		} `json:"turns"`
	}
	if err := json.NewDecoder(r).Decode(&in); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTurns, err)
	}
	var out []measure.Party
	for i, t := range in.Turns {
		name := t.Party + t.Ch
		if name == "" || t.End < t.Start || t.Start < 0 {
			return nil, fmt.Errorf("%w: turn %d: party %q, %g–%g s", ErrTurns, i+1, name, t.Start, t.End)
		}
		if t.Gap {
			continue
		}
		at := slices.IndexFunc(out, func(p measure.Party) bool { return p.Name == name })
		if at < 0 {
			at = len(out)
			out = append(out, measure.Party{Name: name})
		}
		out[at].Spans = append(out[at].Spans, measure.Span{Start: t.Start, End: t.End})
		out[at].Words += len(strings.Fields(t.Text))
	}
	return out, nil
}
