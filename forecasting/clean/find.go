package clean

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/agner-platform/agner/forecasting/series"
)

// Reason says why something is marked.
type Reason string

// The reasons.
const (
	High   Reason = "outlier high"
	Low    Reason = "outlier low"
	Level  Reason = "new level" // kept
	Outage Reason = "outage"
	Spike  Reason = "spike"
)

// Status is what people made of a mark.
type Status string

// The states of a mark.
const (
	Proposed  Status = "proposed"
	Confirmed Status = "confirmed"
	Undone    Status = "undone"
)

// Mark is one finding: slots From to To (exclusive) of one day.
type Mark struct {
	Day    int     `json:"day"`
	From   int     `json:"from"`
	To     int     `json:"to"`
	Reason Reason  `json:"reason"`
	Raw    float64 `json:"raw"`
	Usual  float64 `json:"usual"`
	Score  float64 `json:"score"` // robust standard deviations
	Status Status  `json:"status"`
}

// Takes reports whether the mark takes its slots out.
func (m Mark) Takes() bool { return m.Status != Undone && m.Reason != Level }

// Describe returns the mark as a sentence with its date and clock times.
func (m Mark) Describe(s *series.Series) string {
	return fmt.Sprintf("%s %s–%s: %s, %.0f instead of about %.0f (%.1f σ)",
		s.Date(m.Day), s.Clock(m.From), s.Clock(m.To), m.Reason, m.Raw, m.Usual, m.Score)
}

const (
	dayLimit   = 4    // robust σ of a day's ρ
	slotLimit  = 6    // robust σ of a slot's residual; slots are many, so wider
	freeRatio  = 3    // a special day may differ from usual by this ratio, where it has no limit of its own
	minSpread  = 0.02 // ρ of a day closer than this to usual is never an outlier
	levelRun   = 3    // days in a row that make a new level
	outageLack = 12   // usual calls in a run of zeros that make it an outage
	minRatio   = 1.5  // a spike is at least this far from the usual, as a ratio
)

// Find proposes marks, by day and slot, from a comparison of the same series.
func Find(s *series.Series, u *Usual) []Mark {
	f := finder{s: s, u: u, out: make([]int, s.Days), score: make([]float64, s.Days), spoilt: make([]bool, s.Days*s.Slots)}
	f.slots()
	slots := f.marks
	f.marks = nil
	f.days()
	for _, m := range slots {
		if f.out[m.Day] == 0 { // else the whole day is out
			f.marks = append(f.marks, m)
		}
	}
	slices.SortStableFunc(f.marks, func(a, b Mark) int { return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.From, b.From)) })
	return f.marks
}

type finder struct {
	s      *series.Series
	u      *Usual
	out    []int // −1, 0, +1 by day
	score  []float64
	spoilt []bool // slots marked, which do not speak for their day
	marks  []Mark
}

// rho compares a day with usual, its spoilt slots left out.
func (f *finder) rho(d int) (rho, raw, usual float64) {
	v, st := f.s.Row(d)
	row := f.u.Row(d)
	for i := range v {
		if st[i] == series.Observed && !f.spoilt[d*f.s.Slots+i] {
			raw += v[i]
			usual += row[i]
		}
	}
	return math.Log((raw + 1) / (usual + 1)), raw, usual
}

// days decides which whole days are out.
func (f *finder) days() {
	var all []float64
	rhos := make([]float64, len(f.u.Days))
	for d, day := range f.u.Days {
		rhos[d], _, _ = f.rho(d)
		if day.Known && !day.Special {
			all = append(all, rhos[d])
		}
	}
	sigma := math.Max(minSpread, spread(all))
	for d, day := range f.u.Days {
		if !day.Known {
			continue
		}
		noise := math.Hypot(sigma, 1/math.Sqrt(day.Usual+1))
		f.score[d] = rhos[d] / noise
		if math.Abs(f.score[d]) > dayLimit && (!day.Special || absurd(day, rhos[d])) {
			f.out[d] = int(math.Copysign(1, rhos[d]))
		}
	}
	level := f.levels()
	for d, sign := range f.out {
		if sign == 0 {
			continue
		}
		day := f.u.Days[d]
		reason := High
		switch {
		case level[d]:
			reason = Level
			f.out[d] = 0
		case day.Raw == 0:
			reason = Outage
		case sign < 0:
			reason = Low
		}
		f.mark(d, 0, f.s.Slots, Mark{Reason: reason, Raw: day.Raw, Usual: day.Usual, Score: f.score[d]})
	}
}

