package series

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/agner-platform/agner/internal/interval"
)

// Options say how to read a file.
type Options struct {
	Time    string            // column of the slot's start
	Value   string            // column of the count
	Minutes int               // slot length wanted
	Zone    *time.Location    // for times with an offset, and to find clock changes; nil: plain wall clock
	Where   map[string]string // keep only rows whose columns have these texts
	Missing string            // column that is true (1, true, yes) where the value is not to be believed; may be empty
}

// MaxValue is the largest count of one row that is believed: more is a broken
// export, not a busy day.
const MaxValue = 1e9

// Note is one thing reading did that the reader of the result should know.
type Note struct {
	What  string `json:"what"`
	Count int    `json:"count,omitempty"`
	Line  int    `json:"line,omitempty"` // first line concerned
}

// String returns the note as a sentence.
func (n Note) String() string {
	switch {
	case n.Line > 0:
		return fmt.Sprintf("%s: %d, first at line %d", n.What, n.Count, n.Line)
	case n.Count > 0:
		return fmt.Sprintf("%s: %d", n.What, n.Count)
	}
	return n.What
}

// Notes is what reading did.
type Notes []Note

func (n *Notes) add(what string, line int) {
	for i := range *n {
		if (*n)[i].What == what {
			(*n)[i].Count++
			return
		}
	}
	*n = append(*n, Note{What: what, Count: 1, Line: line})
}

// row is one line of the file: minutes of the wall clock since the epoch's date.
type row struct {
	minute int
	value  float64
	ok     bool // the value may be used
	fold   bool // the clock shows this time twice
	line   int
}

// Read reads a CSV file with a header row into a series. It fails on a missing
// column, unreadable times, intervals that do not fit, and files that mix several
// series; values that cannot be counts (negative, not a number, absurd) are taken
// as missing and noted.
func Read(r io.Reader, o Options) (*Series, Notes, error) {
	rows, notes, err := readRows(r, o)
	if err != nil {
		return nil, notes, err
	}
	if rows, err = merge(rows, &notes); err != nil {
		return nil, notes, err
	}
	step := nativeStep(rows, o.Minutes)
	if step > o.Minutes || o.Minutes%step != 0 {
		return nil, notes, fmt.Errorf("rows are %d minutes apart, slots of %d minutes are asked for: %w", step, o.Minutes, ErrStep)
	}
	first := rows[0].minute / minutesOfDay
	days := rows[len(rows)-1].minute/minutesOfDay - first + 1
	s, err := New(epoch.AddDays(first), days, o.Minutes)
	if err != nil {
		return nil, notes, err
	}
	b := bins{s: s, rows: rows, first: first, step: step, zone: o.Zone, notes: &notes}
	b.fill()
	return s, notes, nil
}

// epoch is the date minutes are counted from.
var epoch = interval.Date{Year: 1900, Month: time.January, Day: 1}

func readRows(r io.Reader, o Options) ([]row, Notes, error) {
	var notes Notes
	in := bufio.NewReader(r)
	comma := separator(in)
	c := csv.NewReader(in)
	c.Comma = comma
	c.FieldsPerRecord = -1
	c.ReuseRecord = true
	header, err := c.Read()
	if errors.Is(err, io.EOF) {
		return nil, nil, fmt.Errorf("read the header: %w: the file is empty", err)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read the header: %w", err)
	}
	cols, err := columnsOf(header, o)
	if err != nil {
		return nil, nil, err
	}
	cols.decimal = comma != ','
	var rows []row
	for {
		rec, err := c.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, notes, err
		}
		line, _ := c.FieldPos(0)
		if len(rec) <= cols.last {
			notes.add("lines with too few columns, left out", line)
			continue
		}
		if !cols.wanted(rec) {
			continue
		}
		one, err := cols.row(rec, line, o.Zone, o.Minutes)
		if err != nil {
			return nil, notes, fmt.Errorf("line %d: column %s: %w", line, o.Time, err)
		}
		if why := cols.check(rec, &one); why != "" {
			notes.add(why, line)
		}
		rows = append(rows, one)
	}
	if len(rows) == 0 {
		return nil, notes, ErrEmpty
	}
	return rows, notes, nil
}

// sniffed is how far into a file the separator of its columns is looked for.
const sniffed = 4096

// separator finds what separates the columns of the header row: whichever of comma, semicolon and tab it has most of.
func separator(r *bufio.Reader) rune {
	head, _ := r.Peek(sniffed) // fewer bytes are a short file
	line, _, _ := bytes.Cut(head, []byte("\n"))
	best, most := ',', 0
	for _, c := range ",;\t" {
		if n := bytes.Count(line, []byte(string(c))); n > most {
			best, most = c, n
		}
	}
	return best
}

// columns are the places of the columns wanted.
type columns struct {
	decimal                    bool // a comma in a number is a decimal point
	time, value, missing, last int
	where                      map[int]string
}

