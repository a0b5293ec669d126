package calendar

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/agner-platform/agner/internal/interval"
)

// Kind is what sort of special day it is.
type Kind string

// The kinds of special days.
const (
	Holiday Kind = "holiday"
	Half    Kind = "half"
	Event   Kind = "event"
)

// ErrKind is matched by the error for a kind or like-day that is not known.
var ErrKind = errors.New("unknown kind of day")

// Day is one special day.
type Day struct {
	Date interval.Date `json:"date"`
	Name string        `json:"name"`
	Kind Kind          `json:"kind"`
	Like *time.Weekday `json:"like,omitempty"` // nil: the calendar's custom
}

// Mark is what the calendar says about a date. The zero Mark is a plain day.
type Mark struct {
	Kind   Kind   // empty on plain days
	Name   string // of the special day, or of the holiday it is the eve of or the day after
	Eve    bool
	After  bool
	Bridge bool
	Like   time.Weekday // the weekday whose pattern the date follows
}

// Special reports whether the date differs from a plain day in any way.
func (m Mark) Special() bool { return m.Kind != "" || m.Eve || m.After || m.Bridge }

// Off reports whether most people are off.
func (m Mark) Off() bool { return m.Kind == Holiday }

// Calendar answers for dates. A nil Calendar knows only plain days.
type Calendar struct {
	days   map[interval.Date]Day
	custom custom
}

// custom is how a country treats its days.
type custom struct {
	rest    []time.Weekday // the weekend
	holiday *time.Weekday  // like-day of a holiday
	eve     *time.Weekday  // like-day of the day before a holiday
}

// New returns a calendar of the given days on top of a base, which may be nil.
// Later days replace earlier ones of the same date.
func New(base *Calendar, days []Day) *Calendar {
	c := &Calendar{days: map[interval.Date]Day{}, custom: western}
	if base != nil {
		c.custom = base.custom
		for k, v := range base.days {
			c.days[k] = v
		}
	}
	for _, d := range days {
		c.days[d.Date] = d
	}
	return c
}

// Days returns the special days in order.
func (c *Calendar) Days() []Day {
	if c == nil {
		return nil
	}
	out := make([]Day, 0, len(c.days))
	for _, d := range c.days {
		out = append(out, d)
	}
	slices.SortFunc(out, func(a, b Day) int { return -a.Date.DaysUntil(b.Date) })
	return out
}

// Mark returns what the calendar says about a date.
func (c *Calendar) Mark(d interval.Date) Mark {
	m := Mark{Like: d.Weekday()}
	if c == nil {
		return m
	}
	if day, ok := c.days[d]; ok {
		m.Kind, m.Name = day.Kind, day.Name
		switch {
		case day.Like != nil:
			m.Like = *day.Like
		case day.Kind == Holiday && c.custom.holiday != nil:
			m.Like = *c.custom.holiday
		}
	}
	if m.Kind == Holiday {
		return m
	}
	c.around(d, &m)
	return m
}

// around fills in eve, after and bridge of a day that is not a holiday.
func (c *Calendar) around(d interval.Date, m *Mark) {
	next, before := d.AddDays(1), d.AddDays(-1)
	if h, ok := c.days[next]; ok && h.Kind == Holiday {
		m.Eve = true
		m.name(h.Name)
		if like := c.custom.eve; like != nil && m.Kind == "" {
			m.Like = *like
		}
	}
	if c.rest(d) {
		return
	}
	// The first working day after a holiday may lie behind a weekend.
	for k := 1; k <= 4; k++ {
		p := d.AddDays(-k)
		if h, ok := c.days[p]; ok && h.Kind == Holiday {
			m.After = true
			m.name(h.Name)
			break
		}
		if !c.rest(p) {
			break
		}
	}
	offBefore, offNext := c.off(before), c.off(next)
	holidayBefore, holidayNext := c.holiday(before), c.holiday(next)
	m.Bridge = offBefore && offNext && (holidayBefore || holidayNext)
}

func (m *Mark) name(n string) {
	if m.Name == "" {
		m.Name = n
	}
}

func (c *Calendar) holiday(d interval.Date) bool { return c.days[d].Kind == Holiday }
func (c *Calendar) rest(d interval.Date) bool    { return slices.Contains(c.custom.rest, d.Weekday()) }
func (c *Calendar) off(d interval.Date) bool     { return c.rest(d) || c.holiday(d) }

// ReadList reads a CSV file with the columns date, name and kind (holiday, half or
// event; empty means holiday) and, optionally, like (an English weekday).
func ReadList(r io.Reader) ([]Day, error) {
	c := csv.NewReader(r)
	c.FieldsPerRecord = -1
	c.TrimLeadingSpace = true
	header, err := c.Read()
	if err != nil {
		return nil, fmt.Errorf("holiday list: read the header: %w", err)
	}
	at := map[string]int{"kind": -1, "like": -1, "date": -1, "name": -1}
	for i, h := range header {
		at[strings.ToLower(strings.TrimSpace(strings.TrimPrefix(h, "\ufeff")))] = i
	}
	if at["date"] < 0 {
		return nil, fmt.Errorf("holiday list: column \"date\" is missing; the header has %s", strings.Join(header, ", "))
	}
	var days []Day
	for {
		rec, err := c.Read()
		if errors.Is(err, io.EOF) {
			return days, nil
		}
		if err != nil {
			return nil, fmt.Errorf("holiday list: %w", err)
		}
		d, err := readDay(rec, at)
		if err != nil {
			line, _ := c.FieldPos(0)
			return nil, fmt.Errorf("holiday list: line %d: %w", line, err)
		}
		days = append(days, d)
	}
}

func readDay(rec []string, at map[string]int) (Day, error) {
	field := func(name string) string {
		if i := at[name]; i >= 0 && i < len(rec) {
			return strings.TrimSpace(rec[i])
		}
		return ""
	}
	date, err := interval.ReadDate(field("date"))
	if err != nil {
		return Day{}, err
	}
	d := Day{Date: date, Name: field("name"), Kind: Kind(strings.ToLower(field("kind")))}
	switch d.Kind {
	case "":
		d.Kind = Holiday
	case Holiday, Half, Event:
	default:
		return Day{}, fmt.Errorf("kind %q: %w: use holiday, half or event", d.Kind, ErrKind)
	}
	if like := field("like"); like != "" {
		w, err := interval.ParseWeekday(like)
		if err != nil {
			return Day{}, fmt.Errorf("like: %w", err)
		}
		d.Like = &w
	}
	return d, nil
}
