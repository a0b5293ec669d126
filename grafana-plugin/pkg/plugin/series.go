package plugin

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"
)

// notFigures are columns of a metric answer that are no value to draw. The target is one: a panel draws it as a line.
var notFigures = []string{"start", "end", "label", "target_within_s", "met"}

// series cuts a metric answer into one frame for each key and figure, typed and labelled, as alert rules want them.
// A key without a value in an interval has a null there, never a zero.
func series(table *data.Frame, by, interval string) (data.Frames, error) {
	start, start1 := table.FieldByName("start")
	key, key1 := table.FieldByName(by)
	if start1 < 0 || key1 < 0 {
		return nil, backend.DownstreamError(fmt.Errorf("the answer has no columns start and %s", by))
	}
	rows, keys := map[string][]int{}, []string{}
	for i := range key.Len() {
		name, _ := key.ConcreteAt(i)
		text, _ := name.(string)
		if rows[text] == nil {
			keys = append(keys, text)
		}
		rows[text] = append(rows[text], i)
	}
	slices.Sort(keys)
	var out data.Frames
	for _, k := range keys {
		for _, f := range table.Fields {
			if slices.Contains(notFigures, f.Name) || f.Name == by || f.Name == by+"_id" {
				continue
			}
			out = append(out, one(f, start, rows[k], data.Labels{by: k}, interval, table.Meta))
		}
	}
	if out == nil { // no rows are no error: an alert rule then says "no data"
		empty := data.NewFrame("query").SetMeta(&data.FrameMeta{Type: data.FrameTypeTimeSeriesMulti, TypeVersion: table.Meta.TypeVersion, ExecutedQueryString: table.Meta.ExecutedQueryString})
		out = data.Frames{empty}
	}
	return out, nil
}

func one(f, start *data.Field, rows []int, labels data.Labels, interval string, meta *data.FrameMeta) *data.Frame {
	times, values := make([]time.Time, len(rows)), make([]*float64, len(rows))
	for j, i := range rows {
		at, _ := start.ConcreteAt(i)
		times[j], _ = at.(time.Time)
		if _, ok := f.ConcreteAt(i); ok {
			if v, err := f.NullableFloatAt(i); err == nil {
				values[j] = v
			}
		}
	}
	value := data.NewField(f.Name, labels, values)
	config := data.FieldConfig{}
	if f.Config != nil {
		config = *f.Config
	}
	config.DisplayNameFromDS = strings.TrimSpace(f.Name + " " + strings.Join(slices.Collect(maps.Values(labels)), " ")) // Grafana's own would repeat the figure
	value.Config = &config
	return &data.Frame{
		Name: f.Name, Fields: []*data.Field{data.NewField("time", nil, times), value},
		Meta: &data.FrameMeta{Type: data.FrameTypeTimeSeriesMulti, TypeVersion: meta.TypeVersion, ExecutedQueryString: meta.ExecutedQueryString, Custom: map[string]string{"interval": interval}},
	}
}