func columnsOf(header []string, o Options) (columns, error) {
	names := make([]string, len(header))
	for i, h := range header {
		names[i] = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(h, "\ufeff")))
	}
	var lacking []string
	find := func(name string) int {
		i := slices.Index(names, strings.ToLower(name))
		if i < 0 {
			lacking = append(lacking, strconv.Quote(name))
		}
		return i
	}
	c := columns{time: find(o.Time), value: find(o.Value), missing: -1, where: map[int]string{}}
	if o.Missing != "" {
		c.missing = find(o.Missing)
	}
	c.last = max(c.time, c.value, c.missing)
	for name, want := range o.Where {
		i := find(name)
		c.where[i] = want
		c.last = max(c.last, i)
	}
	if lacking != nil {
		return c, fmt.Errorf("%w: %s; the header has %s", ErrColumn, strings.Join(lacking, ", "), strings.Join(names, ", "))
	}
	return c, nil
}

func (c columns) wanted(rec []string) bool {
	for i, want := range c.where {
		if rec[i] != want {
			return false
		}
	}
	return true
}

func (c columns) row(rec []string, line int, zone *time.Location, minutes int) (row, error) {
	text := strings.TrimSpace(rec[c.time])
	if n, err := strconv.Atoi(text); err == nil {
		// A plain number counts slots from a Monday; the first is 0 or 1.
		return row{minute: n * minutes, line: line}, nil
	}
	m, fold, err := wallMinute(text, zone)
	return row{minute: m, fold: fold, line: line}, err
}

// check reads the value and says why it is not used, if it is not.
func (c columns) check(rec []string, r *row) string {
	text := strings.TrimSpace(rec[c.value])
	if text == "" {
		return "empty values, taken as missing"
	}
	if c.decimal && strings.Count(text, ",") == 1 && !strings.Contains(text, ".") {
		text = strings.Replace(text, ",", ".", 1)
	}
	v, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil || math.IsNaN(v):
		return "values that are not numbers, taken as missing"
	case v < 0:
		return "negative values, taken as missing"
	case v > MaxValue:
		return "absurd values (above a thousand million), taken as missing"
	}
	if c.missing >= 0 {
		switch strings.ToLower(strings.TrimSpace(rec[c.missing])) {
		case "1", "true", "yes":
			return "values marked as not to be believed, taken as missing"
		}
	}
	r.value, r.ok = v, true
	return ""
}

// layouts of local times; times with an offset are RFC 3339.
var layouts = []string{
	"2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02",
	"02.01.2006 15:04", "02.01.2006 15:04:05", "02.01.2006", // day first; with slashes nobody could tell
}

func wallMinute(text string, zone *time.Location) (int, bool, error) {
	for _, l := range layouts {
		if len(l) != len(text) {
			continue
		}
		if t, err := time.ParseInLocation(l, text, time.UTC); err == nil {
			return minuteOf(t), twice(t, zone), nil
		}
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return 0, false, fmt.Errorf("%q: %w: use 2006-01-02T15:04, 02.01.2006 15:04, a date, RFC 3339 or a slot number", text, interval.ErrTime)
	}
	if zone != nil {
		t = t.In(zone)
	}
	return minuteOf(t), twice(t, zone), nil
}

func minuteOf(t time.Time) int {
	d := interval.Date{Year: t.Year(), Month: t.Month(), Day: t.Day()}
	return epoch.DaysUntil(d)*minutesOfDay + t.Hour()*60 + t.Minute()
}

// twice reports whether the zone's clock shows the reading of t more than once.
func twice(t time.Time, zone *time.Location) bool {
	if zone == nil {
		return false
	}
	_, fold := interval.LocalTime(zone, interval.Wall{
		Date: interval.Date{Year: t.Year(), Month: t.Month(), Day: t.Day()}, Hour: t.Hour(), Minute: t.Minute(),
	})
	return fold == interval.Ambiguous
}

// maxDuplicates is the share of repeated times above which a file is taken to mix
// several series: re-exports repeat a few, mixing repeats most.
const maxDuplicates = 0.02

// merge sorts rows and settles repeated times: the two passages of a clock change
// become their mean; of true repeats the last row counts.
func merge(rows []row, notes *Notes) ([]row, error) {
	slices.SortStableFunc(rows, func(a, b row) int { return a.minute - b.minute })
	out, repeats := rows[:0], 0
	for _, r := range rows {
		last := len(out) - 1
		if last < 0 || out[last].minute != r.minute {
			out = append(out, r)
			continue
		}
		if r.fold && r.ok && out[last].ok {
			out[last].value = (out[last].value + r.value) / 2
			continue
		}
		repeats++
		notes.add("times that occur more than once, last row taken", r.line)
		out[last] = r
	}
	if n := len(out); repeats > 2 && float64(repeats) > maxDuplicates*float64(n+repeats) {
		return nil, fmt.Errorf("%d of %d rows: %w: choose one series of the file", repeats, n+repeats, ErrDuplicate)
	}
	return out, nil
}

// nativeStep returns the usual distance of two rows; a single row or rows further
// apart than a slot count as one slot.
func nativeStep(rows []row, minutes int) int {
	count := map[int]int{}
	for i := 1; i < len(rows); i++ {
		if d := rows[i].minute - rows[i-1].minute; d <= minutesOfDay {
			count[d]++
		}
	}
	best := 0
	for d, n := range count {
		if n > count[best] || n == count[best] && d < best {
			best = d
		}
	}
	if best == 0 {
		return minutes
	}
	return best
}
