package plugin

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/agner-platform/agner/grafana-plugin/pkg/convert"
	"github.com/agner-platform/agner/grafana-plugin/pkg/macro"
	"github.com/agner-platform/agner/internal/interval"
)

// sql expands the macros of a query, asks it and shapes the answer: series when a column is called time, else a table.
func (d *Datasource) sql(ctx context.Context, in backend.DataQuery, q *query) (data.Frames, error) {
	zone, err := d.zone(ctx)
	if err != nil {
		return nil, err
	}
	variables := map[string][]string{}
	for name, values := range q.Variables {
		variables[name] = chosen(values)
	}
	text, err := macro.Expand(q.SQL, macro.Context{
		From: in.TimeRange.From, To: in.TimeRange.To, Zone: zone.loc, WeekStart: zone.weekStart, Interval: size(q.Interval, in.Interval), Variables: variables,
	})
	if err != nil {
		return nil, backend.DownstreamError(err)
	}
	frame, err := d.ask(ctx, text)
	if err != nil {
		return nil, err
	}
	if at, i := frame.FieldByName("time"); i < 0 || at.Type() != data.FieldTypeNullableTime || q.Format == "table" {
		frame.Meta.Type = data.FrameTypeTable
		return data.Frames{frame}, nil
	}
	return wide(frame)
}

// ask posts a query and gives its answer as one frame.
func (d *Datasource) ask(ctx context.Context, text string) (*data.Frame, error) {
	body, err := json.Marshal(map[string]any{"sql": text, "max_rows": min(d.maxRows, 1_000_000)})
	if err != nil {
		return nil, backend.PluginError(err)
	}
	answer, err := d.send(ctx, d.client, http.MethodPost, "sql", nil, bytes.NewReader(body), mediaArrow)
	if err != nil {
		return nil, err
	}
	defer answer.Close()
	frame, err := convert.Frame("sql", io.LimitReader(answer, maxBody), d.maxRows)
	if err != nil {
		return nil, backend.DownstreamError(err)
	}
	frame.Meta = &data.FrameMeta{TypeVersion: data.FrameTypeVersion{0, 1}, ExecutedQueryString: text}
	return frame, nil
}

// wide turns rows with a time into series: texts become labels, numbers values. Alert rules want it so.
func wide(frame *data.Frame) (data.Frames, error) {
	at, _ := frame.FieldByName("time")
	times := make([]time.Time, at.Len())
	for i := range times {
		v, ok := at.ConcreteAt(i)
		t, isTime := v.(time.Time)
		if !ok || !isTime {
			return nil, backend.DownstreamError(fmt.Errorf("row %d has no time: filter with $__timeFilter, or choose the table format", i+1))
		}
		times[i] = t
	}
	long := data.NewFrame(frame.Name, data.NewField("time", nil, times)).SetMeta(frame.Meta)
	for _, f := range frame.Fields {
		if f != at {
			long.Fields = append(long.Fields, f)
		}
	}
	if len(times) == 0 { // no rows are no error: an alert rule then says "no data"
		long.Meta.Type = data.FrameTypeTimeSeriesWide
		return data.Frames{long}, nil
	}
	if long.TimeSeriesSchema().Type != data.TimeSeriesTypeLong { // no text: wide already; no number: nothing to draw
		long.Meta.Type = data.FrameTypeTimeSeriesWide
		if long.TimeSeriesSchema().Type == data.TimeSeriesTypeNot {
			long.Meta.Type = data.FrameTypeTable
		}
		return data.Frames{long}, nil
	}
	out, err := data.LongToWide(long, &data.FillMissing{Mode: data.FillModeNull})
	if err != nil {
		return nil, backend.DownstreamError(fmt.Errorf("series: %w; ORDER BY time", err))
	}
	out.Meta.Type = data.FrameTypeTimeSeriesWide
	return data.Frames{out}, nil
}

// local is the site's clock.
type local struct {
	loc       *time.Location
	weekStart time.Weekday
	until     time.Time
}

// zoneFor is how long the site's zone is believed: it changes less than once in a lifetime.
const zoneFor = 10 * time.Minute

// zone asks for the zone of the token's sites.
func (d *Datasource) zone(ctx context.Context) (local, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if time.Now().Before(d.local.until) {
		return d.local, nil
	}
	var m meta
	if err := d.get(ctx, "meta", nil, &m); err != nil {
		return local{}, err
	}
	loc, err := interval.LoadZone(m.Zone)
	if err != nil {
		return local{}, backend.DownstreamError(err)
	}
	d.local = local{loc, time.Weekday(m.WeekStart % 7), time.Now().Add(zoneFor)}
	return d.local, nil
}

// marks are annotations: outages, schedules, forecasts, changes of set-up.
func (d *Datasource) marks(ctx context.Context, in backend.DataQuery, q *query) (data.Frames, error) {
	v := q.values(in.TimeRange)
	for _, name := range []string{"queue", "site", "group"} {
		v.Del(name)
	}
	v["kind"] = chosen(q.Marks)
	frame, err := d.table(ctx, "marks", v)
	if err != nil {
		return nil, err
	}
	frame.Meta.Type = data.FrameTypeTable
	return data.Frames{frame}, nil
}
