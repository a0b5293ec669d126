package search

import (
	"context"
	"fmt"
	"math"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/query"

	"github.com/agner-platform/agner/speech/phrase"
)

// Query is what is looked for; what is empty does not narrow.
type Query struct {
	Text               string // of speech/phrase
	Speaker, Mood      string
	Language           string
	Queues, Agents     []string
	From, To           int64    // the call's start, UTC µs, To excluded
	MinScore, MaxScore *float64 // sentiment
	MinPause           *float64 // seconds of silence before the turn
	MinStart, MaxStart *float64 // seconds into the call
	Sites, ScopeQueues []string // what the reader may see; empty is everything
	Limit, Offset      int
}

// Limits of a query.
const (
	MaxLimit  = 200
	maxOffset = 10_000
	looked    = 5_000 // candidates that are read to decide NEAR
)

// Piece is a part of a turn's text.
type Piece struct {
	Text string `json:"text"`
	Hit  bool   `json:"hit,omitempty"`
}

// Hit is a turn that was found.
type Hit struct {
	Turn
	Pieces []Piece `json:"pieces"`
}

// Count is how many turns have a value.
type Count struct {
	Value string `json:"value"`
	Turns int    `json:"turns"`
}

// Result is what was found, the latest calls first.
type Result struct {
	Hits   []Hit              `json:"hits"`
	Total  uint64             `json:"total"`
	Bound  bool               `json:"bound"` // Total is not exact
	Facets map[string][]Count `json:"facets"`
}

func term(field, value string) query.Query {
	q := bleve.NewTermQuery(value)
	q.SetField(field)
	return q
}

func oneOf(field string, values []string) query.Query {
	var any []query.Query
	for _, v := range values {
		any = append(any, term(field, v))
	}
	return bleve.NewDisjunctionQuery(any...)
}

func between(field string, lo, hi *float64, last bool) query.Query {
	first := true
	q := bleve.NewNumericRangeInclusiveQuery(lo, hi, &first, &last)
	q.SetField(field)
	return q
}

// candidates is a query that finds at least what a text holds in; sure says that it
// finds nothing else.
func candidates(t phrase.Text) (q query.Query, sure bool) {
	switch t := t.(type) {
	case phrase.Words:
		return words(t)
	case phrase.Near:
		a, _ := candidates(t.A)
		b, _ := candidates(t.B)
		return bleve.NewConjunctionQuery(a, b), false
	case phrase.All:
		return combine(t, func(q ...query.Query) query.Query { return bleve.NewConjunctionQuery(q...) })
	case phrase.Any:
		return combine(t, func(q ...query.Query) query.Query { return bleve.NewDisjunctionQuery(q...) })
	case phrase.Not:
		of, sure := candidates(t.Of)
		if !sure { // what may hold must not be left out
			return bleve.NewMatchAllQuery(), false
		}
		b := bleve.NewBooleanQuery()
		b.AddMust(bleve.NewMatchAllQuery())
		b.AddMustNot(of)
		return b, true
	}
	return bleve.NewMatchAllQuery(), false
}

func combine(list []phrase.Text, with func(...query.Query) query.Query) (query.Query, bool) {
	sure := true
	var all []query.Query
	for _, t := range list {
		q, exact := candidates(t)
		all, sure = append(all, q), sure && exact
	}
	return with(all...), sure
}

// words is a term, a phrase or fuzzy terms, which the index compares in its own way.
func words(w phrase.Words) (query.Query, bool) {
	if w.Fuzzy {
		var all []query.Query
		for _, t := range w.Terms {
			f := bleve.NewFuzzyQuery(t)
			f.SetField("text")
			f.SetFuzziness(phrase.Edits(t))
			all = append(all, f)
		}
		return bleve.NewConjunctionQuery(all...), false // a swap is one edit there and two here
	}
	if len(w.Terms) == 1 {
		return term("text", w.Terms[0]), true
	}
	return bleve.NewPhraseQuery(w.Terms, "text"), true
}

// filters are what a query asks besides its text.
func (q *Query) filters() []query.Query {
	var all []query.Query
	for field, value := range map[string]string{"speaker": q.Speaker, "mood": q.Mood, "language": q.Language} {
		if value != "" {
			all = append(all, term(field, value))
		}
	}
	for _, f := range []struct {
		field  string
		values []string
	}{{"queue", q.Queues}, {"agent", q.Agents}, {"site", q.Sites}, {"queue", q.ScopeQueues}} {
		if len(f.values) > 0 {
			all = append(all, oneOf(f.field, f.values))
		}
	}
	if q.From != 0 || q.To != 0 {
		lo, hi := float64(q.From), math.MaxFloat64
		if q.To != 0 {
			hi = float64(q.To)
		}
		all = append(all, between("at", &lo, &hi, false))
	}
	for _, r := range []struct {
		field  string
		lo, hi *float64
	}{{"score", q.MinScore, q.MaxScore}, {"pause", q.MinPause, nil}, {"start", q.MinStart, q.MaxStart}} {
		if r.lo != nil || r.hi != nil {
			all = append(all, between(r.field, r.lo, r.hi, true))
		}
	}
	return all
}

