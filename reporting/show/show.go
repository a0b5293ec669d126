// Package show writes reports for the command line: aligned tables with units for people, JSON, CSV and workbooks for
// the rest.
//
// The JSON of a service-level report is its rows as one array, that of any other report its document, as over HTTP.
package show

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/agner-platform/agner/reporting"
	"github.com/agner-platform/agner/reporting/level"
	"github.com/agner-platform/agner/reporting/metric"
	"github.com/agner-platform/agner/reporting/table"
)

// Format is the form of an output.
type Format string

// Formats.
const (
	Text Format = "text"
	JSON Format = "json"
	CSV  Format = "csv"
	XLSX Format = "xlsx"
)

// ErrFormat is returned for a format that does not exist.
var ErrFormat = errors.New("unknown output format")

// ServiceLevel writes the interval report.
func ServiceLevel(w io.Writer, r *reporting.ServiceLevel, f Format) error {
	if f != Text {
		return Rows(w, r.Table(), f)
	}
	p := &printer{w: w}
	p.line("Service level, %s to %s (%s), by %s and %s", r.Range.From, r.Range.To, r.Range.Zone, r.Params.By, r.Params.Interval)
	p.table(r.Table().Select(level.Columns...))
	p.line("")
	p.figures(&r.Totals.Sums, "offered", "answered", "abandoned", "sl", "sl_offered", "sl_abandon_credit", "sl_less_abandons_in_t",
		"sl_answered", "abandon_rate", "asa_s", "mean_wait_s", "longest_wait_s", "aht_s", "occupancy")
	return p.err
}

// Heatmap writes the weekday × interval map.
func Heatmap(w io.Writer, r *reporting.ServiceLevel, f Format) error {
	return Rows(w, r.HeatTable(), f)
}

// Abandonment writes the report on callers who gave up; part names its table for CSV and workbooks.
func Abandonment(w io.Writer, a *reporting.Abandonment, f Format, part string) error {
	t, err := a.Table(part)
	if err != nil {
		return err
	}
	if f != Text {
		return Document(w, a, t, f)
	}
	p := &printer{w: w}
	p.line("Abandonment, %s to %s (%s)", a.Range.From, a.Range.To, a.Range.Zone)
	p.line("  %s abandoned of %s offered: %s (without short ones %s)", count(a.Abandoned), count(a.Offered), share(a.Rate), share(a.RateLong))
	p.line("  %s were not served at once; of these %s abandoned", count(a.Queued), share(a.QueuedRate))
	p.line("  median patience %s; mean patience under a constant hazard %s", secs(a.MedianPatienceS), secs(a.ThetaS))
	p.line("  mean wait of those who abandoned %s, of those who queued and were answered %s", secs(a.MeanAbandonS), secs(a.MeanAnswerS))
	p.line("  called again within 10 min %s, 1 h %s, 1 day %s (of %s with a known number)",
		share(a.Redial.Within10m), share(a.Redial.Within1h), share(a.Redial.Within1d), count(a.Redial.Identified))
	for _, b := range a.Hazard {
		if b.Bump {
			p.line("  bump at %d–%d s: %.2g abandons per second of waiting; is something announced there?", b.FromS, b.ToS, b.H)
		}
	}
	for _, s := range a.Survival {
		if slices.Contains([]int64{10, 30, 60, 120, 300, 600}, s.TS) {
			p.line("  still waiting after %3d s, if nobody were served: %s (%s to %s)", s.TS, share(reporting.Number(s.S)), share(reporting.Number(s.Lo)), share(reporting.Number(s.Hi)))
		}
	}
	for _, name := range []string{"by_met", "by_queue", "by_hour", "by_priority", "by_position", "by_attempt", "within"} {
		part, err := a.Table(name)
		if err != nil {
			return err
		}
		if part.Len() > 0 {
			p.line("\n%s", strings.ReplaceAll(name, "_", " "))
			p.table(part)
		}
	}
	return p.err
}

// BeforeAfter writes the comparison around a date.
func BeforeAfter(w io.Writer, b *reporting.BeforeAfter, f Format) error {
	if f != Text {
		return Document(w, b, b.Table(), f)
	}
	p := &printer{w: w}
	p.line("Hazard of giving up, after / before, at equal wait: %s (%s to %s), p = %s, in %d strata of weekday × interval",
		number(b.HazardRatio), number(b.Lo), number(b.Hi), number(b.P), b.Strata)
	p.table(b.Table())
	return p.err
}

// IVR writes the report on menus.
func IVR(w io.Writer, m *reporting.Menu, f Format) error {
	if f != Text {
		return Document(w, m, m.Table(), f)
	}
	p := &printer{w: w}
	p.line("%s entered a menu, %s went on to a queue, %s hung up; contained %s; mean time %s",
		count(m.Entered), count(m.Queued), count(m.HungUp), share(m.Containment), secs(m.MeanTimeS))
	p.table(m.Table())
	return p.err
}

// Distribution writes how evenly calls were spread.
func Distribution(w io.Writer, d *reporting.Distribution, f Format) error {
	if f != Text {
		return Document(w, d, d.Table(), f)
	}
	p := &printer{w: w}
	p.line("Gini %s, coefficient of variation %s", number(d.Gini), number(d.CV))
	p.table(d.Table())
	return p.err
}

// KPI writes the key figures.
func KPI(w io.Writer, k *reporting.KPI, f Format) error { return Document(w, k, k.Table(), f) }

// Agents writes the report on agents.
func Agents(w io.Writer, a *reporting.Agents, f Format) error { return Document(w, a, a.Table(), f) }

// Document writes a report: its document as JSON, its table in any other form.
func Document(w io.Writer, document any, t *table.Table, f Format) error {
	if f != JSON {
		return Rows(w, t, f)
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	if err := e.Encode(document); err != nil {
		return fmt.Errorf("write json: %w", err)
	}
	return nil
}

// Rows writes a table; as JSON it is one array.
func Rows(w io.Writer, t *table.Table, f Format) error {
	switch f {
	case Text:
		return t.WriteText(w)
	case JSON:
		return t.WriteJSON(w)
	case CSV:
		return t.WriteCSV(w)
	case XLSX:
		return t.WriteXLSX(w)
	}
	return fmt.Errorf("format %q: %w: use text, json, csv or xlsx", f, ErrFormat)
}

// printer writes lines and keeps the first error.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

func (p *printer) table(t *table.Table) {
	if p.err == nil {
		p.err = t.WriteText(p.w)
	}
}

// figures writes each figure with its formula and the numbers in it.
func (p *printer) figures(s *metric.Sums, names ...string) {
	for _, name := range names {
		if f, ok := metric.Lookup(name); ok {
			p.line("  %-34s %12s   %s", f.Title, metric.Format(f.Unit, f.Of(s)), f.Explain(s))
		}
	}
}

// number writes what has no unit.
func number(n reporting.Number) string {
	if math.IsNaN(float64(n)) {
		return "–"
	}
	return fmt.Sprintf("%.3g", float64(n))
}

func count(n int64) string            { return metric.Format(metric.Count, float64(n)) }
func share(n reporting.Number) string { return metric.Format(metric.Share, float64(n)) }
func secs(n reporting.Number) string  { return metric.Format(metric.Seconds, float64(n)) }
