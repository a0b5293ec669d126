package api

import (
	"math"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"

	"github.com/agner-platform/agner/internal/httpapi"
	"github.com/agner-platform/agner/reporting/level"
)

// Every figure of a metric query is, in every interval, what the report by interval says: one definition.
func TestQueryEqualsTheReport(t *testing.T) {
	w := begin(t)
	for _, by := range []string{"queue", "group", "site"} {
		for _, size := range []string{"15m", "60m", "1d", "total"} {
			ask := "from=1999-10-05&to=1999-10-06&by=" + by + "&interval=" + size
			report := rows(t, w.json(t, "/reports/service-level?"+ask, 200))
			query := rows(t, w.json(t, "/query?"+ask+"&figure="+strings.Join(level.FigureNames(), "&figure="), 200))
			if len(report) == 0 || len(report) != len(query) {
				t.Fatalf("%s: %d rows, the report has %d", ask, len(query), len(report))
			}
			for i := range query {
				for _, name := range append(level.FigureNames(), "start", "end", "target_sl", "met") {
					if got, ok := query[i][name]; !ok || got != report[i][name] {
						t.Errorf("%s row %d: %s is %v, the report says %v", ask, i, name, got, report[i][name])
					}
				}
				if query[i][by] != report[i]["queue"] {
					t.Errorf("%s row %d: key %v, the report says %v", ask, i, query[i][by], report[i]["queue"])
				}
			}
		}
	}
}

func rows(t *testing.T, answer any) []map[string]any {
	t.Helper()
	document, _ := answer.(map[string]any)
	list, ok := document["rows"].([]any)
	if !ok {
		t.Fatalf("no rows in %v", answer)
	}
	out := make([]map[string]any, len(list))
	for i := range list {
		out[i], _ = list[i].(map[string]any)
	}
	return out
}

func TestQueryComparesWithLastWeek(t *testing.T) {
	w := begin(t)
	const figures = "&figure=offered&figure=sl&interval=1d&by=whole&compare=week"
	now := rows(t, w.json(t, "/query?from=1999-10-05&to=1999-10-06"+figures, 200))
	if len(now) != 1 || now[0]["offered"] != 4.0 || now[0]["offered_last_week"] != nil {
		t.Errorf("the first week: %v, want 4 offered and nothing a week before", now)
	}
	later := rows(t, w.json(t, "/query?from=1999-10-12&to=1999-10-13"+figures, 200))
	if len(later) != 0 {
		t.Errorf("a day without calls has rows: %v", later)
	}
}

func TestQueryRefusesByName(t *testing.T) {
	w := begin(t)
	for query, value := range map[string]string{
		"figure=fcr_proxy": "fcr_proxy", "figure=sl&figure=sl": "sl", "figure=nonsense": "nonsense", "by=agent": "agent", "compare=year": "year", "interval=7m": "7m",
	} {
		problem, _ := w.json(t, "/query?"+query, 400).(map[string]any)
		if params, _ := problem["params"].(map[string]any); params["value"] != value {
			t.Errorf("%s: %v, want the value named", query, problem)
		}
	}
}

// The Arrow form holds the same numbers, times in microseconds, unit and formula beside each figure.
func TestQueryAsArrow(t *testing.T) {
	w := begin(t)
	r := w.get(t, "/query?from=1999-10-05&to=1999-10-06&interval=total&figure=sl&figure=offered", httpapi.MediaArrow)
	stream, err := ipc.NewReader(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Release()
	if !stream.Next() {
		t.Fatalf("no batch: %v", stream.Err())
	}
	batch := stream.RecordBatch()
	i := batch.Schema().FieldIndices("sl")[0]
	sl, ok := batch.Column(i).(*array.Float64)
	if unit, _ := batch.Schema().Field(i).Metadata.GetValue("unit"); !ok || unit != "share" {
		t.Fatalf("sl is %s in %q", batch.Column(i).DataType(), unit)
	}
	want := rows(t, w.json(t, "/query?from=1999-10-05&to=1999-10-06&interval=total&figure=sl&figure=offered", 200))
	for row := range want {
		if math.Abs(sl.Value(row)-want[row]["sl"].(float64)) > 1e-12 {
			t.Errorf("row %d: %v, JSON says %v", row, sl.Value(row), want[row]["sl"])
		}
	}
}
