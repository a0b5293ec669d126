package format

import (
	"fmt"
	"io"
	"slices"

	"github.com/agner-platform/agner/wfm/rules"
)

// Staffing is a curtois_qu problem. Day 0 is a Monday.
type Staffing struct {
	Name   string      `json:"-"`
	Days   int         `json:"nDays"`
	Shifts []ShiftType `json:"shifts"`
	Staff  []Employee  `json:"staffs"`
	Covers [][]Cover   `json:"covers"` // per day and shift type
}

// ShiftType is a kind of shift.
type ShiftType struct {
	ID        string   `json:"id"`
	Length    int      `json:"length"` // minutes
	Forbidden []string `json:"forbiddenFollowingShifts"`
}

// Employee is one person with contract and requests.
type Employee struct {
	ID             string    `json:"id"`
	MaxShifts      []int     `json:"maxShifts"` // per shift type
	MinMinutes     int       `json:"minTotalMinutes"`
	MaxMinutes     int       `json:"maxTotalMinutes"`
	MinConsecutive int       `json:"minConsecutiveShifts"`
	MaxConsecutive int       `json:"maxConsecutiveShifts"`
	MinDaysOff     int       `json:"minConsecutiveDaysOff"`
	MaxWeekends    int       `json:"maxWeekends"`
	DaysOff        []int     `json:"daysOff"`
	On             []Request `json:"onRequests"`
	Off            []Request `json:"offRequests"`
}

// Request asks for a shift on a day, or for not having it.
type Request struct {
	Day    int    `json:"day"`
	Shift  string `json:"shift"`
	Weight int    `json:"weight"`
}

// Cover is the wish for one shift type on one day.
type Cover struct {
	Requirement int `json:"requirement"`
	Under       int `json:"weightIfUnder"`
	Over        int `json:"weightIfOver"`
}

// StaffingSolution is a roster per employee: a shift type's id per day, "" is off.
type StaffingSolution struct {
	Header
	Rosters []StaffingRoster `json:"rosters"`
}

// StaffingRoster is one employee's row.
type StaffingRoster struct {
	ID     string   `json:"id"`
	Shifts []string `json:"shifts"`
}

// Format is curtois_qu.
func (*Staffing) Format() string { return CurtoisQu }

// ShiftIndex returns the number of a shift type, -1 when there is none.
func (s *Staffing) ShiftIndex(id string) int {
	return slices.IndexFunc(s.Shifts, func(t ShiftType) bool { return t.ID == id })
}

