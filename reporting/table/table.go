package table

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/agner-platform/agner/reporting/metric"
)

// ErrTable says that the columns of a table do not fit together.
var ErrTable = errors.New("inconsistent table")

// Kind says what a column holds.
type Kind uint8

// The kinds of columns.
const (
	Text  Kind = iota // Texts
	Whole             // Ints
	Real              // Reals; NaN is missing
	Truth             // Truths
	Time              // Ints: µs since 1970 UTC
)

// Column is one column of a table.
type Column struct {
	Name    string
	Unit    metric.Unit // empty for what is no figure
	Formula string
	Kind    Kind

	Texts  []string
	Ints   []int64
	Reals  []float64
	Truths []bool
	Null   []bool // nil: nothing is missing
}

// Len gives the number of values.
func (c *Column) Len() int {
	switch c.Kind {
	case Text:
		return len(c.Texts)
	case Real:
		return len(c.Reals)
	case Truth:
		return len(c.Truths)
	}
	return len(c.Ints)
}

// Missing reports whether value i is missing.
func (c *Column) Missing(i int) bool {
	return c.Null != nil && c.Null[i] || c.Kind == Real && (math.IsNaN(c.Reals[i]) || math.IsInf(c.Reals[i], 0))
}

// Table is a report in columns of equal length.
type Table struct {
	Name    string         // of a downloaded file, without its ending
	Zone    *time.Location // of the times; nil: UTC
	Columns []Column
}

// Len gives the number of rows.
func (t *Table) Len() int {
	if len(t.Columns) == 0 {
		return 0
	}
	return t.Columns[0].Len()
}

// Column finds a column by name; nil if there is none.
func (t *Table) Column(name string) *Column {
	for i := range t.Columns {
		if t.Columns[i].Name == name {
			return &t.Columns[i]
		}
	}
	return nil
}

// Select returns the table with only the named columns, in that order; names that it lacks are left out.
func (t *Table) Select(names ...string) *Table {
	out := &Table{Name: t.Name, Zone: t.Zone}
	for _, n := range names {
		if c := t.Column(n); c != nil {
			out.Columns = append(out.Columns, *c)
		}
	}
	return out
}

// Check reports, with ErrTable, columns without a name, with a repeated one, or of unequal length.
func (t *Table) Check() error {
	seen := map[string]bool{}
	for i := range t.Columns {
		c := &t.Columns[i]
		if c.Name == "" || seen[c.Name] {
			return fmt.Errorf("%w: column %d has the name %q, which is empty or taken", ErrTable, i, c.Name)
		}
		if c.Len() != t.Len() || c.Null != nil && len(c.Null) != t.Len() {
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

// AddText appends a column of texts.
func (t *Table) AddText(name string, v []string) {
	t.Columns = append(t.Columns, Column{Name: name, Kind: Text, Texts: v})
}

// AddTimes appends a column of instants, µs UTC.
func (t *Table) AddTimes(name string, v []int64) {
	t.Columns = append(t.Columns, Column{Name: name, Kind: Time, Ints: v})
}

// AddCounts appends a column of whole numbers.
func (t *Table) AddCounts(name, formula string, v []int64) {
	t.Columns = append(t.Columns, Column{Name: name, Unit: metric.Count, Formula: formula, Kind: Whole, Ints: v})
}

// AddReals appends a column of figures; NaN is missing.
func (t *Table) AddReals(name string, unit metric.Unit, formula string, v []float64) {
	t.Columns = append(t.Columns, Column{Name: name, Unit: unit, Formula: formula, Kind: Real, Reals: v})
}

// AddFigure appends a figure's column: whole numbers for counts, else reals.
func (t *Table) AddFigure(f *metric.Figure, sums []metric.Sums) {
	if f.Unit != metric.Count {
		v := make([]float64, len(sums))
		for i := range sums {
			v[i] = f.Of(&sums[i])
		}
		t.AddReals(f.Name, f.Unit, f.Formula(), v)
		return
	}
	v := make([]int64, len(sums))
	for i := range sums {
		v[i] = int64(f.Of(&sums[i]))
	}
	t.AddCounts(f.Name, f.Formula(), v)
}
