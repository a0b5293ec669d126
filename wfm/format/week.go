package format

import (
	"cmp"
	"fmt"
	"io"
	"slices"

	"github.com/agner-platform/agner/wfm/rules"
)

// Week is a callcentre_week problem.
type Week struct {
	Name      string      `json:"name"`
	Demand    [][]int     `json:"demand"` // agents wanted per day and slot; 0 costs nothing either way
	Contracts []Contract  `json:"contracts"`
	Rules     WeekRules   `json:"rules"`
	Weights   WeekWeights `json:"weights"`
}

// Contract is a group of agents who work alike.
type Contract struct {
	Name        string  `json:"name"`
	Agents      int     `json:"agents"`
	DaysPerWeek int     `json:"days_per_week"`
	Span        int     `json:"span"` // slots from start to end, breaks included
	FirstStart  int     `json:"first_start"`
	LastStart   int     `json:"last_start"`
	StartStep   int     `json:"start_step"`
	Breaks      []Break `json:"breaks"`
}

// Break is a pause whose start lies in a window counted from the shift's start.
type Break struct {
	Earliest int `json:"earliest_offset"`
	Latest   int `json:"latest_offset"`
	Length   int `json:"length"`
}

// WeekRules hold for everybody.
type WeekRules struct {
	MaxStartSpread int `json:"max_start_spread_slots"` // latest less earliest start of a person's week
	MinRest        int `json:"min_rest_slots"`         // end of a shift to the start of the next, round the week
	ShiftsPerDay   int `json:"shifts_per_day"`
}

// WeekWeights are the prices of a slot.
type WeekWeights struct {
	Over  int `json:"over_per_slot"`
	Under int `json:"under_per_slot"`
}

// WeekSolution is a roster by name.
type WeekSolution struct {
	Header
	Agents []WeekAgent `json:"agents"`
}

// WeekAgent is one person's week. Agent counts from 1 within the contract.
type WeekAgent struct {
	Contract string      `json:"contract"`
	Agent    int         `json:"agent"`
	Shifts   []WeekShift `json:"shifts"`
}

// WeekShift is one day's work. Start is the slot within the day; Breaks are the
// offsets from the start, in the order of the contract's breaks.
type WeekShift struct {
	Day    int   `json:"day"`
	Start  int   `json:"start"`
	Breaks []int `json:"breaks"`
}

// Format is callcentre_week.
func (*Week) Format() string { return CallcentreWeek }

// Slots is the number of slots of a day.
func (w *Week) Slots() int { return len(w.Demand[0]) }

// Starts lists the slots at which a shift of c may start.
func (c *Contract) Starts() []int {
	var s []int
	for t := c.FirstStart; t <= c.LastStart; t += c.StartStep {
		s = append(s, t)
	}
	return s
}

// ReadWeek reads a callcentre_week problem.
func ReadWeek(r io.Reader) (*Week, error) {
	var w Week
	if err := decode(r, &w, ErrInstance); err != nil {
		return nil, err
	}
	if err := w.check(); err != nil {
		return nil, err
	}
	return &w, nil
}

// hugeDemand is above any centre; sums of costs stay far from overflow.
const hugeDemand = 1_000_000

func (w *Week) check() error {
	if len(w.Demand) == 0 || len(w.Demand[0]) == 0 {
		return bad("demand is empty")
	}
	for d, row := range w.Demand {
		if len(row) != w.Slots() {
			return bad("demand of day %d has %d slots, day 0 has %d", d, len(row), w.Slots())
		}
		if i := slices.IndexFunc(row, func(v int) bool { return v < 0 || v > hugeDemand }); i >= 0 {
			return bad("demand of day %d, slot %d is %d: must be between 0 and %d", d, i, row[i], hugeDemand)
		}
	}
	if w.Weights.Over < 0 || w.Weights.Under < 0 {
		return bad("weights.over_per_slot = %d, under_per_slot = %d: may not be negative", w.Weights.Over, w.Weights.Under)
	}
	if w.Rules.MaxStartSpread < 0 || w.Rules.MinRest < 0 {
		return bad("rules.max_start_spread_slots = %d, min_rest_slots = %d: may not be negative", w.Rules.MaxStartSpread, w.Rules.MinRest)
	}
	if w.Rules.ShiftsPerDay > 1 {
		return bad("rules.shifts_per_day = %d: only one shift a day is planned", w.Rules.ShiftsPerDay)
	}
	if len(w.Contracts) == 0 {
		return bad("contracts is empty: nobody can be planned")
	}
	seen := map[string]bool{}
	for i := range w.Contracts {
		c := &w.Contracts[i]
		if seen[c.Name] {
			return bad("contract %q appears twice", c.Name)
		}
		seen[c.Name] = true
		if err := w.checkContract(c); err != nil {
			return err
		}
	}
	return nil
}

