// Package show writes reports as text for people, as the command line prints them: aligned tables with units, and beside
// the totals each figure's formula with the numbers in it.
//
// The other forms – JSON, CSV, workbooks, Arrow – are written by package table.
package show

import (
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

// ServiceLevel writes the interval report.
func ServiceLevel(w io.Writer, r *reporting.ServiceLevel) error {
	p := &printer{w: w}
	p.line("Service level, %s to %s (%s), by %s and %s, counting %s", r.Range.From, r.Range.To, r.Range.Zone, r.Params.By, r.Params.Interval, r.Params.Counts)
	p.table(r.Table().Select(level.Columns...))
	p.line("")
	p.figures(&r.Totals.Sums, "offered", "answered", "abandoned", "sl", "sl_offered", "sl_abandon_credit", "sl_less_abandons_in_t",
		"sl_answered", "abandon_rate", "asa_s", "mean_wait_s", "longest_wait_s", "aht_s", "occupancy")
	return p.err
}

// Abandonment writes the report on callers who gave up.
func Abandonment(w io.Writer, a *reporting.Abandonment) error {
	p := &printer{w: w}
	p.line("Abandonment, %s to %s (%s)", a.Range.From, a.Range.To, a.Range.Zone)
	p.line("  %s visits abandoned of %s offered: %s (without short ones %s)", count(a.Abandoned), count(a.Offered), share(a.Rate), share(a.RateLong))
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
func BeforeAfter(w io.Writer, b *reporting.BeforeAfter) error {
	p := &printer{w: w}
	p.line("Hazard of giving up, after / before, at equal wait: %s (%s to %s), p = %s, in %d strata of weekday × interval",
		number(b.HazardRatio), number(b.Lo), number(b.Hi), number(b.P), b.Strata)
	p.table(b.Table())
	return p.err
}

// IVR writes the report on menus.
func IVR(w io.Writer, m *reporting.Menu) error {
	p := &printer{w: w}
	p.line("%s entered a menu, %s went on to a queue, %s hung up; contained %s; mean time %s",
		count(m.Entered), count(m.Queued), count(m.HungUp), share(m.Containment), secs(m.MeanTimeS))
	p.table(m.Table())
	return p.err
}

// Distribution writes how evenly calls were spread.
func Distribution(w io.Writer, d *reporting.Distribution) error {
	p := &printer{w: w}
	p.line("Gini %s, coefficient of variation %s", number(d.Gini), number(d.CV))
	p.table(d.Table())
	return p.err
}

// KPI writes the page: each figure with its value before, the reasons of contact, and how far the resolution figure can
// be trusted.
func KPI(w io.Writer, k *reporting.KPI) error {
	p := &printer{w: w}
	p.line("Key figures, %s to %s (%s), counting %s; before: %s to %s", k.Range.From, k.Range.To, k.Range.Zone, k.Counts, k.Compared.From, k.Compared.To)
	for _, i := range k.Items {
		value, previous := metric.Format(i.Unit, float64(i.Value)), metric.Format(i.Unit, float64(i.Previous))
		if i.Unit == metric.Money && value != "–" {
			value += " " + k.Currency
		}
		p.line("  %-34s %14s   before %12s   %s", i.Title, value, previous, i.Explain)
	}
	r := k.Resolution
	p.line("\nResolution within %d days: %s answered contacts of known callers, %s more still pending (since %s); %s of the answered were anonymous",
		r.Days, count(r.Known), count(r.Pending), r.PendingFrom, share(r.AnonymousShare))
	if len(k.Reasons) > 0 {
		p.line("\nreasons of contact")
		p.table(table.Of("reasons", k.Reasons, nil))
	}
	return p.err
}

// Call writes one call's life: its visits, then every event.
func Call(w io.Writer, c *reporting.Call) error {
	p := &printer{w: w}
	p.line("Call %s", c.Interaction)
	if len(c.Visits) > 0 {
		p.table(table.Of("visits", c.Visits, nil))
	}
	p.line("")
	for _, e := range c.Events {
		p.line("%-32s  %-24s %-16s %-16s %s", e.At, e.Kind, e.Queue, e.Agent, e.Payload)
	}
	return p.err
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
