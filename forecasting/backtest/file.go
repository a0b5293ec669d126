package backtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/agner-platform/agner/forecasting/calendar"
	"github.com/agner-platform/agner/forecasting/clean"
	"github.com/agner-platform/agner/forecasting/series"
	"github.com/agner-platform/agner/internal/interval"
)

// Request is a backtest in the words of a command line. Empty fields take their
// defaults.
type Request struct {
	Path     string
	Time     string            // column of the start; "start"
	Value    string            // column of the count; "calls"
	Missing  string            // column that is true where the value is not to be believed
	Where    map[string]string // rows to keep
	Interval string            // "15m", "30m", "1h", "1d"; "30m"
	Leads    []string          // "1d", "7d", "2w"; 1d, 7d and 14d
	From, To string            // dates; the last eight weeks, or the last third if that is less
	Zone     string            // IANA name
	Country  string            // ISO 3166 code; "none" for no calendar; empty: inferred where the history is clear
	Holidays string            // path of an own list
	Progress func(done, total int)
}

// ErrRequest is matched by errors about what was asked for, in contrast to what
// the file holds.
var ErrRequest = errors.New("bad request")

// FileReport is a report with where it comes from.
type FileReport struct {
	File     string       `json:"file"`
	Interval string       `json:"interval"`
	Zone     string       `json:"zone,omitempty"`
	Country  string       `json:"country,omitempty"`
	First    string       `json:"first"`
	Last     string       `json:"last"`
	Unit     string       `json:"unit"` // of wape, bias, cover80, cover90, pinball
	Notes    series.Notes `json:"notes"`
	*Report
}

// File reads a series and runs the backtest asked for.
func File(ctx context.Context, q Request) (*FileReport, error) {
	q = q.withDefaults()
	in, err := q.read()
	if err != nil {
		return nil, err
	}
	leads, err := parseLeads(q.Leads)
	if err != nil {
		return nil, err
	}
	from, to, err := q.period(in.series)
	if err != nil {
		return nil, err
	}
	if err := q.calendar(&in, from); err != nil {
		return nil, err
	}
	scale := in.measure()
	r, err := Run(ctx, in.series, Options{Calendar: in.calendar, Leads: leads, From: from, To: to, Progress: q.Progress})
	if errors.Is(err, ErrNoTargets) && len(in.notes) > 0 {
		return nil, fmt.Errorf("%w; %s", err, in.notes[0])
	}
	if err != nil {
		return nil, err
	}
	if in.notes == nil {
		in.notes = series.Notes{}
	}
	if scale != 1 {
		r.Floor = nil
		if r.Scale != nil {
			*r.Scale /= scale
		}
	}
	return &FileReport{
		File: q.Path, Interval: q.Interval, Zone: q.Zone, Country: strings.ToUpper(q.Country), Unit: "share", Notes: in.notes, Report: r,
		First: in.series.First.String(), Last: in.series.Date(in.series.Days - 1).String(),
	}, nil
}

func (q Request) withDefaults() Request {
	set := func(s *string, v string) {
		if *s == "" {
			*s = v
		}
	}
	set(&q.Time, "start")
	set(&q.Value, "calls")
	set(&q.Interval, "30m")
	if len(q.Leads) == 0 {
		q.Leads = []string{"1d", "7d", "14d"}
	}
	return q
}

// input is what a request names, read.
type input struct {
	series   *series.Series
	notes    series.Notes
	calendar *calendar.Calendar
}

func (q Request) read() (in input, err error) {
	o := series.Options{Time: q.Time, Value: q.Value, Missing: q.Missing, Where: q.Where}
	if o.Minutes, err = ParseInterval(q.Interval); err != nil {
		return in, err
	}
	if q.Zone != "" {
		if o.Zone, err = interval.LoadZone(q.Zone); err != nil {
			return in, err
		}
	}
	in.series, in.notes, err = series.ReadFile(q.Path, o)
	return in, err
}

// calendar loads the calendar asked for, or infers the country from the days before
// the first target.
func (q *Request) calendar(in *input, from interval.Date) error {
	if strings.EqualFold(q.Country, "none") {
		q.Country = ""
	} else if q.Country == "" && q.Holidays == "" {
		if g, ok := clean.GuessCountry(in.series.Cut(max(1, in.series.Index(from)))); ok {
			q.Country = g.Code
			in.notes = append(in.notes, series.Note{What: fmt.Sprintf(
				"public holidays of %s inferred from the history before %s: %d of %d were closed or low; --country none turns this off", g.Code, from, g.Hits, g.Holidays)})
		}
	}
	first, last := in.series.First.Year, in.series.Date(in.series.Days-1).Year
	var err error
	in.calendar, err = LoadCalendar(q.Country, q.Holidays, first, last)
	return err
}

// measureMean is the mean to which measurements are brought: far from the small
// counts where whole numbers matter.
const measureMean = 1000

