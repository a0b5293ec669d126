package model

import (
	"math"
	"time"

	"github.com/agner-platform/agner/forecasting/calendar"
	"github.com/agner-platform/agner/forecasting/clean"
	"github.com/agner-platform/agner/forecasting/series"
)

// Horizon is how many days past its end a History can describe.
const Horizon = 400

// History is what a method may know: everything up to an origin, cleaned, with the
// calendar of the days to come. It is immutable and safe for concurrent use.
type History struct {
	*series.Series                // cleaned; Days is the origin: the first unknown day
	Raw            *series.Series // as observed
	Marks          []clean.Mark   // what cleaning took out
	Usual          *clean.Usual   // each day beside its neighbours
	Cal            *calendar.Calendar

	days    []dayInfo
	effects map[string]effect
	ratios  []float64 // log ratio of each plain day to its own past weekdays, NaN if not known
}

// dayInfo is what is known about a day before it happens.
type dayInfo struct {
	mark  calendar.Mark
	like  time.Weekday // the weekday whose pattern it follows
	open  []bool
	place int // running number among days with opening hours
	dom   int
	first bool // first and last open days of the month
	last  bool

	seen int // observed slots of a past day

	second   bool // the working day after a day after: the backlog's second day
	afterGap bool // the open day before has no data at all: closed, whatever the calendar knew
}

// NewHistory cleans the first days of a series and looks up their calendar. A
// like-day of the calendar counts only where the series is open on that weekday.
func NewHistory(s *series.Series, c *calendar.Calendar, days int) *History {
	raw := s.Cut(days)
	marks := clean.Find(raw, clean.Compare(raw, c))
	h := &History{Series: clean.Apply(raw, marks), Raw: raw, Marks: marks, Cal: c}
	h.Usual = clean.Compare(h.Series, c)
	h.describe()
	h.learnEffects()
	h.learnRatios()
	return h
}

// ratioWeeks is how many past weekdays a day is compared with.
const ratioWeeks = 4

// learnRatios compares each plain day with the mean of its past weekdays.
func (h *History) learnRatios() {
	h.ratios = make([]float64, h.Days)
	for d := range h.ratios {
		h.ratios[d] = math.NaN()
		past := h.recent(d, d, ratioWeeks)
		if h.days[d].seen == 0 || h.days[d].special() || len(past) < 2 {
			continue
		}
		v, st := h.Row(d)
		have, base := 0.0, 0.0
		for i := range v {
			sum, n := 0.0, 0.0
			for _, p := range past {
				if x, ok := h.At(p, i); ok == series.Observed {
					sum, n = sum+x, n+1
				}
			}
			if st[i] == series.Observed && n > 0 {
				have += v[i]
				base += sum / n
			}
		}
		h.ratios[d] = math.Log((have + 1) / (base + 1))
	}
}

func (h *History) describe() {
	h.days = make([]dayInfo, h.Days+Horizon)
	var usual [7][]bool
	var used [7]bool
	for wd := range 7 {
		day := h.Days + (wd-int(h.Series.Weekday(h.Days))+7)%7
		usual[wd] = h.Open(day)
		for _, o := range usual[wd] {
			used[wd] = used[wd] || o
		}
	}
	place := 0
	for d := range h.days {
		date := h.Date(d)
		in := &h.days[d]
		in.mark = h.Cal.Mark(date)
		in.like = in.mark.Like
		if !used[in.like] {
			in.like = date.Weekday()
		}
		in.dom = date.Day
		in.open = usual[date.Weekday()]
		if d < h.Days {
			in.open = h.Open(d)
			_, in.seen, _ = h.Total(d)
		}
		in.place = place
		if used[date.Weekday()] && !in.mark.Off() {
			place++
		}
	}
	h.monthEdges(used)
	h.gaps(used)
}

// gaps finds days that follow an unexpected hole in the history: a holiday the
// calendar does not know looks like this, and the work comes in the day after.
// It also finds the second working day after a holiday or hole.
func (h *History) gaps(used [7]bool) {
	hole, after := false, false
	for d := range h.days {
		in := &h.days[d]
		if !used[h.Date(d).Weekday()] || in.mark.Off() {
			continue
		}
		in.afterGap = hole
		in.second = after && !in.mark.After && !hole
		after = in.mark.After || hole
		hole = false
		if d < h.Days {
			_, seen, _ := h.Raw.Total(d)
			hole = seen == 0
			after = after && !hole
		}
	}
}

