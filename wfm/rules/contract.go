package rules

import (
	"fmt"
	"slices"
	"time"
)

// Defaults of contracts, from the Working Time Directive 2003/88/EC, articles 3 and 5.
const (
	defaultRest = 11 * 60 // minutes between shifts
	defaultRun  = 6       // days in a row
)

// Bounds of short blocks.
const (
	microShortest = 30
	microLongest  = 180
)

func checkContracts(p *Problem) error {
	if len(p.Contracts) == 0 {
		return badField("contracts", 0, "there are none")
	}
	for i := range p.Contracts {
		c, at := &p.Contracts[i], fmt.Sprintf("contracts[%d]", i)
		if c.Name == "" || p.Contract(c.Name) != c {
			return badField(at+".name", c.Name, "is empty or there twice")
		}
		if err := checkContract(p, c, at); err != nil {
			return err
		}
		for j := range c.Shifts {
			if err := checkShift(p, c, &c.Shifts[j], fmt.Sprintf("%s.shifts[%d]", at, j)); err != nil {
				return err
			}
		}
		if err := checkKind(p, c, at); err != nil {
			return err
		}
	}
	return nil
}

func checkContract(p *Problem, c *Contract, at string) error {
	if c.MinRest == 0 {
		c.MinRest = defaultRest
	}
	if c.MaxRun == 0 {
		c.MaxRun = defaultRun
	}
	switch {
	case !slices.Contains(kinds, c.Kind):
		return badField(at+".kind", c.Kind, fmt.Sprintf("want one of %v", kinds))
	case len(c.Shifts) == 0:
		return badField(at+".shifts", 0, "there are none")
	case c.MinRest < 0 || c.MaxRun < 1 || c.OffTogether < 0 || c.OffTogether > 6 || c.Wage < 0 || c.ShiftPrice < 0:
		return badField(at, c.Name, "min_rest, wage and shift_price may not be negative, max_run not below 1, off_together is 0 to 6")
	case c.Overtime.Minutes < 0 || c.Overtime.Price < 0 || c.TimeOff.Minutes < 0 || c.TimeOff.Price < 0:
		return badField(at+".overtime", c.Overtime, "may not be negative")
	}
	for name, b := range map[string]Band{"week_minutes": c.WeekMinutes, "week_days": c.WeekDays} {
		if b.Min < 0 || b.Max < 0 || b.Max > 0 && b.Min > b.Max {
			return badField(at+"."+name, b, "min is above max, or negative")
		}
	}
	if c.WeekDays.Max == 0 || c.WeekDays.Max > 7 {
		c.WeekDays.Max = 7
	}
	return nil
}

func checkShift(p *Problem, c *Contract, s *ShiftKind, at string) error {
	if s.To == "" {
		s.To = s.From
	}
	if s.Step == 0 {
		s.Step = p.Slot
	}
	from, ok1 := clock(s.From)
	to, ok2 := clock(s.To)
	switch {
	case s.Name == "":
		return badField(at+".name", "", "is empty")
	case !ok1 || !ok2 || to < from:
		return badField(at+".from", s.From+" to "+s.To, "want two times HH:MM in order")
	case from%p.Slot != 0 || to%p.Slot != 0 || s.Step <= 0 || s.Step%p.Slot != 0:
		return badField(at+".step", s.Step, "starts and step must lie on the grid of slots")
	}
	if err := checkWeekdays(at, s.Weekdays); err != nil {
		return err
	}
	lengths := slices.Clone(s.Lengths)
	for day, l := range s.Length {
		if err := checkWeekdays(at+".length", []string{day}); err != nil {
			return err
		}
		lengths = append(lengths, l)
	}
	if len(lengths) == 0 {
		return badField(at+".lengths", 0, "there are none")
	}
	for _, l := range lengths {
		if l <= 0 || l > 16*60 || l%p.Slot != 0 {
			return badField(at+".lengths", l, "want whole slots, at most 16 hours")
		}
		if err := checkBreaks(p, s, l, at); err != nil {
			return err
		}
	}
	if s.Second != nil {
		for _, l := range s.Second.Lengths {
			if l <= 0 || l%p.Slot != 0 {
				return badField(at+".second.lengths", l, "want whole slots")
			}
		}
		if len(s.Second.Lengths) == 0 || s.Second.GapMin < p.Slot || s.Second.GapMax < s.Second.GapMin || s.Second.GapMin%p.Slot != 0 {
			return badField(at+".second", s.Second, "want lengths and a gap of whole slots, gap_min up to gap_max")
		}
	}
	return nil
}

// checkBreaks checks the breaks of a shift of one length.
func checkBreaks(p *Problem, s *ShiftKind, length int, at string) error {
	sum := 0
	for j, b := range s.Breaks {
		field := fmt.Sprintf("%s.breaks[%d]", at, j)
		if b.Minutes <= 0 || b.Minutes%p.Slot != 0 || b.Earliest%p.Slot != 0 || b.Earliest < 0 || b.Latest < b.Earliest {
			return badField(field, b.Name, "length and window must be whole slots in order")
		}
		if length <= b.Over {
			continue
		}
		if b.Latest+b.Minutes > length {
			return badField(field+".latest", b.Latest, fmt.Sprintf("the break would end after a shift of %d minutes; `over` limits it to longer ones", length))
		}
		sum += b.Minutes
	}
	for _, l := range p.Legal {
		if length > l.Over && sum < l.Minutes {
			return badField(at+".breaks", sum, fmt.Sprintf("a shift of %d minutes needs %d minutes of breaks by law (over %d)", length, l.Minutes, l.Over))
		}
	}
	return nil
}

