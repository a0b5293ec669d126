package ingest

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/agner-platform/agner/internal/interval"
)

// maxSamples is how many line numbers a problem keeps.
const maxSamples = 5

// maxReasons bounds the groups of one report against hostile input.
const maxReasons = 200

// Counts are records and events. Rows = Mapped + Raw + Skipped + Rejected.
type Counts struct {
	Rows     int64 `json:"rows"`
	Mapped   int64 `json:"mapped"`
	Raw      int64 `json:"raw"`     // kept as import.raw
	Skipped  int64 `json:"skipped"` // left out on purpose, see Problems
	Rejected int64 `json:"rejected"`
	Events   int64 `json:"events"` // published, markers apart
}

func (c *Counts) add(o Counts) {
	c.Rows += o.Rows
	c.Mapped += o.Mapped
	c.Raw += o.Raw
	c.Skipped += o.Skipped
	c.Rejected += o.Rejected
	c.Events += o.Events
}

// Problem is a group of records with one thing wrong.
type Problem struct {
	Reason  string  `json:"reason"`
	Outcome Outcome `json:"outcome"`
	Count   int64   `json:"count"`
	Line    int64   `json:"line"`  // the first
	Lines   []int64 `json:"lines"` // the first few
}

// Outcome is what became of the records of a problem.
type Outcome string

// Outcomes of a problem's records.
const (
	Rejected Outcome = "rejected"
	Skipped  Outcome = "skipped"
	Warned   Outcome = "warned" // mapped nevertheless
)

// Status is how a file was recognised.
type Status string

// Statuses of a file.
const (
	StatusNew     Status = "new"
	StatusGrown   Status = "grown"   // read on where an earlier import ended
	StatusSame    Status = "same"    // nothing in it that was not imported before
	StatusShorter Status = "shorter" // an earlier state of an imported file
	StatusFailed  Status = "failed"  // see Error; complete up to LastLine
)

// Range is the span of time of a file's leading stamps.
type Range struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

func (r *Range) extend(us int64) *Range {
	t := time.UnixMicro(us).UTC()
	if r == nil {
		return &Range{t, t}
	}
	if t.Before(r.From) {
		r.From = t
	}
	if t.After(r.To) {
		r.To = t
	}
	return r
}

// FileReport is the report on one file.
type FileReport struct {
	File      string `json:"file"`
	Identity  string `json:"identity,omitempty"`
	Status    Status `json:"status"`
	FirstLine int64  `json:"first_line"` // first line read in this run
	LastLine  int64  `json:"last_line"`  // complete up to this line
	Counts
	Range    *Range    `json:"range,omitempty"`
	Problems []Problem `json:"problems,omitempty"`
	Warnings []Problem `json:"warnings,omitempty"`
	Error    string    `json:"error,omitempty"`
}

// Report is the report on one run.
type Report struct {
	Format  string `json:"format"`
	Profile string `json:"profile,omitempty"`
	Counts
	Range *Range       `json:"range,omitempty"`
	Files []FileReport `json:"files"`
}

// Failed reports whether any file could not be read to its end.
func (r *Report) Failed() bool {
	return slices.ContainsFunc(r.Files, func(f FileReport) bool { return f.Error != "" })
}

func (r *Report) add(f FileReport) {
	r.Files = append(r.Files, f)
	r.Counts.add(f.Counts)
	if f.Range != nil {
		r.Range = r.Range.extend(interval.FromTime(f.Range.From)).extend(interval.FromTime(f.Range.To))
	}
}

// tally groups problems while a file is read.
type tally struct {
	byKey map[problemKey]*Problem
	order []*Problem
	last  map[*Problem]int64 // line counted last
}

type problemKey struct {
	outcome Outcome
	reason  string
}

func newTally() *tally { return &tally{byKey: map[problemKey]*Problem{}, last: map[*Problem]int64{}} }

func (t *tally) count(o Outcome, reason string, line int64) {
	key := problemKey{o, reason}
	p, ok := t.byKey[key]
	if !ok {
		if len(t.order) >= maxReasons {
			key.reason = "other reasons"
			p, ok = t.byKey[key]
		}
		if !ok {
			p = &Problem{Reason: key.reason, Outcome: o, Line: line}
			t.byKey[key] = p
			t.order = append(t.order, p)
		}
	}
	if o == Warned && t.last[p] == line && p.Count > 0 {
		return // one record may have several stamps, all wrong in the same way
	}
	t.last[p] = line
	p.Count++
	if len(p.Lines) < maxSamples {
		p.Lines = append(p.Lines, line)
	}
}

// list returns problems or warnings, most frequent first.
func (t *tally) list(warnings bool) []Problem {
	var out []Problem
	for _, p := range t.order {
		if (p.Outcome == Warned) == warnings {
			q := *p
			q.Lines = slices.Clone(p.Lines)
			out = append(out, q)
		}
	}
	slices.SortStableFunc(out, func(a, b Problem) int { return cmp.Compare(b.Count, a.Count) })
	return out
}

// WriteText writes the report for people; times are shown in the zone.
func (r *Report) WriteText(w io.Writer, zone *time.Location) error {
	var b strings.Builder
	for i := range r.Files {
		r.Files[i].text(&b, zone)
	}
	if len(r.Files) > 1 {
		fmt.Fprintf(&b, "total: %s\n", r.Counts)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// String says the counts in one line.
func (c Counts) String() string {
	return fmt.Sprintf("%s rows: %s mapped, %s kept raw, %s skipped, %s rejected; %s events",
		group(c.Rows), group(c.Mapped), group(c.Raw), group(c.Skipped), group(c.Rejected), group(c.Events))
}

func (f *FileReport) text(b *strings.Builder, zone *time.Location) {
	fmt.Fprintf(b, "%s: %s\n", f.File, f.headline())
	if f.Rows > 0 {
		fmt.Fprintf(b, "  %s\n", f.Counts)
	}
	if f.Range != nil {
		fmt.Fprintf(b, "  from %s to %s\n",
			interval.FormatSecond(zone, interval.FromTime(f.Range.From)), interval.FormatSecond(zone, interval.FromTime(f.Range.To)))
	}
	for _, p := range slices.Concat(f.Problems, f.Warnings) {
		fmt.Fprintf(b, "  %-8s %8s  %s (%s)\n", p.Outcome, group(p.Count), p.Reason, p.where())
	}
	if f.Error != "" {
		fmt.Fprintf(b, "  error: %s; %s\n", f.Error, f.reached())
	}
}

// reached says how much of a failed file is in.
func (f *FileReport) reached() string {
	if f.LastLine == 0 {
		return "nothing of it was imported"
	}
	return "complete up to line " + group(f.LastLine)
}

func (f *FileReport) headline() string {
	switch f.Status {
	case StatusNew:
		if f.Rows == 0 && f.Error == "" {
			return "has no rows, so there was nothing to import"
		}
		return "imported"
	case StatusGrown:
		return fmt.Sprintf("grown since the last import, read on from line %s", group(f.FirstLine))
	case StatusSame:
		return "imported before, nothing new"
	case StatusShorter:
		return "an earlier state of a file imported before, nothing new"
	}
	return "failed"
}

// where lists line numbers, with an ellipsis if there are more.
func (p *Problem) where() string {
	s := "line"
	if p.Count > 1 {
		s = "lines"
	}
	for i, l := range p.Lines {
		if i > 0 {
			s += ","
		}
		s += " " + strconv.FormatInt(l, 10)
	}
	if p.Count > int64(len(p.Lines)) {
		s += ", …"
	}
	return s
}

// group writes a count with a comma between thousands.
func group(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
