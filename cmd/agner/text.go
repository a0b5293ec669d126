package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/agner-platform/agner/reporting/metric"
	"github.com/agner-platform/agner/reporting/table"
)

// writeText prints an answer of the API for people: lone values as lines, lists
// of objects as tables, in the order of the answer.
func writeText(w io.Writer, body json.RawMessage) error {
	o, err := readObject(body)
	if err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	units := unitsOf(o)
	for _, f := range o {
		switch {
		case f.name == "columns" || f.name == "params" || f.name == "formulas":
		case bytes.HasPrefix(f.value, []byte("[{")):
			if err := writeRows(w, f, units); err != nil {
				return err
			}
		case bytes.HasPrefix(f.value, []byte("{")):
			if err := writeNested(w, f); err != nil {
				return err
			}
		case bytes.HasPrefix(f.value, []byte("[")):
		default:
			if _, err := fmt.Fprintf(w, "%-20s %s\n", f.name, plain(f.name, f.value)); err != nil {
				return err
			}
		}
	}
	return nil
}

// member is one member of a JSON object, in the order it stands.
type member struct {
	name  string
	value json.RawMessage
}

func readObject(body json.RawMessage) ([]member, error) {
	dec := json.NewDecoder(bytes.NewReader(body))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, fmt.Errorf("not an object: %.40s", body)
	}
	var o []member
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, err
		}
		var v json.RawMessage
		if err := dec.Decode(&v); err != nil {
			return nil, err
		}
		o = append(o, member{fmt.Sprint(name), v})
	}
	return o, nil
}

// unitsOf reads the units that a table's columns state.
func unitsOf(o []member) map[string]metric.Unit {
	units := map[string]metric.Unit{}
	for _, f := range o {
		var cols []struct {
			Name string      `json:"name"`
			Unit metric.Unit `json:"unit"`
		}
		if f.name == "columns" && json.Unmarshal(f.value, &cols) == nil {
			for _, c := range cols {
				units[c.Name] = c.Unit
			}
		}
	}
	return units
}

// writeNested prints an object as lines "outer.inner value".
func writeNested(w io.Writer, f member) error {
	inner, err := readObject(f.value)
	if err != nil {
		return err
	}
	for _, g := range inner {
		if bytes.HasPrefix(g.value, []byte("[")) || bytes.HasPrefix(g.value, []byte("{")) {
			continue
		}
		if _, err := fmt.Fprintf(w, "%-20s %s\n", f.name+"."+g.name, plain(g.name, g.value)); err != nil {
			return err
		}
	}
	return nil
}

// plain shows one value: shares as per cent, seconds with their unit.
func plain(name string, v json.RawMessage) string {
	var s string
	if json.Unmarshal(v, &s) == nil {
		return s
	}
	n, err := strconv.ParseFloat(string(v), 64)
	if err != nil {
		return strings.ReplaceAll(string(v), "null", "–")
	}
	switch {
	case strings.HasSuffix(name, "_s"):
		return fmt.Sprintf("%.1f s", n)
	case n == math.Trunc(n):
		return fmt.Sprintf("%.0f", n)
	case n > 0 && n < 1:
		return fmt.Sprintf("%.2f %%", 100*n)
	}
	return fmt.Sprintf("%.4g", n)
}

// writeRows prints a list of objects as an aligned table with its name above.
func writeRows(w io.Writer, f member, units map[string]metric.Unit) error {
	var list []json.RawMessage
	if err := json.Unmarshal(f.value, &list); err != nil {
		return err
	}
	title := f.name
	if f.name != "rows" && len(list) > maxShown {
		title = fmt.Sprintf("%s (%d of %d rows; --json has all)", f.name, maxShown, len(list))
		list = thin(list, maxShown)
	}
	t, err := tableOf(list, units)
	if err != nil {
		return err
	}
	if f.name != "rows" {
		if _, err := fmt.Fprintf(w, "\n%s\n", title); err != nil {
			return err
		}
	}
	return t.WriteText(w)
}

// maxShown bounds the curves printed for people; the rows of a report are always whole.
const maxShown = 24

// thin keeps n of the rows: dense at the beginning, where curves of waits bend,
// and wider apart to the end.
func thin(list []json.RawMessage, n int) []json.RawMessage {
	out, last := make([]json.RawMessage, 0, n), -1
	for k := range n {
		x := float64(k) / float64(n-1)
		i := max(last+1, int(math.Round(x*x*float64(len(list)-1))))
		if i >= len(list) {
			break
		}
		out, last = append(out, list[i]), i
	}
	return out
}

// tableOf makes a table of objects; the first one names the columns. Columns
// that hold lists or objects are left out.
func tableOf(list []json.RawMessage, units map[string]metric.Unit) (*table.Table, error) {
	t := &table.Table{}
	head, err := readObject(list[0])
	if err != nil {
		return nil, err
	}
	rows := make([]map[string]any, len(list))
	for i := range list {
		if err := json.Unmarshal(list[i], &rows[i]); err != nil {
			return nil, err
		}
	}
	for _, h := range head {
		addColumn(t, h.name, rows, units)
	}
	return t, nil
}

// addColumn adds the values of one name: text if any value is a text, else numbers.
func addColumn(t *table.Table, name string, rows []map[string]any, units map[string]metric.Unit) {
	texts, reals := make([]string, len(rows)), make([]float64, len(rows))
	isText, whole := false, true
	for i, r := range rows {
		reals[i] = math.NaN()
		switch v := r[name].(type) {
		case nil:
		case float64:
			reals[i] = v
			whole = whole && v == math.Trunc(v)
		case string, bool:
			texts[i], isText = fmt.Sprint(v), true
		default:
			return
		}
	}
	unit, known := units[name]
	switch {
	case isText:
		t.AddText(name, texts)
	case known:
		t.AddReals(name, unit, "", reals)
	case strings.HasSuffix(name, "_s"):
		t.AddReals(name, metric.Seconds, "", reals)
	case whole:
		t.AddReals(name, metric.Count, "", reals)
	default:
		t.AddReals(name, metric.Share, "", reals)
	}
}