// checkKind checks what only one kind of contract has.
func checkKind(p *Problem, c *Contract, at string) error {
	for j := range c.Shifts {
		s, field := &c.Shifts[j], fmt.Sprintf("%s.shifts[%d]", at, j)
		switch {
		case c.Kind == Fixed && s.To != s.From:
			return badField(field+".to", s.To, "a fixed shift has one start")
		case (c.Kind == Split) != (s.Second != nil):
			return badField(field+".second", c.Kind, "split shifts, and only they, have a second block")
		case (c.Kind == Micro) != (s.Micro != nil):
			return badField(field+".micro", c.Kind, "micro contracts, and only they, say how many blocks a day")
		case (c.Kind == Tilted) != (len(s.Length) > 0):
			return badField(field+".length", c.Kind, "tilted contracts, and only they, have a length per weekday")
		}
		if s.Micro != nil {
			if len(s.Breaks) > 0 {
				return badField(field+".breaks", len(s.Breaks), "micro blocks have no breaks; the gap is one")
			}
			if s.Micro.Most < 1 || s.Micro.Most > 4 || s.Micro.Minutes < microShortest || s.Micro.GapMin < p.Slot {
				return badField(field+".micro", s.Micro, "want 1 to 4 blocks, a daily cap and a gap of at least a slot")
			}
			for _, l := range s.Lengths {
				if l < microShortest || l > microLongest {
					return badField(field+".lengths", l, "a micro block lasts 30 minutes to 3 hours")
				}
			}
		}
	}
	switch {
	case c.Kind == PartTime && c.WeekMinutes.Max == 0:
		return badField(at+".week_minutes", c.WeekMinutes, "part time needs a band of minutes a week")
	case c.Kind == Tilted:
		return checkTilt(c, at)
	case c.Kind == Rotating:
		return checkPattern(c, at)
	}
	return nil
}

// checkTilt holds the lengths of a falling week against the contract's minutes.
func checkTilt(c *Contract, at string) error {
	for j := range c.Shifts {
		s, sum := &c.Shifts[j], 0
		for _, l := range s.Length {
			sum += l - s.unpaid(l)
		}
		if len(s.Length) > c.WeekDays.Max {
			return badField(fmt.Sprintf("%s.shifts[%d].length", at, j), len(s.Length), "has more days than week_days allows")
		}
		if sum < c.WeekMinutes.Min || c.WeekMinutes.Max > 0 && sum > c.WeekMinutes.Max {
			return badField(fmt.Sprintf("%s.shifts[%d].length", at, j), sum,
				fmt.Sprintf("paid minutes of the week do not fit week_minutes %d to %d", c.WeekMinutes.Min, c.WeekMinutes.Max))
		}
	}
	return nil
}

func checkPattern(c *Contract, at string) error {
	if len(c.Pattern) == 0 {
		return badField(at+".pattern", 0, "a rotating contract has a pattern of weeks")
	}
	for w, week := range c.Pattern {
		if len(week) != 7 {
			return badField(fmt.Sprintf("%s.pattern[%d]", at, w), len(week), "want seven days")
		}
		for _, name := range week {
			if name != "" && c.Shift(name) == nil {
				return badField(fmt.Sprintf("%s.pattern[%d]", at, w), name, "is no shift of the contract")
			}
		}
	}
	return nil
}

// Shift returns the shift kind of that name, or nil.
func (c *Contract) Shift(name string) *ShiftKind {
	for i := range c.Shifts {
		if c.Shifts[i].Name == name {
			return &c.Shifts[i]
		}
	}
	return nil
}

// unpaid is the unpaid break minutes of a first block of a length.
func (s *ShiftKind) unpaid(length int) int {
	sum := 0
	for _, b := range s.Breaks {
		if !b.Paid && length > b.Over {
			sum += b.Minutes
		}
	}
	return sum
}

// PaidMinutes is what a first block of a length counts.
func (s *ShiftKind) PaidMinutes(length int) int { return length - s.unpaid(length) }

// LengthsOn lists the lengths of first blocks that a weekday allows.
func (s *ShiftKind) LengthsOn(d time.Weekday) []int {
	if !onWeekday(s.Weekdays, d) {
		return nil
	}
	if len(s.Length) > 0 {
		if l := s.Length[weekdayName(d)]; l > 0 {
			return []int{l}
		}
		return nil
	}
	return s.Lengths
}

// Asked is the shift kind a rotating pattern asks of an agent on day d of the
// horizon: nil for a day off. Other kinds of contracts ask for nothing.
func (c *Contract) Asked(phase, d int) (kind *ShiftKind, asks bool) {
	if c.Kind != Rotating {
		return nil, false
	}
	week := c.Pattern[(phase+d/7)%len(c.Pattern)]
	return c.Shift(week[d%7]), true
}

// Night tells whether work from begin to end, minutes of local clock after the
// midnight of its day, holds three hours of the night (00:00 to 05:00), as
// Directive 2003/88/EC, article 2, counts night workers.
func Night(begin, end int) bool {
	hours := 0
	for _, midnight := range []int{0, 1440} {
		hours += max(0, min(end, midnight+300)-max(begin, midnight))
	}
	return hours >= 180
}
