package staffing

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/agner-platform/agner/forecasting/erlang"
	"github.com/agner-platform/agner/forecasting/series"
)

// Columns name the columns of a forecast file.
type Columns struct{ Start, Calls, AHT string }

// ErrColumn is matched by the error for a column that is not in the header.
var ErrColumn = errors.New("column is missing")

// ErrEmpty is matched by the error for a file without rows.
var ErrEmpty = errors.New("no rows")

// MaxCalls bounds what an interval is believed to hold.
const MaxCalls = 1e7

// ReadIntervals reads a CSV file with a header row. Cells that are not numbers
// become rows with a problem ([Require] names them); unreadable starts fail.
// The second result is the usual distance of two rows in seconds, 0 for one row.
func ReadIntervals(r io.Reader, c Columns) ([]Interval, float64, error) {
	in := csv.NewReader(r)
	in.FieldsPerRecord = -1
	header, err := in.Read()
	if err != nil {
		return nil, 0, fmt.Errorf("read the header: %w", err)
	}
	at, err := find(header, c.Start, c.Calls, c.AHT)
	if err != nil {
		return nil, 0, err
	}
	var list []Interval
	var starts []time.Time
	for {
		rec, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, 0, err
		}
		line, _ := in.FieldPos(0)
		if len(rec) <= slices.Max(at) {
			return nil, 0, fmt.Errorf("line %d: has %d columns, too few", line, len(rec))
		}
		t, err := readTime(strings.TrimSpace(rec[at[0]]))
		if err != nil {
			return nil, 0, fmt.Errorf("line %d: column %s: %w", line, c.Start, err)
		}
		starts = append(starts, t)
		list = append(list, Interval{Start: strings.TrimSpace(rec[at[0]]), Calls: cell(rec[at[1]]), AHT: cell(rec[at[2]])})
	}
	if len(list) == 0 {
		return nil, 0, ErrEmpty
	}
	return list, link(list, starts), nil
}

func find(header []string, names ...string) ([]int, error) {
	low := make([]string, len(header))
	for i, h := range header {
		low[i] = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(h, "\ufeff")))
	}
	out := make([]int, len(names))
	for k, n := range names {
		if out[k] = slices.Index(low, strings.ToLower(n)); out[k] < 0 {
			return nil, fmt.Errorf("%w: %q; the header has %s", ErrColumn, n, strings.Join(low, ", "))
		}
	}
	return out, nil
}

// cell reads a number; what is none, or cannot be a count, becomes NaN, which
// Require reports with the row.
func cell(s string) float64 {
	v, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil || v > MaxCalls {
		return math.NaN()
	}
	return v
}

var layouts = []string{"2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02T15:04:05", "2006-01-02 15:04:05", time.RFC3339, "15:04", "2006-01-02"}

func readTime(s string) (time.Time, error) {
	for _, l := range layouts {
		if t, err := time.Parse(l, s); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is not a time: use 2006-01-02T15:04, RFC 3339 or 15:04", s)
}

// link finds the usual distance of rows and which rows follow on one another.
func link(list []Interval, starts []time.Time) float64 {
	count := map[time.Duration]int{}
	best := time.Duration(0)
	for i := 1; i < len(starts); i++ {
		d := starts[i].Sub(starts[i-1])
		if d <= 0 {
			continue
		}
		count[d]++
		if count[d] > count[best] || count[d] == count[best] && d < best {
			best = d
		}
	}
	for i := 1; i < len(starts); i++ {
		list[i].After = best > 0 && starts[i].Sub(starts[i-1]) == best
	}
	return best.Seconds()
}

// Report is the requirement of a file.
type Report struct {
	File      string  `json:"file"`
	Model     Model   `json:"model"`
	Period    float64 `json:"period_s"`
	Patience  float64 `json:"patience_s,omitempty"`
	CV        float64 `json:"cv"`
	Rows      []Row   `json:"rows"`
	Hours     float64 `json:"staff_hours"` // paid, after shrinkage and rounding
	SL        float64 `json:"sl"`          // expected, weighted by calls
	Unstaffed int     `json:"problems"`    // rows with a problem
}

// NewReport adds up rows.
func NewReport(rows []Row, o Options) *Report {
	r := &Report{Model: o.Model, Period: o.Period, Patience: o.Patience, CV: math.Sqrt(o.C), Rows: rows}
	if r.Model == "" {
		r.Model = ErlangA
	}
	calls := 0.0
	for _, row := range rows {
		if row.Problem != "" {
			r.Unstaffed++
			continue
		}
		r.Hours += row.Scheduled * o.Period / 3600
		if row.SL != nil {
			calls += row.Calls
			r.SL += row.Calls * *row.SL
		}
	}
	if calls > 0 {
		r.SL /= calls
	}
	return r
}

// WriteText prints the waterfall as a table for people.
func (r *Report) WriteText(w io.Writer, t erlang.Target) error {
	b := &strings.Builder{}
	fmt.Fprintf(b, "%s, %.0f %% within %g s, intervals of %g s, forecast uncertain by %.1f %%\n\n", r.Model, 100*t.ServiceLevel, t.Within, r.Period, 100*r.CV)
	fmt.Fprintf(b, "%-20s %9s %8s %8s | %8s %6s %8s %11s %9s %9s %8s | %7s %9s\n", "start", "calls", "aht_s", "erlangs",
		"erlang C", "lag", "patience", "uncertainty", "occupancy", "shrinkage", "rounding", "sl", "occupancy")
	for _, x := range r.Rows {
		if x.Problem != "" {
			fmt.Fprintf(b, "%-20s %9.1f %8.1f  problem: %s\n", x.Start, x.Calls, x.AHT, x.Problem)
			continue
		}
		f := x.Waterfall
		fmt.Fprintf(b, "%-20s %9.1f %8.1f %8.2f | %8d %6d %8d %11d %9d %9.1f %8g | %7s %9s\n", x.Start, x.Calls, x.AHT, x.Erlangs,
			f.ErlangC, f.Lag, f.Patience, f.Uncertainty, f.Occupancy, f.Shrinkage, f.Rounding, percent(x.SL), percent(x.Occupancy))
	}
	fmt.Fprintf(b, "\n%.1f staff hours; expected service level %.1f %%; rows with a problem: %d\n", r.Hours, 100*r.SL, r.Unstaffed)
	_, err := io.WriteString(w, b.String())
	return err
}

func percent(v *float64) string {
	if v == nil {
		return "–"
	}
	return fmt.Sprintf("%.1f%%", 100**v)
}

// File computes the requirement of a forecast file, gzipped or not. A zero Period is
// taken from the file; spread, where given, measures the uncertainty C at it.
func File(path string, c Columns, o Options, spread func(period float64) (float64, error)) (*Report, error) {
	f, err := series.OpenFile(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	list, period, err := ReadIntervals(f, c)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if o.Period == 0 {
		if o.Period = period; period == 0 {
			return nil, fmt.Errorf("%s: %w: it has one row, so its length must be given", path, ErrOptions)
		}
	}
	if spread != nil {
		if o.C, err = spread(o.Period); err != nil {
			return nil, err
		}
	}
	rows, err := Require(list, o)
	if err != nil {
		return nil, err
	}
	r := NewReport(rows, o)
	r.File = path
	return r, nil
}