// ReadStaffing reads a curtois_qu problem.
func ReadStaffing(name string, r io.Reader) (*Staffing, error) {
	s := Staffing{Name: name}
	if err := decode(r, &s, ErrInstance); err != nil {
		return nil, err
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	return &s, nil
}

// maxDays keeps a wrong file from asking for all the memory there is.
const maxDays = 3660

func (s *Staffing) check() error {
	if s.Days <= 0 || s.Days > maxDays {
		return bad("nDays = %d: must be between 1 and %d", s.Days, maxDays)
	}
	if len(s.Shifts) == 0 {
		return bad("shifts is empty")
	}
	if len(s.Staff) == 0 {
		return bad("staffs is empty: nobody can be planned")
	}
	if err := s.checkShifts(); err != nil {
		return err
	}
	if len(s.Covers) != s.Days {
		return bad("covers has %d days, nDays is %d", len(s.Covers), s.Days)
	}
	for d, row := range s.Covers {
		if len(row) != len(s.Shifts) {
			return bad("covers of day %d has %d entries for %d shift types", d, len(row), len(s.Shifts))
		}
		if i := slices.IndexFunc(row, func(c Cover) bool {
			return c.Requirement < 0 || c.Requirement > hugeDemand || c.Under < 0 || c.Over < 0
		}); i >= 0 {
			return bad("covers of day %d, shift %q is %+v: may not be negative or above %d", d, s.Shifts[i].ID, row[i], hugeDemand)
		}
	}
	seen := map[string]bool{}
	for i := range s.Staff {
		e := &s.Staff[i]
		if seen[e.ID] {
			return bad("employee %q appears twice", e.ID)
		}
		seen[e.ID] = true
		if err := s.checkEmployee(e); err != nil {
			return err
		}
	}
	return nil
}

func (s *Staffing) checkShifts() error {
	for i, t := range s.Shifts {
		if t.ID == "" {
			return bad("shift type %d has no id", i)
		}
		if s.ShiftIndex(t.ID) != i {
			return bad("shift type %q appears twice", t.ID)
		}
		if t.Length <= 0 {
			return bad("shift type %q: length = %d minutes: must be positive", t.ID, t.Length)
		}
		for _, f := range t.Forbidden {
			if s.ShiftIndex(f) < 0 {
				return bad("shift type %q: forbidden following shift %q does not exist", t.ID, f)
			}
		}
	}
	return nil
}

func (s *Staffing) checkEmployee(e *Employee) error {
	switch {
	case len(e.MaxShifts) != len(s.Shifts):
		return bad("employee %q: maxShifts has %d entries for %d shift types", e.ID, len(e.MaxShifts), len(s.Shifts))
	case e.MinMinutes > e.MaxMinutes:
		return bad("employee %q: minTotalMinutes = %d is above maxTotalMinutes = %d", e.ID, e.MinMinutes, e.MaxMinutes)
	case e.MaxMinutes < 0:
		return bad("employee %q: maxTotalMinutes = %d", e.ID, e.MaxMinutes)
	case e.MaxConsecutive < 1 && e.MinMinutes > 0:
		return bad("employee %q: maxConsecutiveShifts = %d, but %d minutes must be worked", e.ID, e.MaxConsecutive, e.MinMinutes)
	case e.MinConsecutive > e.MaxConsecutive:
		return bad("employee %q: minConsecutiveShifts = %d is above maxConsecutiveShifts = %d", e.ID, e.MinConsecutive, e.MaxConsecutive)
	case e.MaxWeekends < 0:
		return bad("employee %q: maxWeekends = %d", e.ID, e.MaxWeekends)
	}
	for _, d := range e.DaysOff {
		if d < 0 || d >= s.Days {
			return bad("employee %q: day off %d is outside 0 to %d", e.ID, d, s.Days-1)
		}
	}
	for _, q := range slices.Concat(e.On, e.Off) {
		if q.Day < 0 || q.Day >= s.Days || s.ShiftIndex(q.Shift) < 0 || q.Weight < 0 {
			return bad("employee %q: request %+v does not fit the instance", e.ID, q)
		}
	}
	return nil
}

// Score judges a solution file.
func (s *Staffing) Score(r io.Reader) (Score, error) {
	var sol StaffingSolution
	if err := decodeSolution(r, &sol, &sol.Header, CurtoisQu); err != nil {
		return Score{}, err
	}
	return s.ScoreSolution(&sol), nil
}

// ScoreSolution counts cost = weights of shift-on requests not granted + weights
// of shift-off requests violated + for each day and shift type under·max(0,
// requirement − assigned) + over·max(0, assigned − requirement), and checks every
// rule.
func (s *Staffing) ScoreSolution(sol *StaffingSolution) Score {
	out := Score{Violations: []rules.Violation{}}
	assigned := make([][]int, s.Days)
	for d := range assigned {
		assigned[d] = make([]int, len(s.Shifts))
	}
	rows := make([]int, len(s.Staff))
	for _, row := range sol.Rosters {
		i := slices.IndexFunc(s.Staff, func(e Employee) bool { return e.ID == row.ID })
		if i < 0 {
			out.broken(rules.Known, row.ID, -1, "there is no such employee")
			continue
		}
		if rows[i]++; rows[i] > 1 {
			out.broken(rules.Complete, row.ID, -1, "has more than one row")
			continue
		}
		s.scoreRow(&out, &s.Staff[i], row.Shifts, assigned)
	}
	for i, n := range rows {
		if n == 0 {
			out.broken(rules.Complete, s.Staff[i].ID, -1, "has no row")
			s.scoreRow(&out, &s.Staff[i], make([]string, s.Days), assigned)
		}
	}
	for d, row := range assigned {
		for k, have := range row {
			c := s.Covers[d][k]
			out.Cost += c.Under*max(0, c.Requirement-have) + c.Over*max(0, have-c.Requirement)
		}
	}
	return out
}

// scoreRow checks one employee's row and adds it to the cover.
func (s *Staffing) scoreRow(out *Score, e *Employee, shifts []string, assigned [][]int) {
	if len(shifts) != s.Days {
		out.broken(rules.Complete, e.ID, -1, "has %d days of %d", len(shifts), s.Days)
	}
	work := make([]int, s.Days) // shift type per day, -1 off
	for d := range work {
		work[d] = -1
		if d >= len(shifts) || shifts[d] == "" {
			continue
		}
		if work[d] = s.ShiftIndex(shifts[d]); work[d] < 0 {
			out.broken(rules.Known, e.ID, d, "there is no shift type %q", shifts[d])
			continue
		}
		assigned[d][work[d]]++
	}
	for _, q := range e.On {
		if work[q.Day] != s.ShiftIndex(q.Shift) {
			out.Cost += q.Weight
		}
	}
	for _, q := range e.Off {
		if work[q.Day] == s.ShiftIndex(q.Shift) {
			out.Cost += q.Weight
		}
	}
	for _, d := range e.DaysOff {
		if work[d] >= 0 {
			out.broken(rules.DayOff, e.ID, d, "works on day %d, which is granted off", d)
		}
	}
	s.scoreTotals(out, e, work)
	s.scoreRuns(out, e, work)
}

func (s *Staffing) scoreTotals(out *Score, e *Employee, work []int) {
	minutes, weekends := 0, 0
	count := make([]int, len(s.Shifts))
	for d, k := range work {
		if d > 0 && k >= 0 && work[d-1] >= 0 && slices.Contains(s.Shifts[work[d-1]].Forbidden, s.Shifts[k].ID) {
			out.broken(rules.Succession, e.ID, d, "shift %s may not follow shift %s", s.Shifts[k].ID, s.Shifts[work[d-1]].ID)
		}
		if k >= 0 {
			minutes += s.Shifts[k].Length
			count[k]++
		}
		// A weekend counts if Saturday (day 5 of 7) or Sunday is worked.
		if k >= 0 && (d%7 == 5 || d%7 == 6 && (d == 0 || work[d-1] < 0)) {
			weekends++
		}
	}
	if minutes < e.MinMinutes {
		out.broken(rules.MinMinutes, e.ID, -1, "works %d minutes, at least %d are agreed", minutes, e.MinMinutes)
	}
	if minutes > e.MaxMinutes {
		out.broken(rules.MaxMinutes, e.ID, -1, "works %d minutes, at most %d are agreed", minutes, e.MaxMinutes)
	}
	if weekends > e.MaxWeekends {
		out.broken(rules.MaxWeekends, e.ID, -1, "works on %d weekends, at most %d are agreed", weekends, e.MaxWeekends)
	}
	for k, n := range count {
		if n > e.MaxShifts[k] {
			out.broken(rules.MaxShiftsOfType, e.ID, -1, "works %d shifts of type %s, at most %d are agreed", n, s.Shifts[k].ID, e.MaxShifts[k])
		}
	}
}

// scoreRuns checks the lengths of runs of work and of days off. The minimum of a
// run that touches the first or last day is not checked.
func (s *Staffing) scoreRuns(out *Score, e *Employee, work []int) {
	for from := 0; from < len(work); {
		to := from
		for to < len(work) && (work[to] >= 0) == (work[from] >= 0) {
			to++
		}
		n, inside := to-from, from > 0 && to < len(work)
		switch {
		case work[from] >= 0 && n > e.MaxConsecutive:
			out.broken(rules.MaxConsecutive, e.ID, from, "works %d days in a row, at most %d are agreed", n, e.MaxConsecutive)
		case work[from] >= 0 && inside && n < e.MinConsecutive:
			out.broken(rules.MinConsecutive, e.ID, from, "works %d days in a row, at least %d are agreed", n, e.MinConsecutive)
		case work[from] < 0 && inside && n < e.MinDaysOff:
			out.broken(rules.MinDaysOff, e.ID, from, "has %d days off in a row, at least %d are agreed", n, e.MinDaysOff)
		}
		from = to
	}
}

// String names the instance in messages.
func (s *Staffing) String() string {
	return fmt.Sprintf("%s: %d days, %d employees, %d shift types", s.Name, s.Days, len(s.Staff), len(s.Shifts))
}
