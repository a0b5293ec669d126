package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"slices"

	"github.com/agner-platform/agner/cmd/agner/exit"
	"github.com/agner-platform/agner/cmd/agner/node"

	"github.com/agner-platform/agner/internal/httpapi"
)

// reportCmd answers the questions of the pages on the command line.
type reportCmd struct {
	ServiceLevel serviceLevelCmd `cmd:"" name:"service-level" help:"Offered, answered, abandoned, service level and waits per interval."`
	Query        queryCmd        `cmd:"" help:"Any figures of the catalogue by queue, group, site or whole, and interval."`
	Heatmap      heatmapCmd      `cmd:"" help:"Service level by weekday and time of day."`
	Abandonment  abandonmentCmd  `cmd:"" help:"How long callers wait before they hang up, and where."`
	BeforeAfter  beforeAfterCmd  `cmd:"" name:"before-after" help:"Did callers' patience change on a date?"`
	IVR          menusCmd        `cmd:"" name:"ivr" help:"Menus: containment, drop-off, time."`
	Agents       agentsCmd       `cmd:"" help:"Calls, offers and time by state of each agent."`
	Distribution distributionCmd `cmd:"" help:"How evenly calls are spread over agents."`
	KPI          kpiCmd          `cmd:"" name:"kpi" help:"Key figures with the period before."`
	Calls        callsCmd        `cmd:"" help:"Search calls."`
	Call         callCmd         `cmd:"" help:"One call's life, event by event."`
}

// period are the flags that every report takes.
type period struct {
	Queue []string `help:"Queue name or id; repeat for several. Without it every queue."`
	Site  string   `help:"Site name or id."`
	From  string   `help:"First local date (2026-05-01) or instant with zone; without it all there is."`
	To    string   `help:"Local date or instant at which the range ends, not included."`
}

func (p *period) query() url.Values {
	q := url.Values{"queue": p.Queue}
	set(q, "site", p.Site, "from", p.From, "to", p.To)
	return q
}

// set adds name, value pairs that are not empty.
func set(q url.Values, pairs ...string) {
	for pair := range slices.Chunk(pairs, 2) {
		if pair[1] != "" {
			q.Set(pair[0], pair[1])
		}
	}
}

// thresholds are the flags of service level figures.
type thresholds struct {
	Within string `help:"Answer threshold T, e.g. 20s; without it each queue's own."`
	Short  string `help:"Longest wait of a short abandon, e.g. 10s."`
	Credit string `default:"arrival" enum:"arrival,answer,end" help:"Which interval a call counts in: that of its ${enum}."`
}

func (t *thresholds) add(q url.Values) {
	set(q, "within", t.Within, "short", t.Short, "credit", t.Credit)
}

// output are the flags that choose a form.
type output struct {
	JSON bool   `name:"json" xor:"form" help:"Print JSON."`
	CSV  bool   `name:"csv" xor:"form" help:"Print CSV."`
	XLSX string `name:"xlsx" xor:"form" placeholder:"FILE" help:"Write a workbook."`
}

