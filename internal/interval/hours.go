package interval

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Window is one stretch of opening hours by wall clock, in minutes from the
// midnight of the date it begins on. To may lie past 24:00, on the next date.
type Window struct{ From, To int }

// ParseWindow reads "09:00-17:30". An end at or before the start is on the next
// day ("22:00-06:00"); "00:00-24:00" is a whole day.
func ParseWindow(s string) (Window, error) {
	from, to, ok := strings.Cut(s, "-")
	if !ok {
		return Window{}, fmt.Errorf("window %q: %w: use HH:MM-HH:MM", s, ErrHours)
	}
	w := Window{}
	var err error
	if w.From, err = parseClock(from); err == nil {
		w.To, err = parseClock(to)
	}
	if err == nil && w.From >= 24*60 {
		err = fmt.Errorf("the start must be before 24:00: %w", ErrHours)
	}
	if err != nil {
		return Window{}, fmt.Errorf("window %q: %w", s, err)
	}
	if w.To <= w.From {
		w.To += 24 * 60
	}
	return w, nil
}

// parseClock reads HH:MM from 00:00 to 24:00 as minutes.
func parseClock(s string) (int, error) {
	s = strings.TrimSpace(s)
	if len(s) == 5 && s[2] == ':' {
		h, errH := strconv.ParseUint(s[:2], 10, 8)
		m, errM := strconv.ParseUint(s[3:], 10, 8)
		if v := int(h*60 + m); errH == nil && errM == nil && m < 60 && v <= 24*60 {
			return v, nil
		}
	}
	return 0, fmt.Errorf("clock %q: %w: use HH:MM from 00:00 to 24:00", s, ErrHours)
}

// String returns the form ParseWindow reads.
func (w Window) String() string {
	to := w.To
	if to > 24*60 {
		to -= 24 * 60
	}
	return fmt.Sprintf("%02d:%02d-%02d:%02d", w.From/60, w.From%60, to/60, to%60)
}

// MarshalText gives the form of String.
func (w Window) MarshalText() ([]byte, error) { return []byte(w.String()), nil }

// UnmarshalText reads the form of ParseWindow.
func (w *Window) UnmarshalText(b []byte) error {
	v, err := ParseWindow(string(b))
	*w = v
	return err
}

// Hours are opening hours: windows for each day of the week, and dates that are
// different. A window belongs to the date it begins on, so an exception does not
// cut short a window that began the evening before.
//
// Clock times follow the wall clock: a window opens at the first instant its start
// is shown and closes at the last its end is shown; edges in a gap move behind it.
type Hours struct {
	Week   map[time.Weekday][]Window
	Except map[Date][]Window // holidays: no windows, or others than usual
}

// Always returns hours that never close.
func Always() *Hours {
	h := &Hours{Week: map[time.Weekday][]Window{}}
	for d := time.Sunday; d <= time.Saturday; d++ {
		h.Week[d] = []Window{{0, 24 * 60}}
	}
	return h
}

// ParseHours reads the text forms kept in set-up: weekdays ("mon") or ranges
// ("mon-fri") to windows, and exception dates to windows, empty meaning closed.
func ParseHours(week, except map[string][]string) (*Hours, error) {
	h := &Hours{Week: map[time.Weekday][]Window{}, Except: map[Date][]Window{}}
	for key, texts := range week {
		days, err := parseDays(key)
		if err != nil {
			return nil, err
		}
		windows, err := parseWindows(texts)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		for _, d := range days {
			if _, twice := h.Week[d]; twice {
				return nil, fmt.Errorf("%s: %w: %s is given twice", key, ErrHours, d)
			}
			h.Week[d] = windows
		}
	}
	for key, texts := range except {
		d, err := ReadDate(key)
		if err != nil {
			return nil, fmt.Errorf("exception: %w", err)
		}
		if h.Except[d], err = parseWindows(texts); err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
	}
	return h, nil
}

// parseDays reads "mon" or "mon-fri"; a range may run over Sunday.
func parseDays(s string) ([]time.Weekday, error) {
	a, b, isRange := strings.Cut(s, "-")
	first, err := ParseWeekday(a)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrHours, err)
	}
	days := []time.Weekday{first}
	if !isRange {
		return days, nil
	}
	last, err := ParseWeekday(b)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrHours, err)
	}
	for d := first; d != last; {
		d = (d + 1) % 7
		days = append(days, d)
	}
	return days, nil
}

