package search

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"

	"github.com/blevesearch/bleve/v2"
)

// format is the version of the documents; another one is built anew.
const format = "1"

var (
	formatKey = []byte("agner.format")
	vectorKey = []byte("agner.vector")
)

// Turn is one document.
type Turn struct {
	Interaction string  `json:"interaction"`
	Recording   string  `json:"recording,omitempty"` // plays it, from Start
	Number      int     `json:"turn"`
	Speaker     string  `json:"speaker"` // agent, customer, mixed
	Start       float64 `json:"start"`   // seconds from the call's start
	End         float64 `json:"end"`
	Text        string  `json:"text"`
	Score       float64 `json:"score"` // sentiment, -1 to 1
	Mood        string  `json:"mood"`  // positive, neutral, negative
	Confidence  float64 `json:"confidence"`
	Words       int     `json:"words"`
	Pause       float64 `json:"pause"` // silence before it, in seconds
	Gap         bool    `json:"gap,omitempty"`
	At          int64   `json:"at"` // the call's start, UTC µs
	Queue       string  `json:"queue,omitempty"`
	Agent       string  `json:"agent,omitempty"`
	Site        string  `json:"site,omitempty"`
	Language    string  `json:"language,omitempty"`
	Party       string  `json:"party,omitempty"`
}

// id orders a call's turns.
func (t *Turn) id() string { return fmt.Sprintf("%s/%06d", t.Interaction, t.Number) }

func (t *Turn) document() map[string]any {
	return map[string]any{
		"interaction": t.Interaction, "recording": t.Recording, "turn": float64(t.Number), "speaker": t.Speaker, "start": t.Start, "end": t.End,
		"text": t.Text, "score": t.Score, "mood": t.Mood, "confidence": t.Confidence, "words": float64(t.Words), "pause": t.Pause, "gap": t.Gap,
		"at": float64(t.At), "queue": t.Queue, "agent": t.Agent, "site": t.Site, "language": t.Language, "party": t.Party,
	}
}

// Index is the index; its methods may be used side by side, Add by one at a time.
type Index struct{ b bleve.Index }

// Open opens the index in a folder, or makes it. One that is of another format or
// damaged is set aside under another name: the facts fill a new one.
func Open(dir string) (*Index, error) {
	x, err := bleve.Open(dir)
	if err == nil {
		if v, err := x.GetInternal(formatKey); err == nil && string(v) == format {
			return &Index{x}, nil
		}
		if err := x.Close(); err != nil {
			return nil, fmt.Errorf("search index: %w", err)
		}
	}
	if _, missing := os.Stat(dir); missing == nil {
		if err := setAside(dir); err != nil {
			return nil, fmt.Errorf("search index: %w", err)
		}
	} else if !errors.Is(missing, fs.ErrNotExist) {
		return nil, fmt.Errorf("search index: %w", missing)
	}
	return create(dir)
}

// setAside moves an index that is of no use; the one before it goes.
func setAside(dir string) error {
	old := filepath.Clean(dir) + ".old"
	return errors.Join(os.RemoveAll(old), os.Rename(dir, old))
}

func create(dir string) (*Index, error) {
	m, err := indexMapping()
	if err != nil {
		return nil, fmt.Errorf("search index: %w", err)
	}
	x, err := bleve.New(dir, m)
	if err != nil {
		return nil, fmt.Errorf("search index: %w", err)
	}
	if err := x.SetInternal(formatKey, []byte(format)); err != nil {
		return nil, errors.Join(fmt.Errorf("search index: %w", err), x.Close())
	}
	return &Index{x}, nil
}

// Close closes it.
func (x *Index) Close() error { return x.b.Close() }

// Add puts turns in, replacing those known, and remembers how far the facts were
// read, in one step.
func (x *Index) Add(turns []Turn, vector string) error {
	b := x.b.NewBatch()
	for i := range turns {
		t := &turns[i]
		for _, v := range []float64{t.Start, t.End, t.Score, t.Confidence, t.Pause} {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("turn %s: %v is no number", t.id(), v)
			}
		}
		if err := b.Index(t.id(), t.document()); err != nil {
			return fmt.Errorf("index turn %s: %w", t.id(), err)
		}
	}
	if vector != "" {
		b.SetInternal(vectorKey, []byte(vector))
	}
	if err := x.b.Batch(b); err != nil {
		return fmt.Errorf("index: %w", err)
	}
	return nil
}

// Vector is how far the facts were read; empty is not at all.
func (x *Index) Vector() (string, error) {
	v, err := x.b.GetInternal(vectorKey)
	return string(v), err
}

// Turns is how many there are.
func (x *Index) Turns() (uint64, error) { return x.b.DocCount() }

// Erase removes every turn of a customer's pseudonym and returns how many.
func (x *Index) Erase(party string) (int, error) {
	if party == "" {
		return 0, fmt.Errorf("party = %q: must be given: %w", party, ErrQuery)
	}
	gone := 0
	for {
		res, err := x.b.Search(bleve.NewSearchRequestOptions(term("party", party), 1000, 0, false))
		if err != nil || len(res.Hits) == 0 {
			return gone, err
		}
		b := x.b.NewBatch()
		for _, h := range res.Hits {
			b.Delete(h.ID)
		}
		if err := x.b.Batch(b); err != nil {
			return gone, fmt.Errorf("erase from the index: %w", err)
		}
		gone += len(res.Hits)
	}
}
