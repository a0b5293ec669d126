package plugin

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/agner-platform/agner/grafana-plugin/pkg/convert"
)

// query is what a panel asks.
type query struct {
	Kind     string   `json:"kind"` // metric, report, live, sql or marks
	Figures  []string `json:"figures"`
	Queues   []string `json:"queues"`
	Sites    []string `json:"sites"`
	Groups   []string `json:"groups"`
	By       string   `json:"by"`
	Interval string   `json:"interval"` // auto or one of sizes
	Within   string   `json:"within"`
	Short    string   `json:"short"`
	Credit   string   `json:"credit"`
	Compare  string   `json:"compare"`
	Format   string   `json:"format"` // series (with labels, for graphs), table, or alert: one figure alone
	Report   string   `json:"report"` // abandonment, agents …
	Part     string   `json:"part"`
	Live     string   `json:"live"` // queues, agents or totals
	SQL      string   `json:"sql"`
	Marks    []string `json:"marks"` // kinds of annotations
	// Variables are the values of the dashboard's variables, raw: macros quote them. An empty list is all.
	Variables map[string][]string `json:"variables"`
}

// reports are those that a report query may ask for: those that answer as tables.
var reports = []string{"service-level", "heatmap", "abandonment", "ivr", "agents", "distribution", "kpi", "adherence"}

// QueryData answers the queries of a panel.
func (d *Datasource) QueryData(ctx context.Context, req *backend.QueryDataRequest) (*backend.QueryDataResponse, error) {
	out := backend.NewQueryDataResponse()
	for _, q := range req.Queries {
		frames, err := d.answer(ctx, q)
		if err != nil {
			out.Responses[q.RefID] = backend.ErrorResponseWithErrorSource(err)
			continue
		}
		for _, f := range frames {
			f.RefID = q.RefID
		}
		out.Responses[q.RefID] = backend.DataResponse{Status: backend.StatusOK, Frames: frames}
	}
	return out, nil
}

func (d *Datasource) answer(ctx context.Context, in backend.DataQuery) (data.Frames, error) {
	var q query
	if err := json.Unmarshal(in.JSON, &q); err != nil {
		return nil, backend.DownstreamError(fmt.Errorf("query: %w", err))
	}
	switch q.Kind {
	case "", "metric":
		return d.metric(ctx, in, &q)
	case "report":
		if !slices.Contains(reports, q.Report) {
			return nil, backend.DownstreamError(fmt.Errorf("report %q: want one of %s", q.Report, strings.Join(reports, ", ")))
		}
		if q.Report == "adherence" {
			return d.adherence(ctx, in, &q)
		}
		return d.report(ctx, in, &q)
	case "live":
		return d.live(ctx, &q)
	case "sql":
		return d.sql(ctx, in, &q)
	case "marks":
		return d.marks(ctx, in, &q)
	}
	return nil, backend.DownstreamError(fmt.Errorf("kind %q: want metric, report, live, sql or marks", q.Kind))
}

// quarter is what ranges are widened to: every zone's clock, +05:45 too, is a whole number of quarter hours from UTC. A
// range that began at some millisecond would make Agner count in steps of one.
const quarter = 15 * time.Minute

// values are the parameters that every kind over a range understands.
func (q *query) values(r backend.TimeRange) url.Values {
	v := url.Values{"queue": chosen(q.Queues), "site": chosen(q.Sites), "group": chosen(q.Groups)}
	v.Set("from", r.From.UTC().Truncate(quarter).Format(time.RFC3339))
	v.Set("to", r.To.UTC().Add(quarter-1).Truncate(quarter).Format(time.RFC3339))
	for name, value := range map[string]string{"within": q.Within, "short": q.Short, "credit": q.Credit} {
		if value != "" {
			v.Set(name, value)
		}
	}
	return v
}

// chosen drops what Grafana's variables write for "all".
func chosen(list []string) []string {
	var out []string
	for _, s := range list {
		switch s = strings.TrimSpace(s); s {
		case "", "$__all", "All", "*":
		default:
			out = append(out, s)
		}
	}
	return out
}

func (d *Datasource) metric(ctx context.Context, in backend.DataQuery, q *query) (data.Frames, error) {
	v := q.values(in.TimeRange)
	v["figure"] = q.Figures
	if slices.Equal(q.Figures, []string{"target_sl"}) { // comes with every answer; alone only alert rules ask for it
		v["figure"] = []string{"sl"}
	}
	if q.By == "" {
		q.By = "queue"
	}
	v.Set("by", q.By)
	v.Set("interval", size(q.Interval, in.Interval))
	if q.Compare != "" {
		v.Set("compare", q.Compare)
	}
	frame, err := d.table(ctx, "query", v)
	if err != nil {
		return nil, err
	}
	if q.Format == "table" {
		frame.Meta.Type = data.FrameTypeTable
		return data.Frames{frame}, nil
	}
	frames, err := series(frame, q.By, v.Get("interval"))
	if err != nil || q.Format != "alert" {
		return frames, err
	}
	if len(q.Figures) != 1 {
		return nil, backend.DownstreamError(fmt.Errorf("format alert: want one figure, got %d", len(q.Figures)))
	}
	return slices.DeleteFunc(frames, func(f *data.Frame) bool { return len(f.Fields) > 0 && f.Name != q.Figures[0] }), nil
}

func (d *Datasource) report(ctx context.Context, in backend.DataQuery, q *query) (data.Frames, error) {
	v := q.values(in.TimeRange)
	if q.Part != "" {
		v.Set("part", q.Part)
	}
	frame, err := d.table(ctx, "reports/"+q.Report, v)
	if err != nil {
		return nil, err
	}
	frame.Meta.Type = data.FrameTypeTable
	return data.Frames{frame}, nil
}

// table asks for an Arrow answer and gives it as one frame.
func (d *Datasource) table(ctx context.Context, path string, v url.Values) (*data.Frame, error) {
	body, err := d.open(ctx, d.client, path, v, mediaArrow)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	frame, err := convert.Frame(path, io.LimitReader(body, maxBody), d.maxRows)
	if err != nil {
		return nil, backend.DownstreamError(err)
	}
	frame.Meta = &data.FrameMeta{TypeVersion: data.FrameTypeVersion{0, 1}, ExecutedQueryString: path + "?" + v.Encode()}
	return frame, nil
}

// sizes are the lengths of intervals, shortest first.
var sizes = []struct {
	name   string
	length time.Duration
}{{"15m", 15 * time.Minute}, {"30m", 30 * time.Minute}, {"60m", time.Hour}, {"1d", 24 * time.Hour}, {"1w", 7 * 24 * time.Hour}}

// size chooses the shortest interval that is no shorter than a panel's own; a name that is not "auto" stands.
func size(name string, panel time.Duration) string {
	if name != "" && name != "auto" {
		return name
	}
	for _, s := range sizes {
		if s.length >= panel {
			return s.name
		}
	}
	return "1w"
}
