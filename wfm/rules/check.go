package rules

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/agner-platform/agner/wfm/rules/axis"
)

// Finding is one broken rule of a schedule.
type Finding struct {
	Rule   string         `json:"rule"`
	Hard   bool           `json:"hard"`
	Cost   float64        `json:"cost,omitempty"` // of a soft rule
	Who    string         `json:"who,omitempty"`  // agent, by id
	Date   string         `json:"date,omitempty"`
	Text   string         `json:"text"`   // in English, with the figures
	Params map[string]any `json:"params"` // for the same sentence in other languages
}

// Costs are the parts of what a schedule costs.
type Costs struct {
	Wages    float64 `json:"wages"`
	Overtime float64 `json:"overtime"`
	Shifts   float64 `json:"shifts"`
	Under    float64 `json:"under"`
	Over     float64 `json:"over"`
	Soft     float64 `json:"soft"`
}

// Total is their sum.
func (c *Costs) Total() float64 { return c.Wages + c.Overtime + c.Shifts + c.Under + c.Over + c.Soft }

// Report is the verdict on the people's side of a schedule; what cover costs is
// for package coverage.
type Report struct {
	Findings []Finding `json:"findings"`
	Costs    Costs     `json:"costs"`
}

// Hard lists the broken hard rules.
func (r *Report) Hard() []Finding {
	return slices.DeleteFunc(slices.Clone(r.Findings), func(f Finding) bool { return !f.Hard })
}

// checker collects the findings of one schedule.
type checker struct {
	p    *Problem
	axis *axis.Axis
	rep  Report
}

// work is a shift with its place on the axis.
type work struct {
	s          *Shift
	a          *Agent
	day        int // of the horizon
	begin, end int // minutes of the axis
	clock      int // begin, minutes after local midnight
	paid       int // without extra hours, with what was given up
	extra      int // minutes beside the contract
	regular    []Block
	night      bool
	kind       *ShiftKind
	contract   *Contract
}

// Judge checks every rule about people: all but cover.
func (p *Problem) Judge(s *Schedule) *Report {
	c := &checker{p: p, axis: p.axis}
	people := c.sort(s)
	for i := range p.Agents {
		c.agent(&p.Agents[i], people[p.Agents[i].ID])
	}
	c.activities(people)
	c.quotas()
	slices.SortStableFunc(c.rep.Findings, func(a, b Finding) int {
		if a.Hard != b.Hard {
			return map[bool]int{true: -1, false: 1}[a.Hard]
		}
		return cmp.Compare(a.Date, b.Date)
	})
	return &c.rep
}

// JudgeAgent checks the rules of one person, for a change that touches nobody else.
func (p *Problem) JudgeAgent(id string, shifts []Shift) []Finding {
	c := &checker{p: p, axis: p.axis}
	people := c.sort(&Schedule{Shifts: shifts})
	if a := p.Agent(id); a != nil {
		c.agent(a, people[id])
	}
	return c.rep.Findings
}

// sort gives every agent their work in order.
func (c *checker) sort(s *Schedule) map[string][]work {
	people := map[string][]work{}
	agents := map[string]*Agent{}
	for i := range c.p.Agents {
		agents[c.p.Agents[i].ID] = &c.p.Agents[i]
	}
	for i := range s.Shifts {
		sh := &s.Shifts[i]
		a := agents[sh.Agent]
		if a == nil {
			c.found(Known, nil, sh.Date, "who", sh.Agent)
			continue
		}
		if len(sh.Blocks) == 0 {
			c.found(ShiftLength, a, sh.Date, "minutes", 0)
			continue
		}
		slices.SortFunc(sh.Blocks, func(x, y Block) int { return x.Start.Compare(y.Start) })
		w := work{s: sh, a: a, begin: c.axis.Minute(sh.Start()), end: c.axis.Minute(sh.End()), paid: sh.Paid()}
		given := 0
		w.extra, given = sh.extra()
		w.paid, w.regular = w.paid-w.extra+given, sh.regular()
		w.day = c.axis.DayOf(a.Site, w.begin)
		if w.day < 0 || w.day >= c.axis.Days() {
			c.found(Known, a, sh.Date, "who", a.Name)
			continue
		}
		w.clock = c.axis.Clock(a.Site, w.day, w.begin)
		w.night = Night(w.clock, w.clock+w.end-w.begin)
		if w.contract = c.p.Contract(sh.Contract); w.contract != nil {
			w.kind = w.contract.Shift(sh.Kind)
		}
		people[a.ID] = append(people[a.ID], w)
	}
	for _, list := range people {
		slices.SortFunc(list, func(x, y work) int { return cmp.Compare(x.begin, y.begin) })
	}
	return people
}

