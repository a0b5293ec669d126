// Package adherence compares what was planned with what agents did.
//
//	adherence   = scheduled time in which the state adhered to the activity planned for
//	              that very moment / scheduled time
//	conformance = time worked, whenever / time scheduled for work
//
// Scheduled 9:00 to 10:00 and worked 9:15 to 10:15 gives 75 % and 100 %. A plan without
// time has neither. Forgiveness: a contact that began while work was planned may run
// over the boundary; exactly its overrun counts as adhering. Exceptions (a fire drill, a
// late meeting) lay another activity over the plan; both versions are judged.
//
// Pure functions over spans in microseconds; where they come from is the caller's.
package adherence

import (
	"cmp"
	"slices"
)

// Work is the activity of being on the phone.
const Work = "work"

// Span is planned: an activity from an instant to another.
type Span struct {
	From     int64  `json:"from"`
	To       int64  `json:"to"`
	Activity string `json:"activity"`
}

// Actual is what an agent did: a state from the switch and the contact it was for.
type Actual struct {
	From    int64  `json:"from"`
	To      int64  `json:"to"`
	State   string `json:"state"`
	Contact string `json:"contact,omitempty"`
}

// Catalogue says which states adhere to an activity; an activity that is missing is
// adhered to by the state of its own name.
type Catalogue map[string][]string

// Default is the catalogue where none was set up.
var Default = Catalogue{
	Work:       {"available", "reserved", "talking", "hold", "wrap_up"},
	"break":    {"break"},
	"meal":     {"meal", "break"},
	"meeting":  {"meeting", "training", "other"},
	"training": {"training", "meeting", "other"},
}

func (c Catalogue) adheres(activity, state string) bool {
	if list, ok := c[activity]; ok {
		return slices.Contains(list, state)
	}
	return activity == state
}

// busy states belong to a contact that must be finished.
var busy = []string{"reserved", "talking", "hold", "wrap_up"}

// Deviation is a stretch in which the state did not adhere.
type Deviation struct {
	From    int64  `json:"from"`
	To      int64  `json:"to"`
	Planned string `json:"planned"`
	Actual  string `json:"actual"` // offline where nothing is known
	Forgave bool   `json:"forgiven"`
}

// Result is the verdict on one agent's day. Shares are nil where nothing was scheduled.
type Result struct {
	Scheduled   int64       `json:"scheduled_us"`
	Adhered     int64       `json:"adhered_us"`
	Forgiven    int64       `json:"forgiven_us"`
	Worked      int64       `json:"worked_us"`
	Planned     int64       `json:"planned_work_us"`
	Raw         *float64    `json:"adherence"`
	Forgave     *float64    `json:"adherence_forgiven"`
	Conformance *float64    `json:"conformance"`
	Deviations  []Deviation `json:"deviations"`
}

// Judge compares a plan with what was done up to now; spans of each list do not overlap.
func Judge(plan []Span, done []Actual, c Catalogue, now int64) Result {
	plan, done = sorted(plan), slices.Clone(done)
	slices.SortFunc(done, func(a, b Actual) int { return cmp.Compare(a.From, b.From) })
	r := Result{Deviations: []Deviation{}}
	for _, s := range plan {
		to := min(s.To, now)
		if to <= s.From {
			continue
		}
		r.Scheduled += to - s.From
		if s.Activity == Work {
			r.Planned += to - s.From
		}
		over := overrun(plan, done, s)
		r.stretch(s, to, over, done, c)
	}
	for _, a := range done {
		if c.adheres(Work, a.State) {
			r.Worked += max(0, min(a.To, now)-a.From)
		}
	}
	r.Raw, r.Forgave = share(r.Adhered, r.Scheduled), share(r.Adhered+r.Forgiven, r.Scheduled)
	r.Conformance = share(r.Worked, r.Planned)
	return r
}

func sorted(plan []Span) []Span {
	plan = slices.Clone(plan)
	slices.SortFunc(plan, func(a, b Span) int { return cmp.Compare(a.From, b.From) })
	return plan
}

func share(part, whole int64) *float64 {
	if whole <= 0 {
		return nil
	}
	v := float64(part) / float64(whole)
	return &v
}

// overrun is until when a contact that began in work planned right before s keeps the
// agent; s.From where none does.
func overrun(plan []Span, done []Actual, s Span) int64 {
	if s.Activity == Work || !slices.ContainsFunc(plan, func(p Span) bool { return p.Activity == Work && p.To == s.From }) {
		return s.From
	}
	until := s.From
	contact := ""
	for _, a := range done {
		if !slices.Contains(busy, a.State) {
			continue
		}
		switch {
		case a.From < s.From && a.To > s.From:
			contact, until = a.Contact, a.To
		case until > s.From && a.From == until && a.Contact == contact:
			until = a.To
		}
	}
	return until
}

// stretch walks one planned span through what was done.
func (r *Result) stretch(s Span, to, over int64, done []Actual, c Catalogue) {
	at := s.From
	add := func(until int64, state string) {
		for at < until {
			end := until
			forgiven := at < over && slices.Contains(busy, state)
			if forgiven {
				end = min(end, over)
			}
			switch {
			case c.adheres(s.Activity, state):
				r.Adhered += end - at
			case forgiven:
				r.Forgiven += end - at
				r.deviate(Deviation{at, end, s.Activity, state, true})
			default:
				r.deviate(Deviation{at, end, s.Activity, state, false})
			}
			at = end
		}
	}
	for _, a := range done {
		if a.To <= at || a.From >= to {
			continue
		}
		if a.From > at {
			add(min(a.From, to), "offline")
		}
		add(min(a.To, to), a.State)
	}
	add(to, "offline")
}

// deviate joins what follows without a gap.
func (r *Result) deviate(d Deviation) {
	if n := len(r.Deviations); n > 0 {
		last := &r.Deviations[n-1]
		if last.To == d.From && last.Planned == d.Planned && last.Actual == d.Actual && last.Forgave == d.Forgave {
			last.To = d.To
			return
		}
	}
	r.Deviations = append(r.Deviations, d)
}

// Except lays exceptions over a plan. The plan itself is not changed; an exception
// counts only where something was planned.
func Except(plan, exceptions []Span) []Span {
	var out []Span
	for _, s := range sorted(plan) {
		at := s.From
		for _, e := range sorted(exceptions) {
			from, to := max(e.From, at), min(e.To, s.To)
			if to <= from {
				continue
			}
			if from > at {
				out = append(out, Span{at, from, s.Activity})
			}
			out = append(out, Span{from, to, e.Activity})
			at = to
		}
		if at < s.To {
			out = append(out, Span{at, s.To, s.Activity})
		}
	}
	return out
}

// Now is what is planned and done at an instant, and since when they disagree (0: they
// agree, or nothing is planned).
func Now(plan []Span, done []Actual, c Catalogue, now int64) (planned, actual string, since int64) {
	actual = "offline"
	for _, a := range done {
		if a.From <= now && (a.To > now || a.To == 0) {
			actual = a.State
		}
	}
	for _, s := range plan {
		if s.From <= now && now < s.To {
			planned = s.Activity
		}
	}
	if planned == "" || c.adheres(planned, actual) {
		return planned, actual, 0
	}
	r := Judge(plan, done, c, now)
	for _, d := range slices.Backward(r.Deviations) {
		if d.To == now && !d.Forgave {
			return planned, actual, d.From
		}
	}
	return planned, actual, 0
}
