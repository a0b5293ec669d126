package wer

// Counts are the errors of one or more utterances.
type Counts struct {
	Words         int `json:"words"` // of the reference
	Substitutions int `json:"substitutions"`
	Deletions     int `json:"deletions"`
	Insertions    int `json:"insertions"`
}

// Errors returns the number of all errors.
func (c Counts) Errors() int { return c.Substitutions + c.Deletions + c.Insertions }

// Rate returns errors per reference word. Without a reference word any insertion
// makes it 1, none makes it 0.
func (c Counts) Rate() float64 {
	if c.Words == 0 {
		return float64(min(1, c.Insertions))
	}
	return float64(c.Errors()) / float64(c.Words)
}

// Add returns the pooled counts.
func (c Counts) Add(d Counts) Counts {
	return Counts{c.Words + d.Words, c.Substitutions + d.Substitutions, c.Deletions + d.Deletions, c.Insertions + d.Insertions}
}

// Op is one step of an alignment: equal words, or one of the errors. A deletion
// has no hypothesis word, an insertion no reference word.
type Op struct {
	Ref, Hyp string
}

// Align returns the cheapest edits from ref to hyp and their counts. Among equally
// cheap ones substitutions are preferred, as the usual scorers do.
func Align(ref, hyp []string) ([]Op, Counts) {
	cost := costs(ref, hyp)
	var ops []Op
	c := Counts{Words: len(ref)}
	i, j := len(ref), len(hyp)
	for i > 0 || j > 0 {
		switch {
		case i > 0 && j > 0 && ref[i-1] == hyp[j-1] && cost[i][j] == cost[i-1][j-1]:
			i, j = i-1, j-1
			ops = append(ops, Op{ref[i], hyp[j]})
		case i > 0 && j > 0 && cost[i][j] == cost[i-1][j-1]+1:
			i, j = i-1, j-1
			c.Substitutions++
			ops = append(ops, Op{ref[i], hyp[j]})
		case i > 0 && cost[i][j] == cost[i-1][j]+1:
			i--
			c.Deletions++
			ops = append(ops, Op{Ref: ref[i]})
		default:
			j--
			c.Insertions++
			ops = append(ops, Op{Hyp: hyp[j]})
		}
	}
	for a, b := 0, len(ops)-1; a < b; a, b = a+1, b-1 {
		ops[a], ops[b] = ops[b], ops[a]
	}
	return ops, c
}

// costs is the Levenshtein matrix: costs[i][j] edits make the first i reference
// words of the first j hypothesis words.
func costs(ref, hyp []string) [][]int {
	m := make([][]int, len(ref)+1)
	for i := range m {
		m[i] = make([]int, len(hyp)+1)
		m[i][0] = i
	}
	for j := range m[0] {
		m[0][j] = j
	}
	for i := 1; i <= len(ref); i++ {
		for j := 1; j <= len(hyp); j++ {
			swap := m[i-1][j-1]
			if ref[i-1] != hyp[j-1] {
				swap++
			}
			m[i][j] = min(swap, m[i-1][j]+1, m[i][j-1]+1)
		}
	}
	return m
}

// Score normalises both texts and returns the counts.
func Score(ref, hyp string) Counts {
	_, c := Align(Normalise(ref), Normalise(hyp))
	return c
}
