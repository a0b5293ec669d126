package learn

import (
	"math"
	"slices"
)

// binned is a table of features as small integers: histogram boosting looks only
// at which bin a value falls into.
type binned struct {
	cols [][]uint8 // by feature, then row
	bins []int     // bins of a feature
}

// maxBins is the finest resolution of a feature.
const maxBins = 32

// Forest is a boosted ensemble of small regression trees.
type Forest struct {
	trees []tree
	base  float64
	edges [][]float64 // upper edges of each feature's bins
}

type tree []node

// node is a split, or a leaf where left is 0.
type node struct {
	feature     int
	bin         uint8 // goes left if its bin is ≤ this
	left, right int
	value       float64
}

// Options bound the ensemble.
type Options struct {
	Rounds   int
	Rate     float64
	Depth    int
	MinRows  int     // rows of a leaf
	Ridge    float64 // pseudo weight of a zero in a leaf, as a share of a mean leaf row
	Features float64 // share of features a tree may look at
	Seed     uint64

	// Group numbers the rows' groups from 0 and Shared says how many of the first
	// features are the same throughout a group (the day's, where rows are slots):
	// their histograms are then made of groups instead of rows. Optional.
	Group  []int32
	Shared int
}

// Grow fits Σ w·(y − f(x))² by gradient boosting (J. H. Friedman (2001),
// "Greedy function approximation: a gradient boosting machine", Annals of
// Statistics 29(5), 1189–1232) on histograms. The same input and seed give the
// same forest.
func Grow(x [][]float64, y, w []float64, o Options) *Forest {
	f := &Forest{}
	b := f.bin(x)
	sw, sy := 0.0, 0.0
	for i := range y {
		sw += w[i]
		sy += w[i] * y[i]
	}
	f.base = sy / sw
	g := &grower{b: b, w: w, o: o, grad: make([]float64, len(y)), rowW: make([]float64, len(y)), rowY: make([]float64, len(y)), rng: o.Seed*2 + 1, lambda: o.Ridge * sw / float64(len(y))}
	for i := range y {
		g.grad[i] = y[i] - f.base
	}
	if o.Shared > 0 {
		n := slices.Max(o.Group) + 1
		g.groups, g.first = make([]bucket, n), make([]int32, n)
	}
	rows := make([]int32, len(y))
	for range o.Rounds {
		for i := range rows {
			rows[i] = int32(i)
		}
		f.trees = append(f.trees, g.grow(rows))
	}
	return f
}

// bin cuts each feature at quantiles of its distinct values.
func (f *Forest) bin(x [][]float64) *binned {
	n, p := len(x), len(x[0])
	b := &binned{cols: make([][]uint8, p), bins: make([]int, p)}
	f.edges = make([][]float64, p)
	vals := make([]float64, n)
	for j := range p {
		for i := range x {
			vals[i] = x[i][j]
		}
		f.edges[j] = quantileEdges(vals)
		b.bins[j] = len(f.edges[j]) + 1
		b.cols[j] = make([]uint8, n)
		for i := range x {
			b.cols[j][i] = place(f.edges[j], x[i][j])
		}
	}
	return b
}

func quantileEdges(v []float64) []float64 {
	s := slices.Clone(v)
	slices.Sort(s)
	distinct := s[:0:0]
	for i, x := range s {
		if i == 0 || x != s[i-1] {
			distinct = append(distinct, x)
		}
	}
	var edges []float64
	if len(distinct) <= maxBins {
		for i := 1; i < len(distinct); i++ {
			edges = append(edges, (distinct[i-1]+distinct[i])/2)
		}
		return edges
	}
	for k := 1; k < maxBins; k++ {
		e := s[k*len(s)/maxBins]
		if len(edges) == 0 || e > edges[len(edges)-1] {
			edges = append(edges, e)
		}
	}
	return edges
}

// place returns the bin of a value: how many edges lie below it.
func place(edges []float64, v float64) uint8 {
	k := 0
	for k < len(edges) && v > edges[k] {
		k++
	}
	return uint8(k)
}

// Predict returns the ensemble's value.
func (f *Forest) Predict(x []float64) float64 {
	var bins [64]uint8
	for j := range x {
		bins[j] = place(f.edges[j], x[j])
	}
	out := f.base
	for _, t := range f.trees {
		k := 0
		for t[k].left != 0 {
			if bins[t[k].feature] <= t[k].bin {
				k = t[k].left
			} else {
				k = t[k].right
			}
		}
		out += t[k].value
	}
	return out
}

