package search

import (
	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/custom"
	"github.com/blevesearch/bleve/v2/mapping"
	"github.com/blevesearch/bleve/v2/registry"

	"github.com/agner-platform/agner/speech/phrase"
)

// spoken is the name of the tokenizer and analyzer of what was said.
const spoken = "agner_spoken"

func init() { // bleve knows analyzers by name only
	err := registry.RegisterTokenizer(spoken, func(map[string]any, *registry.Cache) (analysis.Tokenizer, error) { return tokenizer{}, nil })
	if err != nil {
		panic("search: " + err.Error())
	}
}

// tokenizer cuts as phrase does: what it finds and what Match sees are one.
type tokenizer struct{}

// Tokenize implements analysis.Tokenizer.
func (tokenizer) Tokenize(input []byte) analysis.TokenStream {
	words := phrase.Tokens(string(input))
	out := make(analysis.TokenStream, len(words))
	for i, w := range words {
		out[i] = &analysis.Token{Term: []byte(w.Text), Start: w.Start, End: w.End, Position: i + 1, Type: analysis.AlphaNumeric}
	}
	return out
}

// fields that are compared whole.
var keywords = []string{"interaction", "recording", "speaker", "queue", "agent", "site", "language", "party", "mood"}

// numbers are ranges and orders.
var numbers = []string{"turn", "start", "end", "at", "score", "confidence", "words", "pause"}

func indexMapping() (mapping.IndexMapping, error) {
	m := bleve.NewIndexMapping()
	if err := m.AddCustomAnalyzer(spoken, map[string]any{"type": custom.Name, "tokenizer": spoken}); err != nil {
		return nil, err
	}
	turn := bleve.NewDocumentStaticMapping()
	text := bleve.NewTextFieldMapping()
	text.Analyzer, text.Store, text.IncludeInAll, text.DocValues = spoken, true, false, false
	turn.AddFieldMappingsAt("text", text)
	for _, name := range keywords {
		f := bleve.NewKeywordFieldMapping()
		f.IncludeInAll, f.IncludeTermVectors = false, false
		turn.AddFieldMappingsAt(name, f)
	}
	for _, name := range numbers {
		f := bleve.NewNumericFieldMapping()
		f.IncludeInAll = false
		turn.AddFieldMappingsAt(name, f)
	}
	gap := bleve.NewBooleanFieldMapping()
	gap.IncludeInAll = false
	turn.AddFieldMappingsAt("gap", gap)
	m.DefaultMapping = turn
	m.StoreDynamic, m.IndexDynamic = false, false
	return m, nil
}
