package metric

import (
	"cmp"
	"math"
	"slices"
)

// CompareCell is the visits of one stratum, side and second of wait.
type CompareCell struct {
	Stratum   int
	Second    int64
	After     bool
	N         int64 // left in this second, whichever way
	Abandoned int64
}

// Comparison says how the hazard of abandoning changed, at equal wait and within equal strata.
type Comparison struct {
	HazardRatio float64 // after / before; below 1 callers became more patient
	Lo, Hi      float64 // 95 % interval
	P           float64 // two-sided, stratified log-rank
	Strata      int     // strata that hold visits of both sides
	Before      int64   // abandons that entered the comparison
	After       int64
}

// Compare computes the stratified log-rank test and the Mantel–Haenszel hazard ratio. Each second of wait in each
// stratum is a 2×2 table of those still waiting before and after (n₀, n₁; n together) and those who hung up (d₀, d₁):
//
//	HR = Σ d₁n₀/n / Σ d₀n₁/n
//	Var(ln HR) = Σ (n₀n₁d − d₀d₁n)/n² / (Σ d₁n₀/n · Σ d₀n₁/n)
//	χ² = (Σ d₁ − d·n₁/n)² / Σ d(n−d)n₀n₁ / (n²(n−1))
//
// Tables with only one side add nothing. HR is NaN without abandons on both sides. Sources: Mantel, Cancer Chemother.
// Rep. 50 (1966) 163; Greenland & Robins, Biometrics 41 (1985) 55, for the variance with sparse strata.
func Compare(cells []CompareCell) Comparison {
	slices.SortFunc(cells, func(a, b CompareCell) int {
		return cmp.Or(cmp.Compare(a.Stratum, b.Stratum), cmp.Compare(a.Second, b.Second))
	})
	var m mantel
	for from := 0; from < len(cells); {
		to := from
		for to < len(cells) && cells[to].Stratum == cells[from].Stratum {
			to++
		}
		m.addStratum(cells[from:to])
		from = to
	}
	return m.result()
}

// mantel adds up the tables: r and s the two parts of the ratio, v its variance's numerator.
type mantel struct {
	r, s, v            float64
	excess, logRankVar float64
	strata             int
	events             [2]int64
}

func (m *mantel) addStratum(cells []CompareCell) {
	var n [2]float64
	for _, c := range cells {
		n[side(c)] += float64(c.N)
	}
	if n[0] == 0 || n[1] == 0 {
		return
	}
	m.strata++
	for i := 0; i < len(cells); {
		var d, left [2]float64
		j := i
		for ; j < len(cells) && cells[j].Second == cells[i].Second; j++ {
			d[side(cells[j])] += float64(cells[j].Abandoned)
			left[side(cells[j])] += float64(cells[j].N)
		}
		m.addTable(n, d)
		n[0], n[1] = n[0]-left[0], n[1]-left[1]
		i = j
	}
}

func side(c CompareCell) int {
	if c.After {
		return 1
	}
	return 0
}

func (m *mantel) addTable(n, d [2]float64) {
	total, events := n[0]+n[1], d[0]+d[1]
	if n[0] == 0 || n[1] == 0 || events == 0 {
		return
	}
	m.r += d[1] * n[0] / total
	m.s += d[0] * n[1] / total
	m.v += (n[0]*n[1]*events - d[0]*d[1]*total) / (total * total)
	m.excess += d[1] - events*n[1]/total
	if total > 1 {
		m.logRankVar += events * (total - events) * n[0] * n[1] / (total * total * (total - 1))
	}
	m.events[0] += int64(d[0])
	m.events[1] += int64(d[1])
}

func (m *mantel) result() Comparison {
	c := Comparison{math.NaN(), math.NaN(), math.NaN(), math.NaN(), m.strata, m.events[0], m.events[1]}
	if m.r > 0 && m.s > 0 {
		c.HazardRatio = m.r / m.s
		w := math.Exp(z95 * math.Sqrt(m.v/(m.r*m.s)))
		c.Lo, c.Hi = c.HazardRatio/w, c.HazardRatio*w
	}
	if m.logRankVar > 0 {
		c.P = math.Erfc(math.Abs(m.excess) / math.Sqrt(2*m.logRankVar))
	}
	return c
}
