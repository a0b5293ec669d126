package engine

import "math"

// ballot is a word that won its place, and how sure that is.
type ballot struct {
	word       string
	confidence float64
}

// Confidence of a word by how many hypotheses hold it. sherpa-onnx reports no
// probabilities for these models; agreement does as well. The values are the shares
// of right words among those so marked on the LibriSpeech clips of the test data,
// both bands together (TestWordErrorRate prints them).
const (
	sure      = 0.95 // all of two or three
	likely    = 0.63 // two of three
	half      = 0.50 // one of two
	disputed  = 0.20 // one of three
	unchecked = 0.88 // nobody else was asked: the model's own share of right words
)

func confidence(votes, voters int) float64 {
	switch {
	case voters == 1:
		return unchecked
	case votes == voters:
		return sure
	case 2*votes > voters:
		return likely
	case 2*votes == voters:
		return half
	default:
		return disputed
	}
}

// gap stands for "no word here" in a vote.
const gap = ""

// vote merges hypotheses word by word (ROVER; Fiscus, 1997, IEEE ASRU, pp.
// 347–354): each is aligned to the first, every place goes to what most of them
// hold, a tie to the first. Case and punctuation are those of the winner's first
// mention.
func vote(first []string, others [][]string) []ballot {
	voters := 1 + len(others)
	words := make([]box, len(first))
	between := make([]box, len(first)+1) // between[i] is before word i
	for i, w := range first {
		words[i].cast([]string{w})
	}
	for i := range between {
		between[i].cast(nil)
	}
	for _, o := range others {
		extra := make([][]string, len(first)+1)
		match := align(first, o, extra)
		for i, w := range match {
			words[i].cast(w)
		}
		for i, w := range extra {
			between[i].cast(w)
		}
	}
	var out []ballot
	for i := range between {
		out = append(out, between[i].winner(voters)...)
		if i < len(words) {
			out = append(out, words[i].winner(voters)...)
		}
	}
	return out
}

// box collects the votes for one place.
type box struct {
	options []option
}

type option struct {
	key   string
	words []string
	votes int
}

func (b *box) cast(words []string) {
	key := gap
	for _, w := range words {
		key += bare(w) + " "
	}
	for i := range b.options {
		if b.options[i].key == key {
			b.options[i].votes++
			return
		}
	}
	b.options = append(b.options, option{key, words, 1})
}

// winner returns the words of the option with the most votes.
func (b *box) winner(voters int) []ballot {
	best := b.options[0]
	for _, o := range b.options[1:] {
		if o.votes > best.votes {
			best = o
		}
	}
	var out []ballot
	for _, w := range best.words {
		out = append(out, ballot{w, confidence(best.votes, voters)})
	}
	return out
}

// align finds the cheapest edits from a to b. It returns for every word of a what b
// holds there (nil: nothing) and collects in extra what b holds besides, before
// word i.
func align(a, b []string, extra [][]string) [][]string {
	cost := make([][]int, len(a)+1)
	for i := range cost {
		cost[i] = make([]int, len(b)+1)
		for j := range cost[i] {
			cost[i][j] = cheapest(a, b, cost, i, j)
		}
	}
	out := make([][]string, len(a))
	for i, j := len(a), len(b); i > 0 || j > 0; {
		switch {
		case i > 0 && j > 0 && cost[i][j] == cost[i-1][j-1]+differ(a[i-1], b[j-1]):
			i, j = i-1, j-1
			out[i] = []string{b[j]}
		case i > 0 && cost[i][j] == cost[i-1][j]+1:
			i--
		default:
			j--
			extra[i] = append([]string{b[j]}, extra[i]...)
		}
	}
	return out
}

func cheapest(a, b []string, cost [][]int, i, j int) int {
	if i == 0 || j == 0 {
		return i + j
	}
	return min(cost[i-1][j-1]+differ(a[i-1], b[j-1]), cost[i-1][j]+1, cost[i][j-1]+1)
}

func differ(a, b string) int {
	if bare(a) == bare(b) {
		return 0
	}
	return 1
}

// slowdown is how much longer a piece lasts for the second hearing: enough to shift
// every frame of the model, too little to change the voice.
const slowdown = 1.05

// slower stretches a piece, pitch and all, by cubic interpolation (Catmull–Rom).
func slower(x []float32) []float32 {
	at := func(i int) float32 { return x[max(0, min(len(x)-1, i))] }
	out := make([]float32, int(float64(len(x))*slowdown))
	for i := range out {
		whole, frac := math.Modf(float64(i) / slowdown)
		k, t := int(whole), float32(frac)
		p0, p1, p2, p3 := at(k-1), at(k), at(k+1), at(k+2)
		out[i] = p1 + t/2*(p2-p0+t*(2*p0-5*p1+4*p2-p3+t*(3*(p1-p2)+p3-p0)))
	}
	return out
}
