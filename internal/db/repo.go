package db

import (
	"context"
	"fmt"
	"strconv"

	"github.com/agner-platform/agner/internal/db/rowmap"
	"github.com/agner-platform/agner/internal/db/value"
)

// Head is what every set-up row begins with.
type Head struct {
	ID        string `json:"id" db:"id,fixed"`
	Version   int64  `json:"version" db:"version"`
	CreatedAt Stamp  `json:"created_at" db:"created_at,fixed"`
	UpdatedAt Stamp  `json:"updated_at" db:"updated_at"`
	RetiredAt Stamp  `json:"retired_at" db:"retired_at"`
}

// Meta gives generic code the head of any set-up row.
func (h *Head) Meta() *Head { return h }

// Row is any set-up row.
type Row interface {
	// Meta is the row's head.
	Meta() *Head
	// Check puts the row in its normal form and refuses impossible values with a FieldError.
	Check() error
}

// A row may also check itself against others inside the change.
type txChecker interface {
	checkTx(ctx context.Context, tx *Tx) error
}

// A row may refuse a change after the fact, seeing the state it would leave.
type txGuard[T any] interface {
	guardTx(ctx context.Context, tx *Tx, old *T) error
}

// Repo reads and changes the rows of one set-up table.
type Repo[T any] struct {
	s *Store
	t *Table[T]
}

// Table is the name under which changes are published and audited.
func (r Repo[T]) Table() string { return r.t.Name }

// Filter narrows a List.
type Filter struct {
	column string
	value  any
}

// Where keeps rows whose column has this value.
func Where(column string, value any) Filter { return Filter{column, value} }

// WithRetired lists retired rows too.
func WithRetired() Filter { return Filter{} }

// List returns the rows in use that pass every filter, in the table's natural order.
func (r Repo[T]) List(ctx context.Context, filters ...Filter) ([]T, error) {
	return r.list(ctx, r.s.read, filters...)
}

func (r Repo[T]) list(ctx context.Context, q Querier, filters ...Filter) ([]T, error) {
	sql, args, retired := r.t.Select()+" WHERE 1 = 1", []any{}, false
	for _, f := range filters {
		if f == (Filter{}) {
			retired = true
			continue
		}
		if !r.t.Has(f.column) {
			return nil, value.Wrong("filter", f.column, "no such column of "+r.t.Name)
		}
		args = append(args, f.value)
		sql += " AND t." + f.column + " = $" + strconv.Itoa(len(args))
	}
	if !retired {
		sql += " AND t.retired_at = 0"
	}
	rows, err := q.QueryContext(ctx, sql+" ORDER BY "+r.t.order, args...)
	return r.t.Collect(rows, err)
}

// Get returns one row, retired or not.
func (r Repo[T]) Get(ctx context.Context, id string) (T, error) { return r.get(ctx, r.s.read, id) }

func (r Repo[T]) get(ctx context.Context, q Querier, id string) (T, error) {
	row, err := r.t.Scan(q.QueryRowContext(ctx, r.t.Select()+" WHERE t.id = $1", id))
	if err != nil {
		return row, fmt.Errorf("read %s: %w", r.t.Name, one(err, r.t.Name, id))
	}
	return row, nil
}

// Create stores a new row and returns it with its id, version and times. What
// the caller put into the head is ignored.
func (r Repo[T]) Create(ctx context.Context, row T) (T, error) {
	err := r.s.Write(ctx, func(tx *Tx) error { return r.CreateIn(ctx, tx, &row) })
	return row, err
}

// CreateIn is Create inside a change of the caller's.
func (r Repo[T]) CreateIn(ctx context.Context, tx *Tx, row *T) error {
	return r.insert(ctx, tx, "create", NewID(r.t.prefix), row)
}

