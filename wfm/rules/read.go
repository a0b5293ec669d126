package rules

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/agner-platform/agner/wfm/rules/axis"
)

// Limits of a problem.
const (
	maxDays  = 42
	maxLines = 6      // cover of every set of skills is counted, and there are 2^lines of them
	maxNeed  = 20_000 // agents in one slot
)

// Read reads a problem, JSON or YAML, and checks it.
func Read(r io.Reader) (*Problem, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrProblem, err)
	}
	data = bytes.TrimSpace(data)
	if len(data) == 0 {
		return nil, fmt.Errorf("%w: the file is empty", ErrProblem)
	}
	if data[0] != '{' {
		if data, err = yaml.YAMLToJSON(data); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrProblem, err)
		}
	}
	p := &Problem{}
	if err := strict(data, p); err != nil {
		return nil, err
	}
	return p, p.Check()
}

// strict decodes JSON and refuses fields that are not known: a misspelt rule must not be ignored.
func strict(data []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return fmt.Errorf("%w: %w", ErrProblem, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: something follows the end", ErrProblem)
	}
	return nil
}

// ReadSchedule reads a schedule.
func ReadSchedule(r io.Reader) (*Schedule, error) {
	s := &Schedule{}
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrProblem, err)
	}
	if err := strict(data, s); err != nil {
		return nil, err
	}
	if s.Format != Format {
		return nil, badField("format", s.Format, "want "+Format)
	}
	return s, nil
}

// Axis is the time axis of a problem that was checked.
func (p *Problem) Axis() *axis.Axis { return p.axis }

// Check fills in defaults and refuses what cannot be planned, naming field and value.
func (p *Problem) Check() error {
	if p.Format != Format {
		return badField("format", p.Format, "want "+Format)
	}
	if p.Slot == 0 {
		p.Slot = 15
	}
	if p.Slot < 5 || p.Slot > 60 || 60%p.Slot != 0 {
		return badField("slot_minutes", p.Slot, "want 5, 6, 10, 12, 15, 20, 30 or 60")
	}
	if p.Days < 1 || p.Days > maxDays {
		return badField("days", p.Days, fmt.Sprintf("want 1 to %d", maxDays))
	}
	if p.Prices.Steep == 0 {
		p.Prices.Steep = 1
	}
	if p.Prices.Under < 0 || p.Prices.Over < 0 || p.Prices.Steep < 1 {
		return badField("prices", p.Prices, "under and over may not be negative, steep not below 1")
	}
	var err error
	if p.axis, err = newAxis(p); err != nil {
		return err
	}
	for _, check := range []func(*Problem) error{checkLines, checkContracts, checkAgents, checkActivities, checkSettings} {
		if err := check(p); err != nil {
			return err
		}
	}
	return nil
}

func checkLines(p *Problem) error {
	if len(p.Lines) == 0 || len(p.Lines) > maxLines {
		return badField("lines", len(p.Lines), fmt.Sprintf("want 1 to %d requirements", maxLines))
	}
	seen := map[string]bool{}
	for i := range p.Lines {
		l, at := &p.Lines[i], fmt.Sprintf("lines[%d]", i)
		switch {
		case l.Skill == "":
			return badField(at+".skill", "", "is empty")
		case l.Site != "" && !slices.ContainsFunc(p.Sites, func(s Site) bool { return s.ID == l.Site }):
			return badField(at+".site", l.Site, "is no site of the problem")
		case len(l.Need) != p.axis.Slots:
			return badField(at+".need", len(l.Need), fmt.Sprintf("want one number for each of the %d slots", p.axis.Slots))
		case len(l.Load) != 0 && len(l.Load) != len(l.Need):
			return badField(at+".load", len(l.Load), "want none, or as many as need has")
		case l.Weight < 0:
			return badField(at+".weight", l.Weight, "may not be negative")
		}
		if l.ID == "" {
			l.ID = l.Skill
		}
		if seen[l.ID] {
			return badField(at+".id", l.ID, "is there twice")
		}
		seen[l.ID] = true
		if l.Weight == 0 {
			l.Weight = 1
		}
		for t, n := range l.Need {
			if n < 0 || n > maxNeed {
				return badField(fmt.Sprintf("%s.need[%d]", at, t), n, fmt.Sprintf("want 0 to %d", maxNeed))
			}
		}
	}
	return nil
}

