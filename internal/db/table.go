package db

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// column binds one struct field (tag `db:"name[,null][,json][,key][,fixed]"`) to a column.
// null: ” is stored as NULL. json: stored as JSON text. key: part of a dated row's key. fixed: kept from creation on.
type column struct {
	name  string
	field []int
	null  bool
	json  bool
	key   bool
	fixed bool
}

// table knows how to spell and scan the rows of one table; built once per type at start.
type table[T any] struct {
	name    string
	prefix  string // of ids
	order   string
	private bool // not published to the journal
	cols    []column
}

func newTable[T any](name, prefix, order string) *table[T] {
	t := &table[T]{name: name, prefix: prefix, order: order}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[T]()) {
		tag, ok := f.Tag.Lookup("db")
		if !ok {
			continue
		}
		parts := strings.Split(tag, ",")
		opts := parts[1:]
		t.cols = append(t.cols, column{
			name: parts[0], field: f.Index,
			null: slices.Contains(opts, "null"), json: slices.Contains(opts, "json"),
			key: slices.Contains(opts, "key"), fixed: slices.Contains(opts, "fixed"),
		})
	}
	return t
}

func (t *table[T]) list(sep string, f func(i int, c column) string) string {
	parts := make([]string, 0, len(t.cols))
	for i, c := range t.cols {
		if s := f(i, c); s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, sep)
}

func (t *table[T]) names() string {
	return t.list(", ", func(_ int, c column) string { return "t." + c.name })
}

// selectSQL is the query all reads begin with.
func (t *table[T]) selectSQL() string { return "SELECT " + t.names() + " FROM " + t.name + " t" }

func (t *table[T]) insertSQL() string {
	names := t.list(", ", func(_ int, c column) string { return c.name })
	marks := t.list(", ", func(i int, _ column) string { return "$" + strconv.Itoa(i+1) })
	return "INSERT INTO " + t.name + " (" + names + ") VALUES (" + marks + ")"
}

// updateSQL sets every column of the row named by the where columns and takes the old version as the last parameter.
func (t *table[T]) updateSQL(where func(column) bool) string {
	set := t.list(", ", func(i int, c column) string {
		if where(c) {
			return ""
		}
		return c.name + " = $" + strconv.Itoa(i+1)
	})
	cond := t.list(" AND ", func(i int, c column) string {
		if !where(c) {
			return ""
		}
		return c.name + " = $" + strconv.Itoa(i+1)
	})
	return "UPDATE " + t.name + " SET " + set + " WHERE " + cond + " AND version = $" + strconv.Itoa(len(t.cols)+1)
}

func (t *table[T]) has(name string) bool {
	return slices.ContainsFunc(t.cols, func(c column) bool { return c.name == name })
}

// args are the row's column values in order.
func (t *table[T]) args(row *T) ([]any, error) {
	v := reflect.ValueOf(row).Elem()
	out := make([]any, len(t.cols))
	for i, c := range t.cols {
		a, err := c.arg(v.FieldByIndex(c.field))
		if err != nil {
			return nil, fmt.Errorf("%s.%s: %w", t.name, c.name, err)
		}
		out[i] = a
	}
	return out, nil
}

func (c column) arg(f reflect.Value) (any, error) {
	switch {
	case c.json:
		b, err := json.Marshal(f.Interface())
		return string(b), err
	case c.null && f.IsZero():
		return nil, nil
	}
	switch f.Kind() {
	case reflect.String:
		return f.String(), nil
	case reflect.Bool:
		if f.Bool() {
			return int64(1), nil
		}
		return int64(0), nil
	case reflect.Int, reflect.Int64:
		return f.Int(), nil
	case reflect.Float64:
		return f.Float(), nil
	default:
		return nil, fmt.Errorf("field of kind %s cannot be stored", f.Kind())
	}
}

// cell is the scan target of one column.
type cell struct {
	col  column
	into reflect.Value
}

// Scan takes what the driver delivers; NULL becomes the zero value.
func (c *cell) Scan(src any) error {
	switch {
	case src == nil:
		c.into.SetZero()
		return nil
	case c.col.json:
		var text sql.NullString
		if err := text.Scan(src); err != nil {
			return err
		}
		return json.Unmarshal([]byte(text.String), c.into.Addr().Interface())
	}
	switch c.into.Kind() {
	case reflect.String:
		var v sql.NullString
		err := v.Scan(src)
		c.into.SetString(v.String)
		return err
	case reflect.Float64:
		var v sql.NullFloat64
		err := v.Scan(src)
		c.into.SetFloat(v.Float64)
		return err
	default:
		var v sql.NullInt64
		if err := v.Scan(src); err != nil {
			return err
		}
		if c.into.Kind() == reflect.Bool {
			c.into.SetBool(v.Int64 != 0)
			return nil
		}
		c.into.SetInt(v.Int64)
		return nil
	}
}

func (t *table[T]) scan(rows interface{ Scan(...any) error }) (T, error) {
	var row T
	v := reflect.ValueOf(&row).Elem()
	into := make([]any, len(t.cols))
	for i, c := range t.cols {
		into[i] = &cell{col: c, into: v.FieldByIndex(c.field)}
	}
	err := rows.Scan(into...)
	return row, err
}

// collect drains rows; it always closes them.
func (t *table[T]) collect(rows *sql.Rows, err error) ([]T, error) {
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", t.name, translate(err))
	}
	defer rows.Close()
	out := []T{}
	for rows.Next() {
		row, err := t.scan(rows)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", t.name, err)
		}
		out = append(out, row)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read %s: %w", t.name, translate(err))
	}
	return out, nil
}

// keepFixed copies the columns that creation fixes from the stored row.
func (t *table[T]) keepFixed(into, stored *T) {
	a, b := reflect.ValueOf(into).Elem(), reflect.ValueOf(stored).Elem()
	for _, c := range t.cols {
		if c.fixed {
			a.FieldByIndex(c.field).Set(b.FieldByIndex(c.field))
		}
	}
}

// diff names the columns that differ, each with its old and new value, for the audit; old may be nil.
func (t *table[T]) diff(old, row *T) (map[string][2]any, error) {
	after, err := t.args(row)
	if err != nil {
		return nil, err
	}
	before := make([]any, len(after))
	if old != nil {
		if before, err = t.args(old); err != nil {
			return nil, err
		}
	}
	out := map[string][2]any{}
	for i, c := range t.cols {
		if before[i] != after[i] && c.name != "updated_at" && c.name != "version" {
			out[c.name] = [2]any{before[i], after[i]}
		}
	}
	return out, nil
}
