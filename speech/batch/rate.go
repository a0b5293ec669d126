package batch

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"sync"

	"github.com/agner-platform/agner/speech/wer"
)

// ErrReference is a reference file that cannot be used.
var ErrReference = errors.New("reference file is not usable")

// Utterance is one scored recording.
type Utterance struct {
	ID   string `json:"id"`
	Ref  string `json:"ref"`
	Text string `json:"text"`
	wer.Counts
	WER   float64 `json:"wer"`
	Error string  `json:"error,omitempty"` // all its words count as deleted
}

// Rates are the errors over all utterances.
type Rates struct {
	WER float64 `json:"wer"`
	wer.Counts
	Utterances int         `json:"utterances"`
	Failed     int         `json:"failed"`
	Seconds    float64     `json:"audio_s"`
	Files      []Utterance `json:"files"`
}

// reference is a line of REF.tsv.
type reference struct{ id, text string }

// References reads id, tab, text lines.
func references(r io.Reader) ([]reference, error) {
	var out []reference
	seen := map[string]bool{}
	sc := bufio.NewScanner(r)
	sc.Buffer(nil, 1<<20)
	for n := 1; sc.Scan(); n++ {
		line := strings.TrimPrefix(strings.TrimRight(sc.Text(), "\r"), "\ufeff")
		if strings.TrimSpace(line) == "" {
			continue
		}
		id, text, ok := strings.Cut(line, "\t")
		if !ok || id == "" || id != filepath.Base(id) {
			return nil, fmt.Errorf("%w: line %d is not id, tab, text", ErrReference, n)
		}
		if seen[id] {
			return nil, fmt.Errorf("%w: line %d: id %q occurs twice", ErrReference, n, id)
		}
		seen[id] = true
		out = append(out, reference{id, text})
	}
	if err := sc.Err(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrReference, err)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%w: it has no line", ErrReference)
	}
	return out, nil
}

// WER recognises DIR/ID.wav for every line of refs, side by side in parallel, and
// scores the words. A file that cannot be recognised counts all its words as
// deleted: leaving it out would flatter.
func WER(ctx context.Context, open Opener, refs io.Reader, dir string, parallel int) (Rates, error) {
	list, err := references(refs)
	if err != nil {
		return Rates{}, err
	}
	out := Rates{Files: make([]Utterance, len(list)), Utterances: len(list)}
	seconds := make([]float64, len(list))
	next := make(chan int)
	var wg sync.WaitGroup
	for range max(1, parallel) {
		wg.Go(func() {
			for i := range next {
				out.Files[i], seconds[i] = utterance(ctx, open, list[i], dir)
			}
		})
	}
	for i := range list {
		next <- i
	}
	close(next)
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return Rates{}, err
	}
	for i, u := range out.Files {
		out.Counts = out.Counts.Add(u.Counts)
		out.Seconds += seconds[i]
		if u.Error != "" {
			out.Failed++
		}
	}
	out.WER = out.Rate()
	return out, nil
}

// utterance scores one file.
func utterance(ctx context.Context, open Opener, ref reference, dir string) (Utterance, float64) {
	u := Utterance{ID: ref.id, Ref: ref.text}
	t, err := Transcribe(ctx, open, filepath.Join(dir, ref.id+".wav"), nil)
	if err != nil {
		u.Error = err.Error()
	}
	var texts []string
	for _, x := range t.Turns {
		texts = append(texts, x.Text)
	}
	u.Text = strings.Join(texts, " ")
	u.Counts = wer.Score(ref.text, u.Text)
	u.WER = u.Rate()
	return u, t.Duration
}
