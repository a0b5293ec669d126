package plugin

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"
)

// adherenceRow is one agent of /planning/adherence, as far as frames show it.
type adherenceRow struct {
	Name   string `json:"name"`
	Result struct {
		ScheduledUs int64    `json:"scheduled_us"`
		Adherence   *float64 `json:"adherence"`
		Conformance *float64 `json:"conformance"`
	} `json:"result"`
	Planned     string `json:"planned_now"`
	Actual      string `json:"actual_now"`
	DeviatingUs int64  `json:"deviating_since"` // 0: plan and state agree
}

// adherence is plan against actual of the day on which the range ends; for alert rules how many agents deviate now.
func (d *Datasource) adherence(ctx context.Context, in backend.DataQuery, q *query) (data.Frames, error) {
	zone, err := d.zone(ctx)
	if err != nil {
		return nil, err
	}
	last := in.TimeRange.To.Add(-time.Millisecond) // a range that ends at midnight is about the day before
	var answer struct {
		Rows []adherenceRow `json:"rows"`
	}
	if err := d.get(ctx, "planning/adherence", url.Values{"date": {last.In(zone.loc).Format(time.DateOnly)}}, &answer); err != nil {
		return nil, err
	}
	if q.Format == "alert" {
		n := 0.0
		for _, r := range answer.Rows {
			if r.DeviatingUs > 0 {
				n++
			}
		}
		return data.Frames{number("agents_deviating", nil, &n)}, nil
	}
	return data.Frames{adherenceFrame(answer.Rows)}, nil
}

func adherenceFrame(rows []adherenceRow) *data.Frame {
	names, planned, actual := []string{}, []string{}, []string{}
	since, scheduled := []*time.Time{}, []float64{}
	adhered, conformed := []*float64{}, []*float64{}
	for _, r := range rows {
		names, planned, actual = append(names, r.Name), append(planned, r.Planned), append(actual, r.Actual)
		var at *time.Time
		if r.DeviatingUs > 0 {
			t := time.UnixMicro(r.DeviatingUs).UTC()
			at = &t
		}
		since, scheduled = append(since, at), append(scheduled, float64(r.Result.ScheduledUs)/1e6)
		adhered, conformed = append(adhered, r.Result.Adherence), append(conformed, r.Result.Conformance)
	}
	with := func(name, unit, text string, values any) *data.Field {
		f := data.NewField(name, nil, values)
		f.Config = &data.FieldConfig{Unit: unit, Description: text}
		return f
	}
	out := data.NewFrame("adherence", data.NewField("agent", nil, names), data.NewField("planned_now", nil, planned), data.NewField("actual_now", nil, actual),
		with("deviating_since", "", "since when plan and state differ", since), with("scheduled_s", "s", "scheduled time that has passed", scheduled),
		with("adherence", "percentunit", "time in a state that the plan asks for / scheduled time that has passed", adhered),
		with("conformance", "percentunit", "time worked, whenever / work planned up to now", conformed))
	return out.SetMeta(&data.FrameMeta{Type: data.FrameTypeTable, TypeVersion: data.FrameTypeVersion{0, 1}})
}

// number is one value for an alert rule.
func number(name string, labels data.Labels, v *float64) *data.Frame {
	return data.NewFrame(name, data.NewField(name, labels, []*float64{v})).
		SetMeta(&data.FrameMeta{Type: data.FrameTypeNumericMulti, TypeVersion: data.FrameTypeVersion{0, 1}})
}

// numbers are the rows of a live table as values for alert rules: one frame a row, labelled by its texts.
func numbers(table *data.Frame, figures []string) (data.Frames, error) {
	if len(figures) != 1 {
		return nil, backend.DownstreamError(fmt.Errorf("format alert: want one figure, got %d", len(figures)))
	}
	value, i := table.FieldByName(figures[0])
	if i < 0 || !value.Type().Numeric() {
		return nil, backend.DownstreamError(fmt.Errorf("figure %q: the table has no such number", figures[0]))
	}
	var out data.Frames
	for row := range table.Rows() {
		labels := data.Labels{}
		for _, f := range table.Fields {
			if v, ok := f.ConcreteAt(row); ok {
				if text, isText := v.(string); isText {
					labels[f.Name] = text
				}
			}
		}
		var v *float64
		if _, ok := value.ConcreteAt(row); ok {
			x, err := value.FloatAt(row)
			if err != nil {
				return nil, backend.PluginError(err)
			}
			v = &x
		}
		out = append(out, number(value.Name, labels, v))
	}
	return out, nil
}
