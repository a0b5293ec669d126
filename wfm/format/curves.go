package format

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/agner-platform/agner/wfm/rules"
)

// Curves is a chomp file: one or more demand curves, each planned for itself.
type Curves struct {
	Name string
	List []Curve
}

// Curve is a demand per day and hour to be covered by shifts of whole hours.
type Curve struct {
	Name      string  `json:"name"`
	Demand    [][]int `json:"demand"`
	MinLength int     `json:"min_length"` // hours
	MaxLength int     `json:"max_length"`
	Wrap      *bool   `json:"wrap"` // a shift may run past the last hour into the first; by default with 7 days
}

// CurvesSolution holds the shifts of every curve.
type CurvesSolution struct {
	Header
	Curves []CurveShifts `json:"curves"`
}

// CurveShifts is the plan of one curve.
type CurveShifts struct {
	Name       string       `json:"name"`
	TotalHours int          `json:"total_hours"`
	Bound      int          `json:"bound"` // no plan needs fewer hours
	Shifts     []CurveShift `json:"shifts"`
}

// CurveShift is a number of equal shifts.
type CurveShift struct {
	Day    int `json:"day"`
	Start  int `json:"start"` // hour of the day
	Length int `json:"length"`
	Count  int `json:"count"`
}

// Format is chomp.
func (*Curves) Format() string { return Chomp }

// Hours lines the demand up in one row.
func (c *Curve) Hours() []int { return slices.Concat(c.Demand...) }

// Wraps tells whether the horizon is a circle.
func (c *Curve) Wraps() bool {
	if c.Wrap != nil {
		return *c.Wrap
	}
	return len(c.Demand) == 7
}

// ReadCurves reads a chomp file: a list of curves or a single one.
func ReadCurves(name string, r io.Reader) (*Curves, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInstance, err)
	}
	out := &Curves{Name: name}
	if data = bytes.TrimSpace(data); len(data) > 0 && data[0] == '{' {
		data = slices.Concat([]byte("["), data, []byte("]"))
	}
	if len(data) == 0 {
		return nil, bad("the file is empty")
	}
	if err := json.Unmarshal(data, &out.List); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInstance, err)
	}
	if len(out.List) == 0 {
		return nil, bad("there is no curve in it")
	}
	seen := map[string]bool{}
	for i := range out.List {
		c := &out.List[i]
		if seen[c.Name] {
			return nil, bad("curve %q appears twice", c.Name)
		}
		seen[c.Name] = true
		if err := c.check(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (c *Curve) check() error {
	if len(c.Demand) == 0 || len(c.Demand[0]) == 0 {
		return bad("curve %q: demand is empty", c.Name)
	}
	for d, row := range c.Demand {
		if len(row) != len(c.Demand[0]) {
			return bad("curve %q: day %d has %d hours, day 0 has %d", c.Name, d, len(row), len(c.Demand[0]))
		}
		if i := slices.IndexFunc(row, func(v int) bool { return v < 0 || v > hugeDemand }); i >= 0 {
			return bad("curve %q: demand of day %d, hour %d is %d: must be between 0 and %d", c.Name, d, i, row[i], hugeDemand)
		}
	}
	if hours := len(c.Demand) * len(c.Demand[0]); c.MinLength < 1 || c.MaxLength < c.MinLength || c.MinLength > hours {
		return bad("curve %q: shifts of %d to %d hours do not fit %d hours", c.Name, c.MinLength, c.MaxLength, hours)
	}
	return nil
}

// Score judges a solution file.
func (c *Curves) Score(r io.Reader) (Score, error) {
	var s CurvesSolution
	if err := decodeSolution(r, &s, &s.Header, Chomp); err != nil {
		return Score{}, err
	}
	return c.ScoreSolution(&s), nil
}

// ScoreSolution counts the total shift hours and checks that every hour is
// covered in full by shifts of allowed lengths.
func (c *Curves) ScoreSolution(s *CurvesSolution) Score {
	out := Score{Violations: []rules.Violation{}}
	plans := map[string]*CurveShifts{}
	for i := range s.Curves {
		p := &s.Curves[i]
		if plans[p.Name] != nil {
			out.broken(rules.Complete, p.Name, -1, "has more than one plan")
		}
		plans[p.Name] = p
		if !slices.ContainsFunc(c.List, func(v Curve) bool { return v.Name == p.Name }) {
			out.broken(rules.Known, p.Name, -1, "there is no such curve")
		}
	}
	for i := range c.List {
		curve := &c.List[i]
		if plans[curve.Name] == nil {
			out.broken(rules.Complete, curve.Name, -1, "has no plan")
			continue
		}
		out.Cost += curve.score(&out, plans[curve.Name].Shifts)
	}
	return out
}

// score checks one plan and returns its hours.
func (c *Curve) score(out *Score, shifts []CurveShift) int {
	want, perDay, hours := c.Hours(), len(c.Demand[0]), 0
	cover := make([]int, len(want))
	for _, sh := range shifts {
		from := sh.Day*perDay + sh.Start
		if sh.Day < 0 || sh.Start < 0 || sh.Start >= perDay || from >= len(want) || sh.Count < 0 {
			out.broken(rules.Known, c.Name, sh.Day, "shift %+v is not in the horizon", sh)
			continue
		}
		if sh.Length < c.MinLength || sh.Length > c.MaxLength {
			out.broken(rules.ShiftLength, c.Name, sh.Day, "shift of %d hours at %d, allowed are %d to %d", sh.Length, sh.Start, c.MinLength, c.MaxLength)
		}
		if from+sh.Length > len(want) && !c.Wraps() {
			out.broken(rules.WithinHorizon, c.Name, sh.Day, "shift of %d hours at %d runs past the last hour", sh.Length, sh.Start)
		}
		hours += sh.Length * sh.Count
		for t := from; t < from+max(sh.Length, 0); t++ {
			if t < len(want) || c.Wraps() {
				cover[t%len(want)] += sh.Count
			}
		}
	}
	for t, have := range cover {
		if have < want[t] {
			out.broken(rules.Cover, c.Name, t/perDay, "hour %d has %d of %d", t%perDay, have, want[t])
		}
	}
	return hours
}
