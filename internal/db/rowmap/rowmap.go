// Package rowmap spells and scans the rows of a table from the tags of a struct,
// so that a table's columns are written down once: in its migration and in its
// type.
//
// A field takes part if it has a tag `db:"name[,null][,json][,key][,fixed][,secret]"`:
//
//   - null: the zero value is stored as NULL.
//   - json: the value is stored as JSON text.
//   - key: the column is part of the key of an effective-dated row.
//   - secret: a [Table.Diff] says that it changed, not to what.
//   - fixed: the column keeps the value it had at creation ([Table.KeepFixed]).
//
// Fields are strings, integers, floats, booleans (stored as 0/1) or JSON. Names
// of tables and columns come from code only, never from input.
package rowmap

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/agner-platform/agner/internal/db/engine"
)

// Column binds one struct field to a column.
type Column struct {
	Name   string
	Key    bool
	Field  []int // index path for reflect
	null   bool
	json   bool
	fixed  bool
	secret bool
}

// Table knows the columns of the rows T. It is immutable; build it once per type.
type Table[T any] struct {
	Name string
	Cols []Column
}

// New reads the columns off T.
func New[T any](name string) *Table[T] {
	t := &Table[T]{Name: name}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[T]()) {
		tag, ok := f.Tag.Lookup("db")
		if !ok {
			continue
		}
		parts := strings.Split(tag, ",")
		has := func(option string) bool { return slices.Contains(parts[1:], option) }
		t.Cols = append(t.Cols, Column{Name: parts[0], Field: f.Index, Key: has("key"), null: has("null"), json: has("json"), fixed: has("fixed"), secret: has("secret")})
	}
	return t
}

func (t *Table[T]) list(sep string, f func(i int, c Column) string) string {
	parts := make([]string, 0, len(t.Cols))
	for i, c := range t.Cols {
		if s := f(i, c); s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, sep)
}

func (t *Table[T]) names() string {
	return t.list(", ", func(_ int, c Column) string { return "t." + c.Name })
}

// Select is the query all reads begin with.
func (t *Table[T]) Select() string { return "SELECT " + t.names() + " FROM " + t.Name + " t" }

// Insert is the statement that stores a row given by Args.
func (t *Table[T]) Insert() string {
	names := t.list(", ", func(_ int, c Column) string { return c.Name })
	marks := t.list(", ", func(i int, _ Column) string { return "$" + strconv.Itoa(i+1) })
	return "INSERT INTO " + t.Name + " (" + names + ") VALUES (" + marks + ")"
}

// Update sets every column of the row named by the where columns and takes the old version as the last parameter.
func (t *Table[T]) Update(where func(Column) bool) string {
	set := t.list(", ", func(i int, c Column) string {
		if where(c) {
			return ""
		}
		return c.Name + " = $" + strconv.Itoa(i+1)
	})
	cond := t.list(" AND ", func(i int, c Column) string {
		if !where(c) {
			return ""
		}
		return c.Name + " = $" + strconv.Itoa(i+1)
	})
	return "UPDATE " + t.Name + " SET " + set + " WHERE " + cond + " AND version = $" + strconv.Itoa(len(t.Cols)+1)
}

// Has says whether there is such a column.
func (t *Table[T]) Has(name string) bool {
	return slices.ContainsFunc(t.Cols, func(c Column) bool { return c.Name == name })
}

// Args are the row's column values in order.
func (t *Table[T]) Args(row *T) ([]any, error) {
	v := reflect.ValueOf(row).Elem()
	out := make([]any, len(t.Cols))
	for i, c := range t.Cols {
		a, err := c.arg(v.FieldByIndex(c.Field))
		if err != nil {
			return nil, fmt.Errorf("%s.%s: %w", t.Name, c.Name, err)
		}
		out[i] = a
	}
	return out, nil
}

func (c Column) arg(f reflect.Value) (any, error) {
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
	col  Column
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

// Scan reads one row of a Select.
func (t *Table[T]) Scan(rows interface{ Scan(...any) error }) (T, error) {
	var row T
	v := reflect.ValueOf(&row).Elem()
	into := make([]any, len(t.Cols))
	for i, c := range t.Cols {
		into[i] = &cell{col: c, into: v.FieldByIndex(c.Field)}
	}
	err := rows.Scan(into...)
	return row, err
}

// Collect drains rows; it always closes them.
func (t *Table[T]) Collect(rows *sql.Rows, err error) ([]T, error) {
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", t.Name, engine.Translate(err))
	}
	defer rows.Close()
	out := []T{}
	for rows.Next() {
		row, err := t.Scan(rows)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", t.Name, err)
		}
		out = append(out, row)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read %s: %w", t.Name, engine.Translate(err))
	}
	return out, nil
}

// KeepFixed copies the columns that creation fixes from the stored row.
func (t *Table[T]) KeepFixed(into, stored *T) {
	a, b := reflect.ValueOf(into).Elem(), reflect.ValueOf(stored).Elem()
	for _, c := range t.Cols {
		if c.fixed {
			a.FieldByIndex(c.Field).Set(b.FieldByIndex(c.Field))
		}
	}
}

// Diff names the columns that differ, each with its old and new value, for the audit; old may be nil.
func (t *Table[T]) Diff(old, row *T) (map[string][2]any, error) {
	after, err := t.Args(row)
	if err != nil {
		return nil, err
	}
	before := make([]any, len(after))
	if old != nil {
		if before, err = t.Args(old); err != nil {
			return nil, err
		}
	}
	out := map[string][2]any{}
	for i, c := range t.Cols {
		if before[i] != after[i] && c.Name != "updated_at" && c.Name != "version" {
			out[c.Name] = [2]any{before[i], after[i]}
			if c.secret {
				out[c.Name] = [2]any{hidden(before[i]), hidden(after[i])}
			}
		}
	}
	return out, nil
}

// hidden stands for a secret where there is one.
func hidden(v any) any {
	if v == nil || v == "" {
		return v
	}
	return "•••"
}