// Search finds turns.
func (x *Index) Search(ctx context.Context, q Query) (Result, error) {
	if q.Limit <= 0 || q.Limit > MaxLimit || q.Offset < 0 || q.Offset > maxOffset {
		return Result{}, fmt.Errorf("limit = %d, offset = %d: 1 to %d and 0 to %d: %w", q.Limit, q.Offset, MaxLimit, maxOffset, ErrQuery)
	}
	all, sure := q.filters(), true
	var text phrase.Text
	if q.Text != "" {
		var err error
		if text, err = phrase.ParseText(q.Text); err != nil {
			return Result{}, fmt.Errorf("%w: %w", ErrQuery, err)
		}
		var c query.Query
		c, sure = candidates(text)
		all = append(all, c)
	}
	var whole query.Query = bleve.NewMatchAllQuery()
	if len(all) > 0 {
		whole = bleve.NewConjunctionQuery(all...)
	}
	size, from := q.Limit, q.Offset
	if !sure { // read candidates and decide
		size, from = looked, 0
	}
	req := bleve.NewSearchRequestOptions(whole, size, from, false)
	req.Fields = []string{"*"}
	req.SortBy([]string{"-at", "_id"})
	req.Score = "none"
	for _, f := range facets {
		req.AddFacet(f, bleve.NewFacetRequest(f, 50))
	}
	res, err := x.b.SearchInContext(ctx, req)
	if err != nil {
		return Result{}, fmt.Errorf("search: %w", err)
	}
	out := Result{Total: res.Total, Facets: map[string][]Count{}, Hits: hits(res.Hits, text)}
	for name, f := range res.Facets {
		out.Facets[name] = []Count{}
		for _, c := range f.Terms.Terms() {
			out.Facets[name] = append(out.Facets[name], Count{c.Term, c.Count})
		}
	}
	if !sure {
		out.decide(q, res.Total)
	}
	return out, nil
}

// facets are counted with every search.
var facets = []string{"speaker", "mood", "queue", "agent", "language"}

// decide pages what was decided here and not in the index.
func (r *Result) decide(q Query, candidates uint64) {
	r.Bound = candidates > looked
	if !r.Bound {
		r.Total = uint64(len(r.Hits))
		r.recount()
	}
	from := min(q.Offset, len(r.Hits))
	r.Hits = r.Hits[from:min(from+q.Limit, len(r.Hits))]
}

// recount counts the facets of the hits, all of which are here.
func (r *Result) recount() {
	for _, name := range facets {
		n := map[string]int{}
		for _, h := range r.Hits {
			n[map[string]string{"speaker": h.Speaker, "mood": h.Mood, "queue": h.Queue, "agent": h.Agent, "language": h.Language}[name]]++
		}
		kept := r.Facets[name][:0]
		for _, c := range r.Facets[name] {
			if c.Turns = n[c.Value]; c.Turns > 0 {
				kept = append(kept, c)
			}
		}
		r.Facets[name] = kept
	}
}

// hits reads the documents, leaves out those in which the text does not hold, and
// marks the places.
func hits(found search.DocumentMatchCollection, text phrase.Text) []Hit {
	out := []Hit{}
	for _, d := range found {
		h := Hit{Turn: turn(d.Fields)}
		var marks []phrase.Mark
		if text != nil {
			var ok bool
			if marks, ok = phrase.Match(text, h.Text); !ok {
				continue
			}
		}
		h.Pieces = pieces(h.Text, marks)
		out = append(out, h)
	}
	return out
}

// pieces cuts a text at marks, which may overlap.
func pieces(text string, marks []phrase.Mark) []Piece {
	hit := make([]bool, len(text))
	for _, m := range marks {
		for i := m.Start; i < m.End; i++ {
			hit[i] = true
		}
	}
	var out []Piece
	from := 0
	for i := 1; i <= len(text); i++ {
		if i == len(text) || hit[i] != hit[from] {
			out = append(out, Piece{text[from:i], hit[from]})
			from = i
		}
	}
	return out
}

// turn reads a stored document.
func turn(f map[string]any) Turn {
	s := func(name string) string { v, _ := f[name].(string); return v }
	n := func(name string) float64 { v, _ := f[name].(float64); return v }
	gap, _ := f["gap"].(bool)
	return Turn{
		Interaction: s("interaction"), Recording: s("recording"), Number: int(n("turn")), Speaker: s("speaker"), Start: n("start"), End: n("end"),
		Text: s("text"), Score: n("score"), Mood: s("mood"), Confidence: n("confidence"), Words: int(n("words")), Pause: n("pause"), Gap: gap,
		At: int64(n("at")), Queue: s("queue"), Agent: s("agent"), Site: s("site"), Language: s("language"), Party: s("party"),
	}
}

// maxTurns bounds a call: a day of talk has fewer.
const maxTurns = 20_000

// Call returns the turns of a call by their start.
func (x *Index) Call(ctx context.Context, interaction string) ([]Turn, error) {
	req := bleve.NewSearchRequestOptions(term("interaction", interaction), maxTurns, 0, false)
	req.Fields = []string{"*"}
	req.SortBy([]string{"start", "_id"})
	res, err := x.b.SearchInContext(ctx, req)
	if err != nil {
		return nil, fmt.Errorf("read a transcript: %w", err)
	}
	if len(res.Hits) == 0 {
		return nil, fmt.Errorf("%.80q: %w", interaction, ErrNone)
	}
	out := make([]Turn, len(res.Hits))
	for i, d := range res.Hits {
		out[i] = turn(d.Fields)
	}
	return out, nil
}
