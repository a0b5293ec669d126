package db

import (
	"context"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/agner-platform/agner/internal/db/rowmap"
	"github.com/agner-platform/agner/internal/db/value"
)

// DatedHead is what every effective-dated row carries: it holds from ValidFrom
// until the next row of the same key begins.
type DatedHead struct {
	ValidFrom Stamp `json:"valid_from" db:"valid_from,key"`
	Version   int64 `json:"version" db:"version"`
	UpdatedAt Stamp `json:"updated_at" db:"updated_at"`
}

// Meta gives generic code the head of any dated row.
func (h *DatedHead) Meta() *DatedHead { return h }

// DatedRow is any effective-dated row.
type DatedRow interface {
	// Meta is the row's head.
	Meta() *DatedHead
	// Check puts the row in its normal form and refuses impossible values with a FieldError.
	Check() error
}

// Dated reads and changes the rows of one effective-dated table.
type Dated[T any] struct {
	s *Store
	t *Table[T]
}

// Table is the name under which changes are published and audited.
func (d Dated[T]) Table() string { return d.t.Name }

// Removed is the published form of a deleted dated row.
type Removed struct {
	Removed bool `json:"removed"`
	Row     any  `json:"row"`
}

// keys are the key columns without valid_from.
func (d Dated[T]) keys() []string {
	var out []string
	for _, c := range d.t.Cols {
		if c.Key && c.Name != "valid_from" {
			out = append(out, c.Name)
		}
	}
	return out
}

// AsOf returns, for every key that passes the filters, the row in force at an instant.
func (d Dated[T]) AsOf(ctx context.Context, at Stamp, filters ...Filter) ([]T, error) {
	same := make([]string, 0, 3)
	for _, k := range d.keys() {
		same = append(same, "n."+k+" = t."+k)
	}
	cond := " WHERE t.valid_from <= $1 AND NOT EXISTS (SELECT 1 FROM " + d.t.Name + " n WHERE " +
		strings.Join(same, " AND ") + " AND n.valid_from > t.valid_from AND n.valid_from <= $1)"
	return d.query(ctx, cond, []any{int64(at)}, filters)
}

// History returns every row that passes the filters, by key and then by time.
func (d Dated[T]) History(ctx context.Context, filters ...Filter) ([]T, error) {
	return d.query(ctx, " WHERE 1 = 1", nil, filters)
}

func (d Dated[T]) query(ctx context.Context, cond string, args []any, filters []Filter) ([]T, error) {
	for _, f := range filters {
		if !d.t.Has(f.column) {
			return nil, value.Wrong("filter", f.column, "no such column of "+d.t.Name)
		}
		args = append(args, f.value)
		cond += " AND t." + f.column + " = $" + strconv.Itoa(len(args))
	}
	rows, err := d.s.read.QueryContext(ctx, d.t.Select()+cond+" ORDER BY "+d.t.order, args...)
	return d.t.Collect(rows, err)
}

// Put stores a row. Version 0 makes a new one (ErrExists if this key already
// has a row from that instant); otherwise the version must be the stored one.
func (d Dated[T]) Put(ctx context.Context, row T) (T, error) {
	err := d.s.Write(ctx, func(tx *Tx) error { return d.put(ctx, tx, &row) })
	return row, err
}

func (d Dated[T]) put(ctx context.Context, tx *Tx, row *T) error {
	v := any(row).(DatedRow)
	if err := v.Check(); err != nil {
		return fmt.Errorf("%s: %w", d.t.Name, err)
	}
	if v.Meta().ValidFrom < 0 {
		return value.Wrong("valid_from", v.Meta().ValidFrom, "before 1970")
	}
	if c, ok := any(row).(txChecker); ok {
		if err := c.checkTx(ctx, tx); err != nil {
			return fmt.Errorf("%s: %w", d.t.Name, err)
		}
	}
	was := v.Meta().Version
	v.Meta().Version, v.Meta().UpdatedAt = was+1, tx.At
	args, err := d.t.Args(row)
	if err != nil {
		return err
	}
	if was == 0 {
		if _, err := tx.ExecContext(ctx, d.t.Insert(), args...); err != nil {
			return fmt.Errorf("put in %s: %w", d.t.Name, err)
		}
		return d.record(ctx, tx, "put", row)
	}
	res, err := tx.ExecContext(ctx, d.t.Update(func(c rowmap.Column) bool { return c.Key }), append(args, was)...)
	if err != nil {
		return fmt.Errorf("put in %s: %w", d.t.Name, err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return fmt.Errorf("%s %s: version %d: %w", d.t.Name, d.id(row), was, ErrConflict)
	}
	return d.record(ctx, tx, "put", row)
}

// Remove deletes one row of a key, so that the one before it holds on. Its
// key, ValidFrom and version must be those stored.
func (d Dated[T]) Remove(ctx context.Context, row T) error {
	return d.s.Write(ctx, func(tx *Tx) error {
		args, err := d.t.Args(&row)
		if err != nil {
			return err
		}
		var cond []string
		var vals []any
		for i, c := range d.t.Cols {
			if c.Key || c.Name == "version" {
				vals = append(vals, args[i])
				cond = append(cond, c.Name+" = $"+strconv.Itoa(len(vals)))
			}
		}
		res, err := tx.ExecContext(ctx, "DELETE FROM "+d.t.Name+" WHERE "+strings.Join(cond, " AND "), vals...)
		if err != nil {
			return fmt.Errorf("remove from %s: %w", d.t.Name, err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return fmt.Errorf("remove %s %s: %w", d.t.Name, d.id(&row), ErrConflict)
		}
		return d.record(ctx, tx, "remove", &row)
	})
}

// id spells the key of a dated row: its parts and valid_from, joined by '/'.
func (d Dated[T]) id(row *T) string {
	v := reflect.ValueOf(row).Elem()
	var parts []string
	for _, c := range d.t.Cols {
		if c.Key && c.Name != "valid_from" {
			parts = append(parts, v.FieldByIndex(c.Field).String())
		}
	}
	return strings.Join(append(parts, strconv.FormatInt(int64(any(row).(DatedRow).Meta().ValidFrom), 10)), "/")
}

func (d Dated[T]) record(ctx context.Context, tx *Tx, action string, row *T) error {
	if err := tx.Audit(ctx, Entry{Action: action, Object: d.t.Name, ObjectID: d.id(row), Detail: row}); err != nil {
		return err
	}
	if action == "remove" {
		return tx.publish(ctx, d.t.Name, d.id(row), Removed{Removed: true, Row: row})
	}
	return tx.publish(ctx, d.t.Name, d.id(row), row)
}