func (w *Week) checkContract(c *Contract) error {
	days, slots := len(w.Demand), w.Slots()
	switch {
	case c.Agents < 0 || c.Agents > hugeDemand:
		return bad("contract %q: agents = %d", c.Name, c.Agents)
	case c.DaysPerWeek < 0 || c.DaysPerWeek > days:
		return bad("contract %q: days_per_week = %d in a week of %d days", c.Name, c.DaysPerWeek, days)
	case c.Span <= 0 || c.Span > days*slots:
		return bad("contract %q: span = %d slots", c.Name, c.Span)
	case c.StartStep <= 0:
		return bad("contract %q: start_step = %d: must be positive", c.Name, c.StartStep)
	case c.FirstStart < 0 || c.LastStart >= slots || c.FirstStart > c.LastStart:
		return bad("contract %q: starts from %d to %d do not fit a day of %d slots", c.Name, c.FirstStart, c.LastStart, slots)
	case c.DaysPerWeek > 1 && !w.restPossible(c):
		return bad("contract %q: %d shifts of %d slots with %d slots of rest between them do not fit a week of %d slots",
			c.Name, c.DaysPerWeek, c.Span, w.Rules.MinRest, days*slots)
	}
	end := 0
	for _, b := range c.Breaks {
		if b.Length < 0 || b.Earliest < 0 || b.Earliest > b.Latest || b.Latest+b.Length > c.Span {
			return bad("contract %q: break from %d to %d of length %d does not fit a span of %d", c.Name, b.Earliest, b.Latest, b.Length, c.Span)
		}
		end = max(end, b.Earliest) + b.Length
		if end-b.Length > b.Latest {
			return bad("contract %q: breaks overlap whatever their start", c.Name)
		}
	}
	return nil
}

// restPossible is a necessary condition: the shifts and their rests fit the week.
func (w *Week) restPossible(c *Contract) bool {
	return c.DaysPerWeek*(c.Span+w.Rules.MinRest) <= len(w.Demand)*w.Slots()
}

// Score judges a solution file.
func (w *Week) Score(r io.Reader) (Score, error) {
	var s WeekSolution
	if err := decodeSolution(r, &s, &s.Header, CallcentreWeek); err != nil {
		return Score{}, err
	}
	return w.ScoreSolution(&s), nil
}

// ScoreSolution counts cost = Σ over slots with demand of
// under·max(0, demand − cover) + over·max(0, cover − demand), where cover leaves
// out agents on a break, and checks every rule.
func (w *Week) ScoreSolution(s *WeekSolution) Score {
	out := Score{Violations: []rules.Violation{}}
	cover := make([]int, len(w.Demand)*w.Slots())
	rows := map[string]int{}
	for i := range s.Agents {
		a := &s.Agents[i]
		who := fmt.Sprintf("%s-%d", a.Contract, a.Agent)
		k := slices.IndexFunc(w.Contracts, func(c Contract) bool { return c.Name == a.Contract })
		if k < 0 || a.Agent < 1 || a.Agent > w.Contracts[k].Agents {
			out.broken(rules.Known, who, -1, "there is no such agent")
			continue
		}
		if rows[who]++; rows[who] == 2 {
			out.broken(rules.Complete, who, -1, "has more than one row")
		}
		w.scoreAgent(&out, &w.Contracts[k], a, cover)
	}
	for _, c := range w.Contracts {
		for n := 1; n <= c.Agents; n++ {
			if who := fmt.Sprintf("%s-%d", c.Name, n); rows[who] == 0 {
				out.broken(rules.Complete, who, -1, "has no row")
			}
		}
	}
	out.Cost = w.Price(cover)
	return out
}