// measure brings a series of measurements (seconds, shares, money) to a size at
// which the methods, made for counts, do not mind: all scores but the scale of MASE
// are free of units. It returns the factor.
func (in *input) measure() float64 {
	mean := in.series.Mean()
	if in.series.Whole() || mean <= 0 {
		return 1
	}
	in.notes = append(in.notes, series.Note{What: "values are not whole numbers: taken as measurements, not counts"})
	in.series = in.series.Scale(measureMean / mean)
	return measureMean / mean
}

// LoadCalendar returns a country's calendar with an own list on top; nil where
// neither is given.
func LoadCalendar(country, list string, from, to int) (*calendar.Calendar, error) {
	var c *calendar.Calendar
	var err error
	if country != "" {
		if c, err = calendar.Country(country, from-1, to+2); err != nil {
			return nil, err
		}
	}
	if list == "" {
		return c, nil
	}
	f, err := os.Open(list)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	days, err := calendar.ReadList(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", list, err)
	}
	return calendar.New(c, days), nil
}

// ParseInterval reads a slot length such as "30m", "1h" or "1d" and returns its
// minutes.
func ParseInterval(s string) (int, error) {
	if days, ok := strings.CutSuffix(s, "d"); ok && days == "1" {
		return 24 * 60, nil
	}
	d, err := time.ParseDuration(s)
	minutes := int(d / time.Minute)
	if err != nil || minutes < 1 || d%time.Minute != 0 || 24*60%minutes != 0 {
		return 0, fmt.Errorf("interval %q: %w: use a length that divides a day, such as 15m, 30m, 1h or 1d", s, ErrRequest)
	}
	return minutes, nil
}

func parseLeads(list []string) ([]int, error) {
	var out []int
	for _, s := range list {
		unit := 1
		text, ok := strings.CutSuffix(s, "d")
		if !ok {
			text, ok = strings.CutSuffix(s, "w")
			unit = 7
		}
		n, err := strconv.Atoi(text)
		if err != nil || !ok || n < 1 {
			return nil, fmt.Errorf("lead %q: %w: use whole days or weeks, such as 1d or 2w", s, ErrRequest)
		}
		out = append(out, n*unit)
	}
	return out, nil
}

// period returns the first and last target.
func (q Request) period(s *series.Series) (from, to interval.Date, err error) {
	to = s.Date(s.Days - 1)
	if q.To != "" {
		if to, err = interval.ReadDate(q.To); err != nil {
			return from, to, fmt.Errorf("to: %w", err)
		}
	}
	from = to.AddDays(1 - min(7*EvidenceWeeks, max(1, s.Days/3)))
	if q.From != "" {
		if from, err = interval.ReadDate(q.From); err != nil {
			return from, to, fmt.Errorf("from: %w", err)
		}
	}
	if to.Before(from) {
		return from, to, fmt.Errorf("from %s to %s: %w: the period is reversed", from, to, ErrRequest)
	}
	return from, to, nil
}

// WriteText prints the report as a table for people.
func (r *FileReport) WriteText(w io.Writer) error {
	b := &strings.Builder{}
	fmt.Fprintf(b, "%s: %s to %s, %s slots; %d target days from %s to %s\n", r.File, r.First, r.Last, r.Interval, r.Targets, r.From, r.To)
	for _, n := range r.Notes {
		fmt.Fprintf(b, "note: %s\n", n)
	}
	for _, s := range r.Warnings {
		fmt.Fprintf(b, "warning: %s\n", s)
	}
	lead := ""
	for _, x := range r.Results {
		if x.Lead != lead {
			lead = x.Lead
			fmt.Fprintf(b, "\n%-5s %-14s %-9s %7s %7s %7s %8s %8s %8s %7s %7s %7s\n", "lead", "method", "role",
				"wape", "mase", "bias", "cover80", "cover90", "pinball", "n", "weight", "skill")
		}
		fmt.Fprintf(b, "%-5s %-14s %-9s %7s %7s %7s %8s %8s %8s %7d %7s %7s\n", x.Lead, x.Method, x.Role, percent(x.WAPE), number(x.MASE),
			percent(x.Bias), percent(x.Cover80), percent(x.Cover90), percent(x.Pinball), x.N, number(x.Weight), percent(x.Skill))
	}
	if r.Floor != nil {
		fmt.Fprintf(b, "\nwhere the values count single calls, luck alone makes a wape of about %s\n", percent(r.Floor))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func percent(v *float64) string {
	if v == nil {
		return "–"
	}
	return fmt.Sprintf("%.2f%%", 100**v)
}

func number(v *float64) string {
	if v == nil {
		return "–"
	}
	return fmt.Sprintf("%.3f", *v)
}

// SpreadOf returns the squared coefficient of variation c of the automatic
// forecast of a history at the request's first lead, for staffing.
func SpreadOf(ctx context.Context, q Request) (float64, error) {
	r, err := File(ctx, q)
	if err != nil {
		return 0, err
	}
	if c := r.Results[0].C; c != nil {
		return *c, nil
	}
	return 0, fmt.Errorf("%s: %w: its errors cannot be measured", q.Path, ErrNoTargets)
}
