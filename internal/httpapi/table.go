package httpapi

import (
	"fmt"
	"math"
	"time"
)

// Type says what a column holds.
type Type uint8

// The types of columns.
const (
	String Type = iota // Strings
	Int                // Ints
	Float              // Floats; NaN and ±Inf are null
	Bool               // Bools
	Time               // Ints: µs since 1970 UTC, shown as RFC 3339 in the table's zone
)

// Column is one column of a table: its values lie in the slice of its Type. Missing is not zero: a value is null where
// Null says so, and where a float is not a number.
type Column struct {
	Name    string
	Unit    string // count, seconds, share, money; empty for what is no figure
	Formula string // how the figure is made, shown on demand
	Type    Type

	Strings []string
	Ints    []int64
	Floats  []float64
	Bools   []bool
	Null    []bool // nil: nothing is null
}

// Strings makes a column of texts.
func Strings(name string, v []string) Column { return Column{Name: name, Type: String, Strings: v} }

// Counts makes a column of whole numbers.
func Counts(name, formula string, v []int64) Column {
	return Column{Name: name, Unit: "count", Formula: formula, Type: Int, Ints: v}
}

// Figures makes a column of numbers in a unit; NaN is null.
func Figures(name, unit, formula string, v []float64) Column {
	return Column{Name: name, Unit: unit, Formula: formula, Type: Float, Floats: v}
}

// Times makes a column of instants in µs UTC.
func Times(name string, v []int64) Column { return Column{Name: name, Type: Time, Ints: v} }

// Len gives the number of values.
func (c *Column) Len() int {
	switch c.Type {
	case String:
		return len(c.Strings)
	case Float:
		return len(c.Floats)
	case Bool:
		return len(c.Bools)
	default:
		return len(c.Ints)
	}
}

// IsNull reports whether value i is missing.
func (c *Column) IsNull(i int) bool {
	if c.Null != nil && c.Null[i] {
		return true
	}
	return c.Type == Float && (math.IsNaN(c.Floats[i]) || math.IsInf(c.Floats[i], 0))
}

// Value gives value i as string, int64, float64, bool or time.Time in zone; nil where it is missing.
func (c *Column) Value(i int, zone *time.Location) any {
	if c.IsNull(i) {
		return nil
	}
	switch c.Type {
	case String:
		return c.Strings[i]
	case Int:
		return c.Ints[i]
	case Float:
		return c.Floats[i]
	case Bool:
		return c.Bools[i]
	default:
		return time.UnixMicro(c.Ints[i]).In(zone)
	}
}

// Field is a named value beside the rows of a table.
type Field struct {
	Name  string
	Value any
}

// Table is a report in columns of equal length.
type Table struct {
	Name    string  // file name of a download, without its ending
	Head    []Field // JSON: before columns and rows, in this order (report, range, params)
	Columns []Column
	Tail    []Field        // JSON: after the rows (totals, next)
	Zone    *time.Location // of shown times; nil: UTC
}

// Len gives the number of rows.
func (t *Table) Len() int {
	if len(t.Columns) == 0 {
		return 0
	}
	return t.Columns[0].Len()
}

// Check reports, with ErrTable, columns without a name, with a repeated one, or of unequal length.
func (t *Table) Check() error {
	seen := map[string]bool{}
	for i := range t.Columns {
		c := &t.Columns[i]
		switch {
		case c.Name == "" || seen[c.Name]:
			return fmt.Errorf("%w: column %d has the name %q, which is empty or taken", ErrTable, i, c.Name)
		case c.Len() != t.Len() || c.Null != nil && len(c.Null) != t.Len():
			return fmt.Errorf("%w: column %q has %d values, the table has %d rows", ErrTable, c.Name, c.Len(), t.Len())
		}
		seen[c.Name] = true
	}
	return nil
}

func (t *Table) zone() *time.Location {
	if t.Zone == nil {
		return time.UTC
	}
	return t.Zone
}