// monthEdges finds the first and last working day of each month.
func (h *History) monthEdges(used [7]bool) {
	working := func(d int) bool {
		m := h.days[d].mark
		return used[h.Date(d).Weekday()] && !m.Off()
	}
	last, month := -1, time.Month(0)
	for d := range h.days {
		if !working(d) {
			continue
		}
		if m := h.Date(d).Month; m != month {
			month = m
			if last >= 0 {
				h.days[last].last = true
			}
			h.days[d].first = last >= 0 || h.days[d].dom <= 3
		}
		last = d
	}
}

// Like returns the weekday whose pattern a day follows, up to the horizon.
func (h *History) Like(day int) time.Weekday { return h.days[day].like }

// Mark returns the calendar's word on a day, up to the horizon.
func (h *History) Mark(day int) calendar.Mark { return h.days[day].mark }

// OpenSlots returns which slots of a day are open, up to the horizon.
func (h *History) OpenSlots(day int) []bool { return h.days[day].open }

// recent returns up to n plain observed days before asOf that follow the weekday
// of day, latest first.
func (h *History) recent(day, asOf, n int) []int {
	out := make([]int, 0, n)
	for d := min(asOf, h.Days) - 1; d >= 0 && len(out) < n; d-- {
		in := &h.days[d]
		if in.like == h.days[day].like && in.seen > 0 && !in.special() {
			out = append(out, d)
		}
	}
	return out
}

// special reports whether the day is not a plain one.
func (in *dayInfo) special() bool { return in.afterGap || in.mark.Special() }

// slotMeans averages a slot over days with a function of the observed values; a
// slot nobody has seen is filled from its neighbours in time.
func (h *History) slotMeans(target int, days []int, f func([]float64) float64) []float64 {
	out := make([]float64, h.Slots)
	open := h.days[target].open
	buf := make([]float64, 0, len(days))
	known := make([]bool, h.Slots)
	for i := range out {
		if !open[i] {
			continue
		}
		buf = buf[:0]
		for _, d := range days {
			if v, st := h.At(d, i); st == series.Observed {
				buf = append(buf, v)
			}
		}
		if len(buf) > 0 {
			out[i], known[i] = f(buf), true
		}
	}
	fillGaps(out, open, known)
	return out
}

// fillGaps gives open slots without a value the mean of their nearest known slots.
func fillGaps(v []float64, open, known []bool) {
	for i := range v {
		if !open[i] || known[i] {
			continue
		}
		sum, n := 0.0, 0.0
		for j := i - 1; j >= 0 && n == 0; j-- {
			if known[j] {
				sum, n = v[j], 1
			}
		}
		for j := i + 1; j < len(v); j++ {
			if known[j] {
				sum, n = sum+v[j], n+1
				break
			}
		}
		if n > 0 {
			v[i] = sum / n
		}
	}
}

// effect is the mean log ratio of a class of special days to usual, with how
// often it was seen.
type effect struct{ sum, n float64 }

// effectPrior is the weight of "no effect" in days: one occurrence counts two
// thirds, four count nearly fully.
const effectPrior = 0.5

// classes returns the names under which a special day is remembered, most
// particular first.
func (in *dayInfo) classes() []string {
	m := in.mark
	switch {
	case m.Kind == calendar.Event:
		return []string{"name " + m.Name, "event"}
	case m.Kind != "":
		return []string{"name " + m.Name, string(m.Kind)}
	case m.Bridge && m.Eve:
		return []string{"eve"}
	case m.Bridge:
		return []string{"bridge", "after"}
	case m.Eve:
		return []string{"eve"}
	case m.After, in.afterGap:
		return []string{"after"}
	}
	return nil
}

func (h *History) learnEffects() {
	h.effects = map[string]effect{}
	for d, u := range h.Usual.Days {
		if !u.Known || !u.Special {
			continue
		}
		for _, c := range h.days[d].classes() {
			e := h.effects[c]
			h.effects[c] = effect{e.sum + u.Rho, e.n + 1}
		}
	}
}

// Effect returns the factor by which a special day differs from the usual day of
// the weekday it follows, learned from earlier days of the same name or kind and
// shrunk towards 1; 1 for plain days and unknown kinds.
func (h *History) Effect(day int) float64 {
	mean := 0.0
	list := h.days[day].classes()
	for i := len(list) - 1; i >= 0; i-- {
		e := h.effects[list[i]]
		mean = (e.sum + effectPrior*mean) / (e.n + effectPrior)
	}
	return math.Exp(mean)
}

// scale multiplies the slots of a day by its calendar effect.
func (h *History) scale(day int, v []float64) []float64 {
	if f := h.Effect(day); f != 1 {
		for i := range v {
			v[i] *= f
		}
	}
	return v
}
