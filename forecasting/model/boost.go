package model

import (
	"fmt"
	"math"
	"slices"

	"github.com/agner-platform/agner/forecasting/learn"
	"github.com/agner-platform/agner/forecasting/series"
)

// Boost is gradient boosting of small trees on ratios: what a slot holds relative
// to the mean of the last same weekdays. The ratio frees the trees from learning
// level and weekly shape, which they are bad at, and leaves them the calendar, the
// drift of the last days and their interplay with the time of day. A forest is
// grown per lead (1 day, 2–7, 8–14, 15–28, more), for a ratio known one day ahead
// is another thing than one known two weeks ahead.
type Boost struct{}

const (
	boostDays  = 180  // days of training rows
	boostRows  = 6000 // rows of training, within which finer slots see fewer days
	boostWeeks = 6    // same weekdays in the denominator
	leafDays   = 5    // days of rows in a leaf: the slots of one day share its luck
	boostMin   = 30   // training days below which trees only learn noise
)

var boostSet = learn.Options{Rounds: 80, Rate: 0.09, Depth: 3, Ridge: 100, Features: 0.5, Seed: 1}

// boostLeads are the upper ends of the lead buckets in days.
var boostLeads = []int{1, 7, 14, 28}

// Name returns "boost".
func (Boost) Name() string { return "boost" }

// boostModel grows the forest of a lead bucket when it is first asked for.
type boostModel struct {
	h       *History
	forests []*learn.Forest
}

// Fit needs some 50 observed days and a mean of one call a slot, below which ratios
// of small numbers mislead; the forests are grown by the first use.
func (Boost) Fit(h *History) (Model, error) {
	n, calls, slots := 0, 0.0, 0.0
	for d := range h.Days {
		if h.days[d].seen > 0 {
			sum, seen, _ := h.Total(d)
			n++
			calls += sum
			slots += float64(seen)
		}
	}
	if calls < slots {
		return nil, fmt.Errorf("boost: %.2f calls a slot: %w", calls/math.Max(1, slots), ErrShort)
	}
	if n < boostMin+7*boostWeeks/2 {
		return nil, fmt.Errorf("boost: %d observed days: %w", n, ErrShort)
	}
	return &boostModel{h: h, forests: make([]*learn.Forest, len(boostLeads)+1)}, nil
}

// Update keeps the forests and moves on to a later history.
func (m *boostModel) Update(h *History) (Model, error) {
	return &boostModel{h: h, forests: slices.Clone(m.forests)}, nil
}

// Day returns the expected counts of a day.
func (m *boostModel) Day(target int) []float64 {
	h := m.h
	b := bucketOf(target - h.Days + 1)
	if m.forests[b] == nil {
		m.forests[b] = h.trainForest(target - h.Days + 1)
	}
	out := make([]float64, h.Slots)
	base := h.boostBase(target, h.Days)
	f := m.forests[b]
	if f == nil {
		return base
	}
	x := make([]float64, boostFeatures)
	day := h.dayFeatures(target, h.Days)
	last := h.recent(target, h.Days, 1)
	for i, open := range h.days[target].open {
		if open {
			h.slotFeatures(x, day, base[i], last, i)
			out[i] = base[i] * math.Max(0, f.Predict(x))
		}
	}
	return out
}

func bucketOf(lead int) int {
	for b, top := range boostLeads {
		if lead <= top {
			return b
		}
	}
	return len(boostLeads)
}

// boostBase is the mean of the same weekdays known at a day, times the calendar's
// effect: single holidays are too few for a tree.
func (h *History) boostBase(target, asOf int) []float64 {
	days := h.recent(target, asOf, boostWeeks)
	if len(days) == 0 {
		days = sameWeekday(h.Series, min(target, asOf), boostWeeks)
	}
	return h.scale(target, h.slotMeans(target, days, mean))
}

// The features of a row: twelve of the day, three of the slot.
const (
	dayColumns    = 12
	boostFeatures = dayColumns + 3
)

// dayFeatures describes a day as seen at the end of day asOf−1.
func (h *History) dayFeatures(target, asOf int) []float64 {
	in := &h.days[target]
	x := make([]float64, dayColumns)
	x[0] = float64(in.like)
	x[1] = float64(monthGroup(in.dom))
	x[2] = flag(in.first) - flag(in.last)
	x[3] = flag(in.mark.Off()) + 2*flag(in.mark.Kind == "half") + 3*flag(in.mark.Kind == "event")
	x[4] = flag(in.mark.Eve)
	x[5] = flag(in.mark.After || in.afterGap) + flag(in.mark.Bridge)
	x[6], x[7], x[8] = h.drift(asOf)
	x[9] = h.lastRatio(target, asOf)
	x[10] = math.Log(h.Effect(target))
	x[11] = float64(in.dom)
	return x
}

func flag(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// drift returns the log ratio of the last day, the last five and the last twenty
// plain days to what their own past weekdays had.
func (h *History) drift(asOf int) (one, five, twenty float64) {
	n := 0.0
	for d := asOf - 1; d >= 0 && n < 20; d-- {
		r := h.ratios[d]
		if math.IsNaN(r) {
			continue
		}
		n++
		twenty += (r - twenty) / n
		if n <= 5 {
			five += (r - five) / n
		}
		if n == 1 {
			one = r
		}
	}
	return one, five, twenty
}

// lastRatio is the log ratio of the last day of the target's weekday.
func (h *History) lastRatio(target, asOf int) float64 {
	for d := asOf - 1; d >= 0 && d > asOf-22; d-- {
		if h.days[d].like == h.days[target].like && !math.IsNaN(h.ratios[d]) {
			return h.ratios[d]
		}
	}
	return 0
}

// slotFeatures completes a row; last is the last day of the weekday, if any.
func (h *History) slotFeatures(x, day []float64, base float64, last []int, slot int) {
	copy(x, day)
	x[dayColumns] = float64(slot)
	x[dayColumns+1] = math.Sqrt(base)
	x[dayColumns+2] = 0
	if len(last) > 0 {
		x[dayColumns+2] = h.slotRatio(last[0], slot, base)
	}
}

func (h *History) slotRatio(d, slot int, base float64) float64 {
	v, st := h.At(d, slot)
	if st != series.Observed {
		return 0
	}
	return math.Log((v + 3) / (base + 3))
}

// trainForest learns the ratios at a lead from the days before the origin.
func (h *History) trainForest(lead int) *learn.Forest {
	var x [][]float64
	var y, w []float64
	var group []int32
	days := 0
	for d := h.Days - 1; d >= 0 && days < boostDays && (len(x) < boostRows || days < boostMin); d-- {
		asOf := d - lead + 1
		if h.days[d].seen == 0 || asOf <= 0 || len(h.recent(d, asOf, 3)) < 3 {
			continue
		}
		days++
		base := h.boostBase(d, asOf)
		day := h.dayFeatures(d, asOf)
		last := h.recent(d, asOf, 1)
		v, st := h.Row(d)
		for i := range v {
			if st[i] != series.Observed || base[i] <= 0 {
				continue
			}
			row := make([]float64, boostFeatures)
			h.slotFeatures(row, day, base[i], last, i)
			x = append(x, row)
			y = append(y, math.Min(v[i]/base[i], maxRatio))
			w = append(w, base[i])
			group = append(group, int32(days-1))
		}
	}
	if days < boostMin || len(x) < 2*boostMin {
		return nil
	}
	set := boostSet
	set.Group, set.Shared = group, dayColumns
	set.MinRows = leafDays * len(x) / days
	return learn.Grow(x, y, w, set)
}

// maxRatio bounds what one slot can teach.
const maxRatio = 5