// grower grows one tree after the other on what is left unexplained.
type grower struct {
	b      *binned
	w      []float64
	grad   []float64
	o      Options
	rng    uint64
	lambda float64
	use    []bool
	t      tree

	rowW, rowY []float64 // of the node at work
	groups     []bucket  // the same by group
	touched    []int32   // groups in the node
	first      []int32   // a row of each group
}

// bucket is one bin of a histogram.
type bucket struct {
	w, y float64
	n    int
}

// next is splitmix64.
func (g *grower) next() float64 {
	g.rng += 0x9e3779b97f4a7c15
	z := g.rng
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return float64((z^z>>31)>>11) / (1 << 53)
}

func (g *grower) grow(rows []int32) tree {
	g.use = make([]bool, len(g.b.cols))
	any := false
	for j := range g.use {
		g.use[j] = g.next() < g.o.Features
		any = any || g.use[j]
	}
	if !any {
		g.use[int(g.next()*float64(len(g.use)))] = true
	}
	g.t = nil
	g.split(rows, 0)
	return g.t
}

// split grows the node of the rows and returns its place.
func (g *grower) split(rows []int32, depth int) int {
	at := len(g.t)
	sw, sy := 0.0, 0.0
	for _, r := range rows {
		sw += g.w[r]
		sy += g.w[r] * g.grad[r]
	}
	g.t = append(g.t, node{})
	if depth < g.o.Depth && len(rows) >= 2*g.o.MinRows {
		if j, bin, ok := g.best(rows, sw, sy); ok {
			cut := g.partition(rows, j, bin)
			left := g.split(rows[:cut], depth+1)
			right := g.split(rows[cut:], depth+1)
			g.t[at] = node{feature: j, bin: bin, left: left, right: right}
			return at
		}
	}
	v := g.o.Rate * sy / (sw + g.lambda)
	g.t[at].value = v
	for _, r := range rows {
		g.grad[r] -= v
	}
	return at
}

// best finds the split that explains most.
func (g *grower) best(rows []int32, sw, sy float64) (feature int, bin uint8, ok bool) {
	g.gather(rows)
	parent := sy * sy / (sw + g.lambda)
	gain := 1e-12 * math.Abs(parent)
	for j, use := range g.use {
		if !use || g.b.bins[j] < 2 {
			continue
		}
		hist := g.histogram(j, rows)
		lw, ly, ln := 0.0, 0.0, 0
		for k := range g.b.bins[j] - 1 {
			lw, ly, ln = lw+hist[k].w, ly+hist[k].y, ln+hist[k].n
			if ln < g.o.MinRows || len(rows)-ln < g.o.MinRows {
				continue
			}
			rw, ry := sw-lw, sy-ly
			if v := ly*ly/(lw+g.lambda) + ry*ry/(rw+g.lambda) - parent; v > gain {
				gain, feature, bin, ok = v, j, uint8(k), true
			}
		}
	}
	return feature, bin, ok
}

// gather collects the node's rows once, to be read once per feature: their weights
// and gradients, and the same summed by group.
func (g *grower) gather(rows []int32) {
	for _, k := range g.touched {
		g.groups[k] = bucket{}
	}
	g.touched = g.touched[:0]
	for i, r := range rows {
		g.rowW[i] = g.w[r]
		g.rowY[i] = g.w[r] * g.grad[r]
		if g.o.Shared == 0 {
			continue
		}
		k := g.o.Group[r]
		h := &g.groups[k]
		if h.n == 0 {
			g.touched = append(g.touched, k)
			g.first[k] = r
		}
		h.w += g.rowW[i]
		h.y += g.rowY[i]
		h.n++
	}
}

// histogram sums weights and gradients of the gathered rows by bin of a feature.
func (g *grower) histogram(j int, rows []int32) *[maxBins]bucket {
	var hist [maxBins]bucket
	col := g.b.cols[j]
	if j < g.o.Shared {
		for _, k := range g.touched {
			h, sum := &hist[col[g.first[k]]&(maxBins-1)], &g.groups[k]
			h.w += sum.w
			h.y += sum.y
			h.n += sum.n
		}
		return &hist
	}
	for i, r := range rows {
		h := &hist[col[r]&(maxBins-1)]
		h.w += g.rowW[i]
		h.y += g.rowY[i]
		h.n++
	}
	return &hist
}

// partition moves the rows that go left to the front, keeping both orders.
func (g *grower) partition(rows []int32, j int, bin uint8) int {
	col := g.b.cols[j]
	right := make([]int32, 0, len(rows))
	n := 0
	for _, r := range rows {
		if col[r] <= bin {
			rows[n] = r
			n++
		} else {
			right = append(right, r)
		}
	}
	copy(rows[n:], right)
	return n
}
