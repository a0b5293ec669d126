package api

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/agner-platform/agner/internal/httpapi"
	"github.com/agner-platform/agner/reporting"
	"github.com/agner-platform/agner/reporting/metric"
	"github.com/agner-platform/agner/reporting/show"
	"github.com/agner-platform/agner/reporting/table"
)

// inner is the reverse of outer, for the workbook's writer.
func inner(t *httpapi.Table) *table.Table {
	kinds := map[httpapi.Type]table.Kind{}
	for k, v := range types {
		kinds[v] = k
	}
	in := &table.Table{Name: t.Name, Zone: t.Zone}
	for _, c := range t.Columns {
		in.Columns = append(in.Columns, table.Column{
			Name: c.Name, Unit: metric.Unit(c.Unit), Formula: c.Formula, Kind: kinds[c.Type],
			Texts: c.Strings, Ints: c.Ints, Reals: c.Floats, Truths: c.Bools, Null: c.Null,
		})
	}
	return in
}

// send writes a report as its JSON document, as text for people, or its table where the caller prefers another form.
func (a *API) send(w http.ResponseWriter, r *http.Request, document any, t *table.Table, text func(io.Writer) error) error {
	if wantsText(r) {
		return sendText(w, text)
	}
	if wantsJSON(r) {
		w.Header().Add("Vary", "Accept")
		return httpapi.WriteJSON(w, http.StatusOK, document)
	}
	return a.writer.Write(w, r, outer(t))
}

// wantsJSON reports whether neither ?format= nor Accept asks for a table.
func wantsJSON(r *http.Request) bool {
	if f := r.URL.Query().Get("format"); f != "" {
		return f == "json"
	}
	json, other := 0.0, 0.0
	for part := range strings.SplitSeq(r.Header.Get("Accept"), ",") {
		name, params, _ := strings.Cut(part, ";")
		weight := httpapi.Weight(params)
		switch strings.ToLower(strings.TrimSpace(name)) {
		case httpapi.MediaJSON, "application/*", "*/*", "":
			json = max(json, weight)
		default: // what is no table either is refused by the table's writer
			other = max(other, weight)
		}
	}
	return json >= other
}

// mediaText is what the command line asks for when a person reads.
const mediaText = "text/plain"

// wantsText reports whether Accept names text first; browsers and programs never do.
func wantsText(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("Accept"), mediaText)
}

// sendText writes a report for people.
func sendText(w http.ResponseWriter, text func(io.Writer) error) error {
	var b bytes.Buffer // an error after the first line could not be told any more
	if err := text(&b); err != nil {
		return err
	}
	w.Header().Set("Content-Type", mediaText+"; charset=utf-8")
	w.Header().Add("Vary", "Accept")
	_, err := w.Write(b.Bytes())
	return err
}

func (a *API) meta(w http.ResponseWriter, r *http.Request) error {
	if err := httpapi.NewQuery(r).Err(); err != nil {
		return err
	}
	m, err := a.reports.Meta(r.Context(), scope(r.Context()))
	if err != nil {
		return err
	}
	return httpapi.WriteJSON(w, http.StatusOK, m)
}

func (a *API) definitions(w http.ResponseWriter, r *http.Request) error {
	q := httpapi.NewQuery(r)
	q.Text("format", "")
	if err := q.Err(); err != nil {
		return err
	}
	return a.send(w, r, reporting.Definitions(), reporting.TableOfDefinitions(), reporting.TableOfDefinitions().WriteText)
}

func (a *API) serviceLevel(w http.ResponseWriter, r *http.Request) error {
	q := httpapi.NewQuery(r)
	p := params(r, q)
	p.Missed = q.Enum("missed", "false", "true") == "true"
	limit, key := q.Int("limit", 0, 1, maxHead), q.Text("show", "")
	ask := asked{name: "service-level", query: q, p: p, rows: (*reporting.ServiceLevel).Table, text: show.ServiceLevel}
	if limit > 0 {
		ask.rows = func(r *reporting.ServiceLevel) *table.Table { return r.Head(limit) }
		ask.tail = func(r *reporting.ServiceLevel) []httpapi.Field { return beside(r, key) }
	}
	return a.levels(w, r, ask)
}

func (a *API) heatmap(w http.ResponseWriter, r *http.Request) error {
	q := httpapi.NewQuery(r)
	text := func(w io.Writer, r *reporting.ServiceLevel) error { return r.HeatTable().WriteText(w) }
	return a.levels(w, r, asked{"heatmap", q, params(r, q), (*reporting.ServiceLevel).HeatTable, text, true, nil})
}

// maxHead bounds the first rows of a report; who wants more takes them all.
const maxHead = 10_000