// found notes a broken rule. Pairs are the parameters of its sentence.
func (c *checker) found(rule string, a *Agent, date string, pairs ...any) {
	r, _ := Find(rule)
	f := Finding{Rule: rule, Hard: r.Hard, Date: date, Params: map[string]any{"day": date}}
	if a != nil {
		f.Who, f.Params["who"] = a.ID, a.Name
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		f.Params[pairs[i].(string)] = pairs[i+1]
	}
	weight := 1.0
	if s, ok := c.p.Rules[rule]; ok {
		if s.Hard != nil {
			f.Hard = *s.Hard
		}
		if s.Weight != nil {
			weight = *s.Weight
		}
	}
	if !f.Hard {
		f.Cost = weight * c.times(f.Params)
		c.rep.Costs.Soft += f.Cost
	}
	f.Text = Sentence(rule, f.Params)
	c.rep.Findings = append(c.rep.Findings, f)
}

// times is how often a finding counts.
func (c *checker) times(params map[string]any) float64 {
	if v, ok := params["times"].(float64); ok {
		return v
	}
	return 1
}

// Weight is the price of one break of a soft rule, 0 where it is hard.
func (p *Problem) Weight(rule string) float64 {
	if p.IsHard(rule) {
		return 0
	}
	if s, ok := p.Rules[rule]; ok && s.Weight != nil {
		return *s.Weight
	}
	return 1
}

// IsHard tells whether the rule may never be broken in this problem.
func (p *Problem) IsHard(rule string) bool {
	r, _ := Find(rule)
	if s, ok := p.Rules[rule]; ok && s.Hard != nil {
		return *s.Hard
	}
	return r.Hard
}

// Sentence fills the English sentence of a rule.
func Sentence(rule string, params map[string]any) string {
	text, ok := Sentences[rule]
	if !ok {
		r, _ := Find(rule)
		return r.Words
	}
	for _, name := range slices.Sorted(maps.Keys(params)) {
		text = strings.ReplaceAll(text, "{"+name+"}", fmt.Sprint(params[name]))
	}
	return text
}

// hours writes minutes as hours with at most two decimals.
func hours(minutes int) string {
	return strconv.FormatFloat(math.Round(float64(minutes)*100/60)/100, 'f', -1, 64)
}

// absent tells whether an agent is absent on a day, and the minutes counted for it.
func (a *Agent) absent(date string) (paid int, off bool) {
	for _, ab := range a.Absences {
		if ab.From <= date && date <= ab.To {
			return ab.Paid, true
		}
	}
	return 0, false
}

// Absent tells whether an agent is absent on a local date, and the paid minutes it counts.
func (a *Agent) Absent(date string) (paid int, off bool) { return a.absent(date) }

// Holiday tells whether the agent's site rests on a date.
func (p *Problem) Holiday(a *Agent, date string) bool {
	for _, s := range p.Sites {
		if s.ID == a.Site {
			return slices.Contains(s.Holidays, date)
		}
	}
	return false
}

// Fits tells whether clock minutes from begin to end of day d lie within one of the windows.
func Fits(list []Window, d time.Weekday, begin, end int) bool {
	if len(list) == 0 {
		return true
	}
	for _, w := range list {
		for _, back := range []int{0, 1} { // a window of yesterday may reach into today
			day := (int(d) - back + 7) % 7
			if !onWeekday(w.Weekdays, time.Weekday(day)) {
				continue
			}
			from, to := Clock(w.From)-1440*back, Clock(w.To)-1440*back
			if to <= from {
				to += 1440
			}
			if begin >= from && end <= to {
				return true
			}
		}
	}
	return false
}

// finest is the smallest step in which availability is looked at.
const finest = 5

// Reach tells whether every moment from begin to end, minutes after the midnight of
// a weekday, lies in one of the windows.
func Reach(list []Window, d time.Weekday, begin, end int) bool {
	if len(list) == 0 {
		return true
	}
	for m := begin; m < end; m += finest {
		day := (int(d) + m/1440) % 7
		if !Fits(list, time.Weekday(day), m%1440, min(m%1440+finest, m%1440+end-m)) {
			return false
		}
	}
	return true
}