func (r Repo[T]) insert(ctx context.Context, tx *Tx, action, id string, row *T) error {
	v := any(row).(Row)
	*v.Meta() = Head{ID: id, Version: 1, CreatedAt: tx.At, UpdatedAt: tx.At}
	if err := r.check(ctx, tx, v); err != nil {
		return err
	}
	args, err := r.t.Args(row)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, r.t.Insert(), args...); err != nil {
		return fmt.Errorf("%s in %s: %w", action, r.t.Name, err)
	}
	return r.record(ctx, tx, action, nil, row)
}

// Update replaces the row with this id. The version must be the stored one.
// Id, creation time, natural name and retirement cannot be changed by it.
func (r Repo[T]) Update(ctx context.Context, row T) (T, error) {
	err := r.s.Write(ctx, func(tx *Tx) error {
		head := any(&row).(Row).Meta()
		old, err := r.get(ctx, tx, head.ID)
		if err != nil {
			return err
		}
		head.RetiredAt = any(&old).(Row).Meta().RetiredAt
		return r.replace(ctx, tx, "update", &old, &row)
	})
	return row, err
}

// Retire takes a row out of use. Retiring a retired row changes nothing.
func (r Repo[T]) Retire(ctx context.Context, id string, version int64) (T, error) {
	return r.setRetired(ctx, id, version, true)
}

// Restore brings a retired row back into use.
func (r Repo[T]) Restore(ctx context.Context, id string, version int64) (T, error) {
	return r.setRetired(ctx, id, version, false)
}

func (r Repo[T]) setRetired(ctx context.Context, id string, version int64, retire bool) (T, error) {
	var row T
	err := r.s.Write(ctx, func(tx *Tx) error {
		old, err := r.get(ctx, tx, id)
		if err != nil {
			return err
		}
		row = old
		head := any(&row).(Row).Meta()
		if (head.RetiredAt != 0) == retire {
			return nil
		}
		head.Version, head.RetiredAt = version, 0
		if retire {
			head.RetiredAt = tx.At
			return r.replace(ctx, tx, "retire", &old, &row)
		}
		return r.replace(ctx, tx, "restore", &old, &row)
	})
	return row, err
}

func (r Repo[T]) replace(ctx context.Context, tx *Tx, action string, old, row *T) error {
	r.t.KeepFixed(row, old)
	v := any(row).(Row)
	if err := r.check(ctx, tx, v); err != nil {
		return err
	}
	head := v.Meta()
	was := head.Version
	head.Version, head.UpdatedAt = was+1, tx.At
	args, err := r.t.Args(row)
	if err != nil {
		return err
	}
	res, err := tx.ExecContext(ctx, r.t.Update(func(c rowmap.Column) bool { return c.Name == "id" }), append(args, was)...)
	if err != nil {
		return fmt.Errorf("%s in %s: %w", action, r.t.Name, err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		stored := any(old).(Row).Meta().Version
		return fmt.Errorf("%s %q: version %d, stored is %d: %w", r.t.Name, head.ID, was, stored, ErrConflict)
	}
	if g, ok := v.(txGuard[T]); ok {
		if err := g.guardTx(ctx, tx, old); err != nil {
			return err
		}
	}
	return r.record(ctx, tx, action, old, row)
}

func (r Repo[T]) check(ctx context.Context, tx *Tx, v Row) error {
	if err := v.Check(); err != nil {
		return fmt.Errorf("%s: %w", r.t.Name, err)
	}
	if c, ok := v.(txChecker); ok {
		if err := c.checkTx(ctx, tx); err != nil {
			return fmt.Errorf("%s: %w", r.t.Name, err)
		}
	}
	return nil
}

// record writes the audit line and the outbox line of a change.
func (r Repo[T]) record(ctx context.Context, tx *Tx, action string, old, row *T) error {
	diff, err := r.t.Diff(old, row)
	if err != nil {
		return err
	}
	id := any(row).(Row).Meta().ID
	if err := tx.Audit(ctx, Entry{Action: action, Object: r.t.Name, ObjectID: id, Detail: diff}); err != nil {
		return err
	}
	if r.t.private {
		return nil
	}
	return tx.publish(ctx, r.t.Name, id, row)
}