func checkAgents(p *Problem) error {
	if len(p.Agents) == 0 {
		return badField("agents", 0, "there is nobody to plan")
	}
	seen := map[string]bool{}
	for i := range p.Agents {
		a, at := &p.Agents[i], fmt.Sprintf("agents[%d]", i)
		switch {
		case a.ID == "":
			return badField(at+".id", "", "is empty")
		case seen[a.ID]:
			return badField(at+".id", a.ID, "is there twice")
		case len(a.Contracts) == 0:
			return badField(at+".contracts", a.ID, "has none")
		case a.Site != "" && !slices.ContainsFunc(p.Sites, func(s Site) bool { return s.ID == a.Site }):
			return badField(at+".site", a.Site, "is no site of the problem")
		}
		seen[a.ID] = true
		if a.Name == "" {
			a.Name = a.ID
		}
		for _, c := range a.Contracts {
			if p.Contract(c) == nil {
				return badField(at+".contracts", c, "is no contract of the problem")
			}
		}
		if err := checkTimes(p, a, at); err != nil {
			return err
		}
	}
	return nil
}

// checkTimes checks an agent's windows, absences and memory.
func checkTimes(p *Problem, a *Agent, at string) error {
	for j, w := range a.Available {
		if err := checkWindow(fmt.Sprintf("%s.available[%d]", at, j), w); err != nil {
			return err
		}
	}
	for j := range a.Preference {
		w := &a.Preference[j]
		if w.Off && w.From == "" {
			w.From, w.To = "00:00", "24:00"
		}
		if w.Weight == 0 {
			w.Weight = 1
		}
		if err := checkWindow(fmt.Sprintf("%s.preferences[%d]", at, j), w.Window); err != nil {
			return err
		}
	}
	for j, ab := range a.Absences {
		field := fmt.Sprintf("%s.absences[%d]", at, j)
		from, err1 := time.Parse(time.DateOnly, ab.From)
		to, err2 := time.Parse(time.DateOnly, ab.To)
		if err1 != nil || err2 != nil || to.Before(from) {
			return badField(field, ab.From+" to "+ab.To, "want two dates in order")
		}
		for k, other := range a.Absences[:j] {
			if ab.From <= other.To && other.From <= ab.To {
				return badField(field, ab.From+" to "+ab.To, fmt.Sprintf("overlaps absences[%d]", k))
			}
		}
	}
	if a.Before.End != "" {
		if _, err := time.Parse(time.RFC3339, a.Before.End); err != nil {
			return badField(at+".before.end", a.Before.End, "want an RFC 3339 time")
		}
	}
	return nil
}

func checkWindow(field string, w Window) error {
	if _, ok := clock(w.From); !ok {
		return badField(field+".from", w.From, "want HH:MM")
	}
	if _, ok := clock(w.To); !ok {
		return badField(field+".to", w.To, "want HH:MM")
	}
	return checkWeekdays(field, w.Weekdays)
}

func checkWeekdays(field string, list []string) error {
	for _, d := range list {
		if !slices.Contains(weekdayNames, d) {
			return badField(field+".weekdays", d, "want mon, tue, wed, thu, fri, sat or sun")
		}
	}
	return nil
}

func checkActivities(p *Problem) error {
	for i, a := range p.Activities {
		at := fmt.Sprintf("activities[%d]", i)
		if a.Name == "" || a.Minutes <= 0 || a.Minutes%p.Slot != 0 {
			return badField(at, a.Name, "needs a name and a length in whole slots")
		}
		for _, id := range a.Agents {
			if !slices.ContainsFunc(p.Agents, func(x Agent) bool { return x.ID == id }) {
				return badField(at+".agents", id, "is nobody of the problem")
			}
		}
		for j, w := range a.Within {
			if err := checkWindow(fmt.Sprintf("%s.within[%d]", at, j), w); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkSettings(p *Problem) error {
	for name, s := range p.Rules {
		if _, ok := Find(name); !ok {
			return badField("rules", name, "is no rule; `agner schedule rules` lists them")
		}
		if s.Weight != nil && *s.Weight < 0 {
			return badField("rules."+name+".weight", *s.Weight, "may not be negative")
		}
	}
	return nil
}

// Contract returns the contract of that name, or nil.
func (p *Problem) Contract(name string) *Contract {
	for i := range p.Contracts {
		if p.Contracts[i].Name == name {
			return &p.Contracts[i]
		}
	}
	return nil
}

// Agent returns the agent of that id, or nil.
func (p *Problem) Agent(id string) *Agent {
	for i := range p.Agents {
		if p.Agents[i].ID == id {
			return &p.Agents[i]
		}
	}
	return nil
}
