package phrase

// Text is what is asked of one turn.
type Text interface {
	// spans returns where it holds; without places (a NOT) one empty span says yes.
	spans(words []Token) []span
}

// span is a range of words.
type span struct{ from, to int }

// Words is a phrase of one word or more; the last may be fuzzy if it stands alone.
type Words struct {
	Terms []string
	Fuzzy bool
}

// Near holds where A and B are at most Within words apart.
type Near struct {
	A, B   Text
	Within int
}

// All holds where every one does, Any where one does, Not where its own does not.
type (
	All []Text
	Any []Text
	Not struct{ Of Text }
)

func (w Words) spans(words []Token) []span {
	var out []span
	for i := 0; i+len(w.Terms) <= len(words); i++ {
		n := 0
		for n < len(w.Terms) && (words[i+n].Text == w.Terms[n] || w.Fuzzy && alike(w.Terms[n], words[i+n].Text)) {
			n++
		}
		if n == len(w.Terms) {
			out = append(out, span{i, i + n})
		}
	}
	return out
}

func (n Near) spans(words []Token) []span {
	var out []span
	right := n.B.spans(words)
	for _, a := range n.A.spans(words) {
		for _, b := range right {
			if gap := max(b.from-a.to, a.from-b.to); gap >= 0 && gap <= n.Within {
				out = append(out, span{min(a.from, b.from), max(a.to, b.to)})
			}
		}
	}
	return out
}

func (l All) spans(words []Token) []span {
	var out []span
	for _, t := range l {
		s := t.spans(words)
		if len(s) == 0 {
			return nil
		}
		out = append(out, s...)
	}
	return out
}

func (l Any) spans(words []Token) []span {
	var out []span
	for _, t := range l {
		out = append(out, t.spans(words)...)
	}
	return out
}

func (n Not) spans(words []Token) []span {
	if len(n.Of.spans(words)) > 0 {
		return nil
	}
	return []span{{}}
}

// Mark is a stretch of a text in bytes.
type Mark struct{ Start, End int }

// Match reports whether a text holds in what was said, and where.
func Match(t Text, said string) ([]Mark, bool) {
	words := Tokens(said)
	spans := t.spans(words)
	var out []Mark
	for _, s := range spans {
		if s.to > s.from {
			out = append(out, Mark{words[s.from].Start, words[s.to-1].End})
		}
	}
	return out, len(spans) > 0
}