// course is what a chart draws of one key of a report.
type course struct {
	Key  string           `json:"key"`
	Rows []map[string]any `json:"rows"`
}

// beside is what stands beside the first rows of a report: what there is in all, and the course of one key, by default
// of the one that was offered most.
func beside(r *reporting.ServiceLevel, key string) []httpapi.Field {
	s := r.Summary()
	if i := slices.IndexFunc(s.Keys, func(k reporting.KeySummary) bool { return k.ID == key }); i < 0 && len(s.Keys) > 0 {
		key = s.Keys[0].ID
	}
	c := course{Key: key, Rows: []map[string]any{}}
	t := r.Course(key)
	for i := range t.Len() {
		c.Rows = append(c.Rows, t.Row(i))
	}
	fields := []httpapi.Field{{Name: "summary", Value: s}, {Name: "course", Value: c}}
	if heat := r.HeatBeside(len(s.Keys)); heat != nil {
		rows := make([]map[string]any, heat.Len())
		for i := range rows {
			rows[i] = heat.Row(i)
		}
		fields = append(fields, httpapi.Field{Name: "heat", Value: rows})
	}
	return fields
}

// asked is a report by interval that somebody asked for.
type asked struct {
	name  string
	query *httpapi.Query
	p     reporting.Params
	rows  func(*reporting.ServiceLevel) *table.Table
	text  func(io.Writer, *reporting.ServiceLevel) error
	whole bool // one row an interval: wider than queues it counts each contact once
	tail  func(*reporting.ServiceLevel) []httpapi.Field
}

func (a *API) levels(w http.ResponseWriter, r *http.Request, ask asked) error {
	if err := intervals(ask.query, &ask.p); err != nil {
		return err
	}
	if err := ask.query.Err(); err != nil {
		return err
	}
	if ask.whole && ask.p.By != reporting.ByQueue {
		ask.p.By = reporting.ByWhole
	}
	report, err := a.reports.ServiceLevel(r.Context(), ask.p)
	if err != nil {
		return err
	}
	if wantsText(r) {
		return sendText(w, func(w io.Writer) error { return ask.text(w, report) })
	}
	t := outer(ask.rows(report))
	t.Head = []httpapi.Field{{Name: "report", Value: ask.name}, {Name: "range", Value: report.Range}, {Name: "params", Value: report.Params}}
	t.Tail = []httpapi.Field{{Name: "totals", Value: report.TotalsRow()}}
	if ask.tail != nil {
		t.Tail = append(t.Tail, ask.tail(report)...)
	}
	return a.writer.Write(w, r, t)
}

func (a *API) abandonment(w http.ResponseWriter, r *http.Request) error {
	q := httpapi.NewQuery(r)
	p := params(r, q)
	if err := size(q, &p); err != nil {
		return err
	}
	part := q.Enum("part", append([]string{""}, reporting.AbandonmentParts...)...)
	for _, text := range q.List("bins") {
		seconds, err := strconv.ParseFloat(text, 64)
		if err != nil || !(seconds > 0 && seconds <= 86400) {
			return httpapi.BadParameter.Field("bins", text, "want seconds, more than 0 and at most 86400")
		}
		p.Bins = append(p.Bins, time.Duration(seconds*float64(time.Second)))
	}
	if err := q.Err(); err != nil {
		return err
	}
	report, err := a.reports.Abandonment(r.Context(), p)
	if err != nil {
		return err
	}
	t, err := report.Table(part)
	if err != nil {
		return err
	}
	return a.send(w, r, report, t, func(w io.Writer) error { return show.Abandonment(w, report) })
}

func (a *API) beforeAfter(w http.ResponseWriter, r *http.Request) error {
	q := httpapi.NewQuery(r)
	p := params(r, q)
	if err := size(q, &p); err != nil {
		return err
	}
	at, days := q.Text("at", ""), q.Int("days", 28, 1, 366)
	if err := q.Err(); err != nil {
		return err
	}
	report, err := a.reports.BeforeAfter(r.Context(), p, at, days)
	if err != nil {
		return err
	}
	return a.send(w, r, report, report.Table(), func(w io.Writer) error { return show.BeforeAfter(w, report) })
}

// plain reads the parameters of a report that has no others.
func plain(r *http.Request) (reporting.Params, error) {
	q := httpapi.NewQuery(r)
	p := params(r, q)
	return p, q.Err()
}

func (a *API) ivr(w http.ResponseWriter, r *http.Request) error {
	p, err := plain(r)
	if err != nil {
		return err
	}
	report, err := a.reports.IVR(r.Context(), p)
	if err != nil {
		return err
	}
	return a.send(w, r, report, report.Table(), func(w io.Writer) error { return show.IVR(w, report) })
}