func parseWindows(texts []string) ([]Window, error) {
	out := make([]Window, 0, len(texts))
	for _, t := range texts {
		w, err := ParseWindow(t)
		if err != nil {
			return nil, err
		}
		out = append(out, w)
	}
	slices.SortFunc(out, func(a, b Window) int { return a.From - b.From })
	for i := 1; i < len(out); i++ {
		if out[i].From < out[i-1].To {
			return nil, fmt.Errorf("windows %s and %s overlap: %w", out[i-1], out[i], ErrHours)
		}
	}
	return out, nil
}

// On returns the windows that begin on the date.
func (h *Hours) On(d Date) []Window {
	if w, ok := h.Except[d]; ok {
		return w
	}
	return h.Week[d.Weekday()]
}

// Open reports whether the instant is within opening hours.
func (h *Hours) Open(loc *time.Location, us int64) bool {
	return len(h.Spans(loc, Range{us, us + 1})) > 0
}

// Spans returns the open stretches within the range, in order, joined where they touch.
func (h *Hours) Spans(loc *time.Location, r Range) []Range {
	if r.To <= r.From {
		return nil
	}
	var out []Range
	// A window may reach into the next date, and a fold over midnight can show a
	// date once more, so the search begins two dates early.
	last := DateOf(loc, r.To-1).AddDays(1)
	for d := DateOf(loc, r.From).AddDays(-2); !last.Before(d); d = d.AddDays(1) {
		if len(h.On(d)) == 0 || !d.Exists(loc) {
			continue
		}
		for _, w := range h.On(d) {
			out = join(out, w.on(loc, d), r)
		}
	}
	return out
}

// on returns the instants of the window on a date.
func (w Window) on(loc *time.Location, d Date) Range {
	if w.To == 24*60 { // the end of a day is where the next one starts
		return Range{edge(loc, d, w.From, Earlier), d.AddDays(1).Start(loc)}
	}
	return Range{edge(loc, d, w.From, Earlier), edge(loc, d, w.To, Later)}
}

// edge returns the instant of a clock time on a date; in a gap, the gap's end.
func edge(loc *time.Location, d Date, minute int, rule Rule) int64 {
	local := Wall{Date: d, Minute: minute}.local()
	us, fold := resolve(loc, local, rule)
	if fold == Missing {
		us, _, _ = gap(loc, local)
	}
	return us
}

// join appends s, clipped to r, to ordered spans.
func join(spans []Range, s, r Range) []Range {
	s = Range{max(s.From, r.From), min(s.To, r.To)}
	if s.To <= s.From {
		return spans
	}
	if n := len(spans); n > 0 && s.From <= spans[n-1].To {
		spans[n-1].To = max(spans[n-1].To, s.To)
		return spans
	}
	return append(spans, s)
}

// OpenUs returns how much of the range is within opening hours.
func (h *Hours) OpenUs(loc *time.Location, r Range) int64 {
	sum := int64(0)
	for _, s := range h.Spans(loc, r) {
		sum += s.Us()
	}
	return sum
}

// searchDays bounds NextOpen: a year and a month of closed days in a row is
// closed for good.
const searchDays = 400

// NextOpen returns the first instant from us on that is within opening hours, or
// false if there is none within 400 days.
func (h *Hours) NextOpen(loc *time.Location, us int64) (int64, bool) {
	for n := int64(0); n < searchDays; n++ {
		day := Range{us + n*24*HourUs, us + (n+1)*24*HourUs}
		if spans := h.Spans(loc, day); len(spans) > 0 {
			return spans[0].From, true
		}
	}
	return 0, false
}

// NextClose returns the first instant after us that is outside opening hours:
// us itself if it is closed then, or false if it stays open for 400 days.
func (h *Hours) NextClose(loc *time.Location, us int64) (int64, bool) {
	for n := int64(0); n < searchDays; n++ {
		day := Range{us + n*24*HourUs, us + (n+1)*24*HourUs}
		spans := h.Spans(loc, day)
		if len(spans) == 0 || spans[0].From > day.From {
			return day.From, true
		}
		if spans[0].To < day.To {
			return spans[0].To, true
		}
	}
	return 0, false
}
