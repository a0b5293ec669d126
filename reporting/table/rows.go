package table

import (
	"math"
	"reflect"
	"strings"

	"github.com/agner-platform/agner/reporting/metric"
)

// Of makes a table of structs: a column for each exported field of a plain kind, named by its json tag. Names that end
// in _s are seconds; other floats are shares unless units says otherwise. Lists and maps inside a row are left out.
func Of[T any](name string, rows []T, units map[string]metric.Unit) *Table {
	t := &Table{Name: name}
	kind := reflect.TypeFor[T]()
	for f := range kind.NumField() {
		field := kind.Field(f)
		column, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if !field.IsExported() || column == "" || column == "-" {
			continue
		}
		c := Column{Name: column, Unit: unitOf(column, units)}
		if c.take(field.Type, len(rows), func(i int) reflect.Value { return reflect.ValueOf(&rows[i]).Elem().Field(f) }) {
			t.Columns = append(t.Columns, c)
		}
	}
	return t
}

func unitOf(column string, units map[string]metric.Unit) metric.Unit {
	if u, ok := units[column]; ok {
		return u
	}
	if strings.HasSuffix(column, "_s") {
		return metric.Seconds
	}
	return metric.Share
}

// take fills the column with values of one type; false if the type is none that a cell can hold.
func (c *Column) take(t reflect.Type, n int, value func(int) reflect.Value) bool {
	if t.Kind() == reflect.Pointer {
		if t.Elem().Kind() != reflect.Float64 {
			return false
		}
		return c.take(t.Elem(), n, func(i int) reflect.Value {
			if v := value(i); !v.IsNil() {
				return v.Elem()
			}
			return reflect.ValueOf(math.NaN())
		})
	}
	for i := range n {
		switch v := value(i); t.Kind() {
		case reflect.String:
			c.Texts = append(c.Texts, v.String())
		case reflect.Int, reflect.Int64:
			c.Ints = append(c.Ints, v.Int())
		case reflect.Float64:
			c.Reals = append(c.Reals, v.Float())
		case reflect.Bool:
			c.Truths = append(c.Truths, v.Bool())
		}
	}
	switch t.Kind() {
	case reflect.String:
		c.Kind, c.Unit = Text, ""
	case reflect.Int, reflect.Int64:
		c.Kind = Whole
		if c.Unit == metric.Share {
			c.Unit = metric.Count
		}
	case reflect.Float64:
		c.Kind = Real
	case reflect.Bool:
		c.Kind, c.Unit = Truth, ""
	default:
		return false
	}
	return true
}