// answer fetches path and prints it in the chosen form. Tables print as rows in
// JSON; other answers as they are.
func (o *output) answer(ctx context.Context, c *node.Root, path string, q url.Values) (err error) {
	inst, err := c.Existing()
	if err != nil {
		return err
	}
	a, err := inst.Connect(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	fmt.Fprintln(os.Stderr, "reading", a.How)
	switch {
	case o.CSV:
		return a.Copy(ctx, path, q, httpapi.MediaCSV, os.Stdout)
	case o.XLSX != "":
		return o.workbook(ctx, a, path, q)
	}
	if !o.JSON {
		return a.Copy(ctx, path, q, "text/plain", os.Stdout)
	}
	var body json.RawMessage
	if err := a.Get(ctx, path, q, &body); err != nil {
		return err
	}
	return printJSON(os.Stdout, body)
}

func (o *output) workbook(ctx context.Context, a *node.Client, path string, q url.Values) error {
	f, err := os.Create(o.XLSX)
	if err != nil {
		return exit.BadInput(err)
	}
	if err := a.Copy(ctx, path, q, httpapi.MediaXLSX, f); err != nil {
		f.Close()
		os.Remove(o.XLSX)
		return err
	}
	return f.Close()
}

// printJSON prints the rows of a table, or the whole of another answer.
func printJSON(w io.Writer, body json.RawMessage) error {
	var t struct {
		Columns json.RawMessage `json:"columns"`
		Rows    json.RawMessage `json:"rows"`
	}
	if json.Unmarshal(body, &t) == nil && t.Columns != nil && t.Rows != nil {
		body = t.Rows
	}
	_, err := fmt.Fprintf(w, "%s\n", body)
	return err
}

// serviceLevelCmd is report 1.
type serviceLevelCmd struct {
	period
	thresholds
	By       string `default:"queue" enum:"queue,group,site" help:"One row per interval and ${enum}."`
	Interval string `default:"30m" enum:"15m,30m,60m,1d,1w,total" help:"Length of an interval: ${enum}."`
	output
}

// Run prints the intervals.
func (r *serviceLevelCmd) Run(ctx context.Context, c *node.Root) error {
	q := r.query()
	r.thresholds.add(q)
	set(q, "by", r.By, "interval", r.Interval)
	return r.answer(ctx, c, "/reports/service-level", q)
}

// queryCmd is a metric query: what Grafana asks.
type queryCmd struct {
	period
	thresholds
	Figure   []string `help:"Figure of the catalogue, such as sl (a wrong name lists them); repeat for several."`
	By       string   `default:"queue" enum:"queue,group,site,whole" help:"One row per interval and ${enum}."`
	Interval string   `default:"30m" enum:"15m,30m,60m,1d,1w,total" help:"Length of an interval: ${enum}."`
	Compare  string   `default:"none" enum:"none,week" help:"Each figure beside what it was a week earlier: ${enum}."`
	output
}

// Run prints the figures.
func (r *queryCmd) Run(ctx context.Context, c *node.Root) error {
	q := r.query()
	q["figure"] = r.Figure
	r.thresholds.add(q)
	set(q, "by", r.By, "interval", r.Interval, "compare", r.Compare)
	return r.answer(ctx, c, "/query", q)
}

// heatmapCmd is the weekday by time view of report 1.
type heatmapCmd struct {
	period
	thresholds
	Interval string `default:"30m" enum:"15m,30m,60m" help:"Length of a slot: ${enum}."`
	output
}

// Run prints the slots.
func (r *heatmapCmd) Run(ctx context.Context, c *node.Root) error {
	q := r.query()
	r.thresholds.add(q)
	set(q, "interval", r.Interval)
	return r.answer(ctx, c, "/reports/heatmap", q)
}

// abandonmentCmd is report 2.
type abandonmentCmd struct {
	period
	thresholds
	Interval string `default:"30m" enum:"15m,30m,60m" help:"Intervals judged met or missed: ${enum}."`
	Bins     string `help:"Upper edges of the bins of time to abandon in seconds, e.g. 15,60,180."`
	output
}

// Run prints the analysis.
func (r *abandonmentCmd) Run(ctx context.Context, c *node.Root) error {
	q := r.query()
	r.thresholds.add(q)
	set(q, "interval", r.Interval, "bins", r.Bins)
	return r.answer(ctx, c, "/reports/abandonment", q)
}

// beforeAfterCmd compares patience around a date.
type beforeAfterCmd struct {
	period
	At   string `required:"" help:"Date on which something changed."`
	Days int    `default:"28" help:"Days on each side."`
	output
}

// Run prints the comparison.
func (r *beforeAfterCmd) Run(ctx context.Context, c *node.Root) error {
	q := url.Values{"queue": r.Queue}
	set(q, "site", r.Site, "at", r.At, "days", fmt.Sprint(r.Days))
	return r.answer(ctx, c, "/reports/before-after", q)
}

// menusCmd is the menu report.
type menusCmd struct {
	period
	output
}

// Run prints the menus.
func (r *menusCmd) Run(ctx context.Context, c *node.Root) error {
	return r.answer(ctx, c, "/reports/ivr", r.query())
}

// agentsCmd is report 3.
type agentsCmd struct {
	period
	output
}

// Run prints the agents.
func (r *agentsCmd) Run(ctx context.Context, c *node.Root) error {
	return r.answer(ctx, c, "/reports/agents", r.query())
}

// distributionCmd shows how evenly calls are spread.
type distributionCmd struct {
	period
	output
}

// Run prints the distribution.
func (r *distributionCmd) Run(ctx context.Context, c *node.Root) error {
	return r.answer(ctx, c, "/reports/distribution", r.query())
}

// kpiCmd is report 4.
type kpiCmd struct {
	period
	Compare string `default:"previous" enum:"previous,weekday" help:"Compare with the ${enum} period."`
	output
}

// Run prints the figures.
func (r *kpiCmd) Run(ctx context.Context, c *node.Root) error {
	q := r.query()
	set(q, "compare", r.Compare)
	return r.answer(ctx, c, "/reports/kpi", q)
}

// callsCmd searches calls.
type callsCmd struct {
	period
	Number  string `help:"The caller's whole number."`
	Agent   string `help:"Agent name or id."`
	Exit    string `help:"How the visit left its queue: answered, abandoned …"`
	MinWait string `name:"min-wait" help:"Shortest wait, e.g. 60s."`
	MaxWait string `name:"max-wait" help:"Longest wait."`
	Limit   int    `default:"100" help:"Rows to print."`
	output
}

// Run prints the calls.
func (r *callsCmd) Run(ctx context.Context, c *node.Root) error {
	q := r.query()
	q.Del("site")
	set(q, "number", r.Number, "agent", r.Agent, "exit", r.Exit, "min_wait", r.MinWait, "max_wait", r.MaxWait, "limit", fmt.Sprint(r.Limit))
	return r.answer(ctx, c, "/calls", q)
}

// callCmd shows one call.
type callCmd struct {
	ID string `arg:"" help:"Interaction id, as the search prints it."`
	output
}

// Run prints the timeline.
func (r *callCmd) Run(ctx context.Context, c *node.Root) error {
	return r.answer(ctx, c, "/calls/"+url.PathEscape(r.ID), nil)
}