// absurd reports whether even a special day cannot be like this: a working day far
// from usual either way, or any day but an event far above it.
func absurd(day Day, rho float64) bool {
	far := math.Log(freeRatio)
	return rho > far && !day.Event || day.Working && rho < -far
}

// levels finds runs of days out in the same direction; days that are closed,
// special or without data do not break a run. Days without any call are never a
// level.
func (f *finder) levels() []bool {
	level := make([]bool, len(f.out))
	var run []int
	end := func() {
		if len(run) >= levelRun {
			for _, d := range run {
				level[d] = true
			}
		}
		run = run[:0]
	}
	for d, sign := range f.out {
		if day := f.u.Days[d]; !day.Known || day.Special {
			continue
		}
		if sign == 0 || f.u.Days[d].Raw == 0 || len(run) > 0 && f.out[run[0]] != sign {
			end()
		}
		if sign != 0 && f.u.Days[d].Raw > 0 {
			run = append(run, d)
		}
	}
	end()
	return level
}

func (f *finder) mark(day, from, to int, m Mark) {
	m.Day, m.From, m.To, m.Status = day, from, to, Proposed
	f.marks = append(f.marks, m)
}

// spoil marks slots of a day.
func (f *finder) spoil(day, from, to int, m Mark) {
	f.mark(day, from, to, m)
	for i := from; i < to; i++ {
		f.spoilt[day*f.s.Slots+i] = true
	}
}

// slots looks into the days.
func (f *finder) slots() {
	res := make([]float64, f.s.Days*f.s.Slots)
	var all []float64
	for d, day := range f.u.Days {
		if !day.Known {
			continue
		}
		f.residuals(d, res[d*f.s.Slots:(d+1)*f.s.Slots])
		if day.Special {
			continue
		}
		for i := range f.s.Slots {
			if _, st := f.s.At(d, i); st == series.Observed {
				all = append(all, res[d*f.s.Slots+i])
			}
		}
	}
	// Poisson noise alone gives 1 on this scale.
	sigma := math.Max(1, spread(all))
	for d, day := range f.u.Days {
		if day.Known && !day.Special {
			f.outages(d)
			f.spikes(d, sigma, res[d*f.s.Slots:(d+1)*f.s.Slots])
		}
	}
}

// residuals are 2(√(x+3/8) − √(f·u+3/8)), f being the day's median ratio to usual.
func (f *finder) residuals(d int, out []float64) {
	v, st := f.s.Row(d)
	usual := f.u.Row(d)
	var ratios []float64
	for i := range v {
		if st[i] == series.Observed && usual[i] > 0 {
			ratios = append(ratios, v[i]/usual[i])
		}
	}
	level := median(ratios)
	if len(ratios) == 0 || level == 0 {
		level = 1
	}
	for i := range v {
		if st[i] == series.Observed {
			out[i] = 2 * (math.Sqrt(v[i]+0.375) - math.Sqrt(level*usual[i]+0.375))
		}
	}
}

func (f *finder) outages(d int) {
	v, st := f.s.Row(d)
	usual := f.u.Row(d)
	for i := 0; i < len(v); i++ {
		lack, from := 0.0, i
		for i < len(v) && st[i] == series.Observed && v[i] == 0 {
			lack += usual[i]
			i++
		}
		if lack >= outageLack {
			f.spoil(d, from, i, Mark{Reason: Outage, Usual: lack, Score: -2 * math.Sqrt(lack)})
		}
	}
}

func (f *finder) spikes(d int, sigma float64, res []float64) {
	v, st := f.s.Row(d)
	usual := f.u.Row(d)
	for i := range v {
		if st[i] != series.Observed || v[i] == 0 || math.Abs(res[i]) <= slotLimit*sigma {
			continue
		}
		if r := math.Abs(math.Log((v[i] + 1) / (usual[i] + 1))); r > math.Log(minRatio) {
			f.spoil(d, i, i+1, Mark{Reason: Spike, Raw: v[i], Usual: usual[i], Score: res[i] / sigma})
		}
	}
}

// Apply returns a copy of the series in which what the marks take out is missing.
func Apply(s *series.Series, marks []Mark) *series.Series {
	c := s.Clone()
	for _, m := range marks {
		if !m.Takes() || m.Day >= s.Days {
			continue
		}
		for i := m.From; i < m.To; i++ {
			if _, st := s.At(m.Day, i); st == series.Observed {
				c.Mark(m.Day, i, series.Missing)
			}
		}
	}
	return c
}