func (a *API) agents(w http.ResponseWriter, r *http.Request) error {
	p, err := plain(r)
	if err != nil {
		return err
	}
	report, err := a.reports.Agents(r.Context(), p)
	if err != nil {
		return err
	}
	return a.send(w, r, report, report.Table(), report.Table().WriteText)
}

func (a *API) distribution(w http.ResponseWriter, r *http.Request) error {
	p, err := plain(r)
	if err != nil {
		return err
	}
	report, err := a.reports.Distribution(r.Context(), p)
	if err != nil {
		return err
	}
	return a.send(w, r, report, report.Table(), func(w io.Writer) error { return show.Distribution(w, report) })
}

func (a *API) kpi(w http.ResponseWriter, r *http.Request) error {
	q := httpapi.NewQuery(r)
	p, compare := params(r, q), q.Enum("compare", "previous", "weekday")
	if err := q.Err(); err != nil {
		return err
	}
	report, err := a.reports.KPI(r.Context(), p, compare)
	if err != nil {
		return err
	}
	return a.send(w, r, report, report.Table(), func(w io.Writer) error { return show.KPI(w, report) })
}

// callList names a list of calls with its filters, so that a cursor cannot be used for another one.
func callList(r *http.Request) string {
	v := url.Values{}
	for name, values := range r.URL.Query() {
		if name != "cursor" && name != "limit" && name != "format" {
			v[name] = values
		}
	}
	return "calls?" + v.Encode()
}

// callPage is the answer of a search.
type callPage struct {
	Range reporting.Range     `json:"range"`
	Rows  []reporting.CallRow `json:"rows"`
	Next  *string             `json:"next"`
}

func (a *API) calls(w http.ResponseWriter, r *http.Request) error {
	q := httpapi.NewQuery(r)
	p := params(r, q)
	f := reporting.CallFilter{
		Number: q.Text("number", ""), Agent: q.Text("agent", ""), Exit: q.Text("exit", ""),
		MinWait: optional(q, "min_wait"), MaxWait: optional(q, "max_wait"), Limit: q.Int("limit", 50, 1, 1000),
	}
	cursor := q.Text("cursor", "")
	if err := q.Err(); err != nil {
		return err
	}
	position, err := a.cursors.Decode(callList(r), cursor, 2)
	if err != nil {
		return err
	}
	if position != nil {
		at, err := strconv.ParseInt(position[0], 10, 64)
		if err != nil {
			return httpapi.BadCursor.New("")
		}
		f.After = &reporting.Position{JoinedAt: at, Visit: position[1]}
	}
	found, err := a.reports.Calls(r.Context(), p, f)
	if err != nil {
		return err
	}
	page := callPage{Range: found.Range, Rows: found.Rows}
	if found.Next != nil {
		next := a.cursors.Encode(callList(r), strconv.FormatInt(found.Next.JoinedAt, 10), found.Next.Visit)
		page.Next = &next
	}
	return a.send(w, r, page, found.Table(), found.Table().WriteText)
}

// myCalls are the visits that the caller, who is an agent, has answered; whatever else the caller may see does not count.
func (a *API) myCalls(w http.ResponseWriter, r *http.Request) error {
	id := httpapi.IdentityFrom(r.Context())
	if id == nil || id.Agent == "" {
		return httpapi.Forbidden.New("this account belongs to no agent")
	}
	q := httpapi.NewQuery(r)
	p := reporting.Params{From: q.Text("from", ""), To: q.Text("to", "")}
	limit := q.Int("limit", 50, 1, 1000)
	if err := q.Err(); err != nil {
		return err
	}
	found, err := a.reports.Calls(r.Context(), p, reporting.CallFilter{Agent: id.Agent, Limit: limit})
	if err != nil {
		return err
	}
	return httpapi.WriteJSON(w, http.StatusOK, callPage{Range: found.Range, Rows: found.Rows})
}

func (a *API) call(w http.ResponseWriter, r *http.Request) error {
	if err := httpapi.NewQuery(r).Err(); err != nil {
		return err
	}
	id := chi.URLParam(r, "interaction")
	if text, err := url.PathUnescape(id); err == nil {
		id = text
	}
	c, err := a.reports.Call(r.Context(), scope(r.Context()), id)
	if err != nil {
		return err
	}
	if wantsText(r) {
		return sendText(w, func(w io.Writer) error { return show.Call(w, c) })
	}
	return httpapi.WriteJSON(w, http.StatusOK, c)
}

func (a *API) live(w http.ResponseWriter, r *http.Request) error {
	if err := httpapi.NewQuery(r).Err(); err != nil {
		return err
	}
	l, err := a.reports.Live(r.Context(), scope(r.Context()))
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	return httpapi.WriteJSON(w, http.StatusOK, l)
}