// Price is the cost of a cover per slot of the week.
func (w *Week) Price(cover []int) int {
	cost := 0
	for t, have := range cover {
		want := w.Demand[t/w.Slots()][t%w.Slots()]
		if want == 0 {
			continue
		}
		cost += w.Weights.Under*max(0, want-have) + w.Weights.Over*max(0, have-want)
	}
	return cost
}

func (w *Week) scoreAgent(out *Score, c *Contract, a *WeekAgent, cover []int) {
	who := fmt.Sprintf("%s-%d", a.Contract, a.Agent)
	shifts := slices.Clone(a.Shifts)
	slices.SortStableFunc(shifts, func(x, y WeekShift) int { return cmp.Compare(x.Day, y.Day) })
	valid := shifts[:0]
	for _, sh := range shifts {
		if sh.Day < 0 || sh.Day >= len(w.Demand) || sh.Start < 0 || sh.Start >= w.Slots() {
			out.broken(rules.Known, who, sh.Day, "day %d, slot %d is not in the week", sh.Day, sh.Start)
			continue
		}
		w.scoreShift(out, c, who, sh, cover)
		valid = append(valid, sh)
	}
	if len(valid) != c.DaysPerWeek {
		out.broken(rules.DaysPerWeek, who, -1, "works %d shifts, the contract says %d", len(valid), c.DaysPerWeek)
	}
	if len(valid) == 0 {
		return
	}
	first, last := valid[0].Start, valid[0].Start
	for i, sh := range valid {
		first, last = min(first, sh.Start), max(last, sh.Start)
		w.scoreRest(out, c, who, valid, i)
	}
	if last-first > w.Rules.MaxStartSpread {
		out.broken(rules.StartSpread, who, -1, "starts between slot %d and %d: %d apart, allowed are %d", first, last, last-first, w.Rules.MaxStartSpread)
	}
}

// scoreRest looks at the rest between shift i and the next one round the week.
func (w *Week) scoreRest(out *Score, c *Contract, who string, shifts []WeekShift, i int) {
	next, wrap := shifts[(i+1)%len(shifts)], 0
	if i+1 == len(shifts) {
		wrap = len(w.Demand) * w.Slots()
	}
	if len(shifts) > 1 && wrap == 0 && next.Day == shifts[i].Day {
		out.broken(rules.OneShiftADay, who, next.Day, "works more than one shift on day %d", next.Day)
		return
	}
	end := shifts[i].Day*w.Slots() + shifts[i].Start + c.Span
	start := next.Day*w.Slots() + next.Start + wrap
	if start-end < w.Rules.MinRest {
		out.broken(rules.MinRest, who, next.Day, "rests %d slots before day %d, needs %d", start-end, next.Day, w.Rules.MinRest)
	}
}

func (w *Week) scoreShift(out *Score, c *Contract, who string, sh WeekShift, cover []int) {
	if sh.Start < c.FirstStart || sh.Start > c.LastStart || (sh.Start-c.FirstStart)%c.StartStep != 0 {
		out.broken(rules.StartWindow, who, sh.Day, "starts at slot %d, allowed are %d to %d in steps of %d", sh.Start, c.FirstStart, c.LastStart, c.StartStep)
	}
	working := make([]bool, c.Span)
	for i := range working {
		working[i] = true
	}
	if len(sh.Breaks) != len(c.Breaks) {
		out.broken(rules.BreakCount, who, sh.Day, "has %d breaks, the contract says %d", len(sh.Breaks), len(c.Breaks))
	}
	for k, at := range sh.Breaks {
		if k >= len(c.Breaks) {
			break
		}
		b := c.Breaks[k]
		if at < b.Earliest || at > b.Latest {
			out.broken(rules.BreakWindow, who, sh.Day, "break %d starts %d slots into the shift, allowed are %d to %d", k+1, at, b.Earliest, b.Latest)
		}
		for t := max(at, 0); t < min(at+b.Length, c.Span); t++ {
			if !working[t] {
				out.broken(rules.BreakOverlap, who, sh.Day, "break %d overlaps another", k+1)
				break
			}
			working[t] = false
		}
	}
	for t, on := range working {
		if on {
			cover[(sh.Day*w.Slots()+sh.Start+t)%len(cover)]++
		}
	}
}
